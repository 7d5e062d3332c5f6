use super::condition::Condition;
use super::domain::{Uncut, cut};
use super::formula::{Formula, Truths, Variable, What};
use super::search::{BUDGET, Found, Search};
use super::witness::Witness;
use std::collections::BTreeSet;

/// Which rows are seen: those for which every rule holds; none: all rows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A condition, and the entitlement it asks: then some row there that names whoever asks makes it TRUE.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Over the row, and that row of the entitlement.
    pub condition: Condition,
    /// The entitlement.
    pub asks: Option<Lookup>,
    /// Where something else tells that two rules are one: equal texts are equal rules.
    pub known: Option<String>,
}

/// An entitlement that a rule asks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lookup {
    /// What it is: equal texts yield the same rows before and after.
    pub identity: String,
    /// What people call it.
    pub name: String,
    /// The column with the login, which all rows of one person share.
    pub by: Option<String>,
    /// Whether a declared key says that a person has one row at most.
    pub single: bool,
}

/// How two sets of rows compare, whatever the data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// Rows that only the new conditions let through.
    pub gained: Side,
    /// Rows that only the old ones did.
    pub lost: Side,
}

/// Whether there can be rows that one side lets through and the other hides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Side {
    /// There is no such row. Sound: opaque parts may be anything.
    None,
    /// There is, whatever is not understood: such as this one.
    Some(Witness),
    /// Perhaps.
    Perhaps(Option<Witness>, Why),
}

/// Why it cannot be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It depends on parts that are not compared by what they mean.
    Opaque,
    /// Only where a column is NULL that is declared never to be.
    Declared,
    /// Only for somebody with several rows in an entitlement whose key says one.
    Key,
    /// More cases than are looked at.
    TooMany,
    /// The type of a column is another one.
    Types(String),
    /// Constants that differ in blanks at their end.
    Blanks,
}

/// The answer in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the words of the field: a weaker condition lets more rows through")]
pub enum Verdict {
    Equal,
    Weaker,
    Stronger,
    Incomparable,
    Unknown,
}

impl Side {
    /// The row that shows it.
    pub fn witness(&self) -> Option<&Witness> {
        match self {
            Side::None => None,
            Side::Some(witness) => Some(witness),
            Side::Perhaps(witness, _) => witness.as_ref(),
        }
    }
}

impl Comparison {
    /// The answer in one word; `Unknown` where either side is not told.
    pub fn verdict(&self) -> Verdict {
        match (&self.gained, &self.lost) {
            (Side::Perhaps(..), _) | (_, Side::Perhaps(..)) => Verdict::Unknown,
            (Side::None, Side::None) => Verdict::Equal,
            (Side::Some(_), Side::None) => Verdict::Weaker,
            (Side::None, Side::Some(_)) => Verdict::Stronger,
            (Side::Some(_), Side::Some(_)) => Verdict::Incomparable,
        }
    }
}

/// Compares what is seen before and after. Columns of the same name are the same columns.
pub fn compare(old: &Rows, new: &Rows) -> Comparison {
    Comparison { gained: beyond(old, new), lost: beyond(new, old) }
}

/// Rows that `of` lets through and `than` hides.
fn beyond(than: &Rows, of: &Rows) -> Side {
    // What both say hides nothing that the other shows.
    let hiding: Vec<&Rule> = than.rules.iter().filter(|rule| !of.rules.iter().any(|other| rule.same(other))).collect();
    if hiding.is_empty() {
        return Side::None;
    }
    let alone = attempt(&hiding, of, false);
    let shared = of.rules.iter().enumerate().any(|(index, rule)| {
        rule.asks.as_ref().is_some_and(|asks| {
            of.rules.iter().skip(index + 1).any(|other| other.asks.as_ref().is_some_and(|a| a.identity == asks.identity))
        })
    });
    if !shared || matches!(alone, Side::Some(_)) {
        return alone;
    }
    // Each rule may be met by another row of the entitlement.
    match (alone, attempt(&hiding, of, true)) {
        (alone, Side::None) => alone,
        (_, Side::Some(witness)) if of.rules.iter().filter_map(|r| r.asks.as_ref()).all(|a| a.single) => {
            Side::Perhaps(Some(witness), Why::Key)
        }
        (Side::Perhaps(witness, why), Side::Perhaps(None, _)) => Side::Perhaps(witness, why),
        (_, several) => several,
    }
}

fn attempt(hiding: &[&Rule], of: &Rows, several: bool) -> Side {
    let mut joint = Joint::default();
    let mut parts = Vec::new();
    let mut copies: BTreeSet<(&str, u32)> = BTreeSet::new();
    for (index, rule) in (0u32..).zip(&of.rules) {
        let copy = if several { index } else { 0 };
        if let Some(asks) = &rule.asks {
            copies.insert((&asks.identity, copy));
        }
        parts.push(joint.formula(rule, copy).is(Truths::TRUE));
    }
    let mut without = BTreeSet::new();
    let hidden = hiding.iter().map(|rule| {
        let not = Truths::ANY.without(Truths::TRUE);
        let Some(asks) = &rule.asks else { return joint.formula(rule, 0).is(not) };
        let rows: Vec<u32> = copies.iter().filter(|(identity, _)| *identity == asks.identity).map(|(_, copy)| *copy).collect();
        if rows.is_empty() {
            without.insert(asks.name.clone());
        }
        Formula::And(rows.into_iter().map(|copy| joint.formula(rule, copy).is(not)).collect())
    });
    let hidden = Formula::Or(hidden.collect());
    if let Some(name) = joint.conflict {
        return Side::Perhaps(None, Why::Types(name));
    }
    parts.push(hidden);
    joint.find(&Formula::And(parts), &without)
}

impl Rule {
    /// Whether the two are one, without a doubt.
    fn same(&self, other: &Rule) -> bool {
        if self.known.is_some() && self.known == other.known {
            return true;
        }
        let alone = |v: &Variable| matches!(&v.what, What::Opaque(name) if name.alone);
        let asks = |rule: &Rule| rule.asks.as_ref().map(|a| a.identity.clone());
        self.condition == other.condition && asks(self) == asks(other) && !self.condition.variables.iter().any(alone)
    }
}

/// Variables of several conditions under common numbers.
#[derive(Default)]
pub(super) struct Joint {
    pub(super) variables: Vec<Variable>,
    /// Of which row of which entitlement each is.
    pub(super) owners: Vec<Option<(String, u32)>>,
    /// Names of entitlements by what they are.
    pub(super) lookups: std::collections::BTreeMap<String, String>,
    conflict: Option<String>,
}

impl Joint {
    /// A rule's condition over the common variables, its entitlement's row the one of that number.
    fn formula(&mut self, rule: &Rule, copy: u32) -> Formula {
        let map: Vec<u32> = rule.condition.variables.iter().map(|v| self.variable(v, rule.asks.as_ref(), copy)).collect();
        rule.condition.formula.renumbered(&|v| map.get(v as usize).copied().unwrap_or(u32::MAX))
    }

    fn variable(&mut self, v: &Variable, asks: Option<&Lookup>, copy: u32) -> u32 {
        let login = |asks: &Lookup| matches!(&v.what, What::Entitled(name) if Some(name) == asks.by.as_ref());
        let owner = asks.filter(|_| v.is_entitled()).map(|a| (a.identity.clone(), if login(a) { 0 } else { copy }));
        if let Some(asks) = asks {
            self.lookups.insert(asks.identity.clone(), asks.name.clone());
        }
        let alone = matches!(&v.what, What::Opaque(name) if name.alone);
        let same = |(known, of): (&Variable, &Option<(String, u32)>)| known.what == v.what && *of == owner;
        let found = if alone { None } else { self.variables.iter().zip(&self.owners).position(same) };
        let place = match found {
            Some(place) => {
                if let Some(known) = self.variables.get_mut(place) {
                    if known.sort.like(&v.sort) {
                        known.sort = known.sort.wider(v.sort);
                    } else {
                        self.conflict = Some(name_of(v).to_owned());
                    }
                    known.present &= v.present;
                }
                place
            }
            None => {
                self.variables.push(v.clone());
                self.owners.push(owner);
                self.variables.len() - 1
            }
        };
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// Looks for a row, first without asking what is not understood.
    fn find(&self, goal: &Formula, without: &BTreeSet<String>) -> Side {
        let space = match cut(&self.variables, &[goal]) {
            Ok(space) => space,
            Err(Uncut::Together) => return Side::Perhaps(None, Why::TooMany),
            Err(Uncut::Blanks) => return Side::Perhaps(None, Why::Blanks),
        };
        let doubtful = space.domains.iter().any(|d| !d.free || d.certain < d.values.len());
        let surely = Search::new(&space, false, BUDGET).run(goal);
        let stuck = match surely {
            Found::Row(chosen) => return Side::Some(self.witness(&chosen, without)),
            Found::Nothing if !doubtful => return Side::None,
            Found::TooMuch => return Side::Perhaps(None, Why::TooMany),
            Found::Nothing => false,
            Found::Stuck => true,
        };
        match Search::new(&space, true, BUDGET).run(goal) {
            Found::Row(chosen) => Side::Perhaps(Some(self.witness(&chosen, without)), if stuck { Why::Opaque } else { Why::Declared }),
            Found::Nothing => Side::None,
            Found::Stuck | Found::TooMuch => Side::Perhaps(None, if stuck { Why::Opaque } else { Why::TooMany }),
        }
    }
}

/// What a variable is called.
pub(super) fn name_of(v: &Variable) -> &str {
    match &v.what {
        What::Column(name) | What::Entitled(name) => name,
        What::Opaque(name) => &name.text,
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::Opaque => f.write_str("it depends on calls or patterns, which are not compared by what they do"),
            Why::Declared => f.write_str("only where a column is null that is declared never to be"),
            Why::Key => f.write_str("only for somebody with several rows in the entitlement, whose key says one"),
            Why::TooMany => f.write_str("there are more cases than are looked at"),
            Why::Types(column) => write!(f, "`{column}` has another type"),
            Why::Blanks => f.write_str("constants differ in blanks at their end, which some types of texts leave out"),
        }
    }
}
