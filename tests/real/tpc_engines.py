"""Engines that hold a suite's tables: each runs query texts, and what pipec emits for it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import engines
import googlesql
import tpc_pipec
import tpc_suite
import warehouse
from tpc_rows import Result, plain
from tpc_suite import Suite

# A query that takes longer has a plan gone wrong; it is stopped and reported.
PATIENCE = 30
# What makes DuckDB read a text as Postgres does: where NULLs go, and what `/` does to integers.
AS_POSTGRES = "set default_null_order = 'nulls_last_on_asc_first_on_desc'; set integer_division = true"


class Refused(Exception):
    """The engine does not run a query; the message is its first line."""


def first_line(problem: object) -> str:
    """What an engine says in its first line."""
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__


def view_of(suite: Suite, query: str) -> str:
    """The name that a query's model has in an engine with schemas."""
    return f"{tpc_pipec.schema(suite)}.{query}"


class Postgres:
    """A throw-away Postgres with a schema per suite."""

    def __init__(self, server: engines.Server) -> None:
        self.connection = warehouse.connect(server)
        self.alone = threading.RLock()  # what bare names mean is a setting of the connection
        self.execute(f"set statement_timeout = '{PATIENCE}s'")

    def load(self, suite: Suite, data: Path) -> None:
        """Create and fill a suite's tables from its CSV files."""
        self.execute(f"create schema {suite.name}")
        for table, columns in suite.tables.items():
            defined = [f"{c.name} {c.type}{'' if c.nullable else ' not null'}" for c in columns]
            keys = ", ".join(c.name for c in columns if c.key)
            name = f"{suite.name}.{table}"
            self.execute(f"create table {name} ({', '.join(defined)})")
            with self.connection.cursor() as cursor, open(data / f"{table}.csv", encoding="utf-8") as rows:
                cursor.copy_expert(f"copy {name} from stdin (format csv)", rows)
            self.execute(f"alter table {name} add primary key ({keys})")
        self.execute("vacuum analyze")

    def execute(self, statement: str) -> None:
        """A statement without a result."""
        import psycopg2

        try:
            with self.connection.cursor() as cursor:
                cursor.execute(statement)
        except psycopg2.Error as problem:
            if self.connection.get_transaction_status() != 0:
                self.connection.cursor().execute("rollback")
            raise Refused(first_line(problem)) from problem

    def query(self, text: str, suite: Suite | None = None, schema: str = "public") -> Result:
        """The rows of a query; bare names are tables of the suite, or of a schema."""
        import psycopg2

        try:
            with self.alone, self.connection.cursor() as cursor:
                cursor.execute(f"set search_path = {suite.name if suite else schema}")
                cursor.execute(text)
                columns = [column.name for column in cursor.description]
                return Result(columns, [tuple(map(plain, row)) for row in cursor.fetchall()])
        except psycopg2.Error as problem:
            raise Refused(first_line(problem)) from problem

    def types(self, text: str, suite: Suite) -> list[str]:
        """The types that Postgres gives a query's columns, with their modifiers."""
        named = "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'typed'::regclass order by attnum"
        with self.alone:
            self.execute(f"set search_path = {suite.name}")
            self.execute(f"create or replace temp view typed as {text.rstrip().rstrip(';')}")
            try:
                return [str(row[0]) for row in self.query(named).rows]
            finally:
                self.execute("drop view typed")


class DuckDb:
    """A DuckDB in this process, with a schema per suite."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str) -> None:
        """A statement without a result."""
        try:
            self.connection.execute(statement)
        except Exception as problem:
            raise Refused(first_line(problem)) from problem

    def query(self, text: str, suite: Suite | None = None) -> Result:
        """The rows of a query; bare names are tables of the suite."""
        try:
            if suite:
                self.connection.execute(f"use {suite.name}; {AS_POSTGRES}")
            else:
                self.connection.execute("use main; reset default_null_order; reset integer_division")
            found = self.connection.execute(text)
            columns = [column[0] for column in found.description]
            return Result(columns, [tuple(map(plain, row)) for row in found.fetchall()])
        except Exception as problem:
            raise Refused(first_line(problem)) from problem


class BigQuery:
    """BigQuery's analyzer over a suite's tables. It understands statements or refuses them; nothing is run."""

    def __init__(self, suite: Suite) -> None:
        warehouse = googlesql.Warehouse()
        for table, columns in suite.tables.items():
            warehouse.source(suite.name, table, [(column.name, column.type) for column in columns])
        self.warehouse = warehouse
        self.start()

    def start(self) -> None:
        """One analyzer for all: no query reads another, and a catalog takes longer than a statement."""
        self.analyzer = self.warehouse.z.api.Analyzer(self.warehouse.options, self.warehouse.catalog())

    def refused(self, texts: dict[str, str]) -> dict[str, str]:
        """The queries whose statements are refused, and why."""
        found: dict[str, str] = {}
        for query, text in texts.items():
            for statement in googlesql.statements(text):
                if what := googlesql.lacks(statement):
                    found[query] = f"BigQuery has no {what}"
                    continue
                try:
                    self.analyzer.analyze_statement(statement)
                    if statement.startswith("create or replace function"):
                        self.warehouse.define(statement)
                        self.start()
                except Exception as problem:
                    found[query] = first_line(problem)
        return found


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A Postgres of its own."""
    with engines.postgres() as server:
        held = Postgres(server)
        try:
            yield held
        finally:
            held.connection.close()


def export(connection: Any, suite: Suite, folder: Path) -> None:
    """A suite's data as a CSV file and an NDJSON file per table."""
    folder.mkdir(parents=True)
    for table in suite.tables:
        connection.execute(f"copy {suite.name}.{table} to '{folder / table}.csv' (header false)")
        connection.execute(f"copy {suite.name}.{table} to '{folder / table}.ndjson' (format json)")


# --- what pipec emits -------------------------------------------------------------------


def emitted(folder: Path, dialect: str) -> dict[str, str]:
    """The emitted statements by query, those for no query under their file's name, in the order of running."""
    place = folder / "sql" / dialect
    found = {}
    for line in (place / "index.txt").read_text(encoding="utf-8").splitlines():
        file = line.partition("#")[0].strip()
        if file:
            query = re.search(r"_(q\d\d)\.sql$", file)
            found[query[1] if query else file] = (place / file).read_text(encoding="utf-8")
    return found


def run_emitted(engine: Postgres | DuckDb, suite: Suite, texts: dict[str, str]) -> dict[str, Result | Refused]:
    """Each query's view made and read."""
    found: dict[str, Result | Refused] = {}
    for query, text in texts.items():
        try:
            engine.execute(text)
            if query in suite.queries:
                found[query] = engine.query(f"select * from {view_of(suite, query)}")
        except Refused as problem:
            if query not in suite.queries:
                raise engines.EngineError(f"{query} of {suite.name} does not run: {problem}") from problem
            found[query] = problem
    return found


def dumped(file: Path, columns: list[str]) -> list[tuple[str | None, ...]]:
    """A model's rows as the embedded engine dumped them."""
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return [tuple(row[column] for column in columns) for row in rows]
