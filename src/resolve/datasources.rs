use super::collect::Found;
use super::reader::Reader;
use super::table_id;
use super::words::{Key, Read, Words, unknown, wrong};
use crate::base::Ident;
use crate::ir::{DataSource, FieldName};
use crate::syntax::ast::WordKind;

const SETTINGS: [&str; 9] = ["caption", "project", "live", "extract", "folder", "captions", "hide", "measures", "dimensions"];

impl<'a> Reader<'a, '_> {
    /// `datasource client_report on client_report { caption "…"; extract; folder "Patients" { a; b }; hide id }`
    pub(super) fn data_sources(&mut self, found: &[Found<'a>]) {
        self.each(found, "datasource", |reader, one, words| {
            let (name, at) = words.name("the name of the data source")?;
            if !reader.declare("data sources", &name, at) {
                return Ok(());
            }
            words.expect("on")?;
            let (parts, table_at) = words.path("the table it shows")?;
            let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
            let table = table_id(&reader.out.program, &parts);
            let table =
                table.ok_or_else(|| unknown("table", &written, table_at, reader.out.program.table_names.keys().map(Ident::as_str)))?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut source = DataSource {
                name,
                table,
                caption: None,
                project: None,
                extract: None,
                folders: Vec::new(),
                captions: Vec::new(),
                hidden: Vec::new(),
                measures: Vec::new(),
                doc,
                at,
            };
            reader.settings(words, |_, words, key| setting(words, key, &mut source));
            reader.out.program.data_sources.push(source);
            Ok(())
        });
    }
}

/// A column, bare or in quotes: names of the warehouse may have any sign.
pub(super) fn field(words: &mut Words<'_>) -> Read<FieldName> {
    let at = words.here();
    match words.peek().map(|w| &w.kind) {
        Some(WordKind::Text(_)) => Ok((Ident::exact(&words.text("a column")?), at)),
        _ => words.name("a column"),
    }
}

fn setting<'w>(words: &mut Words<'w>, key: Key<'w>, source: &mut DataSource) -> Read<()> {
    match key.text {
        "caption" => source.caption = Some(words.text("what it is called in Tableau")?),
        "project" => source.project = Some(words.text("a project in Tableau")?),
        "live" | "extract" => {
            if source.extract.replace((key.text == "extract", key.at)).is_some() {
                return Err(wrong(key.at, "a data source is live or an extract, said once"));
            }
        }
        "folder" => {
            let name = words.text("the folder's name")?;
            let mut fields = Vec::new();
            for sentence in words.block().unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                fields.extend(inner.list(field)?);
                inner.end()?;
            }
            source.folders.push((name, fields));
        }
        "captions" => {
            for sentence in words.block().unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                let named = field(&mut inner)?;
                source.captions.push((named, inner.text("what the column is called in Tableau")?));
                inner.end()?;
            }
        }
        "hide" => source.hidden.extend(words.list(field)?),
        "measures" | "dimensions" => {
            let fields: Vec<FieldName> = words.list(field)?;
            source.measures.extend(fields.into_iter().map(|f| (f, key.text == "measures")));
        }
        _ => return Err(key.unknown("data source", &SETTINGS)),
    }
    Ok(())
}
