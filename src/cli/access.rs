use super::check::compile_folder;
use super::output::{Output, print_out};
use super::{ERRORS, USAGE};
use crate::access::{Carry, Matrix, Show, connection_role, csv, exporter_role, json, place, text};
use crate::base::{Ident, Sources};
use crate::check::releases;
use crate::diag::nearest;
use crate::driver::Options;
use crate::host::Wants;
use crate::ir::{Program, TableId};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Shows who may read what: which columns, which rows, through which masks, and why.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec access                          every role, and all it can read
  pipec access --role analyst           one role
  pipec access --object patient         who can read `patient` or a masked twin of it
  pipec access --format csv             cell by cell, for a spreadsheet
  pipec access --format json            for programs

`docs/reference/access.md` describes the formats.")]
pub(super) struct Access {
    /// One role or service account only
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// One table only
    #[arg(long, value_name = "TABLE")]
    object: Option<String>,

    /// Show what is let past the rules of information flow, and why, instead
    #[arg(long)]
    releases: bool,

    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// The folder that holds the `.pipe` files
    #[arg(long, short, default_value = ".", value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// Per role, for people
    Table,
    /// One line per cell
    Csv,
    /// Versioned
    Json,
}

impl Access {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let (sources, compilation) = compile_folder(&self.project, Wants::Compile, &Options::default());
        if compilation.diagnostics.has_errors() {
            output.diagnostics(&compilation.diagnostics, &sources);
        }
        let checked = compilation.program.is_some();
        let program = compilation.program.as_ref().map(|c| c.program()).or(compilation.refused.as_deref());
        match program {
            Some(program) => match self.show(program, &sources, output) {
                0 if !checked => ERRORS,
                code => code,
            },
            None => ERRORS,
        }
    }

    fn show(&self, program: &Program, sources: &Sources, output: &Output) -> u8 {
        let Ok(role) = self.role(program, output) else { return USAGE };
        let Ok(table) = self.table(program, output) else { return USAGE };
        let show = Show { program, sources, role: role.as_ref(), table };
        let matrix = Matrix::new(program, &Carry::new(program));
        print_out(&match self.format {
            _ if self.releases => releases::of(program).iter().map(|r| listed(r, sources)).collect(),
            Format::Table => text(&matrix, &show),
            Format::Csv => csv(&matrix, &show),
            Format::Json => json(&matrix, &show),
        });
        0
    }

    fn role(&self, program: &Program, output: &Output) -> Result<Option<Ident>, ()> {
        let Some(wanted) = &self.role else { return Ok(None) };
        match program.roles.iter().find(|r| r.name.as_str() == wanted) {
            Some(role) => Ok(Some(role.name.clone())),
            None if [connection_role(program), exporter_role(program)].iter().any(|r| r.as_str() == wanted) => {
                Ok(Some(Ident::exact(wanted)))
            }
            None if program.platform.accounts.iter().any(|a| a.name.as_str() == wanted) => Ok(Some(Ident::exact(wanted))),
            None => unknown(output, "role", wanted, program.roles.iter().map(|r| r.name.as_str())),
        }
    }

    fn table(&self, program: &Program, output: &Output) -> Result<Option<TableId>, ()> {
        let Some(wanted) = &self.object else { return Ok(None) };
        match program.table_named(wanted) {
            Some((id, _)) => Ok(Some(id)),
            None => unknown(output, "table", wanted, program.table_names.keys().map(Ident::as_str)),
        }
    }
}

fn listed(release: &releases::Listed, sources: &Sources) -> String {
    let releases::Listed { kind, subject, says, because, at } = release;
    format!("{} on {subject}: {says}, because {because} ({})\n", kind.name(), place(sources, *at))
}

fn unknown<'n, T>(output: &Output, what: &str, wanted: &str, names: impl Iterator<Item = &'n str>) -> Result<T, ()> {
    let near = nearest(wanted, names).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    output.fail(&format!("no {what} is named `{wanted}`{near}"));
    Err(())
}
