use super::Builder;
use super::model::Block;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Assert, AssertKind, Clause, ClauseKind, SelectEntry, Sentence, Snippet, Word, WordKind};
use crate::syntax::parser::{Node, Rule};
use smol_str::SmolStr;

impl Builder<'_> {
    /// The block of a model or of a part of one.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        let mut block = Block::default();
        block.body.at = self.at(&node);
        for entry in node.children() {
            match entry.rule() {
                Rule::docs => {}
                Rule::broken => self.broken(&entry, Rule::body),
                Rule::masked_column => {
                    let rule = entry.children().find(|n| n.rule() == Rule::mask_rule);
                    block.rules.extend(rule.and_then(|n| self.mask_rule(n)));
                }
                Rule::sql_clause => {
                    let at = self.at(&entry);
                    let text = entry.children().find(|n| n.rule() == Rule::raw).map(|n| self.raw(&n));
                    if block.sql.is_some() {
                        let problem = Diagnostic::error(Code::Syntax, at, "a model has one `sql` text");
                        self.found.push(problem.label("the second one"));
                    } else {
                        block.sql = text;
                    }
                }
                _ => {
                    let at = self.trimmed(&entry);
                    block.body.clauses.extend(self.clause(entry).map(|kind| Clause { kind, at }));
                }
            }
        }
        block
    }

    fn clause(&mut self, node: Node<'_>) -> Option<ClauseKind> {
        Some(match node.rule() {
            Rule::let_clause => return self.let_clause(node),
            Rule::from_clause => ClauseKind::From(self.expr(node)?),
            Rule::join_clause => ClauseKind::Join(self.expr(node)?),
            Rule::unnest_clause => ClauseKind::Unnest(self.expr(node)?),
            Rule::where_clause => ClauseKind::Where(self.expr(node)?),
            Rule::group_clause => ClauseKind::GroupBy(self.expr(node)?),
            Rule::having_clause => ClauseKind::Having(self.expr(node)?),
            Rule::qualify_clause => ClauseKind::Qualify(self.expr(node)?),
            Rule::distinct_on => ClauseKind::DistinctOn(self.expr(node)?),
            Rule::order_clause => ClauseKind::OrderBy(self.expr(node)?),
            Rule::limit_clause => ClauseKind::Limit(self.expr(node)?),
            Rule::select_clause => {
                let distinct = node.clone().children().any(|n| n.rule() == Rule::kw_distinct);
                let block = node.children().find(|n| n.rule() == Rule::select_block)?;
                ClauseKind::Select { distinct, entries: self.select_block(block) }
            }
            Rule::set_operation => return self.set_operation(node),
            Rule::pivot_clause => ClauseKind::Pivot(self.inner_sentence(node)?),
            Rule::setting => ClauseKind::Setting(self.inner_sentence(node)?),
            Rule::assert_clause => ClauseKind::Assert(self.assert(node)?),
            Rule::columns_clause => {
                let mut columns = Vec::new();
                for block in node.children().filter(|n| n.rule() == Rule::fields_block) {
                    self.columns(block, &mut columns, &mut Vec::new());
                }
                ClauseKind::Columns(columns)
            }
            Rule::drop_clause => ClauseKind::Drop(node.children().find(|n| n.rule() == Rule::names).map(|n| self.names(n))?),
            _ => return None,
        })
    }

    fn expr(&self, node: Node<'_>) -> Option<Snippet> {
        node.children().find(|n| n.rule() == Rule::expr).map(|n| self.snippet(&n))
    }

    fn inner_sentence(&mut self, node: Node<'_>) -> Option<Sentence> {
        node.children().find(|n| n.rule() == Rule::sentence).map(|n| self.sentence(n))
    }

    fn let_clause(&mut self, node: Node<'_>) -> Option<ClauseKind> {
        let (mut name, mut text, mut body) = (None, None, None);
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::raw => text = Some(self.raw(&child)),
                Rule::body => body = Some(self.block(child)),
                _ => {}
            }
        }
        let name = name?;
        if let Some(text) = text {
            return Some(ClauseKind::LetSql { name, text });
        }
        let block = body?;
        match block.sql {
            Some(text) if block.body.clauses.is_empty() => Some(ClauseKind::LetSql { name, text }),
            Some(text) => {
                let problem = Diagnostic::error(Code::Syntax, text.at, "a `sql` text stands alone in its `let`").label("this text");
                self.found.push(problem.help("the text is the whole query: move the other clauses into it"));
                None
            }
            None => Some(ClauseKind::Let { name, body: Box::new(block.body) }),
        }
    }

    fn set_operation(&mut self, node: Node<'_>) -> Option<ClauseKind> {
        let (mut operator, mut all, mut body) = (None, false, None);
        for child in node.children() {
            match child.rule() {
                Rule::set_operator => operator = Some(SmolStr::new(child.text())),
                Rule::kw_all => all = true,
                Rule::body => body = Some(Box::new(self.rest(child))),
                _ => {}
            }
        }
        Some(ClauseKind::SetOperation { operator: operator?, all, body: body? })
    }

    fn select_block(&mut self, block: Node<'_>) -> Vec<SelectEntry> {
        let mut entries = Vec::new();
        for entry in block.children() {
            match entry.rule() {
                Rule::select_column => entries.extend(self.select_column(entry)),
                Rule::for_columns => {
                    entries.extend(self.for_loop(entry, |builder, block| builder.select_block(block)).map(SelectEntry::For));
                }
                Rule::broken => self.broken(&entry, Rule::select_block),
                _ => {}
            }
        }
        entries
    }

    fn select_column(&mut self, node: Node<'_>) -> Option<SelectEntry> {
        let (mut doc, mut name, mut expr) = (None, None, None);
        let mut annotations = Vec::new();
        let mut at = self.trimmed(&node);
        for child in node.children() {
            match child.rule() {
                Rule::docs => {
                    doc = Some(self.docs(child.clone()));
                    at.start = self.at(&child).end;
                }
                Rule::part => {
                    at.start = self.at(&child).start;
                    name = Some(self.part(&child));
                }
                Rule::entry_expr => {
                    let snippet = self.snippet(&child);
                    if name.is_none() {
                        at.start = snippet.at.start;
                    }
                    expr = Some(snippet);
                }
                Rule::annotation => annotations.push(self.annotation(&child)),
                _ => {}
            }
        }
        Some(SelectEntry::Column { doc, name, expr: expr?, annotations, at })
    }

    fn assert(&mut self, node: Node<'_>) -> Option<Assert> {
        let at = self.trimmed(&node);
        let (mut name, mut what, mut tail) = (None, None, Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::text => name = Some(self.text(&child)),
                Rule::raw => what = Some(AssertKind::Sql(self.raw(&child))),
                Rule::assert_expr => what = Some(AssertKind::That(self.snippet(&child))),
                Rule::call => {
                    if let Some(Word { kind: WordKind::Call { name, args }, .. }) = self.word(child) {
                        what = Some(AssertKind::Call { name, args });
                    }
                }
                Rule::assert_infix => what = self.assert_infix(child),
                Rule::words => tail = self.words(child.children()),
                _ => {}
            }
        }
        Some(Assert { name, what: what?, tail, at })
    }

    /// `a between 0 and 9` is `between(a, 0, 9)`.
    fn assert_infix(&mut self, node: Node<'_>) -> Option<AssertKind> {
        let mut verb = None;
        let mut args = Vec::new();
        for child in node.children() {
            match child.rule() {
                Rule::assert_verb | Rule::assert_bare => verb = Some(SmolStr::new(child.text())),
                _ => args.extend(self.word(child).map(|word| vec![word])),
            }
        }
        Some(AssertKind::Call { name: verb?, args })
    }
}
