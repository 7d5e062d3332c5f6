"""Two results as multisets of rows: exact, but for what an engine keeps as a double."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

#: Doubles, and numerics of engines that have none, agree to so many parts; sums may cancel, hence the absolute part.
RELATIVE, ABSOLUTE = 1e-9, 1e-7

DOUBLES = {700, 701}
NUMERIC, BOOLEAN, INTERVAL = 1700, 16, 1186
JSON = {114, 3802}
MOMENTS = {1114, 1184}
INTEGERS = {20, 21, 23}

Row = tuple[Any, ...]


def value(text: str | None, oid: int, array: bool, loose: bool) -> Any:
    """A value as all engines' texts are brought to; `loose`: the engine's numerics are doubles."""
    if text is None:
        return None
    if oid in DOUBLES or (oid == NUMERIC and loose):
        return float(text)
    if oid == NUMERIC:
        return Decimal(text).normalize() + 0
    if oid == BOOLEAN:
        return text in ("t", "true", "True", "1")
    if oid in JSON or array:
        return _json(json.loads(text, parse_float=float, parse_int=float if loose else int))
    if oid in MOMENTS:
        return _moment(text)
    if oid == INTERVAL:
        return _interval(text)
    return text


def _json(found: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {k: plain(v) for k, v in item.items()}
        if isinstance(item, list):
            return [plain(v) for v in item]
        return float(item) if isinstance(item, int) and not isinstance(item, bool) else item

    return json.dumps(plain(found), sort_keys=True, ensure_ascii=False)


def _moment(text: str) -> str:
    text = text.replace("T", " ").removesuffix("Z")
    text = re.sub(r"\+00(:00)?$", "", text)
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return whole + ("." + fraction if fraction else "")


PARTS = re.compile(r"([+-]?\d+) (year|mon|day)s?")
CLOCK = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")


def _interval(text: str) -> tuple[int, int, int]:
    """Months, days and microseconds of Postgres's text; DuckDB says `months` where Postgres says `mons`."""
    text = text.replace("month", "mon")
    months = days = micros = 0
    for number, unit in PARTS.findall(text):
        months += int(number) * {"year": 12, "mon": 1, "day": 0}[unit]
        days += int(number) if unit == "day" else 0
    if clock := CLOCK.search(text):
        sign, h, m, s, fraction = clock.groups()
        micros = ((int(h) * 60 + int(m)) * 60 + int(s)) * 1_000_000 + int((fraction or "").ljust(6, "0"))
        micros = -micros if sign == "-" else micros
    return months, days, micros


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, doubles within the tolerance."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(a == b)


def _rough(item: Any) -> str:
    if isinstance(item, float):
        return f"f{item:.5e}" if abs(item) > 1e-6 else "f0"
    return repr(item)


def difference(truth: Sequence[Row], other: Sequence[Row], ordered: bool) -> str | None:
    """Why two results are not the same, with the first rows that differ; `None` when they are."""
    if len(truth) != len(other):
        return f"{len(truth)} rows in Postgres, {len(other)} here" + _samples(truth, other)
    if not ordered:
        # Within a class of rows that are equal but for doubles, the doubles' order decides.
        key = lambda row: ([_rough(v) for v in row if not isinstance(v, float)], [v for v in row if isinstance(v, float)])  # noqa: E731
        truth, other = sorted(truth, key=key), sorted(other, key=key)
    for mine, theirs in zip(truth, other):
        if len(mine) != len(theirs) or not all(map(same, mine, theirs)):
            if not ordered and _matched(truth, other):
                return None
            return f"rows differ: {mine!r} in Postgres, {theirs!r} here"
    return None


def _matched(truth: Sequence[Row], other: Sequence[Row]) -> bool:
    """Whether each row finds a partner; doubles near each other may have been sorted differently."""
    left = list(other)
    for row in truth:
        found = next((i for i, b in enumerate(left) if all(map(same, row, b))), None)
        if found is None:
            return False
        left.pop(found)
    return True


def _samples(truth: Sequence[Row], other: Sequence[Row]) -> str:
    seen = [_rough(r) for r in other]
    mine = next((r for r in truth if _rough(r) not in seen), None)
    seen = [_rough(r) for r in truth]
    theirs = next((r for r in other if _rough(r) not in seen), None)
    return f"; only in Postgres {mine!r}; only here {theirs!r}"
