use super::collect::Found;
use super::globs::{Use, Written};
use super::reader::Reader;
use super::words::{Key, Read, Words, choice, missing, wrong};
use crate::ir::Exposure;
use std::sync::Arc;

const SETTINGS: [&str; 6] = ["type", "url", "owner", "email", "role", "reads"];
/// dbt's words.
const KINDS: [&str; 5] = ["dashboard", "notebook", "analysis", "ml", "application"];

impl<'a> Reader<'a, '_> {
    /// `exposure board { type dashboard; url "https://…"; owner "figures" email "…"; role management; reads kpis, marts }`
    pub(super) fn exposures(&mut self, found: &[Found<'a>]) {
        self.each(found, "exposure", |reader, one, words| {
            let (name, at) = words.name("the name of the exposure")?;
            if !reader.declare("exposures", &name, at) {
                return Ok(());
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let kind = Arc::from("dashboard");
            let mut made = Exposure { name, kind, url: None, owner: None, email: None, roles: Vec::new(), reads: Vec::new(), doc, at };
            let reported = reader.diagnostics.len();
            reader.settings(words, |reader, words, key| reader.exposure_setting(words, key, &mut made));
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let name = &made.name;
            if made.reads.is_empty() {
                return Err(missing(at, format!("exposure `{name}` reads nothing")).help("add `reads …` with the tables it shows"));
            }
            if made.roles.is_empty() {
                let problem = missing(at, format!("exposure `{name}` does not say who looks at it"));
                return Err(problem.help("add `role …`: it shows what this role may read, and nothing more"));
            }
            reader.out.program.exposures.push(made);
            Ok(())
        });
        self.out.program.exposures.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn exposure_setting(&mut self, words: &mut Words<'_>, key: Key<'_>, made: &mut Exposure) -> Read<()> {
        match key.text {
            "type" => {
                let kind = words.key("what it is")?;
                if !KINDS.contains(&kind.text) {
                    return Err(choice("kind of exposure", kind, KINDS));
                }
                made.kind = Arc::from(kind.text);
            }
            "url" => {
                let at = words.here();
                let url = words.text("its address")?;
                if !is_address(&url) {
                    let problem = wrong(at, "an address begins with `https://` or `http://`, and holds no blank and no login");
                    return Err(problem.help("write the address that people open; what opens it for them is their own login"));
                }
                made.url = Some(url);
            }
            "owner" => made.owner = Some(named(words, "who answers for it")?),
            "email" => made.email = Some(named(words, "an address for mail")?),
            "role" => {
                for (role, at) in words.names("a role")? {
                    self.role(&role, at)?;
                    made.roles.push((role, at));
                }
            }
            "reads" => {
                let written = words.list(Written::read)?;
                made.reads.extend(self.tables(&written, Use::Access)?);
            }
            _ => return Err(key.unknown("exposure", &SETTINGS)),
        }
        Ok(())
    }
}

fn named(words: &mut Words<'_>, what: &str) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text(what)?;
    if text.trim().is_empty() { Err(wrong(at, format!("{what} is a text that is not empty"))) } else { Ok(text) }
}

/// An address without whom to log in as: that would be a secret in an artifact.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or("");
    !host.is_empty() && !host.contains('@') && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}
