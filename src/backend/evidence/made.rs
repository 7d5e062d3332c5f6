use crate::check::body::{self, Means};
use crate::check::path;
use crate::ir::{CategoryId, Edge, ExprKind, Form, Level, Program, Release, Table, TableId, every_expr};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a column is made of, down to the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// Columns of sources and seeds, as values.
    pub(super) sources: BTreeSet<(TableId, u32)>,
    /// Masks on any of the ways.
    pub(super) masks: BTreeSet<String>,
    /// Reasons of releases on any of the ways.
    pub(super) releases: BTreeSet<String>,
    /// What exceptions on any of the ways leave out of its label.
    pub(super) lifted: BTreeSet<Lifted>,
}

/// What a column tells by a written exception and its label does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lifted {
    /// What it tells about.
    pub(super) category: CategoryId,
    /// In which form, were it not for the exception.
    pub(super) form: Form,
    /// `release`, `mask`, `control`
    pub(super) kind: &'static str,
    /// The reason of its author.
    pub(super) because: String,
}

/// Looks columns up, each once.
pub(super) struct Lookup<'p> {
    program: &'p Program,
    known: BTreeMap<(TableId, u32), Rc<Made>>,
    conditions: BTreeMap<TableId, Rc<BTreeSet<Lifted>>>,
}

impl<'p> Lookup<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Lookup { program, known: BTreeMap::new(), conditions: BTreeMap::new() }
    }

    /// What a column is made of. Tables read each other in an order, so this ends.
    pub(super) fn made(&mut self, at: (TableId, u32)) -> Rc<Made> {
        if let Some(made) = self.known.get(&at) {
            return made.clone();
        }
        // A broken program could lead back here.
        self.known.insert(at, Rc::default());
        let made = Rc::new(self.compute(at));
        self.known.insert(at, made.clone());
        made
    }

    fn compute(&mut self, at: (TableId, u32)) -> Made {
        let mut made = Made::default();
        let Some((table, column)) = path::column_of(self.program, at.0, at.1) else { return made };
        for read in body::reads(self.program, table, at.1) {
            made.lifted.extend(self.lifted(&read));
            for means in &read.means {
                match means {
                    Means::Mask(mask, _) => made.masks.insert(mask.name.to_string()),
                    Means::Release(release) => made.releases.insert(release.because.to_string()),
                };
            }
        }
        let values: Vec<(TableId, u32)> = column.from.iter().filter(|o| o.edge == Edge::Value).map(|o| (o.table, o.column)).collect();
        if values.is_empty() && matches!(table.kind, crate::ir::TableKind::Source(_) | crate::ir::TableKind::Seed(_)) {
            made.sources.insert(at);
        }
        for value in values {
            let before = self.made(value);
            made.sources.extend(before.sources.iter().copied());
            made.masks.extend(before.masks.iter().cloned());
            made.releases.extend(before.releases.iter().cloned());
        }
        // What is equal to a released value, or was chosen by one, tells it too.
        for origin in column.from.iter().filter(|o| (o.table, o.column) != at) {
            let before = self.made((origin.table, origin.column));
            made.lifted.extend(before.lifted.iter().cloned());
        }
        made
    }

    /// What the exceptions on a way leave out, the innermost first.
    fn lifted(&self, read: &body::Read<'p>) -> Vec<Lifted> {
        let mut found = Vec::new();
        let own = path::column_of(self.program, read.table, read.column).map(|(_, c)| c.label.values()).unwrap_or_default();
        let mut told: BTreeMap<CategoryId, Form> = own.iter().map(|(c, l)| (*c, l.form)).collect();
        for means in read.means.iter().rev() {
            match means {
                Means::Release(release) => {
                    found.extend(released(release));
                    told = release.label.values().iter().map(|(c, l)| (*c, l.form)).collect();
                }
                Means::Mask(mask, _) => {
                    let Some(transition) = &mask.transition else { continue };
                    let lowers = |c: &CategoryId| transition.lowers.is_empty() || transition.lowers.contains(c);
                    for (category, form) in told.iter_mut().filter(|(c, form)| lowers(c) && **form > transition.to) {
                        // The library's are Safe Harbor's own words; what is left as more than that, the label says.
                        if !mask.standard && *form > Form::General && transition.to <= Form::General {
                            found.push(Lifted { category: *category, form: *form, kind: "mask", because: mask.because.to_string() });
                        }
                        *form = transition.to;
                    }
                }
            }
        }
        found
    }

    /// What exceptions leave out that stand in no column of a model: in the conditions on its rows.
    pub(super) fn in_conditions(&mut self, id: TableId) -> Rc<BTreeSet<Lifted>> {
        if let Some(known) = self.conditions.get(&id) {
            return known.clone();
        }
        let found = Rc::new(self.program.table(id).map(|table| self.chosen(table)).unwrap_or_default());
        self.conditions.insert(id, found.clone());
        found
    }

    fn chosen(&self, table: &Table) -> BTreeSet<Lifted> {
        let mut found: BTreeSet<Lifted> = BTreeSet::new();
        for read in body::conditions(self.program, table).iter().flat_map(|c| &c.reads) {
            found.extend(self.lifted(read));
        }
        let crate::ir::TableKind::Model(model) = &table.kind else { return found };
        // Whatever no column is made of decides which rows there are, wherever it stands.
        let positions = (0u32..).take(table.columns.len());
        let in_columns: BTreeSet<_> = positions
            .flat_map(|position| body::reads(self.program, table, position))
            .flat_map(|read| read.means.iter().map(Means::at).collect::<Vec<_>>())
            .collect();
        every_expr(&model.query, &mut |e| {
            if let ExprKind::Release(_, release) = &e.kind
                && !in_columns.contains(&release.at)
            {
                found.extend(released(release));
            }
        });
        found
    }
}

/// What a release leaves out of what its value tells. That there is a value is what the form says it is.
fn released(release: &Release) -> Vec<Lifted> {
    let after = |category: CategoryId| release.label.values().iter().find(|(c, _)| *c == category).map_or(Form::Public, |(_, l)| l.form);
    let lowered = |(category, level): &&(CategoryId, Level)| level.form > Form::General && after(*category) < level.form;
    let all = release.from.values().iter().filter(|_| !release.presence).filter(lowered);
    all.map(|(category, level)| Lifted { category: *category, form: level.form, kind: "release", because: release.because.to_string() })
        .collect()
}
