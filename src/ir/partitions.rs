use crate::base::{Ident, Span, short_name};

/// `partition by day monthly from "2024-01" to "2027-01"`: an own table whose rows lie in one table per month or year, and one for all other moments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partitions {
    /// The column that decides where a row lies, by position.
    pub column: u32,
    /// How long each is.
    pub every: Every,
    /// The first month, counted from January of the year 0 (ISO 8601).
    pub first: u32,
    /// The month behind the last.
    pub end: u32,
    /// Where written.
    pub at: Span,
}

/// How much time a partition holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Every {
    /// `monthly`
    Month,
    /// `yearly`
    Year,
}

/// One partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name, beside the table's.
    pub name: Ident,
    /// The first day that it holds and the first that it does not (ISO 8601); `None`: whatever no other holds.
    pub days: Option<(String, String)>,
}

impl Every {
    /// All of them.
    pub const ALL: [Every; 2] = [Every::Month, Every::Year];

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Every::Month => "monthly",
            Every::Year => "yearly",
        }
    }

    /// In months.
    pub fn months(self) -> u32 {
        match self {
            Every::Month => 1,
            Every::Year => 12,
        }
    }
}

impl Partitions {
    /// The partitions of a table of this name, in order; last the one for all other moments, where NULL lies, too.
    pub fn parts(&self, table: &str) -> Vec<Part> {
        let step = self.every.months();
        let day = |month: u32| format!("{:04}-{:02}-01", month / 12, month % 12 + 1);
        let called = |month: u32| match self.every {
            Every::Month => format!("{:04}_{:02}", month / 12, month % 12 + 1),
            Every::Year => format!("{:04}", month / 12),
        };
        let part = |month: u32| Part { name: short_name(table, &called(month)), days: Some((day(month), day(month + step))) };
        let rest = Part { name: short_name(table, "rest"), days: None };
        (self.first..self.end).step_by(step as usize).map(part).chain([rest]).collect()
    }
}
