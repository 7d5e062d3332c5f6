//! One principal, asked about every action, bucket, key and way in.

use super::super::iam::{Request, Statement, decide};
use super::super::report::{Report, Side};
use super::wanted::Wanted;
use super::{BUCKETS, KEYS, MOVES, OBJECTS, READS, Said, WRITES, Who, here, push};
use crate::base::Span;
use std::collections::{BTreeMap, BTreeSet};

/// One principal, asked about.
pub(super) struct Asking<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) said: &'a Said,
    pub(super) who: &'a Who,
    pub(super) identity: &'a [Statement],
    pub(super) report: &'a mut Report,
}

impl Asking<'_> {
    pub(super) fn all(&mut self) {
        let mut buckets: BTreeMap<String, Option<u32>> =
            here(self.wanted.program).map(|(i, b)| (b.bucket_name.to_string(), Some(i))).collect();
        buckets.extend(self.said.logs.clone().map(|l| (l, None)));
        let outside = matches!(self.who, Who::Group(_) | Who::Exporter | Who::Loader);
        if outside {
            buckets.insert("a-bucket-of-somebody-else".to_owned(), None);
        }
        let named = self.identity.iter().flat_map(|s| &s.resources).filter_map(|r| r.strip_prefix("arn:aws:s3:::"));
        let named: BTreeSet<String> = named.filter_map(|r| r.split('/').next()).map(|b| b.replace('*', "x1")).collect();
        for name in named {
            buckets.entry(name).or_insert(None);
        }
        let policies = &self.said.buckets;
        for (name, index) in &buckets {
            let none = Vec::new();
            let policy = policies.get(name).unwrap_or(&none);
            self.objects(name, *index, policy);
            self.bucket(name, *index, policy);
        }
        if outside {
            self.keys();
        }
        for statement in self.identity.iter().filter(|s| outside && s.allow) {
            let known: &[&str] = match self.who {
                Who::Exporter => &WRITES,
                Who::Loader => &MOVES,
                _ => &READS,
            };
            for action in statement.actions.iter().filter(|a| !known.contains(&a.as_str())) {
                let says = format!("{} may `{action}`", self.name());
                push(self.report, self.said, statement.at, Side::ArtifactHasMore, (&self.name(), action, ""), says);
            }
        }
    }

    fn name(&self) -> String {
        match self.who {
            Who::Group(group) => format!("group `{group}`"),
            Who::Exporter => "the exporter".to_owned(),
            Who::Loader => "the loader".to_owned(),
            Who::Administrator => "anybody else who may".to_owned(),
            Who::Root => "the account's root".to_owned(),
            Who::Anonymous => "the public".to_owned(),
        }
    }

    /// Actions to try: those that are known, and those that are named.
    fn actions(&self, known: &[&str], policy: &[Statement]) -> BTreeSet<String> {
        let named = self.identity.iter().chain(policy).flat_map(|s| &s.actions).filter(|a| a.starts_with("s3:") && !a.contains(['*', '?']));
        let others = |a: &&String| !OBJECTS.contains(&a.as_str()) && !BUCKETS.contains(&a.as_str());
        known.iter().map(|a| (*a).to_owned()).chain(named.filter(others).cloned()).collect()
    }

    /// Keys to try: inside and outside of each pattern that anybody wrote.
    fn tried(&self, name: &str, index: Option<u32>, policy: &[Statement]) -> BTreeSet<String> {
        let start = format!("arn:aws:s3:::{name}/");
        let resources =
            self.identity.iter().chain(policy).flat_map(|s| &s.resources).filter_map(|r| r.strip_prefix(&start)).map(str::to_owned);
        let exports = self.wanted.exports.iter().filter(|(b, ..)| Some(*b) == index).map(|(_, p, _)| p.clone());
        let loads = self.wanted.loads(index).flat_map(|l| [Some(format!("{}*", l.prefix())), l.archive.as_ref().map(|a| format!("{a}*"))]);
        let all: BTreeSet<String> = resources.chain(exports).chain(loads.flatten()).collect();
        let mut out: BTreeSet<String> = all.iter().map(|p| p.replace(['*', '?'], "x1")).collect();
        out.extend(all.iter().map(|p| format!("{}-beside/x1", p.trim_end_matches(['*', '/']))));
        out.extend(["zz/outside".to_owned(), String::from("x1")]);
        out
    }

    fn objects(&mut self, name: &str, index: Option<u32>, policy: &[Statement]) {
        for action in self.actions(&OBJECTS, policy) {
            for key in self.tried(name, index, policy) {
                for tls in [true, false] {
                    let resource = format!("arn:aws:s3:::{name}/{key}");
                    let request = Request { arn: Wanted::arn(self.who), action: action.clone(), resource, tls, ..Request::default() };
                    let ours = index.is_some() || self.said.logs.as_deref() == Some(name);
                    let may = (tls || !ours) && self.wanted.object(self.who, &action, index, &key);
                    self.ask(&request, policy, may, &format!("{name}/{key}"));
                }
            }
        }
    }

    fn bucket(&mut self, name: &str, index: Option<u32>, policy: &[Statement]) {
        let written = self.identity.iter().flat_map(|s| &s.conditions).filter(|(_, k, _)| k == "s3:prefix").flat_map(|(_, _, v)| v);
        let mut prefixes: BTreeSet<Option<String>> = written.map(|v| Some(v.replace(['*', '?'], "x1"))).collect();
        prefixes.extend(self.tried(name, index, policy).into_iter().map(Some));
        prefixes.extend([None, Some(String::new())]);
        for action in self.actions(&BUCKETS, policy) {
            for prefix in &prefixes {
                for tls in [true, false] {
                    let resource = format!("arn:aws:s3:::{name}");
                    let arn = Wanted::arn(self.who);
                    let request = Request { arn, action: action.clone(), resource, tls, prefix: prefix.clone(), ..Request::default() };
                    let ours = index.is_some() || self.said.logs.as_deref() == Some(name);
                    let may = (tls || !ours) && self.wanted.bucket(self.who, &action, index, prefix.as_deref());
                    self.ask(&request, policy, may, name);
                }
            }
        }
    }

    fn keys(&mut self) {
        let ways = [Some(format!("s3.{}.amazonaws.com", self.said.region)), None, Some("ec2.REGION.amazonaws.com".to_owned())];
        let mut owners: Vec<(String, Option<u32>)> = here(self.wanted.program).map(|(i, b)| (b.bucket_name.to_string(), Some(i))).collect();
        owners.push(("a-bucket-of-somebody-else".to_owned(), None));
        for (name, index) in owners {
            for action in KEYS {
                for via in &ways {
                    let key = if self.said.own_keys { format!("of-{name}") } else { "1".to_owned() };
                    let resource = format!("arn:aws:kms:{}:ACCOUNT_ID:key/{key}", self.said.region);
                    let alias = Some(format!("alias/{}", name.replace('.', "-")));
                    let arn = Wanted::arn(self.who);
                    let request =
                        Request { arn, action: action.to_owned(), resource, tls: true, via: via.clone(), alias, ..Request::default() };
                    let through = via.as_ref() == ways.first().and_then(Option::as_ref);
                    let may = through && self.wanted.key(self.who, action, index);
                    self.ask(&request, &[], may, &format!("the key of {name}"));
                }
            }
        }
    }

    fn ask(&mut self, request: &Request, policy: &[Statement], may: bool, object: &str) {
        self.report.cells += 1;
        let (can, by) = decide(self.identity, policy, request);
        if can == may {
            return;
        }
        let at = by.map_or_else(Span::default, |s| s.at);
        let at = if at == Span::default() { policy.first().or(self.identity.first()).map_or(at, |s| s.at) } else { at };
        let (who, way) = (self.name(), if request.tls { "" } else { " without TLS" });
        let (side, says) = match can {
            true => (Side::ArtifactHasMore, format!("{who} may `{}` on `{object}`{way}", request.action)),
            false => (Side::ProgramHasMore, format!("{who} may not `{}` on `{object}`{way}", request.action)),
        };
        push(self.report, self.said, at, side, (&who, &request.action, object), says);
    }
}
