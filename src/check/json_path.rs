//! Paths into typed JSON, as messages write them, and what the type says along them.

use crate::ir::{CategoryId, JsonCondition, JsonField, JsonShape, JsonStep, JsonType, JsonTypeId, Label, Program, Type};
use std::collections::{BTreeSet, VecDeque};

/// A step into a JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Step<'p> {
    /// As it is written in a path.
    Into(&'p JsonStep),
    /// Each element of an array becomes a row.
    Each,
}

/// `.telecom[system = 'phone'][0].value`
pub fn text(steps: &[Step<'_>]) -> String {
    steps.iter().map(one).collect()
}

fn one(step: &Step<'_>) -> String {
    match step {
        Step::Each => "[*]".to_owned(),
        Step::Into(JsonStep::Field(name)) => field_text(name),
        Step::Into(JsonStep::Index(i)) => format!("[{i}]"),
        Step::Into(JsonStep::Computed(_)) => "[…]".to_owned(),
        Step::Into(JsonStep::Pick { conditions, index }) => {
            let asks = |c: &JsonCondition| {
                format!("{} {} '{}'", c.field, if c.negated { "is distinct from" } else { "=" }, c.equals.replace('\'', "''"))
            };
            format!("[{}][{index}]", conditions.iter().map(asks).collect::<Vec<_>>().join(" and "))
        }
    }
}

fn field_text(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_numeric()) && !name.is_empty();
    if plain { format!(".{name}") } else { format!(".\"{}\"", name.replace('"', "\"\"")) }
}

/// A path that tells a category, and the field of a declared type that says so, or that says nothing.
#[derive(Clone, Debug)]
pub struct Telling<'p> {
    /// From where it was looked for; empty where that place itself tells it.
    pub path: String,
    /// The innermost field on the way to it.
    pub field: Option<(&'p JsonType, &'p JsonField)>,
}

/// A field with the type it is declared in.
type Field<'p> = Option<(&'p JsonType, &'p JsonField)>;

/// A place in a typed value.
struct Here<'p> {
    what: What<'p>,
    field: Field<'p>,
}

enum What<'p> {
    /// A label stands on the path, and goes for all below.
    Said(&'p Label),
    /// Every path below says its own.
    Shape(&'p JsonShape),
    /// A scalar without a label, or a place that no type describes.
    Unsaid,
}

/// The nearest path below a place in a column's value that tells a category.
pub fn telling<'p>(program: &'p Program, ty: &'p Type, steps: &[Step<'p>], category: CategoryId) -> Option<Telling<'p>> {
    let here = follow(program, ty, steps)?;
    let own = Telling { path: String::new(), field: here.field };
    match here.what {
        What::Said(label) => tells(label, category).then_some(own),
        What::Unsaid => (category == CategoryId::UNCLASSIFIED).then_some(own),
        What::Shape(shape) => nearest(program, (shape, here.field), category),
    }
}

fn tells(label: &Label, category: CategoryId) -> bool {
    label.values().iter().any(|(c, _)| *c == category)
}

/// Where steps lead; `None`: the value is no JSON.
fn follow<'p>(program: &'p Program, ty: &'p Type, steps: &[Step<'p>]) -> Option<Here<'p>> {
    let Type::Json(shape) = ty else { return None };
    let mut shape = shape;
    let mut field = None;
    for step in steps {
        shape = match (shape, step) {
            (JsonShape::Scalar(_, said) | JsonShape::Object(_, Some(said)), _) => return Some(Here { what: What::Said(said), field }),
            (JsonShape::Array(of), Step::Each | Step::Into(JsonStep::Index(_) | JsonStep::Pick { .. } | JsonStep::Computed(_))) => of,
            (JsonShape::Object(id, None), Step::Into(JsonStep::Field(name))) => {
                let named = program.json_type(*id).and_then(|t| Some((t, t.fields.iter().find(|f| f.name.as_str() == &**name)?)));
                let Some((of, found)) = named else { return Some(Here { what: What::Unsaid, field }) };
                field = Some((of, found));
                match (&found.label, &found.ty) {
                    (Some(said), _) => return Some(Here { what: What::Said(said), field }),
                    (None, Type::Json(shape)) => shape,
                    (None, _) => return Some(Here { what: What::Unsaid, field }),
                }
            }
            (JsonShape::Any | JsonShape::Array(_) | JsonShape::Object(_, None), _) => return Some(Here { what: What::Unsaid, field }),
        };
    }
    Some(Here { what: What::Shape(shape), field })
}

/// The SQL type at the end of a path; `None` where more JSON stands there, or nobody knows.
pub fn scalar<'p>(program: &'p Program, ty: &'p Type, steps: &[Step<'p>]) -> Option<&'p Type> {
    let mut here = ty;
    let mut steps = steps.iter().peekable();
    while let Type::Json(shape) = here {
        let mut shape = shape;
        // Elements first: below them is an object or the end.
        while let JsonShape::Array(of) = shape {
            steps.next()?;
            shape = of;
        }
        here = match (shape, steps.next()) {
            (JsonShape::Scalar(ty, _), None) => ty,
            (JsonShape::Object(id, _), Some(Step::Into(JsonStep::Field(name)))) => {
                &program.json_type(*id)?.fields.iter().find(|f| f.name.as_str() == &**name)?.ty
            }
            _ => return None,
        };
    }
    steps.next().is_none().then_some(here)
}

/// Breadth first, so that the shortest path is named; a type inside itself is entered once.
fn nearest<'p>(program: &'p Program, (shape, field): (&'p JsonShape, Field<'p>), category: CategoryId) -> Option<Telling<'p>> {
    let mut seen: BTreeSet<JsonTypeId> = BTreeSet::new();
    let mut queue = VecDeque::from([(shape, String::new(), field)]);
    while let Some((shape, path, field)) = queue.pop_front() {
        match shape {
            JsonShape::Any if category == CategoryId::UNCLASSIFIED => return Some(Telling { path, field }),
            JsonShape::Scalar(_, said) | JsonShape::Object(_, Some(said)) if tells(said, category) => return Some(Telling { path, field }),
            JsonShape::Any | JsonShape::Scalar(..) | JsonShape::Object(_, Some(_)) => {}
            JsonShape::Array(of) => queue.push_back((of, path + "[*]", field)),
            JsonShape::Object(id, None) if seen.insert(*id) => {
                let Some(of) = program.json_type(*id) else { continue };
                for field in &of.fields {
                    let (path, here) = (format!("{path}{}", field_text(field.name.as_str())), Some((of, field)));
                    match (&field.label, &field.ty) {
                        (Some(said), _) if tells(said, category) => return Some(Telling { path, field: here }),
                        (Some(_), _) => {}
                        (None, Type::Json(shape)) => queue.push_back((shape, path, here)),
                        (None, _) if category == CategoryId::UNCLASSIFIED => return Some(Telling { path, field: here }),
                        (None, _) => {}
                    }
                }
            }
            JsonShape::Object(_, None) => {}
        }
    }
    None
}
