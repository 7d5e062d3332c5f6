//! Queries: `with`, sets, `order by`, `limit`.

use super::printer::{Block, Printed, Printer};
use super::spelling::Inside;
use crate::base::{Ident, Span};
use crate::ir::{Cte, Dialect, Expr, ExprKind, Literal, OrderKey, Query, Select, SetExpr, SetOperator, Type};

impl Printer<'_> {
    /// A query: with `lines` every clause on its own line, else on one line when short.
    pub(super) fn query(&mut self, query: &Query, lines: bool) -> Printed {
        let visible = self.entries.len();
        self.query_and_entries(query, lines)?;
        self.entries.truncate(visible);
        Ok(())
    }

    fn query_and_entries(&mut self, query: &Query, lines: bool) -> Printed {
        if !self.spelling.has_values() && self.rename.is_none() && starts_with_values(&query.body) {
            self.rename = Some(query.columns.iter().map(|c| c.name.clone()).collect());
        }
        let lines = lines || !query.with.is_empty() || !matches!(query.body, SetExpr::Select(_));
        self.with(&query.with)?;
        match &query.body {
            SetExpr::Select(select) => {
                let spread = if self.needs_spreading(select) { Some(self.spread(select, &query.order)?) } else { None };
                let (select, order) = spread.as_ref().map_or((select.as_ref(), query.order.as_slice()), |(s, o)| (s, o.as_slice()));
                let block = self.block(select);
                self.blocks.push(block);
                self.keep_first(select, order);
                if self.needs_ranking(select) {
                    self.ranked(select, order, lines)?;
                } else {
                    self.select(select, lines)?;
                    self.select_order(select, order, lines)?;
                }
                self.blocks.pop();
            }
            body => {
                self.set(body, lines)?;
                // Over a set only output names are seen.
                self.blocks.push(Block { only_outputs: true, ..Block::default() });
                self.order(&query.order, &[], lines)?;
                self.blocks.pop();
            }
        }
        self.limit(query.limit.as_ref(), query.offset.as_ref(), lines)
    }

    fn with(&mut self, with: &[Cte]) -> Printed {
        if with.is_empty() {
            return Ok(());
        }
        self.text(if with.iter().any(|c| c.recursive) { "with recursive " } else { "with " });
        for (i, cte) in with.iter().enumerate() {
            if i > 0 {
                self.text(",");
                self.page.blank();
            }
            self.name(&cte.name);
            if cte.recursive {
                self.entries.push((cte.name.clone(), cte.query.names().cloned().collect()));
            }
            self.cte_columns(cte);
            self.text(" as (");
            self.page.indent();
            self.page.line();
            self.query(&cte.query, true)?;
            self.page.dedent();
            self.page.line();
            self.text(")");
            if !cte.recursive {
                self.entries.push((cte.name.clone(), cte.query.names().cloned().collect()));
            }
        }
        self.page.blank();
        Ok(())
    }

    /// The column list of a `with` entry, when its body would not give these names.
    fn cte_columns(&mut self, cte: &Cte) {
        let names: Vec<Ident> = cte.query.columns.iter().map(|c| c.name.clone()).collect();
        // Without columns of its own, its body's names are the names.
        if names.is_empty() || yields(&cte.query, &names) {
            return;
        }
        if self.spelling.has_cte_lists() {
            self.column_list(&names);
        } else {
            self.rename = Some(names);
        }
    }

    /// `(a, b)`
    pub(super) fn column_list(&mut self, names: &[Ident]) {
        self.text("(");
        for (i, name) in names.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.name(name);
        }
        self.text(")");
    }

    /// A new line, or a space where the query stays on one.
    pub(super) fn part(&mut self, lines: bool) {
        if lines { self.page.line() } else { self.page.soft() }
    }

    pub(super) fn set(&mut self, body: &SetExpr, lines: bool) -> Printed {
        match body {
            SetExpr::Select(select) => {
                let spread = if self.needs_spreading(select) { Some(self.spread(select, &[])?) } else { None };
                let select = spread.as_ref().map_or(select.as_ref(), |(select, _)| select);
                let block = self.block(select);
                self.blocks.push(block);
                self.keep_first(select, &[]);
                if self.needs_ranking(select) {
                    self.ranked(select, &[], lines)?;
                } else {
                    self.select(select, lines)?;
                }
                self.blocks.pop();
                Ok(())
            }
            SetExpr::Values(rows) => self.values(rows),
            SetExpr::Query(query) => self.enclosed(|printer| printer.query(query, true)),
            SetExpr::Set { operator, all: true, left, right } if *operator != SetOperator::Union && !self.spelling.has_multisets() => {
                self.refuse_ungrouped(left, true)?;
                self.numbered_set(*operator, left, right, Span::default())
            }
            SetExpr::Set { operator, all, left, right } => {
                if !(*all && *operator == SetOperator::Union) {
                    self.refuse_ungrouped(left, false)?;
                }
                self.set_operand(left, *operator, false)?;
                self.page.blank();
                self.set_word(*operator, *all);
                self.page.blank();
                self.set_operand(right, *operator, true)
            }
        }
    }

    fn set_word(&mut self, operator: SetOperator, all: bool) {
        let word = match operator {
            SetOperator::Union => "union",
            SetOperator::Intersect => "intersect",
            SetOperator::Except => "except",
        };
        self.text(word);
        self.text(if all {
            " all"
        } else if self.spelling.says_distinct() {
            " distinct"
        } else {
            ""
        });
    }

    /// Sets that compare rows compare each of their values.
    fn refuse_ungrouped(&self, body: &SetExpr, partitioned: bool) -> Printed {
        let fits = |ty: &Type| if partitioned { self.spelling.partitions(ty) } else { self.spelling.groups(ty) };
        match body {
            SetExpr::Select(select) => match select.items.iter().find(|item| !fits(&item.expr.ty)) {
                Some(item) => self.gap(format!("comparing rows that hold {}", item.expr.ty), item.expr.at),
                None => Ok(()),
            },
            SetExpr::Set { left, .. } => self.refuse_ungrouped(left, partitioned),
            SetExpr::Values(_) | SetExpr::Query(_) => Ok(()),
        }
    }

    fn set_operand(&mut self, body: &SetExpr, outer: SetOperator, right: bool) -> Printed {
        let nested = match body {
            SetExpr::Set { operator, .. } if !right => {
                // SQLite reads all of them from left to right; the others let `intersect` bind tighter; BigQuery wants parentheses.
                let looser = outer == SetOperator::Intersect && *operator != SetOperator::Intersect;
                (looser && self.dialect != Dialect::Sqlite) || (self.dialect == Dialect::BigQuery && *operator != outer)
            }
            SetExpr::Set { .. } => true,
            _ => false,
        };
        if nested { self.enclosed(|printer| printer.set(body, true)) } else { self.set(body, true) }
    }

    /// An operand of a set in parentheses, or where there are none as a derived table.
    fn enclosed(&mut self, inner: impl FnOnce(&mut Self) -> Printed) -> Printed {
        let bare = self.spelling.has_set_parentheses();
        self.text(if bare { "(" } else { "select * from (" });
        self.page.indent();
        self.page.line();
        inner(self)?;
        self.page.dedent();
        self.page.line();
        self.text(")");
        Ok(())
    }

    fn values(&mut self, rows: &[Vec<Expr>]) -> Printed {
        if let Some(names) = self.rename.take() {
            return self.values_as_selects(rows, &names);
        }
        if !self.spelling.has_values() {
            return self.values_as_selects(rows, &[]);
        }
        self.text("values");
        self.page.indent();
        for (i, row) in rows.iter().enumerate() {
            self.text(if i > 0 { "," } else { "" });
            self.page.line();
            self.text("(");
            self.list(row)?;
            self.text(")");
        }
        self.page.dedent();
        Ok(())
    }

    /// `select 1 as a union all select 2`: for dialects that can't name the columns of `values`.
    fn values_as_selects(&mut self, rows: &[Vec<Expr>], names: &[Ident]) -> Printed {
        for (i, row) in rows.iter().enumerate() {
            if i > 0 {
                self.page.line();
                self.text("union all ");
            }
            self.text("select ");
            for (j, value) in row.iter().enumerate() {
                self.text(if j > 0 { ", " } else { "" });
                self.value(value)?;
                if let Some(name) = names.get(j).filter(|_| i == 0) {
                    self.text(" as ");
                    self.name(name);
                }
            }
        }
        Ok(())
    }

    /// `order by` of a select block: it sees the block's columns and, first, its output names.
    fn select_order(&mut self, select: &Select, order: &[OrderKey], lines: bool) -> Printed {
        if order.is_empty() {
            return Ok(());
        }
        self.seeing_outputs(select, true);
        let names = order.iter().map(|key| output_of(select, &key.expr)).collect::<Vec<_>>();
        // Grouping sets leave keys NULL, so that where NULLs go matters for every one.
        let sets = !select.group.sets.is_empty();
        let order: Vec<OrderKey> = order
            .iter()
            .map(|key| OrderKey { expr: Expr { nullable: key.expr.nullable || sets, ..key.expr.clone() }, ..key.clone() })
            .collect();
        let order = order.as_slice();
        self.order(order, &names, lines)?;
        self.seeing_outputs(select, false);
        Ok(())
    }

    fn order(&mut self, order: &[OrderKey], names: &[Option<&Ident>], lines: bool) -> Printed {
        if order.is_empty() {
            return Ok(());
        }
        self.part(lines);
        self.page.open();
        self.text("order by");
        self.page.indent();
        for (i, key) in order.iter().enumerate() {
            self.text(if i > 0 { "," } else { "" });
            self.page.soft();
            match names.get(i).copied().flatten() {
                Some(name) => {
                    self.name(name);
                    self.direction(key);
                }
                None => self.order_key(key, Inside::Query)?,
            }
        }
        self.page.dedent();
        self.page.close();
        Ok(())
    }

    fn limit(&mut self, limit: Option<&Expr>, offset: Option<&Expr>, lines: bool) -> Printed {
        let computed = |e: &&Expr| !matches!(e.kind, ExprKind::Literal(_)) && self.dialect == Dialect::BigQuery;
        if let Some(e) = limit.into_iter().chain(offset).find(computed) {
            return self.gap("a computed limit", e.at);
        }
        if let Some(limit) = limit.filter(|l| !matches!(l.kind, ExprKind::Literal(Literal::Null))) {
            self.part(lines);
            self.text("limit ");
            self.operand(limit)?;
        } else if offset.is_some() && self.dialect == Dialect::Sqlite {
            // SQLite knows `offset` only after `limit`; a negative one is none.
            self.part(lines);
            self.text("limit -1");
        } else if offset.is_some() && self.dialect == Dialect::BigQuery {
            self.part(lines);
            self.text("limit 9223372036854775807");
        }
        if let Some(offset) = offset {
            self.part(lines);
            self.text("offset ");
            self.operand(offset)?;
        }
        Ok(())
    }
}

fn starts_with_values(body: &SetExpr) -> bool {
    match body {
        SetExpr::Values(_) => true,
        SetExpr::Set { left, .. } => starts_with_values(left),
        SetExpr::Select(_) | SetExpr::Query(_) => false,
    }
}

/// The output column an `order by` expression is: the same piece of source, so `order by total` is printed as written. Generated
/// columns share their source; then the expression itself is printed.
fn output_of<'s>(select: &'s Select, expr: &Expr) -> Option<&'s Ident> {
    if matches!(expr.kind, ExprKind::Column { .. }) || matches!(expr.ty, Type::Interval | Type::Array(_)) || expr.at.start == expr.at.end {
        return None;
    }
    let mut same = select.items.iter().filter(|item| item.expr.at == expr.at);
    let first = same.next()?;
    same.next().is_none().then_some(&first.name)
}

/// The block whose items name the columns of a body.
fn own(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Set { left, .. } => own(left),
        SetExpr::Query(query) => own(&query.body),
        SetExpr::Values(_) => None,
    }
}

/// The names of a body's columns; `None`: it has none of its own.
pub(super) fn output_names(body: &SetExpr) -> Option<Vec<Ident>> {
    own(body).map(|select| select.items.iter().map(|item| item.name.clone()).collect())
}

/// Whether a query's own output has these names.
pub(super) fn yields(query: &Query, names: &[Ident]) -> bool {
    own(&query.body).is_some_and(|select| select.items.len() == names.len() && select.items.iter().map(|i| &i.name).eq(names))
}
