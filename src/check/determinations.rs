use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Clearance, Determination, Program};
use std::collections::BTreeMap;

/// Days before the last one from which on a build warns: time to have a determination renewed.
const NOTICE_DAYS: i64 = 30;

/// Refuses clearances that stand on an Expert Determination whose last day is over, and warns in its last month.
///
/// 45 CFR 164.514(b)(1) sets no term; experts do, since data, population and what recipients can find change (HHS, *Guidance Regarding Methods for
/// De-identification*, 2012, question 2.8). `today`, ISO, comes from the host: a clock that checks read would make builds differ. Where it is not known,
/// nothing is compared with it.
pub fn check(program: &Program, today: Option<&str>, diagnostics: &mut Diagnostics) {
    let mut known: BTreeMap<&str, (&Determination, Span)> = BTreeMap::new();
    for (clearance, determination) in program.clearances.iter().filter_map(|c| Some((c, c.determination.as_ref()?))) {
        match known.get(&*determination.id) {
            None => {
                known.insert(&determination.id, (determination, clearance.at));
                diagnostics.extend(judged(clearance, determination, today));
            }
            Some((first, at)) if first.expires != determination.expires => {
                let message = format!(
                    "determination `{}` ends on {} here and on {} elsewhere",
                    determination.id, determination.expires, first.expires
                );
                diagnostics.push(Diagnostic::error(Code::BadSetting, clearance.at, message).mark(*at, "elsewhere"));
            }
            Some(_) => {}
        }
    }
}

fn judged(clearance: &Clearance, determination: &Determination, today: Option<&str>) -> Diagnostics {
    let mut found = Diagnostics::new();
    let Determination { id, expires } = determination;
    let Some((today, (now, last))) = today.and_then(|t| Some((t, (days(t)?, days(expires)?)))) else { return found };
    if now > last {
        found.push(
            Diagnostic::error(
                Code::DeterminationExpired,
                clearance.at,
                format!("determination `{id}`, on which `{}` stands, held until {expires}, and today is {today}", clearance.name),
            )
            .help("have the expert renew it and write the new id and date, or use a clearance that stands on none")
            .help("to check an older state as it was then, give its day: `pipec check --as-of 2026-01-31`"),
        );
    } else if last - now < NOTICE_DAYS {
        let left = match last - now {
            0 => "after today".to_owned(),
            1 => "after tomorrow".to_owned(),
            n => format!("in {n} days"),
        };
        let message = format!("determination `{id}`, on which `{}` stands, ends {left}, on {expires}", clearance.name);
        found.push(
            Diagnostic::warning(Code::DeterminationEnds, clearance.at, message).help("builds fail from the day after: have it renewed"),
        );
    }
    found
}

/// Days since 0000-03-01 of an ISO date; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if month <= 2 { year - 1 } else { year };
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * shifted + 2) / 5 + day - 1)
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        for (from, to, apart) in [
            ("2026-12-31", "2027-01-01", 1),
            ("2028-02-28", "2028-03-01", 2),
            ("2027-02-28", "2027-03-01", 1),
            ("1999-12-31", "2000-12-31", 366),
        ] {
            assert_eq!(days(to).unwrap() - days(from).unwrap(), apart, "{from} to {to}");
        }
        assert_eq!(days("soon"), None);
    }
}
