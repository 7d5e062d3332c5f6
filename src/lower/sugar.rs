use sqlparser::tokenizer::{Token, TokenWithSpan};

/// What the language writes shorter than SQL's grammar takes it, spelt out.
pub(super) fn spell_out(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    bracket_conditions(release_arguments(tokens))
}

/// `telecom[system = 'phone']` → `telecom[(system = 'phone')]`: SQL's grammar takes no comparison in a subscript.
fn bracket_conditions(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let compares = |t: &TokenWithSpan| t.token == Token::Eq || is_word(t, "is");
    if !tokens.iter().any(|t| t.token == Token::LBracket) || !tokens.iter().any(compares) {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() + 4);
    // Per open square bracket: its place in `out`, and whether a comparison stands directly in it.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for token in tokens {
        match token.token {
            Token::LBracket => open.push((out.len(), false)),
            Token::RBracket => {
                if let Some((start, true)) = open.pop() {
                    let at = out.get(start).map_or(token.span, |t| t.span);
                    out.insert(start + 1, TokenWithSpan { token: Token::LParen, span: at });
                    out.push(TokenWithSpan { token: Token::RParen, span: token.span });
                }
            }
            _ if compares(&token) => {
                if let Some(bracket) = open.last_mut() {
                    bracket.1 = true;
                }
            }
            _ => {}
        }
        out.push(token);
    }
    out
}

/// `release(x, phone general, because "…")` reads as a sentence; SQL's grammar wants named arguments.
/// Turns the one into the other: `release(x, phone => 'general', because => '…')`.
fn release_arguments(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !tokens.iter().any(|t| is_word(t, "release")) {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() + 4);
    // Per open bracket: whether it is a release's.
    let mut brackets: Vec<bool> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let begins_argument = token.token == Token::Comma && brackets.last() == Some(&true);
        match token.token {
            Token::LParen => brackets.push(out.last().is_some_and(|t| is_word(t, "release"))),
            Token::RParen => {
                brackets.pop();
            }
            _ => {}
        }
        out.push(token);
        if begins_argument && let Some(name) = rest.next_if(|t| matches!(t.token, Token::Word(_))) {
            let said = rest.next_if(|t| matches!(t.token, Token::Word(_) | Token::SingleQuotedString(_)));
            let span = name.span;
            out.push(name);
            if let Some(said) = said {
                out.push(TokenWithSpan { token: Token::RArrow, span });
                out.push(as_text(said));
            }
        }
    }
    out
}

fn is_word(token: &TokenWithSpan, text: &str) -> bool {
    matches!(&token.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(text))
}

fn as_text(token: TokenWithSpan) -> TokenWithSpan {
    match token.token {
        Token::Word(word) => TokenWithSpan { token: Token::SingleQuotedString(word.value), span: token.span },
        _ => token,
    }
}
