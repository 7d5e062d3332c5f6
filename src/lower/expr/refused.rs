//! What is not supported on purpose, with the way that is.

use super::build::{failed_at, typed};
use super::{unsupported, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{ExprKind, FunctionKind, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Typed};
use sqlparser::ast::{self, Expr as E};

/// What reads the clock or chance, with its type. Refused, since no build could be repeated, but read: its type is known, and so are its origins.
const UNREPEATABLE: &[(&[&str], Type, bool)] = &[
    (&["current_date"], Type::Date, true),
    (&["now", "current_timestamp", "clock_timestamp", "statement_timestamp", "transaction_timestamp"], Type::Timestamptz, true),
    (&["localtimestamp"], Type::Timestamp, true),
    (&["localtime"], Type::Time, true),
    (&["timeofday"], Type::TEXT, true),
    (&["random"], Type::Double, false),
    (&["gen_random_uuid", "uuid_generate_v4"], Type::Uuid, false),
];

/// Functions that let data flow where nobody can follow it, or that have no type of ours: names and the way out.
const REFUSED: &[(&[&str], &str, &str)] = &[
    (
        &["current_time", "getdate", "today"],
        "reads the clock, so that no build can be repeated",
        "use `run_date`, the day the platform is built for",
    ),
    (&["setseed", "rand"], "differs from run to run", "derive the value from a key, for example with `md5(id)`"),
    (
        &["to_json", "row_to_json", "json_agg", "row", "hstore"],
        "takes whole rows as values",
        "name the fields: `jsonb_build_object('id', id, …)`",
    ),
    (
        &[
            "query_to_xml",
            "query_to_xmlschema",
            "query_to_xml_and_xmlschema",
            "table_to_xml",
            "table_to_xmlschema",
            "schema_to_xml",
            "database_to_xml",
            "cursor_to_xml",
            "dblink_exec",
            "dblink_open",
            "dblink_send_query",
            "ts_stat",
            "crosstab",
            "query",
        ],
        "reads what a text names or asks, which nobody can follow",
        "write the query itself",
    ),
    (
        &[
            "current_user",
            "session_user",
            "current_role",
            "user",
            "current_setting",
            "set_config",
            "current_schema",
            "current_database",
            "version",
            "inet_client_addr",
            "dblink",
            "lo_get",
            "lo_export",
            "txid_current",
            "row_security_active",
            "has_table_privilege",
            "has_column_privilege",
            "to_regclass",
            "obj_description",
            "col_description",
        ],
        "reads the session or the server",
        "write who may read what as `policy` and `grant`",
    ),
    (&["nextval", "currval", "lastval", "setval"], "changes state while reading", "use `row_number() over (…)`"),
];

/// What is said of a function that reads the clock.
pub(super) fn clock(name: &str, code: Code, at: Span) -> Diagnostic {
    Diagnostic::error(code, at, format!("`{name}` reads the clock, so that no build can be repeated"))
}

/// The clock where a value is read: in a mask it is worse, since what the mask leaves would change from day to day.
pub(super) fn by_clock(cx: &Cx<'_>, name: &str, at: Span, help: &str) -> Diagnostic {
    if cx.in_mask.get() {
        let message = format!("`{name}` reads the clock, and what a mask leaves may not change from one day to the next");
        return Diagnostic::error(Code::MaskClock, at, message).help("give the mask `year_start(run_date)`, which changes once a year");
    }
    clock(name, Code::Unrepeatable, at).help(help)
}

/// A function refused by name. `None`: not one of them.
pub(super) fn known(cx: &Cx<'_>, name: &str, at: Span) -> Option<Typed> {
    if cx.program.function_names.contains_key(name) {
        return None;
    }
    if let Some((_, ty, tells_time)) = UNREPEATABLE.iter().find(|(names, ..)| names.contains(&name)) {
        cx.error(if *tells_time {
            by_clock(cx, name, at, "use `run_date`, the day the platform is built for")
        } else {
            let problem = Diagnostic::error(Code::Unrepeatable, at, format!("`{name}` differs from run to run"));
            problem.help("derive the value from a key, for example with `md5(id)`")
        });
        return Some(typed(ExprKind::Error, ty.clone(), false, at, Facts::default()));
    }
    if name.starts_with("pg_") {
        let problem = Diagnostic::error(Code::SqlUnsupported, at, format!("`{name}` reads the server, its statistics or its files"));
        cx.error(problem.help("read tables and models: only what they hold has a label"));
        return Some(failed_at(at));
    }
    let (_, why, help) = REFUSED.iter().find(|(names, ..)| names.contains(&name))?;
    cx.error(Diagnostic::error(Code::SqlUnsupported, at, format!("`{name}` {why}")).help(*help));
    Some(failed_at(at))
}

/// Columns that warehouses keep for themselves: where and when a row was written, which nobody labels.
const SYSTEM: [&str; 12] =
    ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid", "_rowid_", "_partitiontime", "_partitiondate", "_file_name"];

/// A name that no column has, where it is one of the warehouse's own. `None`: it is not.
pub(super) fn system_column(cx: &Cx<'_>, name: &str, at: Span) -> Option<Typed> {
    if !SYSTEM.contains(&name) {
        return None;
    }
    let problem = Diagnostic::error(Code::SqlUnsupported, at, format!("`{name}` is a column of the warehouse's own, which has no label"));
    cx.error(problem.help("use a declared column"));
    Some(failed_at(at))
}

/// A function nobody declared.
pub(super) fn unknown_function(cx: &Cx<'_>, name: &str, at: Span) -> Typed {
    let callable = |name: &str| {
        !name.is_empty()
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !["extract_", "date_trunc_", "json_value_of"].iter().any(|p| name.starts_with(p))
    };
    let names = cx.program.function_names.keys().map(|k| &**k).filter(|k| callable(k));
    let built_in = ["coalesce", "greatest", "least", "nullif", "date_part", "date_trunc", "release"];
    let problem = Diagnostic::error(Code::UnknownFunction, at, format!("no function `{name}`")).suggest(name, names.chain(built_in));
    cx.error(problem.help("a project can declare one: `function f(a: text) -> text { postgres \"…\" sqlite \"…\" }`"));
    failed_at(at)
}

/// An operator the library does not have.
pub(super) fn operator(cx: &Cx<'_>, symbol: &str, at: Span) -> Typed {
    let is_operator = |name: &str| {
        cx.program
            .function_names
            .get(name)
            .into_iter()
            .flatten()
            .any(|id| cx.program.function(*id).is_some_and(|f| f.kind == FunctionKind::Operator))
    };
    if is_operator(symbol) {
        return failed_at(at);
    }
    let what = if symbol.starts_with(|c: char| c.is_ascii_alphabetic()) { "function" } else { "operator" };
    unsupported_at(cx, at, &format!("the {what} `{symbol}`"), "")
}

/// A construct no rule covers.
pub(super) fn construct(cx: &Cx<'_>, e: &E) -> Typed {
    let (what, help) = match e {
        E::RLike { .. } => ("`rlike`", "use the regular expression operator `~`"),
        E::IsNormalized { .. } => ("`is normalized`", ""),
        E::IsJson { .. } => ("`with unique keys`", ""),
        E::Collate { .. } => ("`collate`", "sort by `lower(x)` when case is the question"),
        E::Convert { .. } => ("`convert`", "use `cast(a as t)`"),
        E::JsonAccess { .. } => ("this JSON path", "write `a.b[0].c` or `a -> 'b' -> 0 ->> 'c'`"),
        E::Wildcard(_) | E::QualifiedWildcard(..) => ("`*` as a value", "name the columns; only `count(*)` takes it"),
        E::GroupingSets(_) | E::Cube(_) | E::Rollup(_) => ("grouping sets outside `group by`", ""),
        E::InUnnest { .. } => ("`in unnest(…)`", "use `= any (array)`"),
        E::Prefixed { .. } => ("a prefixed literal", "write a plain text `'…'`"),
        E::Struct { .. } | E::Named { .. } | E::Dictionary(_) | E::Map(_) => {
            ("a structured literal", "use `jsonb_build_object('key', value)`")
        }
        E::Lambda(ast::LambdaFunction { .. }) => ("a lambda", ""),
        _ => ("this expression", ""),
    };
    unsupported(cx, e, what, help)
}
