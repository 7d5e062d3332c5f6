"""Judge the EMR analytics example on Airflow: its DAG runs in Airflow's own executor, from Synthea's address to the marts.

Nothing here is Google's or Docker's; everything else is real. Airflow, Cosmos, dbt with its BigQuery adapter, Google's storage client and Parquet are the
real ones. BigQuery is its REST interface in front of GoogleSQL's reference evaluator (`bigquery_server.py`), and its external tables are read from the
Parquet files of the landing zone, by the prefixes and columns that `terraform/external_tables.tf` declares. Google Storage is `storage_server.py`: only
the account that ingests may write. Docker and the two images, which pipec does not write, are `airflow/containers.py`: they see what Docker is told.

1. The first delivery. The DAG succeeds, the landing zone holds the delivery's rows as Parquet and
   no other bucket anything, and every relation has the rows that plain Python computes (`checks/emr_analytics_expected.py`).
2. The second delivery, of corrections and new rows: the same.
3. With `--trouble`: Synthea's server fails: after all its tries nothing is built or stored, an alert names the task, and a re-run completes with the same rows.
4. In the middle of a build BigQuery refuses whatever it is asked (403): what waits for what was being built does not run, and a re-run completes.
5. A row is delivered that a test refuses: the tests fail, and the alert names the task. Its file is taken out of the landing zone, and a later delivery
   has it right: a re-run completes, and the row that was built is there once, corrected.

With `--declared` the first delivery runs by the DAG as it is declared: Cosmos makes a task of each model, which takes some seconds for each. Otherwise, and in all
that follows, models are built layer by layer: `dbt cosmos` is left out of the copy.

Each time nothing of a row, no key and no token stands in what Airflow says or keeps. What was accepted is falsified: a row less in each relation, an object
less in the landing zone, one more in another bucket.

Not shown, because nothing here is Google: that its IAM gives the accounts what Terraform declares (`cloud_check.py` reads the plan), that BigQuery's connection
may read the landing zone, and a connection that is cut, for Google's client waits ten minutes and more before it gives up.
"""

from __future__ import annotations

import csv
import hashlib
import http.server
import io
import json
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
import storage_server

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

import emr_analytics_expected as rules  # noqa: E402
import shared  # noqa: E402

DATASETS = ("emr_staging", "emr_intermediate", "emr_marts")
DAG = "emr_analytics_emr_analytics"
LANDING, OTHER = "emr-analytics-raw-dev", "emr-analytics-raw"
TOKEN = "token-of-the-ingestion-4711"
Row = dict[str, Any]
Tables = dict[str, list[Row]]


# --- the platform ------------------------------------------------------------------------


class BigQuery(bigquery_server.Server):
    """BigQuery, with tables that are files in a bucket, and which refuses everything once a statement like `after` came."""

    after = ""
    shut = False

    def __init__(self, warehouse: googlesql.Warehouse, storage: storage_server.Storage, declared: dict[str, tuple[str, list[str]]]) -> None:
        super().__init__(warehouse)
        self.storage, self.declared, self.seen = storage, declared, dict.fromkeys(declared, "")
        for table, (_, columns) in declared.items():
            warehouse.source("emr_raw", table, [(c, emr_check.kind(c)) for c in columns])
            warehouse.load(f"emr_raw.{table}", [])
        self.datasets.add("emr_raw")

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One request."""
        query = str(sent.get("configuration", {}).get("query", {}).get("query", "")) if sent else ""
        self.shut = self.shut or bool(self.after and re.search(self.after, query))
        if self.shut:
            return 403, {"error": {"code": 403, "message": "Access Denied", "errors": [{"reason": "accessDenied", "message": "Access Denied"}]}}
        if method == "POST":
            self.look()
        return super().answer(method, path, sent)

    def look(self) -> None:
        """External tables are what lies in the bucket now."""
        for table, (prefix, _) in self.declared.items():
            files = {name: body for name, body in self.storage.objects[LANDING].items() if name.startswith(prefix)}
            now = hashlib.sha256(repr(sorted((n, hashlib.sha256(b).hexdigest()) for n, b in files.items())).encode()).hexdigest()
            if files and now != self.seen[table]:
                self.warehouse.load(f"emr_raw.{table}", [row for name in sorted(files) for row in rows_of(name, files[name])])
                self.seen[table] = now


def rows_of(name: str, body: bytes) -> list[Row]:
    """The rows of a Parquet file, with what its folder's name says."""
    engines.use("parquet")
    import pyarrow.parquet

    moment = re.search(r"/ingested_at=([^/]+)/", name)
    if moment is None:
        raise engines.EngineError(f"{name} is in no folder of a delivery.")
    return [row | {"ingested_at": moment[1]} for row in pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()]


def external(terraform: Path, report: judge.Report, sources: dict[str, list[str]]) -> dict[str, tuple[str, list[str]]]:
    """The external tables that Terraform makes: where their files lie, and their columns."""
    found: dict[str, tuple[str, list[str]]] = {}
    text = (terraform / "external_tables.tf").read_text(encoding="utf-8")
    for block in re.split(r'(?m)^resource "google_bigquery_table" ', text)[1:]:
        table = re.search(r'table_id\s*= "(\w+)"', block)
        prefix = re.search(r'source_uri_prefix = "gs://\$\{google_storage_bucket\.raw\.name\}/([^{"]+)\{(\w+):TIMESTAMP\}"', block)
        if table is None or prefix is None:
            raise engines.EngineError(f"an external table in a form this judge does not know:\n{block[:400]}")
        columns = re.findall(r'name = "(\w+)"', block.partition("ignore_auto_generated_schema")[0])
        found[table[1]] = (prefix[1], [*(c for c in columns if c != prefix[2]), prefix[2]])
    if {t: set(c) for t, (_, c) in found.items()} != {t: set(c) for t, c in sources.items()}:
        report.problem(f"Terraform declares {found}, and files have {sources}.")
    return found


class Synthea(http.server.BaseHTTPRequestHandler):
    """Serves the delivery of the day."""

    files: dict[str, bytes] = {}

    def do_GET(self) -> None:  # noqa: N802
        """One file; nothing is there when the server is down."""
        body = Synthea.files.get(self.path.strip("/"))
        self.send_response(503 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def synthea() -> Iterator[str]:
    """Its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Synthea)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def delivered(tables: Tables) -> dict[str, bytes]:
    """Files, as Synthea writes them."""
    found = {}
    for table, rows in tables.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        found[f"{table}.csv"] = text.getvalue().encode()
    return found


def by_layer(example: Path) -> None:
    """A copy of the example whose models are built by layer."""
    file = example / "operations.pipe"
    text, times = re.subn(r"(?m)^\s*dbt cosmos\n", "", file.read_text(encoding="utf-8"))
    if times != 1:
        raise engines.EngineError("operations.pipe does not build by Cosmos.")
    file.write_text(text, encoding="utf-8")


# --- the course --------------------------------------------------------------------------


class Course:
    """The DAG, run again and again."""

    def __init__(self, pipec: Path, example: Path, scratch: Path, server: BigQuery, report: judge.Report) -> None:
        self.pipec, self.example, self.scratch, self.server, self.report = pipec, example, scratch, server, report
        self.environment: dict[str, str] = {}
        #: By table and moment: what is delivered again is what it was.
        self.by_moment: dict[tuple[str, str], list[Row]] = {}
        self.said: list[str] = []
        self.runs = 0

    def dag(self, airflow: airflow_run.Airflow, day: int) -> tuple[str, dict[str, str], str]:
        """How it ends, task by task. The day is one of the year whose ages are expected; nobody says it but Airflow."""
        started = time.monotonic()
        self.runs += 1
        found = airflow.call(["run", str(airflow.dags), DAG, f"{rules.RUN_DATE[:7]}-{day:02}T04:00:00+00:00"], self.environment)
        self.report.timed(f"run {self.runs}", started)
        self.said.append(found["output"])
        return found["state"].lower(), {t: s["state"].split(".")[-1].lower() for t, s in found["tasks"].items()}, found["output"][-3000:]

    def deliver(self, tables: Tables) -> None:
        """What Synthea's server has now, besides what was fetched before."""
        Synthea.files = delivered(tables)
        for table, rows in tables.items():
            for moment in {row["ingested_at"] for row in rows}:
                self.by_moment[table, moment] = [row for row in rows if row["ingested_at"] == moment]

    @property
    def delivered(self) -> Tables:
        """All of it, by table."""
        found: Tables = {}
        for (table, _), rows in sorted(self.by_moment.items()):
            found.setdefault(table, []).extend(rows)
        return found

    def expected(self, name: str) -> emr_check.Example:
        """What plain Python makes of all deliveries so far."""
        folder = self.scratch / f"expected-{name}" / "data"
        folder.mkdir(parents=True)
        for file, body in delivered(self.delivered).items():
            (folder / file).write_bytes(body)
        return emr_check.Example(self.pipec, folder.parent, self.scratch, self.report)

    def succeeds(self, what: str, airflow: airflow_run.Airflow, day: int) -> dict[str, list[shared.Texts]]:
        """All tasks do, the landing zone holds what was delivered, and the warehouse what Python computes of it."""
        state, tasks, said = self.dag(airflow, day)
        if "success" not in state or set(tasks.values()) != {"success"}:
            self.report.problem(f"{what}: ends with {state}: {tasks}\n{said}")
            return {}
        for problem in landed(self.delivered, self.server.storage.objects):
            self.report.problem(f"{what}: {problem}")
        dump = self.dump(what)
        for problem in self.expected(what).judged(dump):
            self.report.problem(f"{what}: {problem}")
        return dump

    def fails(self, what: str, airflow: airflow_run.Airflow, day: int, at: str, waiting: dict[str, list[str]]) -> None:
        """A task does, and what waits for it does not run."""
        airflow_run.Alerts.said.clear()
        state, tasks, said = self.dag(airflow, day)
        failed = [t for t, s in tasks.items() if s == "failed"]
        if "fail" not in state or not failed or not all(re.fullmatch(at, t) for t in failed):
            self.report.problem(f"{what}: {at} should fail: {tasks}\n{said}")
        for task, waits in waiting.items():
            if any(tasks.get(w) in ("failed", "upstream_failed") for w in waits) and tasks.get(task) != "upstream_failed":
                self.report.problem(f"{what}: {task} is {tasks.get(task)} after {waits}.")
        if not failed or not all(any(t in text for text in airflow_run.Alerts.said) for t in failed):
            self.report.problem(f"{what}: no alert names {failed}: {airflow_run.Alerts.said}")
        self.said += airflow_run.Alerts.said

    def dump(self, name: str) -> dict[str, list[shared.Texts]]:
        """All that was built."""
        folder, warehouse = self.scratch / f"dump-{name}", self.server.warehouse
        shutil.rmtree(folder, ignore_errors=True)
        bigquery_check.dump(warehouse, [n for n in warehouse.relations if n.partition(".")[0] in DATASETS], folder)
        return shared.read_dump(folder)


def landed(delivered_: Tables, objects: dict[str, dict[str, bytes]]) -> list[str]:
    """What is wrong with the buckets: Parquet of each table and delivery, and nothing else anywhere."""
    wanted: dict[str, list[Row]] = {}
    for table, rows in delivered_.items():
        for row in rows:
            wanted.setdefault(f"emr/{table}/ingested_at={row['ingested_at']}/part-0.parquet", []).append({c: v or None for c, v in row.items()})
    wrong = [f"{bucket} holds {sorted(there)}." for bucket, there in objects.items() if bucket != LANDING and there]
    if wanted.keys() != objects[LANDING].keys():
        wrong.append(f"{LANDING} holds {sorted(objects[LANDING])}, and should hold {sorted(wanted)}.")
    by_text = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
    for name in sorted(wanted.keys() & objects[LANDING].keys()):
        if sorted(rows_of(name, objects[LANDING][name]), key=by_text) != sorted(wanted[name], key=by_text):
            wrong.append(f"{LANDING}: the rows of {name} are not those that were delivered.")
    return wrong


def falsified(course: Course, dump: dict[str, list[shared.Texts]]) -> None:
    """A row less, an object less, one too many: each is noticed."""
    course.expected("falsified").falsified(dump)
    objects = course.server.storage.objects
    some = next(iter(objects[LANDING]))
    for wrong in ({LANDING: {n: b for n, b in objects[LANDING].items() if n != some}, OTHER: {}}, {**objects, OTHER: {some: b""}}):
        if not landed(course.delivered, wrong):
            course.report.problem("buckets with an object less, or in another bucket, are accepted.")


def of_day(tables: Tables, first: bool) -> Tables:
    """The first delivery, or the second."""
    early = min(row["ingested_at"] for row in tables["patients"])
    return {table: [row for row in rows if (row["ingested_at"] == early) == first] for table, rows in tables.items()}


def course(one: Course, declared: airflow_run.Airflow, airflow: airflow_run.Airflow) -> dict[str, list[shared.Texts]]:
    """What goes well: two deliveries. What is there afterwards."""
    all_rows = {table: rules.read(one.example / "data", table) for table in emr_check.sources(one.example)}
    one.deliver(of_day(all_rows, True))
    one.succeeds("first delivery", declared, 7)
    if one.report.problems:
        return {}
    one.deliver(of_day(all_rows, False))
    second = one.succeeds("second delivery", airflow, 8)
    if not one.report.problems:
        falsified(one, second)
    return second


def troubles(one: Course, airflow: airflow_run.Airflow, dag: dict[str, Any], second: dict[str, list[shared.Texts]]) -> None:
    """What does not."""
    all_rows = {table: rules.read(one.example / "data", table) for table in emr_check.sources(one.example)}
    files, Synthea.files = Synthea.files, {}
    before = {bucket: dict(there) for bucket, there in one.server.storage.objects.items()}
    one.fails("a failing load", airflow, 9, r"ingest", dag["tasks"])
    if one.server.storage.objects != before or one.dump("unbuilt") != second:
        one.report.problem("a failing load: something was stored or built.")
    Synthea.files = files
    one.server.after = r"emr_marts\.?`?.*dim_patients"
    one.fails("BigQuery refuses", airflow, 10, r"models\w*", dag["tasks"])
    one.server.after, one.server.shut = "", False
    if one.succeeds("after both", airflow, 10) != second:
        one.report.problem("after a failing load, and BigQuery's refusal: the re-run ends with other rows.")
    patient = all_rows["patients"][0]
    bad = dict(patient) | {"id": "life-0001", "first": None, "ingested_at": "2030-01-01T00:00:00Z"}
    good = bad | {"first": "Ada", "ingested_at": "2030-01-02T00:00:00Z"}
    one.deliver({"patients": [bad]} | {t: of_day(all_rows, False)[t] for t in all_rows if t != "patients"})
    one.fails("a failing test", airflow, 11, r"checks\w*", dag["tasks"])
    # Somebody takes the file out of the landing zone.
    one.server.storage.objects[LANDING].pop(f"emr/patients/ingested_at={bad['ingested_at']}/part-0.parquet", None)
    del one.by_moment["patients", bad["ingested_at"]]
    one.deliver({"patients": [good]} | {t: of_day(all_rows, False)[t] for t in all_rows if t != "patients"})
    found = one.succeeds("corrected", airflow, 11).get("int_patients", [])
    if [row["first_name"] for row in found if row["patient_id"] == "life-0001"] != ["Ada"]:
        one.report.problem("the corrected row is not there, or more than once.")


def kept(one: Course, homes: list[Path], asked: Path) -> None:
    """What Airflow says and keeps tells nothing of a row, and Docker is told no value by its command line."""
    logs = "".join(path.read_text(encoding="utf-8", errors="replace") for home in homes for path in home.rglob("*.log"))
    secret = {TOKEN, rules.KEY} | {row["ssn"] for row in one.delivered["patients"] if row["ssn"]}
    for where, text in (("output", "".join(one.said)), ("logs", logs)):
        if told := sorted(s for s in secret if s in text):
            one.report.problem(f"{told[:3]} stand in Airflow's {where}.")
    runs = [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()]
    buckets = {value for run in runs for name, value in run["told"].items() if "GCS" in name}
    if {run["image"] for run in runs} != {"emr_ingestion:1.0", "emr_transformation:1.0"} or buckets != {LANDING}:
        one.report.problem(f"Docker was asked for {runs[:2]}.")
    if one.server.storage.refused:
        one.report.problem(f"Google Storage refused {one.server.storage.refused[:3]}.")


def made(options: Any, scratch: Path, way: str, endpoint: str) -> Path:
    """The example's artifacts, whose dbt finds BigQuery at another address than Google's."""
    folder = airflow_run.on_airflow(options.example, scratch / way, options.version)
    if way == "layers":
        by_layer(folder)
    out = scratch / way / "out"
    engines.must([options.pipec, "build", folder, "-o", out], "building the example")
    profile = out / "dbt" / "profiles.yml"
    here = profile.read_text(encoding="utf-8").replace("method: oauth\n", f"method: oauth-secrets\n      token: nobody\n      api_endpoint: {endpoint}\n")
    profile.write_text(here, encoding="utf-8")
    return out


def programs_of(scratch: Path, storage: str) -> Path:
    """dbt, and what stands in for Docker; the key of the account that ingests."""
    programs = scratch / "bin"
    programs.mkdir()
    (programs / "dbt").symlink_to(engines.venv("dbt-bigquery") / "bin" / "dbt")
    (programs / "config.json").write_text(json.dumps({"storage": storage, "asked": str(scratch / "asked.jsonl")}), encoding="utf-8")
    (programs / "key.json").write_text(json.dumps({"project_id": bigquery_server.PROJECT, "token": TOKEN}), encoding="utf-8")
    python, script = engines.venv("dbt-bigquery") / "bin" / "python", HERE / "airflow" / "containers.py"
    (programs / "docker").write_text(f'#!/bin/sh\nexec "{python}" "{script}" "{programs}/config.json" "$@"\n', encoding="utf-8")
    (programs / "docker").chmod(0o755)
    return programs


def airflows(options: Any, outs: dict[str, Path], scratch: Path, environment: dict[str, str], report: judge.Report) -> tuple[dict[str, airflow_run.Airflow], dict[str, Any]]:
    """An Airflow for each way of building, with a home of its own; what it makes of the DAG files."""
    found, dags = {}, {}
    for way, out in outs.items():
        home = scratch / f"airflow-{way}"
        home.mkdir()
        one = airflow_run.Airflow(options.version, home, out)
        one.python = engines.venv(f"airflow{options.version}-providers") / "bin" / "python"
        one.environment |= {"AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120", "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False"}
        if way == "cosmos":
            done = engines.run(["bash", out / "airflow" / "steps" / "manifest.sh"], env=environment)
            if done.returncode != 0:
                raise engines.EngineError(f"There is no manifest for Cosmos:\n{done.stdout[-3000:]}")
        dags[way] = airflow_run.loads(one, out, environment, report)
        one.migrate(environment)
        found[way] = one
    return found, dags


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--example", required=True, type=judge.existing, metavar="DIR")
    arguments.add_argument("--version", type=int, choices=(2, 3), default=3, help="Airflow's (default: 3)")
    arguments.add_argument("--declared", action="store_true", help="the first run is by Cosmos, as the example says")
    arguments.add_argument("--trouble", action="store_true", help="what goes wrong does, too: steps 3 to 5")
    options = arguments.parse_args()
    report = judge.Report("airflow_bigquery")
    with tempfile.TemporaryDirectory(prefix="pipec-airflow-bigquery-") as name, ExitStack() as stack:
        scratch = Path(name)
        warehouse = googlesql.Warehouse(rules.RUN_DATE)
        warehouse.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
        warehouse.load("pipec_secret.key", [{"name": "PSEUDONYM_KEY", "value": rules.KEY}])
        storage = storage_server.Storage({LANDING: {TOKEN}, OTHER: {TOKEN}})
        # Where BigQuery answers has to be known before its external tables are: they are read from what is built.
        first = scratch / "tables"
        engines.must([options.pipec, "build", options.example, "-o", first, "--target", "terraform"], "building the example")
        server = BigQuery(warehouse, storage, external(first / "terraform", report, emr_check.sources(options.example)))
        endpoint, hook, synthea_at = (stack.enter_context(c) for c in (bigquery_server.served(server), airflow_run.web_hook(), synthea()))
        programs = programs_of(scratch, stack.enter_context(storage_server.served(storage)))
        outs = {way: made(options, scratch, way, endpoint) for way in ["cosmos"] * options.declared + ["layers"]}
        one = Course(options.pipec, options.example, scratch, server, report)
        one.environment = {"HOME": str(scratch), "PATH": f"{programs}:{cron_run.SYSTEM_PATH}", "LANG": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*"} | {
            "GCP_PROJECT": bigquery_server.PROJECT, "DBT_SCHEMA": "scratch", "SLACK_URL": hook, "SYNTHEA_URL": synthea_at, "PIPEC_ENVIRONMENT": "dev",
            "PIPEC_DBT": str(programs / "dbt"), "PIPEC_CREDENTIALS_AIRFLOW_INGESTION": str(programs / "key.json"),
        }
        run_by, dags = airflows(options, outs, scratch, one.environment, report)
        if not report.problems:
            second = course(one, run_by["cosmos" if options.declared else "layers"], run_by["layers"])
            if options.trouble and not report.problems:
                troubles(one, run_by["layers"], dags["layers"][DAG], second)
            kept(one, [scratch / f"airflow-{way}" for way in outs], scratch / "asked.jsonl")
        objects = sum(map(len, storage.objects.values()))
    report.facts |= {"ran": [DAG], "version": options.version, "buckets": [LANDING], "objects": objects, "runs": one.runs, "cosmos": options.declared}
    if not report.problems and not objects:
        report.problem("nothing lies in the landing zone: this shows nothing")
    return report.conclude(f"{options.example.name} on Airflow {options.version}: {one.runs} runs, {objects} objects in the landing zone, every relation as plain Python has it")


if __name__ == "__main__":
    judge.judge(main)
