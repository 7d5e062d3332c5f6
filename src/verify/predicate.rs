//! Row conditions as small trees, whoever wrote them: `and`, `or`, `not` over comparisons as texts in one form, membership of roles, and
//! look-ups of entitlements. Equal trees are equal conditions in SQL's three-valued logic; unequal ones may still be, and are reported.

use std::collections::BTreeSet;

/// A condition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Predicate {
    Yes,
    No,
    /// A comparison, in one form: columns are `row.x` or `entitled.x`.
    Atom(String),
    /// The session's user has the rights of a role.
    Has(String),
    /// Some row of an entitlement that names the user makes the inner one true.
    Asks(String, Box<Predicate>),
    Not(Box<Predicate>),
    And(BTreeSet<Predicate>),
    Or(BTreeSet<Predicate>),
}

use Predicate::{And, Asks, Atom, Has, No, Not, Or, Yes};

impl Predicate {
    /// All of them hold.
    pub(super) fn all(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut out = BTreeSet::new();
        for part in parts {
            match part {
                Yes => {}
                No => return No,
                And(inner) => out.extend(inner),
                other => {
                    out.insert(other);
                }
            }
        }
        // `a and (a or b)` is `a`, in three-valued logic too.
        let kept: BTreeSet<Predicate> =
            out.iter().filter(|p| !matches!(p, Or(parts) if parts.iter().any(|q| out.contains(q)))).cloned().collect();
        one(kept, Yes, And)
    }

    /// One of them holds.
    pub(super) fn any(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut out = BTreeSet::new();
        for part in parts {
            match part {
                No => {}
                Yes => return Yes,
                Or(inner) => out.extend(inner),
                other => {
                    out.insert(other);
                }
            }
        }
        let kept: BTreeSet<Predicate> =
            out.iter().filter(|p| !matches!(p, And(parts) if parts.iter().any(|q| out.contains(q)))).cloned().collect();
        one(kept, No, Or)
    }

    /// It does not hold, and is not NULL.
    pub(super) fn not(self) -> Predicate {
        match self {
            Yes => No,
            No => Yes,
            Not(inner) => *inner,
            And(parts) => Predicate::any(parts.into_iter().map(Predicate::not)),
            Or(parts) => Predicate::all(parts.into_iter().map(Predicate::not)),
            other => Not(Box::new(other)),
        }
    }

    /// What is left of it for a login with the rights of these roles.
    pub(super) fn seen_by(&self, roles: &BTreeSet<String>) -> Predicate {
        match self {
            Has(role) if roles.contains(role) => Yes,
            Has(_) => No,
            Not(inner) => inner.seen_by(roles).not(),
            And(parts) => Predicate::all(parts.iter().map(|p| p.seen_by(roles))),
            Or(parts) => Predicate::any(parts.iter().map(|p| p.seen_by(roles))),
            other => other.clone(),
        }
    }

    /// Whether each row that `self` shows is one that `other` shows; false where that is not plain to see.
    pub(super) fn implies(&self, other: &Predicate) -> bool {
        match (self, other) {
            (No, _) | (_, Yes) => true,
            (a, b) if a == b => true,
            (Or(parts), b) => parts.iter().all(|p| p.implies(b)),
            (a, And(parts)) => parts.iter().all(|p| a.implies(p)),
            (And(parts), b) => parts.iter().any(|p| p.implies(b)) || matches!(b, Or(more) if more.iter().any(|m| self.implies(m))),
            (a, Or(parts)) => parts.iter().any(|p| a.implies(p)),
            (Asks(f, a), Asks(g, b)) => f == g && a.implies(b),
            _ => false,
        }
    }
}

fn one(mut parts: BTreeSet<Predicate>, none: Predicate, several: fn(BTreeSet<Predicate>) -> Predicate) -> Predicate {
    match parts.len() {
        0 => none,
        1 => parts.pop_first().unwrap_or(none),
        _ => several(parts),
    }
}

impl std::fmt::Display for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let joined = |parts: &BTreeSet<Predicate>, word: &str| {
            let parts: Vec<String> =
                parts.iter().map(|p| if matches!(p, And(_) | Or(_)) { format!("({p})") } else { p.to_string() }).collect();
            parts.join(word)
        };
        match self {
            Yes => f.write_str("all rows"),
            No => f.write_str("no rows"),
            Atom(text) => f.write_str(&text.replace("row.", "")),
            Has(role) => write!(f, "member of `{role}`"),
            Asks(what, inner) => write!(f, "some row of {what} with {inner}"),
            Not(inner) => write!(f, "not ({inner})"),
            And(parts) => f.write_str(&joined(parts, " and ")),
            Or(parts) => f.write_str(&joined(parts, " or ")),
        }
    }
}
