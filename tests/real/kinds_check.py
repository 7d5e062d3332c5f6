"""Judge changes of how a model is kept, on a real Postgres: every pair of view, table, materialized view, incremental, history, own table.

One project has a model for each pair. It is built in its first kinds and then in its second ones, by plain SQL and, in a
database of its own, by dbt. Afterwards the source is as it was, each relation is of the new kind with the rows it should have,
and readers see the rows and columns of their grants and policies, not more and not less. A table whose rows no build makes
anew stops plain SQL, with its rows and rights as they were; so does whatever no build has made: each is put there and has to stay.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import engines
import judge
from access_check import BUILDER, Database, quoted

KINDS = {"view": "as view", "table": "as table", "mat": "as materialized_view", "incr": "as incremental(key: id)", "past": "as history(key: id)", "own": ""}
RELKIND = {"view": "v", "table": "r", "mat": "m", "incr": "r", "past": "r", "own": "r"}
NEVER = [("incr", "own"), ("past", "own")]
"""Tables of the platform's own are made in one transaction: these would stop all of them."""
FIRST = [("view", "own"), ("mat", "own")]
"""Where dbt's set-up makes way."""
BESIDE = [*FIRST, ("view", "table")]
PAIRS = [(a, b) for a in KINDS for b in KINDS if (a, b) not in NEVER]
ROWS = [(1, "north", 3), (2, "south", None), (3, "north", 7)]
KEPT = {"incr", "past", "own"}
"""Kinds whose rows no build makes anew."""
DAY = "2025-06-30"
Rows = list[tuple[Any, ...]]


def stops(a: str, b: str) -> bool:
    """Whether plain SQL has to stop: rows would be gone, or rows of another form are there."""
    if a == b:
        return False
    if b == "own":
        return False
    return (a in KEPT and b in ("view", "table", "mat")) or (a == "own") or {a, b} == {"incr", "past"}


def project(at: int, pairs: list[tuple[str, str]]) -> str:
    """The project with every pair in its first (0) or second kind (1)."""
    parts = [
        'project kinds { warehouse postgres { database = env("DATABASE") }; emit dbt, sql }\n',
        "use std.hipaa\n",
        'source hospital on warehouse schema "raw" { table wards { id integer key @public; region text @public; beds integer? @public } }\n',
        'layer marts schema "marts" as table\nlayer kept schema "marts" as table\n',
        'role reader { clearance internal; postgres "reader" }\n',
    ]
    for pair in pairs:
        name, kind = f"{pair[0]}_{pair[1]}", pair[at]
        if kind == "own":
            parts.append(f"table {name} in marts {{ id integer key @public; region text @public; beds integer? @public }}\n")
        else:
            parts.append(f"model {name} in marts {KINDS[kind]} {{ from hospital.wards as w; select {{ w.id; w.region; w.beds }}; assert unique(id) }}\n")
        parts.append(f"grant read on {name} to reader\n")
        if kind != "mat":
            parts.append(f"policy north_{name} on {name} for reader where region = 'north'\n")
    return "".join(parts)


class Check:
    """One database and what was found."""

    def __init__(self, server: engines.Server, name: str, report: judge.Report) -> None:
        self.server, self.report = server, report
        self.database = Database(server, name)
        Database(server, "postgres").run(f"create database {name}")
        run = self.database.run
        run(f"do $$ begin if not exists (select from pg_roles where rolname = '{BUILDER}') then create role {quoted(BUILDER)} login createrole; create role ann login; end if; end $$")
        run(f"grant create on database {name} to {quoted(BUILDER)}")
        run("create schema raw")
        run("create table raw.wards (id integer primary key, region text, beds integer)")
        for row in ROWS:
            self.database.connect("postgres").cursor().execute("insert into raw.wards values (%s, %s, %s)", row)
        # More than a build needs: whoever may change a source has to leave it alone as well.
        run(f"grant usage on schema raw to {quoted(BUILDER)}; grant all on raw.wards to {quoted(BUILDER)}")

    def problem(self, text: str) -> None:
        self.report.problem(text)

    def rows(self, user: str, sql: str) -> Rows | str:
        """Rows in order, or the code of the refusal."""
        found = self.database.rows(user, sql)
        return sorted(found, key=str) if isinstance(found, list) else found

    def psql(self, out: Path, *more: str) -> dict[str, str]:
        """Plain SQL, every file; the complaint of each model that fails."""
        folder, failed = out / "sql" / "postgres", {}
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and (bad := self.database.psql(folder / line, BUILDER, {}, *more)):
                failed[line.removesuffix(".sql").partition("marts_")[2] or line] = bad
        return failed

    def dbt(self, out: Path, *more: str) -> str:
        """dbt, all of it; what it prints."""
        environment = engines.clean_environment("DBT_", "PG") | self.server.dbt() | {"DBT_USER": BUILDER, "DBT_DATABASE": self.database.name}
        command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "run", "--profiles-dir", out / "dbt", "--vars", f"{{run_date: {DAY}}}", *more]
        return engines.run(command, cwd=out / "dbt", env=environment, timeout=1200).stdout

    def fill(self, at: int, pairs: list[tuple[str, str]]) -> None:
        """Others fill the tables that others fill."""
        for pair in (p for p in pairs if p[at] == "own"):
            for row in ROWS:
                self.database.connect("postgres").cursor().execute(f"insert into marts.{pair[0]}_{pair[1]} values (%s, %s, %s) on conflict do nothing", row)

    def source(self, when: str) -> None:
        """The source has its rows, and nothing else."""
        if (found := self.rows("postgres", "select id, region, beds from raw.wards")) != ROWS:
            self.problem(f"{when}: the source is changed: {found}")

    def relation(self, when: str, name: str, kind: str) -> None:
        """Kind, rows, and what readers and others see."""
        found = self.rows("postgres", f"select relkind::text from pg_class where oid = 'marts.{name}'::regclass")
        if found != [(RELKIND[kind],)]:
            self.problem(f"{when}: {name} is of kind {found}, and should be {RELKIND[kind]}")
        told = "id, region, beds, valid_from::text, valid_to::text" if kind == "past" else "id, region, beds"
        wanted = [(*row, DAY, None) for row in ROWS] if kind == "past" else list(ROWS)
        if (found := self.rows("postgres", f"select {told} from marts.{name}")) != wanted:
            self.problem(f"{when}: {name} holds {found}")
        seen = wanted if kind == "mat" else [row for row in wanted if row[1] == "north"]
        if (found := self.rows("ann", f"select {told} from marts.{name}")) != seen:
            self.problem(f"{when}: a reader of {name} gets {found}, and should get {seen}")
        if (found := self.rows("bob", f"select 1 from marts.{name}")) != "42501":
            self.problem(f"{when}: a stranger reads {name}: {found}")
        if (found := self.rows("ann", f"delete from marts.{name} returning 1")) not in ("42501", "55000"):
            self.problem(f"{when}: a reader deletes from {name}: {found}")


def plain(check: Check, outs: list[Path]) -> None:
    """Both builds by plain SQL."""
    if failed := check.psql(outs[0]):
        raise engines.EngineError(f"the first build fails: {failed}")
    check.database.run("grant reader to ann")
    check.fill(0, PAIRS)
    for pair in PAIRS:
        check.relation("plain SQL, first", "_".join(pair), pair[0])
    failed = check.psql(outs[1])
    check.fill(1, PAIRS)
    check.source("plain SQL")
    for a, b in PAIRS:
        name, complaint = f"{a}_{b}", failed.get(f"{a}_{b}", "")
        if stops(a, b):
            words = ("no build makes anew",) if (a in KEPT and b in ("view", "table", "mat")) or a == "own" else ("valid_from", "valid_to", "null value")
            if not any(word in complaint for word in words):
                check.problem(f"plain SQL: {a} to {b} has to stop, and says {complaint!r}")
            check.relation(f"plain SQL, {a} to {b} stopped", name, a)
        elif complaint:
            check.problem(f"plain SQL: {a} to {b} fails: {complaint}")
        else:
            check.relation(f"plain SQL, {a} to {b}", name, b)
    # Once more changes nothing.
    again = check.psql(outs[1])
    if again.keys() != failed.keys():
        check.problem(f"plain SQL once more fails otherwise: {sorted(again.keys() ^ failed.keys())}")
    for a, b in PAIRS:
        check.relation("plain SQL, once more", f"{a}_{b}", a if stops(a, b) else b)
    check.source("plain SQL, once more")


def dbt(check: Check, outs: list[Path]) -> None:
    """Both builds by dbt: whatever it does, sources and readers are as said; where it keeps what is there, it says so."""
    said = check.dbt(outs[0])
    if "ERROR=0" not in said:
        raise engines.EngineError(f"dbt's first build fails:\n{said[-3000:]}")
    check.database.run("grant reader to ann")
    check.fill(0, [p for p in PAIRS if p not in FIRST])
    said = check.dbt(outs[1])
    check.source("dbt")
    stopped: list[str] = []
    for a, b in (p for p in PAIRS if p not in FIRST):
        name = f"{a}_{b}"
        kind = check.rows("postgres", f"select relkind::text from pg_class where oid = 'marts.{name}'::regclass")
        if f"in model {name} " in said or kind != [(RELKIND[b],)]:
            stopped.append(f"{a} to {b}")
            check.relation(f"dbt, {a} to {b} stopped", name, a)
        elif b != "own":
            check.relation(f"dbt, {a} to {b}", name, b)
    check.report.facts["dbt stops at"] = stopped


def first(check: Check, outs: list[Path]) -> None:
    """Where the set-up stops, dbt builds nothing; it stops at what carries no mark."""
    if "ERROR=0" not in (said := check.dbt(outs[0])):
        raise engines.EngineError(f"dbt's first build fails:\n{said[-3000:]}")
    check.database.run("grant reader to ann; comment on view marts.view_own is null")
    said = check.dbt(outs[1])
    if "in the way" not in said:
        check.problem(f"dbt's set-up does not stop at what is in the way: {said[-2000:]}")
    for a, b in BESIDE:
        check.relation(f"dbt, {a} to {b} stopped", f"{a}_{b}", a)
    check.source("dbt, stopped")
    check.database.run("comment on view marts.view_own is 'pipec: made anew by every build'")
    if "ERROR=0" not in (said := check.dbt(outs[1])):
        raise engines.EngineError(f"dbt does not make way for a table that others fill:\n{said[-3000:]}")
    check.fill(1, BESIDE)
    for a, b in BESIDE:
        check.relation(f"dbt, {a} to {b}", f"{a}_{b}", b)


CHAIN = """
project kinds { warehouse postgres { database = env("DATABASE") }; emit dbt, sql }
use std.hipaa
source hospital on warehouse schema "raw" { table wards { id integer key @public; region text @public; beds integer? @public } }
layer marts schema "marts" as table
layer odd   schema "odd {{ x }}" as view
model kept  in marts as incremental(key: id) { from hospital.wards as w; select { w.id; w.region } }
model base  in marts { from hospital.wards as w; select { w.id; w.region } }
model seen  in marts as view { from base as b; select { b.id; b.region } }
model gone  in odd { from seen as s; select { s.id } }
model twice in marts as view { from seen as s; join gone as g on g.id = s.id; select { s.id; s.region } }
model mat   in marts as materialized_view { from twice as t; select { t.id%s } }
model upon  in marts as view { from kept as k; join mat as m on m.id = k.id; select { k.id } }
"""
BLOCKERS = {
    "view": ("create view private.own as select id from {0}", "private.own"),
    "materialized view": ("create materialized view private.own as select id from {0}", "private.own"),
    "view upon a view": ("create view private.first as select id from {0}; create view private.own as select id from private.first", "private.first"),
    "marked view elsewhere": ("create view private.own as select id from {0}; comment on view private.own is 'pipec: made anew by every build'", "private.own"),
    "view in our schema": ("create view marts.own as select id from {0}; create view private.own as select id from marts.own", "marts.own"),
    "function": ("create function private.own() returns bigint language sql begin atomic select count(*) from {0}; end", "function private.own()"),
    "column of its row type": ("create table private.own (one {0})", "column one of table private.own"),
    "foreign key": ("create unique index on {0} (id); create table private.own (id integer references {0} (id))", "constraint own_id_fkey on table private.own"),
    "policy": ("create table private.own (id integer); create policy own on private.own using (exists (select from {0} as o where o.id = own.id))", "policy own on table private.own"),
    "rule": ("create table private.own (id integer); create rule own as on insert to private.own do also select id from {0}", "rule own on table private.own"),
}  # fmt: skip
"""Things of somebody else's that a `drop … cascade` would take along, and what the refusal names."""
UPON = {"base": list(BLOCKERS), "seen": ["view", "view in our schema", "function"], "kept": ["view", "foreign key"], "mat": ["view"]}
UPON_BY_DBT = {"base": ["view in our schema", "function"], "seen": ["view"], "kept": ["foreign key"], "mat": ["view"]}


def others(check: Check, outs: list[Path], way: str) -> int:
    """What somebody else made upon our relations stays, and the build that would drop it stops; how many cases."""

    def build(out: Path, full: bool = False) -> str:
        if way == "dbt":
            return check.dbt(out, *(["--full-refresh"] if full else []))
        return " ".join(f"ERROR {name}: {says}" for name, says in check.psql(out, *(["--set=full_refresh=1"] if full else [])).items())

    def fails(said: str) -> bool:
        return "ERROR=0" not in said if way == "dbt" else bool(said)

    def shape() -> Any:
        return check.rows(
            "postgres", "select n.nspname::text, c.relname::text, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm') and n.nspname not in ('raw', 'pg_catalog', 'information_schema', 'pg_toast', 'pipec')"
        )

    if fails(said := build(outs[0])):
        raise engines.EngineError(f"{way}: the first build fails: {said[-3000:]}")
    whole, judged = shape(), 0
    for full in (False, True):
        if fails(said := build(outs[0], full)):
            check.problem(f"{way}: a build of what nobody else reads fails{' with a full refresh' if full else ''}: {said[-2000:]}")
        if shape() != whole:
            check.problem(f"{way}: built again, there is {shape()}")
    check.database.run(f"create schema private; grant usage on schema private to {quoted(BUILDER)}")
    for name, kinds in (UPON_BY_DBT if way == "dbt" else UPON).items():
        for kind in kinds:
            make, told = BLOCKERS[kind]
            check.database.run(make.format(f"marts.{name}"))
            before, oids = shape(), "select oid::bigint from pg_class where relnamespace in ('private'::regnamespace) union all select oid::bigint from pg_proc where pronamespace = 'private'::regnamespace union all select conrelid::bigint from pg_constraint where contype = 'f' and connamespace = 'private'::regnamespace"
            theirs = check.rows("postgres", oids)
            # A table that keeps its rows is dropped by a full refresh alone, a materialized view when its query changes.
            full, out = name == "kept", outs[1] if name == "mat" else outs[0]
            if full and fails(said := build(outs[0])):
                check.problem(f"{way}: {kind} upon {name} stops a build that keeps it: {said[-1500:]}")
            said, judged = build(out, full), judged + 1
            if not fails(said) or told not in said:
                check.problem(f"{way}: {kind} upon {name} has to stop the build by name, and it says {said[-1500:]}")
            if check.rows("postgres", oids) != theirs:
                check.problem(f"{way}: {kind} upon {name} is gone")
            # dbt goes on with what does not hang on the model that stopped, and drops views that both hang on; it skips them afterwards.
            stays = [row for row in before if way == "sql" or row[2] == "r" or row[0] == "private"]
            if [row for row in stays if row not in shape()] or any("backup" in row[1] for row in shape()):
                check.problem(f"{way}: {kind} upon {name}: a stopped build leaves {shape()}, and there was {before}")
            check.database.run("drop schema private cascade; drop view if exists marts.own cascade; create schema private")
            if fails(said := build(outs[0], full)):
                check.problem(f"{way}: once {kind} upon {name} is gone, the build still fails: {said[-1500:]}")
            if shape() != whole:
                check.problem(f"{way}: once {kind} upon {name} is gone, there is {shape()}")
    return judged


def never(check: Check, outs: list[Path]) -> None:
    """What builds have kept is no table that others fill, whatever its columns are."""
    if failed := check.psql(outs[0]):
        raise engines.EngineError(f"the first build fails: {failed}")
    check.database.run("grant reader to ann")
    complaint = " ".join(check.psql(outs[1]).values())
    if "no build makes anew" not in complaint:
        check.problem(f"plain SQL takes a table of a build's for one that others fill: {complaint!r}")
    for a, b in NEVER:
        check.relation(f"plain SQL, {a} to {b} stopped", f"{a}_{b}", a)


def foreign(check: Check, out: Path) -> None:
    """What no build has made: it stays, and the build says so."""
    run = check.database.run
    run(f"create schema if not exists marts; alter schema marts owner to {quoted(BUILDER)}; create extension if not exists file_fdw; create server f foreign data wrapper file_fdw")
    things = {
        "view": "create view marts.{0} as select 7 as seven", "mat": "create materialized view marts.{0} as select 7 as seven",
        "table": "create table marts.{0} as select 7 as seven", "foreign": "create foreign table marts.{0} (seven integer) server f options (filename '/nowhere')",
        "sequence": "create sequence marts.{0}", "partitioned": "create table marts.{0} (seven integer) partition by range (seven)",
    }  # fmt: skip
    placed = {}
    for number, (what, make) in enumerate((w, m) for w, m in things.items() for _ in KINDS):
        kind = list(KINDS)[number % len(KINDS)]
        # Of one kind, plain SQL takes what is there for its own, as dbt does; a table that others fill takes any table.
        if RELKIND[kind] == {"view": "v", "mat": "m", "table": "r"}.get(what) or (kind == "own" and what == "partitioned"):
            continue
        name = next(n for n in (f"{a}_{b}" for a, b in PAIRS if a == kind) if n not in placed)
        placed[name] = (kind, what)
        run(make.format(name))
        verb = {"foreign": "foreign table", "mat": "materialized view", "partitioned": "table"}.get(what, what)
        run(f"alter {verb} marts.{name} owner to {quoted(BUILDER)}")
    before = {name: check.rows("postgres", f"select relkind::text, oid::bigint from pg_class where oid = 'marts.{name}'::regclass") for name in placed}
    failed = check.psql(out)
    for name, (kind, what) in placed.items():
        complaint = failed.get(name, "") or (failed.get("003_tables.sql", "") or failed.get("001_tables.sql", "") or next((v for k, v in failed.items() if "tables" in k), "") if kind == "own" else "")
        if "no mark says that a build made it" not in complaint:
            check.problem(f"a {what} that nobody knows, in the place of {kind}: {complaint!r}")
        if check.rows("postgres", f"select relkind::text, oid::bigint from pg_class where oid = 'marts.{name}'::regclass") != before[name]:
            check.problem(f"a {what} that nobody knows, in the place of {kind}, is gone")
    check.report.facts["left alone"] = len(placed)


def made(pipec: Path, folder: Path, text: str) -> Path:
    """What is built of a project; it verifies."""
    folder.mkdir()
    (folder / "project.pipe").write_text(text, encoding="utf-8")
    out = folder / "out"
    engines.must([pipec, "build", folder, "-o", out], "building the project of this judge")
    engines.must([pipec, "verify", out, "--project", folder], "verifying what was built")
    return out


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--without-dbt", action="store_true")
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("kinds_check")
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-kinds-") as scratch:
        sets = {"all": PAIRS, "never": NEVER, "first": BESIDE, "dbt": [p for p in PAIRS if p not in FIRST]}
        built = {name: [made(options.pipec, Path(scratch) / f"{name}{at}", project(at, pairs)) for at in (0, 1)] for name, pairs in sets.items()}
        outs = built["all"]
        Database(server, "postgres").run("create role bob login")
        plain(Check(server, "kinds_sql", report), outs)
        never(Check(server, "kinds_never", report), built["never"])
        foreign(Check(server, "kinds_foreign", report), outs[0])
        if not options.without_dbt:
            engines.use("dbt")
            dbt(Check(server, "kinds_dbt", report), built["dbt"])
            first(Check(server, "kinds_first", report), built["first"])
        chain = [made(options.pipec, Path(scratch) / f"chain{at}", CHAIN % more) for at, more in enumerate(("", "; t.region"))]
        ways = ["sql"] if options.without_dbt else ["sql", "dbt"]
        report.facts["things of others kept"] = sum(others(Check(server, f"kinds_others_{way}", report), chain, way) for way in ways)
    report.write(options.out)
    return report.conclude(f"{len(PAIRS) + len(NEVER)} pairs; {report.facts.get('left alone')} relations of others left alone; {report.facts.get('things of others kept')} kept upon ours; dbt stops at {report.facts.get('dbt stops at')}")


if __name__ == "__main__":
    judge.judge(main)
