"""Compare a dump of the Engage example with what plain Python makes of the same sample data.

Staging, intermediate models, marts, questionnaires, masked twins, the tables that metrics
count in, and every cell of the metrics. With --before, what a late delivery changed in the
staging models has to be exactly what the two states of the data say.
"""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import shared

import judge
from engage_expected import Engage, as_text
from engage_metrics import Metrics, Value

FACT = "fct_metrics_long"


def compare_models(models: dict[str, list[dict[str, Any]]], dump: dict[str, list[shared.Texts]], report: judge.Report) -> int:
    """Judge every model but the fact; how many rows were compared."""
    rows = 0
    for name in sorted(dump.keys() - models.keys() - {FACT}):
        report.problem(f"{name} was built, and nothing is expected of it.")
    for name, expected in sorted(models.items()):
        if name not in dump:
            report.problem(f"{name} was not built.")
            continue
        texts = [{column: as_text(value) for column, value in row.items()} for row in expected]
        for problem in shared.differences(name, texts, dump[name]):
            report.problem(problem)
        rows += len(expected)
    return rows


def compare_metrics(metrics: Metrics, fact: list[shared.Texts], report: judge.Report) -> dict[str, int]:
    """Judge the fact: every cell of eleven clients or more is there and right, no withheld one has a value."""
    cells = metrics.cells()
    found: dict[Any, str | None] = {}
    for row in fact:
        cell = (row["metric_id"], date.fromisoformat(row["period_date"] or "0001-01-01"), row.get("organization_id"), row.get("delivery_format"))
        if cell in found:
            report.problem(f"{FACT}: the cell {cell} is there twice.")
        found[cell] = row["value"]
    told = withheld = 0
    wrong: list[str] = []
    for cell, value in cells.items():
        if cell[1] is None:
            continue  # what happened on no day belongs to no period
        actual = found.pop(cell, None)
        if value.withheld:
            withheld += 1
            if actual is not None:
                wrong.append(f"{FACT}: {cell} tells {actual} of {value.clients} clients although it has to be withheld.")
        elif actual is None or not same(cell[0], value, actual):
            wrong.append(f"{FACT}: {cell} is {actual}, and {value.value} is expected.")
        else:
            told += 1
    wrong += [f"{FACT}: {cell} is {value}, and no such cell is expected." for cell, value in found.items() if value is not None]
    for problem in wrong[:20]:
        report.problem(problem)
    if len(wrong) > 20:
        report.problem(f"{FACT}: {len(wrong)} cells in all are wrong.")
    return {"cells": told, "withheld": withheld}


def same(metric: str, value: Value, actual: str) -> bool:
    """Whether a cell tells a value; a share may be rounded."""
    if metric.startswith("percent_"):
        return abs(Decimal(actual) - 100 * value.value) < Decimal("0.01")
    return Decimal(actual) == value.value


def compare_change(
    before: dict[str, list[shared.Texts]], after: dict[str, list[shared.Texts]], models: Any, earlier: Any, report: judge.Report
) -> dict[str, int]:
    """Judge what a late delivery changed: the ids whose staging rows differ between the two states of the data."""
    counts = {"changed": 0, "new": 0}
    for name in sorted(n for n in models if n.startswith("stg_")):
        old, new = ({row["id"]: row for row in dump[name]} for dump in (before, after))
        seen = {key for key, row in new.items() if old.get(key) != row}
        old_rows, new_rows = ({r["id"]: {c: as_text(v) for c, v in r.items()} for r in rows[name]} for rows in (earlier, models))
        wanted = {key for key, row in new_rows.items() if old_rows.get(key) != row}
        if seen != wanted or old.keys() - new.keys():
            report.problem(f"{name}: {len(seen)} rows changed, and {len(wanted)} should have: {sorted(seen ^ wanted)[:5]}.")
        counts["changed"] += len(wanted & old_rows.keys())
        counts["new"] += len(wanted - old_rows.keys())
    return counts


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--dump", required=True, metavar="DIR", type=judge.existing)
    add("--before", metavar="DIR", type=judge.existing, help="a dump from before the last of the deliveries")
    add("--data", required=True, action="append", metavar="DIR", type=judge.existing, help="deliveries, in order")
    add("--metadata", required=True, metavar="CSV", type=judge.existing)
    add("--run-date", required=True, type=date.fromisoformat)
    add("--key", required=True, help="the key of the pseudonyms")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("engage_compare")
    started = time.monotonic()
    engage = Engage(options.data, options.metadata, options.run_date, options.key.encode())
    metrics = Metrics(engage)
    dump = shared.read_dump(options.dump)
    models = engage.models | metrics.tables
    report.facts |= {"models": len(models), "rows": compare_models(models, dump, report)}
    report.facts |= compare_metrics(metrics, dump.get(FACT, []), report)
    summary = "{models} models, {rows} rows, {cells} cells of metrics, {withheld} withheld"
    if options.before is not None:
        earlier = Engage(options.data[:-1], options.metadata, options.run_date, options.key.encode())
        report.facts |= compare_change(shared.read_dump(options.before), dump, models, earlier.models, report)
        summary += ", {changed} rows changed and {new} new by the late delivery"
    report.timed("compare", started)
    report.write(options.out)
    return report.conclude(summary.format(**report.facts) + ", all as expected")


if __name__ == "__main__":
    judge.judge(main)
