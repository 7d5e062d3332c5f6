//! Row conditions compared: does a new condition let rows through that the old one hid?
//!
//! Decided exactly for boolean structure (SQL's three-valued logic: a row counts where the condition is TRUE), comparisons of columns with
//! constants and with columns, lists, `between`, NULL tests, truth tests, `is distinct from`, `case`, `coalesce`, `nullif` and membership in
//! array columns, over texts, whole and exact numbers, `double precision`, dates, times, moments, uuids and booleans. What a variable may hold
//! is cut into the points that conditions name and the gaps between them (no gap between 3 and 4 of a whole number), and a search over those
//! finds a row or shows that there is none. This is the small-model argument of decision procedures for equality and order (Kroening and
//! Strichman, *Decision Procedures*, 2nd ed., ch. 4 and 11): a group of `n` variables needs no more than `n` points in any gap.
//!
//! Everything else (calls, patterns, the order of texts, which is the collation's) is an opaque variable: equal text with equal functions is the
//! same variable, and an answer that stands on what such a variable holds is [`Side::Perhaps`]. So is one beyond the budget.

mod compare;
mod condition;
mod domain;
mod formula;
mod name;
mod read;
mod search;
mod sort;
mod term;
#[cfg(test)]
mod tests;
mod time;
mod value;
mod witness;

pub use compare::{Comparison, Lookup, Rows, Rule, Side, Verdict, Why, compare};
pub use condition::{Condition, text};
pub use witness::{Cell, Entitled, Witness};
