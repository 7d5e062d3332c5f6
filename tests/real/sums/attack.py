"""What the told cells of sums give away: exact equalities, solved with linear programs.

The attacker knows every told cell, which cells there can be, that a row lies in one cell of each cut, what a hit can be, that bills are not negative where
they are not, and that everybody has one row where they have. What he does not know are the number of rows, the cost and the hits of each kind of rows (an
*atom*: one value of each column that any metric looks at). A mean is an equation between two of them.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sums.programs import SMALLEST, VALUES, Metric, Program, Row

Cell = tuple[str, tuple[Any, ...]]
ROWS = "rows"


@dataclass(frozen=True)
class Shares:
    """Who has a part in something, all his rows of it taken together and signs left out: how many, all parts, and the largest."""

    people: int
    whole: float
    most: float

    @classmethod
    def of(cls, rows: Iterable[Row], column: str) -> Shares:
        """Of a column, or of the number of rows."""
        nets: dict[str, float] = defaultdict(float)
        for row in rows:
            nets[row["patient_id"]] += row[column] if column else 1
        own = [abs(v) for v in nets.values()]
        return cls(sum(v != 0 for v in own), sum(own), max(own, default=0))

    @property
    def enough(self) -> bool:
        """Whether it is a sum over enough people, of whom nobody has more than half."""
        return self.people >= SMALLEST and 2 * self.most <= self.whole + 1e-9


class Attack:
    """One table of bills."""

    def __init__(self, program: Program, rows: list[Row], told: dict[Cell, float]) -> None:
        self.program, self.rows, self.told = program, rows, told
        self.metrics = {m.name: m for m in program.metrics}
        self.plain = [m for m in program.told() if m.what != "ratio"]
        self.columns = [ROWS, *sorted({m.column for m in self.metrics.values() if m.column})]
        used = program.used()
        #: The kinds of rows there can be.
        self.atoms = [dict(zip(used, values)) for values in itertools.product(*(VALUES[c] for c in used))]
        self.members: dict[Cell, frozenset[int]] = self._by_cell(self.atoms, range(len(self.atoms)))
        self.held: dict[Cell, list[Row]] = {cell: list(found) for cell, found in self._by_cell(self.rows, self.rows).items()}
        places = {tuple(atom.values()): i for i, atom in enumerate(self.atoms)}
        self.of_atom: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            self.of_atom[places[tuple(row[c] for c in used)]].append(row)
        self.matrices: dict[str, Any] | None = None

    def _by_cell(self, rows: list[Row], made: Iterable[Any]) -> dict[Cell, Any]:
        found: dict[Cell, list[Any]] = defaultdict(list)
        for row, one in zip(rows, made):
            for metric in self.metrics.values():
                if metric.what != "ratio" and metric.counts(row) and (cell := metric.cut.cell(row)) is not None:
                    found[metric.name, cell].append(one)
        return {cell: frozenset(ones) if isinstance(ones[0], int) else ones for cell, ones in found.items()}

    # --- what is told -------------------------------------------------------------------

    def value(self, metric: Metric, cell: tuple[Any, ...]) -> float | None:
        """What plain counting gives."""
        if metric.what == "ratio":
            over, under = (self.value(self.metrics[p], cell) for p in metric.parts)
            return None if over is None or not under else over / under
        rows = self.held.get((metric.name, cell), [])
        if not rows:
            return None
        if metric.what == "people":
            return len({r["patient_id"] for r in rows})
        total = sum(r[metric.column] for r in rows) if metric.column else len(rows)
        return total / len(rows) if metric.what == "avg" else total

    def wrong(self) -> Iterator[str]:
        """Told cells that are another number than plain counting gives, of few people, or of one above all."""
        for (name, cell), value in self.told.items():
            metric = self.metrics[name]
            true = self.value(metric, cell)
            if true is None or abs(true - value) > 1e-4 + 1e-7 * abs(true):
                yield f"{name, cell} tells {value:g}, and {true} is what it comes to"
                continue
            for part in (self.metrics[p] for p in metric.parts) if metric.parts[0] else (metric,):
                yield from self._small(part, cell)
        yield from self._between()

    def _between(self) -> Iterator[str]:
        """Sums of two columns in one cell whose difference is of few people, or of one above all."""
        sums = [m for m in self.plain if m.what == "sum"]
        for one, other in itertools.combinations(sums, 2):
            if one.column == other.column or one.cut != other.cut or (one.condition, one.version) != (other.condition, other.version):
                continue
            for name, cell in [c for c in self.told if c[0] == one.name]:
                if (other.name, cell) not in self.told:
                    continue
                rows = [{**r, "between": r[one.column] - r[other.column]} for r in self.held[name, cell]]
                shares = Shares.of(rows, "between")
                if shares.people and not shares.enough:
                    yield f"{name} less {other.name}, {cell}: {shares.people} people, one has {shares.most:g} of {shares.whole:g}"

    def _small(self, metric: Metric, cell: tuple[Any, ...]) -> Iterator[str]:
        rows = self.held[metric.name, cell]
        shares = Shares.of(rows, metric.column)
        people = len({r["patient_id"] for r in rows})
        if metric.what == "people":
            if people < SMALLEST:
                yield f"{metric.name, cell} is told, and {people} people are in it"
            return
        if not shares.enough:
            yield f"{metric.name, cell} is told: {shares.people} people, one has {shares.most:g} of {shares.whole:g}"

    # --- what follows -------------------------------------------------------------------

    def targets(self) -> Iterator[tuple[str, str, frozenset[int]]]:
        """What must not be known: its words, the unknown, and its atoms."""
        for (name, cell), atoms in self.members.items():
            metric = self.metrics[name]
            if (name, cell) in self.told or (name, cell) not in self.held:
                continue
            if metric in self.plain and (metric.what != "people" or self.program.single):
                yield f"{name, cell}", metric.column or ROWS, atoms
        for whole, parts in itertools.permutations(self.plain, 2):
            if self._is_total_of(whole, parts):
                yield from self._rests(whole, parts)
        yield from self._numbers()

    def _is_total_of(self, whole: Metric, parts: Metric) -> bool:
        one = (whole.column, whole.condition, whole.version) == (parts.column, parts.condition, parts.version)
        counted = {whole.what, parts.what} <= {"rows", "sum", "avg"} or (self.program.single and "sum" not in (whole.what, parts.what))
        return one and counted and whole.cut != parts.cut and whole.cut.holds(parts.cut)

    def _rests(self, whole: Metric, parts: Metric) -> Iterator[tuple[str, str, frozenset[int]]]:
        inside = [(c, self.members[n, c]) for n, c in self.told if n == parts.name]
        for (name, cell), atoms in self.members.items():
            if name == whole.name and (name, cell) in self.told:
                rest = atoms - frozenset().union(*(a for _, a in inside if a <= atoms))
                if rest and rest != atoms:
                    yield f"what {parts.name} leaves of {name, cell}", whole.column or ROWS, rest

    def _numbers(self) -> Iterator[tuple[str, str, frozenset[int]]]:
        """How many rows a sum and a mean are of, and how many have no part in a sum of zeros and ones."""
        for (name, cell), atoms in self.members.items():
            if (name, cell) not in self.told:
                continue
            metric = self.metrics[name]
            if metric.what == "avg":
                yield f"how many rows {name, cell} is of", ROWS, atoms
            if metric.column == "hit" and self.program.hits == 1:
                yield f"who has no part in {name, cell}", "others", atoms

    def followed(self) -> Iterator[str]:
        """What the told cells give away."""
        for what, unknown, atoms in self.targets():
            rows = [row for atom in atoms for row in self.of_atom.get(atom, ())]
            if unknown == "others":
                rows = [row for row in rows if not row["hit"]]
            column = "" if unknown in (ROWS, "others") else unknown
            shares = Shares.of(rows, column)
            if not rows or shares.enough:
                continue
            true = sum(r[column] for r in rows) if column else len(rows)
            high = self.bound(unknown, atoms, most=True)
            if high is None or not self._close(high, shares, unknown, true):
                continue
            # What is as much as it can be may still be less.
            low = self.bound(unknown, atoms, most=False)
            if self._given_away(low, high, shares, unknown, true):
                least = "anything" if low is None else f"{low:g}"
                yield f"{what} is not told: {true:g} of {shares.people} people, one has {shares.most:g}; it can only be {least} to {high:g}"

    def _least(self, shares: Shares, unknown: str) -> float:
        """What a rest over enough people comes to, of whom nobody has more than half of it."""
        if unknown == "others" or (self.program.signed and unknown == "cost"):
            return -math.inf
        counted = SMALLEST if self.program.single and unknown in (ROWS, "hit") else 0
        return max(counted, 2 * shares.most) - 1e-3

    def _close(self, high: float, shares: Shares, unknown: str, true: float) -> bool:
        return high - true < self._step(unknown, true) or high < self._least(shares, unknown)

    def _given_away(self, low: float | None, high: float, shares: Shares, unknown: str, true: float) -> bool:
        """Whether it is one number; or less than what is promised of a rest."""
        return (low is not None and high - low < self._step(unknown, true)) or high < self._least(shares, unknown)

    @staticmethod
    def _step(unknown: str, true: float) -> float:
        """Two numbers that are closer than this are one."""
        return 1e-3 + 1e-6 * abs(true) if unknown == "cost" else 0.9

    def _equations(self) -> tuple[list[tuple[dict[int, float], float]], list[tuple[dict[int, float], float]]]:
        """Equalities, and what is at most something, by unknown."""
        equal: list[tuple[dict[int, float], float]] = []
        most: list[tuple[dict[int, float], float]] = []
        for (name, cell), value in self.told.items():
            metric = self.metrics[name]
            if metric.what == "ratio":
                over, under = (self.metrics[p] for p in metric.parts)
                if under.what == "rows" or self.program.single:
                    # It is told to four places.
                    sums, rows = self._at(over.column, self.members[over.name, cell]), self._at(ROWS, self.members[under.name, cell])
                    most.append((dict.fromkeys(sums, 1.0) | dict.fromkeys(rows, -value - 6e-5), 0.0))
                    most.append((dict.fromkeys(sums, -1.0) | dict.fromkeys(rows, value - 6e-5), 0.0))
                continue
            atoms = self.members[name, cell]
            if metric.what == "sum":
                equal.append((dict.fromkeys(self._at(metric.column, atoms), 1.0), value))
            elif metric.what == "avg":
                equal.append((dict.fromkeys(self._at(metric.column, atoms), 1.0) | dict.fromkeys(self._at(ROWS, atoms), -value), 0.0))
            elif metric.what == "rows" or self.program.single:
                equal.append((dict.fromkeys(self._at(ROWS, atoms), 1.0), value))
            else:
                most.append((dict.fromkeys(self._at(ROWS, atoms), -1.0), -value))
        if "hit" in self.columns:
            for atom in range(len(self.atoms)):
                most.append(({self._place("hit", atom): 1.0, self._place(ROWS, atom): -float(self.program.hits)}, 0.0))
        return equal, most

    def _place(self, unknown: str, atom: int) -> int:
        return self.columns.index(unknown) * len(self.atoms) + atom

    def _at(self, unknown: str, atoms: Iterable[int]) -> list[int]:
        return [self._place(unknown, atom) for atom in atoms]

    def bound(self, unknown: str, atoms: frozenset[int], most: bool) -> float | None:
        """How much, or how little, some atoms may hold; without a bound, `None`."""
        import numpy
        from scipy.optimize import linprog

        goal = numpy.zeros(len(self.columns) * len(self.atoms))
        goal[self._at(ROWS if unknown == "others" else unknown, atoms)] = 1
        if unknown == "others":
            goal[self._at("hit", atoms)] = -1
        if self.matrices is None:
            self.matrices = self._matrices(len(goal))
        sign = -1 if most else 1
        found = linprog(sign * goal, **self.matrices, method="highs")
        # HiGHS may say that there is no answer or no bound: there is an answer, the truth.
        if found.status not in (0, 3, 4):
            raise AssertionError(f"the linear program has no answer: {found.message}")
        return round(sign * found.fun, 6) if found.status == 0 else None

    def _matrices(self, size: int) -> dict[str, Any]:
        from scipy.sparse import csr_array

        made: dict[str, Any] = {}
        for end, lines in zip(("eq", "ub"), self._equations()):
            if lines:
                rows, columns, by = zip(*((i, place, by) for i, (line, _) in enumerate(lines) for place, by in line.items()))
                made[f"A_{end}"] = csr_array((by, (rows, columns)), shape=(len(lines), size))
                made[f"b_{end}"] = [right for _, right in lines]
        made["bounds"] = [(None if c == "cost" and self.program.signed else 0, None) for c in self.columns for _ in self.atoms]
        return made
