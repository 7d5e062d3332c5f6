//! Expressions to formulas over variables. What is not understood becomes an opaque variable, never an error.

use super::formula::{Formula, Op, Operand, Truths, Variable, What};
use super::name::{Name, column};
use super::sort::{Family, Sort};
use super::value::Constant;
use crate::ir::{CommonFunction, Dialect, Expr, ExprKind, FunctionId, Literal, Over, Policy, Program, Type};
use std::collections::BTreeSet;

/// Alternatives of one expression that are taken apart before it is taken as a whole.
const MOST_CASES: usize = 64;

pub(super) struct Reading<'p> {
    pub(super) program: &'p Program,
    pub(super) dialect: Dialect,
    pub(super) row: &'p str,
    pub(super) asks: bool,
    pub(super) variables: Vec<Variable>,
    /// Comparisons made of alternatives so far.
    pub(super) cases: usize,
}

/// A value that is compared.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Variable(u32),
    Constant(Constant),
    Null,
    /// The first where the condition is TRUE, else the second.
    If(Box<Formula>, Box<Term>, Box<Term>),
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

    fn when(&mut self, operand: Option<&Expr>, when: &Expr) -> Formula {
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

    fn compare(&mut self, sign: &str, a: &Expr, b: &Expr) -> Option<Formula> {
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

    /// A value.
    fn term(&mut self, e: &Expr) -> Term {
        if let Some(constant) = Constant::of(e) {
            return Term::Constant(constant);
        }
        // Alternatives are read again wherever they are asked about: beyond a number of them, each is a value of its own.
        if matches!(e.kind, ExprKind::Case { .. } | ExprKind::Common(..)) {
            self.cases += 1;
            if self.cases > MOST_CASES {
                return self.opaque(e);
            }
        }
        match &e.kind {
            ExprKind::Literal(Literal::Null) => Term::Null,
            ExprKind::Release(inner, _) => self.term(inner),
            ExprKind::Column { .. } => Term::Variable(self.column(e)),
            ExprKind::Cast(inner) => {
                let term = self.term(inner);
                cast(term, &inner.ty, &e.ty).unwrap_or_else(|| self.opaque(e))
            }
            ExprKind::Common(CommonFunction::Coalesce, args) if !is_boolean(e) => {
                let terms: Vec<Term> = args.iter().map(|a| self.term(a)).collect();
                terms.into_iter().rev().reduce(|rest, first| either(null(&first), rest, first)).unwrap_or(Term::Null)
            }
            ExprKind::Common(CommonFunction::Nullif, args) => match args.as_slice() {
                [a, b] if !is_boolean(a) => match self.compare("=", a, b) {
                    Some(same) => either(same, Term::Null, self.term(a)),
                    None => self.opaque(e),
                },
                _ => self.opaque(e),
            },
            ExprKind::Case { operand, arms, otherwise } if !is_boolean(e) => {
                let mut made = otherwise.as_ref().map_or(Term::Null, |e| self.term(e));
                for (when, then) in arms.iter().rev() {
                    made = either(self.when(operand.as_deref(), when), self.term(then), made);
                }
                made
            }
            _ => self.opaque(e),
        }
    }

    fn sort(&self, variable: u32) -> Sort {
        self.variables.get(variable as usize).map_or(Sort::Other, |v| v.sort)
    }

    fn name(&self, e: &Expr) -> Name {
        Name::of(self.program, self.asks, self.row, e)
    }

    fn column(&mut self, e: &Expr) -> u32 {
        let ExprKind::Column { relation, name } = &e.kind else { return self.hidden(e) };
        let entitled = self.asks && relation.as_str() == Policy::ENTITLED;
        let what = if entitled {
            What::Entitled(column("", "", name.as_str()))
        } else {
            What::Column(column(self.row, relation.as_str(), name.as_str()))
        };
        self.variable(what, Sort::of(&e.ty, self.dialect), !e.nullable)
    }

    fn hidden(&mut self, e: &Expr) -> u32 {
        let name = self.name(e);
        self.variable(What::Opaque(name), Sort::of(&e.ty, self.dialect), false)
    }

    fn opaque(&mut self, e: &Expr) -> Term {
        Term::Variable(self.hidden(e))
    }

    fn opaque_flag(&mut self, e: &Expr) -> Formula {
        // `not like` is the negation of `like`, NULLs included; so are `not in` and `not between` of what is not understood.
        let plain = match &e.kind {
            ExprKind::Like(a, b, fold, true) => Some(ExprKind::Like(a.clone(), b.clone(), *fold, false)),
            ExprKind::Between(a, b, c, true) => Some(ExprKind::Between(a.clone(), b.clone(), c.clone(), false)),
            _ => None,
        };
        let negated = plain.is_some();
        let plain = plain.map(|kind| Expr { kind, ..e.clone() });
        let name = self.name(plain.as_ref().unwrap_or(e));
        let flag = Formula::Flag(self.variable(What::Opaque(name), Sort::Flag, false));
        if negated { flag.not() } else { flag }
    }

    /// `a = b` of what does not compare here.
    fn opaque_equal(&mut self, a: &Expr, b: &Expr) -> Formula {
        let (left, right) = (self.name(a), self.name(b));
        let name = Name::joined(&left, "=", &right);
        Formula::Flag(self.variable(What::Opaque(name), Sort::Flag, false))
    }

    fn variable(&mut self, what: What, sort: Sort, present: bool) -> u32 {
        let alone = matches!(&what, What::Opaque(name) if name.alone);
        let found = if alone { None } else { self.variables.iter().position(|v| v.what == what && v.sort == sort) };
        let place = found.unwrap_or_else(|| {
            self.variables.push(Variable { what, sort, present });
            self.variables.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

fn is_boolean(e: &Expr) -> bool {
    e.ty == Type::Boolean
}

/// Whether a value is NULL.
fn null(term: &Term) -> Formula {
    match term {
        Term::Variable(v) => Formula::Null(*v),
        Term::Constant(_) => Formula::FALSE,
        Term::Null => Formula::TRUE,
        Term::If(condition, a, b) => Formula::either((**condition).clone(), null(a), null(b)),
    }
}

fn either(condition: Formula, then: Term, otherwise: Term) -> Term {
    Term::If(Box::new(condition), Box::new(then), Box::new(otherwise))
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

/// A term as another type, where that changes no value.
fn cast(term: Term, from: &Type, to: &Type) -> Option<Term> {
    match term {
        Term::Null => Some(Term::Null),
        Term::Variable(v) => keeps(from, to).then_some(Term::Variable(v)),
        Term::Constant(constant) => constant.cast(to).map(Term::Constant),
        Term::If(condition, a, b) => Some(Term::If(condition, Box::new(cast(*a, from, to)?), Box::new(cast(*b, from, to)?))),
    }
}

/// Whether a cast keeps every value what it is, and the order of all.
fn keeps(from: &Type, to: &Type) -> bool {
    use Type as T;
    match (from, to) {
        (T::SmallInt, T::Integer | T::BigInt) | (T::Integer, T::BigInt) => true,
        (T::SmallInt | T::Integer | T::BigInt | T::Numeric(_), T::Numeric(None)) => true,
        (T::Text(_), T::Text(None)) | (T::Date, T::Timestamp) => true,
        _ => from == to,
    }
}
