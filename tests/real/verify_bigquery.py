"""Judge `pipec verify` on BigQuery's SQL by mutants: what changes anybody's reading has to be caught.

Made-up projects are built and their statements changed one at a time: left out, moved, with other
grantees, rights, conditions, look-ups. What a mutant means is not asked of pipec: the statements
are carried out as `bigquery_access_check.py` does it, with GoogleSQL's own analyzer and evaluator,
over what an earlier build and somebody's hand left, and everybody reads everything; whoever could
read too early counts, too. A mutant that the judge sees and `verify` does not is a problem, and so
is an alarm over untouched artifacts or over edits that only change their looks.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import access_projects
import bigquery_access_check
import bigquery_check
import engines
import googlesql
import judge

#: Kind of the edit, file, whole new text.
Mutant = tuple[str, str, str]
EVERYBODY = bigquery_access_check.EVERYBODY
KEYWORD = re.compile(r"\b(create|replace|table|view|policy|access|grant|filter|using|select|from|where|drop|execute|immediate)\b")


class StopsError(Exception):
    """The build fails there: what it made stays shut, and somebody is told."""


class Noticing(bigquery_access_check.Check):
    """A build that may fail, which gives nobody anything."""

    def take(self, statement: str) -> None:
        """One statement."""
        try:
            super().take(statement)
        except (googlesql.Refused, ValueError, KeyError) as reason:
            raise StopsError(str(reason)) from reason


def notices(right: bigquery_access_check.Check, out: Path) -> tuple[bool, str]:
    """Whether anybody notices what a folder of artifacts does."""
    silent = judge.Report("mutant")
    check = Noticing(right.made, out, right.matrix, googlesql.Warehouse(), silent)
    try:
        check.all()
    except StopsError as reason:
        # Who reads too early reads too early, whatever happens later.
        early = [p for p in silent.problems if "stands open" in p]
        return bool(early), f"the build fails: {reason}"
    return bool(silent.problems), silent.problems[0][:300] if silent.problems else ""


def changed(statement: str, groups: list[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """A statement in other ways."""
    yield "left out", ""
    other = f"'{chance.choice(groups)}'"
    if found := bigquery_access_check.POLICY.match(statement):
        where = found["filter"].strip()
        head = statement[: statement.index("filter using")]
        for kind, condition in [
            ("shows all rows", "true"),
            ("shows no rows", "false"),
            ("or all", f"({where}) or true"),
            ("not", f"not ({where})"),
            ("or", re.sub(r"\band\b", "or", where)),
            ("and", re.sub(r"\bor\b", "and", where)),
            ("unequal", re.sub(r"(?<![<>!])=", "<>", where)),
            ("another comparison", where.replace(">=", "<").replace("<=", ">")),
            ("another constant", re.sub(r"'([^']+)'", r"'\1x'", where)),
            ("another number", re.sub(r"\b(\d+)\b", r"1\1", where)),
        ]:
            yield kind, f"{head}filter using (\n    {condition}\n)"
        yield "to others", statement.replace(found["grantees"], other, 1)
        yield "to others, too", statement.replace(found["grantees"], f"{found['grantees']}, {other}", 1)
        yield "to everybody", statement.replace(found["grantees"], f"'{EVERYBODY}'", 1)
    elif found := bigquery_access_check.GRANT.match(statement):
        yield "to others", statement.replace(found["grantees"], other)
        yield "to everybody, too", f"{statement}, '{EVERYBODY}'"
        yield "to others, too", f"{statement}, {other}"
        first, _, rest = found["grantees"].partition(", ")
        yield "to fewer", statement.replace(found["grantees"], rest or other)
        yield "twice", f"{statement};\n{statement.replace(first, other, 1)}"
        yield "another right", statement.replace("dataViewer", "dataOwner")
    elif "OBJECT_PRIVILEGES" in statement:
        yield "looks at another table", re.sub(r"given.object_name = '([^']*)'", r"given.object_name = '\1x'", statement)
        yield "looks at another dataset", re.sub(r"given.object_schema = '([^']*)'", r"given.object_schema = '\1x'", statement)
        yield "takes nothing", statement.replace("'revoke %s", "'select 1 -- %s")
    elif "pipec_builder" in statement:
        yield "nobody builds", statement.replace("filter using (true)", "filter using (false)")
        yield "everybody builds", statement.replace('("%s:%s")', f'("{EVERYBODY}", "%s:%s")')
    elif statement.startswith("create or replace view") and "pipec_seen" in statement:
        yield "hides nothing", statement.rpartition("\nwhere ")[0]
        yield "hides nothing, as well", f"{statement.rpartition(chr(10) + 'where ')[0]}\nwhere true"
        yield "whoever asks", re.sub(r"rights\.\S+ = session_user\(\)", "true", statement)
        yield "and to or", re.sub(r"\band\b", "or", statement)
        yield "not equal", re.sub(r"(?<![<>!])= session_user", "<> session_user", statement)


def mutants(path: str, text: str, groups: list[str], chance: random.Random) -> Iterator[Mutant]:
    """All mutants of a file."""
    statements = googlesql.statements(text)
    for place, statement in enumerate(statements):
        for kind, new in changed(statement, groups, chance):
            if new != statement:
                others = [*statements[:place], *([new] if new else []), *statements[place + 1 :]]
                yield kind, path, "".join(f"{s};\n" for s in others)
        if place:
            moved = [*statements[: place - 1], statement, statements[place - 1], *statements[place + 1 :]]
            yield "earlier", path, "".join(f"{s};\n" for s in moved)
            yield "first", path, "".join(f"{s};\n" for s in [statement, *statements[:place], *statements[place + 1 :]])


def looks(path: str, text: str) -> Iterator[Mutant]:
    """Edits that mean nothing."""
    yield "comments", path, "# of the house\n" + text.replace(";\n", "; -- so\n/* and; on */\n")
    yield "blanks", path, text.replace("\n", "\n \t")
    yield "keywords", path, "\n".join(line if "'" in line or "`" in line else KEYWORD.sub(lambda m: m[0].upper(), line) for line in text.split("\n"))
    statements = googlesql.statements(text)
    turned = [re.sub(r"(?<=to )('group:[^']*'), ('group:[^']*')", r"\2, \1", s) if s.startswith("grant") else s for s in statements]
    yield "order of grantees", path, "".join(f"{s};\n" for s in turned)
    yield "names of policies", path, text.replace("pipec_reader_", "of_the_house_")
    yield "kind of quotes", path, re.sub(r"'(group:[^'\"\\]*)'", r'"\1"', text)


class Course:
    """One project, its mutants held against `verify`."""

    def __init__(self, pipec: Path, check: bigquery_access_check.Check, report: judge.Report) -> None:
        self.pipec, self.check, self.report = pipec, check, report
        self.copy = check.out.parent / "mutant"
        self.kinds: Counter[tuple[str, str]] = Counter()

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.check.made['name']}: {text}")

    def verify(self, out: Path) -> Any:
        """What `pipec verify` says of a folder."""
        done = engines.run([self.pipec, "verify", out, "--project", self.check.made["folder"], "--format", "json"])
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            self.problem(f"verify breaks.\n{done.stdout[-2000:]}")
            return {"same": True, "differences": [], "edited": []}

    def edited(self, path: str, text: str) -> Any:
        """What it says after one file is changed."""
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.check.out, self.copy)
        (self.copy / path).write_text(text, encoding="utf-8", newline="")
        return self.verify(self.copy)

    def run(self, most: int, chance: random.Random) -> None:
        """All of it."""
        told = self.verify(self.check.out)
        if not told["same"] or told["edited"]:
            self.problem(f"verify cries over untouched artifacts: {json.dumps(told['differences'][:5], indent=1)}")
        folder = self.check.out / "sql/bigquery"
        texts = {f"sql/bigquery/{f.name}": f.read_text(encoding="utf-8") for f in bigquery_check.files_in_order(folder / "index.txt")}
        groups = sorted(self.check.groups.values())
        harmless = [m for path, text in texts.items() for m in looks(path, text) if m[2] != text]
        for kind, path, text in some(harmless, max(12, most // 3), chance):
            told = self.edited(path, text)
            self.kinds["looks", kind] += 1
            if not told["same"] or path not in told["edited"]:
                self.problem(f"verify cries over {kind} in {path}: {json.dumps(told['differences'][:3], indent=1)}\n{text[-1500:]}")
        made = [m for path, text in texts.items() if not path.endswith("_checks.sql") for m in mutants(path, text, groups, chance)]
        for kind, path, text in some(made, most, chance):
            told = self.edited(path, text)
            noticed, how = notices(self.check, self.copy)
            caught = not told["same"]
            self.kinds["semantic" if noticed else "strict" if caught else "harmless", kind] += 1
            if noticed and not caught:
                self.problem(f"verify misses `{kind}` in {path}: {how}\n{text[-2500:]}")


def some(mutants: list[Mutant], most: int, chance: random.Random) -> list[Mutant]:
    """At most so many, of every kind as evenly as can be."""
    by_kind: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_kind.setdefault(mutant[0], []).append(mutant)
    for these in by_kind.values():
        chance.shuffle(these)
    out: list[Mutant] = []
    while len(out) < min(most, len(mutants)):
        for these in by_kind.values():
            if these and len(out) < most:
                out.append(these.pop())
    return out


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing)
    arguments.add_argument("--count", type=int, default=2, metavar="N", help="projects (default: 2)")
    arguments.add_argument("--mutants", type=int, default=40, metavar="N", help="mutants of each (default: 40)")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("verify_bigquery")
    started = time.monotonic()
    kinds: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="pipec-verify-bigquery-") as scratch:
        for number in range(options.seed, options.seed + options.count):
            made = access_projects.generated(Path(scratch), number, random.Random(1000 + number), options.pipec, bigquery=True)
            out = made["folder"] / "out"
            built = subprocess.run([options.pipec, "build", made["folder"], "-o", out], capture_output=True, text=True, check=False)
            if built.returncode != 0:
                report.problem(f"{made['name']} does not build.\n{built.stdout}{built.stderr}")
                continue
            shown = subprocess.run([options.pipec, "access", "--project", made["folder"], "--format", "json"], capture_output=True, text=True, check=False)
            check = bigquery_access_check.Check(made, out, json.loads(shown.stdout), googlesql.Warehouse(), report)
            check.all()
            if report.problems:
                continue
            course = Course(options.pipec, check, report)
            course.run(options.mutants, random.Random(number))
            kinds += course.kinds
    count = {what: sum(n for (w, _), n in kinds.items() if w == what) for what in ("semantic", "strict", "harmless", "looks")}
    if not count["semantic"] or not count["looks"]:
        report.problem("No mutant meant anything, or no edit was one of looks: this shows nothing.")
    report.timed("projects", started)
    report.facts |= {f"{what}: {kind}": n for (what, kind), n in sorted(kinds.items())} | count
    report.write(options.out)
    told = f"{count['semantic']} that mean something are caught, {count['strict']} more alarms, {count['harmless']} harmless ones, {count['looks']} edits of looks and no alarm"
    return report.conclude(f"{sum(count.values()) - count['looks']} mutants of {options.count} projects: {told}")


if __name__ == "__main__":
    judge.judge(main)
