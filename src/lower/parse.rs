use super::Cx;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::resolve::check_name;
use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// How deep brackets and subqueries may nest; small enough for a worker thread's stack.
const DEPTH: usize = 60;

/// How many operators may follow one another: each nests one deeper, and the command line gives its threads stacks for so many.
const OPERATORS: usize = 2_000;

/// How many `union`s, `intersect`s and `except`s one query may have: each nests one deeper, and no warehouse plans more.
const SETS: usize = 1_000;

/// Reads tokens as one query. `None` after reporting why not.
pub(super) fn parse_query(cx: &Cx<'_>, tokens: Vec<TokenWithSpan>) -> Option<ast::Query> {
    let is_set = |t: &&TokenWithSpan| matches!(&t.token, Token::Word(w) if matches!(w.keyword, Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT));
    if tokens.iter().filter(is_set).count() > SETS {
        let problem = Diagnostic::error(Code::TooDeep, cx.here, format!("the SQL joins more than {SETS} queries by `union`"));
        cx.error(problem.help("put the rows into a seed or a table, or union in several models"));
        return None;
    }
    // With a long name the query itself can be read: what it yields is known, and no program with an error is built.
    if let Some(problem) = names(cx, &tokens) {
        let reads_on = problem.code == Code::NameTooLong;
        cx.error(problem);
        if !reads_on {
            return None;
        }
    }
    parse(cx, tokens, |parser| parser.parse_query().map(|q| *q))
}

/// The first name that a warehouse would not keep: of aliases and outputs that are cut it would make one of two. What a table is called
/// where it is read is not made here.
fn names(cx: &Cx<'_>, tokens: &[TokenWithSpan]) -> Option<Diagnostic> {
    let mut before = None;
    for token in tokens {
        let reads = match before.replace(&token.token) {
            Some(Token::Period) => true,
            Some(Token::Word(word)) => word.quote_style.is_none() && matches!(word.keyword, Keyword::FROM | Keyword::JOIN),
            _ => false,
        };
        if let (Token::Word(word), false) = (&token.token, reads)
            && let Err(problem) = check_name(&Ident::exact(&word.value), cx.span(token.span))
        {
            return Some(problem);
        }
    }
    None
}

/// Where brackets and `case` nest deeper, or operators follow one another longer, than what reads them can bear: the parser sees neither in time.
fn too_deep(cx: &Cx<'_>, tokens: &[TokenWithSpan]) -> Option<Diagnostic> {
    let mut chains = vec![0_usize];
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket => chains.push(0),
            Token::Word(w) if w.quote_style.is_none() && w.keyword == Keyword::CASE => chains.push(0),
            Token::RParen | Token::RBracket => drop(chains.pop()),
            Token::Word(w) if w.quote_style.is_none() && w.keyword == Keyword::END => drop(chains.pop()),
            Token::Word(w) if !matches!(w.keyword, Keyword::AND | Keyword::OR | Keyword::NOT) => {
                if w.quote_style.is_none() && STARTS.contains(&w.keyword) {
                    begins(&mut chains);
                }
            }
            Token::Comma | Token::SemiColon => begins(&mut chains),
            Token::Whitespace(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::EOF => {}
            _ => {
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                }
            }
        }
        let at = || cx.span(token.span);
        if chains.len() > DEPTH + 1 {
            return Some(
                Diagnostic::error(Code::TooDeep, at(), "the SQL is nested too deeply").help("move inner queries into `with` or `let`"),
            );
        }
        if chains.last().is_some_and(|c| *c > OPERATORS) {
            let problem = Diagnostic::error(Code::TooDeep, at(), format!("more than {OPERATORS} operators follow one another"));
            return Some(problem.help("put the values into a seed or a table, or the parts into several columns"));
        }
    }
    None
}

fn begins(chains: &mut [usize]) {
    if let Some(chain) = chains.last_mut() {
        *chain = 0;
    }
}

/// Words after which an expression begins.
const STARTS: [Keyword; 10] = [
    Keyword::SELECT,
    Keyword::FROM,
    Keyword::WHERE,
    Keyword::GROUP,
    Keyword::HAVING,
    Keyword::ORDER,
    Keyword::ON,
    Keyword::WHEN,
    Keyword::THEN,
    Keyword::ELSE,
];

fn parse<T>(cx: &Cx<'_>, tokens: Vec<TokenWithSpan>, read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>) -> Option<T> {
    if let Some(problem) = too_deep(cx, &tokens) {
        cx.error(problem);
        return None;
    }
    let dialect = PostgreSqlDialect {};
    let last = tokens.last().map(|t| t.span);
    let mut parser = Parser::new(&dialect).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens);
    let result = read(&mut parser).and_then(|done| {
        while parser.consume_token(&Token::SemiColon) {}
        match parser.peek_token() {
            TokenWithSpan { token: Token::EOF, .. } => Ok(done),
            found => parser.expected("end of the text", found),
        }
    });
    match result {
        Ok(done) => Some(done),
        Err(ParserError::RecursionLimitExceeded) => {
            cx.error(
                Diagnostic::error(Code::TooDeep, cx.here, "the SQL is nested too deeply").help("move inner queries into `with` or `let`"),
            );
            None
        }
        Err(ParserError::ParserError(text) | ParserError::TokenizerError(text)) => {
            let (message, place) = split_place(&text);
            let here = place.map(|p| sqlparser::tokenizer::Span { start: p, end: Location { line: p.line, column: p.column + 1 } });
            let at = here.or(last).map_or(cx.here, |s| cx.span(s));
            let at = Span { end: at.end.max(at.start), ..at };
            if let Some((what, help)) = known(cx, at) {
                cx.error(Diagnostic::error(Code::SqlUnsupported, at, format!("{what} is not supported")).help(help));
                return None;
            }
            cx.error(Diagnostic::error(Code::SqlSyntax, at, format!("the SQL cannot be parsed: {}", lower_first(message))));
            None
        }
    }
}

/// Constructs of Postgres that the parser does not read, known by the words around the place where it stopped: what, and the way round.
fn known(cx: &Cx<'_>, at: Span) -> Option<(&'static str, &'static str)> {
    let text = cx.sources.text(at.file);
    let before: Vec<String> = text.get(..at.start as usize)?.split_whitespace().rev().take(6).map(str::to_lowercase).collect();
    let found = text.get(at.start as usize..)?.split(|c: char| !c.is_alphanumeric()).next()?.to_lowercase();
    let word = |back: usize| before.get(back).map_or("", String::as_str);
    let ends = |back: usize, with: &str| word(back).ends_with(with);
    Some(match found.as_str() {
        "exclude" if ends(0, "*") => ("`* exclude (…)`", "name the columns that are wanted"),
        "exclude" => ("`exclude` in a window frame", "take the row itself away: `sum(x) over (…) - x`"),
        "as" if ends(0, ")") => ("an alias for `using (…) as`", "leave it out: the columns are found by their bare names"),
        "from" if word(0) == "rows" => ("`rows from (…)`", "join by `with ordinality`, or write `unnest(a, b)` for arrays"),
        _ if word(1) == "only" || word(0).starts_with("only") => {
            ("`only` in front of a table", "leave it out: tables here have no children")
        }
        _ if before.iter().any(|w| w == "symmetric") => ("`between symmetric`", "write `between least(a, b) and greatest(a, b)`"),
        _ if word(0) == "distinct" && word(1) == "by" => ("`group by distinct`", "list the sets once: `grouping sets (…)`"),
        _ => return None,
    })
}

/// sqlparser says places inside its messages: `…, found: from at Line: 3, Column: 7`.
fn split_place(text: &str) -> (&str, Option<Location>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text, None) };
    let numbers = place.split_once(", Column: ").and_then(|(l, c)| Some((l.parse().ok()?, c.parse().ok()?)));
    (message, numbers.map(|(line, column)| Location { line, column }))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
}
