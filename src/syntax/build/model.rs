use super::Builder;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Body, MaskRule, Model, ModelBody, ModelKind, RawText};
use crate::syntax::parser::{Node, Rule};

/// What a model's block holds: clauses, and what only some models may have.
#[derive(Default)]
pub(super) struct Block {
    pub(super) body: Body,
    pub(super) sql: Option<RawText>,
    pub(super) rules: Vec<MaskRule>,
}

impl Builder<'_> {
    pub(super) fn model(&mut self, node: Node<'_>) -> Option<Model> {
        let at = self.trimmed(&node);
        let (mut kind, mut name, mut layer, mut body) = (ModelKind::Model, None, None, None);
        let mut head = Vec::new();
        for child in node.children() {
            match child.rule() {
                Rule::model_kind => kind = model_kind(child.text()),
                Rule::part if name.is_none() => name = Some(self.part(&child)),
                Rule::part => layer = Some(self.part(&child)),
                Rule::head => head.extend(self.words(child.children())),
                Rule::body => {
                    let block = self.block(child);
                    self.no_rules(&block);
                    body = Some(match block.sql {
                        Some(text) => ModelBody::Sql { text, rest: block.body },
                        None => ModelBody::Clauses(block.body),
                    });
                }
                Rule::masked_of => body = self.masked_of(child),
                Rule::from_sql => body = self.sql_file(child),
                Rule::from_metrics => {
                    let mut metrics = Vec::new();
                    let mut rest = self.empty(at);
                    for part in child.children() {
                        match part.rule() {
                            Rule::names => metrics = self.names(part),
                            Rule::words => head.extend(self.words(part.children())),
                            Rule::body => rest = self.rest(part),
                            _ => {}
                        }
                    }
                    body = Some(ModelBody::Metrics { metrics, rest });
                }
                _ => {}
            }
        }
        Some(Model { kind, name: name?, layer, head, body: body?, at })
    }

    fn masked_of(&mut self, node: Node<'_>) -> Option<ModelBody> {
        let mut block = Block { body: self.empty(self.at(&node)), ..Block::default() };
        let (mut base, mut masking) = (None, None);
        for child in node.children() {
            match child.rule() {
                Rule::table_name => base = Some(self.name(&child)),
                Rule::name => masking = Some(self.name(&child)),
                Rule::body => block = self.block(child),
                _ => {}
            }
        }
        self.no_sql(&block);
        Some(ModelBody::Masked { base: base?, masking: masking?, rest: block.body, rules: block.rules })
    }

    fn sql_file(&mut self, node: Node<'_>) -> Option<ModelBody> {
        let mut rest = self.empty(self.at(&node));
        let mut path = None;
        for child in node.children() {
            match child.rule() {
                Rule::text => path = Some((self.text(&child), self.at(&child))),
                Rule::body => rest = self.rest(child),
                _ => {}
            }
        }
        let (path, at) = path?;
        Some(ModelBody::SqlFile { path, at, rest })
    }

    /// A body where neither mask rules nor `sql` texts belong.
    pub(super) fn rest(&mut self, node: Node<'_>) -> Body {
        let block = self.block(node);
        self.no_rules(&block);
        self.no_sql(&block);
        block.body
    }

    fn no_rules(&mut self, block: &Block) {
        if let Some(rule) = block.rules.first() {
            let problem = Diagnostic::error(Code::Syntax, rule.at, "a mask rule stands only in a masked model or a `masking`");
            self.found.push(problem.label("this rule").help("write `model x = y masked by m { … }`, or mask the column in `select`"));
        }
    }

    fn no_sql(&mut self, block: &Block) {
        if let Some(text) = &block.sql {
            let problem = Diagnostic::error(Code::Syntax, text.at, "a `sql` text cannot stand in this block");
            self.found.push(
                problem
                    .label("this text")
                    .help("a model's body is `{ sql \"\"\"…\"\"\" }`; inside a body, name it: `let x = sql \"\"\"…\"\"\"`"),
            );
        }
    }

    /// An empty body where no block was written: just behind what was.
    fn empty(&self, before: Span) -> Body {
        Body { clauses: Vec::new(), at: Span { start: before.end, ..before } }
    }
}

fn model_kind(word: &str) -> ModelKind {
    match word {
        "fact" => ModelKind::Fact,
        "query" => ModelKind::Query,
        _ => ModelKind::Model,
    }
}
