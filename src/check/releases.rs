//! Everything a program lets past the rules of information flow, with its reason: what a reviewer reads first.

use crate::base::Span;
use crate::ir::platform::{NetworkKind, Source};
use crate::ir::{ExprKind, FunctionKind, Label, Level, Materialization, Program, every_expr};
use std::sync::Arc;

/// An exception somebody has written down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// What kind: the word of the language it is written with.
    pub kind: ReleaseKind,
    /// What it is about: `model patient`, `mask mail_host`, `answer.answer`, `anon, research`.
    pub subject: String,
    /// What it does, in words that stay the same while its source does: `phone as general`.
    pub says: String,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// Kinds of exceptions, in the order they are listed in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReleaseKind {
    /// `release(…)`
    Release,
    /// `discriminate … by …`
    Discriminate,
    /// `incremental(…, id: …, because: …)`
    Number,
    /// `mask …` of the project
    Mask,
    /// `function … intact` of the project
    Intact,
    /// `function … because …` of the project, whose bodies call what pipec does not know
    Called,
    /// `link …`
    Link,
    /// `clearance … because …`
    Clearance,
    /// An annotation that says less than the type beside it
    Annotation,
    /// `min_group … crosswise because …` of a fact
    Crosswise,
    /// `min_group … overlapping because …` of a fact
    Overlapping,
    /// `release policy …`
    Policy,
    /// `release entitlement …`
    Entitlement,
    /// `anonymous` of an API
    Anonymous,
    /// `allow … from "0.0.0.0/0" because …` of a machine, `default because …` of a network
    Open,
}

impl ReleaseKind {
    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            ReleaseKind::Release => "release",
            ReleaseKind::Discriminate => "discriminate",
            ReleaseKind::Number => "number",
            ReleaseKind::Mask => "mask",
            ReleaseKind::Intact => "intact",
            ReleaseKind::Called => "function",
            ReleaseKind::Link => "link",
            ReleaseKind::Clearance => "clearance",
            ReleaseKind::Annotation => "annotation",
            ReleaseKind::Crosswise => "crosswise",
            ReleaseKind::Overlapping => "overlapping",
            ReleaseKind::Policy => "policy",
            ReleaseKind::Entitlement => "entitlement",
            ReleaseKind::Anonymous => "anonymous",
            ReleaseKind::Open => "open",
        }
    }
}

/// Every release of a program: by kind, then in order of the source.
pub fn of(program: &Program) -> Vec<Listed> {
    let mut all = Vec::new();
    in_queries(program, &mut all);
    discriminators(program, &mut all);
    numbers(program, &mut all);
    functions(program, &mut all);
    for link in &program.links {
        let places: Vec<&str> = link.places.iter().map(crate::base::Ident::as_str).collect();
        let says = "their readers may bring rows together".to_owned();
        all.push(Listed { kind: ReleaseKind::Link, subject: places.join(", "), says, because: link.because.clone(), at: link.at });
    }
    declared(program, &mut all);
    for release in &program.policy_releases {
        let subject = format!("model {}", program.table(release.table).map_or("", |t| t.name.as_str()));
        let says = format!("shows rows that policy {} hides", release.policy);
        all.push(Listed { kind: ReleaseKind::Policy, subject, says, because: release.because.clone(), at: release.at });
    }
    for release in &program.policy_writers {
        let subject = format!("role {}", release.role);
        let says = format!("may write what the columns of policy {} are computed from, and give itself rows", release.policy);
        all.push(Listed { kind: ReleaseKind::Policy, subject, says, because: release.because.clone(), at: release.at });
    }
    for release in &program.entitlement_releases {
        let name = program.entitlements.get(release.entitlement as usize).map_or("", |e| e.name.as_str());
        let (subject, says) =
            (format!("role {}", release.role), format!("may write what entitlement {name} is made of, and give itself rows"));
        all.push(Listed { kind: ReleaseKind::Entitlement, subject, says, because: release.because.clone(), at: release.at });
    }
    facts(program, &mut all);
    for (api, (because, at)) in program.apis.iter().filter_map(|a| Some((a, a.anonymous.as_ref()?))) {
        let says = "answers whoever asks, without a token".to_owned();
        all.push(Listed { kind: ReleaseKind::Anonymous, subject: format!("api {}", api.name), says, because: because.clone(), at: *at });
    }
    platform(program, &mut all);
    all.sort_by(|a, b| (a.kind, a.at, &a.subject).cmp(&(b.kind, b.at, &b.subject)));
    all.dedup();
    all
}

/// What a platform leaves open to the world, with the word that it takes.
fn platform(program: &Program, all: &mut Vec<Listed>) {
    for machine in &program.platform.computes {
        for (allow, because) in machine.allows.iter().filter_map(|a| Some((a, a.because.as_ref()?))) {
            let Source::Cidr(from) = &allow.from else { continue };
            let (subject, says) = (format!("machine {}", machine.name), format!("port {} answers {from}", allow.port));
            all.push(Listed { kind: ReleaseKind::Open, subject, says, because: because.clone(), at: allow.at });
        }
    }
    for network in &program.platform.networks {
        if let NetworkKind::Default(because) = &network.kind {
            let says = "the account's default network, whose subnets the internet reaches".to_owned();
            all.push(Listed {
                kind: ReleaseKind::Open,
                subject: format!("network {}", network.name),
                says,
                because: because.clone(),
                at: network.at,
            });
        }
    }
}

fn in_queries(program: &Program, all: &mut Vec<Listed>) {
    for (_, table, model) in program.models() {
        every_expr(&model.query, &mut |e| {
            if let ExprKind::Release(_, release) = &e.kind {
                all.push(Listed {
                    kind: ReleaseKind::Release,
                    subject: format!("model {}", table.name),
                    says: format!("a value that tells {}", told(program, &release.label)),
                    because: release.because.clone(),
                    at: release.at,
                });
            }
        });
    }
}

/// `phone as general`, `nothing`
fn told(program: &Program, label: &Label) -> String {
    let one = |(category, level): &(_, Level)| {
        let name = program.category(*category).map_or("unclassified", |c| c.name.as_str());
        match level.aggregate {
            Some(k) => format!("{name} as {} and aggregate({k})", level.form.name()),
            None => format!("{name} as {}", level.form.name()),
        }
    };
    let all: Vec<String> = label.values().iter().map(one).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn discriminators(program: &Program, all: &mut Vec<Listed>) {
    for one in &program.discriminators {
        let Some(table) = program.table(one.table) else { continue };
        let name = |position: u32| table.columns.get(position as usize).map_or("", |c| c.name.as_str());
        let columns: Vec<&str> = one.columns.iter().map(|c| name(*c)).collect();
        all.push(Listed {
            kind: ReleaseKind::Discriminate,
            subject: format!("model {}", table.name),
            says: format!("{} tells what {} says", columns.join(", "), name(one.by)),
            because: one.because.clone(),
            at: one.at,
        });
    }
}

/// Numbers that are given to a key, where it is said that rows of one key are one thing.
fn numbers(program: &Program, all: &mut Vec<Listed>) {
    for (_, table, model) in program.models() {
        if let Materialization::Incremental { key, id: Some(id), because: Some(because), .. } = &model.materialization {
            let key: Vec<&str> = key.iter().map(crate::base::Ident::as_str).collect();
            let says = format!("rows that have {} in common are one thing, {id}", key.join(", "));
            let subject = format!("model {}", table.name);
            all.push(Listed { kind: ReleaseKind::Number, subject, says, because: because.clone(), at: table.at });
        }
    }
}

/// Facts whose author answers for what cells tell of each other.
fn facts(program: &Program, all: &mut Vec<Listed>) {
    for (id, cells) in &program.facts {
        let (Some(fact), Some(cells)) = (program.table(*id), cells.first()) else { continue };
        let answered = [
            (ReleaseKind::Crosswise, &cells.crosswise, "no dimension decides another"),
            (ReleaseKind::Overlapping, &cells.overlapping, "cells may hold the same rows of people"),
        ];
        for (kind, because, says) in answered {
            let (subject, at) = (format!("fact {}", fact.name), fact.at);
            all.extend(because.iter().map(|b| Listed { kind, subject: subject.clone(), says: says.to_owned(), because: b.clone(), at }));
        }
    }
}

fn functions(program: &Program, all: &mut Vec<Listed>) {
    for function in program.functions.iter().filter(|f| !f.standard) {
        let name = &function.name;
        let kind = match function.kind {
            FunctionKind::Mask => ReleaseKind::Mask,
            _ if function.keeps_intact => ReleaseKind::Intact,
            _ => ReleaseKind::Called,
        };
        let says = match &function.transition {
            Some(transition) => {
                let lowered = transition.lowers.iter().filter_map(|c| program.category(*c)).map(|c| c.name.to_string());
                let lowered: Vec<String> = lowered.collect();
                let what = if lowered.is_empty() { "what it is given".to_owned() } else { lowered.join(", ") };
                let order = if function.monotone { ", in its order" } else { "" };
                format!("leaves {what} as {}{order}", transition.to.name())
            }
            None if function.keeps_intact => "leaves a value what it was".to_owned(),
            None if !function.because.is_empty() => "may call what reads more than its arguments".to_owned(),
            None => continue,
        };
        all.push(Listed { kind, subject: name.to_string(), says, because: function.because.clone(), at: function.at });
    }
}

/// Clearances that admit more than the standard one they start from, and annotations that say less than their type.
fn declared(program: &Program, all: &mut Vec<Listed>) {
    for (clearance, because) in program.clearances.iter().filter_map(|c| Some((c, c.because.clone()?))) {
        let wider = clearance.widens.iter().filter_map(|(c, form)| Some(format!("{} as {}", program.category(*c)?.name, form.name())));
        let mut wider: Vec<String> = wider.collect();
        if clearance.everything {
            wider.push("everything".to_owned());
        }
        if clearance.control_warns {
            wider.push("conditions on what it does not admit".to_owned());
        }
        let says = if wider.is_empty() { "admits no more than its base".to_owned() } else { format!("admits {}", wider.join(", ")) };
        all.push(Listed { kind: ReleaseKind::Clearance, subject: clearance.name.to_string(), says, because, at: clearance.at });
    }
    for said in &program.reclassified {
        let says = format!("tells {}, and not {}", told(program, &said.to), told(program, &said.from));
        all.push(Listed {
            kind: ReleaseKind::Annotation,
            subject: said.name.to_string(),
            says,
            because: said.because.clone(),
            at: said.at,
        });
    }
}
