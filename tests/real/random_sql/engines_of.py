"""The engines that random queries run on."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines
import warehouse
from random_sql import compare, data

#: A query that runs longer is left out: its joins happened to multiply.
MILLISECONDS = 4000
#: What a query may take of memory, and in Postgres of the disk: some would fill it, and take the server with them.
ROOM = "2GB"


@dataclass
class Result:
    """Rows as texts, with the type of each column: its oid, that of its elements, and whether it is an array."""

    columns: list[tuple[str, int, int, bool]]
    rows: list[tuple[str | None, ...]]

    def values(self, loose: bool) -> list[compare.Row]:
        """The rows, comparable."""
        types = [(element if array else oid, array) for _, oid, element, array in self.columns]
        return [tuple(compare.value(v, o, a, loose) for v, (o, a) in zip(row, types)) for row in self.rows]


class Postgres:
    """The truth."""

    def __init__(self, connect: Callable[[], Any], last_words: Callable[[], str], seed: int) -> None:
        self.connect, self.last_words = connect, last_words
        #: Queries that ended their connection, with what was said last.
        self.ended: dict[str, str] = {}
        self._open()
        made = data.rows(seed)
        with self.connection.cursor() as cursor:
            cursor.execute(f"create schema {data.SCHEMA}; create schema m")
            for table in data.TABLES:
                for statement in data.create(table, made[table.plain], duckdb=False):
                    cursor.execute(statement)
            cursor.execute("analyze")
            cursor.execute("select oid::int, typelem::int, typcategory = 'A' from pg_type")
            self.types = {oid: (element, array) for oid, element, array in cursor.fetchall()}
            import psycopg2.extensions

            self.verbatim = psycopg2.extensions.new_type(tuple(self.types), "verbatim", lambda v, _: v)

    def _open(self) -> None:
        self.connection = self.connect()
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 3")
            cursor.execute(f"set statement_timeout = {MILLISECONDS}; set temp_file_limit = '{ROOM}'")

    def _complaint(self, problem: Exception, query: str) -> str:
        """What Postgres said. A query that takes the server down is a finding like any other: the server comes back by itself."""
        import psycopg2

        said = (str(problem).strip() or type(problem).__name__).splitlines()[0]
        if self.connection.closed:
            self.ended[query] = said
            for _ in range(60):
                with contextlib.suppress(psycopg2.Error):
                    self._open()
                    return said
                time.sleep(0.5)
            raise engines.EngineError(f"Postgres did not come back after this query ({said}):\n{query}\n{self.last_words()}")
        return said

    def run(self, query: str) -> Result | str:
        """A query's result, or Postgres's complaint. Arrays come as JSON."""
        import psycopg2
        import psycopg2.extensions

        with self.connection.cursor() as cursor:
            psycopg2.extensions.register_type(self.verbatim, cursor)
            try:
                cursor.execute(query)
                columns = [(c.name, c.type_code, *self.types[c.type_code]) for c in cursor.description]
                if any(array for *_, array in columns):
                    names = [f"c{i}" for i in range(len(columns))]
                    shown = ", ".join(f"to_jsonb({n})" if a else n for n, (*_, a) in zip(names, columns))
                    cursor.execute(f"select {shown} from ({query}) as pipec_rows({', '.join(names)})")
                return Result(columns, cursor.fetchall())
            except psycopg2.Error as problem:
                return self._complaint(problem, query)

    def prepare(self, files: list[Path]) -> None:
        """What emitted files need before them."""
        with self.connection.cursor() as cursor:
            for file in files:
                cursor.execute(file.read_text(encoding="utf-8"))

    def emitted(self, file: Path, name: str) -> Result | str:
        """The result of a file that pipec emitted: it makes a view."""
        import psycopg2

        with self.connection.cursor() as cursor:
            try:
                cursor.execute(text := file.read_text(encoding="utf-8"))
            except psycopg2.Error as problem:
                if not self.connection.closed:
                    cursor.execute("rollback")
                return "the emitted file fails: " + self._complaint(problem, text)
        found = self.run(f'select * from m."{name}"')
        with self.connection.cursor() as cursor:
            cursor.execute(f'drop view if exists m."{name}"')
        return found


@contextlib.contextmanager
def postgres(seed: int) -> Iterator[Postgres]:
    """A Postgres whose texts sort by code point and know upper from lower case in all scripts."""
    with engines.postgres() as server:
        first = warehouse.connect(server)
        with first.cursor() as cursor:
            cursor.execute(
                "create database random_sql template template0 encoding 'UTF8' locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'"
            )
        first.close()
        import psycopg2

        def connect() -> Any:
            return psycopg2.connect(host=server.host, port=server.port, user=server.user, dbname="random_sql", password="throwaway")

        made = Postgres(connect, server.last_words, seed)
        try:
            yield made
        finally:
            made.connection.close()


def dumped(file: Path, truth: Result) -> list[compare.Row]:
    """The rows of a dump of the embedded engine, by the types that Postgres says."""
    types = [(element if array else oid, array) for _, oid, element, array in truth.columns]
    out = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if len(row) != len(types):
            raise ValueError(f"{len(row)} columns instead of {len(types)}")
        out.append(tuple(compare.value(row[name], o, a, True) for (name, *_), (o, a) in zip(truth.columns, types)))
    return out


class DuckDb:
    """DuckDB, in the process."""

    def __init__(self, seed: int) -> None:
        engines.use("duckdb")
        import duckdb

        self.error, self.full = duckdb.Error, duckdb.OutOfMemoryException
        #: Queries it had no room for, with what it said.
        self.too_large: dict[str, str] = {}
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"set timezone = 'UTC'; set threads = 1; set memory_limit = '{ROOM}'; set temp_directory = ''")
        self.connection.execute(f"create schema {data.SCHEMA}; create schema m")
        made = data.rows(seed)
        for table in data.TABLES:
            for statement in data.create(table, made[table.plain], duckdb=True):
                self.connection.execute(statement)

    def prepare(self, files: list[Path]) -> None:
        """What emitted files need before them."""
        for file in files:
            self.connection.execute(file.read_text(encoding="utf-8"))

    def emitted(self, file: Path, name: str, truth: Result) -> list[compare.Row] | str | None:
        """The rows of a file that pipec emitted, by the types that Postgres says; `None` where it has no room for them."""
        try:
            self.connection.execute(file.read_text(encoding="utf-8"))
            columns = self.connection.execute(f'describe m."{name}"').fetchall()
            if [c[0] for c in columns] != [c[0] for c in truth.columns]:
                return f"columns differ: {[c[0] for c in truth.columns]} in Postgres, {[c[0] for c in columns]} here"
            shown = [
                f"to_json({_quoted(c)})" if array else f"cast({_quoted(c)} as varchar)" for c, _, _, array in truth.columns
            ]
            found = self.connection.execute(f'select {", ".join(shown)} from m."{name}"').fetchall()
            types = [(element if array else oid, array) for _, oid, element, array in truth.columns]
            return [tuple(compare.value(v, o, a, True) for v, (o, a) in zip(row, types)) for row in found]
        except self.full as problem:
            self.too_large[name] = str(problem).strip()
            return None
        except self.error as problem:
            return "fails: " + str(problem).strip()
        except ValueError as problem:
            return f"unreadable value: {problem}"
        finally:
            self.connection.execute(f'drop view if exists m."{name}"')


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
