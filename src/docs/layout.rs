/// A box to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Where its upper left corner comes to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: i64,
    pub(super) y: i64,
}

const ACROSS: i64 = 72;
const BETWEEN: i64 = 18;
const SWEEPS: usize = 6;

/// A layered drawing from left to right (K. Sugiyama, S. Tagawa, M. Toda, 1981, without dummy nodes): layers by the longest way, order in a layer by
/// the mean of neighbours, a layer centred on the highest one. Gives places in the order of the boxes, and the size of all. Edges of a circle that run back
/// count for nothing here.
pub(super) fn layered(sizes: &[Size], edges: &[(usize, usize)]) -> (Vec<Place>, Size) {
    let ranks = ranks(sizes.len(), edges);
    let depth = ranks.iter().max().map_or(0, |r| r + 1);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (node, rank) in ranks.iter().enumerate() {
        if let Some(layer) = layers.get_mut(*rank) {
            layer.push(node);
        }
    }
    untangle(&mut layers, &ranks, edges);
    let height_of = |layer: &[usize]| {
        let sum: i64 = layer.iter().filter_map(|n| sizes.get(*n)).map(|s| s.height + BETWEEN).sum();
        (sum - BETWEEN).max(0)
    };
    let height = layers.iter().map(|l| height_of(l)).max().unwrap_or(0);
    let mut places = vec![Place { x: 0, y: 0 }; sizes.len()];
    let mut x = 0;
    for layer in &layers {
        let mut y = (height - height_of(layer)) / 2;
        for node in layer {
            if let (Some(place), Some(size)) = (places.get_mut(*node), sizes.get(*node)) {
                *place = Place { x, y };
                y += size.height + BETWEEN;
            }
        }
        x += layer.iter().filter_map(|n| sizes.get(*n)).map(|s| s.width).max().unwrap_or(0) + ACROSS;
    }
    (places, Size { width: (x - ACROSS).max(0), height })
}

/// The layer of each node: one past the deepest it follows; a node that follows none moves up to the first that follows it.
fn ranks(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut waiting = vec![0usize; nodes];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (from, to) in edges.iter().filter(|(a, b)| a != b) {
        if let (Some(next), Some(count)) = (out.get_mut(*from), waiting.get_mut(*to)) {
            next.push(*to);
            *count += 1;
        }
    }
    let (mut ranks, mut done) = (vec![0usize; nodes], vec![false; nodes]);
    let mut order = Vec::new();
    let mut open: std::collections::BTreeSet<usize> = (0..nodes).filter(|n| waiting.get(*n) == Some(&0)).collect();
    while order.len() < nodes {
        // A circle has no first node: the first one that is left is taken.
        let Some(node) = open.pop_first().or_else(|| done.iter().position(|d| !d)) else { break };
        if done.get_mut(node).is_none_or(|d| std::mem::replace(d, true)) {
            continue;
        }
        order.push(node);
        let rank = ranks.get(node).copied().unwrap_or(0);
        for next in out.get(node).into_iter().flatten().copied() {
            if done.get(next) == Some(&true) {
                continue;
            }
            if let Some(have) = ranks.get_mut(next) {
                *have = (*have).max(rank + 1);
            }
            if let Some(count) = waiting.get_mut(next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    open.insert(next);
                }
            }
        }
    }
    let follows: std::collections::BTreeSet<usize> = edges.iter().map(|(_, to)| *to).collect();
    for node in order.into_iter().rev().filter(|n| !follows.contains(n)) {
        let first = out.get(node).into_iter().flatten().filter_map(|n| ranks.get(*n)).min().copied();
        if let (Some(first), Some(rank)) = (first, ranks.get_mut(node)) {
            *rank = first.saturating_sub(1);
        }
    }
    ranks
}

/// Puts each layer in the order of the mean place of its neighbours, from left to right and back.
fn untangle(layers: &mut [Vec<usize>], ranks: &[usize], edges: &[(usize, usize)]) {
    let mut near: Vec<(Vec<usize>, Vec<usize>)> = vec![(Vec::new(), Vec::new()); ranks.len()];
    for (from, to) in edges.iter().filter(|(a, b)| ranks.get(*a) < ranks.get(*b)) {
        if let Some((_, right)) = near.get_mut(*from) {
            right.push(*to);
        }
        if let Some((left, _)) = near.get_mut(*to) {
            left.push(*from);
        }
    }
    let mut at: Vec<i64> = vec![0; ranks.len()];
    let number = |layer: &[usize], at: &mut Vec<i64>| {
        for (place, node) in (0i64..).zip(layer) {
            if let Some(slot) = at.get_mut(*node) {
                *slot = place * 1_000;
            }
        }
    };
    layers.iter().for_each(|l| number(l, &mut at));
    for sweep in 0..SWEEPS {
        let rightwards = sweep % 2 == 0;
        let count = layers.len();
        for step in 0..count {
            let Some(layer) = layers.get_mut(if rightwards { step } else { count - 1 - step }) else { continue };
            let mean = |node: &usize| {
                let neighbours = near.get(*node).map(|(left, right)| if rightwards { left } else { right });
                let places: Vec<i64> = neighbours.into_iter().flatten().filter_map(|n| at.get(*n).copied()).collect();
                let own = at.get(*node).copied().unwrap_or(0);
                i64::try_from(places.len()).ok().filter(|n| *n > 0).map_or(own, |n| places.iter().sum::<i64>() / n)
            };
            let mut keyed: Vec<(i64, usize)> = layer.iter().map(|n| (mean(n), *n)).collect();
            keyed.sort_by_key(|(mean, _)| *mean);
            *layer = keyed.into_iter().map(|(_, n)| n).collect();
            number(layer, &mut at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(n: usize) -> Vec<Size> {
        vec![Size { width: 100, height: 40 }; n]
    }

    #[test]
    fn what_follows_lies_to_the_right() {
        let (places, all) = layered(&boxes(4), &[(0, 1), (1, 2), (0, 2), (3, 2)]);
        let x: Vec<i64> = places.iter().map(|p| p.x).collect();
        assert_eq!(x, [0, 172, 344, 172], "{places:?}");
        assert_eq!((all.width, all.height), (444, 98));
    }

    #[test]
    fn no_two_boxes_meet_and_circles_end() {
        let edges: Vec<(usize, usize)> = (0..30).flat_map(|a| [(a, (a * 7 + 3) % 30), (a, a)]).collect();
        let (places, _) = layered(&boxes(30), &edges);
        for (i, a) in places.iter().enumerate() {
            for b in places.iter().skip(i + 1) {
                assert!((a.x - b.x).abs() >= 100 || (a.y - b.y).abs() >= 40, "{a:?} {b:?}");
            }
        }
        assert_eq!(layered(&[], &[]).1.width, 0);
    }
}
