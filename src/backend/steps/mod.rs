//! What the steps of a pipeline are, whoever runs it: commands of a shell, the functions they share, and a script per export. Cron and Airflow write them each into
//! a folder of their own.

mod above;
mod command;
mod container;
mod export;
mod load;
mod load_sql;
mod needed;
mod parquet;
pub(super) mod quote;
mod telling;
mod xlsx;

pub(super) use command::{Command, commands};
pub(super) use container::{Pod, pod};
pub(super) use needed::{built, waits};
pub(super) use telling::{Telling, alert_variables, mails, telling};

use super::ends::Until;
use super::{FileTree, secrets, text};
use crate::base::{Ident, Span};
use crate::check::{Checked, residue::Marks};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, ExportFormat, Passed, Pipeline, Program, Runner, SecretStore, Setting, Step, StepAction, TableId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use telling::is_variable;
use tera::{Context, Tera};

const TEMPLATES: [(&str, &str); 6] = [
    ("container.sh", include_str!("templates/container.sh.tera")),
    ("export.sh", include_str!("templates/export.sh.tera")),
    ("lib.sh", include_str!("templates/lib.sh.tera")),
    ("load.py", include_str!("templates/load.py.tera")),
    ("load.sh", include_str!("templates/load.sh.tera")),
    ("record.sql", include_str!("templates/record.sql.tera")),
];

/// The stems of the scripts that steps run, by index of export and of load.
#[derive(Default)]
pub(super) struct Scripts {
    pub(super) exports: BTreeMap<u32, String>,
    pub(super) loads: BTreeMap<u32, String>,
    /// Of containers, by pipeline and step.
    pub(super) containers: BTreeMap<(Ident, Ident), String>,
}

impl Scripts {
    /// All of them, and the names beside them that no pipeline's script may have.
    pub(super) fn taken(&self) -> impl Iterator<Item = &str> {
        let all = self.exports.values().chain(self.loads.values()).chain(self.containers.values());
        ["lib", "load", "tables", "record", "dbt_quiet", "manifest"].into_iter().chain(all.map(String::as_str))
    }
}

/// Where the runs of a pipeline are written down: a table, by the names that it has in the warehouse.
#[derive(Serialize)]
pub(super) struct Audit {
    schema: String,
    table: String,
}

impl Audit {
    fn of(program: &Program, table: TableId) -> Option<Audit> {
        let table = program.table(table)?;
        Some(Audit { schema: text::schema_of(program, table).as_str().to_owned(), table: text::physical_name(table).to_owned() })
    }
}

/// Where the runs of a pipeline are written down.
pub(super) fn audit(program: &Program, pipeline: &Pipeline) -> Option<Audit> {
    pipeline.audit.and_then(|table| Audit::of(program, table))
}

/// Writes the files of one runner.
pub(super) struct Writer<'a> {
    pub(super) program: &'a Program,
    marks: Marks,
    tera: Tera,
    runner: Runner,
    folder: &'static str,
    out: &'a mut FileTree,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl<'a> Writer<'a> {
    /// For a runner whose scripts lie in `folder`, with templates of its own. `None` after reporting that one is broken.
    pub(super) fn new(
        checked: &'a Checked,
        (runner, folder): (Runner, &'static str),
        templates: &[(&'static str, &'static str)],
        out: &'a mut FileTree,
        diagnostics: &'a mut Diagnostics,
    ) -> Option<Self> {
        let program = checked.program();
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        quote::register(&mut tera);
        if let Err(error) = tera.add_raw_templates(TEMPLATES.iter().chain(templates).copied()) {
            diagnostics.push(broken(program.project.at, &error));
            return None;
        }
        Some(Writer { program, marks: Marks::of(checked), tera, runner, folder, out, diagnostics })
    }

    /// The pipelines of this runner.
    pub(super) fn pipelines(&self) -> Vec<&'a Pipeline> {
        self.program.pipelines.iter().filter(|p| p.runner == self.runner).collect()
    }

    /// What `PIPEC_ENVIRONMENT` may say.
    pub(super) fn environments(&self) -> Vec<&'a str> {
        self.program.platform.environments.iter().map(|e| e.name.as_str()).collect()
    }

    /// Writes a file made by a template.
    pub(super) fn render(&mut self, template: &str, path: &str, at: Span, context: &impl Serialize) {
        let rendered = Context::from_serialize(context).and_then(|context| self.tera.render(template, &context));
        match rendered {
            Ok(text) => text::put(self.out, self.diagnostics, path, at, text),
            Err(error) => self.diagnostics.push(broken(at, &error)),
        }
    }

    /// Writes the exports and loads that some pipeline runs.
    pub(super) fn scripts(&mut self, pipelines: &[&Pipeline]) -> Scripts {
        let scripts = Scripts { exports: self.exports(pipelines), loads: self.loads(pipelines), containers: self.containers(pipelines) };
        let audits = pipelines.iter().any(|p| p.audit.is_some());
        if audits {
            self.recording();
        }
        if audits || !scripts.loads.is_empty() {
            self.tables();
        }
        scripts
    }

    /// Containers that Docker runs: a script each.
    fn containers(&mut self, pipelines: &[&Pipeline]) -> BTreeMap<(Ident, Ident), String> {
        let mut stems = text::Stems::default();
        let mut scripts = BTreeMap::new();
        let folder = self.folder;
        for pipeline in pipelines {
            for step in &pipeline.steps {
                let StepAction::Container(one) = &step.action else { continue };
                if one.namespace.is_some() {
                    continue;
                }
                let stem = format!("container_{}", stems.claim(&format!("{}_{}", pipeline.name, step.name)));
                let script = container::script(self.program, pipeline, step, one, self.asks());
                self.render("container.sh", &format!("{folder}/{stem}.sh"), step.at, &script);
                scripts.insert((pipeline.name.clone(), step.name.clone()), stem);
            }
        }
        scripts
    }

    fn loads(&mut self, pipelines: &[&Pipeline]) -> BTreeMap<u32, String> {
        let steps = pipelines.iter().flat_map(|p| &p.steps);
        let wanted: BTreeSet<u32> =
            steps.filter_map(|s| if let StepAction::Load(l) = &s.action { Some(l) } else { None }).flatten().copied().collect();
        let mut stems = text::Stems::default();
        let mut scripts = BTreeMap::new();
        let folder = self.folder;
        for index in wanted {
            let Some(load) = self.program.loads.get(index as usize) else { continue };
            let stem = format!("load_{}", stems.claim(load.name.as_str()));
            match load::script(self.program, load, &stem, self.asks()) {
                Ok((script, config, sql)) => {
                    self.render("load.sh", &format!("{folder}/{stem}.sh"), load.at, &script);
                    text::put(self.out, self.diagnostics, &format!("{folder}/{stem}.json"), load.at, config);
                    text::put(self.out, self.diagnostics, &format!("{folder}/{stem}.sql"), load.at, sql);
                    scripts.insert(index, stem);
                }
                Err(problem) => self.diagnostics.push(*problem),
            }
        }
        if !scripts.is_empty() {
            self.loading();
        }
        scripts
    }

    /// What all loads share: the program that reads files, and the tables.
    fn loading(&mut self) {
        #[derive(Serialize)]
        struct Shared {
            header: Vec<String>,
        }
        let (at, folder) = (self.program.project.at, self.folder);
        let header = text::header("Reads files into tables: what all loads of this folder share.", &text::whole_project(self.program));
        self.render("load.py", &format!("{folder}/load.py"), at, &Shared { header });
    }

    /// What makes the platform's own tables: loads and audits come before the first build.
    fn tables(&mut self) {
        match load::tables(self.program) {
            Ok(sql) => text::put(self.out, self.diagnostics, &format!("{}/tables.sql", self.folder), self.program.project.at, sql),
            Err(problem) => self.diagnostics.push(*problem),
        }
    }

    /// What writes down how runs stand.
    fn recording(&mut self) {
        #[derive(Serialize)]
        struct Record {
            header: String,
            lock: String,
        }
        let header = text::header("Writes down how a step stands, or the run as a whole.", &text::whole_project(self.program));
        let lock = text::literal_text(&format!("pipec runs of {}", self.program.project.name));
        let record = Record { header: text::comment("--", &header), lock };
        self.render("record.sql", &format!("{}/record.sql", self.folder), self.program.project.at, &record);
    }

    /// Writes the exports that some pipeline runs; the stem of each one's script, by index.
    fn exports(&mut self, pipelines: &[&Pipeline]) -> BTreeMap<u32, String> {
        let mut wanted: BTreeSet<u32> = BTreeSet::new();
        for step in pipelines.iter().flat_map(|p| &p.steps) {
            if let StepAction::Export(exports) = &step.action {
                wanted.extend(exports);
            }
        }
        let mut stems = text::Stems::default();
        let mut scripts = BTreeMap::new();
        let folder = self.folder;
        for index in wanted {
            let Some(export) = self.program.exports.get(index as usize) else { continue };
            let stem = format!("export_{}", stems.claim(export.name.as_str()));
            match export::files(self.program, &self.marks, (export, Until::of_export(self.program, index)), &stem) {
                Ok(files) => {
                    self.render("export.sh", &format!("{folder}/{stem}.sh"), export.at, &files.script);
                    text::put(self.out, self.diagnostics, &format!("{folder}/{stem}.sql"), export.at, files.queries);
                    if let Some(types) = files.types {
                        text::put(self.out, self.diagnostics, &format!("{folder}/{stem}.types.json"), export.at, types);
                    }
                    scripts.insert(index, stem);
                }
                Err(problem) => self.diagnostics.push(*problem),
            }
        }
        scripts
    }

    /// The tables that runs are written to, each once.
    pub(super) fn audits(&self, pipelines: &[&Pipeline]) -> Vec<Audit> {
        let named: BTreeSet<TableId> = pipelines.iter().filter_map(|p| p.audit).collect();
        named.into_iter().filter_map(|id| Audit::of(self.program, id)).collect()
    }

    /// Whether the warehouse is BigQuery: then the machine's own credentials at Google build.
    pub(super) fn bigquery(&self) -> bool {
        self.program.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::BigQuery)
    }

    /// Whether scripts ask a store for secrets.
    fn asks(&self) -> bool {
        secrets::store(self.program, self.runner).is_some()
    }

    /// Whether a pipeline has a step.
    pub(super) fn has(&self, fits: fn(&StepAction) -> bool) -> bool {
        self.pipelines().iter().flat_map(|p| &p.steps).any(|s| fits(&s.action))
    }

    /// Variables that containers take from whoever runs them.
    pub(super) fn container_variables(&self) -> BTreeSet<String> {
        let pipelines = self.pipelines();
        let steps = pipelines.iter().flat_map(|p| &p.steps);
        let all = steps.filter_map(|s| if let StepAction::Container(c) = &s.action { Some(c) } else { None });
        let docker = all.filter(|c| c.namespace.is_none());
        docker
            .flat_map(|c| {
                let passed = c.environment.iter().filter_map(|(_, v)| match v {
                    Passed::Variable(n) => Some(n.to_string()),
                    Passed::Secret(n) if self.program.project.secrets == SecretStore::Environment => Some(n.to_string()),
                    _ => None,
                });
                passed.chain(c.account.as_ref().map(|a| format!("PIPEC_CREDENTIALS_{}", a.as_str().to_ascii_uppercase())))
            })
            .collect()
    }

    /// Whether a pipeline writes files of a format.
    pub(super) fn writes(&self, pipelines: &[&Pipeline], format: ExportFormat) -> bool {
        let exports = pipelines.iter().flat_map(|p| &p.steps).filter_map(|step| match &step.action {
            StepAction::Export(exports) => Some(exports),
            _ => None,
        });
        exports.flatten().filter_map(|e| self.program.exports.get(*e as usize)).any(|e| e.format == format)
    }

    /// Whether a script of a step asks for the last day of a determination.
    fn ends(&self, step: &Step) -> bool {
        match &step.action {
            StepAction::Export(exports) => exports.iter().any(|e| Until::of_export(self.program, *e).is_some()),
            StepAction::Container(c) => c.namespace.is_none() && Until::of_container(self.program, c).is_some(),
            _ => false,
        }
    }

    /// Writes `lib.sh`; `root` is the way from its folder to the one that holds `dbt/`.
    pub(super) fn shared(&mut self, root: &'static str) {
        #[derive(Serialize)]
        struct Shared {
            header: Vec<String>,
            runner: &'static str,
            root: &'static str,
            freshness: bool,
            containers: bool,
            tableau: bool,
            bigquery: bool,
            records: bool,
            xlsx: bool,
            /// Whether something is sent that stands on a determination with a last day.
            ends: bool,
            /// The one that what Tableau copies stands on.
            shown: Option<Until>,
            /// Whether who builds has a password.
            password: bool,
            store: Option<secrets::Store>,
            /// Variables that dbt asks for.
            dbt: Vec<String>,
        }
        let pipelines = self.pipelines();
        let any = |fits: fn(&StepAction) -> bool| pipelines.iter().flat_map(|p| &p.steps).any(|s| fits(&s.action));
        let freshness = any(|a| matches!(a, StepAction::Freshness));
        let containers = any(|a| matches!(a, StepAction::Container(c) if c.namespace.is_none()));
        let tableau = any(|a| matches!(a, StepAction::Refresh(..)));
        let bigquery = self.bigquery();
        let xlsx = self.writes(&pipelines, ExportFormat::Xlsx);
        let records = pipelines.iter().any(|p| p.audit.is_some());
        let shown = Until::of_tableau(self.program).filter(|_| tableau);
        let ends = shown.is_some() || pipelines.iter().flat_map(|p| &p.steps).any(|s| self.ends(s));
        let dbt = dbt_variables(self.program);
        let (password, store) = (self.program.building_secret().is_some(), secrets::store(self.program, self.runner));
        let runner = match self.runner {
            Runner::Airflow => "airflow",
            Runner::Cron => "cron",
        };
        let header = text::header("What the scripts of this folder share.", &text::whole_project(self.program));
        self.render(
            "lib.sh",
            &format!("{}/lib.sh", self.folder),
            self.program.project.at,
            &Shared { header, runner, root, freshness, containers, tableau, bigquery, records, xlsx, ends, shown, password, store, dbt },
        );
    }
}

fn broken(at: Span, error: &tera::Error) -> Diagnostic {
    Diagnostic::error(Code::HostFailed, at, format!("a template of a pipeline's scripts is broken: {error}"))
}

/// The variables that dbt's profile asks for.
fn dbt_variables(program: &Program) -> Vec<String> {
    let fixed = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let Some(warehouse) = program.project.warehouse.as_ref().filter(|w| w.dialect == Dialect::BigQuery) else {
        return fixed(&["DBT_HOST", "DBT_PORT", "DBT_USER", "DBT_PASSWORD", "DBT_DATABASE", "DBT_SCHEMA"]);
    };
    let named = ["project", "location"].iter().filter_map(|k| match warehouse.settings.get(*k) {
        Some(Setting::Env(name) | Setting::Secret(name)) if is_variable(name) => Some(name.to_string()),
        _ => None,
    });
    named.chain(std::iter::once("DBT_SCHEMA".to_owned())).collect()
}
