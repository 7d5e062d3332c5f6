//! The outside world: walking, reading, atomic writing, clock, environment. The only file-system code besides the embedded engine's.

mod artifacts;
mod git;
mod load;
mod manifest;
mod snapshot;
mod unchanged;
mod write;

pub use artifacts::artifacts;
pub use git::{Commit, default_base, load_commit, project_prefix, resolve, text_at};
pub use load::{Loaded, Wants, load, pipe_files, read_text};
pub use manifest::Manifest;
pub use snapshot::{load_snapshot, snapshot};
pub use unchanged::Memory;
pub use write::{Difference, WriteReport, compare, write, write_file};

/// Today's date in UTC as ISO text: the run date when nobody gives one to `pipec run`. Never reaches an artifact.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    date_of(i64::try_from(seconds / 86_400).unwrap_or(0))
}

/// The day of a build: that of `SOURCE_DATE_EPOCH`, seconds since 1970 in UTC (reproducible-builds.org), or today. Never reaches an artifact.
///
/// # Errors
/// When the variable is set and is no number of seconds: a build that shall be reproducible must not read the clock by mistake.
pub fn build_day() -> Result<String, String> {
    let set = std::env::var_os("SOURCE_DATE_EPOCH");
    let Some(set) = set else { return Ok(today()) };
    let seconds = set.to_str().and_then(|s| s.parse::<u64>().ok()).and_then(|s| i64::try_from(s / 86_400).ok());
    // The last second of the year 9999: dates have four digits for a year.
    let days = seconds.filter(|d| *d <= 2_932_896);
    days.map(date_of).ok_or_else(|| "SOURCE_DATE_EPOCH is set and is no number of seconds since 1970".to_owned())
}

fn date_of(days: i64) -> String {
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
