"""Mutants of programs that pipec accepts: every one that leaks on a real Postgres has to be refused.

A mutant is a base program (mutants/bases) with one edit. It leaks when a sink's bytes differ between two data sets that agree on
all that the base program's clearance of that sink admits (mutants/rows.py); the SQL is pipec's own, of the program with its sinks
opened, where pipec refuses it. Edits of groups leak when too few people are behind a cell, or behind what two cells differ by, as they are
counted (mutants/groups.py). Reported: leaking and refused, leaking and built (has to be none), refused without a leak, by code.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import engines
import judge
from mutants import compiler, edits_declared, edits_groups, edits_masks, edits_models, edits_plain, edits_values, program, shape, truth  # noqa: F401
from mutants.edits import Mutant, Source, mutants

BASES = Path(__file__).resolve().parent / "mutants" / "bases"
WORKERS = 2


@dataclass(frozen=True)
class Judged:
    """A mutant, and what the two say."""

    mutant: Mutant
    outcome: compiler.Outcome
    verdict: truth.Verdict

    @property
    def group(self) -> str:
        """Which of the four it is, or why it cannot be said."""
        if self.verdict.broken:
            return "undecided" if self.outcome.flow or self.outcome.accepted else "no program"
        if self.verdict.leaks:
            return "missed" if self.outcome.accepted else "caught"
        return "equal" if self.outcome.accepted else "false alarm"


@dataclass
class Base:
    """A base program, ready."""

    bench: truth.Bench
    all: list[Mutant]
    made: truth.Emitted


@dataclass
class Course:
    """Judges mutants, several at once."""

    pipec: Path
    server: engines.Server
    local: threading.local = field(default_factory=threading.local)
    bases: dict[str, Base] = field(default_factory=dict)

    def base(self, path: Path, report: judge.Report) -> None:
        """Reads a base program, which has to build, to send something and to leak nothing."""
        bench = truth.Bench(program.read(path))
        outcome = compiler.build(self.pipec, bench.program.text)
        if outcome.made is None:
            report.problem(f"{path.name}: the base program does not build.\n" + "\n".join(outcome.messages))
            return
        verdict = bench.verdict(self.judge(), outcome.made)
        if verdict.leaks or verdict.broken or verdict.size < 100:
            report.problem(f"{path.name}: the base program is no base: {verdict}")
            return
        counted = bench.counted(self.judge(), outcome.made, bench.program.text)
        if counted.leaks or counted.broken:
            report.problem(f"{path.name}: the base program tells of too few people: {counted}")
            return
        made = list(mutants(Source(shape.Shape(bench.program), bench.data)))
        self.bases[path.stem] = Base(bench, made, outcome.made)

    def judge(self) -> truth.Judge:
        """This thread's database."""
        if not hasattr(self.local, "judge"):
            self.local.judge = truth.Judge.on(self.server, f"judge_{threading.get_ident()}")
        return self.local.judge

    def judged(self, mutant: Mutant) -> Judged:
        """What pipec and the engine say of a mutant."""
        base = self.bases[mutant.base]
        outcome = compiler.build(self.pipec, mutant.text)
        made = outcome.made
        if made is None:
            why = outcome
            for variant in (compiler.opened, compiler.unjudged):
                if made is None and outcome.flow:
                    why = compiler.build(self.pipec, variant(mutant.text))
                    made = why.made
            if made is None:
                return Judged(mutant, outcome, truth.Verdict(broken="; ".join(why.messages[:2])))
        if mutant.kind == "groups":
            return Judged(mutant, outcome, base.bench.counted(self.judge(), made, mutant.text))
        if made.key() == base.made.key():
            return Judged(mutant, outcome, truth.Verdict())
        return Judged(mutant, outcome, base.bench.verdict(self.judge(), made))


def sample(all_: list[Mutant], count: int) -> list[Mutant]:
    """So many mutants, the same ones each time, spread over bases and operators."""
    if count >= len(all_):
        return all_
    groups: dict[tuple[str, str], list[Mutant]] = collections.defaultdict(list)
    for mutant in sorted(all_, key=lambda m: hashlib.sha256(m.text.encode()).hexdigest()):
        groups[mutant.base, mutant.operator].append(mutant)
    chosen: list[Mutant] = []
    depth = 0
    while len(chosen) < count:
        layer = [g[depth] for _, g in sorted(groups.items()) if depth < len(g)]
        layer.sort(key=lambda m: hashlib.sha256(m.text.encode()).hexdigest())
        chosen += layer[: count - len(chosen)]
        depth += 1
    return chosen


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("pipec", type=judge.existing, help="the program")
    add("--count", type=int, default=300, metavar="N", help="how many mutants (default: 300); 0: all")
    add("--base", action="append", default=[], metavar="NAME", help="only mutants of this base program")
    add("--operator", action="append", default=[], metavar="WORDS", help="only mutants of this operator")
    add("--least", type=int, default=0, metavar="N", help="fail with fewer judged mutants")
    add("--show", default="missed", metavar="GROUP", help="print the mutants of that group (default: missed)")
    add("--log", type=Path, metavar="FILE", help="write each judged mutant to it, as a line of JSON")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("mutation")
    started = time.monotonic()
    with engines.postgres() as server:
        course = Course(options.pipec.resolve(), server)
        for path in sorted(BASES.glob("*.pipe")):
            if not options.base or path.stem in options.base:
                course.base(path, report)
        report.timed("bases", started)
        made = [m for b in course.bases.values() for m in b.all if not options.operator or m.operator in options.operator]
        chosen = sample(made, options.count or len(made))
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            judged = [_logged(options.log, j) for j in pool.map(course.judged, chosen)]
        report.timed("mutants", started)
    return conclude(report, options, judged, len(made), len(course.bases))


def _logged(log: Path | None, one: Judged) -> Judged:
    if log is not None:
        line = dataclasses.asdict(one.mutant) | {"group": one.group, "codes": one.outcome.codes, "messages": one.outcome.messages}
        line |= {"leaks": one.verdict.leaks, "broken": one.verdict.broken}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return one


def conclude(report: judge.Report, options, judged: list[Judged], made: int, bases: int) -> int:  # noqa: ANN001
    """Counts, and what is wrong."""
    flow = [j for j in judged if j.mutant.kind != "declared"]
    groups: dict[str, list[Judged]] = collections.defaultdict(list)
    for one in flow:
        groups[one.group].append(one)
    for one in groups["missed"]:
        report.problem(_shown(one))
    decided = [j for j in judged if j.group not in ("no program", "undecided")]
    if len(decided) < options.least:
        report.problem(f"{len(decided)} mutants are judged, and at least {options.least} are expected.")
    alarms = collections.Counter("+".join(j.outcome.codes) for j in groups["false alarm"])
    report.facts = {
        "bases": bases,
        "made": made,
        "chosen": len(judged),
        "decided": len(decided),
        "groups": {name: len(found) for name, found in sorted(groups.items())},
        "false alarms by code": dict(alarms.most_common()),
        "by operator": _table(flow),
        "declared": _table([j for j in judged if j.mutant.kind == "declared"]),
    }
    if options.show == "all":
        print("\n".join(_shown(j) for j in judged if j.group not in ("equal", "caught", "no program")))
    elif options.show != "missed":
        print("\n".join(_shown(j) for j in judged if j.group == options.show))
    report.write(options.out)
    counts = {name: len(groups[name]) for name in ("caught", "missed", "false alarm", "equal", "undecided", "no program")}
    told = ", ".join(f"{n} {name}" for name, n in counts.items())
    by_code = ", ".join(f"{n} {code}" for code, n in alarms.most_common(6))
    return report.conclude(f"{len(judged)} of {made} mutants of {bases} programs: {told}; false alarms by code: {by_code or 'none'}")


def _table(judged: list[Judged]) -> dict[str, dict[str, int]]:
    counted: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for one in judged:
        counted[one.mutant.operator][one.group] += 1
    return {name: dict(sorted(c.items())) for name, c in sorted(counted.items())}


def _shown(one: Judged) -> str:
    mutant = one.mutant
    said = "; ".join(one.outcome.messages[:3])
    return f"{one.group}: {mutant.base}, {mutant.operator}: {mutant.what}\n  {', '.join(one.verdict.leaks) or one.verdict.broken}\n  {said}"


if __name__ == "__main__":
    judge.judge(main)
