//! `files parquet in raw "emr/{table}/" partitioned by ingested_at`: tables of a source that are files in a bucket.

use super::columns::column_at;
use super::reader::Reader;
use super::words::{Read, Words, choice, unknown, wrong};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::google::{External, FilesFormat};
use crate::ir::{Dialect, Table, Type};
use std::sync::Arc;

/// What is said of files, before the table and the bucket are known.
#[derive(Clone)]
pub(super) struct Files {
    format: FilesFormat,
    bucket: (Ident, Span),
    folder: (Arc<str>, Span),
    partitions: Vec<(Ident, Span)>,
    at: Span,
}

/// The words behind `files`.
pub(super) fn files(words: &mut Words<'_>, at: Span) -> Read<Files> {
    let key = words.key("the format of the files")?;
    let format = match key.text {
        "csv" => FilesFormat::Csv,
        "parquet" => FilesFormat::Parquet,
        _ => return Err(choice("format of files", key, ["csv", "parquet"])),
    };
    words.expect("in")?;
    let bucket = words.name("a bucket")?;
    let folder_at = words.here();
    let folder = words.text("the folder of the files")?;
    let partitions = if words.take("partitioned") {
        words.expect("by")?;
        words.names("a column")?
    } else {
        Vec::new()
    };
    Ok(Files { format, bucket, folder: (folder, folder_at), partitions, at })
}

impl Reader<'_, '_> {
    /// A table over files; its bucket is still a name.
    pub(super) fn external(&mut self, table: &Table, files: Files) -> Read<()> {
        let project = &self.out.program.project;
        if project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::BigQuery) {
            let warning = Diagnostic::warning(Code::NotEmittedYet, files.at, "tables over files are made in BigQuery only");
            // One for a source, however many tables it has.
            if !self.diagnostics.iter().any(|d| d.at == files.at) {
                self.diagnostics.push(warning.help("with another warehouse somebody else has to make them"));
            }
            return Ok(());
        }
        let (written, at) = files.folder;
        let folder = written.replace("{table}", table.name.as_str());
        let plain = folder.strip_suffix('/').filter(|f| VPath::new(f).is_ok() && !f.contains(['*', '{', '}', '?', '[', ']', '=']));
        if plain.is_none() {
            return Err(wrong(at, format!("`{folder}` is no folder")).help("write `\"emr/{table}/\"`, with `/` at its end"));
        }
        let mut partitions = Vec::new();
        for (name, at) in &files.partitions {
            let place = column_at(table, name, *at)?;
            let column = table.columns.get(place as usize);
            let word = name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !word || column.is_none_or(|c| !stands_in_folders(&c.ty) || partitions.contains(&place)) {
                let problem = bad(*at, format!("the files of `{}` cannot lie in folders by `{name}`", table.name));
                return Err(problem.help("a column of folders is a text, a whole number, a date or a `timestamptz`, and each stands once"));
            }
            partitions.push(place);
        }
        let csv = files.format == FilesFormat::Csv;
        let odd = |ty: &Type| matches!(ty, Type::Interval | Type::Json(_)) || (csv && matches!(ty, Type::Array(_)));
        if let Some(column) = table.columns.iter().find(|c| odd(&c.ty)) {
            let problem = bad(column.at, format!("BigQuery reads nothing of a {} file as `{}`", files.format.name(), column.ty));
            return Err(problem.help("read it as `text`, and let a model cast it"));
        }
        if partitions.len() == table.columns.len() {
            return Err(bad(files.at, format!("no column of `{}` is left for the files", table.name)));
        }
        let id = super::table_id_of_slot(self.out.slots.len());
        let external = External { table: id, bucket: 0, folder: Arc::from(folder), format: files.format, partitions, at: files.at };
        self.externals.push((external, files.bucket));
        Ok(())
    }

    /// Gives each table over files its bucket, once they are known; no file is part of two tables.
    pub(super) fn placed_files(&mut self) {
        for (mut external, (name, at)) in std::mem::take(&mut self.externals) {
            let place = (0_u32..).zip(&self.out.program.buckets).find(|(_, b)| b.name == name);
            let Some((place, bucket)) = place else {
                if !self.declared("buckets", &name) {
                    let problem = unknown("bucket", name.as_str(), at, self.names_of("buckets"));
                    self.diagnostics.push(problem);
                }
                continue;
            };
            if !bucket.lies_in(&self.out.program, "gcp") {
                let problem = bad(at, format!("BigQuery reads no files of bucket `{name}`, which does not lie at Google"));
                self.diagnostics
                    .push(problem.mark(bucket.at, "declared here").help("add `cloud gcp { … }` to the project, or `on gcp` to the bucket"));
                continue;
            }
            external.bucket = place;
            if let Some(problem) = self.shared(&external) {
                self.diagnostics.push(problem);
                continue;
            }
            self.out.program.platform.externals.push(external);
        }
    }

    /// What else has its files where this table has.
    fn shared(&self, external: &External) -> Option<Diagnostic> {
        let program = &self.out.program;
        let meets = |other: &str| other.starts_with(&*external.folder) || external.folder.starts_with(other);
        let bucket = program.buckets.get(external.bucket as usize)?;
        if !bucket.readers.is_empty() {
            let message = format!("bucket `{}` holds the files of a table, and has readers", bucket.name);
            let help = "who reads rows is granted the table; files are read by service accounts: `roles \"roles/storage.objectViewer\" on bucket …`";
            return Some(bad(external.at, message).mark(bucket.at, "names readers").help(help));
        }
        let tables = program.platform.externals.iter().filter(|e| e.bucket == external.bucket && meets(&e.folder)).map(|e| e.at);
        if let Some(other) = tables.into_iter().next() {
            let message = format!("`{}` holds files of another table, too", external.folder);
            return Some(
                bad(external.at, message).mark(other, "has its files there").help("give each a folder of its own, `\"emr/{table}/\"`"),
            );
        }
        let exports = program.exports.iter().filter(|e| e.bucket == external.bucket).map(|e| e.at);
        let loads = program.loads.iter().filter(|l| l.bucket == Some(external.bucket)).map(|l| l.at);
        let other = exports.chain(loads).next()?;
        let message = format!("bucket `{}` holds the files of a table, and of something else, too", bucket.name);
        Some(bad(external.at, message).mark(other, "has its files there").help("give each a bucket of its own"))
    }
}

/// Whether a column of this type may stand in the names of folders: BigQuery reads four types there.
fn stands_in_folders(ty: &Type) -> bool {
    matches!(ty, Type::Text(_) | Type::SmallInt | Type::Integer | Type::BigInt | Type::Date | Type::Timestamptz)
}

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::ExternalFiles, at, message)
}
