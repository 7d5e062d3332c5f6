//! Clearances of a project that admit more than the standard one they start from: each is a release, and needs its reason.

use super::words::Read;
use crate::diag::{Code, Diagnostic};
use crate::ir::{CategoryId, Clearance, Form, Program};

/// Notes what a clearance admits beyond what needs no reason, and refuses more of it without one than its base has reasons for.
///
/// Needs no reason: what the standard clearance at the bottom admits; of an identifier (a category with a Safe Harbor letter) that it does not
/// name, what many share (`general`); of anything else, all.
pub(super) fn judge(program: &Program, clearance: &mut Clearance) -> Read<()> {
    if clearance.standard {
        return Ok(());
    }
    let base = clearance.base.as_ref().and_then(|name| program.clearance(name.as_str()));
    let standard = bottom(program, base);
    let free = |c: CategoryId| {
        let identifies = program.category(c).is_some_and(|c| c.safe_harbor.is_some());
        let unnamed = if identifies { Form::General } else { Form::Direct };
        standard.map_or(unnamed, |s| if s.everything { Form::Direct } else { s.admits.get(&c).copied().unwrap_or(unnamed) })
    };
    clearance.widens = clearance.admits.iter().filter(|(c, form)| **form > free(**c)).map(|(c, form)| (*c, *form)).collect();
    let reasoned = |c: CategoryId| base.and_then(|b| b.admits.get(&c).copied()).unwrap_or(Form::Public);
    let own: Vec<(CategoryId, Form)> = clearance.widens.iter().filter(|(c, form)| *form > reasoned(*c)).copied().collect();
    let everything = clearance.everything && !base.is_some_and(|b| b.everything);
    let smaller = base.and_then(|b| b.aggregated).zip(clearance.aggregated).is_some_and(|(before, now)| now < before);
    let warns = clearance.control_warns && !base.is_some_and(|b| b.control_warns || b.everything);
    if clearance.because.is_some() || own.is_empty() && !everything && !smaller && !warns {
        return Ok(());
    }
    Err(refusal(program, clearance, standard, &own, everything))
}

/// The clearance of the library that everything else was built on.
fn bottom<'p>(program: &'p Program, mut base: Option<&'p Clearance>) -> Option<&'p Clearance> {
    // A circle was refused before, and each step goes to one declared earlier.
    for _ in 0..=program.clearances.len() {
        match base {
            Some(found) if !found.standard => base = found.base.as_ref().and_then(|name| program.clearance(name.as_str())),
            found => return found,
        }
    }
    None
}

fn refusal(
    program: &Program,
    clearance: &Clearance,
    standard: Option<&Clearance>,
    own: &[(CategoryId, Form)],
    everything: bool,
) -> Diagnostic {
    let name = |c: CategoryId| program.category(c).map_or("?", |c| c.name.as_str());
    let mut admitted: Vec<String> = own.iter().map(|(c, form)| format!("`{}` as `{}`", name(*c), form.name())).collect();
    if everything {
        admitted = vec!["everything".into()];
    } else if admitted.is_empty() && clearance.control_warns {
        admitted = vec!["conditions on what it does not admit (`control warn`)".into()];
    } else if admitted.is_empty() {
        admitted = clearance.aggregated.iter().map(|k| format!("aggregates over {k}")).collect();
    }
    let admitted = admitted.join(", ");
    let called = &clearance.name;
    let message = match (standard, &clearance.base) {
        _ if everything => format!("`{called}` admits everything: that needs a reason"),
        (Some(standard), _) => format!("`{called}` admits {admitted}, more than `{}` does: that needs a reason", standard.name),
        (None, Some(base)) => format!("`{called}` admits {admitted}, more than `{base}` does: that needs a reason"),
        (None, None) if own.is_empty() => format!("`{called}` admits {admitted}: that needs a reason"),
        (None, None) => format!("`{called}` admits {admitted}, which identifies people: that needs a reason"),
    };
    Diagnostic::error(Code::ReleaseReason, clearance.at, message)
        .help("add `because \"…\"` to it: which agreement or review allows this, and who may receive it")
}
