//! A seed: its rows have to be the program's.

use super::super::expected::Expected;
use super::super::lex::{Kind, Token};
use super::super::world::{Kept, Name};
use super::super::{Artifacts, Reading};
use super::{Project, make};
use crate::base::{FileId, Span};
use crate::ir::{Table, TableKind};

pub(super) fn seed(project: &Project, name: &str, file: FileId, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
    let properties = project.settings.seeds.get(name).cloned().unwrap_or_default();
    let relation: Name = (properties.schema.unwrap_or_default(), properties.alias.unwrap_or_else(|| name.to_owned()));
    let at = Span::new(file, 0, 0);
    let same = expected.built().any(|(_, table)| match &table.kind {
        TableKind::Seed(seed) => {
            expected.name(table) == relation && rows(artifacts.sources.text(file)).is_some_and(|r| holds(table, seed, &r))
        }
        TableKind::Model(_) | TableKind::Source(_) => false,
    });
    let content = if same { Vec::new() } else { vec![Token { kind: Kind::Other("other rows".to_owned()), at }] };
    make(project, reading, artifacts, (relation, Kept::Table, (content, None), at), properties.hook.as_slice());
}

/// Whether a file's rows are a seed's.
fn holds(table: &Table, seed: &crate::ir::SeedTable, rows: &[Vec<String>]) -> bool {
    let Some((head, body)) = rows.split_first() else { return false };
    let named = head.len() == table.columns.len() && head.iter().zip(&table.columns).all(|(h, c)| h == c.name.as_str());
    let same = |row: &Vec<Option<std::sync::Arc<str>>>, found: &Vec<String>| {
        row.len() == found.len() && row.iter().zip(found).all(|(value, text)| value.as_deref().unwrap_or("") == text)
    };
    named && body.len() == seed.rows.len() && seed.rows.iter().zip(body).all(|(row, found)| same(row, found))
}

/// The records of a file of comma-separated values (RFC 4180).
fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut out, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if field.is_empty() => loop {
                match chars.next()? {
                    '"' if chars.peek() == Some(&'"') => {
                        chars.next();
                        field.push('"');
                    }
                    '"' => break,
                    c => field.push(c),
                }
            },
            ',' => row.push(std::mem::take(&mut field)),
            '\n' => {
                row.push(std::mem::take(&mut field));
                out.push(std::mem::take(&mut row));
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            c => field.push(c),
        }
    }
    (row.is_empty() && field.is_empty()).then_some(out)
}
