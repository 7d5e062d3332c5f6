//! Expressions, with parentheses only where precedence asks for them. Levels are drawn so that the text means the same in every dialect:
//! where dialects order two operators differently, both sides of the quarrel are put in parentheses.

use super::call;
use super::literal;
use super::printer::{Block, How, Printed, Printer};
use super::spelling::{Inside, NullsGo};
use crate::base::{Ident, Span};
use crate::ir::{CommonFunction, Expr, ExprKind, Literal, OrderKey, Query, Type};

/// How tightly the outermost part of an expression binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Binds {
    /// `or`, and text nothing is known of.
    Or,
    And,
    Not,
    /// Comparisons, `is`, `in`, `between`, `like`.
    Predicate,
    /// `||`, `->`, `~` and the like.
    Other,
    Sum,
    Product,
    Power,
    Sign,
    /// Names, constants, calls, anything in brackets.
    Primary,
}

impl Printer<'_> {
    /// An expression that stands alone: between commas, in brackets, in a clause.
    pub(super) fn whole(&mut self, expr: &Expr) -> Printed {
        self.expr(expr, Binds::Or)
    }

    /// An expression something is written straight after or before.
    pub(super) fn operand(&mut self, expr: &Expr) -> Printed {
        self.expr(expr, Binds::Primary)
    }

    /// An expression, in parentheses when it binds less tightly than its place asks.
    pub(super) fn expr(&mut self, expr: &Expr, least: Binds) -> Printed {
        if self.binds(expr) >= least {
            return self.bare(expr);
        }
        self.text("(");
        self.page.open();
        self.page.indent();
        self.page.tight();
        self.bare(expr)?;
        self.page.dedent();
        self.page.tight();
        self.page.close();
        self.text(")");
        Ok(())
    }

    fn binds(&self, expr: &Expr) -> Binds {
        match &expr.kind {
            ExprKind::And(all) if all.len() == 1 => all.first().map_or(Binds::Primary, |e| self.binds(e)),
            ExprKind::Or(all) if all.len() == 1 => all.first().map_or(Binds::Primary, |e| self.binds(e)),
            ExprKind::Or(_) => Binds::Or,
            ExprKind::And(_) => Binds::And,
            ExprKind::Not(_) | ExprKind::Exists(_, true) => Binds::Not,
            ExprKind::IsNull(..) | ExprKind::IsBool(..) | ExprKind::IsDistinct(..) | ExprKind::InList(..) | ExprKind::InQuery(..) => {
                Binds::Predicate
            }
            ExprKind::Between(..) | ExprKind::Like(..) => Binds::Predicate,
            ExprKind::Literal(Literal::Number(digits)) if digits.starts_with('-') => Binds::Sign,
            ExprKind::Release(inner, _) => self.binds(inner),
            ExprKind::Operator { function, args } | ExprKind::Call { function, args } => {
                call::binds(self, *function, args, |e| self.binds(e))
            }
            ExprKind::Json(access) => self.spelling.json_binds(access.scalar, &expr.ty),
            ExprKind::Cast(operand) => self.spelling.cast_binds(operand, &expr.ty).unwrap_or_else(|| self.binds(operand)),
            ExprKind::Subscript(..) | ExprKind::Slice(..) => self.spelling.subscript_binds(),
            ExprKind::Quantified(_) => Binds::Predicate,
            ExprKind::Aggregate(call) => call::aggregate_binds(self, call),
            ExprKind::Window(call) => call::aggregate_binds(self, &call.call),
            _ => Binds::Primary,
        }
    }

    pub(super) fn bare(&mut self, expr: &Expr) -> Printed {
        match &expr.kind {
            ExprKind::Column { relation, name } => self.column(relation, name),
            ExprKind::Literal(value) => self.literal(value, &expr.ty, expr.at)?,
            ExprKind::RunDate => {
                let date = self.host.run_date();
                self.text(&date);
            }
            ExprKind::Call { function, args } | ExprKind::Operator { function, args } => self.call(*function, args, expr.at)?,
            ExprKind::Not(inner) => {
                self.text("not ");
                self.operand(inner)?;
            }
            ExprKind::And(all) => self.chain(all, "and ", Binds::Not)?,
            ExprKind::Or(all) => self.chain(all, "or ", Binds::And)?,
            ExprKind::Case { operand, arms, otherwise } => self.case(operand.as_deref(), arms, otherwise.as_deref())?,
            ExprKind::Cast(operand) => self.spelling.cast(self, operand, &expr.ty)?,
            ExprKind::Common(function, args) => self.spelling.common(self, *function, args)?,
            ExprKind::Aggregate(call) => self.aggregate(call, None, expr.at)?,
            ExprKind::Window(call) => self.aggregate(&call.call, Some(call), expr.at)?,
            ExprKind::Json(access) => self.spelling.json(self, access, &expr.ty)?,
            ExprKind::Array(items) => self.spelling.array(self, items)?,
            ExprKind::Subscript(array, index) => self.spelling.subscript(self, array, index)?,
            ExprKind::Slice(array, low, high) => self.spelling.slice(self, array, low.as_deref(), high.as_deref())?,
            ExprKind::ArrayQuery(query) => self.spelling.array_query(self, query, expr.at)?,
            ExprKind::Quantified(quantified) => self.spelling.quantified(self, quantified, expr.at)?,
            ExprKind::Grouping(keys) => self.spelling.grouping(self, keys, expr.at)?,
            ExprKind::Row(items) => {
                self.text("(");
                self.list(items)?;
                self.text(")");
            }
            ExprKind::Release(inner, _) => self.bare(inner)?,
            ExprKind::Exists(query, negated) => {
                self.text(if *negated { "not exists " } else { "exists " });
                self.subquery(query, expr.at)?;
            }
            ExprKind::Scalar(query) => self.subquery(query, expr.at)?,
            ExprKind::Error => return self.gap("an expression that failed to compile", expr.at),
            _ => self.predicate(expr)?,
        }
        Ok(())
    }

    /// Predicates; their operands never are predicates without parentheses.
    fn predicate(&mut self, expr: &Expr) -> Printed {
        match &expr.kind {
            ExprKind::IsNull(inner, negated) => {
                self.expr(inner, Binds::Other)?;
                self.text(if *negated { " is not null" } else { " is null" });
            }
            ExprKind::IsBool(inner, value, negated) => {
                self.expr(inner, Binds::Other)?;
                self.text(if *negated { " is not " } else { " is " });
                self.text(if *value { "true" } else { "false" });
            }
            ExprKind::IsDistinct(left, right, negated) => {
                self.expr(left, Binds::Other)?;
                self.text(self.spelling.is_distinct(*negated));
                self.expr(right, Binds::Other)?;
            }
            ExprKind::InList(inner, items, negated) => {
                self.expr(inner, Binds::Other)?;
                self.text(if *negated { " not in (" } else { " in (" });
                // SQLite compares rows with the rows of a query only.
                if matches!(inner.kind, ExprKind::Row(_)) && self.dialect == crate::ir::Dialect::Sqlite {
                    self.text("values ");
                }
                self.list(items)?;
                self.text(")");
            }
            ExprKind::InQuery(inner, query, negated) => {
                self.expr(inner, Binds::Other)?;
                self.text(if *negated { " not in " } else { " in " });
                // A row is one value there, so the query has to yield one.
                let as_struct = matches!(inner.kind, ExprKind::Row(_)) && self.dialect == crate::ir::Dialect::BigQuery;
                self.text(if as_struct { "(select as struct * from " } else { "" });
                self.subquery_of(query, true, expr.at)?;
                self.text(if as_struct { ")" } else { "" });
            }
            ExprKind::Between(inner, low, high, negated) => {
                self.expr(inner, Binds::Other)?;
                self.text(if *negated { " not between " } else { " between " });
                self.expr(low, Binds::Other)?;
                self.text(" and ");
                self.expr(high, Binds::Other)?;
            }
            ExprKind::Like(inner, pattern, folded, negated) => self.like(inner, pattern, *folded, *negated)?,
            _ => return self.gap("an expression of an unknown shape", expr.at),
        }
        Ok(())
    }

    fn like(&mut self, inner: &Expr, pattern: &Expr, folded: bool, negated: bool) -> Printed {
        let lower = folded && !self.spelling.has_ilike();
        let side = |printer: &mut Self, e: &Expr| if lower { printer.wrap("lower", e) } else { printer.expr(e, Binds::Other) };
        side(self, inner)?;
        self.text(match (folded && !lower, negated) {
            (false, false) => " like ",
            (false, true) => " not like ",
            (true, false) => " ilike ",
            (true, true) => " not ilike ",
        });
        side(self, pattern)?;
        let escapes = match &pattern.kind {
            ExprKind::Literal(Literal::Text(text)) => text.contains('\\'),
            _ => true,
        };
        if escapes && !self.spelling.like_escapes() {
            self.text(" escape '\\'");
        }
        Ok(())
    }

    /// `a and b`: in lines when it does not fit in one.
    fn chain(&mut self, all: &[Expr], word: &str, least: Binds) -> Printed {
        if let [only] = all {
            return self.bare(only);
        }
        self.page.open();
        for (i, item) in all.iter().enumerate() {
            if i > 0 {
                self.page.soft();
                self.text(word);
            }
            self.expr(item, least)?;
        }
        self.page.close();
        Ok(())
    }

    fn case(&mut self, operand: Option<&Expr>, arms: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Printed {
        self.page.open();
        self.text("case");
        if let Some(operand) = operand {
            self.text(" ");
            self.expr(operand, Binds::Other)?;
        }
        self.page.indent();
        // Three arms on one line are no longer read at a glance.
        let split = |printer: &mut Self| if arms.len() > 2 { printer.page.line() } else { printer.page.soft() };
        for (when, then) in arms {
            split(self);
            self.text("when ");
            self.whole(when)?;
            self.text(" then ");
            self.whole(then)?;
        }
        if let Some(otherwise) = otherwise {
            split(self);
            self.text("else ");
            self.whole(otherwise)?;
        }
        self.page.dedent();
        split(self);
        self.text("end");
        self.page.close();
        Ok(())
    }

    fn literal(&mut self, value: &Literal, ty: &Type, at: Span) -> Printed {
        if let Literal::Text(text) = value {
            if text.contains('\0') {
                return self.gap("a text with a zero byte", at);
            }
            return self.spelling.typed_text(self, text, ty, at);
        }
        if let Literal::Number(digits) = value
            && let Some(text) = self.spelling.number(digits, ty)
        {
            self.text(&text);
            return Ok(());
        }
        let typed = match value {
            Literal::Number(digits) => self.spelling.typed_number(digits, ty),
            _ => None,
        };
        let text = typed.unwrap_or_else(|| literal::literal(value, self.dialect));
        self.guarded(&text);
        Ok(())
    }

    /// A column: bare where only one relation can be meant.
    fn column(&mut self, relation: &Ident, name: &Ident) {
        let how = self.reading(relation, name);
        let bare = relation.as_str().is_empty()
            || self.blocks.last().is_none_or(|block| {
                let told_apart = (block.sees_outputs && block.shadowed.contains(name)) || self.is_row(block, name);
                block.only_outputs || (block.single.as_ref() == Some(relation) && !told_apart)
            });
        match how {
            None => self.qualified(relation, name, bare),
            Some(How::Written { before, name, qualified, after }) => {
                self.text(before);
                self.qualified(relation, &name, bare || !qualified);
                self.text(&after);
            }
            Some(How::JsonElement) => {
                self.text("pipec_json_element(");
                self.qualified(relation, &Ident::exact("type"), bare);
                self.text(", ");
                self.qualified(relation, &Ident::exact("value"), bare);
                self.text(")");
            }
        }
    }

    /// Whether a bare name would be the whole row of a relation of this name.
    fn is_row(&self, block: &Block, name: &Ident) -> bool {
        self.spelling.takes_alias_for_row() && block.aliases.iter().any(|a| a.as_str().eq_ignore_ascii_case(name.as_str()))
    }

    fn qualified(&mut self, relation: &Ident, name: &Ident, bare: bool) {
        if !bare {
            self.name(relation);
            self.text(".");
        }
        self.name(name);
    }

    pub(super) fn reading(&self, relation: &Ident, name: &Ident) -> Option<How> {
        let block = self.blocks.iter().rev().find(|b| b.aliases.contains(relation))?;
        block.readings.iter().find(|r| r.relation == *relation && r.column == *name).map(|r| r.how.clone())
    }

    /// `(select …)`, on one line when short.
    pub(super) fn subquery(&mut self, query: &Query, at: Span) -> Printed {
        self.subquery_of(query, false, at)
    }

    fn subquery_of(&mut self, query: &Query, is_in: bool, at: Span) -> Printed {
        if let Some(what) = self.spelling.subquery_lacks(self, query, is_in) {
            return self.gap(what, at);
        }
        self.text("(");
        self.page.open();
        self.page.indent();
        self.page.tight();
        self.query(query, false)?;
        self.page.dedent();
        self.page.tight();
        self.page.close();
        self.text(")");
        Ok(())
    }

    /// `a desc nulls last`: NULLs go where the IR says, said only where the dialect would put them elsewhere.
    pub(super) fn order_key(&mut self, key: &OrderKey, inside: Inside) -> Printed {
        if !self.spelling.groups(&key.expr.ty) {
            return self.gap(format!("an order by {}", key.expr.ty), key.expr.at);
        }
        if let Some(first) = self.nulls(key).filter(|_| !self.spelling.puts_nulls(inside)) {
            self.expr(&key.expr, Binds::Other)?;
            self.text(if first { " is null desc, " } else { " is null, " });
            self.spelling.sort_key(self, &key.expr)?;
            self.text(if key.descending { " desc" } else { "" });
            return Ok(());
        }
        self.spelling.sort_key(self, &key.expr)?;
        self.direction(key);
        Ok(())
    }

    /// ` desc nulls last`
    pub(super) fn direction(&mut self, key: &OrderKey) {
        if key.descending {
            self.text(" desc");
        }
        if let Some(first) = self.nulls(key) {
            self.text(if first { " nulls first" } else { " nulls last" });
        }
    }

    /// Whether NULLs go first or last, where that has to be said.
    fn nulls(&self, key: &OrderKey) -> Option<bool> {
        let first = key.nulls_first.unwrap_or(key.descending);
        let by_default = match self.spelling.nulls_go() {
            NullsGo::High => key.descending,
            NullsGo::Low => !key.descending,
            NullsGo::Last => false,
        };
        (first != by_default && (key.expr.nullable || key.nulls_first.is_some())).then_some(first)
    }

    /// `cast(operand as ty)`
    pub(super) fn plain_cast(&mut self, operand: &Expr, ty: &Type) -> Printed {
        self.text("cast(");
        self.whole(operand)?;
        self.text(" as ");
        let ty = self.spelling.type_name(ty);
        self.text(&ty);
        self.text(")");
        Ok(())
    }

    /// Whether every NULL of the arguments is passed over, or there can be none.
    pub(super) fn never_null(args: &[Expr], function: CommonFunction) -> bool {
        matches!(function, CommonFunction::Coalesce | CommonFunction::Nullif) || args.iter().all(|a| !a.nullable)
    }
}
