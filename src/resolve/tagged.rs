//! `owner "data team"` and `tags "clinic", "nightly"`: the same two words on whatever is declared, and whether the clouds take them as they are.

use super::collect::Found;
use super::reader::Reader;
use super::words::{Key, Read, Words, plain, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Tagged, Thing};
use crate::syntax::ast::{Metric, MetricBody, WordKind};
use std::sync::Arc;

/// Characters of an owner, and of a tag.
const LONGEST: (usize, usize) = (256, 124);
/// AWS takes 50 tags on a resource; those that pipec writes itself are among them.
const MOST: usize = 40;

/// Reads the setting if it is one of the two.
pub(super) fn said(words: &mut Words<'_>, key: Key<'_>, tagged: &mut Tagged) -> Read<bool> {
    match key.text {
        "owner" => tagged.owner = Some(one(words, "an owner", LONGEST.0)?),
        "tags" => {
            for (tag, at) in words.list(|words| one(words, "a tag", LONGEST.1))? {
                // Names of tags are told apart by IAM without regard to case.
                if tagged.tags.iter().any(|(t, _)| t.to_lowercase() == tag.to_lowercase()) {
                    return Err(wrong(at, format!("the tag `{tag}` is said twice")));
                }
                tagged.tags.push((tag, at));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A bare word, or a text in quotes.
pub(super) fn label(words: &mut Words<'_>) -> Read<Arc<str>> {
    match words.peek_key() {
        Some(key) => {
            words.next();
            Ok(Arc::from(key.text))
        }
        None => words.text("a name"),
    }
}

fn one(words: &mut Words<'_>, what: &str, most: usize) -> Read<(Arc<str>, Span)> {
    let at = words.here();
    let text = label(words)?;
    let bare = text.trim() != &*text || text.is_empty();
    if bare || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(wrong(at, format!("{what} is a text of 1 to {most} characters, without blanks at its ends and without line breaks")));
    }
    Ok((text, at))
}

/// The clouds that keep tags, each with an alphabet of its own.
#[derive(Clone, Copy)]
enum Cloud {
    Aws,
    Google,
}

impl Cloud {
    /// What is wrong with a text there.
    fn refuses(self, text: &str) -> Option<&'static str> {
        match self {
            Cloud::Aws => {
                let reserved = ["aws:", "rds:"].iter().any(|r| text.get(..r.len()).is_some_and(|t| t.eq_ignore_ascii_case(r)));
                let fits = text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
                (reserved || !fits)
                    .then_some("AWS takes letters, digits, blanks and `_.:/=+-@` in tags, and none that begins with `aws:` or `rds:`")
            }
            Cloud::Google => {
                let small = |c: char| c.is_alphanumeric() && c.to_lowercase().eq([c]);
                let fits = text.len() <= 59 && text.chars().all(|c| small(c) || c == '_' || c == '-');
                (!fits).then_some("Google takes small letters, digits, `_` and `-` in labels, 59 bytes of them at most")
            }
        }
    }
}

impl Reader<'_, '_> {
    /// Those of a metric: its other settings are read with the columns that they name.
    pub(super) fn metric_tags(&mut self, one: &Found<'_>, name: &Ident, metric: &Metric) -> Read<()> {
        let (MetricBody::From { settings, .. } | MetricBody::Ratio { settings, .. }) = &metric.body;
        let mut words = Words::of(self.generator, &one.env, settings, metric.at);
        let mut tagged = Tagged::default();
        // Behind `by` and a comma stand dimensions, whatever they are called.
        let mut dimension = false;
        while let Some(word) = words.peek() {
            let key = words.peek_key();
            words.next();
            if let Some(key) = key.filter(|_| !dimension) {
                said(&mut words, key, &mut tagged)?;
            }
            dimension = plain(word) == Some("by") || matches!(&word.kind, WordKind::Symbol(s) if s == ",");
        }
        self.tag(Thing::Metric, name, tagged);
        Ok(())
    }

    /// Keeps what is said of a thing.
    pub(super) fn tag(&mut self, thing: Thing, name: &Ident, tagged: Tagged) {
        if tagged.owner.is_some() || !tagged.tags.is_empty() {
            self.out.program.tagged.insert((thing, name.clone()), tagged);
        }
    }

    /// Owners and tags of what Terraform makes, as the clouds take them.
    pub(super) fn tags_fit(&mut self) {
        let program = &self.out.program;
        if !program.project.emit.iter().any(|e| **e == *"terraform") {
            return;
        }
        let mut found = Vec::new();
        for ((thing, name), said) in &program.tagged {
            for cloud in self.clouds_of(*thing, name) {
                for (text, at) in said.owner.iter().chain(&said.tags) {
                    if let Some(takes) = cloud.refuses(text) {
                        found.push(
                            Diagnostic::error(Code::TagNotTaken, *at, format!("`{text}` cannot be written on {} `{name}`", thing.name()))
                                .help(takes),
                        );
                    }
                }
            }
            found.extend(self.labelled(*thing, name, said));
            if let Some((tag, at)) = said.tags.get(MOST) {
                let message = format!("{} `{name}` has more than {MOST} tags: `{tag}` is one too many", thing.name());
                found.push(Diagnostic::error(Code::TagNotTaken, *at, message));
            }
        }
        found.into_iter().for_each(|d| self.diagnostics.push(d));
    }

    /// Labels that a dataset has by both ways.
    fn labelled(&self, thing: Thing, name: &Ident, said: &Tagged) -> Vec<Diagnostic> {
        let dataset = self.out.program.platform.datasets.iter().find(|d| thing == Thing::Dataset && d.name == *name);
        let Some(dataset) = dataset else { return Vec::new() };
        let owner = said.owner.iter().map(|(_, at)| ("owner".to_owned(), at));
        let all = owner.chain(said.tags.iter().map(|(tag, at)| (format!("tag_{tag}"), at)));
        let twice = all.filter(|(label, _)| dataset.labels.contains_key(&**label));
        let message = |label: &str| format!("dataset `{name}` has a label `{label}` already");
        twice.map(|(label, at)| Diagnostic::error(Code::TagNotTaken, *at, message(&label)).help("say it once")).collect()
    }

    /// Where Terraform writes a thing's owner and tags.
    fn clouds_of(&self, thing: Thing, name: &Ident) -> Vec<Cloud> {
        let program = &self.out.program;
        let has = |provider: &str| program.project.clouds.iter().any(|c| *c.provider == *provider);
        let aws = || has("aws").then_some(Cloud::Aws);
        let google = || has("gcp").then_some(Cloud::Google);
        match thing {
            Thing::Project => aws().into_iter().chain(google()).collect(),
            Thing::Bucket => {
                let bucket = program.buckets.iter().find(|b| b.name == *name);
                let lies = |provider: &str, cloud: Cloud| bucket.is_some_and(|b| b.lies_in(program, provider)).then_some(cloud);
                lies("aws", Cloud::Aws).into_iter().chain(lies("gcp", Cloud::Google)).collect()
            }
            Thing::Role | Thing::Network | Thing::Database | Thing::Compute => aws().into_iter().collect(),
            Thing::Dataset => google().into_iter().collect(),
            Thing::Layer | Thing::Source | Thing::Table | Thing::Export | Thing::Metric | Thing::ServiceAccount => Vec::new(),
        }
    }
}
