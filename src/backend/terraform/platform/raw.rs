use super::super::super::{FileTree, text};
use super::super::called::Called;
use super::super::hcl;
use super::header;
use super::reach::{Refused, World};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;
use crate::ir::platform::Raw;
use ::hcl::structure::{Body, Structure};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks that may be written by hand.
const BLOCKS: [&str; 9] = ["resource", "data", "locals", "variable", "output", "module", "check", "moved", "import"];

/// Writes what was written by hand into a file of its own, read and laid out like the others. `files` are those that pipec wrote, `called` is what
/// their resources are called in the cloud.
pub(in crate::backend::terraform) fn put(
    program: &Program,
    (files, called): (&[Body], &[Called]),
    out: &mut FileTree,
    diagnostics: &mut Diagnostics,
) {
    let mut written: Vec<(&Raw, Body)> = Vec::new();
    for raw in &program.platform.raw {
        match ::hcl::parse(&raw.text) {
            Ok(body) => written.push((raw, body)),
            Err(problem) => diagnostics.push(unreadable(raw, &problem)),
        }
    }
    if written.is_empty() {
        return;
    }
    let mut taken: BTreeMap<String, Option<Span>> = BTreeMap::new();
    for structure in files.iter().flat_map(|body| &body.0) {
        taken.extend(addresses(structure).into_iter().map(|a| (a, None)));
    }
    let owned: BTreeSet<String> = taken.keys().cloned().collect();
    let world = World::new(program, owned.clone(), called, written.iter().map(|(_, body)| body));
    let mut all = Body::builder();
    for (raw, body) in written {
        for structure in body.0 {
            let problem = refused(raw, &structure, &owned)
                .or_else(|| twice(raw, &structure, &mut taken))
                .or_else(|| reaching(raw, &structure, &world));
            match (problem, structure) {
                (Some(problem), _) => diagnostics.push(problem),
                (None, Structure::Block(block)) => all = all.add_block(block),
                (None, Structure::Attribute(_)) => {}
            }
        }
    }
    let body = all.build();
    if body.0.is_empty() {
        return;
    }
    let says = "Terraform as it was written in the project.";
    text::put(out, diagnostics, "terraform/raw.tf", program.project.at, format!("{}\n{}", header(says, program), hcl::print(&body)));
}

/// What a block is called from elsewhere.
fn addresses(structure: &Structure) -> Vec<String> {
    let Structure::Block(block) = structure else { return Vec::new() };
    let labels: Vec<&str> = block.labels.iter().map(|l| l.as_str()).collect();
    match (block.identifier(), labels.as_slice()) {
        ("resource", [kind, name]) => vec![format!("{kind}.{name}")],
        ("data", [kind, name]) => vec![format!("data.{kind}.{name}")],
        ("variable", [name]) => vec![format!("var.{name}")],
        ("output", [name]) => vec![format!("output.{name}")],
        ("module", [name]) => vec![format!("module.{name}")],
        ("locals", []) => block.body.attributes().map(|a| format!("local.{}", a.key())).collect(),
        _ => Vec::new(),
    }
}

fn problem(at: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::RawTerraform, at, message)
}

/// The place of a text in the block, or all of it; of an attribute rather than of what is called the same.
fn place(raw: &Raw, what: &str) -> Span {
    let given = |at: &usize| raw.text.get(at + what.len()..).is_some_and(|rest| rest.trim_start().starts_with('='));
    let all = || raw.text.match_indices(what).map(|(at, _)| at);
    let found = all().find(given).or_else(|| all().last()).and_then(|at| Some((u32::try_from(at).ok()?, u32::try_from(what.len()).ok()?)));
    found.map_or(raw.at, |(at, length)| Span { start: raw.at.start + at, end: raw.at.start + at + length, ..raw.at })
}

fn unreadable(raw: &Raw, found: &::hcl::Error) -> Diagnostic {
    let (at, says) = match found {
        ::hcl::Error::Parse(parse) => {
            let (line, column) = (parse.location().line(), parse.location().column());
            let start: usize = raw.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
            let here = raw.text.get(start..).unwrap_or("");
            let inside: usize = here.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
            let start = u32::try_from(start + inside).unwrap_or(0);
            let at = raw.at.start + start.min(raw.at.end - raw.at.start);
            (Span { start: at, end: (at + 1).min(raw.at.end), ..raw.at }, parse.message().to_string())
        }
        other => (raw.at, other.to_string()),
    };
    problem(at, format!("this is no HCL: {}", says.lines().next().unwrap_or("")))
}

/// What nobody may write by hand.
fn refused(raw: &Raw, structure: &Structure, owned: &BTreeSet<String>) -> Option<Diagnostic> {
    let Structure::Block(block) = structure else {
        return Some(problem(raw.at, "an attribute stands outside of a block".to_owned()));
    };
    let kind = block.identifier();
    if !BLOCKS.contains(&kind) {
        let help = format!("pipec writes it; by hand it may be {}", BLOCKS.map(|b| format!("`{b}`")).join(", "));
        return Some(problem(place(raw, kind), format!("`{kind}` cannot be written by hand")).help(help));
    }
    if matches!(kind, "moved" | "import") {
        let to = block.body.attributes().filter(|a| matches!(a.key(), "to" | "from")).map(|a| a.expr().to_string());
        let touched = to.into_iter().find(|t| owned.contains(t))?;
        return Some(owning(raw, &touched));
    }
    None
}

/// What names, shows or decides about what pipec makes.
fn reaching(raw: &Raw, structure: &Structure, world: &World) -> Option<Diagnostic> {
    let Structure::Block(block) = structure else { return None };
    let kind = block.identifier();
    Some(match world.refuses(block)? {
        Refused::Decides { block, about } => problem(place(raw, &block), format!("`{block}` decides about `{about}`, which pipec makes"))
            .help("say in the declaration who may do what: what pipec derives is all there is"),
        Refused::Names { key, what } => problem(place(raw, &key), format!("`{key}` of this `{kind}` names `{what}`, which pipec makes")).help(
            "by hand, what pipec makes stands in tags, descriptions and outputs only, and its subnets and networks where something lies in them",
        ),
        Refused::Open { block, key } => problem(place(raw, &key), format!("nobody can tell from this text what `{key}` of `{block}` is"))
            .help("write its name, or refer to a resource that is written here: it may be none of what pipec makes"),
        Refused::Shows => problem(place(raw, "nonsensitive"), "`nonsensitive` shows what is hidden".to_owned())
            .help("keep it sensitive: what is shown stands in logs, plans and the state"),
        Refused::Runs { what } => problem(place(raw, &what), format!("`{what}` starts a program, of which nobody can tell what it reaches"))
            .help("run it beside Terraform, with rights of its own"),
        Refused::Unreadable { key } => problem(place(raw, &key), format!("the text of `{key}` cannot be read as a template"))
            .help("write `$${` for `${` and `%%{` for `%{`"),
    })
}

fn twice(raw: &Raw, structure: &Structure, taken: &mut BTreeMap<String, Option<Span>>) -> Option<Diagnostic> {
    for address in addresses(structure) {
        let name = address.rsplit('.').next().unwrap_or("").to_owned();
        let at = place(raw, &name);
        match taken.insert(address.clone(), Some(at)) {
            None => {}
            Some(None) => return Some(owning(raw, &address)),
            Some(Some(first)) => return Some(problem(at, format!("`{address}` is written twice")).mark(first, "the first")),
        }
    }
    None
}

fn owning(raw: &Raw, address: &str) -> Diagnostic {
    let name = address.rsplit('.').next().unwrap_or("");
    problem(place(raw, name), format!("`{address}` is made by pipec"))
        .help("change the declaration it comes from, or give this another name")
}
