"""Judge `incremental(…, batch: n)` on a real Postgres: rows go in batch by batch, and a build that is killed goes on where it was.

Plain SQL is killed in the middle of a batch, again and again, at moments nobody chose, until it is through. After each time whole batches are
there, in the order of the cursor, each row once; what is in is never written again (its place in the table stays), whatever becomes
of the row it was made of; rows that arrive later go in with the next build. dbt comes to the same rows in one go.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import engines
import judge
from access_check import BUILDER, Database, quoted

ROWS, BATCH = 2730, 500
PROJECT = f"""\
project batches {{ warehouse postgres {{ database = env("DATABASE") }}; emit dbt, sql }}
use std.hipaa
source app on warehouse schema "app" {{
  table "Staged Rows" {{ id text @record_id; part integer @public; report text? @free_text; loaded_at timestamptz @public }}
}}
layer kept schema "kept" as table
role reader {{ clearance internal; postgres "reader" }}
grant read on kept to reader
policy small on taken for reader where part < 3
model taken in kept as incremental(key: (id, part), cursor: loaded_at, batch: {BATCH}) {{
  from app."Staged Rows" as s
  select {{ s.id; s.part; report = upper(s.report) || ' 100% {{{{ ''x'' }}}} $batch$ :run_date'; s.loaded_at }}
}}
"""
Taken = list[tuple[Any, ...]]


def must(command: list[str | Path], doing: str, environment: dict[str, str], folder: Path | None = None) -> None:
    """Run a command that has to succeed."""
    done = engines.run(command, cwd=folder, env=environment)
    if done.returncode != 0:
        raise engines.EngineError(f"{doing} failed:\n{done.stdout.strip()[-3000:]}")


class Check:
    """The project in its database."""

    def __init__(self, server: engines.Server, out: Path, name: str, report: judge.Report) -> None:
        self.server, self.out, self.report = server, out, report
        self.database = Database(server, name)
        Database(server, "postgres").run(f"create database {name}")
        run = self.database.run
        run(f"do $$ begin if not exists (select from pg_roles where rolname = '{BUILDER}') then create role {quoted(BUILDER)} login createrole; create role ann login; end if; end $$")
        run(f"grant create on database {name} to {quoted(BUILDER)}; create schema app")
        run('create table app."Staged Rows" (id text, part integer, report text, loaded_at timestamptz, primary key (id, part))')
        run(f"grant usage on schema app to {quoted(BUILDER)}; grant select on all tables in schema app to {quoted(BUILDER)}")

    def stage(self, first: int, many: int) -> None:
        """Rows in no order, several at one moment."""
        numbers = list(range(first, first + many))
        random.Random(first).shuffle(numbers)
        cursor = self.database.connect("postgres").cursor()
        for n in numbers:
            report = None if n % 7 == 0 else f"it's {n}"
            cursor.execute(
                "insert into app.\"Staged Rows\" values (%s, %s, %s, timestamptz '2025-01-01' + %s * interval '1 minute')", (f"r{n // 3:05}", n % 3 + 1, report, n // 40)
            )

    def problem(self, text: str) -> None:
        self.report.problem(text)

    def rows(self, sql: str, user: str = "postgres") -> Taken:
        """What a query yields."""
        found = self.database.rows(user, sql)
        if isinstance(found, str):
            raise engines.EngineError(f"{sql}: {found}")
        return found

    def taken(self) -> Taken:
        """What is in, with its place."""
        there = self.rows("select to_regclass('kept.taken') is not null")
        return self.rows("select id, part, report, ctid::text from kept.taken order by loaded_at, id, part") if there[0][0] else []

    def staged(self) -> Taken:
        """What there is to take, in its order."""
        return self.rows('select id, part, upper(report) || \' 100% {{ \'\'x\'\' }} $batch$ :run_date\' from app."Staged Rows" order by loaded_at, id, part')

    def command(self, file: str) -> tuple[list[str | Path], dict[str, str]]:
        """A file, by who builds."""
        environment = engines.clean_environment("PG") | self.server.libpq() | {"PGUSER": BUILDER, "PGDATABASE": self.database.name}
        return [self.server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", self.out / "sql" / "postgres" / file], environment

    def files(self) -> list[str]:
        """The scripts in their order."""
        lines = (self.out / "sql" / "postgres" / "index.txt").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    def build(self) -> None:
        """All of it."""
        for file in self.files():
            command, environment = self.command(file)
            must(command, f"running {file}", environment)

    def killed(self, after: float) -> bool:
        """Every file, and whoever runs longer than that is killed; whether it came to the end."""
        for file in self.files():
            command, environment = self.command(file)
            running = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                if running.wait(after if "taken" in file else 60) != 0:
                    self.problem(f"{file} fails")
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                running.wait()
                # What it had asked for goes on in the server until that is done.
                while self.rows(f"select count(*) from pg_stat_activity where usename = '{BUILDER}' and datname = '{self.database.name}'")[0][0]:
                    time.sleep(0.05)
                return False
        return True


def same(check: Check, when: str, before: Taken, after: Taken) -> None:
    """What was in is where it was."""
    if after[: len(before)] != before and not set(before) <= set(after):
        check.problem(f"{when}: what was in has been written again")


def plain(check: Check) -> None:
    """Plain SQL, killed until it is through."""
    check.build()
    # Each row takes its time, so that there is a middle.
    check.database.run("create function public.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.0007); return new; end $$; create trigger slowly before insert on kept.taken for each row execute function public.slowly()")
    check.stage(0, ROWS)
    staged, before, kills, partly = check.staged(), [], 0, 0
    choose = random.Random(3)
    for _ in range(60):
        if check.killed(0.15 + choose.random() * 0.7):
            break
        kills += 1
        now = check.taken()
        if len(now) % BATCH and len(now) != ROWS:
            check.problem(f"after a kill {len(now)} rows are there: no whole batches of {BATCH}")
        if [row[:3] for row in now] != staged[: len(now)]:
            check.problem(f"after a kill the {len(now)} rows that are there are not the first ones, each once")
        same(check, "after a kill", before, now)
        partly += 0 < len(now) < ROWS
        before = now
    done = check.taken()
    if [row[:3] for row in done] != staged:
        check.problem(f"{len(done)} of {ROWS} rows are in, and not each as it was staged")
    if partly < 2:
        check.problem(f"it was killed {kills} times, and only {partly} times between batches: nothing is shown by that")
    check.report.facts |= {"kills": kills, "between batches": partly}
    check.build()
    if check.taken() != done:
        check.problem("a build with nothing to take changes rows")
    check.database.run("grant reader to ann")
    seen = check.rows("select count(*), max(part) from kept.taken", "ann")
    if seen != [(sum(r[1] < 3 for r in staged), 2)]:
        check.problem(f"a reader sees {seen}")
    # What was taken stays as it was; what comes goes in.
    check.database.run("update app.\"Staged Rows\" set report = 'changed' where part = 1; delete from app.\"Staged Rows\" where part = 3 and id < 'r00100'")
    check.stage(ROWS, 1204)
    check.build()
    later = check.taken()
    same(check, "with more rows", done, later)
    if len(later) != ROWS + 1204 or len({row[:2] for row in later}) != len(later):
        check.problem(f"{len(later)} rows after {ROWS} and 1204")


def dbt(check: Check) -> None:
    """dbt, twice, with more rows in between."""
    environment = engines.clean_environment("DBT_", "PG") | check.server.dbt() | {"DBT_USER": BUILDER, "DBT_DATABASE": check.database.name}
    command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", check.out / "dbt"]
    check.stage(0, ROWS)
    must(command, "dbt", environment, check.out / "dbt")
    first = check.taken()
    if [row[:3] for row in first] != check.staged():
        check.problem(f"dbt takes {len(first)} rows")
    check.database.run("update app.\"Staged Rows\" set report = 'changed' where part = 1")
    check.stage(ROWS, 77)
    must(command, "dbt", environment, check.out / "dbt")
    later = check.taken()
    same(check, "dbt, with more rows", first, later)
    if len(later) != ROWS + 77:
        check.problem(f"dbt: {len(later)} rows after {ROWS} and 77")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("batches_check")
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-batches-") as scratch:
        folder = Path(scratch) / "project"
        folder.mkdir()
        (folder / "project.pipe").write_text(PROJECT, encoding="utf-8")
        out = folder / "out"
        engines.must([options.pipec, "build", folder, "-o", out], "building the project of this judge")
        engines.must([options.pipec, "verify", out, "--project", folder], "verifying what was built")
        plain(Check(server, out, "batches_sql", report))
        dbt(Check(server, out, "batches_dbt", report))
    report.write(options.out)
    return report.conclude(f"{ROWS} rows in batches of {BATCH}; killed {report.facts.get('kills')} times, {report.facts.get('between batches')} times between batches")


if __name__ == "__main__":
    judge.judge(main)
