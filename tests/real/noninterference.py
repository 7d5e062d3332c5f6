"""Noninterference on a real Postgres: what a program's sink may not know does not change what it gets.

Delimited release: for two data sets that agree on every mask's and aggregate's output that the sink's clearance admits, the SQL that
pipec emits gives the sink the same rows. Random programs (flow_random/programs.py): most have their masks where they belong, the others
lack one. What pipec accepts is run on data sets that differ in one sensitive column, and in all; what it refuses as well, to see how
often it need not have. Random queries with one labelled column (flow_random/any_query.py) cover the rest of SQL.
"""

from __future__ import annotations

import collections
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse
from flow_random import any_query, steps, world  # noqa: F401 (steps register themselves)
from flow_random.programs import Maker, Program
from random_sql import engines_of

#: Programs per project: pipec starts twice for each.
BATCH = 100
#: Data sets in which everything differs, beside one for each column.
WHOLE = 3
#: What the programs have to be like.
SENSITIVE_SHARE, CLOSE_SHARE, MISTAKE_SHARE, EACH = 0.4, 0.9, 0.03, 50
PROJECT = 'project flow { warehouse postgres { database = env("DATABASE") }; emit sql }\nuse std.hipaa\nlayer marts schema "marts" as view\n'


@dataclass
class Told:
    """What is known of a program after both judges."""

    program: Program
    #: Codes with which pipec refuses it; empty: accepted.
    codes: list[str] = field(default_factory=list)
    #: Whether only its sink is refused, so that its models can be run all the same.
    by_sink: bool = False
    #: What is wrong with the program itself, which is the generator's mistake.
    mistake: str = ""
    sensitive: bool = False
    data_sets: int = 0
    #: Whether sending the model before the last one would leak.
    close: bool = False
    #: The columns whose change the sink sees, and how.
    leaks: dict[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass
class Tally:
    """What was seen."""

    made: int = 0
    mistakes: collections.Counter[str] = field(default_factory=collections.Counter)
    errors: collections.Counter[str] = field(default_factory=collections.Counter)
    accepted: int = 0
    accepted_sensitive: int = 0
    accepted_close: int = 0
    violations: int = 0
    data_sets: int = 0
    refused_by: collections.Counter[str] = field(default_factory=collections.Counter)
    alarms_by: collections.Counter[str] = field(default_factory=collections.Counter)
    edits: dict[str, collections.Counter[str]] = field(default_factory=lambda: collections.defaultdict(collections.Counter))
    uses: collections.Counter[str] = field(default_factory=collections.Counter)
    queries: int = 0
    pairs: int = 0
    query_data_sets: int = 0
    masked: int = 0
    masked_leaks: int = 0
    masked_by: collections.Counter[str] = field(default_factory=collections.Counter)
    pairs_by: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)

    def add(self, told: Told) -> None:
        """One program more."""
        p = told.program
        self.made += 1
        self.uses.update(p.uses)
        if told.mistake:
            self.mistakes[told.mistake[:100]] += 1
            return
        if told.error:
            self.errors[told.error[:100]] += 1
        said = "refused" if told.codes else "accepted"
        leaks = "leaks" if told.leaks else "same"
        self.data_sets += told.data_sets
        if p.edit:
            self.edits[p.edit][f"{said}, {leaks}"] += 1
        if told.codes:
            self.refused_by.update(told.codes)
            if not told.leaks and told.by_sink:
                self.alarms_by.update(told.codes)
            return
        self.accepted += 1
        self.accepted_sensitive += told.sensitive
        self.accepted_close += told.close
        self.violations += bool(told.leaks)


class Pipec:
    """Compiles programs."""

    def __init__(self, pipec: Path, folder: Path) -> None:
        self.pipec, self.folder = pipec, folder

    def write(self, programs: list[Program], with_sink: set[str]) -> None:
        """One file each."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / "main.pipe").write_text(PROJECT + world.DECLARED + "\n" + world.declared() + "\n", encoding="utf-8")
        for p in programs:
            (self.folder / f"{p.name}.pipe").write_text(p.file(p.name in with_sink), encoding="utf-8")

    def errors(self) -> dict[str, list[tuple[str, str, int]]]:
        """Errors by program: code, message, line."""
        command = [str(self.pipec), "check", str(self.folder), "--as-of", world.TODAY, "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        out: dict[str, list[tuple[str, str, int]]] = {}
        for line in done.stdout.splitlines():
            said = json.loads(line)
            if said.get("severity") == "error" and "code" in said:
                out.setdefault(Path(said.get("path") or "").stem, []).append((said["code"], said["message"], said.get("line", 0)))
        if done.returncode not in (0, 1) or (done.returncode == 1 and not out):
            raise AssertionError(f"pipec check ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        if "main" in out:
            raise AssertionError(f"pipec check says of the project itself: {out['main']}")
        return out

    def judged(self, programs: list[Program]) -> list[Told]:
        """Which programs are refused, and why; those that are wrong in themselves."""
        told = {p.name: Told(p) for p in programs}
        self.write(programs, set(told))
        for name, said in self.errors().items():
            one = told[name]
            last = len(one.program.file(True).splitlines())
            one.codes = sorted({c for c, _, _ in said})
            one.by_sink = all(line == last for _, _, line in said)
            one.mistake = next((f"{c} {m}" for c, m, _ in said if not c.startswith(("P03", "P04", "P05", "P06"))), "")
        return list(told.values())

    def emitted(self, told: list[Told]) -> tuple[list[str], list[tuple[str, str]]]:
        """What goes before all (roles, schemas), and the statements that make the views, in order, by the program's name. A sink that was
        refused is left out: then its models build."""
        self.write([t.program for t in told], {t.program.name for t in told if not t.codes})
        out = self.folder / "out"
        done = subprocess.run([str(self.pipec), "build", str(self.folder), "--as-of", world.TODAY, "--out", str(out)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"pipec build refuses what pipec check took:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        made = []
        files = sorted((out / "sql" / "postgres").glob("*.sql"))
        for file in files:
            name = re.match(r"\d+_marts_(f\d+)_", file.name)
            if name:
                made.append((name.group(1), file.read_text(encoding="utf-8")))
        return [f.read_text(encoding="utf-8") for f in files if f.stem.endswith("_access")], made


class Engine:
    """The data sets and the views, in Postgres."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.do("set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 3; set statement_timeout = 20000")
        # Chains of views are planned again and again: in the order they are written.
        self.do("set client_min_messages = error; set jit = off; set join_collapse_limit = 1; set from_collapse_limit = 1")
        setup = engines.HERE.parents[1] / "stdlib" / "setup" / "postgres.sql"
        self.do(setup.read_text(encoding="utf-8"))
        self.do(f"create schema {world.SCHEMA}; create schema marts; create schema flow")
        for table, columns in world.TABLES.items():
            self.do(f"create table {world.SCHEMA}.{table} (" + ", ".join(f"{n} {t}" for n, (t, _) in columns.items()) + ")")
        # A keyed token tells only which values are the same: one value's token is any name, the same one in both data sets.
        self.do("create table flow.renamed (new text primary key, old text not null)")
        self.do(
            "create or replace function pipec.hmac_token(value text, key_name text, domain text) returns text language sql stable as "
            "$$ select md5(domain || coalesce((select r.old from flow.renamed as r where r.new = nullif(value, '')), nullif(value, ''))) $$"
        )

    def do(self, statement: str) -> None:
        """Run statements."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, query: str) -> Any:
        """A query's rows, as texts; or the error."""
        import psycopg2

        with self.connection.cursor() as cursor:
            cursor.execute("savepoint s")
            try:
                cursor.execute(query)
                return cursor.fetchall()
            except psycopg2.Error as problem:
                cursor.execute("rollback to s")
                return "error: " + str(problem).strip().splitlines()[0]

    def fill(self, rows: world.Rows, tables: set[str], renamed: dict[str, str]) -> None:
        """Other rows in some tables, in the open transaction."""
        statements = [f"delete from {world.SCHEMA}.{t}; {world.fill(t, rows[t])}" for t in sorted(tables) if rows[t]]
        if renamed:
            statements.append("insert into flow.renamed values " + ", ".join(f"('{n}', '{o}')" for n, o in renamed.items()))
        if statements:
            self.do(";".join(statements))

    def seen(self, p: Program) -> list[Any]:
        """What the sink gets."""
        out = []
        for model in p.sent:
            found = self.rows(f"select to_jsonb(t)::text from marts.{model} as t")
            out.append(found if isinstance(found, str) or p.in_order else sorted(found))
        return out

    def near(self, p: Program) -> Any:
        """What the sink would get of the models before the last one: the nearest and the first."""
        found = [self.rows(f"select to_jsonb(t)::text from marts.{name} as t") for name in p.near]
        return [f if isinstance(f, str) else sorted(f) for f in found]

    def cells(self, p: Program) -> list[Any]:
        """The aggregates that the sink may know."""
        return [self.rows(query) for query in p.cells]


def examine(engine: Engine, before: world.Rows, told: Told) -> None:
    """Runs a program on data sets that its sink may not be able to tell apart."""
    p = told.program
    engine.do("begin")
    first, cells, near = engine.seen(p), engine.cells(p), engine.near(p)
    engine.do("rollback")
    if any(isinstance(f, str) for f in first):
        told.error = next(f for f in first if isinstance(f, str))
        return
    sets = [{place} for place in sorted(p.places)] + [set(p.places)] * WHOLE
    for number, places in enumerate(sets):
        for attempt in range(6 if cells else 1):
            changes = world.Changes(before, p.admitted, int(p.name[1:]) * 1000 + number * 10 + attempt)
            after = changes.changed(places)
            tables = {t for t in before if before[t] != after[t]}
            if not tables:
                break
            engine.do("begin")
            engine.fill(after, tables, changes.renamed)
            agree = not cells or engine.cells(p) == cells
            second = engine.seen(p) if agree else first
            told.close = told.close or (agree and engine.near(p) != near)
            engine.do("rollback")
            told.data_sets += agree
            told.sensitive |= agree
            if second != first:
                said = ", ".join(".".join(x) for x in sorted(places))
                told.leaks.setdefault(said, difference(first, second))
            if agree:
                break


def queries(pipec: Path, folder: Path, postgres: engines_of.Postgres, seeds: range, masks: bool, tally: Tally, report: judge.Report) -> None:
    """Random queries, each with one labelled column; or with masks, which only the emitted text can run."""
    texts: dict[any_query.Pair, str] = {}
    ordered: dict[any_query.Pair, bool] = {}
    for seed in seeds:
        query = any_query.made(seed, masks)
        found = None if masks else postgres.run(query.sql())
        if isinstance(found, str) or (found is not None and not found.rows):
            continue
        tally.queries += 1
        for pair in any_query.pairs(seed, query):
            texts[pair], ordered[pair] = query.sql(), bool(query.order)
    project = any_query.Project(pipec, folder, masks)
    refused = project.refused(texts)
    unread = {p for p, said in refused.items() if not said.startswith("P03")}
    texts = {p: text for p, text in texts.items() if p not in unread}
    accepted = {p for p in texts if p not in refused}
    emitted = project.emitted({p: texts[p] for p in accepted})
    postgres.prepare(project.setup())
    runs = emitted if masks else texts | emitted
    leaks, errors, count = any_query.Truth(postgres, 1, masks).leaking(runs, ordered)
    tally.query_data_sets += count
    if masks:
        tally.masked += len(accepted)
        tally.masked_by.update(said[:5] for said in refused.values())
        tally.masked_leaks += len(leaks)
    else:
        tally.pairs += len(texts)
        tally.pairs_by[("accepted", "leaks")] += len(accepted & set(leaks))
        tally.pairs_by[("accepted", "same")] += len(accepted - set(leaks))
        tally.pairs_by[("refused", "leaks")] += len(set(leaks) - accepted)
        tally.pairs_by[("refused", "same")] += len(texts) - len(accepted | set(leaks))
        tally.pairs_by[("accepted", "fails on other data")] += len(accepted & errors)
    for pair in sorted(accepted & set(leaks), key=lambda p: p.name):
        report.problem(f"query {pair.seed}: `{pair.told()}` is told: {leaks[pair]}\n{texts[pair]}")


def difference(first: list[Any], second: list[Any]) -> str:
    """The first row that differs."""
    for one, other in zip(first, second):
        if isinstance(other, str):
            return other
        for a, b in zip(one, other):
            if a != b:
                return f"{a[0]} / {b[0]}"[:300]
        if len(one) != len(other):
            return f"{len(one)} / {len(other)} rows"
    return "no difference"


def run(pipec: Path, folder: Path, engine: Engine, seeds: range) -> list[Told]:
    """Makes, compiles and examines programs."""
    programs = [Maker(seed).program() for seed in seeds]
    compiler = Pipec(pipec, folder)
    told = compiler.judged(programs)
    runs = [t for t in told if not t.mistake and (t.by_sink or not t.codes)]
    before = world.rows(seeds.start)
    import psycopg2  # importable only once its environment is in use

    engine.do("begin")
    for table in world.TABLES:
        engine.do(f"delete from {world.SCHEMA}.{table}; {world.fill(table, before[table])}")
    engine.do("commit")
    by_name = {t.program.name: t for t in told}
    before_all, made = compiler.emitted(runs)
    for text in before_all:
        engine.do(text)
    for name, text in made:
        try:
            engine.do(text)
        except psycopg2.Error as problem:
            engine.do("rollback")
            by_name[name].error = f"the emitted SQL fails: {problem}"
    for one in runs:
        if not one.error:
            examine(engine, before, one)
    engine.do("drop schema marts cascade; create schema marts")
    return told


def demands(tally: Tally, count: int, report: judge.Report) -> None:
    """What the programs have to be like, so that the result means something."""
    share = tally.accepted_sensitive / max(1, tally.made)
    if share < SENSITIVE_SHARE:
        report.problem(f"{share:.0%} of the programs are accepted and handle what is sensitive; at least {SENSITIVE_SHARE:.0%} have to.")
    close = tally.accepted_close / max(1, tally.accepted_sensitive)
    if close < CLOSE_SHARE:
        report.problem(f"{close:.0%} of the accepted programs are one edit from a leak; at least {CLOSE_SHARE:.0%} have to be.")
    wrong = sum(tally.mistakes.values()) + sum(tally.errors.values())
    if wrong > tally.made * MISTAKE_SHARE:
        report.problem(f"{wrong} of {tally.made} programs are the generator's own mistakes: {dict(tally.mistakes + tally.errors)}")
    # Where nearly all are refused for something else, nothing is judged.
    for what, tried, least in (("columns of random queries", tally.pairs, tally.queries), ("queries with masks anywhere", tally.masked, tally.queries // 2)):
        if tried < least:
            report.problem(f"{tried} {what} are tried; of {tally.queries} queries at least {least} have to be.")
    if count >= 1000:
        for what in sorted(world.NODES):
            if tally.uses[what] < EACH:
                report.problem(f"`{what}` is in {tally.uses[what]} programs; each construct has to be in at least {EACH}.")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("pipec", type=judge.existing, help="the program")
    add("--count", type=int, default=100, metavar="N", help="how many programs (default: 100)")
    add("--queries", type=int, default=200, metavar="N", help="how many random queries with a labelled column (default: 200)")
    add("--seed", type=int, default=1, metavar="N", help="the first seed (default: 1)")
    add("--text", action="store_true", help="print the first program and stop")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    if options.text:
        print(Maker(options.seed).program().file(True))
        return judge.ACCEPTED
    report, tally = judge.Report("noninterference"), Tally()
    pipec = options.pipec.resolve()
    with tempfile.TemporaryDirectory(prefix="pipec-flow-") as scratch:
        started = time.monotonic()
        with engines.postgres() as server:
            engine = Engine(warehouse.connect(server))
            for first in range(options.seed, options.seed + options.count, BATCH):
                for told in run(pipec, Path(scratch) / "p", engine, range(first, min(first + BATCH, options.seed + options.count))):
                    tally.add(told)
                    if told.leaks and not told.codes:
                        p = told.program
                        shown = "\n".join(f"{columns}: {what}" for columns, what in told.leaks.items())
                        report.problem(f"program {p.name} is accepted and tells its sink ({p.clearance}; {p.edit or 'no edit'})\n{shown}\n{p.file(True)}")
        report.timed("programs", started)
        started = time.monotonic()
        with engines_of.postgres(1) as postgres:
            for first in range(options.seed, options.seed + options.queries, 50):
                seeds = range(first, min(first + 50, options.seed + options.queries))
                queries(pipec, Path(scratch) / "q", postgres, seeds, False, tally, report)
                queries(pipec, Path(scratch) / "q", postgres, seeds, True, tally, report)
        report.timed("queries", started)
    demands(tally, options.count, report)
    report.facts = facts(tally)
    report.write(options.out)
    caught = sum(c["refused, leaks"] for c in tally.edits.values())
    leaking = caught + sum(c["accepted, leaks"] for c in tally.edits.values())
    least = min(((tally.uses[n], n) for n in world.NODES), default=(0, ""))
    return report.conclude(
        f"{tally.made} programs, {tally.accepted} accepted ({tally.accepted_sensitive / max(1, tally.made):.0%} of all handle what is sensitive, "
        f"{tally.accepted_close} one edit from a leak), {tally.data_sets} data sets, {tally.violations} told; {caught} of {leaking} leaking edits refused; "
        f"the rarest construct, `{least[1]}`, in {least[0]}; {tally.queries} random queries, {tally.pairs} labelled columns, "
        f"{tally.query_data_sets} data sets, {tally.pairs_by[('accepted', 'leaks')]} told; "
        f"{tally.masked} accepted with masks anywhere, {tally.masked_leaks} told"
    )


def facts(tally: Tally) -> dict[str, Any]:
    """The counts."""
    return {
        "made": tally.made,
        "mistakes": dict(tally.mistakes),
        "errors": dict(tally.errors),
        "accepted": tally.accepted,
        "accepted and sensitive": tally.accepted_sensitive,
        "accepted and close to a leak": tally.accepted_close,
        "violations": tally.violations,
        "data sets": tally.data_sets,
        "refused by code": dict(tally.refused_by.most_common()),
        "refused, rows never changed, by code": dict(tally.alarms_by.most_common()),
        "edits": {k: dict(v) for k, v in sorted(tally.edits.items())},
        "uses": dict(tally.uses.most_common()),
        "queries": tally.queries,
        "pairs": tally.pairs,
        "data sets of queries": tally.query_data_sets,
        "accepted with masks anywhere": tally.masked,
        "refused with masks anywhere, by code": dict(tally.masked_by.most_common()),
        "violations with masks anywhere": tally.masked_leaks,
        "pairs by": {", ".join(k): n for k, n in tally.pairs_by.items()},
    }


if __name__ == "__main__":
    judge.judge(main)
