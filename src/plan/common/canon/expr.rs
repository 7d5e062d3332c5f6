//! Expressions.

use super::{MaskCall, Part, Writer};
use crate::base::Ident;
use crate::ir::{AggregateCall, Expr, ExprKind, Frame, FrameBound, FunctionKind, JsonStep, Literal, Over, Type, WindowCall};
use std::fmt::Write as _;

impl<'q> Writer<'_, 'q> {
    pub(super) fn list(&mut self, word: &str, all: &'q [Expr]) {
        let _ = write!(self.out.text, "({word} {} ", all.len());
        all.iter().for_each(|e| self.expr(e));
        self.put(")");
    }

    fn flags(&mut self, word: &str, flags: &[bool]) {
        self.put("(");
        self.put(word);
        flags.iter().for_each(|f| self.out.text.push(if *f { '1' } else { '0' }));
        self.put(" ");
    }

    pub(super) fn expr(&mut self, e: &'q Expr) {
        match &e.kind {
            ExprKind::Column { relation, name } => return self.column(relation, name),
            // What is released is the value it was: labels are compared where columns are.
            ExprKind::Release(inner, _) => return self.expr(inner),
            ExprKind::Literal(literal) => return self.literal(literal, &e.ty),
            ExprKind::RunDate => self.put("(run_date"),
            ExprKind::Error => self.put("(error"),
            ExprKind::Call { function, args } | ExprKind::Operator { function, args } => self.call(*function, args),
            ExprKind::Not(a) => self.operands("not", &[a]),
            ExprKind::IsNull(a, negated) => self.flagged("is_null", &[*negated], &[a]),
            ExprKind::IsBool(a, value, negated) => self.flagged("is_bool", &[*value, *negated], &[a]),
            ExprKind::IsDistinct(a, b, negated) => self.flagged("is_distinct", &[*negated], &[a, b]),
            ExprKind::Like(a, b, insensitive, negated) => self.flagged("like", &[*insensitive, *negated], &[a, b]),
            ExprKind::Between(a, low, high, negated) => self.flagged("between", &[*negated], &[a, low, high]),
            ExprKind::Subscript(a, b) => self.operands("subscript", &[a, b]),
            ExprKind::And(parts) => self.open_list("and", parts),
            ExprKind::Or(parts) => self.open_list("or", parts),
            ExprKind::Array(parts) => self.open_list("array", parts),
            ExprKind::Row(parts) => self.open_list("row", parts),
            ExprKind::Grouping(parts) => self.open_list("grouping", parts),
            ExprKind::Common(which, parts) => {
                let word = format!("{which:?}");
                self.open_list(&word, parts);
            }
            ExprKind::InList(a, list, negated) => {
                self.flags("in", &[*negated]);
                self.expr(a);
                self.list("of", list);
            }
            ExprKind::Cast(a) => {
                self.put("(cast ");
                self.ty(&e.ty);
                self.expr(a);
            }
            ExprKind::Slice(a, low, high) => {
                self.flags("slice", &[low.is_some(), high.is_some()]);
                self.expr(a);
                low.iter().chain(high).for_each(|e| self.expr(e));
            }
            _ => self.asking(e),
        }
        self.put(")");
    }

    /// The longer shapes: queries, `case`, aggregates, JSON.
    fn asking(&mut self, e: &'q Expr) {
        let all = Part { need: None, named: false };
        match &e.kind {
            ExprKind::InQuery(a, query, negated) => {
                self.flags("in_query", &[*negated]);
                self.expr(a);
                self.query(query, all);
            }
            ExprKind::Exists(query, negated) => {
                self.flags("exists", &[*negated]);
                self.query(query, all);
            }
            ExprKind::Scalar(query) => {
                self.put("(scalar ");
                self.query(query, all);
            }
            ExprKind::ArrayQuery(query) => {
                self.put("(array_query ");
                self.query(query, all);
            }
            ExprKind::Quantified(q) => {
                self.flags("quantified", &[q.all]);
                let operator = self.common.function(q.operator);
                self.quoted(&operator);
                self.expr(&q.left);
                match &q.over {
                    Over::Query(query) => self.query(query, all),
                    Over::Array(array) => self.expr(array),
                }
            }
            ExprKind::Case { operand, arms, otherwise } => {
                self.flags("case", &[operand.is_some(), otherwise.is_some()]);
                operand.iter().for_each(|e| self.expr(e));
                for (when, then) in arms {
                    self.expr(when);
                    self.expr(then);
                }
                otherwise.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Aggregate(call) => {
                self.put("(aggregate ");
                self.aggregate(call);
            }
            ExprKind::Window(call) => self.window(call),
            ExprKind::Json(access) => {
                self.flags("json", &[access.scalar]);
                self.ty(&e.ty);
                self.expr(&access.base);
                for step in &access.steps {
                    self.step(step);
                }
            }
            ExprKind::Column { .. }
            | ExprKind::Literal(_)
            | ExprKind::RunDate
            | ExprKind::Call { .. }
            | ExprKind::Operator { .. }
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::IsNull(..)
            | ExprKind::IsBool(..)
            | ExprKind::IsDistinct(..)
            | ExprKind::InList(..)
            | ExprKind::Between(..)
            | ExprKind::Like(..)
            | ExprKind::Cast(_)
            | ExprKind::Common(..)
            | ExprKind::Array(_)
            | ExprKind::Subscript(..)
            | ExprKind::Slice(..)
            | ExprKind::Grouping(_)
            | ExprKind::Row(_)
            | ExprKind::Release(..)
            | ExprKind::Error => self.put("("),
        }
    }

    fn step(&mut self, step: &'q JsonStep) {
        match step {
            JsonStep::Field(name) => {
                self.put(".");
                self.quoted(name);
            }
            JsonStep::Index(n) => {
                let _ = write!(self.out.text, "[{n}] ");
            }
            JsonStep::Pick { conditions, index } => {
                let _ = write!(self.out.text, "[{index} of ");
                for c in conditions {
                    self.out.text.push(if c.negated { '!' } else { '=' });
                    self.quoted(&c.field);
                    self.quoted(&c.equals);
                }
                self.put("]");
            }
            JsonStep::Computed(e) => {
                self.put("->");
                self.expr(e);
            }
        }
    }

    fn column(&mut self, relation: &Ident, name: &Ident) {
        let place = self.scope.iter().rposition(|alias| alias.name == *relation);
        let Some((place, alias)) = place.and_then(|p| Some((p, self.scope.get(p)?))) else {
            self.put("?.");
            self.quoted(relation.as_str());
            return self.quoted(name.as_str());
        };
        if let (Some(touched), Some(table)) = (&mut self.touched, alias.table) {
            touched.insert((table, name.clone()));
        }
        let name = alias.table.map_or(name, |t| self.common.column(t, name)).clone();
        let from = alias.source.clone().unwrap_or_else(|| place.to_string());
        self.put(&from);
        self.put(".");
        self.quoted(name.as_str());
    }

    fn literal(&mut self, literal: &Literal, ty: &Type) {
        self.put("'");
        let text = format!("{literal:?}");
        self.quoted(&text);
        self.ty(ty);
    }

    fn ty(&mut self, ty: &Type) {
        let text = self.common.ty(ty);
        self.quoted(&text);
    }

    fn call(&mut self, function: crate::ir::FunctionId, args: &'q [Expr]) {
        let called = self.common.function(function);
        self.put("(call ");
        self.quoted(&called);
        let declared = self.common.program.function(function).filter(|f| f.kind == FunctionKind::Mask);
        let Some(mask) = declared else { return args.iter().for_each(|e| self.expr(e)) };
        let mut call = MaskCall { name: mask.name.to_string(), args: Vec::new(), function: called };
        for (i, arg) in args.iter().enumerate() {
            let from = self.out.text.len();
            self.expr(arg);
            let name = mask.params.get(i).or(mask.params.last()).map_or("", |p| &p.name);
            if i > 0 {
                let canonical = self.out.text.get(from..).unwrap_or_default().to_owned();
                call.args.push((name.to_owned(), constant(arg).unwrap_or(canonical)));
            }
        }
        self.out.masks.insert(call);
    }

    fn operands(&mut self, word: &str, all: &[&'q Expr]) {
        self.flagged(word, &[], all);
    }

    fn flagged(&mut self, word: &str, flags: &[bool], all: &[&'q Expr]) {
        self.flags(word, flags);
        all.iter().for_each(|e| self.expr(e));
    }

    fn open_list(&mut self, word: &str, all: &'q [Expr]) {
        let _ = write!(self.out.text, "({word} {} ", all.len());
        all.iter().for_each(|e| self.expr(e));
    }

    fn aggregate(&mut self, call: &'q AggregateCall) {
        let called = self.common.function(call.function);
        self.quoted(&called);
        let _ = write!(self.out.text, "{}{} ", u8::from(call.star), u8::from(call.distinct));
        self.list("of", &call.args);
        self.order(&call.order);
        if let Some(filter) = &call.filter {
            self.put("filter ");
            self.expr(filter);
        }
    }

    fn window(&mut self, window: &'q WindowCall) {
        self.put("(window ");
        self.aggregate(&window.call);
        self.list("partition", &window.partition);
        self.order(&window.order);
        if let Some(Frame { unit, start, end, exclude }) = &window.frame {
            let _ = write!(self.out.text, "{unit:?} {exclude:?} ");
            for bound in std::iter::once(start).chain(end) {
                match bound {
                    FrameBound::UnboundedPreceding => self.put("first "),
                    FrameBound::UnboundedFollowing => self.put("last "),
                    FrameBound::CurrentRow => self.put("here "),
                    FrameBound::Preceding(e) => {
                        self.put("before ");
                        self.expr(e);
                    }
                    FrameBound::Following(e) => {
                        self.put("after ");
                        self.expr(e);
                    }
                }
            }
        }
    }
}

/// A constant as people read it.
fn constant(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Literal(Literal::Null) => Some("null".to_owned()),
        ExprKind::Literal(Literal::Boolean(b)) => Some(b.to_string()),
        ExprKind::Literal(Literal::Number(n)) => Some(n.to_string()),
        ExprKind::Literal(Literal::Text(t)) => Some(format!("'{}'", t.replace('\'', "''"))),
        ExprKind::Literal(Literal::Secret(name)) => Some(format!("secret('{name}')")),
        ExprKind::RunDate => Some("run_date".to_owned()),
        ExprKind::Cast(inner) => constant(inner),
        _ => None,
    }
}
