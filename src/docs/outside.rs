//! What the platform runs on, what is told over HTTP and in dashboards, and what tests say: a page each, of one template.

use super::Files;
use super::page::{Link, Page, Pages};
use super::site::Site;
use super::words::prose;
use crate::ir::platform::{Given, NetworkKind, Platform, Source, Value};
use crate::ir::{AccessAsked, Api, Exposure, Program, TestRows, Thing as What, UnitTest};
use serde::Serialize;

#[derive(Serialize)]
struct Things {
    things: Vec<Thing>,
}

/// A declaration: facts about it, and lists of what belongs to it.
#[derive(Serialize)]
struct Thing {
    id: String,
    kind: &'static str,
    name: String,
    doc: String,
    facts: Vec<Fact>,
    lists: Vec<Listed>,
    place: String,
}

#[derive(Serialize)]
struct Fact {
    says: &'static str,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Listed {
    caption: String,
    heads: Vec<&'static str>,
    rows: Vec<Vec<Link>>,
}

fn word(text: impl Into<String>) -> Link {
    Link { text: text.into(), href: String::new() }
}

fn fact(says: &'static str, text: impl Into<String>) -> Fact {
    Fact { says, links: vec![word(text)] }
}

/// The pages, where there is anything to say.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let program = site.program;
    let mut told: Vec<Thing> = program.apis.iter().enumerate().map(|(i, a)| api(site, i, a)).collect();
    told.extend(program.exposures.iter().enumerate().map(|(i, e)| exposure(site, i, e)));
    let mut tested: Vec<Thing> = program.unit_tests.iter().enumerate().map(|(i, t)| unit_test(site, i, t)).collect();
    tested.extend(access_tests(site));
    let all = [
        ("outside.html", "APIs and exposures", told),
        ("infrastructure.html", "Infrastructure", infrastructure(site, &program.platform)),
        ("tests.html", "Tests", tested),
    ];
    let mut files = Files::new();
    for (path, title, things) in all.into_iter().filter(|(.., things)| !things.is_empty()) {
        let page = Page { path: path.to_owned(), title: title.to_owned(), template: "things" };
        files.push(pages.fill(site, page, &Things { things })?);
    }
    Ok(files)
}

fn api(site: &Site<'_>, index: usize, api: &Api) -> Thing {
    let columns = |only: &Option<Vec<crate::ir::FieldName>>| {
        only.as_ref().map_or("all".to_owned(), |only| only.iter().map(|(c, _)| c.as_str()).collect::<Vec<_>>().join(", "))
    };
    let shown = api.exposed.iter().map(|e| {
        let filters = e.filters.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>().join(", ");
        vec![word(format!("GET /{}", e.path)), site.table_link(e.view.unwrap_or(e.table)), word(columns(&e.only)), word(filters)]
    });
    let taken =
        api.creates.iter().map(|c| vec![word(format!("POST /{}", c.path)), site.table_link(c.table), word(columns(&c.only)), word("")]);
    let token = match &api.anonymous {
        Some((because, _)) => format!("with or without a token, because {because}"),
        None => format!("with a token, signed with {}, for {}", api.token.algorithm, api.token.audience),
    };
    let mut facts = vec![Fact { says: "Runs as", links: vec![site.role_link(&api.role)] }, fact("Asked", token)];
    facts.extend(api.login.as_ref().map(|claim| fact("Each login has rows of its own, by", claim.to_string())));
    facts.push(fact("Rows of a page", format!("{}, at most {}", api.page, api.most)));
    Thing {
        id: format!("api-{index}"),
        kind: "API",
        name: api.name.to_string(),
        doc: prose(&api.doc),
        facts,
        lists: vec![Listed {
            caption: format!("What {} answers", api.name),
            heads: vec!["Request", "Table", "Columns", "Filters"],
            rows: shown.chain(taken).collect(),
        }],
        place: site.place(api.at),
    }
}

fn exposure(site: &Site<'_>, index: usize, one: &Exposure) -> Thing {
    let program = site.program;
    let owner = one.owner.as_deref().or(program.told_of_project().owner).unwrap_or(program.project.name.as_str());
    let owner = one.email.as_ref().map_or(owner.to_owned(), |mail| format!("{owner}, {mail}"));
    let mut facts = vec![
        fact("Kind", one.kind.to_string()),
        fact("Owner", owner),
        Fact { says: "Looked at by", links: one.roles.iter().map(|(r, _)| site.role_link(r)).collect() },
        Fact { says: "Reads", links: one.reads.iter().map(|(t, _)| site.table_link(*t)).collect() },
    ];
    // An address of somebody else's stays a text: no page leads out of the site.
    facts.extend(one.url.as_ref().map(|url| fact("Where", url.to_string())));
    Thing {
        id: format!("exposure-{index}"),
        kind: "Exposure",
        name: one.name.to_string(),
        doc: prose(&one.doc),
        facts,
        lists: Vec::new(),
        place: site.place(one.at),
    }
}

fn unit_test(site: &Site<'_>, index: usize, test: &UnitTest) -> Thing {
    let rows = |what: &str, rows: &TestRows| {
        let n = rows.rows.len();
        vec![word(what), site.table_link(rows.table), word(format!("{n} {}", if n == 1 { "row" } else { "rows" }))]
    };
    let given = test.given.iter().map(|r| rows("given", r));
    let expected = test.expect.iter().map(|r| rows("expected", r));
    Thing {
        id: format!("test-{index}"),
        kind: "Test",
        name: test.title.to_string(),
        doc: String::new(),
        facts: test.run_date.iter().map(|day| fact("Built for", day.to_string())).collect(),
        lists: vec![Listed {
            caption: "Rows that stand in, and rows that come out".to_owned(),
            heads: vec!["", "Table", "Rows"],
            rows: given.chain(expected).collect(),
        }],
        place: site.place(test.at),
    }
}

/// What tests say of access, in one list.
fn access_tests(site: &Site<'_>) -> Option<Thing> {
    let tests = &site.program.access_tests;
    let rows = tests.iter().map(|t| {
        let path = t.path.iter().map(crate::base::Ident::as_str).collect::<Vec<_>>().join(".");
        let may = if t.can { "can" } else { "cannot" };
        let more = match &t.about {
            AccessAsked::Any | AccessAsked::Unread => String::new(),
            AccessAsked::Masked(by) => format!(" masked by {by}"),
            AccessAsked::Rows(rows) => {
                let written = site.sources.slice(rows.written).split_whitespace().collect::<Vec<_>>().join(" ");
                format!("{} where {written}", if rows.only { " only" } else { "" })
            }
        };
        vec![word(t.title.as_str()), site.role_link(&t.role), word(format!("{may} {}", t.verb.name())), word(format!("{path}{more}"))]
    });
    let first = tests.first()?;
    Some(Thing {
        id: "access-tests".to_owned(),
        kind: "Tests of",
        name: "access".to_owned(),
        doc: "Decided whenever the project is checked.".to_owned(),
        facts: Vec::new(),
        lists: vec![Listed { caption: "Who can and who cannot".to_owned(), heads: vec!["Test", "Role", "", "What"], rows: rows.collect() }],
        place: site.place(first.at),
    })
}

/// Who answers for it, and its tags.
fn told(program: &Program, what: What, name: &crate::base::Ident) -> Vec<Fact> {
    let told = program.told_of(what, name);
    let owner = told.owner.map(|o| fact("Owner", o.to_owned()));
    owner.into_iter().chain((!told.tags.is_empty()).then(|| fact("Tags", told.tags.join(", ")))).collect()
}

fn given(given: &Given) -> String {
    match given {
        Given::Text(text) => text.to_string(),
        Given::Variable(name) => format!("variable {name}"),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Texts(texts) => texts.iter().map(|t| &**t).collect::<Vec<_>>().join(", "),
    }
}

fn infrastructure(site: &Site<'_>, platform: &Platform) -> Vec<Thing> {
    let mut number = 0usize;
    let mut thing = |kind: &'static str, name: &crate::base::Ident, doc: &str, facts: Vec<Fact>, at: crate::base::Span| {
        number += 1;
        Thing {
            id: format!("platform-{number}"),
            kind,
            name: name.to_string(),
            doc: prose(doc),
            facts,
            lists: Vec::new(),
            place: site.place(at),
        }
    };
    let mut all = Vec::new();
    for one in &platform.environments {
        let mut facts = vec![fact("What is in it", if one.disposable { "may be lost" } else { "is kept" })];
        facts.extend(one.values.iter().map(|(name, v)| fact("Sets", format!("{name} = {}", value(v)))));
        all.push(thing("Environment", &one.name, &one.doc, facts, one.at));
    }
    for one in &platform.variables {
        let mut facts = vec![fact("Type", one.ty.name())];
        facts.extend(one.default.as_ref().map(|v| fact("When nobody says", value(v))));
        facts.extend((!one.one_of.is_empty()).then(|| fact("One of", one.one_of.iter().map(|t| &**t).collect::<Vec<_>>().join(", "))));
        facts.extend(one.matches.as_ref().map(|m| fact("Matches", m.to_string())));
        facts.extend(one.range.map(|(least, most)| fact("Between", format!("{least} and {most}"))));
        facts.extend(one.sensitive.then(|| fact("Shown", "nowhere")));
        all.push(thing("Variable", &one.name, &one.doc, facts, one.at));
    }
    for one in &platform.networks {
        let mut facts = match &one.kind {
            NetworkKind::Own { cidr, zones, nat } => {
                let reach = if *nat { "reach the internet" } else { "are cut off from the internet" };
                vec![fact("Addresses", cidr.to_string()), fact("Zones", zones.to_string()), fact("Private subnets", reach)]
            }
            NetworkKind::Default(because) => vec![fact("The account's default network, because", because.to_string())],
        };
        facts.extend(told(site.program, What::Network, &one.name));
        all.push(thing("Network", &one.name, &one.doc, facts, one.at));
    }
    for one in &platform.databases {
        let mut facts = vec![
            fact("Engine", format!("Postgres {}", one.version)),
            fact("Class", given(&one.class)),
            fact("Storage", format!("{} to {} GB", one.storage.0, one.storage.1)),
            fact("Backups", format!("{} days", one.backup_days)),
            fact("Network", format!("{}, private", one.network)),
        ];
        facts.extend(told(site.program, What::Database, &one.name));
        all.push(thing("Database", &one.name, &one.doc, facts, one.at));
    }
    all.extend(computes(site.program, &mut thing));
    all
}

fn computes(
    program: &Program,
    thing: &mut impl FnMut(&'static str, &crate::base::Ident, &str, Vec<Fact>, crate::base::Span) -> Thing,
) -> Vec<Thing> {
    let one = |one: &crate::ir::platform::Compute| {
        let mut facts = vec![fact("Type", given(&one.class)), fact("Image", given(&one.image)), fact("Disk", format!("{} GB", one.disk))];
        facts.push(fact(
            "Network",
            format!("{}, {}", one.network, if one.side == crate::ir::platform::Side::Public { "public" } else { "private" }),
        ));
        for allow in &one.allows {
            let from = match &allow.from {
                Source::Cidr(cidr) => cidr.to_string(),
                Source::Compute(name) => format!("machine {name}"),
            };
            let because = allow.because.as_ref().map(|b| format!(", because {b}")).unwrap_or_default();
            facts.push(fact("Reached", format!("on port {} from {from}{because}", allow.port)));
        }
        facts.extend(one.uses.iter().map(|d| fact("Reaches database", d.to_string())));
        facts.extend(one.runs.iter().map(|(p, _)| fact("Runs pipeline", p.to_string())));
        let of = |name: &crate::base::Ident, what: &str| format!("{what} {name}");
        let exports = one.exports.iter().filter_map(|n| program.exports.get(*n as usize)).map(|e| of(&e.name, "export"));
        facts.extend(exports.map(|e| fact("Writes", e)));
        let loads = one.loads.iter().filter_map(|n| program.loads.get(*n as usize)).map(|l| of(&l.name, "load"));
        facts.extend(loads.map(|l| fact("Reads and archives", l)));
        facts.extend(one.secrets.iter().map(|s| fact("Reads secret", s.to_string())));
        facts.extend(program.secrets_of_machine(one).iter().map(|s| fact("Reads secret", format!("{s}, for its pipelines"))));
        facts.extend(one.bootstrap.as_ref().map(|(path, _)| fact("Runs at its first start", path.to_string())));
        facts.extend(told(program, What::Compute, &one.name));
        thing("Machine", &one.name, &one.doc, facts, one.at)
    };
    program.platform.computes.iter().map(one).collect()
}
