//! The statements of a load. One file is one transaction: its rows, those in quarantine and its row of the audit table are there together or not at all.
//! Every value of a file is data of `copy` or a variable that psql quotes; names and constants are the program's.

use super::super::own_tables::{conditions, foreign_keys, qualified};
use super::super::text::literal_text;
use crate::base::Ident;
use crate::ir::{AssertionKind, Dialect, Duplicate, Fill, Filled, Load, Program, Table, Type};
use crate::sql::{self, Gap};

/// What is held while tables are made and files are loaded: two runs take turns.
pub(super) fn lock(program: &Program) -> String {
    let key = literal_text(&format!("pipec loads of {}", program.project.name));
    format!("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({key}, 0));\n")
}

/// The three parts: is the file known, load it, tell that it failed. `load.py` says which.
///
/// # Errors
/// A condition of the table that Postgres cannot ask.
pub(super) fn statements(program: &Program, load: &Load, table: &Table) -> Result<String, Gap> {
    let made = Made::new(program, load, table);
    let seen = format!(
        "exists (select from {} as a where a.\"load\" = {} and a.sha256 = :'sha256' and a.status = 'loaded')",
        made.audit, made.load_name
    );
    let mut out = String::from("set client_min_messages = error;\nset datestyle = 'ISO, YMD';\nset timezone = 'UTC';\n");
    out.push_str("\\if :known\n");
    out.push_str(&format!(
        "with seen as (select {seen} as known),\n    told as ({} where known returning 1)\nselect case when known then 'known' else 'new' end from seen;\n",
        made.told("known", "null", "from seen")
    ));
    out.push_str("\\elif :load\nbegin;\n\\o /dev/null\n");
    out.push_str(&lock(program));
    out.push_str(&format!("select {seen} as again \\gset\n\\if :again\nrollback;\n\\o\nselect 'known';\n\\else\n"));
    out.push_str(&made.read());
    out.push_str(&made.refusals()?);
    out.push_str(&made.duplicates());
    out.push_str(&made.uniques());
    out.push_str(&made.written());
    out.push_str(&made.counted());
    out.push_str("commit;\n\\o\n");
    out.push_str(&format!(
        "select pg_catalog.concat_ws('|', rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined) from {} where id = :batch;\n",
        made.audit
    ));
    out.push_str("\\endif\n\\elif :failed\n");
    out.push_str(&format!("{};\n\\endif\n", made.told("failed", "nullif(:'error', '')", "")));
    Ok(out)
}

struct Made<'p> {
    program: &'p Program,
    load: &'p Load,
    table: &'p Table,
    target: String,
    audit: String,
    quarantine: String,
    load_name: String,
    /// The column of the typed rows that holds the line.
    line: String,
}

impl<'p> Made<'p> {
    fn new(program: &'p Program, load: &'p Load, table: &'p Table) -> Self {
        let name = |id| program.table(id).map_or(String::new(), |t| qualified(program, t));
        let mut line = "pipec_line".to_owned();
        while table.columns.iter().any(|c| c.name.as_str() == line) {
            line.push('_');
        }
        Made {
            program,
            load,
            table,
            target: name(load.table),
            audit: name(load.audit),
            quarantine: name(load.quarantine),
            load_name: literal_text(load.name.as_str()),
            line,
        }
    }

    /// A row of the audit table without rows of its file.
    fn told(&self, status: &str, error: &str, from: &str) -> String {
        format!(
            "insert into {} (\"load\", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)\nselect {}, :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, '{status}', {error}, 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp() {from}",
            self.audit, self.load_name
        )
    }

    fn columns(&self) -> impl Iterator<Item = (usize, String, &'p Type)> {
        let table = self.table;
        self.load.from_file().enumerate().filter_map(move |(i, (place, _))| {
            let column = table.columns.get(place as usize)?;
            Some((i + 1, ident(&column.name), &column.ty))
        })
    }

    fn names(&self, places: &[u32]) -> Vec<String> {
        places.iter().filter_map(|p| self.table.columns.get(*p as usize)).map(|c| ident(&c.name)).collect()
    }

    /// The file's rows as texts, then as values. Only a file with a value that no check before has refused is read row by row.
    fn read(&self) -> String {
        let texts: Vec<String> = self.columns().map(|(i, ..)| format!("v{i} text")).collect();
        let types: Vec<String> = self.columns().map(|(_, name, ty)| format!("{name} {}", sql::type_name(ty, Dialect::Postgres))).collect();
        let cast = |from: &str| -> String {
            self.columns().map(|(i, _, ty)| format!("{from}v{i}::{}", sql::type_name(ty, Dialect::Postgres))).collect::<Vec<_>>().join(", ")
        };
        let mut out = format!("{} returning id as batch \\gset\n", self.told("loaded", "null", ""));
        out.push_str(&format!(
            "create temp table pipec_lines (line bigint not null, reason text, place text, content text not null, characters bigint not null, {}) on commit drop;\n",
            texts.join(", ")
        ));
        out.push_str("\\copy pg_temp.pipec_lines from 'rows'\n");
        out.push_str(&format!("create temp table pipec_rows ({} bigint primary key, {}) on commit drop;\n", self.line, types.join(", ")));
        out.push_str(&format!(
            "do $pipec$\ndeclare\n    one record;\nbegin\n    begin\n        insert into pg_temp.pipec_rows select l.line, {} from pg_temp.pipec_lines as l where l.reason is null;\n    exception when data_exception or program_limit_exceeded then\n        for one in select l.* from pg_temp.pipec_lines as l where l.reason is null loop\n            begin\n                insert into pg_temp.pipec_rows values (one.line, {});\n            exception when data_exception or program_limit_exceeded then\n                update pg_temp.pipec_lines as l set reason = 'type' where l.line = one.line;\n            end;\n        end loop;\n    end;\nend\n$pipec$;\n",
            cast("l."),
            cast("one.")
        ));
        out.push_str("analyze pg_temp.pipec_lines;\nanalyze pg_temp.pipec_rows;\n");
        out
    }

    /// Marks rows that are still good.
    fn mark(&self, reason: &str, place: &str, which: &str) -> String {
        format!(
            "update pg_temp.pipec_lines as l set reason = {}, place = {} where l.reason is null and l.line in ({which});\n",
            literal_text(reason),
            if place.is_empty() { "null".to_owned() } else { literal_text(place) }
        )
    }

    /// Rows that break a condition of the table, or refer to nothing.
    fn refusals(&self) -> Result<String, Gap> {
        let mut out = String::new();
        let told = self.load.told();
        for kept in conditions(self.program, self.table)? {
            let which = format!("select {} from pg_temp.pipec_rows where not ({})", self.line, kept.holds);
            // A condition over a column that the file does not fill is about its default: Postgres asks it when the row goes in.
            if self.asks_of_file(&kept.holds) {
                out.push_str(&self.mark(kept.asked, &kept.place, &which));
            }
        }
        for (column, other, theirs) in foreign_keys(self.program, self.table).filter(|(c, ..)| told.contains(c)) {
            let (Some(name), Some(their)) = (self.names(&[column]).pop(), other.columns.get(theirs as usize)) else { continue };
            let which = format!(
                "select r.{} from pg_temp.pipec_rows as r where r.{name} is not null and not exists (select from {} as o where o.{} = r.{name})",
                self.line,
                qualified(self.program, other),
                ident(&their.name)
            );
            let place = self.table.columns.get(column as usize).map_or("", |c| c.name.as_str());
            out.push_str(&self.mark("references", place, &which));
        }
        Ok(out)
    }

    /// Whether a condition names columns of the file only.
    fn asks_of_file(&self, holds: &str) -> bool {
        let told = self.load.told();
        let others = (0u32..).zip(&self.table.columns).filter(|(p, _)| !told.contains(p));
        !others.map(|(_, c)| ident(&c.name)).any(|name| names_it(holds, &name))
    }

    fn good(&self) -> String {
        format!("pg_temp.pipec_rows as r join pg_temp.pipec_lines as l on l.line = r.{} and l.reason is null", self.line)
    }

    fn same(&self, places: &[u32], a: &str, b: &str) -> String {
        self.names(places).iter().map(|n| format!("{a}.{n} = {b}.{n}")).collect::<Vec<_>>().join(" and ")
    }

    /// Rows whose key stands on another line of the file, or is in the table.
    fn duplicates(&self) -> String {
        let key = &self.load.key;
        if key.is_empty() {
            return String::new();
        }
        let columns: Vec<String> = self.names(key).iter().map(|n| format!("r.{n}")).collect();
        let order = if self.load.duplicate == Duplicate::Update { " desc" } else { "" };
        let numbered = format!(
            "select r.{0} as line, pg_catalog.row_number() over (partition by {1} order by r.{0}{order}) as nth from {2}",
            self.line,
            columns.join(", "),
            self.good()
        );
        let mut out = self.mark("duplicate", "", &format!("select n.line from ({numbered}) as n where n.nth > 1"));
        if self.load.duplicate != Duplicate::Update {
            let which = format!(
                "select r.{} from pg_temp.pipec_rows as r where exists (select from {} as t where {})",
                self.line,
                self.target,
                self.same(key, "t", "r")
            );
            out.push_str(&self.mark("duplicate", "", &which));
        }
        out
    }

    /// Rows that break another unique list of columns than the key.
    fn uniques(&self) -> String {
        let told = self.load.told();
        let mut lists: Vec<Vec<u32>> = vec![self.table.key.clone()];
        lists.extend(
            self.table.assertions.iter().filter_map(|a| if let AssertionKind::Unique(of) = &a.kind { Some(of.clone()) } else { None }),
        );
        for index in self.table.own().into_iter().flat_map(|o| &o.indexes).filter(|i| i.unique) {
            let place = |name: &Ident| (0u32..).zip(&self.table.columns).find(|(_, c)| c.name == *name).map(|(p, _)| p);
            lists.extend(index.columns.iter().map(place).collect::<Option<Vec<u32>>>());
        }
        lists.iter_mut().for_each(|l| l.sort_unstable());
        lists.sort();
        lists.dedup();
        let mut out = String::new();
        for list in lists.iter().filter(|l| !l.is_empty() && **l != self.load.key && l.iter().all(|c| told.contains(c))) {
            let columns: Vec<String> = self.names(list).iter().map(|n| format!("r.{n}")).collect();
            let filled = columns.iter().map(|c| format!("{c} is not null")).collect::<Vec<_>>().join(" and ");
            let numbered = format!(
                "select r.{0} as line, pg_catalog.row_number() over (partition by {1} order by r.{0}) as nth from {2} where {filled}",
                self.line,
                columns.join(", "),
                self.good()
            );
            let place =
                list.iter().filter_map(|c| self.table.columns.get(*c as usize)).map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
            out.push_str(&self.mark("unique", &place, &format!("select n.line from ({numbered}) as n where n.nth > 1")));
            let other =
                if self.load.key.is_empty() { String::new() } else { format!(" and not ({})", self.same(&self.load.key, "t", "r")) };
            let which = format!(
                "select r.{} from pg_temp.pipec_rows as r where exists (select from {} as t where {}{other})",
                self.line,
                self.target,
                self.same(list, "t", "r")
            );
            out.push_str(&self.mark("unique", &place, &which));
        }
        out
    }

    /// What fills a column.
    fn value(&self, place: u32, filled: &Filled) -> String {
        let column = self.table.columns.get(place as usize);
        match filled {
            Filled::Header(_) => format!("r.{}", column.map_or(String::new(), |c| ident(&c.name))),
            Filled::Batch => ":batch".to_owned(),
            Filled::File => ":'file'".to_owned(),
            Filled::Line => format!("r.{}", self.line),
            Filled::Now if column.is_some_and(|c| c.ty == Type::Timestamp) => "(:'started'::timestamptz at time zone 'UTC')".to_owned(),
            Filled::Now => ":'started'::timestamptz".to_owned(),
        }
    }

    /// The rows themselves.
    fn written(&self) -> String {
        let mut out = String::new();
        let key = &self.load.key;
        if self.load.duplicate == Duplicate::Update && !key.is_empty() {
            let mut set: Vec<String> = Vec::new();
            for (place, filled) in self.load.columns.iter().filter(|(p, _)| !key.contains(p)) {
                set.push(format!("{} = {}", self.names(&[*place]).concat(), self.value(*place, filled)));
            }
            // A replaced row is as new: whoever marks rows as done sees it again. Its number stays.
            for (place, fill) in self.table.own().into_iter().flat_map(|o| &o.defaults) {
                if !self.load.columns.iter().any(|(p, _)| p == place) && !matches!(fill, Fill::Uuid | Fill::Identity) {
                    set.push(format!("{} = default", self.names(&[*place]).concat()));
                }
            }
            // Nothing but a key: a row that is there is as it should be.
            set.extend(set.is_empty().then(|| format!("{0} = t.{0}", self.names(key).first().map_or("", String::as_str))));
            out.push_str(&format!(
                "with done as (\n    update {} as t set {} from {} where {} returning 1\n)\nselect pg_catalog.count(*) as updated from done \\gset\n",
                self.target,
                set.join(", "),
                self.good(),
                self.same(key, "t", "r")
            ));
        } else {
            out.push_str("\\set updated 0\n");
        }
        let names: Vec<String> = self.load.columns.iter().map(|(p, _)| self.names(&[*p]).concat()).collect();
        let values: Vec<String> = self.load.columns.iter().map(|(p, f)| self.value(*p, f)).collect();
        let new = if key.is_empty() {
            String::new()
        } else {
            format!(" where not exists (select from {} as t where {})", self.target, self.same(key, "t", "r"))
        };
        out.push_str(&format!(
            "with done as (\n    insert into {} ({}) select {} from {}{new} order by r.{} returning 1\n)\nselect pg_catalog.count(*) as inserted from done \\gset\n",
            self.target,
            names.join(", "),
            values.join(", "),
            self.good(),
            self.line
        ));
        out
    }

    /// Quarantine, and the counts; a file of which a row is missing anywhere does not go in.
    fn counted(&self) -> String {
        let refused = if self.load.duplicate == Duplicate::Refuse {
            "l.reason is not null"
        } else {
            "l.reason is not null and l.reason <> 'duplicate'"
        };
        let mut out = format!(
            "with done as (\n    insert into {} (batch_id, file, line, reason, place, content, characters, quarantined_at)\n    select :batch, :'file', l.line, l.reason, l.place, l.content, l.characters, :'started'::timestamptz from pg_temp.pipec_lines as l where {refused} order by l.line returning 1\n)\nselect pg_catalog.count(*) as quarantined from done \\gset\n",
            self.quarantine
        );
        let duplicate = if self.load.duplicate == Duplicate::Refuse { "false" } else { "l.reason = 'duplicate'" };
        out.push_str(&format!(
            "update {} as a set rows_read = (select pg_catalog.count(*) from pg_temp.pipec_lines), rows_inserted = :inserted, rows_updated = :updated,\n    rows_duplicate = (select pg_catalog.count(*) from pg_temp.pipec_lines as l where {duplicate}), rows_quarantined = :quarantined,\n    finished_at = pg_catalog.clock_timestamp() where a.id = :batch;\n",
            self.audit
        ));
        out.push_str("create temp table pipec_whole (whole boolean not null check (whole)) on commit drop;\n");
        out.push_str(&format!(
            "insert into pg_temp.pipec_whole select rows_read = rows_inserted + rows_updated + rows_duplicate + rows_quarantined from {} where id = :batch;\n",
            self.audit
        ));
        out
    }
}

fn ident(name: &Ident) -> String {
    sql::ident(name, Dialect::Postgres)
}

/// Whether a condition contains a name as a word.
fn names_it(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '$';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
