//! Columns of one reader whose values can be matched: by the same stand-in, by what is drawn for the same entity, or as they are.

use super::principals::Reads;
use super::seen::{ByValue, Seen};
use super::values::{Call, Value};
use crate::base::Ident;
use crate::ir::{CategoryId, Form, Program, TableId};
use std::collections::BTreeMap;

/// By what columns match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Stand-ins.
    Token,
    /// The value, changed alike for one entity.
    Drawn,
    /// The value.
    Value,
}

/// Columns that match.
pub(super) struct Matching<'a> {
    /// By what.
    pub(super) by: By,
    /// Each with what it tells of.
    pub(super) columns: Vec<(&'a Value, &'a Seen<'a>)>,
}

/// What matches, where a category that it tells, in some form, is `wanted`. Stand-ins do by mask and domain, of whatever values of one category: the same
/// patient's number has the same token, wherever it was stored. So does what is drawn for an entity: the same day of a patient is moved to the same one.
pub(super) fn of<'a>(
    program: &'a Program,
    seen: &'a ByValue<'a>,
    wanted: &dyn Fn(&Seen<'_>, CategoryId, Form) -> bool,
) -> Vec<Matching<'a>> {
    let mut tokens: BTreeMap<(Call<'a>, CategoryId), Matching<'a>> = BTreeMap::new();
    let mut plain: Vec<Matching<'a>> = Vec::new();
    for (value, all) in seen {
        let mut own = Matching { by: By::Value, columns: Vec::new() };
        for one in all {
            let mut categories = one.forms.iter().filter(|(c, form)| wanted(one, *c, *form)).map(|(c, _)| *c);
            match one.call(program) {
                Some(call) if call.stands_in || call.drawn_for => categories.for_each(|category| {
                    let by = if call.stands_in { By::Token } else { By::Drawn };
                    let matching = tokens.entry((call, category)).or_insert(Matching { by, columns: Vec::new() });
                    matching.columns.push((value, one));
                }),
                Some(_) => {}
                None => own.columns.extend(categories.next().map(|_| (value, one))),
            }
        }
        plain.push(own);
    }
    tokens.into_values().chain(plain).filter(|m| m.columns.len() > 1).collect()
}

/// The columns of one place, by table.
type Tables<'a> = BTreeMap<TableId, Vec<(&'a Value, &'a Seen<'a>)>>;

impl<'a> Matching<'a> {
    /// A column of each table.
    pub(super) fn by_table(&self) -> BTreeMap<TableId, Vec<&'a Reads>> {
        self.columns.iter().map(|(_, s)| (s.reads.table, vec![s.reads])).collect()
    }

    /// Of each two places, a table that lies only in the one and a table that lies only in the other, and hold what may be one value.
    pub(super) fn apart(&self) -> Vec<[(&'a Value, &'a Seen<'a>); 2]> {
        let mut places: BTreeMap<&Ident, Tables<'a>> = BTreeMap::new();
        for (value, seen) in &self.columns {
            places.entry(&seen.reads.place).or_default().entry(seen.reads.table).or_default().push((*value, *seen));
        }
        let meets = |s: &Seen<'_>, all: &Tables<'_>| all.get(&s.reads.table).into_iter().flatten().any(|(_, t)| !t.told.apart(s.told));
        let places: Vec<&Tables<'a>> = places.values().collect();
        let mut found = Vec::new();
        for (i, a) in places.iter().enumerate() {
            for b in places.iter().skip(i + 1) {
                let theirs: Vec<_> = b.values().flatten().copied().filter(|(_, s)| !meets(s, a)).collect();
                let mut own = a.values().flatten().copied().filter(|(_, s)| !meets(s, b));
                let pair = own.find_map(|x| theirs.iter().find(|y| !y.1.told.apart(x.1.told)).map(|y| [x, *y]));
                found.extend(pair);
            }
        }
        found
    }
}
