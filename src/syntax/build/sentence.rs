use super::Builder;
use crate::syntax::ast::{Sentence, Word, WordKind};
use crate::syntax::parser::{Node, Nodes, Rule};
use smol_str::SmolStr;

impl Builder<'_> {
    /// A `sentence`, or an entry that holds one with its documentation.
    pub(super) fn sentence(&mut self, node: Node<'_>) -> Sentence {
        let mut sentence = Sentence { doc: None, words: Vec::new(), block: None, at: self.trimmed(&node) };
        self.sentence_parts(node.children(), &mut sentence);
        // Most sentences are a word or two: the room that growing left over is a tenth of all memory.
        sentence.words.shrink_to_fit();
        sentence
    }

    fn sentence_parts(&mut self, nodes: Nodes<'_>, sentence: &mut Sentence) {
        for node in nodes {
            match node.rule() {
                Rule::docs => sentence.doc = Some(self.docs(node)),
                Rule::sentence => {
                    sentence.at = self.trimmed(&node);
                    self.sentence_parts(node.children(), sentence);
                }
                Rule::sentence_block => sentence.block = Some(self.sentence_block(node)),
                _ => sentence.words.extend(self.word(node)),
            }
        }
    }

    pub(super) fn sentence_block(&mut self, node: Node<'_>) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        for entry in node.children() {
            match entry.rule() {
                Rule::sentence_entry => sentences.push(self.sentence(entry)),
                Rule::broken => self.broken(&entry, Rule::sentence),
                _ => {}
            }
        }
        sentences.shrink_to_fit();
        sentences
    }

    pub(super) fn words(&mut self, nodes: Nodes<'_>) -> Vec<Word> {
        let mut words: Vec<Word> = nodes.filter_map(|n| self.word(n)).collect();
        words.shrink_to_fit();
        words
    }

    /// A word; `None` for nodes that are none, such as documentation.
    pub(super) fn word(&mut self, node: Node<'_>) -> Option<Word> {
        let mut at = self.at(&node);
        let kind = match node.rule() {
            Rule::name => WordKind::Name(self.name(&node)),
            Rule::text => WordKind::Text(self.text(&node)),
            Rule::sql_text => WordKind::SqlText(self.text(&node)),
            Rule::raw => WordKind::Raw(self.raw(&node)),
            Rule::symbol => WordKind::Symbol(SmolStr::new(node.text())),
            Rule::joint => {
                let sign = node.children().next()?;
                at = self.at(&sign);
                WordKind::Symbol(SmolStr::new(sign.text()))
            }
            Rule::number => self.number(&node),
            Rule::list => WordKind::List(self.args(node)),
            Rule::call => {
                let mut children = node.children();
                let name = SmolStr::new(children.next()?.text());
                WordKind::Call { name, args: children.next().map(|args| self.args(args)).unwrap_or_default() }
            }
            _ => return None,
        };
        Some(Word { kind, at })
    }

    /// The words between the commas of a list or a call.
    pub(super) fn args(&mut self, node: Node<'_>) -> Vec<Vec<Word>> {
        node.children().filter(|n| n.rule() == Rule::arg).map(|n| self.words(n.children())).collect()
    }

    fn number(&self, node: &Node<'_>) -> WordKind {
        let text = node.text();
        let start = node.start();
        match text.split_once("..") {
            Some((low, high)) => {
                let word = |text: &str, start: usize| Word { kind: amount(text), at: self.span(start, start + text.len()) };
                WordKind::Range(Box::new(word(low, start)), Box::new(word(high, start + low.len() + 2)))
            }
            None => amount(text),
        }
    }
}

fn amount(text: &str) -> WordKind {
    let split = text.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(text.len());
    let (value, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    WordKind::Number { value: SmolStr::new(value), unit: SmolStr::new(unit) }
}
