use crate::base::Span;
use crate::syntax::ast::{
    AssertKind, Body, ClauseKind, ColumnDecl, File, Function, Item, ItemKind, MaskRule, Metric, MetricBody, Model, ModelBody, SelectEntry,
    Snippet, Table, TypeName,
};
use std::collections::BTreeSet;

/// What the tree says about places in the text.
#[derive(Default)]
pub(super) struct Regions {
    /// SQL and types: kept as written. In order, without overlap.
    pub(super) kept: Vec<(usize, usize)>,
    /// Where columns start.
    pub(super) columns: BTreeSet<usize>,
    /// Where mask rules start.
    pub(super) rules: BTreeSet<usize>,
}

impl Regions {
    /// Of a file.
    pub(super) fn of(file: &File) -> Self {
        let mut regions = Regions::default();
        regions.items(&file.items);
        regions.kept.sort_unstable();
        regions.kept.dedup();
        regions
    }

    fn keep(&mut self, span: Span) {
        if span.end > span.start {
            self.kept.push((span.start as usize, span.end as usize));
        }
    }

    fn snippets<'a>(&mut self, snippets: impl IntoIterator<Item = &'a Snippet>) {
        snippets.into_iter().for_each(|s| self.keep(s.at));
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match &item.kind {
                ItemKind::For(loop_) => self.items(&loop_.body),
                ItemKind::Source(source) => source.tables.iter().for_each(|t| self.table(t)),
                ItemKind::Table(table) => self.table(table),
                ItemKind::Type(ty) => self.columns(&ty.fields),
                ItemKind::Model(model) => self.model(model),
                ItemKind::Metric(metric) => self.metric(metric),
                ItemKind::Masking(masking) => self.rules(&masking.rules),
                ItemKind::Function(function) => self.function(function),
                ItemKind::Policy(policy) => self.keep(policy.filter.at),
                ItemKind::Test(test) => {
                    let cells = test.cases.iter().flat_map(|c| c.rows.iter().flatten());
                    self.snippets(cells.map(|(_, value)| value));
                }
                ItemKind::Use(_) | ItemKind::TerraformRaw(_) | ItemKind::Sentence(_) => {}
            }
        }
    }

    fn table(&mut self, table: &Table) {
        self.columns(&table.columns);
    }

    fn columns(&mut self, columns: &[ColumnDecl]) {
        for column in columns {
            self.columns.insert(column.name.at.start as usize);
            self.ty(&column.ty);
        }
    }

    fn ty(&mut self, ty: &TypeName) {
        self.keep(ty.at);
    }

    fn rules(&mut self, rules: &[MaskRule]) {
        for rule in rules {
            self.rules.insert(rule.at.start as usize);
            self.keep(rule.mask.at);
        }
    }

    fn function(&mut self, function: &Function) {
        function.params.iter().for_each(|p| self.ty(&p.ty));
        self.ty(&function.result);
        let name = function.name_at;
        self.keep(name);
    }

    fn metric(&mut self, metric: &Metric) {
        match &metric.body {
            MetricBody::From { value, filter, .. } => self.snippets(value.iter().chain(filter)),
            MetricBody::Ratio { expr, .. } => self.keep(expr.at),
        }
    }

    fn model(&mut self, model: &Model) {
        match &model.body {
            ModelBody::Clauses(body) => self.body(body),
            ModelBody::Sql { rest, .. } | ModelBody::SqlFile { rest, .. } | ModelBody::Metrics { rest, .. } => self.body(rest),
            ModelBody::Masked { rest, rules, .. } => {
                self.body(rest);
                self.rules(rules);
            }
        }
    }

    fn body(&mut self, body: &Body) {
        for clause in &body.clauses {
            match &clause.kind {
                ClauseKind::From(s)
                | ClauseKind::Join(s)
                | ClauseKind::Unnest(s)
                | ClauseKind::Where(s)
                | ClauseKind::GroupBy(s)
                | ClauseKind::Having(s)
                | ClauseKind::Qualify(s)
                | ClauseKind::DistinctOn(s)
                | ClauseKind::OrderBy(s)
                | ClauseKind::Limit(s) => self.keep(s.at),
                ClauseKind::Let { body, .. } | ClauseKind::SetOperation { body, .. } => self.body(body),
                ClauseKind::Select { entries, .. } => self.entries(entries),
                ClauseKind::Columns(columns) => self.columns(columns),
                ClauseKind::Assert(assert) => {
                    if let AssertKind::That(s) = &assert.what {
                        self.keep(s.at);
                    }
                }
                ClauseKind::LetSql { .. } | ClauseKind::Pivot(_) | ClauseKind::Drop(_) | ClauseKind::Setting(_) => {}
            }
        }
    }

    fn entries(&mut self, entries: &[SelectEntry]) {
        for entry in entries {
            match entry {
                SelectEntry::Column { expr, .. } => self.keep(expr.at),
                SelectEntry::For(loop_) => self.entries(&loop_.body),
            }
        }
    }
}
