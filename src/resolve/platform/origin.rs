use super::super::reader::Reader;
use super::super::words::{Read, Words, unknown, wrong};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::Bucket;
use crate::ir::platform::Origin;

impl Reader<'_, '_> {
    /// `adopt "vpc-0123" in production`
    pub(in crate::resolve) fn adopt(&mut self, words: &mut Words<'_>, origin: &mut Origin) -> Read<()> {
        let at = words.here();
        let id = words.text("the id of what is there")?;
        if id.trim().is_empty() || id.chars().any(char::is_control) {
            return Err(Diagnostic::error(Code::BadAdoption, at, "what is adopted has an id"));
        }
        let environments = &self.out.program.platform.environments;
        let environment = if words.take("in") {
            let (name, at) = words.name("the environment")?;
            if !environments.iter().any(|e| e.name == name) {
                return Err(unknown("environment", name.as_str(), at, self.names_of("environments")));
            }
            Some(name)
        } else {
            None
        };
        if environment.is_none() && !environments.is_empty() {
            let message = "what is adopted lies in one environment, and this does not say which";
            return Err(Diagnostic::error(Code::BadAdoption, at, message)
                .help(format!("write `adopt \"{id}\" in production`, or another environment")));
        }
        origin.adopt = Some((id, environment));
        Ok(())
    }

    /// `moved from main`
    pub(in crate::resolve) fn moved(&mut self, words: &mut Words<'_>, origin: &mut Origin) -> Read<()> {
        words.expect("from")?;
        let (name, at) = words.name("what it was called")?;
        let good = name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.as_str().is_empty();
        if !good {
            return Err(wrong(at, "what it was called is letters, digits and `_`"));
        }
        origin.moved_from = Some(name);
        Ok(())
    }

    /// `called store`
    pub(in crate::resolve) fn cloud_name(&mut self, words: &mut Words<'_>) -> Read<Ident> {
        let (name, at) = words.name("what it is called in the cloud")?;
        let good = name.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let good = good && name.as_str().starts_with(|c: char| c.is_ascii_lowercase()) && name.as_str().len() <= 40;
        if good { Ok(name) } else { Err(wrong(at, "what it is called in the cloud is lower-case letters, digits and `_`")) }
    }

    /// A bucket cannot change its name: one that is adopted under another would be destroyed and made anew.
    pub(in crate::resolve) fn adopted_as_called(&mut self, bucket: &Bucket) {
        let Some((id, environment)) = &bucket.origin.adopt else { return };
        let environments = &self.out.program.platform.environments;
        let suffix = environment.as_ref().and_then(|e| environments.iter().find(|known| known.name == *e)).map_or("", |e| &*e.suffix);
        let called = format!("{}{suffix}", bucket.bucket_name);
        // Google knows a bucket by its project, too.
        if bucket.bucket_name.is_empty() || id.rsplit('/').next() == Some(&called) {
            return;
        }
        let message = format!("bucket `{}` is called `{called}` there, and `{id}` would be destroyed to make it", bucket.name);
        self.diagnostics.push(
            Diagnostic::error(Code::BadAdoption, bucket.at, message)
                .help("a bucket cannot be renamed: let `name`, with the environment's `suffix`, be the name of the one that is there"),
        );
    }

    /// Nothing is moved from a name that something has still, and no two from one.
    pub(in crate::resolve) fn moves(&mut self, kind: &str, all: &[(Ident, Origin, crate::base::Span)]) {
        for (index, (name, origin, at)) in all.iter().enumerate() {
            if let Some((twin, ..)) = all.iter().take(index).find(|(n, o, _)| kind != "bucket" && o.called(n) == origin.called(name)) {
                let message = format!("{kind} `{name}` and `{twin}` have one name in the cloud");
                self.diagnostics.push(Diagnostic::error(Code::BadAdoption, *at, message).help("say of one of them `called …`"));
            }
            let Some(from) = &origin.moved_from else { continue };
            let taken = all.iter().any(|(other, _, _)| other == from);
            let twice = all.iter().take(index).any(|(_, o, _)| o.moved_from.as_ref() == Some(from));
            if taken || twice {
                let message = format!(
                    "{kind} `{name}` cannot be what was `{from}`: {}",
                    if taken { "that is declared still" } else { "another is that already" }
                );
                self.diagnostics.push(Diagnostic::error(Code::BadAdoption, *at, message));
            }
        }
    }
}
