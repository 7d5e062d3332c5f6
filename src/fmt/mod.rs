//! The formatter: one layout for every file, keeping the author's line breaks, comments and SQL.

mod align;
mod atoms;
mod layout;
mod regions;

use crate::base::FileId;
use crate::diag::Diagnostics;
use crate::syntax;

/// Lays a file out: two blanks per block, one blank between words, columns of a block aligned, at most one empty line.
/// Formatting twice gives the same text as formatting once, and never changes the meaning.
///
/// # Errors
/// What is wrong with the file: only text that parses is formatted.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let file = FileId(0);
    let mut diagnostics = Diagnostics::new();
    let tree = syntax::parse(file, text, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let regions = regions::Regions::of(&tree);
    let rows = atoms::rows(text, &regions);
    let mut lines = layout::lay_out(&rows, &regions);
    align::align(&mut lines);
    Ok(align::print(&lines))
}
