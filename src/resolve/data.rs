use super::Value;
use crate::base::{Sources, Span, VPath};
use crate::diag::{Code, Diagnostic, Diagnostics, nearest};
use crate::ir::{Program, TableKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How a data file is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Format {
    Csv,
    Json,
    Yaml,
}

impl Format {
    /// The format a function of the generation language reads.
    pub(super) fn from_function(name: &str) -> Option<Format> {
        match name {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "yaml" => Some(Format::Yaml),
            _ => None,
        }
    }
}

type Parsed = BTreeMap<(Format, Arc<str>), Result<Value, Failure>>;

/// The parsed data files of one compilation. Each is read once, however many loops and threads ask for it.
pub(super) struct Store<'a> {
    sources: &'a Sources,
    parsed: Mutex<Parsed>,
    /// The files that generate, each with the first place that reads it.
    generating: Mutex<BTreeMap<Arc<str>, Span>>,
}

/// Why a file has no value: said again at every place that asks for it.
#[derive(Clone, Debug)]
struct Failure {
    code: Code,
    message: String,
    help: String,
}

impl<'a> Store<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Store { sources, parsed: Mutex::default(), generating: Mutex::default() }
    }

    /// The value of a file that generates names and texts.
    pub(super) fn generate(&self, format: Format, path: &str, at: Span) -> Result<Value, Diagnostic> {
        let mut generating = self.generating.lock().unwrap_or_else(PoisonError::into_inner);
        generating.entry(Arc::from(path)).and_modify(|first| *first = at.min(*first)).or_insert(at);
        drop(generating);
        self.read(format, path, at)
    }

    /// Refuses files that generate and are, as a seed or as sample rows of a source, said to hold what is not public: what one declaration hides
    /// would stand in names and texts that everybody reads.
    pub(super) fn refuse_hidden(&self, program: &Program, diagnostics: &mut Diagnostics) {
        let generating = self.generating.lock().unwrap_or_else(PoisonError::into_inner);
        for table in &program.tables {
            let path = match &table.kind {
                TableKind::Seed(seed) => Some(&seed.path),
                TableKind::Source(source) => source.sample.as_ref(),
                TableKind::Model(_) => None,
            };
            let Some((path, at)) = path.and_then(|p| generating.get_key_value(p.as_str())) else { continue };
            let Some(column) = table.columns.iter().find(|c| !c.label.is_public()) else { continue };
            let message =
                format!("`{path}` generates names and texts as `@public`, and `{}.{}`, which it holds, is not", table.name, column.name);
            let problem = Diagnostic::error(Code::DataTells, *at, message).mark(table.at, format!("`{}`", table.name));
            diagnostics.push(
                problem.help("split the file: the public columns generate, the others are a `seed`; or say `@public` of each column"),
            );
        }
    }

    /// The value of a file, or why there is none, said at `at`.
    pub(super) fn read(&self, format: Format, path: &str, at: Span) -> Result<Value, Diagnostic> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let value = parsed.entry((format, Arc::from(path))).or_insert_with(|| load(self.sources, format, path));
        value.clone().map_err(|f| {
            let diagnostic = Diagnostic::error(f.code, at, f.message);
            if f.help.is_empty() { diagnostic } else { diagnostic.help(f.help) }
        })
    }
}

fn load(sources: &Sources, format: Format, path: &str) -> Result<Value, Failure> {
    let Some(file) = VPath::new(path).ok().and_then(|p| sources.data(&p)) else {
        return Err(missing(sources, path));
    };
    let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&file.bytes);
    let parsed = match format {
        Format::Csv => csv_rows(bytes),
        Format::Json => serde_json::from_slice(bytes).map(value_of).map_err(|e| e.to_string()),
        Format::Yaml => yaml(bytes),
    };
    parsed.map_err(|why| Failure { code: Code::DataFileMalformed, message: format!("`{path}` cannot be read: {why}"), help: String::new() })
}

fn missing(sources: &Sources, path: &str) -> Failure {
    let names: Vec<&str> = sources.data_files().map(|f| f.path.as_str()).collect();
    let help = match nearest(path, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "paths start at the project folder".to_owned(),
    };
    Failure { code: Code::DataFileMissing, message: format!("there is no data file `{path}`"), help }
}

/// Rows as records, every cell a text. The first line names the columns.
fn csv_rows(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = reader.byte_records();
    let header = match records.next() {
        Some(record) => header(&record.map_err(|e| e.to_string())?)?,
        None => return Err("it has no header row".to_owned()),
    };
    let mut rows = Vec::new();
    for (number, record) in (1_usize..).zip(records) {
        let record = record.map_err(|e| e.to_string())?;
        if record.len() != header.len() {
            return Err(format!("row {number} has {} cells, the header {}", record.len(), header.len()));
        }
        let mut cells = Vec::with_capacity(header.len());
        for (name, cell) in header.iter().zip(record.iter()) {
            cells.push((name.clone(), Value::Text(Arc::from(utf8(cell, number)?))));
        }
        rows.push(Value::Record(Arc::new(cells)));
    }
    Ok(Value::List(Arc::new(rows)))
}

fn header(record: &csv::ByteRecord) -> Result<Vec<Arc<str>>, String> {
    let mut names: Vec<Arc<str>> = Vec::with_capacity(record.len());
    for cell in record {
        let name = std::str::from_utf8(cell).map_err(|_| "the header is not UTF-8".to_owned())?.trim();
        if name.is_empty() {
            return Err(format!("column {} of the header has no name", names.len() + 1));
        }
        if names.iter().any(|n| &**n == name) {
            return Err(format!("the header names `{name}` twice"));
        }
        names.push(Arc::from(name));
    }
    Ok(names)
}

fn utf8(cell: &[u8], row: usize) -> Result<&str, String> {
    std::str::from_utf8(cell).map_err(|_| format!("row {row} is not UTF-8"))
}

fn yaml(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    // The first line says what is wrong; the others draw the place, as diagnostics do themselves.
    serde_saphyr::from_str(text).map(value_of).map_err(|e| e.to_string().lines().next().unwrap_or_default().to_owned())
}

fn value_of(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(b),
        serde_json::Value::Number(n) => Value::Number(Arc::from(n.to_string())),
        serde_json::Value::String(s) => Value::Text(Arc::from(s)),
        serde_json::Value::Array(items) => Value::List(Arc::new(items.into_iter().map(value_of).collect())),
        serde_json::Value::Object(fields) => {
            Value::Record(Arc::new(fields.into_iter().map(|(k, v)| (Arc::from(k), value_of(v))).collect()))
        }
    }
}
