"""Judge the masks: every mask of the standard library on every engine, against an independent one in Python.

The calls are in `masks/calls.py`, the Python side in `masks/reference.py`, hostile inputs in `masks/inputs.py`. Each call goes through
the SQL that pipec emits, on Postgres, on the embedded engine (`pipec run`), on DuckDB and on GoogleSQL's evaluator, over the same
inputs; nothing may differ, and nothing may fail. An engine may refuse a mask (P0701): that is counted. `--keys` judges besides that
no key is seen where none belongs.
"""

from __future__ import annotations

import collections
import json
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engines
import judge
import library_engines as legs
import warehouse
from library_check import same
from library_samples import Block, Entry, Row
from masks import calls, keys, totality, vectors
from masks.bigquery import bigquery

ROOT = Path(__file__).resolve().parents[2]
DECLARED = re.compile(r"^mask (\S+?)\((.*?)\) ->", re.M)
LEGS = legs.LEGS | {"bigquery": bigquery}


def declared() -> list[str]:
    """The signatures of all masks that the standard library has."""
    found = DECLARED.findall((ROOT / "stdlib/masks.pipe").read_text(encoding="utf-8"))
    types = lambda parameters: ", ".join(p.partition(":")[2].partition("=")[0].strip() for p in parameters.split(", "))  # noqa: E731
    return [f"{name}({types(parameters)})" for name, parameters in found]


def sample(number: int, call: calls.Call) -> legs.Sample:
    """A call as the legs take it."""
    entry = Entry("mask", call.signature.partition("(")[0], tuple(call.types))
    block = Block(entry, f"call {number}", list(call.types), call.written, call.written)
    return legs.Sample(f"c{number:03}", block, [Row(list(row), 0) for row in call.rows])


class Judgement:
    """All calls, what Python says to them, and where engines differ."""

    def __init__(self, judged: Sequence[calls.Call], report: judge.Report) -> None:
        self.calls = {sample(i, call).name: (call, call.answers()) for i, call in enumerate(judged)}
        self.samples = [sample(i, call) for i, call in enumerate(judged)]
        self.report = report
        self.table: dict[str, dict[str, Any]] = collections.defaultdict(dict)

    def compare(self, engine: str, answers: legs.Answers) -> None:
        """Note every difference, and the counts of each mask."""
        counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for name, (call, expected) in self.calls.items():
            place = f"{engine}: {call.written}"
            if name in answers.refused:
                counts[call.signature]["refused"] += 1
                continue
            if name in answers.failed:
                self.report.problem(f"{place}: {answers.failed[name]}")
            found = dict(answers.rows.get(name, []))
            wrong = [(row, want, found.get(i)) for i, (row, want) in enumerate(zip(call.rows, expected, strict=True), 1) if not _equal(call, want, found.get(i))]
            counts[call.signature]["compared"] += len(found)
            counts[call.signature]["different"] += len(wrong) + (len(call.rows) != len(found))
            for row, want, got in wrong[:3]:
                self.report.problem(f"{place}: {json.dumps(list(row), ensure_ascii=False)[:200]} is {want!r}, not {got!r} ({len(wrong)} differ)")
            if len(found) != len(call.rows):
                self.report.problem(f"{place}: {len(found)} rows instead of {len(call.rows)}")
        for signature, of in counts.items():
            self.table[signature][engine] = dict(of) if not of["refused"] else "P0701"


def _notices(judged: Sequence[calls.Call], engine: str, answers: legs.Answers, report: judge.Report) -> None:
    """Whether a single changed answer of each call is noticed: a judge that accepts everything is none."""
    doctored = legs.Answers({name: [(i, "x" if i == 1 else v) for i, v in rows] for name, rows in answers.rows.items()}, answers.refused, answers.failed)
    scratch = Judgement(judged, judge.Report("scratch"))
    scratch.compare(engine, doctored)
    found = sum(of[engine].get("different", 0) for of in scratch.table.values() if isinstance(of[engine], dict))
    if found < len(answers.rows):
        report.problem(f"{engine}: {len(answers.rows)} changed answers, and {found} are noticed")


def _equal(call: calls.Call, want: str | None, got: str | None) -> bool:
    """Whether an answer is the one."""
    if call.result == "boolean" and want is not None and got is not None:
        return want[0] == {"1": "t", "0": "f"}.get(got, got[0])
    return same(call.result, want, got)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--pipec", required=True, metavar="FILE", type=judge.existing, help="the pipec to judge")
    add("--engine", action="append", choices=[*LEGS], help="only this engine (may be repeated)")
    add("--only", default="", metavar="REGEX", help="only masks whose signature matches")
    add("--seed", type=int, default=1, metavar="N")
    add("--count", type=int, default=40, metavar="N", help="generated inputs of each call (default: 40)")
    add("--keys", action="store_true", help="judge besides where keys can be seen")
    add("--keep", metavar="DIR", type=Path, help="keep the projects and what is emitted")
    add("--out", metavar="REPORT.json", type=Path)
    options = arguments.parse_args()
    report = judge.Report("masks_check")
    every = calls.all_calls(options.seed, options.count)
    sampled = {call.signature for call in every} | {keys.SURROGATE}
    for signature in set(declared()) ^ sampled:
        report.problem(f"{signature}: " + ("no call samples it" if signature not in sampled else "the library has no such mask"))
    judged = [call for call in every if re.search(options.only, call.signature)]
    judgement = Judgement(judged, report)
    vectors.judge(report)
    with tempfile.TemporaryDirectory(prefix="pipec-masks-") as scratch, engines.postgres() as server:
        connection = warehouse.connect(server)
        legs.load_postgres(connection, judgement.samples)
        for engine in options.engine or [*LEGS]:
            started = time.monotonic()
            project = legs.Project(options.pipec, (options.keep or Path(scratch)) / engine, engine)
            answers = LEGS[engine](project, judgement.samples, connection, ROOT)
            judgement.compare(engine, answers)
            _notices(judged, engine, answers, report)
            report.timed(engine, started)
        if options.keys:
            started = time.monotonic()
            vectors.on_postgres(connection, report, ROOT)
            totality.judge(connection, report, ROOT)
            keys.judge(options.pipec, Path(scratch), server, connection, report, ROOT)
            report.timed("keys", started)
        connection.close()
    report.facts["masks"] = judgement.table
    report.write(options.out)
    return report.conclude(_summary(judgement, len(judged)))


def _summary(judgement: Judgement, count: int) -> str:
    """Compared calls by engine."""
    totals: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for of in judgement.table.values():
        for engine, counts in of.items():
            totals[engine].update(counts if isinstance(counts, dict) else {"masks refused": 1})
    shown = [f"{engine} {t['compared']} compared, {t['different']} different, {t['masks refused']} masks refused" for engine, t in totals.items()]
    return f"{len(judgement.table)} masks, {count} calls: " + "; ".join(shown)


if __name__ == "__main__":
    judge.judge(main)
