"""Rows of one query from two engines: the same, or what differs first."""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tpc_suite import TOKEN, outermost

Row = tuple[Any, ...]
# Between two inexact numbers, or an inexact and an exact one: relative to the greater, absolute around zero.
TOLERANCE = 1e-9
# Exact numbers of at most so many places are compared exactly. Sums and products of the suites' columns have six at most; DuckDB works out
# means, which have more, in floating point.
ALL, DUCKDB, NONE = 10_000, 6, -10_000


@dataclass(frozen=True)
class Result:
    """What a query gave on an engine: its columns' names and its rows, in order."""

    columns: list[str]
    rows: list[Row]


def plain(value: Any) -> Any:
    """A value as the engines agree on it: numbers keep whether they are exact."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return value


def like(text: str | None, model: Any) -> Any:
    """A value that an engine gave as text, as the kind of value that its column holds."""
    if text is None:
        return None
    return Decimal(text) if isinstance(model, Decimal | float) else text


def typed_like(rows: list[Row], model: Result) -> list[Row]:
    """Rows of texts, as the kinds of values that a model has in the same columns."""
    kinds = [next((row[at] for row in model.rows if row[at] is not None), None) for at in range(len(model.columns))]
    return [tuple(like(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in rows]


def close(one: Any, other: Any, places: int) -> bool:
    """Whether a value is the wanted one. Exact numbers of at most so many places have to be equal, others within the tolerance."""
    if isinstance(one, Decimal | float) and isinstance(other, Decimal | float):
        if isinstance(one, Decimal) and isinstance(other, Decimal) and -one.as_tuple().exponent <= places:
            return one == other
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def all_close(one: Row, other: Row, places: int) -> bool:
    """Whether two rows are the same."""
    return all(close(a, b, places) for a, b in zip(one, other, strict=True))


def unmatched(wanted: Sequence[Row], got: Sequence[Row], places: int) -> tuple[list[Row], list[Row]]:
    """The rows of each side that the other has not, as multisets."""
    left, right = Counter(wanted), Counter(got)
    wanted, got = list((left - right).elements()), list((right - left).elements())
    groups: dict[Row, list[Row]] = defaultdict(list)
    for row in sorted(got, key=numbers):
        groups[certain(row)].append(row)
    missing = []
    for row in sorted(wanted, key=numbers):  # in the same order, the first of a group is the one nearly always
        group = groups[certain(row)]
        found = next((at for at, other in enumerate(group) if all_close(row, other, places)), None)
        if found is None:
            missing.append(row)
        else:
            group.pop(found)
    return missing, [row for group in groups.values() for row in group]


def certain(row: Row) -> Row:
    """The part of a row that two engines give alike: all but numbers."""
    return tuple(value for value in row if not isinstance(value, Decimal | float))


def numbers(row: Row) -> list[float]:
    """The other part."""
    return [float(value) for value in row if isinstance(value, Decimal | float)]


# --- order ------------------------------------------------------------------------------


def order_keys(text: str, columns: list[str]) -> list[int]:
    """The places of the output columns that the outermost `order by` names, up to its first entry that is none."""
    entries = order_entries(text)
    outputs = select_entries(text, columns)
    keys = []
    for entry in entries:
        bare = re.sub(r"\s+(asc|desc|nulls\s+(first|last))\b", "", entry).strip()
        place = int(bare) - 1 if bare.isdigit() else outputs.get(bare, outputs.get(bare.rpartition(".")[2]))
        if place is None:
            break
        keys.append(place)
    return keys


def order_entries(text: str) -> list[str]:
    """The entries of the outermost `order by`, in lower case, comments left out."""
    tokens = [part for part in TOKEN.findall(text) if not part.startswith(("--", "/*"))]
    depth, start = 0, None
    entries: list[str] = []
    for place, part in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(part, 0)
        word = part.lower()
        if depth == 0 and word == "order":
            start, entries = place, [""]
        elif start is not None and depth == 0 and (word in ("limit", ";")):
            break
        elif start is not None and depth == 0 and part == ",":
            entries.append("")
        elif start is not None and not (word == "by" and entries == [""]):
            entries[-1] += " " if part.isspace() else word
            entries[-1] = entries[-1].lstrip()
    return [re.sub(r"\s+", " ", entry).strip() for entry in entries]


def select_entries(text: str, columns: list[str]) -> dict[str, int]:
    """The output columns by name, and by the expression they are made of."""
    places = {name: at for at, name in enumerate(columns)}
    tokens = TOKEN.findall(text)
    start, end = outermost(tokens)
    depth, at, entry = 0, 0, ""
    for part in tokens[start:end] if start is not None else []:
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == "," and depth == 0:
            places.setdefault(expression(entry), at)
            at, entry = at + 1, ""
        else:
            entry += " " if part.isspace() else part.lower()
    places.setdefault(expression(entry), at)
    return places


def expression(entry: str) -> str:
    """An entry of a select list without its name."""
    return re.sub(r"\s+(as\s+)?\w+$", "", re.sub(r"\s+", " ", entry).strip())


# --- the verdict ------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """What is compared: a query's text, its result on the reference, and how to get that without the limit, if there is one."""

    text: str
    wanted: Result
    unlimited: Callable[[], list[Row]] | None


def difference(asked: Question, got: Result, *, places: int, ordered: bool) -> str | None:
    """What differs, in one sentence; `None` when the rows are the same.

    Where a limit cuts through rows that the order does not tell apart, any of them will do.
    """
    wanted = asked.wanted
    if len(wanted.columns) != len(got.columns):
        return f"{len(got.columns)} columns instead of {len(wanted.columns)}"
    if len(wanted.rows) != len(got.rows):
        return f"{len(got.rows)} rows instead of {len(wanted.rows)}"
    keys = order_keys(asked.text, wanted.columns)
    if ordered:
        for place, (one, other) in enumerate(zip(wanted.rows, got.rows, strict=True)):
            if not all(close(one[key], other[key], places) for key in keys):
                return f"row {place + 1} is out of order: {shown(other)} instead of {shown(one)}"
    missing, extra = unmatched(wanted.rows, got.rows, places)
    if missing and asked.unlimited is not None and tied(missing, wanted.rows[-1], keys, places):
        missing, (_, extra) = [], unmatched(asked.unlimited(), extra, places)
    if missing or extra:
        return f"{len(extra)} rows differ, such as {shown((extra or missing)[0])} instead of {shown((missing or wanted.rows)[0])}"
    return None


def tied(rows: list[Row], last: Row, keys: list[int], places: int) -> bool:
    """Whether rows are alike to the last one in everything that the order looks at."""
    return all(close(row[key], last[key], places) for row in rows for key in keys)


def shown(row: Row) -> str:
    """A row for a message, cut to a line."""
    text = ", ".join("NULL" if value is None else str(value) for value in row)
    return f"({text[:200]}{'…' if len(text) > 200 else ''})"
