use super::{Program, TableId, Verb};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `datasource client_report on client_report { … }`: how Tableau shows a table. Who sees it, grants say.
#[derive(Clone, Debug)]
pub struct DataSource {
    /// `client_report`
    pub name: Ident,
    /// The table; its masked twins are shown the same way.
    pub table: TableId,
    /// What it is called in Tableau; none: its name in words.
    pub caption: Option<Arc<str>>,
    /// The project it is published to; none: the project's own name.
    pub project: Option<Arc<str>>,
    /// `extract` or `live`; none: an extract where somebody may take its file, else live.
    pub extract: Option<(bool, Span)>,
    /// `folder "Patients" { a; b }`
    pub folders: Vec<(Arc<str>, Vec<FieldName>)>,
    /// `captions { cost "Cost" }`
    pub captions: Vec<(FieldName, Arc<str>)>,
    /// `hide id`: out of sight, which keeps nothing secret.
    pub hidden: Vec<FieldName>,
    /// `measures cost`, `dimensions year`: measure or not.
    pub measures: Vec<(FieldName, bool)>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

impl DataSource {
    /// Every column it names, with its place.
    pub fn fields(&self) -> impl Iterator<Item = &FieldName> {
        let foldered = self.folders.iter().flat_map(|(_, f)| f);
        foldered.chain(self.captions.iter().map(|(f, _)| f)).chain(&self.hidden).chain(self.measures.iter().map(|(f, _)| f))
    }
}

/// A column's name, and where it is written.
pub type FieldName = (Ident, Span);

/// What Tableau shows of one table, and to whom: derived from grants to roles with a group there.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Unique over all of them.
    pub name: Ident,
    /// The declaration that says how, by index into [`Program::data_sources`](super::Program).
    pub declared: Option<u32>,
    /// What is shown.
    pub table: TableId,
    /// The view that the connection reads, and nothing else: the table's columns first, in order, then what the filter asks.
    pub view: TableId,
    /// Roles with a group, in order.
    pub readers: Vec<Viewer>,
    /// Kept in Tableau as a copy.
    pub extract: bool,
    /// The view's column with the name of the user a row is for; NULL in the rows that groups alone open.
    pub login: Option<u32>,
    /// Where declared, or granted first.
    pub at: Span,
}

/// A role that a data source is shown to.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The role.
    pub role: Ident,
    /// Its group.
    pub group: Arc<str>,
    /// `view`, `extract`, sorted.
    pub verbs: Vec<Verb>,
    /// Which rows it sees.
    pub sees: Sees,
    /// The first grant.
    pub at: Span,
}

/// Which rows a role sees in a data source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sees {
    /// All.
    All,
    /// Those where this column of the view is true, whoever in the group asks.
    Group(u32),
    /// Those where this column of the view is true and the row is for whoever asks.
    Login(u32),
}

impl Shown {
    /// How it is declared to be shown.
    pub fn settings<'p>(&self, program: &'p Program) -> Option<&'p DataSource> {
        program.data_sources.get(self.declared? as usize)
    }

    /// What it is called in Tableau.
    pub fn caption(&self, program: &Program) -> String {
        let Some(settings) = self.settings(program) else { return in_words(self.name.as_str()) };
        let caption = settings.caption.as_deref().map_or_else(|| in_words(settings.name.as_str()), str::to_owned);
        // A twin stands beside what it masks.
        if settings.table == self.table { caption } else { format!("{caption} ({})", in_words(self.name.as_str())) }
    }

    /// The project it is published to.
    pub fn project(&self, program: &Program) -> String {
        let own = self.settings(program).and_then(|s| s.project.as_deref());
        own.map_or_else(|| in_words(program.project.name.as_str()), str::to_owned)
    }
}

/// `procedure_type` → `Procedure type`
pub fn in_words(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let trimmed = spaced.trim();
    if trimmed.is_empty() {
        return name.to_owned();
    }
    let mut chars = trimmed.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
