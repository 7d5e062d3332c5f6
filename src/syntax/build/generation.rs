use super::Builder;
use super::names::unquoted;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{For, GenExpr, GenKind, GenOp};
use crate::syntax::explain;
use crate::syntax::parser::{self, Node, Rule};
use smol_str::SmolStr;
use std::iter::Peekable;

/// More operands than any condition has; keeps the tree shallow enough to walk and to drop.
const MAX_OPERANDS: usize = 200;

/// Reads what stands between `${` and `}`.
///
/// # Errors
/// When it is no generation expression.
pub(in crate::syntax) fn hole(text: &str, at: Span) -> Result<GenExpr, Diagnostic> {
    let depth = text.bytes().filter(|b| *b == b'(').count();
    if depth > crate::syntax::scan::MAX_DEPTH {
        return Err(Diagnostic::error(Code::TooDeep, at, "a `${…}` has too many brackets").label("this one"));
    }
    let failed = |failure: &parser::Failure| {
        let start = at.start as usize + failure.at.min(text.len());
        let message = explain::sentence(text, failure);
        Diagnostic::error(Code::BadHole, Span::new(at.file, start, (start + 1).min(at.end as usize).max(start)), message)
            .label("in this `${…}`")
            .help("a `${…}` holds a loop variable's field, a text, a number, or a call such as `lower(q.table)`")
    };
    let root = parser::parse(Rule::hole_expr, text).map_err(|f| failed(&f))?;
    let mut found = Vec::new();
    let mut builder = Builder::new(at.file, at.start as usize, &mut found);
    let expr = root.children().find(|n| n.rule() == Rule::gen_expr).and_then(|n| builder.gen_expr(n));
    let missing = || Diagnostic::error(Code::BadHole, at, "a `${…}` is empty").label("this one");
    match found.pop() {
        Some(problem) => Err(problem),
        None => expr.ok_or_else(missing),
    }
}

impl Builder<'_> {
    /// A loop whose body is made by `body`.
    pub(super) fn for_loop<T>(&mut self, node: Node<'_>, body: impl FnOnce(&mut Self, Node<'_>) -> Vec<T>) -> Option<For<T>> {
        let at = self.at(&node);
        let mut children = node.children().filter(|n| n.rule() != Rule::docs);
        let mut loop_ = self.for_head(children.next()?, at)?;
        loop_.body = children.next().map(|block| body(self, block)).unwrap_or_default();
        Some(loop_)
    }

    fn for_head<T>(&mut self, node: Node<'_>, at: Span) -> Option<For<T>> {
        let (mut variable, mut over, mut filter) = (None, None, None);
        let mut columns = Vec::new();
        for part in node.children() {
            match part.rule() {
                Rule::ident => variable = Some(SmolStr::new(part.text())),
                Rule::gen_expr => over = self.gen_expr(part),
                Rule::gen_where => {
                    let condition = part.children().find(|n| n.rule() == Rule::gen_expr);
                    filter = condition.and_then(|n| self.gen_expr(n));
                }
                Rule::group_by => columns.extend(part.children().filter(|n| n.rule() == Rule::ident).map(|n| SmolStr::new(n.text()))),
                _ => {}
            }
        }
        let mut columns = columns.into_iter();
        let group_by = columns.next();
        Some(For { variable: variable?, over: over?, group_by, group_more: columns.collect(), filter, body: Vec::new(), at })
    }

    /// Operands and operators to a tree: `or` binds least, then `and`, `not`, comparisons, `+`.
    pub(super) fn gen_expr(&mut self, node: Node<'_>) -> Option<GenExpr> {
        let at = self.at(&node);
        if node.clone().children().take(2 * MAX_OPERANDS + 1).count() > 2 * MAX_OPERANDS {
            let problem = Diagnostic::error(Code::TooDeep, at, format!("a condition has more than {MAX_OPERANDS} parts"));
            self.found.push(problem.label("this one"));
            return None;
        }
        self.gen_level(&mut node.children().peekable(), 0)
    }

    fn gen_level<'n>(&mut self, nodes: &mut Peekable<impl Iterator<Item = Node<'n>>>, level: u8) -> Option<GenExpr> {
        const NOT: u8 = 2;
        const OPERAND: u8 = 5;
        if level == OPERAND {
            return nodes.next().and_then(|n| self.gen_operand(n));
        }
        if level == NOT {
            return self.gen_not(nodes);
        }
        let mut left = self.gen_level(nodes, level + 1)?;
        while let Some(op) = nodes.peek().and_then(gen_op).filter(|op| binds(*op) == level) {
            nodes.next();
            let right = self.gen_level(nodes, level + 1)?;
            let at = left.at.to(right.at);
            left = GenExpr { kind: GenKind::Binary(op, Box::new(left), Box::new(right)), at };
        }
        Some(left)
    }

    fn gen_not<'n>(&mut self, nodes: &mut Peekable<impl Iterator<Item = Node<'n>>>) -> Option<GenExpr> {
        let mut from = None;
        let mut negated = false;
        while let Some(not) = nodes.next_if(|n| n.rule() == Rule::gen_not) {
            from = from.or(Some(self.at(&not)));
            negated = !negated;
        }
        let inner = self.gen_level(nodes, 3)?;
        Some(match from {
            Some(from) if negated => GenExpr { at: from.to(inner.at), kind: GenKind::Not(Box::new(inner)) },
            _ => inner,
        })
    }

    fn gen_operand(&mut self, node: Node<'_>) -> Option<GenExpr> {
        let at = self.at(&node);
        let text = node.text();
        let kind = match node.rule() {
            Rule::gen_group => {
                let inner = node.children().find(|n| n.rule() == Rule::gen_expr)?;
                return self.gen_expr(inner);
            }
            Rule::gen_call => {
                let mut children = node.children();
                let name = SmolStr::new(children.next()?.text());
                let (said, args): (Vec<_>, Vec<_>) = children.partition(|n| n.rule() == Rule::gen_said);
                let said = said.first().map(|n| SmolStr::new(n.text().trim_start_matches('@')));
                GenKind::Call(name, args.into_iter().filter_map(|n| self.gen_expr(n)).collect(), said)
            }
            Rule::gen_bool => GenKind::Bool(text == "true"),
            Rule::gen_path => GenKind::Path(text.split('.').take(MAX_OPERANDS).map(SmolStr::new).collect()),
            Rule::gen_number => GenKind::Number(SmolStr::new(text)),
            Rule::sql_text => GenKind::Text(SmolStr::new(text.trim_matches('\''))),
            _ => GenKind::Text(plain_text(text)),
        };
        Some(GenExpr { kind, at })
    }
}

/// A text of the generation language: escapes, but no holes.
fn plain_text(text: &str) -> SmolStr {
    let inner = unquoted(text).unwrap_or("");
    if !inner.contains('\\') {
        return SmolStr::new(inner);
    }
    let mut chars = inner.chars();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    SmolStr::new(out)
}

fn gen_op(node: &Node<'_>) -> Option<GenOp> {
    if node.rule() != Rule::gen_op {
        return None;
    }
    Some(match node.text() {
        "==" => GenOp::Eq,
        "!=" => GenOp::Ne,
        "<" => GenOp::Lt,
        "<=" => GenOp::Le,
        ">" => GenOp::Gt,
        ">=" => GenOp::Ge,
        "+" => GenOp::Add,
        "and" => GenOp::And,
        "or" => GenOp::Or,
        _ => GenOp::In,
    })
}

fn binds(op: GenOp) -> u8 {
    match op {
        GenOp::Or => 0,
        GenOp::And => 1,
        GenOp::Add => 4,
        _ => 3,
    }
}
