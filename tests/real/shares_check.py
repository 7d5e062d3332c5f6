"""Judge assertions that ask for a share of the rows (`in 95%`) and for recent days (`within 30d`): on every engine, against plain Python.

A table without a row, and one with many, hold values that meet a condition, that do not, and NULLs; shares lie on the
exact borders and one hundredth beside them. Days lie around both ends of the span, moments a second before and behind them, in zones. Each engine says
which assertions fail; Python counts.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bigquery_check
import engines
import judge
import warehouse
from previous_check import WAREHOUSES
from sql_run import files_in_order

DAY = date(2025, 6, 30)
COLUMNS = [("id", "integer"), ("zip", "text"), ("kind", "text"), ("minutes", "integer"), ("day", "date"), ("seen", "timestamp"), ("moment", "timestamptz")]
Row = dict[str, Any]
#: Assertions: as they are written, and what they ask of a row (`None`: nothing).
ASKED: dict[str, Callable[[Row], bool | None]] = {
    "zip not_null": lambda r: r["zip"] is not None,
    'zip matches "^[0-9]{5}$"': lambda r: r["zip"] and bool(re.fullmatch("[0-9]{5}", r["zip"])),
    'kind one_of ("a", "b")': lambda r: r["kind"] and r["kind"] in ("a", "b"),
    "minutes between -1 and 90": lambda r: None if r["minutes"] is None else -1 <= r["minutes"] <= 90,
    "day within 30d": lambda r: recent(r["day"], 30),
    "seen within 2w": lambda r: recent(r["seen"], 14),
    "moment within 1d": lambda r: recent(r["moment"], 1),
}


def recent(text: str | None, days: int) -> bool | None:
    """Whether a day, or the day of a moment in UTC, is the run date or one of so many before it."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    day = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    return DAY - timedelta(days=days) <= day <= DAY


def rows(chance: random.Random, count: int) -> list[Row]:
    """Rows around every border."""

    def moment(days: int, zone: str) -> str:
        at = datetime(2025, 6, 30) - timedelta(days=days) + timedelta(seconds=chance.choice((-1, 0, 1, 80_000)))
        return at.isoformat(sep=" ") + zone

    def one(number: int) -> Row:
        found = {
            "zip": chance.choice(("12345", "12345", "12345", "1234", "x12345")),
            "kind": chance.choice(("a", "b", "a", "b", "A")),
            "minutes": chance.choice((-2, -1, 0, 90, 91, 5, 6)),
            "day": (DAY - timedelta(days=chance.choice((-1, 0, 1, 29, 30, 30, 31)))).isoformat(),
            "seen": moment(chance.choice((-1, 0, 1, 13, 14, 15)), ""),
            "moment": moment(chance.choice((-1, 0, 1, 2)), chance.choice(("+00:00", "+02:00", "-07:00"))),
        }
        return {"id": number} | {name: None if chance.random() < 0.15 else value for name, value in found.items()}

    return [one(number) for number in range(count)]


def shares(chance: random.Random, table: list[Row], asks: Callable[[Row], bool | None]) -> list[Decimal | None]:
    """No share, and those on the border of what is there."""
    said = [answer for row in table if (answer := asks(row)) is not None]
    found: list[Decimal | None] = [None, Decimal("50")] if len(table) < 2 else [None]
    if len(said) > 1:
        border = (Decimal(100 * sum(said)) / len(said)).quantize(Decimal("0.01"))
        found += [border, border - Decimal("0.01"), border + Decimal("0.01")]
    return [share for share in dict.fromkeys(found) if share is None or 0 < share < 100]


def fails(table: list[Row], asks: Callable[[Row], bool | None], share: Decimal | None) -> bool:
    """By plain counting."""
    said = [answer for row in table if (answer := asks(row)) is not None]
    broken = len(said) - sum(said)
    return broken > 0 if share is None else broken * 100 > (100 - share) * len(said)


def project(where: str, tables: dict[str, list[str]]) -> str:
    """A model over each table, with its assertions, none of which stops anything."""
    columns = "; ".join(f"{name} {type_}{' key' if name == 'id' else '?'} @public" for name, type_ in COLUMNS)
    parts = [f"project shares {{ {WAREHOUSES[where]}; emit sql }}\n", 'source s on warehouse schema "s" {\n  sample "data/{table}.ndjson"\n']
    parts += [f"  table {name} {{ {columns} }}\n" for name in tables]
    parts.append('}\nlayer l schema "l" as table\n')
    for name, asserted in tables.items():
        lines = "\n".join(f'  assert "{number}" {said} severity warn' for number, said in enumerate(asserted))
        parts.append(f"model m_{name} in l {{\n  from s.{name} as t\n  select {{ t.* }}\n{lines}\n}}\n")
    return "".join(parts)


# --- engines ----------------------------------------------------------------------------

Tables = dict[str, list[Row]]
Failed = set[tuple[str, str]]


def of_models(found: Any) -> Failed:
    """Of the models alone: what sources promise is broken on purpose."""
    return {(str(model), str(name)) for model, name in found if str(model).startswith("m_")}


def embedded(pipec: Path, folder: Path, _tables: Tables) -> Failed:
    """`pipec run`."""
    done = engines.must([pipec, "run", folder, "--run-date", DAY.isoformat(), "--message-format", "json"], "pipec run")
    said = [a for line in done.splitlines() if line.startswith('{"tables"') for a in json.loads(line)["assertions"]]
    return of_models((a["table"], a["assertion"]) for a in said if a["failures"])


def values(tables: Tables) -> Any:
    """Rows as parameters."""
    return ((name, [[row[column] for column, _ in COLUMNS] for row in table]) for name, table in tables.items() if table)


def create(tables: Tables) -> str:
    """The sources."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS)
    return "create schema s; " + "; ".join(f"create table s.{name} ({columns})" for name in tables)


def on_duckdb(_pipec: Path, folder: Path, tables: Tables) -> Failed:
    """The emitted SQL on DuckDB, far from UTC."""
    engines.use("duckdb")
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set timezone = 'America/New_York'; set variable run_date = date '{DAY}'; {create(tables)}")
    for name, lines in values(tables):
        connection.executemany(f"insert into s.{name} values (?, ?, ?, ?, ?, ?, ?)", lines)
    found: list[Any] = []
    for file in files_in_order(folder / "out/sql/duckdb/index.txt"):
        for statement in duckdb.extract_statements(file.read_text(encoding="utf-8")):
            answer = connection.execute(statement)
            found += answer.fetchall() if "checks" in file.name and "failures" in statement.query else []
    return of_models((row[0], row[1]) for row in found)


def on_postgres(_pipec: Path, folder: Path, tables: Tables) -> Failed:
    """The emitted SQL on a real Postgres, far from UTC."""
    with engines.postgres() as server, warehouse.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("alter role postgres set timezone = 'America/New_York'; " + create(tables))
        for name, lines in values(tables):
            cursor.executemany(f"insert into s.{name} values (%s, %s, %s, %s, %s, %s, %s)", lines)
        connection.commit()
        said = ""
        for file in files_in_order(folder / "out/sql/postgres/index.txt"):
            environment = engines.clean_environment("PG") | server.libpq() | {"PIPEC_RUN_DATE": DAY.isoformat()}
            done = engines.run([server.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", file], env=environment)
            if done.returncode != 0:
                raise engines.EngineError(f"{file.name}: {done.stdout}")
            said += done.stdout
        return of_models(re.findall(r"^(\w+)\|(\d+)\|\w+\|\d+$", said, re.M))


def on_bigquery(_pipec: Path, folder: Path, tables: Tables) -> Failed:
    """The emitted SQL in GoogleSQL's reference evaluator."""
    schema = folder / "tables.json"
    schema.write_text(json.dumps({name: {"schema": "s", "columns": [list(c) for c in COLUMNS]} for name in tables}), encoding="utf-8")
    found = judge.Report("bigquery")
    options = SimpleNamespace(run_date=DAY.isoformat(), schema=schema, secret=[], data=folder / "data", sql=folder / "out/sql/bigquery", index="index.txt", shown=600)
    build = bigquery_check.judged(options, found)
    if found.problems:
        raise engines.EngineError("\n".join(found.problems))
    pairs = (re.findall(r"'([^']*)'", failure)[:2] for failure in build.failed)
    return of_models((pair[0], pair[1]) for pair in pairs)


LEGS: dict[str, tuple[str, Callable[[Path, Path, Tables], Failed]]] = {
    "the embedded engine": ("duckdb", embedded),
    "duckdb": ("duckdb", on_duckdb),
    "postgres": ("postgres", on_postgres),
    "bigquery": ("bigquery", on_bigquery),
}


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seed", default=1, type=int)
    options = arguments.parse_args()
    report = judge.Report("shares_check")
    chance = random.Random(options.seed)
    tables = {f"t{n}": rows(chance, count) for n, count in enumerate((0, 60))}
    asserted: dict[str, list[str]] = {}
    wanted: Failed = set()
    for name, table in tables.items():
        asserted[name] = []
        for said, asks in ASKED.items():
            for share in shares(chance, table, asks):
                if fails(table, asks, share):
                    wanted.add((f"m_{name}", str(len(asserted[name]))))
                asserted[name].append(said if share is None else f"{said} in {share.normalize():f}%")
    with tempfile.TemporaryDirectory(prefix="pipec-shares-") as scratch:
        for number, (engine, (where, leg)) in enumerate(LEGS.items()):
            started = time.monotonic()
            folder = Path(scratch) / str(number)
            (folder / "data").mkdir(parents=True)
            (folder / "project.pipe").write_text(project(where, asserted), encoding="utf-8")
            for name, table in tables.items():
                (folder / "data" / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in table), encoding="utf-8")
            engines.must([options.pipec, "build", folder, "-o", folder / "out"], "pipec build")
            failed = leg(options.pipec, folder, tables)
            for model, position in sorted(failed ^ wanted)[:5]:
                said = asserted[model.removeprefix("m_")][int(position)]
                report.problem(f"{engine}: `{said}` of {model} {'fails' if (model, position) in failed else 'holds'}, and should not")
            report.timed(engine, started)
    total = sum(map(len, asserted.values()))
    report.facts = {"assertions": total, "that fail": len(wanted), "engines": len(LEGS)}
    return report.conclude(f"{total} assertions, of which {len(wanted)} fail, on {len(LEGS)} engines")


if __name__ == "__main__":
    judge.judge(main)
