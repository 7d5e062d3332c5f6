//! `to_char` and `to_date`: moments in a format, as PostgreSQL writes and reads them.

use super::calendar as cal;
use super::{Args, Scalar, some};
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[("pipec_to_char", 2, to_char), ("pipec_to_date_as", 2, to_date)];

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Longer ones first, so that the first that fits is the one meant.
const FIELDS: [&str; 36] = [
    "MONTH", "Month", "month", "IYYY", "HH24", "HH12", "YYYY", "MON", "Mon", "mon", "DAY", "Day", "day", "DDD", "HH", "MM", "MI", "MS",
    "US", "SS", "YY", "DD", "DY", "Dy", "dy", "ID", "IW", "AM", "PM", "am", "pm", "WW", "CC", "D", "W", "Q",
];

/// The pieces of a format: fields (with `FM` or without), and what stands between them.
enum Piece<'t> {
    Field { name: &'static str, bare: bool },
    Text(&'t str),
}

fn pieces(format: &str) -> Vec<Piece<'_>> {
    let (mut out, mut rest, mut bare) = (Vec::new(), format, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("FM") {
            (bare, rest) = (true, after);
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            out.push(Piece::Text(text));
            rest = after;
        } else if let Some((name, after)) = FIELDS.iter().find_map(|f| Some((*f, rest.strip_prefix(f)?))) {
            out.push(Piece::Field { name, bare });
            (bare, rest) = (false, after);
        } else {
            let (text, after) = rest.split_at(rest.chars().next().map_or(1, char::len_utf8));
            out.push(Piece::Text(text));
            rest = after;
        }
    }
    out
}

fn to_char(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(moment), Some(format)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    let micros = cal::read_timestamptz(&moment).ok_or("invalid input syntax for type timestamp")?;
    let mut out = String::new();
    for piece in pieces(&format) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Field { name, bare } => out.push_str(&shown(name, bare, micros)),
        }
    }
    some(out)
}

fn shown(field: &str, bare: bool, micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let (today, time) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = cal::civil(today);
    let hour = time / 3_600_000_000;
    let (iso_year, week) = cal::iso_week(today);
    let of_year = today - cal::days(year, 1, 1) + 1;
    let number = |n: i64, width: usize| if bare { n.to_string() } else { format!("{n:0width$}") };
    let name = |names: &[&str], index: i64| usize::try_from(index).ok().and_then(|i| names.get(i)).copied().unwrap_or("").to_string();
    let full = |text: String| if bare { text } else { format!("{text:<9}") };
    let short = |text: String| text.chars().take(3).collect::<String>();
    let (month_name, day_name) = (name(&MONTHS, month - 1), name(&DAYS, cal::weekday(today)));
    match field {
        "YYYY" => number(year, 4),
        "IYYY" => number(iso_year, 4),
        "YY" => number(year % 100, 2),
        "CC" => number((year + 99) / 100, 2),
        "MM" => number(month, 2),
        "DD" => number(day, 2),
        "DDD" => number(of_year, 3),
        "D" => number(cal::weekday(today) + 1, 1),
        "ID" => number((cal::weekday(today) + 6) % 7 + 1, 1),
        "IW" => number(week, 2),
        "WW" => number((of_year - 1) / 7 + 1, 2),
        "W" => number((day - 1) / 7 + 1, 1),
        "Q" => number((month - 1) / 3 + 1, 1),
        "HH24" => number(hour, 2),
        "HH12" | "HH" => number((hour + 11) % 12 + 1, 2),
        "MI" => number(time / 60_000_000 % 60, 2),
        "SS" => number(time / 1_000_000 % 60, 2),
        "MS" => number(time / 1_000 % 1_000, 3),
        "US" => number(time % 1_000_000, 6),
        "AM" | "PM" => if hour < 12 { "AM" } else { "PM" }.into(),
        "am" | "pm" => if hour < 12 { "am" } else { "pm" }.into(),
        "Month" => full(month_name),
        "MONTH" => full(month_name.to_uppercase()),
        "month" => full(month_name.to_lowercase()),
        "Mon" => short(month_name),
        "MON" => short(month_name.to_uppercase()),
        "mon" => short(month_name.to_lowercase()),
        "Day" => full(day_name),
        "DAY" => full(day_name.to_uppercase()),
        "day" => full(day_name.to_lowercase()),
        "Dy" => short(day_name),
        "DY" => short(day_name.to_uppercase()),
        _ => short(day_name.to_lowercase()),
    }
}

fn to_date(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(format)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    let day = read(text.trim(), &format).ok_or("date/time field value out of range, or it does not match the format")?;
    some(cal::show_date(day))
}

fn read(text: &str, format: &str) -> Option<i64> {
    let (mut year, mut month, mut day, mut rest) = (None, 1, 1, text);
    for piece in pieces(format) {
        match piece {
            Piece::Text(between) => {
                // Any separator stands for any other.
                let mark = |c: char| !c.is_alphanumeric();
                rest = if between.chars().all(mark) { rest.strip_prefix(mark).unwrap_or(rest) } else { rest.get(between.len()..)? };
            }
            Piece::Field { name, .. } => match name {
                "YYYY" => year = Some(digits(&mut rest, 4)?),
                "YY" => year = Some(digits(&mut rest, 2).map(|y| if y < 70 { 2000 + y } else { 1900 + y })?),
                "MM" => month = digits(&mut rest, 2)?,
                "DD" => day = digits(&mut rest, 2)?,
                "Month" | "MONTH" | "month" | "Mon" | "MON" | "mon" => month = month_name(&mut rest, name.len() == 3)?,
                _ => return None,
            },
        }
    }
    let year = year.unwrap_or(1);
    let exists = (1..=12).contains(&month) && (1..=cal::month_length(year, month)).contains(&day);
    exists.then(|| cal::days(year, month, day))
}

fn digits(rest: &mut &str, most: usize) -> Option<i64> {
    let length = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at_checked(length)?;
    *rest = after;
    number.parse().ok()
}

fn month_name(rest: &mut &str, short: bool) -> Option<i64> {
    let length = |name: &str| if short { 3 } else { name.len() };
    let fits = |name: &&str| rest.get(..length(name)).is_some_and(|t| name.get(..length(name)).is_some_and(|n| t.eq_ignore_ascii_case(n)));
    let (index, name) = MONTHS.iter().enumerate().find(|(_, name)| fits(name))?;
    *rest = rest.get(length(name)..)?;
    i64::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn char_of(moment: &str, format: &str) -> String {
        let micros = cal::read_timestamptz(moment).unwrap();
        pieces(format)
            .into_iter()
            .map(|p| match p {
                Piece::Text(t) => t.to_string(),
                Piece::Field { name, bare } => shown(name, bare, micros),
            })
            .collect()
    }

    #[test]
    fn formats_are_postgres_s() {
        assert_eq!(char_of("2025-06-07 18:05:09.5", "YYYY-MM-DD\"T\"HH24:MI:SS.MS"), "2025-06-07T18:05:09.500");
        assert_eq!(char_of("2025-06-07", "FMMonth FMDD, YYYY"), "June 7, 2025");
        assert_eq!(char_of("2025-06-07", "Month|Dy|ID|Q|IYYY-IW|DDD"), "June     |Sat|6|2|2025-23|158");
        assert_eq!(char_of("2025-06-07 00:30", "HH12 AM"), "12 AM");
    }

    #[test]
    fn dates_are_read_by_format() {
        assert_eq!(read("07/06/2025", "DD/MM/YYYY").map(cal::show_date).as_deref(), Some("2025-06-07"));
        assert_eq!(read("20250607", "YYYYMMDD").map(cal::show_date).as_deref(), Some("2025-06-07"));
        assert_eq!(read("7 Jun 2025", "DD Mon YYYY").map(cal::show_date).as_deref(), Some("2025-06-07"));
        assert_eq!(read("2025-13-01", "YYYY-MM-DD"), None);
    }
}
