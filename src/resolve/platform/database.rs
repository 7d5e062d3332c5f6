use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Key, Read, Words, choice, missing, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::platform::{Database, Given, Origin, Side};
use crate::ir::{Tagged, Thing};
use crate::syntax::ast::{Word, WordKind};
use std::sync::Arc;

const DATABASE: [&str; 12] = ["engine", "class", "storage", "backups", "in", "name", "user", "adopt", "moved", "called", "owner", "tags"];
/// Versions of Postgres that RDS makes new databases of.
const VERSIONS: (u32, u32) = (13, 18);
/// What RDS keeps for itself, or Postgres does.
const NO_USERS: [&str; 6] = ["admin", "administrator", "rdsadmin", "public", "root", "user"];

struct Said {
    version: Option<u32>,
    class: Option<Given>,
    storage: Option<(u32, u32)>,
    backup_days: u32,
    network: Option<Ident>,
    database: Option<Arc<str>>,
    user: Arc<str>,
    origin: Origin,
}

impl<'a> Reader<'a, '_> {
    /// `database warehouse on aws { engine postgres 16; class var("db_class"); storage 100GB..500GB; backups 7d; in main }`
    pub(super) fn databases(&mut self, found: &[Found<'a>]) {
        self.each(found, "database", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "database", "databases")? else { return Ok(()) };
            reader.cloud_word(words, "aws")?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut said = Said {
                version: None,
                class: None,
                storage: None,
                backup_days: 7,
                network: None,
                database: None,
                user: Arc::from("keeper"),
                origin: Origin::default(),
            };
            let reported = reader.diagnostics.len();
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| match super::super::tagged::said(words, key, &mut tagged)? {
                true => Ok(()),
                false => reader.database_setting(&mut said, words, key),
            });
            reader.tag(Thing::Database, &name, tagged);
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let lacks = |what: &str, help: &str| missing(at, format!("database `{name}` lacks {what}")).help(format!("add `{help}`"));
            let database = Database {
                version: said.version.ok_or_else(|| lacks("its engine", "engine postgres 16"))?,
                class: said.class.ok_or_else(|| lacks("its class", "class \"db.t4g.medium\""))?,
                storage: said.storage.ok_or_else(|| lacks("its storage", "storage 100GB..500GB"))?,
                backup_days: said.backup_days,
                network: said.network.ok_or_else(|| lacks("its network", "in main"))?,
                database: said.database.unwrap_or_else(|| Arc::from(name.as_str())),
                user: said.user,
                origin: said.origin,
                name,
                doc,
                at,
            };
            reader.out.program.platform.databases.push(database);
            Ok(())
        });
        let all: Vec<_> = self.out.program.platform.databases.iter().map(|n| (n.name.clone(), n.origin.clone(), n.at)).collect();
        self.moves("database", &all);
    }

    fn database_setting(&mut self, said: &mut Said, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
        let at = words.here();
        match key.text {
            "engine" => {
                let engine = words.key("the engine")?;
                if engine.text != "postgres" {
                    return Err(choice("engine", engine, ["postgres"]));
                }
                let at = words.here();
                let version = words.number("the major version of Postgres")?;
                if !(VERSIONS.0..=VERSIONS.1).contains(&version) {
                    return Err(bad(at, format!("Postgres {version} is none that is made: it is {} to {}", VERSIONS.0, VERSIONS.1)));
                }
                said.version = Some(version);
            }
            "class" => said.class = Some(self.given(words, "the class", class)?),
            "storage" => said.storage = Some(storage(words)?),
            "backups" => {
                let days = words.days("`backups`")?;
                if days > 35 {
                    return Err(bad(at, format!("RDS keeps backups for up to 35 days, not {days}")));
                }
                said.backup_days = days;
            }
            "in" => {
                let (network, side) = self.place(words)?;
                if side == Side::Public {
                    return Err(bad(at, "a database lies where the internet cannot reach it").help(format!("write `in {network} private`")));
                }
                said.network = Some(network);
            }
            "name" => said.database = Some(postgres_name(words, "the name of the first database")?),
            "user" => {
                let user = postgres_name(words, "the name of the administrator")?;
                if NO_USERS.contains(&&*user) || user.starts_with("pg_") || user.starts_with("rds") {
                    return Err(bad(at, format!("`{user}` is a name that RDS keeps for itself")));
                }
                said.user = user;
            }
            "adopt" => self.adopt(words, &mut said.origin)?,
            "moved" => self.moved(words, &mut said.origin)?,
            "called" => said.origin.called = Some(self.cloud_name(words)?),
            "password" => {
                return Err(key
                    .unknown("database", &DATABASE)
                    .help("RDS makes the password and keeps it in Secrets Manager: nobody writes one"));
            }
            _ => return Err(key.unknown("database", &DATABASE)),
        }
        Ok(())
    }
}

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadDatabase, at, message)
}

fn class(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let word = |w: &&str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let good = matches!(parts.as_slice(), ["db", family, size] if word(family) && word(size));
    (!good).then(|| "is no class of RDS, like `db.t4g.medium`".to_owned())
}

/// `100GB..500GB`
fn storage(words: &mut Words<'_>) -> Read<(u32, u32)> {
    let at = words.here();
    let word = words.next().map(|w| &w.kind);
    let ends = match word {
        Some(WordKind::Range(from, to)) => gigabytes(from).zip(gigabytes(to)),
        _ => None,
    };
    let (from, to) = ends.ok_or_else(|| wrong(at, "`storage` is how much at first and at most, `100GB..500GB`"))?;
    // RDS: 20 to 65,536 GiB, and a limit that lies at least a tenth above.
    if from < 20 || to > 65_536 || u64::from(to) * 10 < u64::from(from) * 11 {
        return Err(bad(at, "RDS takes 20GB to 65536GB, and a limit at least a tenth above what it begins with"));
    }
    Ok((from, to))
}

/// `100GB`, `1TB`
pub(super) fn gigabytes(word: &Word) -> Option<u32> {
    let WordKind::Number { value, unit } = &word.kind else { return None };
    let factor = match unit.as_str() {
        "GB" => 1,
        "TB" => 1024,
        _ => return None,
    };
    value.parse::<u32>().ok()?.checked_mul(factor)
}

fn postgres_name(words: &mut Words<'_>, what: &str) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text(what)?;
    let good = text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 63;
    if !good || !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return Err(bad(at, format!("{what} is lower-case letters, digits and `_`, from a letter, at most 63 of them")));
    }
    Ok(text)
}
