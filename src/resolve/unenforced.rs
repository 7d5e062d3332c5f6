use super::Slot;
use super::reader::Reader;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Grant, Table, TableKind, Verb};

impl Reader<'_, '_> {
    /// What is declared of access and no artifact enforces: each reason is told once, at its first place.
    pub(super) fn unenforced(&mut self) {
        let program = &self.out.program;
        let project = &program.project;
        let postgres = project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::Postgres);
        let emits = project.emit.is_empty() || project.emit.iter().any(|e| matches!(&**e, "dbt" | "sql"));
        if !postgres || !emits {
            let grants = program.grants.iter().map(|g| g.at).chain(program.entitlements.iter().map(|e| e.at));
            let places = grants.chain(self.out.policies.iter().map(|p| p.at)).collect();
            self.told("declarations of access are checked, and enforced on Postgres only", "by `emit dbt` or `emit sql`", places);
            return;
        }
        let role_of = |g: &Grant| program.roles.iter().find(|r| r.name == g.role);
        let places = |fits: &dyn Fn(&Grant) -> bool| program.grants.iter().filter(|g| fits(g)).map(|g| g.at).collect::<Vec<_>>();
        let in_warehouse = |g: &Grant| matches!(g.verb, Verb::Read | Verb::Write);
        let any = |g: &Grant, fits: &dyn Fn(&Table) -> bool| {
            g.tables.iter().any(|id| matches!(self.out.slots.get(id.0 as usize), Some(Slot::Ready(t)) if fits(t)))
        };
        let tableau = project.emit.iter().any(|e| &**e == "tableau");
        let elsewhere = places(&|g| !in_warehouse(g) && !tableau);
        let groupless = places(&|g| !in_warehouse(g) && tableau && role_of(g).is_some_and(|r| r.tableau_group.is_none()));
        let nameless = places(&|g| in_warehouse(g) && role_of(g).is_some_and(|r| r.postgres.is_none()));
        let foreign = places(&|g| in_warehouse(g) && any(g, &Table::is_foreign));
        let unshown = places(&|g| !in_warehouse(g) && tableau && any(g, &|t| matches!(t.kind, TableKind::Source(_))));
        let declared = if tableau { Vec::new() } else { program.data_sources.iter().map(|d| d.at).collect() };
        let help = "add `tableau` to `emit`; files are read by a bucket's `readers`";
        self.told("grants to `extract` or `view` are enforced in Tableau only", help, elsewhere);
        let help = "write `tableau group \"…\"` in the role; files are read by a bucket's `readers`";
        self.told("grants to `extract` or `view` of roles without a group in Tableau are enforced nowhere", help, groupless);
        self.told("tables of a source are not shown in Tableau", "grant a model over them", unshown);
        self.told("data sources are shown in Tableau only", "add `tableau` to `emit`", declared);
        self.told("grants to roles without a name in Postgres are enforced nowhere", "write `postgres \"…\"` in the role", nameless);
        let help = "they belong to whoever loads them: grant a model over them";
        self.told("grants on a source's tables are checked but not emitted", help, foreign);
    }

    fn told(&mut self, what: &str, help: &str, mut places: Vec<Span>) {
        places.sort_unstable();
        places.dedup();
        let Some(first) = places.first() else { return };
        let more = if places.len() == 1 { String::new() } else { format!(": this is the first of {}", places.len()) };
        self.diagnostics.push(Diagnostic::warning(Code::NotEmittedYet, *first, format!("{what}{more}")).help(help));
    }
}
