"""The TPC-H and TPC-DS suites: tables, query texts and data, all from DuckDB's extensions.

Nothing of the suites is in this repository but the names of the key columns, as the two
standards define them, and which further columns TPC-DS says are never NULL.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines

SUITES = ("tpch", "tpcds")
GENERATORS = {"tpch": "dbgen", "tpcds": "dsdgen"}
TYPES = {"BIGINT": "bigint", "INTEGER": "integer", "VARCHAR": "text", "DATE": "date"}
# Keys of more than the first column. Every other table of both suites is keyed by its first one.
KEYS = {
    "lineitem": ("l_orderkey", "l_linenumber"),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "store_sales": ("ss_item_sk", "ss_ticket_number"),
    "store_returns": ("sr_item_sk", "sr_ticket_number"),
    "catalog_sales": ("cs_item_sk", "cs_order_number"),
    "catalog_returns": ("cr_item_sk", "cr_order_number"),
    "web_sales": ("ws_item_sk", "ws_order_number"),
    "web_returns": ("wr_item_sk", "wr_order_number"),
    "inventory": ("inv_date_sk", "inv_item_sk", "inv_warehouse_sk"),
}
# Business keys of TPC-DS: not NULL, and not unique in tables that keep history.
NOT_NULL = frozenset(
    "cc_call_center_id cp_catalog_page_id c_customer_id ca_address_id d_date_id i_item_id p_promo_id r_reason_id"
    " s_store_id sm_ship_mode_id t_time_id w_warehouse_id wp_web_page_id web_site_id".split()
)


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is Postgres's name for its type."""

    name: str
    type: str
    key: bool
    nullable: bool


@dataclass(frozen=True)
class Suite:
    """One benchmark: its tables in order of name, its query texts by number."""

    name: str
    tables: dict[str, list[Column]]
    queries: dict[str, str]


def duckdb() -> Any:
    """The module, from its own environment."""
    engines.use("duckdb")
    return importlib.import_module("duckdb")


def connect(path: str = ":memory:") -> Any:
    """A DuckDB connection that knows both generators; nothing is downloaded."""
    connection = duckdb().connect(path)
    for suite in SUITES:
        package = importlib.import_module(f"duckdb_extension_{suite}")
        (extension,) = Path(str(package.__file__)).parent.rglob("*.duckdb_extension")
        connection.execute(f"load '{extension}'")
    return connection


def generate(connection: Any, suite: str, scale: float) -> None:
    """Create a schema named after the suite, and fill its tables."""
    connection.execute(f"create schema {suite}; use {suite}; call {GENERATORS[suite]}(sf={scale})")


def read(connection: Any, suite: str) -> Suite:
    """The tables of a generated suite, and its queries."""
    described = connection.execute(
        "select table_name, column_name, data_type, is_nullable from information_schema.columns"
        " where table_schema = ? order by table_name, ordinal_position",
        [suite],
    ).fetchall()
    tables: dict[str, list[Column]] = {}
    for table, name, kind, nullable in described:
        columns = tables.setdefault(table, [])
        key = name in KEYS[table] if table in KEYS else not columns
        postgres = TYPES.get(kind) or kind.lower().replace("decimal", "numeric")
        columns.append(Column(name, postgres, key, nullable == "YES" and not key and name not in NOT_NULL))
    texts = connection.execute(f"select query_nr, query from {suite}_queries() order by 1").fetchall()
    return Suite(suite, tables, {f"q{number:02}": named(text) for number, text in texts})


# --- the one mechanical change ----------------------------------------------------------

TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|[\w.]+|\s+|.", re.S)
# An entry that ends in a bracket has no name; a word in front of the last word that is no operator leaves one.
OPERATORS = frozenset("+ - * / || % = < >".split())


def named(text: str) -> str:
    """The query with `as column_N` behind every output column that has no name.

    A table needs a name for each column, and the engines do not agree on what they call
    such a column. Only the outermost select list is touched.
    """
    tokens = [part for part in TOKEN.findall(text)]
    start, end = outermost(tokens)
    if start is None:
        return text
    out, entry, depth, number = tokens[:start], [], 0, 0
    for part in [*tokens[start:end], None]:
        depth += {"(": 1, ")": -1}.get(part or "", 0)
        if part is None or (part == "," and depth == 0):
            number += 1
            out += with_name(entry, number)
            out += [part] if part else []
            entry = []
        else:
            entry.append(part)
    return "".join([*out, *tokens[end:]])


def outermost(tokens: list[str]) -> tuple[int | None, int]:
    """Where the outermost select list begins and ends, as places in the tokens."""
    depth, start = 0, None
    for place, part in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth == 0 and part.lower() == "select" and start is None:
            start = place + 1
        if depth == 0 and part.lower() == "from" and start is not None:
            return start, place
    return None, 0


def with_name(entry: list[str], number: int) -> list[str]:
    """An entry of the select list, named if it was not."""
    words = [(place, part) for place, part in enumerate(entry) if part.strip() and not part.startswith(("--", "/*"))]
    place, last = words[-1]
    before = words[-2][1] if len(words) > 1 else ""
    has_name = bool(re.fullmatch(r'[\w.]+|"[^"]*"|\*', last)) and last.lower() != "end" and before not in OPERATORS
    if has_name and not (len(words) == 1 and re.match(r"[\d]", last)):
        return entry
    return [*entry[: place + 1], f" as column_{number}", *entry[place + 1 :]]


def without_limit(text: str) -> str:
    """The query without its outermost limit; the same text when it has none."""
    return re.sub(r"\blimit\s+\d+\s*;?\s*$", "", text, flags=re.I)
