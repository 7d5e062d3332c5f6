//! `partition by day monthly from "2024-01" to "2027-01"`: rows of an own table in one table per month or year.

use super::columns::column_at;
use super::reader::Reader;
use super::words::{Read, Words, wrong};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, Every, Partitions, Table, TableKind, Type};

/// More partitions than this slow every query down: that is thirty years of months.
const MOST: u32 = 360;

impl Reader<'_, '_> {
    /// Reads the span, and the column that decides where a row lies.
    pub(super) fn partition_of(&mut self, words: &mut Words<'_>, at: Span, table: &mut Table) -> Read<()> {
        words.expect("by")?;
        let (name, column_at_span) = words.name("the column that decides where a row lies")?;
        let column = column_at(table, &name, column_at_span)?;
        if !table.columns.get(column as usize).is_some_and(|c| matches!(c.ty, Type::Date | Type::Timestamp | Type::Timestamptz)) {
            return Err(wrong(
                column_at_span,
                format!("rows are spread by a `date`, a `timestamp` or a `timestamptz`, and `{name}` is none"),
            ));
        }
        let every = Every::ALL.into_iter().find(|e| words.take(e.name()));
        let every = every.ok_or_else(|| wrong(words.here(), "a partition is `monthly` or `yearly`"))?;
        words.expect("from")?;
        let (first, from_at) = (month(words, every)?, at);
        words.expect("to")?;
        let end = month(words, every)?;
        let count = end.saturating_sub(first) / every.months();
        if !(1..=MOST).contains(&count) {
            let help =
                format!("`to` is the first that is left out, and there are at most {MOST}; other rows have a partition of their own");
            return Err(wrong(from_at, format!("this span has {count} partitions")).help(help));
        }
        if let TableKind::Source(source) = &mut table.kind
            && let Some(own) = source.own.as_deref_mut()
        {
            own.partitions = Some(Partitions { column, every, first, end, at });
        }
        Ok(())
    }

    /// P0670: one table can only keep unique what it holds itself.
    pub(super) fn partition_keys(&mut self, table: &Table) {
        let Some((own, partitions)) = table.own().and_then(|own| Some((own, own.partitions.as_ref()?))) else { return };
        let named = |c: &u32| table.columns.get(*c as usize).map_or("", |c| c.name.as_str());
        let by = named(&partitions.column);
        let mut lists: Vec<(Vec<&str>, Span)> = Vec::new();
        for assertion in &table.assertions {
            if let AssertionKind::Unique(of) = &assertion.kind {
                lists.push((of.iter().map(named).collect(), assertion.at));
            }
        }
        let indexes = own.indexes.iter().filter(|i| i.unique);
        lists.extend(indexes.map(|i| (i.columns.iter().map(crate::base::Ident::as_str).collect(), partitions.at)));
        for (list, at) in lists.iter().filter(|(list, _)| !list.contains(&by)) {
            let written = list.join(", ");
            let message = format!(
                "rows of `{}` that are one by ({written}) may lie in several partitions, and no partition sees the others",
                table.name
            );
            let problem = Diagnostic::error(Code::PartitionKey, *at, message).mark(partitions.at, format!("partitions by `{by}`"));
            self.diagnostics.push(
                problem
                    .help(format!("make `{by}` a part of it: ({written}, {by})"))
                    .help(format!("or leave it out, and write `assert unique({written})` in a model over `{}`: a test", table.name)),
            );
        }
    }
}

/// `"2024-01"`, or `"2024"` for years.
fn month(words: &mut Words<'_>, every: Every) -> Read<u32> {
    let at = words.here();
    let form = match every {
        Every::Month => "a month, such as \"2024-01\"",
        Every::Year => "a year, such as \"2024\"",
    };
    let text = words.text(form)?;
    let digits = |text: &str, length: usize| {
        let all = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| all)
    };
    let read = match every {
        Every::Month => text.split_once('-').and_then(|(y, m)| Some((digits(y, 4)?, digits(m, 2).filter(|m| (1..=12).contains(m))?))),
        Every::Year => digits(&text, 4).map(|y| (y, 1)),
    };
    // The year 0 is none in Postgres.
    let read = read.filter(|(year, _)| *year > 0);
    read.map(|(year, month)| year * 12 + month - 1).ok_or_else(|| wrong(at, format!("here stands {form}")))
}
