use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Respells what the language adds to SQL in forms the SQL parser reads: JSON filters and `release`; and short forms of Postgres that it
/// does not read.
pub(super) fn sugar(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let filters = tokens.iter().any(|t| t.token == Token::LBracket);
    let releases = tokens.iter().any(|t| is_word(&t.token, "release"));
    let forms = tokens.iter().any(|t| ["table", "isnull", "notnull", "trim"].iter().any(|w| is_word(&t.token, w)));
    let tokens = if filters { bracket_filters(tokens) } else { tokens };
    let tokens = if forms { short_forms(tokens) } else { tokens };
    if releases { name_arguments(tokens) } else { tokens }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

/// `telecom[system = 'phone']` → `telecom[(system = 'phone')]`: sqlparser reads a bare index only up to the first comparison.
fn bracket_filters(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    /// An open bracket: where, square or not, whether it compares, whether it is a list or slice.
    struct Open {
        at: usize,
        square: bool,
        compares: bool,
        many: bool,
    }
    let mut open: Vec<Open> = Vec::new();
    let mut wrap: Vec<(usize, usize)> = Vec::new();
    for (at, t) in tokens.iter().enumerate() {
        match &t.token {
            Token::LParen | Token::LBracket => open.push(Open { at, square: t.token == Token::LBracket, compares: false, many: false }),
            Token::RParen | Token::RBracket => {
                if let Some(inner) = open.pop().filter(|o| o.square && o.compares && !o.many) {
                    wrap.push((inner.at, at));
                }
            }
            Token::Comma | Token::Colon => open.iter_mut().rev().take(1).for_each(|o| o.many = true),
            Token::Eq | Token::Neq => open.iter_mut().rev().take(1).for_each(|o| o.compares = true),
            Token::Word(w) if matches!(w.keyword, Keyword::AND | Keyword::OR | Keyword::IS | Keyword::IN | Keyword::LIKE) => {
                open.iter_mut().rev().take(1).for_each(|o| o.compares = true);
            }
            _ => {}
        }
    }
    if wrap.is_empty() {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 2 * wrap.len());
    for (at, token) in tokens.into_iter().enumerate() {
        let span = token.span;
        if wrap.iter().any(|(_, close)| *close == at) {
            out.push(TokenWithSpan { token: Token::RParen, span });
        }
        out.push(token);
        if wrap.iter().any(|(open, _)| *open == at) {
            out.push(TokenWithSpan { token: Token::LParen, span });
        }
    }
    out
}

/// `table x` → `select * from x`; `x isnull` → `x is null`; `trim(leading from x)` → `trim(leading ' ' from x)`
fn short_forms(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() + 8);
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let span = token.span;
        let called = rest.peek().is_some_and(|n| n.token == Token::LParen);
        let named = rest.peek().is_some_and(|n| matches!(n.token, Token::Word(_)));
        let from = rest.peek().is_some_and(|n| is_word(&n.token, "from"));
        if is_word(&token.token, "table") && named && begins_query(&out) {
            out.extend([Token::make_keyword("select"), Token::Mul, Token::make_keyword("from")].map(|token| TokenWithSpan { token, span }));
        } else if (is_word(&token.token, "isnull") || is_word(&token.token, "notnull")) && !called && ends_value(&out) {
            let not = is_word(&token.token, "notnull").then_some("not");
            let words = std::iter::once("is").chain(not).chain(std::iter::once("null"));
            out.extend(words.map(|word| TokenWithSpan { token: Token::make_keyword(word), span }));
        } else if ["leading", "trailing", "both"].iter().any(|w| is_word(&token.token, w)) && from && in_trim(&out) {
            out.push(token);
            out.push(TokenWithSpan { token: Token::SingleQuotedString(" ".to_owned()), span });
        } else {
            out.push(token);
        }
    }
    out
}

/// Whether a query begins behind what was read.
fn begins_query(read: &[TokenWithSpan]) -> bool {
    match read {
        [] => true,
        [.., last] => match &last.token {
            Token::LParen => true,
            Token::Word(w) => matches!(w.keyword, Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT | Keyword::ALL | Keyword::DISTINCT),
            _ => false,
        },
    }
}

/// Whether what was read ends in something that can be NULL: a name, a constant, a bracket.
fn ends_value(read: &[TokenWithSpan]) -> bool {
    read.last().is_some_and(|last| match &last.token {
        Token::Word(w) => {
            w.keyword == Keyword::NoKeyword
                || w.quote_style.is_some()
                || !matches!(
                    w.keyword,
                    Keyword::SELECT
                        | Keyword::AS
                        | Keyword::AND
                        | Keyword::OR
                        | Keyword::NOT
                        | Keyword::WHERE
                        | Keyword::ON
                        | Keyword::BY
                        | Keyword::WHEN
                        | Keyword::THEN
                        | Keyword::ELSE
                )
        }
        Token::RParen | Token::RBracket | Token::Number(..) | Token::SingleQuotedString(_) => true,
        _ => false,
    })
}

fn in_trim(read: &[TokenWithSpan]) -> bool {
    matches!(read, [.., trim, open] if open.token == Token::LParen && is_word(&trim.token, "trim"))
}

/// `release(x, phone general, because "why")` → `release(x, phone => 'general', because => 'why')`
fn name_arguments(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() + 4);
    // Per open bracket, whether it is a release's.
    let mut open: Vec<bool> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(mut token) = rest.next() {
        let argument = open.last() == Some(&true) && named_argument(&out);
        let ends = rest.peek().is_some_and(|next| matches!(next.token, Token::Comma | Token::RParen));
        match &token.token {
            Token::LParen => open.push(out.last().is_some_and(|t| is_word(&t.token, "release"))),
            Token::LBracket => open.push(false),
            Token::RParen | Token::RBracket => {
                open.pop();
            }
            Token::Word(Word { value, .. }) | Token::SingleQuotedString(value) if argument && ends => {
                let value = value.clone();
                out.push(TokenWithSpan { token: Token::RArrow, span: token.span });
                token.token = Token::SingleQuotedString(value);
            }
            _ => {}
        }
        out.push(token);
    }
    out
}

/// Whether what was read last is `, word`: the name of an argument without its arrow.
fn named_argument(read: &[TokenWithSpan]) -> bool {
    matches!(read, [.., comma, word] if comma.token == Token::Comma && matches!(word.token, Token::Word(_)))
}
