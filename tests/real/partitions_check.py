"""Judge partitioned own tables on a real Postgres, by plain SQL and by dbt.

Rows of random days, of the bounds themselves, before and after the span and of no day at all go in; each has to lie in the partition that plain Python
names, and none is lost. Everybody tries every partition by itself, past the grants and policies of its table, although default privileges gave them to
everybody beforehand. Policies, changes that are written down, foreign keys and rows that move hold as in any table. The build runs again and changes nothing; a longer span
gets its partitions; a partition that cannot be made stops the build with every row where it was.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import engines
import judge
from access_check import BUILDER, Database, quoted

PROJECT = """
project demo { warehouse postgres { database = env("DATABASE") }; emit dbt, sql }
use std.hipaa
layer ops   schema "o'dd ops"
layer marts schema "marts" as table
table wards in ops { code text key @public }
table visits in ops {
  id     integer key                      @record_id
  day    date    key                      @service_date
  ward   text    references wards.code    @public
  region text    default "north"          @public
  partition by day monthly from "2024-11" to "%(months)s"
  index (ward)
  audit changes in audit_log
}
table stamps in ops { id integer @public; at timestamptz? @service_date; partition by at yearly from "2023" to "%(years)s" }
model by_ward in marts { from visits as v; group by v.ward; select { v.ward; n = count(*) }; assert unique(ward) }
role desk    { clearance internal; postgres "desk" }
role north   { clearance internal; postgres "north" }
role auditor { clearance internal; postgres "auditor" }
policy mine on ops.visits for north where region = 'north'
release policy mine on by_ward because "counts by ward"
grant read, write on ops.visits, ops.stamps, ops.wards to desk
grant read, write on ops.visits to north
grant read on ops.wards to north
grant read on ops.audit_log, by_ward to auditor
"""
SCHEMA = '"o\'dd ops"'
SPANS = [{"months": "2025-03", "years": "2025"}, {"months": "2025-06", "years": "2026"}]


class Check:
    """One database."""

    def __init__(self, server: engines.Server, way: str, pipec: Path, scratch: Path, report: judge.Report) -> None:
        self.server, self.way, self.pipec, self.report = server, way, pipec, report
        name = f"partitions_{way}"
        self.database = Database(server, name)
        Database(server, "postgres").run(f"create database {name}")
        self.database.run(f"grant create on database {name} to {quoted(BUILDER)}")
        self.database.run(f"alter default privileges for role {quoted(BUILDER)} grant all on tables to public, north")
        self.folder, self.out = scratch / name, scratch / name / "out"
        self.folder.mkdir()

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.way}: {text}")

    def build(self, span: dict[str, str]) -> str:
        """Emit, verify and deploy; what a build that stops says."""
        (self.folder / "project.pipe").write_text(PROJECT % span, encoding="utf-8")
        shutil.rmtree(self.out, ignore_errors=True)
        engines.must([self.pipec, "build", self.folder, "-o", self.out], "building the project of this judge")
        engines.must([self.pipec, "verify", self.out, "--project", self.folder], "verifying what was built")
        if self.way == "dbt":
            environment = engines.clean_environment("DBT_", "PG") | self.server.dbt() | {"DBT_USER": BUILDER, "DATABASE": self.database.name, "DBT_DATABASE": self.database.name}
            command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", self.out / "dbt", "--vars", "{run_date: 2025-06-30}"]
            said = engines.run(command, cwd=self.out / "dbt", env=environment, timeout=1200).stdout
            return "" if "Completed successfully" in said else said[-3000:]
        folder = self.out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and (bad := self.database.psql(folder / line, BUILDER, {})):
                return bad
        return ""

    def must_build(self, span: dict[str, str]) -> None:
        """A build that has to go through."""
        if bad := self.build(span):
            raise engines.EngineError(f"a build fails: {bad}")

    def rows(self, user: str, sql: str) -> Any:
        """Rows, or the code of the refusal."""
        return self.database.rows(user, sql.replace("OPS", SCHEMA))


def months(span: dict[str, str]) -> set[str]:
    """The partitions of visits that a span has."""
    end, year, month, found = tuple(map(int, span["months"].split("-"))), 2024, 11, set()
    while (year, month) < end:
        found.add(f"visits_{year:04}_{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def lies(day: date | None, span: dict[str, str]) -> str:
    """Where a visit lies."""
    name = f"visits_{day.year:04}_{day.month:02}" if day else ""
    return name if name in months(span) else "visits_rest"


def stamped(at: datetime | None, span: dict[str, str]) -> str:
    """Where a stamp lies: years are those of UTC."""
    year = at.astimezone(UTC).year if at else 0
    return f"stamps_{year}" if 2023 <= year < int(span["years"]) else "stamps_rest"


def fill(check: Check, chance: random.Random) -> tuple[dict[int, date], dict[int, datetime | None]]:
    """Rows by the application."""
    edges = [date(2024, 10, 31), date(2024, 11, 1), date(2024, 12, 31), date(2025, 1, 1), date(2025, 2, 28), date(1999, 1, 1), date(9999, 12, 31)]
    days = dict(enumerate(edges + [date(2024, 11, 1) + timedelta(days=chance.randrange(119)) for _ in range(80)]))
    zone = datetime(2023, 1, 1, tzinfo=UTC)
    moments: list[datetime | None] = [None, zone, zone - timedelta(microseconds=1), datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)]
    stamps = dict(enumerate(moments + [zone + timedelta(hours=chance.randrange(17000)) for _ in range(40)]))
    session = check.database.connect("ann")
    cursor = session.cursor()
    cursor.execute("set timezone = 'Pacific/Kiritimati'")
    cursor.execute(f"insert into {SCHEMA}.wards values ('A'), ('B')")
    for number, day in days.items():
        cursor.execute(f"insert into {SCHEMA}.visits values (%s, %s, %s, %s)", (number, day, "AB"[number % 2], "south" if number % 3 else "north"))
    for number, at in stamps.items():
        cursor.execute(f"insert into {SCHEMA}.stamps values (%s, %s)", (number, at))
    session.close()
    return days, stamps


def placed(check: Check, when: str, days: dict[int, date], stamps: dict[int, datetime | None], span: dict[str, str]) -> None:
    """Every row where it should be, and the partitions there are."""
    found = dict(check.rows("postgres", "select v.id, c.relname::text from OPS.visits v join pg_class c on c.oid = v.tableoid"))
    if found != {number: lies(day, span) for number, day in days.items()}:
        check.problem(f"{when}: visits lie elsewhere: {found}")
    found = dict(check.rows("postgres", "select s.id, c.relname::text from OPS.stamps s join pg_class c on c.oid = s.tableoid"))
    if found != {number: stamped(at, span) for number, at in stamps.items()}:
        check.problem(f"{when}: stamps lie elsewhere: {found}")
    there = {row[0] for row in check.rows("postgres", "select relname::text from pg_class where oid in (select inhrelid from pg_inherits where inhparent = '\"o''dd ops\".visits'::regclass)")}
    if there != months(span) | {"visits_rest"}:
        check.problem(f"{when}: the partitions are {sorted(there)}")


def apart(check: Check, when: str) -> int:
    """Nobody reaches a partition by itself; with the table's policies, everybody sees what is theirs."""
    tried = 0
    parts = [row[0] for row in check.rows("postgres", "select c.oid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relkind = 'r'")]
    for part in parts:
        column = "at" if "stamps" in part else "day"
        for user in ("ann", "nora", "una", "bob"):
            for sql in (f"select 1 from {part}", f"select {column} from {part}", f"insert into {part} (id, {column}) values (9, '2025-01-01')", f"update {part} set id = 1", f"delete from {part}", f"truncate {part}", f"copy {part} to stdout"):
                tried += 1
                if (found := check.database.rows(user, sql)) != "42501":
                    check.problem(f"{when}: {user} gets {str(found)[:80]} by itself: {sql}")
        owner = check.rows("postgres", f"select pg_get_userbyid(relowner)::text, relrowsecurity, relforcerowsecurity from pg_class where oid = '{part.replace(chr(39), chr(39) * 2)}'::regclass")
        if owner != [("demo_owner", "visits" in part, "visits" in part)]:
            check.problem(f"{when}: {part} is {owner}")
    seen = check.rows("nora", "select count(*), count(*) filter (where region <> 'north') from OPS.visits")
    wanted = check.rows("postgres", "select count(*), 0::bigint from OPS.visits where region = 'north'")
    if seen != wanted or not wanted[0][0]:
        check.problem(f"{when}: who is narrowed sees {seen}, and should see {wanted}")
    for user in ("una", "bob"):
        if (found := check.rows(user, "select 1 from OPS.visits")) != "42501":
            check.problem(f"{when}: {user} reads the table: {found}")
    return tried


def moves(check: Check, days: dict[int, date]) -> None:
    """A row that moves is deleted and inserted, and so it is written down; keys and references hold."""
    before = check.rows("postgres", "select max(id) from OPS.audit_log")[0][0]
    check.rows("ann", "update OPS.visits set day = '2025-02-14' where id = 1")
    days[1] = date(2025, 2, 14)
    check.rows("ann", "update OPS.visits set region = 'south' where id = 2")
    told = check.rows("postgres", f"select table_name, operation, changed_by, row_key->>'day' from OPS.audit_log where id > {before} order by id")
    name = "o'dd ops.visits"
    if told != [(name, "delete", "ann", "2024-11-01"), (name, "insert", "ann", "2025-02-14"), (name, "update", "ann", "2024-12-31")]:
        check.problem(f"what moved is written down as {told}")
    for sql, code in (
        ("insert into OPS.visits values (1, '2025-02-14', 'A')", "23505"),
        ("insert into OPS.visits values (500, '2025-02-14', 'nowhere')", "23503"),
        ("delete from OPS.wards where code = 'A'", "23503"),
        ("insert into OPS.visits values (501, null, 'A')", "23502"),
    ):
        if (found := check.rows("ann", sql)) != code:
            check.problem(f"{sql} gives {found}, and should give {code}")
    if (found := check.rows("nora", "insert into OPS.visits values (502, '2025-02-14', 'A', 'south')")) != "42501":
        check.problem(f"a policy lets a row in: {found}")
    if (found := check.rows("nora", "update OPS.visits set region = 'north' where region = 'south' returning 1")) != []:
        check.problem(f"a policy lets a row be changed: {found}")


def stopped(check: Check, days: dict[int, date], stamps: dict[int, datetime | None]) -> None:
    """A partition that cannot be made stops the build, and nothing is lost; a longer span is made where it can be."""
    check.database.run(f"create table {SCHEMA}.visits_2025_04 (id integer)")
    if "already exists" not in (said := check.build(SPANS[1])):
        check.problem(f"a table in the place of a partition does not stop the build: {said}")
    placed(check, "something in the way", days, stamps, SPANS[0])
    check.database.run(f"drop table {SCHEMA}.visits_2025_04; insert into {SCHEMA}.visits values (600, '2025-05-05', 'A')")
    if "would be violated" not in (said := check.build(SPANS[1])):
        check.problem(f"rows in the partition for the rest do not stop the build: {said}")
    placed(check, "rows in the way", days | {600: date(2025, 5, 5)}, stamps, SPANS[0])
    check.database.run(f"delete from {SCHEMA}.visits where id = 600")
    check.must_build(SPANS[1])
    placed(check, "a longer span", days, stamps, SPANS[1])


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seed", metavar="N", type=int, default=1)
    arguments.add_argument("--without-dbt", action="store_true")
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("partitions_check")
    ways = ["sql"] if options.without_dbt else ["sql", "dbt"]
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-partitions-") as scratch:
        first = Database(server, "postgres")
        first.run(f"create role {quoted(BUILDER)} login createrole; create role desk; create role auditor; create role north")
        first.run("create role ann login in role desk; create role una login in role auditor; create role nora login in role north; create role bob login")
        for way in ways:
            if way == "dbt":
                engines.use("dbt")
            check = Check(server, way, options.pipec, Path(scratch), report)
            check.must_build(SPANS[0])
            days, stamps = fill(check, random.Random(options.seed))
            placed(check, "first", days, stamps, SPANS[0])
            tried = apart(check, "first")
            moves(check, days)
            placed(check, "after rows moved", days, stamps, SPANS[0])
            check.must_build(SPANS[0])
            placed(check, "built again", days, stamps, SPANS[0])
            stopped(check, days, stamps)
            tried += apart(check, "a longer span")
            report.facts[way] = {"rows": len(days) + len(stamps), "tries at partitions": tried}
    report.write(options.out)
    return report.conclude(json.dumps(report.facts))


if __name__ == "__main__":
    judge.judge(main)
