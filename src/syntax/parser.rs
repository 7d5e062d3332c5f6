use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

// The derive macro documents each rule with its line of the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/pipe.pest"]
struct Grammar;

/// A stretch of text with the rule that matched it. The builders know rules and nodes, and nothing of pest.
#[derive(Clone, Debug)]
pub(super) struct Node<'a>(Pair<'a, Rule>);

/// Where a rule gave up, and what it hoped for.
#[derive(Debug)]
pub(super) struct Failure {
    /// Byte offset in the text given.
    pub(super) at: usize,
    /// What could have stood there.
    pub(super) expected: Vec<Rule>,
}

/// Matches a rule at the start of a text.
///
/// # Errors
/// Where it gave up.
pub(super) fn parse(rule: Rule, text: &str) -> Result<Node<'_>, Failure> {
    let mut pairs = Grammar::parse(rule, text).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        Failure { at, expected }
    })?;
    pairs.next().map(Node).ok_or(Failure { at: 0, expected: Vec::new() })
}

impl<'a> Node<'a> {
    /// What it is.
    pub(super) fn rule(&self) -> Rule {
        self.0.as_rule()
    }

    /// Its text.
    pub(super) fn text(&self) -> &'a str {
        self.0.as_str()
    }

    /// First byte, in the text parsed.
    pub(super) fn start(&self) -> usize {
        self.0.as_span().start()
    }

    /// One past the last byte.
    pub(super) fn end(&self) -> usize {
        self.0.as_span().end()
    }

    /// Its parts, in order.
    pub(super) fn children(self) -> Nodes<'a> {
        Nodes(self.0.into_inner())
    }
}

/// The parts of a node.
#[derive(Clone, Debug)]
pub(super) struct Nodes<'a>(Pairs<'a, Rule>);

impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        self.0.next().map(Node)
    }
}
