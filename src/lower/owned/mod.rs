//! Whose a value is. `having count(distinct v.patient_id) >= 11` proves a crowd of those whose rows were counted; a cost that another relation puts
//! beside each of them (`cross join`) is still one visit's. A value belongs to the counted subject where it stands in the row that names the subject, or
//! in a row that names it by an equal column: another name of the same thing (`v.patient_id = p.id`, of which one references the other's key), or of a
//! thing that is the subject's (`o.visit_id = v.id`, where `v` has both the key and the subject). Both columns are followed through models, `with`
//! entries and derived tables to where they are stored. What cannot be followed belongs to nobody.
//!
//! A recursive entry is followed by induction: what is asked of it holds of its start, and of its step where it holds of the rows the step reads, which
//! are made by fewer steps. So what is being asked already is taken for true when its own step asks it again.

mod block;
mod walk;

use super::Cx;
use super::equal::Place;
use super::whose::Whose;
use crate::ir::{Expr, FromItem};
pub(super) use block::{Block, Entries, Env, collect, columns_of, plain};
pub(super) use walk::{Question, Walk};

/// Whether the values by which rows of one thing are put in order are that thing's own: of rows that its key names. The latest of all visits, put beside
/// each patient, says whose visit is later.
pub(super) fn orders(cx: &Cx<'_>, from: &[FromItem], filter: Option<&Expr>, key: &Expr, by: &Expr) -> bool {
    let known = cx.ctes.borrow();
    let env = Env { entries: Entries::Known(&known), outer: None };
    let block = Block::of(cx, from, filter, &env);
    let walk = Walk { computed: true, ..Walk::new(cx, &Whose::Anyone, MOST) };
    let (subjects, values) = (columns_of(key), columns_of(by));
    subjects.iter().any(|subject| values.iter().all(|value| walk.belongs(&block, subject, value)))
}

/// Blocks looked into before giving up, which proves nothing.
const MOST: u32 = 10_000;

/// Whether a column of a block is the subject's that another column of it names. `from` and `filter` are the block's own.
pub(super) fn belongs(
    cx: &Cx<'_>,
    (from, filter): (&[FromItem], Option<&Expr>),
    whose: &Whose<'_>,
    subject: &Place,
    value: &Place,
) -> bool {
    let known = cx.ctes.borrow();
    let env = Env { entries: Entries::Known(&known), outer: None };
    Walk::new(cx, whose, MOST).belongs(&Block::of(cx, from, filter, &env), subject, value)
}
