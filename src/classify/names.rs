use super::Confidence;
use crate::ir::Type;

/// The table of names: words, tables, type, category, confidence.
const NAMES: &str = include_str!("names.csv");

/// A line of the table.
pub(super) struct Rule {
    /// As written, for reasons.
    words: &'static str,
    /// Each word with its alternatives.
    pattern: Vec<Vec<&'static str>>,
    first: bool,
    last: bool,
    tables: Vec<&'static str>,
    types: &'static str,
    category: &'static str,
    confidence: Confidence,
}

/// What a name says.
pub(super) struct Named {
    pub(super) category: &'static str,
    pub(super) confidence: Confidence,
    pub(super) words: &'static str,
}

/// The rules, in the order of the file.
pub(super) fn rules() -> Vec<Rule> {
    NAMES.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).skip(1).filter_map(rule).collect()
}

fn rule(line: &'static str) -> Option<Rule> {
    let mut cells = line.split(',').map(str::trim);
    let words = cells.next()?;
    let tables = cells.next()?;
    let (types, category) = (cells.next()?, cells.next()?);
    let confidence = if cells.next()? == "sure" { Confidence::Sure } else { Confidence::Likely };
    let (first, last) = (words.starts_with('^'), words.ends_with('$'));
    let pattern = words.trim_start_matches('^').trim_end_matches('$').split(' ').map(|w| w.split('|').collect()).collect();
    let tables = tables.split('|').filter(|t| !t.is_empty()).collect();
    Some(Rule { words, pattern, first, last, tables, types, category, confidence })
}

/// What the most particular rule says; nothing where two equally particular ones differ.
pub(super) fn of(rules: &[Rule], table: &str, column: &str, ty: &Type) -> Option<Named> {
    let (table, column) = (split(table), split(column));
    if *ty == Type::Boolean || counts(&column) {
        return None;
    }
    let mut best: Option<(usize, &Rule)> = None;
    let mut tied = false;
    for rule in rules.iter().filter(|r| r.fits(&table, &column, ty)) {
        let weight = rule.weight();
        match best {
            Some((have, _)) if have > weight => {}
            Some((have, other)) if have == weight => tied |= other.category != rule.category,
            _ => (best, tied) = (Some((weight, rule)), false),
        }
    }
    let (_, rule) = best.filter(|_| !tied)?;
    let words = rule.words.trim_start_matches('^').trim_end_matches('$');
    Some(Named { category: rule.category, confidence: rule.confidence, words })
}

/// Names of figures and flags: `has_phone`, `number_of_visits`.
fn counts(column: &[String]) -> bool {
    const FIRST: [&str; 17] = [
        "has", "is", "was", "can", "should", "count", "num", "number", "total", "avg", "average", "max", "min", "sum", "n", "pct",
        "percent",
    ];
    const LAST: [&str; 5] = ["count", "flag", "total", "pct", "percent"];
    let first = column.first().is_some_and(|w| FIRST.contains(&w.as_str())) && column.len() > 1;
    first || column.last().is_some_and(|w| LAST.contains(&w.as_str()))
}

impl Rule {
    fn weight(&self) -> usize {
        self.pattern.len() * 4 + usize::from(!self.tables.is_empty()) * 3 + usize::from(self.first) + usize::from(self.last)
    }

    fn fits(&self, table: &[String], column: &[String], ty: &Type) -> bool {
        let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        let in_table = |t: &&str| table.iter().any(|w| w == t || singular(w) == **t) || table.concat().contains(&t.replace(' ', ""));
        if !self.tables.is_empty() && !self.tables.iter().any(in_table) || !type_fits(self.types, ty) {
            return false;
        }
        let most = column.len().saturating_sub(self.pattern.len());
        (0..=most).any(|start| {
            let here = column.iter().skip(start).take(self.pattern.len());
            let words = here.len() == self.pattern.len() && here.zip(&self.pattern).all(|(word, any)| any.contains(&word.as_str()));
            words && (!self.first || start == 0) && (!self.last || start + self.pattern.len() == column.len())
        })
    }
}

/// `t` text, `d` date, time or text, `i` text, whole number or uuid, `n` number or text, `*` any.
fn type_fits(types: &str, ty: &Type) -> bool {
    let text = matches!(ty, Type::Text(_));
    let whole = matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt);
    let number = whole || matches!(ty, Type::Numeric(_) | Type::Real | Type::Double);
    match types {
        "t" => text,
        "d" => text || matches!(ty, Type::Date | Type::Timestamp | Type::Timestamptz),
        "i" => text || whole || matches!(ty, Type::Uuid),
        "n" => text || number,
        _ => true,
    }
}

/// The words of a name, in lower case: `patientDOB_2` is `patient`, `dob`, `2`.
pub(super) fn split(name: &str) -> Vec<String> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Lower,
        Upper,
        Digit,
        Other,
    }
    let kind = |c: char| match c {
        c if c.is_numeric() => Kind::Digit,
        c if c.is_uppercase() => Kind::Upper,
        c if c.is_alphabetic() => Kind::Lower,
        _ => Kind::Other,
    };
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut before = Kind::Other;
    for (i, c) in chars.iter().enumerate() {
        let now = kind(*c);
        let next = chars.get(i + 1).map(|c| kind(*c));
        let starts = match (before, now) {
            (_, Kind::Other) => false,
            (Kind::Lower, Kind::Upper) | (Kind::Other, _) => true,
            // The last capital of a run begins the next word: `HTTPServer`.
            (Kind::Upper, Kind::Upper) => next == Some(Kind::Lower),
            (a, b) => (a == Kind::Digit) != (b == Kind::Digit),
        };
        if starts {
            words.push(String::new());
        }
        if now != Kind::Other
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = now;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        let cases = [
            ("patientDOB_2", "patient dob 2"),
            ("BIRTHDATE", "birthdate"),
            ("firstName", "first name"),
            ("Date of Birth", "date of birth"),
            ("HTTPServer", "http server"),
            ("addr1", "addr 1"),
            ("__x__", "x"),
        ];
        for (name, words) in cases {
            assert_eq!(split(name).join(" "), words);
        }
    }

    #[test]
    fn every_line_of_the_table_is_a_rule_for_a_known_category() {
        let lines = NAMES.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).count() - 1;
        let rules = rules();
        assert_eq!(rules.len(), lines);
        let library: String =
            crate::stdlib::files().iter().filter(|(path, _)| path.ends_with("hipaa.pipe")).map(|(_, text)| *text).collect();
        for rule in rules {
            assert!(
                library.contains(&format!("\ncategory {} ", rule.category)) || library.contains(&format!("\ncategory {}\n", rule.category)),
                "{}",
                rule.category
            );
            assert!(["t", "d", "i", "n", "*"].contains(&rule.types), "{}", rule.words);
        }
    }
}
