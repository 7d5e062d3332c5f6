//! The text of an expression: what an opaque variable is known by, and what people read in a witness.

use super::value::quoted;
use crate::ir::{CommonFunction, Expr, ExprKind, FunctionId, JsonStep, Literal, Over, Policy, Program, query_of};
use std::fmt::Write;

/// What an opaque variable is known by. Two of the same text over the same functions are one variable.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Name {
    /// As SQL, parentheses where they could be missed.
    pub(super) text: String,
    /// Signatures and bodies of what it calls, and the types it goes through: a name alone could mean something else in the other program.
    identity: String,
    /// Whether it reads the entitlement's row.
    pub(super) entitled: bool,
    /// Whether it has parts that are not compared (a query): then it equals nothing but itself.
    pub(super) alone: bool,
}

impl Name {
    pub(super) fn of(program: &Program, asks: bool, row: &str, e: &Expr) -> Name {
        let mut writer = Writer { program, asks, row, text: String::new(), identity: String::new(), entitled: false, alone: false };
        writer.expr(e);
        Name { text: writer.text, identity: writer.identity, entitled: writer.entitled, alone: writer.alone }
    }

    /// The name of a comparison that is taken as a whole.
    pub(super) fn joined(left: &Name, sign: &str, right: &Name) -> Name {
        Name {
            text: format!("{} {sign} {}", left.text, right.text),
            identity: format!("{}\u{0}{}", left.identity, right.identity),
            entitled: left.entitled || right.entitled,
            alone: left.alone || right.alone,
        }
    }
}

/// A column of the row, as conditions call it: bare under the row's own alias.
pub(super) fn column(row: &str, relation: &str, name: &str) -> String {
    let plain = |text: &str| {
        let simple = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') && !text.is_empty();
        if simple { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    if relation == row { plain(name) } else { format!("{}.{}", plain(relation), plain(name)) }
}

struct Writer<'p> {
    program: &'p Program,
    asks: bool,
    row: &'p str,
    text: String,
    identity: String,
    entitled: bool,
    alone: bool,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn list(&mut self, before: &str, items: &[Expr], after: &str) {
        self.push(before);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expr(item);
        }
        self.push(after);
    }

    fn infix(&mut self, left: &Expr, sign: &str, right: &Expr) {
        self.operand(left);
        self.push(sign);
        self.operand(right);
    }

    fn operand(&mut self, e: &Expr) {
        let single = matches!(e.kind, ExprKind::Column { .. } | ExprKind::Literal(_) | ExprKind::Call { .. } | ExprKind::Cast(_));
        self.push(if single { "" } else { "(" });
        self.expr(e);
        self.push(if single { "" } else { ")" });
    }

    /// The name of a function, its signature noted.
    fn function(&mut self, id: FunctionId) -> String {
        let Some(function) = self.program.function(id) else { return String::new() };
        let params: Vec<String> = function.params.iter().map(|p| format!("{:?} {}", p.name, p.ty)).collect();
        let bodies: Vec<String> = function.bodies.iter().map(|(d, b)| format!("{} {b:?}", d.name())).collect();
        let (kind, null) = (function.kind, function.nullability);
        let _ = write!(
            self.identity,
            "{kind:?} {:?}({}) -> {} {null:?} {} {:?};",
            function.name,
            params.join(", "),
            function.result,
            bodies.join(" "),
            function.generic
        );
        function.name.to_string()
    }

    fn expr(&mut self, e: &Expr) {
        if query_of(e).is_some() {
            self.alone = true;
            return self.push("(select …)");
        }
        let _ = write!(self.identity, "{:?};", e.ty.to_string());
        match &e.kind {
            ExprKind::Column { relation, name } => {
                self.entitled |= self.asks && relation.as_str() == Policy::ENTITLED;
                let text = column(self.row, relation.as_str(), name.as_str());
                self.push(&text);
            }
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::RunDate => self.push("run_date"),
            ExprKind::Call { function, args } => {
                let name = self.function(*function);
                self.list(&format!("{name}("), args, ")");
            }
            ExprKind::Operator { function, args } => self.operator(*function, args),
            ExprKind::Common(function, args) => {
                let name = match function {
                    CommonFunction::Coalesce => "coalesce(",
                    CommonFunction::Greatest => "greatest(",
                    CommonFunction::Least => "least(",
                    CommonFunction::Nullif => "nullif(",
                };
                self.list(name, args, ")");
            }
            ExprKind::Array(args) => self.list("array[", args, "]"),
            ExprKind::Row(args) => self.list("row(", args, ")"),
            ExprKind::Grouping(args) => self.list("grouping(", args, ")"),
            ExprKind::Cast(inner) => {
                self.push("cast(");
                self.expr(inner);
                let _ = write!(self.text, " as {})", e.ty);
            }
            ExprKind::Release(inner, _) => self.expr(inner),
            _ => self.condition(e),
        }
    }

    fn operator(&mut self, function: FunctionId, args: &[Expr]) {
        let sign = self.function(function);
        match args {
            [left, right] => self.infix(left, &format!(" {sign} "), right),
            _ => {
                self.push(&sign);
                args.iter().for_each(|a| self.operand(a));
            }
        }
    }

    fn condition(&mut self, e: &Expr) {
        let not = |negated: bool| if negated { " not" } else { "" };
        match &e.kind {
            ExprKind::Not(a) => {
                self.push("not ");
                self.operand(a);
            }
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let word = if matches!(e.kind, ExprKind::And(_)) { " and " } else { " or " };
                for (index, part) in parts.iter().enumerate() {
                    self.push(if index > 0 { word } else { "" });
                    self.operand(part);
                }
            }
            ExprKind::IsNull(a, negated) => {
                self.operand(a);
                let _ = write!(self.text, " is{} null", not(*negated));
            }
            ExprKind::IsBool(a, value, negated) => {
                self.operand(a);
                let _ = write!(self.text, " is{} {value}", not(*negated));
            }
            ExprKind::IsDistinct(a, b, negated) => self.infix(a, &format!(" is{} distinct from ", not(*negated)), b),
            ExprKind::InList(a, list, negated) => {
                self.operand(a);
                self.list(&format!("{} in (", not(*negated)), list, ")");
            }
            ExprKind::Between(a, low, high, negated) => {
                self.infix(a, &format!("{} between ", not(*negated)), low);
                self.push(" and ");
                self.operand(high);
            }
            ExprKind::Like(a, pattern, fold, negated) => {
                self.infix(a, &format!("{} {} ", not(*negated), if *fold { "ilike" } else { "like" }), pattern);
            }
            _ => self.rest(e),
        }
    }

    fn rest(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Case { operand, arms, otherwise } => {
                self.push("case");
                if let Some(operand) = operand {
                    self.push(" ");
                    self.operand(operand);
                }
                for (when, then) in arms {
                    self.push(" when ");
                    self.expr(when);
                    self.push(" then ");
                    self.expr(then);
                }
                if let Some(otherwise) = otherwise {
                    self.push(" else ");
                    self.expr(otherwise);
                }
                self.push(" end");
            }
            ExprKind::Subscript(a, index) => {
                self.operand(a);
                self.push("[");
                self.expr(index);
                self.push("]");
            }
            ExprKind::Quantified(q) => {
                self.operand(&q.left);
                let sign = self.function(q.operator);
                self.push(&format!(" {sign} {} (", if q.all { "all" } else { "any" }));
                if let Over::Array(array) = &q.over {
                    self.expr(array);
                }
                self.push(")");
            }
            ExprKind::Json(access) => {
                self.operand(&access.base);
                for step in &access.steps {
                    match step {
                        JsonStep::Field(name) => self.push(&format!(".{}", column("", "", name))),
                        JsonStep::Index(at) => self.push(&format!("[{at}]")),
                        JsonStep::Pick { conditions, index } => {
                            let said = conditions.iter().map(|c| {
                                let sign = if c.negated { "is distinct from" } else { "=" };
                                format!("{:?} {sign} {}", c.field, quoted(&c.equals))
                            });
                            let said: Vec<String> = said.collect();
                            self.push(&format!("[{}][{index}]", said.join(" and ")));
                        }
                        JsonStep::Computed(inner) => {
                            self.push(" -> ");
                            self.operand(inner);
                        }
                    }
                }
                self.push(if access.scalar { "" } else { ".json" });
            }
            // Aggregates, windows, slices and what is not understood: equal to nothing else.
            _ => {
                self.alone = true;
                self.push("…");
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let text = match literal {
            Literal::Null => "null".to_owned(),
            Literal::Boolean(flag) => flag.to_string(),
            Literal::Number(digits) => digits.to_string(),
            Literal::Text(text) => quoted(text),
            Literal::Interval { months, days, micros } => format!("interval '{months} months {days} days {micros} microseconds'"),
            Literal::Secret(name) => format!("secret({})", quoted(name)),
        };
        self.push(&text);
    }
}
