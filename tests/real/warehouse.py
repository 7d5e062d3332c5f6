"""The judges' side of a warehouse: sample data, SQL files, secrets.

`pictures.py` looks at what a build then made of them.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines
import judge

AIRBYTE_COLUMNS = [["id", "text"], ["resource", "jsonb"], ["_airbyte_extracted_at", "timestamptz"]]


@dataclass(frozen=True)
class Table:
    """A raw table that the sample data go into."""

    schema: str
    name: str
    columns: list[tuple[str, str]]
    key: list[str]
    own: bool = False

    def qualified(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def connect(server: engines.Server, user: str | None = None) -> Any:
    """A psycopg2 connection in autocommit mode, by default as the superuser."""
    engines.use("postgres")
    import psycopg2  # importable only once its environment is in use

    connection = psycopg2.connect(
        host=server.host, port=server.port, user=user or server.user, dbname=server.database, password="throwaway"
    )
    connection.autocommit = True
    return connection


def add_data_arguments(arguments: argparse.ArgumentParser) -> None:
    """The options of every judge that fills a warehouse."""
    add = arguments.add_argument
    add(
        "--data",
        required=True,
        metavar="DIR",
        type=judge.existing,
        help="sample data, one <table>.ndjson or <table>.csv per raw table",
    )
    add(
        "--schema",
        metavar="FILE",
        type=judge.existing,
        help="JSON {table: {schema, columns: [[name, type]], key: [name]}}",
    )
    add(
        "--first",
        action="append",
        default=[],
        metavar="FILE.sql",
        type=judge.existing,
        help="run by psql before the sample data are loaded: it makes tables of the artifact's own",
    )
    add(
        "--prepare",
        action="append",
        default=[],
        metavar="FILE.sql",
        type=judge.existing,
        help="run by psql before the build",
    )
    add("--secret", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    add("--secret-sql", metavar="SQL", help="stores a secret, with %%(name)s and %%(value)s; run once per --secret")
    add("--out", metavar="REPORT.json", type=Path)


def set_up(server: engines.Server, connection: Any, tables: list[Table], options: argparse.Namespace) -> dict[str, int]:
    """Make the raw tables, fill them, run the preparations, store the secrets; rows per table."""
    prepare(server, options.first, {})
    create(connection, tables)
    loaded = load(connection, tables, options.data)
    prepare(server, options.prepare, dict(options.secret))
    store_secrets(connection, options.secret_sql, dict(options.secret))
    return loaded


# --- sample data ------------------------------------------------------------------------


def read_tables(data: Path, schema_file: Path | None) -> list[Table]:
    """The tables of a data folder: from a description, or else Airbyte's raw layout.

    The description is `{table: {"schema": s, "columns": [[name, type], …], "key": [name, …]}}`.
    A table with a key takes a later delivery of the same key as a replacement. One that is `"own"` is
    made by the artifact.
    """
    described: dict[str, Any]
    if schema_file is None:
        names = sorted(path.stem for path in data.glob("*.ndjson"))
        described = {name: {"schema": "airbyte", "columns": AIRBYTE_COLUMNS, "key": ["id"]} for name in names}
    else:
        described = json.loads(schema_file.read_text(encoding="utf-8"))
    if not described:
        raise engines.EngineError(f"There are no sample data (*.ndjson) in {data}.")
    return [
        Table(table["schema"], name, [(column, type_) for column, type_ in table["columns"]], table.get("key", []), table.get("own", False))
        for name, table in described.items()
    ]


def create(connection: Any, tables: Iterable[Table]) -> None:
    """Create the raw tables, empty."""
    with connection.cursor() as cursor:
        for table in (table for table in tables if not table.own):
            parts = [f"{quoted(name)} {type_}" for name, type_ in table.columns]
            if table.key:
                parts.append(f"primary key ({', '.join(map(quoted, table.key))})")
            cursor.execute(f"create schema if not exists {quoted(table.schema)}")
            cursor.execute(f"create table {table.qualified()} ({', '.join(parts)})")


def load(connection: Any, tables: Iterable[Table], data: Path) -> dict[str, int]:
    """Insert `<table>.ndjson` of the folder into each table; the rows loaded per table."""
    import psycopg2
    from psycopg2.extras import execute_values

    loaded: dict[str, int] = {}
    for table in tables:
        path = next((p for p in (data / f"{table.name}.ndjson", data / f"{table.name}.csv") if p.exists()), None)
        read = _csv_rows if path is not None and path.suffix == ".csv" else _rows
        rows = list(read(path, table)) if path is not None else []
        loaded[f"{table.schema}.{table.name}"] = len(rows)
        columns = ", ".join(quoted(name) for name, _ in table.columns)
        head, tail = f"insert into {table.qualified()} ({columns}) values ", _replacing(table)
        statement = head.replace("%", "%%") + "%s" + tail.replace("%", "%%")
        template = "(" + ", ".join(f"%s::{type_}" for _, type_ in table.columns) + ")"
        try:
            with connection.cursor() as cursor:
                execute_values(cursor, statement, rows, template, page_size=500)
        except psycopg2.Error as reason:
            raise engines.EngineError(f"{path} cannot be loaded: {str(reason).strip()}") from reason
    return loaded


def _replacing(table: Table) -> str:
    """What an insert does when the key is already there."""
    if not table.key:
        return ""
    others = [quoted(name) for name, _ in table.columns if name not in table.key]
    action = "update set " + ", ".join(f"{name} = excluded.{name}" for name in others) if others else "nothing"
    return f" on conflict ({', '.join(map(quoted, table.key))}) do {action}"


def _rows(path: Path, table: Table) -> Iterator[list[Any]]:
    """The rows of one file; a field that is no column is an error, a missing one is NULL."""
    names = [name for name, _ in table.columns]
    types = dict(table.columns)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as reason:
            raise engines.EngineError(f"{path.name}:{number}: no JSON: {reason}.") from reason
        if unknown := sorted(row.keys() - set(names)):
            raise engines.EngineError(f"{path.name}:{number}: `{unknown[0]}` is not a column of {table.qualified()}.")
        yield [_parameter(row.get(name), types[name]) for name in names]


def _csv_rows(path: Path, table: Table) -> Iterator[list[Any]]:
    """The rows of a CSV file with a header, by its names; an empty field is NULL, as in `pipec run`."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if unknown := sorted(set(reader.fieldnames or []) - {name for name, _ in table.columns}):
            raise engines.EngineError(f"{path.name}: `{unknown[0]}` is not a column of {table.qualified()}.")
        for row in reader:
            yield [row.get(name) or None for name, _ in table.columns]


def _parameter(value: Any, type_: str) -> Any:
    """A JSON value as a query parameter of the column's type."""
    if value is not None and (type_.lower() in ("json", "jsonb") or isinstance(value, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value


# --- SQL files and secrets --------------------------------------------------------------


def psql(server: engines.Server, file: Path, *, user: str | None = None, extra: Mapping[str, str] | None = None) -> str:
    """Run a file with the real psql, stopping at the first error; its complaint, or ''."""
    environment = engines.clean_environment("PG") | server.libpq() | dict(extra or {})
    if user:
        environment["PGUSER"] = user
    command: list[str | Path] = [
        server.bin / "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        f"--file={file}",
    ]
    done = engines.run(command, cwd=file.parent, env=environment)
    return "" if done.returncode == 0 else done.stdout.strip() or f"psql ended with {done.returncode}"


def prepare(server: engines.Server, files: Iterable[Path], secrets: Mapping[str, str]) -> None:
    """Run the files that an administrator would run before the first build."""
    for file in files:
        if complaint := psql(server, file, extra=secrets):
            raise engines.EngineError(f"preparing the database failed:\n{complaint}")


def store_secrets(connection: Any, statement: str | None, secrets: Mapping[str, str]) -> None:
    """Put each secret where the artifact's functions read it, when a statement says how."""
    if statement is None:
        return
    import psycopg2

    with connection.cursor() as cursor:
        for name, value in secrets.items():
            try:
                cursor.execute(statement, {"name": name, "value": value})
            except psycopg2.Error as reason:
                raise engines.EngineError(f"the secret {name} cannot be stored: {str(reason).strip()}") from reason
