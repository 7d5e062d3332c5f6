//! In which order the cells of a family are decided, and what each decision looks at.

use super::cuts::{Cut, Family};

impl Family {
    /// Which metrics of one condition each cell lies in: the parent shares it out, the others are side totals.
    pub(super) fn nest(&mut self) {
        let parents: Vec<Option<usize>> = (0..self.cuts.len()).map(|i| self.parent_of(i)).collect();
        for (cut, parent) in self.cuts.iter_mut().zip(parents) {
            cut.parent = parent;
        }
        let found: Vec<_> = (0..self.cuts.len()).map(|i| (self.side_totals(i), self.supersets(i), self.gaps(i))).collect();
        for (cut, (sides, supersets, gaps)) in self.cuts.iter_mut().zip(found) {
            (cut.sides, cut.supersets, cut.gaps) = (sides, supersets, gaps);
        }
        let used: Vec<bool> = (0..self.cuts.len()).map(|i| self.is_used(i)).collect();
        for (cut, used) in self.cuts.iter_mut().zip(used) {
            cut.used = used;
        }
        // What nobody is told and nothing hangs on has no gaps to look for, and is no place to look for them.
        let idle: Vec<usize> = (0..self.cuts.len()).filter(|i| self.cuts.get(*i).is_some_and(|c| !c.used)).collect();
        for cut in &mut self.cuts {
            cut.gaps.retain(|(finer, _)| !idle.contains(finer));
        }
    }

    /// Cuts of the same condition that are coarser than this one.
    fn coarser(&self, of: usize) -> Vec<usize> {
        let Some(cut) = self.cuts.get(of) else { return Vec::new() };
        let above = |other: &Cut| other.class == cut.class && other.shape != cut.shape && other.shape.holds(&cut.shape);
        self.cuts.iter().enumerate().filter(|(_, other)| above(other)).map(|(i, _)| i).collect()
    }

    /// The closest coarser cut; of several that cross, a listed one before a total nobody lists.
    fn parent_of(&self, of: usize) -> Option<usize> {
        let coarser = self.coarser(of);
        let shape = |i: &usize| self.cuts.get(*i).map(|c| &c.shape);
        let closest = |i: &usize| !coarser.iter().any(|other| shape(other) != shape(i) && Self::holds_shape(shape(i), shape(other)));
        coarser.iter().copied().filter(|i| closest(i)).min_by_key(|i| (self.cuts.get(*i).is_none_or(|c| c.need.is_none()), *i))
    }

    fn holds_shape(a: Option<&super::shape::Shape>, b: Option<&super::shape::Shape>) -> bool {
        a.zip(b).is_some_and(|(a, b)| a.holds(b))
    }

    /// Parent, its parent, and so on.
    fn ancestors(&self, of: usize) -> Vec<usize> {
        std::iter::successors(self.cuts.get(of).and_then(|c| c.parent), |i| self.cuts.get(*i).and_then(|c| c.parent)).collect()
    }

    fn side_totals(&self, of: usize) -> Vec<usize> {
        let ancestors = self.ancestors(of);
        self.coarser(of).into_iter().filter(|i| !ancestors.contains(i)).collect()
    }

    /// Cuts of the same shape whose condition is a part of this one's: whoever is counted here is counted there.
    fn supersets(&self, of: usize) -> Vec<usize> {
        let Some(cut) = self.cuts.get(of) else { return Vec::new() };
        let above = |other: &Cut| other.class != cut.class && other.shape == cut.shape && self.implies(cut.class, other.class);
        self.cuts.iter().enumerate().filter(|(_, other)| above(other)).map(|(i, _)| i).collect()
    }

    /// For a side total: the finer cuts that have to be whole below it, and the total within which they have to be.
    fn gaps(&self, of: usize) -> Vec<(usize, Option<usize>)> {
        let Some(side) = self.cuts.get(of) else { return Vec::new() };
        let bound = side.parent.and_then(|p| self.cuts.get(p)).map_or(&side.shape, |p| &p.shape);
        let finer = |i: &usize| self.side_totals(*i).contains(&of);
        let frame = |i: usize| self.ancestors(i).into_iter().find(|a| self.cuts.get(*a).is_some_and(|a| a.shape.holds(bound)));
        (0..self.cuts.len()).filter(finer).map(|i| (i, frame(i))).collect()
    }

    fn is_used(&self, of: usize) -> bool {
        let listed = |i: usize| self.cuts.get(i).is_some_and(|c| c.need.is_some());
        let mut todo = vec![of];
        let mut seen = Vec::new();
        while let Some(here) = todo.pop() {
            if seen.contains(&here) {
                continue;
            }
            seen.push(here);
            if listed(here) {
                return true;
            }
            let below = self.cuts.iter().enumerate().filter(|(_, c)| c.parent == Some(here) || c.supersets.contains(&here));
            todo.extend(below.map(|(i, _)| i));
        }
        false
    }

    /// Used cuts, each after those it is decided by. `None`: two wait for each other.
    pub(super) fn in_order(&self) -> Option<Vec<usize>> {
        let mut waiting: Vec<usize> = (0..self.cuts.len()).filter(|i| self.cuts.get(*i).is_some_and(|c| c.used)).collect();
        let mut out: Vec<usize> = Vec::new();
        while !waiting.is_empty() {
            let ready = |i: &&usize| {
                self.cuts.get(**i).is_some_and(|c| {
                    let before = c.parent.iter().chain(&c.supersets).chain(c.gaps.iter().map(|(finer, _)| finer));
                    before.into_iter().all(|d| out.contains(d))
                })
            };
            let next = *waiting.iter().find(ready)?;
            waiting.retain(|i| *i != next);
            out.push(next);
        }
        Some(out)
    }
}
