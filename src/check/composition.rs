use super::principals::Principal;
use super::seen::{ByValue, Seen, column_at, column_name, one_value, told_name, value_name};
use super::values::{Element, Masked, Value};
use super::{path, trace};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics, FlowStep};
use crate::ir::{CategoryId, ExprKind, Follows, Form, Level, Program, TableKind, every_expr};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Refuses two masks of one value for one principal, unless one is a function of the other, or all of the value is admitted.
/// A year of birth and an age in years leave a few months of each; three digits of a code and the last two leave all of it.
/// Tokens of two domains are no such pair: keeping them apart is what domains are for (see `relinkage`). A condition on a mask tells of it what a
/// column of its results tells: one that compares the ages on two days, or two that choose by one each, say who has a birthday between them.
pub(super) fn check(
    program: &Program,
    principal: &Principal<'_>,
    (seen, asked): (&ByValue<'_>, &ByValue<'_>),
    diagnostics: &mut Diagnostics,
) {
    let values: BTreeSet<&Value> = seen.keys().chain(asked.keys()).collect();
    for value in values {
        let all = seen.get(value).into_iter().chain(asked.get(value)).flatten();
        let mut masks: BTreeMap<(&Masked, Option<&Element>), &Seen<'_>> = BTreeMap::new();
        for one in all {
            if let Some(masked) = one.masked() {
                masks.entry((masked, one.told.element.as_deref())).or_insert(one);
            }
        }
        let masks: Vec<&Seen<'_>> = masks.into_values().collect();
        let pairs = masks.iter().enumerate().flat_map(|(i, a)| masks.iter().skip(i + 1).map(move |b| (*a, *b)));
        let problem = pairs.filter_map(|(a, b)| Some((a, b, together(program, principal, a, b)?))).next();
        if let Some((a, b, category)) = problem {
            let problem = refusal(program, principal, [(value, a), (value, b)], category, &ONE_VALUE);
            diagnostics.push(one_value(program, problem, a, b));
        }
    }
}

/// The category that two masks together tell all of, and that the principal may not know.
fn together(program: &Program, principal: &Principal<'_>, a: &Seen<'_>, b: &Seen<'_>) -> Option<CategoryId> {
    let (x, y) = (a.masked()?, b.masked()?);
    let tokens = a.is_stand_in(program) && b.is_stand_in(program);
    if tokens || a.told.apart(b.told) || follows(program, x, y) || follows(program, y, x) {
        return None;
    }
    let shared = a.forms.iter().find(|(c, _)| b.forms.iter().any(|(d, _)| c == d) && !admitted(principal, *c));
    shared.map(|(c, _)| *c)
}

/// Whether somebody may know all of a category.
pub(super) fn admitted(principal: &Principal<'_>, category: CategoryId) -> bool {
    principal.clearance.is_some_and(|k| k.admits(category, Level::of(Form::Direct)))
}

/// Whether the first is a function of the second.
fn follows(program: &Program, first: &Masked, second: &Masked) -> bool {
    let (Some(mask), Some(other)) = (program.function(first.mask), program.function(second.mask)) else { return false };
    if mask.name == other.name && first.args == second.args {
        return true;
    }
    mask.follows.iter().any(|follows| match follows {
        Follows::Any => true,
        Follows::Mask { name, by } => {
            *name == other.name
                && first.args.iter().all(|(argument, text)| {
                    let theirs = second.args.iter().find(|(a, _)| a == argument).map(|(_, text)| text);
                    theirs.is_none_or(|theirs| theirs == text || (by.as_ref() == Some(argument) && divides(theirs, text)))
                })
        }
    })
}

fn divides(divisor: &str, number: &str) -> bool {
    match (divisor.parse::<u64>(), number.parse::<u64>()) {
        (Ok(divisor), Ok(number)) => divisor > 0 && number % divisor == 0,
        _ => false,
    }
}

/// Why two columns tell too much together, and what mends it.
pub(super) struct Way {
    pub(super) because: &'static str,
    pub(super) help: &'static [&'static str],
}

const ONE_VALUE: Way =
    Way { because: "", help: &["mask it alike in both places, drop one of the columns, or send one where this reader does not look"] };

/// Refuses two columns that together tell all of what one of them hides.
pub(super) fn refusal(
    program: &Program,
    principal: &Principal<'_>,
    [(value, a), (other, b)]: [(&Value, &Seen<'_>); 2],
    category: CategoryId,
    way: &Way,
) -> Diagnostic {
    let place = |s: &Seen<'_>| {
        let column = column_name(program, s.reads);
        if s.told.asked { format!("a condition behind `{column}`") } else { format!("`{column}`") }
    };
    let mask = |s: &Seen<'_>| s.masked().and_then(|m| program.function(m.mask)).map(|f| f.name.to_string());
    let told = |s: &Seen<'_>, of: String| mask(s).map_or(format!("{of} as it is"), |mask| format!("`{mask}` of {of}"));
    let (first, second) = if value == other {
        (format!("`{}`", told_name(program, value, a, b)), "it".to_owned())
    } else {
        (format!("`{}`", value_name(program, value)), format!("`{}`", value_name(program, other)))
    };
    let clearance = principal.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    let message = format!(
        "{} gets {} in {} and {} in {}{}: together they count as the `{}` itself, and {clearance} admits less",
        principal.what,
        told(a, first),
        place(a),
        told(b, second),
        place(b),
        way.because,
        program.category(category).map_or("unclassified", |c| c.name.as_str()),
    );
    let mark = |s: &Seen<'_>| mask(s).unwrap_or_else(|| "as it is".to_owned());
    let problem = Diagnostic::error(Code::MasksTogether, b.reads.at, message)
        .label(format!("sends `{}`", column_name(program, b.reads)))
        .mark(at(program, a), mark(a))
        .mark(at(program, b), mark(b))
        .mark(principal.at, "who reads both");
    let problem = if a.told.asked || b.told.asked {
        problem.help("choose and compare by the mask that is shown, or by a value that this reader may know as it is")
    } else {
        problem
    };
    let hops = |s: &Seen<'_>| trace::value(program, &path::value_way(program, (s.reads.table, s.reads.column), category), category);
    let mut steps: Vec<FlowStep> = [a, b].into_iter().filter(|s| !s.told.asked).flat_map(hops).collect();
    steps.push(FlowStep { at: principal.at, text: format!("{}, {clearance}, reads both", principal.what) });
    let problem = way.help.iter().fold(one_value(program, problem, a, b).trace(steps), |problem, help| problem.help(*help));
    let own = |s: &Seen<'_>| s.masked().and_then(|m| program.function(m.mask)).is_some_and(|f| !f.standard);
    if own(a) || own(b) {
        return problem.help("a mask of the project that is a function of the other one says so in its declaration: `follows`");
    }
    problem
}

/// Where a mask is shown; of one that is only asked about, where it is called.
fn at(program: &Program, seen: &Seen<'_>) -> Span {
    let (mut queue, mut known) = (VecDeque::from([seen.reads.table]), BTreeSet::new());
    while let Some(id) = queue.pop_front().filter(|_| seen.told.asked) {
        let Some(table) = program.table(id).filter(|_| known.insert(id)) else { continue };
        let mut called = None;
        if let TableKind::Model(model) = &table.kind {
            every_expr(&model.query, &mut |e| match &e.kind {
                ExprKind::Call { function, .. } if seen.masked().is_some_and(|m| m.mask == *function) => _ = called.get_or_insert(e.at),
                _ => {}
            });
        }
        if let Some(at) = called {
            return at;
        }
        queue.extend(table.reads.iter().copied());
    }
    column_at(program, seen.reads)
}
