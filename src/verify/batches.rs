//! `select $$insert …$$ from generate_series(1, (…)) \\gexec`: one statement that takes in a batch of rows, as often as there are batches left.

use super::bodies::same;
use super::lex::{Cursor, Kind, Statement, Token, tokens};

/// The statement that is run, again and again; `None` where something else might be, or where it is counted by other rows than it takes.
pub(super) fn one(statement: &Statement) -> Option<Statement> {
    let mut cursor = Cursor::new(&statement.tokens);
    cursor.must("select")?;
    let body = tokens(&cursor.body()?, statement.at)?;
    cursor.must("from generate_series")?;
    let mut often = Cursor::new(cursor.bracketed()?);
    cursor.end()?;
    (number(&mut often)? == "1").then_some(())?;
    often.must(",")?;
    let mut counted = Cursor::new(often.bracketed()?);
    often.end()?;
    counted.must("select ceil ( count ( * ) /")?;
    let rows = number(&mut counted)?;
    counted.must(") : : integer from")?;
    let left = counted.bracketed()?;
    counted.must("as left_rows")?;
    counted.end()?;
    let mut insert = Cursor::new(&body);
    insert.must("insert into")?;
    insert.qualified()?;
    insert.bracketed()?;
    let taken = insert.rest();
    let (query, limit) = taken.split_at_checked(left.len())?;
    let [.., last] = limit else { return None };
    let of = matches!(&last.kind, Kind::Number(n) if rows == format!("{n}.0"));
    let ordered = Cursor::new(limit).is("order by");
    (same(query, left) && of && ordered).then_some(Statement { tokens: body, at: statement.at })
}

fn number<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    match cursor.next() {
        Some(Token { kind: Kind::Number(n), .. }) => Some(n),
        _ => None,
    }
}
