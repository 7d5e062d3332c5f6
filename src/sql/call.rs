//! Calls of library and project functions: through the dialect's body when there is one, else by name or as an infix operator.

use super::expr::Binds;
use super::literal;
use super::printer::{Printed, Printer};
use crate::base::{Ident, Span};
use crate::ir::{AggregateCall, Dialect, Expr, ExprKind, Function, FunctionId, FunctionKind, Type};

/// A part of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// A line break of the body: it may break there.
    Break,
    /// `{param}`, and whether commas or brackets stand on both sides of it.
    Hole(&'t str, bool),
}

/// The body a dialect uses; `None`: the call is printed by name.
pub(super) fn body(function: &Function, dialect: Dialect) -> Option<&str> {
    function.bodies.get(&dialect).or(function.generic.as_ref()).map(|body| body.trim())
}

/// The parts of a body. `{{` and `}}` stand for braces; a brace that opens no hole stands for itself.
pub(super) fn pieces(body: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let (mut rest, mut quoted) = (body, false);
    while let Some(at) = rest.find(['{', '}', '\'', '\n']) {
        let (before, from) = rest.split_at(at);
        push_text(&mut out, before);
        let one = from.split_at(1);
        rest = one.1;
        match one.0 {
            "\n" if !quoted => {
                trim_last(&mut out);
                out.push(Piece::Break);
                rest = rest.trim_start();
            }
            brace @ ("{" | "}") if rest.starts_with(brace) => {
                push_text(&mut out, brace);
                rest = rest.split_at(1).1;
            }
            "{" => match rest.split_once('}') {
                Some((name, after)) if is_word(name) => {
                    out.push(Piece::Hole(name, fenced(&out, after)));
                    rest = after;
                }
                _ => push_text(&mut out, "{"),
            },
            other => {
                quoted ^= other == "'";
                push_text(&mut out, other);
            }
        }
    }
    push_text(&mut out, rest);
    out
}

fn push_text<'t>(out: &mut Vec<Piece<'t>>, text: &'t str) {
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
}

fn trim_last(out: &mut [Piece<'_>]) {
    if let Some(Piece::Text(text)) = out.last_mut() {
        *text = text.trim_end();
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether what stands around a hole keeps its argument apart without parentheses.
fn fenced(before: &[Piece<'_>], after: &str) -> bool {
    let opens = match before.iter().rev().find(|p| !matches!(p, Piece::Break)) {
        Some(Piece::Text(text)) => text.trim_end().ends_with(['(', ',', '[']),
        _ => false,
    };
    opens && (after.trim_start().starts_with([')', ',', ']']) || after.starts_with(" as "))
}

/// Whether a body is one call or one bracket, so that anything may stand around it.
pub(super) fn is_closed(body: &str) -> bool {
    if is_word(body) || is_case(body) {
        return true;
    }
    let name = body.find('(').map_or(body, |at| body.split_at(at).0);
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.') && closes_at_end(body)
}

fn is_case(body: &str) -> bool {
    body.starts_with("case ") && body.ends_with(" end") && body.matches(" end").count() == 1
}

/// Whether the first bracket is closed by the last character.
fn closes_at_end(body: &str) -> bool {
    let (mut depth, mut quoted) = (0_usize, false);
    for (i, b) in body.bytes().enumerate() {
        match b {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return i + 1 == body.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// The level of a call; `of` gives that of an argument.
pub(super) fn binds(printer: &Printer<'_>, function: FunctionId, args: &[Expr], of: impl Fn(&Expr) -> Binds) -> Binds {
    let Some(function) = printer.program.function(function) else { return Binds::Primary };
    if printer.spelling.kept_as(printer.program, function, args).is_some() {
        return Binds::Primary;
    }
    match printer.spelling.own_body(function, args).or_else(|| body(function, printer.dialect)) {
        Some(body) => match pieces(body).as_slice() {
            [Piece::Hole(name, _)] => argument(function, args, name).and_then(<[Expr]>::first).map_or(Binds::Primary, of),
            _ if is_closed(body) => Binds::Primary,
            _ => Binds::Or,
        },
        None if function.kind == FunctionKind::Operator => operator(&function.name, args.len()),
        None => Binds::Primary,
    }
}

/// The level of an aggregate: its body may be more than a call.
pub(super) fn aggregate_binds(printer: &Printer<'_>, call: &AggregateCall) -> Binds {
    let body = printer.program.function(call.function).and_then(|f| body(f, printer.dialect));
    if body.is_none_or(is_closed) { Binds::Primary } else { Binds::Or }
}

fn operator(name: &str, operands: usize) -> Binds {
    match name {
        "+" | "-" if operands == 1 => Binds::Sign,
        "+" | "-" => Binds::Sum,
        "*" | "/" | "%" => Binds::Product,
        "^" => Binds::Power,
        "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => Binds::Predicate,
        _ => Binds::Other,
    }
}

/// The arguments a hole stands for; a variadic parameter takes the rest.
fn argument<'e>(function: &Function, args: &'e [Expr], name: &str) -> Option<&'e [Expr]> {
    let place = function.params.iter().position(|p| &*p.name == name)?;
    let variadic = function.params.get(place)?.variadic;
    if variadic { args.get(place..) } else { args.get(place..=place) }
}

impl Printer<'_> {
    /// A call or an operator.
    pub(super) fn call(&mut self, id: FunctionId, args: &[Expr], at: Span) -> Printed {
        let Some(function) = self.program.function(id) else { return self.gap("an unknown function", at) };
        self.refuse_unsupported(function, at)?;
        if let Some(ty) = self.spelling.kept_as(self.program, function, args) {
            self.text("cast(");
            self.called(function, args, at)?;
            self.text(&format!(" as {})", self.spelling.type_name(&ty)));
            return Ok(());
        }
        self.called(function, args, at)
    }

    fn called(&mut self, function: &Function, args: &[Expr], at: Span) -> Printed {
        let own = match self.spelling.arguments(function, args) {
            Ok(own) => own,
            Err(what) => return self.gap(what, at),
        };
        let args = own.as_deref().unwrap_or(args);
        match self.spelling.own_body(function, args).or_else(|| body(function, self.dialect)) {
            Some(body) => {
                self.page.open();
                self.filled(function, &pieces(body), args, None, at)?;
                self.page.close();
                Ok(())
            }
            None if function.kind == FunctionKind::Operator => self.infix(function, args, at),
            None => {
                self.function_name(&function.name);
                self.text("(");
                self.page.open();
                self.page.indent();
                for (i, arg) in args.iter().enumerate() {
                    if i == 0 {
                        self.page.tight();
                    } else {
                        self.text(",");
                        self.page.soft();
                    }
                    self.argument(function, i, arg, Binds::Or)?;
                }
                self.page.dedent();
                self.page.tight();
                self.page.close();
                self.text(")");
                Ok(())
            }
        }
    }

    /// The dialects a function is said to lack.
    pub(super) fn refuse_unsupported(&self, function: &Function, at: Span) -> Printed {
        if function.unsupported.contains(&self.dialect) && !function.bodies.contains_key(&self.dialect) {
            return self.gap(format!("`{}`", function.name), at);
        }
        Ok(())
    }

    /// A function's own name, perhaps with its schema.
    pub(super) fn function_name(&mut self, name: &str) {
        for (i, part) in name.split('.').enumerate() {
            if i > 0 {
                self.text(".");
            }
            // `left(…)` and the like are keywords and functions both: bare is right in a call.
            let ident = Ident::exact(part);
            let text = if ident.is_plain() { part.to_string() } else { literal::ident(&ident, self.dialect) };
            self.guarded(&text);
        }
    }

    fn infix(&mut self, function: &Function, args: &[Expr], at: Span) -> Printed {
        let level = operator(&function.name, args.len());
        match args {
            [operand] => {
                self.guarded(&function.name);
                if function.name.bytes().all(|b| b.is_ascii_alphabetic()) {
                    self.text(" ");
                }
                self.operand(operand)
            }
            [left, _]
                if self.dialect == Dialect::Sqlite
                    && matches!(left.ty, Type::Array(_))
                    && function.name.contains(['<', '>'])
                    && &*function.name != "<>" =>
            {
                self.gap(format!("`{}` of arrays", function.name), at)
            }
            [left, right] => {
                let (least_left, least_right) = match level {
                    Binds::Predicate => (Binds::Other, Binds::Other),
                    Binds::Sum => (Binds::Sum, Binds::Product),
                    Binds::Product => (Binds::Product, Binds::Sign),
                    Binds::Other if self.same_operator(left, &function.name) => (Binds::Other, Binds::Sign),
                    _ => (Binds::Sign, Binds::Sign),
                };
                self.page.open();
                self.expr(left, least_left)?;
                self.page.soft();
                self.guarded(&function.name);
                self.text(" ");
                self.expr(right, least_right)?;
                self.page.close();
                Ok(())
            }
            _ => self.gap(format!("`{}` with {} operands", function.name, args.len()), at),
        }
    }

    fn same_operator(&self, expr: &Expr, name: &str) -> bool {
        let ExprKind::Operator { function, .. } = &expr.kind else { return false };
        self.program.function(*function).is_some_and(|f| &*f.name == name && body(f, self.dialect).is_none())
    }

    /// A body with its holes filled; with `only_when`, each argument counts only in the rows it holds for.
    pub(super) fn filled(
        &mut self,
        function: &Function,
        pieces: &[Piece<'_>],
        args: &[Expr],
        only_when: Option<&Expr>,
        at: Span,
    ) -> Printed {
        let alone = pieces.len() == 1;
        // What an aggregate takes beside its values (a separator, a share) is the same in every row.
        let counted = function.params.iter().find(|p| &*p.name == "value").or(function.params.first()).map(|p| &*p.name);
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.guarded(text),
                Piece::Break => self.page.soft(),
                Piece::Hole(name, fenced) => {
                    let Some(values) = argument(function, args, name) else {
                        return self.gap(format!("the hole `{{{name}}}` in the body of `{}`", function.name), at);
                    };
                    let only_when = only_when.filter(|_| counted == Some(*name));
                    let place = function.params.iter().position(|p| &*p.name == *name).unwrap_or_default();
                    let least = if *fenced || alone { Binds::Or } else { Binds::Primary };
                    for (i, value) in values.iter().enumerate() {
                        if i > 0 {
                            self.text(", ");
                        }
                        match only_when {
                            Some(_) => self.counted(value, only_when, least)?,
                            None => self.argument(function, place, value, least)?,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// An argument, in the form the function needs here.
    fn argument(&mut self, function: &Function, place: usize, value: &Expr, least: Binds) -> Printed {
        let Some(parameter) = function.params.get(place) else { return self.expr(value, least) };
        if function.standard {
            match self.spelling.notation(&parameter.name, value) {
                Ok(Some(text)) => {
                    self.quote(&text);
                    return Ok(());
                }
                Ok(None) => {}
                Err(what) => return self.gap(what, value.at),
            }
        }
        match self.spelling.widened(parameter, value).filter(|_| function.kind == FunctionKind::Function) {
            Some(ty) => {
                self.text("cast(");
                self.whole(value)?;
                self.text(&format!(" as {ty})"));
                Ok(())
            }
            None => self.expr(value, least),
        }
    }

    /// An argument of an aggregate, NULL in the rows that do not count.
    pub(super) fn counted(&mut self, value: &Expr, only_when: Option<&Expr>, least: Binds) -> Printed {
        let Some(filter) = only_when else { return self.expr(value, least) };
        self.text("case when ");
        self.whole(filter)?;
        self.text(" then ");
        self.whole(value)?;
        self.text(" end");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_between_commas_and_brackets_need_no_parentheses() {
        use Piece::{Hole, Text};
        assert_eq!(pieces("f({a}, {b})"), [Text("f("), Hole("a", true), Text(", "), Hole("b", true), Text(")")]);
        assert_eq!(pieces("{a} % 2"), [Hole("a", false), Text(" % 2")]);
        assert_eq!(pieces("cast({a} as text)"), [Text("cast("), Hole("a", true), Text(" as text)")]);
    }

    #[test]
    fn doubled_braces_are_braces() {
        use Piece::{Hole, Text};
        assert_eq!(
            pieces("'^[0-9]{{5}}' || {x}"),
            [Text("'"), Text("^[0-9]"), Text("{"), Text("5"), Text("}"), Text("'"), Text(" || "), Hole("x", false)]
        );
    }

    #[test]
    fn a_body_is_closed_when_it_is_one_call_or_bracket() {
        for closed in ["f({x})", "({a} + {b})", "a.f('(', {x})", "case when {x} then 1 end", "current_user"] {
            assert!(is_closed(closed), "{closed}");
        }
        for open in ["{a} + {b}", "f({x}) + g({y})", "f({x})::date", "{x} = any({y})"] {
            assert!(!is_closed(open), "{open}");
        }
    }
}
