"""Judge the changes of own tables that are written down, on a real Postgres, by plain SQL and by dbt.

An application inserts, updates, upserts, copies and deletes by random; beside it plain Python keeps what every row was and became. What the
table of changes holds has to be just that: who, as whom, what, key, old and new row. Then everybody tries to get around it: write, change or
read the changes, hang the function upon a table of his own, switch the trigger off, replay, change how values are written, look like somebody else.
The build runs again and nothing is written twice; the word is taken away, and nothing is written any more; it comes back. At the end the sample
rows of the eFiche example go in, and its changes are those rows.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import engines
import judge
from access_check import BUILDER, Database, quoted

HERE = Path(__file__).resolve().parent
PROJECT = """
project demo { warehouse postgres { database = env("DATABASE") }; emit dbt, sql }
use std.hipaa
layer ops   schema "ops"
layer marts schema "marts" as table
table people in ops {
  id      integer key                       @record_id
  name    text?                             @name
  born    date?                             @birth_date
  weight  double precision?                 @clinical
  tags    text[]?                           @public
  doc     jsonb?                            @clinical
  waits   interval?                         @clinical
  picture bytea?                            @clinical
  seen    timestamptz default now           @service_date
  AUDIT
}
table stays in ops { ward text key @organization; bed integer key @public; who integer? references people.id @record_id; AUDIT }
table quiet in ops { id integer key @public }
model kinds in marts { from audit_log as l; group by l.table_name, l.operation; select { l.table_name; l.operation; n = count(*) }; assert unique(table_name, operation) }
role desk    { clearance internal; postgres "desk" }
role auditor { clearance internal; postgres "auditor" }
role north   { clearance internal; postgres "north" }
policy mine on ops.people for north where name = 'N'
release policy mine on kinds because "counts of changes tell nobody's row"
grant read, write on ops.people, ops.stays, ops.quiet to desk
grant read, write on ops.people to north
grant read on ops.stays to north
grant read on ops.audit_log, kinds to auditor
"""
TOLD = "id, table_name, operation, changed_by, acting_as, row_key, old_row, new_row"
Change = tuple[str, str, str, str | None, Any, Any, Any]


class Check:
    """One database, and what should be written down in it."""

    def __init__(self, server: engines.Server, name: str, way: str, pipec: Path, scratch: Path, report: judge.Report) -> None:
        self.server, self.way, self.pipec, self.report = server, way, pipec, report
        self.database = Database(server, name)
        Database(server, "postgres").run(f"create database {name}")
        self.database.run(f"grant create on database {name} to {quoted(BUILDER)}")
        # What somebody gave beforehand, to whatever will be made.
        for what in ("functions", "tables", "sequences"):
            self.database.run(f"alter default privileges for role {quoted(BUILDER)} grant all on {what} to desk, public")
        self.folder, self.out = scratch / name, scratch / name / "out"
        self.folder.mkdir()
        self.expected: list[Change] = []

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.way}: {text}")

    def build(self, audited: bool) -> None:
        """Emit, verify, and deploy."""
        text = PROJECT.replace("AUDIT", "audit changes in audit_log" if audited else "")
        if not audited:
            text = "\n".join(line for line in text.splitlines() if "audit_log" not in line and "kinds" not in line)
        (self.folder / "project.pipe").write_text(text, encoding="utf-8")
        # What dbt left there is none of it.
        shutil.rmtree(self.out, ignore_errors=True)
        engines.must([self.pipec, "build", self.folder, "-o", self.out], "building the project of this judge")
        engines.must([self.pipec, "verify", self.out, "--project", self.folder], "verifying what was built")
        if self.way == "dbt":
            environment = engines.clean_environment("DBT_", "PG") | self.server.dbt() | {"DBT_USER": BUILDER, "DATABASE": self.database.name, "DBT_DATABASE": self.database.name}
            command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", self.out / "dbt", "--vars", "{run_date: 2025-06-30}"]
            said = engines.run(command, cwd=self.out / "dbt", env=environment, timeout=1200).stdout
            if "ERROR=0" not in said and "Nothing to do" not in said and "Completed successfully" not in said:
                raise engines.EngineError(f"dbt fails:\n{said[-3000:]}")
            if audited:
                return
            # Without models dbt runs nothing: the tables' macro is a part of a run.
        folder = self.out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and (self.way == "sql" or "tables" in line or "access" in line) and (bad := self.database.psql(folder / line, BUILDER, {})):
                raise engines.EngineError(f"a build fails: {bad}")

    def log(self) -> list[tuple[Any, ...]]:
        """The changes in order."""
        found = self.database.rows("postgres", f"select {TOLD} from ops.audit_log order by id")
        assert isinstance(found, list), found
        return found

    def compare(self, when: str) -> None:
        """The changes against those expected."""
        found = [row[1:] for row in self.log()]
        if found != self.expected:
            first = next((i for i, (a, b) in enumerate(zip(found, self.expected)) if a != b), min(len(found), len(self.expected)))
            self.problem(f"{when}: {len(found)} changes and not {len(self.expected)}; the first other one: {found[first:first + 1]}, and should be {self.expected[first:first + 1]}")


def jsoned(session: Any, table: str, where: str) -> list[Any]:
    """Rows as the server writes them, before a statement; in UTC, with all digits."""
    cursor = session.cursor()
    cursor.execute("set timezone = 'UTC'; set extra_float_digits = 1; set intervalstyle = 'postgres'; set bytea_output = 'hex'")
    cursor.execute(f"select to_jsonb(t) - 'undeclared' from ops.{table} as t where {where} order by ctid")
    return [row[0] for row in cursor.fetchall()]


def play(check: Check, chance: random.Random, steps: int) -> None:
    """An application at work; each statement is about one row, so that the order of changes is known."""
    owner = check.database.connect("postgres")
    desk = check.database.connect("ann")
    cursor = desk.cursor()
    # However the session writes values, the changes are written in one way.
    cursor.execute("set timezone = 'Asia/Kolkata'; set extra_float_digits = -15; set intervalstyle = 'iso_8601'; set bytea_output = 'escape'; set datestyle = 'German'; set search_path = pg_temp")
    cursor.execute("create temp table audit_log (like pg_catalog.pg_class)")
    cursor.execute("create function pg_temp.to_jsonb(anyelement) returns jsonb language sql as $$ select '{}'::jsonb $$")
    for _ in range(steps):
        acting = chance.random() < 0.4
        cursor.execute("set role desk" if acting else "reset role")
        role = "desk" if acting else None
        number = chance.randrange(12)
        before = jsoned(owner, "people", f"id = {number}")
        name = chance.choice(["Ann", "O'Neil", "N", "ä\\\"", None])
        kind = chance.choice(["upsert", "update", "delete", "same", "copy", "rollback"])
        values = (number, name, chance.choice(["1980-02-29", None]), chance.choice([0.1, 1e-300, 123456789.123456789, None]), ["a", None], '{"a": [1, null]}', "1 mon 3 days 04:05:06.7", b"\x00\xff")
        if kind in ("upsert", "copy", "rollback"):
            if kind == "rollback":
                cursor.execute("begin")
            cursor.execute(
                "insert into ops.people (id, name, born, weight, tags, doc, waits, picture) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do update set name = excluded.name, weight = excluded.weight", values
            )
            if kind == "rollback":
                cursor.execute("rollback")
                continue
        elif kind == "update":
            cursor.execute("update ops.people set name = %s, doc = doc || '{\"b\": 2}' where id = %s", (name, number))
        elif kind == "same":
            cursor.execute("update ops.people set name = name where id = %s", (number,))
        elif not jsoned(owner, "stays", f"who = {number}"):
            cursor.execute("delete from ops.people where id = %s", (number,))
        after = jsoned(owner, "people", f"id = {number}")
        if kind == "delete" and not before or not before and not after:
            continue
        if kind == "delete" and after:
            continue
        operation = "delete" if before and not after else "update" if before else "insert"
        check.expected.append(("ops.people", operation, "ann", role, {"id": number}, before[0] if before else None, after[0] if after else None))
        if after and chance.random() < 0.3:
            cursor.execute("insert into ops.stays values ('w', %s, %s) on conflict do nothing returning 1", (number, number))
            if cursor.fetchall():
                check.expected.append(("ops.stays", "insert", "ann", role, {"ward": "w", "bed": number}, None, {"ward": "w", "bed": number, "who": number}))
    cursor.execute("reset role")
    cursor.execute("insert into ops.quiet values (%s) on conflict do nothing", (chance.randrange(1000),))
    # A key that changes, and several rows in one statement.
    cursor.execute("insert into ops.people (id, seen) values (100, '2025-01-01 00:00+00'), (101, '2025-01-01 00:00+00')")
    cursor.execute("update ops.people set id = 102 where id = 101")
    cursor.execute("delete from ops.people where id in (100, 102)")
    blank = dict.fromkeys(("name", "born", "weight", "tags", "doc", "waits", "picture")) | {"seen": "2025-01-01T00:00:00+00:00"}
    rows = {n: {"id": n} | blank for n in (100, 101, 102)}
    told = [("insert", 100, None, 100), ("insert", 101, None, 101), ("update", 101, 101, 102), ("delete", 100, 100, None), ("delete", 102, 102, None)]
    check.expected += [("ops.people", op, "ann", None, {"id": key}, rows.get(old), rows.get(new)) for op, key, old, new in told]
    desk.close()
    owner.close()


#: Who tries what, and the codes with which Postgres has to refuse.
AROUND = [
    ("ann", "insert into ops.audit_log (table_name, operation, changed_at, changed_by) values ('ops.people', 'delete', now(), 'eve')", {"42501"}),
    ("ann", "update ops.audit_log set changed_by = 'eve'", {"42501"}),
    ("ann", "delete from ops.audit_log", {"42501"}),
    ("ann", "truncate ops.audit_log", {"42501"}),
    ("ann", "select new_row from ops.audit_log", {"42501"}),
    ("ann", "select nextval(pg_get_serial_sequence('ops.audit_log', 'id'))", {"42501"}),
    ("ann", "alter table ops.people disable trigger pipec_audit", {"42501"}),
    ("ann", "drop trigger pipec_audit on ops.people", {"42501"}),
    ("ann", "create or replace trigger pipec_audit after insert on ops.people for each row execute function suppress_redundant_updates_trigger()", {"42501"}),
    ("ann", "set session_replication_role = replica", {"42501"}),
    ("ann", "truncate ops.people cascade", {"42501"}),
    ("ann", "select ops.audit_log_write()", {"42501", "0A000"}),
    ("ann", "create temp table people (id integer); create trigger t after insert on people for each row execute function ops.audit_log_write('ops.people', '[\"id\"]', '[\"id\"]')", {"42501"}),
    ("ann", "create function ops.mine() returns int language sql as 'select 1'", {"42501"}),
    ("ann", "alter function ops.audit_log_write() set search_path = public", {"42501"}),
    ("bob", "insert into ops.people (id) values (77)", {"42501"}),
    ("bob", "select 1 from ops.audit_log", {"42501"}),
    ("una", "delete from ops.audit_log", {"42501"}),
    ("una", "insert into ops.people (id) values (77)", {"42501"}),
    ("nora", "select 1 from ops.audit_log", {"42501"}),
]


def around(check: Check) -> None:
    """Whoever may write the tables neither reads nor writes their changes."""
    before = check.log()
    for user, sql, codes in AROUND:
        found = check.database.rows(user, sql)
        if found not in codes:
            check.problem(f"{user} gets {found}, and should be refused: {sql}")
    if check.log() != before:
        check.problem("somebody wrote changes that nobody made")
    seen = check.database.rows("una", "select count(*) from ops.audit_log")
    if seen != [(len(before),)]:
        check.problem(f"the auditor sees {seen} of {len(before)} changes")


def narrowed(check: Check) -> None:
    """Who is narrowed by a policy writes what it may, and that is written down."""
    check.database.rows("nora", "insert into ops.people (id, name, seen) values (200, 'N', '2025-01-01 00:00+00')")
    if (found := check.database.rows("nora", "insert into ops.people (id, name) values (201, 'X')")) != "42501":
        check.problem(f"a policy lets a row in: {found}")
    row = dict.fromkeys(("born", "weight", "tags", "doc", "waits", "picture")) | {"id": 200, "name": "N", "seen": "2025-01-01T00:00:00+00:00"}
    check.expected.append(("ops.people", "insert", "nora", None, {"id": 200}, None, row))


def replayed(check: Check) -> None:
    """What replays changes is written down, and what the owner empties."""
    session = check.database.connect("postgres")
    session.cursor().execute("set session_replication_role = replica; insert into ops.stays values ('r', 1, null); set session_replication_role = origin; truncate ops.stays")
    session.close()
    check.expected.append(("ops.stays", "insert", "postgres", None, {"ward": "r", "bed": 1}, None, {"ward": "r", "bed": 1, "who": None}))
    check.expected.append(("ops.stays", "truncate", "postgres", None, None, None, None))


def life(check: Check) -> None:
    """A trigger that somebody switched off is back with the next build, a column that nobody declared is not told; without the word, nothing is written."""
    check.database.run("alter table ops.people disable trigger pipec_audit; alter table ops.people add column undeclared text default 'secret'")
    check.build(audited=True)
    check.compare("after a second build")
    check.database.run("insert into ops.people (id, seen) values (300, '2025-01-01 00:00+00'); delete from ops.people where id = 300")
    row = dict.fromkeys(("name", "born", "weight", "tags", "doc", "waits", "picture")) | {"id": 300, "seen": "2025-01-01T00:00:00+00:00"}
    check.expected += [("ops.people", "insert", "postgres", None, {"id": 300}, None, row), ("ops.people", "delete", "postgres", None, {"id": 300}, row, None)]
    check.compare("after it was switched off and built again")
    check.build(audited=False)
    check.database.run("insert into ops.people (id) values (301); delete from ops.people where id = 301")
    check.compare("without the word")
    if check.database.rows("una", "select 1 from ops.audit_log") != "42501":
        check.problem("the auditor still reads changes that the program does not tell of")
    check.build(audited=True)
    check.database.run("insert into ops.stays values ('back', 1, null)")
    check.expected.append(("ops.stays", "insert", "postgres", None, {"ward": "back", "bed": 1}, None, {"ward": "back", "bed": 1, "who": None}))
    check.compare("with the word again")


def falsified(check: Check) -> int:
    """What was accepted, with something wrong in it, is rejected."""
    caught = 0
    for sql in (
        "delete from ops.audit_log where id = (select max(id) from ops.audit_log)",
        "update ops.audit_log set changed_by = 'eve' where id = (select min(id) from ops.audit_log)",
        "update ops.audit_log set new_row = new_row - 'name' where id = (select min(id) from ops.audit_log where new_row ? 'name')",
    ):
        report, check.report = check.report, judge.Report("falsified")
        session = check.database.connect("postgres")
        session.cursor().execute("create table if not exists public.kept as table ops.audit_log")
        session.cursor().execute(sql)
        check.compare("falsified")
        caught += bool(check.report.problems)
        check.report = report
        session.cursor().execute("delete from ops.audit_log")
        session.cursor().execute("insert into ops.audit_log overriding system value select * from public.kept")
        session.close()
        check.compare("put right again")
    return caught


def example(server: engines.Server, pipec: Path, folder: Path, scratch: Path, report: judge.Report) -> int:
    """The eFiche example: its sample rows go in, some change and go, and its changes are those of the sample files."""
    database, out = Database(server, "changes_example"), scratch / "example"
    Database(server, "postgres").run("create database changes_example")
    engines.must([pipec, "build", folder, "-o", out], "building the example")
    setup = HERE.parents[1] / "stdlib" / "setup" / "postgres.sql"
    files = [f for ending in ("_schemas.sql", "_access.sql", "_tables.sql") for f in sorted((out / "sql" / "postgres").glob(f"*{ending}"))]
    for file in [setup, *files]:
        if bad := database.psql(file, "postgres", {}):
            raise engines.EngineError(f"the example's tables are not made: {bad}")
    # In the order of their references.
    wanted: list[tuple[str, str, Any, Any]] = []
    session = database.connect("postgres")
    cursor = session.cursor()
    for table in ("facilities", "patients", "encounters", "procedures", "diagnosis_codes", "diagnoses", "reports"):
        for line in (folder / "data" / f"{table}.ndjson").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            cursor.execute(f"insert into operational.{table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", list(row.values()))
            if table not in ("facilities", "diagnosis_codes"):
                wanted.append((f"operational.{table}", "insert", None, row))
    patient = next(row for name, _, _, row in wanted if name == "operational.patients")
    cursor.execute("update operational.patients set phone = '+250780000009' where id = %s", (patient["id"],))
    wanted.append(("operational.patients", "update", patient, patient | {"phone": "+250780000009"}))
    report_row = next(row for name, _, _, row in wanted if name == "operational.reports")
    cursor.execute("delete from operational.reports where id = %s", (report_row["id"],))
    wanted.append(("operational.reports", "delete", report_row, None))
    cursor.execute("select table_name, operation, row_key, old_row, new_row from operational.audit_log order by id")
    found = cursor.fetchall()
    session.close()
    if len(found) != len(wanted):
        report.problem(f"the example: {len(found)} changes, and {len(wanted)} rows of its files went in, changed and went")
    for (table, operation, key, old, new), (name, what, before, after) in zip(found, wanted):
        same = all(told is None if row is None else told is not None and all(plain(told[c]) == plain(v) for c, v in row.items()) for told, row in ((old, before), (new, after)))
        if (table, operation, key) != (name, what, {"id": (after or before or {})["id"]}) or not same:
            report.problem(f"the example: {table} {operation} {key} should be {name} {what} of {after or before}")
            break
    return len(found)


def plain(value: Any) -> Any:
    """Moments in one form, as sample files and Postgres write them."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", value):
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.replace(tzinfo=moment.tzinfo or UTC)
    return value


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--example", metavar="DIR", type=judge.existing, default=HERE.parents[1] / "examples" / "efiche")
    arguments.add_argument("--steps", metavar="N", type=int, default=300)
    arguments.add_argument("--seed", metavar="N", type=int, default=1)
    arguments.add_argument("--without-dbt", action="store_true")
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("changes_check")
    ways = ["sql"] if options.without_dbt else ["sql", "dbt"]
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-changes-") as scratch:
        first = Database(server, "postgres")
        first.run(f"create role {quoted(BUILDER)} login createrole; create role desk; create role auditor; create role north")
        first.run("create role ann login in role desk; create role una login in role auditor; create role nora login in role north; create role bob login")
        for way in ways:
            if way == "dbt":
                engines.use("dbt")
            check = Check(server, f"changes_{way}", way, options.pipec, Path(scratch), report)
            check.build(audited=True)
            play(check, random.Random(options.seed), options.steps)
            check.compare("after the application")
            around(check)
            narrowed(check)
            replayed(check)
            check.compare("after replaying")
            life(check)
            if (caught := falsified(check)) != 3:
                check.problem(f"of three falsified tables {caught} were rejected")
            report.facts[f"changes, {way}"] = len(check.expected)
        report.facts["changes, example"] = example(server, options.pipec, options.example, Path(scratch), report)
    report.write(options.out)
    return report.conclude(f"{json.dumps(report.facts)}; {len(AROUND)} ways around refused")


if __name__ == "__main__":
    judge.judge(main)
