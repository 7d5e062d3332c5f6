"""What only some engines can hold: dates without end, before our era and beyond year 9999, numbers that are none. No mask fails on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import engines
from judge import Report

DATES = ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "99999-12-31"]
DATED = [
    "pipec.year_of({d})", "pipec.year_if({d}, {d}, date '2024-01-01')", "pipec.year_if(date '2024-01-01', {d}, date '2024-01-01')", "pipec.date_trunc_mask({d}, 'month')",
    "pipec.date_shift({d}, 'p1', 'KEY', 'd', 365)", "pipec.age_years({d}, date '2024-01-01', 90)", "pipec.age_years(date '2024-01-01', {d}, 90)",
    "pipec.age_band({d}, date '2024-01-01', 5, 90)", "pipec.age_band(date '2024-01-01', {d}, 5, 90)",
]
# Ages of those born before our era, and in years to come: the only ones of these that have one.
FOUND = {"90", "90+", "7976", "97976"}
NUMERICS = ["NaN", "Infinity", "-Infinity", "1e1000", "-1e1000", "1e-1000"]
COUNTED = ["pipec.bucket({n}, array[1, 2])", "pipec.bucket_fixed({n}, 5)", "pipec.round_to({n}, 5)", "pipec.noise({n}, 0.5, 'p1', 'KEY', 'd')", "pipec.bucket_fixed(1, {n})", "pipec.round_to(1, {n})", "pipec.noise(1, {n}, 'p1', 'KEY', 'd')"]


def judge(connection: Any, report: Report, root: Path) -> None:
    """Postgres and DuckDB, function by function."""
    asked = 0
    with connection.cursor() as cursor:
        cursor.execute("insert into pipec_secret.key values ('KEY', 'pipec-throw-away-key') on conflict do nothing")
        calls = [c.format(d=f"date '{d}'") for d in DATES for c in DATED] + [c.format(n=f"numeric '{n}'") for n in NUMERICS for c in COUNTED]
        for call in calls:
            asked += 1
            try:
                cursor.execute(f"select ({call})::text")
                _look(report, "postgres", call, cursor.fetchone()[0])
            except Exception as reason:  # noqa: BLE001
                report.problem(f"postgres: {call} fails: {str(reason).splitlines()[0]}")
                cursor.execute("rollback")
    engines.use("duckdb")
    import duckdb

    database = duckdb.connect()
    database.execute((root / "stdlib/setup/duckdb.sql").read_text(encoding="utf-8"))
    database.execute("insert into pipec_secret.key values ('KEY', encode('pipec-throw-away-key'))")
    for day in DATES:
        written = f"date '{day.replace(' BC', ' (BC)')}'"
        for call in (c.format(d=written) for c in DATED):
            asked += 1
            try:
                [row] = database.execute(f"select cast({call} as varchar)").fetchall()
                _look(report, "duckdb", call, row[0])
            except duckdb.Error as reason:
                report.problem(f"duckdb: {call} fails: {str(reason).splitlines()[0]}")
    report.facts["hostile values"] = asked


def _look(report: Report, engine: str, call: str, found: str | None) -> None:
    """An age of many years is the greatest one; all others have no answer."""
    aged = "age_" in call
    if found is not None and not (aged and found in FOUND) and "1e-1000" not in call:
        report.problem(f"{engine}: {call} is {found!r}")
