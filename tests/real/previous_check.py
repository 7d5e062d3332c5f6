"""Judge `previous(m)`, the period before: on every engine, at every grain, against plain Python.

Rows are spread over two years with a leap day, ends of months of every length, years whose weeks
begin in the year before, empty periods, and a region that nobody wrote down. Facts compare each
day, week, month, quarter and year with the one before, in all and by region: as a difference, as a
growth, and with the metric on one side only. Python counts the same rows with its own calendar;
a period without one before has no row, and a growth over nothing is NULL.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import SimpleNamespace

import bigquery_check
import engines
import judge
import warehouse
from sql_run import files_in_order

GRAINS = ("day", "week", "month", "quarter", "year")
#: How many rows have one of these days: those around which calendars go wrong, and any other.
CORNERS = ("2023-12-31", "2024-01-01", "2024-01-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-31", "2024-04-30", "2024-12-29", "2024-12-30", "2025-01-01", "2025-02-28", "2025-03-30", "2025-03-31")
REGIONS = ("north", "south", None)
DAY = "2025-06-30"
WAREHOUSES = {
    "postgres": 'warehouse postgres { database = env("DATABASE") }',
    "duckdb": 'warehouse duckdb { database = env("DATABASE") }',
    "bigquery": 'warehouse bigquery { project = env("GCP_PROJECT"); location = "EU" }',
}
#: metric, grain, first day of the period, region: what it is.
Cells = dict[tuple[str, str, str, str | None], Decimal | None]


# --- what is judged ---------------------------------------------------------------------


def project(where: str) -> str:
    """Metrics of every grain, each with the one before."""
    parts = [
        f"project previous {{ {WAREHOUSES[where]}; emit sql }}\n",
        'source s on warehouse schema "s" {\n  sample "data/{table}.ndjson"\n  table events { id integer key @public; day date @public; region text? @public; amount integer @public }\n}\n',
        'layer l schema "l" as table\n',
    ]
    for grain in GRAINS:
        for by, name in (("", grain), ("by region", f"{grain}_region")):
            over = f"over day grain {grain}   {by}"
            parts += [
                f"metric n_{name} from s.events {{ value = sum(amount)\n  {over}   unit count }}\n",
                f"metric rows_{name} from s.events {{ value = count(*)\n  {over}   unit count }}\n",
                f"metric before_{name} = previous(n_{name}) unit count\n",
                f"metric more_{name} = n_{name} - previous(n_{name}) unit count\n",
                f"metric growth_{name} = n_{name} / previous(n_{name}) - 1 unit percent\n",
                f"metric each_{name} = n_{name} / rows_{name} - previous(n_{name}) / previous(rows_{name}) unit count\n",
            ]
    parts.append("fact changes in l from metrics before_*, more_*, growth_*, each_*\n")
    return "".join(parts)


def events(chance: random.Random) -> list[tuple[date, str | None, int]]:
    """Rows: their day, region and amount, of which a few periods sum up to nothing."""
    first = date(2023, 11, 20)
    days = [date.fromisoformat(day) for day in CORNERS for _ in range(3)]
    days += [first + timedelta(days=chance.randrange(560)) for _ in range(260)]
    return [(day, chance.choice(REGIONS), chance.choice((0, 0, 1, 2, 5))) for day in days if day.month != 8]


def begins(day: date, grain: str) -> date:
    """The first day of a day's period."""
    match grain:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    return day


def share(part: int, whole: int) -> Decimal | None:
    """A ratio, which over nothing is nothing."""
    return Decimal(part) / Decimal(whole) if whole else None


def rounded(value: Decimal | None) -> Decimal | None:
    """Four places, halves away from zero, as metrics are told."""
    return None if value is None else value.quantize(Decimal("0.0001"), ROUND_HALF_UP).normalize() + 0


def truth(rows: list[tuple[date, str | None, int]]) -> Cells:
    """What the fact should say, by Python's own calendar: the period before is the one that ends on the eve."""
    cells: Cells = {}
    for grain in GRAINS:
        for suffix in ("", "_region"):
            sums: Counter[tuple[date, str | None]] = Counter()
            counts: Counter[tuple[date, str | None]] = Counter()
            for day, region, amount in rows:
                cell = (begins(day, grain), region if suffix else None)
                sums[cell] += amount
                counts[cell] += 1
            for period, region in counts:
                eve = (begins(period - timedelta(days=1), grain), region)
                if eve not in counts:
                    continue
                now, before = sums[(period, region)], sums[eve]
                growth, each, each_before = share(now, before), share(now, counts[(period, region)]), share(before, counts[eve])
                said = {
                    "more": Decimal(now - before),
                    "growth": None if growth is None else 100 * (growth - 1),
                    "each": None if each is None or each_before is None else each - each_before,
                }
                for name, value in said.items():
                    cells[(f"{name}_{grain}{suffix}", grain, period.isoformat(), region)] = rounded(value)
            # Nothing of this period is asked for here, but a row stands for what was there in both.
            for period, region in counts:
                eve = (begins(period - timedelta(days=1), grain), region)
                if eve in counts:
                    cells[(f"before_{grain}{suffix}", grain, period.isoformat(), region)] = rounded(Decimal(sums[eve]))
    return cells


# --- engines ----------------------------------------------------------------------------


def told(rows: Iterator[tuple[str, str, str, str | None, object]]) -> Cells:
    """The rows of the fact."""
    return {(m, g, str(p), r): rounded(None if v is None else Decimal(str(v))) for m, g, p, r, v in rows}


def dumped(folder: Path, name: str) -> Cells:
    """The rows of a dump."""
    lines = (folder / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    return told((r["metric_id"], r["grain"], r["period_date"], r["region"], r["value"]) for r in map(json.loads, lines))


ASKED = "select metric_id, grain, period_date, region, value from l.changes"


def embedded(pipec: Path, folder: Path, _rows: list[tuple[date, str | None, int]]) -> Cells:
    """`pipec run`."""
    engines.must([pipec, "run", folder, "--run-date", DAY, "--dump", folder / "dump"], "pipec run")
    return dumped(folder / "dump", "changes")


def on_duckdb(_pipec: Path, folder: Path, rows: list[tuple[date, str | None, int]]) -> Cells:
    """The emitted SQL on DuckDB."""
    engines.use("duckdb")
    import duckdb

    connection = duckdb.connect()
    connection.execute("set timezone = 'America/New_York'; create schema s; create table s.events (id integer, day date, region varchar, amount integer)")
    connection.executemany("insert into s.events values (?, ?, ?, ?)", [[i, *row] for i, row in enumerate(rows)])
    for file in files_in_order(folder / "out/sql/duckdb/index.txt"):
        connection.execute(file.read_text(encoding="utf-8"))
    return told(iter(connection.execute(ASKED).fetchall()))


def on_postgres(_pipec: Path, folder: Path, rows: list[tuple[date, str | None, int]]) -> Cells:
    """The emitted SQL on a real Postgres."""
    with engines.postgres() as server, warehouse.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("set timezone = 'America/New_York'; create schema s; create table s.events (id integer, day date, region text, amount integer)")
        cursor.executemany("insert into s.events values (%s, %s, %s, %s)", [(i, *row) for i, row in enumerate(rows)])
        connection.commit()
        for file in files_in_order(folder / "out/sql/postgres/index.txt"):
            warehouse.psql(server, file, extra={"PIPEC_RUN_DATE": DAY})
        cursor.execute(ASKED)
        return told(iter(cursor.fetchall()))


def on_bigquery(_pipec: Path, folder: Path, _rows: list[tuple[date, str | None, int]]) -> Cells:
    """The emitted SQL in GoogleSQL's reference evaluator."""
    schema = folder / "tables.json"
    columns = [["id", "integer"], ["day", "date"], ["region", "text"], ["amount", "integer"]]
    schema.write_text(json.dumps({"events": {"schema": "s", "columns": columns}}), encoding="utf-8")
    found = judge.Report("bigquery")
    options = SimpleNamespace(run_date=DAY, schema=schema, secret=[], data=folder / "data", sql=folder / "out/sql/bigquery", index="index.txt", shown=600)
    build = bigquery_check.judged(options, found)
    if found.problems:
        raise engines.EngineError("\n".join(found.problems))
    bigquery_check.dump(build.warehouse, build.made, folder / "dump")
    return dumped(folder / "dump", "l.changes")


Leg = Callable[[Path, Path, list[tuple[date, str | None, int]]], Cells]
LEGS: dict[str, tuple[str, Leg]] = {
    "the embedded engine": ("duckdb", embedded),
    "duckdb": ("duckdb", on_duckdb),
    "postgres": ("postgres", on_postgres),
    "bigquery": ("bigquery", on_bigquery),
}


def compared(engine: str, cells: Cells, wanted: Cells, report: judge.Report) -> None:
    """Every cell that differs, the first few by name."""
    wrong = [key for key in sorted(cells.keys() | wanted.keys(), key=str) if cells.get(key, "no row") != wanted.get(key, "no row")]
    for key in wrong[:5]:
        report.problem(f"{engine}: {key} is {cells.get(key, 'no row')}, and {wanted.get(key, 'no row')} by plain counting")
    if len(wrong) > 5:
        report.problem(f"{engine}: {len(wrong)} cells differ")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seed", default=1, type=int)
    options = arguments.parse_args()
    report = judge.Report("previous_check")
    rows = events(random.Random(options.seed))
    wanted = truth(rows)
    with tempfile.TemporaryDirectory(prefix="pipec-previous-") as scratch:
        for number, (engine, (where, leg)) in enumerate(LEGS.items()):
            started = time.monotonic()
            folder = Path(scratch) / str(number)
            (folder / "data").mkdir(parents=True)
            (folder / "project.pipe").write_text(project(where), encoding="utf-8")
            lines = (json.dumps({"id": i, "day": d.isoformat(), "region": r, "amount": a}) + "\n" for i, (d, r, a) in enumerate(rows))
            (folder / "data" / "events.ndjson").write_text("".join(lines), encoding="utf-8")
            engines.must([options.pipec, "build", folder, "-o", folder / "out"], "pipec build")
            compared(engine, leg(options.pipec, folder, rows), wanted, report)
            report.timed(engine, started)
    report.facts = {"cells": len(wanted), "engines": len(LEGS)}
    return report.conclude(f"{len(wanted)} cells of {len(GRAINS)} grains on {len(LEGS)} engines")


if __name__ == "__main__":
    judge.judge(main)
