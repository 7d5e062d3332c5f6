"""Judge one example on its engines: plain SQL and dbt on a real Postgres, and the embedded engine, against plain Python.

What is expected stands in `checks/<name>_expected.py`, written from the example's README and
not from what pipec emits:

    SCHEMA     {table: {"schema", "columns": [[name, type], ...]}}: the raw tables
    RECORDS    schemas of what runs write down: no build fills them
    FIRST      endings of emitted SQL files that make the tables of the example's own (`"own"` in the schema)
    SECRETS    {name: value}: keys of the masks
    RUN_DATE   the day of the run
    expected(data: Path) -> {model: [row, ...]}, values as Python has them, a list or dict for JSON
    told(dump, data) -> [problem, ...]: of relations that `expected` leaves to it (`TOLD`)
    with a folder `data/late`, one more delivery, both take it as a further argument
    SEEDS      {name, ...}: relations that are loaded from a file of the project
    queries(data) -> {query: [row, ...]}: what the example's `query` declarations come to; the judge builds tables of them, in a copy
    ANONYMOUS  {model, ...}, and identifying(data) -> {value, ...}: values that stand in none of their cells

Every relation has to be expected. Each build runs twice, and a second one changes nothing; a late
delivery is built on top of the first.
What is accepted is then falsified, a cell and a row of every relation, and has to be rejected.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import engines
import judge

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

import shared  # noqa: E402
from engage_expected import as_text  # noqa: E402

STORE_KEY = (
    "insert into pipec_secret.key (name, value) values (%(name)s, convert_to(%(value)s, 'UTF8'))"
    " on conflict (name) do update set value = excluded.value"
)
Dump = dict[str, list[shared.Texts]]


def _text(value: Any) -> str | None:
    """A value as a dump writes it."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return as_text(value)


class Example:
    """One example, what is expected of it, and the folder its builds go to."""

    def __init__(self, pipec: Path, folder: Path, scratch: Path, report: judge.Report) -> None:
        self.pipec, self.folder, self.scratch, self.report = pipec, folder, scratch, report
        self.data = folder / "data"
        self.rules: Any = importlib.import_module(f"{folder.name.replace('-', '_')}_expected")
        self.late = self.data / "late" if (self.data / "late").is_dir() else None
        self.wanted = self.expected(self.data)
        self.wanted_late = self.expected(self.data, self.late) if self.late else {}

    def expected(self, *data: Path) -> Dump:
        """Rows as a dump writes them."""
        rows = self.rules.expected(*data) | (self.rules.queries(data[0]) if hasattr(self.rules, "queries") else {})
        return {name: [{c: _text(v) for c, v in row.items()} for row in of] for name, of in rows.items()}

    # --- building

    def must(self, what: str, *command: str | Path) -> bool:
        """Run something that has to succeed."""
        started = time.monotonic()
        done = engines.run(list(command), env=engines.clean_environment("PG", "DBT_") | {"PIPEC_RUN_DATE": self.rules.RUN_DATE})
        self.report.timed(what, started)
        if done.returncode != 0:
            self.report.problem(f"{what} fails.\n{done.stdout.strip()[-6000:]}")
        return done.returncode == 0

    def warehouse(self, what: str, script: str, *options: str | Path) -> Dump | None:
        """The example built on Postgres by one of the warehouse judges, as a dump."""
        schema, dump = self.scratch / "tables.json", self.scratch / what
        schema.write_text(json.dumps(self.rules.SCHEMA), encoding="utf-8")
        setup = HERE.parents[1] / "stdlib" / "setup" / "postgres.sql"
        shared_options: list[str | Path] = ["--data", self.data, "--schema", schema, "--prepare", setup, "--secret-sql", STORE_KEY]
        for name, value in self.rules.SECRETS.items():
            shared_options += ["--secret", f"{name}={value}"]
        files = sorted((self.scratch / "out" / "sql" / "postgres").glob("*.sql"))
        for ending in getattr(self.rules, "FIRST", ()):
            for file in (f for f in files if f.name.endswith(ending)):
                shared_options += ["--first", file]
        # Where builds note whom they let in, and what administrators make.
        notes = f"{self.folder.name.replace('-', '_')}_access"
        shared_options += ["--without", "pipec", "--without", "pipec_secret", "--without", notes, "--dump", dump]
        for records in getattr(self.rules, "RECORDS", ()):
            shared_options += ["--without", records]
        if self.late:
            shared_options += ["--late", self.late, "--dump-late", self.scratch / f"{what} late"]
        built = self.must(what, sys.executable, HERE / script, *options, *shared_options)
        return shared.read_dump(dump) if built else None

    def dumps(self) -> dict[str, Dump]:
        """The rows of every engine."""
        out, embedded = self.scratch / "out", self.scratch / "embedded"
        if not self.must("build", self.pipec, "build", self.folder, "-o", out):
            return {}
        found = {
            "plain SQL": self.warehouse("plain SQL", "sql_run.py", "--sql", out / "sql" / "postgres"),
            "dbt": self.warehouse("dbt", "dbt_build.py", "--project", out / "dbt", "--vars", f"{{run_date: {self.rules.RUN_DATE}}}"),
        }
        if self.must("embedded", self.pipec, "run", self.folder, "--run-date", self.rules.RUN_DATE, "--dump", embedded):
            found["embedded"] = shared.read_dump(embedded)
        late = {f"{name} late": self.scratch / f"{name} late" for name in found}
        found |= {name: shared.read_dump(folder) for name, folder in late.items() if folder.is_dir()}
        return {name: dump for name, dump in found.items() if dump is not None}

    # --- judging

    def judged(self, dump: Dump, engine: str) -> list[str]:
        """What is wrong with a dump; the embedded engine dumps models only."""
        wanted, late = (self.wanted_late, [self.late]) if engine.endswith(" late") else (self.wanted, [])
        known = (wanted.keys() | self.rules.TOLD) - (self.rules.SEEDS if engine == "embedded" else set())
        problems = [f"{name} was built, and nothing is expected of it." for name in sorted(dump.keys() - known)]
        problems += [f"{name} was not built." for name in sorted(known - dump.keys())]
        for name in sorted(wanted.keys() & dump.keys()):
            problems += shared.differences(name, wanted[name], dump[name])
        if self.rules.TOLD <= dump.keys():
            problems += self.rules.told(dump, self.data, *late)
        secret = self.rules.identifying(self.data)
        for name in sorted(self.rules.ANONYMOUS):
            cells = {value for row in dump.get(name, []) for value in row.values() if value is not None}
            problems += [f"{name} holds the identifying value {value!r}." for value in sorted(cells & secret)[:3]]
        return problems

    def falsified(self, dump: Dump) -> None:
        """Every relation with a cell, and without a row, has to be rejected."""
        for name in sorted(dump):
            rows = dump[name]
            if not rows:
                self.report.problem(f"{name} is empty: nothing is shown by it.")
                continue
            first = {column: (value or "") + "7" for column, value in rows[0].items()}
            for what, wrong in (("a row less", rows[1:]), ("other cells", [first, *rows[1:]])):
                if not self.judged(dump | {name: wrong}, "dbt"):
                    self.report.problem(f"{name} with {what} is accepted.")


def generated(example: Path, scratch: Path, options: list[str]) -> Path:
    """A copy of the example with other sample data."""
    folder = scratch / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"))
    engines.must([sys.executable, folder / "data" / "generate.py", "--out", folder / "data", *options], "making the sample data")
    return folder


def with_queries(example: Path, scratch: Path) -> Path:
    """A copy whose queries, which no build makes, are tables beside the models of their file."""
    folder = scratch / "queries" / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"))
    for file in folder.glob("*.pipe"):
        text = file.read_text(encoding="utf-8")
        layer = re.search(r"(?m)^model \w+ in (\w+)", text)
        if layer is not None:
            file.write_text(re.sub(r"(?m)^query (\w+) \{", rf"model \1 in {layer[1]} as table {{", text), encoding="utf-8")
    return folder


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--example", required=True, type=judge.existing, metavar="DIR")
    arguments.add_argument("--generate", action="append", default=[], metavar="OPTION", help="make the sample data anew, with this option of generate.py")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("example_check")
    with tempfile.TemporaryDirectory(prefix="pipec-example-") as scratch:
        folder = generated(options.example, Path(scratch), options.generate) if options.generate else options.example
        if hasattr(importlib.import_module(f"{folder.name.replace('-', '_')}_expected"), "queries"):
            folder = with_queries(folder, Path(scratch))
        example = Example(options.pipec, folder, Path(scratch), report)
        dumps = example.dumps()
        for name, dump in dumps.items():
            for problem in example.judged(dump, name):
                report.problem(f"{name}: {problem}")
        if example.late and not {"dbt late", "plain SQL late"} <= dumps.keys():
            report.problem("the late delivery was not built")
        if not report.problems:
            example.falsified(dumps["dbt"])
    rows = sum(map(len, example.wanted.values()))
    report.facts |= {"models": len(example.wanted) + len(example.rules.TOLD), "rows": rows, "engines": sorted(dumps)}
    report.write(options.out)
    return report.conclude(
        f"{options.example.name}: {len(example.wanted)} relations, {rows} rows from plain Python,"
        f" and {len(example.rules.TOLD)} judged by rule; the same by {', '.join(sorted(dumps))}"
    )


if __name__ == "__main__":
    judge.judge(main)
