//! Paths into JSON: types, labels and nullability step by step. The outermost annotation on a path wins; a path with none is `unclassified`.
//!
//! A typed value's label is the join of all it may hold, a path's is its own. That is only sound while the value is exactly what the shape
//! says: whatever computes a new value from typed JSON must [`bake`] the value's label into the shape.

use super::build::{failed, typed};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{
    CategoryId, Expr, ExprKind, JsonAccess, JsonCondition, JsonField, JsonShape, JsonStep, JsonType, JsonTypeId, Label, Level, Type,
    conjuncts,
};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Labels of whole JSON types, computed when first asked for.
#[derive(Debug, Default)]
pub(crate) struct JsonLabels(RefCell<BTreeMap<JsonTypeId, Label>>);

/// A step as written.
pub(super) enum Step {
    Field(Arc<str>),
    Index(i64),
    Pick(Vec<(JsonCondition, Span)>),
    Computed(Box<Typed>),
}

/// The label of a whole value of a shape; `None` when only the value itself knows (untyped JSON).
pub(crate) fn whole_label(cx: &Cx<'_>, shape: &JsonShape) -> Option<Label> {
    match shape {
        JsonShape::Any => None,
        JsonShape::Object(_, Some(label)) | JsonShape::Scalar(_, label) => Some(label.clone()),
        JsonShape::Object(id, None) => Some(type_label(cx, *id)),
        JsonShape::Array(of) => whole_label(cx, of),
    }
}

/// The join over every path a type can hold. FHIR types contain themselves: each is entered once.
fn type_label(cx: &Cx<'_>, id: JsonTypeId) -> Label {
    if let Some(known) = cx.json.0.borrow().get(&id) {
        return known.clone();
    }
    let (mut seen, mut todo, mut label) = (BTreeSet::from([id]), vec![id], Label::PUBLIC);
    while let Some(next) = todo.pop() {
        for field in cx.program.json_type(next).map_or(&[][..], |t| &t.fields) {
            match (&field.label, inner_type(&field.ty)) {
                (Some(said), _) => label = label.join(said),
                (None, Some(inner)) => todo.extend(seen.insert(inner).then_some(inner)),
                (None, None) => label = label.join(&unannotated(cx, &field.ty)),
            }
        }
    }
    cx.json.0.borrow_mut().insert(id, label.clone());
    label
}

/// The object type below arrays, when no annotation replaces its own.
fn inner_type(ty: &Type) -> Option<JsonTypeId> {
    let Type::Json(shape) = ty else { return None };
    let mut shape = shape;
    loop {
        match shape {
            JsonShape::Object(id, None) => return Some(*id),
            JsonShape::Array(of) => shape = of,
            _ => return None,
        }
    }
}

fn unannotated(cx: &Cx<'_>, ty: &Type) -> Label {
    let unclassified = || Label::direct(CategoryId::UNCLASSIFIED);
    match ty {
        Type::Json(shape @ JsonShape::Object(..)) => whole_label(cx, shape).unwrap_or_else(unclassified),
        _ => unclassified(),
    }
}

/// A type whose JSON shape says a label for everything inside it.
pub(crate) fn bake(ty: Type, label: &Label) -> Type {
    match ty {
        Type::Json(shape) => Type::Json(relabel(shape, &label.value_part())),
        Type::Array(of) if matches!(*of, Type::Json(_)) => Type::Array(Box::new(bake(*of, label))),
        other => other,
    }
}

fn relabel(shape: JsonShape, label: &Label) -> JsonShape {
    match shape {
        JsonShape::Any => JsonShape::Any,
        JsonShape::Object(id, _) => JsonShape::Object(id, Some(label.clone())),
        JsonShape::Array(of) => JsonShape::Array(Box::new(relabel(*of, label))),
        JsonShape::Scalar(ty, _) => JsonShape::Scalar(ty, label.clone()),
    }
}

/// One element of an array, JSON's or SQL's: its type and what it tells. `None` when the value is no array.
/// An element of a JSON array of texts is still JSON (`Scalar`).
pub(crate) fn element(cx: &Cx<'_>, array: &Typed) -> Option<(Type, Facts)> {
    let facts = Facts { intact: None, ..array.facts.clone() };
    match &array.expr.ty {
        Type::Error => Some((Type::Error, facts)),
        Type::Array(of) => Some(((**of).clone(), facts)),
        Type::Json(JsonShape::Any) => Some((Type::JSON, facts)),
        Type::Json(JsonShape::Array(of)) => {
            let label = own_label(cx, array, of);
            Some((Type::Json((**of).clone()), Facts { label, ..facts }))
        }
        _ => None,
    }
}

/// An element's label: its shape's, unless the array tells more than its shape does.
fn own_label(cx: &Cx<'_>, array: &Typed, of: &JsonShape) -> Label {
    let told = &array.facts.label;
    match whole_label(cx, of) {
        Some(label) if array.facts.intact.is_some() || told.value_part().join(&label) == label => with_control(label, told),
        Some(label) => told.join(&label),
        None => told.clone(),
    }
}

fn with_control(label: Label, base: &Label) -> Label {
    if base.controls().is_empty() { label } else { label.join(&base.map_values(|_, _| crate::ir::Level::of(crate::ir::Form::Public))) }
}

/// Whether a path with this first field may start at a value of this type.
pub(super) fn has_field(cx: &Cx<'_>, ty: &Type, field: &str) -> bool {
    match ty {
        Type::Json(JsonShape::Object(id, _)) => {
            cx.program.json_type(*id).is_some_and(|t| t.fields.iter().any(|f| f.name.as_str() == field))
        }
        Type::Json(JsonShape::Any) => true,
        _ => false,
    }
}

/// Fields of an object, and the texts they are known to be.
pub(super) type Picked = Vec<(Arc<str>, Arc<str>)>;

/// What `where` says of an object that is a column of this block: every row that is left has passed `c.kind = 'phone'`.
pub(super) fn picked(cx: &Cx<'_>, scope: &Scope<'_>, base: &Typed) -> Picked {
    let ExprKind::Column { relation, name } = &base.expr.kind else { return Vec::new() };
    if !matches!(base.expr.ty, Type::Json(JsonShape::Object(_, None))) || !scope.relations.iter().any(|r| r.alias == *relation) {
        return Vec::new();
    }
    let is_base = |e: &Expr| matches!(&e.kind, ExprKind::Column { relation: r, name: n } if r == relation && n == name);
    let field = |e: &Expr| match &e.kind {
        ExprKind::Json(access) if is_base(&access.base) && access.scalar && e.ty == Type::TEXT => match access.steps.as_slice() {
            [JsonStep::Field(field)] => Some(field.clone()),
            _ => None,
        },
        _ => None,
    };
    let equated = |e: &Expr| {
        let ExprKind::Operator { function, args } = &e.kind else { return None };
        let [left, right] = args.as_slice() else { return None };
        let equal = cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=");
        let one = |read: &Expr, text: &Expr| Some((field(read)?, super::literal::text_in(text)?));
        one(left, right).or_else(|| one(right, left)).filter(|_| equal)
    };
    scope.filter.iter().flat_map(conjuncts).filter_map(equated).collect()
}

/// Where a path stands.
struct Walk {
    ty: Type,
    label: Label,
    nullable: bool,
    steps: Vec<JsonStep>,
    /// Whether the elements that fit the last condition have been counted by an index.
    counted: bool,
    /// The equalities of the last condition, while only an index stands behind it.
    picked: Picked,
    /// What computed keys and filters brought in.
    keys: Facts,
}

/// A dotted path: scalars come out as their SQL type.
pub(super) fn access(cx: &Cx<'_>, base: Typed, steps: Vec<(Step, Span)>, picked: Picked) -> Typed {
    let at = base.expr.at;
    match walk(cx, &base, steps, picked) {
        Ok(walk) => {
            let (ty, scalar) = match walk.ty {
                Type::Json(JsonShape::Scalar(ref inner, _)) => ((**inner).clone(), true),
                Type::Json(_) => (walk.ty.clone(), false),
                ref scalar => (scalar.clone(), true),
            };
            finish(base, walk, ty, scalar)
        }
        Err(()) => failed(at, base.facts),
    }
}

/// `->` and `#>`: always JSON.
pub(super) fn arrow(cx: &Cx<'_>, base: Typed, steps: Vec<(Step, Span)>, picked: Picked) -> Typed {
    let at = base.expr.at;
    match walk(cx, &base, steps, picked) {
        Ok(walk) => {
            let ty = match &walk.ty {
                Type::Json(_) => walk.ty.clone(),
                scalar => Type::Json(JsonShape::Scalar(Box::new(scalar.clone()), walk.label.value_part())),
            };
            finish(base, walk, ty, false)
        }
        Err(()) => failed(at, base.facts),
    }
}

/// `->>` and `#>>`: always text.
pub(super) fn long_arrow(cx: &Cx<'_>, base: Typed, steps: Vec<(Step, Span)>, picked: Picked) -> Typed {
    let at = base.expr.at;
    match walk(cx, &base, steps, picked) {
        Ok(walk) => finish(base, walk, Type::TEXT, true),
        Err(()) => failed(at, base.facts),
    }
}

fn finish(base: Typed, walk: Walk, ty: Type, scalar: bool) -> Typed {
    let Walk { label, nullable, steps, keys, .. } = walk;
    let at = base.expr.at;
    let plain = keys.label.is_public() && keys.from == crate::ir::Origins::NONE;
    // Which element was picked tells something of its own: all that a public field tells. Else the value stays one column's while that
    // is not of the kind the value tells.
    let told = label.values();
    let beside = keys.label.values().iter().all(|(c, _)| told.iter().all(|(d, _)| c != d));
    let apart = keys.from == crate::ir::Origins::NONE && beside && (keys.label.values().is_empty() || !told.is_empty());
    let intact = base.facts.intact.filter(|_| apart);
    // No mask of the value lowers what picked it.
    let keys = if intact.is_some() { keys.as_control() } else { keys };
    let facts = Facts { label: label.join(&keys.label), from: base.facts.from.union(&keys.from), intact };
    let ty = if plain { ty } else { bake(ty, &facts.label) };
    // One path, not a path into a path: `(a -> 'b') -> 'c'` reads as `a.b.c`.
    let (base, steps) = match base.expr.kind {
        ExprKind::Json(inner) if !inner.scalar => {
            let JsonAccess { base, steps: before, .. } = *inner;
            (base, [before, steps].concat())
        }
        _ => (base.expr, steps),
    };
    typed(ExprKind::Json(Box::new(JsonAccess { base, steps, scalar })), ty, nullable, at, facts)
}

fn walk(cx: &Cx<'_>, base: &Typed, steps: Vec<(Step, Span)>, picked: Picked) -> Result<Walk, ()> {
    let Type::Json(shape) = &base.expr.ty else {
        if base.expr.ty != Type::Error {
            let ty = &base.expr.ty;
            cx.error(Diagnostic::error(Code::TypeMismatch, base.expr.at, format!("only JSON has fields, and this is `{ty}`")));
        }
        return Err(());
    };
    let told = &base.facts.label;
    // What the value tells beyond its shape was brought in by a computation: then every path tells it too.
    let more = match whole_label(cx, shape) {
        Some(_) if base.facts.intact.is_some() => Label::PUBLIC,
        Some(all) if told.value_part().join(&all) == all => Label::PUBLIC,
        _ => told.clone(),
    };
    let exact = more.is_public();
    let mut at = Walk {
        ty: base.expr.ty.clone(),
        label: told.clone(),
        nullable: base.expr.nullable,
        steps: Vec::with_capacity(steps.len()),
        counted: false,
        picked,
        keys: Facts::default(),
    };
    for (step, span) in steps {
        at = take(cx, at, step, span)?;
    }
    at.label = with_control(at.label, told).join(&more);
    if !exact {
        at.ty = bake(at.ty, &at.label);
    }
    Ok(at)
}

fn take(cx: &Cx<'_>, mut at: Walk, step: Step, span: Span) -> Result<Walk, ()> {
    match step {
        Step::Field(name) => field(cx, at, &name, span),
        Step::Index(n) => match at.steps.last_mut() {
            // An index behind a condition counts the elements that fit.
            Some(JsonStep::Pick { index, .. }) if !at.counted => match u32::try_from(n) {
                Ok(place) => {
                    *index = place;
                    at.counted = true;
                    Ok(at)
                }
                Err(_) => {
                    let message = "elements that fit a condition are counted from 0, not from the end";
                    cx.error(Diagnostic::error(Code::SqlUnsupported, span, message));
                    Err(())
                }
            },
            _ => item(cx, at, JsonStep::Index(n), span),
        },
        Step::Pick(conditions) => pick(cx, at, conditions, span),
        Step::Computed(key) => computed(cx, at, *key, span),
    }
}

fn field(cx: &Cx<'_>, mut at: Walk, name: &Arc<str>, span: Span) -> Result<Walk, ()> {
    let (id, said) = match &at.ty {
        Type::Json(JsonShape::Object(id, said)) => (*id, said.clone()),
        Type::Json(JsonShape::Any) => {
            at.nullable = true;
            at.steps.push(JsonStep::Field(name.clone()));
            return Ok(at);
        }
        other => return no_fields(cx, other, name, span),
    };
    let Some(ty) = cx.program.json_type(id) else { return Err(()) };
    let Some(field) = ty.fields.iter().find(|f| f.name.as_str() == &**name) else { return unknown_field(cx, ty, name, span) };
    let picked = std::mem::take(&mut at.picked);
    let said = said.or_else(|| field.label.as_ref().map(|label| narrowed(cx, field, label, &picked)));
    at.ty = match (&field.ty, &said) {
        (Type::Json(shape), Some(label)) => Type::Json(relabel(shape.clone(), label)),
        (Type::Json(shape), None) => Type::Json(default_labels(shape.clone())),
        (scalar, _) => scalar.clone(),
    };
    at.label = match (&at.ty, said) {
        (_, Some(label)) => label,
        (Type::Json(shape), None) => whole_label(cx, shape).unwrap_or_else(|| Label::direct(CategoryId::UNCLASSIFIED)),
        (_, None) => Label::direct(CategoryId::UNCLASSIFIED),
    };
    at.nullable |= field.nullable;
    at.steps.push(JsonStep::Field(name.clone()));
    Ok(at)
}

/// What a field tells when a condition on the field that decides it named one of its categories.
fn narrowed(cx: &Cx<'_>, field: &JsonField, label: &Label, picked: &[(Arc<str>, Arc<str>)]) -> Label {
    let decided = field.by.as_ref().and_then(|by| picked.iter().find(|(name, _)| **name == *by.as_str()));
    let named = |(category, _): &&(CategoryId, Level)| {
        cx.program.category(*category).zip(decided).is_some_and(|(c, (_, text))| c.name.as_str() == &**text)
    };
    label.values().iter().find(named).map_or_else(|| label.clone(), |(category, level)| Label::value(*category, *level))
}

/// A scalar in an array that nothing annotates is unclassified, whatever the declaration left in its shape.
fn default_labels(shape: JsonShape) -> JsonShape {
    match shape {
        JsonShape::Array(of) => JsonShape::Array(Box::new(default_labels(*of))),
        JsonShape::Scalar(ty, label) if label.is_public() => JsonShape::Scalar(ty, Label::direct(CategoryId::UNCLASSIFIED)),
        other => other,
    }
}

fn item(cx: &Cx<'_>, mut at: Walk, step: JsonStep, span: Span) -> Result<Walk, ()> {
    match at.ty {
        Type::Json(JsonShape::Array(of)) => {
            if let Some(label) = whole_label(cx, &of) {
                at.label = label;
            }
            at.ty = Type::Json(*of);
        }
        Type::Json(JsonShape::Any) => {}
        other => {
            cx.error(
                Diagnostic::error(Code::UnknownField, span, format!("{} is no array", described(cx, &other))).label("an index stands here"),
            );
            return Err(());
        }
    }
    at.nullable = true;
    at.steps.push(step);
    Ok(at)
}

/// `[system = 'phone']`: the conditions read the element's fields, so the result depends on what those tell.
fn pick(cx: &Cx<'_>, at: Walk, conditions: Vec<(JsonCondition, Span)>, span: Span) -> Result<Walk, ()> {
    let plain = conditions.iter().map(|(c, _)| c.clone()).collect();
    let picked = conditions.iter().filter(|(c, _)| !c.negated).map(|(c, _)| (c.field.clone(), c.equals.clone())).collect();
    let mut next = item(cx, Walk { counted: false, picked, ..at }, JsonStep::Pick { conditions: plain, index: 0 }, span)?;
    let Type::Json(JsonShape::Object(id, said)) = &next.ty else { return Ok(next) };
    let Some(ty) = cx.program.json_type(*id) else { return Err(()) };
    for (condition, span) in &conditions {
        let Some(by) = ty.fields.iter().find(|f| f.name.as_str() == &*condition.field) else {
            return unknown_field(cx, ty, &condition.field, *span);
        };
        if !is_text(&by.ty) {
            return no_text(cx, by, &condition.equals, *span);
        }
        // A field its own type calls public (`system`, `use`) tells nothing, whoever's the object is.
        let public = by.label.as_ref().filter(|l| l.is_public());
        let label = public.or(said.as_ref()).or(by.label.as_ref()).cloned().unwrap_or_else(|| Label::direct(CategoryId::UNCLASSIFIED));
        next.keys = Facts { label: next.keys.label.join(&label), ..next.keys };
    }
    Ok(next)
}

/// Whether JSON keeps what a field holds as a text, as it does dates and numbers that are told as texts.
fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Json(JsonShape::Scalar(ty, _)) => is_text(ty),
        Type::Json(shape) => matches!(shape, JsonShape::Any),
        Type::Array(_) | Type::Boolean => false,
        ty => !ty.is_number(),
    }
}

/// A filter of elements compares texts: `'5'` is not the number 5, and would find nothing without a word.
fn no_text(cx: &Cx<'_>, by: &JsonField, equals: &str, span: Span) -> Result<Walk, ()> {
    let message = format!("`{}` is declared as `{}`, and a filter of elements compares texts: it never equals '{equals}'", by.name, by.ty);
    cx.error(Diagnostic::error(Code::TypeMismatch, span, message).help(format!("`unnest` the array, and ask `where {} = …`", by.name)));
    Err(())
}

/// A key only known at run time can reach anything inside.
fn computed(cx: &Cx<'_>, mut at: Walk, key: Typed, span: Span) -> Result<Walk, ()> {
    if key.expr.ty == Type::Error {
        return Err(());
    }
    at.keys = at.keys.join(&key.facts);
    let step = JsonStep::Computed(Box::new(key.expr));
    if matches!(at.ty, Type::Json(JsonShape::Array(_))) {
        return item(cx, at, step, span);
    }
    at.ty = Type::JSON;
    at.nullable = true;
    at.steps.push(step);
    Ok(at)
}

fn described(cx: &Cx<'_>, ty: &Type) -> String {
    match ty {
        Type::Json(JsonShape::Object(id, _)) => {
            cx.program.json_type(*id).map_or_else(|| String::from("an object"), |t| format!("a `{}`", t.name))
        }
        Type::Json(JsonShape::Array(_)) => String::from("an array"),
        Type::Json(JsonShape::Scalar(ty, _)) => format!("a `{ty}`"),
        other => format!("a `{other}`"),
    }
}

fn no_fields(cx: &Cx<'_>, ty: &Type, name: &str, span: Span) -> Result<Walk, ()> {
    let problem = Diagnostic::error(Code::UnknownField, span, format!("{} has no field `{name}`", described(cx, ty)));
    let problem = match ty {
        Type::Json(JsonShape::Array(_)) => problem.help(format!("take one element first, `[0].{name}`, or `unnest` the array")),
        _ => problem,
    };
    cx.error(problem);
    Err(())
}

fn unknown_field(cx: &Cx<'_>, ty: &JsonType, name: &str, span: Span) -> Result<Walk, ()> {
    let problem = Diagnostic::error(Code::UnknownField, span, format!("`{}` has no field `{name}`", ty.name));
    cx.error(problem.suggest(name, ty.fields.iter().map(|f| f.name.as_str())));
    Err(())
}
