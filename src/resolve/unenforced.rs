use super::Slot;
use super::reader::Reader;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Grant, Table, TableKind, Verb};

/// What is said of files and dashboards, and enforced by nothing that is emitted.
struct Beyond {
    idle: Vec<Span>,
    views: Vec<Span>,
    groupless: Vec<Span>,
    unshown: Vec<Span>,
    declared: Vec<Span>,
    idly: Vec<Span>,
    add: &'static str,
}

impl Reader<'_, '_> {
    /// What is declared of access and no artifact enforces: each reason is told once, at its first place.
    pub(super) fn unenforced(&mut self) {
        let program = &self.out.program;
        let project = &program.project;
        let dialect = project.warehouse.as_ref().map(|w| w.dialect);
        let emits = |target: &str| project.emit.is_empty() || project.emit.iter().any(|e| **e == *target);
        let places = |fits: &dyn Fn(&Grant) -> bool| program.grants.iter().filter(|g| fits(g)).map(|g| g.at).collect::<Vec<_>>();
        let in_warehouse = |g: &Grant| matches!(g.verb, Verb::Read | Verb::Write);
        let role_of = |g: &Grant| program.roles.iter().find(|r| r.name == g.role);
        let files = program.file_readers();
        let reads = |g: &Grant| files.iter().flatten().any(|r| r.role == g.role && r.because.contains(&g.at));
        // What is masked has a twin, and no export can name one.
        let idle = |g: &Grant| g.verb == Verb::Extract && (g.masking.is_some() || !reads(g));
        let shown = |g: &Grant| g.verb == Verb::View || idle(g);
        let any = |g: &Grant, fits: &dyn Fn(&Table) -> bool| {
            g.tables.iter().any(|id| matches!(self.out.slots.get(id.0 as usize), Some(Slot::Ready(t)) if fits(t)))
        };
        let wanted = project.emit.iter().any(|e| &**e == "tableau");
        // Elsewhere nothing is written for it: rights and rows of what Tableau shows are views of Postgres.
        let tableau = wanted && dialect == Some(Dialect::Postgres);
        let idly = if wanted && !tableau { vec![project.at] } else { Vec::new() };
        let beyond = Beyond {
            idle: if tableau { Vec::new() } else { places(&idle) },
            views: if tableau { Vec::new() } else { places(&|g| g.verb == Verb::View) },
            groupless: places(&|g| tableau && shown(g) && role_of(g).is_some_and(|r| r.tableau_group.is_none())),
            unshown: places(&|g| !in_warehouse(g) && tableau && any(g, &|t| matches!(t.kind, TableKind::Source(_)))),
            declared: if tableau { Vec::new() } else { program.data_sources.iter().map(|d| d.at).collect() },
            idly,
            add: if wanted { "nothing is written for Tableau on this warehouse" } else { "add `tableau` to `emit`" },
        };
        let bigquery = dialect == Some(Dialect::BigQuery);
        let theirs = |t: &Table| t.is_foreign() || (bigquery && matches!(t.kind, TableKind::Source(_)));
        let foreign = places(&|g| in_warehouse(g) && any(g, &theirs));
        let (nameless, system) = match dialect {
            Some(Dialect::Postgres) if emits("dbt") || emits("sql") => {
                (places(&|g| in_warehouse(g) && role_of(g).is_some_and(|r| r.postgres.is_none())), ("a name in Postgres", "postgres \"…\""))
            }
            Some(Dialect::BigQuery) if emits("dbt") || emits("sql") => (
                places(&|g| in_warehouse(g) && role_of(g).is_some_and(|r| r.google_group.is_none())),
                ("a group at Google", "google group \"…\""),
            ),
            _ => {
                let mut places = places(&in_warehouse);
                places.extend(program.entitlements.iter().map(|e| e.at).chain(self.out.policies.iter().map(|p| p.at)));
                let help = "by `emit dbt` or `emit sql`";
                self.told("declarations of access are checked, and enforced on Postgres and BigQuery only", help, places);
                return self.beyond(beyond);
            }
        };
        self.told(
            &format!("grants to roles without {} are enforced nowhere", system.0),
            &format!("write `{}` in the role", system.1),
            nameless,
        );
        let help = "they belong to whoever loads them: grant a model over them";
        self.told("grants on a source's tables are checked but not emitted", help, foreign);
        self.beyond(beyond);
    }

    /// Files and dashboards.
    fn beyond(&mut self, beyond: Beyond) {
        let bigquery = self.out.program.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::BigQuery);
        let help = match bigquery {
            true => {
                "take it out of `emit`, and connect Tableau to BigQuery itself, each viewer under their own account: grants and policies of their `google group` hold there"
            }
            false => "take it out of `emit`: this warehouse knows no users, so keep what is shown in a project on Postgres",
        };
        self.told("`emit tableau` writes nothing here: what Tableau shows are views of Postgres", help, beyond.idly);
        let help = format!("who may `extract` all tables of an export reads its files: export them; {}", beyond.add);
        let help = help.as_str();
        self.told("grants to `extract` that no export fits are enforced in Tableau only", help, beyond.idle);
        self.told("grants to `view` are enforced in Tableau only", beyond.add, beyond.views);
        let help = "write `tableau group \"…\"` in the role; who may `extract` all tables of an export reads its files";
        self.told("grants to `extract` or `view` of roles without a group in Tableau are enforced nowhere", help, beyond.groupless);
        self.told("tables of a source are not shown in Tableau", "grant a model over them", beyond.unshown);
        self.told("data sources are shown in Tableau only", beyond.add, beyond.declared);
    }

    fn told(&mut self, what: &str, help: &str, mut places: Vec<Span>) {
        places.sort_unstable();
        places.dedup();
        let Some(first) = places.first() else { return };
        let more = if places.len() == 1 { String::new() } else { format!(": this is the first of {}", places.len()) };
        self.diagnostics.push(Diagnostic::warning(Code::NotEmittedYet, *first, format!("{what}{more}")).help(help));
    }
}
