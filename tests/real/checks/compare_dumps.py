"""Compare two dumps: the same relations, and in each the same rows, in any order."""

from __future__ import annotations

import time
from pathlib import Path

import shared

import judge


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("one", metavar="DUMP", type=judge.existing)
    arguments.add_argument("other", metavar="DUMP", type=judge.existing)
    arguments.add_argument("--expect", type=int, default=1, metavar="N", help="at least so many relations")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("compare_dumps")
    started = time.monotonic()
    one, other = shared.read_dump(options.one), shared.read_dump(options.other)
    for name in sorted(one.keys() ^ other.keys()):
        report.problem(f"{name} is only in {options.one if name in one else options.other}.")
    both = sorted(one.keys() & other.keys())
    if len(both) < options.expect:
        report.problem(f"Only {len(both)} relations are in both dumps, and {options.expect} are expected.")
    for name in both:
        for problem in shared.differences(name, one[name], other[name]):
            report.problem(problem)
    rows = sum(len(one[name]) for name in both)
    report.facts |= {"relations": len(both), "rows": rows}
    report.timed("compare", started)
    report.write(options.out)
    return report.conclude(f"{len(both)} relations, {rows} rows, all equal")


if __name__ == "__main__":
    judge.judge(main)
