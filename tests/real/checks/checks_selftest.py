"""The checks' own test: from a dump and policies that they accept, they reject each small falsification."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import shared

import engage_anonymous
import engage_compare
import iam_cases
import iam_check
import judge
from engage_expected import Engage
from engage_metrics import SMALLEST, Metrics

Dump = dict[str, list[shared.Texts]]


class Checks:
    """What is accepted, and how to ask."""

    def __init__(self, dump: Path, data: list[Path], metadata: Path, run_date: date, key: str) -> None:
        self.engage = Engage(data, metadata, run_date, key.encode())
        self.metrics = Metrics(self.engage)
        self.models = self.engage.models | self.metrics.tables
        self.sources = engage_anonymous.Sources(self.engage, metadata)
        self.dump = shared.read_dump(dump)

    def models_of(self, dump: Dump, report: judge.Report) -> None:
        """Every model against the independent computation."""
        engage_compare.compare_models(self.models, dump, report)

    def fact_of(self, dump: Dump, report: judge.Report) -> None:
        """The metrics."""
        engage_compare.compare_metrics(self.metrics, dump[engage_compare.FACT], report)

    def leaks_of(self, dump: Dump, report: judge.Report) -> None:
        """The search, and the pseudonyms."""
        exported = {name: rows for name, rows in dump.items() if engage_anonymous.EXPORTED.fullmatch(name)}
        engage_anonymous.search(exported, self.sources, report)
        engage_anonymous.tokens(exported, self.engage, report)


def falsified(dump: Dump, table: str, change: Callable[[list[shared.Texts]], Any]) -> Dump:
    """A dump with one table changed."""
    new = dump | {table: copy.deepcopy(dump[table])}
    change(new[table])
    return new


def small_cell(checks: Checks) -> shared.Texts:
    """A cell of the metrics that is rightly withheld."""
    cell, value = next((c, v) for c, v in checks.metrics.cells().items() if v.clients is not None and 0 < v.clients < SMALLEST and c[1])
    texts = {"metric_id": cell[0], "period_date": str(cell[1]), "organization_id": cell[2], "delivery_format": cell[3]}
    return texts | {"value": str(value.value)}


def set_first(column: str, value: str | None) -> Callable[[list[shared.Texts]], Any]:
    """A change of one cell."""
    return lambda rows: rows[0].update({column: value})


def dumps(checks: Checks, report: judge.Report) -> int:
    """Falsifications of the dump."""
    person = next(row for row in checks.engage.models["patient"] if row["family"] and len(row["family"]) > 4 and row["phone"])
    falsifications: list[tuple[str, Callable[[Dump, judge.Report], None], str, Callable[[list[shared.Texts]], Any]]] = [
        ("a changed status", checks.models_of, "stg_task", set_first("status", "draft")),
        ("a lost row", checks.models_of, "care_teams", lambda rows: rows.pop()),
        ("a row twice", checks.models_of, "patient", lambda rows: rows.append(rows[0])),
        ("a lost answer", checks.models_of, "int_qr_answers_long", lambda rows: rows.pop(77)),
        ("NULL for a blank", checks.models_of, "practitioners", set_first("role", "")),
        ("a metric off by one", checks.fact_of, engage_compare.FACT, set_first("value", "12345")),
        ("a lost cell", checks.fact_of, engage_compare.FACT, lambda rows: rows.pop()),
        ("a small cell", checks.fact_of, engage_compare.FACT, lambda rows: rows.append(small_cell(checks))),
        ("a name", checks.leaks_of, "patient_anon", set_first("family", person["family"])),
        ("a name in a sentence", checks.leaks_of, "qr_mw_tool_anon", set_first("organization_id", f"of {person['family']}.")),
        ("a phone", checks.leaks_of, "patient_anon", set_first("phone", person["phone"])),
        ("a birth date", checks.leaks_of, "patient_anon", set_first("age_band", str(person["birth_date"]))),
        ("any date", checks.leaks_of, "encounters_anon", set_first("encounter_date", "2025-01-17")),
        ("an id", checks.leaks_of, "encounters_anon", set_first("subject_id", person["id"])),
        ("a hash without the key", checks.leaks_of, "patient_anon", set_first("id", "5d41402abc4b2a76b9719d911017c592")),
    ]
    for name, check, table, change in falsifications:
        found = judge.Report("falsified")
        check(falsified(checks.dump, table, change), found)
        if not found.problems:
            report.problem(f"{name} in {table} is accepted.")
    return len(falsifications)


def policies(folder: Path, reads: dict[str, str], buckets: dict[str, str], report: judge.Report) -> int:
    """Falsifications of the policies: what is denied to others is not, and each `Allow` is for everything."""
    documents = sorted(folder.glob("*.json"))
    count = 0
    for path in documents:
        text = path.read_text(encoding="utf-8")
        changes = [('"Effect": "Deny"', '"Effect": "Allow"'), ('"s3:GetObject"', '"s3:*"'), ('"s3:PutObject"', '"s3:*"')]
        for old, new in changes:
            if old not in text or ("bucket_" in path.stem and new == '"s3:*"'):
                continue
            count += 1
            with tempfile.TemporaryDirectory(prefix="pipec-iam-") as scratch:
                for other in documents:
                    (Path(scratch) / other.name).write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
                (Path(scratch) / path.name).write_text(text.replace(old, new), encoding="utf-8")
                cases = iam_cases.Cases(Path(scratch), reads, buckets)
                cases.everybody()
                found = judge.Report("falsified")
                iam_check.check({"documents": cases.documents, "cases": cases.cases}, found)
            if not found.problems:
                report.problem(f"{path.name} with {new} instead of {old} is accepted.")
    return count


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--dump", required=True, metavar="DIR", type=judge.existing)
    add("--data", required=True, action="append", metavar="DIR", type=judge.existing)
    add("--metadata", required=True, metavar="CSV", type=judge.existing)
    add("--run-date", required=True, type=date.fromisoformat)
    add("--key", required=True)
    add("--iam", required=True, metavar="DIR", type=judge.existing)
    add("--reads", action="append", required=True, metavar="ROLE=BUCKET", type=judge.name_and_value)
    add("--bucket", action="append", required=True, metavar="BUCKET=NAME", type=judge.name_and_value)
    options = arguments.parse_args()
    report = judge.Report("checks_selftest")
    started = time.monotonic()
    checks = Checks(options.dump, options.data, options.metadata, options.run_date, options.key)
    count = dumps(checks, report) + policies(options.iam, dict(options.reads), dict(options.bucket), report)
    report.timed("falsify", started)
    return report.conclude(f"{count} falsifications, all rejected")


if __name__ == "__main__":
    judge.judge(main)
