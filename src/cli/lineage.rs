use super::check::compile_folder;
use super::output::{Output, print_out};
use super::{ERRORS, USAGE};
use crate::base::Sources;
use crate::diag::nearest;
use crate::driver::Options;
use crate::host::Wants;
use crate::ir::Program;
use crate::lineage::{Graph, NodeId, Paint, Shape, dot, json, mermaid, openlineage, overview, text};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Shows where columns come from, and what comes of them.
///
/// A solid branch is a value: the column is computed from it. A dashed one (`when`) is control: it decides which rows there are. Types,
/// NULLs (`?`) and what a column tells about a person stand beside each name. Works, too, while a flow check still refuses the project.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec lineage patient.age_years               what `age_years` is computed from, down to the sources
  pipec lineage airbyte.patient --downstream    what comes of a source's table
  pipec lineage patient.phone --control         and all that decides which rows there are
  pipec lineage patient --depth 1               one step only
  pipec lineage --format json > lineage.json    the whole project, for programs
  pipec lineage patient --format dot | dot -Tsvg > patient.svg

`docs/reference/lineage.md` says what an edge means and describes the formats.")]
pub(super) struct Lineage {
    /// A model, `source.table`, or a column of one: `patient.name`, `airbyte.patient.id` [default: the whole project]
    name: Option<String>,

    /// Show what it comes from (this is what happens without `--downstream`)
    #[arg(long, requires = "name")]
    upstream: bool,

    /// Show what comes of it
    #[arg(long, requires = "name")]
    downstream: bool,

    /// Go at most this many tables far
    #[arg(long, value_name = "N", requires = "name")]
    depth: Option<usize>,

    /// In the tree, follow control as far as values, instead of naming it only
    #[arg(long, requires = "name")]
    control: bool,

    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// The folder that holds the `.pipe` files
    #[arg(long, short, default_value = ".", value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// A tree per column
    Text,
    /// Tables, columns and edges, versioned
    Json,
    /// A drawing for Graphviz
    Dot,
    /// A drawing for Mermaid, as Markdown on many sites shows it; for parts, not for whole projects
    Mermaid,
    /// OpenLineage job events with schema and column lineage, one line per model
    Openlineage,
}

impl Lineage {
    pub(super) fn run(&self, output: &Output) -> u8 {
        if let Some(folder) = self.name.as_ref().filter(|n| n.contains(['/', '\\']) || n.as_str() == ".") {
            output.fail(&format!("`{folder}` is no name of a table or column; a folder is given with `--project {folder}`"));
            return USAGE;
        }
        let (sources, compilation) = compile_folder(&self.project, Wants::Compile, &Options::default());
        // Warnings are `check`'s business; errors say why the answer may not be built on.
        if compilation.diagnostics.has_errors() {
            output.diagnostics(&compilation.diagnostics, &sources);
        }
        let checked = compilation.program.is_some();
        let program = compilation.program.as_ref().map(|c| c.program()).or(compilation.refused.as_deref());
        match program {
            Some(program) => match self.show(program, &sources, checked, output) {
                0 if !checked => ERRORS,
                code => code,
            },
            None => ERRORS,
        }
    }

    fn show(&self, program: &Program, sources: &Sources, checked: bool, output: &Output) -> u8 {
        let graph = Graph::new(program);
        let Some(roots) = self.roots(&graph, output) else { return USAGE };
        let (up, down) = (self.upstream || !self.downstream, self.downstream);
        let part = || match &roots {
            Some(roots) => graph.around(roots, up, down, self.depth),
            None => graph.whole(),
        };
        match self.format {
            Format::Json => print_out(&json(&graph, &part(), sources, checked)),
            Format::Dot => print_out(&dot(&graph, &part())),
            Format::Mermaid => print_out(&mermaid(&graph, &part())),
            Format::Openlineage => print_out(&openlineage(&graph, &part())),
            Format::Text => print_out(&self.text(&graph, roots.as_deref(), (up, down), output)),
        }
        0
    }

    fn text(&self, graph: &Graph<'_>, roots: Option<&[NodeId]>, (up, down): (bool, bool), output: &Output) -> String {
        let paint = if output.colours_results() { Paint::Colour } else { Paint::Plain };
        let Some(roots) = roots else { return overview(graph, paint) };
        let tree = |up| text(graph, roots, Shape { up, depth: self.depth, control: self.control, paint });
        match (up, down) {
            (true, true) => format!("comes from\n\n{}\nwhat comes of it\n\n{}", tree(true), tree(false)),
            (up, _) => tree(up),
        }
    }

    /// What the name stands for; the outer `None` after saying that there is none of that name.
    fn roots(&self, graph: &Graph<'_>, output: &Output) -> Option<Option<Vec<NodeId>>> {
        let Some(name) = &self.name else { return Some(None) };
        match graph.named(name) {
            Ok(nodes) => Some(Some(nodes)),
            Err(unknown) => {
                let near = nearest(&unknown.word, unknown.words.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?"));
                output.fail(&format!("{}{}", unknown.message, near.unwrap_or_default()));
                None
            }
        }
    }
}
