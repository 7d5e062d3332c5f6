//! `json_allow(doc, 'gender', 'address.text')`: an object of the listed paths of a typed document, and of nothing else. Each path is read
//! like any other, so the object tells what its paths tell, and not what the document does.

use super::build::{constant, failed_at, span_of};
use super::call::{self, by_name};
use super::json::{self, Step};
use super::{expr, is_error, literal};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{FunctionKind, JsonShape, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{FunctionArg, FunctionArgExpr};

/// Fields by name, in the order of their first path.
#[derive(Default)]
struct Kept {
    fields: Vec<(String, Kept)>,
}

impl Kept {
    /// Takes a path in; false when one of two paths holds the other, so that a list says what it keeps.
    fn take(&mut self, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        match self.fields.iter_mut().find(|(name, _)| name == first) {
            Some((_, below)) => !rest.is_empty() && !below.fields.is_empty() && below.take(rest),
            None => {
                let mut below = Kept::default();
                let fits = rest.is_empty() || below.take(rest);
                self.fields.push(((*first).to_owned(), below));
                fits
            }
        }
    }
}

/// The call. P0208 for what is no document of a declared type, P0131 for a list that is none, P0212 for a path that its type lacks.
pub(super) fn json_allow(cx: &Cx<'_>, scope: &Scope<'_>, args: &[FunctionArg], at: Span) -> Typed {
    let Some((FunctionArg::Unnamed(FunctionArgExpr::Expr(doc)), paths)) = args.split_first() else { return malformed(cx, at) };
    let doc = expr(cx, scope, doc);
    let at = span_of(at, [&doc]);
    if is_error(&doc.expr) {
        return failed_at(at);
    }
    if !matches!(doc.expr.ty, Type::Json(JsonShape::Object(..))) {
        let message = format!("`json_allow` takes a document of a declared type, and this is `{}`", doc.expr.ty);
        cx.error(Diagnostic::error(Code::TypeMismatch, at, message).help("declare what the column holds: `resource json<Patient>`"));
        return failed_at(at);
    }
    let mut kept = Kept::default();
    for path in paths {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(written)) = path else { return malformed(cx, at) };
        let Some(text) = literal::text_of(written) else { return malformed(cx, at) };
        let names: Vec<&str> = text.split('.').collect();
        if names.contains(&"") || !kept.take(&names) {
            return malformed(cx, at);
        }
    }
    if kept.fields.is_empty() { malformed(cx, at) } else { object(cx, &doc, &kept, &[], at) }
}

/// An object of the fields below a path.
fn object(cx: &Cx<'_>, doc: &Typed, kept: &Kept, above: &[&str], at: Span) -> Typed {
    let mut pairs = Vec::with_capacity(kept.fields.len() * 2);
    for (name, below) in &kept.fields {
        let path: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
        let value = if below.fields.is_empty() {
            json::access(cx, doc.clone(), path.iter().map(|f| (Step::Field((*f).into()), at)).collect(), Vec::new())
        } else {
            object(cx, doc, below, &path, at)
        };
        pairs.push(constant(Literal::Text(name.as_str().into()), Type::TEXT, at));
        pairs.push(value);
    }
    by_name(cx, call::OBJECT, FunctionKind::Function, pairs, at)
}

fn malformed(cx: &Cx<'_>, at: Span) -> Typed {
    let problem =
        Diagnostic::error(Code::BadSetting, at, "`json_allow` takes a document and the paths that are kept of it, none inside another");
    cx.error(problem.help("write `json_allow(p.resource, 'gender', 'maritalStatus.text')`"));
    failed_at(at)
}
