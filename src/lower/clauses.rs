use super::Cx;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Body, ClauseKind, NamePart, RawText, SelectEntry, Snippet};

/// The clauses of a body by kind, each at most once where SQL has it once.
#[derive(Default)]
pub(super) struct Parts<'b> {
    pub(super) lets: Vec<Let<'b>>,
    pub(super) from: Option<Snippet>,
    pub(super) joins: Vec<Joined>,
    pub(super) filter: Option<Snippet>,
    pub(super) group: Option<Snippet>,
    pub(super) having: Option<Snippet>,
    pub(super) qualify: Option<Snippet>,
    pub(super) select: Option<Select<'b>>,
    pub(super) distinct_on: Option<Snippet>,
    pub(super) sets: Vec<Other<'b>>,
    pub(super) order: Option<Snippet>,
    pub(super) limit: Option<Snippet>,
}

/// `let name = …`
pub(super) struct Let<'b> {
    pub(super) name: &'b NamePart,
    pub(super) rows: Part<'b>,
    pub(super) at: Span,
}

/// Rows written as clauses or as SQL.
pub(super) enum Part<'b> {
    Body(&'b Body),
    Sql(&'b RawText),
}

/// `join …` and `unnest …`, in the order written.
pub(super) enum Joined {
    Join(Snippet),
    Unnest(Snippet),
}

/// `select …`
pub(super) struct Select<'b> {
    pub(super) distinct: bool,
    pub(super) entries: &'b [SelectEntry],
    pub(super) at: Span,
}

/// `union all { … }`
pub(super) struct Other<'b> {
    pub(super) operator: &'b str,
    pub(super) all: bool,
    pub(super) body: &'b Body,
    pub(super) at: Span,
}

/// Sorts the clauses of a body. `None` after reporting what stands twice or is missing.
pub(super) fn parts<'b>(cx: &Cx<'_>, body: &'b Body) -> Option<Parts<'b>> {
    let mut parts = Parts::default();
    let mut seen: Vec<(&'static str, Span)> = Vec::new();
    let mut wrong = false;
    for clause in &body.clauses {
        let at = clause.at;
        if let Some(word) = single(&clause.kind) {
            if let Some((_, first)) = seen.iter().find(|(w, _)| *w == word) {
                let problem = Diagnostic::error(Code::Syntax, at, format!("this body has a second `{word}`"));
                cx.error(problem.mark(*first, "the first one").help(advice(word)));
                wrong = true;
            }
            seen.push((word, at));
        }
        match &clause.kind {
            ClauseKind::Let { name, body } => parts.lets.push(Let { name, rows: Part::Body(body), at }),
            ClauseKind::LetSql { name, text } => parts.lets.push(Let { name, rows: Part::Sql(text), at }),
            ClauseKind::From(s) => parts.from = Some(*s),
            ClauseKind::Join(s) => parts.joins.push(Joined::Join(*s)),
            ClauseKind::Unnest(s) => parts.joins.push(Joined::Unnest(*s)),
            ClauseKind::Where(s) => parts.filter = Some(*s),
            ClauseKind::GroupBy(s) => parts.group = Some(*s),
            ClauseKind::Having(s) => parts.having = Some(*s),
            ClauseKind::Qualify(s) => parts.qualify = Some(*s),
            ClauseKind::Select { distinct, entries } => parts.select = Some(Select { distinct: *distinct, entries, at }),
            ClauseKind::DistinctOn(s) => parts.distinct_on = Some(*s),
            ClauseKind::SetOperation { operator, all, body } => parts.sets.push(Other { operator, all: *all, body, at }),
            ClauseKind::OrderBy(s) => parts.order = Some(*s),
            ClauseKind::Limit(s) => parts.limit = Some(*s),
            ClauseKind::Pivot(_) => {
                let problem = Diagnostic::error(Code::SqlUnsupported, at, "`pivot` is not supported yet");
                cx.error(problem.help("write one `max(…) filter (where …)` per column, in a `for` loop over the data that names them"));
                wrong = true;
            }
            ClauseKind::Assert(_) | ClauseKind::Columns(_) | ClauseKind::Drop(_) | ClauseKind::Setting(_) => {}
        }
    }
    if parts.from.is_none() && (parts.select.is_none() || !parts.joins.is_empty()) && !wrong {
        cx.error(
            Diagnostic::error(Code::MissingSetting, body.at, "this body has no `from`")
                .help("say which table its rows come from: `from …`"),
        );
        wrong = true;
    }
    (!wrong).then_some(parts)
}

/// The word of a clause that may stand once.
fn single(kind: &ClauseKind) -> Option<&'static str> {
    Some(match kind {
        ClauseKind::From(_) => "from",
        ClauseKind::Where(_) => "where",
        ClauseKind::GroupBy(_) => "group by",
        ClauseKind::Having(_) => "having",
        ClauseKind::Qualify(_) => "qualify",
        ClauseKind::Select { .. } => "select",
        ClauseKind::DistinctOn(_) => "distinct on",
        ClauseKind::OrderBy(_) => "order by",
        ClauseKind::Limit(_) => "limit",
        _ => return None,
    })
}

fn advice(word: &str) -> &'static str {
    match word {
        "from" => "join further tables: `join … on …`, `cross join …`",
        "where" | "having" | "qualify" => "join the conditions with `and`",
        _ => "keep one of them",
    }
}
