//! What verification found, for people and for programs.

use super::built::FOREIGN;
use super::predicate::Predicate;
use crate::base::{FileId, Sources, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use serde::Serialize;

/// The format of `pipec verify --format json`; a field is never taken away or given another meaning without another number.
const VERSION: u32 = 1;

/// Which side has more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The artifact lets through what the program does not.
    ArtifactHasMore,
    /// The artifact holds back what the program lets through.
    ProgramHasMore,
    /// Neither holds all of the other.
    Differs,
    /// The artifact says something whose effect is not known.
    NotUnderstood,
}

/// The rows of a cell on both sides, as conditions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Rows {
    /// In the artifact.
    pub artifact: String,
    /// In the program.
    pub program: String,
}

/// One difference: cells of one principal, object and verb that differ in the same way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// Where in the artifact.
    pub at: Span,
    /// Which side has more.
    pub side: Side,
    /// `sql`, `dbt`, …
    pub target: &'static str,
    /// Who; empty where it is about nobody in particular.
    pub principal: String,
    /// What they may do.
    pub verb: String,
    /// With what.
    pub object: String,
    /// Which columns; empty: the whole.
    pub columns: Vec<String>,
    /// Which rows.
    pub rows: Option<Rows>,
    /// What is the matter, in a sentence.
    pub says: String,
    /// The declaration.
    pub because: Option<Span>,
}

impl Rows {
    pub(super) fn new(artifact: Option<&Predicate>, program: Option<&Predicate>) -> Option<Rows> {
        if artifact.is_none_or(|p| *p == Predicate::Yes) && program.is_none_or(|p| *p == Predicate::Yes) {
            return None;
        }
        let text = |p: Option<&Predicate>| p.map_or_else(|| "none".to_owned(), ToString::to_string);
        Some(Rows { artifact: text(artifact), program: text(program) })
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Report {
    /// In order of place.
    pub differences: Vec<Difference>,
    /// How many cells (principal, object, column, verb) were compared.
    pub cells: usize,
    /// Targets that were read.
    pub targets: Vec<&'static str>,
    /// Folders, or files beside them, that no model here reads: they have to be, byte for byte, what the project builds.
    pub as_built: Vec<String>,
    /// Where the project is declared.
    pub(super) project: Span,
    /// Files that are not as the program makes them and give the same.
    pub edited: Vec<String>,
}

impl Report {
    /// Whether something was compared, and all of it is the same.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && !self.targets.is_empty()
    }

    /// What is held to the build byte for byte, as a list; `None` where everything is read back.
    pub fn held_to_the_build(&self) -> Option<String> {
        let listed: Vec<String> = self.as_built.iter().map(|f| format!("`{f}`")).collect();
        (!listed.is_empty()).then(|| listed.join(", "))
    }

    pub(super) fn push(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    pub(super) fn unread(&mut self, file: FileId, object: &str, why: &str) {
        self.differences.push(Difference {
            at: Span::new(file, 0, 0),
            side: Side::NotUnderstood,
            target: "",
            principal: String::new(),
            verb: String::new(),
            object: object.to_owned(),
            columns: Vec::new(),
            rows: None,
            says: why.to_owned(),
            because: None,
        });
    }

    /// In order, each once.
    pub(super) fn sort(&mut self) {
        self.differences.sort();
        self.differences.dedup();
    }
}

/// As messages.
pub fn diagnostics(report: &Report) -> Diagnostics {
    let mut out = Diagnostics::new();
    if report.targets.is_empty() {
        let here =
            report.held_to_the_build().map_or_else(|| "there are no files".to_owned(), |folders| format!("{folders} cannot be read back"));
        let problem = Diagnostic::error(Code::NothingCompared, report.project, format!("nothing is compared: {here}"));
        out.push(problem.help(
            "`verify` reads SQL for Postgres and BigQuery, dbt for Postgres, Tableau, policies for AWS, and Terraform: nobody has looked at anything else",
        ));
    }
    for found in &report.differences {
        let (code, label) = match found.side {
            Side::ArtifactHasMore => (Code::ArtifactGivesMore, "more than the program gives"),
            Side::ProgramHasMore => (Code::ArtifactGivesLess, "less than the program gives"),
            Side::Differs => (Code::ArtifactDiffers, "not what the program says"),
            Side::NotUnderstood => (Code::ArtifactUnread, "not understood"),
        };
        let mut diagnostic = Diagnostic::error(code, found.at, found.says.clone()).label(label);
        if let Some(because) = found.because {
            diagnostic = diagnostic.mark(because, "declared here");
        }
        if let Some(rows) = &found.rows {
            diagnostic =
                diagnostic.help(format!("rows in the artifact: {}", rows.artifact)).help(format!("rows in the program: {}", rows.program));
        }
        out.push(diagnostic.help(if found.says.ends_with(FOREIGN) {
            "a build leaves it alone: take it out of the folder of artifacts"
        } else {
            "build again to have the artifact of the program, or change the program"
        }));
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    same: bool,
    cells: usize,
    targets: &'a [&'static str],
    as_built: &'a [String],
    differences: Vec<Line<'a>>,
    edited: &'a [String],
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'static str,
    side: Side,
    target: &'a str,
    principal: &'a str,
    verb: &'a str,
    object: &'a str,
    columns: &'a [String],
    rows: Option<&'a Rows>,
    says: &'a str,
    file: String,
    line: u32,
    declared: Option<String>,
}

/// As a document for programs.
pub fn json(report: &Report, sources: &Sources) -> String {
    let place = |at: Span| sources.get(at.file).map(|f| (f.path.to_string(), f.line_col(at.start).line + 1));
    let line =
        |d: &'_ Difference| (place(d.at).unwrap_or_default(), d.because.and_then(place).map(|(file, line)| format!("{file}:{line}")));
    let lines = report.differences.iter().map(|d| {
        let ((file, at), declared) = line(d);
        let code = match d.side {
            Side::ArtifactHasMore => Code::ArtifactGivesMore,
            Side::ProgramHasMore => Code::ArtifactGivesLess,
            Side::Differs => Code::ArtifactDiffers,
            Side::NotUnderstood => Code::ArtifactUnread,
        };
        Line {
            code: code.id(),
            side: d.side,
            target: d.target,
            principal: &d.principal,
            verb: &d.verb,
            object: &d.object,
            columns: &d.columns,
            rows: d.rows.as_ref(),
            says: &d.says,
            file,
            line: at,
            declared,
        }
    });
    let document = Document {
        format: "pipec-verify",
        version: VERSION,
        same: report.is_same(),
        cells: report.cells,
        targets: &report.targets,
        as_built: &report.as_built,
        differences: lines.collect(),
        edited: &report.edited,
    };
    // Writing texts and numbers into a string cannot fail.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
