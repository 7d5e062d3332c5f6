"""Judge the standard library: every function on every engine, against Postgres's own answer.

Each entry of `stdlib/core` is called with the samples of `library/*.txt`,
through the SQL that pipec emits. The truth is what Postgres says to the original expression,
or what a sample writes down. An engine may refuse an entry (P0701), never answer otherwise:
values and NULLs are equal; numbers that are not whole may differ by a rounding (below).
A sample marked as failing has to fail everywhere. Sessions are set far from UTC.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import engines
import judge
import library_engines as legs
import library_samples
import pictures
import warehouse

ROOT = Path(__file__).resolve().parents[2]
# Numerics keep 15 digits on the embedded engine, and 12 places on DuckDB; a double its last bits.
RELATIVE, ABSOLUTE = Decimal("1e-13"), Decimal("1e-12")
# What an entry is on an engine: the worst of its samples.
WORDS = ("different", "known", "unsupported", "equal")
NUMBERS = ("numeric", "real", "double precision")
INTERVAL = re.compile(r"([+-]?\d+) (year|mon|month|day)s?|([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")


# --- when two values are equal ----------------------------------------------------------


def same(type_: str, truth: str | None, answer: str | None) -> bool:
    """Whether an answer means what Postgres's does, of this type."""
    if truth is None or answer is None:
        return truth is answer
    if type_.endswith("[]"):
        ours, theirs = elements(truth), elements(answer)
        return len(ours) == len(theirs) and all(same(type_.removesuffix("[]"), a, b) for a, b in zip(ours, theirs, strict=True))
    if type_ in NUMBERS or (type_ == "written" and "." in truth + answer):
        return near(truth, answer)
    if type_.startswith("timestamp"):
        return moment(truth) == moment(answer)
    if type_ == "interval":
        return interval(truth) == interval(answer)
    if type_ in ("json", "jsonb"):
        return pictures.canonical_json(truth) == pictures.canonical_json(answer)
    if type_ == "boolean":
        return truth[0] == answer[0]
    return truth == answer


def near(truth: str, answer: str) -> bool:
    """Whether two numbers are equal, but for the rounding that is allowed."""
    try:
        one, other = Decimal(truth), Decimal(answer)
    except InvalidOperation:
        return truth == answer
    if not one.is_finite() or not other.is_finite():
        return one.is_nan() and other.is_nan() or one == other
    return abs(one - other) <= max(ABSOLUTE, RELATIVE * abs(one))


def moment(text: str) -> str:
    """A moment in one form; what Postgres shows without a zone is UTC."""
    return pictures.canonical_timestamp(text.removesuffix("Z").replace("T", " ") if text.endswith("Z") else text)


def interval(text: str) -> tuple[int, int, Decimal]:
    """Months, days and seconds of what Postgres or DuckDB shows."""
    months, days, seconds = 0, 0, Decimal(0)
    for number, unit, sign, hours, minutes, rest in INTERVAL.findall(text):
        if unit:
            months += int(number) * {"year": 12, "mon": 1, "month": 1, "day": 0}[unit]
            days += int(number) if unit == "day" else 0
        else:
            seconds = (int(hours) * 3600 + int(minutes) * 60 + Decimal(rest)) * (-1 if sign == "-" else 1)
    return months, days, seconds


def elements(text: str) -> list[str | None]:
    """The elements of `{a,"b c",NULL}`, or of the embedded engine's `["a", null]`."""
    if text.startswith("["):
        shown = {True: "t", False: "f"}
        return [None if e is None else shown[e] if isinstance(e, bool) else str(e) for e in json.loads(text, parse_float=str)]
    found: list[str | None] = []
    for quoted, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', text):
        found.append(None if bare == "NULL" else bare or re.sub(r"\\(.)", r"\1", quoted))
    return found


# --- the judgement ----------------------------------------------------------------------


class Judgement:
    """All samples, what Postgres says to them, and where engines differ."""

    def __init__(self, blocks: Sequence[library_samples.Block], report: judge.Report) -> None:
        self.report = report
        self.samples = [
            legs.Sample(f"b{i:03}" + (f"x{j}" if j else ""), block, rows)
            for i, block in enumerate(blocks)
            for j, rows in enumerate(_by_constant(block))
        ]
        self.samples += [
            legs.Sample(f"f{i:03}x{j}", block, [row], fails=True)
            for i, block in enumerate(blocks)
            for j, row in enumerate(block.failing)
        ]
        self.truth: dict[str, tuple[legs.Rows, str]] = {}

    def ask(self, connection: object) -> None:
        """Ask Postgres for the truth, and that what has to fail fails."""
        import psycopg2

        for sample in self.samples:
            place = f"{sample.block.place} {sample.block.entry.signature}"
            try:
                rows, type_ = legs.truth(connection, sample) if not sample.block.written_down else ([], "")
            except psycopg2.Error as reason:
                if not sample.fails:
                    self.report.problem(f"{place}: Postgres refuses the original: {str(reason).splitlines()[0]}")
                continue
            if sample.fails and not sample.block.written_down:
                self.report.problem(f"{place}: {sample.rows[0].values} does not fail in Postgres, which says {rows}.")
            if sample.block.written_down and not sample.fails:
                rows, type_ = legs.expected_rows(sample), "written"
            self.truth[sample.name] = (rows, type_)

    def compare(self, engine: str, answers: legs.Answers) -> None:
        """Note every difference, and the counts of an engine by entry."""
        verdicts: dict[str, set[str]] = {}
        for sample in self.samples:
            verdict = self._verdict(engine, sample, answers)
            verdicts.setdefault(sample.block.entry.signature, set()).add(verdict)
        worst = [next(v for v in WORDS if v in of) for of in verdicts.values()]
        counts = {word: worst.count(word) for word in WORDS}
        self.report.facts.setdefault("engines", {})[engine] = counts | {
            "refused": sorted({f"{s.block.entry.signature} [{answers.refused[s.name]}]" for s in self.samples if s.name in answers.refused})
        }

    def _verdict(self, engine: str, sample: legs.Sample, answers: legs.Answers) -> str:
        place = f"{engine}: {sample.block.entry.signature} ({sample.block.place})"
        if sample.name in answers.refused:
            return "unsupported"
        skipped = answers.skipped.get(sample.name, set())
        if sample.fails:
            if sample.name in answers.failed or skipped:
                return self._expected(place, engine in sample.rows[0].known)
            if engine in sample.rows[0].known:
                return "known"
            self.report.problem(f"{place}: {sample.rows[0].values} does not fail: {answers.rows.get(sample.name)}")
            return "different"
        if sample.name in answers.failed and sample.known(engine):
            return "known"
        if sample.name in answers.failed:
            self.report.problem(f"{place}: {answers.failed[sample.name]}")
            return "different"
        truth, type_ = self.truth.get(sample.name, ([], "text"))
        found = answers.rows.get(sample.name)
        wrong = _differing(type_, [row for row in truth if row[0] not in skipped], found)
        known = sample.known(engine)
        if not wrong:
            return self._expected(place, bool(known))
        if {number for number, _, _ in wrong} <= known:
            return "known"
        self.report.problem(f"{place}: " + "; ".join(_told(sample, *one) for one in wrong[:4]))
        return "different"


    def _expected(self, place: str, known: bool) -> str:
        """Equal, unless the sample says that it would not be."""
        if known:
            self.report.problem(f"{place}: a sample is said to differ here, and does not.")
        return "equal"


def _by_constant(block: library_samples.Block) -> list[list[library_samples.Row]]:
    """A block's rows, apart where they differ in the argument that is written into the call."""
    if not block.rows:
        return []
    if not block.constant:
        return [block.rows]
    values = list(dict.fromkeys(row.values[block.constant - 1] for row in block.rows))
    return [[row for row in block.rows if row.values[block.constant - 1] == value] for value in values]


def _differing(type_: str, truth: legs.Rows, found: legs.Rows | None) -> list[tuple[int, str | None, str | None]]:
    """The rows that are not the same, as (id, truth, answer)."""
    if found is None:
        return [(0, "a table", None)]
    by_id: dict[int, tuple[list[str | None], list[str | None]]] = {}
    for side, rows in enumerate((truth, found)):
        for number, value in rows:
            by_id.setdefault(number, ([], []))[side].append(value)
    wrong = []
    for number, (ours, theirs) in sorted(by_id.items()):
        if len(ours) != len(theirs):
            wrong.append((number, f"{len(ours)} rows", f"{len(theirs)} rows"))
        wrong += [(number, a, b) for a, b in zip(ours, theirs, strict=False) if not same(type_, a, b)]
    return wrong


def _told(sample: legs.Sample, number: int, truth: str | None, answer: str | None) -> str:
    if sample.block.entry.kind == "aggregate":
        given = [row.values for row in sample.rows if row.group == number]
    else:
        given = [row.values for row in sample.rows[number - 1 : number]]
    return f"{json.dumps(given, ensure_ascii=False)} is {truth!r}, not {answer!r}"


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--pipec", required=True, metavar="FILE", type=judge.existing, help="the pipec to judge")
    add("--engine", action="append", choices=[*legs.LEGS], help="only this engine (may be repeated)")
    add("--only", default="", metavar="REGEX", help="only entries whose signature matches")
    add("--keep", metavar="DIR", type=Path, help="keep the projects and what is emitted")
    add("--out", metavar="REPORT.json", type=Path)
    options = arguments.parse_args()
    report = judge.Report("library_check")
    entries = library_samples.library(ROOT / "stdlib")
    blocks = [b for b in library_samples.read(Path(__file__).parent / "library", entries) if re.search(options.only, b.entry.signature)]
    judgement = Judgement(blocks, report)
    with tempfile.TemporaryDirectory(prefix="pipec-library-") as scratch:
        folder = options.keep or Path(scratch)
        _judge(judgement, options.pipec, folder, options.engine or [*legs.LEGS])
    report.write(options.out)
    return report.conclude(_summary(report, len({b.entry.signature for b in blocks}), len(judgement.samples)))


def _unicode(server: engines.Server) -> engines.Server:
    """A database that orders texts by code point, and knows the letters of all scripts."""
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute("create database library template template0 locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'")
    connection.close()
    return replace(server, database="library")


def _judge(judgement: Judgement, pipec: Path, folder: Path, wanted: Sequence[str]) -> None:
    report = judgement.report
    with engines.postgres() as server:
        connection = warehouse.connect(_unicode(server))
        started = time.monotonic()
        legs.load_postgres(connection, judgement.samples)
        judgement.ask(connection)
        report.timed("truth", started)
        for engine in wanted:
            started = time.monotonic()
            project = legs.Project(pipec, folder / engine, engine)
            judgement.compare(engine, legs.LEGS[engine](project, judgement.samples, connection, ROOT))
            report.timed(engine, started)
        connection.close()


def _summary(report: judge.Report, entries: int, samples: int) -> str:
    told = [
        f"{name} {of['equal']} equal, {of['unsupported']} unsupported, {of['known']} known to differ, {of['different']} different"
        for name, of in report.facts["engines"].items()
    ]
    return f"{entries} entries, {samples} sampled calls: " + "; ".join(told)


if __name__ == "__main__":
    judge.judge(main)
