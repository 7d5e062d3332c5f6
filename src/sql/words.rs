//! Words a dialect does not take as a bare name.

use crate::ir::Dialect;

/// PostgreSQL's reserved words (appendix C of its manual), those that may only name functions or types, and those that begin a syntax of their own.
const POSTGRES: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "binary", "both", "case", "cast", "check",
    "coalesce", "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "exists", "extract", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in",
    "initially", "inner", "intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "least", "left", "like", "limit", "localtime",
    "localtimestamp", "natural", "not", "notnull", "null", "nullif", "offset", "on", "only", "or", "order", "outer", "over", "overlaps", "overlay",
    "placing", "position", "primary", "references", "returning", "right", "row", "select", "session_user", "setof", "similar", "some", "substring",
    "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
    "variadic", "verbose", "when", "where", "window", "with",
];

/// SQLite's keywords that its parser does not fall back from (`parse.y`), and `rowid`, which it would take for its own.
const SQLITE: &[&str] = &[
    "add", "all", "alter", "and", "as", "autoincrement", "between", "case", "cast", "check", "collate", "commit", "constraint", "create", "cross",
    "current_date", "current_time", "current_timestamp", "default", "deferrable", "delete", "distinct", "drop", "else", "escape", "except", "exists",
    "false", "filter", "foreign", "from", "full", "group", "having", "if", "in", "index", "indexed", "inner", "insert", "intersect", "into", "is",
    "isnull", "join", "left", "limit", "natural", "not", "nothing", "notnull", "null", "on", "or", "order", "outer", "over", "primary", "raise",
    "references", "returning", "right", "rowid", "select", "set", "table", "then", "to", "transaction", "true", "union", "unique", "update", "using",
    "values", "when", "where", "window",
];

/// DuckDB's beyond PostgreSQL's.
const DUCKDB: &[&str] = &["anti", "asof", "at", "describe", "glob", "lambda", "map", "pivot", "pivot_longer", "pivot_wider", "positional", "qualify", "semi", "show", "struct", "summarize", "unpack", "unpivot"];

/// GoogleSQL's reserved words.
const BIGQUERY: &[&str] = &[
    "all", "and", "any", "array", "as", "asc", "assert_rows_modified", "at", "between", "by", "case", "cast", "collate", "contains", "create", "cross",
    "cube", "current", "default", "define", "desc", "distinct", "else", "end", "enum", "escape", "except", "exclude", "exists", "extract", "false", "fetch",
    "following", "for", "from", "full", "group", "grouping", "groups", "hash", "having", "if", "ignore", "in", "inner", "intersect", "interval", "into",
    "is", "join", "lateral", "left", "like", "limit", "lookup", "merge", "natural", "new", "no", "not", "null", "nulls", "of", "on", "or", "order", "outer",
    "over", "partition", "preceding", "proto", "qualify", "range", "recursive", "respect", "right", "rollup", "rows", "select", "set", "some", "struct",
    "tablesample", "then", "to", "treat", "true", "unbounded", "union", "unnest", "using", "when", "where", "window", "with", "within",
];

/// Whether a plain name has to be quoted.
pub(super) fn reserved(word: &str, dialect: Dialect) -> bool {
    let has = |words: &[&str]| words.binary_search(&word).is_ok();
    match dialect {
        Dialect::Postgres => has(POSTGRES),
        Dialect::Sqlite => has(SQLITE),
        Dialect::DuckDb => has(POSTGRES) || has(DUCKDB),
        Dialect::BigQuery => has(BIGQUERY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_for_binary_search() {
        for words in [POSTGRES, SQLITE, DUCKDB, BIGQUERY] {
            assert!(words.is_sorted());
        }
    }
}
