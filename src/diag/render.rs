//! Diagnostics for people (through miette) and for machines (JSON lines). The only file that knows miette.

use super::{Diagnostic, Diagnostics, Severity};
use crate::base::{Sources, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
use serde::Serialize;
use std::fmt::Write;

/// How diagnostics are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Frames and underlines; `colour` only on a terminal.
    Human {
        /// Whether to colour.
        colour: bool,
        /// Columns to wrap at.
        width: usize,
    },
    /// One JSON object per line, as documented in `docs/reference/json-diagnostics.md`.
    Json,
}

/// All of them, in their order.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        match style {
            Style::Human { colour, width } => human(diagnostic, sources, colour, width, &mut out),
            Style::Json => {
                let line = json(diagnostic, sources);
                out.push_str(&serde_json::to_string(&line).unwrap_or_default());
                out.push('\n');
            }
        }
    }
    out
}

fn human(diagnostic: &Diagnostic, sources: &Sources, colour: bool, width: usize, out: &mut String) {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false).with_context_lines(1);
    let mut report =
        MietteDiagnostic::new(diagnostic.message.clone()).with_code(diagnostic.code.id()).with_severity(match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        });
    let mut labels = vec![labelled(diagnostic.at, &diagnostic.label, true)];
    let mut elsewhere = String::new();
    let steps = diagnostic.trace.iter().map(|s| (s.at, s.text.as_str()));
    for (at, text) in diagnostic.marks.iter().map(|m| (m.at, m.label.as_str())) {
        if at.file == diagnostic.at.file {
            labels.push(labelled(at, text, false));
        } else {
            let _ = write!(elsewhere, "\n{}: {text}", place(at, sources));
        }
    }
    if diagnostic.trace.len() > 1 {
        elsewhere.push_str("\nthe value's way:");
        for (i, (at, text)) in steps.enumerate() {
            let written = excerpt(at, sources, LONGEST_EXCERPT);
            let colon = if written.is_empty() { "" } else { ": " };
            let _ = write!(elsewhere, "\n  {}. {text}  ({}{colon}{written})", i + 1, place(at, sources));
        }
    }
    let file = sources.get(diagnostic.at.file);
    if file.is_some() {
        report = report.with_labels(labels);
    }
    let help: Vec<&str> = diagnostic.help.iter().map(String::as_str).chain(elsewhere.lines().filter(|l| !l.is_empty())).collect();
    if !help.is_empty() {
        report = report.with_help(help.join("\n"));
    }
    let mut full = miette::Report::from(report);
    if let Some(file) = file {
        full = full.with_source_code(NamedSource::new(file.path.as_str(), clipped(sources, diagnostic.at)));
    }
    if handler.render_report(out, full.as_ref()).is_err() {
        let _ = writeln!(out, "{}: {} ({})", diagnostic.code.id(), diagnostic.message, place(diagnostic.at, sources));
    }
    out.push('\n');
}

/// Lines longer than this are not drawn: a frame around a megabyte helps nobody.
const LONGEST_DRAWN_LINE: usize = 4_000;

fn clipped(sources: &Sources, at: Span) -> String {
    let text = sources.text(at.file);
    if text.lines().any(|line| line.len() > LONGEST_DRAWN_LINE) { String::new() } else { text.to_owned() }
}

fn labelled(at: Span, text: &str, primary: bool) -> LabeledSpan {
    let text = (!text.is_empty()).then(|| text.to_owned());
    let range = (at.start as usize, at.end.saturating_sub(at.start) as usize);
    if primary { LabeledSpan::new_primary_with_span(text, range) } else { LabeledSpan::new_with_span(text, range) }
}

/// Characters of a hop's own text that people are shown.
const LONGEST_EXCERPT: usize = 60;
/// Characters of it that machines are given.
const LONGEST_WRITTEN: usize = 400;

/// What is written at a place, on one line; what is longer is cut.
pub fn excerpt(at: Span, sources: &Sources, most: usize) -> String {
    let text = closed(sources.text(at.file), at);
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() > most {
            return line.chars().take(most.saturating_sub(1)).chain(['…']).collect();
        }
    }
    line
}

/// The text at a place, and what closes the brackets opened in it: the place of a call ends with its last argument.
fn closed(text: &str, at: Span) -> &str {
    let written = text.get(at.start as usize..at.end as usize).unwrap_or_default();
    let depth = |t: &str| t.matches('(').count().saturating_sub(t.matches(')').count());
    let after = text.get(at.end as usize..).unwrap_or_default();
    let blank = after.len() - after.trim_start().len();
    let closing = after.trim_start().bytes().take_while(|b| *b == b')').take(depth(written)).count();
    if closing == 0 { written } else { text.get(at.start as usize..at.end as usize + blank + closing).unwrap_or(written) }
}

/// `path:line:column`, both from 1.
pub fn place(at: Span, sources: &Sources) -> String {
    match sources.get(at.file) {
        Some(file) => {
            let from = file.line_col(at.start);
            format!("{}:{}:{}", file.path, from.line + 1, from.column + 1)
        }
        None => String::from("?"),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    label: &'a str,
    #[serde(flatten)]
    at: Place,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<Note<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    text: &'a str,
    written: String,
    #[serde(flatten)]
    at: Place,
}

#[derive(Serialize)]
struct Note<'a> {
    text: &'a str,
    #[serde(flatten)]
    at: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start: u32,
    end: u32,
}

fn json<'a>(diagnostic: &'a Diagnostic, sources: &Sources) -> Line<'a> {
    Line {
        code: diagnostic.code.id(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        label: &diagnostic.label,
        at: json_place(diagnostic.at, sources),
        marks: diagnostic.marks.iter().map(|m| Note { text: &m.label, at: json_place(m.at, sources) }).collect(),
        help: &diagnostic.help,
        trace: diagnostic
            .trace
            .iter()
            .map(|s| Step { text: &s.text, written: excerpt(s.at, sources, LONGEST_WRITTEN), at: json_place(s.at, sources) })
            .collect(),
    }
}

fn json_place(at: Span, sources: &Sources) -> Place {
    let Some(file) = sources.get(at.file) else {
        return Place { path: String::new(), line: 0, column: 0, end_line: 0, end_column: 0, start: 0, end: 0 };
    };
    let (from, to) = (file.line_col(at.start), file.line_col(at.end));
    Place {
        path: file.path.to_string(),
        line: from.line + 1,
        column: from.column + 1,
        end_line: to.line + 1,
        end_column: to.column + 1,
        start: at.start,
        end: at.end,
    }
}
