use super::USAGE;
use super::output::Output;
use crate::host;
use clap::Args;

/// The day that Expert Determinations are held against.
#[derive(Args, Debug)]
pub(super) struct AsOf {
    /// The day it is, as YYYY-MM-DD, for what expires [default: that of SOURCE_DATE_EPOCH, or today]
    #[arg(long = "as-of", value_name = "DATE", value_parser = super::run::iso_date)]
    as_of: Option<String>,
}

impl AsOf {
    /// The day, or the exit code after saying why there is none.
    pub(super) fn day(&self, output: &Output) -> Result<String, u8> {
        self.as_of.clone().map_or_else(host::build_day, Ok).map_err(|why| {
            output.fail(&why);
            USAGE
        })
    }
}
