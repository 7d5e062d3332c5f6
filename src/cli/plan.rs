use super::check::compile_loaded;
use super::output::{Output, print_out};
use super::{ERRORS, USAGE};
use crate::base::{Sources, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::driver::{Compilation, Options};
use crate::host::{self, Loaded, Wants};
use crate::ir::Program;
use crate::plan::{
    APPROVALS, Approval, Compared, Finding, Gate, Judged, Look, Side, approvals, compare, findings, github, json, judge, markdown, sarif,
    sql, text,
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// There are changes; only with `--detailed-exitcode`.
const CHANGES: u8 = 2;
/// A change goes against a closed gate.
const CLOSED: u8 = 3;

/// Shows what a change does: who may newly read what, first.
///
/// Compares the project with what it was in a commit, declaration by declaration: formatting, comments and the order of files are no change.
/// The work tree is not touched.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec plan                                    against where the branch left the default branch
  pipec plan --base v1.2                        against a tag
  pipec plan --base-dir ../released             against another folder
  pipec plan --base-build                       against what was built last
  pipec plan --save released.json               keep what is declared now; later: --base released.json
  pipec plan --fail-on new-access,new-flow      exit 3 if the change gives somebody more to read
  pipec plan --format markdown > comment.md     for a pull request
  pipec plan --sql patient                      the emitted SQL of `patient`, before and after

`docs/reference/plan.md` describes the report, the gates and the formats.")]
pub(super) struct Plan {
    /// The commit to compare with, or a file that `--save` wrote [default: where the branch left `origin/HEAD`, `origin/main` or `main`]
    #[arg(long, value_name = "REVISION", conflicts_with = "base_dir")]
    base: Option<String>,

    /// Compare with where the branch left `--base`, not with that commit itself
    #[arg(long, requires = "base")]
    merge_base: bool,

    /// Compare with the project in this folder
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    base_dir: Option<PathBuf>,

    /// Compare with what was built last, into this folder [default: `out` in the project folder]
    #[arg(long, value_name = "OUT", num_args = 0..=1, require_equals = true, conflicts_with_all = ["base", "base_dir"])]
    base_build: Option<Option<PathBuf>>,

    /// Write what the project declares into a file, as a base for later
    #[arg(long, value_name = "FILE.json", value_hint = clap::ValueHint::FilePath)]
    save: Option<PathBuf>,

    /// Say how many rows full refreshes make anew: a file as `pipec run --message-format json` writes it
    #[arg(long, value_name = "FILE.json", value_hint = clap::ValueHint::FilePath)]
    rows: Option<PathBuf>,

    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,

    /// All of everything, with the places that cause it
    #[arg(long)]
    verbose: bool,

    /// Exit 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    /// Exit 3 if the change does one of: new-access, new-flow, new-rows, release, weaker-mask, destroy, breaking
    #[arg(long, value_name = "GATES", value_delimiter = ',')]
    fail_on: Vec<String>,

    /// Let pass what goes against those gates: write it into `pipec.approvals`, with this reason
    #[arg(long, value_name = "REASON", requires = "fail_on")]
    approve: Option<String>,

    /// Show how the emitted SQL of a model differs instead
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["fail_on", "detailed_exitcode"])]
    sql: Option<String>,

    /// The folder that holds the `.pipe` files
    #[arg(long, short, default_value = ".", value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people, in colour on a terminal
    Human,
    /// Versioned
    Json,
    /// A comment on a pull request, at most 60,000 characters
    Markdown,
    /// What goes against the gates of `--fail-on`, as SARIF 2.1.0
    Sarif,
    /// The same as annotations of GitHub Actions
    Github,
}

/// The program to compare with, read.
struct Base {
    loaded: Loaded,
    /// How the report calls it.
    against: String,
    /// The project's folder in its repository; empty where there is none.
    prefix: String,
    /// Its file of approvals.
    approvals: String,
}

impl Plan {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let Some(gates) = self.gates(output) else { return USAGE };
        // Both are read and compiled at once.
        let options = Options { emit: self.sql.is_some(), ..Options::default() };
        let (base, (head_sources, head)) = rayon::join(
            || self.base().map(|b| (compile_loaded(b.loaded, &options), b.against, b.prefix, b.approvals)),
            || compile_loaded(host::load(&self.project, crate::stdlib::files(), Wants::Compile), &options),
        );
        let ((base_sources, base), against, prefix, spent) = match base {
            Ok(base) => base,
            Err(problem) => return refused(output, problem),
        };
        if head.diagnostics.has_errors() {
            output.diagnostics(&head.diagnostics, &head_sources);
        }
        let Some(program) = program(&head) else { return ERRORS };
        let Some(base_program) = program_of_base(output, &base, &base_sources, &against) else { return ERRORS };
        if let Some(model) = &self.sql {
            return self.sql(output, model, (&base, base_program), (&head, program));
        }
        let mut plan = compare(Side { program: base_program, sources: &base_sources }, Side { program, sources: &head_sources });
        if let Err(message) = self.count(&mut plan).and_then(|()| self.keep(&head, &head_sources)) {
            output.fail(&message);
            return ERRORS;
        }
        let found = match self.judged(output, findings(&plan, &gates), &findings(&plan, &Gate::ALL), &spent) {
            Ok(found) => found,
            Err(code) => return code,
        };
        let compared = Compared {
            project: program.project.name.as_str(),
            against: &against,
            base_checked: base.program.is_some(),
            head_checked: head.program.is_some(),
        };
        match self.format {
            Format::Human => print_out(&text(&plan, &against, Look { colour: output.colours_results(), verbose: self.verbose })),
            Format::Json => print_out(&json(&plan, compared, &found)),
            Format::Markdown => print_out(&markdown(&plan, compared.project, &against, &found)),
            Format::Sarif => print_out(&sarif(&found.open, &prefix)),
            Format::Github => print_out(&github(&found.open, &prefix)),
        }
        if self.format == Format::Human {
            found.approved.iter().for_each(|a| output.note(&format!("approved: {}: {}", a.finding.message, a.because)));
            found.open.iter().for_each(|f| output.note(&closed(f)));
        }
        match (head.program.is_none(), found.open.is_empty()) {
            (true, _) => ERRORS,
            (_, false) => CLOSED,
            _ if self.detailed_exitcode && !plan.is_empty() => CHANGES,
            _ => 0,
        }
    }

    /// Row counts of `--rows`: the last line of the file is `{"tables": [{"table": "fct_visits", "rows": 120000}]}`.
    fn count(&self, plan: &mut crate::plan::Plan) -> Result<(), String> {
        #[derive(serde::Deserialize)]
        struct Counts {
            tables: Vec<Count>,
        }
        #[derive(serde::Deserialize)]
        struct Count {
            table: String,
            rows: u64,
        }
        let Some(file) = &self.rows else { return Ok(()) };
        let text = host::read_text(file)?;
        let last = text.lines().rfind(|l| l.contains("\"tables\"")).unwrap_or(&text);
        let counts: Counts = serde_json::from_str(last)
            .map_err(|_| format!("`{}` holds no counts: write them with `pipec run --message-format json`", file.display()))?;
        plan.counted(&counts.tables.into_iter().map(|c| (c.table, c.rows)).collect());
        Ok(())
    }

    /// Writes the file of `--save`. What a check refuses is no base.
    fn keep(&self, head: &Compilation, sources: &Sources) -> Result<(), String> {
        let Some(file) = &self.save else { return Ok(()) };
        if head.program.is_none() {
            return Err("a project with errors is not saved".to_owned());
        }
        let approvals = host::read_text(&self.project.join(APPROVALS)).unwrap_or_default();
        host::write_file(file, &host::snapshot(sources, crate::stdlib::files(), approvals), false)
    }

    /// What goes against gates and is not approved; with `--approve` it is, from now on.
    fn judged(&self, output: &Output, closed: Vec<Finding>, all: &[Finding], spent: &str) -> Result<Judged, u8> {
        let path = self.project.join(APPROVALS);
        let here = if path.exists() { host::read_text(&path) } else { Ok(String::new()) };
        let read = here.as_ref().map_err(String::clone).and_then(|text| entries(text));
        let head = read.map_err(|message| {
            let problem = Diagnostic::error(Code::ApprovalsUnread, Span::default(), message);
            refused(output, problem.help("write entries with `pipec plan --fail-on … --approve \"reason\"`"))
        })?;
        // What the base has is spent, whatever it says; a base that cannot be read has nothing to spend.
        let judged = judge(closed, all, &entries(spent).unwrap_or_default(), &head);
        let Some(because) = &self.approve else {
            judged.stale.iter().for_each(|entry| output.note(&stale(entry)));
            return Ok(judged);
        };
        if because.trim().is_empty() || because.contains(char::is_control) {
            output.fail("an approval needs a reason, on one line");
            return Err(USAGE);
        }
        let text = here.unwrap_or_default();
        let written = judged.written(&text, because);
        if written != text && !(judged.open.is_empty() && judged.stale.is_empty()) {
            host::write_file(&path, written.as_bytes(), false).map_err(|message| {
                output.fail(&message);
                ERRORS
            })?;
        }
        output.say(&format!("{} written to `{}`, {} stale taken out", judged.open.len(), path.display(), judged.stale.len()));
        let head = entries(&written).unwrap_or_default();
        Ok(judge(
            judged.approved.into_iter().map(|a| a.finding).chain(judged.open).collect(),
            all,
            &entries(spent).unwrap_or_default(),
            &head,
        ))
    }

    fn gates(&self, output: &Output) -> Option<Vec<Gate>> {
        let mut gates = Vec::new();
        for name in self.fail_on.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
            let Some(gate) = Gate::from_name(name) else {
                let all: Vec<&str> = Gate::ALL.into_iter().map(Gate::name).collect();
                output.fail(&format!("there is no gate `{name}`; there are {}", all.join(", ")));
                return None;
            };
            gates.push(gate);
        }
        Some(gates)
    }

    fn base(&self) -> Result<Base, Diagnostic> {
        let library = crate::stdlib::files();
        if let Some(folder) = &self.base_dir {
            let loaded = host::load(folder, library, Wants::Compile);
            let prefix = host::project_prefix(&self.project).unwrap_or_default();
            let approvals = host::read_text(&folder.join(APPROVALS)).unwrap_or_default();
            return Ok(Base { loaded, against: format!("`{}`", folder.display()), prefix, approvals });
        }
        if let Some(file) = self.saved() {
            let prefix = host::project_prefix(&self.project).unwrap_or_default();
            let (loaded, approvals) = host::load_snapshot(&file, library).map_err(|message| {
                Diagnostic::error(Code::UnknownBase, Span::default(), message)
                    .help("`pipec plan --save FILE.json` writes a base; or name a commit with `--base`, a folder with `--base-dir`")
            })?;
            let against = if self.base_build.is_some() { "the last build".to_owned() } else { format!("`{}`", file.display()) };
            return Ok(Base { loaded, against, prefix, approvals });
        }
        let prefix = host::project_prefix(&self.project)?;
        let commit = match (&self.base, self.merge_base) {
            (Some(revision), false) => host::resolve(&self.project, revision)?,
            (revision, _) => host::default_base(&self.project, revision.as_deref())?,
        };
        let against = format!("{} ({})", commit.name, commit.id.get(..12).unwrap_or(&commit.id));
        match host::load_commit(&self.project, &commit, library, Wants::Compile)? {
            Some(loaded) => {
                let approvals = host::text_at(&self.project, &commit, APPROVALS)?.unwrap_or_default();
                Ok(Base { loaded, against, prefix, approvals })
            }
            None => {
                let message = format!("{against} has no folder `{}`", prefix.trim_end_matches('/'));
                Err(Diagnostic::error(Code::UnknownBase, Span::default(), message)
                    .help("the project is new there, or lies elsewhere: compare with a folder by `--base-dir`"))
            }
        }
    }

    /// The file that holds the base, when it is one.
    fn saved(&self) -> Option<PathBuf> {
        match (&self.base_build, &self.base) {
            (Some(out), _) => {
                let out = out.clone().unwrap_or_else(|| self.project.join("out"));
                Some(host::Memory::sources_of(&self.project, &out))
            }
            (None, Some(base)) if base.to_ascii_lowercase().ends_with(".json") => Some(PathBuf::from(base)),
            _ => None,
        }
    }

    fn sql(&self, output: &Output, model: &str, base: (&Compilation, &Program), head: (&Compilation, &Program)) -> u8 {
        if head.1.table_named(model).is_none() && base.1.table_named(model).is_none() {
            let known = head.1.table_names.keys().map(crate::base::Ident::as_str);
            let near = crate::diag::nearest(model, known).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            output.fail(&format!("no model is named `{model}`{near}"));
            return USAGE;
        }
        if head.0.program.is_none() || base.0.program.is_none() {
            output.fail("SQL is emitted of a program without errors only");
            return ERRORS;
        }
        let differences = sql(&base.0.files, &head.0.files, model);
        print_out(&if differences.is_empty() { format!("the emitted SQL of `{model}` is the same\n") } else { differences });
        0
    }
}

/// The program, as far as it was read as a whole.
fn program(compilation: &Compilation) -> Option<&Program> {
    compilation.program.as_ref().map(|c| c.program()).or(compilation.refused.as_deref())
}

/// The same of the base, after saying what is wrong with it.
fn program_of_base<'c>(output: &Output, base: &'c Compilation, sources: &Sources, against: &str) -> Option<&'c Program> {
    if base.diagnostics.has_errors() {
        output.note(&format!("in the base, {against}:"));
        output.diagnostics(&base.diagnostics, sources);
    }
    let found = program(base);
    let problem = match (found, base.program.is_some()) {
        (Some(_), true) => return found,
        (Some(_), false) => {
            let message = format!("a check refuses the base, {against}: what it let through was never built from it");
            Diagnostic::warning(Code::BaseRefused, Span::default(), message).help("the plan compares with what it declares")
        }
        (None, _) => {
            let message = format!("the base, {against}, does not compile: there is nothing to compare with");
            Diagnostic::error(Code::BaseBroken, Span::default(), message)
                .help("name an earlier commit with `--base`; `pipec access` and `pipec lineage` show the new program alone")
        }
    };
    refused(output, problem);
    found
}

fn refused(output: &Output, problem: Diagnostic) -> u8 {
    let mut all = Diagnostics::new();
    all.push(problem);
    output.diagnostics(&all, &Sources::new());
    ERRORS
}

/// The entries of a file of approvals, or its fault.
fn entries(text: &str) -> Result<Vec<Approval>, String> {
    approvals(text).map_err(|(line, what)| format!("`{APPROVALS}`, line {line}: {what}"))
}

/// An entry that fits nothing, in a line.
fn stale(entry: &Approval) -> String {
    let gain = entry.gain.first().map_or("", String::as_str);
    let line = entry.lines.start + 1;
    format!("{}: `{APPROVALS}:{line}` approves what this change does not do (any more): {gain}", Code::ApprovalStale.id())
}

/// What goes against a gate, in a line.
fn closed(finding: &Finding) -> String {
    let place = finding.causes.first().map_or(String::new(), |c| format!(" ({}:{})", c.path, c.line));
    format!("{}: the gate `{}` is closed: {}{place}", Code::GateClosed.id(), finding.gate.name(), finding.message)
}
