//! Metrics of one fact that count the same people in different cuts: by region and over all, the seen and the registered. From a total and
//! all parts but one the last part follows, so what is withheld of one has to be decided with the others in view.
//!
//! The rule (docs/reference/metrics.md says it for readers; Hundepool et al., Statistical Disclosure Control, 2012, ch. 4, call it secondary
//! suppression, CMS complementary suppression):
//! 1. Metrics over one table and one subject column are a family. A *cut* is what a metric is told by and the condition it counts under. Where two
//!    cuts of a family cross, what they share is a total of both: it is treated as told, whether anybody lists it or not.
//! 2. Every cut but the coarsest has a parent, the closest coarser cut under the same condition. Within each told cell of the parent, parts are
//!    told from the largest down, as long as what is left of the total is nothing or at least `k`. Below a cell that is not told, nothing is.
//! 3. A coarser cut that is not the parent (the other margin of a two-way table) is told where nothing below is withheld.
//! 4. Cuts that cross are listed with their finest common cut, or the fact says that neither decides the other ([`super::crosswise`]).
//! 5. Under the same cut, whoever is counted under a condition may be all that are counted under another: such a cell is told only if the
//!    difference is nothing or at least `k`.

use super::counts::Count;
use super::definition::Shape as Source;
use super::shape::{Grain, Shape, with_meets};
use super::sums::Sum;
use super::{Fact, Need};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::TableId;
use std::collections::BTreeSet;

/// A cut of a family's people.
pub(super) struct Cut {
    /// The metric that lists it, or what is told of those it counts; `None`: a total nobody lists.
    pub(super) need: Option<usize>,
    /// Whether the metric is the count itself: else only sums over those who are counted are told.
    pub(super) listed: bool,
    /// Its condition, by position in [`Family::conditions`].
    pub(super) class: usize,
    pub(super) shape: Shape,
    /// The cut whose cells it divides.
    pub(super) parent: Option<usize>,
    /// Coarser cuts that are no ancestors.
    pub(super) sides: Vec<usize>,
    /// Cuts of the same shape that count whoever it counts.
    pub(super) supersets: Vec<usize>,
    /// As a side total: finer cuts, and the total within which they have to be whole (`None`: everywhere).
    pub(super) gaps: Vec<(usize, Option<usize>)>,
    /// Whether it is told, or what is told hangs on it.
    pub(super) used: bool,
    /// Its `with` entries: all cells, those that may be told, and what is told.
    pub(super) names: [Ident; 3],
}

/// Metrics that count by one column of one table.
pub(super) struct Family {
    pub(super) table: TableId,
    pub(super) subject: Ident,
    /// What is counted under: each condition once.
    pub(super) conditions: Vec<Count>,
    pub(super) cuts: Vec<Cut>,
    /// What is summed up of them.
    pub(super) sums: Vec<Sum>,
}

impl Family {
    pub(super) fn holds(&self, need: usize) -> bool {
        self.cuts.iter().any(|c| c.need == Some(need)) || self.sums.iter().any(|s| s.need == need)
    }

    /// Whether all cuts are alike, so that no cell is a part of another.
    pub(super) fn is_flat(&self) -> bool {
        self.cuts.windows(2).all(|pair| matches!(pair, [a, b] if a.shape == b.shape))
    }

    /// Whether whoever one condition counts, another does: its conditions are among theirs, word for word.
    pub(super) fn implies(&self, narrow: usize, wide: usize) -> bool {
        let pair = self.conditions.get(narrow).zip(self.conditions.get(wide));
        pair.is_some_and(|(narrow, wide)| wide.keys().is_subset(&narrow.keys()))
    }
}

impl<'f> Fact<'f, '_> {
    /// The families of a fact with a smallest group. `None` after reporting why a metric cannot be withheld.
    pub(super) fn counted_together(&self) -> Option<Vec<Family>> {
        let Some(threshold) = &self.threshold else { return Some(Vec::new()) };
        let mut families: Vec<Family> = Vec::new();
        for (position, need) in self.needs.iter().enumerate() {
            let Source::Over { table, subject, .. } = &need.definition.shape else { continue };
            let Some(subject) = subject else {
                self.not_withheld(need, *table, threshold);
                continue;
            };
            let (count, measure) = self.count(need, subject)?;
            self.count_by(*table, subject, threshold)?;
            self.asks_of_counted(need, subject, &count)?;
            let found = families.iter().position(|f| f.table == *table && f.subject == subject.0);
            let family = match found.and_then(|i| families.get_mut(i)) {
                Some(family) => family,
                None => {
                    families.push(Family {
                        table: *table,
                        subject: subject.0.clone(),
                        conditions: Vec::new(),
                        cuts: Vec::new(),
                        sums: Vec::new(),
                    });
                    families.last_mut()?
                }
            };
            let cut = self.cut(family, position, need, (count, measure.is_none()))?;
            let stored = measure.as_ref().and_then(|m| m.column.as_ref()).map(|column| self.stored(*table, column));
            family.sums.extend(measure.map(|measure| Sum::new(position, cut, measure, stored)));
        }
        self.apart(&families)?;
        families.iter_mut().try_for_each(|family| self.nest_sums(family))?;
        families.iter().try_for_each(|family| self.crosswise(family))?;
        let mut taken: BTreeSet<Ident> = self.needs.iter().map(|n| n.pending.name.clone()).collect();
        taken.extend(self.shared.metrics.iter().map(|m| m.name.clone()));
        taken.extend(self.cx.ctes.borrow().iter().map(|c| c.name.clone()));
        families.iter_mut().try_for_each(|family| self.complete(family, threshold.zeros, &mut taken))?;
        Some(families)
    }

    /// The cut of a metric, made where there is none yet.
    fn cut(&self, family: &mut Family, position: usize, need: &Need<'f>, (count, listed): (Count, bool)) -> Option<usize> {
        let known = family.conditions.iter().position(|c| c.keys() == count.keys());
        let class = known.unwrap_or(family.conditions.len());
        if known.is_none() {
            family.conditions.push(count);
        }
        let mut shape = Shape::default();
        if let (Some((column, _)), Some((grain, _))) = (&need.definition.period, &need.definition.grain) {
            shape.0.insert(column.clone(), Grain::from_name(grain)?);
        }
        shape.0.extend(need.definition.dimensions.iter().map(|(d, _)| (d.clone(), Grain::Exact)));
        let found = family.cuts.iter().position(|c| c.class == class && c.shape == shape);
        if let Some((found, twin)) = found.and_then(|i| Some((i, family.cuts.get_mut(i)?))) {
            let first = self.needs.get(twin.need?).filter(|_| listed && twin.listed);
            if let Some(first) = first {
                let message = format!("metrics `{}` and `{}` count the same", first.pending.name, need.pending.name);
                let problem = Diagnostic::error(Code::CellsOverlap, need.pending.at, message).mark(first.pending.at, "the first");
                self.cx.error(problem.help("list one of them: what is withheld in one must not stand in the other"));
                return None;
            }
            if listed {
                (twin.need, twin.listed) = (Some(position), true);
            }
            return Some(found);
        }
        let names = std::array::from_fn(|_| Ident::default());
        let (sides, supersets, gaps) = (Vec::new(), Vec::new(), Vec::new());
        family.cuts.push(Cut { need: Some(position), listed, class, shape, parent: None, sides, supersets, gaps, used: true, names });
        Some(family.cuts.len() - 1)
    }

    /// Adds the totals that nobody lists, finds out what each cell is decided by, and names the steps.
    fn complete(&self, family: &mut Family, zeros: bool, taken: &mut BTreeSet<Ident>) -> Option<()> {
        let at = family.cuts.first().and_then(|c| self.needs.get(c.need?)).map(|n| n.pending.at)?;
        let Some(shapes) = with_meets(family.cuts.iter().map(|c| c.shape.clone()).collect()) else {
            let problem = Diagnostic::error(Code::CellsOverlap, at, "the metrics of this fact cut the same people in too many ways");
            self.cx.error(problem.help("list fewer of them, or metrics whose dimensions contain each other"));
            return None;
        };
        if zeros && !family.is_flat() {
            let problem =
                Diagnostic::error(Code::ZerosAmongTotals, at, "`keep zeros` cannot stand where a fact holds both totals and their parts");
            self.cx.error(problem.help("leave `keep zeros` out, or list metrics with the same grain and dimensions"));
            return None;
        }
        for class in 0..family.conditions.len() {
            for shape in &shapes {
                let there = family.cuts.iter().any(|c| c.class == class && c.shape == *shape);
                let above = family.cuts.iter().any(|c| c.need.is_some() && c.class == class && shape.holds(&c.shape));
                if !there && above {
                    let names = std::array::from_fn(|_| Ident::default());
                    let (sides, supersets, gaps) = (Vec::new(), Vec::new(), Vec::new());
                    let shape = shape.clone();
                    family.cuts.push(Cut {
                        need: None,
                        listed: false,
                        class,
                        shape,
                        parent: None,
                        sides,
                        supersets,
                        gaps,
                        used: false,
                        names,
                    });
                }
            }
        }
        family.nest();
        self.name_steps(family, taken);
        if family.in_order().is_none() {
            let problem =
                Diagnostic::error(Code::CellsOverlap, at, "the metrics of this fact cut the same people crosswise in too many ways");
            self.cx.error(problem.help("list fewer of them, or metrics whose dimensions contain each other"));
            return None;
        }
        Some(())
    }

    fn name_steps(&self, family: &mut Family, taken: &mut BTreeSet<Ident>) {
        let table = self.cx.finished(family.table).map_or("cells".to_owned(), |f| f.table.name.as_str().to_owned());
        let metric = |need: usize| self.needs.get(need).map(|n| n.pending.name.clone());
        let mut name = |stem: &str, end: &str| {
            let stem: String = stem.chars().take(40).collect();
            let free = |n: &Ident| !taken.contains(n) && !self.shared.program.table_names.contains_key(n);
            let plain = std::iter::once(format!("{stem}_{end}"));
            let mut tries = plain.chain((2..).map(|n| format!("{stem}_{end}_{n}"))).map(|n| Ident::folded(&n));
            let found = tries.find(free).unwrap_or_default();
            taken.insert(found.clone());
            found
        };
        for cut in &mut family.cuts {
            let metric = cut.need.filter(|_| cut.listed).and_then(metric);
            let stem = metric.as_ref().map_or(table.as_str(), Ident::as_str).to_owned();
            cut.names = [name(&stem, "cells"), name(&stem, "parts"), metric.unwrap_or_else(|| name(&stem, "total"))];
        }
        for sum in &mut family.sums {
            let stem = metric(sum.need).unwrap_or_default();
            sum.names = ["sums", "shares", "weighed"].map(|end| name(stem.as_str(), end));
        }
    }
}
