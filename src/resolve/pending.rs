use super::collect::Found;
use super::reader::Reader;
use super::words::Read;
use super::{Pending, PendingTest};
use crate::base::Ident;
use crate::ir::{Setting, Subject};
use crate::syntax::ast::{self, ItemKind, NamePart};
use std::sync::Arc;

impl<'a> Reader<'a, '_> {
    /// Policies, maskings, metrics and tests: named here, read by `lower`.
    pub(super) fn pending(&mut self, found: &[Found<'a>]) {
        for one in found {
            let read = match &one.item.kind {
                ItemKind::Policy(policy) => self.policy(one, policy),
                ItemKind::Masking(masking) => self.waiting("maskings", one, &masking.name, masking).map(|p| self.out.maskings.extend(p)),
                ItemKind::Metric(metric) => {
                    let metric: &'a ast::Metric = metric;
                    self.waiting("metrics", one, &metric.name, metric).and_then(|pending| {
                        let name = pending.as_ref().map(|p| p.name.clone());
                        self.out.metrics.extend(pending);
                        name.map_or(Ok(()), |name| self.metric_tags(one, &name, metric))
                    })
                }
                ItemKind::Test(test) => self.test(one, test),
                _ => continue,
            };
            self.keep(read);
        }
    }

    fn waiting<T>(&mut self, kind: &'static str, one: &Found<'a>, name: &NamePart, syntax: &'a T) -> Read<Option<Pending<'a, T>>> {
        let at = name.at;
        let name = self.generator.name_of(name, &one.env)?;
        if !self.declare(kind, &name, at) {
            return Ok(None);
        }
        let doc = self.doc(one.item.doc.as_ref(), &one.env);
        Ok(Some(Pending { name, doc, at, syntax, env: one.env.clone() }))
    }

    fn policy(&mut self, one: &Found<'a>, policy: &'a ast::Policy) -> Read<()> {
        for role in &policy.roles {
            let parts: Vec<Ident> = role.parts.iter().map(|p| self.generator.name_of(p, &one.env)).collect::<Read<_>>()?;
            match parts.as_slice() {
                [name] if name.as_str() == "*" => {}
                [name] => self.role(name, role.at)?,
                _ => return Err(super::words::wrong(role.at, "a role is a name without dots")),
            }
        }
        let at = policy.name.at;
        let name = self.generator.name_of(&policy.name, &one.env)?;
        // One name over several objects is one policy; two on one object are told apart when the object is known.
        if !self.declared("policies", &name) {
            self.declare("policies", &name, at);
        }
        let doc = self.doc(one.item.doc.as_ref(), &one.env);
        self.out.policies.push(Pending { name, doc, at, syntax: policy, env: one.env.clone() });
        Ok(())
    }

    fn test(&mut self, one: &Found<'a>, test: &'a ast::Test) -> Read<()> {
        let title = self.generator.text_of(&test.title, &one.env)?;
        let name = Ident::exact(&title);
        // A test has no name of its own: its title stands right behind the keyword.
        let at = one.item.at;
        if self.declare("tests", &name, at) {
            let doc = self.doc(one.item.doc.as_ref(), &one.env);
            let mut run_date = None;
            for sentence in &test.access {
                let read = self.test_sentence(&name, one, sentence, &mut run_date);
                self.keep(read);
            }
            if !test.cases.is_empty() {
                let pending = Pending { name, doc, at, syntax: test, env: one.env.clone() };
                self.out.tests.push(PendingTest { pending, run_date });
            }
        }
        Ok(())
    }

    /// Declarations that nobody knows, and secrets.
    pub(super) fn unknown(&mut self, found: &[Found<'a>]) {
        for one in found {
            if let ItemKind::Sentence(sentence) = &one.item.kind {
                self.known_keyword(sentence);
            }
        }
        self.secrets();
    }

    /// `subject patient key patient.id`
    pub(super) fn subjects(&mut self, found: &[Found<'a>]) {
        self.each(found, "subject", |reader, _, words| {
            let (name, at) = words.name("the name of the subject")?;
            if !reader.declare("subjects", &name, at) {
                return Ok(());
            }
            words.expect("key")?;
            let (mut parts, key_at) = words.path("the table and column that name each subject")?;
            let key = parts.pop().unwrap_or_default();
            words.end()?;
            let table = super::table_id(&reader.out.program, &parts).ok_or_else(|| {
                let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
                let names = reader.out.program.table_names.keys().map(Ident::as_str);
                super::words::unknown("table", &written, key_at, names)
                    .help("write `subject patient key <table>.<column>`: the column that names each patient once")
            })?;
            reader.out.program.subjects.push(Subject { name, table, key, at: key_at });
            Ok(())
        });
    }

    fn known_keyword(&mut self, sentence: &ast::Sentence) {
        const READ: [&str; 28] = [
            "exposure",
            "api",
            "environment",
            "var",
            "output",
            "network",
            "database",
            "compute",
            "project",
            "layer",
            "category",
            "clearance",
            "role",
            "entitlement",
            "grant",
            "bucket",
            "export",
            "datasource",
            "pipeline",
            "seed",
            "schedule",
            "subject",
            "link",
            "load",
            "zip3_areas",
            "dataset",
            "service_account",
            "release",
        ];
        let keyword = super::collect::first_word(sentence).unwrap_or_default();
        if !READ.contains(&keyword) {
            let diagnostic = crate::diag::Diagnostic::error(
                crate::diag::Code::UnknownSetting,
                sentence.at,
                format!("no declaration starts with `{keyword}`"),
            );
            self.diagnostics.push(diagnostic.suggest(keyword, READ));
        }
    }

    /// Names of secrets that settings refer to; those in SQL are added when it is read.
    fn secrets(&mut self) {
        let project = &self.out.program.project;
        let settings =
            project.warehouse.iter().flat_map(|w| w.settings.values()).chain(project.clouds.iter().flat_map(|c| c.settings.values()));
        let alerts = self.out.program.pipelines.iter().flat_map(|p| &p.alerts).map(|a| match a {
            crate::ir::Alert::Slack(s) | crate::ir::Alert::Email(s) => s,
        });
        let names = settings.chain(alerts).filter_map(|s| if let Setting::Secret(name) = s { Some(name.clone()) } else { None });
        let names: Vec<Arc<str>> = names.collect();
        self.out.program.secrets.extend(names);
    }
}
