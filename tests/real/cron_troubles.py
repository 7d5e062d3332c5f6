"""Judge an example that cron runs, when all goes well and when something does not.

A copy of the example is built with its pipelines on cron, and the script of one of them runs in cron's poor environment against a Postgres with the sample
data and an S3 that moto pretends, with a web server that takes the alerts:

1. it succeeds, and the buckets hold the objects of `troubles.EXPORTS` with the rows of the warehouse; each of them spoiled is rejected;
2. what `troubles.TROUBLES` has for the example happens: a load fails, a test fails, the connection to the database is lost in the middle of a statement. The step is
   tried as often as the pipeline says, no later step begins, nothing is published, and the alert names the step and quotes no row;
3. it is put right: the script run again completes, with all objects, and nothing that was kept is gone.

Where the pipeline has an audit, its rows say after each run what the log says. A run that is killed leaves `running`, which the next one makes `lost`; one that takes
too long is `failed`; a table that cannot be written is told by a code, and makes nothing fail.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import airflow_run
import cron_run
import engines
import judge
import recorded
import troubles
import warehouse


def on_cron(example: Path, scratch: Path) -> Path:
    """A copy of the example whose pipelines all run by cron, and tell of failures."""
    folder = scratch / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"))
    for file in folder.rglob("*.pipe"):
        text = re.sub(r"(?m)^(pipeline \w+ on) airflow\b", r"\1 cron", file.read_text(encoding="utf-8"))
        if "alert " not in text:
            text = re.sub(r"(?m)^(pipeline \w+ on cron \{)", r'\1\n  alert slack(secret("SLACK_URL"))', text)
        if re.search(r"(?m)^project \w+ \{", text):
            text = re.sub(r"(?m)^(\s*emit [^\n]*)\bairflow\b", r"\1cron", text)
        file.write_text(text, encoding="utf-8")
    return folder


def descendants(process: int) -> list[int]:
    """A process's children, and theirs."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    found, waiting = [], [process]
    while waiting:
        one = waiting.pop()
        children = [pid for pid, parent in parents.items() if parent == one]
        found += children
        waiting += children
    return found


class Script:
    """The script of a pipeline, run again and again; as `airflow_run.Run` asks for it."""

    def __init__(self, file: Path, environment: dict[str, str], server: engines.Server, client: Any, report: judge.Report, example: str) -> None:
        self.file, self.environment, self.server, self.client = file, environment | {"PIPEC_RETRY_SECONDS": "0"}, server, client
        self.report, self.example = report, example
        self.others = airflow_run.Run(None, environment, client, server, report, example)  # type: ignore[arg-type]
        self.runs = self.objects_seen = self.recorded_rows = 0
        self.steps: list[str] = []

    def run(self, day: str) -> tuple[int, list[str], str]:
        """Its exit code, the steps that began, and all it said."""
        started = time.monotonic()
        self.runs += 1
        done = engines.run(["bash", self.file], cwd=Path(self.environment["HOME"]), env=self.environment | {"PIPEC_RUN_DATE": day})
        self.report.timed(f"run {self.runs}", started)
        return done.returncode, re.findall(r"(?m)^\S+ (\w+): begins$", done.stdout), done.stdout[-4000:]

    def recorded(self, day: str, status: str, began: list[str]) -> None:
        """What the run wrote down of itself is what it said: the last step that began is the one that failed."""
        if not recorded.table(self.server):
            return
        seen = {step: ("succeeded", began.count(step)) for step in began}
        if status == "failed" and began:
            seen[began[-1]] = ("failed", began.count(began[-1]))
        self.recorded_rows += len(seen) + 1
        for text in recorded.judged(self.server, self.file.stem, day, status, seen):
            self.report.problem(f"{self.file.name}, {day}: {text}")

    def unsaid(self, day: str, step: str, status: str) -> None:
        """A run that failed since nobody could reach the database could not say so: its first run of the day stays as it was, until the next one begins."""
        if table := recorded.table(self.server):
            first = f"select min(id) from {table} where pipeline = %s and run_date = %s"
            asked = f"select coalesce(step, ''), status, ended_at from {table} where run = (select run from {table} where id = ({first})) and (step = %s or step is null) order by 1"
            found = recorded.asked(self.server, asked, (self.file.stem, day, step))
            if found != [("", status, None), (step, status, None)]:
                self.report.problem(f"{self.file.name}: a run that could not say how it ended is {found}, for {status}")

    def killed_and_unwritten(self, days: list[str]) -> None:
        """A run that is killed, one that takes too long, and one that cannot be written down."""
        table = recorded.table(self.server)
        if not table:
            return
        environment = self.environment | {"PIPEC_RUN_DATE": days[0]}
        with subprocess.Popen(["bash", self.file], env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as script:
            while script.poll() is None and len(recorded.rows(self.server, self.file.stem, days[0])) < 3:
                time.sleep(0.2)
            # `timeout` puts the steps into a group of their own.
            groups = {os.getpgid(one) for one in descendants(script.pid)}
            for group in groups | {script.pid}:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
        killed = {row.step: row.status for row in recorded.rows(self.server, self.file.stem, days[0])}
        if killed.get(None) != "running" or "running" not in [killed[step] for step in killed if step]:
            self.report.problem(f"{self.file.name}: a run that was killed is {killed}")
        self.succeeds(days[1])
        after = {row.step: row.status for row in recorded.rows(self.server, self.file.stem, days[0])}
        if after != {step: "lost" if status == "running" else status for step, status in killed.items()}:
            self.report.problem(f"{self.file.name}: a run that was killed is {after} when the next one has begun, and was {killed}")
        self.runs += 1
        self.late(days[2])
        recorded.asked(self.server, f"alter table {table} {recorded.SHUT}")
        code, began, said = self.run(days[3])
        recorded.asked(self.server, f"alter table {table} {recorded.OPEN}")
        if code != 0 or began != self.steps or "(23514)" not in said or "shut" in said or "insert" in said:
            self.report.problem(f"{self.file.name}: an audit that cannot be written makes it end with {code} after {began}\n{said[-1500:]}")

    def late(self, day: str) -> None:
        """Steps that take longer than the pipeline may, which is three seconds now."""
        lib = self.file.parent / "lib.sh"
        kept = lib.read_text(encoding="utf-8")
        lib.write_text(kept.replace('timeout --kill-after=1m "${minutes}m"', "timeout --kill-after=1m 3s"), encoding="utf-8")
        code, began, said = self.run(day)
        lib.write_text(kept, encoding="utf-8")
        if code != 124:
            self.report.problem(f"{self.file.name}: out of time it ends with {code} after {began}\n{said[-1500:]}")
        self.recorded(day, "failed", began)

    def succeeds(self, day: str) -> None:
        """All goes well."""
        before = troubles.stored(self.client)
        code, self.steps, said = self.run(day)
        made = {key: body for key, body in troubles.stored(self.client).items() if key not in before}
        if code != 0:
            self.report.problem(f"{self.file.name} ends with {code}.\n{said}")
            return
        connection, exports = warehouse.connect(self.server), troubles.EXPORTS[self.example]
        problems = troubles.wrong_objects(connection, exports, made, day) or troubles.falsified(connection, exports, made, day)
        connection.close()
        self.objects_seen += len(made)
        for text in problems:
            self.report.problem(f"{self.file.name}: {text}")
        self.recorded(day, "succeeded", self.steps)

    def fails(self, day: str, trouble: troubles.Trouble, retries: int) -> None:
        """Something happens, and is put right."""
        what = f"{self.file.name}, {trouble.name}"
        kept = self.others.kept()
        before = troubles.stored(self.client).keys() | {trouble.arrives[0]}
        self.others.said()
        with self.others.silent(trouble.silent), troubles.in_trouble(trouble, self.server, self.client) as lost:
            code, began, said = self.run(day)
        told = self.others.said()
        if lost is not None and not lost.cut_at:
            self.report.problem(f"{what}: nothing like `{trouble.lost}` was running.")
        failed = began[-1] if began else ""
        tried = [*self.steps[: self.steps.index(failed)], *[failed] * (retries + 1)] if failed in self.steps else []
        if code == 0 or not re.fullmatch(trouble.at, failed) or began != tried:
            self.report.problem(f"{what}: ends with {code} after {began}, and should fail at {trouble.at} after {retries + 1} tries.\n{said[-1500:]}")
        if trouble.lost:
            self.unsaid(day, failed, "running")
        else:
            self.recorded(day, "failed", began)
        if more := troubles.published(self.example, troubles.stored(self.client).keys() - before):
            self.report.problem(f"{what}: publishes {more} though a step before failed.")
        for text in troubles.untold(self.file.stem, trouble.silent, told, failed):
            self.report.problem(f"{what}: {text}")
        if any(len(texts) > 1 for texts in told.values()):
            self.report.problem(f"{what}: one alert is enough: {told}")
        self.succeeds(day)
        if trouble.lost:
            self.unsaid(day, failed, "lost")
        for text in self.others.lost(kept) + self.others.unexpected(trouble):
            self.report.problem(f"{what}: {text}")


def course(options: argparse.Namespace, scratch: Path, report: judge.Report) -> int:
    """All of it; how many runs there were."""
    folder, out = on_cron(options.example, scratch), scratch / "out"
    engines.must([options.pipec, "build", folder, "-o", out], "building the example")
    cron_run.shellcheck(out / "cron", report)
    script = out / "cron" / options.script
    retries = int((re.search(r"(?m)^retries=(\d+)", script.read_text(encoding="utf-8")) or ["", "0"])[1])
    rules, happens = airflow_run.rules_of(folder), troubles.chosen(folder.name, options.trouble)
    with engines.postgres() as server, cron_run.pretended_s3() as endpoint, airflow_run.web_hook() as hook:
        client = cron_run.s3_client(endpoint)
        for bucket in {e.bucket for e in troubles.EXPORTS[folder.name]}:
            client.create_bucket(Bucket=bucket)
        for written in options.incoming:
            place, file = written.split("=", 1)
            airflow_run.put(client, place, Path(file).read_bytes())
        environment = airflow_run.environment_of(rules, scratch, server, endpoint, hook)
        airflow_run.prepared(rules, folder, out, server, scratch).close()
        for name in options.before:
            code, _, said = Script(out / "cron" / name, environment, server, client, report, folder.name).run("2026-03-02")
            if code != 0:
                report.problem(f"{name} ends with {code}.\n{said}")
        one = Script(script, environment, server, client, report, folder.name)
        one.succeeds("2026-03-02")
        for number, trouble in enumerate(happens):
            one.fails(f"2026-03-{3 + number:02}", trouble, retries)
        one.killed_and_unwritten([f"2026-04-{2 + number:02}" for number in range(4)])
        report.facts |= {"recorded": one.recorded_rows, "objects": one.objects_seen, "steps": one.steps}
        if not one.objects_seen or not options.trouble:
            report.problem("no object was looked at, or nothing happened: this shows nothing")
    return one.runs


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--pipec", required=True, type=judge.existing, metavar="FILE")
    add("--example", required=True, type=judge.existing, metavar="DIR")
    add("--script", required=True, metavar="FILE", help="of a pipeline, in `cron/`")
    add("--trouble", action="append", required=True, metavar="NAME", help="this of `troubles.TROUBLES` happens; `all`: everything that it has for the example")
    add("--before", action="append", default=[], metavar="FILE", help="another pipeline's, which runs first")
    add("--incoming", action="append", default=[], metavar="BUCKET/KEY=FILE", help="a file that lies there to be loaded")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("cron_troubles")
    with tempfile.TemporaryDirectory(prefix="pipec-cron-troubles-") as name:
        runs = course(options, Path(name), report)
    report.write(options.out)
    happened = ", ".join(t.name for t in troubles.chosen(options.example.name, options.trouble))
    return report.conclude(f"{options.example.name}: {happened}; {runs} runs, {report.facts['objects']} objects, all as in the warehouse")


if __name__ == "__main__":
    judge.judge(main)
