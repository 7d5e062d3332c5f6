"""TPC-DS's data, made small and still found by its queries.

At a scale that every engine runs in seconds, a third of the queries find nothing: each
asks for one month, a few categories, one state. So the generated rows are aimed: for each
query, the constants of its conditions (read from its text) are written into some rows of
the small tables, and some orders, returns and stocks are moved to those rows. Everything
else stays as generated. The same texts and rows always give the same data.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tpc_suite import Suite

# Tables whose rows are rewritten, the least number of rows they get, and what gives a row its name.
RESHAPED = {
    "item": (480, "i_item_id"),
    "store": (48, "s_store_id"),
    "call_center": (12, "cc_call_center_id"),
    "web_site": (12, "web_site_id"),
    "web_page": (12, "wp_web_page_id"),
    "warehouse": (6, "w_warehouse_id"),
    "promotion": (24, "p_promo_id"),
    "reason": (36, "r_reason_id"),
    "customer_address": (900, "ca_address_id"),
    "customer": (1500, "c_customer_id"),
}
# What a foreign key points to, by the end of its name.
TARGETS = {
    "_item_sk": "item",
    "_store_sk": "store",
    "_call_center_sk": "call_center",
    "_web_site_sk": "web_site",
    "_web_page_sk": "web_page",
    "_warehouse_sk": "warehouse",
    "_promo_sk": "promotion",
    "_reason_sk": "reason",
    "_addr_sk": "customer_address",
    "_customer_sk": "customer",
    "_cdemo_sk": "customer_demographics",
    "_hdemo_sk": "household_demographics",
    "_date_sk": "date_dim",
    "_time_sk": "time_dim",
    "_ship_mode_sk": "ship_mode",
}
# Sales, their returns, and the number of an order, which one customer gives on one day.
CHANNELS = {
    "store_sales": ("store_returns", "ss_item_sk", "ss_ticket_number", "sr_item_sk", "sr_ticket_number"),
    "catalog_sales": ("catalog_returns", "cs_item_sk", "cs_order_number", "cr_item_sk", "cr_order_number"),
    "web_sales": ("web_returns", "ws_item_sk", "ws_order_number", "wr_item_sk", "wr_order_number"),
}
PER_LINE = ("item", "warehouse", "promotion", "ship_mode", "web_page", "reason")
# Small tables that orders are spread over where their query does not mind.
SPREAD = ("store", "call_center", "web_site", "web_page", "warehouse", "promotion", "reason")
FEW, MANY = 6, 30

NUMBER = r"-?\d+(?:\.\d+)?(?:\s*[+-]\s*\d+(?:\.\d+)?)*"
VALUE = rf"(?:'[^']*'|{NUMBER})"
VALUES = re.compile(VALUE)
EQUALS = re.compile(
    rf"(\w+)\s*(?:=\s*({VALUE})|\bin\s*\(\s*({VALUE}(?:\s*,\s*{VALUE})*)\s*\)|\blike\s*('[^'%_]+)%')", re.I
)
BETWEEN = re.compile(rf"(\w+)\s+between\s*({NUMBER})\s+and\s+({NUMBER})", re.I)
ABOVE = re.compile(rf"(\w+)\s*>=?\s*({NUMBER})(?!\s*\*|[\d.])", re.I)
# Text columns of two tables that a query wants to be equal.
ALIKE = re.compile(r"\b(s_zip|s_county|s_state)\s*=\s*(?:\w+\.)?(ca_\w+)|\b(ca_\w+)\s*=\s*(?:\w+\.)?(s_zip|s_county|s_state)\b", re.I)


@dataclass
class Wanted:
    """The constants that a query compares a column with, in the order of its text: single ones, and ranges."""

    values: list[str] = field(default_factory=list)
    ranges: list[tuple[float, float]] = field(default_factory=list)

    def condition(self, column: str) -> str:
        """The rows that have one of them."""
        parts = [f"{column} in ({', '.join(self.values)})"] if self.values else []
        return "(" + " or ".join([*parts, *(f"{column} between {low} and {high}" for low, high in self.ranges)]) + ")"

    def pick(self, seed: str) -> str:
        """One of them. The same seed picks from the same part of every list: branches of an `or` stay together."""
        spread = [f"{low} + (hash({seed}, 1) % {int(high - low) + 1})::integer" for low, high in self.ranges]
        return one_of([*self.values, *spread], seed)


def constant(text: str) -> str:
    """A literal, or the sum of some."""
    return text if text.startswith("'") else f"{sum(float(n) for n in re.findall(r'[+-]?[0-9.]+', text.replace(' ', ''))):g}"


def wanted(text: str, suite: Suite) -> dict[str, dict[str, Wanted]]:
    """What a query asks for, by table and column."""
    text = re.sub(r"--[^\n]*|cast\s*\((?=\s*')|\s+as\s+date\s*\)", " ", text, flags=re.I)
    text = re.sub(r"substr\w*\s*\(((?:\w+\.)?\w+)\s*,\s*1\s*,\s*\d\)", r"\1", text, flags=re.I)
    text = re.sub(r"\b(dyear|syear|year_)\b", "d_year", text, flags=re.I)
    asked: dict[str, Wanted] = defaultdict(Wanted)
    for column, one, some, prefix in EQUALS.findall(text):
        asked[column.lower()].values += [constant(value) for value in ([one] if one else VALUES.findall(some or f"{prefix}'"))]
    for column, low, high in BETWEEN.findall(text):
        asked[column.lower()].ranges.append((float(constant(low)), float(constant(high))))
    for column, least in ABOVE.findall(text):
        asked[column.lower()].ranges.append((float(constant(least)) + 1, 2 * float(constant(least)) + 9))
    for pair in ALIKE.findall(text):
        columns = [column.lower() for column in pair if column]
        alike = next((asked[column].values[:3] for column in columns if column in asked), ["'31904'"])
        asked |= {column: Wanted(alike) for column in columns}
    days = sorted({datetime.date.fromisoformat(day) for day in re.findall(r"'(\d{4}-\d\d-\d\d)'", text)})
    asked.pop("d_date", None)
    if days and re.search(r"\bd_date\b", text, re.I):
        asked["d_date"].values += [f"date '{day + datetime.timedelta(step)}'" for day in days for step in range(-6, 31)]
    owner = {column.name: table for table, columns in suite.tables.items() for column in columns}
    found: dict[str, dict[str, Wanted]] = {}
    for column in owner.keys() & asked.keys():
        found.setdefault(owner[column], {})[column] = asked[column]
    return {table: dict(sorted(columns.items())) for table, columns in found.items()}


def one_of(options: Iterable[object], seed: str) -> str:
    """One of some, by a number that the seed gives."""
    listed = [str(option) for option in options]
    return f"([{', '.join(listed)}])[1 + (hash({seed}, 3) % 997 * {len(listed)} // 997)::integer]"


def target(column: str) -> str | None:
    """The table that a foreign key points to."""
    return next((table for end, table in TARGETS.items() if column.endswith(end)), None)


class Aim:
    """The data being aimed."""

    def __init__(self, connection: Any, suite: Suite) -> None:
        self.connection = connection
        self.suite = suite
        self.asks = {query: wanted(text, suite) for query, text in suite.queries.items()}
        self.reads = {
            query: {table for table in suite.tables if re.search(rf"\b{table}\b", text, re.I)}
            for query, text in suite.queries.items()
        }
        # What a foreign key may be set to, by table and query.
        self.rows: dict[str, dict[str, list[int]]] = {}

    def execute(self, statement: str) -> Any:
        """A statement."""
        return self.connection.execute(statement)

    def key(self, table: str) -> str:
        """A table's surrogate key."""
        return self.suite.tables[table][0].name

    def run(self) -> None:
        """Small tables first, then what points to them."""
        self.execute(f"use {self.suite.name}")
        for table in ("date_dim", "time_dim", "customer_demographics", "household_demographics", "ship_mode"):
            self.find(table)
        for table, (least, name) in RESHAPED.items():
            self.reshape(table, least, name)
        for sales in CHANNELS:
            self.move_orders(sales)
        self.move_stock()

    def find(self, table: str) -> None:
        """Rows of a table that keeps its content, by query that asks for them."""
        limit = MANY if table in ("date_dim", "time_dim") else FEW
        for query, asks in self.asks.items():
            if table not in asks:
                continue
            conditions = [asked.condition(column) for column, asked in asks[table].items()]
            for glue in (" and ", " or "):
                found = self.execute(
                    f"select {self.key(table)} from {table} where {glue.join(conditions)} order by hash({self.key(table)}) limit {limit}"
                ).fetchall()
                if found:
                    self.rows.setdefault(table, {})[query] = [row[0] for row in found]
                    break

    def reshape(self, table: str, least: int, name: str) -> None:
        """More rows of a table, and the constants of each query in its share of them."""
        key = self.key(table)
        before = f"(select max({key}) from {table})"
        self.execute(
            f"insert into {table} select t.* replace (n as {key}, format('AIMED{{:011d}}', n) as {name})"
            f" from range(1, {least} + 1) as r(n) join {table} as t on t.{key} = 1 + r.n % {before} where n > {before}"
        )
        queries = [query for query in self.asks if self.assignments(table, query) or self.meets(table, query)]
        for place, query in enumerate(queries):
            mine = f"{key} % {len(queries)} = {place}"
            if changes := self.assignments(table, query):
                self.execute(f"update {table} set {', '.join(changes)} where {mine}")
            found = self.execute(f"select {key} from {table} where {mine} order by hash({key}) limit {FEW}").fetchall()
            self.rows.setdefault(table, {})[query] = [row[0] for row in found]

    def meets(self, table: str, query: str) -> bool:
        """Whether a query brings several channels, or one and the stocks, together over rows of a table."""
        together = self.reads[query] & {*CHANNELS, "inventory"}
        return len(together) > 1 and table in self.reads[query] | {"item"} and table in ("item", "customer", "customer_address")

    def assignments(self, table: str, query: str) -> list[str]:
        """What a query's rows of a table are set to."""
        key = self.key(table)
        asks = self.asks[query].get(table, {})
        changes = [f"{column} = {asked.pick(key)}" for column, asked in asks.items() if column != key]
        if table == "customer":
            for column in ("c_current_addr_sk", "c_current_cdemo_sk", "c_current_hdemo_sk"):
                if rows := self.rows.get(target(column) or "", {}).get(query):
                    changes.append(f"{column} = {one_of(rows, key)}")
        return changes

    def picks(self, table: str, queries: list[str], order: str, line: str) -> list[str]:
        """What columns of a table are set to, as `expression as column`; the choices go into the table `choices`."""
        columns, changes = [], []
        for column in self.suite.tables[table]:
            aims = [self.choices(table, column.name, query) for query in queries]
            if not any(aims):
                continue
            name = column.name
            columns.append(f"[{', '.join(f'[{chr(44).join(aim)}]' if aim else 'null' for aim in aims)}] as {name}")
            seed = line if not target(name) or target(name) in PER_LINE else order
            seed += f", {len(changes)}" if target(name) == "date_dim" else ""  # days of their own, whoever buys
            place = f"1 + (hash({seed}, 3) % 997 * len(choices.{name}) // 997)::integer"
            changes.append(f"case when t.{name} is null or choices.{name} is null then t.{name} else choices.{name}[{place}] end as {name}")
        unnested = ", ".join(f"unnest({c.rpartition(' as ')[0]}) as {c.rpartition(' as ')[2]}" for c in columns)
        self.execute(f"create or replace temp table choices as select unnest(range({len(queries)})) as aimed, {unnested}")
        return changes

    def choices(self, table: str, column: str, query: str) -> list[str]:
        """What a query's rows of a table may have in a column; nothing where it does not mind."""
        own, pointed = self.asks[query].get(table, {}).get(column), target(column) or ""
        if own:
            steps = [f"{low + (high - low) * step / 8:g}" for low, high in own.ranges for step in range(9)]
            return [*own.values, *steps]
        rows = self.rows.get(pointed, {}).get(query, [])
        if rows and pointed == "date_dim" and re.search(r"d_month_seq\s*\+", self.suite.queries[query], re.I):
            rows = [row + later for row in rows for later in (0, 35, 65)]
        if not rows and pointed in SPREAD:
            rows = range(1, RESHAPED[pointed][0] + 1)
        return [str(row) for row in rows]

    def move_orders(self, sales: str) -> None:
        """Give each order of a channel to one of its queries, and take its returns along."""
        returns, item, order, return_item, return_order = CHANNELS[sales]
        queries = [query for query in self.asks if self.reads[query] & {sales, returns}]
        changes = self.picks(sales, queries, f"{order}, 7", f"{order}, t.{item}")
        self.execute(
            f"create or replace temp table moved as select t.* replace ({', '.join(changes)}), t.{item} as old_item"
            f" from (select *, hash({order}) % {len(queries)} as aimed from {sales}) as t join choices using (aimed)"
        )
        self.execute(
            f"create or replace temp table moved as select * from moved"
            f" qualify row_number() over (partition by {item}, {order} order by old_item) = 1"
        )
        changes = self.picks(returns, queries, f"{return_order}, 8", f"{return_order}, t.{return_item}, 8")
        buyer = "ss_customer_sk" if sales == "store_sales" else f"{item.partition('_')[0]}_bill_customer_sk"
        taken = {c.name: buyer for c in self.suite.tables[returns] if c.name.endswith("_customer_sk")} | {return_item: item}
        changes = [change for change in changes if change.rpartition(" as ")[2] not in taken]
        changes += [f"moved.{sold} as {back}" for back, sold in taken.items()]
        self.execute(
            f"create or replace temp table returned as select t.* replace ({', '.join(changes)}) from {returns} as t"
            f" join moved on moved.old_item = t.{return_item} and moved.{order} = t.{return_order}"
            f" join choices on choices.aimed = moved.aimed"
        )
        for table, source in ((sales, "moved"), (returns, "returned")):
            columns = ", ".join(column.name for column in self.suite.tables[table])
            self.execute(f"delete from {table}; insert into {table} select {columns} from {source}; drop table {source}")

    def move_stock(self) -> None:
        """The same for what lies in warehouses, whose amounts are made to vary more."""
        queries = [query for query in self.asks if "inventory" in self.reads[query]]
        line = "t.inv_date_sk, t.inv_item_sk, t.inv_warehouse_sk"
        changes = self.picks("inventory", queries, line, f"{line}, 9")
        changes = [change for change in changes if not change.endswith("inv_quantity_on_hand")]
        spread = "case hash(t.inv_date_sk, t.inv_item_sk) % 4 when 0 then 3 else 0.3 end"
        changes.append(f"(t.inv_quantity_on_hand * {spread})::integer as inv_quantity_on_hand")
        columns = ", ".join(column.name for column in self.suite.tables["inventory"])
        self.execute(
            f"create or replace temp table moved as select t.* replace ({', '.join(changes)}) from"
            f" (select *, hash(inv_date_sk, inv_item_sk, inv_warehouse_sk) % {len(queries)} as aimed from inventory) as t"
            f" join choices using (aimed)"
        )
        self.execute(
            f"delete from inventory; insert into inventory select {columns} from moved"
            f" qualify row_number() over (partition by inv_date_sk, inv_item_sk, inv_warehouse_sk order by inv_quantity_on_hand) = 1;"
            f" drop table moved"
        )
