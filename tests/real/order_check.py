"""Judge the order of rows in exports: the emitted script of an export on a real Postgres, against plain Python.

Exports order by columns of every kind, up and down, over rows with equal values, NULLs, and texts that a language sorts otherwise than their bytes.
Without `order by` the key orders, or all columns where there is none. The files are the same whatever order the rows came in.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse
from sql_run import files_in_order

COLUMNS = {"id": "integer key", "word": "text?", "n": "integer?", "flag": "boolean?", "day": "date?", "share": "numeric(6, 2)?"}
#: Exported tables: whether they have a key, and what stands behind `order by`.
ORDERS: dict[str, tuple[bool, list[str]]] = {
    "plain": (True, []),
    "keyless": (False, []),
    "up": (True, ["word", "n"]),
    "down": (True, ["word desc", "n desc"]),
    "mixed": (False, ["flag", "day desc", "share"]),
    "numbers": (True, ["share desc", "word"]),
}
WORDS = ["a", "B", "b", "A", "é", "e", "z", "_x", "10", "9", "", "a b", "ab", "Z", None]
Row = dict[str, Any]


def project() -> str:
    """A model and an entry of the export for each order."""
    columns = "; ".join(f"{name} {type_} @public" for name, type_ in COLUMNS.items())
    parts = [
        'project orders { warehouse postgres { database = env("DATABASE") }; cloud aws { region = "eu-west-1" }; emit sql, dbt, cron }\nuse std.hipaa\n',
        f'source s on warehouse schema "s" {{ table rows {{ {columns} }} }}\nlayer l schema "l" as table\n',
        'bucket out { name "demo-out"; clearance safe_harbor }\n',
    ]
    for name, (keyed, _) in ORDERS.items():
        shown = [column for column in COLUMNS if keyed or column != "id"]
        parts.append(f"model {name} in l {{ from s.rows as r; select {{ {'; '.join(f'r.{c}' for c in shown)} }}{'; assert unique(id)' if keyed else ''} }}\n")
    entries = "\n".join(f"  {name}{' order by ' + ', '.join(order) if order else ''}" for name, (_, order) in ORDERS.items())
    parts.append(f'export one to out {{\n{entries}\n  format csv zip   path "one_{{timestamp}}.zip"\n}}\npipeline daily on cron {{ schedule daily at 02:00; build *; test *; export one }}\n')
    return "".join(parts)


def rows(chance: random.Random) -> list[Row]:
    """Many equal values, and rows that are equal in all but their number."""

    def one(number: int) -> Row:
        return {
            "id": number,
            "word": chance.choice(WORDS),
            "n": chance.choice((-1, 0, 10, 9, None)),
            "flag": chance.choice((True, False, None)),
            "day": chance.choice((None, date(2024, 2, 28) + timedelta(days=chance.randrange(4)))),
            "share": chance.choice((None, 1.5, 10.25, -3.0)),
        }

    return [one(number) for number in range(150)]


def before(keys: list[str]) -> Callable[[Row, Row], int]:
    """Text by its bytes, nothing last, whichever way."""

    def compared(a: Row, b: Row) -> int:
        for key in keys:
            column, _, way = key.partition(" ")
            x, y = a[column], b[column]
            if x == y:
                continue
            if x is None or y is None:
                return 1 if x is None else -1
            x, y = (x.encode(), y.encode()) if isinstance(x, str) else (x, y)
            return (-1 if x < y else 1) * (-1 if way else 1)
        return 0

    return compared


def shown(row: Row, columns: list[str]) -> list[str]:
    """A row as the file has it, where NULL and an empty text look alike to `csv`."""
    texts = {True: "t", False: "f", None: ""}
    return ["" if row[c] is None else texts[row[c]] if isinstance(row[c], bool) else f"{row[c]:.2f}" if c == "share" else str(row[c]) for c in columns]


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seed", default=1, type=int)
    options = arguments.parse_args()
    report = judge.Report("order_check")
    chance = random.Random(options.seed)
    table, files = rows(chance), {}
    with tempfile.TemporaryDirectory(prefix="pipec-order-") as scratch, engines.postgres() as server, warehouse.connect(server) as connection:
        folder = Path(scratch)
        (folder / "project.pipe").write_text(project(), encoding="utf-8")
        engines.must([options.pipec, "build", folder, "-o", folder / "out"], "pipec build")
        with connection.cursor() as cursor:
            cursor.execute("create schema s; create table s.rows (id integer, word text, n integer, flag boolean, day date, share numeric(6, 2))")
        for turn in range(2):
            chance.shuffle(table)
            with connection.cursor() as cursor:
                cursor.execute("truncate s.rows")
                cursor.executemany("insert into s.rows values (%s, %s, %s, %s, %s, %s)", [tuple(row.values()) for row in table])
            connection.commit()
            environment = engines.clean_environment("PG") | server.libpq() | {"PIPEC_RUN_DATE": "2025-06-30"}
            place = folder / str(turn)
            place.mkdir()
            for file in [*files_in_order(folder / "out/sql/postgres/index.txt"), folder / "out/cron/export_one.sql"]:
                done = engines.run([server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file], cwd=place, env=environment)
                if done.returncode != 0:
                    raise engines.EngineError(f"{file.name}: {done.stdout}")
            for name, (keyed, order) in ORDERS.items():
                columns = [c for c in COLUMNS if keyed or c != "id"]
                keys = order + (["id"] if keyed else columns)
                wanted = [shown(row, columns) for row in sorted(table, key=cmp_to_key(before(keys)))]
                body = (place / f"{name}.csv").read_text(encoding="utf-8")
                _, *got = csv.reader(body.splitlines())
                if got != wanted:
                    first = next((n for n, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), min(len(got), len(wanted)))
                    report.problem(f"{name}: row {first} is {got[first : first + 1]}, and {wanted[first : first + 1]} in the order that was asked for")
                if files.setdefault(name, body) != body:
                    report.problem(f"{name}: the same rows make another file")
    report.facts = {"orders": len(ORDERS), "rows": len(table)}
    return report.conclude(f"{len(ORDERS)} orders of {len(table)} rows, twice")


if __name__ == "__main__":
    judge.judge(main)
