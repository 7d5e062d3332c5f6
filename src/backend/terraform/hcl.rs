//! Terraform text from hcl-rs structures, laid out as `terraform fmt` would: `=` aligned in runs of one-line attributes.

use hcl::expr::{Expression, ForExpr, Object, ObjectKey, Operation, TemplateExpr, Traversal, TraversalOperator};
use hcl::structure::{Block, BlockLabel, Body, Structure};

/// Text between quotes that Terraform reads as exactly `text`: its own escapes, and no `${` or `%{` that it would evaluate.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut rest = text.chars().peekable();
    let mut after: Option<char> = None;
    while let Some(c) = rest.next() {
        match c {
            // Of several before a `{` none stands as itself: two would be an escape.
            '$' | '%' if rest.clone().find(|n| *n != c) == Some('{') && (after == Some(c) || rest.peek() == Some(&c)) => {
                out.push_str(&format!("${{\"{c}\"}}"))
            }
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
        after = Some(c);
    }
    out
}

/// A whole file.
pub(super) fn print(body: &Body) -> String {
    let mut out = String::new();
    write_body(&mut out, body, 0);
    out
}

fn write_body(out: &mut String, body: &Body, depth: usize) {
    let mut run: Vec<(String, String)> = Vec::new();
    let (mut before, mut after_block) = (false, false);
    for structure in &body.0 {
        match structure {
            Structure::Attribute(attribute) => {
                if std::mem::take(&mut after_block) {
                    out.push('\n');
                }
                let value = expression(&attribute.expr, depth);
                // A text over several lines is aligned like one of one line.
                if value.contains('\n') && !value.starts_with("<<") {
                    aligned(out, &mut run, depth);
                    out.push_str(&format!("{}{} = {value}\n", indent(depth), attribute.key()));
                } else {
                    run.push((attribute.key().to_owned(), value));
                }
            }
            Structure::Block(block) => {
                aligned(out, &mut run, depth);
                if before {
                    out.push('\n');
                }
                write_block(out, block, depth);
                after_block = true;
            }
        }
        before = true;
    }
    aligned(out, &mut run, depth);
}

fn write_block(out: &mut String, block: &Block, depth: usize) {
    out.push_str(&indent(depth));
    out.push_str(block.identifier());
    for label in block.labels() {
        match label {
            BlockLabel::Identifier(name) => out.push_str(&format!(" {}", name.as_str())),
            BlockLabel::String(text) => out.push_str(&format!(" \"{}\"", escape(text))),
        }
    }
    if block.body.0.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    write_body(out, &block.body, depth + 1);
    out.push_str(&format!("{}}}\n", indent(depth)));
}

/// Writes the one-line attributes gathered so far, their `=` in one column.
fn aligned(out: &mut String, run: &mut Vec<(String, String)>, depth: usize) {
    let width = run.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    for (key, value) in run.drain(..) {
        out.push_str(&format!("{}{key:width$} = {value}\n", indent(depth)));
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn expression(expr: &Expression, depth: usize) -> String {
    match expr {
        Expression::String(text) => format!("\"{}\"", escape(text)),
        // Built by `template` below: literal parts are escaped already.
        Expression::TemplateExpr(template) => match &**template {
            TemplateExpr::QuotedString(raw) => format!("\"{raw}\""),
            TemplateExpr::Heredoc(text) => {
                let (sign, word) = (text.strip.as_str(), text.delimiter.as_str());
                format!("{sign}{word}\n{}{word}", text.template)
            }
        },
        Expression::Array(items) => array(items, depth),
        Expression::Object(object) => {
            let mut out = String::from("{\n");
            let mut run = Vec::new();
            for (key, value) in object.iter() {
                let key = match key {
                    ObjectKey::Identifier(name) => name.as_str().to_owned(),
                    ObjectKey::Expression(key) => expression(key, depth + 1),
                    _ => continue,
                };
                let value = expression(value, depth + 1);
                if value.contains('\n') {
                    aligned(&mut out, &mut run, depth + 1);
                    out.push_str(&format!("{}{key} = {value}\n", indent(depth + 1)));
                } else {
                    run.push((key, value));
                }
            }
            aligned(&mut out, &mut run, depth + 1);
            out.push_str(&format!("{}}}", indent(depth)));
            if object.is_empty() { "{}".to_owned() } else { out }
        }
        Expression::FuncCall(call) => {
            let args: Vec<String> = call.args.iter().map(|a| expression(a, depth)).collect();
            format!("{}({})", call.name.name.as_str(), args.join(", "))
        }
        Expression::Traversal(traversal) => path(traversal, depth),
        Expression::Conditional(c) => {
            format!("{} ? {} : {}", expression(&c.cond_expr, depth), expression(&c.true_expr, depth), expression(&c.false_expr, depth))
        }
        Expression::Operation(operation) => operated(operation, depth),
        Expression::Parenthesis(inner) => format!("({})", expression(inner, depth)),
        Expression::ForExpr(each) => for_each(each, depth),
        Expression::Variable(variable) => variable.as_str().to_owned(),
        other => hcl::format::to_string(other).unwrap_or_default(),
    }
}

fn operated(operation: &Operation, depth: usize) -> String {
    match operation {
        Operation::Unary(op) => format!("{}{}", op.operator.as_str(), expression(&op.expr, depth)),
        Operation::Binary(op) => {
            format!("{} {} {}", expression(&op.lhs_expr, depth), op.operator.as_str(), expression(&op.rhs_expr, depth))
        }
    }
}

/// `[for text in texts : upper(text) if text != ""]`
fn for_each(each: &ForExpr, depth: usize) -> String {
    let key = each.key_var.as_ref().map_or(String::new(), |k| format!("{}, ", k.as_str()));
    let over = expression(&each.collection_expr, depth);
    let mut inner = format!("for {key}{} in {over} : ", each.value_var.as_str());
    if let Some(key) = &each.key_expr {
        inner.push_str(&format!("{} => ", expression(key, depth)));
    }
    inner.push_str(&expression(&each.value_expr, depth));
    if each.grouping {
        inner.push_str("...");
    }
    if let Some(condition) = &each.cond_expr {
        inner.push_str(&format!(" if {}", expression(condition, depth)));
    }
    if each.key_expr.is_some() { format!("{{ {inner} }}") } else { format!("[{inner}]") }
}

fn array(items: &[Expression], depth: usize) -> String {
    let flat: Vec<String> = items.iter().map(|i| expression(i, depth)).collect();
    let one_line = format!("[{}]", flat.join(", "));
    if !one_line.contains('\n') && one_line.chars().count() <= 100 {
        return one_line;
    }
    let mut out = String::from("[\n");
    for item in items {
        out.push_str(&format!("{}{},\n", indent(depth + 1), expression(item, depth + 1)));
    }
    out.push_str(&format!("{}]", indent(depth)));
    out
}

fn path(traversal: &Traversal, depth: usize) -> String {
    let mut out = expression(&traversal.expr, depth);
    for operator in &traversal.operators {
        match operator {
            TraversalOperator::GetAttr(name) => out.push_str(&format!(".{}", name.as_str())),
            TraversalOperator::FullSplat => out.push_str("[*]"),
            TraversalOperator::AttrSplat => out.push_str(".*"),
            TraversalOperator::Index(index) => out.push_str(&format!("[{}]", expression(index, depth))),
            TraversalOperator::LegacyIndex(index) => out.push_str(&format!(".{index}")),
        }
    }
    out
}

/// `a.b[0].c` as an expression; the words are ours.
pub(super) fn reference(words: &str) -> Expression {
    let mut parts = words.split('.');
    let first = hcl::expr::Variable::unchecked(parts.next().unwrap_or(""));
    let operators = parts.map(|part| {
        let (name, inside) = part.split_once('[').unwrap_or((part, ""));
        let mut operators = vec![TraversalOperator::GetAttr(hcl::Identifier::unchecked(name))];
        operators.extend(match inside.strip_suffix(']') {
            Some("*") => Some(TraversalOperator::FullSplat),
            Some(index) => Some(TraversalOperator::Index(index.parse::<u32>().map_or_else(|_| reference(index), Expression::from))),
            None => None,
        });
        operators
    });
    let operators: Vec<TraversalOperator> = operators.flatten().collect();
    if operators.is_empty() { first.into() } else { Traversal::new(first, operators).into() }
}

/// An object; keys that are words stand bare.
pub(super) fn object<'k>(entries: impl IntoIterator<Item = (&'k str, Expression)>) -> Expression {
    let is_word = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !key.starts_with(|c: char| c.is_ascii_digit());
    let key = |key: &str| {
        if is_word(key) { ObjectKey::Identifier(hcl::Identifier::unchecked(key)) } else { ObjectKey::Expression(Expression::from(key)) }
    };
    Expression::Object(entries.into_iter().map(|(k, v)| (key(k), v)).collect::<Object<ObjectKey, Expression>>())
}

/// A string of parts: `${reference}` and literal text.
pub(super) fn template(parts: &[Part<'_>]) -> Expression {
    let mut raw = String::new();
    for part in parts {
        match part {
            Part::Text(text) => raw.push_str(&escape(text)),
            Part::Reference(words) => raw.push_str(&format!("${{{words}}}")),
        }
    }
    TemplateExpr::QuotedString(raw).into()
}

/// A part of a [`template`].
pub(super) enum Part<'t> {
    Text(&'t str),
    /// `a.b.c`, evaluated.
    Reference(&'t str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use hcl::eval::{Context, Evaluate};
    use proptest::prelude::*;

    fn read_back(text: &str) -> String {
        let printed = print(&Body::builder().add_attribute(("a", text)).build());
        let body = hcl::parse(&printed).unwrap();
        let value = body.attributes().next().unwrap().expr.evaluate(&Context::new()).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn what_terraform_would_evaluate_is_escaped() {
        assert_eq!(escape("${a}"), "$${a}");
        assert_eq!(escape("%{if}"), "%%{if}");
        assert_eq!(escape("$${a}"), "${\"$\"}${\"$\"}{a}");
        assert_eq!(read_back("$${"), "$${");
        assert_eq!(escape("5$ and 5%"), "5$ and 5%");
        assert_eq!(escape("a\"\\\n"), "a\\\"\\\\\\n");
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text in r#"([${}%"\\ a\n]|\PC){0,12}"#) {
            prop_assert_eq!(read_back(&text), text);
        }
    }
}
