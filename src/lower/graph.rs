/// Strongly connected components of a graph given as successors per node, each sorted, those a component depends on before it
/// (Tarjan, "Depth-first search and linear graph algorithms", 1972; without recursion, as ten thousand models in a row would overflow).
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let count = edges.len();
    let mut state = Tarjan {
        index: vec![usize::MAX; count],
        low: vec![0; count],
        on_stack: vec![false; count],
        stack: Vec::new(),
        next: 0,
        out: Vec::new(),
    };
    for root in 0..count {
        if state.index.get(root) == Some(&usize::MAX) {
            state.visit(root, edges);
        }
    }
    state.out
}

struct Tarjan {
    index: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    out: Vec<Vec<usize>>,
}

impl Tarjan {
    fn visit(&mut self, root: usize, edges: &[Vec<usize>]) {
        let mut work: Vec<(usize, usize)> = vec![(root, 0)];
        self.enter(root);
        while let Some((node, done)) = work.pop() {
            match edges.get(node).and_then(|e| e.get(done)) {
                Some(&to) => {
                    work.push((node, done + 1));
                    if self.index.get(to) == Some(&usize::MAX) {
                        self.enter(to);
                        work.push((to, 0));
                    } else if self.on_stack.get(to) == Some(&true) {
                        self.lower(node, self.index.get(to).copied());
                    }
                }
                None => {
                    if let Some((parent, _)) = work.last() {
                        self.lower(*parent, self.low.get(node).copied());
                    }
                    if self.low.get(node) == self.index.get(node) {
                        self.leave(node);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        for list in [&mut self.index, &mut self.low] {
            if let Some(slot) = list.get_mut(node) {
                *slot = self.next;
            }
        }
        self.next += 1;
        self.stack.push(node);
        self.mark(node, true);
    }

    fn leave(&mut self, node: usize) {
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.mark(member, false);
            component.push(member);
            if member == node {
                break;
            }
        }
        component.sort_unstable();
        self.out.push(component);
    }

    fn mark(&mut self, node: usize, on: bool) {
        if let Some(slot) = self.on_stack.get_mut(node) {
            *slot = on;
        }
    }

    fn lower(&mut self, node: usize, to: Option<usize>) {
        if let (Some(low), Some(to)) = (self.low.get_mut(node), to) {
            *low = (*low).min(to);
        }
    }
}

/// A shortest way round a component, starting and ending at its first member.
pub(super) fn way_round(edges: &[Vec<usize>], component: &[usize]) -> Vec<usize> {
    let Some(&start) = component.first() else { return Vec::new() };
    let mut came_from: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &to in edges.get(node).map_or(&[][..], |e| e) {
            if to == start {
                let mut path = vec![start, node];
                while let Some(&from) = path.last().filter(|n| **n != start).and_then(|n| came_from.get(n)) {
                    path.push(from);
                }
                path.reverse();
                return path;
            }
            if component.binary_search(&to).is_ok() && !came_from.contains_key(&to) {
                came_from.insert(to, node);
                queue.push_back(to);
            }
        }
    }
    vec![start]
}

/// Nodes in waves: each wave depends on earlier waves only. Nodes marked `out` are left away.
pub(super) fn waves(edges: &[Vec<usize>], out: &[bool]) -> Vec<Vec<usize>> {
    let mut level = vec![0usize; edges.len()];
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for component in components(edges) {
        for node in component {
            if out.get(node) == Some(&true) {
                continue;
            }
            let below = edges.get(node).into_iter().flatten().filter(|d| **d != node && out.get(**d) != Some(&true));
            let mine = below.filter_map(|d| level.get(*d)).map(|l| l + 1).max().unwrap_or(0);
            if let Some(slot) = level.get_mut(node) {
                *slot = mine;
            }
            while waves.len() <= mine {
                waves.push(Vec::new());
            }
            if let Some(wave) = waves.get_mut(mine) {
                wave.push(node);
            }
        }
    }
    for wave in &mut waves {
        wave.sort_unstable();
    }
    waves
}
