//! A history of edits as people make them, each with the report that `pipec plan` gives: `tests/plan/*.md`. And for every one of them, that what
//! changes an artifact that enforces access appears under access.
//!
//! A page says which project it starts from (` ```base example <name> ` or ` ```base <file> `). Each section is one edit: ` ```edit <file> ` with lines
//! to take out (`- `), to put in (`+ `) and to find it by (`  `), and ` ```report closes <gates> refused <codes> `. The words behind `report` are
//! written by hand; the report itself is written anew by `PIPEC_UPDATE_GOLDEN=1`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod support;

use pipec::driver::Compilation;
use pipec::plan::{Edit, Gate, Judged, Look, Plan, Side, compare, findings, github, json, judge, markdown, sarif, text};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Project, compile, fingerprint, pipec_in, scratch};

struct Step {
    title: String,
    edits: Vec<(String, String)>,
    closes: Vec<String>,
    refused: Vec<String>,
    report: String,
    /// Where the report stands in the page: bytes.
    at: std::ops::Range<usize>,
}

struct Page {
    name: String,
    text: String,
    base: Project,
    steps: Vec<Step>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("tests/plan")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "md"));
    paths.sort();
    paths.iter().map(|p| page(p)).collect()
}

/// Fenced blocks: what stands behind the fence, and where the content is.
fn fences(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match (&open, line.trim_end()) {
            (Some((info, start)), "```") => {
                found.push((info.clone(), *start..at));
                open = None;
            }
            (None, l) if l.starts_with("```") => open = Some((l[3..].to_owned(), end)),
            _ => {}
        }
        at = end;
    }
    assert!(open.is_none(), "an open fence");
    found
}

fn page(path: &Path) -> Page {
    let text = fs::read_to_string(path).unwrap();
    let mut base = None;
    let mut steps: Vec<Step> = Vec::new();
    let mut edits = Vec::new();
    for (info, range) in fences(&text) {
        let words: Vec<&str> = info.split_whitespace().collect();
        let content = text[range.clone()].to_owned();
        match words.as_slice() {
            ["base", "example", name] => base = Some(Project::read(&root().join("examples").join(name))),
            ["base", file] => {
                let text = fs::read(root().join("tests/plan").join(file)).unwrap();
                base = Some(Project(vec![("platform.pipe".to_owned(), text)]));
            }
            ["edit", file] => edits.push(((*file).to_owned(), content)),
            ["report", rest @ ..] => {
                let after = |word: &str| -> Vec<String> {
                    let at = rest.iter().position(|w| *w == word);
                    at.map_or(Vec::new(), |at| rest[at + 1].split(',').map(str::to_owned).collect())
                };
                let title = text[..range.start].lines().rev().find_map(|l| l.strip_prefix("## ")).unwrap().to_owned();
                let step = Step {
                    title,
                    edits: std::mem::take(&mut edits),
                    closes: after("closes"),
                    refused: after("refused"),
                    report: content,
                    at: range,
                };
                steps.push(step);
            }
            _ => {}
        }
    }
    Page { name: path.file_name().unwrap().to_string_lossy().into_owned(), text, base: base.expect("a base"), steps }
}

/// The project after an edit. The lines to take out stand there exactly once.
fn edited(base: &Project, step: &Step) -> (Project, Vec<(String, String)>) {
    let mut project = base.clone();
    let mut library = Vec::new();
    for (file, hunk) in &step.edits {
        let side = |sign: char| -> String {
            let kept = hunk.lines().filter(|l| l.is_empty() || l.starts_with(sign) || l.starts_with(' '));
            kept.map(|l| format!("{}\n", l.get(2..).unwrap_or_default())).collect()
        };
        let (old, new) = (side('-'), side('+'));
        let standard = pipec::stdlib::files().iter().find(|(path, _)| path == file);
        let text = match (standard, project.0.iter().find(|(p, _)| p == file)) {
            (Some((_, text)), _) => (*text).to_owned(),
            (None, Some((_, bytes))) => String::from_utf8(bytes.clone()).unwrap(),
            // A file that is not there is made.
            (None, None) => String::new(),
        };
        let text = if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" };
        assert!(
            old.is_empty() && text.is_empty() || text.matches(&old).count() == 1,
            "{}: in {file} there is not exactly one\n{old}",
            step.title
        );
        let text = if old.is_empty() { new } else { text.replacen(&old, &new, 1) };
        if standard.is_some() {
            library.push((file.clone(), text));
            continue;
        }
        project.0.retain(|(p, _)| p != file);
        project.0.push((file.clone(), text.into_bytes()));
        project.0.sort();
    }
    (project, library)
}

struct Built {
    sources: pipec::base::Sources,
    compilation: Compilation,
}

impl Built {
    fn of(project: &Project, library: &[(String, String)]) -> Built {
        let mut sources = pipec::base::Sources::new();
        for (path, text) in pipec::stdlib::files() {
            let changed = library.iter().find(|(p, _)| p == path);
            sources.add(pipec::base::VPath::new(path).unwrap(), changed.map_or(*text, |(_, text)| text.as_str()));
        }
        for (path, bytes) in &project.0 {
            let virtual_path = pipec::base::VPath::new(path).unwrap();
            if path.ends_with(".pipe") || path.ends_with(".sql") {
                sources.add(virtual_path, String::from_utf8(bytes.clone()).unwrap());
            } else {
                sources.add_data(virtual_path, bytes.clone());
            }
        }
        let compilation = compile(&sources);
        Built { sources, compilation }
    }

    fn side(&self) -> Side<'_> {
        let refused = self.compilation.refused.as_deref();
        let program = self.compilation.program.as_ref().map(|c| c.program()).or(refused);
        Side { program: program.unwrap_or_else(|| panic!("{}", support::shown(&self.compilation, &self.sources))), sources: &self.sources }
    }

    fn codes(&self) -> Vec<String> {
        let errors = self.compilation.diagnostics.iter().filter(|d| d.severity == pipec::diag::Severity::Error);
        errors.map(|d| d.code.id().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[test]
fn each_edit_has_its_report() {
    let update = std::env::var_os("PIPEC_UPDATE_GOLDEN").is_some();
    let (mut wrong, mut steps) = (Vec::new(), 0);
    for page in pages() {
        let base = Built::of(&page.base, &[]);
        assert!(base.compilation.program.is_some(), "{}", support::shown(&base.compilation, &base.sources));
        let mut text_now = page.text.clone();
        for step in page.steps.iter().rev() {
            steps += 1;
            let (project, library) = edited(&page.base, step);
            let head = Built::of(&project, &library);
            if head.compilation.program.is_none() && head.compilation.refused.is_none() {
                wrong.push(format!("{} · {}: {}", page.name, step.title, support::shown(&head.compilation, &head.sources)));
                continue;
            }
            let plan = compare(base.side(), head.side());
            let closed: BTreeSet<String> = findings(&plan, &Gate::ALL).iter().map(|f| f.gate.name().to_owned()).collect();
            let mut name = |what: &str, expected: &[String], found: Vec<String>| {
                let (expected, found): (BTreeSet<&String>, BTreeSet<&String>) = (expected.iter().collect(), found.iter().collect());
                if expected != found {
                    wrong.push(format!("{} · {}: {what} {found:?}, and {expected:?} was expected", page.name, step.title));
                }
            };
            name("closes", &step.closes, closed.into_iter().collect());
            name("refused", &step.refused, head.codes());
            let said = text(&plan, "the base", Look::default());
            if said != step.report {
                if update {
                    text_now.replace_range(step.at.clone(), &said);
                } else {
                    wrong.push(format!("{} · {}: the report is\n{said}\nand was\n{}", page.name, step.title, step.report));
                }
            }
            wrong.extend(enforced(&page, step, &base, &head, &plan));
        }
        if update {
            fs::write(root().join("tests/plan").join(&page.name), text_now).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(steps >= 40, "{steps} edits");
}

/// An artifact that enforces access differs, and neither access nor a renamed table or column nor a resource says why.
fn enforced(page: &Page, step: &Step, base: &Built, head: &Built, plan: &Plan) -> Option<String> {
    head.compilation.program.as_ref()?;
    let (was, is) = (support::enforcement(&base.compilation.files), support::enforcement(&head.compilation.files));
    // Nobody has a login in this one's warehouse.
    assert!(!was.is_empty() || page.name == "emr.md", "{}: no artifact enforces access", page.name);
    // Under another name, or in another schema, the same thing is granted.
    let elsewhere = |m: &pipec::plan::ModelChange| m.edit == Edit::Renamed || m.details.iter().any(|d| d.what == "schema");
    let renamed = plan.models.iter().any(|m| elsewhere(m) || m.columns.iter().any(|c| c.edit == Edit::Renamed));
    let outside = |r: &pipec::plan::ResourceChange| {
        matches!(r.kind.as_str(), "schema" | "project" | "warehouse") || r.action == pipec::plan::Action::Replace
    };
    let outside = plan.resources.iter().any(outside);
    (was != is && plan.access.is_empty() && !renamed && !outside)
        .then(|| format!("{} · {}: {:#?}", page.name, step.title, was.symmetric_difference(&is).collect::<Vec<_>>()))
}

#[test]
fn other_formats_say_the_same() {
    let page = pages().into_iter().find(|p| p.name.starts_with("clinic")).unwrap();
    let base = Built::of(&page.base, &[]);
    for step in &page.steps {
        let (project, library) = edited(&page.base, step);
        let head = Built::of(&project, &library);
        let plan = compare(base.side(), head.side());
        let all = findings(&plan, &Gate::ALL);
        let judged = judge(all.clone(), &all, &[], &[]);
        let compared = pipec::plan::Compared { project: "clinic", against: "the base", base_checked: true, head_checked: true };
        let document: serde_json::Value = serde_json::from_str(&json(&plan, compared, &judged)).unwrap();
        let comment = markdown(&plan, "clinic", "the base", &judged);
        let witnesses = plan.access.iter().filter_map(|c| c.verdict.as_ref()?.witness.clone());
        for witness in witnesses {
            assert!(document.to_string().contains(&serde_json::to_string(&witness).unwrap()), "{witness}");
            let name: String = witness.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            assert!(comment.contains("for example") && comment.contains(&name) && step.report.contains(&witness), "{witness}\n{comment}");
        }
        assert_eq!(document["closed_gates"].as_array().unwrap().len(), all.len());
        let log: serde_json::Value = serde_json::from_str(&sarif(&all, "")).unwrap();
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), all.len());
        assert_eq!(github(&all, "").lines().count(), all.len());
        // All of it approved, nothing is left; and an approval of one step lets nothing of another through but what is the same.
        let written = judged.written("", "looked at");
        let entries = pipec::plan::approvals(&written).unwrap();
        let passed: Judged = judge(all.clone(), &all, &[], &entries);
        assert!(passed.open.is_empty() && passed.stale.is_empty(), "{}: {passed:#?}", step.title);
    }
}

// --- the command ----------------------------------------------------------------------------------------------------------------

#[test]
fn approvals_hold_for_what_was_approved() {
    let folder = scratch();
    let (base, head) = (folder.path().join("base"), folder.path().join("head"));
    let clinic = fs::read_to_string(root().join("tests/plan/clinic.pipe")).unwrap();
    for place in [&base, &head] {
        fs::create_dir_all(place).unwrap();
        fs::write(place.join("platform.pipe"), &clinic).unwrap();
    }
    let north = "policy north on visit for staff where region = 'north'";
    assert!(clinic.contains(north));
    let say = |condition: &str| {
        fs::write(head.join("platform.pipe"), clinic.replace(north, &format!("policy north on visit for staff where {condition}"))).unwrap()
    };
    let plan = |more: &[&str]| {
        let all = [&["plan", "--base-dir", "../base", "--fail-on", "new-access"], more].concat();
        pipec_in(&head, &all)
    };
    say("region in ('north', 'south')");
    assert_eq!(plan(&[]).code, Some(3));
    let approved = plan(&["--approve", "the south joins (ticket 7)"]);
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    let file = fs::read_to_string(head.join("pipec.approvals")).unwrap();
    assert!(file.contains("approve new-access because the south joins (ticket 7)\n  ▲ staff reads more rows of visit"), "{file}");
    assert_eq!(plan(&[]).code, Some(0));
    assert!(plan(&["--format", "markdown"]).stdout.contains("the south joins"));
    // Another gain is not what was approved, and the entry fits nothing.
    say("region in ('north', 'south', 'west')");
    let other = plan(&[]);
    assert_eq!(other.code, Some(3));
    assert!(other.stderr.contains("P1011: `pipec.approvals:4`"), "{}", other.stderr);
    // Merged, the entry is spent: what is taken back and comes again needs another one.
    say("region in ('north', 'south')");
    fs::copy(head.join("pipec.approvals"), base.join("pipec.approvals")).unwrap();
    assert_eq!(plan(&[]).code, Some(3));
    assert_eq!(plan(&["--approve", "once more"]).code, Some(0));
    assert_eq!(fs::read_to_string(head.join("pipec.approvals")).unwrap().matches("▲ staff reads more rows of visit").count(), 2);
    fs::write(head.join("pipec.approvals"), "approve everything\n").unwrap();
    let broken = plan(&[]);
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.contains("P1010"), "{}", broken.stderr);
    // A reason is needed, and gates to approve for.
    assert_eq!(plan(&["--approve", " "]).code, Some(1));
    fs::remove_file(head.join("pipec.approvals")).unwrap();
    assert_eq!(plan(&["--approve", " "]).code, Some(64));
    assert_eq!(pipec_in(&head, &["plan", "--base-dir", "../base", "--approve", "x"]).code, Some(64));
}

#[test]
fn checks_for_github_are_written_once() {
    let folder = scratch();
    let made = pipec_in(folder.path(), &["new", "clinic", "--ci", "github"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let project = folder.path().join("clinic");
    let before = fingerprint(&project);
    assert_ne!(pipec_in(&project, &["new", ".", "--ci", "github"]).code, Some(0));
    assert_eq!(fingerprint(&project), before);
    let workflow = fs::read_to_string(project.join(".github/workflows/pipec.yml")).unwrap();
    for uses in workflow.lines().filter_map(|l| l.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
        let commit = uses.split_once('@').unwrap().1.split(' ').next().unwrap();
        assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{uses}");
    }
    // The reference shows them as they are.
    let page = fs::read_to_string(root().join("docs/reference/approvals.md")).unwrap();
    let hooks = fs::read_to_string(project.join(".pre-commit-config.yaml")).unwrap();
    assert!(page.contains(&format!("```yaml\n{workflow}```")) && page.contains(&format!("```yaml\n{hooks}```")));
    // The hooks' and the workflow's own commands are there.
    assert_eq!(pipec_in(&project, &["fmt", "--check", "."]).code, Some(0));
    assert_eq!(pipec_in(&project, &["check", "."]).code, Some(0));
    fs::remove_dir_all(project.join(".github")).unwrap();
    fs::remove_file(project.join(".pre-commit-config.yaml")).unwrap();
    assert_eq!(pipec_in(&project, &["new", ".", "--ci", "github"]).code, Some(0));
    assert!(project.join(".github/workflows/pipec.yml").exists());
}
