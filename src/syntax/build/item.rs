use super::Builder;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{
    AccessSentence, Item, ItemKind, MaskRule, Masking, Metric, MetricBody, Name, NamePart, Policy, Sentence, Snippet, Test, TestRows,
};
use crate::syntax::parser::{Node, Rule};

impl Builder<'_> {
    /// Adds a declaration to `items`, or sets the module's name.
    pub(super) fn item(&mut self, node: Node<'_>, module: &mut Option<Name>, items: &mut Vec<Item>) {
        let mut doc = None;
        for child in node.children() {
            match child.rule() {
                Rule::docs => doc = Some(self.docs(child)),
                Rule::module => self.module(child, module),
                Rule::EOI => {}
                _ => {
                    let at = self.trimmed(&child);
                    if let Some(kind) = self.declaration(child) {
                        items.push(Item { doc: doc.take(), kind, at });
                    }
                }
            }
        }
    }

    fn module(&mut self, node: Node<'_>, module: &mut Option<Name>) {
        let at = self.at(&node);
        let name = node.children().find(|n| n.rule() == Rule::name).map(|n| self.name(&n));
        if module.is_some() {
            let problem = Diagnostic::error(Code::Syntax, at, "a file has one `module` line");
            self.found.push(problem.label("the second one"));
        } else {
            *module = name;
        }
    }

    fn declaration(&mut self, node: Node<'_>) -> Option<ItemKind> {
        Some(match node.rule() {
            Rule::use_decl => ItemKind::Use(node.children().find(|n| n.rule() == Rule::name).map(|n| self.name(&n))?),
            Rule::for_items => ItemKind::For(self.for_loop(node, |builder, block| builder.items(block))?),
            Rule::source => ItemKind::Source(self.source(node)?),
            Rule::table => ItemKind::Table(self.table(node)?),
            Rule::type_decl => ItemKind::Type(self.type_decl(node)?),
            Rule::model => ItemKind::Model(Box::new(self.model(node)?)),
            Rule::metric => ItemKind::Metric(Box::new(self.metric(node)?)),
            Rule::masking => ItemKind::Masking(self.masking(node)?),
            Rule::function | Rule::table_function => ItemKind::Function(Box::new(self.function(node)?)),
            Rule::policy => ItemKind::Policy(Box::new(self.policy(node)?)),
            Rule::test => ItemKind::Test(Box::new(self.test(node)?)),
            Rule::terraform_raw => ItemKind::TerraformRaw(node.children().find(|n| n.rule() == Rule::raw).map(|n| self.raw(&n))?),
            Rule::sentence_item => {
                let sentence = node.children().find(|n| n.rule() == Rule::sentence)?;
                ItemKind::Sentence(self.sentence(sentence))
            }
            _ => return None,
        })
    }

    fn items(&mut self, block: Node<'_>) -> Vec<Item> {
        let mut items = Vec::new();
        for node in block.children() {
            match node.rule() {
                Rule::item => {
                    let mut module = None;
                    self.item(node, &mut module, &mut items);
                    if let Some(name) = module {
                        self.found.push(Diagnostic::error(Code::Syntax, name.at, "`module` cannot stand in a loop").label("here"));
                    }
                }
                Rule::broken => self.broken(&node, Rule::item),
                _ => {}
            }
        }
        items
    }

    fn masking(&mut self, node: Node<'_>) -> Option<Masking> {
        let (mut name, mut rules) = (None, Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::masking_block => {
                    for entry in child.children() {
                        match entry.rule() {
                            Rule::mask_rule => rules.extend(self.mask_rule(entry)),
                            Rule::broken => self.broken(&entry, Rule::mask_rule),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(Masking { name: name?, rules })
    }

    pub(super) fn mask_rule(&mut self, node: Node<'_>) -> Option<MaskRule> {
        let at = self.trimmed(&node);
        let (mut targets, mut mask, mut rename) = (Vec::new(), None, None);
        for child in node.children() {
            match child.rule() {
                Rule::targets => targets = child.children().map(|n| self.part(&n)).collect(),
                Rule::mask_expr => mask = Some(self.snippet(&child)),
                Rule::part => rename = Some(self.part(&child)),
                _ => {}
            }
        }
        Some(MaskRule { targets, mask: mask?, rename, at })
    }

    fn metric(&mut self, node: Node<'_>) -> Option<Metric> {
        let at = self.trimmed(&node);
        let (mut name, mut source, mut ratio) = (None, None, None);
        let (mut value, mut filter) = (None, None);
        let mut settings = Vec::new();
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::table_name => source = Some(self.name(&child)),
                Rule::ratio_expr => ratio = Some(self.snippet(&child)),
                Rule::words => settings.extend(self.words(child.children())),
                Rule::metric_block => {
                    for entry in child.children() {
                        match entry.rule() {
                            Rule::metric_value => self.once(entry, "value", &mut value),
                            Rule::where_clause => self.once(entry, "where", &mut filter),
                            Rule::words_entry => settings.extend(self.words(entry.children())),
                            Rule::broken => self.broken(&entry, Rule::metric_block),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let body = match (source, ratio) {
            (Some(source), _) => MetricBody::From { source, value, filter, settings },
            (None, ratio) => MetricBody::Ratio { expr: ratio?, settings },
        };
        Some(Metric { name: name?, body, at })
    }

    /// The expression of a metric's entry that counts once: a second one would take the place of the first without a word.
    fn once(&mut self, entry: Node<'_>, what: &str, place: &mut Option<Snippet>) {
        let at = self.at(&entry);
        let said = entry.children().find(|n| n.rule() == Rule::expr).map(|n| self.snippet(&n));
        if place.is_some() {
            let twice = Diagnostic::error(Code::Syntax, at, format!("`{what}` is said twice")).label("the second");
            self.found.push(twice.help(if what == "where" { "join the two with `and`" } else { "a metric has one value: leave one out" }));
        }
        *place = said.or(place.take());
    }

    fn policy(&mut self, node: Node<'_>) -> Option<Policy> {
        let (mut name, mut on, mut roles, mut filter) = (None, None, Vec::new(), None);
        for child in node.children() {
            match child.rule() {
                Rule::part => name = Some(self.part(&child)),
                Rule::table_name => on = Some(self.name(&child)),
                Rule::names => roles = self.names(child),
                Rule::expr => filter = Some(self.snippet(&child)),
                _ => {}
            }
        }
        Some(Policy { name: name?, on: on?, roles, filter: filter? })
    }

    fn test(&mut self, node: Node<'_>) -> Option<Test> {
        let (mut title, mut cases, mut access) = (None, Vec::new(), Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::text => title = Some(self.text(&child)),
                Rule::test_block => {
                    for entry in child.children() {
                        match entry.rule() {
                            Rule::rows => cases.extend(self.rows(entry)),
                            Rule::sentence => access.push(AccessSentence { words: self.sentence(entry), rows: None }),
                            Rule::asked_rows => access.extend(self.asked_rows(entry)),
                            Rule::broken => self.broken(&entry, Rule::test_block),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(Test { title: title?, cases, access })
    }

    fn asked_rows(&mut self, node: Node<'_>) -> Option<AccessSentence> {
        let at = self.trimmed(&node);
        let (mut words, mut rows) = (None, None);
        for child in node.children() {
            match child.rule() {
                // Messages are about the whole sentence, its condition too.
                Rule::asked_words => words = Some(Sentence { at, ..self.sentence(child) }),
                Rule::expr => rows = Some(self.snippet(&child)),
                _ => {}
            }
        }
        Some(AccessSentence { words: words?, rows })
    }

    fn rows(&mut self, node: Node<'_>) -> Option<TestRows> {
        let at = self.at(&node);
        let (mut expected, mut table, mut rows) = (false, None, Vec::new());
        for child in node.children() {
            match child.rule() {
                Rule::kw_expect => expected = true,
                Rule::table_name => table = Some(self.name(&child)),
                Rule::row_list => {
                    let each = child.children().filter(|n| n.rule() == Rule::row);
                    rows = each.map(|row| row.children().filter_map(|cell| self.cell(cell)).collect()).collect();
                }
                _ => {}
            }
        }
        Some(TestRows { expected, table: table?, rows, at })
    }

    fn cell(&mut self, node: Node<'_>) -> Option<(NamePart, Snippet)> {
        let mut children = node.children().filter(|n| n.rule() != Rule::colon);
        let name = children.next()?;
        let value = children.next()?;
        Some((self.part(&name), self.snippet(&value)))
    }
}
