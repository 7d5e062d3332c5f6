//! IAM policies as AWS evaluates them: an explicit deny wins, then any allow, else no. Conditions that are not known are not understood.

use crate::base::{FileId, Sources, Span};
use serde_json::Value as Json;

/// The account that the buckets are in, as far as anybody may name it: another account's root is somebody else.
pub(super) const ROOT: &str = "arn:aws:iam::ACCOUNT_ID:root";

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) allow: bool,
    /// Whom a bucket's statement is about.
    pub(super) principal: Principal,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) conditions: Vec<(String, String, Vec<String>)>,
    pub(super) at: Span,
}

/// Whom a statement is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Principal {
    /// Whoever has the policy.
    Holder,
    Everybody,
    Service(String),
    /// The account: what its own policies say.
    Account,
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Principal::Holder => f.write_str("somebody"),
            Principal::Everybody => f.write_str("everybody"),
            Principal::Service(name) => write!(f, "`{name}`"),
            Principal::Account => f.write_str("the account"),
        }
    }
}

/// Who asks for what, and how.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// `None`: nobody known.
    pub(super) arn: Option<String>,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) tls: bool,
    /// `s3:prefix`
    pub(super) prefix: Option<String>,
    /// `kms:ViaService`
    pub(super) via: Option<String>,
    /// `kms:ResourceAliases`
    pub(super) alias: Option<String>,
}

/// Reads a document; what is not understood goes to `unread`.
pub(super) fn document(value: &Json, (file, sources): (FileId, &Sources), unread: &mut Vec<(Span, String)>) -> Vec<Statement> {
    let at = Span::new(file, 0, 0);
    let known = value.as_object().is_some_and(|o| o.keys().all(|k| k == "Version" || k == "Statement"));
    if !known || value.get("Version") != Some(&Json::from("2012-10-17")) {
        unread.push((at, "the policy document".to_owned()));
    }
    let all = match value.get("Statement") {
        Some(Json::Array(all)) => all.as_slice(),
        Some(one @ Json::Object(_)) => std::slice::from_ref(one),
        _ => {
            unread.push((at, "a policy document without statements".to_owned()));
            &[]
        }
    };
    let mut out = Vec::new();
    for one in all {
        let place = place(one, file, sources);
        match statement(one, place) {
            Some(statement) => {
                for (operator, key, _) in statement.conditions.iter().filter(|(o, k, _)| !is_known(o, k)) {
                    unread.push((place, format!("the condition `{operator}` on `{key}`")));
                }
                out.push(statement);
            }
            None => unread.push((place, "the statement".to_owned())),
        }
    }
    out
}

/// Where a statement's name stands.
fn place(statement: &Json, file: FileId, sources: &Sources) -> Span {
    let sid = statement.get("Sid").and_then(Json::as_str).unwrap_or("");
    let found = sources.text(file).find(&format!("\"{sid}\"")).unwrap_or(0);
    Span::new(file, found, found + if found == 0 { 0 } else { sid.len() + 2 })
}

fn statement(value: &Json, at: Span) -> Option<Statement> {
    let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    let object = value.as_object().filter(|o| o.keys().all(|k| known.contains(&k.as_str())))?;
    let allow = match object.get("Effect")?.as_str()? {
        "Allow" => true,
        "Deny" => false,
        _ => return None,
    };
    let principal = match object.get("Principal") {
        None => Principal::Holder,
        Some(Json::String(all)) if all == "*" => Principal::Everybody,
        Some(Json::Object(one)) if one.len() == 1 => match (one.get("Service"), one.get("AWS")) {
            (Some(service), _) => Principal::Service(texts(service)?.concat()),
            (_, Some(aws)) => match texts(aws)?.as_slice() {
                [root] if root == ROOT => Principal::Account,
                [all] if all == "*" => Principal::Everybody,
                _ => return None,
            },
            _ => return None,
        },
        Some(_) => return None,
    };
    let mut conditions = Vec::new();
    let written = match object.get("Condition") {
        None => None,
        Some(written) => Some(written.as_object()?),
    };
    for (operator, keys) in written.into_iter().flatten() {
        for (key, values) in keys.as_object()? {
            conditions.push((operator.clone(), key.clone(), texts(values)?));
        }
    }
    let (actions, resources) = (texts(object.get("Action")?)?, texts(object.get("Resource")?)?);
    Some(Statement { allow, principal, actions, resources, conditions, at })
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(all) => all.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

const KNOWN: [(&str, &str); 7] = [
    ("Bool", "aws:SecureTransport"),
    ("StringLike", "s3:prefix"),
    ("StringEquals", "kms:ViaService"),
    ("ForAnyValue:StringEquals", "kms:ResourceAliases"),
    ("ArnNotEquals", "aws:PrincipalArn"),
    ("ArnEquals", "aws:SourceArn"),
    ("StringEquals", "aws:SourceAccount"),
];

fn is_known(operator: &str, key: &str) -> bool {
    KNOWN.contains(&(operator, key))
}

impl Statement {
    /// Whether it is about a request.
    pub(super) fn fits(&self, request: &Request) -> bool {
        let whom = match self.principal {
            Principal::Holder | Principal::Everybody => true,
            Principal::Account => request.arn.is_some(),
            Principal::Service(_) => false,
        };
        whom && self.actions.iter().any(|a| like(&a.to_lowercase(), &request.action.to_lowercase()))
            && self.resources.iter().any(|r| like(r, &request.resource))
            && self.conditions.iter().all(|(operator, key, values)| self.holds(operator, key, values, request))
    }

    fn holds(&self, operator: &str, key: &str, values: &[String], request: &Request) -> bool {
        let among = |value: &Option<String>| value.as_ref().is_some_and(|v| values.contains(v));
        match (operator, key) {
            ("Bool", "aws:SecureTransport") => values.iter().any(|v| *v == request.tls.to_string()),
            ("StringLike", "s3:prefix") => request.prefix.as_ref().is_some_and(|p| values.iter().any(|v| like(v, p))),
            ("StringEquals", "kms:ViaService") => among(&request.via),
            ("ForAnyValue:StringEquals", "kms:ResourceAliases") => among(&request.alias),
            // A negated operator holds where there is nothing to compare; patterns count in ARNs.
            ("ArnNotEquals", "aws:PrincipalArn") => request.arn.as_ref().is_none_or(|a| !values.iter().any(|v| like(v, a))),
            ("ArnEquals" | "StringEquals", "aws:SourceArn" | "aws:SourceAccount") => false,
            // What is not known lets through: a difference is reported for it in any case.
            _ => self.allow,
        }
    }
}

/// Whether a request is let through, and by which statement that was decided.
pub(super) fn decide<'s>(identity: &'s [Statement], resource: &'s [Statement], request: &Request) -> (bool, Option<&'s Statement>) {
    let all = || identity.iter().chain(resource);
    if let Some(denied) = all().find(|s| !s.allow && s.fits(request)) {
        return (false, Some(denied));
    }
    let allowed = all().find(|s| s.allow && s.principal != Principal::Account && s.fits(request));
    (allowed.is_some(), allowed)
}

/// `*` and `?` in a pattern of IAM's.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}
