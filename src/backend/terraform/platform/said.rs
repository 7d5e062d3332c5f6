//! What an expression of Terraform's says: what it refers to, which texts stand in it, which functions it calls. Templates are read like everything
//! else, so that blanks, comments and escapes hide nothing.

use ::hcl::expr::{Expression, ObjectKey, Operation, TemplateExpr, Traversal, TraversalOperator};
use ::hcl::template::{Directive, Element, Template};
use std::collections::BTreeMap;

/// What stands in place of what is only known when Terraform runs.
pub(super) const OPEN: char = '\u{0}';

/// What an expression says.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// `aws_s3_bucket.files.id`, in parts.
    pub(super) references: Vec<Vec<String>>,
    /// Texts, with [`OPEN`] for what is computed.
    pub(super) texts: Vec<String>,
    /// Functions.
    pub(super) calls: Vec<String>,
    /// Whether a template cannot be read.
    pub(super) unreadable: bool,
}

/// Locals, by name.
pub(super) type Locals = BTreeMap<String, Expression>;

/// Reads an expression.
pub(super) fn read(expr: &Expression, locals: &Locals) -> Said {
    let mut said = Said::default();
    said.expr(expr, locals);
    said
}

impl Said {
    fn expr(&mut self, expr: &Expression, locals: &Locals) {
        match expr {
            Expression::String(text) => self.texts.push(text.clone()),
            Expression::Array(items) => items.iter().for_each(|i| self.expr(i, locals)),
            Expression::Object(object) => {
                for (key, value) in object.iter() {
                    match key {
                        ObjectKey::Expression(key) => self.expr(key, locals),
                        _ => self.texts.push(key.to_string()),
                    }
                    self.expr(value, locals);
                }
            }
            Expression::TemplateExpr(template) => self.template(template, locals),
            Expression::Variable(name) => self.references.push(vec![name.as_str().to_owned()]),
            Expression::Traversal(traversal) => self.traversal(traversal, locals),
            Expression::FuncCall(call) => {
                self.calls.push(call.name.to_string());
                call.args.iter().for_each(|a| self.expr(a, locals));
                self.texts.extend(constant(expr, locals, 0));
            }
            Expression::Parenthesis(inner) => self.expr(inner, locals),
            Expression::Conditional(c) => [&c.cond_expr, &c.true_expr, &c.false_expr].into_iter().for_each(|e| self.expr(e, locals)),
            Expression::Operation(operation) => match &**operation {
                Operation::Unary(op) => self.expr(&op.expr, locals),
                Operation::Binary(op) => [&op.lhs_expr, &op.rhs_expr].into_iter().for_each(|e| self.expr(e, locals)),
            },
            Expression::ForExpr(f) => {
                let all = [Some(&f.collection_expr), f.key_expr.as_ref(), Some(&f.value_expr), f.cond_expr.as_ref()];
                all.into_iter().flatten().for_each(|e| self.expr(e, locals));
            }
            _ => {}
        }
    }

    fn traversal(&mut self, traversal: &Traversal, locals: &Locals) {
        let mut path = Vec::new();
        match &traversal.expr {
            Expression::Variable(name) => path.push(name.as_str().to_owned()),
            other => self.expr(other, locals),
        }
        for operator in &traversal.operators {
            match operator {
                TraversalOperator::GetAttr(name) => path.push(name.as_str().to_owned()),
                TraversalOperator::Index(index) => {
                    match index {
                        // `x["a"]` is `x.a`.
                        Expression::String(text) => path.push(text.clone()),
                        _ => path.push(OPEN.to_string()),
                    }
                    self.expr(index, locals);
                }
                TraversalOperator::LegacyIndex(_) => path.push(OPEN.to_string()),
                TraversalOperator::AttrSplat | TraversalOperator::FullSplat => {}
            }
        }
        if !matches!(&traversal.expr, Expression::Variable(_)) {
            return;
        }
        self.references.push(path);
    }

    fn template(&mut self, template: &TemplateExpr, locals: &Locals) {
        match Template::from_expr(template) {
            Ok(parsed) => {
                self.texts.push(folded(&parsed, locals, 0));
                self.elements(&parsed, locals);
            }
            Err(_) => self.unreadable = true,
        }
    }

    fn elements(&mut self, template: &Template, locals: &Locals) {
        for element in template.elements() {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(inner) => self.expr(&inner.expr, locals),
                Element::Directive(directive) => match &**directive {
                    Directive::If(d) => {
                        self.expr(&d.cond_expr, locals);
                        std::iter::once(&d.true_template).chain(&d.false_template).for_each(|t| self.inner(t, locals));
                    }
                    Directive::For(d) => {
                        self.expr(&d.collection_expr, locals);
                        self.inner(&d.template, locals);
                    }
                },
            }
        }
    }

    fn inner(&mut self, template: &Template, locals: &Locals) {
        self.texts.push(folded(template, locals, 0));
        self.elements(template, locals);
    }
}

/// How deep locals are followed.
const DEPTH: u32 = 32;

/// The text that a template is, with [`OPEN`] for what is not known.
fn folded(template: &Template, locals: &Locals, depth: u32) -> String {
    let one = |element: &Element| match element {
        Element::Literal(text) => unescaped(text),
        Element::Interpolation(inner) => constant(&inner.expr, locals, depth + 1).unwrap_or_else(|| OPEN.to_string()),
        Element::Directive(_) => OPEN.to_string(),
    };
    template.elements().iter().map(one).collect()
}

/// The text that an expression is, where that can be told; parts of it may be [`OPEN`].
pub(super) fn constant(expr: &Expression, locals: &Locals, depth: u32) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    let again = |e: &Expression| constant(e, locals, depth + 1);
    match expr {
        Expression::String(text) => Some(text.clone()),
        Expression::Number(number) => Some(number.to_string()),
        Expression::Parenthesis(inner) => again(inner),
        Expression::TemplateExpr(template) => Some(folded(&Template::from_expr(template).ok()?, locals, depth)),
        Expression::Traversal(traversal) => match (&traversal.expr, traversal.operators.as_slice()) {
            (Expression::Variable(root), [TraversalOperator::GetAttr(name)]) if root.as_str() == "local" => {
                again(locals.get(name.as_str())?)
            }
            _ => None,
        },
        Expression::FuncCall(call) => match (call.name.to_string().as_str(), call.args.as_slice()) {
            ("lower" | "trimspace" | "tostring", [one]) => again(one).map(|t| t.trim().to_lowercase()),
            ("join", [between, Expression::Array(parts)]) => {
                let parts: Option<Vec<String>> = parts.iter().map(again).collect();
                Some(parts?.join(&again(between)?))
            }
            ("format", [first, rest @ ..]) => {
                let mut text = again(first)?;
                for part in rest {
                    text = text.replacen("%s", &again(part).unwrap_or_else(|| OPEN.to_string()), 1);
                }
                Some(text)
            }
            _ => None,
        },
        _ => None,
    }
}

/// `\u0064` is `d` between quotes.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let digits = |from: &str, n: usize| from.get(1..=n).and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
        let found = match after.chars().next() {
            Some('u') => digits(after, 4).map(|c| (c, 5)),
            Some('U') => digits(after, 8).map(|c| (c, 9)),
            _ => None,
        };
        let (c, length) = found.unwrap_or(('\\', 0));
        out.push(c);
        rest = after.get(length..).unwrap_or("");
    }
    out + rest
}
