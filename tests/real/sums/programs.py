"""Random programs: facts that tell sums, means, numbers of rows and of people, cut in chains by dimensions and periods."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

SMALLEST = 11
#: What bills differ by, and the values there are.
VALUES: dict[str, tuple[Any, ...]] = {
    "region": ("east", "north", "south", "west"),
    "kind": ("home", "phone", "visit", None),
    "payer": ("own", "plan"),
    "day": ("2025-01-10", "2025-02-10", "2025-04-10", "2025-04-20", "2026-01-10"),
    "paid_on": ("2025-01-15", "2025-07-15", "2026-01-15", None),
    "open": (False, True),
    "dear": (False, True),
}
#: Conditions as SQL, and the column of `VALUES` and value each asks for.
CONDITIONS: dict[str, tuple[str, Any]] = {"open": ("open", True), "kind = 'home'": ("kind", "home"), "cost > 20": ("dear", True)}
GRAINS = {"year": 4, "quarter": 0, "month": 7}
Row = dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """What a metric is told by, beside the trial."""

    by: tuple[str, ...] = ()
    column: str = ""
    grain: str = ""

    def columns(self) -> tuple[str, ...]:
        """Those it looks at."""
        return (*self.by, *([self.column] if self.column else []))

    def cell(self, row: Row) -> tuple[Any, ...] | None:
        """The cell a row is in; a row without a day is in none."""
        if not self.column:
            return tuple(row[c] for c in self.by)
        if row[self.column] is None:
            return None
        return (*(row[c] for c in self.by), period(row[self.column], self.grain))

    def holds(self, other: Cut) -> bool:
        """Whether each of the other's cells lies in one of these; grains are a chain."""
        finer = list(GRAINS).index(self.grain) <= list(GRAINS).index(other.grain) if self.column and other.column == self.column else not self.column
        return set(self.by) <= set(other.by) and finer


def period(day: str, grain: str) -> str:
    """The first day of a day's period."""
    if grain == "quarter":
        return f"{day[:5]}{(int(day[5:7]) - 1) // 3 * 3 + 1:02}-01"
    return day[: GRAINS[grain]] + "-01-01"[: 10 - GRAINS[grain]]


@dataclass(frozen=True)
class Metric:
    """A sum, a mean, a number of rows or of people; or a ratio of two others."""

    name: str
    #: rows, people, sum, avg, ratio
    what: str
    cut: Cut
    column: str = ""
    condition: str = ""
    #: Whether the condition is written behind the value, or as `where`.
    behind: bool = True
    parts: tuple[str, str] = ("", "")
    version: str = ""

    def pipe(self, table: str, names: dict[str, str]) -> str:
        """Its declaration."""
        if self.what == "ratio":
            return f"metric {self.name} = {self.parts[0]} / {self.parts[1]} unit usd\n"
        column = names.get(self.column, self.column)
        value = {"rows": "count(*)", "people": "count(distinct patient_id)"}.get(self.what, f"{self.what}({column})")
        needed = [self.condition.replace("cost", names.get("cost", "cost"))] if self.condition else []
        if self.version:
            needed.append(self.version)
        where = " and ".join(needed)
        filtered = f" filter (where {where})" if where and self.behind else ""
        lines = [f"where {where}"] if where and not self.behind else []
        lines += [f"value = {value}{filtered}"]
        lines += [f"over {self.cut.column} grain {self.cut.grain}"] if self.cut.column else []
        lines += [f"by {', '.join(('trial', *self.cut.by))}", "unit count", "subject patient_id"]
        return f"metric {self.name} from {table} {{ {'; '.join(lines)} }}\n"

    def counts(self, row: Row) -> bool:
        """Whether a row, or a kind of rows, meets its condition."""
        column, value = CONDITIONS.get(self.condition, ("", None))
        asked = not column or row[column] == value
        return asked and (not self.version or row[self.version.split()[0]] is not None)


@dataclass
class Program:
    """Facts over one table, read by one role."""

    metrics: list[Metric]
    #: Names of metrics, by fact.
    facts: dict[str, list[str]]
    table: str
    names: dict[str, str] = field(default_factory=dict)
    signed: bool = False
    single: bool = False
    #: Hits are 0 or 1; or 0, 1 or 2.
    hits: int = 1

    def told(self) -> list[Metric]:
        """The metrics that are listed."""
        return [m for m in self.metrics if any(m.name in listed for listed in self.facts.values())]

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return next(m for m in self.metrics if m.name == name)

    def used(self) -> list[str]:
        """The columns of `VALUES` that any metric looks at."""
        found = {c for m in self.metrics for c in m.cut.columns()}
        found |= {CONDITIONS[m.condition][0] for m in self.metrics if m.condition}
        found |= {m.version.split()[0] for m in self.metrics if m.version}
        return [c for c in VALUES if c in found]

    def text(self, dialect: str = "postgres") -> str:
        """The project."""
        taken = ", ".join(f"{self.names[c]} = b.{c}" if c in self.names else f"b.{c}" for c in COLUMNS if c != "dear")
        model = f"model bill in marts {{\n  from desk.bills as b\n  select {{ {taken.replace(', ', '; ')} }}\n}}\n"
        facts = "".join(f"fact {n} in marts from metrics {', '.join(m)}  min_group {SMALLEST} of subject patient\n" for n, m in self.facts.items())
        return "".join((
            HEAD.format(dialect=dialect),
            model if self.table == "bill" else "",
            *(m.pipe(self.table, self.names if self.table == "bill" else {}) for m in self.metrics),
            facts,
            f'export daily to reports {{ {", ".join(self.facts)}; path "cells.csv" }}\n',
        ))


COLUMNS: dict[str, str] = {
    "id": "integer",
    "patient_id": "text",
    "trial": "integer",
    "region": "text",
    "kind": "text",
    "payer": "text",
    "day": "date",
    "paid_on": "date",
    "open": "boolean",
    "cost": "numeric(12,2)",
    "hit": "integer",
}
HEAD = f"""project attack {{{{ warehouse {{dialect}} {{{{ database = env("DATABASE") }}}}; emit sql }}}}
use std.hipaa
source desk on warehouse schema "desk" {{{{
  table patients {{{{ sample "data/patients.ndjson"; id text key @record_id }}}}
  table bills {{{{
    sample "data/bills.ndjson"
    id integer key @public
    patient_id text references patients.id @record_id
    trial integer @public
    region text @public
    kind text? @public
    payer text @public
    day date @service_date
    paid_on date? @service_date
    open boolean @clinical
    cost numeric(12, 2) measure @clinical
    hit integer measure @clinical
  }}}}
}}}}
layer marts schema "marts" as table
subject patient key desk.patients.id
bucket reports {{{{ name "demo-reports"; clearance aggregated({SMALLEST}) }}}}
"""


# --- at random --------------------------------------------------------------------------


def program(seed: int) -> Program:
    """A random program: most of them a chain of cuts, some of them edited into what has to be refused or seen together."""
    dice = random.Random(f"sums {seed}")
    cuts = _chain(dice)
    condition = dice.choice(("", "", "", *CONDITIONS))
    behind = dice.random() < 0.5
    # A row without a day is in no month: all say that they ask for one.
    asks = "paid_on is not null" if any(c.column == "paid_on" for c in cuts) and dice.random() < 0.8 else ""
    metrics: list[Metric] = []
    for what, column in _measures(dice):
        chosen = [c for c in cuts if dice.random() < 0.7] or [dice.choice(cuts)]
        for cut in chosen:
            for how in ("sum", "avg") if what == "both" else (what,):
                metrics.append(Metric(f"m{len(metrics)}", how, cut, column, condition, behind, version=asks))
    metrics = _edited(dice, metrics)
    made = Program(metrics, {}, "bill" if dice.random() < 0.5 else "desk.bills", signed=dice.random() < 0.25, single=dice.random() < 0.4, hits=dice.choice((1, 2)))
    made.names = {"cost": "price"} if made.table == "bill" and dice.random() < 0.4 else {}
    listed = _ratios(dice, made)
    if dice.random() < 0.12 and len(listed) > 1:
        some = dice.sample(listed, dice.randint(1, len(listed) - 1))
        made.facts = {"cells": [n for n in listed if n not in some], "others": some}
    else:
        made.facts = {"cells": listed}
    return made


def _chain(dice: random.Random) -> list[Cut]:
    """Cuts, each finer than the one before."""
    cut = Cut(tuple(dice.sample(("region", "kind", "payer"), dice.choice((0, 0, 0, 1)))))
    cuts = [cut]
    column = dice.choice(("day", "day", "paid_on"))
    for _ in range(dice.choice((0, 1, 1, 2, 2, 3))):
        free = [c for c in ("region", "kind", "payer") if c not in cut.by]
        finer = [g for g in GRAINS if not cut.grain or list(GRAINS).index(g) > list(GRAINS).index(cut.grain)]
        if finer and (not free or dice.random() < 0.4):
            cut = replace(cut, column=column, grain=dice.choice(finer))
        elif free:
            cut = replace(cut, by=(*cut.by, dice.choice(free)))
        cuts.append(cut)
    return list(dict.fromkeys(cuts))


def _measures(dice: random.Random) -> list[tuple[str, str]]:
    """What is told: how, and of which column."""
    found = [(dice.choice(("sum", "sum", "avg", "both", "both")), "cost")] if dice.random() < 0.8 else []
    found += [(dice.choice(("sum", "avg", "both")), "hit")] if dice.random() < 0.3 else []
    found += [("rows", "")] if dice.random() < 0.5 or not found else []
    found += [("people", "")] if dice.random() < 0.35 else []
    return found


def _edited(dice: random.Random, metrics: list[Metric]) -> list[Metric]:
    """One metric changed, now and then: cut crosswise, under another condition, without the day it asks for."""
    if dice.random() < 0.75:
        return metrics
    at = dice.randrange(len(metrics))
    one = metrics[at]
    match dice.choice(("cut", "condition", "none")):
        case "cut":
            by = tuple(dice.sample(("region", "kind", "payer"), dice.randint(0, 2)))
            one = replace(one, cut=replace(one.cut, by=by))
        case "condition":
            one = replace(one, condition=dice.choice(("", *CONDITIONS)))
        case _:
            one = replace(one, version="")
    return [*metrics[:at], one, *metrics[at + 1 :]]


def _ratios(dice: random.Random, made: Program) -> list[str]:
    """Adds what a bill costs on average, where there are sums and numbers; the names that are listed."""
    listed = [m.name for m in made.metrics]
    pairs = [(a, b) for a in made.metrics for b in made.metrics if a.what == "sum" and b.what in ("rows", "people") and a.cut == b.cut]
    if pairs and dice.random() < 0.4:
        a, b = dice.choice(pairs)
        made.metrics.append(Metric("each", "ratio", a.cut, parts=(a.name, b.name)))
        hidden = dice.choice(((), (), (a.name,), (b.name,), (a.name, b.name)))
        listed = [n for n in listed if n not in hidden] + ["each"]
    return listed


# --- rows -------------------------------------------------------------------------------


def bills(made: Program, trials: int, seed: int) -> list[Row]:
    """Random bills: sparse and dense, of people with one row or with hundreds, dominant ones, zeros, and, where there are negative ones, refunds."""
    dice = random.Random(f"bills {seed}")
    found: list[Row] = []
    for trial in range(trials):
        values = {name: dice.sample(all_, dice.randint(1, len(all_))) for name, all_ in VALUES.items() if name != "dear"}
        weights = {name: [dice.choice((1, 2, 5, 20)) for _ in kept] for name, kept in values.items()}
        steady = [name for name in values if dice.random() < 0.4]
        worth = dice.choice(("alike", "spread", "spread", "zeros"))
        for number in range(dice.choice((8, 15, 25, 40, 80, 160))):
            person = f"{trial}-{number}"
            many = 1 if made.single else dice.choices((1, 2, 5, 60), (60, 25, 12, 3))[0]
            # Hundreds of small bills of one: more than half of the rows, and little of the cost.
            swarm = number == 0 and not made.single and dice.random() < 0.25
            own = {name: dice.choices(values[name], weights[name])[0] for name in values}
            great = dice.choices((1, 30, 1000), (90, 7, 3))[0]
            for _ in range(300 if swarm else many):
                drawn = own if swarm else {name: dice.choices(values[name], weights[name])[0] for name in values}
                row = {"id": len(found), "patient_id": person, "trial": trial, **drawn, **{n: own[n] for n in steady}}
                row |= {"cost": 0.25 if swarm else _cost(dice, worth, made.signed) * great, "hit": int(dice.random() < 0.7) * dice.randint(1, made.hits)}
                found.append(row | {"dear": row["cost"] > 20})
                if made.signed and not made.single and dice.random() < 0.15:
                    found.append(row | {"id": len(found), "cost": -row["cost"], "dear": row["cost"] < -20})
    return found


def _cost(dice: random.Random, worth: str, signed: bool) -> float:
    """What a bill comes to, in whole quarters: sums are exact."""
    if worth == "alike":
        return 20.25
    if worth == "zeros" and dice.random() < 0.6:
        return 0.0
    value = dice.choice((1, 5, 12.5, 40, 90.75))
    return -value if signed and dice.random() < 0.3 else value
