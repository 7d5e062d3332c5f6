"""Judge an example that cron runs, when all goes well and when something does not.

A copy of the example is built with its pipelines on cron, and the script of one of them runs in cron's poor environment against a Postgres with the sample
data and an S3 that moto pretends, with a web server that takes the alerts:

1. it succeeds, and the buckets hold the objects of `troubles.EXPORTS` with the rows of the warehouse; each of them spoiled is rejected;
2. what `troubles.TROUBLES` has for the example happens: a load fails, a test fails, the connection to the database is lost in the middle of a statement. The step is
   tried as often as the pipeline says, no later step begins, nothing is published, and the alert names the step and quotes no row;
3. it is put right: the script run again completes, with all objects, and nothing that was kept is gone.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import airflow_run
import cron_run
import engines
import judge
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


class Script:
    """The script of a pipeline, run again and again; as `airflow_run.Run` asks for it."""

    def __init__(self, file: Path, environment: dict[str, str], server: engines.Server, client: Any, report: judge.Report, example: str) -> None:
        self.file, self.environment, self.server, self.client = file, environment | {"PIPEC_RETRY_SECONDS": "0"}, server, client
        self.report, self.example = report, example
        self.others = airflow_run.Run(None, environment, client, server, report, example)  # type: ignore[arg-type]
        self.runs = self.objects_seen = 0
        self.steps: list[str] = []

    def run(self, day: str) -> tuple[int, list[str], str]:
        """Its exit code, the steps that began, and all it said."""
        started = time.monotonic()
        self.runs += 1
        done = engines.run(["bash", self.file], cwd=Path(self.environment["HOME"]), env=self.environment | {"PIPEC_RUN_DATE": day})
        self.report.timed(f"run {self.runs}", started)
        return done.returncode, re.findall(r"(?m)^\S+ (\w+): begins$", done.stdout), done.stdout[-4000:]

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
        if more := troubles.published(self.example, troubles.stored(self.client).keys() - before):
            self.report.problem(f"{what}: publishes {more} though a step before failed.")
        for text in troubles.untold(self.file.stem, trouble.silent, told, failed):
            self.report.problem(f"{what}: {text}")
        if any(len(texts) > 1 for texts in told.values()):
            self.report.problem(f"{what}: one alert is enough: {told}")
        self.succeeds(day)
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
        report.facts |= {"objects": one.objects_seen, "steps": one.steps}
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
