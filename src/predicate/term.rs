//! Values that are compared, and the variables they are.

use super::formula::{Formula, Variable, What};
use super::name::{Name, column};
use super::read::{MOST_CASES, Reading, is_boolean};
use super::sort::Sort;
use super::value::Constant;
use crate::ir::{CommonFunction, Expr, ExprKind, Literal, Policy, Type};

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
    /// A value.
    pub(super) fn term(&mut self, e: &Expr) -> Term {
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

    pub(super) fn sort(&self, variable: u32) -> Sort {
        self.variables.get(variable as usize).map_or(Sort::Other, |v| v.sort)
    }

    pub(super) fn name(&self, e: &Expr) -> Name {
        Name::of(self.program, self.asks, self.row, e)
    }

    pub(super) fn column(&mut self, e: &Expr) -> u32 {
        let ExprKind::Column { relation, name } = &e.kind else { return self.hidden(e) };
        let entitled = self.asks && relation.as_str() == Policy::ENTITLED;
        let what = if entitled {
            What::Entitled(column("", "", name.as_str()))
        } else {
            What::Column(column(self.row, relation.as_str(), name.as_str()))
        };
        self.variable(what, Sort::of(&e.ty, self.dialect), !e.nullable)
    }

    pub(super) fn hidden(&mut self, e: &Expr) -> u32 {
        let name = self.name(e);
        self.variable(What::Opaque(name), Sort::of(&e.ty, self.dialect), false)
    }

    pub(super) fn opaque(&mut self, e: &Expr) -> Term {
        Term::Variable(self.hidden(e))
    }

    pub(super) fn opaque_flag(&mut self, e: &Expr) -> Formula {
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
    pub(super) fn opaque_equal(&mut self, a: &Expr, b: &Expr) -> Formula {
        let (left, right) = (self.name(a), self.name(b));
        let name = Name::joined(&left, "=", &right);
        Formula::Flag(self.variable(What::Opaque(name), Sort::Flag, false))
    }

    pub(super) fn variable(&mut self, what: What, sort: Sort, present: bool) -> u32 {
        let alone = matches!(&what, What::Opaque(name) if name.alone);
        let found = if alone { None } else { self.variables.iter().position(|v| v.what == what && v.sort == sort) };
        let place = found.unwrap_or_else(|| {
            self.variables.push(Variable { what, sort, present });
            self.variables.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Whether a value is NULL.
pub(super) fn null(term: &Term) -> Formula {
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
