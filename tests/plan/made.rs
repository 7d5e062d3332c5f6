//! Made-up programs: sources, models over each other, policies, grants, exports, and edits of them. The same program can be written in many ways.

use crate::support::Random;
use std::fmt::Write as _;

/// A condition over `region` and `level`, which every table has.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Level(&'static str, i64),
    Region(Vec<&'static str>),
    IsNull(&'static str),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

pub(crate) const REGIONS: [&str; 3] = ["north", "south", "west"];

impl Condition {
    pub(crate) fn made(random: &mut Random, depth: usize) -> Condition {
        let inner = |random: &mut Random| Box::new(Condition::made(random, depth - 1));
        match random.below(if depth == 0 { 3 } else { 6 }) {
            0 => Condition::Level(random.pick::<&str>(&["<", "<=", ">", ">=", "=", "<>"]), i64::try_from(random.below(4)).unwrap()),
            1 => {
                let mut all = REGIONS.to_vec();
                random.shuffle(&mut all);
                all.truncate(1 + random.below(2));
                Condition::Region(all)
            }
            2 => Condition::IsNull(random.pick::<&str>(&["region", "level"])),
            3 => Condition::And(inner(random), inner(random)),
            4 => Condition::Or(inner(random), inner(random)),
            _ => Condition::Not(inner(random)),
        }
    }

    pub(crate) fn text(&self, alias: &str) -> String {
        match self {
            Condition::Level(sign, n) => format!("{alias}level {sign} {n}"),
            Condition::Region(all) => format!("{alias}region in ({})", all.iter().map(|r| format!("'{r}'")).collect::<Vec<_>>().join(", ")),
            Condition::IsNull(column) => format!("{alias}{column} is null"),
            Condition::And(a, b) => format!("({}) and ({})", a.text(alias), b.text(alias)),
            Condition::Or(a, b) => format!("({}) or ({})", a.text(alias), b.text(alias)),
            Condition::Not(a) => format!("not ({})", a.text(alias)),
        }
    }

    /// SQL's three values over one row.
    pub(crate) fn holds(&self, region: Option<&str>, level: Option<i64>) -> Option<bool> {
        match self {
            Condition::Level(sign, n) => level.map(|l| match *sign {
                "<" => l < *n,
                "<=" => l <= *n,
                ">" => l > *n,
                ">=" => l >= *n,
                "=" => l == *n,
                _ => l != *n,
            }),
            Condition::Region(all) => region.map(|r| all.contains(&r)),
            Condition::IsNull(column) => Some(if *column == "region" { region.is_none() } else { level.is_none() }),
            Condition::And(a, b) => match (a.holds(region, level), b.holds(region, level)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(a, b) => match (a.holds(region, level), b.holds(region, level)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Condition::Not(a) => a.holds(region, level).map(|b| !b),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    /// `clinic.patients`, `clinic.visits`, or a model.
    pub(crate) from: String,
    filter: Option<Condition>,
    /// Reads visits' patients, too.
    joined: bool,
    grouped: bool,
    kept: &'static str,
    /// Name and expression over `{}`, the alias.
    columns: Vec<(String, String)>,
    doc: String,
    tested: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) on: String,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) condition: Condition,
}

/// A program as what is declared in it, in no order.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    clearances: Vec<(&'static str, &'static str)>,
    group: &'static str,
    pub(crate) models: Vec<Model>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) grants: Vec<(String, &'static str)>,
    exported: Vec<String>,
    hour: usize,
    digits: usize,
    region: &'static str,
}

const ROLES: [&str; 3] = ["nurse", "doctor", "auditor"];
const KEPT: [&str; 5] = ["", " as view", " as table", " as incremental(key: id)", " as history(key: id)"];

impl Program {
    pub(crate) fn made(random: &mut Random) -> Program {
        let mut made = Program {
            clearances: ROLES.iter().map(|r| (*r, if random.percent(80) { "internal" } else { "limited_data_set" })).collect(),
            group: "nurses",
            models: Vec::new(),
            policies: Vec::new(),
            grants: Vec::new(),
            exported: Vec::new(),
            hour: random.below(24),
            digits: 4,
            region: "@public",
        };
        for _ in 0..2 + random.below(5) {
            made.add_model(random);
        }
        for _ in 0..1 + random.below(4) {
            made.add_policy(random);
        }
        for _ in 0..2 + random.below(5) {
            made.add_grant(random);
        }
        made.exported = made.models.iter().filter(|_| random.percent(25)).map(|m| m.name.clone()).collect();
        made
    }

    fn add_model(&mut self, random: &mut Random) {
        let number = (0..).find(|n| !self.models.iter().any(|m| m.name == format!("m{n}"))).unwrap();
        let plain: Vec<String> = self.models.iter().filter(|m| !m.grouped && m.kept != KEPT[4]).map(|m| m.name.clone()).collect();
        let from = match random.below(4) {
            0 => "clinic.patients".to_owned(),
            1 => "clinic.visits".to_owned(),
            _ if plain.is_empty() => "clinic.patients".to_owned(),
            _ => random.pick(&plain).clone(),
        };
        let grouped = random.percent(20);
        let mut model = Model {
            name: format!("m{number}"),
            joined: from == "clinic.visits" && random.percent(50),
            filter: random.percent(50).then(|| Condition::made(random, 1)),
            kept: if grouped { KEPT[random.below(3)] } else { KEPT[random.below(30).min(4).min(if random.percent(80) { 2 } else { 4 })] },
            columns: Vec::new(),
            doc: format!("Number {number}."),
            tested: random.percent(30),
            grouped,
            from,
        };
        for _ in 0..random.below(4) {
            self.add_column(&mut model, random);
        }
        self.models.push(model);
    }

    /// What a model can select besides what each has.
    fn add_column(&self, model: &mut Model, random: &mut Random) {
        let name = format!("c{}", (0..).find(|n| !model.columns.iter().any(|(c, _)| *c == format!("c{n}"))).unwrap());
        let mut offered: Vec<String> = if model.grouped {
            vec!["count(*)".to_owned(), "max({}.level)".to_owned(), "min({}.region)".to_owned()]
        } else {
            vec!["{}.level + 1".to_owned(), "upper({}.region)".to_owned(), "coalesce({}.level, 0)".to_owned()]
        };
        match model.from.as_str() {
            _ if model.grouped => {}
            "clinic.patients" => offered
                .extend(["{}.name", "{}.phone", "redact({}.name)", "lower({}.name)", "keep_last({}.phone, DIGITS)"].map(str::to_owned)),
            "clinic.visits" => offered.extend(
                ["{}.minutes", "{}.reason", "redact({}.reason)", "{}.minutes * 2", "{}.note.text", "{}.note.author"].map(str::to_owned),
            ),
            other => {
                let read = self.models.iter().find(|m| m.name == other);
                offered.extend(read.into_iter().flat_map(|m| &m.columns).map(|(c, _)| format!("{{}}.{c}")));
            }
        }
        model.columns.push((name, random.pick(&offered).clone()));
    }

    fn add_policy(&mut self, random: &mut Random) {
        let number = (0..).find(|n| !self.policies.iter().any(|p| p.name == format!("p{n}"))).unwrap();
        let mut roles = ROLES.to_vec();
        random.shuffle(&mut roles);
        roles.truncate(1 + random.below(2));
        let on = random.pick(&self.models).name.clone();
        self.policies.push(Policy { name: format!("p{number}"), on, roles, condition: Condition::made(random, 2) });
    }

    fn add_grant(&mut self, random: &mut Random) {
        let grant = (random.pick(&self.models).name.clone(), *random.pick(&ROLES));
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
    }

    /// One change as people make them. What comes of it need not compile.
    pub(crate) fn edit(&mut self, random: &mut Random) {
        let model = random.below(self.models.len());
        let policy = random.below(self.policies.len());
        match random.below(18) {
            0..=2 if !self.policies.is_empty() => {
                let was = self.policies[policy].condition.clone();
                let more = Condition::made(random, 1);
                self.policies[policy].condition = match random.below(4) {
                    0 => Condition::Or(Box::new(was), Box::new(more)),
                    1 => Condition::And(Box::new(was), Box::new(more)),
                    2 => Condition::Not(Box::new(Condition::Not(Box::new(was)))),
                    _ => more,
                };
            }
            3 if !self.policies.is_empty() => _ = self.policies.remove(policy),
            4 => self.add_policy(random),
            5 if !self.policies.is_empty() => self.policies[policy].roles = vec![*random.pick(&ROLES)],
            6 => self.add_grant(random),
            7 if !self.grants.is_empty() => _ = self.grants.remove(random.below(self.grants.len())),
            8 => self.models[model].filter = random.percent(70).then(|| Condition::made(random, 1)),
            9 | 10 => {
                let mut edited = self.models[model].clone();
                self.add_column(&mut edited, random);
                self.models[model] = edited;
            }
            11 => _ = self.models[model].columns.pop(),
            12 => self.digits = 2 + random.below(4),
            13 => self.models[model].kept = KEPT[random.below(if self.models[model].grouped { 3 } else { 5 })],
            14 => self.add_model(random),
            15 => {
                let at = random.below(self.clearances.len());
                self.clearances[at].1 = *random.pick(&["internal", "limited_data_set"]);
            }
            16 => {
                let name = self.models[model].name.clone();
                match self.exported.iter().position(|e| *e == name) {
                    Some(at) => _ = self.exported.remove(at),
                    None => self.exported.push(name),
                }
            }
            _ => match random.below(5) {
                0 => self.hour = random.below(24),
                1 => self.group = *random.pick(&["nurses", "everyone"]),
                2 => self.region = *random.pick(&["@public", "@city"]),
                3 => self.models[model].tested ^= true,
                _ => self.models[model].doc.push_str(" Said otherwise."),
            },
        }
    }

    /// The program as files, written in one of many ways: order, aliases, comments, line ends.
    pub(crate) fn files(&self, random: &mut Random) -> Vec<(String, String)> {
        let mut all = self.declarations(random);
        random.shuffle(&mut all);
        let mut files = vec![String::new(); 1 + random.below(3)];
        for one in all {
            let at = random.below(files.len());
            files[at].push_str(&one);
            files[at].push_str(random.pick::<&str>(&["\n", "\n\n\n", "\n// and now\n"]));
        }
        let ending = *random.pick(&["\n", "\r\n"]);
        files.iter().enumerate().map(|(n, text)| (format!("{}{n}.pipe", random.below(9)), text.replace('\n', ending))).collect()
    }

    fn declarations(&self, random: &mut Random) -> Vec<String> {
        let mut all = vec![
            "project made {\n  warehouse postgres { database = env(\"D\") }\n  cloud aws { region = \"eu-west-1\" }\n  emit dbt, sql, terraform, iam, cron\n}\n".to_owned(),
            "use std.hipaa\n".to_owned(),
            format!(
                "type Note {{\n  text text? @free_text\n  author text? @free_text\n}}\n\nsource clinic on warehouse schema \"clinic\" {{\n  table patients {{\n    id text key @record_id\n    name text @name\n    phone text? @phone\n    region text? {}\n    level integer? @public\n  }}\n  table visits {{\n    id text key @record_id\n    patient_id text references patients.id @record_id\n    minutes integer @public\n    reason text? @free_text\n    note json<Note>?\n    region text? {0}\n    level integer? @public\n  }}\n}}\n",
                self.region
            ),
            "layer marts schema \"marts\" as table\n".to_owned(),
            format!("pipeline nightly on cron {{\n  schedule daily at {:02}:00 timezone \"UTC\"\n  build *\n}}\n", self.hour),
        ];
        for (role, clearance) in &self.clearances {
            let group = if *role == "nurse" { format!("; aws group \"{}\"", self.group) } else { String::new() };
            all.push(format!("role {role} {{ clearance {clearance}; postgres \"{role}\"{group} }}\n"));
        }
        all.extend(self.models.iter().map(|m| self.model(m, random)));
        for p in &self.policies {
            all.push(format!("policy {} on {} for {} where {}\n", p.name, p.on, p.roles.join(", "), p.condition.text("")));
        }
        all.extend(self.grants.iter().map(|(on, to)| format!("grant read on {on} to {to}\n")));
        if !self.exported.is_empty() {
            all.push("bucket files { name \"made-files\"; clearance internal; readers nurse }\n".to_owned());
            all.push(format!(
                "export daily to files {{\n  {}\n  format csv   path \"{{yyyy}}/{{mm}}/{{timestamp}}\"\n}}\n",
                self.exported.join("; ")
            ));
        }
        all
    }

    fn model(&self, m: &Model, random: &mut Random) -> String {
        let alias = *random.pick(&["t", "seen", "x1"]);
        let mut text = format!("/// {}\nmodel {} in marts{} {{\n  from {} as {alias}\n", m.doc, m.name, m.kept, m.from);
        if m.joined {
            let _ = writeln!(text, "  join clinic.patients as other on other.id = {alias}.patient_id");
        }
        if let Some(filter) = &m.filter {
            let _ = writeln!(text, "  where {}", filter.text(&format!("{alias}.")));
        }
        if m.grouped {
            let _ = writeln!(text, "  group by {alias}.region, {alias}.level");
        }
        let mut columns: Vec<String> = vec![format!("{alias}.region"), format!("{alias}.level")];
        if !m.grouped {
            columns.insert(0, format!("{alias}.id"));
        }
        for (name, value) in &m.columns {
            columns.push(format!("{name} = {}", value.replace("{}", alias).replace("DIGITS", &self.digits.to_string())));
        }
        let between = *random.pick(&["; ", "\n    "]);
        let _ = writeln!(text, "  select {{\n    {}\n  }}", columns.join(between));
        if m.tested && !m.grouped {
            let _ = writeln!(text, "  assert not_null(id)");
        }
        text + "}\n"
    }
}
