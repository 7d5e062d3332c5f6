//! Terraform: buckets that are private, encrypted, versioned, logged and emptied in time, and the IAM policies of who reads and writes them.

mod bucket;
mod hcl;
mod logs;
mod policy;
mod settings;

#[cfg(test)]
mod tests;

use super::aws::{AWS, Access};
use super::{Backend, FileTree, text};
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::Program;
use ::hcl::structure::Body;

/// The back end.
pub(super) struct Terraform;

impl Backend for Terraform {
    fn id(&self) -> &'static str {
        "terraform"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        if program.buckets.is_empty() || !program.project.clouds.iter().any(|c| *c.provider == *AWS) {
            return;
        }
        let names = Names::new(program);
        let access = Access::of(program);
        let at = program.project.at;
        let mut write = |name: &str, says: &str, text: String| {
            let header = text::comment("#", &text::header(says, &text::whole_project(program)));
            text::put(out, diagnostics, &format!("terraform/{name}.tf"), at, format!("{header}\n{text}"));
        };
        write("logs", "Who asked the buckets for what. It holds no data of the platform.", logs::print(&names));
        let mut file = |name: &str, says: &str, body: Body| write(name, says, hcl::print(&body));
        file("versions", "What runs this, and where.", settings::versions(program));
        file("variables", "What only the account knows.", settings::variables(program));
        for (index, bucket) in (0u32..).zip(&program.buckets) {
            let guard = access.buckets.get(index as usize).map(|b| &b.policy);
            file(&format!("bucket_{}", names.bucket(index)), &bucket.doc, bucket::body(&names, index, bucket, guard));
        }
        file("access", "Who reads and who writes, as IAM policies.", policy::body(&names, &access));
        file("outputs", "What others need to know.", settings::outputs(program, &names, &access));
    }
}

/// Names of resources: letters, digits and `_`.
struct Names<'p> {
    program: &'p Program,
    buckets: Vec<String>,
}

impl<'p> Names<'p> {
    fn new(program: &'p Program) -> Self {
        let mut stems = text::Stems::default();
        stems.claim("logs");
        Names { program, buckets: program.buckets.iter().map(|b| identifier(&stems.claim(b.name.as_str()))).collect() }
    }

    fn bucket(&self, index: u32) -> &str {
        self.buckets.get(index as usize).map_or("", String::as_str)
    }
}

/// A name Terraform takes: it may not begin with a digit.
fn identifier(stem: &str) -> String {
    if stem.starts_with(|c: char| c.is_ascii_digit()) { format!("_{stem}") } else { stem.to_owned() }
}
