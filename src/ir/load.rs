use super::{Program, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `load patients from uploads "input/patients*.csv" into patient_uploads { … }`: files that are read into one of the platform's own tables.
/// Every row of a file ends as one of three: in the table, in quarantine, or counted as a duplicate.
#[derive(Clone, Debug)]
pub struct Load {
    /// `patients`
    pub name: Ident,
    /// The bucket, by index into [`Program::buckets`]; `None`: a folder of the machine that loads.
    pub bucket: Option<u32>,
    /// The folder that files lie in: empty, or with a `/` at its end.
    pub folder: Arc<str>,
    /// The name of a file in it, `*` for any run of characters without `/`.
    pub pattern: Arc<str>,
    /// What is filled.
    pub table: TableId,
    /// The columns that it fills, by position; others have a default.
    pub columns: Vec<(u32, Filled)>,
    /// Between fields.
    pub delimiter: char,
    /// Of the files.
    pub encoding: Encoding,
    /// Whether a header may name columns that nobody has declared; they are left out.
    pub ignores_unknown: bool,
    /// The columns that say which row it is, by position; empty: every row is new.
    pub key: Vec<u32>,
    /// What happens to a row whose key is there already.
    pub duplicate: Duplicate,
    /// The table of rows that cannot be read.
    pub quarantine: TableId,
    /// The table with a row for every file of every run.
    pub audit: TableId,
    /// Where files go once they are in; `None`: they stay.
    pub archive: Option<Arc<str>>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// What a column of a loaded table is filled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Filled {
    /// A column of the file, by its name in the header.
    Header(Arc<str>),
    /// The number of the load of one file: the key of its row in the audit table.
    Batch,
    /// The file's name.
    File,
    /// The line that the row begins on.
    Line,
    /// The moment of loading.
    Now,
}

/// How the characters of a file are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8 (RFC 3629), with or without a byte order mark.
    Utf8,
    /// UTF-16 (RFC 2781); little-endian without a byte order mark.
    Utf16,
    /// ISO 8859-1.
    Latin1,
    /// Windows code page 1252.
    Windows1252,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Encoding; 4] = [Encoding::Utf8, Encoding::Utf16, Encoding::Latin1, Encoding::Windows1252];

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf8",
            Encoding::Utf16 => "utf16",
            Encoding::Latin1 => "latin1",
            Encoding::Windows1252 => "windows1252",
        }
    }
}

/// What happens to a row whose key is there already, in the table or on an earlier line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duplicate {
    /// It replaces what is there; of several in one file the last one counts.
    Update,
    /// It is counted and left out.
    Skip,
    /// It goes to quarantine.
    Refuse,
}

impl Duplicate {
    /// All of them.
    pub const ALL: [Duplicate; 3] = [Duplicate::Update, Duplicate::Skip, Duplicate::Refuse];

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Duplicate::Update => "update",
            Duplicate::Skip => "skip",
            Duplicate::Refuse => "refuse",
        }
    }
}

impl Load {
    /// Columns that files fill, by position, with their names in the header.
    pub fn from_file(&self) -> impl Iterator<Item = (u32, &str)> {
        self.columns.iter().filter_map(|(place, filled)| match filled {
            Filled::Header(name) => Some((*place, &**name)),
            _ => None,
        })
    }

    /// The keys of its files, as far as a cloud can tell them apart: up to the first `*`.
    pub fn prefix(&self) -> String {
        format!("{}{}", self.folder, self.pattern.split('*').next().unwrap_or_default())
    }

    /// What the files hold, by the table's columns.
    pub fn told(&self) -> Vec<u32> {
        self.from_file().map(|(place, _)| place).collect()
    }
}

impl Program {
    /// Whether a table says what loads and pipelines did, which they alone write.
    pub fn is_record(&self, table: TableId) -> bool {
        self.load_of(table).is_some() || self.pipelines.iter().any(|p| p.audit == Some(table))
    }

    /// Columns that hold the numbers of loads' files, each with the column that gives them and the load.
    pub fn numbered(&self) -> impl Iterator<Item = ((TableId, u32), (TableId, u32), &Load)> {
        self.loads.iter().flat_map(|load| {
            let filled = load.columns.iter().filter(|(_, filled)| *filled == Filled::Batch).map(|(column, _)| (load.table, *column));
            // What could not be read is numbered by the same, in the first column of each.
            filled.chain([(load.quarantine, 0)]).map(move |from| (from, (load.audit, 0), load))
        })
    }

    /// The load that makes a table of its own: quarantine or audit.
    pub fn load_of(&self, table: TableId) -> Option<&Load> {
        self.loads.iter().find(|l| l.quarantine == table || l.audit == table)
    }
}
