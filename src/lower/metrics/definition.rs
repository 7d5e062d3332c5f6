use super::super::model::Shared;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::TableId;
use crate::resolve::{Pending, table_id};
use crate::syntax::ast::{self, MetricBody, Template, Word, WordKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A metric as declared, names read.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// `unit count`
    pub(super) unit: Arc<str>,
    /// `grain day`
    pub(super) grain: Option<(Arc<str>, Span)>,
    /// `over period_date`
    pub(super) period: Option<(Ident, Span)>,
    /// `by organization_id, kind`
    pub(super) dimensions: Vec<(Ident, Span)>,
    /// `version v1`
    pub(super) version: Option<Arc<str>>,
    /// What it is computed from.
    pub(super) shape: Shape,
    /// Where declared.
    pub(super) at: Span,
}

/// What a metric is computed from.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// An aggregate over a table.
    Over {
        table: TableId,
        /// The table as written.
        source: Span,
        value: Span,
        filter: Option<Span>,
        /// `subject patient_id`: the column that names the person a cell counts.
        subject: Option<(Ident, Span)>,
    },
    /// An expression over other metrics.
    Ratio { expr: Span },
}

impl Definition {
    /// Whether two metrics have a value for the same periods and dimensions.
    pub(super) fn same_cells(&self, other: &Definition) -> bool {
        let names = |d: &Definition| d.dimensions.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        self.grain.as_ref().map(|(g, _)| g) == other.grain.as_ref().map(|(g, _)| g) && names(self) == names(other)
    }
}

const GRAINS: [&str; 5] = ["day", "week", "month", "quarter", "year"];
const SETTINGS: [&str; 9] = ["over", "grain", "by", "unit", "subject", "version", "where", "owner", "tags"];

/// Reads a metric's declaration. `None` after reporting what is wrong with it.
pub(super) fn read(shared: &Shared<'_>, pending: &Pending<'_, ast::Metric>, diagnostics: &mut Diagnostics) -> Option<Definition> {
    let (settings, shape) = match &pending.syntax.body {
        MetricBody::Ratio { expr, settings } => (settings, Shape::Ratio { expr: expr.at }),
        MetricBody::From { source, value, filter, settings } => {
            let parts: Option<Vec<Ident>> = source.parts.iter().map(|p| shared.generator.name(p, &pending.env, diagnostics)).collect();
            let parts = parts?;
            let Some(table) = table_id(shared.program, &parts) else {
                let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
                let problem = Diagnostic::error(Code::UnknownName, source.at, format!("no table or model is called `{written}`"));
                diagnostics.push(problem.suggest(&written, shared.program.table_names.keys().map(Ident::as_str)));
                return None;
            };
            let Some(value) = value else {
                let problem = Diagnostic::error(Code::MissingSetting, pending.at, format!("metric `{}` has no value", pending.name));
                diagnostics.push(problem.help("add `value = count(…)` or another aggregate"));
                return None;
            };
            (settings, Shape::Over { table, source: source.at, value: value.at, filter: filter.map(|f| f.at), subject: None })
        }
    };
    let mut definition =
        Definition { unit: "number".into(), grain: None, period: None, dimensions: Vec::new(), version: None, shape, at: pending.at };
    let mut words = settings.iter().peekable();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    while let Some(key) = words.next() {
        let mut rest: Vec<&Word> = Vec::new();
        while let Some(word) = words.next_if(|w| !is_key(w) || is_dimension(key, rest.last().copied(), w)) {
            rest.push(word);
        }
        if let Some(twice) = plain(key).filter(|k| !said.insert(k)) {
            diagnostics.push(Diagnostic::error(Code::BadSetting, key.at, format!("`{twice}` is said twice")).help("leave one of them out"));
            return None;
        }
        setting(&mut definition, key, &rest, diagnostics)?;
    }
    if definition.grain.is_some() != definition.period.is_some() {
        let problem = Diagnostic::error(Code::MetricShape, pending.at, "`over` and `grain` go together");
        diagnostics.push(problem.help("write `over period_date grain month`"));
        return None;
    }
    Some(definition)
}

fn setting(definition: &mut Definition, key: &Word, rest: &[&Word], diagnostics: &mut Diagnostics) -> Option<()> {
    let key_name = plain(key).unwrap_or_default();
    // Names were resolved with everything else that has an owner.
    if ["owner", "tags"].contains(&key_name) {
        return Some(());
    }
    let names: Vec<(Ident, Span)> = rest.iter().filter_map(|w| plain(w).map(|n| (Ident::folded(n), w.at))).collect();
    let first = names.first().cloned();
    if let Some(word) = left_over(key_name, rest) {
        let problem = Diagnostic::error(Code::BadSetting, word.at, format!("this word is not understood behind `{key_name}`"));
        diagnostics.push(problem.help(match key_name {
            "by" => "dimensions stand between commas: `by organization_id, kind`".to_owned(),
            _ => format!("`{key_name}` takes one name, and another setting may follow: {}", SETTINGS.join(", ")),
        }));
        return None;
    }
    match (key_name, first) {
        ("over", Some(column)) => definition.period = Some(column),
        ("grain", Some((grain, at))) if GRAINS.contains(&grain.as_str()) => definition.grain = Some((grain.as_str().into(), at)),
        ("grain", Some((grain, at))) => {
            let problem = Diagnostic::error(Code::BadSetting, at, format!("`{grain}` is no grain")).suggest(grain.as_str(), GRAINS);
            diagnostics.push(problem.help(format!("grains are {}", GRAINS.join(", "))));
            return None;
        }
        ("by", Some(_)) => definition.dimensions = names,
        ("unit", Some((unit, _))) => definition.unit = unit.as_str().into(),
        ("version", Some((version, _))) => definition.version = Some(version.as_str().into()),
        ("subject", Some(column)) => match &mut definition.shape {
            Shape::Over { subject, .. } => *subject = Some(column),
            Shape::Ratio { .. } => {
                diagnostics.push(
                    Diagnostic::error(Code::MetricShape, key.at, "a ratio has no subject of its own")
                        .help("name the subject in the metrics it is made of"),
                );
                return None;
            }
        },
        _ => {
            let problem =
                Diagnostic::error(Code::UnknownSetting, key.at, format!("a metric has no setting `{key_name}`, or it lacks its value"));
            diagnostics.push(problem.suggest(key_name, SETTINGS).help(format!("settings are {}", SETTINGS.join(", "))));
            return None;
        }
    }
    Some(())
}

/// The first word that a setting does not take: each takes one name, and `by` takes several with commas between them.
fn left_over<'w>(key: &str, rest: &[&'w Word]) -> Option<&'w Word> {
    let fits = |(i, w): &(usize, &&Word)| if i % 2 == 0 { plain(w).is_some() } else { key == "by" && comma(w) };
    let trailing = rest.last().copied().filter(|w| comma(w));
    rest.iter().enumerate().find(|one| !fits(one)).map(|(_, w)| *w).or(trailing)
}

fn is_key(word: &Word) -> bool {
    plain(word).is_some_and(|w| SETTINGS.contains(&w))
}

/// Whether a word that could begin a setting is a dimension: `by owner, tags`.
fn is_dimension(key: &Word, before: Option<&Word>, word: &Word) -> bool {
    plain(word).is_some_and(|w| ["owner", "tags"].contains(&w)) && before.map_or(plain(key) == Some("by"), comma)
}

fn comma(word: &Word) -> bool {
    matches!(&word.kind, WordKind::Symbol(s) if s == ",")
}

/// A word that is one plain name.
pub(super) fn plain(word: &Word) -> Option<&str> {
    match &word.kind {
        WordKind::Name(name) => match name.parts.as_slice() {
            [part] => match &part.text {
                Template::Plain(text) => Some(text.as_str()),
                Template::Mixed(_) => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether a plain word stands among these.
pub(super) fn says(words: &[Word], text: &str) -> bool {
    words.iter().any(|w| plain(w) == Some(text))
}
