"""Runs random programs: what the engines tell, and what the attack finds."""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse
from sums import programs
from sums.attack import Attack, Cell, Shares
from sums.programs import SMALLEST, Program, Row

@dataclass
class Course:
    """A number of programs, and what is counted of them."""

    pipec: Path
    folder: Path
    server: engines.Server | None
    report: judge.Report
    trials: int
    tally: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def run(self, seed: int) -> None:
        """One program: refused, or told and attacked."""
        program = programs.program(seed)
        rows = programs.bills(program, self.trials, seed)
        self.tally["programs"] += 1
        folder = self.folder / f"p{seed}"
        _write(folder, program, rows)
        done = self._pipec("run", folder, "--run-date", "2026-06-30", "--dump", folder / "dump")
        if done.returncode != 0:
            codes = sorted({word for word in done.stdout.split() + done.stderr.split() if len(word) == 5 and word[0] == "P" and word[1:].isdigit()})
            if not codes or not all(code.startswith("P0") for code in codes):
                raise AssertionError(f"pipec run of program {seed} ended with {done.returncode}:\n{done.stdout}{done.stderr}\n{program.text()}")
            self.refused["+".join(codes)] += 1
            return
        self.tally["accepted"] += 1
        told = told_cells(program, lambda fact: _lines(folder / "dump" / f"{fact}.ndjson"))
        if self.server is not None:
            self._compare(seed, program, rows, folder, told)
        by_trial: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            by_trial[row["trial"]].append(row)
        for trial, members in by_trial.items():
            attack = Attack(program, members, told.get(trial, {}))
            self._attacked(f"program {seed}, trial {trial}", attack)
            if trial == 0:
                self.tally["naive"] += given_away(attack)

    def _pipec(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.pipec, *arguments], capture_output=True, text=True, check=False)

    def _attacked(self, where: str, attack: Attack) -> None:
        for finding in (*attack.wrong(), *attack.followed()):
            self.tally["violations"] += 1
            self.report.problem(f"{where}: {finding}.")
        cells = [(cell, rows) for cell, rows in attack.held.items() if attack.metrics[cell[0]] in attack.plain]
        for (name, cell), rows in cells:
            metric = attack.metrics[name]
            enough = len({r["patient_id"] for r in rows}) >= SMALLEST if metric.what == "people" else Shares.of(rows, metric.column).enough
            self.tally["cells"] += 1
            self.tally["open"] += enough
            self.tally["withheld besides"] += enough and (name, cell) not in attack.told
        self.tally["tables"] += 1

    def _compare(self, seed: int, program: Program, rows: list[Row], folder: Path, told: dict[int, dict[Cell, float]]) -> None:
        for dialect, runs in (("postgres", self._on_postgres), ("duckdb", _on_duckdb)):
            (folder / "main.pipe").write_text(program.text(dialect), encoding="utf-8")
            done = self._pipec("build", folder, "--out", folder / dialect)
            if done.returncode != 0:
                raise AssertionError(f"pipec build of program {seed} for {dialect}:\n{done.stdout}{done.stderr}")
            found = runs(sorted((folder / dialect / "sql" / dialect).glob("*.sql")), rows, list(program.facts))
            other = told_cells(program, found.__getitem__)
            for trial in sorted(set(told) | set(other)):
                if not _alike(told.get(trial, {}), other.get(trial, {})):
                    self.report.problem(f"program {seed}, trial {trial}: {dialect} and the embedded engine tell different cells.")
                    break
        self.tally["on three engines"] += 1

    def _on_postgres(self, files: list[Path], rows: list[Row], facts: list[str]) -> dict[str, list[dict[str, Any]]]:
        connection = warehouse.connect(self.server)
        with connection.cursor() as cursor:
            cursor.execute("drop schema if exists desk cascade; drop schema if exists marts cascade; create schema desk")
            cursor.execute(_tables())
            for start in range(0, len(rows), 1000):
                some = rows[start : start + 1000]
                marks = f"({','.join(['%s'] * len(programs.COLUMNS))})"
                values = b",".join(cursor.mogrify(marks, [row[c] for c in programs.COLUMNS]) for row in some)
                cursor.execute(b"insert into desk.bills values " + values)
            cursor.execute("insert into desk.patients select distinct patient_id from desk.bills")
            for file in files:
                cursor.execute(file.read_text(encoding="utf-8"))
            found = {}
            for fact in facts:
                cursor.execute(f"select * from marts.{fact}")
                named = [c.name for c in cursor.description]
                found[fact] = [dict(zip(named, row)) for row in cursor.fetchall()]
        connection.close()
        return found


def given_away(attack: Attack) -> bool:
    """Whether the attack works: withholding only what is small or one person's gives some of it away."""
    naive = Attack(attack.program, attack.rows, {})
    naive.told = naively(naive)
    return any(naive.followed())


def naively(attack: Attack) -> dict[Cell, float]:
    """Every cell that could be told by itself."""
    found = {}
    for (name, cell), rows in attack.held.items():
        metric = attack.metrics[name]
        enough = len({r["patient_id"] for r in rows}) >= SMALLEST if metric.what == "people" else Shares.of(rows, metric.column).enough
        if metric in attack.plain and enough:
            found[name, cell] = float(attack.value(metric, cell))
    return found


def told_cells(program: Program, rows_of: Any) -> dict[int, dict[Cell, float]]:
    """What the facts tell, by trial."""
    found: dict[int, dict[Cell, float]] = defaultdict(dict)
    for fact in program.facts:
        for row in rows_of(fact):
            metric = program.metric(row["metric_id"])
            when = (str(row["period_date"])[:10],) if metric.cut.column else ()
            cell = (metric.name, (*(row[c] for c in metric.cut.by), *when))
            if cell in found[int(row["trial"])]:
                raise AssertionError(f"the cell {cell} of trial {row['trial']} is told twice")
            if row["value"] is not None:
                found[int(row["trial"])][cell] = float(row["value"])
    return found


def _alike(one: dict[Cell, float], other: dict[Cell, float]) -> bool:
    return one.keys() == other.keys() and all(abs(one[c] - other[c]) <= 1e-4 + 1e-9 * abs(one[c]) for c in one)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(folder: Path, program: Program, rows: list[Row]) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "main.pipe").write_text(program.text(), encoding="utf-8")
    people = dict.fromkeys(row["patient_id"] for row in rows)
    made = {"patients": [{"id": p} for p in people], "bills": [{c: row[c] for c in programs.COLUMNS} for row in rows]}
    for name, lines in made.items():
        (folder / "data" / f"{name}.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _tables() -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in programs.COLUMNS.items())
    return f"create table desk.patients (id text); create table desk.bills ({columns})"


def _on_duckdb(files: list[Path], rows: list[Row], facts: list[str]) -> dict[str, list[dict[str, Any]]]:
    engines.use("duckdb")
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("create schema desk; " + _tables())
    for start in range(0, len(rows), 1000):
        values = ", ".join(f"({', '.join('null' if row[c] is None else repr(row[c]) for c in programs.COLUMNS)})" for row in rows[start : start + 1000])
        connection.execute(f"insert into desk.bills values {values}")
    connection.execute("insert into desk.patients select distinct patient_id from desk.bills")
    for file in files:
        connection.execute(file.read_text(encoding="utf-8"))
    found = {}
    for fact in facts:
        told = connection.execute(f"select * from marts.{fact}")
        named = [c[0] for c in told.description]
        found[fact] = [dict(zip(named, row)) for row in told.fetchall()]
    connection.close()
    return found
