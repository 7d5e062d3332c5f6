"""Judge what pipec says of queries: types, nullability and results, against a real Postgres.

For every query, Postgres is asked for the names and types of its output columns; they have
to be pipec's, both for the query as written and as pipec prints it. Both are then run, on
rows that hold many NULLs and on empty tables: their rows have to be equal, and a column that
pipec calls not null may never hold one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse

SPELT = {
    "character varying": "text",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "json": "jsonb",
    "name": "text",
    "bpchar": "text",
}


def spelt(shown: str) -> str:
    """A type as pipec writes it, from how Postgres shows it."""
    if shown.endswith("[]"):
        return spelt(shown[:-2]) + "[]"
    for written, meant in (("character varying(", "varchar("), ("character(", "varchar(")):
        if shown.startswith(written):
            return shown.replace(written, meant)
    if shown.startswith("numeric("):
        return shown.replace(",", ", ")
    if shown.startswith("interval "):  # `interval day`: pipec keeps no fields
        return "interval"
    return SPELT.get(shown, shown)


class Problem(Exception):
    """Postgres refused a query; the message is its own."""


class Postgres:
    """A server with the tables of the queries."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        import psycopg2.extras

        psycopg2.extras.register_default_jsonb(connection, loads=str)  # JSON's null is not SQL's
        self.error = psycopg2.Error

    def run(self, text: str) -> list[tuple[Any, ...]]:
        """Run a statement; its rows, when there are any."""
        try:
            self.cursor.execute(text)
            return self.cursor.fetchall() if self.cursor.description else []
        except self.error as error:
            raise Problem(str(error).strip().splitlines()[0]) from error

    def columns(self, query: str) -> list[tuple[str, str]]:
        """Names and types of what a query yields."""
        self.run("drop view if exists judged")
        self.run(f"create temporary view judged as {query}")
        return [
            (name, spelt(shown))
            for name, shown in self.run(
                "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = 'judged'::regclass and attnum > 0 order by attnum"
            )
        ]

    def rows(self, query: str) -> list[str]:
        """What a query yields, as texts, in any order."""
        return sorted(row[0] for row in self.run(f"select row(judged_rows.*)::text from ({query}\n) as judged_rows"))

    def values(self, query: str) -> list[tuple[Any, ...]]:
        """What a query yields."""
        return self.run(query)


def judge_one(server: Postgres, case: dict[str, Any], report: judge.Report) -> bool:
    """Compare one query's types; whether both texts can be run."""
    name, original, printed = case["name"], case["original"].strip(), case["printed"]
    try:
        there = server.columns(original)
        again = server.columns(printed)
    except Problem as problem:
        report.problem(f"{name}: {problem}\n{original}\n--\n{printed}")
        return False
    here = [(column["name"], column["type"]) for column in case["columns"]]
    excused = {column["name"] for column in case["columns"] if column["differs"]}
    if len(there) != len(here):
        report.problem(f"{name}: Postgres yields {there}, pipec {here}")
        return False
    for (ours, ty), (theirs, real), (_, printed_ty) in zip(here, there, again):
        if ours != theirs:
            report.problem(f"{name}: column `{ours}` is called `{theirs}` by Postgres")
        if ours in excused:
            if ty == real:
                report.problem(f"{name}.{ours}: is said to differ and does not")
            continue
        if ty != real:
            report.problem(f"{name}.{ours}: pipec says {ty}, Postgres {real}")
        elif ty != printed_ty:
            report.problem(f"{name}.{ours}: the printed query yields {printed_ty}, not {ty}\n{printed}")
    return True


def compare_rows(server: Postgres, case: dict[str, Any], report: judge.Report, on: str) -> None:
    """The same rows from both texts, and no NULL where pipec promises none."""
    name = case["name"]
    excused = any(column["differs"] for column in case["columns"])
    try:
        wanted, found = server.rows(case["original"].strip()), server.rows(case["printed"])
        values = server.values(case["printed"])
    except Problem as problem:
        report.problem(f"{name}: {on}: {problem}\n{case['printed']}")
        return
    if wanted != found and not excused:
        report.problem(f"{name}: {on}: other rows\n{wanted}\n{found}\n{case['printed']}")
    for place, column in enumerate(case["columns"]):
        if not column["nullable"] and any(row[place] is None for row in values):
            report.problem(f"{name}.{column['name']}: {on}: not null, says pipec, and is NULL")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--cases", required=True, metavar="FILE", type=judge.existing, help="JSON, one object per query")
    arguments.add_argument("--schema", required=True, metavar="FILE", type=judge.existing, help="SQL that makes the tables")
    arguments.add_argument("--out", metavar="REPORT.json", type=Path)
    options = arguments.parse_args()
    report = judge.Report("types_check")
    cases = json.loads(options.cases.read_text(encoding="utf-8"))
    with engines.postgres() as server:
        postgres = Postgres(warehouse.connect(server))
        postgres.run("set timezone = 'UTC'")
        postgres.run(options.schema.read_text(encoding="utf-8"))
        sound = [case for case in cases if judge_one(postgres, case, report)]
        for case in sound:
            compare_rows(postgres, case, report, "with rows")
        postgres.run("truncate app.people, app.teams, app.visits")
        for case in sound:
            compare_rows(postgres, case, report, "on empty tables")
    report.write(options.out)
    columns = sum(len(case["columns"]) for case in cases)
    return report.conclude(f"{len(cases)} queries, {columns} columns of the types and rows that Postgres says")


if __name__ == "__main__":
    judge.judge(main)
