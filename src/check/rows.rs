use super::containers::Brought;
use super::trace;
use crate::access::{Carried, Carry, Lost, told};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics, FlowStep};
use crate::ir::{Bucket, Form, Level, Policy, Program, TableId};
use std::collections::BTreeSet;

/// Rule 7: refuses a grant or a file through which a role would see rows that a policy hides from it, and a policy whose condition tells
/// its role more than it may know.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    grants(program, carry, diagnostics);
    files(program, carry, diagnostics);
    open(program, carry, diagnostics);
    brought(program, carry, diagnostics);
    for (index, release) in program.policy_releases.iter().enumerate() {
        if !carry.released.contains(&index) {
            let table = name(program, release.table);
            let problem =
                Diagnostic::error(Code::NothingReleased, release.at, format!("policy `{}` does not reach `{table}`", release.policy));
            diagnostics.push(problem.help("a release names a model that is built from the policy's table; remove this one"));
        }
    }
}

fn grants(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeSet<(&Ident, TableId, u32)> = BTreeSet::new();
    let granted = program.grants.iter().flat_map(|g| g.tables.iter().map(move |t| (&g.role, *t, g.at)));
    let exposed = program.apis.iter().flat_map(|a| a.exposed.iter().filter_map(move |e| Some((&a.role, e.view?, e.at))));
    for (role, table, at) in granted.chain(exposed) {
        // A policy may arrive by several ways, and one on which it is lost is enough: those are looked at first.
        let mut ways: Vec<&Carried> = carry.of(table).iter().filter(|c| c.roles.contains(role)).collect();
        ways.sort_by_key(|c| (c.policy, c.columns.is_ok()));
        for carried in ways {
            let Some(policy) = program.policies.get(carried.policy as usize) else { continue };
            if !seen.insert((role, table, carried.policy)) {
                continue;
            }
            match &carried.columns {
                Err(lost) => diagnostics.push(lost_policy(program, (role, at), table, policy, *lost)),
                Ok(_) => tells(program, role, at, policy).into_iter().for_each(|d| diagnostics.push(d)),
            }
        }
    }
}

fn name(program: &Program, id: TableId) -> &str {
    program.table(id).map_or("", |t| t.name.as_str())
}

fn lost_policy(program: &Program, (role, at): (&Ident, Span), table: TableId, policy: &Policy, lost: Lost) -> Diagnostic {
    let (here, model) = (name(program, table), name(program, lost.model));
    let base = name(program, policy.table);
    let message = format!("role `{role}` would see rows in `{here}` that policy `{}` hides from it in `{base}`", policy.name);
    let mut problem =
        Diagnostic::error(Code::PolicyLost, at, message).label(format!("gives `{here}` to `{role}`")).mark(policy.at, "hides them");
    if let Some(place) = program.table(lost.model) {
        problem = problem.mark(place.at, format!("the policy is lost in `{model}`: {}", lost.why));
    }
    let keep = if program.table(lost.model).is_some_and(|t| t.own().is_some()) {
        String::new()
    } else {
        format!("keep the columns of its condition in `{model}`, or ")
    };
    problem
        .help(format!("{keep}state it anew: `policy {} on {model} for {role} where …`", policy.name))
        .help(format!("or, where everybody may see what `{model}` has, `release policy {} on {model} because \"…\"`", policy.name))
}

/// What the condition of a policy tells a role about each row it shows.
pub(super) fn tells(program: &Program, role: &Ident, at: Span, policy: &Policy) -> Option<Diagnostic> {
    let declared = program.roles.iter().find(|r| r.name == *role)?;
    let clearance = declared.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
    let told = policy.label.values().iter().chain(policy.label.controls());
    let above =
        told.filter(|(category, level)| *level != Level::of(Form::Public) && !clearance.is_some_and(|c| c.admits(*category, *level)));
    let names: BTreeSet<String> = above.filter_map(|(c, _)| program.category(*c)).map(|c| format!("`{}`", c.name)).collect();
    if names.is_empty() {
        return None;
    }
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("each row that policy `{}` shows tells role `{role}` that its condition holds, and so {names}", policy.name);
    let help = "choose the rows by values the role may know, or compute a column that it may know in the model";
    Some(Diagnostic::error(Code::PolicyTells, policy.at, message).mark(at, "granted here").mark(declared.at, "its clearance").help(help))
}

/// A file has no rows to hide: whoever reads the bucket reads all of it.
fn files(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    for (export, here) in program.exports.iter().zip(program.file_readers()) {
        let Some(bucket) = program.buckets.get(export.bucket as usize) else { continue };
        let readers: Vec<&Ident> = here.iter().map(|r| &r.role).collect();
        for exported in &export.tables {
            let end = format!("a file in bucket `{}`", bucket.name);
            in_bucket(program, carry, (bucket, &readers), (exported.table, exported.at, end), diagnostics);
        }
    }
    let containers = Brought::of(program);
    for (position, bucket) in (0u32..).zip(&program.buckets) {
        let readers: Vec<&Ident> = bucket.readers.iter().collect();
        for (table, _, at) in containers.carried_into(position) {
            let end = format!("a container, which may write it into bucket `{}`", bucket.name);
            in_bucket(program, carry, (bucket, &readers), (table, at, end), diagnostics);
        }
    }
}

fn in_bucket(
    program: &Program,
    carry: &Carry,
    (bucket, readers): (&Bucket, &[&Ident]),
    (table, at, end): (TableId, Span, String),
    diagnostics: &mut Diagnostics,
) {
    for carried in carry.of(table) {
        let Some(policy) = program.policies.get(carried.policy as usize) else { continue };
        let hidden: Vec<String> = readers.iter().filter(|r| carried.roles.contains(r)).map(|r| format!("`{r}`")).collect();
        let everybody = bucket.readers.is_empty() && policy.roles.is_empty() && !carried.roles.is_empty();
        if everybody || !hidden.is_empty() {
            let problem = in_file(program, carried, (table, at), policy, &hidden, bucket.at);
            diagnostics.push(problem.trace(way(program, policy, table, FlowStep { at, text: end.clone() })));
        }
    }
}

/// Files that are loaded hold all rows of the table: whoever reads their bucket reads those that a policy hides, too.
fn brought(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    for load in &program.loads {
        let Some(bucket) = load.bucket.and_then(|b| program.buckets.get(b as usize)) else { continue };
        for carried in carry.of(load.table) {
            let Some(policy) = program.policies.get(carried.policy as usize) else { continue };
            let readers: Vec<&Ident> = bucket.readers.iter().filter(|r| carried.roles.contains(r)).collect();
            if readers.is_empty() {
                continue;
            }
            let whom = readers.iter().map(|r| format!("`{r}`")).collect::<Vec<_>>().join(", ");
            let message = format!(
                "the files that load `{}` reads from bucket `{}` have rows that policy `{}` hides from {whom}",
                load.name, bucket.name, policy.name
            );
            let problem = Diagnostic::error(Code::PolicyInFile, load.at, message);
            let problem = problem.mark(policy.at, "hides them").mark(bucket.at, "who reads it is said here");
            diagnostics.push(problem.help(format!("take {whom} out of the `readers` of bucket `{}`", bucket.name)));
        }
    }
}

fn in_file(
    program: &Program,
    carried: &Carried,
    (table, at): (TableId, Span),
    policy: &Policy,
    readers: &[String],
    bucket: Span,
) -> Diagnostic {
    let here = name(program, table);
    let whom = if readers.is_empty() { "everybody".to_owned() } else { readers.join(", ") };
    let message = format!("the file of `{here}` has rows that policy `{}` hides from {whom}", policy.name);
    let mut problem =
        Diagnostic::error(Code::PolicyInFile, at, message).mark(policy.at, "hides them").mark(bucket, "who reads it is said here");
    if policy.asks.is_none() && carried.columns.is_ok() {
        problem = problem.help("export a model whose `where` says what the policy says: then everybody may see its rows");
    }
    problem.help(format!(
        "or, where its readers may see all of it, `release policy {} on <model> because \"…\"` and export that model",
        policy.name
    ))
}

/// The way of rows from the table of their policy.
fn way(program: &Program, policy: &Policy, to: TableId, end: FlowStep) -> Vec<FlowStep> {
    let mut steps = trace::rows(program, (policy.table, to), &format!(", of which policy `{}` hides rows", policy.name));
    steps.push(end);
    steps
}

/// An API that asks for no token shows everybody what its role sees: nobody whom a policy narrows may see more rows there. A condition that asks
/// nothing of who asks shows all whom it narrows the same rows.
fn open(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    for (api, (_, opened)) in program.apis.iter().filter_map(|a| Some((a, a.anonymous.as_ref()?))) {
        let mut said: BTreeSet<(TableId, u32)> = BTreeSet::new();
        for (table, _, at) in told(program, api) {
            for carried in carry.of(table) {
                let Some(policy) = program.policies.get(carried.policy as usize) else { continue };
                let holds = carried.roles.contains(&api.role) && policy.asks.is_none();
                let hidden: Vec<String> = carried.roles.iter().filter(|r| **r != api.role).map(|r| format!("`{r}`")).collect();
                if !holds && !hidden.is_empty() && said.insert((table, carried.policy)) {
                    let here = name(program, table);
                    let whom = hidden.join(", ");
                    let message = format!(
                        "API `{}` is open to everybody and shows rows of `{here}` that policy `{}` hides from {whom}",
                        api.name, policy.name
                    );
                    diagnostics.push(
                        Diagnostic::error(Code::PolicyInFile, at, message)
                            .mark(policy.at, "hides them")
                            .mark(*opened, "nobody has to say who asks")
                            .help("leave `anonymous` out, or expose a model whose rows everybody may see: one whose `where` says what the policy says")
                            .help(format!("or `release policy {} on <model> because \"…\"` and expose that model", policy.name))
                            .trace(way(program, policy, table, FlowStep { at, text: format!("API `{}`", api.name) })),
                    );
                }
            }
        }
    }
}
