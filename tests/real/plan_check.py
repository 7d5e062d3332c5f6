"""Judge `pipec plan` on a real Postgres: who could read what before, and who can after.

Made-up projects in pairs: one, and the same after a few edits (a policy in other words, for
other roles or gone, a grant more or less, a condition of a model changed, a column less or
more, a view for a table, who is entitled). Both are built by
plain SQL, each in its own database over the same rows. Every role logs in at both and reads
every column of every table. What differs has to be in the plan: nothing that somebody can newly
read, and nothing that they can no more, may be missing. And what the plan is sure of has to be
so: rows that it calls equal or narrower are not wider for anybody.
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
from pathlib import Path
from typing import Any

import access_check
import access_projects
import engines
import judge

Seen = dict[tuple[str, str], Counter[str]]
"""What a role reads: rows as texts, by table and column."""


def edits(text: str, chance: random.Random) -> str:
    """The same project after one to three edits."""
    for _ in range(chance.randrange(1, 4)):
        lines = text.splitlines()
        policies = [i for i, line in enumerate(lines) if line.startswith("policy ")]
        grants = [i for i, line in enumerate(lines) if line.startswith("grant ")]
        filters = [i for i, line in enumerate(lines) if "where b.team = 't1'" in line]
        roles = re.findall(r"^role (\w+)", text, re.MULTILINE)
        models = [i for i, line in enumerate(lines) if line.startswith("model ") and " base " not in line and " people " not in line]
        kind = chance.choice([0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 9, 10, 11, 12])
        if kind <= 3 and policies:
            at = chance.choice(policies)
            head, condition = lines[at].split(" where ", 1)
            wider = access_projects.tree(chance, 1).text
            again = [f"{condition} or {wider}", f"({condition}) and {wider}", f"not (not ({condition}))", wider]
            # A policy asks one entitlement, and here there is one: conditions can be joined as they like.
            lines[at] = f"{head} where {chance.choice(again)}"
        elif kind == 4 and policies:
            del lines[chance.choice(policies)]
        elif kind == 5 and policies:
            at = chance.choice(policies)
            whom = ", ".join(chance.sample(roles, chance.randrange(1, len(roles) + 1)))
            lines[at] = re.sub(r" for .*? where ", f" for {whom} where ", lines[at])
        elif kind == 6 and grants:
            del lines[chance.choice(grants)]
        elif kind == 7:
            there = set(lines)
            every = [f"grant read on {t} to {r}" for t in ["base", "lookup", *access_projects.NAMES] for r in roles]
            lines.append(chance.choice([g for g in every if g not in there] or every))
        elif kind == 9:
            at = chance.choice(models)
            lines[at] = lines[at].replace(" as view", "") if " as view" in lines[at] else lines[at].replace(" in marts", " in marts as view")
        elif kind in (10, 11):
            # A column less, or one more.
            at = next(i for i in range(chance.choice(models), len(lines)) if "select {" in lines[i])
            # Of one column none is taken: an earlier edit took the others.
            whole, (head, _, last) = lines[at].removesuffix(" }"), lines[at].rpartition("; ")
            alias = re.search(r"select { (\w+)\.", lines[at])
            more = f"{whole}; more = {alias[1]}.team }}" if alias and last else lines[at]
            lines[at] = f"{head} }}" if kind == 10 and head else more
        elif kind == 12:
            at = next(i for i, line in enumerate(lines) if "from raw.people as p" in line)
            lines.insert(at + 1, f"  where p.my_region {chance.choice(['is not null', '<> $east$', 'is null'])}".replace("$", "'"))
        elif filters:
            new = chance.choice(["b.team = 't2' and b.kind is not null", "b.team = 't1'", "b.team in ('t1', 't2') and b.kind is not null",
                                 "b.team = 't1' and b.kind is not null and b.level > 1"])
            lines[filters[0]] = f"  where {new}"
        text = "\n".join(lines) + "\n"
    return text


def checks(pipec: Path, folder: Path) -> bool:
    """Whether pipec takes it."""
    return subprocess.run([pipec, "check", folder], capture_output=True, check=False).returncode == 0


def pair(pipec: Path, folder: Path, number: int, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """A project, and the same edited; edits that a check refuses are made anew."""
    base = access_projects.generated(folder, number, chance, pipec)
    place = folder / f"made{number}_after"
    text = (base["folder"] / "main.pipe").read_text(encoding="utf-8")
    for _ in range(30):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        edited = edits(text, chance)
        (place / "main.pipe").write_text(edited, encoding="utf-8")
        if edited != text and checks(pipec, place):
            return base, base | {"name": f"made{number}_after", "folder": place}
    raise engines.EngineError(f"project {number}: no edit is taken")


def read(check: access_check.Check, roles: dict[str, str]) -> dict[str, Seen]:
    """What each role reads, logged in as somebody who has just that role."""
    seen: dict[str, Seen] = {}
    tables = list(check.tables())
    for role, postgres in roles.items():
        seen[role] = {}
        # Entitlements name a login: everybody whom the data names tries, and those whom it does not.
        for login in [login.name for login in check.project.logins]:
            check.database.run(f"grant {access_check.quoted(postgres)} to {access_check.quoted(login)}")
            session = check.database.connect(login)
            for schema, table, columns in tables:
                for column in columns:
                    got = access_check.fetch(session, f"select {access_check.quoted(column)}::text from {schema}.{table}")
                    if not isinstance(got, str):
                        rows = Counter(f"{login}: {row[0]}" for row in got)
                        seen[role][table, column] = seen[role].get((table, column), Counter()) + rows
            session.close()
            check.database.run(f"revoke {access_check.quoted(postgres)} from {access_check.quoted(login)}")
    return seen


def build(server: Any, content: dict[str, Any], pipec: Path, report: judge.Report, folder: Path) -> access_check.Check | None:
    """The project in a database of its own."""
    project = access_check.Project(**{**content, "logins": [access_check.Login(*one) for one in content["logins"]]})
    database = access_check.Database(server, f"plan_{project.name}")
    access_check.Database(server, "postgres").run(f"create database {access_check.quoted(database.name)}")
    check = access_check.Check(project, database, pipec, report, folder)
    if not check.emit():
        return None
    check.prepare()
    check.keys()
    return check if check.sql() else None


class Judged:
    """A plan, and what it claims of a role and a table."""

    def __init__(self, plan: Any) -> None:
        self.plan = plan

    def access(self, role: str, table: str, kind: str) -> list[Any]:
        """Changes of access."""
        return [
            c for c in self.plan["access"]
            if c["principal"]["name"] == role and c["object"] == table and c["kind"] == kind and c["via"]["kind"] == "warehouse"
        ]

    def columns(self, role: str, table: str, direction: str) -> set[str]:
        """Columns newly read, or no more."""
        found = (c["columns"] for c in self.access(role, table, "columns") if c["direction"] == direction)
        return {column["name"] for columns in found for column in columns}

    def rows(self, role: str, table: str) -> set[str]:
        """What is claimed of the rows of a table, by its policies and its body and those of what it is built from."""
        said = {c["verdict"]["rows"] for c in self.access(role, table, "rows")}
        for change in self.plan["rows"]:
            readers = {p["name"] for p in change["readers"]} if change["object"] == table else set()
            if role in readers or (change["object"] != table and role in {p["name"] for p in change["further_readers"]}):
                said.add(change["verdict"]["rows"])
        return said


def compare(report: judge.Report, what: str, judged: Judged, before: dict[str, Seen], after: dict[str, Seen], tally: Counter[str]) -> None:
    """Every role, table and column."""
    for role in sorted(before.keys() | after.keys()):
        was, now = before.get(role, {}), after.get(role, {})
        tables = sorted({table for table, _ in was.keys() | now.keys()})
        for table in tables:
            had, has = ({c for t, c in seen if t == table} for seen in (was, now))
            for direction, found in (("gain", has - had), ("loss", had - has)):
                claimed = judged.columns(role, table, direction)
                tally[f"columns: {direction}"] += len(found)
                if claimed != found:
                    report.problem(f"{what}: {role} in {table}: {direction} of {sorted(found)}, and the plan says {sorted(claimed)}")
            said = judged.rows(role, table)
            more = any(now[table, c] - was[table, c] for c in had & has)
            less = any(was[table, c] - now[table, c] for c in had & has)
            tally["rows: gain"] += more
            tally["rows: loss"] += less
            tally.update(f"claimed: {s}" for s in said)
            for direction, found, sure in (("gains", more, {"equal", "narrower"}), ("loses", less, {"equal", "wider"})):
                if found and said <= sure:
                    report.problem(f"{what}: {role} {direction} rows of {table}, and the plan says {sorted(said) or 'nothing'}")


def main() -> int:
    """Check the pairs."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--count", type=int, default=8, metavar="N", help="pairs (default: 8)")
    arguments.add_argument("--seed", type=int, default=20261)
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("plan_check")
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="pipec-plan-") as scratch, engines.postgres() as server:
        folder = Path(scratch)
        for number in range(options.count):
            started = time.monotonic()
            base, head = pair(options.pipec, folder, number, random.Random(f"{options.seed} {number}"))
            done = engines.run([options.pipec, "plan", "--project", head["folder"], "--base-dir", base["folder"], "--format", "json"])
            if done.returncode != 0:
                report.problem(f"{base['name']}: pipec plan fails.\n{done.stdout[-3000:]}")
                continue
            judged = Judged(json.loads(done.stdout[done.stdout.index("{"):]))
            made = [build(server, content, options.pipec, report, folder) for content in (base, head)]
            if made[0] and made[1]:
                seen = [read(check, check.names) for check in made if check]
                compare(report, base["name"], judged, seen[0], seen[1], tally)
                tally["pairs"] += 1
            for check in made:
                if check:
                    access_check.Database(server, "postgres").run(f"drop database {access_check.quoted(check.database.name)}")
            report.timed(base["name"], started)
    # Pairs in which nothing changes for anybody show nothing.
    if not report.problems and not all(tally[f"{what}: {how}"] for what in ("columns", "rows") for how in ("gain", "loss")):
        report.problem(f"too little changed: {dict(tally)}")
    report.facts |= dict(tally)
    return report.conclude(f"{tally['pairs']} pairs of projects; {dict(sorted(tally.items()))}; 0 missed")


if __name__ == "__main__":
    judge.judge(main)
