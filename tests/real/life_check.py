"""Judge the life of an example: deployed to dev and production from one source, changed, deployed again, rolled back over its data.

Each example is built, by plain SQL and by dbt, into databases `dev` and `production` of a real Postgres, and its resources into a state per
environment by the real terraform. Then come a night (sources change, the same build runs again), the change of `life/changes.py` (a column more,
a policy narrower, a model renamed, a bucket more), one more delivery under it, and the way back: the old sources, built again into the same
folder and deployed over what is there. After every deployment

* everybody logs in and tries every table, column, row and verb: the rights are exactly those of the matrix of that version;
* rows that are kept (of loads, incremental tables, histories) are all there, in the same tables, with the same numbers, though the sources have lost some of them;
* a relation that the change is not about has the same rows as before it, column by column, and on the way back each one of the old version's has;
* terraform did what the change is about and nothing else, backwards on the way back, and has nothing left to do;
* what was written by hand beside it (a `.tf` file, a DAG or a script, a dbt model with a grant, a test, a SQL file; tables with roles, grants and policies, one in
  a schema of the project) is as it was, to the byte and to the right.

The example on BigQuery lives in `life/bigquery.py`, without logins. In production a bucket is there already and is adopted. Declared tables are there with rows before the first deployment, and stay the tables they were.
At the end what was accepted is falsified: a row, a grant, a policy, a neighbour, a plan; each has to be rejected.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import access_check
import access_projects
import engines
import judge
import terraform_check
from access_check import quoted
from life import bigquery, neighbours
from life.changes import CHANGES, Change
from life.platform import Platform

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = ("dev", "production")
#: Step, version, day of the run, which statements run at the sources before it.
STEPS = (
    ("first", "before", "2025-06-30", ""),
    ("night", "before", "2025-07-01", "night"),
    ("changed", "after", "2025-07-01", ""),
    ("later", "after", "2025-07-02", "later"),
    ("rolled back", "back", "2025-07-02", ""),
)
Rows = list[dict[str, Any]]
Rest = dict[str, Rows]


class Deployment(access_check.Check):
    """One environment's warehouse, built by one engine."""

    def __init__(self, project: access_check.Project, database: access_check.Database, pipec: Path, report: judge.Report, scratch: Path, change: Change, way: str) -> None:
        super().__init__(project, database, pipec, report, scratch)
        self.change, self.way, self.day = change, way, STEPS[0][2]
        self.rest: Rest = {}
        self.tables_of: dict[str, int] = {}
        self.neighbours: dict[str, Any] = {}
        self.compared = 0

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.database.name}: {text}")

    # --- building

    def sql(self) -> bool:
        """Plain SQL, on its day."""
        folder = self.out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            environment = engines.clean_environment("PG") | self.database.server.libpq() | self.project.secrets
            environment |= {"PGUSER": access_check.BUILDER, "PGDATABASE": self.database.name, "PIPEC_RUN_DATE": self.day}
            done = engines.run([self.database.server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", folder / line], env=environment)
            if done.returncode != 0:
                self.problem(f"{line} fails.\n{done.stdout.strip()[-3000:]}")
                return False
        return True

    def dbt(self) -> bool:
        """dbt, with everything that is in the project by now."""
        environment = engines.clean_environment("DBT_", "PG") | self.database.server.dbt() | self.project.secrets
        environment |= {"DBT_USER": access_check.BUILDER, "DBT_DATABASE": self.database.name}
        folder = self.out / "dbt"
        scratch = self.out.parent / f"dbt-{self.database.name}"
        command: list[str | Path] = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", folder, "--vars", f"{{run_date: {self.day}}}"]
        command += ["--target-path", scratch / "target", "--log-path", scratch / "logs"]
        done = engines.run(command, cwd=folder, env=environment)
        if done.returncode != 0:
            self.problem(f"dbt fails.\n{done.stdout[-5000:]}")
        return done.returncode == 0

    def deploy(self, step: str, day: str) -> bool:
        """Build over what is there."""
        self.day = day
        started = time.monotonic()
        built = self.sql() if self.way == "plain" else self.dbt()
        self.report.timed(f"{self.database.name} {step}", started)
        return built

    # --- looking

    def look(self) -> Rest:
        """All rows of all relations that are the project's, kept or made."""
        found: Rest = {}
        hidden = (neighbours.SCHEMA, f"{self.project.name.replace('-', '_')}_access")
        for schema, table, _ in list(self.tables()):
            if schema in hidden or schema.endswith("_access") or table == "notes_by_hand":
                continue
            rows = self.database.rows("postgres", f"select to_jsonb(r) from {quoted(schema)}.{quoted(table)} as r")
            if isinstance(rows, str):
                self.problem(f"{schema}.{table} cannot be read: {rows}")
                continue
            found[f"{schema}.{table}"] = [row for (row,) in rows]
        return found

    def oids(self) -> dict[str, int]:
        """Which tables the kept ones are."""
        return {name: self.database.rows("postgres", f"select coalesce(to_regclass('{name}')::oid::bigint, 0)")[0][0] for name in self.change.kept}  # type: ignore[misc]

    def kept(self, step: str, now: Rest) -> list[str]:
        """What was in tables that keep their rows is in them still; their columns may be more."""
        wrong = []
        for name, key in self.change.kept.items():
            after = {tuple(str(row[c]) for c in key): row for row in now.get(name, [])}
            for row in self.rest.get(name, []):
                self.compared += 1
                again = after.get(tuple(str(row[c]) for c in key))
                differs = sorted(c for c, v in row.items() if again is not None and c not in self.change.moving and again.get(c, v) != v)
                if again is None or differs:
                    wrong.append(f"{step}: {name} had a row {[row[c] for c in key]}, and {'it is gone' if again is None else f'its {differs} are others'}.")
                    break
        return wrong

    def same(self, step: str, now: Rest, old: tuple[str, str]) -> list[str]:
        """Relations have the rows they had, column by column of those that are in both; a renamed one has them under its new name."""
        wrong = []
        renamed = {old[0]: old[1]}
        for name, rows in self.rest.items():
            if re.search(self.change.follows, name):
                continue
            there = now.get(renamed.get(name, name))
            if there is None:
                wrong.append(f"{step}: {renamed.get(name, name)} is not there.")
                continue
            common = (rows[0].keys() & there[0].keys()) if rows and there else set()
            more = self.change.added.get(name) if step in ("changed", "rolled back") else None
            if rows and there and {more} - {None} != rows[0].keys() ^ there[0].keys():
                wrong.append(f"{step}: {name} has other columns: {sorted(rows[0].keys() ^ there[0].keys())}.")
            self.compared += len(rows)
            if counted(rows, common) != counted(there, common):
                gone, new = counted(rows, common) - counted(there, common), counted(there, common) - counted(rows, common)
                wrong.append(f"{step}: {name} had {len(rows)} rows and has {len(there)}: {list(gone)[:2]} became {list(new)[:2]}.")
        return wrong

    def beside(self, step: str) -> list[str]:
        """What is written by hand in the warehouse."""
        seen = neighbours.picture(self.database, self.schema())
        wrong = [f"{step}: {what} was {self.neighbours[what]} and is {now}" for what, now in seen.items() if now != self.neighbours.get(what, now)]
        if self.way == "dbt":
            reads = self.change.read_by_hand
            place = next(f"{s}.{t}" for s, t, _ in self.tables() if t == reads)
            if self.database.rows(neighbours.LOGIN, f"select n from {neighbours.SCHEMA}.ward_notes") != self.database.rows("postgres", f"select count(*) from {place}"):
                wrong.append(f"{step}: the dbt model written by hand is not what {neighbours.LOGIN} should read.")
        return wrong

    def schema(self) -> str:
        """The project's schema in which the neighbour lives, too."""
        return self.change.renamed[0].split(".")[0]


def counted(rows: Rows, columns: Any) -> Counter[str]:
    """Rows as texts, without columns that the other side lacks."""
    return Counter(json.dumps({c: row[c] for c in sorted(columns)}, sort_keys=True) for row in rows)


class Life:
    """One example, by one engine, in both environments."""

    def __init__(self, pipec: Path, example: Path, way: str, thorough: bool, scratch: Path, report: judge.Report) -> None:
        self.pipec, self.example, self.way, self.report = pipec, example, way, report
        self.thorough = thorough
        self.change = CHANGES[example.name]
        self.scratch = scratch / f"{example.name}-{way}"
        self.scratch.mkdir()
        self.content = access_projects.EXAMPLES[example.name](self.scratch, example)
        self.folder: Path = self.content["folder"]
        self.out = self.scratch / "out"
        self.named = "environment " in "".join(f.read_text(encoding="utf-8") for f in example.glob("*.pipe"))
        self.deployments: list[Deployment] = []
        self.platforms: list[Platform] = []
        self.cells = 0

    def version(self, version: str) -> None:
        """The sources of a version, as a checkout leaves them."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.example, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out"))
        self.change.write(self.folder, version, self.named)

    def project(self, version: str) -> access_check.Project:
        """Who reads, and by which conditions."""
        content = dict(self.content)
        conditions = self.change.conditions_after if version == "after" else self.change.conditions_before
        content["conditions"] = content["conditions"] | conditions
        logins = [*content["logins"], *(self.change.logins_after if version == "after" else [])]
        return access_check.Project(**{**content, "logins": [access_check.Login(*one) for one in logins]})

    @contextlib.contextmanager
    def world(self) -> Iterator[None]:
        """A server with a database per environment, and terraform with a state per environment."""
        self.version("before")
        engines.must([self.pipec, "build", self.folder, "-o", self.out], "building the example")
        neighbours.write(self.out, self.change.read_by_hand)
        with contextlib.ExitStack() as open_:
            server = open_.enter_context(engines.postgres())
            if self.way == "plain":
                # The later version's kinds of resources are served as well.
                reattach = open_.enter_context(terraform_check.providers(self.out / "terraform"))
                self.platforms = [Platform(self.change, self.scratch, e, reattach, self.example.name, self.report) for e in ENVIRONMENTS]
            for environment in ENVIRONMENTS:
                access_check.Database(server, "postgres").run(f"create database {environment}")
                database = access_check.Database(server, environment)
                one = Deployment(self.project("before"), database, self.pipec, self.report, self.scratch, self.change, self.way)
                one.out = self.out
                self.deployments.append(one)
            yield

    def run(self) -> None:
        """All steps."""
        with self.world():
            for one in self.deployments:
                one.prepare()
                one.keys()
                one.tables_of = {name: oid for name, oid in one.oids().items() if oid}
            for step, version, day, night in STEPS:
                if not self.step(step, version, day, night):
                    return
            self.report.facts[f"{self.example.name} by {self.way}"] = {
                "rows compared": sum(d.compared for d in self.deployments), "cells": sum(d.cells for d in self.deployments), "plans": sum(p.applied for p in self.platforms),
            }
            if not self.report.problems:
                self.falsified()

    def step(self, step: str, version: str, day: str, night: str) -> bool:
        """One version into dev, and then into production."""
        self.version(version)
        matrix: dict[str, Any] = {}
        for one in self.deployments:
            one.project = self.project(version)
            if not matrix and not one.emit():
                return False
            matrix = matrix or one.matrix
            one.matrix = matrix
            one.names = {role["name"]: role["postgres"] for role in matrix["roles"] if role["postgres"]}
        for path in neighbours.touched(self.out, self.change.read_by_hand):
            self.report.problem(f"{self.example.name}, {step}: {path} was written by hand, and is another.")
        for place in self.platforms:
            place.deploy(self.out / "terraform", step)
        for one in self.deployments:
            for statement in getattr(self.change, night) if night else []:
                one.database.run(statement)
            if night:
                self.sources_changed(one)
            if step == "first" and self.way == "dbt":
                one.database.run(f"create schema if not exists {quoted(one.schema())} authorization {access_check.BUILDER}")
                self.move_in(one)
            if not one.deploy(step, day):
                return False
            if step == "first" and self.way != "dbt":
                self.move_in(one)
            self.people(one)
            self.judged(one, step)
        return True

    def move_in(self, one: Deployment) -> None:
        """The neighbours of a warehouse."""
        neighbours.move_in(one.database, one.schema())
        one.neighbours = neighbours.picture(one.database, one.schema())

    def sources_changed(self, one: Deployment) -> None:
        """What happened at the sources is no loss of the platform's: a declared table is a source, too."""
        now = one.look()
        for name in one.rest:
            if name in self.content["sources"]:
                one.rest[name] = now[name]

    def people(self, one: Deployment) -> None:
        """Those who are there now, with their roles."""
        for login in one.project.logins:
            one.database.run(f"do $$ begin if not exists (select 1 from pg_roles where rolname = '{login.name}') then create role {quoted(login.name)} login; end if; end $$")
        one.join()

    def judged(self, one: Deployment, step: str) -> None:
        """All that must be so after a deployment."""
        now = one.look()
        if one.rest:
            for text in one.kept(step, now):
                one.problem(text)
            if step in ("changed", "rolled back"):
                old, new = self.change.renamed
                if step == "rolled back":
                    one.rest.pop(old, None)  # left behind by the change; built again now
                for text in one.same(step, now, (old, new) if step == "changed" else (new, old)):
                    one.problem(text)
        for name, oid in one.oids().items():
            if one.tables_of.setdefault(name, oid) != oid or not oid:
                one.problem(f"{step}: {name} is another table than it was.")
        for text in one.beside(step):
            one.problem(text)
        if self.thorough or step in ("changed", "rolled back") and one.database.name == "production":
            one.try_everything(step)
        one.rest = now

    # --- whether it can fail

    def falsified(self) -> None:
        """What is accepted, spoiled, is rejected."""
        one = self.deployments[-1]
        spoil = {
            "a kept row is gone": self.without_a_row,
            "a right is too many": self.a_right_too_many,
            "a right is missing": self.a_right_missing,
            "a neighbour is gone": self.without_a_neighbour,
        }
        for what, how in spoil.items():
            before = len(self.report.problems)
            how(one)
            found, self.report.problems = self.report.problems[before:], self.report.problems[:before]
            if not found:
                self.report.problem(f"{self.example.name} by {self.way}: {what}, and nobody says so.")
        for place in self.platforms:
            place.falsified()

    def without_a_row(self, one: Deployment) -> None:
        """A row less in the first kept table that has any."""
        now = dict(one.rest)
        name = next((n for n in self.change.kept if now.get(n)), None)
        if name is None:
            name = next(n for n, rows in sorted(now.items()) if rows)
            for text in one.same("later", now | {name: now[name][1:]}, ("", "")):
                one.problem(text)
            return
        for text in one.kept("falsified", now | {name: now[name][1:]}):
            one.problem(text)

    def a_right_too_many(self, one: Deployment) -> None:
        """A table that somebody has no right to, opened to them."""
        login = min(one.project.logins, key=lambda person: len(person.roles))
        mine = {(e["schema"], e["table"]) for e in one.matrix["entries"] if e["role"] in login.roles}
        schema, table = next((s, t) for s, t, _ in one.tables() if (s, t) not in mine and f"{s}.{t}" in one.rest and one.rest[f"{s}.{t}"])
        one.database.run(f"grant select on {quoted(schema)}.{quoted(table)} to {quoted(login.name)}")
        one.database.run(f"grant usage on schema {quoted(schema)} to {quoted(login.name)}")
        one.try_everything("falsified")
        one.database.run(f"revoke select on {quoted(schema)}.{quoted(table)} from {quoted(login.name)}")
        one.database.run(f"revoke usage on schema {quoted(schema)} from {quoted(login.name)}")

    def a_right_missing(self, one: Deployment) -> None:
        """A grant of the matrix is gone."""
        entry = next(e for e in one.matrix["entries"] if e["verb"] == "read" and e["path"]["kind"] == "warehouse" and e["role"] in one.names and any(e["role"] in x.roles for x in one.project.logins))
        name = f"{quoted(entry['schema'])}.{quoted(entry['table'])}"
        one.database.run(f"revoke all on {name} from {quoted(one.names[entry['role']])}")
        one.try_everything("falsified")

    def without_a_neighbour(self, one: Deployment) -> None:
        """A policy of somebody else's is gone."""
        one.database.run(f"drop policy mine on {one.schema()}.notes_by_hand")
        for text in one.beside("falsified"):
            one.problem(text)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--example", action="append", required=True, type=judge.existing, metavar="DIR", help="may come again")
    arguments.add_argument("--way", action="append", choices=["plain", "dbt"], default=[], help="default: plain")
    arguments.add_argument("--thorough", action="store_true", help="rights after every step and in every environment, not in production after those that change them alone")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("life_check")
    ways = options.way or ["plain"]
    with tempfile.TemporaryDirectory(prefix="pipec-life-") as scratch:
        for example in options.example:
            if example.name == "emr-analytics":
                bigquery.live(options.pipec, example, Path(scratch), report)
                continue
            for way in ways:
                Life(options.pipec, example, way, options.thorough, Path(scratch), report).run()
    report.write(options.out)
    facts = [f for f in report.facts.values() if isinstance(f, dict)]
    rows, cells, plans = (sum(f[what] for f in facts) for what in ("rows compared", "cells", "plans"))
    if not report.problems and not (rows and (cells or [e.name for e in options.example] == ["emr-analytics"])):
        report.problem("nothing was compared: this shows nothing")
    names = ", ".join(e.name for e in options.example)
    report.seconds = {name: round(sum(s for n, s in report.seconds.items() if n.endswith(name)), 1) for name in ("first", "night", "changed", "later", "rolled back")}
    steps, by = (len(bigquery.STEPS), "dbt on GoogleSQL") if names == "emr-analytics" else (len(STEPS), ", ".join(ways))
    return report.conclude(f"{names} by {by}: {steps} steps in {len(ENVIRONMENTS)} environments, {rows} rows compared, {cells} cells tried, {plans} plans applied")


if __name__ == "__main__":
    judge.judge(main)
