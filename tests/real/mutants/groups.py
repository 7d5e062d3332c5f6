"""Counts the people behind every cell that a sink gets, in the engine, from how metrics and tables of groups are declared.

A sink that may know groups of `k` people gets something else where fewer are behind a cell; where one cell lies in another, by what they are told by or in the data, and
they differ by one to `k - 1`; or where the cells that are told of a total leave so few.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mutants.program import parsed

FACT = re.compile(r"^fact (\w+) in \w+ from metrics ([\w*, ]+?)\s*(?:  .*)?$", re.M)
_METRIC = re.compile(r"^metric (\w+) from (\w+) \{(.*?)^\}", re.M | re.S)
_BY_HAND = re.compile(r"^// told: (\w+) from (\w+) by ([\w, ]*) where (.*) subject (\w+)$", re.M)
GRAINS = ("day", "month", "quarter", "year")


@dataclass(frozen=True)
class Metric:
    """A count of people, and where it stands in the text."""

    name: str
    model: str
    by: tuple[str, ...]
    period: str
    grain: str
    condition: str
    subject: str
    start: int = 0
    end: int = 0
    text: str = ""

    @property
    def cut(self) -> str:
        """What it is told by, as text."""
        over = f"over {self.period} grain {self.grain}" if self.period else ""
        return "   ".join(part for part in (over, f"by {', '.join(self.by)}" if self.by else "") if part)


@dataclass(frozen=True)
class Cell:
    """Something that is told: by what, under which condition, and the people behind it."""

    metric: Metric
    where: tuple[tuple[str, Any], ...]
    start: datetime.date | None
    people: frozenset[str]

    def lies_in(self, other: Cell) -> bool:
        """Whether each row of it is one of the other's, whoever looks at the words; or it is the same cell, and the people are."""
        if self.metric.model != other.metric.model or not set(other.where) <= set(self.where):
            return False
        mine, theirs = self.metric, other.metric
        if theirs.period:
            finer = mine.grain == theirs.grain or (mine.grain in GRAINS and theirs.grain in GRAINS and GRAINS.index(mine.grain) < GRAINS.index(theirs.grain))
            if mine.period != theirs.period or not finer or _truncated(self.start, theirs.grain) != other.start:
                return False
        alike = self.where == other.where and mine.period == theirs.period and mine.grain == theirs.grain and self.people < other.people
        return theirs.condition in ("", mine.condition) or alike


def metrics(text: str) -> list[Metric]:
    """The metrics of a text that count people."""
    found = []
    for one in _METRIC.finditer(text):
        body = one.group(3)
        counted = re.search(r"value = count\(distinct (\w+)\)(?: filter \(where (.*)\))?$", body, re.M)
        if counted is None:
            continue
        over = re.search(r"over (\w+) grain (\w+)", body)
        by = re.search(r"\bby ([\w, ]+?)(?=   |\n|$)", body)
        names = tuple(n.strip() for n in by.group(1).split(",")) if by else ()
        period, grain = over.groups() if over else ("", "")
        found.append(Metric(one.group(1), one.group(2), names, period, grain, counted.group(2) or "", counted.group(1), *one.span(), one.group(0)))
    return found


def told_too_much(cursor: Any, text: str, schemas: dict[str, str]) -> Iterator[str]:
    """Of each sink of a text that may know groups, whether it gets less than that; the models are built."""
    program = parsed("", text)
    by_name = {m.name: m for m in metrics(text)}
    for kind, name, clearance in program.sinks():
        if clearance.aggregated is None:
            continue
        cells = [c for relation in _relations(text, kind, name) for c in _cells(cursor, text, relation, by_name, schemas)]
        if any(_small(cells, clearance.aggregated)):
            yield f"{kind} {name}"


def _relations(text: str, kind: str, name: str) -> list[str]:
    if kind == "bucket":
        lists = re.findall(rf"^export \w+ to {name} \{{ ([\w, ]+)", text, re.M)
    else:
        lists = re.findall(rf"^grant read on ([\w, ]+?) to {name}", text, re.M)
    return [word for listed in lists for word in re.findall(r"\w+", listed)]


def _cells(cursor: Any, text: str, relation: str, by_name: dict[str, Metric], schemas: dict[str, str]) -> Iterator[Cell]:
    """What a table tells."""
    for _, model, by, condition, subject in (m.groups() for m in _BY_HAND.finditer(text) if m.group(1) == relation):
        names = tuple(re.findall(r"\w+", by))
        yield from _of_metric(cursor, Metric(relation, model, names, "", "", condition, subject), relation, text, schemas)
    fact = next((m for m in FACT.finditer(text) if m.group(1) == relation), None)
    if fact is not None:
        listed = list(by_name) if fact.group(2) == "*" else re.findall(r"\w+", fact.group(2))
        for name in listed:
            if name in by_name:
                yield from _of_metric(cursor, by_name[name], relation, text, schemas, named=True)


def _of_metric(cursor: Any, metric: Metric, relation: str, text: str, schemas: dict[str, str], named: bool = False) -> Iterator[Cell]:
    layers = dict(re.findall(r"^(?:model|fact) (\w+) in (\w+)", text, re.M))
    place = {n: f'"{schemas[layers[n]]}"."{n}"' for n in (metric.model, relation)}
    start = f"date_trunc('{metric.grain}', {metric.period})::date" if metric.period else "null::date"
    keys = [*metric.by, start]
    columns = ", ".join(f"{key} as k{n}" for n, key in enumerate(keys))
    asked = [c for c in (metric.condition, f"{metric.period} is not null" if metric.period else "") if c]
    where = f"where {' and '.join(f'({c})' for c in asked)}" if asked else ""
    groups = f"group by {', '.join(str(n + 1) for n in range(len(keys)))}"
    cursor.execute(f"select {columns}, array_agg(distinct {metric.subject}::text) from {place[metric.model]} {where} {groups}")
    behind = {row[:-1]: frozenset(p for p in row[-1] if p is not None) for row in cursor.fetchall()}
    told = ", ".join([*metric.by, "period_date::date" if named else "null::date"])
    only = f"where metric_id = '{metric.name}'" if named else ""
    cursor.execute(f"select {told} from {place[relation]} {only}")
    for row in cursor.fetchall():
        yield Cell(metric, tuple(zip(metric.by, row)), row[-1], behind.get(tuple(row), frozenset()))


def _small(cells: list[Cell], least: int) -> Iterator[bool]:
    yield from (len(c.people) < least for c in cells)
    for one, other in itertools.permutations(cells, 2):
        if one.lies_in(other):
            yield 0 < len(other.people) - len(one.people) < least
    for whole in cells:
        inside: dict[Metric, list[Cell]] = {}
        for part in cells:
            if part is not whole and part.metric.condition == whole.metric.condition and part.lies_in(whole):
                inside.setdefault(part.metric, []).append(part)
        for parts in inside.values():
            covered = frozenset().union(*(p.people for p in parts))
            apart = len(covered) == sum(len(p.people) for p in parts)
            yield apart and 0 < len(whole.people - covered) < least


def _truncated(day: datetime.date | None, grain: str) -> datetime.date | None:
    if day is None or grain == "day":
        return day
    if grain == "week":
        return day - datetime.timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[grain]
    return day.replace(day=1, month=month)
