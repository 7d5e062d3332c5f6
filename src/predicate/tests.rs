//! Made-up conditions, decided here and by asking SQLite about every row of domains large enough to show any difference.

use super::{Condition, Lookup, Rows, Rule, Side, Verdict, Why, Witness, compare, time};
use crate::base::{Sources, VPath};
use crate::diag::Diagnostics;
use crate::driver;
use crate::ir::Program;
use rusqlite::Connection;
use std::collections::BTreeMap;

const PROJECT: &str = r#"
project demo { warehouse postgres { database = env("DB") } }
use std.hipaa
source s on warehouse schema "s" {
  table r {
    a integer? @public; b integer? @public; c smallint @public; n numeric(4, 1)? @public; w numeric? @public; x double? @public
    t text? @public; u text? @public; v varchar(1)? @public; f boolean? @public; g boolean @public
    d date? @public; ts timestamp? @public; tz timestamptz? @public; tags text[]? @public; j jsonb? @public; id uuid? @public
  }
  table staff { login text key @public; r text? @public; k integer? @public; ts text[]? @public }
}
layer marts schema "marts" as table
model row in marts { sql """select * from s.r""" }
model staff_list in marts { sql """select * from s.staff""" }
role nurse { clearance internal; postgres "nurse" }
entitlement duties from staff_list by login
"#;

/// Rules by the order of their conditions.
fn rules(conditions: &[String], project: &str) -> Vec<Rule> {
    let mut text = project.to_owned();
    for (index, condition) in conditions.iter().enumerate() {
        text.push_str(&format!("policy p{index} on row for nurse where {condition}\n"));
    }
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        if !path.contains("fhir") {
            sources.add(VPath::new(path).unwrap(), *text);
        }
    }
    sources.add(VPath::new("main.pipe").unwrap(), text.as_str());
    let mut diagnostics = Diagnostics::default();
    let program = driver::front(&sources, &BTreeMap::new(), &mut diagnostics);
    let problems: Vec<String> = diagnostics.iter().map(|d| format!("{}: {}", sources.slice(d.at), d.message)).collect();
    let missing: Vec<&String> = conditions
        .iter()
        .enumerate()
        .filter(|(i, _)| !program.policies.iter().any(|p| p.name.as_str() == format!("p{i}")))
        .map(|(_, c)| c)
        .collect();
    assert!(missing.is_empty(), "{missing:#?} {problems:#?}");
    (0..conditions.len()).map(|index| rule(&program, &format!("p{index}"))).collect()
}

fn rule(program: &Program, name: &str) -> Rule {
    let policy = program.policies.iter().find(|p| p.name.as_str() == name).unwrap();
    let table = &program.table(policy.table).unwrap().name;
    let condition = Condition::read(program, &policy.filter, table, policy.asks.is_some());
    let asks = policy.asks.as_ref().map(|_| Lookup {
        identity: "duties".to_owned(),
        name: "duties".to_owned(),
        by: Some("login".to_owned()),
        single: false,
    });
    Rule { condition, asks, known: None }
}

fn rows(rule: &Rule) -> Rows {
    Rows { rules: vec![rule.clone()] }
}

fn witness(side: &Side) -> String {
    match side {
        Side::None => "none".to_owned(),
        Side::Some(w) => w.to_string(),
        Side::Perhaps(w, why) => format!("perhaps {}: {why:?}", w.as_ref().map(Witness::to_string).unwrap_or_default()),
    }
}

#[test]
fn what_reviewers_ask_about() {
    let cases = [
        ("t = 'north'", "t = 'north' or true", Verdict::Weaker, "t = 'other'", "none"),
        ("t = 'north'", "true", Verdict::Weaker, "t = 'other'", "none"),
        ("t = 'north'", "t = 'north' and a > 3", Verdict::Stronger, "none", "t = 'north', a = 3"),
        ("t = 'north'", "'north' = t", Verdict::Equal, "none", "none"),
        ("t in ('a', 'b')", "t = 'b' or t = 'a'", Verdict::Equal, "none", "none"),
        ("t in ('a', 'b')", "t in ('a', 'c')", Verdict::Incomparable, "t = 'c'", "t = 'b'"),
        ("not (t <> 'a')", "t = 'a'", Verdict::Equal, "none", "none"),
        ("t <> 'a'", "t is distinct from 'a'", Verdict::Weaker, "t is null", "none"),
        ("a > 3 and a < 5", "a = 4", Verdict::Equal, "none", "none"),
        ("w > 3 and w < 5", "w = 4", Verdict::Stronger, "none", "w = 3.1"),
        ("n > 3 and n < 3.2", "n = 3.1", Verdict::Equal, "none", "none"),
        ("a >= 4", "a > 3", Verdict::Equal, "none", "none"),
        ("a > 3.5", "a >= 4", Verdict::Equal, "none", "none"),
        ("d > '2024-02-28' and d < '2024-03-01'", "d = '2024-02-29'", Verdict::Equal, "none", "none"),
        ("ts >= '2024-01-01'", "ts > '2023-12-31'", Verdict::Weaker, "ts = '2023-12-31 01:00:00'", "none"),
        ("tz >= '2024-01-01T02:00:00+02:00'", "tz >= '2024-01-01 00:00:00Z'", Verdict::Equal, "none", "none"),
        ("x > 0.1", "x >= 0.1", Verdict::Weaker, "x = 0.1", "none"),
        ("c <= 32767", "c is not null", Verdict::Equal, "none", "none"),
        ("f", "f = true", Verdict::Equal, "none", "none"),
        ("f is not false", "f", Verdict::Stronger, "none", "f is null"),
        ("coalesce(f, false)", "f", Verdict::Equal, "none", "none"),
        ("a = b", "a = b or a < b", Verdict::Weaker, "a = 0, b = 1", "none"),
        ("v = 'é'", "v in ('é', 'x')", Verdict::Weaker, "v = 'x'", "none"),
        ("t = entitled.r", "t is not distinct from entitled.r", Verdict::Weaker, "t is null, duties.r is null", "none"),
        ("t in entitled.ts", "t in entitled.ts or t = 'a'", Verdict::Weaker, "t = 'a', duties.ts = array['any 0']", "none"),
        (
            "t in entitled.ts",
            "t not in entitled.ts",
            Verdict::Incomparable,
            "t = 'other', duties.ts = array['any 0']",
            "t = 'other', duties.ts = array['other']",
        ),
        ("t = entitled.r", "t = 'a'", Verdict::Incomparable, "t = 'a', no row in duties", "t = 'other', duties.r = 'other'"),
        ("t < 'm'", "not (t >= 'm')", Verdict::Equal, "none", "none"),
        ("t <= 'm'", "t < 'm' or t = 'm'", Verdict::Equal, "none", "none"),
        ("t < 'm'", "t is not null", Verdict::Weaker, "t = 'm'", "none"),
        ("upper(t) = 'X'", "upper(t) in ('X', 'Y')", Verdict::Unknown, "perhaps upper(t) = 'Y': Opaque", "none"),
        ("upper(t) = 'X'", "upper(t) = 'X' and a = 1", Verdict::Unknown, "none", "perhaps a = 0, upper(t) = 'X': Opaque"),
        ("upper(t) = 'X' and a = 1", "a = 1 and upper(t) = 'X'", Verdict::Equal, "none", "none"),
        ("t like 'a%'", "not (t not like 'a%')", Verdict::Equal, "none", "none"),
        ("g is not false", "g", Verdict::Unknown, "none", "perhaps g is null: Declared"),
        ("id = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", Verdict::Equal, "none", "none"),
        ("(t, a) = ('x', 1)", "t = 'x' and a = 1", Verdict::Equal, "none", "none"),
        ("v in ('a', 'b')", "v in ('a', 'b', 'a ')", Verdict::Unknown, "perhaps : Blanks", "perhaps : Blanks"),
    ];
    let conditions: Vec<String> = cases.iter().flat_map(|c| [c.0.to_owned(), c.1.to_owned()]).collect();
    let rules = rules(&conditions, PROJECT);
    for (pair, (old, new, verdict, gained, lost)) in rules.chunks(2).zip(cases) {
        let found = compare(&rows(&pair[0]), &rows(&pair[1]));
        let said = (found.verdict(), witness(&found.gained), witness(&found.lost));
        assert_eq!(said, (verdict, gained.to_owned(), lost.to_owned()), "{old} → {new}");
        let turned = compare(&rows(&pair[1]), &rows(&pair[0]));
        assert_eq!((&turned.gained, &turned.lost), (&found.lost, &found.gained));
    }
}

#[test]
fn several_rules_hold_together_and_no_rule_shows_all() {
    let conditions = ["t = 'a'", "a > 1", "t = 'a' and a > 1", "t = entitled.r", "a = entitled.k", "t = entitled.r and a = entitled.k"];
    let rules = rules(&conditions.map(str::to_owned), PROJECT);
    let of = |list: &[usize]| Rows { rules: list.iter().map(|i| rules[*i].clone()).collect() };
    assert_eq!(compare(&of(&[0, 1]), &of(&[2])).verdict(), Verdict::Equal);
    assert_eq!(compare(&of(&[]), &of(&[2])).verdict(), Verdict::Stronger);
    assert_eq!(compare(&of(&[0]), &of(&[])).verdict(), Verdict::Weaker);
    assert_eq!(compare(&of(&[]), &of(&[])).verdict(), Verdict::Equal);
    // Two rules may be met by two rows of the entitlement, one rule only by one.
    let split = compare(&of(&[5]), &of(&[3, 4]));
    assert_eq!(split.verdict(), Verdict::Weaker);
    assert!(matches!(&split.gained, Side::Some(w) if w.entitled.len() == 2), "{split:?}");
    let mut keyed = of(&[3, 4]);
    keyed.rules.iter_mut().for_each(|r| r.asks.as_mut().unwrap().single = true);
    assert!(matches!(compare(&of(&[5]), &keyed).gained, Side::Perhaps(Some(_), Why::Key)));
}

#[test]
fn a_function_with_another_body_is_another_function() {
    let conditions = ["near(t) = 'x'".to_owned()];
    let with = |body: &str| rules(&conditions, &format!("{PROJECT}\nfunction near(a: text) -> text {{ generic \"{body}\" }}\n"));
    let (one, other) = (with("lower({a})"), with("upper({a})"));
    assert_eq!(compare(&rows(&one[0]), &rows(&with("lower({a})")[0])).verdict(), Verdict::Equal);
    assert_eq!(compare(&rows(&one[0]), &rows(&other[0])).verdict(), Verdict::Unknown);
}

#[test]
fn hard_ones_end() {
    // Every assignment of twenty columns' worth of clauses; deep alternatives; long lists.
    let list = (0..5_000).map(|n| format!("'v{n}'")).collect::<Vec<_>>().join(", ");
    let mut deep = "t".to_owned();
    for _ in 0..12 {
        deep = format!("coalesce(nullif(case when {deep} = u then t else u end, 'x'), u)");
    }
    let clauses: Vec<String> = (0..200).map(|n| format!("(a <> {n} or b <> {} or w <> {} or n <> {})", n + 1, n * 2, n % 7)).collect();
    let clauses = clauses.join(" and ");
    let cases = [
        (format!("t in ({list})"), format!("t in ({list}, 'more')")),
        (format!("{deep} = 'a'"), format!("{deep} = 'b'")),
        (clauses.clone(), format!("{clauses} and a <> b")),
        (format!("a = b and {clauses}"), format!("{clauses} and w = n")),
    ];
    let conditions: Vec<String> = cases.iter().flat_map(|c| [c.0.clone(), c.1.clone()]).collect();
    let rules = rules(&conditions, PROJECT);
    for pair in rules.chunks(2) {
        assert_ne!(compare(&rows(&pair[0]), &rows(&pair[1])).verdict(), Verdict::Equal);
        assert_eq!(compare(&rows(&pair[0]), &rows(&pair[0])).verdict(), Verdict::Equal);
    }
}

/// Numbers by chance, the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// A column of the made-up table: constants it meets and all values it takes in SQLite, where days and moments are microseconds.
struct Made {
    name: &'static str,
    family: &'static str,
    constants: Vec<String>,
    domain: Vec<String>,
}

fn column(name: &'static str) -> Made {
    let texts = |all: &[&str]| all.iter().map(|t| format!("'{t}'")).collect::<Vec<_>>();
    let whole = || (-1..=9).map(|n| n.to_string()).collect::<Vec<_>>();
    let (family, constants, domain) = match name {
        "a" | "b" | "c" => ("number", ["2", "3", "5"].map(str::to_owned).to_vec(), whole()),
        "n" => {
            ("number", ["2", "2.5", "3"].map(str::to_owned).to_vec(), (-10..=60).map(|n| format!("{:.1}", f64::from(n) / 10.0)).collect())
        }
        "t" | "u" => ("text", texts(&["x", "y", ""]), texts(&["x", "y", "", "p", "q", "r"])),
        "f" | "g" => ("flag", texts(&[]), vec!["true".to_owned(), "false".to_owned()]),
        "d" => ("moment", texts(&["2024-02-28", "2024-03-01"]), (25..=35).map(day).collect()),
        _ => {
            let half = |n: i64| [day(n), format!("({} + 43200000000)", day(n)), format!("({} + 43200000001)", day(n))];
            (
                "moment",
                texts(&["2024-02-28", "2024-02-29 12:00:00"]).iter().map(|t| format!("timestamp {t}")).collect(),
                (25..=32).flat_map(half).collect(),
            )
        }
    };
    Made { name, family, constants, domain: std::iter::once("null".to_owned()).chain(domain).collect() }
}

/// The day so many days after 31 January 2024, in microseconds.
fn day(n: i64) -> String {
    ((19_753 + n) * 86_400_000_000).to_string()
}

/// A day or moment in quotes, in microseconds.
fn micros(written: &str) -> i128 {
    time::moment(written.trim_start_matches("timestamp ").trim_matches('\'')).unwrap()
}

/// A condition in two spellings: for pipec, and for SQLite.
type Both = (String, String);

struct Maker<'m> {
    chance: &'m mut Chance,
    columns: &'m [Made],
}

impl Maker<'_> {
    fn constant(&mut self, of: usize) -> Both {
        let column = &self.columns[of];
        let plain = self.chance.pick(&column.constants).clone();
        let lite = if column.family == "moment" { micros(&plain).to_string() } else { plain.clone() };
        (plain, lite)
    }

    /// A column that is no truth value.
    fn compared(&mut self) -> Option<usize> {
        let all: Vec<usize> = (0..self.columns.len()).filter(|i| self.columns[*i].family != "flag").collect();
        (!all.is_empty()).then(|| *self.chance.pick(&all))
    }

    fn value(&mut self, of: usize) -> Both {
        let name = self.columns[of].name.to_owned();
        let same: Vec<usize> = (0..self.columns.len()).filter(|i| self.columns[*i].family == self.columns[of].family).collect();
        match self.chance.below(7) {
            0 => {
                let (a, b) = self.constant(of);
                (format!("coalesce({name}, {a})"), format!("coalesce({name}, {b})"))
            }
            1 => {
                let (a, b) = self.constant(of);
                (format!("nullif({name}, {a})"), format!("nullif({name}, {b})"))
            }
            2 => {
                let other = self.columns[*self.chance.pick(&same)].name;
                let (c, lite) = self.condition(1);
                (format!("case when {c} then {name} else {other} end"), format!("case when {lite} then {name} else {other} end"))
            }
            _ => {
                let other = self.columns[*self.chance.pick(&same)].name.to_owned();
                (other.clone(), other)
            }
        }
    }

    fn side(&mut self, of: usize) -> Both {
        if self.chance.below(3) == 0 { self.value(of) } else { self.constant(of) }
    }

    fn atom(&mut self) -> Both {
        let Some(of) = self.compared().filter(|_| self.chance.below(6) > 0) else { return self.flag() };
        let ordered = self.columns[of].family != "text";
        let left = self.value(of);
        let not = *self.chance.pick(&["", "not "]);
        let both = |f: &dyn Fn(&str, &str, &str) -> String, a: &Both, b: &Both, c: &Both| (f(&a.0, &b.0, &c.0), f(&a.1, &b.1, &c.1));
        let nothing = (String::new(), String::new());
        match self.chance.below(7) {
            0 => both(&|a, _, _| format!("{a} is {not}null"), &left, &nothing, &nothing),
            1 => {
                let right = self.side(of);
                both(&|a, b, _| format!("{a} is {not}distinct from {b}"), &left, &right, &nothing)
            }
            2 => {
                let (one, two) =
                    (self.side(of), if self.chance.below(4) == 0 { ("null".to_owned(), "null".to_owned()) } else { self.side(of) });
                both(&|a, b, c| format!("{a} {not}in ({b}, {c})"), &left, &one, &two)
            }
            3 if ordered => {
                let (low, high) = (self.side(of), self.side(of));
                both(&|a, b, c| format!("{a} {not}between {b} and {c}"), &left, &low, &high)
            }
            _ => {
                let signs: &[&str] = if ordered { &["=", "<>", "<", "<=", ">", ">="] } else { &["=", "<>"] };
                let sign = *self.chance.pick(signs);
                let right = self.side(of);
                both(&|a, b, _| format!("{a} {sign} {b}"), &left, &right, &nothing)
            }
        }
    }

    fn flag(&mut self) -> Both {
        let flags: Vec<&str> = self.columns.iter().filter(|c| c.family == "flag").map(|c| c.name).collect();
        let name = if flags.is_empty() { "true" } else { *self.chance.pick(&flags) };
        let other = if flags.is_empty() { "null" } else { *self.chance.pick(&flags) };
        let text = match self.chance.below(7) {
            0 => format!("{name} = {other}"),
            1 => format!("{name} is not true"),
            2 => format!("{name} is false"),
            3 => format!("coalesce({name}, false)"),
            4 => format!("{name} is distinct from {other}"),
            5 => format!("{name} is null"),
            _ => name.to_owned(),
        };
        (text.clone(), text)
    }

    fn condition(&mut self, depth: usize) -> Both {
        if depth == 0 {
            return self.atom();
        }
        match self.chance.below(8) {
            0 | 1 => {
                let (a, b) = self.condition(depth - 1);
                (format!("not ({a})"), format!("not ({b})"))
            }
            2 => {
                let (a, b) = self.condition(depth - 1);
                let test = *self.chance.pick(&["is true", "is not true", "is false", "is not false"]);
                (format!("(({a}) {test})"), format!("(({b}) {test})"))
            }
            3 => {
                let (one, two) = (self.condition(depth - 1), self.condition(depth - 1));
                (format!("coalesce({}, {})", one.0, two.0), format!("coalesce({}, {})", one.1, two.1))
            }
            4 => {
                let (one, two) = (self.condition(depth - 1), self.condition(depth - 1));
                (format!("(({}) = ({}))", one.0, two.0), format!("(({}) = ({}))", one.1, two.1))
            }
            n => {
                let word = if n % 2 == 0 { "and" } else { "or" };
                let (one, two) = (self.condition(depth - 1), self.condition(depth - 1));
                (format!("({} {word} {})", one.0, two.0), format!("({} {word} {})", one.1, two.1))
            }
        }
    }
}

/// Rows over these columns, every combination.
fn filled(columns: &[Made]) -> Connection {
    let lite = Connection::open_in_memory().unwrap();
    let parts: Vec<String> = columns
        .iter()
        .map(|c| {
            format!(
                "({}) as t_{}",
                c.domain.iter().map(|v| format!("select {v} as {}", c.name)).collect::<Vec<_>>().join(" union all "),
                c.name
            )
        })
        .collect();
    let from = if parts.is_empty() { "(select 1)".to_owned() } else { parts.join(", ") };
    lite.execute_batch(&format!("create table r as select * from {from}")).unwrap();
    lite
}

fn count(lite: &Connection, from: &str, condition: &str) -> i64 {
    lite.query_row(&format!("select count(*) from {from} where {condition}"), [], |row| row.get(0))
        .unwrap_or_else(|e| panic!("{e}: {condition}"))
}

/// What is claimed of one direction against all rows: `shown` but not `hidden`. False: nothing is claimed.
fn judge(lite: &Connection, columns: &[Made], side: &Side, hidden: &str, shown: &str) -> bool {
    let differs = format!("(({shown}) is true and ({hidden}) is not true)");
    let declared: Vec<String> = columns.iter().filter(|c| matches!(c.name, "c" | "g")).map(|c| format!("{} is not null", c.name)).collect();
    let declared = if declared.is_empty() { "true".to_owned() } else { declared.join(" and ") };
    let (surely, at_all) = (count(lite, "r", &format!("{differs} and {declared}")), count(lite, "r", &differs));
    let context = format!("hidden: {hidden}\nshown: {shown}\n{side:?}");
    let witness = match side {
        Side::None => {
            assert_eq!(at_all, 0, "{context}");
            return true;
        }
        Side::Some(witness) => {
            assert!(surely > 0, "{context}");
            witness
        }
        Side::Perhaps(Some(witness), Why::Declared) => {
            assert!(surely == 0 && at_all > 0, "{context}");
            witness
        }
        // Alternatives within alternatives, more of them than are taken apart.
        Side::Perhaps(_, Why::Opaque | Why::TooMany) => return false,
        Side::Perhaps(..) => panic!("undecided: {context}"),
    };
    assert!(witness.given.is_empty() && witness.entitled.is_empty() && witness.without.is_empty(), "{context}");
    // Whatever the other columns hold.
    let taken = columns.iter().map(|c| {
        let cell = witness.row.iter().find(|cell| cell.name == c.name);
        match cell.map(|cell| cell.value.as_deref().unwrap_or("null")) {
            Some(value) if c.family == "moment" && value != "null" => {
                format!("{} as {}", micros(value), c.name)
            }
            Some(value) => format!("{value} as {}", c.name),
            None => c.name.to_owned(),
        }
    });
    let from = format!("(select {} from r)", taken.collect::<Vec<_>>().join(", "));
    assert_eq!(count(lite, &from, &format!("{differs} is not true")), 0, "{context}");
    assert!(witness.row.iter().all(|cell| columns.iter().any(|c| c.name == cell.name)), "{context}");
    true
}

#[test]
#[expect(clippy::disallowed_methods, reason = "more rounds on demand")]
fn claims_equal_what_sqlite_says_of_every_row() {
    let rounds = std::env::var("PIPEC_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(25usize);
    let mut chance = Chance(0x5eed_1234_9876_0001);
    let names = ["a", "b", "c", "n", "t", "u", "f", "g", "d", "ts"];
    let mut made: Vec<(Vec<Made>, Vec<Both>)> = Vec::new();
    for _ in 0..rounds {
        let mut columns: Vec<Made> = Vec::new();
        while columns.len() < 3 {
            let name = *chance.pick(&names);
            let large = |c: &Made| matches!(c.name, "n" | "ts");
            if columns.iter().all(|c| c.name != name && !(large(c) && large(&column(name)))) {
                columns.push(column(name));
            }
        }
        let conditions = (0..6).map(|_| {
            let depth = chance.below(4);
            Maker { chance: &mut chance, columns: &columns }.condition(depth)
        });
        let conditions = conditions.collect();
        made.push((columns, conditions));
    }
    let written: Vec<String> = made.iter().flat_map(|(_, all)| all.iter().map(|b| b.0.clone())).collect();
    let rules = rules(&written, PROJECT);
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for ((columns, conditions), rules) in made.iter().zip(rules.chunks(6)) {
        let lite = filled(columns);
        for (old, first) in conditions.iter().zip(rules) {
            for (new, second) in conditions.iter().zip(rules) {
                let found = compare(&rows(first), &rows(second));
                if !judge(&lite, columns, &found.gained, &old.1, &new.1) {
                    *tally.entry("nothing claimed".to_owned()).or_default() += 1;
                }
                *tally.entry(format!("{:?}", found.verdict())).or_default() += 1;
            }
        }
    }
    // Nearly everything is decided, and the conditions are of all kinds, or nothing has been shown.
    assert!(["Equal", "Weaker", "Stronger", "Incomparable"].iter().all(|v| tally[*v] > rounds / 2), "{tally:?}");
    assert!(tally.get("nothing claimed").is_none_or(|n| n * 100 < rounds * 36), "{tally:?}");
}
