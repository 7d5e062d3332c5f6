"""Pictures of a built database.

A *snapshot* is the row count and a content hash of every relation, for comparing two
builds; a *dump* is every row as canonical text, for comparing with another engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from warehouse import quoted

SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")


class Unreadable(Exception):
    """A relation that was built cannot be read; a problem of the artifact."""


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
    import psycopg2

    pictures: dict[str, Picture] = {}
    with connection.cursor() as cursor:
        for schema, name in relations(connection, without):
            hashes = f"select md5(pipec_row::text) as pipec_hash from {quoted(schema)}.{quoted(name)} as pipec_row"
            content = "md5(coalesce(string_agg(pipec_hash, '' order by pipec_hash), ''))"
            try:
                cursor.execute(f"select count(*), {content} from ({hashes}) as pipec_rows")
            except psycopg2.Error as reason:
                raise Unreadable(f"{schema}.{name} was built but cannot be read.\n{str(reason).strip()}") from reason
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
    as UTC), JSON and arrays with sorted keys and no spaces. All else is as Postgres prints it.
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
    import psycopg2.extensions

    folder.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "set timezone = 'UTC'; set datestyle = 'ISO'; set bytea_output = 'hex'; set intervalstyle = 'iso_8601'"
        )
        cursor.execute("select array_agg(oid::int) from pg_type")
        verbatim = psycopg2.extensions.new_type(tuple(cursor.fetchone()[0]), "verbatim", lambda value, _cursor: value)
    for schema, name in relations(connection, without):
        with connection.cursor() as cursor:
            psycopg2.extensions.register_type(verbatim, cursor)
            cursor.execute(f"select {_dumped_columns(connection, schema, name)} from {quoted(schema)}.{quoted(name)}")
            columns = [(column.name, column.type_code) for column in cursor.description]
            lines = sorted(_dump_line(columns, row) for row in cursor)
        (folder / f"{schema}.{name}.ndjson").write_text("".join(lines), encoding="utf-8")


def _dumped_columns(connection: Any, schema: str, name: str) -> str:
    """The columns of a relation as a select list; arrays become JSON."""
    query = """
        select a.attname, t.typcategory = 'A'
        from pg_attribute a join pg_class c on c.oid = a.attrelid
          join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
        where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped
        order by a.attnum"""
    with connection.cursor() as cursor:
        cursor.execute(query, [schema, name])
        columns = cursor.fetchall()
    return ", ".join(f"to_jsonb({quoted(c)}) as {quoted(c)}" if array else quoted(c) for c, array in columns)


def _dump_line(columns: Sequence[tuple[str, int]], row: Sequence[str | None]) -> str:
    """One row as a line of the dump; columns stay in their order."""
    values = {name: canonical(value, oid) for (name, oid), value in zip(columns, row, strict=True)}
    return json.dumps(values, ensure_ascii=False) + "\n"
