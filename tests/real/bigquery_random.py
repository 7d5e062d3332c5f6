"""Random queries for BigQuery: what pipec prints, run by GoogleSQL's reference evaluator, has to yield Postgres's rows.

The truth is the original text on a real Postgres, over the same small tables with NULLs; rows are compared as multisets. A query that
pipec refuses for BigQuery (P0701) is counted, never passed over in silence; one that the evaluator refuses is a problem.
"""

from __future__ import annotations

import collections
import json
import tempfile
import time
from pathlib import Path

import engines
import googlesql
import judge
from bigquery_check import Build
from random_sql import compare, data, engines_of
from random_sql.project import Project
from random_sql.queries import Queries


def warehouse(seed: int) -> googlesql.Warehouse:
    """The tables of the random queries."""
    made, filled = data.rows(seed), googlesql.Warehouse()
    for table in data.TABLES:
        columns = [(column.plain, data.TYPES[column.type][0]) for column in table.columns]
        filled.source(data.SCHEMA, table.plain, columns)
        lines = data.ndjson(table, made[table.plain]).splitlines()
        filled.load(f"{data.SCHEMA}.{table.plain}", [json.loads(line) for line in lines])
    return filled


def answered(build: Build, file: Path, name: str, truth: engines_of.Result) -> str | None:
    """What is wrong with the rows of an emitted file."""
    try:
        for statement in googlesql.statements(file.read_text(encoding="utf-8")):
            build.take(statement)
        rows = build.warehouse.as_postgres_shows(f"m.{name}")
    except googlesql.Refused as reason:
        return f"fails: {reason}"
    types = [(element if array else oid, array) for _, oid, element, array in truth.columns]
    found = [tuple(compare.value(v, o, a, True) for v, (o, a) in zip(row, types, strict=True)) for row in rows]
    return compare.difference(truth.values(True), found, False)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("pipec", type=judge.existing, help="the program")
    add("--count", type=int, default=100, metavar="N", help="how many queries (default: 100)")
    add("--seed", type=int, default=1, metavar="N", help="the first seed (default: 1)")
    add("--show", type=int, default=10, metavar="N", help="print so many differences in full (default: 10)")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("bigquery_random")
    started = time.monotonic()
    gaps: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pipec-bigquery-") as folder, engines_of.postgres(1) as postgres:
        truths, texts = {}, {}
        for seed in range(options.seed, options.seed + options.count):
            text = Queries(seed).query().sql()
            if not isinstance(truth := postgres.run(text), str):
                truths[f"q{seed}"], texts[f"q{seed}"] = truth, text
        project = Project(options.pipec.resolve(), Path(folder), 1)
        accepted, _ = project.accepted(texts)
        outcome = project.printed(accepted, "bigquery")
        gaps.update(message[:100] for message in outcome.refused.values())
        build = Build(warehouse(1), True)
        files = sorted((Path(folder) / "out/sql/bigquery").glob("*_setup.sql"))
        for statement in [s for file in files for s in googlesql.statements(file.read_text(encoding="utf-8"))]:
            build.take(statement)
        report.timed("ready", started)
        for name, file in outcome.printed.items():
            if what := answered(build, file, name, truths[name]):
                wrong.append(f"{name}: {what[:400]}\n{texts[name]}\n--\n{file.read_text(encoding='utf-8')}")
        report.timed("run", started)
    for text in wrong[: options.show]:
        report.problem(text)
    for text in wrong[options.show :]:
        report.problem(text.splitlines()[0])
    report.facts = {"compared": len(outcome.printed), "gaps": dict(gaps.most_common())}
    if len(outcome.printed) < len(accepted) // 3:
        report.problem(f"only {len(outcome.printed)} of {len(accepted)} queries can be expressed: {gaps.most_common(5)}")
    report.write(options.out)
    told = ", ".join(f"{n} {what}" for what, n in gaps.most_common(40))
    return report.conclude(f"{len(outcome.printed)} of {len(accepted)} queries have Postgres's rows; cannot be expressed: {told}")


if __name__ == "__main__":
    judge.judge(main)
