//! `load patients from uploads "input/patients*.csv" into patient_uploads { … }`

use super::Slot;
use super::collect::Found;
use super::columns::column_at;
use super::reader::Reader;
use super::words::{Key, Once, Read, Words, choice, missing, plain, unknown, wrong};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, Dialect, Duplicate, Encoding, Filled, Load, Table, TableId, Type};
use crate::syntax::ast::WordKind;
use std::sync::Arc;

const LOAD: [&str; 9] = ["format", "delimiter", "encoding", "key", "on", "quarantine", "audit", "archive", "column = …"];

/// What the block of a load says.
#[derive(Default)]
struct Said {
    delimiter: Option<char>,
    encoding: Option<Encoding>,
    key: Option<Vec<(Ident, Span)>>,
    duplicate: Option<Duplicate>,
    ignores_unknown: bool,
    quarantine: Option<(Ident, Span)>,
    audit: Option<(Ident, Span)>,
    archive: Option<(Arc<str>, Span)>,
    filled: Vec<(Ident, Span, Filled)>,
}

/// Where files come from.
struct From {
    bucket: Option<(Ident, Span)>,
    folder: Arc<str>,
    pattern: Arc<str>,
    at: Span,
}

impl<'a> Reader<'a, '_> {
    /// Loads, and the tables they make: quarantine and audit. Buckets are still names.
    pub(super) fn loads(&mut self, found: &[Found<'a>]) {
        self.each(found, "load", |reader, one, words| {
            let (name, at) = words.name("the name of the load")?;
            if !reader.declare("loads", &name, at) {
                return Ok(());
            }
            words.expect("from")?;
            let from = from(words)?;
            words.expect("into")?;
            let (path, path_at) = words.path("a table of the platform's own")?;
            let reported = reader.diagnostics.len();
            let mut said = Said::default();
            let mut once = Once::default();
            for sentence in words.block().unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                let read = reader.load_entry(&mut inner, &mut once, &mut said);
                reader.keep(read);
            }
            words.end()?;
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            reader.load((name, at, doc), from, (path, path_at), said)
        });
    }

    fn load(&mut self, (name, at, doc): (Ident, Span, Arc<str>), from: From, (path, path_at): (Vec<Ident>, Span), said: Said) -> Read<()> {
        let postgres = self.out.program.project.warehouse.as_ref().is_none_or(|w| w.dialect == Dialect::Postgres);
        if !postgres {
            return Err(Diagnostic::error(Code::DialectGap, at, "files are loaded into postgres only").label("this load"));
        }
        let (slot, table) = self.target(&path, path_at)?;
        let columns = columns(&table, &said.filled, path_at)?;
        let key = key(&table, said.key.as_deref(), &columns, at)?;
        let (quarantine, quarantine_at) = said
            .quarantine
            .ok_or_else(|| missing(at, format!("load `{name}` does not say where bad rows go")).help("add `quarantine <a new table>`"))?;
        let (audit, audit_at) = said
            .audit
            .ok_or_else(|| missing(at, format!("load `{name}` does not say where it is told")).help("add `audit <a new table>`"))?;
        let archive = said.archive.map(|(archive, at)| place(&from, archive, at)).transpose()?;
        let audit = self.audit(&table, (audit, audit_at))?;
        let Some(quarantine) = self.quarantine(&table, (quarantine, quarantine_at), &name) else { return Ok(()) };
        let load = Load {
            name,
            bucket: None,
            folder: from.folder,
            pattern: from.pattern,
            table: slot,
            columns,
            delimiter: said.delimiter.unwrap_or(','),
            encoding: said.encoding.unwrap_or(Encoding::Utf8),
            ignores_unknown: said.ignores_unknown,
            key,
            duplicate: said.duplicate.unwrap_or(Duplicate::Refuse),
            quarantine,
            audit,
            archive,
            doc,
            at,
        };
        self.loads.push((load, from.bucket));
        Ok(())
    }

    /// The own table that is filled.
    fn target(&self, path: &[Ident], at: Span) -> Read<(TableId, Table)> {
        let written = path.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let (name, layer) = path.split_last().map_or((None, &[][..]), |(n, l)| (Some(n), l));
        let own = |t: &Table| {
            let here = matches!(&t.kind, crate::ir::TableKind::Source(s) if layer.is_empty() || layer == [s.source.clone()]);
            here && Some(&t.name) == name
        };
        let mut named = self.out.slots.iter().enumerate().filter_map(|(i, slot)| match slot {
            Slot::Ready(table) if own(table) => Some((super::table_id_of_slot(i), table)),
            _ => None,
        });
        let found = named.next().ok_or_else(|| {
            let names = self.out.slots.iter().filter_map(|s| if let Slot::Ready(t) = s { t.own().map(|_| t.name.as_str()) } else { None });
            unknown("table of the platform's own", &written, at, names)
        })?;
        if found.1.own().is_none() {
            let problem = Diagnostic::error(Code::LoadTarget, at, format!("`{written}` is a table of a source, which somebody else fills"));
            return Err(problem.help(format!("write `table {} in <layer> {{ … }}` outside all sources", found.1.name)));
        }
        if let Some((load, _)) = self.loads.iter().find(|(l, _)| l.quarantine == found.0 || l.audit == found.0) {
            let problem = Diagnostic::error(Code::LoadTarget, at, format!("`{written}` is filled by load `{}` itself", load.name));
            return Err(problem.mark(load.at, "made by this load").help("load into a table of your own"));
        }
        if found.1.own().is_some_and(|own| !own.changes_of.is_empty()) {
            let problem =
                Diagnostic::error(Code::LoadTarget, at, format!("`{written}` holds changes of other tables, which triggers write"));
            return Err(problem.mark(found.1.at, "made for `audit changes in`").help("load into a table of your own"));
        }
        Ok((found.0, found.1.as_ref().clone()))
    }

    fn load_entry<'f>(&mut self, words: &mut Words<'f>, once: &mut Once<'f>, said: &mut Said) -> Read<()> {
        let mut ahead = words.clone();
        ahead.next();
        if matches!(ahead.peek().map(|w| &w.kind), Some(WordKind::Symbol(s)) if s == "=") {
            let (column, at) = words.name("a column")?;
            words.symbol("=");
            said.filled.push((column, at, filled(words)?));
            return words.end();
        }
        self.phrase(words, &mut |_, words, key| once.named(key).and_then(|()| load_setting(words, key, said)));
        Ok(())
    }

    /// Gives each load its bucket, once they are known.
    pub(super) fn placed_loads(&mut self) {
        for (mut load, bucket) in std::mem::take(&mut self.loads) {
            if let Some((name, at)) = bucket {
                let place = (0_u32..).zip(&self.out.program.buckets).find(|(_, b)| b.name == name).map(|(i, _)| i);
                let Some(place) = place else {
                    if !self.declared("buckets", &name) {
                        let problem = unknown("bucket", name.as_str(), at, self.names_of("buckets"));
                        self.diagnostics.push(problem);
                    }
                    continue;
                };
                load.bucket = Some(place);
            }
            self.out.program.loads.push(load);
        }
    }
}

/// `uploads "input/patients*.csv"`, or a path of the machine's own.
fn from(words: &mut Words<'_>) -> Read<From> {
    let bucket = if words.peek_key().is_some() { Some(words.name("a bucket")?) } else { None };
    let at = words.here();
    let path = words.text("the path of the files")?;
    let (folder, pattern) = path.rfind('/').and_then(|i| path.split_at_checked(i + 1)).unwrap_or(("", &path));
    let plain = path.replace('*', "x");
    if VPath::new(&plain).is_err() || path.contains(['{', '}', '?', '[', ']', '\\']) {
        return Err(wrong(at, format!("`{path}` is no relative path")).help("write folders and a file name with `/` between them"));
    }
    if folder.contains('*') {
        return Err(wrong(at, "`*` stands in the name of the file only").help("write a load for each folder"));
    }
    Ok(From { bucket, folder: folder.into(), pattern: pattern.into(), at })
}

/// Where files go once they are in: a folder that the load itself does not read.
fn place(from: &From, archive: Arc<str>, at: Span) -> Read<Arc<str>> {
    if !archive.ends_with('/') || VPath::new(archive.trim_end_matches('/')).is_err() {
        return Err(wrong(at, format!("`{archive}` is no folder")).help("write `archive \"archive/\"`, with `/` at its end"));
    }
    if from.folder.starts_with(&*archive) {
        let problem = Diagnostic::error(Code::LoadPlace, at, format!("files would be archived to `{archive}`, where they are read from"));
        return Err(problem.mark(from.at, "read from here").help("archive to a folder beside it"));
    }
    Ok(archive)
}

fn load_setting(words: &mut Words<'_>, key: Key<'_>, said: &mut Said) -> Read<()> {
    match key.text {
        "format" => {
            let format = words.key("a format")?;
            if format.text != "csv" {
                return Err(choice("format of a load", format, ["csv"]));
            }
        }
        "delimiter" => {
            let at = words.here();
            let text = words.text("the delimiter")?;
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if !matches!(c, '"' | '\n' | '\r' | '\0') => said.delimiter = Some(c),
                _ => return Err(wrong(at, "a delimiter is one character, and no quote or end of a line")),
            }
        }
        "encoding" => {
            let word = words.key("an encoding")?;
            let found = Encoding::ALL.into_iter().find(|e| e.name() == word.text);
            said.encoding = Some(found.ok_or_else(|| choice("encoding", word, Encoding::ALL.map(Encoding::name)))?);
        }
        "key" => said.key = Some(words.names("a column")?),
        "on" if words.take("unknown") => {
            let word = words.key("`refuse` or `ignore`")?;
            said.ignores_unknown = match word.text {
                "ignore" => true,
                "refuse" => false,
                _ => return Err(choice("way to take unknown columns", word, ["refuse", "ignore"])),
            };
        }
        "on" => {
            words.expect("duplicate")?;
            let word = words.key("`update`, `skip` or `refuse`")?;
            let found = Duplicate::ALL.into_iter().find(|d| d.name() == word.text);
            said.duplicate = Some(found.ok_or_else(|| choice("way to take duplicates", word, Duplicate::ALL.map(Duplicate::name)))?);
        }
        "quarantine" => said.quarantine = Some(words.name("a new table")?),
        "audit" => said.audit = Some(words.name("a table for what was loaded")?),
        "archive" => {
            let at = words.here();
            said.archive = Some((words.text("a folder")?, at));
        }
        _ => return Err(key.unknown("load", &LOAD)),
    }
    Ok(())
}

/// `"First name"`, `batch`, `file`, `line` or `now`.
fn filled(words: &mut Words<'_>) -> Read<Filled> {
    let at = words.here();
    let named = match words.peek().and_then(plain) {
        Some("batch") => Some(Filled::Batch),
        Some("file") => Some(Filled::File),
        Some("line") => Some(Filled::Line),
        Some("now") => Some(Filled::Now),
        _ => None,
    };
    if let Some(filled) = named {
        words.next();
        return Ok(filled);
    }
    let help = "it is the name of a column in the file in quotes, or `batch`, `file`, `line` or `now`";
    match words.peek().map(|w| &w.kind) {
        Some(WordKind::Text(_) | WordKind::SqlText(_)) => Ok(Filled::Header(words.text("a column of the file")?)),
        _ => Err(wrong(at, "this fills no column").help(help)),
    }
}

/// What fills each column: what is written, else the column of the file with its name; a column with a default is left to it.
fn columns(table: &Table, written: &[(Ident, Span, Filled)], at: Span) -> Read<Vec<(u32, Filled)>> {
    for (name, at, _) in written {
        column_at(table, name, *at)?;
    }
    let defaults: Vec<u32> = table.own().into_iter().flat_map(|o| &o.defaults).map(|(c, _)| *c).collect();
    let mut all = Vec::new();
    for (place, column) in (0_u32..).zip(&table.columns) {
        let said: Vec<_> = written.iter().filter(|(name, ..)| *name == column.name).collect();
        let filled = match said.as_slice() {
            [] if defaults.contains(&place) => continue,
            [] => Filled::Header(Arc::from(column.name.as_str())),
            [(.., filled)] => filled.clone(),
            [_, (_, at, _), ..] => {
                return Err(Diagnostic::error(Code::DuplicateName, *at, format!("`{}` is filled twice", column.name)));
            }
        };
        let at = said.first().map_or(at, |(_, at, _)| *at);
        if !fits(&filled, &column.ty) {
            let what = match filled {
                Filled::Header(_) => "no text of a file can be read as that",
                _ => "what fills it has another type",
            };
            let problem = Diagnostic::error(Code::LoadTarget, at, format!("`{}` is `{}`: {what}", column.name, column.ty));
            return Err(problem.mark(column.at, "declared here").help("give it another type, or a default"));
        }
        all.push((place, filled));
    }
    let mut names: Vec<String> = all.iter().filter_map(|(_, f)| if let Filled::Header(n) = f { Some(folded(n)) } else { None }).collect();
    if names.is_empty() {
        return Err(Diagnostic::error(Code::LoadTarget, at, format!("no column of `{}` is read from the file", table.name)));
    }
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find_map(|w| if let [a, b] = w { (a == b).then_some(a) } else { None }) {
        return Err(Diagnostic::error(Code::LoadTarget, at, format!("two columns of `{}` are read from `{twice}`", table.name)));
    }
    Ok(all)
}

/// Headers are compared without regard to case and to blanks around them.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn fits(filled: &Filled, ty: &Type) -> bool {
    match filled {
        Filled::Header(_) => !matches!(ty, Type::Interval | Type::Bytea | Type::Vector(_) | Type::Array(_) | Type::Error | Type::Unknown),
        Filled::Batch | Filled::Line => matches!(ty, Type::Integer | Type::BigInt),
        Filled::File => *ty == Type::TEXT,
        Filled::Now => matches!(ty, Type::Timestamp | Type::Timestamptz),
    }
}

/// The columns that say which row it is: what is written, else the table's key where the file holds it.
fn key(table: &Table, written: Option<&[(Ident, Span)]>, columns: &[(u32, Filled)], at: Span) -> Read<Vec<u32>> {
    let read = |place: &u32| columns.iter().any(|(c, f)| c == place && matches!(f, Filled::Header(_)));
    let Some(written) = written else {
        return Ok(if table.key.iter().all(read) { table.key.clone() } else { Vec::new() });
    };
    let mut key: Vec<u32> = Vec::new();
    for (name, at) in written {
        let place = column_at(table, name, *at)?;
        if !read(&place) {
            return Err(Diagnostic::error(Code::LoadKey, *at, format!("`{name}` is not read from the file")));
        }
        if table.columns.get(place as usize).is_none_or(|c| c.nullable) {
            let problem = Diagnostic::error(Code::LoadKey, *at, format!("`{name}` may be NULL, which equals nothing"));
            return Err(problem.help("take the `?` off its type: rows without it go to quarantine"));
        }
        key.push(place);
    }
    key.sort_unstable();
    key.dedup();
    let same = |of: &[u32]| {
        let mut of = of.to_vec();
        of.sort_unstable();
        of == key
    };
    let unique = same(&table.key) || table.assertions.iter().any(|a| matches!(&a.kind, AssertionKind::Unique(of) if same(of)));
    if !unique {
        let problem = Diagnostic::error(Code::LoadKey, at, format!("two rows of `{}` may have the same key", table.name));
        return Err(problem.help("declare it in the table: `unique (…)`, or `key` behind its columns"));
    }
    Ok(key)
}
