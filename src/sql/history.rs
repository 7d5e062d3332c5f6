//! How a history takes a day's rows: versions that begin, and versions that end.

use crate::base::Ident;
use crate::ir::{Dialect, Materialization};

/// What a history is made of, as text.
pub struct History<'t> {
    /// Its columns, the two days last.
    pub columns: Vec<&'t Ident>,
    /// Its key, `valid_from` last.
    pub key: &'t [Ident],
    /// The day's rows.
    pub query: &'t str,
    /// The table that is there.
    pub kept: &'t str,
    /// The run date.
    pub run_date: &'t str,
}

impl History<'_> {
    /// A query for the rows that take the place of those with their key: each current row that was not there as it is now, with `valid_from` the run
    /// date; and each version that is no longer current, with `valid_to` the run date. A day before that of a version's beginning changes nothing of it.
    pub fn changes(&self, dialect: Dialect, ident: &dyn Fn(&Ident) -> String) -> String {
        let (query, kept, day) = (self.query, self.kept, self.run_date);
        let (from, to) = (Materialization::VALID_FROM, Materialization::VALID_TO);
        let things: Vec<String> = self.key.iter().filter(|k| k.as_str() != from).map(ident).collect();
        let same: Vec<String> = things.iter().map(|k| format!("old_rows.{k} = new_rows.{k}")).collect();
        let same = same.join(" and ");
        let values = self.columns.iter().filter(|c| c.as_str() != from && c.as_str() != to).map(|c| ident(c));
        let values: Vec<String> = values.collect();
        let unlike = if dialect == Dialect::Sqlite { "is not" } else { "is distinct from" };
        let differs: Vec<String> =
            values.iter().filter(|c| !things.contains(c)).map(|c| format!("old_rows.{c} {unlike} new_rows.{c}")).collect();
        let differs = if differs.is_empty() { "1 = 0".to_owned() } else { differs.join("\n        or ") };
        let of = |side: &str| values.iter().map(|c| format!("    {side}.{c}")).collect::<Vec<_>>().join(",\n");
        let (began, ended, first) = (of("new_rows"), of("old_rows"), things.first().map_or("", String::as_str));
        format!(
            "with new_rows as (\n\n{query}\n\n),\nold_rows as (\n    select * from {kept} as versions where versions.{to} is null\n)\nselect\n{began},\n    new_rows.{from},\n    new_rows.{to}\nfrom new_rows\nleft join old_rows on {same}\nwhere old_rows.{first} is null\n   or (old_rows.{from} <= {day} and (\n        {differs}\n    ))\nunion all\nselect\n{ended},\n    old_rows.{from},\n    {day} as {to}\nfrom old_rows\nleft join new_rows on {same}\nwhere (old_rows.{from} <= {day} and new_rows.{first} is null)\n   or (old_rows.{from} < {day} and (\n        {differs}\n    ))"
        )
    }
}
