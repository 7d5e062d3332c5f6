//! Paths of typed JSON: each is classified where its field is declared, once, however many columns hold it.

use super::{Place, Proposals, column_proposal, known, names, values};
use crate::ir::{CategoryId, JsonField, JsonShape, JsonType, JsonTypeId, Program, Type};
use std::collections::{BTreeSet, VecDeque};

/// Whether a column's paths say what they tell: no annotation beside the column does, and its type is declared.
pub(super) fn says_its_paths(shape: &JsonShape) -> bool {
    match shape {
        JsonShape::Object(_, said) => said.is_none(),
        JsonShape::Array(of) => says_its_paths(of),
        JsonShape::Any | JsonShape::Scalar(..) => false,
    }
}

/// What a proposal is made of.
pub(super) struct Looks<'l> {
    /// The table of names.
    pub(super) rules: &'l [names::Rule],
    /// The values at a path, where they are looked at.
    pub(super) seen: &'l dyn Fn(&[&str]) -> Option<values::Seen>,
}

/// Fields on the way from a column to a value, the outermost first.
type Fields<'p> = Vec<&'p str>;

/// Proposes for every path of a column that says nothing, the shortest to each field.
pub(super) fn propose(program: &Program, (column, shape): (&str, &JsonShape), looks: &Looks<'_>, found: &mut Proposals) {
    let mut entered: BTreeSet<JsonTypeId> = BTreeSet::new();
    let mut queue: VecDeque<(&JsonShape, String, Fields<'_>)> = VecDeque::from([(shape, column.to_owned(), Vec::new())]);
    while let Some((shape, path, fields)) = queue.pop_front() {
        match shape {
            JsonShape::Array(of) => queue.push_back((of, path + "[*]", fields)),
            // A type inside itself says nothing new.
            JsonShape::Object(id, None) if entered.insert(*id) => {
                let Some(of) = program.json_type(*id) else { continue };
                for field in of.fields.iter().filter(|f| f.label.is_none()) {
                    let mut inner = fields.clone();
                    inner.push(field.name.as_str());
                    let path = format!("{path}.{}", field.name);
                    match unsaid(&field.ty) {
                        Some(ty) => add(program, (of, field, ty), (path, &inner), looks, found),
                        None => {
                            if let Type::Json(shape) = &field.ty {
                                queue.push_back((shape, path, inner));
                            }
                        }
                    }
                }
            }
            JsonShape::Object(..) | JsonShape::Any | JsonShape::Scalar(..) => {}
        }
    }
}

/// The type of a field's values, where neither it nor anything inside it says what they tell.
fn unsaid(ty: &Type) -> Option<&Type> {
    let Type::Json(shape) = ty else { return Some(ty) };
    let mut shape = shape;
    while let JsonShape::Array(of) = shape {
        shape = of;
    }
    match shape {
        JsonShape::Any => Some(ty),
        JsonShape::Scalar(inner, label) if matches!(label.values(), [(CategoryId::UNCLASSIFIED, _)]) => Some(inner),
        JsonShape::Scalar(..) | JsonShape::Object(..) | JsonShape::Array(_) => None,
    }
}

fn add(
    program: &Program,
    (of, field, ty): (&JsonType, &JsonField, &Type),
    (path, fields): (String, &[&str]),
    looks: &Looks<'_>,
    found: &mut Proposals,
) {
    if !found.fields.insert(field.at) {
        return;
    }
    // `phone { number }`, `birth { date }`.
    let around = fields.get(fields.len().saturating_sub(2)..).map(|two| two.join("_")).unwrap_or_default();
    let tried = [field.name.as_str(), &around];
    let said = column_proposal(looks.rules, (of.name.as_str(), &tried), ty, (looks.seen)(fields).as_ref(), |c| known(program, c));
    // A library's type is not the project's to change: there the column itself says what it tells.
    let place = Place { column: path, at: field.at, declare: None };
    found.add(place, said.filter(|_| of.module.is_empty()));
}
