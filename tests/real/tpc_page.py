"""The page of the reference that says how much of TPC-H and TPC-DS stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sql-coverage.md"
ASPECTS = {
    "read": "read without an error",
    "typed": "every output column has the type that Postgres gives it",
    "not null": "no column that is said to be never NULL has a NULL",
    "traced": "every output column comes from somewhere",
    "nothing untraced": "… and from nothing else: with all other columns blanked, it comes out as before",
    "postgres": "Postgres: emitted, run, the original's rows",
    "duckdb": "DuckDB: emitted, run, the rows that the original gives on Postgres",
    "duckdb, original there": "DuckDB: the same rows as the original gives on DuckDB",
    "sqlite": "SQLite (the embedded engine): run, the rows that the original gives on Postgres",
    "bigquery": "BigQuery: emitted, accepted by GoogleSQL's analyzer",
}
HEAD = """# How much of SQL: TPC-H and TPC-DS

The queries of two benchmarks as models, each from its original text, over the benchmarks' own tables. Written by the test run
(`python3 tests/real/tpc.py --write`), which fails when this page is not what it finds. Texts and data come from DuckDB's extensions while it runs.

"""
FOOT = """
## How it is compared

* Rows are compared as multisets, and in the order that the query's `order by` fixes (in SQLite without it). Where a limit cuts through rows that the order does not tell apart, any of them will do.
* Exact numbers are compared exactly. In DuckDB, which works out means in floating point and keeps twelve places of a quotient, that goes for numbers of at most six places; for
  the others, for floating point, and for all numbers in SQLite, a relative difference of {tolerance:g} passes.
* Original texts run on DuckDB with Postgres's place for NULLs and Postgres's division of integers; what pipec emits runs on DuckDB as it is when it starts.
* An output column that has no name gets one, `column_N`, before anything reads the text. Nothing else is changed.
* Types: pipec says `numeric(p, s)` where the value is a column or a cast of that type, and `numeric` where it was computed, as Postgres does. To say less than Postgres passes, to say
  anything else does not. Of the {columns} output columns, {precise} have a precision or length in Postgres, and pipec says it of {said}.
* TPC-DS's data are made small and aimed: some rows are changed so that they fit the queries' constants. Without rows at that scale: {empty}.
"""


def cell(count: int, total: int) -> str:
    """A count, with what it is out of when some are missing."""
    return str(count) if count == total else f"{count} of {total}"


def text(suites: Sequence[tuple[str, int, Mapping[str, Mapping[str, str]], Sequence[str]]], facts: Mapping[str, object]) -> str:
    """The page: of each suite its name, how many queries it has, what fails in each aspect, and what has no rows."""
    out = [HEAD, "| | " + " | ".join(name for name, *_ in suites) + " |\n", "|---|" + "---|" * len(suites) + "\n"]
    out.append("| queries | " + " | ".join(str(total) for _, total, *_ in suites) + " |\n")
    for aspect, means in ASPECTS.items():
        counts = [cell(total - len(failed.get(aspect, {})), total) for _, total, failed, _ in suites]
        out.append(f"| {means} | {' | '.join(counts)} |\n")
    failing = [(name, aspect, query, why) for name, _, failed, _ in suites for aspect in ASPECTS for query, why in failed.get(aspect, {}).items()]
    out.append("\n## What is missing\n\n")
    if failing:
        out.append("| query | what | why |\n|---|---|---|\n")
        out += [f"| {name} {query} | {ASPECTS[aspect]} | {why.replace('|', chr(92) + '|')} |\n" for name, aspect, query, why in failing]
    else:
        out.append("Nothing.\n")
    empty = [f"{name} {query}" for name, _, _, queries in suites for query in queries]
    out.append(FOOT.format(empty=", ".join(empty) or "none", **facts))
    return "".join(out)
