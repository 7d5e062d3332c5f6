//! The statements that fill a table, as the program has them: an artifact's have to be the same, token by token. Blanks, comments and the
//! case of words do not count.

use super::expected::{Aliased, Expected, Plain};
use super::history;
use super::lex::{Token, tokens};
use crate::base::{Ident, Span};
use crate::ir::{Column, Dialect, Literal, Materialization, SeedTable, Table, TableKind, Type};
use crate::sql::{self, Gap};

/// How an artifact fills tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// By statements of its own.
    Sql,
    /// By dbt, which knows how a table is kept.
    Dbt,
}

/// What fills a relation.
pub(super) struct Content {
    /// Whether only the columns count: others fill the table, and what is a default or a check is nobody's right.
    pub(super) columns_only: bool,
    /// Statements without the name of what they fill.
    pub(super) whole: Vec<Vec<Token>>,
    /// The statement by which dbt fills an incremental table that it makes.
    pub(super) first: Option<Vec<Token>>,
    /// For a view: what its query may be wrapped in to hide rows.
    pub(super) filtered: Option<Vec<Token>>,
}

/// What fills a table; `None` where nothing of the kind is printed.
pub(super) fn of(expected: &Expected<'_>, table: &Table, form: Form) -> Option<Content> {
    match &table.kind {
        TableKind::Source(_) => Some(Content { columns_only: true, ..cut(&[definitions(table, false)], None)? }),
        // What a file of rows holds is compared where it is read.
        TableKind::Seed(_) if form == Form::Dbt => cut(&[String::new()], None),
        TableKind::Seed(seed) => cut(&seed_texts(table, seed), None),
        TableKind::Model(model) => {
            let host: &dyn sql::Host = if form == Form::Dbt { &Aliased } else { &Plain };
            let query = sql::query(expected.program, &model.query, Dialect::Postgres, host);
            let query = query.map_err(|gap: Gap| gap.what).ok()?;
            match &model.materialization {
                Materialization::Incremental { key, cursor, history, batch, .. } => {
                    let (schema, own) = expected.name(table);
                    let full = format!("{}.{}", ident(&Ident::exact(&schema)), ident(&Ident::exact(&own)));
                    let (again, first) = if *history {
                        (history::day(table, key, &full, &query)?, query.clone())
                    } else {
                        rows(table, key, cursor.as_ref(), &full, &query)
                    };
                    if form == Form::Dbt {
                        // Where nothing hangs on what is there, dbt is given the query itself.
                        let plain = !history && cursor.is_none() && model.number().is_none();
                        let (again, first) = if plain { (query.clone(), query) } else { (again, first) };
                        let first = Some(tokens(&format!("as {first}"), Span::default())?);
                        return Some(Content { first, ..cut(&[format!("as {again}")], None)? });
                    }
                    match batch {
                        Some(rows) => cut(&batches(table, key, cursor.as_ref(), (*rows, &again)), None),
                        None => cut(&incremental(table, key, &again), None),
                    }
                }
                Materialization::View | Materialization::Ephemeral => {
                    let seen: Vec<String> = table.columns.iter().map(|c| format!("seen.{}", ident(&c.name))).collect();
                    let around = format!("as select {} from ( {query} ) as seen where", seen.join(", "));
                    cut(&[format!("as {query}")], Some(&around))
                }
                Materialization::Table | Materialization::MaterializedView => cut(&[format!("as {query}")], None),
            }
        }
    }
}

fn cut(texts: &[String], filtered: Option<&str>) -> Option<Content> {
    let whole = texts.iter().map(|t| tokens(t, Span::default())).collect::<Option<_>>()?;
    let filtered = match filtered {
        Some(text) => Some(tokens(text, Span::default())?),
        None => None,
    };
    Some(Content { columns_only: false, whole, first: None, filtered })
}

/// Whether definitions have the columns of other ones, in their order and with their types, whatever else they say.
pub(super) fn has_columns(found: &[Token], wanted: &[Token]) -> bool {
    let inside = |t: &'_ [Token]| {
        super::lex::Cursor::new(t).bracketed().map(|t| super::bodies::list(t).iter().map(|p| p.to_vec()).collect::<Vec<_>>())
    };
    let (Some(found), Some(wanted)) = (inside(found), inside(wanted)) else { return false };
    let constraint = |part: &[Token]| {
        let mut cursor = super::lex::Cursor::new(part);
        cursor.is("primary key (") || cursor.is("unique (") || cursor.is("check (")
    };
    let columns: Vec<&Vec<Token>> = found.iter().filter(|p| !constraint(p)).collect();
    let starts = |part: &[Token], with: &[Token]| part.get(..with.len()).is_some_and(|head| super::bodies::same(head, with));
    columns.len() == wanted.len() && columns.iter().zip(&wanted).all(|(part, with)| starts(part, with))
}

pub(super) fn ident(name: &Ident) -> String {
    sql::ident(name, Dialect::Postgres)
}

fn listed(table: &Table) -> String {
    table.columns.iter().map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ")
}

fn definitions(table: &Table, not_null: bool) -> String {
    let define = |c: &Column| {
        let ty = sql::type_name(if c.ty == Type::Unknown { &Type::TEXT } else { &c.ty }, Dialect::Postgres);
        format!("{} {ty}{}", ident(&c.name), if not_null && !c.nullable { " not null" } else { "" })
    };
    format!("({})", table.columns.iter().map(define).collect::<Vec<_>>().join(", "))
}

fn seed_texts(table: &Table, seed: &SeedTable) -> Vec<String> {
    let mut texts = vec![definitions(table, false)];
    let value = |v: &Option<std::sync::Arc<str>>| {
        sql::literal(&v.as_ref().map_or(Literal::Null, |text| Literal::Text(text.clone())), Dialect::Postgres)
    };
    let rows: Vec<String> = seed.rows.iter().map(|row| format!("({})", row.iter().map(value).collect::<Vec<_>>().join(", "))).collect();
    if !rows.is_empty() {
        texts.push(format!("insert into ({}) values {}", listed(table), rows.join(", ")));
    }
    texts
}

/// The rows that an incremental table takes: where it is there, and where it is made.
fn rows(table: &Table, key: &[Ident], cursor: Option<&Ident>, full: &str, query: &str) -> (String, String) {
    let batched =
        matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::Incremental { batch: Some(_), .. }));
    // A number that a key has stays; those of new keys go on from the greatest.
    let number = if let TableKind::Model(model) = &table.kind { model.number() } else { None };
    let taken = |c: &Column| match ident(&c.name) {
        n if number == Some(&c.name) => {
            format!("coalesce(kept_rows.{n}, (select coalesce(max(old_rows.{n}), 0) from {full} as old_rows) + new_rows.{n}) as {n}")
        }
        n => format!("new_rows.{n}"),
    };
    let taken: Vec<String> = table.columns.iter().map(taken).collect();
    let new: Vec<String> = table.columns.iter().map(|c| format!("new_rows.{}", ident(&c.name))).collect();
    let mine = number.map_or(String::new(), |_| {
        let same: Vec<String> = key.iter().map(|k| format!("kept_rows.{0} = new_rows.{0}", ident(k))).collect();
        format!(" left join {full} as kept_rows on {}", same.join(" and "))
    });
    let past = cursor.map_or(String::new(), |cursor| {
        let nullable = table.columns.iter().any(|c| c.name == *cursor && c.nullable);
        let cursor = ident(cursor);
        let missing = if nullable { format!("new_rows.{cursor} is null or ") } else { String::new() };
        let (open, close) = if batched && nullable { ("(", ")") } else { ("", "") };
        format!(" where {open}{missing}new_rows.{cursor} >= coalesce((select max(old_rows.{cursor}) from {full} as old_rows), new_rows.{cursor}){close}")
    });
    let there = if batched {
        let same: Vec<String> = key.iter().map(|k| format!("there.{0} = new_rows.{0}", ident(k))).collect();
        format!(" and not exists (select 1 from {full} as there where {})", same.join(" and "))
    } else {
        String::new()
    };
    let wrapped =
        |columns: &[String], rest: &str| format!("with new_rows as ( {query} ) select {} from new_rows{rest}", columns.join(", "));
    (wrapped(&taken, &format!("{mine}{past}{there}")), wrapped(&new, ""))
}

/// A batch of new rows; it is run as often as it takes.
fn batches(table: &Table, key: &[Ident], cursor: Option<&Ident>, (rows, again): (u32, &str)) -> Vec<String> {
    let order: Vec<String> = cursor.into_iter().chain(key).map(|c| format!("new_rows.{}", ident(c))).collect();
    let batch = format!("insert into ({}) {again} order by {} limit {rows}", listed(table), order.join(", "));
    vec![definitions(table, true), batch]
}

/// New rows come from a temporary table; those with the same key make way for them.
fn incremental(table: &Table, key: &[Ident], rows: &str) -> Vec<String> {
    let mut texts = vec![definitions(table, true), format!("on commit drop as {rows}")];
    if !key.is_empty() {
        let same: Vec<String> = key.iter().map(|k| format!("old_rows.{0} = pipec_new.{0}", ident(k))).collect();
        texts.push(format!("delete from as old_rows using pipec_new where {}", same.join(" and ")));
    }
    texts.push(format!("insert into ({0}) select {0} from pipec_new", listed(table)));
    texts
}
