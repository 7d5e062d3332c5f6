//! Whole SQL files, as people keep them outside of pipec: several statements, of which queries and declarations of tables are of interest.
//! Statements are told apart by their tokens, so that one nobody can parse costs no other.

use super::expr::sql_type;
use super::names::ident;
use crate::base::{FileId, Ident, LineCol, SourceFile, Sources, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Type;
use sqlparser::ast::{ColumnOption, CreateTable, Statement as Parsed, TableConstraint};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// A statement of a SQL file.
#[derive(Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands, without its `;`.
    pub at: Span,
}

/// Kinds of statements.
#[derive(Debug)]
pub enum StatementKind {
    /// `select …`, and the query of an `insert into … select …`: where the query stands.
    Query(Span),
    /// `create view x as …`, `create table x as …`: the relation's name in parts, and where its query stands.
    Relation(Vec<Ident>, Span),
    /// `create table x (…)`
    Table(DeclaredTable),
    /// What neither yields rows nor declares a table: its first words.
    Other(String),
}

/// A table as `create table` declares it.
#[derive(Clone, Debug)]
pub struct DeclaredTable {
    /// Its name in parts: database, schema, table; the last one always.
    pub name: Vec<Ident>,
    /// Its columns, in order.
    pub columns: Vec<DeclaredColumn>,
}

/// A column of a [`DeclaredTable`].
#[derive(Clone, Debug)]
pub struct DeclaredColumn {
    /// Its name.
    pub name: Ident,
    /// Its type; `None` when it is none of ours.
    pub ty: Option<Type>,
    /// Its type as written.
    pub written: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// The type a SQL text names, such as `character varying(20)[]`. `None`: no type of ours.
pub fn named_type(text: &str) -> Option<Type> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?;
    let written = parser.parse_data_type().ok()?;
    (parser.peek_token().token == Token::EOF).then(|| column_type(&written)).flatten()
}

/// A name of several parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DottedName {
    /// Its parts.
    pub parts: Vec<Ident>,
    /// Where the last one stands, quotes included.
    pub last: Span,
}

/// The names of two or more parts in a SQL file, in order, wherever they stand: what may name a table.
pub fn dotted_names(sources: &Sources, file: FileId) -> Vec<DottedName> {
    let Some(source) = sources.get(file) else { return Vec::new() };
    let mut tokens = Vec::new();
    // What cannot be cut is said when the file is read; names up to there do no harm.
    let _ = Tokenizer::new(&PostgreSqlDialect {}, &plain(&source.text)).tokenize_with_location_into_buf(&mut tokens);
    let mut out: Vec<DottedName> = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((_, after)) = rest.split_first() {
        let (parts, length) = dotted(rest);
        if parts.len() > 1
            && let Some(token) = rest.get(length.saturating_sub(1))
        {
            let last = Span { file, start: offset(source, token.span.start), end: offset(source, token.span.end) };
            out.push(DottedName { parts, last });
        }
        rest = rest.get(length.max(1)..).unwrap_or(after);
    }
    out
}

/// Cuts a file into statements. What cannot be read is reported, and the rest is read on.
pub fn statements(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Vec<Statement> {
    let Some(source) = sources.get(file) else { return Vec::new() };
    let text = plain(&source.text);
    let mut tokens = Vec::new();
    if let Err(problem) = Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize_with_location_into_buf(&mut tokens) {
        let at = offset(source, problem.location);
        let message = format!("the SQL cannot be cut into words: {}", problem.message.to_lowercase());
        diagnostics.push(Diagnostic::error(Code::SqlSyntax, Span { file, start: at, end: at }, message));
        return Vec::new();
    }
    tokens.retain(|t| !matches!(t.token, Token::Whitespace(_)));
    let mut out = Vec::new();
    for tokens in tokens.split(|t| t.token == Token::SemiColon).filter(|tokens| !tokens.is_empty()) {
        let reader = Reader { source, file, tokens };
        out.push(Statement { kind: reader.kind(diagnostics), at: reader.span(0, tokens.len()) });
    }
    out
}

/// The text with what `psql` reads itself blanked out, byte for byte: lines that begin with `\`, and rows behind `copy … from stdin`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rows = false;
    for line in text.split_inclusive('\n') {
        let ends = rows && line.trim_end() == "\\.";
        if rows || line.starts_with('\\') {
            out.extend(
                line.chars()
                    .flat_map(|c| std::iter::repeat_n(if c == '\n' { '\n' } else { ' ' }, if c == '\n' { 1 } else { c.len_utf8() })),
            );
        } else {
            out.push_str(line);
            let lower = line.trim_end().to_ascii_lowercase();
            rows = lower.starts_with("copy ") && lower.ends_with("from stdin;");
        }
        rows &= !ends;
    }
    out
}

fn offset(source: &SourceFile, at: Location) -> u32 {
    let from_zero = |n: u64| u32::try_from(n.saturating_sub(1)).unwrap_or(u32::MAX);
    source.offset(LineCol { line: from_zero(at.line), column: from_zero(at.column) })
}

/// A dotted name at the start of tokens, and how many tokens it takes.
fn dotted(tokens: &[TokenWithSpan]) -> (Vec<Ident>, usize) {
    let mut name = Vec::new();
    let mut length = 0;
    while let Some(Token::Word(word)) = tokens.get(length).map(|t| &t.token) {
        name.push(ident(&word.clone().into_ident(tokens.get(length).map_or(sqlparser::tokenizer::Span::empty(), |t| t.span))));
        length += 1;
        match tokens.get(length).map(|t| &t.token) {
            Some(Token::Period) => length += 1,
            _ => break,
        }
    }
    (name, length)
}

/// What may end the definition of a view or table, behind its query.
const TAILS: [&[&str]; 6] = [
    &["with", "no", "data"],
    &["with", "data"],
    &["with", "check", "option"],
    &["with", "cascaded", "check", "option"],
    &["with", "local", "check", "option"],
    &["with", "no", "schema", "binding"],
];
/// What may follow the query of an `insert`.
const INSERTED: [&[&str]; 2] = [&["on", "conflict"], &["returning"]];

struct Reader<'t> {
    source: &'t SourceFile,
    file: FileId,
    tokens: &'t [TokenWithSpan],
}

impl Reader<'_> {
    fn word(&self, at: usize) -> Option<String> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_lowercase()),
            _ => None,
        }
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|w| words.contains(&w.as_str()))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let place =
            |t: Option<&TokenWithSpan>, last: bool| t.map_or(0, |t| offset(self.source, if last { t.span.end } else { t.span.start }));
        Span { file: self.file, start: place(self.tokens.get(start), false), end: place(self.tokens.get(end.saturating_sub(1)), true) }
    }

    fn kind(&self, diagnostics: &mut Diagnostics) -> StatementKind {
        if self.starts_query(0) {
            return StatementKind::Query(self.span(0, self.tokens.len()));
        }
        match self.word(0).as_deref() {
            Some("create") => self.create(diagnostics),
            Some("insert") => match self.at_depth_0(1, |r, at| r.is(at, &["select", "with"])) {
                Some(at) => StatementKind::Query(self.inserted(at)),
                None => self.other(),
            },
            _ => self.other(),
        }
    }

    fn starts_query(&self, at: usize) -> bool {
        let brackets = self.tokens.iter().skip(at).take_while(|t| t.token == Token::LParen).count();
        self.is(at + brackets, &["select", "with", "values"])
    }

    fn create(&self, diagnostics: &mut Diagnostics) -> StatementKind {
        let modifiers = ["or", "replace", "temp", "temporary", "global", "local", "unlogged", "recursive", "materialized", "transient"];
        let mut at = 1;
        while self.is(at, &modifiers) {
            at += 1;
        }
        let table = self.is(at, &["table"]);
        if !table && !self.is(at, &["view"]) {
            return self.other();
        }
        at += 1;
        if self.is(at, &["if"]) {
            at += 3;
        }
        let (name, length) = dotted(self.tokens.get(at..).unwrap_or_default());
        at += length;
        let defining = self.at_depth_0(at, |r, at| r.is(at, &["as"]) && r.starts_query(at + 1));
        match defining {
            Some(_) if self.tokens.get(at).is_some_and(|t| t.token == Token::LParen) => {
                let at = self.span(at, at + 1);
                let problem =
                    Diagnostic::error(Code::SqlUnsupported, at, "a list of column names after the name of a view is not supported");
                diagnostics.push(problem.help("name the columns in the query: `… as name`"));
                self.other()
            }
            Some(start) => StatementKind::Relation(name, self.defined(start + 1)),
            None if table => self.declared(diagnostics),
            None => self.other(),
        }
    }

    /// The first place from `at` on, outside of brackets, that fits.
    fn at_depth_0(&self, at: usize, fits: impl Fn(&Self, usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for index in at..self.tokens.len() {
            match self.tokens.get(index).map(|t| &t.token) {
                Some(Token::LParen) => depth += 1,
                Some(Token::RParen) => depth = depth.saturating_sub(1),
                _ if depth == 0 && fits(self, index) => return Some(index),
                _ => {}
            }
        }
        None
    }

    /// The query from `at` on, without what belongs to the definition around it.
    fn defined(&self, at: usize) -> Span {
        let ends = |tail: &&&[&str]| {
            let start = self.tokens.len().saturating_sub(tail.len());
            start > at && tail.iter().zip(start..).all(|(word, index)| self.is(index, &[word]))
        };
        let tail = TAILS.iter().find(ends).map_or(0, |tail| tail.len());
        self.span(at, self.tokens.len() - tail)
    }

    /// The query of an `insert`.
    fn inserted(&self, at: usize) -> Span {
        let tail = |r: &Self, index: usize| INSERTED.iter().any(|tail| tail.iter().zip(index..).all(|(word, index)| r.is(index, &[word])));
        self.span(at, self.at_depth_0(at, tail).unwrap_or(self.tokens.len()))
    }

    fn other(&self) -> StatementKind {
        let words: Vec<String> = (0..3).map_while(|at| self.word(at)).collect();
        StatementKind::Other(words.join(" "))
    }

    fn declared(&self, diagnostics: &mut Diagnostics) -> StatementKind {
        let parsed = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(self.tokens.to_vec()).parse_statement();
        match parsed {
            Ok(Parsed::CreateTable(table)) if !table.columns.is_empty() => StatementKind::Table(declared(&table)),
            Ok(_) => self.other(),
            Err(problem) => {
                let at = self.span(0, self.tokens.len());
                let message = format!("the declaration of a table cannot be read: {problem}");
                diagnostics.push(Diagnostic::warning(Code::SqlSyntax, at, message));
                self.other()
            }
        }
    }
}

fn declared(table: &CreateTable) -> DeclaredTable {
    let mut keys: Vec<Ident> = Vec::new();
    for constraint in &table.constraints {
        if let TableConstraint::PrimaryKey(key) = constraint {
            keys.extend(key.columns.iter().filter_map(|c| match &c.column.expr {
                sqlparser::ast::Expr::Identifier(name) => Some(ident(name)),
                _ => None,
            }));
        }
    }
    let columns = table.columns.iter().map(|column| {
        let name = ident(&column.name);
        let kept = column.options.iter().any(|o| matches!(o.option, ColumnOption::NotNull | ColumnOption::PrimaryKey(_)));
        let written = column.data_type.to_string();
        let serial = ["SERIAL", "BIGSERIAL", "SMALLSERIAL"].contains(&written.to_ascii_uppercase().as_str());
        let nullable = !kept && !serial && !keys.contains(&name);
        DeclaredColumn { name, ty: column_type(&column.data_type), written, nullable }
    });
    DeclaredTable { name: table.name.0.iter().filter_map(|p| p.as_ident()).map(ident).collect(), columns: columns.collect() }
}

/// As in expressions, and the integers that count by themselves.
fn column_type(written: &sqlparser::ast::DataType) -> Option<Type> {
    sql_type(written).or_else(|| match written.to_string().to_ascii_uppercase().as_str() {
        "SERIAL" | "SERIAL4" => Some(Type::Integer),
        "BIGSERIAL" | "SERIAL8" => Some(Type::BigInt),
        "SMALLSERIAL" | "SERIAL2" => Some(Type::SmallInt),
        "BPCHAR" => Some(Type::TEXT),
        _ => None,
    })
}

#[cfg(test)]
#[path = "statements_tests.rs"]
mod tests;
