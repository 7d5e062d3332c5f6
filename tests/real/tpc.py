"""Judge pipec by TPC-H and TPC-DS: every query read, typed, traced, and its rows the original's.

Tables, query texts and data come from DuckDB's extensions while the judge runs. A suite
becomes a project: its tables a source, each query a view from its text. What is emitted
for an engine is run there, and compared with the original text's rows on Postgres.
`--only` takes names like `tpch.q01` or `tpcds` and leaves the rest out; `--engine` limits
what is run. A whole run is compared with the page of the reference that `--write` writes.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import difflib
import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import judge
import tpc_aim
import tpc_engines
import tpc_page
import tpc_pipec
import tpc_suite
import tpc_trace
import tpc_types
from tpc_engines import Refused
from tpc_rows import ALL, DUCKDB, NONE, TOLERANCE, Question, Result, Row, difference, typed_like

TITLES = {"tpch": "TPC-H", "tpcds": "TPC-DS"}
# What has to pass at least; `read` goes for all that is not named.
LEAST = {"tpch": {"read": 22}, "tpcds": {"read": 97, "sqlite": 95}}
# Queries that may find nothing in the data.
MOST_EMPTY = 5
SCALE = {"tpch": 0.01, "tpcds": 0.02}


@dataclasses.dataclass
class Verdicts:
    """What was found about one suite: by aspect, the queries that fail, each with the reason."""

    suite: tpc_suite.Suite
    queries: list[str]
    failed: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    empty: list[str] = dataclasses.field(default_factory=list)

    def note(self, aspect: str, query: str, reason: str) -> None:
        """A query that fails in one aspect; the first reason stays."""
        self.failed.setdefault(aspect, {}).setdefault(query, reason)

    def aspect(self, aspect: str, reasons: dict[str, list[str]]) -> None:
        """An aspect was judged, with these complaints."""
        self.failed.setdefault(aspect, {})
        for query, messages in reasons.items():
            self.note(aspect, query, "; ".join(messages))
        for query in self.failed["read"]:
            self.note(aspect, query, "it is not read")

    def good(self, aspect: str) -> list[str]:
        """The queries that pass."""
        return [query for query in self.queries if query not in self.failed.get(aspect, {})]


def selected(suite: tpc_suite.Suite, only: list[str]) -> list[str]:
    """The queries of a suite that were asked for."""
    wanted = [name.partition(".") for name in only]
    asked = [query for name, _, query in wanted if name == suite.name]
    return [query for query in suite.queries if not only or "" in asked or query in asked]


def rows_of(engine: Any, text: str, suite: tpc_suite.Suite) -> list[Row]:
    """The rows of a text on an engine."""
    rows: list[Row] = engine.query(text, suite).rows
    return rows


class Course:
    """One run of the judge."""

    def __init__(self, options: argparse.Namespace, place: Path, report: judge.Report) -> None:
        self.options = options
        self.place = place
        self.report = report
        self.pipec = tpc_pipec.find(options.pipec)
        self.reference = tpc_suite.connect()
        self.verdicts: list[Verdicts] = []
        self.precision = {"columns": 0, "precise": 0, "said": 0}

    def run(self) -> None:
        """Every suite on every engine that was asked for."""
        with contextlib.ExitStack() as running:
            started = time.monotonic()
            postgres = running.enter_context(tpc_engines.postgres()) if self.options.engine else None
            self.report.timed("start Postgres", started)
            for name in tpc_suite.SUITES:
                tpc_suite.generate(self.reference, name, SCALE[name] if self.options.engine else 0)
                suite = tpc_suite.read(self.reference, name)
                if name == "tpcds" and self.options.engine:
                    tpc_aim.Aim(self.reference, suite).run()
                verdicts = Verdicts(suite, selected(suite, self.options.only))
                if verdicts.queries:
                    self.verdicts.append(verdicts)
                    self.suite(verdicts, postgres)

    def suite(self, verdicts: Verdicts, postgres: tpc_engines.Postgres | None) -> None:
        """One suite."""
        suite = verdicts.suite
        project = self.place / suite.name / "check"
        tpc_pipec.write_project(project, suite, verdicts.queries, "postgres")
        verdicts.aspect("read", tpc_pipec.check(self.pipec, project))
        if postgres is None:
            return
        data = self.place / suite.name / "embedded" / "data"
        started = time.monotonic()
        tpc_engines.export(self.reference, suite, data)
        postgres.load(suite, data)
        self.report.timed(f"load {suite.name}", started)
        started = time.monotonic()
        asked = self.originals(verdicts, postgres, "original")
        verdicts.empty = [query for query, one in asked.items() if not any(value for row in one.wanted.rows for value in row)]
        self.report.timed(f"original {suite.name}", started)
        duckdb = tpc_engines.DuckDb(self.reference)
        steps: dict[str, Callable[[], None]] = {
            "sqlite": lambda: self.sqlite(verdicts, asked),
            "bigquery": lambda: self.bigquery(verdicts),
            "claims": lambda: self.types(verdicts, postgres, asked),
            "postgres": lambda: self.judged(verdicts, "postgres", postgres, asked),
            "duckdb": lambda: self.judged(verdicts, "duckdb", duckdb, asked),
            "original duckdb": lambda: self.own(verdicts, duckdb),
        }
        wanted = {*self.options.engine, "claims", *(["original duckdb"] if "duckdb" in self.options.engine else [])}
        # The first two need neither server nor this process's DuckDB: they run beside the rest.
        with concurrent.futures.ThreadPoolExecutor(2) as beside:
            running = []
            for name in (step for step in steps if step in wanted):
                if name in ("sqlite", "bigquery"):
                    running.append(beside.submit(self.step, f"{name} {suite.name}", steps[name]))
                else:
                    self.step(f"{name} {suite.name}", steps[name])
            for one in running:
                one.result()

    def step(self, name: str, step: Callable[[], None]) -> None:
        """One step, with the time it takes."""
        started = time.monotonic()
        step()
        self.report.timed(name, started)

    def originals(self, verdicts: Verdicts, engine: Any, aspect: str) -> dict[str, Question]:
        """The original texts on an engine; those it refuses fail in the aspect."""
        asked = {}
        for query in verdicts.queries:
            text = verdicts.suite.queries[query]
            unlimited = tpc_suite.without_limit(text)
            try:
                wanted = engine.query(text, verdicts.suite)
            except Refused as problem:
                verdicts.note(aspect, query, str(problem))
            else:
                again = functools.partial(rows_of, engine, unlimited, verdicts.suite) if unlimited != text else None
                asked[query] = Question(text, wanted, again)
        return asked

    def types(self, verdicts: Verdicts, postgres: tpc_engines.Postgres, asked: dict[str, Question]) -> None:
        """What pipec says about columns, against what Postgres says and what is in them."""
        project = self.place / verdicts.suite.name / "check"
        tpc_pipec.write_project(project, verdicts.suite, verdicts.good("read"), "postgres")
        claims = tpc_pipec.claims(self.pipec, project)
        for aspect in ("typed", "not null", "traced", "nothing untraced"):
            verdicts.aspect(aspect, {})
        experiment = tpc_trace.Experiment(postgres, verdicts.suite)
        for query in verdicts.good("read"):
            claimed = claims.get(query, [])
            reported = postgres.types(verdicts.suite.queries[query], verdicts.suite)
            for counted, more in tpc_types.precision(claimed, reported).items():
                self.precision[counted] += more
            if wrong := tpc_types.differences(claimed, reported):
                verdicts.note("typed", query, wrong)
            if untraced := [claim.name for claim in claimed if not claim.traced]:
                verdicts.note("traced", query, ", ".join(untraced))
            if missed := experiment.missed(query, claimed):
                verdicts.note("nothing untraced", query, ", ".join(missed))
            if query == "q01" and len(experiment.missed(query, [dataclasses.replace(c, depends=frozenset()) for c in claimed])) < len(claimed):
                self.report.problem(f"{verdicts.suite.name}: the experiment does not see a lineage that names nothing")
            if query in asked and (broken := tpc_types.broken(claimed, asked[query].wanted)):
                verdicts.note("not null", query, ", ".join(broken))

    def own(self, verdicts: Verdicts, duckdb: tpc_engines.DuckDb) -> None:
        """What was emitted for DuckDB, against the original texts there."""
        verdicts.aspect("duckdb, original there", {})
        for query, question in self.originals(verdicts, duckdb, "duckdb, original there").items():
            if query not in verdicts.good("duckdb"):
                verdicts.note("duckdb, original there", query, "there is nothing to compare it with")
            else:
                got = duckdb.query(f"select * from {tpc_engines.view_of(verdicts.suite, query)}")
                if differs := difference(question, got, places=DUCKDB, ordered=True):
                    verdicts.note("duckdb, original there", query, differs)

    def judged(self, verdicts: Verdicts, dialect: str, engine: Any, asked: dict[str, Question]) -> None:
        """Emit for an engine, run it there, compare."""
        places = DUCKDB if dialect == "duckdb" else ALL
        folder = self.place / verdicts.suite.name / dialect
        refused = tpc_pipec.build(self.pipec, folder, verdicts.suite, verdicts.good("read"), dialect)
        verdicts.aspect(dialect, refused)
        texts = tpc_engines.emitted(folder / "out", dialect) if verdicts.good(dialect) else {}
        found = tpc_engines.run_emitted(engine, verdicts.suite, texts)
        for query, result in found.items():
            if isinstance(result, Refused):
                verdicts.note(dialect, query, str(result))
            elif query in asked and (differs := difference(asked[query], result, places=places, ordered=True)):
                verdicts.note(dialect, query, differs)

    def sqlite(self, verdicts: Verdicts, asked: dict[str, Question]) -> None:
        """Run in the embedded engine, compare."""
        folder = self.place / verdicts.suite.name / "embedded"
        verdicts.aspect("sqlite", tpc_pipec.embedded(self.pipec, folder, verdicts.suite, verdicts.good("read")))
        for query in verdicts.good("sqlite"):
            if query in asked:
                wanted = asked[query].wanted
                rows = tpc_engines.dumped(folder / "rows" / f"{query}.ndjson", wanted.columns)
                result = Result(wanted.columns, typed_like(rows, wanted))
                if differs := difference(asked[query], result, places=NONE, ordered=False):
                    verdicts.note("sqlite", query, differs)


    def bigquery(self, verdicts: Verdicts) -> None:
        """Emit for BigQuery, let its analyzer read that."""
        folder = self.place / verdicts.suite.name / "bigquery"
        refused = tpc_pipec.build(self.pipec, folder, verdicts.suite, verdicts.good("read"), "bigquery")
        verdicts.aspect("bigquery", refused)
        texts = tpc_engines.emitted(folder / "out", "bigquery") if verdicts.good("bigquery") else {}
        for query, reason in tpc_engines.BigQuery(verdicts.suite).refused(texts).items():
            verdicts.note("bigquery", query, reason)


    def conclude(self) -> int:
        """The verdict: of a whole run by the page and the least counts, of a part by every failure."""
        counts = []
        for verdicts in self.verdicts:
            name, total = verdicts.suite.name, len(verdicts.queries)
            for aspect, failed in verdicts.failed.items():
                counts.append(f"{name} {aspect} {total - len(failed)}/{total}")
                if not self.whole():
                    for query, reason in failed.items():
                        self.report.problem(f"{name}.{query}: {aspect}: {reason}")
        if self.whole():
            self.least()
            self.page()
        return self.report.conclude("; ".join(counts))

    def whole(self) -> bool:
        """Whether everything was judged."""
        return not self.options.only and set(self.options.engine) == set(tpc_pipec.DIALECTS)

    def least(self) -> None:
        """Fewer than these never pass, whatever the page says."""
        for verdicts in self.verdicts:
            for aspect in tpc_page.ASPECTS:
                good, least = len(verdicts.good(aspect)), LEAST[verdicts.suite.name].get(aspect, LEAST[verdicts.suite.name]["read"])
                if aspect not in verdicts.failed or good < least:
                    reasons = [f"{query}: {reason}" for query, reason in verdicts.failed.get(aspect, {}).items()]
                    self.report.problem("\n".join([f"{verdicts.suite.name}: {aspect}: {good}, and {least} at least have to pass", *reasons]))
            if verdicts.failed.get("original"):
                self.report.problem(f"originals that Postgres does not run: {verdicts.failed['original']}")
            if len(verdicts.empty) > MOST_EMPTY:
                self.report.problem(f"{verdicts.suite.name}: no rows to compare: {' '.join(verdicts.empty)}")

    def page(self) -> None:
        """The page of the reference, written anew or compared."""
        suites = [(TITLES[v.suite.name], len(v.queries), v.failed, v.empty) for v in self.verdicts]
        text = tpc_page.text(suites, {**self.precision, "tolerance": TOLERANCE})
        if self.options.write:
            tpc_page.PAGE.write_text(text, encoding="utf-8")
        elif not tpc_page.PAGE.exists() or tpc_page.PAGE.read_text(encoding="utf-8") != text:
            here = tpc_page.PAGE.read_text(encoding="utf-8") if tpc_page.PAGE.exists() else ""
            changes = "\n".join(difflib.unified_diff(here.splitlines(), text.splitlines(), "the page", "this run", lineterm="", n=0))
            self.report.problem(f"docs/reference/{tpc_page.PAGE.name} is not what this run finds; `--write` writes it anew.\n{changes}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", metavar="FILE", help="the compiler (default: $PIPEC, or the newest build)")
    arguments.add_argument("--only", action="append", default=[], metavar="SUITE[.QUERY]", help="e.g. tpcds.q14")
    arguments.add_argument("--engine", action="append", choices=tpc_pipec.DIALECTS, help="(default: all)")
    arguments.add_argument("--only-read", action="store_true", help="run nothing, only `pipec check`")
    arguments.add_argument("--keep", type=Path, metavar="DIR", help="leave the projects in this new folder")
    arguments.add_argument("--write", action="store_true", help="write the page of the reference")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    options.engine = [] if options.only_read else options.engine or list(tpc_pipec.DIALECTS)
    report = judge.Report("tpc")
    with tempfile.TemporaryDirectory(prefix="pipec-tpc-") as scratch:
        course = Course(options, options.keep or Path(scratch), report)
        course.run()
    for verdicts in course.verdicts:
        report.facts[verdicts.suite.name] = {"failed": verdicts.failed, "empty": verdicts.empty}
    code = course.conclude()
    report.write(options.out)
    return code


if __name__ == "__main__":
    judge.judge(main)
