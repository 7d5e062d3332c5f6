"""Judge what is kept from build to build on a real Postgres: histories and materialized views, by plain SQL and by dbt.

A table of the platform's own is changed from day to day: rows come, change, change twice on one day, go, and come back. After each
build the history has to hold exactly the versions that plain Python holds, and the current ones are the query's rows. The
materialized view over an incremental table has to be refreshed, not made anew, with nobody waiting; and made anew when its query
changes. What the table's declaration refuses has to be refused by Postgres.
"""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dbt_build
import engines
import judge
import sql_run
import warehouse

PROJECT = """
project kept { warehouse postgres { database = env("DBT_DATABASE") }; emit dbt, sql }
use std.hipaa
layer ops   schema "ops"
layer marts schema "marts" as table
table wards in ops { code text key @public; unique index (code) }
table people in ops {
  id      integer      key default identity                        @record_id
  "o'dd {{ col"  text?                                             @name
  ward    text         default "A" references wards.code           @public
  visits  integer      default 0 check (visits >= 0)               @public
  seen    timestamptz  default now                                 @public
  token   uuid         default uuid  unique                        @record_id
  check (ward <> 'B' or visits > 0)
  index (ward, visits)
}
model history in marts as history(key: id) {
  from people as p
  select { p.id; p."o'dd {{ col"; p.ward }
  index (valid_from)
  assert unique(id, valid_from)
}
model added in marts as incremental(key: id) { from people as p; select { p.id; p.ward; p.visits }; assert unique(id) }
model by_ward in marts as materialized_view {
  from added as a
  group by a.ward
  select { a.ward; people = count(*); visits = sum(a.visits) %s }
  unique index (ward)
}
"""
START = date(2025, 3, 1)
# What is done to the table before the build of each day: (day, statements).
DAYS: list[tuple[int, list[str]]] = [
    (0, ["insert into ops.wards values ('A'), ('B'), ('C')", "insert into ops.people (id, ward) values (1, 'A'), (2, 'A'), (3, 'C')"]),
    (0, ["update ops.people set ward = 'C' where id = 1"]),  # the same day again: the version is replaced
    (1, []),
    (2, ["update ops.people set ward = 'A', visits = 4 where id = 1", 'update ops.people set "o\'dd {{ col" = \'Ann\' where id = 2']),
    (2, ['update ops.people set "o\'dd {{ col" = null where id = 2', "delete from ops.people where id = 3"]),
    (4, ["insert into ops.people (id, ward) values (3, 'C'), (4, 'A')"]),
    (4, ["delete from ops.people where id = 4"]),  # came and went on one day
    (3, ["update ops.people set ward = 'C' where id = 2"]),  # an older day is built again
    (6, ["update ops.people set visits = 9"]),  # nothing that the history holds
]
REFUSED = [
    "insert into ops.people (ward) values ('nowhere')", "insert into ops.people (visits) values (-1)", "insert into ops.people (ward) values ('B')",
    "insert into ops.people (id) values (1)", "insert into ops.people (ward) values (null)", "insert into ops.people (token) select token from ops.people limit 1",
    "delete from ops.wards where code = 'A'",
]
Version = tuple[int, Any, str, date, date | None]


def taken_in(versions: list[Version], rows: list[tuple[int, Any, str]], today: date) -> list[Version]:
    """What a history holds after a day's rows, said once more."""
    now = {row[0]: row for row in rows}
    out = [v for v in versions if v[4] is not None or v[3] > today]
    later = {v[0] for v in out if v[4] is None}
    for v in (v for v in versions if v[4] is None and v[3] <= today):
        if now.get(v[0]) == v[:3]:
            out.append(v)
        elif v[3] < today or v[0] not in now:
            out.append((*v[:4], today))
    still = {v[0] for v in out if v[4] is None} | later
    fresh = [(*row, today, None) for key, row in now.items() if key not in still]
    replaced = {(v[0], v[3]) for v in fresh}
    return sorted([v for v in out if (v[0], v[3]) not in replaced] + fresh, key=str)


class Course:
    """One way of building, over all days."""

    def __init__(self, way: str, pipec: Path, scratch: Path, report: judge.Report) -> None:
        self.way, self.pipec, self.scratch, self.report = way, pipec, scratch / way, report
        self.folder, self.out = self.scratch / "project", self.scratch / "out"
        self.folder.mkdir(parents=True)

    def emit(self, more: str = "") -> None:
        """The artifacts."""
        (self.folder / "main.pipe").write_text(PROJECT % more, encoding="utf-8")
        engines.must([self.pipec, "build", self.folder, "-o", self.out], "building the project")

    def build(self, server: engines.Server, day: date) -> bool:
        """One run for a day."""
        if self.way == "dbt":
            with tempfile.TemporaryDirectory() as scratch:
                return dbt_build.Dbt(self.out / "dbt", Path(scratch), self.report, {}, ["--vars", f"{{run_date: {day}}}"])(server, f"dbt {day}")
        for file in sql_run.files_in_order(self.out / "sql/postgres/index.txt"):
            if complaint := warehouse.psql(server, file, extra={"PIPEC_RUN_DATE": str(day)}):
                self.report.problem(f"plain SQL {day}: {file.name} fails.\n{complaint}")
                return False
        return True

    def run(self) -> int:
        """All days; how many versions were compared."""
        compared = 0
        self.emit()
        with engines.postgres() as server:
            connection = warehouse.connect(server)
            cursor = connection.cursor()
            # The first build makes the tables.
            if not self.build(server, START - timedelta(days=1)):
                return 0
            versions: list[Version] = []
            for number, (after, statements) in enumerate(DAYS):
                for statement in statements:
                    cursor.execute(statement)
                today = START + timedelta(days=after)
                before = self.oid(cursor)
                if not self.build(server, today):
                    return compared
                if number and self.oid(cursor) != before:
                    self.report.problem(f"{self.way}: the materialized view was made anew on {today}, and had only to be refreshed.")
                cursor.execute('select id, "o\'dd {{ col", ward from ops.people')
                versions = taken_in(versions, cursor.fetchall(), today)
                cursor.execute('select id, "o\'dd {{ col", ward, valid_from, valid_to from marts.history')
                found = sorted(cursor.fetchall(), key=str)
                if found != versions:
                    self.report.problem(f"{self.way}, build {number} ({today}): the history holds\n{found}\nand should hold\n{versions}")
                compared += len(found)
                self.view(cursor, today)
            self.refused(connection, cursor)
            self.changed(server, cursor)
        return compared

    @staticmethod
    def oid(cursor: Any) -> Any:
        """Which materialized view it is."""
        cursor.execute("select to_regclass('marts.by_ward')::oid")
        return cursor.fetchone()[0]

    def view(self, cursor: Any, today: date) -> None:
        """The materialized view is what its query yields."""
        cursor.execute("select ward, people, visits from marts.by_ward except select ward, count(*), sum(visits) from marts.added group by ward")
        if wrong := cursor.fetchall():
            self.report.problem(f"{self.way}: the materialized view is stale on {today}: {wrong}")

    def refused(self, connection: Any, cursor: Any) -> None:
        """What the declaration does not admit."""
        import psycopg2

        for statement in REFUSED:
            try:
                cursor.execute(statement)
                self.report.problem(f"{self.way}: Postgres takes `{statement}`.")
            except psycopg2.Error:
                connection.rollback()
        cursor.execute("insert into ops.people (id) values (default) returning ward, visits, seen is not null, token is not null")
        if cursor.fetchone() != ("A", 0, True, True):
            self.report.problem(f"{self.way}: the defaults are others.")
        cursor.execute("select count(*) from pg_indexes where schemaname = 'ops' and indexname in ('people_ward_visits_idx', 'wards_code_idx')")
        if cursor.fetchone() != (2,):
            self.report.problem(f"{self.way}: the indexes are not there.")

    def changed(self, server: engines.Server, cursor: Any) -> None:
        """A materialized view whose query is another one is made anew; plain `refresh.sql` refreshes it."""
        before = self.oid(cursor)
        self.emit("; most = max(a.visits)")
        if not self.build(server, START + timedelta(days=9)):
            return
        after = self.oid(cursor)
        cursor.execute("select count(most) from marts.by_ward")
        if after == before or cursor.fetchone()[0] == 0:
            self.report.problem(f"{self.way}: the materialized view is still what its old query made.")
        cursor.execute("update marts.added set visits = 70 where id = 1")
        if complaint := warehouse.psql(server, self.out / "sql/postgres/refresh.sql"):
            self.report.problem(f"refresh.sql fails.\n{complaint}")
        cursor.execute("select max(most) from marts.by_ward")
        if cursor.fetchone() != (70,):
            self.report.problem(f"{self.way}: refresh.sql refreshes nothing.")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing, metavar="PIPEC")
    arguments.add_argument("--way", action="append", choices=["plain", "dbt"], default=[])
    options = arguments.parse_args()
    report = judge.Report("history_check")
    compared = 0
    with tempfile.TemporaryDirectory(prefix="pipec-history-") as scratch:
        for way in options.way or ["plain", "dbt"]:
            started = time.monotonic()
            compared += Course(way, options.pipec, Path(scratch), report).run()
            report.timed(way, started)
    return report.conclude(f"{compared} versions over {len(DAYS)} builds each way, views refreshed and made anew, {len(REFUSED)} rows refused")


if __name__ == "__main__":
    judge.judge(main)
