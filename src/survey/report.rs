use super::constant::is_constant;
use super::project::{Project, Unit};
use crate::base::{FileId, Sources, Span};
use crate::diag::render::place;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::ir::{Program, Table, TableKind, Type};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a survey found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Every file, in order of path.
    pub files: Vec<FileReport>,
    /// All of them together.
    pub totals: Share,
    /// Why files do not pass, most frequent first.
    pub reasons: Vec<Frequency>,
    /// Errors and warnings with their places in the user's files.
    #[serde(skip)]
    pub diagnostics: Diagnostics,
}

/// How many files pass. A file passes when all its queries do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Files with a query in them.
    pub files: usize,
    /// Parsed and lowered, every construct known.
    pub read: usize,
    /// Every output column has a type.
    pub typed: usize,
    /// Every output column has origins, or is a constant.
    pub traced: usize,
    /// All three.
    pub passed: usize,
    /// Files of these with something in them that is understood and refused on purpose.
    pub refused: usize,
    /// Files without any query.
    pub without_query: usize,
}

/// A reason and how many files it keeps back.
#[derive(Debug, Serialize)]
pub struct Frequency {
    /// Files.
    pub files: usize,
    /// A diagnostic's code; empty when nothing is wrong with the file itself.
    pub code: &'static str,
    /// In words.
    pub reason: String,
}

/// A file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// Where it lies in the folder.
    pub path: String,
    /// Its queries, in order.
    pub queries: Vec<UnitReport>,
    /// Statements that are no query and declare no table, by their first words.
    pub skipped: Vec<String>,
}

impl FileReport {
    fn all(&self, holds: impl Fn(&UnitReport) -> bool) -> bool {
        self.queries.iter().all(holds)
    }
}

/// A query.
#[derive(Debug, Serialize)]
pub struct UnitReport {
    /// What the relation it makes is called.
    pub name: String,
    /// Parsed and lowered, every construct known.
    pub read: bool,
    /// Every output column has a type.
    pub typed: bool,
    /// Every output column has origins, or is a constant.
    pub traced: bool,
    /// Its output columns, as far as they are known.
    pub columns: Vec<ColumnReport>,
    /// Why it does not pass; empty when it does.
    pub reasons: Vec<Reason>,
    /// What is read and typed, and refused on purpose: the clock, chance.
    pub refused: Vec<Reason>,
}

/// An output column.
#[derive(Debug, Serialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// Its type; `None` when it has none.
    #[serde(rename = "type")]
    pub ty: Option<String>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// How many columns of other tables it comes from, or decide about it.
    pub origins: usize,
}

/// Why a query does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A diagnostic's code; empty when nothing is wrong with the query itself.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// `path:line:column`
    pub place: String,
}

/// What a query that names no relation may do, and a model may not.
const LOOSE: [Code; 2] = [Code::UnnamedColumn, Code::DuplicateName];

/// What is understood, and refused on purpose: the clock and chance, and names that Postgres would cut.
const REFUSED: [Code; 3] = [Code::Unrepeatable, Code::MaskClock, Code::NameTooLong];

/// Puts together what was found.
pub(super) fn report(
    user: &Sources,
    files: &[FileId],
    units: &[Unit],
    project: &Project,
    program: &Program,
    diagnostics: &Diagnostics,
    mut found: Diagnostics,
) -> Report {
    let mut problems: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    for (index, problem) in diagnostics.iter().filter(|d| d.severity == Severity::Error).filter_map(|d| project.placed(units, d)) {
        let loose = units.get(index).is_some_and(|u| u.defines.is_empty()) && LOOSE.contains(&problem.code);
        if problem.code != Code::UnnamedColumn && !(loose && problem.message.starts_with("two output columns")) {
            problems.entry(index).or_default().push(problem);
        }
    }
    let mut broken: BTreeMap<FileId, Vec<Diagnostic>> = BTreeMap::new();
    for problem in found.iter().filter(|d| d.severity == Severity::Error && files.contains(&d.at.file)) {
        broken.entry(problem.at.file).or_default().push(problem.clone());
    }
    let surveyor = Surveyor { user, units, project, program, problems: &problems };
    let files: Vec<FileReport> = files.iter().map(|file| surveyor.file(*file, broken.get(file).map_or(&[], Vec::as_slice))).collect();
    for problem in problems.into_values().flatten() {
        found.push(problem);
    }
    Report { totals: totals(&files), reasons: reasons(&files), files, diagnostics: found.sorted(user) }
}

struct Surveyor<'s> {
    user: &'s Sources,
    units: &'s [Unit],
    project: &'s Project,
    program: &'s Program,
    problems: &'s BTreeMap<usize, Vec<Diagnostic>>,
}

impl Surveyor<'_> {
    /// A model it reads whose columns are not known.
    fn upstream(&self, table: &Table) -> Option<&str> {
        let open = table.reads.iter().filter(|id| self.program.open.contains(id));
        open.filter_map(|id| self.program.table(*id)).map(|t| t.name.as_str()).next()
    }

    fn file(&self, file: FileId, broken: &[Diagnostic]) -> FileReport {
        let path = self.user.get(file).map_or(String::new(), |f| f.path.to_string());
        let mut queries: Vec<UnitReport> = Vec::new();
        let mut skipped = Vec::new();
        for (index, unit) in self.units.iter().enumerate().filter(|(_, u)| u.file == file) {
            match &unit.skipped {
                Some(words) => skipped.push(words.clone()),
                None => queries.push(self.unit(index, unit)),
            }
        }
        if !broken.is_empty() {
            let reasons = broken.iter().map(|d| self.reason(d)).collect();
            let name = super::names::stem(&path).to_owned();
            queries.push(UnitReport { name, read: false, typed: false, traced: false, columns: Vec::new(), reasons, refused: Vec::new() });
        }
        FileReport { path, queries, skipped }
    }

    fn reason(&self, problem: &Diagnostic) -> Reason {
        Reason { code: problem.code.id(), message: problem.message.clone(), place: place(problem.at, self.user) }
    }

    fn unit(&self, index: usize, unit: &Unit) -> UnitReport {
        let name = self.project.models.get(index).map_or(String::new(), |n| n.as_str().to_owned());
        let on_purpose = |d: &&Diagnostic| REFUSED.contains(&d.code);
        let problems = self.problems.get(&index).map_or(&[][..], Vec::as_slice);
        let mut reasons: Vec<Reason> = problems.iter().filter(|d| !on_purpose(d)).map(|d| self.reason(d)).collect();
        let refused: Vec<Reason> = problems.iter().filter(on_purpose).map(|d| self.reason(d)).collect();
        let mut report = UnitReport {
            name: name.clone(),
            read: reasons.is_empty(),
            typed: false,
            traced: false,
            columns: Vec::new(),
            reasons: Vec::new(),
            refused,
        };
        let Some((id, table)) = self.program.table_named(&name) else { return UnitReport { read: false, reasons, ..report } };
        let TableKind::Model(model) = &table.kind else { return UnitReport { read: false, reasons, ..report } };
        report.columns = table.columns.iter().map(column).collect();
        if report.read {
            let own = |message: String, at: Span| Reason { code: "", message, place: place(at, self.user) };
            if table.columns.is_empty() && self.program.open.contains(&id) {
                reasons.push(own("its columns are not known: it lies on a circle".to_owned(), Span { end: unit.at.start, ..unit.at }));
                report.read = false;
            } else if let Some(upstream) = self.upstream(table) {
                reasons.push(own(format!("reads `{upstream}`, whose columns are not known"), Span { end: unit.at.start, ..unit.at }));
            } else {
                let place_of = |at: Span| self.project.place(self.units, at).unwrap_or(Span { end: unit.at.start, ..unit.at });
                let untyped = table.columns.iter().filter(|c| matches!(c.ty, Type::Error | Type::Unknown));
                reasons.extend(
                    untyped
                        .map(|c| own(format!("`{}` has no type: it comes from a column whose type is not known", c.name), place_of(c.at))),
                );
                report.typed = reasons.is_empty();
                let lost =
                    table.columns.iter().enumerate().filter(|(i, c)| c.from.iter().next().is_none() && !is_constant(&model.query, *i));
                let lost: Vec<Reason> =
                    lost.map(|(_, c)| own(format!("`{}` is no constant and has no origins", c.name), place_of(c.at))).collect();
                report.traced = lost.is_empty();
                reasons.extend(lost);
            }
        }
        report.reasons = reasons;
        report
    }
}

fn column(c: &crate::ir::Column) -> ColumnReport {
    let ty = (!matches!(c.ty, Type::Error | Type::Unknown)).then(|| c.ty.to_string());
    ColumnReport { name: c.name.as_str().to_owned(), ty, nullable: c.nullable, origins: c.from.iter().count() }
}

fn totals(files: &[FileReport]) -> Share {
    let mut share = Share::default();
    for file in files {
        if file.queries.is_empty() {
            share.without_query += 1;
            continue;
        }
        share.files += 1;
        share.read += usize::from(file.all(|q| q.read));
        share.typed += usize::from(file.all(|q| q.typed));
        share.traced += usize::from(file.all(|q| q.traced));
        share.refused += usize::from(!file.all(|q| q.refused.is_empty()));
        share.passed += usize::from(file.all(|q| q.read && q.typed && q.traced));
    }
    share
}

fn reasons(files: &[FileReport]) -> Vec<Frequency> {
    let mut counted: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for file in files {
        let of_file: BTreeSet<(&'static str, String)> =
            file.queries.iter().flat_map(|q| &q.reasons).map(|r| (r.code, r.message.clone())).collect();
        for reason in of_file {
            *counted.entry(reason).or_default() += 1;
        }
    }
    let mut out: Vec<Frequency> = counted.into_iter().map(|((code, reason), files)| Frequency { files, code, reason }).collect();
    out.sort_by(|a, b| b.files.cmp(&a.files).then_with(|| (a.code, &a.reason).cmp(&(b.code, &b.reason))));
    out
}
