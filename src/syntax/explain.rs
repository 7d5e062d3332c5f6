use super::keywords::ITEM_KEYWORDS;
use super::parser::{self, Failure, Rule};
use super::symbols::symbol;
use super::token::{TokenKind, tokens};
use crate::base::{FileId, Span};
use crate::diag::{Code, Diagnostic};

/// Says what is wrong with an entry nobody understands, by reading it again as what it should have been.
pub(super) fn broken(file: FileId, start: usize, text: &str, wanted: Rule) -> Diagnostic {
    let skipped = leading(text);
    let entry = text.get(skipped..).unwrap_or("").trim_end();
    let start = start + skipped;
    let word = entry.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    let Some(rule) = specific(wanted, word, entry) else {
        let shown = if word.is_empty() { found(entry) } else { format!("`{word}`") };
        let length = word.len().max(entry.chars().next().map_or(0, char::len_utf8));
        return Diagnostic::error(Code::Syntax, Span::new(file, start, start + length), format!("{shown} starts no declaration"))
            .label("expected a word such as `model`, `source` or `role`")
            .suggest(word, ITEM_KEYWORDS);
    };
    let failure = match parser::parse(rule, entry) {
        Err(failure) => failure,
        Ok(node) => Failure { at: node.end(), expected: vec![Rule::EOI] },
    };
    report(file, start, entry, &failure, wanted)
}

/// Says why a stretch could not be read at all.
pub(super) fn stretch(file: FileId, start: usize, text: &str, failure: &Failure) -> Diagnostic {
    report(file, start, text, failure, Rule::file)
}

/// `expected a column type, found `}``
pub(super) fn sentence(text: &str, failure: &Failure) -> String {
    let rest = text.get(failure.at..).unwrap_or("").trim_start_matches([' ', '\t', '\r']);
    let mut names: Vec<&str> = Vec::new();
    for name in failure.expected.iter().filter_map(|r| symbol(*r)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > 1 {
        names.retain(|n| *n != "a word" && *n != "`@category`");
    }
    let found = found(rest);
    match names.split_last() {
        None => format!("{found} cannot stand here"),
        Some((only, [])) => format!("expected {only}, found {found}"),
        Some((last, more)) if more.len() < 5 => format!("expected {} or {last}, found {found}", more.join(", ")),
        Some(_) => format!("{found} cannot stand here"),
    }
}

fn report(file: FileId, start: usize, entry: &str, failure: &Failure, wanted: Rule) -> Diagnostic {
    let blanks = entry.get(failure.at..).unwrap_or("");
    let at = failure.at + (blanks.len() - blanks.trim_start_matches([' ', '\t', '\r']).len());
    let rest = entry.get(at..).unwrap_or("");
    let end = match tokens(rest).next() {
        Some(token) if token.kind != TokenKind::Newline => start + at + token.end.min(40),
        _ => start + at,
    };
    let problem = Diagnostic::error(Code::Syntax, Span::new(file, start + at, end), sentence(entry, failure)).label("here");
    match help(rest, wanted) {
        Some(text) => problem.help(text),
        None => problem,
    }
}

fn help(rest: &str, wanted: Rule) -> Option<&'static str> {
    if rest.starts_with("///") {
        Some("`///` documents what follows and stands on a line of its own; write `//` for a comment")
    } else if rest.starts_with(',') && wanted == Rule::select_block {
        Some("entries of a `select` are separated by `;` or a new line")
    } else if rest.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("case")) {
        Some("a `case` ends with `end`; a column of this name is written `\"case\"`")
    } else {
        None
    }
}

/// The next token, as shown in a message.
fn found(rest: &str) -> String {
    match tokens(rest).next() {
        None => "the end of the entry".to_owned(),
        Some(token) if token.kind == TokenKind::Newline => "the end of the line".to_owned(),
        Some(token) => {
            let text = rest.get(..token.end).unwrap_or("");
            let short: String = text.chars().take(30).take_while(|c| *c != '\n').collect();
            if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
        }
    }
}

/// How much documentation and blanks stand before the entry itself.
fn leading(text: &str) -> usize {
    let skipped = tokens(text)
        .find(|t| !matches!(t.kind, TokenKind::Doc | TokenKind::Blank | TokenKind::Newline | TokenKind::Comment | TokenKind::BlockComment));
    skipped.map_or(0, |t| t.start)
}

/// What an entry with this first word can only be.
fn specific(wanted: Rule, word: &str, entry: &str) -> Option<Rule> {
    Some(match wanted {
        Rule::item => return item(word, entry),
        Rule::body => clause(word, entry),
        Rule::source_block if word == "table" => Rule::table,
        Rule::source_block => Rule::sentence,
        Rule::select_block if word == "for" && !entry.starts_with("for =") => Rule::for_columns,
        Rule::select_block => Rule::select_column,
        Rule::metric_block => match word {
            "value" => Rule::metric_value,
            "where" => Rule::where_clause,
            _ => Rule::words_entry,
        },
        Rule::test_block if matches!(word, "given" | "expect") => Rule::rows,
        Rule::test_block if entry.split_ascii_whitespace().any(|w| w == "where") => Rule::asked_rows,
        Rule::test_block => Rule::sentence,
        other => other,
    })
}

fn item(word: &str, entry: &str) -> Option<Rule> {
    Some(match word {
        "module" => Rule::module,
        "use" => Rule::use_decl,
        "for" => Rule::for_items,
        "source" => Rule::source,
        "table" if entry.split_ascii_whitespace().nth(1) == Some("function") => Rule::table_function,
        "table" => Rule::table,
        "type" => Rule::type_decl,
        "model" | "fact" | "query" => Rule::model,
        "metric" => Rule::metric,
        "masking" => Rule::masking,
        "function" | "operator" | "aggregate" | "window" | "mask" => Rule::function,
        "policy" => Rule::policy,
        "test" => Rule::test,
        "terraform" => Rule::terraform_raw,
        other if ITEM_KEYWORDS.contains(&other) => Rule::sentence,
        _ => return None,
    })
}

fn clause(word: &str, entry: &str) -> Rule {
    match word {
        _ if entry.split(['\n', '(']).next().is_some_and(|l| l.contains("->")) => Rule::mask_rule,
        "let" => Rule::let_clause,
        "from" => Rule::from_clause,
        "select" => Rule::select_clause,
        "join" | "left" | "right" | "full" | "inner" | "cross" | "natural" => Rule::join_clause,
        "where" => Rule::where_clause,
        "group" => Rule::group_clause,
        "assert" => Rule::assert_clause,
        "sql" => Rule::sql_clause,
        "distinct" => Rule::distinct_on,
        "order" => Rule::order_clause,
        "having" => Rule::having_clause,
        "qualify" => Rule::qualify_clause,
        "limit" => Rule::limit_clause,
        "unnest" => Rule::unnest_clause,
        "union" | "intersect" | "except" => Rule::set_operation,
        "columns" => Rule::columns_clause,
        "drop" => Rule::drop_clause,
        _ => Rule::sentence,
    }
}
