"""Judge SQL for BigQuery with GoogleSQL's own analyzer, against a catalog of the project's sources.

Every statement of every file of the index has to be understood, in order: what a statement makes is
in the catalog for those after it, with the columns and types the analyzer finds. With `--data` each
model is run, too, over the sample data, by GoogleSQL's reference evaluator; `--dump` keeps the rows.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import engines
import googlesql
import judge
import pictures
from googlesql import Refused, Relation, Warehouse

MADE = re.compile(
    r"\Acreate or replace (?:table|view) (?P<name>\S+)(?:\s+cluster by [^\n]*)?\s+as\s+(?P<query>.*)\Z", re.S
)
EMPTY = re.compile(r"\Acreate table if not exists (?P<name>\S+) \((?P<columns>.*)\n\)(?:\s+cluster by [^\n]*)?\Z", re.S)
MERGED = re.compile(r"\Amerge into (?P<name>\S+) as old_rows\nusing \(\n(?P<query>.*)\n\) as pipec_new\n", re.S)


def files_in_order(index: Path) -> list[Path]:
    """The files that an index names."""
    lines = (line.partition("#")[0].strip() for line in index.read_text(encoding="utf-8").splitlines())
    return [index.parent / line for line in lines if line]


def plain(name: str) -> str:
    """A table's name without its backticks."""
    return name.replace("`", "")


class Build:
    """The statements of one project, one after the other."""

    def __init__(self, warehouse: Warehouse, runs: bool) -> None:
        self.warehouse = warehouse
        self.runs = runs
        self.failed: list[str] = []
        self.made: list[str] = []

    def take(self, statement: str) -> None:
        """Analyse a statement, remember what it makes, and run it when that is asked for."""
        if statement.startswith("create or replace function"):
            self.warehouse.analysed(statement)
            self.warehouse.define(statement)
            return
        dated = statement.replace("@run_date", f"date '{self.warehouse.run_date}'")
        tree = self.warehouse.analysed(dated)
        if match := MADE.match(dated):
            self.make(plain(match["name"]), tree, match["query"])
        elif match := EMPTY.match(dated):
            columns = [(c.name, c.type) for c in tree.column_definition_list]
            self.made.append(plain(match["name"]))
            relation = self.warehouse.declare(plain(match["name"]), columns)
            if self.runs:
                self.warehouse.load(relation.table.name, [])
        elif match := MERGED.match(dated):
            if self.runs:
                relation = self.warehouse.relations[plain(match["name"])]
                # A statement that inserts widens numbers to the column's type; the rows of a query have their own.
                wide = {c.name for c in relation.table.column if self.warehouse.kind(c.type) == "BIGNUMERIC"}
                taken = ", ".join(f"cast(`{c.name}` as bignumeric) as `{c.name}`" if c.name in wide else f"`{c.name}`" for c in relation.table.column)
                relation.content = self.warehouse.rows(f"select {taken} from ({match['query']})" if wide else match["query"])
        elif dated.startswith("select") and self.runs:
            self.failed.extend(str(row) for row in self.warehouse.texts(dated, ["model", "assertion", "failures"]))
        elif not statement.startswith(("create schema", "select")):
            raise Refused("a statement of a kind this judge does not know")

    def make(self, name: str, tree: Any, query: str) -> None:
        """A table or view, with the columns its query has."""
        columns = [(c.name, c.column.type) for c in tree.output_column_list]
        if unnamed := [c for c, _ in columns if c.startswith("$")]:
            raise Refused(f"the column {unnamed[0]} of {name} has no name")
        self.made.append(name)
        relation = Relation(self.warehouse.declare(name, columns).table)
        self.warehouse.relations[name] = relation
        if self.runs:
            relation.content = self.warehouse.rows(query)


def dump(warehouse: Warehouse, names: list[str], folder: Path) -> None:
    """Write relations as `<schema>.<name>.ndjson`, in the form that every engine's dump has."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        columns = [(c.name, warehouse.kind(c.type)) for c in warehouse.relations[name].table.column]
        rows = warehouse.as_postgres_shows(name)
        lines = sorted(
            json.dumps({c: canonical(v, k) for (c, k), v in zip(columns, row, strict=True)}, ensure_ascii=False) + "\n" for row in rows
        )
        (folder / f"{name}.ndjson").write_text("".join(lines), encoding="utf-8")


def canonical(value: str | None, kind: str) -> str | None:
    """A value as dumps write it."""
    if value is None:
        return None
    if kind in ("NUMERIC", "BIGNUMERIC", "DOUBLE"):
        return pictures.canonical_number(value)
    if kind in ("TIMESTAMP", "DATETIME"):
        return pictures.canonical_timestamp(value)
    if kind in ("JSON", "ARRAY"):
        return pictures.canonical_json(value)
    return value.removeprefix("\\x") if kind == "BYTES" else value


def judged(options: Any, report: judge.Report) -> Build:
    """All files of the index."""
    warehouse = Warehouse(options.run_date)
    tables = json.loads(options.schema.read_text(encoding="utf-8"))
    # Where keys lie, an administrator says.
    warehouse.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
    warehouse.load("pipec_secret.key", [{"name": name, "value": value} for name, value in options.secret])
    for schema, name, columns in googlesql.described(tables):
        warehouse.source(schema, name, columns)
        if options.data is not None:
            path = options.data / f"{name}.ndjson"
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path.exists() else []
            warehouse.load(f"{schema}.{name}", rows)
    build = Build(warehouse, options.data is not None)
    for file in files_in_order(options.sql / options.index):
        for statement in googlesql.statements(file.read_text(encoding="utf-8")):
            try:
                build.take(statement)
            except Refused as reason:
                report.problem(f"{file.name}: {reason}\n{statement[:options.shown]}")
    return build


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--sql", required=True, metavar="DIR", type=judge.existing, help="the emitted folder of SQL")
    add("--index", default="index.txt", metavar="FILE", help="inside DIR (default: index.txt)")
    add("--schema", required=True, metavar="FILE", type=judge.existing, help="JSON {table: {schema, columns: [[name, type]]}}")
    add("--data", metavar="DIR", type=judge.existing, help="sample data, one <table>.ndjson per raw table: models are run, too")
    add("--dump", metavar="DIR", type=Path, help="the rows of every relation, as the other judges write them")
    add("--secret", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    add("--run-date", default="2025-06-30", metavar="DAY")
    add("--shown", default=600, type=int, metavar="N", help="characters of a refused statement that are shown")
    add("--out", metavar="REPORT.json", type=Path)
    options = arguments.parse_args()
    report = judge.Report("bigquery_check")
    started = time.monotonic()
    build = judged(options, report)
    report.timed("statements", started)
    if options.dump is not None:
        dump(build.warehouse, build.made, options.dump)
    for failure in build.failed:
        report.problem(f"an assertion does not hold: {failure}")
    report.write(options.out)
    return report.conclude(f"{len(build.made)} relations{' run' if build.runs else ''}")


if __name__ == "__main__":
    judge.judge(main)
