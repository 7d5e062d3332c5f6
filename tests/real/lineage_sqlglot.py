"""What sqlglot says about the columns of a query: the independent half of the comparison."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engines

# A table's id and a column's name, as pipec writes them.
Origin = tuple[str, str]
# Column to type, by table id.
Tables = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Shape:
    """What is in a query: a disagreement is explained only by something that is there."""

    partitions: bool
    excepts: bool
    laterals: bool
    functions: bool
    # Names of columns anywhere below a subquery that stands in a select list.
    in_subqueries: frozenset[str]
    # Names of columns among the arguments of `grouping(…)`.
    in_grouping: frozenset[str]


@dataclass(frozen=True)
class Traced:
    """The sources of every output column."""

    columns: dict[str, set[Origin]]
    shape: Shape


def load() -> None:
    """Make the pinned sqlglot importable."""
    engines.use("lineage")


def trace(text: str, tables: Tables) -> Traced:
    """The source columns of every output column of a query in Postgres's dialect."""
    sqlglot = importlib.import_module("sqlglot")
    exp = sqlglot.exp
    lineage = importlib.import_module("sqlglot.lineage").lineage
    qualify = importlib.import_module("sqlglot.optimizer.qualify").qualify
    parsed = without_lambdas(sqlglot.parse_one(text, dialect="postgres"), exp)
    shape = shape_of(parsed, exp)
    ids = flatten(parsed, exp, tables)
    schema = {flat: dict(tables[table]) for flat, table in ids.items()}
    qualified = qualify(parsed, dialect="postgres", schema=schema, validate_qualify_columns=False, identify=False)
    scope = importlib.import_module("sqlglot.optimizer.scope").build_scope(qualified)
    columns: dict[str, set[Origin]] = {}
    for name, node in lineage(None, qualified, schema=schema, dialect="postgres", scope=scope).items():
        found = columns.setdefault(name, set())
        for leaf in node.walk():
            if isinstance(leaf.expression, exp.Table) and leaf.expression.name in ids:
                found.add((ids[leaf.expression.name], leaf.name.rpartition(".")[2].strip('"')))
    return Traced(columns, shape)


def without_lambdas(parsed: Any, exp: Any) -> Any:
    """The query with JSON paths where sqlglot reads lambdas: Postgres has none, and `f(a -> 'b')` is a path in an argument."""

    def path(node: Any) -> Any:
        if not isinstance(node, exp.Lambda):
            return node
        columns = [exp.column(parameter.name) for parameter in node.expressions]
        return exp.Anonymous(this="path", expressions=[*columns, node.this])

    return parsed.transform(path)


def flatten(parsed: Any, exp: Any, tables: Tables) -> dict[str, str]:
    """Give every table a name of one part that no `with` entry has; which id it stands for."""
    entries = {entry.alias for entry in parsed.find_all(exp.CTE)}
    found = {}
    for table in list(parsed.find_all(exp.Table)):
        qualified = f"{table.db}.{table.name}" if table.db else table.name
        if not table.db and table.name in entries:
            continue
        fits = [one for one in (qualified, table.name) if one in tables]
        fits = fits or [one for one in tables if one.endswith("." + table.name)]
        if len(fits) != 1 and fits[:1] != [qualified]:
            continue
        flat = "table_" + re.sub(r"\W", "_", fits[0])
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("db", None)
        table.set("this", exp.to_identifier(flat))
        found[flat] = fits[0]
    return found


def is_function(item: Any, exp: Any) -> bool:
    """Whether an element of `from` is a table function."""
    inner = item.this if isinstance(item, (exp.Table, exp.Lateral)) else item
    return isinstance(item, exp.Unnest) or isinstance(inner, exp.Func)


def shape_of(parsed: Any, exp: Any) -> Shape:
    """What is in a query."""
    items = [item for select in parsed.find_all(exp.Select) for item in select.expressions]
    queries = [query for item in items for query in item.find_all(exp.Query)]
    calls = [call for call in parsed.find_all(exp.Func) if call.sql_name() == "GROUPING" or call.name.upper() == "GROUPING"]
    return Shape(
        partitions=any(window.args.get("partition_by") for window in parsed.find_all(exp.Window)),
        excepts=parsed.find(exp.Except) is not None,
        laterals=any(isinstance(lateral.this, exp.Subquery) for lateral in parsed.find_all(exp.Lateral)),
        functions=any(is_function(item.this, exp) for item in parsed.find_all(exp.From, exp.Join)),
        in_subqueries=frozenset(column.name for query in queries for column in query.find_all(exp.Column)),
        in_grouping=frozenset(column.name for call in calls for column in call.find_all(exp.Column)),
    )
