//! The filter's formula, read into what it means: which group sees which rows.

use std::collections::BTreeMap;
use std::fmt;

/// The rows that a group sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Opens {
    /// All.
    All,
    /// Where this field is true.
    Group(String),
    /// Where this field is true and the row is for whoever asks.
    Login(String),
}

impl fmt::Display for Opens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opens::All => f.write_str("all"),
            Opens::Group(field) => write!(f, "where `{field}`"),
            Opens::Login(field) => write!(f, "where `{field}`, for whoever asks"),
        }
    }
}

/// A filter.
pub(super) struct Filter {
    pub(super) opens: BTreeMap<String, Opens>,
    /// The field that says whom a row is for.
    pub(super) login: Option<String>,
}

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
    Field(String),
    Text(String),
    Equal(Box<Node>, Box<Node>),
}

/// What a formula means; `None` where it is of a shape that is not known.
pub(super) fn read(formula: &str) -> Option<Filter> {
    let tokens = tokens(formula)?;
    let mut rest = tokens.as_slice();
    let tree = any(&mut rest)?;
    if !rest.is_empty() {
        return None;
    }
    let Node::If(asked, groups, users) = &tree else {
        return Some(Filter { opens: opens(&tree, Opens::Group)?, login: None });
    };
    // One copy of a row for groups, or else one for its user, whom no group has let in.
    let Node::Call(function, arguments) = asked.as_ref() else { return None };
    let (true, [Node::Field(login)]) = (function == "ISNULL", arguments.as_slice()) else { return None };
    let Node::All(parts) = users.as_ref() else { return None };
    let me = Node::Call("LOWER".to_owned(), vec![Node::Call("USERNAME".to_owned(), Vec::new())]);
    let mine = Node::Equal(Box::new(Node::Field(login.clone())), Box::new(me));
    let [first, Node::Not(before), entitled] = parts.as_slice() else { return None };
    if *first != mine || before != groups {
        return None;
    }
    let mut all = opens(groups, Opens::Group)?;
    for (group, opened) in opens(entitled, Opens::Login)? {
        // A field alone, whoever asks, and with it no row twice: only rows of the login's own.
        if !matches!(opened, Opens::Login(_)) || all.insert(group, opened).is_some() {
            return None;
        }
    }
    Some(Filter { opens: all, login: Some(login.clone()) })
}

/// `ISMEMBEROF('a') OR (ISMEMBEROF('b') AND [field])`
fn opens(node: &Node, narrowed: fn(String) -> Opens) -> Option<BTreeMap<String, Opens>> {
    let one = std::slice::from_ref(node);
    let terms = if let Node::Any(terms) = node { terms.as_slice() } else { one };
    let mut out = BTreeMap::new();
    for term in terms {
        let (member, opened) = match term {
            Node::All(parts) => match parts.as_slice() {
                [member, Node::Field(field)] => (member, narrowed(field.clone())),
                _ => return None,
            },
            Node::Call(name, _) if name == "FALSE" => continue,
            member => (member, Opens::All),
        };
        let Node::Call(function, arguments) = member else { return None };
        let (true, [Node::Text(group)]) = (function == "ISMEMBEROF", arguments.as_slice()) else { return None };
        if out.insert(decoded(group)?, opened).is_some() {
            return None;
        }
    }
    Some(out)
}

/// `%27` → `'`
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        bytes.push(digit(rest.next()?)? * 16 + digit(rest.next()?)?);
    }
    String::from_utf8(bytes).ok()
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    Field(String),
    Text(String),
    Sign(char),
}

fn tokens(formula: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            ' ' => 1,
            '(' | ')' | '=' => {
                out.push(Token::Sign(first));
                1
            }
            '[' | '\'' => {
                let inner = rest.get(1..)?;
                let end = inner.find(if first == '[' { ']' } else { '\'' })?;
                let text = inner.get(..end)?.to_owned();
                out.push(if first == '[' { Token::Field(text) } else { Token::Text(text) });
                end + 2
            }
            'A'..='Z' => {
                let end = rest.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(rest.len());
                out.push(Token::Word(rest.get(..end)?.to_owned()));
                end
            }
            _ => return None,
        };
        rest = rest.get(taken..)?;
    }
    Some(out)
}

type Rest<'t> = &'t [Token];

fn take(rest: &mut Rest<'_>, token: &Token) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == token => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn word(rest: &mut Rest<'_>, word: &str) -> bool {
    take(rest, &Token::Word(word.to_owned()))
}

fn any(rest: &mut Rest<'_>) -> Option<Node> {
    let mut terms = vec![all(rest)?];
    while word(rest, "OR") {
        terms.push(all(rest)?);
    }
    if terms.len() == 1 { terms.pop() } else { Some(Node::Any(terms)) }
}

fn all(rest: &mut Rest<'_>) -> Option<Node> {
    let mut parts = vec![not(rest)?];
    while word(rest, "AND") {
        parts.push(not(rest)?);
    }
    if parts.len() == 1 { parts.pop() } else { Some(Node::All(parts)) }
}

fn not(rest: &mut Rest<'_>) -> Option<Node> {
    if word(rest, "NOT") {
        return Some(Node::Not(Box::new(not(rest)?)));
    }
    let left = primary(rest)?;
    if take(rest, &Token::Sign('=')) {
        return Some(Node::Equal(Box::new(left), Box::new(primary(rest)?)));
    }
    Some(left)
}

fn primary(rest: &mut Rest<'_>) -> Option<Node> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    match first {
        Token::Field(name) => Some(Node::Field(name.clone())),
        Token::Text(text) => Some(Node::Text(text.clone())),
        Token::Sign('(') => {
            let inner = any(rest)?;
            take(rest, &Token::Sign(')')).then_some(inner)
        }
        Token::Sign(_) => None,
        Token::Word(name) if name == "IF" => {
            let asked = any(rest)?;
            let then = word(rest, "THEN").then(|| any(rest)).flatten()?;
            let other = word(rest, "ELSE").then(|| any(rest)).flatten()?;
            word(rest, "END").then(|| Node::If(Box::new(asked), Box::new(then), Box::new(other)))
        }
        Token::Word(name) if name == "FALSE" => Some(Node::Call(name.clone(), Vec::new())),
        Token::Word(name) => {
            take(rest, &Token::Sign('(')).then_some(())?;
            let arguments = if take(rest, &Token::Sign(')')) {
                Vec::new()
            } else {
                let one = any(rest)?;
                take(rest, &Token::Sign(')')).then_some(())?;
                vec![one]
            };
            Some(Node::Call(name.clone(), arguments))
        }
    }
}
