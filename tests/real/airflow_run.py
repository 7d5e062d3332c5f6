"""Judge an example that Airflow runs: the DAGs load in Airflow's own loader, and run in its own executor.

A copy of the example is built with its pipelines on Airflow (those on cron, too), for the version
asked for. The DAG files compile, ShellCheck reads the scripts, and Airflow's DagBag says what it made of
them: tasks, dependencies, schedule. Then every DAG runs against a Postgres with the sample data and an S3 that moto
pretends, with a web server that takes the alerts:

1. it succeeds, every task on the first try, and the buckets hold the objects of `troubles.EXPORTS`, by their names, with the rows of the
   warehouse and manifests that say so; each of them spoiled is rejected;
2. a column that its first task reads is taken away, and with `--trouble` what `troubles.TROUBLES` has for the example happens: a load fails, a test fails,
   the connection to the database is lost in the middle of a statement. What it happens to fails after all its tries, what waits for it does not run, nothing is
   published, and the alert names the task and quotes no row;
3. it is put right: a re-run completes, with all objects, nothing that was kept is gone, and what was uploaded meanwhile is loaded once;
4. a DAG with several alerts tells in each way, and while the web hook is out of order or the mail program hangs, in the other.

Where a pipeline has an audit, its rows say after each run what Airflow says: which tasks began, how often, how they ended. A run that was killed is `lost` when the next
one begins, and a table that cannot be written makes no task fail.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import http.server
import importlib
import io
import json
import os
import py_compile
import re
import shutil
import subprocess
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
import recorded
import troubles
import warehouse
from life.changes import CHANGES

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
    broken = False

    def do_POST(self) -> None:  # noqa: N802
        """One alert."""
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
        if not Alerts.broken:
            Alerts.said.append(text)
        self.send_response(503 if Alerts.broken else 200)
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
        done = engines.run([self.python, HERE / "airflow" / "run.py", *arguments], env=environment | self.environment, timeout=3600)
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

    def __init__(self, airflow: Airflow, environment: dict[str, str], client: Any, server: engines.Server, report: judge.Report, example: str) -> None:
        self.airflow, self.environment, self.client = airflow, environment, client
        self.server, self.report, self.example = server, report, example
        self.mail = Path(environment["HOME"]) / "mail.txt"
        self.runs = self.objects_seen = self.recorded_rows = 0
        #: How often a task was begun, by DAG, moment and task.
        self.tries: dict[tuple[str, str, str], int] = {}
        self.buckets: set[str] = set()

    def dag(self, name: str, moment: str) -> dict[str, Any]:
        """One run."""
        started = time.monotonic()
        self.runs += 1
        found = self.airflow.call(["run", str(self.airflow.dags), name, moment], self.environment)
        self.report.timed(f"run {self.runs}", started)
        return found

    def exports(self, dag: dict[str, Any]) -> list[troubles.Export]:
        """What a DAG puts into buckets: its assets say into which."""
        told = {uri.removeprefix("s3://").strip("/") for uris in dag["outlets"].values() for uri in uris}
        known = [e for e in troubles.EXPORTS.get(self.example, []) if any(e.bucket in (name, f"{name}-dev") for name in told)]
        if len(known) != len(told):
            self.report.problem(f"{self.example}: assets {sorted(told)}, and these are known: {[e.bucket for e in known]}.")
        return known

    def recorded(self, name: str, moment: str, status: str, tasks: dict[str, Any]) -> list[str]:
        """What is wrong with what the run wrote down of itself. A task that did not begin has no row; one that is cleared goes on counting."""
        if not recorded.table(self.server):
            return []
        ended = {"success": "succeeded", "failed": "failed"}
        seen: recorded.Seen = {}
        for task, state in tasks.items():
            how = state["state"].split(".")[-1].lower()
            if how in ended:
                tries = self.tries[(name, moment, task)] = self.tries.get((name, moment, task), 0) + state["tries"]
                seen[task] = (ended[how], tries)
        self.recorded_rows += len(seen) + 1
        pipeline = name.removeprefix(self.example.replace("-", "_") + "_")
        return [f"{name}: {text}" for text in recorded.judged(self.server, pipeline, moment[:10], status, seen)]

    def written(self, name: str, moment: str) -> list[recorded.Row]:
        """What the last run of a DAG wrote down."""
        pipeline = name.removeprefix(self.example.replace("-", "_") + "_")
        return recorded.rows(self.server, pipeline, moment[:10]) if recorded.table(self.server) else []

    def lost_and_unwritten(self, name: str, dag: dict[str, Any], moment: str, next_moment: str) -> None:
        """A run that was killed, and one that cannot be written down."""
        table, pipeline = recorded.table(self.server), name.removeprefix(self.example.replace("-", "_") + "_")
        if not table:
            return
        kill = f"update {table} set status = 'running', ended_at = null where id in (select id from {table} where pipeline = %s order by id desc limit 2) returning id"
        killed = tuple(row[0] for row in recorded.asked(self.server, kill, (pipeline,)))
        self.succeeds(name, dag, moment)
        found = self.query(f"select status, ended_at from {table} where id in {killed}")
        if found != [("lost", None)] * 2:
            self.report.problem(f"{name}: a run that was killed is {found} when the next one has begun.")
        recorded.asked(self.server, f"alter table {table} {recorded.SHUT}")
        found_run = self.dag(name, next_moment)
        recorded.asked(self.server, f"alter table {table} {recorded.OPEN}")
        states = {task: state["state"] for task, state in found_run["tasks"].items()}
        if "success" not in found_run["state"] or any(state["tries"] != 1 for state in found_run["tasks"].values()):
            self.report.problem(f"{name}: an audit that cannot be written makes it end with {found_run['state']}: {states}")

    def succeeds(self, name: str, dag: dict[str, Any], moment: str) -> None:
        """A run in which all goes well."""
        before = troubles.stored(self.client)
        found = self.dag(name, moment)
        states = {task: state["state"] for task, state in found["tasks"].items()}
        if "success" not in found["state"] or any("success" not in state for state in states.values()):
            self.report.problem(f"{name} ends with {found['state']}: {states}\n{found['output']}")
            return
        after = troubles.stored(self.client)
        made = {key: body for key, body in after.items() if key not in before}
        changed = sorted(key for key in before if key in after and after[key] != before[key])
        exports, connection = self.exports(dag), warehouse.connect(self.server)
        problems = troubles.wrong_objects(connection, exports, made, moment[:10])
        if changed:
            problems.append(f"objects of earlier runs are others now: {changed}")
        if not problems and exports:
            problems = troubles.falsified(connection, exports, made, moment[:10])
            self.objects_seen += len(made)
            self.buckets |= {export.bucket for export in exports}
        for text in problems:
            self.report.problem(f"{name}: {text}")
        connection.close()
        for text in self.recorded(name, moment, "succeeded", found["tasks"]):
            self.report.problem(text)

    def kept(self) -> dict[str, set[tuple[str, ...]]]:
        """The keys of all rows that are kept."""
        tables = CHANGES[self.example].kept if self.example in CHANGES else {}
        return {t: set(self.query(f"select {', '.join(f'{c}::text' for c in key)} from {t}")) for t, key in tables.items()}

    def query(self, text: str) -> list[Any]:
        """What a query gives."""
        connection = warehouse.connect(self.server)
        with connection.cursor() as cursor:
            cursor.execute(text)
            rows = cursor.fetchall()
        connection.close()
        return list(rows)

    def said(self) -> dict[str, list[str]]:
        """All alerts since the last look, by the way they came."""
        mails = self.mail.read_text(encoding="utf-8").splitlines() if self.mail.exists() else []
        self.mail.unlink(missing_ok=True)
        told, Alerts.said = {"web hook": Alerts.said, "mail": mails}, []
        return told

    def tells(self, name: str) -> None:
        """A DAG that tells in several ways: each is told, and while one is out of order, the others."""
        script = self.airflow.dags.parent / "steps" / f"{name.removeprefix(self.example.replace('-', '_') + '_')}_alert.sh"
        declared = troubles.ways(name)
        for lost in ["", *sorted(declared)] if len(declared) > 1 else []:
            self.said()
            with self.silent(lost):
                try:
                    engines.run(["bash", script, f"{name}: a_task failed"], env=self.environment | self.given(), timeout=100)
                except subprocess.TimeoutExpired:
                    self.report.problem(f"{name}, an alert without {lost or 'trouble'} waits for it.")
            for text in troubles.untold(name, lost, self.said(), "a_task"):
                self.report.problem(f"{name}, an alert without {lost or 'trouble'}: {text}")

    def given(self) -> dict[str, str]:
        """What a DAG gives its scripts out of Airflow's variables."""
        begins = f"AIRFLOW_VAR_{self.example.replace('-', '_').upper()}_"
        return {name.removeprefix(begins): value for name, value in self.environment.items() if name.startswith(begins)}

    @contextlib.contextmanager
    def silent(self, way: str) -> Iterator[None]:
        """While nothing goes this way: the web hook answers that it is out of order, the mail program never ends."""
        lost = self.mail.with_suffix(".lost")
        Alerts.broken = way == "web hook"
        if way == "mail":
            lost.touch()
        try:
            yield
        finally:
            Alerts.broken = False
            lost.unlink(missing_ok=True)

    def fails(self, name: str, dag: dict[str, Any], moment: str, trouble: troubles.Trouble) -> None:
        """A run that something happens to, and the re-run that completes it."""
        kept = self.kept()
        before = troubles.stored(self.client).keys() | {trouble.arrives[0]}
        self.said()
        with self.silent(trouble.silent), troubles.in_trouble(trouble, self.server, self.client) as lost:
            found = self.dag(name, moment)
        if lost is not None and not lost.cut_at:
            self.report.problem(f"{name}, {trouble.name}: nothing like `{trouble.lost}` was running.")
        states = {task: state["state"].split(".")[-1].lower() for task, state in found["tasks"].items()}
        failed = sorted(task for task, state in states.items() if state == "failed")
        if not failed or "fail" not in found["state"].lower() or not all(re.fullmatch(trouble.at, task) for task in failed):
            self.report.problem(f"{name}, {trouble.name}: what fails should be {trouble.at}: {states}\n{found['output'][-1500:]}")
        for task, waits in dag["tasks"].items():
            if any(states.get(w) in ("failed", "upstream_failed") for w in waits) and states.get(task) != "upstream_failed":
                self.report.problem(f"{name}, {trouble.name}: {task} is {states.get(task)} after {waits}.")
        for task in failed:
            if found["tasks"][task]["tries"] < dag["retries"] + 1:
                self.report.problem(f"{name}, {trouble.name}: {task} was tried {found['tasks'][task]['tries']} times, and {dag['retries']} retries are declared.")
        if more := troubles.published(self.example, troubles.stored(self.client).keys() - before):
            self.report.problem(f"{name}, {trouble.name}: publishes {more} though a task before failed.")
        if trouble.lost:
            # Nobody could say what became of the task, nor how often it was begun.
            self.tries |= {(name, moment, row.step): row.tries for row in self.written(name, moment) if row.step}
        else:
            for text in self.recorded(name, moment, "failed", found["tasks"]):
                self.report.problem(f"{trouble.name}: {text}")
        told = self.said()
        for text in (text for task in failed for text in troubles.untold(name, trouble.silent, told, task)):
            self.report.problem(f"{name}, {trouble.name}: {text}")
        self.succeeds(name, dag, moment)
        for text in self.lost(kept):
            self.report.problem(f"{name}, {trouble.name}: {text}")
        for text in self.unexpected(trouble):
            self.report.problem(f"{name}, {trouble.name}: {text}")

    def unexpected(self, trouble: troubles.Trouble) -> list[str]:
        """What is otherwise than the trouble says it is when all is over."""
        found = [(query, str(self.query(query)), rows) for query, rows in trouble.expect]
        return [f"{query} gives {was}, for {rows}." for query, was, rows in found if was != rows]

    def lost(self, kept: dict[str, set[tuple[str, ...]]]) -> list[str]:
        """Rows that were there, and are no more."""
        now = self.kept()
        return [f"{table} has lost {sorted(keys - now[table])[:3]}" for table, keys in kept.items() if keys - now[table]]


def environment_of(rules: Any, scratch: Path, server: engines.Server, endpoint: str, hook: str, store: str = "") -> dict[str, str]:
    """What a worker has; `store` is the project whose secrets are variables of Airflow's."""
    made = cron_run.cron_environment(scratch, server)
    values = server.libpq() | server.dbt("public") | cron_run.AWS | {"AWS_ENDPOINT_URL": endpoint}
    alerts = {name: hook for name in getattr(rules, "WEB_HOOKS", ("SLACK_URL",))}
    # The stand-in for a mail program keeps what it is told, or hangs.
    mail = scratch / "bin" / "mail"
    mail.write_text('#!/bin/sh\ntest ! -e "$HOME/mail.lost" || exec sleep 200\ncat >>"$HOME/mail.txt"\n', encoding="utf-8")
    mail.chmod(0o755)
    # An example that keeps its secrets in a store finds them where Airflow looks first, and not in the environment of its scripts.
    stored = {name: (values | alerts)[name] for name in ("DBT_PASSWORD", "PGPASSWORD", "SLACK_URL")} if store else {}
    values = {name: value for name, value in values.items() if name not in stored} | {f"AIRFLOW_VAR_{store.upper()}_{name}": value for name, value in stored.items()}
    alerts = {name: value for name, value in alerts.items() if name not in stored}
    values |= {"OPERATIONS_MAIL": "operations@example.org", "MANAGEMENT_MAIL": "management@example.org", "PIPEC_ENVIRONMENT": "dev"}
    return made | values | alerts | rules.SECRETS | {"LANG": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*"}


def rules_of(folder: Path) -> Any:
    """The raw tables and the keys of an example; Airbyte's have no key, since a changed resource comes as one more row."""
    if folder.name != "engage-analytics":
        return importlib.import_module(f"{folder.name.replace('-', '_')}_expected")
    tables = {file.stem: {"schema": "airbyte", "columns": warehouse.AIRBYTE_COLUMNS} for file in sorted((folder / "data").glob("*.ndjson"))}
    return argparse.Namespace(SCHEMA=tables, SECRETS={"PSEUDONYM_KEY": "pipec-throw-away-key"})


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
    rules = rules_of(folder)
    with engines.postgres() as server, cron_run.pretended_s3() as endpoint, web_hook() as hook:
        client = cron_run.s3_client(endpoint)
        for bucket in options.bucket:
            client.create_bucket(Bucket=bucket)
        for written in options.incoming:
            place, file = written.split("=", 1)
            put(client, place, Path(file).read_bytes())
        data = folder / "data"
        if options.uploads:
            for key, body in troubles.uploads(data).items():
                put(client, f"{options.uploads}/{key}", body)
        stored = any(re.search(r"(?m)^\s*secrets (airflow|vault|aws)\b", file.read_text(encoding="utf-8")) for file in folder.rglob("*.pipe"))
        environment = environment_of(rules, scratch, server, endpoint, hook, folder.name.replace("-", "_") if stored else "")
        airflow.migrate(environment)
        connection = prepared(rules, folder, out, server, scratch)
        if options.uploads:
            # What the sample has in these tables is what is uploaded.
            with connection.cursor() as cursor:
                cursor.execute("truncate " + ", ".join(f"landing.{name}" for name in troubles.UPLOADED))
        connection.close()
        run = Run(airflow, environment, client, server, report, folder.name)
        # Those that build what others read go first: as they are declared.
        for number, name in enumerate(options.dag):
            run.succeeds(name, dags[name], MOMENT.replace("03-02", f"03-{2 + number:02}"))
            run.tells(name)
        for query, expected in options.expect:
            found = str(run.query(query))
            if found != expected:
                report.problem(f"{query} gives {found}, for {expected}.")
        if options.uploads:
            uploaded(run, options.uploads, data)
        name, day = options.dag[-1], 20
        awaited = [taken_away(options.takes)] if options.takes else []
        late = False
        for trouble in awaited + troubles.chosen(folder.name, options.trouble):
            if options.uploads and not late and "load" in trouble.at:
                late = True
                for key, body in troubles.uploads(data / "late").items():
                    put(client, f"{options.uploads}/{key}", body)
            run.fails(name, dags[name], MOMENT.replace("03-02", f"03-{day:02}"), trouble)
            day += 1
        if options.killed:
            days = [MOMENT.replace("03-02", f"03-{day + n:02}") for n in range(2)]
            run.lost_and_unwritten(name, dags[name], *days)
        if options.uploads and late:
            uploaded(run, options.uploads, data, data / "late")
        report.facts |= {"objects": run.objects_seen, "ran": options.dag, "version": options.version, "recorded": run.recorded_rows, "buckets": sorted(run.buckets)}
        if not run.objects_seen and troubles.EXPORTS.get(folder.name):
            report.problem("no object was looked at: this shows nothing")
    return run.runs


def put(client: Any, place: str, body: bytes) -> None:
    """An object, in a bucket that is made when it is not there."""
    bucket, key = place.split("/", 1)
    if bucket not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key=key, Body=body)


def taken_away(column: str) -> troubles.Trouble:
    """A column that a task reads is gone. A table that is gone would be made anew where the project declares it."""
    schema, table, name = column.split(".")
    rename = f'alter table "{schema}"."{table}" rename column '
    return troubles.Trouble(f"{column} taken away", r".*", f'{rename}"{name}" to taken_away', f'{rename}taken_away to "{name}"')


def uploaded(run: Run, bucket: str, *folders: Path) -> None:
    """Every line that was uploaded is in its table or in quarantine, once, and every file in the archive."""
    files = [key for key in troubles.stored(run.client) if key.startswith(f"{bucket}/")]
    if left := [key for key in files if "/input/" in key]:
        run.report.problem(f"uploads were not archived: {left}")
    for table in troubles.UPLOADED:
        bodies = [body for folder in folders for key, body in troubles.uploads(folder).items() if key.split("/")[-1].startswith(f"{table}_")]
        lines = sum(len(list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))) - 1 for body in bodies)
        [(rows,)] = run.query(f"select count(*) from landing.{table}")
        [(bad,)] = run.query(f"select count(*) from landing.{table}_quarantine")
        [(read, told)] = run.query(f"select sum(rows_read)::int, sum(rows_inserted + rows_duplicate + rows_quarantined)::int from landing.etl_audit_log where load = '{table}' and status = 'loaded'")
        if not (lines == rows + bad == read == told):
            run.report.problem(f"of {lines} lines of {table}, {rows} are loaded and {bad} in quarantine; the audit says {read} and {told}")


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
    add("--uploads", metavar="BUCKET", help="Medilink's sample is uploaded there, and loaded")
    add("--killed", action="store_true", help="a run is killed, and one cannot be written down: for a pipeline with an audit")
    add("--trouble", action="append", default=[], metavar="NAME", help="this of `troubles.TROUBLES` happens; `all`: everything that it has for the example")
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
    return report.conclude(f"{options.example.name}: {len(dags)} DAGs load in Airflow {options.version}, {made} runs, {report.facts.get('objects', 0)} objects, all as in the warehouse")


if __name__ == "__main__":
    judge.judge(main)
