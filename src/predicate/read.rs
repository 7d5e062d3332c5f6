//! Expressions to formulas over variables. What is not understood becomes an opaque variable, never an error.

use super::formula::{Formula, Op, Operand, Truths, Variable, What};
use super::name::Name;
use super::sort::{Family, Sort};
use super::term::{Term, null};
use super::value::Constant;
use crate::ir::{CommonFunction, Dialect, Expr, ExprKind, FunctionId, Literal, Over, Program, Type};
use std::collections::BTreeSet;

/// Alternatives of one expression that are taken apart before it is taken as a whole.
pub(super) const MOST_CASES: usize = 64;

pub(super) struct Reading<'p> {
    pub(super) program: &'p Program,
    pub(super) dialect: Dialect,
    pub(super) row: &'p str,
    pub(super) asks: bool,
    pub(super) variables: Vec<Variable>,
    /// Comparisons made of alternatives so far.
    pub(super) cases: usize,
}

impl Reading<'_> {
    /// A condition.
    pub(super) fn formula(&mut self, e: &Expr) -> Formula {
        match &e.kind {
            ExprKind::Literal(Literal::Boolean(flag)) => Formula::Constant(Truths::of(*flag)),
            ExprKind::Literal(Literal::Null) => Formula::UNKNOWN,
            ExprKind::Cast(inner) if inner.ty == Type::Boolean && e.ty == Type::Boolean => self.formula(inner),
            ExprKind::Cast(inner) if matches!(inner.kind, ExprKind::Literal(Literal::Null)) => Formula::UNKNOWN,
            ExprKind::Release(inner, _) => self.formula(inner),
            ExprKind::Column { .. } => Formula::Flag(self.column(e)),
            ExprKind::Not(a) => self.formula(a).not(),
            ExprKind::And(parts) => Formula::And(parts.iter().map(|p| self.formula(p)).collect()),
            ExprKind::Or(parts) => Formula::Or(parts.iter().map(|p| self.formula(p)).collect()),
            ExprKind::IsBool(a, value, negated) => {
                let wanted = Truths::of(*value);
                self.formula(a).is(if *negated { Truths::ANY.without(wanted) } else { wanted })
            }
            ExprKind::IsNull(a, negated) => {
                let null = if is_boolean(a) {
                    self.formula(a).is(Truths::NULL)
                } else {
                    let term = self.term(a);
                    null(&term)
                };
                if *negated { null.not() } else { null }
            }
            ExprKind::Case { operand, arms, otherwise } => self.case(operand.as_deref(), arms, otherwise.as_deref()),
            ExprKind::Common(CommonFunction::Coalesce, args) => Formula::First(args.iter().map(|a| self.formula(a)).collect()),
            _ => self.comparison(e).unwrap_or_else(|| self.opaque_flag(e)),
        }
    }

    fn case(&mut self, operand: Option<&Expr>, arms: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Formula {
        let mut made = otherwise.map_or(Formula::UNKNOWN, |e| self.formula(e));
        for (when, then) in arms.iter().rev() {
            let condition = self.when(operand, when);
            made = Formula::either(condition, self.formula(then), made);
        }
        made
    }

    pub(super) fn when(&mut self, operand: Option<&Expr>, when: &Expr) -> Formula {
        let Some(operand) = operand else { return self.formula(when) };
        self.compare("=", operand, when).unwrap_or_else(|| self.opaque_equal(operand, when))
    }

    /// A comparison in any of its spellings; `None` where it is not understood.
    fn comparison(&mut self, e: &Expr) -> Option<Formula> {
        match &e.kind {
            ExprKind::Operator { function, args } => match args.as_slice() {
                [a, b] => {
                    let sign = self.sign(*function)?;
                    self.compare(&sign, a, b)
                }
                _ => None,
            },
            ExprKind::IsDistinct(a, b, negated) => {
                let alike = self.alike(a, b)?;
                Some(if *negated { alike } else { alike.not() })
            }
            ExprKind::InList(a, list, negated) => {
                let found = self.in_list(a, list)?;
                Some(if *negated { found.not() } else { found })
            }
            ExprKind::Between(a, low, high, negated) => {
                let both = Formula::And(vec![self.compare(">=", a, low)?, self.compare("<=", a, high)?]);
                Some(if *negated { both.not() } else { both })
            }
            ExprKind::Call { function, args } if self.dialect != Dialect::BigQuery => match args.as_slice() {
                [array, item] if self.sign(*function)? == "array_contains" => self.member(item, array),
                _ => None,
            },
            ExprKind::Quantified(q) => {
                let Over::Array(array) = &q.over else { return None };
                let sign = self.sign(q.operator)?;
                match (sign.as_str(), q.all) {
                    ("=", false) => self.member(&q.left, array),
                    ("<>", true) => Some(self.member(&q.left, array)?.not()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// An operator of the standard library: what a project declares under the same sign may mean anything.
    fn sign(&self, function: FunctionId) -> Option<String> {
        self.program.function(function).filter(|f| f.standard).map(|f| f.name.to_string())
    }

    pub(super) fn compare(&mut self, sign: &str, a: &Expr, b: &Expr) -> Option<Formula> {
        if is_boolean(a) && is_boolean(b) {
            let same = match sign {
                "=" | "<>" | "!=" => Formula::Same(Box::new(self.formula(a)), Box::new(self.formula(b))),
                _ => return None,
            };
            return Some(if sign == "=" { same } else { same.not() });
        }
        let (op, swapped, negated) = match sign {
            "=" => (Op::Equal, false, false),
            "<>" | "!=" => (Op::Equal, false, true),
            "<" => (Op::Less, false, false),
            "<=" => (Op::LessOrEqual, false, false),
            ">" => (Op::Less, true, false),
            ">=" => (Op::LessOrEqual, true, false),
            _ => return None,
        };
        let before = self.variables.len();
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        let (left, right) = (self.term(a), self.term(b));
        let made = self.of_terms(op, &left, &right, (a, b));
        if made.is_none() {
            self.variables.truncate(before);
        }
        made.map(|f| if negated { f.not() } else { f })
    }

    /// A comparison of terms, alternatives taken apart. NULL when either side is.
    fn of_terms(&mut self, op: Op, left: &Term, right: &Term, written: (&Expr, &Expr)) -> Option<Formula> {
        if matches!((left, right), (Term::If(..), _) | (_, Term::If(..))) {
            self.cases += 1;
            if self.cases > MOST_CASES {
                return None;
            }
        }
        match (left, right) {
            (Term::If(c, a, b), other) => {
                let (a, b) = (self.of_terms(op, a, other, written)?, self.of_terms(op, b, other, written)?);
                Some(Formula::either((**c).clone(), a, b))
            }
            (other, Term::If(c, a, b)) => {
                let (a, b) = (self.of_terms(op, other, a, written)?, self.of_terms(op, other, b, written)?);
                Some(Formula::either((**c).clone(), a, b))
            }
            (Term::Null, _) | (_, Term::Null) => Some(Formula::UNKNOWN),
            (Term::Constant(a), Term::Constant(b)) => constants(op, a, b),
            (Term::Variable(v), Term::Constant(c)) => {
                let family = self.sort(*v).family()?;
                let value = c.within(family)?;
                let equal = Formula::Compare(*v, Op::Equal, Operand::Constant(value.clone()));
                match op {
                    Op::Equal => Some(equal),
                    _ if !family.is_line() => self.collated(op, Some(*v), None, equal, written),
                    _ => Some(Formula::Compare(*v, op, Operand::Constant(value))),
                }
            }
            (Term::Constant(c), Term::Variable(v)) => {
                let family = self.sort(*v).family()?;
                let value = c.within(family)?;
                let equal = Formula::Compare(*v, Op::Equal, Operand::Constant(value.clone()));
                match op {
                    Op::Equal => Some(equal),
                    _ if !family.is_line() => self.collated(op, None, Some(*v), equal, written),
                    // `3 < x` is `not x <= 3`.
                    Op::Less => Some(Formula::Compare(*v, Op::LessOrEqual, Operand::Constant(value)).not()),
                    Op::LessOrEqual => Some(Formula::Compare(*v, Op::Less, Operand::Constant(value)).not()),
                }
            }
            (Term::Variable(a), Term::Variable(b)) => {
                let family = self.sort(*a).family()?;
                if self.sort(*b).family() != Some(family) {
                    return None;
                }
                let equal = Formula::Compare(*a, Op::Equal, Operand::Variable(*b));
                match op {
                    Op::Equal => Some(equal),
                    _ if !family.is_line() => self.collated(op, Some(*a), Some(*b), equal, written),
                    _ => Some(Formula::Compare(*a, op, Operand::Variable(*b))),
                }
            }
        }
    }

    /// The order of texts: a total order that the collation decides, so that of two texts one is less, or they are equal.
    fn collated(&mut self, op: Op, a: Option<u32>, b: Option<u32>, equal: Formula, (left, right): (&Expr, &Expr)) -> Option<Formula> {
        if self.sort(a.or(b)?).family() != Some(Family::Text) {
            return None;
        }
        let (left, right) = (self.name(left), self.name(right));
        let turned = right < left;
        let name = if turned { Name::joined(&right, "<", &left) } else { Name::joined(&left, "<", &right) };
        let flag = Formula::Flag(self.variable(What::Opaque(name), Sort::Flag, true)).is(Truths::TRUE);
        let less = Formula::And(vec![equal.clone().not(), if turned { flag.not() } else { flag }]);
        let made = if op == Op::Less { less } else { Formula::Or(vec![equal, less]) };
        let nulls = a.into_iter().chain(b).map(Formula::Null).collect();
        Some(Formula::either(Formula::Or(nulls), Formula::UNKNOWN, made))
    }

    fn alike(&mut self, a: &Expr, b: &Expr) -> Option<Formula> {
        if is_boolean(a) || is_boolean(b) {
            return Some(Formula::Alike(Box::new(self.formula(a)), Box::new(self.formula(b))));
        }
        let equal = self.compare("=", a, b)?;
        let (left, right) = (self.term(a), self.term(b));
        let (left, right) = (null(&left), null(&right));
        Some(Formula::either(left, right, equal.is(Truths::TRUE)))
    }

    fn in_list(&mut self, a: &Expr, list: &[Expr]) -> Option<Formula> {
        if let Some(made) = self.constant_list(a, list) {
            return Some(made);
        }
        let parts = list.iter().map(|item| self.compare("=", a, item).unwrap_or_else(|| self.opaque_equal(a, item)));
        Some(Formula::Or(parts.collect()))
    }

    /// A variable among constants, as one part: lists may be long.
    fn constant_list(&mut self, a: &Expr, list: &[Expr]) -> Option<Formula> {
        let Term::Variable(variable) = (if is_boolean(a) { return None } else { self.term(a) }) else { return None };
        let family = self.sort(variable).family()?;
        let mut values = BTreeSet::new();
        let mut unknown = false;
        for item in list {
            match self.term(item) {
                Term::Null => unknown = true,
                Term::Constant(c) => {
                    values.insert(c.within(family)?);
                }
                _ => return None,
            }
        }
        let found = Formula::In(variable, values);
        Some(if unknown { Formula::Or(vec![found, Formula::UNKNOWN]) } else { found })
    }

    /// `a = any (array)`
    fn member(&mut self, a: &Expr, array: &Expr) -> Option<Formula> {
        if let ExprKind::Array(items) = &array.kind {
            return self.in_list(a, items);
        }
        if is_boolean(a) {
            return None;
        }
        let Term::Variable(of) = self.term(array) else { return None };
        let Sort::Array(family) = self.sort(of) else { return None };
        let element = match self.term(a) {
            Term::Variable(v) if self.sort(v).family() == Some(family) => Operand::Variable(v),
            Term::Constant(c) => Operand::Constant(c.within(family)?),
            _ => return None,
        };
        Some(Formula::Member(element, of))
    }
}

pub(super) fn is_boolean(e: &Expr) -> bool {
    e.ty == Type::Boolean
}

fn constants(op: Op, a: &Constant, b: &Constant) -> Option<Formula> {
    // Beside a double, other numbers are doubles.
    let family = [a.family()?, b.family()?].into_iter().max()?;
    let (a, b) = (a.within(family)?, b.within(family)?);
    let holds = match op {
        Op::Equal => a == b,
        _ if !family.is_line() => return None,
        Op::Less => a < b,
        Op::LessOrEqual => a <= b,
    };
    Some(Formula::Constant(Truths::of(holds)))
}
