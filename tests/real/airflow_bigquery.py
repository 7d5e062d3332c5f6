"""Judge the EMR analytics example on Airflow: its DAG runs in Airflow's own executor, dbt against GoogleSQL behind BigQuery's REST interface.

Docker is a program that ends as it is told, and the external tables are filled beforehand: what Synthea's containers would have fetched. Models are built layer by
layer, and not one by one by Cosmos, which `airflow_operators.py` runs (`dbt cosmos` is left out of the copy). Then

1. the DAG succeeds, and every relation has the rows that plain Python computes (`checks/emr_analytics_expected.py`);
2. the ingestion fails: after all its tries nothing is built, an alert names the task, and a re-run completes with the same rows;
3. in the middle of a build BigQuery refuses whatever it is asked (403): what waits for what was being built does not run, and a re-run completes with the rows there were;
4. a row comes that a test refuses: the tests fail, and the alert names the task. The row is corrected by a later one, as the ingestion does; a re-run
   completes, and the row is there once.

A connection that is cut is not tried here: Google's client library waits for ten minutes and more before it gives up, and the emulator is not BigQuery's network. That is
shown on Postgres by `airflow_run.py`. No bucket is written by this DAG but by the containers.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import airflow_run
import bigquery_check
import bigquery_server
import cron_run
import emr_check
import engines
import googlesql
import judge

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

import emr_analytics_expected as rules  # noqa: E402
import shared  # noqa: E402

DATASETS = ("emr_staging", "emr_intermediate", "emr_marts")
DAG = "emr_analytics_emr_analytics"


class Shut(bigquery_server.Server):
    """BigQuery, which refuses everything once a statement like this one came."""

    after = ""
    shut = False

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One request."""
        query = str(sent.get("configuration", {}).get("query", {}).get("query", "")) if sent else ""
        self.shut = self.shut or bool(self.after and re.search(self.after, query))
        if self.shut:
            return 403, {"error": {"code": 403, "message": "Access Denied", "errors": [{"reason": "accessDenied", "message": "Access Denied"}]}}
        return super().answer(method, path, sent)


def by_layer(example: Path, scratch: Path, version: int) -> Path:
    """A copy of the example whose models are built by layer."""
    folder = airflow_run.on_airflow(example, scratch, version)
    file = folder / "operations.pipe"
    text, times = re.subn(r"(?m)^\s*dbt cosmos\n", "", file.read_text(encoding="utf-8"))
    if times != 1:
        raise engines.EngineError("operations.pipe does not build by Cosmos.")
    file.write_text(text, encoding="utf-8")
    return folder


def docker(programs: Path) -> None:
    """Ends as the file beside it says."""
    (programs / "docker").write_text('#!/bin/sh\nexit "$(cat "$(dirname -- "$0")/ends")"\n', encoding="utf-8")
    (programs / "docker").chmod(0o755)
    (programs / "ends").write_text("0", encoding="utf-8")


class Course:
    """The DAG, run again and again."""

    def __init__(self, example: emr_check.Example, airflow: airflow_run.Airflow, environment: dict[str, str], server: Shut, report: judge.Report) -> None:
        self.example, self.airflow, self.environment, self.server, self.report = example, airflow, environment, server, report
        self.runs = 0

    def dag(self, day: int) -> tuple[str, dict[str, str], str]:
        """How it ends, task by task."""
        started = time.monotonic()
        self.runs += 1
        found = self.airflow.call(["run", str(self.airflow.dags), DAG, f"2026-03-{day:02}T04:00:00+00:00"], self.environment)
        self.report.timed(f"run {self.runs}", started)
        return found["state"].lower(), {t: s["state"].split(".")[-1].lower() for t, s in found["tasks"].items()}, found["output"][-3000:]

    def succeeds(self, what: str, day: int) -> None:
        """All tasks do."""
        state, tasks, said = self.dag(day)
        if "success" not in state or set(tasks.values()) != {"success"}:
            self.report.problem(f"{what}: ends with {state}: {tasks}\n{said}")

    def fails(self, what: str, day: int, at: str, waiting: dict[str, list[str]]) -> None:
        """A task does, and what waits for it does not run."""
        airflow_run.Alerts.said.clear()
        state, tasks, said = self.dag(day)
        failed = [t for t, s in tasks.items() if s == "failed"]
        if "fail" not in state or not failed or not all(re.fullmatch(at, t) for t in failed):
            self.report.problem(f"{what}: {at} should fail: {tasks}\n{said}")
        for task, waits in waiting.items():
            if any(tasks.get(w) in ("failed", "upstream_failed") for w in waits) and tasks.get(task) != "upstream_failed":
                self.report.problem(f"{what}: {task} is {tasks.get(task)} after {waits}.")
        if not all(any(t in text for text in airflow_run.Alerts.said) for t in failed):
            self.report.problem(f"{what}: no alert names {failed}: {airflow_run.Alerts.said}")

    def dump(self, scratch: Path) -> dict[str, list[shared.Texts]]:
        """All that was built."""
        shutil.rmtree(scratch, ignore_errors=True)
        warehouse = self.server.warehouse
        bigquery_check.dump(warehouse, [n for n in warehouse.relations if n.partition(".")[0] in DATASETS], scratch)
        return shared.read_dump(scratch)


def course(one: Course, dag: dict[str, Any], scratch: Path, report: judge.Report) -> None:
    """All of it."""
    data, warehouse = one.example.folder / "data", one.server.warehouse
    one.succeeds("first", 2)
    first = one.dump(scratch / "first")
    for problem in one.example.judged(first):
        report.problem(f"first: {problem}")
    if report.problems:
        return
    one.example.falsified(first)
    (scratch / "bin" / "ends").write_text("3", encoding="utf-8")
    one.fails("a failing load", 3, r"ingest", dag["tasks"])
    (scratch / "bin" / "ends").write_text("0", encoding="utf-8")
    one.server.after = r"emr_marts\.?`?.*dim_patients"
    one.fails("BigQuery refuses", 4, r"models\w*", dag["tasks"])
    one.server.after, one.server.shut = "", False
    one.succeeds("a failing load, and BigQuery refuses", 4)
    if one.dump(scratch / "again") != first:
        report.problem("BigQuery refuses: the re-run ends with other rows.")
    patients = rules.read(data, "patients")
    bad = dict(patients[0]) | {"id": "life-0001", "first": None, "ingested_at": "2030-01-01T00:00:00Z"}
    warehouse.load("emr_raw.patients", [*patients, bad])
    one.fails("a failing test", 5, r"checks\w*", dag["tasks"])
    good = bad | {"first": "Ada", "ingested_at": "2030-01-02T00:00:00Z"}
    warehouse.load("emr_raw.patients", [*patients, good])
    one.succeeds("a failing test", 5)
    found = [row for row in one.dump(scratch / "mended")["int_patients"] if row["patient_id"] == "life-0001"]
    if len(found) != 1:
        report.problem(f"the corrected row is there {len(found)} times.")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--example", required=True, type=judge.existing, metavar="DIR")
    arguments.add_argument("--version", type=int, choices=(2, 3), default=3)
    options = arguments.parse_args()
    report = judge.Report("airflow_bigquery")
    with tempfile.TemporaryDirectory(prefix="pipec-airflow-bigquery-") as name:
        scratch = Path(name)
        folder, out = by_layer(options.example, scratch, options.version), scratch / "out"
        engines.must([options.pipec, "build", folder, "-o", out], "building the example")
        home, programs = scratch / "airflow_home", scratch / "bin"
        home.mkdir()
        programs.mkdir()
        (programs / "dbt").symlink_to(engines.venv("dbt-bigquery") / "bin" / "dbt")
        docker(programs)
        airflow = airflow_run.Airflow(options.version, home, out)
        environment = {"HOME": str(scratch), "PATH": f"{programs}:{cron_run.SYSTEM_PATH}", "LANG": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*"}
        dags = airflow_run.loads(airflow, out, environment, report)
        airflow.migrate(environment)
        warehouse = googlesql.Warehouse(rules.RUN_DATE)
        warehouse.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
        warehouse.load("pipec_secret.key", [{"name": "PSEUDONYM_KEY", "value": rules.KEY}])
        for table, columns in emr_check.sources(folder).items():
            warehouse.source("emr_raw", table, [(c, emr_check.kind(c)) for c in columns])
            warehouse.load(f"emr_raw.{table}", rules.read(folder / "data", table))
        server = Shut(warehouse)
        with bigquery_server.served(server) as endpoint, airflow_run.web_hook() as hook:
            profile = out / "dbt" / "profiles.yml"
            here = profile.read_text(encoding="utf-8").replace("method: oauth\n", f"method: oauth-secrets\n      token: nobody\n      api_endpoint: {endpoint}\n")
            profile.write_text(here, encoding="utf-8")
            environment |= {"GCP_PROJECT": bigquery_server.PROJECT, "DBT_SCHEMA": "scratch", "SLACK_URL": hook, "SYNTHEA_URL": "https://example.org", "PIPEC_ENVIRONMENT": "dev", "PIPEC_RUN_DATE": rules.RUN_DATE}
            one = Course(emr_check.Example(options.pipec, folder, scratch, report), airflow, environment, server, report)
            if not report.problems:
                course(one, dags[DAG], scratch, report)
    return report.conclude(f"{options.example.name} on Airflow {options.version}: {one.runs} runs, {len(one.example.wanted)} relations as plain Python has them")


if __name__ == "__main__":
    judge.judge(main)
