//! Parsed nodes to the typed tree, at once: nothing of the parser outlives this folder.

mod clause;
mod function;
mod generation;
mod item;
mod model;
mod names;
mod sentence;
mod table;

use super::ast::{Annotation, Doc, File, RawText, Snippet};
use super::explain;
use super::parser::{Node, Rule};
use crate::base::{FileId, Span};
use crate::diag::Diagnostic;

pub(super) use generation::hole;

/// Builds the tree of one stretch of a file and collects what is wrong with it.
pub(super) struct Builder<'f> {
    file: FileId,
    /// Where the parsed stretch starts in the file.
    base: usize,
    found: &'f mut Vec<Diagnostic>,
}

impl<'f> Builder<'f> {
    /// For a stretch that starts at `base`.
    pub(super) fn new(file: FileId, base: usize, found: &'f mut Vec<Diagnostic>) -> Self {
        Builder { file, base, found }
    }

    /// Adds the items of a stretch to the file.
    pub(super) fn file(&mut self, root: Node<'_>, file: &mut File) {
        for node in root.children() {
            match node.rule() {
                Rule::item => self.item(node, &mut file.module, &mut file.items),
                Rule::broken => self.broken(&node, Rule::item),
                _ => {}
            }
        }
    }

    /// Reports an entry nobody understands; `wanted` is what belongs there.
    fn broken(&mut self, node: &Node<'_>, wanted: Rule) {
        self.found.push(explain::broken(self.file, self.base + node.start(), node.text(), wanted));
    }

    fn at(&self, node: &Node<'_>) -> Span {
        self.span(node.start(), node.end())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end)
    }

    /// The node without the blanks, newlines and comments a rule may have eaten at its end.
    fn trimmed(&self, node: &Node<'_>) -> Span {
        let text = node.text();
        let lead = text.len() - text.trim_start().len();
        self.span(node.start() + lead, node.start() + lead + text.trim().len())
    }

    fn snippet(&self, node: &Node<'_>) -> Snippet {
        Snippet { at: self.trimmed(node) }
    }

    fn raw(&self, node: &Node<'_>) -> RawText {
        RawText { at: self.span(node.start() + 3, node.end().saturating_sub(3).max(node.start() + 3)) }
    }

    fn docs(&mut self, node: Node<'_>) -> Doc {
        let at = self.trimmed(&node);
        let mut text = String::new();
        let first = node.start();
        for (i, line) in node.children().enumerate() {
            let content = line.text().trim_start_matches("///").trim_end();
            if i > 0 {
                text.push('\n');
            }
            text.push_str(content.strip_prefix(' ').unwrap_or(content));
        }
        Doc { text: self.template_at(&text, first, false, at), at }
    }

    fn annotation(&mut self, node: &Node<'_>) -> Annotation {
        let name = node.text().trim_start_matches('@');
        Annotation { name: self.part_of(name, node.start() + 1), at: self.at(node) }
    }
}
