"""The tables that random queries read: all scalar types, NULLs, duplicates, boundaries, odd names; the same rows in every engine.

Numbers that queries compute with are multiples of a quarter: sums and products of them are exact in a double, which is what SQLite has for
`numeric`. `price` is not, and is only shown, rounded and summed up.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

SCHEMA = "shop"

#: type of the generator -> (in pipec and Postgres, in DuckDB)
TYPES = {
    "small": ("smallint", "smallint"),
    "int": ("integer", "integer"),
    "big": ("bigint", "bigint"),
    "num": ("numeric(12,2)", "decimal(12,2)"),
    "dbl": ("double precision", "double"),
    "bool": ("boolean", "boolean"),
    "text": ("text", "varchar"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "ts": ("timestamp", "timestamp"),
    "tstz": ("timestamptz", "timestamptz"),
    "uuid": ("uuid", "uuid"),
    "json": ("jsonb", "json"),
    "int[]": ("integer[]", "integer[]"),
    "text[]": ("text[]", "varchar[]"),
}


@dataclass(frozen=True)
class Column:
    """A column: its name as SQL writes it, its type, whether it may be NULL."""

    name: str
    type: str
    nullable: bool = True
    exact: int = 2

    @property
    def plain(self) -> str:
        """Its name as it is."""
        return self.name[1:-1].replace('""', '"') if self.name.startswith('"') else self.name


@dataclass(frozen=True)
class Table:
    """A table; `key` names the columns that no two rows share."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int

    @property
    def plain(self) -> str:
        """Its name as it is."""
        return Column(self.name, "").plain


def _columns(text: str) -> tuple[Column, ...]:
    out = []
    for line in text.strip().splitlines():
        name, type_ = line.strip().rsplit(" ", 1)
        nullable, exact = type_.endswith("?"), 1 if "~" in type_ else 2
        out.append(Column(name, type_.rstrip("?").replace("~", ""), nullable, exact))
    return tuple(out)


TABLES = (
    Table(
        "people",
        _columns("""
            id int
            name text?
            boss int?
            region text
            age small?
            height dbl?
            balance num?
            active bool?
            born date?
            joined ts?
            seen tstz?
            wake time?
            ref uuid?
            tags text[]?
            doc json?
        """),
        ("id",),
        15,
    ),
    Table(
        "orders",
        _columns("""
            order_id big
            id int?
            day date
            placed ts
            amount num?
            price num~
            qty int
            status text?
            note text?
            scores int[]?
        """),
        ("order_id",),
        24,
    ),
    Table(
        "lines",
        _columns("""
            order_id big
            line small
            sku text
            qty int?
            weight dbl?
            due date?
        """),
        ("order_id", "line"),
        30,
    ),
    Table(
        "readings",
        _columns("""
            a int?
            b text?
            c num?
            d date?
            e bool?
        """),
        (),
        20,
    ),
    Table(
        "nothing",
        _columns("""
            id int
            name text?
            amount num?
            day date?
            flag bool?
        """),
        ("id",),
        0,
    ),
    Table(
        '"Odd ""Tab"" {{ x }}"',
        _columns('''
            "select" int
            "a b" text?
            "Ünï ""q""" num?
            "{{ z }}" date?
            "1st %s \\ `" text
            "order" bool?
        '''),
        ('"select"',),
        9,
    ),
)

TEXTS = ["", "a", "A", "ab", "Ab c", "abc def", "x,y", "  pad ", "O'Hara", "50%", "a_b", "Zoë", "ÄÖÜ", "straße", "naïve café", "名前", "🩺 ok", "back\\slash", "10", "-7", "z{{ y }}"]
REGIONS = ["north", "south", "east", "West", "ñorte"]
STATUS = ["new", "paid", "sent", "Sent", "void"]
SKUS = ["A-1", "A-2", "B-10", "b-10", "Ç-3"]
DATES = ["1969-12-31", "1970-01-01", "1999-12-31", "2000-02-29", "2023-01-01", "2024-02-29", "2024-12-30", "2024-12-31", "2025-01-01", "1900-03-01", "2025-06-15"]
CLOCKS = ["00:00:00", "23:59:59", "12:30:00", "06:05:04.25", "18:00:00.000001"]


def _value(column: Column, row: int, rng: random.Random) -> Any:
    if column.nullable and rng.random() < 0.22:
        return None
    clock = rng.choice(CLOCKS)
    match column.type:
        case "small":
            return rng.choice([-3, 0, 1, 2, 7, 18, 40, 65, 99])
        case "int":
            return rng.randint(1, 15) if column.name in ("id", "boss") else rng.choice([-5, -1, 0, 1, 2, 3, 3, 7, 12, 100])
        case "big":
            return rng.randint(1, 28)
        case "num" if column.exact < 2:
            return f"{rng.randint(1, 99999) / 100:.2f}"
        case "num":
            return f"{rng.choice([-1, 1, 1]) * rng.choice([0, 1, 2, 10, 49, 400, 1001]) * 0.25:.2f}"
        case "dbl":
            return rng.choice([-2.5, 0.0, 0.25, 1.5, 1.75, 60.125, 1024.0])
        case "bool":
            return rng.random() < 0.5
        case "date":
            return rng.choice(DATES)
        case "ts":
            return f"{rng.choice(DATES)} {clock}"
        case "tstz":
            return f"{rng.choice(DATES)} {clock}+00"
        case "time":
            return clock
        case "uuid":
            return f"00000000-0000-4000-8000-{rng.randint(0, 5):012x}"
        case "text[]":
            return [rng.choice(["a", "b", "c d", 'q"q', "Zoë"]) for _ in range(rng.randint(0, 3))]
        case "int[]":
            return [rng.choice([0, 1, 2, 3, -4]) for _ in range(rng.randint(0, 4))]
        case "json":
            return _document(rng)
    pool = {"region": REGIONS, "status": STATUS, "sku": SKUS}.get(column.name, TEXTS)
    return rng.choice(pool)


def _document(rng: random.Random) -> Any:
    out: dict[str, Any] = {"n": rng.choice([1, 2, 30, None]), "kind": rng.choice(["x", "y", "Zoë"])}
    if rng.random() < 0.6:
        out["in"] = {"deep": rng.choice(["u", "v", ""]), "flag": rng.random() < 0.5}
    if rng.random() < 0.6:
        out["list"] = [rng.choice([1, 2, 3]) for _ in range(rng.randint(0, 3))]
    return out


def rows(seed: int) -> dict[str, list[list[Any]]]:
    """The rows of each table, by its name as it is."""
    rng = random.Random(seed)
    out: dict[str, list[list[Any]]] = {}
    for table in TABLES:
        made = []
        for number in range(table.rows):
            row = [_value(c, number, rng) for c in table.columns]
            for place, column in enumerate(table.columns):
                if table.key == (column.name,):
                    row[place] = number + 1
            if table.key == ("order_id", "line"):
                row[0], row[1] = number // 3 + 1, number % 3 + 1
            made.append(row)
        if not table.key:
            made += [list(row) for row in made[:6]]
        out[table.plain] = made
    return out


def _said(name: str) -> str:
    """A name as declarations write it: escapes instead of doubled quotes."""
    if not name.startswith('"'):
        return name
    plain = Column(name, "").plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def pipe(project: str) -> str:
    """The source as pipec declares it; samples are `data/<number>.ndjson`."""
    out = [project, f'source shop on warehouse schema "{SCHEMA}" {{']
    for number, table in enumerate(TABLES):
        out += [f"  table {_said(table.name)} {{", f'    sample "data/{number}.ndjson"']
        for c in table.columns:
            key = " key" if c.name in table.key else ""
            out.append(f"    {_said(c.name)} {TYPES[c.type][0]}{'?' if c.nullable else ''}{key} @public")
        out.append("  }")
    out.append("}")
    return "\n".join(out) + "\n"


def ndjson(table: Table, made: list[list[Any]]) -> str:
    """A sample file."""
    lines = (json.dumps(dict(zip([c.plain for c in table.columns], row)), ensure_ascii=False) for row in made)
    return "".join(line + "\n" for line in lines)


def create(table: Table, made: list[list[Any]], duckdb: bool) -> list[str]:
    """Statements that make and fill a table."""
    name = f"{SCHEMA}.{table.name}"
    columns = ", ".join(f"{c.name} {TYPES[c.type][1 if duckdb else 0]}" for c in table.columns)
    out = [f"create table {name} ({columns})"]
    for row in made:
        values = ", ".join(_literal(v, TYPES[c.type][1 if duckdb else 0], duckdb) for c, v in zip(table.columns, row))
        out.append(f"insert into {name} values ({values})")
    return out


def _literal(value: Any, type_: str, duckdb: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = ", ".join(_literal(v, "", duckdb) for v in value)
        return f"cast({'' if duckdb else 'array'}[{items}] as {type_})"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    quoted = "'" + text.replace("'", "''") + "'"
    return f"cast({quoted} as {type_})" if type_ else quoted if isinstance(value, str) else text
