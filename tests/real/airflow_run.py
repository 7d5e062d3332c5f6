"""Judge an example that Airflow runs: the DAGs load in Airflow's own loader, and run in its own executor.

A copy of the example is built with its pipelines on Airflow (those on cron, too), for the version
asked for. The DAG files compile, ShellCheck reads the scripts, and Airflow's DagBag says what it made of
them: tasks, dependencies, schedule. Then every DAG runs against a Postgres with the sample data and an S3 that moto
pretends, with a web server that takes the alerts:

1. it succeeds, every task on the first try, and its buckets hold the objects it names;
2. a column that its first task reads is taken away: that task fails after all its tries, what waits for it does not run, nothing is
   published, and the alert names the task and quotes no row;
3. the column is put back: a re-run completes.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import importlib
import json
import os
import py_compile
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge
import warehouse

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

from example_check import STORE_KEY  # noqa: E402

#: When the first run was due: the same day in all zones of the examples.
MOMENT = "2026-03-02T01:00:00+00:00"


def on_airflow(example: Path, scratch: Path, version: int) -> Path:
    """A copy of the example whose pipelines all run on Airflow."""
    folder = scratch / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"))
    for file in folder.rglob("*.pipe"):
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^(pipeline \w+ on) cron\b", r"\1 airflow", text)
        if "alert " not in text:
            text = re.sub(r"(?m)^(pipeline \w+ on airflow \{)", r'\1\n  alert slack(secret("SLACK_URL"))', text)
        if re.search(r"(?m)^project \w+ \{", text):
            text = re.sub(r"(?m)^(\s*emit )([^\n]*)$", lambda m: m[1] + ", ".join(targets(m[2])), text, count=1)
            text = re.sub(r"(?m)^(project \w+ \{)", rf"\1\n  airflow {version}", text, count=1)
        file.write_text(text, encoding="utf-8")
    return folder


def targets(written: str) -> list[str]:
    """The targets of `emit`, cron's as Airflow's."""
    names = [name.strip() for name in written.split(",")]
    return [name for name in names if name not in ("cron", "airflow")] + ["airflow"]


class Alerts(http.server.BaseHTTPRequestHandler):
    """Takes what is told to the web hook."""

    said: list[str] = []

    def do_POST(self) -> None:  # noqa: N802
        """One alert."""
        Alerts.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextlib.contextmanager
def web_hook() -> Iterator[str]:
    """A server for alerts; yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Alerts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()


class Airflow:
    """One version of Airflow, with a home of its own."""

    def __init__(self, version: int, home: Path, out: Path) -> None:
        self.python = engines.venv(f"airflow{version}") / "bin" / "python"
        self.dags = out / "airflow" / "dags"
        self.environment = {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "PYTHONWARNINGS": "ignore",
        }

    def call(self, arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
        """The last line of what the script in Airflow's environment says."""
        done = engines.run([self.python, HERE / "airflow" / "run.py", *arguments], env=environment | self.environment)
        try:
            return json.loads(done.stdout.strip().splitlines()[-1]) | {"output": done.stdout[-6000:]}
        except (ValueError, IndexError):
            raise engines.EngineError(f"Airflow could not {arguments[0]}:\n{done.stdout.strip()[-6000:]}") from None

    def migrate(self, environment: dict[str, str]) -> None:
        """Makes Airflow's own database."""
        done = engines.run([self.python, "-m", "airflow", "db", "migrate"], env=environment | self.environment)
        if done.returncode != 0:
            raise engines.EngineError(f"Airflow could not make its database:\n{done.stdout.strip()[-4000:]}")


def loads(airflow: Airflow, out: Path, environment: dict[str, str], report: judge.Report) -> dict[str, Any]:
    """What Airflow makes of the DAG files; what it must find in each is checked."""
    for file in sorted(airflow.dags.glob("*.py")):
        try:
            py_compile.compile(str(file), doraise=True)
        except py_compile.PyCompileError as problem:
            report.problem(f"{file.name} does not compile: {problem}")
    shutil.rmtree(airflow.dags / "__pycache__", ignore_errors=True)
    cron_run.shellcheck(out / "airflow", report)
    found = airflow.call(["load", str(airflow.dags)], environment)
    for file, error in found["errors"].items():
        report.problem(f"Airflow can't import {Path(file).name}: {error}")
    if found["dags"].keys() != {file.stem for file in airflow.dags.glob("*.py")}:
        report.problem(f"Airflow finds {sorted(found['dags'])}.")
    for name, dag in found["dags"].items():
        if dag["catchup"] or dag["max_active_runs"] != 1:
            report.problem(f"{name} catches up, or runs beside itself.")
        after = dag["tasks"]
        for task, waits in after.items():
            first = task.startswith("export_")
            if first and not any(w.startswith(("checks", "test")) for w in waits):
                report.problem(f"{name}: {task} waits for {waits}, and for no test.")
    return found["dags"]


class Run:
    """The DAGs of one example, run."""

    def __init__(self, airflow: Airflow, environment: dict[str, str], client: Any, connection: Any, report: judge.Report) -> None:
        self.airflow, self.environment, self.client = airflow, environment, client
        self.connection, self.report = connection, report
        self.runs = 0

    def dag(self, name: str, moment: str) -> dict[str, Any]:
        """One run."""
        started = time.monotonic()
        self.runs += 1
        found = self.airflow.call(["run", str(self.airflow.dags), name, moment], self.environment)
        self.report.timed(f"run {self.runs}", started)
        return found

    def objects(self) -> set[str]:
        """All objects of all buckets."""
        names = [bucket["Name"] for bucket in self.client.list_buckets()["Buckets"]]
        return {f"{name}/{item['Key']}" for name in names for item in self.client.list_objects_v2(Bucket=name).get("Contents", [])}

    def succeeds(self, name: str, dag: dict[str, Any], moment: str) -> None:
        """A run in which all goes well."""
        before = self.objects()
        found = self.dag(name, moment)
        states = {task: state["state"] for task, state in found["tasks"].items()}
        if "success" not in found["state"] or any("success" not in state for state in states.values()):
            self.report.problem(f"{name} ends with {found['state']}: {states}\n{found['output']}")
            return
        made = self.objects() - before
        for task, outlets in dag["outlets"].items():
            for outlet in outlets:
                if not any(key.startswith(outlet.removeprefix("s3://")) for key in made):
                    self.report.problem(f"{name}: {task} leaves nothing in {outlet}: {sorted(made)}")
        local = moment[:10].replace("-", "")
        if dag["outlets"] and not any(local in key or moment[:10].replace("-", "/") in key for key in made):
            self.report.problem(f"{name}: no object of {sorted(made)} bears the day the run was due.")

    def fails(self, name: str, dag: dict[str, Any], moment: str, break_: str, mend: str) -> None:
        """A run whose first task cannot succeed, and the re-run that completes it."""
        before = self.objects()
        Alerts.said.clear()
        self.execute(break_)
        found = self.dag(name, moment)
        self.execute(mend)
        states = {task: state["state"].split(".")[-1].lower() for task, state in found["tasks"].items()}
        failed = sorted(task for task, state in states.items() if state == "failed")
        if not failed or "fail" not in found["state"].lower():
            self.report.problem(f"{name} does not fail without what it reads: {states}")
        for task, waits in dag["tasks"].items():
            if any(states.get(w) in ("failed", "upstream_failed") for w in waits) and states.get(task) != "upstream_failed":
                self.report.problem(f"{name}: {task} is {states.get(task)} after {waits}.")
        for task in failed:
            if found["tasks"][task]["tries"] < dag["retries"] + 1:
                self.report.problem(f"{name}: {task} was tried {found['tasks'][task]['tries']} times, and {dag['retries']} retries are declared.")
        if made := self.objects() - before:
            self.report.problem(f"{name} publishes {sorted(made)} though a task before failed.")
        if not any(task in said for task in failed for said in Alerts.said):
            self.report.problem(f"{name}: no alert names {failed}: {Alerts.said}")
        self.succeeds(name, dag, moment)

    def execute(self, statements: str) -> None:
        """SQL, as the owner."""
        with self.connection.cursor() as cursor:
            cursor.execute(statements)


def environment_of(rules: Any, scratch: Path, server: engines.Server, endpoint: str, hook: str) -> dict[str, str]:
    """What a worker has."""
    made = cron_run.cron_environment(scratch, server)
    values = server.libpq() | server.dbt("public") | cron_run.AWS | {"AWS_ENDPOINT_URL": endpoint}
    alerts = {name: hook for name in getattr(rules, "WEB_HOOKS", ("SLACK_URL",))}
    return made | values | alerts | rules.SECRETS | {"LANG": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*"}


def prepared(rules: Any, folder: Path, out: Path, server: engines.Server, scratch: Path) -> Any:
    """A warehouse with the sample data; its connection."""
    schema = scratch / "tables.json"
    schema.write_text(json.dumps(rules.SCHEMA), encoding="utf-8")
    files = sorted((out / "sql" / "postgres").glob("*.sql"))
    first = [file for ending in getattr(rules, "FIRST", ()) for file in files if file.name.endswith(ending)]
    options = argparse.Namespace(
        data=folder / "data",
        first=first,
        prepare=[HERE.parents[1] / "stdlib" / "setup" / "postgres.sql"],
        secret=list(rules.SECRETS.items()),
        secret_sql=STORE_KEY,
    )
    connection = warehouse.connect(server)
    warehouse.set_up(server, connection, warehouse.read_tables(folder / "data", schema), options)
    return connection


def runs(options: argparse.Namespace, airflow: Airflow, dags: dict[str, Any], folder: Path, out: Path, scratch: Path, report: judge.Report) -> int:
    """Every DAG on the engines; how many runs there were."""
    rules: Any = importlib.import_module(f"{folder.name.replace('-', '_')}_expected")
    with engines.postgres() as server, cron_run.pretended_s3() as endpoint, web_hook() as hook:
        client = cron_run.s3_client(endpoint)
        for bucket in options.bucket:
            client.create_bucket(Bucket=bucket)
        for written in options.incoming:
            place, file = written.split("=", 1)
            bucket, key = place.split("/", 1)
            client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key=key, Body=Path(file).read_bytes())
        environment = environment_of(rules, scratch, server, endpoint, hook)
        airflow.migrate(environment)
        connection = prepared(rules, folder, out, server, scratch)
        run = Run(airflow, environment, client, connection, report)
        # Those that build what others read go first: as they are declared.
        for number, name in enumerate(options.dag):
            run.succeeds(name, dags[name], MOMENT.replace("03-02", f"03-{2 + number:02}"))
        for query, expected in options.expect:
            with connection.cursor() as cursor:
                cursor.execute(query)
                found = str(cursor.fetchall())
            if found != expected:
                report.problem(f"{query} gives {found}, for {expected}.")
        name = options.dag[-1]
        schema, table, column = options.takes.split(".")
        # A table that is gone would be made anew where the project declares it.
        rename = f'alter table "{schema}"."{table}" rename column '
        away, back = f'{rename}"{column}" to taken_away', f'{rename}taken_away to "{column}"'
        run.fails(name, dags[name], MOMENT.replace("03-02", "03-20"), away, back)
        connection.close()
    return run.runs


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--pipec", required=True, type=judge.existing, metavar="FILE")
    add("--example", required=True, type=judge.existing, metavar="DIR")
    add("--version", type=int, choices=(2, 3), default=3, help="Airflow's (default: 3)")
    add("--dag", action="append", default=[], metavar="ID", help="a DAG to run, in this order; the last is the one that is made to fail")
    add("--takes", metavar="SCHEMA.TABLE.COLUMN", help="the column that is taken away")
    add("--bucket", action="append", default=[], metavar="NAME", help="a bucket that exports go to")
    add("--incoming", action="append", default=[], metavar="BUCKET/KEY=FILE", help="a file that lies there to be loaded")
    add("--expect", action="append", default=[], nargs=2, metavar=("QUERY", "ROWS"), help="what a query gives when all DAGs have run once")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("airflow_run")
    made = 0
    with tempfile.TemporaryDirectory(prefix="pipec-airflow-") as name:
        scratch = Path(name)
        folder, out = on_airflow(options.example, scratch, options.version), scratch / "out"
        engines.must([options.pipec, "build", folder, "-o", out], "building the example")
        home = scratch / "airflow_home"
        home.mkdir()
        airflow = Airflow(options.version, home, out)
        plain = {"HOME": str(scratch), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        started = time.monotonic()
        dags = loads(airflow, out, plain, report)
        report.timed("load", started)
        report.facts["dags"] = dags
        if options.dag and not report.problems:
            made = runs(options, airflow, dags, folder, out, scratch, report)
    report.write(options.out)
    return report.conclude(f"{options.example.name}: {len(dags)} DAGs load in Airflow {options.version}, {made} runs")


if __name__ == "__main__":
    judge.judge(main)
