//! A row that shows the difference, in SQL's words.

use super::compare::{Joint, name_of};
use super::formula::What;
use super::search::{Chosen, Slot, array};
use super::sort::{Family, Sort};
use super::value::{ONE, Value, shown};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A row that one condition lets through and the other hides. What is not named may hold anything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Witness {
    /// Its columns.
    pub row: Vec<Cell>,
    /// Rows of entitlements of whoever asks.
    pub entitled: Vec<Entitled>,
    /// Entitlements in which whoever asks has no row.
    pub without: Vec<String>,
    /// What expressions that are not understood would have to yield.
    pub given: Vec<Cell>,
}

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// A column, or an expression.
    pub name: String,
    /// A SQL literal; `None`: NULL.
    pub value: Option<String>,
}

/// A row of an entitlement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entitled {
    /// The entitlement.
    pub name: String,
    /// What it holds.
    pub cells: Vec<Cell>,
}

impl Joint {
    pub(super) fn witness(&self, chosen: &Chosen, without: &BTreeSet<String>) -> Witness {
        let mut made = Witness { without: without.iter().cloned().collect(), ..Witness::default() };
        let mut entitled: BTreeMap<&(String, u32), Vec<Cell>> = BTreeMap::new();
        for (slot, value) in chosen {
            let Slot::Variable(v) = slot else { continue };
            let (Some(variable), Some(owner)) = (self.variables.get(*v as usize), self.owners.get(*v as usize)) else { continue };
            let value = value.as_ref().map(|value| match variable.sort {
                Sort::Array(family) => elements(*v, family, value, chosen),
                Sort::Other => "…".to_owned(),
                sort => sort.family().map_or_else(String::new, |family| shown(value, family)),
            });
            let cell = Cell { name: name_of(variable).to_owned(), value };
            match (&variable.what, owner) {
                (What::Opaque(_), _) => made.given.push(cell),
                (_, Some(owner)) => entitled.entry(owner).or_default().push(cell),
                (_, None) => made.row.push(cell),
            }
        }
        made.entitled = entitled
            .into_iter()
            .map(|((identity, _), cells)| Entitled { name: self.lookups.get(identity).cloned().unwrap_or_default(), cells })
            .collect();
        made
    }
}

/// An array with the values it has to hold, and none it must not.
fn elements(of: u32, family: Family, state: &Value, chosen: &Chosen) -> String {
    let mut inside = Vec::new();
    let mut outside = BTreeSet::new();
    for (slot, value) in chosen {
        match slot {
            Slot::Member(array, element) if *array == of => {
                if *value == Some(Value::Flag(true)) {
                    inside.push(shown(element, family));
                } else {
                    outside.insert(element.clone());
                }
            }
            _ => {}
        }
    }
    if *state == array::FULL && inside.is_empty() {
        let others = (0i128..).map(|n| match family {
            Family::Text => Value::Word(format!("any {n}")),
            Family::Uuid => Value::Word(format!("00000000-0000-4000-8000-{:012x}", n + 0xffff)),
            _ => Value::Point(n * ONE * 86_400),
        });
        inside.extend(others.filter(|v| !outside.contains(v)).take(1).map(|v| shown(&v, family)));
    }
    if *state == array::HOLED {
        inside.push("null".to_owned());
    }
    format!("array[{}]", inside.join(", "))
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) if value == "…" => write!(f, "{} is not null", self.name),
            Some(value) => write!(f, "{} = {value}", self.name),
            None => write!(f, "{} is null", self.name),
        }
    }
}

impl fmt::Display for Witness {
    /// `region = 'south', minutes is null, entitled.region = 'north'`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.entitled.iter().flat_map(|e| e.cells.iter().map(move |c| format!("{}.{c}", e.name)));
        let without = self.without.iter().map(|name| format!("no row in {name}"));
        let given = self.given.iter().map(ToString::to_string);
        let mut all: Vec<String> = self.row.iter().map(ToString::to_string).chain(of).chain(without).chain(given).collect();
        // Two rows of an entitlement may hold the same.
        let mut seen = BTreeSet::new();
        all.retain(|one| seen.insert(one.clone()));
        if all.is_empty() { f.write_str("any row") } else { f.write_str(&all.join(", ")) }
    }
}
