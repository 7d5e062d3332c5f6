use super::graph::{Graph, NodeId};
use crate::base::Ident;
use crate::ir::{Program, Table, TableId, TableKind};

/// The name of a table in lineage: `source.table`, or a model's or seed's own name. Names that SQL would quote are quoted, so that no two
/// tables or columns share one.
pub fn id_of(table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) => format!("{}.{}", quoted(&source.source), quoted(&table.name)),
        TableKind::Seed(_) | TableKind::Model(_) => quoted(&table.name),
    }
}

/// A name as SQL reads it back.
pub(super) fn quoted(name: &Ident) -> String {
    if name.is_plain() { name.as_str().to_owned() } else { format!("\"{}\"", name.as_str().replace('"', "\"\"")) }
}

/// The parts of a dotted name: `a."B c"` is `a` and `B c`. `None` where a quote is left open.
fn parts(written: &str) -> Option<Vec<Ident>> {
    let mut out = Vec::new();
    let mut rest = written.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(inside) => {
                let end = closing(inside)?;
                (Ident::exact(&inside.get(..end)?.replace("\"\"", "\"")), inside.get(end + 1..)?)
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (Ident::folded(rest.get(..end)?), rest.get(end..)?)
            }
        };
        out.push(part);
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(out),
        }
    }
}

/// Where a quoted name ends: at the first quote that is not doubled.
fn closing(inside: &str) -> Option<usize> {
    let mut bytes = inside.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'"' && bytes.next_if(|(_, next)| *next == b'"').is_none() {
            return Some(at);
        }
    }
    None
}

/// What a name on the command line means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// All columns of a table.
    Table(TableId),
    /// One column.
    Column(TableId, u32),
    /// The table is there, the column is not.
    NoColumn(TableId, Ident),
    /// Nothing is called that.
    Nothing,
}

/// Reads a name: a model, a source's table with or without its source, or a column of one. Where a shell has eaten the quotes, the last dot
/// cuts the column off.
pub(super) fn find(program: &Program, written: &str) -> Named {
    let read = |part: &[Ident]| {
        let name = match part {
            [name] => name.clone(),
            _ => Ident::exact(&part.iter().map(Ident::as_str).collect::<Vec<_>>().join(".")),
        };
        program.table_names.get(&name).copied()
    };
    let bare = written.trim();
    let exact: Option<Vec<Ident>> = bare.rsplit_once('.').map(|(table, column)| vec![Ident::exact(table), Ident::exact(column)]);
    let mut nearest = Named::Nothing;
    for parts in parts(bare).into_iter().chain(exact).chain([vec![Ident::exact(bare)]]) {
        if let Some(table) = read(&parts) {
            return Named::Table(table);
        }
        let Some((column, before)) = parts.split_last() else { continue };
        let Some(id) = read(before) else { continue };
        let position = program.table(id).and_then(|t| t.columns.iter().position(|c| c.name == *column));
        match position.and_then(|p| u32::try_from(p).ok()) {
            Some(position) => return Named::Column(id, position),
            None if nearest == Named::Nothing => nearest = Named::NoColumn(id, column.clone()),
            None => {}
        }
    }
    nearest
}

/// A name that stands for nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// What to say.
    pub message: String,
    /// The word that fits nothing.
    pub word: String,
    /// What stands in its place.
    pub words: Vec<String>,
}

impl Graph<'_> {
    /// The nodes a name stands for: one column, or all of a table's.
    ///
    /// # Errors
    /// What was not found, as a message, the word that fits nothing, and the words there are in its place.
    pub fn named(&self, written: &str) -> Result<Vec<NodeId>, Unknown> {
        let program = self.program();
        let name = |id: TableId| program.table(id).map(id_of).unwrap_or_default();
        match find(program, written) {
            Named::Table(id) => Ok(self.columns_of(id)),
            Named::Column(id, position) => Ok(self.node(id, position).into_iter().collect()),
            Named::NoColumn(id, column) => {
                let table = name(id);
                let columns = program.table(id).iter().flat_map(|t| &t.columns).map(|c| c.name.as_str().to_owned()).collect();
                Err(Unknown { message: format!("`{table}` has no column `{column}`"), word: column.as_str().to_owned(), words: columns })
            }
            Named::Nothing => {
                let word = written.trim().to_owned();
                let message = format!("no table, model or column is called `{word}`");
                Err(Unknown { message, word, words: program.tables().map(|(id, _)| name(id)).collect() })
            }
        }
    }
}
