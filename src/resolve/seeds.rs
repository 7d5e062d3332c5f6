use super::collect::Found;
use super::columns::{assertion, column_at};
use super::data::Format;
use super::project::schema_name;
use super::reader::Reader;
use super::types::{Place, sql_type};
use super::words::{Read, Words, missing, wrong};
use super::{Slot, Value};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, CategoryId, Column, Label, Origins, SeedTable, Setting, Table, TableKind, Type, vector_text};
use crate::syntax::ast::{Word, WordKind};
use std::sync::Arc;

const SEED: [&str; 2] = ["from", "schema"];

type Rows = Vec<Vec<Option<Arc<str>>>>;

/// A column as its block declares it.
struct Declared {
    ty: Type,
    nullable: bool,
    label: Option<Label>,
    /// What else is said of it, without the annotations among it.
    constraints: Vec<Word>,
    at: Span,
}

impl<'a> Reader<'a, '_> {
    /// `seed facilities from "seeds/facilities.csv" schema "seeds" { id integer key @public }`.
    /// The header gives the columns; the block says more about some of them.
    pub(super) fn seeds(&mut self, found: &[Found<'a>]) {
        self.each(found, "seed", |reader, one, words| {
            let (name, at) = words.name("the name of the seed")?;
            if !reader.declare("tables", &name, at) {
                return Ok(());
            }
            let block = words.block();
            let mut path = None;
            let mut schema = reader.default_schema();
            reader.settings(words, |_, words, key| {
                match key.text {
                    "from" => path = Some((words.here(), words.text("the path of the file")?)),
                    "schema" => schema = schema_name(words)?,
                    _ => return Err(key.unknown("seed", &SEED)),
                }
                Ok(())
            });
            let (path_at, path) = path.ok_or_else(|| {
                missing(at, format!("seed `{name}` lacks its file")).help(format!("write `seed {name} from \"seeds/{name}.csv\"`"))
            })?;
            let value = reader.generator.store.read(Format::Csv, &path, path_at)?;
            let vpath = VPath::new(&path).map_err(|_| wrong(path_at, format!("`{path}` is no path inside the project")))?;
            let (header, rows) = cells(&value);
            if header.is_empty() {
                return Err(wrong(path_at, format!("`{path}` has no rows")));
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut table = Table {
                name,
                kind: TableKind::Seed(SeedTable { path: vpath, schema, rows: Arc::default() }),
                columns: infer(&header, &rows, at),
                column_docs: Vec::new(),
                doc,
                assertions: Vec::new(),
                key: Vec::new(),
                rows: crate::ir::Origins::NONE,
                reads: Vec::new(),
                at,
            };
            for sentence in block.unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                let read = reader.seed_column(&mut inner, &mut table, &rows);
                reader.keep(read);
            }
            if !table.key.is_empty() {
                let unique = assertion(&table, "unique", &table.key, AssertionKind::Unique(table.key.clone()), at);
                table.assertions.push(unique);
            }
            if let TableKind::Seed(seed) = &mut table.kind {
                seed.rows = Arc::new(rows);
            }
            reader.out.slots.push(Slot::Ready(Box::new(table)));
            Ok(())
        });
    }

    /// Where seeds land when they don't say: the warehouse's own schema.
    fn default_schema(&self) -> Ident {
        let own = self.out.program.project.warehouse.as_ref().and_then(|w| w.settings.get("schema").or_else(|| w.settings.get("dataset")));
        match own {
            Some(Setting::Text(schema)) => Ident::exact(schema),
            _ => Ident::exact("seeds"),
        }
    }

    /// `zip text @zip`: type, annotations, then what columns of sources may say too.
    fn seed_column(&mut self, words: &mut Words<'_>, table: &mut Table, rows: &Rows) -> Read<()> {
        // What a header calls its columns may be no word: `"first name" text`.
        let at = words.here();
        let (name, at) = match words.peek().map(|w| &w.kind) {
            Some(WordKind::Text(_)) => (Ident::exact(&words.text("a column")?), at),
            _ => words.name("a column")?,
        };
        let place = column_at(table, &name, at)?;
        let declared = self.declared_column(words, at)?;
        if let Some(row) =
            (1_usize..).zip(rows).find(|(_, r)| r.get(place as usize).is_some_and(|c| !reads_as(c.as_deref(), &declared))).map(|(n, _)| n)
        {
            return Err(Diagnostic::error(Code::DataFileMalformed, declared.at, format!("`{name}` of row {row} is no {}", declared.ty)));
        }
        if let Some(column) = table.columns.get_mut(place as usize) {
            column.at = at;
            column.ty = declared.ty.clone();
            column.nullable = declared.nullable;
            column.label = declared.label.clone().unwrap_or_else(|| Label::direct(CategoryId::UNCLASSIFIED));
        }
        let source = table.name.clone();
        let mut rest = Words::of(words.generator, words.env, &declared.constraints, at);
        self.constraints(&mut rest, place, table, &source);
        if !declared.nullable {
            let not_null = assertion(table, "not_null", &[place], AssertionKind::NotNull(place), at);
            table.assertions.push(not_null);
        }
        Ok(())
    }

    fn declared_column(&mut self, words: &mut Words<'_>, at: Span) -> Read<Declared> {
        let type_at = words.here();
        let (name, numbers) = type_words(words).ok_or_else(|| wrong(type_at, "the column's type is missing here"))?;
        let ty =
            sql_type(&name, &numbers).ok_or_else(|| Diagnostic::error(Code::UnknownName, type_at, format!("no type is named `{name}`")))?;
        let nullable = words.symbol("?");
        let mut label: Option<Label> = None;
        let mut constraints = Vec::new();
        while !words.is_empty() {
            if words.symbol("@") {
                let said = self.seed_annotation(words)?;
                label = Some(label.map_or(said.clone(), |l| l.join(&said)));
            } else {
                constraints.extend(words.next().cloned());
            }
        }
        Ok(Declared { ty, nullable, label, constraints, at })
    }

    fn seed_annotation(&self, words: &mut Words<'_>) -> Read<Label> {
        let (category, at) = words.name("a category")?;
        if category.as_str() == "public" {
            return Ok(Label::PUBLIC);
        }
        let found = self.types(words.env, "", Place::Column).category(&category, at);
        found.map(Label::direct).map_err(|d| self.hint(d, "category", category.as_str()))
    }
}

/// `text`, `double precision`, `numeric(12, 2)`
fn type_words(words: &mut Words<'_>) -> Option<(String, Vec<u32>)> {
    if let Some((key, args)) = words.call() {
        let numbers: Option<Vec<u32>> = args.into_iter().map(|mut a| a.number("a length").ok()).collect();
        return numbers.map(|n| (key.text.to_owned(), n));
    }
    let first = words.peek_key()?.text.to_owned();
    words.next();
    if first == "double" && words.take("precision") {
        return Some(("double precision".to_owned(), Vec::new()));
    }
    Some((first, Vec::new()))
}

/// Header and cells; an empty cell is NULL, as in dbt.
fn cells(value: &Value) -> (Vec<Arc<str>>, Rows) {
    let Value::List(items) = value else { return (Vec::new(), Vec::new()) };
    let fields = |v: &Value| match v {
        Value::Record(fields) => fields.to_vec(),
        _ => Vec::new(),
    };
    let header = items.first().map(fields).unwrap_or_default().into_iter().map(|(n, _)| n).collect();
    let cell = |v: Value| v.as_text().filter(|t| !t.is_empty());
    (header, items.iter().map(|i| fields(i).into_iter().map(|(_, v)| cell(v)).collect()).collect())
}

fn infer(header: &[Arc<str>], rows: &Rows, at: Span) -> Vec<Column> {
    let mut columns = Vec::with_capacity(header.len());
    for (place, name) in header.iter().enumerate() {
        let mut values = rows.iter().filter_map(|r| r.get(place)).filter_map(|c| c.as_deref()).peekable();
        let candidates = [Type::Boolean, Type::Integer, Type::BigInt, Type::Numeric(None), Type::Date];
        let ty = match values.peek() {
            None => Type::TEXT,
            Some(_) => {
                let values: Vec<&str> = values.collect();
                candidates.into_iter().find(|ty| values.iter().all(|v| is_a(v, ty) && !has_padding(v))).unwrap_or(Type::TEXT)
            }
        };
        columns.push(Column {
            name: Ident::folded(name),
            ty,
            nullable: rows.iter().any(|r| r.get(place).is_none_or(Option::is_none)),
            label: Label::direct(CategoryId::UNCLASSIFIED),
            from: Origins::NONE,
            intact: None,
            chosen: false,
            kin: crate::ir::Kin::OWN,
            at,
        });
    }
    columns
}

/// ZIP codes and record numbers are no numbers: `01234` would lose its zero.
fn has_padding(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    digits.len() > 1 && digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit) && !text.contains('-')
}

fn reads_as(cell: Option<&str>, declared: &Declared) -> bool {
    match cell {
        None => declared.nullable,
        Some(text) => is_a(text, &declared.ty),
    }
}

/// Whether a cell can be read as a type; types that no cell can contradict here fit all.
fn is_a(text: &str, ty: &Type) -> bool {
    let plain = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    match ty {
        Type::Boolean => ["true", "false"].contains(&text.to_ascii_lowercase().as_str()),
        Type::SmallInt => text.parse::<i16>().is_ok(),
        Type::Integer => text.parse::<i32>().is_ok(),
        Type::BigInt => text.parse::<i64>().is_ok(),
        Type::Numeric(_) => plain(text) && text.parse::<f64>().is_ok(),
        Type::Real | Type::Double => text.parse::<f64>().is_ok(),
        Type::Text(Some(length)) => text.chars().count() <= *length as usize,
        Type::Date => super::clearances::is_date(text),
        Type::Vector(length) => vector_text(text, *length).is_some(),
        _ => true,
    }
}
