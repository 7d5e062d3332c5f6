//! `role r can read t only where …`: the rows that policies leave a role, compared with those that a test names.

use super::Question;
use crate::access::{Carried, Entry};
use crate::base::{Ident, Span};
use crate::diag::Diagnostic;
use crate::ir::{Asked, AskedRows, AssertionKind, Expr, ExprKind, Literal, Program, Type};
use crate::predicate::{Condition, Lookup, Rows, Rule, Side, compare};

/// Why the test fails; `None`: it holds. What is not understood fails.
///
/// * `can … where c`: by one way at least, every row for which `c` is true;
/// * `can … only where c`: by some way, and by none a row for which `c` is not true;
/// * `cannot … where c`: by no way a row for which `c` is true.
pub(super) fn failure(asked: &Question<'_>, rows: &AskedRows) -> Option<Diagnostic> {
    let ways = asked.ways(asked.table, asked.column);
    if ways.is_empty() {
        return asked.test.can.then(|| asked.failed(&asked.can("cannot", "")));
    }
    let named = named(asked, rows)?;
    let mut missed = None;
    for way in ways {
        let Some(seen) = seen(asked, way) else {
            return Some(asked.because(asked.failed(&asked.can("perhaps can", ", and which rows cannot be told")), [way]));
        };
        match (asked.test.can, rows.only) {
            (true, true) => {
                let more = compare(&Rows { rules: vec![named.clone()] }, &seen).gained;
                let problem =
                    told(asked, way, &more, [("can", ", and not only these rows of it"), ("perhaps can", " beyond these rows of it")]);
                if problem.is_some() {
                    return problem;
                }
            }
            (true, false) => {
                let less = compare(&seen, &Rows { rules: vec![named.clone()] }).gained;
                match told(asked, way, &less, [("cannot", " in all of these rows"), ("perhaps cannot", " in all of these rows")]) {
                    None => return None,
                    problem => missed = missed.or(problem),
                }
            }
            (false, _) => {
                let mut both = seen;
                both.rules.push(named.clone());
                let hidden = Rows { rules: vec![nothing(asked.program)] };
                let problem =
                    told(asked, way, &compare(&hidden, &both).gained, [("can", " in such rows"), ("perhaps can", " in such rows")]);
                if problem.is_some() {
                    return problem;
                }
            }
        }
    }
    missed
}

/// What is wrong where there is such a row, or perhaps one.
fn told(asked: &Question<'_>, way: &Entry, rows: &Side, [surely, perhaps]: [(&str, &str); 2]) -> Option<Diagnostic> {
    let such = rows.witness().map(|w| format!(": such as {w}")).unwrap_or_default();
    let problem = match rows {
        Side::None => return None,
        Side::Some(_) => asked.failed(&asked.can(surely.0, &format!("{}{such}", surely.1))),
        Side::Perhaps(_, why) => {
            let problem = asked.failed(&asked.can(perhaps.0, &format!("{}{such}", perhaps.1)));
            problem.help(format!("it cannot be told, and so it fails: {why}"))
        }
    };
    let policies = way.rows.iter().filter_map(|rule| asked.program.policies.get(rule.policy as usize));
    let problem = asked.because(problem, [way]);
    Some(policies.fold(problem, |problem, policy| problem.mark(policy.at, "this narrows it")))
}

/// The rows that a line of the matrix lets through.
fn seen(asked: &Question<'_>, way: &Entry) -> Option<Rows> {
    let (program, alias) = (asked.program, alias(asked)?);
    let one = |rule: &crate::access::RowRule| {
        let policy = program.policies.get(rule.policy as usize)?;
        let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
        let filter = policy.over(program, &carried, way.table, alias)?;
        Some(rule_of(program, &filter, policy.asks.as_ref(), alias))
    };
    Some(Rows { rules: way.rows.iter().map(one).collect::<Option<_>>()? })
}

fn named(asked: &Question<'_>, rows: &AskedRows) -> Option<Rule> {
    Some(rule_of(asked.program, &rows.filter, rows.asks.as_ref(), alias(asked)?))
}

/// Conditions of tests and policies have a table's columns under its name.
fn alias<'q>(asked: &Question<'q>) -> Option<&'q Ident> {
    asked.program.table(asked.table).map(|t| &t.name)
}

fn rule_of(program: &Program, filter: &Expr, asks: Option<&Asked>, alias: &Ident) -> Rule {
    let asks = asks.and_then(|a| Some((a.entitlement, program.entitlements.get(a.entitlement as usize)?)));
    let lookup = asks.map(|(index, entitlement)| Lookup {
        identity: index.to_string(),
        name: entitlement.name.to_string(),
        by: Some(entitlement.by.to_string()),
        single: is_single(program, entitlement),
    });
    Rule { condition: Condition::read(program, filter, alias, lookup.is_some()), asks: lookup, known: None }
}

/// Whether a key says that nobody has two rows.
fn is_single(program: &Program, entitlement: &crate::ir::Entitlement) -> bool {
    let Some(table) = program.table(entitlement.table) else { return false };
    let by = |columns: &[u32]| match columns {
        [only] => table.columns.get(*only as usize).is_some_and(|c| c.name == entitlement.by),
        _ => false,
    };
    by(&table.key) || table.assertions.iter().any(|a| matches!(&a.kind, AssertionKind::Unique(columns) if by(columns)))
}

/// A condition that no row meets.
fn nothing(program: &Program) -> Rule {
    let never = Expr { kind: ExprKind::Literal(Literal::Boolean(false)), ty: Type::Boolean, nullable: false, at: Span::default() };
    rule_of(program, &never, None, &Ident::exact(""))
}
