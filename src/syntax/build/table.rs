use super::Builder;
use crate::syntax::ast::{ColumnDecl, Name, Sentence, Source, Table, TypeDecl, TypeName};
use crate::syntax::parser::{Node, Rule};

impl Builder<'_> {
    pub(super) fn source(&mut self, node: Node<'_>) -> Option<Source> {
        let (mut name, mut head) = (None, Vec::new());
        let (mut settings, mut tables) = (Vec::new(), Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::words => head = self.words(child.children()),
                Rule::source_block => {
                    for entry in child.children() {
                        match entry.rule() {
                            Rule::table_entry => tables.extend(self.table(entry)),
                            Rule::source_setting => settings.push(self.sentence(entry)),
                            Rule::broken => self.broken(&entry, Rule::source_block),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(Source { name: name?, head, settings, tables })
    }

    /// A `table`, or an entry that holds one with its documentation.
    pub(super) fn table(&mut self, node: Node<'_>) -> Option<Table> {
        let mut at = self.at(&node);
        let mut doc = None;
        let mut inner = node;
        if inner.rule() == Rule::table_entry {
            let mut table = None;
            for child in inner.children() {
                match child.rule() {
                    Rule::docs => doc = Some(self.docs(child)),
                    _ => table = Some(child),
                }
            }
            inner = table?;
            at = self.at(&inner);
        }
        let (mut name, mut head) = (None, Vec::new());
        let (mut columns, mut settings) = (Vec::new(), Vec::new());
        for child in inner.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::words => head = self.words(child.children()),
                Rule::columns_block => self.columns(child, &mut columns, &mut settings),
                _ => {}
            }
        }
        Some(Table { doc, name: name?, head, columns, settings, at })
    }

    pub(super) fn type_decl(&mut self, node: Node<'_>) -> Option<TypeDecl> {
        let (mut name, mut fields) = (None, Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::fields_block => self.columns(child, &mut fields, &mut Vec::new()),
                _ => {}
            }
        }
        Some(TypeDecl { name: name?, fields })
    }

    pub(super) fn columns(&mut self, block: Node<'_>, columns: &mut Vec<ColumnDecl>, settings: &mut Vec<Sentence>) {
        for entry in block.children() {
            match entry.rule() {
                Rule::column => columns.extend(self.column(entry)),
                Rule::table_setting => settings.push(self.sentence(entry)),
                Rule::broken => self.broken(&entry, Rule::column),
                _ => {}
            }
        }
    }

    fn column(&mut self, node: Node<'_>) -> Option<ColumnDecl> {
        let (mut doc, mut name, mut ty) = (None, None, None);
        let (mut annotations, mut constraints) = (Vec::new(), Vec::new());
        let mut at = self.trimmed(&node);
        for child in node.children() {
            match child.rule() {
                Rule::docs => doc = Some(self.docs(child)),
                Rule::part => {
                    at.start = self.at(&child).start;
                    name = Some(self.part(&child));
                }
                Rule::type_name => ty = Some(self.type_name(&child)),
                Rule::annotation => annotations.push(self.annotation(&child)),
                _ => constraints.extend(self.word(child)),
            }
        }
        Some(ColumnDecl { doc, name: name?, ty: ty?, annotations, constraints, at })
    }

    pub(super) fn type_name(&mut self, node: &Node<'_>) -> TypeName {
        self.type_of(node.text(), node.start())
    }

    /// `base(numbers)<of>[]?`, each but the base optional, in this order.
    fn type_of(&mut self, written: &str, start: usize) -> TypeName {
        let at = self.span(start, start + written.len());
        let (rest, nullable) = written.strip_suffix('?').map_or((written, false), |r| (r, true));
        let (rest, array) = rest.strip_suffix("[]").map_or((rest, false), |r| (r, true));
        let (rest, of) = match rest.strip_suffix('>').and_then(|r| r.split_once('<')) {
            Some((base, inner)) => (base, Some(Box::new(self.type_of(inner, start + base.len() + 1)))),
            None => (rest, None),
        };
        let (base, numbers) = match rest.strip_suffix(')').and_then(|r| r.split_once('(')) {
            Some((base, list)) => (base, list.split(',').filter_map(|n| n.trim().parse().ok()).collect()),
            None => (rest, Vec::new()),
        };
        TypeName { name: self.type_base(base, start), numbers, of, array, nullable, at }
    }

    fn type_base(&mut self, base: &str, start: usize) -> Name {
        let at = self.span(start, start + base.len());
        let mut parts = Vec::new();
        if base.contains(' ') {
            let joined = base.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            parts.push(self.part_of(&joined, start));
        } else if base.contains("${") {
            parts.push(self.part_of(base, start));
        } else {
            let mut from = start;
            for part in base.split('.') {
                parts.push(self.part_of(part, from));
                from += part.len() + 1;
            }
        }
        Name { parts, at }
    }
}
