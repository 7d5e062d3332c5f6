"""Random queries on every engine against Postgres: the printed SQL has to yield the rows of the original.

The truth is the original text on a real Postgres. Compared with it: what pipec prints for Postgres and DuckDB, and what its
embedded engine (SQLite) makes of the query. Rows are compared as multisets, in order where the query says one; to the digit, but
for doubles and, where an engine keeps numerics as doubles, numerics (random_sql/compare.py).
"""

from __future__ import annotations

import collections
import json
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import engines
import judge
from random_sql import compare, engines_of
from random_sql.project import Project
from random_sql.queries import Queries
from random_sql.tree import Query, smaller, uses

HERE = Path(__file__).resolve().parent
#: Queries per project: pipec and its engine start once for each.
BATCH = 200
ACCEPTED_SHARE = 0.9


@dataclass
class Found:
    """A query that an engine answers differently."""

    seed: int
    query: Query
    engine: str
    what: str

    @property
    def kind(self) -> str:
        """What a smaller query has to show to be the same problem."""
        return self.engine + ("!" if self.what.startswith("fails") else "")


@dataclass(frozen=True)
class Known:
    """A documented difference of an engine, reviewed."""

    engine: str
    #: A regular expression for what was seen, and one for the query.
    message: str
    query: str
    what: str
    link: str

    def fits(self, found: Found) -> bool:
        """Whether it may be the reason."""
        text = found.query.sql()
        return found.engine == self.engine and bool(re.search(self.message, found.what) and re.search(self.query, text))


KNOWN = [Known(**entry) for entry in json.loads((HERE / "random_sql" / "differences.json").read_text(encoding="utf-8"))]
MOST_KNOWN = 10


@dataclass
class Tally:
    """What was seen."""

    made: int = 0
    ran: int = 0
    empty: int = 0
    rejected: collections.Counter[str] = field(default_factory=collections.Counter)
    refused: collections.Counter[str] = field(default_factory=collections.Counter)
    gaps: dict[str, collections.Counter[str]] = field(default_factory=lambda: collections.defaultdict(collections.Counter))
    compared: collections.Counter[str] = field(default_factory=collections.Counter)
    covered: collections.Counter[str] = field(default_factory=collections.Counter)


class Course:
    """Runs sets of queries everywhere."""

    def __init__(self, pipec: Path, folder: Path, postgres: engines_of.Postgres, duckdb: engines_of.DuckDb) -> None:
        self.project = Project(pipec, folder, 1)
        self.postgres, self.duckdb = postgres, duckdb
        self.tally = Tally()

    def run(self, queries: Mapping[int, Query], counted: bool = True) -> list[Found]:
        """The differences of a set of queries."""
        tally = self.tally if counted else Tally()
        texts, truths = {}, {}
        for seed, query in queries.items():
            tally.made += 1
            truth = self.postgres.run(text := query.sql())
            if isinstance(truth, str):
                tally.rejected[truth] += 1
                continue
            name = f"q{seed}"
            texts[name], truths[name] = text, truth
            tally.ran += 1
            tally.empty += not truth.rows
            tally.covered.update(set(uses(query)))
        accepted, refused = self.project.accepted(texts)
        tally.refused.update(_kind(m) for m in refused.values())
        engines_ = (self._printed, self._embedded, self._duckdb)
        found = [one for engine in engines_ for one in engine(accepted, truths, queries, tally)]
        return sorted(found, key=lambda f: f.seed)

    def _printed(self, accepted, truths, queries, tally):  # noqa: ANN001, ANN202
        outcome = self.project.printed(accepted, "postgres")
        self.postgres.prepare(outcome.before)
        tally.gaps["postgres"].update(_kind(m) for m in outcome.refused.values())
        for name, file in outcome.printed.items():
            seed, truth = int(name[1:]), truths[name]
            other = self.postgres.emitted(file, name)
            tally.compared["postgres"] += 1
            if what := _problem(truth, other, bool(queries[seed].order)):
                yield Found(seed, queries[seed], "postgres", what)

    def _embedded(self, accepted, truths, queries, tally):  # noqa: ANN001, ANN202
        outcome = self.project.embedded(accepted)
        tally.gaps["sqlite"].update(_kind(m) for m in outcome.refused.values())
        for name, message in outcome.failed.items():
            yield Found(int(name[1:]), queries[int(name[1:])], "sqlite", "fails: " + message)
        for name, file in outcome.printed.items():
            seed = int(name[1:])
            tally.compared["sqlite"] += 1
            try:
                what = compare.difference(truths[name].values(True), engines_of.dumped(file, truths[name]), False)
            except ValueError as problem:
                what = f"unreadable value: {problem}"
            if what:
                yield Found(seed, queries[seed], "sqlite", what)

    def _duckdb(self, accepted, truths, queries, tally):  # noqa: ANN001, ANN202
        outcome = self.project.printed(accepted, "duckdb")
        self.duckdb.prepare(outcome.before)
        tally.gaps["duckdb"].update(_kind(m) for m in outcome.refused.values())
        for name, file in outcome.printed.items():
            seed, truth = int(name[1:]), truths[name]
            other = self.duckdb.emitted(file, name, truth)
            if other is None:
                continue
            tally.compared["duckdb"] += 1
            what = other if isinstance(other, str) else compare.difference(truth.values(True), other, bool(queries[seed].order))
            if what:
                yield Found(seed, queries[seed], "duckdb", what)

    def is_known(self, found: Found) -> Known | None:
        """The documented difference that this is, by the smallest query that still shows it."""
        if not any(known.fits(found) for known in KNOWN):
            return None
        small = self.shrunk(found)
        return next((known for known in KNOWN if known.fits(small)), None)

    def shrunk(self, found: Found) -> Found:
        """The smallest query that still shows it, as far as dropping single things leads."""
        for _ in range(60):
            tries = {n: q for n, q in enumerate(smaller(found.query)) if len(q.sql()) < len(found.query.sql())}
            again: list[Found] = []
            # The shortest ones first: one of them is likely to do.
            order = sorted(tries, key=lambda n: len(tries[n].sql()))
            for start in range(0, len(order), 60):
                again = [f for f in self.run({n: tries[n] for n in order[start : start + 60]}, False) if f.kind == found.kind]
                if again:
                    break
            if not again:
                return found
            best = min(again, key=lambda f: len(f.query.sql()))
            found = Found(found.seed, best.query, best.engine, best.what)
        return found


def _kind(message: str) -> str:
    """A message without the names in it."""
    return re.sub(r"[a-z]+\d+\b", "…", message)[:110]


def _problem(truth: engines_of.Result, other: engines_of.Result | str, ordered: bool) -> str | None:
    if isinstance(other, str):
        return "fails: " + other
    # Text of any length has one name here; a `varchar` without one is it.
    mine, theirs = ([25 if c[1] == 1043 else c[1] for c in r.columns] for r in (truth, other))
    if mine != theirs:
        return f"types differ: {mine} in Postgres, {theirs} here"
    return compare.difference(truth.values(False), other.values(False), ordered)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("pipec", type=judge.existing, help="the program")
    add("--count", type=int, default=400, metavar="N", help="how many queries (default: 400)")
    add("--seed", type=int, default=1, metavar="N", help="the first seed (default: 1)")
    add("--show", type=int, default=5, metavar="N", help="shrink and print so many differences (default: 5)")
    add("--text", action="store_true", help="print the first query and stop")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    if options.text:
        print(Queries(options.seed).query().sql())
        return judge.ACCEPTED
    report = judge.Report("differential")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pipec-random-") as folder, engines_of.postgres(1) as postgres:
        duckdb = engines_of.DuckDb(1)
        course = Course(options.pipec.resolve(), Path(folder), postgres, duckdb)
        found: list[Found] = []
        for first in range(options.seed, options.seed + options.count, BATCH):
            seeds = range(first, min(first + BATCH, options.seed + options.count))
            found += course.run({seed: Queries(seed).query() for seed in seeds})
        report.timed("run", started)
        known, left = collections.Counter[str](), []
        for one in found:
            if entry := course.is_known(one):
                known[f"{entry.engine}: {entry.what}"] += 1
            else:
                left.append(one)
        for one in left[: options.show]:
            small = course.shrunk(one)
            report.problem(f"{one.engine}, seed {one.seed}: {small.what}\n{small.query.sql()}")
        for one in left[options.show :]:
            report.problem(f"{one.engine}, seed {one.seed}: {one.what[:300]}")
        if len(KNOWN) > MOST_KNOWN:
            report.problem(f"{len(KNOWN)} differences are called known, and at most {MOST_KNOWN} may be.")
    tally = course.tally
    report.facts = _facts(tally) | {"known": dict(known), "ended Postgres": postgres.ended, "too large for DuckDB": duckdb.too_large}
    share = 1 - sum(tally.refused.values()) / max(1, tally.ran)
    if share < ACCEPTED_SHARE:
        report.problem(f"pipec takes {share:.1%} of the queries, and at least {ACCEPTED_SHARE:.0%} are expected.")
    report.write(options.out)
    told = ", ".join(f"{n} on {engine}" for engine, n in tally.compared.items())
    gaps = ", ".join(f"{sum(c.values())} {engine}" for engine, c in tally.gaps.items())
    return report.conclude(
        f"{tally.made} queries, {tally.ran} run on Postgres ({tally.empty / max(1, tally.ran):.0%} without rows), {share:.1%} read; "
        f"equal rows: {told}; cannot be expressed: {gaps}; {len(tally.covered)} constructs; {sum(known.values())} known differences"
    )


def _facts(tally: Tally) -> dict:
    return {
        "made": tally.made,
        "ran": tally.ran,
        "empty": tally.empty,
        "rejected by postgres": dict(tally.rejected.most_common(20)),
        "refused": dict(tally.refused.most_common()),
        "gaps": {k: dict(v.most_common()) for k, v in tally.gaps.items()},
        "compared": dict(tally.compared),
        "covered": dict(tally.covered.most_common()),
    }


if __name__ == "__main__":
    judge.judge(main)
