//! Patterns: `like` and its kin, over one pattern or several, with any escape character; `similar to`.

use super::build::{failed, typed};
use super::logic::{junction, negate};
use super::{call, cast, expr, is_error, literal, unsupported};
use crate::ir::{ExprKind, FunctionKind, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{self, Expr as E};

/// How a pattern is meant.
#[derive(Clone, Copy)]
pub(super) struct Manner<'e> {
    /// `escape 'x'`
    pub(super) escape: Option<&'e E>,
    /// `ilike`
    pub(super) fold: bool,
    /// `not`
    pub(super) negated: bool,
    /// The parser has seen `any` and taken it away.
    pub(super) any: bool,
}

/// `a like b`, `a like any (array['x%', 'y%'])`
pub(super) fn like(cx: &Cx<'_>, scope: &Scope<'_>, value: &E, pattern: &E, manner: Manner<'_>) -> Typed {
    let (all, patterns) = match several(pattern) {
        Some((all, patterns)) => (all, patterns),
        None if manner.any => (false, pattern),
        None => return one(cx, scope, value, pattern, manner),
    };
    let listed: Option<Vec<&E>> = match literal::peel(patterns) {
        E::Array(array) => Some(array.elem.iter().collect()),
        E::Tuple(items) => Some(items.iter().collect()),
        _ => None,
    };
    let Some(listed) = listed.filter(|l| !l.is_empty()) else {
        return unsupported(
            cx,
            patterns,
            "`like any` over patterns that are not listed",
            "list them: `like any (array['a%', 'b%'])`, or use `exists`",
        );
    };
    let tests = listed.into_iter().map(|p| one(cx, scope, value, p, manner)).collect();
    junction(tests, all)
}

/// `any (…)` or `all (…)` where a pattern stands; whether it is `all`.
fn several(pattern: &E) -> Option<(bool, &E)> {
    let E::Function(f) = pattern else { return None };
    let all = match f.name.to_string().to_lowercase().as_str() {
        "all" => true,
        "any" | "some" => false,
        _ => return None,
    };
    match call::list(f)? {
        [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(only))] => Some((all, only)),
        _ => None,
    }
}

fn one(cx: &Cx<'_>, scope: &Scope<'_>, value: &E, pattern: &E, manner: Manner<'_>) -> Typed {
    let value = cast::adapt(cx, expr(cx, scope, value), &Type::TEXT);
    let mut written = cast::adapt(cx, expr(cx, scope, pattern), &Type::TEXT);
    if let Some(escape) = manner.escape {
        let own = literal::text_of(escape).filter(|e| e.chars().count() < 2);
        match (own, literal::text_in(&written.expr)) {
            (Some("\\"), _) => {}
            (Some(own), Some(text)) => {
                written.expr.kind = ExprKind::Literal(Literal::Text(with_backslash(&text, own.chars().next()).into()));
            }
            _ => return unsupported(cx, escape, "an escape character for a computed pattern", "the escape character is `\\`"),
        }
    }
    let (at, facts) = (value.expr.at.to(written.expr.at), value.facts.join(&written.facts));
    if is_error(&value.expr) || is_error(&written.expr) {
        return failed(at, facts);
    }
    let nullable = value.expr.nullable || written.expr.nullable;
    typed(ExprKind::Like(Box::new(value.expr), Box::new(written.expr), manner.fold, manner.negated), Type::Boolean, nullable, at, facts)
}

/// A pattern with its own escape character, or none, spelt with the backslash.
fn with_backslash(pattern: &str, escape: Option<char>) -> String {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            _ if Some(c) == escape => {
                out.push('\\');
                out.extend(chars.next());
            }
            '\\' => out.push_str("\\\\"),
            _ => out.push(c),
        }
    }
    out
}

/// `a similar to b`: the regular expression it stands for, as Postgres makes it.
pub(super) fn similar(cx: &Cx<'_>, scope: &Scope<'_>, value: &E, pattern: &E, escape: Option<&E>, negated: bool) -> Typed {
    let written = expr(cx, scope, pattern);
    let own = match escape {
        None => Some(Some('\\')),
        Some(e) => literal::text_of(e).filter(|e| e.chars().count() < 2).map(|e| e.chars().next()),
    };
    let (Some(text), Some(own)) = (literal::text_in(&written.expr), own) else {
        return unsupported(cx, pattern, "`similar to` a computed pattern", "use `like` or the regular expression operator `~`");
    };
    let mut regex = written;
    regex.expr.kind = ExprKind::Literal(Literal::Text(as_regex(&text, own).into()));
    let found = call::by_name(cx, "~", FunctionKind::Operator, vec![expr(cx, scope, value), regex], cx.here);
    if negated { negate(found) } else { found }
}

fn as_regex(pattern: &str, escape: Option<char>) -> String {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            _ if Some(c) == escape => {
                out.push('\\');
                out.extend(chars.next());
            }
            '\\' => out.push_str("\\\\"),
            _ if class => {
                class = c != ']';
                out.push(c);
            }
            '[' => {
                class = true;
                out.push('[');
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '.' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.push_str(")$");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_characters_become_backslashes() {
        assert_eq!(with_backslash("50!%\\", Some('!')), "50\\%\\\\");
        assert_eq!(with_backslash("a\\%", None), "a\\\\%");
    }

    #[test]
    fn similar_patterns_are_regular_expressions() {
        assert_eq!(as_regex("(a|b)%.", Some('\\')), "^(?:(?:a|b).*\\.)$");
        assert_eq!(as_regex("[%_]_", Some('\\')), "^(?:[%_].)$");
    }
}
