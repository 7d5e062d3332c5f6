//! `from`: relations and joins.

use super::printer::{Printed, Printer};
use super::query::yields;
use crate::base::Ident;
use crate::ir::every;
use crate::ir::{Dialect, Expr, ExprKind, FromItem, JoinKind, Literal, Relation, RelationSource, SetExpr};

impl Printer<'_> {
    /// The clause; elements by commas become cross joins, which mean the same.
    pub(super) fn sources(&mut self, items: &[FromItem], lines: bool) -> Printed {
        for (i, item) in items.iter().enumerate() {
            self.part(lines);
            self.text(if i > 0 { self.cross(item) } else { "from " });
            // `a, b right join c` keeps rows of c for each row of a; after a cross join it would not.
            if i > 0 && keeps_right(item) { self.nested(item, lines)? } else { self.source(item, lines, i == 0)? }
        }
        Ok(())
    }

    /// One element; the very first relation has no neighbours that `lateral` would let it see.
    fn source(&mut self, item: &FromItem, lines: bool, first: bool) -> Printed {
        match item {
            FromItem::Relation(relation) => self.relation(relation, first),
            FromItem::Join { kind, left, right, on } => {
                let plain = |e: &Expr| {
                    !matches!(
                        e.kind,
                        ExprKind::Exists(..)
                            | ExprKind::Scalar(_)
                            | ExprKind::InQuery(..)
                            | ExprKind::ArrayQuery(_)
                            | ExprKind::Quantified(_)
                    )
                };
                if let (Some(on), Dialect::DuckDb) = (on, self.dialect)
                    && !matches!(kind, JoinKind::Inner | JoinKind::Cross)
                    && !every(on, &plain)
                {
                    return self.gap("a subquery in the condition of an outer join", on.at);
                }
                if let Some(what) = self.spelling.join_lacks(self, *kind, left, right, on.as_ref()) {
                    return self.gap(what, on.as_ref().map(|on| on.at).unwrap_or_default());
                }
                self.source(left, lines, first)?;
                self.part(lines);
                let always = on.as_ref().is_some_and(|on| matches!(on.kind, ExprKind::Literal(Literal::Boolean(true))));
                self.text(match kind {
                    JoinKind::Inner if on.is_none() || always => self.cross(right),
                    JoinKind::Inner => "inner join ",
                    JoinKind::Left => "left join ",
                    JoinKind::Right => "right join ",
                    JoinKind::Full => "full join ",
                    JoinKind::Cross => self.cross(right),
                });
                match right.as_ref() {
                    FromItem::Relation(relation) => self.relation(relation, false)?,
                    join => self.nested(join, lines)?,
                }
                match (kind, on) {
                    (JoinKind::Cross, _) | (JoinKind::Inner, None) => Ok(()),
                    (JoinKind::Inner, Some(_)) if always => Ok(()),
                    (_, None) => {
                        self.text(" on true");
                        Ok(())
                    }
                    (_, Some(on)) => self.on(on, lines),
                }
            }
        }
    }

    /// A join without a condition. Elements of an array come after what holds the array anyway.
    fn cross(&self, right: &FromItem) -> &'static str {
        match right {
            FromItem::Relation(Relation { source: RelationSource::Unnest { .. } | RelationSource::Function { .. }, .. }) => "cross join ",
            _ => self.spelling.cross_join(),
        }
    }

    fn on(&mut self, on: &Expr, lines: bool) -> Printed {
        match &on.kind {
            ExprKind::And(all) if all.len() > 1 => {
                self.page.indent();
                for (i, part) in all.iter().enumerate() {
                    self.part(lines);
                    self.text(if i > 0 { "and " } else { "on " });
                    self.expr(part, super::expr::Binds::Not)?;
                }
                self.page.dedent();
                Ok(())
            }
            _ => {
                self.page.open();
                self.page.indent();
                self.page.soft();
                self.text("on ");
                self.whole(on)?;
                self.page.dedent();
                self.page.close();
                Ok(())
            }
        }
    }

    fn nested(&mut self, item: &FromItem, lines: bool) -> Printed {
        self.text("(");
        self.page.indent();
        self.part(lines);
        self.source(item, lines, false)?;
        self.page.dedent();
        self.part(lines);
        self.text(")");
        Ok(())
    }

    fn relation(&mut self, relation: &Relation, first: bool) -> Printed {
        match &relation.source {
            RelationSource::Table(id) => {
                let text = self.host.table(self.program, *id);
                let named = self.host.keeps_names() && ends_in_name(&text, relation.alias.as_str());
                self.text(&text);
                self.stored_alias(relation, named);
            }
            RelationSource::Cte(name) => {
                self.name(name);
                self.stored_alias(relation, *name == relation.alias);
            }
            RelationSource::Derived(query) => self.derived(relation, query)?,
            RelationSource::Unnest { expr, ordinality } => {
                if !first {
                    self.lateral(relation);
                }
                self.spelling.unnest(self, relation, expr, *ordinality)?;
            }
            RelationSource::Function { function, args, ordinality } => {
                if !first {
                    self.lateral(relation);
                }
                self.spelling.table_function(self, relation, *function, args, *ordinality)?;
            }
            RelationSource::Zip { rows, ordinality } => {
                if !first {
                    self.lateral(relation);
                }
                self.spelling.zip(self, relation, rows, *ordinality)?;
            }
        }
        Ok(())
    }

    /// The names a table's or `with` entry's columns have there.
    pub(super) fn stored_names(&self, relation: &Relation) -> Vec<Ident> {
        match &relation.source {
            _ if relation.columns.is_empty() => Vec::new(),
            RelationSource::Table(id) => {
                self.program.table(*id).map_or_else(Vec::new, |t| t.columns.iter().map(|c| c.name.clone()).collect())
            }
            RelationSource::Cte(name) => self.entries.iter().rev().find(|(n, _)| n == name).map_or_else(Vec::new, |(_, own)| own.clone()),
            _ => Vec::new(),
        }
    }

    /// The alias of a table or `with` entry, with the names it gives the columns.
    fn stored_alias(&mut self, relation: &Relation, named: bool) {
        let own = self.stored_names(relation);
        let renames = own.len() == relation.columns.len() && !own.iter().eq(relation.columns.iter().map(|c| &c.name));
        if renames && self.spelling.has_column_lists() {
            self.alias_and_columns(relation);
        } else if !named {
            self.alias(&relation.alias);
        }
    }

    fn derived(&mut self, relation: &Relation, query: &crate::ir::Query) -> Printed {
        if relation.lateral && !self.spelling.has_lateral_queries() {
            return self.spelling.lateral_query(self, relation, query);
        }
        let names: Vec<Ident> = relation.columns.iter().map(|c| c.name.clone()).collect();
        let lists = self.spelling.has_column_lists();
        if !lists && matches!(query.body, SetExpr::Values(_)) {
            self.rename = Some(names.clone());
        }
        self.lateral(relation);
        self.text("(");
        self.page.indent();
        self.page.line();
        self.query(query, true)?;
        self.page.dedent();
        self.page.line();
        self.text(")");
        self.alias(&relation.alias);
        if lists && !yields(query, &names) {
            self.column_list(&names);
        }
        Ok(())
    }

    fn lateral(&mut self, relation: &Relation) {
        if relation.lateral && self.spelling.has_lateral_queries() {
            self.text("lateral ");
        }
    }

    fn alias(&mut self, alias: &Ident) {
        self.text(" as ");
        self.name(alias);
    }

    /// ` as t(a, b)`
    pub(super) fn alias_and_columns(&mut self, relation: &Relation) {
        self.alias(&relation.alias);
        let names: Vec<Ident> = relation.columns.iter().map(|c| c.name.clone()).collect();
        self.column_list(&names);
    }
}

/// Whether an element keeps rows of a right side that no left row fits.
fn keeps_right(item: &FromItem) -> bool {
    match item {
        FromItem::Relation(_) => false,
        FromItem::Join { kind, left, .. } => matches!(kind, JoinKind::Right | JoinKind::Full) || keeps_right(left),
    }
}

/// Whether the text of a table, `s.x` or `{{ ref('x') }}`, calls it by this name already.
fn ends_in_name(text: &str, name: &str) -> bool {
    let inner = text.trim_end_matches(['}', ')', ' ', '\'', '"', '`']);
    inner.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with(['.', '\'', '"', '`']))
}
