//! Rule 3 over a whole block: after `a = b and b = c` held, each of the three tells what the others tell. Equal columns are kept in classes
//! (a union-find over conditions), so that a later condition reaches those that an earlier one tied together.
//!
//! An outer join ties the side it pads to the other, not the other way round: a row that found no partner says nothing. Once a condition
//! asks for a value of the padded side, only rows that found one are left, and the tie holds both ways.

use super::equality::{self, Equality, is_whole, of_operands, told_by};
use super::flow::find;
use super::walk::column;
use super::{Cx, Facts, Scope, Typed, chosen, expr};
use crate::base::Ident;
use crate::ir::{CategoryId, Column, Expr, ExprKind, JsonShape, Label, Level, Origin, TableKind, Type, operands as children, query_of};
use std::collections::{BTreeMap, BTreeSet};

/// A column of a block: alias and name.
pub(super) type Place = (Ident, Ident);

/// What a block's conditions have made equal so far.
#[derive(Debug, Default)]
pub(super) struct Equals {
    /// Classes of columns that are equal, and ties of columns that something computed from them makes known from each other.
    ties: Vec<Tie>,
    /// Ties of outer joins: only the padded side's columns learn.
    padded: Vec<(BTreeSet<Ident>, Tie)>,
    /// Relations whose rows were found by what they tell: what one of their columns learns, all do.
    dictionaries: BTreeSet<Ident>,
}

/// Columns that learn from each other.
#[derive(Clone, Debug)]
struct Tie {
    /// Each with what it told when it was tied, where a computation stands between: `hmac_token(p.id) = t.token` hands on the token's
    /// label, which is in `told`, and from `p.id` only what rose since.
    members: BTreeMap<Place, Label>,
    told: Facts,
    /// Columns of typed JSON that a path was compared of, and what that path tells by itself: a label of the whole column says nothing of it.
    paths: Vec<(Place, Label)>,
    /// Whether all are one column's own values, so that what is equal is the whole value and no piece of it.
    exact: bool,
    /// Whether no other condition stood beside it.
    alone: bool,
}

/// Lets conditions that hold tie columns of the scope together. `padded` names the relations that an outer join fills up with NULLs;
/// empty where the conditions hold for every row. Yields the columns whose labels rose.
pub(super) fn equate(cx: &Cx<'_>, scope: &mut Scope<'_>, conditions: &[Typed], padded: &BTreeSet<Ident>) -> BTreeSet<Place> {
    let mut ties: Vec<Tie> = Vec::new();
    let mut lookups: Vec<(Ident, Facts)> = Vec::new();
    for condition in conditions {
        let own = equality::parts(&condition.expr);
        for Equality { operands, listed } in equality::of_condition(cx, conditions, &condition.expr) {
            // The facts of the condition know each mask; a part of it is read anew.
            let whole = listed.is_none() && operands.len() > 1 && of_operands(&own, &operands);
            let told = if whole {
                Facts { label: condition.facts.label.value_part(), from: condition.facts.from.clone(), intact: None }
            } else {
                let all = operands.iter().fold(Facts::default(), |all, e| all.join(&told_by(cx, scope, e)));
                listed.map_or(all.clone(), |c| all.join(&Facts { label: c.label.value_part(), from: c.from.clone(), intact: None }))
            };
            lookups.extend(looked_up(cx, scope, &operands, &told));
            ties.extend(tie(cx, scope, &operands, &told));
        }
    }
    let told = std::mem::take(&mut *scope.told.borrow_mut());
    ties.extend(told.into_iter().map(|(place, told, path)| Tie {
        paths: path.map(|own| (place.clone(), own)).into_iter().collect(),
        members: BTreeMap::from([(place, Label::PUBLIC)]),
        told,
        exact: false,
        alone: false,
    }));
    if padded.is_empty() {
        found_partners(scope, conditions);
        ties.into_iter().for_each(|tie| merge(&mut scope.equal.ties, tie));
    } else {
        let alone = conditions.len() == 1;
        scope.equal.padded.extend(ties.into_iter().map(|tie| (padded.clone(), Tie { alone, ..tie })));
    }
    let mut raised = BTreeSet::new();
    for (alias, told) in lookups.into_iter().filter(|(alias, _)| padded.is_empty() || padded.contains(alias)) {
        whole_relation(scope, &alias, &told, &mut raised);
    }
    spread(cx, scope, &mut raised);
    raised
}

/// Whether two columns are known to be equal.
pub(super) fn are_equal(scope: &Scope<'_>, a: &Place, b: &Place) -> bool {
    a == b || scope.equal.ties.iter().any(|t| t.exact && t.members.contains_key(a) && t.members.contains_key(b))
}

/// Whether a known column fixes another: they are equal, or an outer join with no other condition fills the other's side up.
pub(super) fn fixes(scope: &Scope<'_>, known: &Place, other: &Place) -> bool {
    let tied = |t: &Tie| t.exact && t.members.contains_key(known) && t.members.contains_key(other);
    let filled = |(side, t): &(BTreeSet<Ident>, Tie)| t.alone && tied(t) && side.contains(&other.0) && !side.contains(&known.0);
    known == other || scope.equal.ties.iter().any(tied) || scope.equal.padded.iter().any(filled)
}

/// Whether a column equals one of another relation that stands, so that its rows are found by that one: in all rows, or because an outer join
/// fills its own side up.
pub(super) fn is_found(scope: &Scope<'_>, place: &Place, stands: &dyn Fn(&Ident) -> bool) -> bool {
    let by_other = |t: &Tie, side: &BTreeSet<Ident>| {
        t.exact && t.members.contains_key(place) && t.members.keys().any(|(r, _)| *r != place.0 && !side.contains(r) && stands(r))
    };
    let padded = scope.equal.padded.iter().filter(|(side, _)| side.contains(&place.0));
    scope.equal.ties.iter().any(|t| by_other(t, &BTreeSet::new())) || padded.into_iter().any(|(side, t)| by_other(t, side))
}

/// Ties of outer joins whose padded side a condition asks for: they hold for all rows from here on.
fn found_partners(scope: &mut Scope<'_>, conditions: &[Typed]) {
    if scope.equal.padded.is_empty() {
        return;
    }
    let mut asked: BTreeSet<Ident> = BTreeSet::new();
    for condition in conditions.iter().filter(|c| !matches!(c.expr.kind, ExprKind::IsNull(_, false))) {
        mentioned(&condition.expr, &mut |relation, _| {
            asked.insert(relation.clone());
        });
    }
    let ties = std::mem::take(&mut scope.equal.padded);
    for (padded, tie) in ties {
        if tie.members.keys().any(|(relation, _)| padded.contains(relation) && asked.contains(relation)) {
            merge(&mut scope.equal.ties, tie);
        } else {
            scope.equal.padded.push((padded, tie));
        }
    }
}

/// Equal columns make one class; other ties stay apart, so that a mask between two columns stays between them.
fn merge(ties: &mut Vec<Tie>, new: Tie) {
    if !new.exact {
        ties.push(new);
        return;
    }
    let touches = |t: &Tie| t.exact && t.members.keys().any(|m| new.members.contains_key(m));
    let (touched, rest): (Vec<Tie>, Vec<Tie>) = std::mem::take(ties).into_iter().partition(touches);
    *ties = rest;
    ties.push(touched.into_iter().fold(new, |mut all, tie| {
        all.members.extend(tie.members);
        Tie { told: all.told.join(&tie.told), ..all }
    }));
}

/// Hands on what members of a tie tell until nothing rises. Each round can only raise labels, which are finite.
fn spread(cx: &Cx<'_>, scope: &mut Scope<'_>, raised: &mut BTreeSet<Place>) {
    let places = Places::of(scope);
    loop {
        let mut rose = false;
        let Equals { ties, padded, mut dictionaries } = std::mem::take(&mut scope.equal);
        for tie in &ties {
            let takers: Vec<&Place> = tie.members.keys().collect();
            rose |= hand_on(cx, scope, &places, tie, &takers, &mut dictionaries, raised);
        }
        for (side, tie) in &padded {
            let takers: Vec<&Place> = tie.members.keys().filter(|(relation, _)| side.contains(relation)).collect();
            rose |= hand_on(cx, scope, &places, tie, &takers, &mut dictionaries, raised);
        }
        scope.equal = Equals { ties, padded, dictionaries };
        if !rose {
            return;
        }
    }
}

/// Where the relations of a block stand: thousands of joins are equated one after the other.
struct Places(BTreeMap<Ident, usize>);

impl Places {
    fn of(scope: &Scope<'_>) -> Places {
        // The first of a name is the one that is meant.
        Places(scope.relations.iter().enumerate().rev().map(|(i, r)| (r.alias.clone(), i)).collect())
    }

    fn column<'s>(&self, scope: &'s Scope<'_>, relation: &Ident, name: &Ident) -> Option<&'s Column> {
        match self.0.get(relation) {
            Some(place) => scope.relations.get(*place)?.columns.iter().find(|c| c.name == *name),
            None => find(scope.outer?, relation, name).map(|(_, c)| c),
        }
    }

    fn own<'s>(&self, scope: &'s mut Scope<'_>, relation: &Ident, name: &Ident) -> Option<&'s mut Column> {
        let place = *self.0.get(relation)?;
        scope.relations.get_mut(place)?.columns.iter_mut().find(|c| c.name == *name)
    }
}

fn hand_on(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    places: &Places,
    tie: &Tie,
    takers: &[&Place],
    dictionaries: &mut BTreeSet<Ident>,
    raised: &mut BTreeSet<Place>,
) -> bool {
    let mut told = tie.told.clone();
    for ((relation, name), before) in &tie.members {
        if let Some(c) = places.column(scope, relation, name) {
            let gives = if tie.exact { c.label.value_part() } else { risen(&c.label, before) };
            told = Facts { label: told.label.join(&gives), from: told.from.union(&c.from), intact: None };
        }
    }
    let mut rose = false;
    for (relation, name) in tie.members.keys() {
        // Where each comes from is told of both sides of an outer join: its rows that found a partner.
        if let Some(c) = places.own(scope, relation, name) {
            c.from = c.from.equated(&told.from);
        }
    }
    for (relation, name) in takers {
        let Some(c) = places.own(scope, relation, name) else { continue };
        let (was_public, label) = (c.label.values().is_empty(), c.label.join(&told.label));
        let learns = |((r, n), own): &(Place, Label)| (r, n) == (relation, name) && own.join(&told.label) != *own;
        if tie.paths.iter().any(learns) && every_path_tells(cx, c, &label) {
            raised.insert((relation.clone(), name.clone()));
            rose = true;
        }
        if label == c.label {
            continue;
        }
        let own_value = c.intact;
        c.label = label;
        if !tie.exact {
            c.intact = None;
        }
        rose = true;
        if let Some(origin) = own_value.and_then(|o| root(cx, o)) {
            twins(cx, scope, (relation, name), origin, &told, raised);
        }
        raised.insert((relation.clone(), name.clone()));
        // Rows found by a public column that equals a labelled one are a dictionary of it: all they hold depends on its value.
        if was_public || dictionaries.contains(relation) {
            dictionaries.insert(relation.clone());
            whole_relation(scope, relation, &told, raised);
        }
    }
    rose
}

/// Makes every path into a column of typed JSON tell what the whole column does, for an equality taught one of them something: which one, and what
/// else is a part of it, nobody keeps. Whether that is new.
fn every_path_tells(cx: &Cx<'_>, c: &mut Column, label: &Label) -> bool {
    let Type::Json(shape) = &c.ty else { return false };
    let all = expr::whole_label(cx, shape).unwrap_or_default().join(label);
    let baked = expr::bake(c.ty.clone(), &all);
    let new = baked != c.ty;
    c.ty = baked;
    new
}

/// The source column an unchanged value is of. None where that is JSON, of which each path is a column of its own.
fn root(cx: &Cx<'_>, from: Origin) -> Option<Origin> {
    let mut origin = from;
    for _ in 0..10_000 {
        let column = cx.finished(origin.table)?.table.columns.get(origin.column as usize)?;
        match column.intact {
            Some(next) => origin = next,
            None => return Some(origin).filter(|_| !matches!(column.ty, Type::Json(_))),
        }
    }
    None
}

/// Other columns of the relation that hold the same value (`select x as u, x as v`) learn what one of them learns.
fn twins(cx: &Cx<'_>, scope: &mut Scope<'_>, (alias, name): (&Ident, &Ident), origin: Origin, told: &Facts, raised: &mut BTreeSet<Place>) {
    let Some(relation) = scope.relations.iter_mut().find(|r| r.alias == *alias) else { return };
    for c in relation.columns.iter_mut().filter(|c| c.name != *name) {
        let label = c.label.join(&told.label);
        if label != c.label && c.intact.and_then(|o| root(cx, o)) == Some(origin) {
            c.label = label;
            raised.insert((alias.clone(), c.name.clone()));
        }
    }
}

/// What a label tells beyond what it told before.
fn risen(now: &Label, before: &Label) -> Label {
    let above = |(category, level): &&(CategoryId, Level)| {
        before.values().iter().find(|(c, _)| c == category).is_none_or(|(_, had)| had.join(*level) != *had)
    };
    now.values().iter().filter(above).fold(Label::PUBLIC, |all, (category, level)| all.join(&Label::value(*category, *level)))
}

fn whole_relation(scope: &mut Scope<'_>, alias: &Ident, told: &Facts, raised: &mut BTreeSet<Place>) {
    let Some(relation) = scope.relations.iter_mut().find(|r| r.alias == *alias) else { return };
    for c in &mut relation.columns {
        let label = c.label.join(&told.label);
        if label != c.label {
            c.label = label;
            c.from = c.from.equated(&told.from);
            c.intact = None;
            raised.insert((alias.clone(), c.name.clone()));
        }
    }
}

/// A seed that is looked up by a value that names no thing (`names.csv`: name, code) is a dictionary of that value.
fn looked_up(cx: &Cx<'_>, scope: &Scope<'_>, operands: &[&Expr], told: &Facts) -> Vec<(Ident, Facts)> {
    let labelled = !told.label.is_public() && !chosen::names_a_thing(cx, &told.label);
    let dictionary = |e: &&Expr| {
        let (relation, name) = column(e)?;
        let (found, c) = find(scope, relation, name)?;
        let seed = is_seed(cx, c) && scope.relations.iter().any(|r| r.alias == found.alias);
        (labelled && seed).then(|| (relation.clone(), told.clone()))
    };
    if operands.len() < 2 { Vec::new() } else { operands.iter().filter_map(dictionary).collect() }
}

/// Whether a column is, unchanged, one of a seed: a constant of the project.
pub(super) fn is_seed(cx: &Cx<'_>, c: &Column) -> bool {
    let mut origin = c.intact;
    for _ in 0..10_000 {
        let Some(table) = origin.and_then(|o| cx.finished(o.table)) else { return false };
        if let TableKind::Seed(_) = table.table.kind {
            return true;
        }
        origin = origin.and_then(|o| table.table.columns.get(o.column as usize)).and_then(|c| c.intact);
    }
    false
}

/// Columns of this block that one equality ties together; those of enclosing blocks are told there.
fn tie(cx: &Cx<'_>, scope: &Scope<'_>, operands: &[&Expr], told: &Facts) -> Option<Tie> {
    let mut members = BTreeMap::new();
    let mut paths = Vec::new();
    for operand in operands {
        mentioned(operand, &mut |relation, name| {
            let place = (relation.clone(), name.clone());
            let c = find(scope, relation, name).map(|(_, c)| c);
            let path = c.filter(|c| matches!(c.ty, Type::Json(_))).map(|_| own_of_path(cx, scope, operand));
            if scope.relations.iter().any(|r| r.alias == *relation) {
                members.insert(place.clone(), c.map_or(Label::PUBLIC, |c| c.label.value_part()));
                paths.extend(path.map(|own| (place, own)));
            } else if let Some(outer) = holder(scope, relation) {
                outer.told.borrow_mut().push((place, told.clone(), path));
            }
        });
    }
    // Two paths of one document are two values: what one is equal to is not what the other is equal to.
    let exact = paths.is_empty() && operands.iter().all(|e| is_whole(cx, scope, e));
    (!members.is_empty()).then(|| Tie { members, told: told.clone(), paths, exact, alone: false })
}

/// What a compared path tells by itself. Of a document, or a part of one, there are paths that tell less than the whole.
fn own_of_path(cx: &Cx<'_>, scope: &Scope<'_>, operand: &Expr) -> Label {
    if matches!(operand.ty, Type::Json(JsonShape::Object(..) | JsonShape::Array(_))) {
        return Label::PUBLIC;
    }
    told_by(cx, scope, operand).label
}

fn holder<'s>(scope: &'s Scope<'_>, alias: &Ident) -> Option<&'s Scope<'s>> {
    let mut next = scope.outer;
    while let Some(outer) = next {
        if outer.relations.iter().any(|r| r.alias == *alias) {
            return Some(outer);
        }
        next = outer.outer;
    }
    None
}

/// Every column an expression names, outside queries.
fn mentioned<'e>(e: &'e Expr, f: &mut dyn FnMut(&'e Ident, &'e Ident)) {
    if let ExprKind::Column { relation, name } = &e.kind {
        f(relation, name);
    }
    children(e, &mut |child| mentioned(child, f));
}

/// What expressions that read risen columns tell now.
pub(super) fn reread(scope: &Scope<'_>, raised: &BTreeSet<Place>, e: &Expr) -> Label {
    if raised.is_empty() {
        return Label::PUBLIC;
    }
    let mut told = Label::PUBLIC;
    read(e, &mut |relation, name| {
        if raised.contains(&(relation.clone(), name.clone()))
            && let Some((_, c)) = find(scope, relation, name)
        {
            told = told.join(&c.label.value_part());
        }
    });
    told
}

/// Every column an expression names, inside queries too: there they may be correlated.
fn read<'e>(e: &'e Expr, f: &mut dyn FnMut(&'e Ident, &'e Ident)) {
    if let ExprKind::Column { relation, name } = &e.kind {
        f(relation, name);
    }
    children(e, &mut |child| read(child, f));
    if let Some(q) = query_of(e) {
        super::walk::in_query(q, &mut |inner, hidden| {
            if let ExprKind::Column { relation, name } = &inner.kind
                && !hidden.contains(relation)
            {
                f(relation, name);
            }
        });
    }
}
