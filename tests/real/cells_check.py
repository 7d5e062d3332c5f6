"""Small cells under attack: what a fact with a smallest group tells must not give away what it withholds.

Random tables of people are counted by emitted SQL on a real Postgres, on DuckDB, and by the embedded engine, in several facts: with row and column
totals, with periods in periods, with the part of a total that meets a condition, with shares. The attacker knows every cell that is told, which cells there can be,
and that the cuts divide the people; for each cell that is withheld he asks a linear program how few and how many people it may hold.

A fact is rejected when
* a told cell holds fewer people than the smallest group, or tells another number than plain counting gives;
* a small cell that is withheld can be only one number, or cannot be as large as the smallest group;
* those of a cell who do not meet a condition, where they are one to k - 1, can be only one number, or are known to be one to k - 1;
* two told cells that hold each other differ by one to k - 1 people;
* the engines tell different cells.

Sums, means and numbers of rows are attacked in the same way, in random programs (sums/): whatever is withheld must not follow from what is told, unless it is a
sum over enough people of whom nobody has more than half; and nothing is told that is not.

Each table is a `trial`, and every metric is by trial: one run counts them all, and no cell of one says anything of another.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import itertools
import json
import random
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse
from sums import course

SMALLEST = 11
#: What people differ by, and the values there are.
VALUES: dict[str, tuple[Any, ...]] = {
    "region": ("east", "north", "south", "west"),
    "kind": ("home", "phone", "visit"),
    "sex": ("f", "m"),
    "day": ("2025-01-10", "2025-02-10", "2025-03-10", "2026-01-10"),
    "flagged": (False, True),
}
NAMES = tuple(VALUES)
#: Each region lies in one country, as everybody knows.
COUNTRIES = {"east": "here", "north": "here", "south": "there", "west": "there"}
#: Four whole weeks of one month, and two of the next.
WEEKS = ("2027-02-02", "2027-02-10", "2027-02-17", "2027-02-24", "2027-03-03", "2027-03-10")


@dataclass(frozen=True)
class Metric:
    """A count of people, by columns, of all or of those who meet a condition, over periods."""

    by: tuple[str, ...] = ()
    flagged: bool = False
    grain: str = ""
    phoned: bool = False

    @property
    def name(self) -> str:
        """Its name in the fact."""
        return "_".join(("flagged" if self.flagged else "phoned" if self.phoned else "people", *self.by, *([self.grain] if self.grain else [])))

    def pipe(self) -> str:
        """Its declaration."""
        condition = "flagged" if self.flagged else "kind = 'phone'" if self.phoned else ""
        value = "count(distinct patient_id)" + (f" filter (where {condition})" if condition else "")
        over = f"over day grain {self.grain}" if self.grain else ""
        return f"metric {self.name} from visit {{\n  value = {value}\n  {over}   by {', '.join(('trial', *self.by))}   unit count   subject patient_id\n}}\n"

    def cell(self, who: dict[str, Any]) -> tuple[Any, ...] | None:
        """The cell that a person is counted in."""
        if (self.flagged and not who["flagged"]) or (self.phoned and who["kind"] != "phone"):
            return None
        if self.grain == "week":
            day = datetime.date.fromisoformat(who["day"])
            return (*(who[column] for column in self.by), (day - datetime.timedelta(days=day.weekday())).isoformat())
        period = {"month": 7, "year": 4}.get(self.grain)
        return (*(who[column] for column in self.by), *([who["day"][:period] + "-01-01"[: 10 - period]] if period else []))


ONE, FLAGGED = Metric(), Metric(flagged=True)
REGION, KIND, SEX = Metric(("region",)), Metric(("kind",)), Metric(("sex",))
BOTH, PAIR, THIRD = Metric(("region", "kind")), Metric(("kind", "sex")), Metric(("region", "sex"))
ALL = Metric(("region", "kind", "sex"))
#: Facts, each a way in which cells lie in each other. The last gives the share of the flagged as well.
FACTS: dict[str, tuple[Metric, ...]] = {
    "one_way": (ONE, REGION),
    "nested": (ONE, REGION, BOTH, ALL),
    "skipped": (ONE, BOTH),
    "two_way": (ONE, REGION, KIND, BOTH),
    "two_way_no_total": (REGION, KIND, BOTH),
    "margins": (REGION, KIND, SEX),
    "overlapping": (BOTH, PAIR),
    "three_way": (ONE, REGION, KIND, SEX, BOTH, PAIR, THIRD, ALL),
    "periods": (ONE, Metric(grain="year"), Metric(grain="month"), Metric(("region",), grain="month"), Metric(("region",), grain="year")),
    "part": (REGION, Metric(("region",), flagged=True)),
    "part_and_total": (ONE, FLAGGED, REGION, Metric(("region",), flagged=True)),
    "part_of_total": (ONE, Metric(("region",), flagged=True)),
    "total_of_part": (REGION, FLAGGED),
    "part_two_way": (ONE, REGION, KIND, BOTH, FLAGGED, Metric(("region",), flagged=True), Metric(("region", "kind"), flagged=True)),
    "share": (REGION, Metric(("region",), flagged=True)),
    "dimensions_in_each_other": (Metric(("country",)), REGION),
    "weeks_and_months": (Metric(grain="week"), Metric(grain="month")),
    "condition_that_is_a_cell": (REGION, BOTH, Metric(("region",), phoned=True)),
}

#: Cells that lie in each other in ways that no total decides: such a fact is refused, for what it gives away.
CROSSED = ("dimensions_in_each_other", "weeks_and_months", "condition_that_is_a_cell")

Cell = tuple[str, tuple[Any, ...]]


def values_of(fact: str) -> dict[str, tuple[Any, ...]]:
    """The values there are."""
    return VALUES | ({"day": WEEKS} if fact == "weeks_and_months" else {})


def people(trials: int, seed: int, known: dict[str, tuple[Any, ...]] = VALUES) -> list[dict[str, Any]]:
    """Random people: sparse, dense and lopsided tables, some columns with one value only."""
    choose = random.Random(seed)
    found = []
    for trial in range(trials):
        values = {name: choose.sample(all_, choose.randint(1, len(all_))) for name, all_ in known.items()}
        values["day"] = choose.choice([values["day"], [known["day"][0]]])
        weights = {name: [choose.choice((1, 2, 5, 20)) for _ in kept] for name, kept in values.items()}
        for number in range(choose.choice((8, 15, 25, 40, 80, 200, 400))):
            drawn = {name: choose.choices(values[name], weights[name])[0] for name in NAMES}
            found.append({"id": f"{trial}-{number}", "trial": trial, **drawn, "country": COUNTRIES[drawn["region"]]})
    return found


def project(fact: str, metrics: Iterable[Metric], dialect: str = "postgres") -> str:
    """A project with one fact."""
    share = "metric share = flagged_region / people_region unit percent\n" if fact == "share" else ""
    crosswise = "" if fact in CROSSED else ' crosswise because "each column is drawn by itself"'
    return f"""project attack {{ warehouse {dialect} {{ database = env("DATABASE") }}; emit sql }}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table patients {{
    sample "data/patients.ndjson"
    id text key @record_id
  }}
  table visits {{
    sample "data/visits.ndjson"
    patient_id text references patients.id @record_id
    trial integer @public
    country text @public
    region text @public
    kind text @public
    sex text @public
    day date @service_date
    flagged boolean @clinical
  }}
}}
layer marts schema "marts" as table
subject patient key clinic.patients.id
model visit in marts {{
  from clinic.visits as v
  select {{ v.patient_id; v.trial; v.country; v.region; v.kind; v.sex; v.day; v.flagged }}
}}
{''.join(metric.pipe() for metric in metrics)}{share}
fact cells in marts from metrics *  min_group {SMALLEST} of subject patient{crosswise}
bucket reports {{ name "demo-reports"; clearance aggregated({SMALLEST}) }}
export daily to reports {{ cells; path "cells.csv" }}
"""


class Refused(Exception):
    """Cells of one fact lie in each other in a way that cannot be withheld (P0602)."""


class Pipec:
    """pipec on a folder of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder

    def write(self, fact: str, population: list[dict[str, Any]]) -> None:
        """The project and its rows."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        rows = {"patients": [{"id": who["id"]} for who in population]}
        rows["visits"] = [{"patient_id": who["id"], **{k: v for k, v in who.items() if k != "id"}} for who in population]
        for name, made in rows.items():
            (data / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
        (self.folder / "main.pipe").write_text(project(fact, FACTS[fact]), encoding="utf-8")

    def __call__(self, *arguments: str) -> None:
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)
        if done.returncode == 1 and "P0602" in done.stdout + done.stderr:
            raise Refused(done.stdout + done.stderr)
        if done.returncode != 0:
            raise AssertionError(f"pipec {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def embedded(self) -> list[dict[str, Any]]:
        """The fact as the embedded engine makes it."""
        dump = self.folder / "dump"
        self("run", str(self.folder), "--run-date", "2026-06-30", "--dump", str(dump))
        return [json.loads(line) for line in (dump / "cells.ndjson").read_text(encoding="utf-8").splitlines()]

    def emitted(self, fact: str, dialect: str) -> list[Path]:
        """The emitted files, in order."""
        out = self.folder / dialect
        (self.folder / "main.pipe").write_text(project(fact, FACTS[fact], dialect), encoding="utf-8")
        self("build", str(self.folder), "--out", str(out))
        return sorted((out / "sql" / dialect).glob("*.sql"))


def on_postgres(server: engines.Server, files: list[Path], population: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fact as Postgres makes it."""
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute("drop schema if exists clinic cascade; drop schema if exists marts cascade; create schema clinic")
        columns = "patient_id text, trial integer, country text, region text, kind text, sex text, day date, flagged boolean"
        cursor.execute(f"create table clinic.patients (id text); create table clinic.visits ({columns})")
        names = ("id", "trial", "country", *NAMES[:3], "day", "flagged")
        for start in range(0, len(population), 1000):
            some = population[start : start + 1000]
            rows = b",".join(cursor.mogrify("(%s,%s,%s,%s,%s,%s,%s,%s)", [who[n] for n in names]) for who in some)
            cursor.execute(b"insert into clinic.visits values " + rows)
        cursor.execute("insert into clinic.patients select distinct patient_id from clinic.visits")
        for file in files:
            cursor.execute(file.read_text(encoding="utf-8"))
        cursor.execute("select * from marts.cells")
        named = [c.name for c in cursor.description]
        found = [dict(zip(named, row)) for row in cursor.fetchall()]
    connection.close()
    return found


def on_duckdb(files: list[Path], population: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fact as DuckDB makes it."""
    engines.use("duckdb")
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("create schema clinic; create table clinic.patients (id text)")
    connection.execute(
        "create table clinic.visits (patient_id text, trial integer, country text, region text, kind text, sex text, day date, flagged boolean)"
    )
    names = ("id", "trial", "country", *NAMES[:3], "day", "flagged")
    for start in range(0, len(population), 1000):
        values = ", ".join(f"({', '.join(repr(who[n]) for n in names)})" for who in population[start : start + 1000])
        connection.execute(f"insert into clinic.visits values {values}")
    connection.execute("insert into clinic.patients select distinct patient_id from clinic.visits")
    for file in files:
        connection.execute(file.read_text(encoding="utf-8"))
    found = connection.execute("select * from marts.cells")
    named = [c[0] for c in found.description]
    rows = [dict(zip(named, row)) for row in found.fetchall()]
    connection.close()
    return rows


def told_cells(rows: list[dict[str, Any]], metrics: Iterable[Metric]) -> dict[int, dict[Cell, float]]:
    """What a fact tells, by trial."""
    known = {metric.name: metric for metric in metrics}
    found: dict[int, dict[Cell, float]] = defaultdict(dict)
    for row in rows:
        metric = known.get(row["metric_id"], REGION)
        period = (str(row["period_date"])[:10],) if metric.grain else ()
        cell = (row["metric_id"], (*(row[column] for column in metric.by), *period))
        if cell in found[int(row["trial"])]:
            raise AssertionError(f"the cell {cell} of trial {row['trial']} is told twice")
        found[int(row["trial"])][cell] = float(row["value"])
    return found


class Attack:
    """One table: what is true, what is told, and what follows from that."""

    def __init__(self, metrics: tuple[Metric, ...], population: list[dict[str, Any]], told: dict[Cell, float], known: dict[str, tuple[Any, ...]] = VALUES) -> None:
        import numpy
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        self.numpy, self.linprog, self.sparse = numpy, linprog, csr_array
        self.metrics, self.told = metrics, told
        used = sorted({c for m in metrics for c in m.by} | ({"day"} if any(m.grain for m in metrics) else set()))
        used += ["flagged"] if any(m.flagged for m in metrics) else []
        used += ["kind"] if any(m.phoned for m in metrics) and "kind" not in used else []
        used = sorted({"region" if column == "country" else column for column in used})
        #: The finest cells there can be: every combination of values, whether anybody is in it or not.
        self.atoms = [dict(zip(used, values)) for values in itertools.product(*(known[c] for c in used))]
        places = {tuple(atom.values()): i for i, atom in enumerate(self.atoms)}
        for atom in self.atoms:
            atom |= {"country": COUNTRIES[atom["region"]]} if "region" in atom else {}
        self.members: dict[Cell, frozenset[int]] = self._members()
        held = Counter(places[tuple(who[c] for c in used)] for who in population)
        self.truth = {cell: sum(held[i] for i in atoms) for cell, atoms in self.members.items()}

    def _members(self) -> dict[Cell, frozenset[int]]:
        found: dict[Cell, set[int]] = defaultdict(set)
        for metric in self.metrics:
            for place, atom in enumerate(self.atoms):
                if (cell := metric.cell(atom)) is not None:
                    found[metric.name, cell].add(place)
        return {cell: frozenset(atoms) for cell, atoms in found.items()}

    def problems(self) -> Iterator[str]:
        """What the told cells give away."""
        counts = {cell: value for cell, value in self.told.items() if cell[0] != "share"}
        for cell, value in counts.items():
            if value != self.truth.get(cell, -1) or value < SMALLEST:
                yield f"{cell} tells {value:g}, and {self.truth.get(cell)} people are in it"
        for one, other in itertools.permutations(counts, 2):
            if self.members[one] < self.members[other] and 0 < counts[other] - counts[one] < SMALLEST:
                yield f"{other} without {one} is {counts[other] - counts[one]:g} people"
        for (_, where), value in ((c, v) for c, v in self.told.items() if c[0] == "share"):
            part, whole = self.truth["flagged_region", where], self.truth["people_region", where]
            if any(0 < n < SMALLEST for n in (part, whole, whole - part)) or abs(value - 100 * part / whole) > 0.001:
                yield f"the share of {where} tells {value:g}: {part} of {whole}"
        for name, atoms, true, listed in self.withheld():
            low, high = self.bounds(counts, atoms)
            if high is not None and (high - low < 1 or (high < SMALLEST and (listed or low >= 1))):
                yield f"{name} is withheld, holds {true}, and can only be {low:g} to {high:g}"

    def withheld(self) -> Iterator[tuple[str, frozenset[int], int, bool]]:
        """What must not be known: small cells that are not told, and those of a cell whom a condition leaves out."""
        for cell, true in self.truth.items():
            if 0 < true < SMALLEST:
                yield str(cell), self.members[cell], true, True
        for (name, where), atoms in self.members.items():
            rest = atoms - self.members.get((name.replace("people", "flagged", 1), where), atoms)
            if rest and 0 < (true := self.truth[name, where] - self.truth[name.replace("people", "flagged", 1), where]) < SMALLEST:
                yield f"the others of {name, where}", rest, true, False

    def bounds(self, counts: dict[Cell, float], atoms: frozenset[int]) -> tuple[float, float | None]:
        """How few and how many people some atoms may hold; no upper bound is `None`."""
        touched = set(atoms)
        equations = list(counts)
        entries = [(row, place) for row, cell in enumerate(equations) for place in self.members[cell]]
        goal = self.numpy.zeros(len(self.atoms))
        goal[list(touched)] = 1
        if not entries:
            return 0, None
        rows, columns = zip(*entries)
        matrix = self.sparse((self.numpy.ones(len(entries)), (rows, columns)), shape=(len(equations), len(self.atoms)))
        right = [counts[cell] for cell in equations]
        least = self.linprog(goal, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
        most = self.linprog(-goal, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
        if least.status != 0 or most.status not in (0, 3):
            raise AssertionError(f"the linear program has no answer: {least.message} {most.message}")
        return round(least.fun, 6), None if most.status == 3 else round(-most.fun, 6)


def selftest(metrics: tuple[Metric, ...], population: list[dict[str, Any]], known: dict[str, tuple[Any, ...]] = VALUES) -> bool:
    """Whether the attack works: withholding small cells alone gives some of them away."""
    attack = Attack(metrics, population, {}, known)
    attack.told = {cell: float(true) for cell, true in attack.truth.items() if true >= SMALLEST}
    return any(attack.problems())


@dataclass
class Course:
    """Facts of counts, and what is counted of them."""

    options: argparse.Namespace
    folder: Path
    server: engines.Server | None
    report: judge.Report
    tally: Counter[str] = field(default_factory=Counter)
    by_fact: dict[str, Any] = field(default_factory=dict)

    def run(self, fact: str, seed: int) -> None:
        """Random tables of one fact."""
        metrics, known = FACTS[fact], values_of(fact)
        population = people(self.options.count, seed, known)
        try:
            told = self._told(fact, metrics, population)
        except Refused as refusal:
            self.by_fact[fact] = {"refused": 1}
            if fact not in CROSSED:
                self.report.problem(f"{fact} is refused:\n{refusal}")
            return
        if fact in CROSSED:
            self.report.problem(f"{fact} is not refused.")
        by_trial = defaultdict(list)
        for who in population:
            by_trial[who["trial"]].append(who)
        found: Counter[str] = Counter()
        for trial, members in by_trial.items():
            attack = Attack(metrics, members, told.get(trial, {}), known)
            for problem in attack.problems():
                found["given away"] += 1
                self.report.problem(f"{fact}, trial {trial}: {problem}.")
            found["large"] += sum(true >= SMALLEST for true in attack.truth.values())
            found["withheld besides"] += sum(true >= SMALLEST and cell not in attack.told for cell, true in attack.truth.items())
            found["small"] += sum(0 < true < SMALLEST for true in attack.truth.values())
            found["given away by small cells alone"] += selftest(metrics, members, known)
            found["tables"] += 1
        self.tally += found
        self.by_fact[fact] = dict(found)

    def _told(self, fact: str, metrics: tuple[Metric, ...], population: list[dict[str, Any]]) -> dict[int, dict[Cell, float]]:
        """What the engines tell, which has to be the same."""
        pipec = Pipec(self.options.pipec, self.folder / fact)
        pipec.write(fact, population)
        one = told_cells(pipec.embedded(), metrics)
        if self.server is None:
            return one
        other = told_cells(on_postgres(self.server, pipec.emitted(fact, "postgres"), population), metrics)
        third = told_cells(on_duckdb(pipec.emitted(fact, "duckdb"), population), metrics)
        for engine, cells in (("the embedded engine", one), ("DuckDB", third)):
            if where := [t for t in range(self.options.count) if cells.get(t) != other.get(t)][:3]:
                self.report.problem(f"{fact}: {engine} and Postgres tell different cells, in trials {where}.")
        pipec.emitted(fact, "bigquery")
        return other


def sums_attacked(options: argparse.Namespace, folder: Path, server: engines.Server | None, report: judge.Report) -> str:
    """Random programs of sums; what came of it."""
    made = course.Course(options.pipec, folder / "sums", server, report, trials=8)
    for number in range(options.programs):
        made.run(options.seed * 100_000 + number)
    counts = made.tally
    report.facts["sums"] = dict(counts) | {"refused": dict(made.refused)}
    if options.programs >= 40:
        if not counts["naive"]:
            report.problem("Withholding single sums alone gives nothing away in any table: the attack is too weak to judge by.")
        if 2 * counts["accepted"] < options.programs:
            report.problem(f"Of {options.programs} random programs of sums only {counts['accepted']} are accepted: too few to judge by.")
    besides = 100 * counts["withheld besides"] / max(1, counts["open"])
    return (
        f"{counts['programs']} programs of sums, {counts['accepted']} accepted: {counts['tables']} tables, {counts['cells']} cells, {counts['open']} of them over enough people, "
        f"of which {besides:.1f} % are withheld besides; {counts['violations']} given away; withholding single sums alone gives {counts['naive']} tables away"
    )


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", metavar="PIPEC", type=judge.existing)
    arguments.add_argument("--count", type=int, default=40, help="tables per fact of counts (default: 40)")
    arguments.add_argument("--programs", type=int, default=60, help="random programs of sums, eight tables each (default: 60)")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", metavar="FACT", choices=[*sorted(FACTS), "sums"])
    arguments.add_argument("--embedded", action="store_true", help="without Postgres and DuckDB")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    engines.use("cells")
    report = judge.Report("cells_check")
    started = time.monotonic()
    server_or_none = contextlib.nullcontext(None) if options.embedded else engines.postgres()
    with tempfile.TemporaryDirectory() as folder, server_or_none as server:
        counts = Course(options, Path(folder), server, report)
        for number, fact in enumerate(FACTS):
            if options.only in (None, fact):
                counts.run(fact, options.seed * 1000 + number)
        report.timed("counts", started)
        started = time.monotonic()
        sums = sums_attacked(options, Path(folder), server, report) if options.only in (None, "sums") else ""
        report.timed("sums", started)
    tally = counts.tally
    report.facts |= dict(tally) | {"by fact": counts.by_fact}
    if not tally["given away by small cells alone"] and options.only is None:
        report.problem("Withholding small cells alone gives nothing away in any table: the attack is too weak to judge by.")
    report.write(options.out)
    besides = 100 * tally["withheld besides"] / max(1, tally["large"])
    summary = (
        f"{tally['tables']} tables, {tally['small']} small cells, {tally['large']} large ones, of which {besides:.1f} % are withheld besides; "
        f"withholding small cells alone gives {tally['given away by small cells alone']} tables away"
    )
    return report.conclude("; ".join(part for part in (summary if tally["tables"] else "", sums) if part))


if __name__ == "__main__":
    judge.judge(main)
