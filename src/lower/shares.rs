//! Assertions about recent days, and about a share of the rows: `assert day within 30d`, `assert zip matches "^[0-9]{5}$" in 95%`.

use super::assertions::Reader;
use super::parse::parse_query;
use super::query::lower_query;
use super::writer::{Part, TokenWriter};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, Literal, Type};
use crate::syntax::ast::{Word, WordKind};
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// A share in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// The days that `within` takes: a century of them.
const LONGEST: u32 = 36_525;

/// What is asked of each row.
#[derive(Clone, Copy)]
enum Asked<'k> {
    /// As without a share.
    Kind(&'k AssertionKind),
    /// The column has a day of the last so many, the run date among them.
    Within(u32, u32),
}

impl Reader<'_, '_> {
    /// `in 95%`: 9,500. `None` when it is no share.
    pub(super) fn share(&self, word: &Word) -> Option<u32> {
        let WordKind::Number { value, unit } = &word.kind else { return None };
        let (whole, places) = value.split_once('.').unwrap_or((value, ""));
        let places = format!("{places:0<2}");
        let share = (unit == "%" && places.len() == 2).then(|| format!("{whole}{places}").parse::<u32>().ok()).flatten();
        share.filter(|s| (1..WHOLE).contains(s))
    }

    /// An assertion of columns, with the share of rows that is enough.
    pub(super) fn shared_call(&self, name: &str, args: &[Vec<Word>], share: Option<u32>, at: Span) -> Option<(AssertionKind, String)> {
        let (kind, made) = if name == "within" {
            let [column, span] = args else {
                self.cx.error(Diagnostic::error(Code::BadAssertion, at, "`within` takes a column and days").help("write `day within 30d`"));
                return None;
            };
            let column = self.column(column)?;
            let (found, asked) = self.within(column, span, at)?;
            (self.asked(asked, share, at)?, format!("within_{found}"))
        } else {
            let (kind, made) = self.call(name, args, at)?;
            if share.is_none() {
                return Some((kind, made));
            }
            (self.asked(Asked::Kind(&kind), share, at)?, made)
        };
        Some((kind, if share.is_some() { format!("{made}_mostly") } else { made }))
    }

    /// `within 30d`
    fn within(&self, column: u32, span: &[Word], at: Span) -> Option<(&Ident, Asked<'static>)> {
        let days = match span {
            [Word { kind: WordKind::Number { value, unit }, .. }] => {
                let each = match unit.as_str() {
                    "d" => Some(1),
                    "w" => Some(7),
                    _ => None,
                };
                value.parse::<u32>().ok().zip(each).and_then(|(n, each)| n.checked_mul(each)).filter(|d| (1..=LONGEST).contains(d))
            }
            _ => None,
        };
        let Some(days) = days else {
            let problem = Diagnostic::error(Code::BadAssertion, at, "`within` says how many days back, in days or weeks");
            self.cx.error(problem.help("write `within 30d`, or `within 2w`"));
            return None;
        };
        let found = self.table.columns.get(column as usize)?;
        if !matches!(found.ty, Type::Date | Type::Timestamp | Type::Timestamptz | Type::Error) {
            let message = format!("`{}` is `{}`: only days and moments are recent", found.name, found.ty);
            self.cx.error(Diagnostic::error(Code::BadAssertion, at, message));
            return None;
        }
        Some((&found.name, Asked::Within(column, days)))
    }

    /// A query whose rows are failures: rows that break what is asked, or one row where too few of those with a value meet it.
    fn asked(&self, asked: Asked<'_>, share: Option<u32>, at: Span) -> Option<AssertionKind> {
        let cx = self.shared.cx(at, self.cx.tables);
        let mut writer = TokenWriter::new(&cx, self.shared.generator);
        let Some(condition) = self.condition(asked, at) else {
            let problem = Diagnostic::error(Code::BadAssertion, at, "a share of the rows is asked of what each row says by itself");
            self.cx.error(problem.help("that is `not_null`, `one_of`, `matches`, `between` and `within`"));
            return None;
        };
        let (table, condition) = (Part::Name(&self.table.name), Part::Tokens(&condition));
        match share {
            None => writer.sql("select * from $1 where not ($2)", &[table, condition], at),
            Some(share) => writer.sql(
                "select t.failing, t.asked from (select count(*) filter (where not ($2)) as failing, count(*) filter (where ($2) is not null) as asked from $1) as t where $3 * t.failing > $4 * t.asked",
                &[table, condition, Part::Number(WHOLE), Part::Number(WHOLE - share)],
                at,
            ),
        }
        let tokens = (!writer.failed).then_some(writer.out);
        let query = tokens.and_then(|t| parse_query(&cx, t)).map(|q| lower_query(&cx, None, &q).query);
        self.cx.diagnostics.borrow_mut().extend(cx.diagnostics.take());
        query.map(|q| AssertionKind::Sql(Box::new(q)))
    }

    /// What a row has to meet, as tokens. `None` of what takes several rows.
    fn condition(&self, asked: Asked<'_>, at: Span) -> Option<Vec<TokenWithSpan>> {
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        let name = |c: u32| self.table.columns.get(c as usize).map(|c| &c.name);
        match asked {
            Asked::Within(c, days) => {
                let parts = [Part::Name(name(c)?), Part::Number(days)];
                // Postgres would take the day of whatever zone the session has.
                if self.table.columns.get(c as usize)?.ty == Type::Timestamptz {
                    writer.sql("cast($1 at time zone 'UTC' as date) between run_date - $2 and run_date", &parts, at);
                } else {
                    writer.sql("cast($1 as date) between run_date - $2 and run_date", &parts, at);
                }
            }
            Asked::Kind(AssertionKind::NotNull(c)) => writer.sql("$1 is not null", &[Part::Name(name(*c)?)], at),
            Asked::Kind(AssertionKind::Matches(c, pattern)) => {
                writer.sql("$1 ~", &[Part::Name(name(*c)?)], at);
                writer.text(pattern, at);
            }
            Asked::Kind(AssertionKind::Between(c, low, high)) => {
                writer.sql("$1 between", &[Part::Name(name(*c)?)], at);
                constant(&mut writer, low, at);
                writer.words("and", at);
                constant(&mut writer, high, at);
            }
            Asked::Kind(AssertionKind::OneOf(c, values)) => self.one_of(&mut writer, name(*c)?, values, at),
            Asked::Kind(_) => return None,
        }
        (!writer.failed).then_some(writer.out)
    }

    fn one_of(&self, writer: &mut TokenWriter<'_, '_>, column: &Ident, values: &[Literal], at: Span) {
        writer.sql("$1 in (", &[Part::Name(column)], at);
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                writer.push(Token::Comma, at);
            }
            constant(writer, value, at);
        }
        writer.push(Token::RParen, at);
    }
}

fn constant(writer: &mut TokenWriter<'_, '_>, value: &Literal, at: Span) {
    match value {
        Literal::Text(text) => writer.text(text, at),
        Literal::Boolean(true) => writer.words("true", at),
        Literal::Boolean(false) => writer.words("false", at),
        Literal::Number(digits) => {
            let (sign, digits) = digits.strip_prefix('-').map_or(("", &**digits), |d| ("-", d));
            if !sign.is_empty() {
                writer.push(Token::Minus, at);
            }
            writer.push(Token::Number(digits.to_owned(), false), at);
        }
        _ => writer.words("null", at),
    }
}
