//! Small things every back end needs: file names, headers, and diagnostics about targets.

use super::FileTree;
pub(super) use crate::base::short_name;
use crate::base::{Ident, Span, VPath, short_digest};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Column, Dialect, Materialization, Program, Table, TableKind};
use crate::sql::Gap;
use std::collections::BTreeMap;

/// Adds a text file.
pub(super) fn put(out: &mut FileTree, diagnostics: &mut Diagnostics, path: &str, at: Span, text: impl Into<Vec<u8>>) {
    match VPath::new(path) {
        Ok(path) => out.insert(path, text),
        Err(_) => diagnostics.push(
            Diagnostic::error(Code::TargetName, at, format!("`{path}` cannot be the name of a file"))
                .help("use letters, digits and `_` in the name"),
        ),
    }
}

/// A text without room to grow: all models' texts wait for each other, and growing leaves up to twice what they need.
pub(super) fn fitted(mut text: String) -> String {
    text.shrink_to_fit();
    text
}

/// What the user reads when a dialect can't express something.
pub(super) fn gap(gap: Gap, dialect: Dialect) -> Diagnostic {
    Diagnostic::error(Code::DialectGap, gap.at, format!("{} cannot express {}", dialect.name(), gap.what))
        .label("asked for here")
        .help(format!("write it in another way, or give the function a body for `{}`", dialect.name()))
}

/// The first lines of a generated file as plain text: its documentation, then where it comes from.
pub(super) fn header(doc: &str, written_in: &str) -> Vec<String> {
    let mut lines: Vec<String> = doc.trim().lines().map(|l| l.trim_end().to_owned()).collect();
    lines.retain(|l| !l.is_empty());
    lines.push(format!("Written by pipec from {written_in}; change it there, not here."));
    lines
}

/// A header as comment lines, each after `mark`; control characters can't end a line early.
pub(super) fn comment(mark: &str, lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(mark);
        text.push(' ');
        text.extend(line.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }));
        text.push('\n');
    }
    text
}

/// Text as one word of a shell command: bare where nothing in it means anything to a shell, in single quotes otherwise.
/// NUL can't be in a word at all, and falls away.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

/// What a generated file says it was written from when that is more than one file.
pub(super) fn whole_project(program: &Program) -> String {
    format!("the project `{}`", program.project.name)
}

/// The folder of each layer, in the order of `program.layers`: dbt keeps its models there, and an Airflow task builds it.
pub(super) fn layer_folders(program: &Program) -> Vec<String> {
    let mut folders = Stems::default();
    program.layers.iter().map(|l| folders.claim(l.name.as_str())).collect()
}

/// The name a table has inside its schema, without the `source.` in front that tells sources apart.
pub(super) fn physical_name(table: &Table) -> &str {
    let name = table.name.as_str();
    match &table.kind {
        TableKind::Source(source) => name.strip_prefix(source.source.as_str()).and_then(|n| n.strip_prefix('.')).unwrap_or(name),
        TableKind::Seed(_) | TableKind::Model(_) => name,
    }
}

/// The schema a table lies in.
pub(super) fn schema_of<'p>(program: &'p Program, table: &'p Table) -> &'p crate::base::Ident {
    match &table.kind {
        TableKind::Source(source) => &source.schema,
        TableKind::Seed(seed) => &seed.schema,
        TableKind::Model(model) => program.layer(model.layer).map_or(&program.project.name, |l| &l.schema),
    }
}

/// What tables are called where only letters, digits and `_` may stand, by id; a source's table has no name of its own there.
pub(super) fn node_names(program: &Program) -> Vec<String> {
    let mut stems = Stems::default();
    let name = |table: &Table| match &table.kind {
        TableKind::Source(_) => String::new(),
        TableKind::Seed(_) | TableKind::Model(_) => stems.claim(table.name.as_str()),
    };
    program.tables.iter().map(name).collect()
}

/// What the comment of a relation says of what it was made of, so that one made of something else is known.
pub(super) fn definition(texts: &[&str]) -> String {
    let whole: String = texts.iter().map(|text| format!("{text}\0")).collect();
    format!("pipec: made of {}", short_digest(whole, 16))
}

/// A text of Postgres.
pub(super) fn literal_text(text: &str) -> String {
    crate::sql::literal(&crate::ir::Literal::Text(text.into()), Dialect::Postgres)
}

/// The name of an index, the same in every build.
pub(super) fn index_name<'n>(table: &str, columns: impl Iterator<Item = &'n str>) -> Ident {
    short_name(&format!("{table}_{}", columns.collect::<Vec<_>>().join("_")), "idx")
}

/// Hands out names made of letters, digits and `_`, no two equal even where case does not count.
#[derive(Default)]
pub(super) struct Stems(BTreeMap<String, u32>);

impl Stems {
    /// A name for `text`: itself when it can be.
    pub(super) fn claim(&mut self, text: &str) -> String {
        let mut stem: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(180).collect();
        if stem.is_empty() {
            stem.push('_');
        }
        loop {
            let times = self.0.entry(stem.to_ascii_lowercase()).or_insert(0);
            *times += 1;
            if *times == 1 {
                return stem;
            }
            stem = format!("{stem}_{times}");
        }
    }
}

/// How many rows a model takes in at once, and its key; `None` where it takes in all of them.
pub(super) fn batched(table: &Table) -> Option<(u32, &[Ident])> {
    let TableKind::Model(model) = &table.kind else { return None };
    match &model.materialization {
        Materialization::Incremental { batch: Some(rows), key, .. } => Some((*rows, key)),
        _ => None,
    }
}

/// That the key of a new row is not there yet; it follows a condition.
pub(super) fn not_there(key: &[Ident], table: &str, name: impl Fn(&Ident) -> String) -> String {
    let same: Vec<String> = key.iter().map(name).map(|k| format!("there.{k} = new_rows.{k}")).collect();
    format!("\n  and not exists (select 1 from {table} as there where {})", same.join(" and "))
}

/// The numbers of an incremental model, `id: patient_id`: how a new row finds the one its key has.
pub(super) struct Kept<'t, N: Fn(&Ident) -> String> {
    id: Option<(&'t Ident, &'t [Ident])>,
    table: &'t str,
    name: N,
}

impl<'t, N: Fn(&Ident) -> String> Kept<'t, N> {
    /// Of a table that is called so where the rows go.
    pub(super) fn of(table: &'t Table, called: &'t str, name: N) -> Kept<'t, N> {
        let id = match &table.kind {
            TableKind::Model(model) => match &model.materialization {
                Materialization::Incremental { id: Some(id), key, .. } => Some((id, key.as_slice())),
                _ => None,
            },
            _ => None,
        };
        Kept { id, table: called, name }
    }

    /// Whether it holds the numbers.
    pub(super) fn is_number(&self, column: &Column) -> bool {
        self.id.is_some_and(|(id, _)| *id == column.name)
    }

    /// A column of the rows to come: the number its key has, or one past the greatest.
    pub(super) fn column(&self, column: &Column) -> String {
        let name = (self.name)(&column.name);
        if !self.is_number(column) {
            return format!("new_rows.{name}");
        }
        format!(
            "coalesce(kept_rows.{name}, (select coalesce(max(old_rows.{name}), 0) from {} as old_rows) + new_rows.{name}) as {name}",
            self.table
        )
    }

    /// The rows that are there, by key; nothing without numbers.
    pub(super) fn join(&self) -> String {
        let Some((_, key)) = self.id else { return String::new() };
        let same: Vec<String> = key.iter().map(|k| (self.name)(k)).map(|k| format!("kept_rows.{k} = new_rows.{k}")).collect();
        format!("\nleft join {} as kept_rows on {}", self.table, same.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_differ_even_where_case_does_not_count() {
        let mut stems = Stems::default();
        assert_eq!(stems.claim("patient"), "patient");
        assert_eq!(stems.claim("Patient"), "Patient_2");
        assert_eq!(stems.claim("a b"), "a_b");
        assert_eq!(stems.claim("a-b"), "a_b_2");
        assert_eq!(stems.claim(""), "_");
    }

    #[test]
    fn a_comment_cannot_be_left_from_inside() {
        assert_eq!(comment("--", &["one\rdrop table x".to_owned()]), "-- one drop table x\n");
        assert_eq!(header("Says.\n\n  More. ", "a.pipe").len(), 3);
    }
}
