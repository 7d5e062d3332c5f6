use super::check::compile_folder;
use super::output::{Output, print_out};
use super::{ERRORS, USAGE};
use crate::diag::{Code, nearest};
use crate::driver::Options;
use crate::host::Wants;
use crate::lineage::{Answer, Graph, Paint, Unknown, destination, flow_json, flow_text, ways};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Explains a diagnostic code, or how a column gets to a sink.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec explain P0301                                             what the code means, and the way out
  pipec explain --flow \"airbyte.patient.resource -> anon\"         every way from a source column to the bucket `anon`
  pipec explain --flow \"clinic.patients.phone -> role analyst\"    to all that a role may read
  pipec explain --flow \"clinic.patients.zip -> patient_anon.zip\"  to a column

A way is written hop by hop: what each column tells, where it is written, and which mask or release lowered it. Values and conditions stand
apart. The exit code is 0 when something flows, and 2 when nothing does.")]
pub(super) struct Explain {
    /// The code, e.g. P0301; without it, the list of all
    #[arg(conflicts_with = "flow")]
    code: Option<String>,

    /// A column and where it may get to: a bucket, role, export, API, service account, table or column
    #[arg(long, value_name = "COLUMN -> SINK")]
    flow: Option<String>,

    /// At most this many ways of each kind, the shortest
    #[arg(long, default_value_t = 5, value_name = "N", requires = "flow", value_parser = clap::value_parser!(u16).range(1..))]
    most: u16,

    /// How to write the ways
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "flow")]
    format: Format,

    /// The folder that holds the `.pipe` files
    #[arg(long, short, default_value = ".", value_name = "FOLDER", requires = "flow", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// Hop by hop
    Text,
    /// One object, versioned
    Json,
}

/// Nothing flows.
const NOTHING: u8 = 2;

impl Explain {
    pub(super) fn run(&self, output: &Output) -> u8 {
        match (&self.flow, &self.code) {
            (Some(flow), _) => self.flow(flow, output),
            (None, Some(wanted)) => explain(wanted, output),
            (None, None) => {
                for code in Code::ALL {
                    print_out(&format!("{}  {}\n", code.id(), code.title()));
                }
                0
            }
        }
    }

    fn flow(&self, flow: &str, output: &Output) -> u8 {
        let Some((from, to)) = flow.split_once("->").or_else(|| flow.split_once('→')) else {
            output.fail(
                "a flow is written `source.table.column -> sink`, in quotes: `pipec explain --flow \"clinic.patients.phone -> anon\"`",
            );
            return USAGE;
        };
        let (sources, compilation) = compile_folder(&self.project, Wants::Compile, &Options::default());
        // Whoever asks about a leak has seen that it is refused; only a project that cannot be read has no answer.
        let Some(program) = compilation.program.as_ref().map(|c| c.program()).or(compilation.refused.as_deref()) else {
            output.diagnostics(&compilation.diagnostics, &sources);
            return ERRORS;
        };
        let graph = Graph::new(program);
        let found = graph.named(from.trim()).and_then(|from| Ok((from, destination(&graph, to)?)));
        let (from, to) = match found {
            Ok(found) => found,
            Err(unknown) => return missing(&unknown, output),
        };
        let [from] = from.as_slice() else {
            output.fail(&format!("`{}` is a whole table: name one of its columns", flow.split("->").next().unwrap_or(flow).trim()));
            return USAGE;
        };
        let ways = ways(&graph, *from, &to, self.most.into());
        let answer = Answer { graph: &graph, sources: &sources, from: *from, to: &to, ways: &ways };
        let paint = if output.colours_results() { Paint::Colour } else { Paint::Plain };
        print_out(&match self.format {
            Format::Text => flow_text(&answer, paint),
            Format::Json => flow_json(&answer),
        });
        if ways.value.is_empty() && ways.control.is_empty() { NOTHING } else { 0 }
    }
}

fn missing(unknown: &Unknown, output: &Output) -> u8 {
    let near = nearest(&unknown.word, unknown.words.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?"));
    output.fail(&format!("{}{}", unknown.message, near.unwrap_or_default()));
    USAGE
}

fn explain(wanted: &str, output: &Output) -> u8 {
    if let Some(code) = Code::from_id(wanted) {
        print_out(code.page());
        return 0;
    }
    let near = nearest(wanted, Code::ALL.iter().map(|c| c.id())).map(|n| format!("; did you mean {n}?")).unwrap_or_default();
    output.fail(&format!("there is no code `{wanted}`{near}"));
    ERRORS
}
