use super::made::Lifted;
use crate::ir::{CategoryId, Form, Level, Program};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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
    /// `value`; `rows`: what rows were chosen by; `release`, `mask`: a written exception, whatever the label says.
    by: &'static str,
    /// The reason of an exception.
    because: Option<String>,
}

/// A column of a sink with what it tells.
pub(super) struct Sent<'p> {
    /// `patient_anon.zip`
    pub(super) name: String,
    /// Its label.
    pub(super) label: &'p crate::ir::Label,
}

/// What is told besides the labels of values.
pub(super) struct Besides {
    /// `patient_anon.zip`, `the rows of patient_anon`
    pub(super) name: String,
    /// What, and by which exception.
    pub(super) lifted: Lifted,
}

/// Whether Safe Harbor's list leaves it: nothing more than what many share. Counts over a group identify nobody by themselves.
pub(super) fn permitted(program: &Program, category: CategoryId, level: Level) -> bool {
    let lettered = program.category(category).is_some_and(|c| c.safe_harbor.is_some());
    level.form <= Form::General || !lettered && category != CategoryId::UNCLASSIFIED
}

/// The eighteen letters over everything a sink receives. Unclassified columns count under (R): nobody has said that they are none.
pub(super) fn of(program: &Program, sent: &[Sent<'_>], besides: &[Besides]) -> Vec<Line> {
    let mut by_letter: BTreeMap<char, Vec<Told>> = BTreeMap::new();
    for column in sent {
        for (category, level) in column.label.values() {
            let Some((letter, known)) = letter(program, *category) else { continue };
            by_letter.entry(letter).or_default().push(Told {
                column: column.name.clone(),
                category: known,
                form: form(*level),
                permitted: permitted(program, *category, *level),
                by: "value",
                because: None,
            });
        }
    }
    for one in besides {
        let Lifted { category, form, kind, because } = &one.lifted;
        let Some((letter, known)) = letter(program, *category) else { continue };
        by_letter.entry(letter).or_default().push(Told {
            column: one.name.clone(),
            category: known,
            form: form.name().to_owned(),
            permitted: false,
            by: kind,
            because: Some(because.clone()).filter(|b| !b.is_empty()),
        });
    }
    let line = |(letter, identifier): (char, &'static str)| {
        let columns = by_letter.remove(&letter).unwrap_or_default();
        let (result, says) = match columns.as_slice() {
            [] => ("absent", "not in what is sent"),
            all if all.iter().all(|c| c.permitted) => {
                ("permitted", "only what many share: presence, a year, an age up to 90, three digits, a count")
            }
            all => ("present", how(all)),
        };
        Line { letter, identifier, result, says, columns }
    };
    IDENTIFIERS.into_iter().map(line).collect()
}

/// The letter a category counts under, and its name. Nobody has said that what is unclassified is none.
fn letter(program: &Program, category: CategoryId) -> Option<(char, String)> {
    let known = program.category(category)?;
    let letter = if category == CategoryId::UNCLASSIFIED { Some('R') } else { known.safe_harbor };
    Some((letter?, known.name.to_string()))
}

/// By what a letter is present.
fn how(columns: &[Told]) -> &'static str {
    let by = |kinds: &[&str]| columns.iter().filter(|c| !c.permitted).all(|c| kinds.contains(&c.by));
    match () {
        () if by(&["release", "mask"]) => "by release: an author said why it may be told, and the checks take that for granted",
        () if by(&["rows"]) => "rows were chosen by it",
        () if by(&["release", "mask", "rows"]) => "by release, and rows were chosen by it",
        () => "more than Safe Harbor's list leaves",
    }
}

/// The categories that are present, each with its letter, by what: as values, by release, by the choice of rows.
pub(super) fn present(lines: &[Line]) -> [Vec<String>; 3] {
    let with = |kinds: &[&str]| {
        let told = lines.iter().flat_map(|l| l.columns.iter().map(move |c| (l.letter, c)));
        let fits = told.filter(|(_, c)| !c.permitted && kinds.contains(&c.by));
        let all: BTreeSet<(char, &str)> = fits.map(|(letter, c)| (letter, c.category.as_str())).collect();
        all.into_iter().map(|(letter, category)| format!("{category} ({letter})")).collect()
    };
    [with(&["value"]), with(&["release", "mask"]), with(&["rows"])]
}

/// `partial`, `aggregate over 11`
pub(super) fn form(level: Level) -> String {
    match (level.form, level.aggregate) {
        (Form::Public, Some(k)) => format!("aggregate over {k}"),
        (form, Some(k)) => format!("{} and aggregate over {k}", form.name()),
        (form, None) => form.name().to_owned(),
    }
}
