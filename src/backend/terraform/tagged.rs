//! Who answers for what Terraform makes, and its tags: a tag's name as a key of its own, since clouds keep pairs.

use super::hcl::object;
use crate::base::Ident;
use crate::ir::{Program, Thing, Told};
use hcl::expr::{Expression, Object, ObjectKey};
use hcl::structure::{Attribute, Body, Structure};

/// Kinds that take tags, where nothing has given them any yet.
const TAKES: [&str; 4] = ["aws_s3_bucket", "aws_kms_key", "aws_db_instance", "aws_iam_policy"];
/// Kinds that take Google's labels.
const LABELLED: [&str; 2] = ["google_storage_bucket", "google_bigquery_dataset"];

/// What is written of it on AWS: `Owner`, and `tag:nightly`.
pub(super) fn on_aws(told: &Told<'_>) -> Vec<(String, Expression)> {
    let owner = told.owner.map(|owner| ("Owner".to_owned(), Expression::from(owner)));
    owner.into_iter().chain(told.tags.iter().map(|t| (format!("tag:{t}"), Expression::from("true")))).collect()
}

/// What is written of it at Google, whose keys are small letters, digits, `_` and `-`.
pub(super) fn at_google(told: &Told<'_>) -> Vec<(String, Expression)> {
    let owner = told.owner.map(|owner| ("owner".to_owned(), Expression::from(owner)));
    owner.into_iter().chain(told.tags.iter().map(|t| (format!("tag_{t}"), Expression::from("true")))).collect()
}

/// The resources of a thing with what is said of it. What the project says is on all of them already.
pub(super) fn on(program: &Program, thing: Thing, name: &Ident, mut body: Body) -> Body {
    let Some(said) = program.said_of(thing, name) else { return body };
    let told = Told::default().and(said.owner.as_ref().map(|(o, _)| &**o), said.tags.iter().map(|(t, _)| &**t));
    for structure in &mut body.0 {
        let Structure::Block(block) = structure else { continue };
        let kind = block.labels.first().map_or("", |l| l.as_str());
        if block.identifier() != "resource" {
            continue;
        }
        if LABELLED.contains(&kind) {
            add(&mut block.body, "labels", at_google(&told));
        } else if TAKES.contains(&kind) || block.body.attributes().any(|a| a.key() == "tags") {
            add(&mut block.body, "tags", on_aws(&told));
        }
    }
    body
}

/// Adds pairs to an attribute, or the attribute behind the others.
fn add(body: &mut Body, key: &str, pairs: Vec<(String, Expression)>) {
    let Expression::Object(more) = object(pairs.iter().map(|(k, v)| (k.as_str(), v.clone()))) else { return };
    let there = body.0.iter_mut().find_map(|s| match s {
        Structure::Attribute(a) if a.key() == key => Some(a),
        _ => None,
    });
    if let Some(Attribute { expr: Expression::Object(pairs), .. }) = there {
        extend(pairs, more);
        return;
    }
    let last = body.0.iter().rposition(|s| matches!(s, Structure::Attribute(_))).map_or(0, |n| n.saturating_add(1));
    body.0.insert(last, Structure::Attribute(Attribute::new(key, Expression::Object(more))));
}

fn extend(pairs: &mut Object<ObjectKey, Expression>, more: Object<ObjectKey, Expression>) {
    for (key, value) in more {
        pairs.insert(key, value);
    }
}
