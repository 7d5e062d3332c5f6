use crate::ir::{CategoryId, Form, Level, Program};
use serde::Serialize;
use std::collections::BTreeMap;

/// The identifiers of 45 CFR 164.514(b)(2)(i), in the words of the regulation, shortened.
const IDENTIFIERS: [(char, &str); 18] = [
    ('A', "Names"),
    ('B', "All geographic subdivisions smaller than a state, except the first three digits of a ZIP code of more than 20,000 people"),
    (
        'C',
        "All elements of dates (except year) directly related to an individual, and all ages over 89 and dates that indicate such an age",
    ),
    ('D', "Telephone numbers"),
    ('E', "Fax numbers"),
    ('F', "Electronic mail addresses"),
    ('G', "Social security numbers"),
    ('H', "Medical record numbers"),
    ('I', "Health plan beneficiary numbers"),
    ('J', "Account numbers"),
    ('K', "Certificate and license numbers"),
    ('L', "Vehicle identifiers and serial numbers, including license plate numbers"),
    ('M', "Device identifiers and serial numbers"),
    ('N', "Web Universal Resource Locators (URLs)"),
    ('O', "Internet Protocol (IP) addresses"),
    ('P', "Biometric identifiers, including finger and voice prints"),
    ('Q', "Full-face photographs and comparable images"),
    ('R', "Any other unique identifying number, characteristic or code, except as (c) permits"),
];

/// One letter of the checklist.
#[derive(Serialize)]
pub(super) struct Line {
    letter: char,
    identifier: &'static str,
    /// `absent`, `permitted`, `present`
    pub(super) result: &'static str,
    /// The same in words.
    says: &'static str,
    columns: Vec<Told>,
}

/// A column under a letter.
#[derive(Serialize)]
struct Told {
    column: String,
    category: String,
    form: String,
    permitted: bool,
}

/// A column of a sink with what it tells.
pub(super) struct Sent<'p> {
    /// `patient_anon.zip`
    pub(super) name: String,
    /// Its label.
    pub(super) label: &'p crate::ir::Label,
}

/// Whether Safe Harbor's list leaves it: nothing more than what many share. Counts over a group identify nobody by themselves.
pub(super) fn permitted(program: &Program, category: CategoryId, level: Level) -> bool {
    let lettered = program.category(category).is_some_and(|c| c.safe_harbor.is_some());
    level.form <= Form::General || !lettered && category != CategoryId::UNCLASSIFIED
}

/// The eighteen letters over everything a sink receives. Unclassified columns count under (R): nobody has said that they are none.
pub(super) fn of(program: &Program, sent: &[Sent<'_>]) -> Vec<Line> {
    let mut by_letter: BTreeMap<char, Vec<Told>> = BTreeMap::new();
    for column in sent {
        for (category, level) in column.label.values() {
            let Some(known) = program.category(*category) else { continue };
            let letter = if *category == CategoryId::UNCLASSIFIED { Some('R') } else { known.safe_harbor };
            let Some(letter) = letter else { continue };
            by_letter.entry(letter).or_default().push(Told {
                column: column.name.clone(),
                category: known.name.to_string(),
                form: form(*level),
                permitted: permitted(program, *category, *level),
            });
        }
    }
    let line = |(letter, identifier): (char, &'static str)| {
        let columns = by_letter.remove(&letter).unwrap_or_default();
        let (result, says) = match columns.as_slice() {
            [] => ("absent", "not in what is sent"),
            all if all.iter().all(|c| c.permitted) => {
                ("permitted", "only what many share: presence, a year, an age up to 90, three digits, a count")
            }
            _ => ("present", "more than Safe Harbor's list leaves"),
        };
        Line { letter, identifier, result, says, columns }
    };
    IDENTIFIERS.into_iter().map(line).collect()
}

/// `partial`, `aggregate over 11`
pub(super) fn form(level: Level) -> String {
    match (level.form, level.aggregate) {
        (Form::Public, Some(k)) => format!("aggregate over {k}"),
        (form, Some(k)) => format!("{} and aggregate over {k}", form.name()),
        (form, None) => form.name().to_owned(),
    }
}
