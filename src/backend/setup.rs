//! What a warehouse needs before the first build: the functions that some masks of the standard library call.

use crate::ir::Dialect;

/// The statements that make them, idempotent and without any secret; `None` for dialects that need none.
pub(super) fn statements(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => Some(include_str!("../../stdlib/setup/postgres.sql")),
        Dialect::DuckDb => Some(include_str!("../../stdlib/setup/duckdb.sql")),
        Dialect::BigQuery => Some(include_str!("../../stdlib/setup/bigquery.sql")),
        Dialect::Sqlite => None,
    }
}

/// Whether a printed query calls one of them: they all lie in the schema `pipec`.
pub(super) fn called_in(sql: &str) -> bool {
    sql.contains("pipec.")
}

/// What has to be there besides, where a query looks up a key; it needs the place of the keys, which an administrator makes.
pub(super) fn keyed(dialect: Dialect) -> Option<&'static str> {
    (dialect == Dialect::BigQuery).then_some(include_str!("../../stdlib/setup/bigquery_secret.sql"))
}

/// Whether a printed query looks up a key.
pub(super) fn looks_up_key(sql: &str) -> bool {
    ["hmac_token", "fake_word", "date_shift", "noise"].iter().any(|keyed| sql.contains(&format!("pipec.{keyed}(")))
}

#[cfg(test)]
mod tests {
    use super::statements;
    use crate::ir::{Dialect, FOR_BUILDERS};

    #[test]
    fn what_public_may_not_call_is_known_by_name() {
        let setup = statements(Dialect::Postgres).unwrap();
        let revoked =
            setup.lines().filter_map(|l| l.strip_prefix("revoke execute on function pipec.")).filter(|l| l.ends_with("from public;"));
        let revoked: Vec<String> = revoked.map(|l| format!("pipec.{}(", l.split('(').next().unwrap())).collect();
        assert!(!revoked.is_empty() && revoked.iter().all(|r| FOR_BUILDERS.contains(&r.as_str())), "{revoked:?}");
    }
}
