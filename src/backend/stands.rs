//! What stands under a relation's name already. `create table if not exists` takes a view for the table, and an insert then goes through it into
//! what the view reads; every other `create` just stops. So what an earlier build made there of another kind is dropped first, within the same
//! transaction; anything else is left alone, and stops the build. A comment tells what builds made: it goes with the relation, and needs no state.

use super::access::in_dollars;
use super::text::literal_text;

/// The comment of a view, and of a table that every build makes anew.
pub(super) const MADE: &str = "pipec: made anew by every build";

/// The comment of a table that applications and loads fill.
const FILLED: &str = "pipec: filled by others";

/// What is to stand under a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A view.
    View,
    /// A materialized view.
    Materialized,
    /// A table that every build makes anew.
    Table,
    /// An incremental table.
    Kept,
    /// A table that others fill.
    Own,
}

/// A statement that drops what builds have made of another kind under this name, and stops the build where something else is in the way.
pub(super) fn make_way(name: &str, wanted: Wanted) -> String {
    use Wanted::{Kept, Materialized, Own, Table, View};
    let gone = |stands: &str, kind: &str| format!("stands {stands} then\n        drop {kind} {name} cascade;\n");
    let mut cases = Vec::new();
    if wanted != View {
        cases.push(gone("like 'vpipec: %'", "view"));
    }
    if wanted != Materialized {
        cases.push(gone("like 'mpipec: %'", "materialized view"));
    }
    if wanted != Table {
        cases.push(gone(&format!("= 'r{MADE}'"), "table"));
    }
    let kept = match wanted {
        View | Materialized => Some("stands like 'rpipec: %'".to_owned()),
        Table => Some(format!("stands like 'rpipec: %' and stands <> 'r{MADE}'")),
        Kept => Some(format!("stands = 'r{FILLED}'")),
        Own => Some("stands like 'rpipec: rows made under %'".to_owned()),
    };
    let stops = |when: &str, why: &str| format!("{when} then\n        raise exception 'pipec: % {why}', {};\n", literal_text(name));
    cases.extend(kept.map(|when| stops(&when, "holds rows that no build makes anew: drop it if they may go")));
    let other = match wanted {
        View => "stands not like 'v%'",
        Materialized => "stands not like 'm%'",
        Table | Kept => "stands not like 'r%'",
        Own => "stands not like 'r%' and stands not like 'p%'",
    };
    cases.push(stops(other, "is in the way, and no mark says that a build made it: rename it, or drop it"));
    let body = format!(
        "declare\n    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass({}));\nbegin\n    if {}    end if;\nend",
        literal_text(name),
        cases.join("    elsif ")
    );
    format!("do {};\n", in_dollars(&body))
}

/// Marks a table that others fill, unless somebody has said something about it.
pub(super) fn mark_filled(name: &str) -> String {
    let body = format!(
        "begin\n    if obj_description(to_regclass({}), 'pg_class') is null then\n        comment on table {name} is {};\n    end if;\nend",
        literal_text(name),
        literal_text(FILLED)
    );
    format!("do {};\n", in_dollars(&body))
}

/// Marks a view, or a table that every build makes anew.
pub(super) fn mark(kind: &str, name: &str) -> String {
    format!("comment on {kind} {name} is {};\n", literal_text(MADE))
}
