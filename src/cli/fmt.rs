use super::ERRORS;
use super::output::{Output, counted, print_out};
use crate::base::Sources;
use crate::host;
use clap::Args;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Formats `.pipe` files in place. Comments and line breaks stay; indentation and alignment follow one style.
#[derive(Args, Debug)]
pub(super) struct Fmt {
    /// Files or folders; `-` reads standard input and writes standard output
    #[arg(default_value = ".", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// Change nothing; fail if a file is not formatted
    #[arg(long)]
    check: bool,
}

impl Fmt {
    pub(super) fn run(&self, output: &Output) -> u8 {
        if self.paths.iter().any(|p| p.as_os_str() == "-") {
            return self.standard_input(output);
        }
        let mut changed = 0usize;
        let missing = self.paths.iter().filter(|p| !p.exists());
        let mut failed = missing.map(|p| output.fail(&format!("`{}` is not there", p.display()))).count() > 0;
        for path in self.paths.iter().flat_map(|p| pipe_files(p)) {
            match self.file(&path, output) {
                Some(true) => {
                    changed += 1;
                    output.say(&format!("{}{}", if self.check { "would format " } else { "formatted " }, path.display()));
                }
                Some(false) => {}
                None => failed = true,
            }
        }
        if self.check && changed > 0 {
            output.fail(&format!("{} not formatted; run `pipec fmt`", counted(changed, "file")));
        }
        if failed || (self.check && changed > 0) { ERRORS } else { 0 }
    }

    fn standard_input(&self, output: &Output) -> u8 {
        let mut text = String::new();
        if std::io::stdin().read_to_string(&mut text).is_err() {
            output.fail("standard input is not UTF-8 text");
            return ERRORS;
        }
        match formatted("standard input", &text, output) {
            Some(new) if self.check => u8::from(new != text),
            Some(new) => {
                print_out(&new);
                0
            }
            None => ERRORS,
        }
    }

    /// Whether the file was (or would be) changed; `None` when it could not be formatted.
    fn file(&self, path: &Path, output: &Output) -> Option<bool> {
        let text = match host::read_text(path) {
            Ok(text) => text,
            Err(message) => {
                output.fail(&message);
                return None;
            }
        };
        let new = formatted(&path.display().to_string(), &text, output)?;
        if new == text {
            return Some(false);
        }
        if !self.check
            && let Err(message) = host::write_file(path, new.as_bytes(), false)
        {
            output.fail(&message);
            return None;
        }
        Some(true)
    }
}

fn formatted(name: &str, text: &str, output: &Output) -> Option<String> {
    let mut sources = Sources::new();
    let name = crate::base::VPath::new(name).or_else(|_| crate::base::VPath::new("input.pipe")).ok()?;
    sources.add(name, text);
    match crate::fmt::format(text) {
        Ok(new) => Some(new),
        Err(diagnostics) => {
            output.diagnostics(&diagnostics, &sources);
            None
        }
    }
}

fn pipe_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() { vec![path.to_path_buf()] } else { host::pipe_files(path) }
}
