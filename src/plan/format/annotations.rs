//! What closed gates found, for machines that show it beside the lines of a change: SARIF 2.1.0 (OASIS) and GitHub's workflow commands.

use crate::plan::common::canon::digest;
use crate::plan::gates::{Finding, Gate};
use crate::plan::report::{Cause, Which};
use serde_json::{Value, json};

/// A SARIF log. Paths are made relative to the repository by `prefix`, the project's folder in it.
pub fn sarif(findings: &[Finding], prefix: &str) -> String {
    let rules: Vec<Value> = Gate::ALL
        .iter()
        .map(|g| {
            json!({
                "id": rule(*g),
                "name": g.name(),
                "shortDescription": { "text": g.title() },
                "defaultConfiguration": { "level": "error" },
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(|f| result(f, prefix)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "pipec plan", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// One rule per gate, below the code that the documentation explains.
fn rule(gate: Gate) -> String {
    format!("P1005/{}", gate.name())
}

fn result(finding: &Finding, prefix: &str) -> Value {
    // Equal on every run that finds the same, wherever the lines have moved to.
    let fingerprint = digest(&format!("{} {}", finding.gate.name(), finding.message));
    let mut result = json!({
        "ruleId": rule(finding.gate),
        "level": "error",
        "message": { "text": finding.message },
        "partialFingerprints": { "pipecPlan/v1": fingerprint },
    });
    let locations: Vec<Value> = shown(finding).take(1).map(|c| location(c, prefix)).collect();
    let related: Vec<Value> = shown(finding).skip(1).map(|c| location(c, prefix)).collect();
    if let Some(object) = result.as_object_mut() {
        object.insert("locations".to_owned(), Value::Array(locations));
        if !related.is_empty() {
            object.insert("relatedLocations".to_owned(), Value::Array(related));
        }
    }
    result
}

/// Lines of the base are not there any more; the standard library is not in the repository.
fn shown(finding: &Finding) -> impl Iterator<Item = &Cause> {
    finding.causes.iter().filter(|c| c.side == Which::Head && !c.path.starts_with("std/"))
}

fn location(cause: &Cause, prefix: &str) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&format!("{prefix}{}", cause.path)) },
            "region": { "startLine": cause.line, "startColumn": cause.column },
        },
        "message": { "text": cause.says },
    })
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` in percent.
fn uri(path: &str) -> String {
    let one = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    path.bytes().map(one).collect()
}

/// `::error file=…,line=…::message`, one line per finding.
pub fn github(findings: &[Finding], prefix: &str) -> String {
    let one = |f: &Finding| {
        let place = shown(f)
            .next()
            .map_or(String::new(), |c| format!("file={},line={},col={},", property(&format!("{prefix}{}", c.path)), c.line, c.column));
        format!("::error {place}title={}::{}\n", property(&format!("pipec plan: {}", f.gate.name())), data(&f.message))
    };
    findings.iter().map(one).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
