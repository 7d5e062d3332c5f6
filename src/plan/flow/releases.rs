//! Written exceptions: new ones, those that are gone, and those that have another reason or are about another value.

use crate::base::{Ident, Span};
use crate::check::releases::{self, Listed, ReleaseKind};
use crate::ir::{AggregateCall, Discriminator, Expr, ExprKind, Model, Select, Table, TableId};
use crate::plan::access::Both;
use crate::plan::common::canon::{self, Stated, digest};
use crate::plan::common::names::Common;
use crate::plan::common::words::{causes, written_whole};
use crate::plan::flow::flows::within;
use crate::plan::report::{Edit, ReleaseChange, Which};
use std::collections::{BTreeMap, BTreeSet};

/// What a statement is about.
#[derive(Clone, Default)]
struct About {
    /// The expression, as written.
    text: String,
    /// What it comes to, in a form that is the same in both programs.
    identity: String,
    /// Columns of tables in it.
    columns: BTreeSet<(TableId, Ident)>,
}

/// A statement: kind, subject, what it says.
type Said = (&'static str, String, String);

/// Everything that a program lets past the rules, and about what.
type All = Vec<(Said, Listed, About)>;

/// Everything that changed about what is let past the rules.
pub(in crate::plan) fn releases(both: &Both<'_>) -> Vec<ReleaseChange> {
    let mut was: BTreeMap<Said, Vec<(Listed, About)>> = BTreeMap::new();
    for (said, one, about) in all(both, Which::Base) {
        was.entry(said).or_default().push((one, about));
    }
    let mut is: BTreeMap<Said, Vec<(Listed, About, Vec<String>)>> = BTreeMap::new();
    for (said, one, about) in all(both, Which::Head) {
        let moved = moved(both, &about);
        // One with the same reason about the same value is the same, wherever it is written.
        let same = |w: &(Listed, About)| moved.is_empty() && w.0.because == one.because && w.1.identity == about.identity;
        let known = was.get_mut(&said).and_then(|all| all.iter().position(same).map(|at| (all, at)));
        match known {
            Some((all, at)) => drop(all.remove(at)),
            None => is.entry(said).or_default().push((one, about, moved)),
        }
    }
    let mut found = Vec::new();
    for (key, all) in is {
        let mut old = was.remove(&key).unwrap_or_default();
        for (one, about, moved) in all {
            let like =
                old.iter().position(|w| w.1.identity == about.identity).or_else(|| old.iter().position(|w| w.0.because == one.because));
            let before = like.or((!old.is_empty()).then_some(0)).map(|at| old.remove(at));
            found.extend(change(both, (Which::Head, &key), (one, about), before, moved));
        }
        found.extend(old.into_iter().filter_map(|gone| change(both, (Which::Base, &key), gone, None, Vec::new())));
    }
    for (key, all) in was {
        found.extend(all.into_iter().filter_map(|gone| change(both, (Which::Base, &key), gone, None, Vec::new())));
    }
    found.sort_by(|a, b| {
        let by = |c: &ReleaseChange| (c.edit, c.kind.clone(), c.subject.clone(), c.says.clone(), c.because.clone(), c.identity.clone());
        by(a).cmp(&by(b))
    });
    found
}

/// A statement that is on one side only, or otherwise on the other. What a pick tells is no release by itself: a new one is a new column.
fn change(
    both: &Both<'_>,
    (which, key): (Which, &Said),
    (one, about): (Listed, About),
    before: Option<(Listed, About)>,
    moved: Vec<String>,
) -> Option<ReleaseChange> {
    let edit = match (which, &before) {
        (Which::Base, _) => Edit::Removed,
        (Which::Head, None) => Edit::Added,
        (Which::Head, Some(_)) => Edit::Changed,
    };
    if key.0 == PICK && edit != Edit::Changed {
        return None;
    }
    let side = if which == Which::Base { both.base } else { both.head };
    let because = one.because.to_string();
    Some(ReleaseChange {
        edit,
        kind: if key.0 == PICK { ReleaseKind::Annotation.name() } else { key.0 }.to_owned(),
        subject: key.1.clone(),
        says: key.2.clone(),
        was_because: before.as_ref().map(|b| b.0.because.to_string()).filter(|b| *b != because),
        because,
        was_value: before.map(|b| b.1).filter(|b| b.identity != about.identity).map(|b| b.text),
        value: about.text,
        moved: if edit == Edit::Changed { moved } else { Vec::new() },
        identity: about.identity.get(..16).unwrap_or_default().to_owned(),
        caused_by: causes(which, side, [one.at]),
    })
}

/// What of a value of the head is computed otherwise than in the base, before the statement is made.
fn moved(both: &Both<'_>, about: &About) -> Vec<String> {
    let one = |(id, name): &(TableId, Ident)| {
        let columns = &both.head.program.table(*id)?.columns;
        let position = columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok())?;
        both.tables.column_affected(*id, position).then(|| format!("{}.{name}", both.pairs.head.table(*id)))
    };
    // A table that is new is read newly, and that is another value.
    let known = about.columns.iter().filter(|(id, _)| both.pairs.base_of(*id).is_some());
    known.filter_map(one).collect()
}

/// An annotation of a pick: no kind of its own outside of this list.
const PICK: &str = "pick";

fn all(both: &Both<'_>, which: Which) -> All {
    let (common, side) = match which {
        Which::Base => (&both.pairs.base, both.base),
        Which::Head => (&both.pairs.head, both.head),
    };
    let program = common.program;
    let subject = |id: TableId| format!("model {}", common.table(id));
    let renamed: BTreeMap<String, String> =
        program.models().map(|(id, table, _)| (format!("model {}", table.name), subject(id))).filter(|(a, b)| a != b).collect();
    let mut values: BTreeMap<(String, Span), About> = BTreeMap::new();
    let mut found: All = Vec::new();
    for (id, table, model) in program.models() {
        let picks = |select: &Select, e: &Expr| picked(common, select, e).is_some();
        canon::stated(&model.query, &picks, &mut |stated| {
            let (text, columns) = stated.value(common);
            let written = written_whole(side.sources, canon::extent(stated.expr), stated.release.is_some());
            match stated.release {
                Some(release) => {
                    let about = values.entry((subject(id), release.at)).or_default();
                    // What is written once may stand there several times: an alias of a part that is read twice.
                    about.identity = digest(&format!("{}{text}", about.identity));
                    about.text = written;
                    about.columns.extend(columns);
                }
                None => found.extend(pick(common, (id, table, model), &stated, About { text: written, identity: digest(&text), columns })),
            }
        });
    }
    for one in releases::of(program) {
        let subject = renamed.get(&one.subject).cloned().unwrap_or_else(|| one.subject.clone());
        let about = match one.kind {
            ReleaseKind::Release => values.get(&(subject.clone(), one.at)).cloned().unwrap_or_default(),
            ReleaseKind::Discriminate => About { columns: discriminated(common, &one), ..About::default() },
            _ => About::default(),
        };
        found.push(((one.kind.name(), subject, one.says.clone()), one, about));
    }
    found
}

/// The columns of a `discriminate`: it is a statement about how they are computed.
fn discriminated(common: &Common<'_>, listed: &Listed) -> BTreeSet<(TableId, Ident)> {
    let own = common.program.discriminators.iter().filter(|d| d.at == listed.at && d.because == listed.because);
    let columns = own.flat_map(|d| d.columns.iter().chain([&d.by]).map(|c| (d.table, *c)));
    columns.filter_map(|(id, c)| Some((id, common.program.table(id)?.columns.get(c as usize)?.name.clone()))).collect()
}

/// A pick of what a `discriminate` is about: `max(a.answer) filter (where …)`.
fn picked<'p>(common: &Common<'p>, select: &Select, e: &Expr) -> Option<&'p Discriminator> {
    let ExprKind::Aggregate(call) = &e.kind else { return None };
    let AggregateCall { args, filter: Some(_), .. } = call.as_ref() else { return None };
    let [Expr { kind: ExprKind::Column { relation, name }, .. }] = args.as_slice() else { return None };
    let id = canon::table_behind(select, relation)?;
    let columns = &common.program.table(id)?.columns;
    let position = columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok())?;
    common.program.discriminators.iter().find(|d| d.table == id && d.columns.contains(&position))
}

/// What is said about a pick, where it is said to tell less than what it picks from.
fn pick(
    common: &Common<'_>,
    (id, table, _): (TableId, &Table, &Model),
    stated: &Stated<'_>,
    about: About,
) -> Option<(Said, Listed, About)> {
    let one = picked(common, stated.select, stated.expr)?;
    let name = stated.name?;
    let label = |table: &Table, name: &Ident| table.columns.iter().find(|c| c.name == *name).map(|c| c.label.clone());
    let from = common.program.table(one.table)?;
    let all = one.columns.iter().filter_map(|c| from.columns.get(*c as usize));
    if let Some(own) = stated.outermost.then(|| label(table, name)).flatten()
        && all.clone().all(|c| within(common, &c.label, common, &own))
    {
        return None;
    }
    let subject = format!("model {}", common.table(id));
    let says = format!("what {} picks", common.column(id, name));
    let listed = Listed {
        kind: ReleaseKind::Annotation,
        subject: subject.clone(),
        says: says.clone(),
        because: one.because.clone(),
        at: stated.expr.at,
    };
    Some(((PICK, subject, says), listed, about))
}
