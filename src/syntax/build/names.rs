use super::{Builder, hole};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Name, NamePart, Template, TemplatePart};
use crate::syntax::parser::{Node, Rule};
use smol_str::SmolStr;

/// More parts than any name has.
const MAX_PARTS: usize = 16;

impl Builder<'_> {
    pub(super) fn name(&mut self, node: &Node<'_>) -> Name {
        let mut parts = Vec::with_capacity(1);
        let mut start = 0;
        for piece in split_dots(node.text()) {
            if parts.len() == MAX_PARTS {
                let problem = Diagnostic::error(Code::TooDeep, self.at(node), format!("a name has more than {MAX_PARTS} parts"));
                self.found.push(problem.label("this name"));
                break;
            }
            parts.push(self.part_of(piece, node.start() + start));
            start += piece.len() + 1;
        }
        Name { parts, at: self.at(node) }
    }

    pub(super) fn names(&mut self, node: Node<'_>) -> Vec<Name> {
        node.children().filter(|n| n.rule() == Rule::name).map(|n| self.name(&n)).collect()
    }

    pub(super) fn part(&mut self, node: &Node<'_>) -> NamePart {
        self.part_of(node.text(), node.start())
    }

    pub(super) fn part_of(&mut self, written: &str, start: usize) -> NamePart {
        let at = self.span(start, start + written.len());
        match unquoted(written) {
            Some(inner) => NamePart { text: self.template_at(inner, start + 1, true, at), quoted: true, at },
            None => NamePart { text: self.template_at(written, start, false, at), quoted: false, at },
        }
    }

    /// The content of `"…"` or `'…'`.
    pub(super) fn text(&mut self, node: &Node<'_>) -> Template {
        let at = self.at(node);
        match node.rule() {
            Rule::sql_text => {
                let inner = node.text().trim_matches('\'');
                self.template_at(inner, node.start() + 1, false, at)
            }
            _ => {
                let inner = unquoted(node.text()).unwrap_or("");
                self.template_at(inner, node.start() + 1, true, at)
            }
        }
    }

    /// Text with `${…}` holes; `start` is where it begins in the stretch, for holes' places.
    pub(super) fn template_at(&mut self, text: &str, start: usize, escapes: bool, whole: Span) -> Template {
        if !text.contains('$') && (!escapes || !text.contains('\\')) {
            return Template::Plain(SmolStr::new(text));
        }
        let mut parts = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("$${") {
                fixed.push_str("${");
                rest = after;
            } else if let Some((inside, after)) = rest.strip_prefix("${").and_then(split_hole) {
                if !fixed.is_empty() {
                    parts.push(TemplatePart::Text(SmolStr::new(std::mem::take(&mut fixed))));
                }
                let offset = start + (text.len() - rest.len()) + 2;
                match hole(inside, self.span(offset, offset + inside.len())) {
                    Ok(expr) => parts.push(TemplatePart::Hole(expr)),
                    Err(problem) => self.found.push(problem),
                }
                rest = after;
            } else {
                let mut chars = rest.chars();
                chars.next();
                fixed.push(match first {
                    '\\' if escapes => self.escape(&mut chars, whole),
                    other => other,
                });
                rest = chars.as_str();
            }
        }
        if parts.is_empty() {
            return Template::Plain(SmolStr::new(fixed));
        }
        if !fixed.is_empty() {
            parts.push(TemplatePart::Text(SmolStr::new(fixed)));
        }
        Template::Mixed(parts.into())
    }

    fn escape(&mut self, chars: &mut std::str::Chars<'_>, whole: Span) -> char {
        match chars.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some(c @ ('"' | '\\')) => c,
            other => {
                let written = other.map_or(String::new(), String::from);
                let problem = Diagnostic::error(Code::Syntax, whole, format!("`\\{written}` is no escape"));
                self.found
                    .push(problem.label("in this text").help("escapes are `\\\"`, `\\\\`, `\\n`, `\\t`; write `\\\\` for a backslash"));
                '\\'
            }
        }
    }
}

/// The inside of `"…"`.
pub(super) fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// The expression of a hole and what follows its brace; `text` starts behind `${`.
fn split_hole(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let end = text.char_indices().find(|(_, c)| match quote {
        Some(q) => {
            if *c == q {
                quote = None;
            }
            false
        }
        None => {
            if matches!(c, '"' | '\'') {
                quote = Some(*c);
            }
            *c == '}'
        }
    });
    let (inside, after) = text.split_at_checked(end?.0)?;
    Some((inside, after.get(1..)?))
}

/// The parts between dots; dots in quotes and holes divide nothing.
fn split_dots(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut in_hole = false;
    text.split(move |c| {
        match c {
            '"' if !in_hole => quoted = !quoted,
            '{' if !quoted => in_hole = true,
            '}' if !quoted => in_hole = false,
            _ => {}
        }
        c == '.' && !quoted && !in_hole
    })
}
