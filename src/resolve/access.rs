use super::Generator;
use super::clearances::is_date;
use super::collect::Found;
use super::globs::{Use, Written};
use super::reader::Reader;
use super::table_id;
use super::words::{Key, Read, Words, choice, missing, unknown, wrong};
use super::{Env, PendingRows};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{AccessAsked, AccessTest, Entitlement, EntitlementRelease, Grant, PolicyRelease, PolicyWriter, Role, Tagged, Thing, Verb};
use crate::syntax::ast::AccessSentence;
use std::sync::Arc;

/// What the reason of a release says whose role may write what narrows it.
const GIVES_ITSELF: &str = "why this role may give itself rows";
const ROLE: [&str; 7] = ["clearance", "postgres", "aws", "google", "tableau", "owner", "tags"];

impl<'a> Reader<'a, '_> {
    /// `role analyst { clearance deidentified; postgres "analyst"; aws group "analysts" }`
    pub(super) fn roles(&mut self, found: &[Found<'a>]) {
        self.each(found, "role", |reader, one, words| {
            let (name, at) = words.name("the name of the role")?;
            if !reader.declare("roles", &name, at) {
                return Ok(());
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut role =
                Role { name, clearance: None, postgres: None, aws_group: None, google_group: None, tableau_group: None, doc, at };
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| match super::tagged::said(words, key, &mut tagged)? {
                true => Ok(()),
                false => reader.role_setting(words, key, &mut role),
            });
            reader.tag(Thing::Role, &role.name, tagged);
            reader.out.program.roles.push(role);
            Ok(())
        });
    }

    fn role_setting(&mut self, words: &mut Words<'_>, key: Key<'_>, role: &mut Role) -> Read<()> {
        match key.text {
            "clearance" => role.clearance = Some(self.used_clearance(words)?),
            "postgres" => role.postgres = Some(words.text("the role's name in Postgres")?),
            "aws" => {
                words.expect("group")?;
                let at = words.here();
                let name = words.text("the group's name in AWS")?;
                check_group(&name, at, is_aws_group(&name), "a group's name in AWS has 1 to 128 letters, digits and `+=,.@_-`")?;
                role.aws_group = Some(name);
            }
            "google" => {
                words.expect("group")?;
                let at = words.here();
                let address = words.text("the group's address in Google")?;
                check_group(&address, at, is_address(&address), "Google's groups are told by their address, like `analysts@example.org`")?;
                role.google_group = Some(address);
            }
            "tableau" => {
                words.expect("group")?;
                role.tableau_group = Some(words.text("the group's name in Tableau")?);
            }
            _ => return Err(key.unknown("role", &ROLE)),
        }
        Ok(())
    }

    /// A role that is declared.
    pub(super) fn role(&self, name: &Ident, at: Span) -> Read<()> {
        if self.declared("roles", name) {
            return Ok(());
        }
        Err(Diagnostic::error(Code::UnknownPrincipal, at, format!("no role is named `{name}`"))
            .suggest(name.as_str(), self.names_of("roles")))
    }

    /// `a, b`: roles that are declared.
    pub(super) fn role_names(&self, words: &mut Words<'_>) -> Read<Vec<Ident>> {
        let names = words.names("a role")?;
        names.into_iter().map(|(name, at)| self.role(&name, at).map(|()| name)).collect()
    }

    /// `entitlement authorizations from dim_authorizations by user_id`
    pub(super) fn entitlements(&mut self, found: &[Found<'a>]) {
        self.each(found, "entitlement", |reader, _, words| {
            let (name, at) = words.name("the name of the entitlement")?;
            if !reader.declare("entitlements", &name, at) {
                return Ok(());
            }
            words.expect("from")?;
            let (parts, table_at) = words.path("the table of the entitlement")?;
            let table = table_id(&reader.out.program, &parts);
            let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
            let table =
                table.ok_or_else(|| unknown("table", &written, table_at, reader.out.program.table_names.keys().map(Ident::as_str)))?;
            words.expect("by")?;
            let (by, _) = words.name("the column that names the user")?;
            words.end()?;
            reader.out.program.entitlements.push(Entitlement { name, table, by, at });
            Ok(())
        });
    }

    /// `grant read, extract on marts, qr_* to analyst masked by deidentify`: one grant per verb and role.
    pub(super) fn grants(&mut self, found: &[Found<'a>]) {
        self.each(found, "grant", |reader, one, words| {
            let verbs = words.list(|w| w.key("a verb").and_then(verb))?;
            words.expect("on")?;
            let written = words.list(Written::read)?;
            words.expect("to")?;
            let roles = reader.role_names(words)?;
            let mut masking = None;
            if words.take("masked") {
                words.expect("by")?;
                let (name, at) = words.name("a masking")?;
                if !reader.declared("maskings", &name) {
                    return Err(unknown("masking", name.as_str(), at, reader.names_of("maskings")));
                }
                masking = Some(name);
            }
            words.end()?;
            let tables = reader.tables(&written, Use::Access)?;
            let mut tables: Vec<_> = tables.into_iter().map(|(id, _)| id).collect();
            tables.sort_unstable();
            for role in &roles {
                for verb in &verbs {
                    let grant =
                        Grant { verb: *verb, tables: tables.clone(), role: role.clone(), masking: masking.clone(), at: one.item.at };
                    reader.out.program.grants.push(grant);
                }
            }
            Ok(())
        });
    }
}

impl<'a> Reader<'a, '_> {
    /// `release policy client_rows on report because "…"`
    pub(super) fn policy_releases(&mut self, found: &[Found<'a>]) {
        self.each(found, "release", |reader, one, words| {
            if words.take("entitlement") {
                return reader.entitlement_release(one.item.at, words);
            }
            words.expect("policy")?;
            let (policy, at) = words.name("the name of the policy")?;
            if !reader.declared("policies", &policy) {
                return Err(unknown("policy", policy.as_str(), at, reader.names_of("policies")));
            }
            if words.take("to") {
                return reader.policy_writer(policy, one.item.at, words);
            }
            words.expect("on")?;
            let written = words.list(Written::read)?;
            let because = reason(words, (&format!("policy `{policy}`"), one.item.at), "why everybody may see all rows of this table")?;
            for (table, _) in reader.tables(&written, Use::Access)? {
                let release = PolicyRelease { policy: policy.clone(), table, because: because.clone(), at: one.item.at };
                reader.out.program.policy_releases.push(release);
            }
            Ok(())
        });
    }

    /// `release policy own_region to ward because "…"`, behind `to`.
    fn policy_writer(&mut self, policy: Ident, whole: Span, words: &mut Words<'_>) -> Read<()> {
        let roles = self.role_names(words)?;
        let because = reason(words, (&format!("policy `{policy}`"), whole), GIVES_ITSELF)?;
        for role in roles {
            self.out.program.policy_writers.push(PolicyWriter { policy: policy.clone(), role, because: because.clone(), at: whole });
        }
        Ok(())
    }

    /// `release entitlement authorizations to ward because "…"`
    fn entitlement_release(&mut self, whole: Span, words: &mut Words<'_>) -> Read<()> {
        let (name, at) = words.name("the name of the entitlement")?;
        let all = &self.out.program.entitlements;
        let index = all.iter().position(|e| e.name == name).and_then(|i| u32::try_from(i).ok());
        let entitlement = index.ok_or_else(|| unknown("entitlement", name.as_str(), at, all.iter().map(|e| e.name.as_str())))?;
        words.expect("to")?;
        let roles = self.role_names(words)?;
        let because = reason(words, (&format!("entitlement `{name}`"), whole), GIVES_ITSELF)?;
        for role in roles {
            self.out.program.entitlement_releases.push(EntitlementRelease { entitlement, role, because: because.clone(), at: whole });
        }
        Ok(())
    }

    /// What a test says beside rows: who may read what, or the day its models are built for.
    pub(super) fn test_sentence(
        &mut self,
        title: &Ident,
        one: &Found<'a>,
        AccessSentence { words: sentence, rows }: &AccessSentence,
        run_date: &mut Option<Arc<str>>,
    ) -> Read<()> {
        let generator: &Generator<'_> = self.generator;
        let mut words = Words::new(generator, &one.env, sentence);
        let word = words.key("`role` or `run_date`")?;
        match word.text {
            "role" => {
                let test = self.access_test(title, &mut words, sentence.at)?;
                self.asked(test, words, rows.map(|r| (r.at, &one.env)))
            }
            _ if rows.is_some() => {
                Err(wrong(sentence.at, "`where` says of which rows somebody reads").help("write `role analyst can read patient where …`"))
            }
            "run_date" => {
                let at = words.here();
                let day = words.text("the day")?;
                if !is_date(&day) {
                    return Err(wrong(at, format!("`{day}` is no date such as `2026-01-01`")));
                }
                words.end()?;
                match run_date.replace(day) {
                    None => Ok(()),
                    Some(_) => Err(wrong(sentence.at, "a test is built for one day, and this one names two".to_owned())),
                }
            }
            _ => Err(choice("word of a test", word, ["given", "expect", "role", "run_date"])),
        }
    }

    /// `role analyst cannot read patient.family`, `role analyst can view patient`
    fn access_test(&mut self, title: &Ident, words: &mut Words<'_>, whole: Span) -> Read<AccessTest> {
        let (role, at) = words.name("a role")?;
        self.role(&role, at)?;
        let can = words.key("`can` or `cannot`")?;
        let can = match can.text {
            "can" => true,
            "cannot" => false,
            _ => return Err(choice("word of an access test", can, ["can", "cannot"])),
        };
        let verb = words.key("a verb").and_then(verb)?;
        let (path, _) = words.path("a table or a column of one")?;
        Ok(AccessTest { title: title.clone(), role, can, verb, path, about: AccessAsked::Any, at: whole })
    }

    /// The rest of it: `only where …`, `masked by deidentify`.
    fn asked(&mut self, mut test: AccessTest, mut words: Words<'_>, rows: Option<(Span, &Env)>) -> Read<()> {
        let negated = |at: Span, what: &str, help: &str| wrong(at, format!("`cannot … {what}` may mean two things")).help(help.to_owned());
        let here = words.here();
        if words.take("masked") {
            words.expect("by")?;
            test.about = AccessAsked::Masked(words.name("a masking or a mask")?.0);
            if !test.can {
                return Err(negated(
                    here,
                    "masked by",
                    "write `can … masked by …` for the form it is read in, or `cannot …` without a mask",
                ));
            }
            if let Some((at, _)) = rows {
                return Err(wrong(at, "one sentence asks for a mask or for rows").help("write a sentence for each"));
            }
        }
        let here = words.here();
        let only = words.take("only");
        if only && !test.can {
            return Err(negated(here, "only where", "write `can … only where …`, or `cannot … where …` for rows that are hidden"));
        }
        words.end()?;
        match rows {
            None if only => return Err(missing(here, "`only` needs `where` and a condition")),
            None => {}
            Some((at, env)) => {
                // Read by `lower`, which knows the table's columns.
                test.about = AccessAsked::Unread;
                self.out.asked_rows.push(PendingRows { test: self.out.program.access_tests.len(), only, at, env: env.clone() });
            }
        }
        self.out.program.access_tests.push(test);
        Ok(())
    }
}

fn verb(key: Key<'_>) -> Read<Verb> {
    Ok(match key.text {
        "read" => Verb::Read,
        "extract" => Verb::Extract,
        "view" => Verb::View,
        "write" => Verb::Write,
        _ => return Err(choice("verb", key, ["read", "extract", "view", "write"])),
    })
}

fn check_group(name: &str, at: Span, good: bool, help: &str) -> Read<()> {
    if good {
        return Ok(());
    }
    Err(Diagnostic::error(Code::TargetName, at, format!("no group can be called `{}`", name.escape_debug())).help(help))
}

/// What IAM takes as the name of a group.
fn is_aws_group(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
}

/// An address that needs no escape in a policy, and that no other writing of it equals: Google folds case.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    let label = |l: &&str| !l.is_empty() && l.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._%+-".contains(c);
    !local.is_empty() && text.len() <= 254 && local.chars().all(plain) && labels.len() > 1 && labels.iter().all(label)
}

/// `because "…"`, the end of a release.
fn reason(words: &mut Words<'_>, (what, whole): (&str, Span), why: &str) -> Read<Arc<str>> {
    let because = if words.take("because") { words.text("the reason")? } else { Arc::from("") };
    if because.trim().is_empty() {
        let problem = Diagnostic::error(Code::ReleaseReason, whole, format!("the release of {what} gives no reason"));
        return Err(problem.help(format!("write `because \"…\"`: {why}")));
    }
    words.end()?;
    Ok(because)
}
