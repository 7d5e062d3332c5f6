"""The judges' side of a warehouse: loading sample data, running SQL, taking pictures.

Two pictures of a database are taken here: a *snapshot* (row count and content hash of
every relation, for comparing two builds) and a *dump* (every row as canonical text, for
comparing with another engine).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import engines

AIRBYTE_COLUMNS = [["id", "text"], ["resource", "jsonb"], ["_airbyte_extracted_at", "timestamptz"]]
SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")


@dataclass(frozen=True)
class Table:
    """A raw table that the sample data go into."""

    schema: str
    name: str
    columns: list[tuple[str, str]]
    key: list[str]

    def qualified(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def connect(server: engines.Server, user: str | None = None) -> Any:
    """A psycopg2 connection in autocommit mode, by default as the superuser."""
    engines.use("postgres")
    import psycopg2  # noqa: PLC0415  (importable only once its environment is in use)

    connection = psycopg2.connect(
        host=server.host, port=server.port, user=user or server.user, dbname=server.database, password="throwaway"
    )
    connection.autocommit = True
    return connection


# --- sample data ------------------------------------------------------------------------


def read_tables(data: Path, schema_file: Path | None) -> list[Table]:
    """The tables of a data folder: from a description, or else Airbyte's raw layout.

    The description is `{table: {"schema": s, "columns": [[name, type], …], "key": [name, …]}}`.
    A table with a key takes a later delivery of the same key as a replacement.
    """
    if schema_file is None:
        names = sorted(path.stem for path in data.glob("*.ndjson"))
        described = {name: {"schema": "airbyte", "columns": AIRBYTE_COLUMNS, "key": ["id"]} for name in names}
    else:
        described = json.loads(schema_file.read_text(encoding="utf-8"))
    if not described:
        raise engines.EngineError(f"There are no sample data (*.ndjson) in {data}.")
    return [
        Table(table["schema"], name, [(column, type_) for column, type_ in table["columns"]], table.get("key", []))
        for name, table in described.items()
    ]


def create(connection: Any, tables: Iterable[Table]) -> None:
    """Create the raw tables, empty."""
    with connection.cursor() as cursor:
        for table in tables:
            parts = [f"{quoted(name)} {type_}" for name, type_ in table.columns]
            if table.key:
                parts.append(f"primary key ({', '.join(map(quoted, table.key))})")
            cursor.execute(f"create schema if not exists {quoted(table.schema)}")
            cursor.execute(f"create table {table.qualified()} ({', '.join(parts)})")


def load(connection: Any, tables: Iterable[Table], data: Path) -> dict[str, int]:
    """Insert `<table>.ndjson` of the folder into each table; the rows loaded per table."""
    from psycopg2.extras import execute_values  # noqa: PLC0415

    loaded: dict[str, int] = {}
    for table in tables:
        path = data / f"{table.name}.ndjson"
        rows = list(_rows(path, table)) if path.exists() else []
        loaded[f"{table.schema}.{table.name}"] = len(rows)
        columns = ", ".join(quoted(name) for name, _ in table.columns)
        statement = f"insert into {table.qualified()} ({columns}) values %s{_replacing(table)}".replace("%", "%%")
        template = "(" + ", ".join(f"%s::{type_}" for _, type_ in table.columns) + ")"
        with connection.cursor() as cursor:
            execute_values(cursor, statement.replace("%%s", "%s", 1), rows, template, page_size=500)
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
        row = json.loads(line)
        if unknown := sorted(row.keys() - set(names)):
            raise engines.EngineError(f"{path.name}:{number}: `{unknown[0]}` is not a column of {table.qualified()}.")
        yield [_parameter(row.get(name), types[name]) for name in names]


def _parameter(value: Any, type_: str) -> Any:
    """A JSON value as a query parameter of the column's type."""
    if value is not None and (type_.lower() in ("json", "jsonb") or isinstance(value, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value


# --- SQL files and secrets --------------------------------------------------------------


def psql(server: engines.Server, file: Path, *, user: str | None = None, extra: Mapping[str, str] | None = None) -> str:
    """Run a file with the real psql, stopping at the first error; its complaint, or ''."""
    environment = dict(os.environ) | server.libpq() | dict(extra or {})
    if user:
        environment["PGUSER"] = user
    command = [server.bin / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}"]
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
    with connection.cursor() as cursor:
        for name, value in secrets.items():
            cursor.execute(statement, {"name": name, "value": value})


# --- snapshots --------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """How many rows a relation has, and a hash of them that ignores their order."""

    rows: int
    content: str


def relations(connection: Any, without: Iterable[str]) -> list[tuple[str, str]]:
    """Every table and view, as (schema, name), outside the given schemas."""
    hidden = [*SYSTEM_SCHEMAS, *without]
    query = """
        select n.nspname, c.relname
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v', 'm', 'p') and not c.relispartition
          and n.nspname <> all(%s) and n.nspname not like 'pg\\_t%%'
        order by 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(query, [hidden])
        return list(cursor.fetchall())


def snapshot(connection: Any, without: Iterable[str]) -> dict[str, Picture]:
    """A picture of every relation, by `schema.name`."""
    pictures: dict[str, Picture] = {}
    with connection.cursor() as cursor:
        for schema, name in relations(connection, without):
            cursor.execute(
                "select count(*), md5(coalesce(string_agg(pipec_hash, '' order by pipec_hash), '')) from "
                f"(select md5(pipec_row::text) as pipec_hash from {quoted(schema)}.{quoted(name)} as pipec_row) as pipec_rows"
            )
            pictures[f"{schema}.{name}"] = Picture(*cursor.fetchone())
    return pictures


def differences(before: Mapping[str, Picture], after: Mapping[str, Picture]) -> dict[str, dict[str, Any]]:
    """The relations whose content differs, with their rows before and after."""
    changed: dict[str, dict[str, Any]] = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            changed[name] = {"rows_before": old.rows if old else None, "rows_after": new.rows if new else None}
    return changed


# --- dumps ------------------------------------------------------------------------------

NUMERIC_OIDS = (700, 701, 1700)
TIMESTAMP_OIDS = (1114, 1184)
BOOLEAN_OID = 16
JSON_OIDS = (114, 3802)
BYTEA_OID = 17
TIMESTAMP = re.compile(r"(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?")


def canonical(value: str | None, oid: int) -> str | None:
    """A value, as Postgres prints it, in the text that every engine's dump agrees on.

    Integers are plain, numerics and floats without trailing zeros or exponent, booleans
    `true` and `false`, timestamps `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` (without a zone: taken
    as UTC), JSON with sorted keys and no spaces. Everything else is as Postgres prints it.
    """
    if value is None:
        return None
    if oid in NUMERIC_OIDS:
        return canonical_number(value)
    if oid == BOOLEAN_OID:
        return "true" if value == "t" else "false"
    if oid in TIMESTAMP_OIDS:
        return canonical_timestamp(value)
    if oid in JSON_OIDS:
        return canonical_json(value)
    if oid == BYTEA_OID:
        return value.removeprefix("\\x")
    return value


def canonical_number(text: str) -> str:
    """A number without exponent, trailing zeros or a negative zero."""
    number = Decimal(text)
    if not number.is_finite():
        return str(number)
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def canonical_timestamp(text: str) -> str:
    """A timestamp in UTC, with a fraction of six digits only when there is one."""
    parts = TIMESTAMP.fullmatch(text)
    if parts is None:  # infinity, or a year before Christ
        return text
    year, month, day, time, fraction = parts.groups()
    return f"{year}-{month}-{day}T{time}" + (f".{fraction.ljust(6, '0')}" if fraction else "") + "Z"


def canonical_json(text: str) -> str:
    """A JSON document with sorted keys, canonical numbers and no spaces."""
    return _json_text(json.loads(text, parse_float=Decimal))


def _json_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json_text(key)}:{_json_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json_text, value)) + "]"
    if isinstance(value, Decimal):
        return canonical_number(str(value))
    return json.dumps(value, ensure_ascii=False)


def dump(connection: Any, without: Iterable[str], folder: Path) -> None:
    """Write every relation as `<schema>.<name>.ndjson`: one object of texts per row, sorted."""
    import psycopg2.extensions  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("set timezone = 'UTC'; set datestyle = 'ISO'; set bytea_output = 'hex'; set intervalstyle = 'iso_8601'")
        cursor.execute("select array_agg(oid::int) from pg_type")
        verbatim = psycopg2.extensions.new_type(tuple(cursor.fetchone()[0]), "verbatim", lambda value, _cursor: value)
    for schema, name in relations(connection, without):
        with connection.cursor() as cursor:
            psycopg2.extensions.register_type(verbatim, cursor)
            cursor.execute(f"select * from {quoted(schema)}.{quoted(name)}")
            columns = [(column.name, column.type_code) for column in cursor.description]
            lines = sorted(_dump_line(columns, row) for row in cursor)
        (folder / f"{schema}.{name}.ndjson").write_text("".join(lines), encoding="utf-8")


def _dump_line(columns: Sequence[tuple[str, int]], row: Sequence[str | None]) -> str:
    """One row as a line of the dump; columns stay in their order."""
    values = {name: canonical(value, oid) for (name, oid), value in zip(columns, row, strict=True)}
    return json.dumps(values, ensure_ascii=False) + "\n"
