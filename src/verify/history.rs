//! What a history takes on a day, as the language says it (`docs/reference`, Kimball's type 2): a current version that is as the day's row stays; else
//! it ends that day, and the day's row begins. Written from that, and from nothing that writes it.

use super::content::ident;
use crate::base::Ident;
use crate::ir::Table;

const DAY: &str = "cast(:'run_date' as date)";

/// The rows that take the place of those with their key; `None` where the columns are not those of a history.
pub(super) fn day(table: &Table, key: &[Ident], full: &str, query: &str) -> Option<String> {
    let (from, things) = key.split_last()?;
    let (to, columns) = table.columns.split_last()?;
    let (began, values) = columns.split_last()?;
    (from.as_str() == "valid_from" && began.name == *from && to.name.as_str() == "valid_to").then_some(())?;
    let names: Vec<String> = values.iter().map(|c| ident(&c.name)).collect();
    let of = |rows: &str| names.iter().map(|n| format!("{rows}.{n}")).collect::<Vec<_>>().join(", ");
    let one = ident(things.first()?);
    let same = things.iter().map(ident).map(|k| format!("old_rows.{k} = new_rows.{k}")).collect::<Vec<_>>().join(" and ");
    let changes = values.iter().filter(|c| !things.contains(&c.name)).map(|c| ident(&c.name));
    let changes: Vec<String> = changes.map(|n| format!("old_rows.{n} is distinct from new_rows.{n}")).collect();
    // What is nothing but its key never changes.
    let changed = if changes.is_empty() { "1 = 0".to_owned() } else { changes.join(" or ") };
    let begin = format!(
        "select {}, new_rows.valid_from, new_rows.valid_to from new_rows left join old_rows on {same} \
         where old_rows.{one} is null or (old_rows.valid_from <= {DAY} and ({changed}))",
        of("new_rows")
    );
    let end = format!(
        "select {}, old_rows.valid_from, {DAY} as valid_to from old_rows left join new_rows on {same} \
         where (old_rows.valid_from <= {DAY} and new_rows.{one} is null) or (old_rows.valid_from < {DAY} and ({changed}))",
        of("old_rows")
    );
    let current = format!("select * from {full} as versions where versions.valid_to is null");
    Some(format!("with new_rows as ({query}), old_rows as ({current}) {begin} union all {end}"))
}
