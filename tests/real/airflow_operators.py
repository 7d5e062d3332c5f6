"""Judge what Airflow is given besides scripts: containers, pods, models by Cosmos, DAGs that follow others, extracts of Tableau's.

A made-up project is built for one version of Airflow. Its DAG files have to load with the real providers, and say what the project
says: a pod keeps no log and runs as its account, Cosmos makes a task of each model, a DAG waits for another's asset. Then they run:
dbt is the real one on a real Postgres, Docker is a program that notes what it is told, Tableau a server that notes what it is
asked. No row that a container or a failed model quotes, and no secret, may stand in what Airflow keeps.
"""

from __future__ import annotations

import http.server
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge

HERE = Path(__file__).resolve().parent
ROW = "Ada Lovelace, born 1815-12-10"
TOKEN = "hush-hush-4711"
HOSTILE = "it's ${HOME} $(id) `id` {{ x }} {% raw %} \"q\" \\ é ☃"
MOMENT = "2026-03-02T23:30:00+00:00"

PROJECT = """
project operators {{
  warehouse postgres {{ database = env("DBT_DATABASE") }}
  airflow {version}
  secrets airflow
  emit dbt, sql, airflow
}}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table patients {{ id integer key @record_id; region text @public }}
}}
layer staging schema "op_staging" as view
layer marts   schema "op_marts"   as table
model stg_patient in staging {{ from clinic.patients as p
  select {{ p.id; p.region }} }}
model region in marts {{ from stg_patient as p
  group by p.region
  select {{ p.region }}
  assert unique(region) }}
pipeline fetching on airflow {{
  schedule daily at 23:30 timezone "Africa/Kigali"
  retries 1 every 5m
  fetch = container "registry.example.org/fetch:1.4" {{
    run "python", "fetch.py", {hostile}
    env SOURCE = {hostile}
    env TOKEN  = secret("FETCH_TOKEN")
  }}
  convert = container "convert:2" after fetch {{ on kubernetes "data"; run "convert", {hostile}; env TEXT = {hostile}; env TOKEN = secret("FETCH_TOKEN") }}
}}
pipeline building on airflow {{
  schedule after fetching
  dbt cosmos
  pool "warehouse"
  models = build *
  checks = test *   after models
  refresh workbook {hostile}, "Wards"   after checks
}}
"""


class Tableau(http.server.BaseHTTPRequestHandler):
    """As much of Tableau's REST interface as making extracts anew takes."""

    asked: list[str] = []

    def answer(self, inner: str) -> None:
        """One document."""
        text = f'<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="http://tableau.com/api">{inner}</tsResponse>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_all(self) -> None:
        """Every request."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0].lower()
        Tableau.asked.append(f"{self.command} {path}")
        names = [HOSTILE, "Wards", "Other"]
        if path.endswith("/serverinfo"):
            self.answer('<serverInfo><productVersion build="1">2025.1</productVersion><restApiVersion>3.24</restApiVersion></serverInfo>')
        elif path.endswith("/auth/signin"):
            self.answer('<credentials token="t"><site id="s" contentUrl=""/><user id="u"/></credentials>')
        elif path.endswith("/refresh"):
            self.answer('<job id="j" mode="Asynchronous" type="RefreshExtract" createdAt="2026-01-01T00:00:00Z"/>')
        elif "/jobs/" in path:
            self.answer('<job id="j" type="RefreshExtract" progress="100" createdAt="2026-01-01T00:00:00Z" completedAt="2026-01-01T00:01:00Z" finishCode="0"/>')
        elif path.endswith("/workbooks"):
            from xml.sax.saxutils import quoteattr

            listed = "".join(f'<workbook id="w{i}" name={quoteattr(n)} contentUrl="w{i}" showTabs="true" createdAt="2026-01-01T00:00:00Z" updatedAt="2026-01-01T00:00:00Z"/>' for i, n in enumerate(names))
            self.answer(f'<pagination pageNumber="1" pageSize="100" totalAvailable="{len(names)}"/><workbooks>{listed}</workbooks>')
        else:
            self.answer("")

    do_GET = do_POST = handle_all

    def log_message(self, *_: Any) -> None:
        """Silent."""


def program(path: Path, text: str) -> Path:
    """An executable."""
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def docker(folder: Path) -> Path:
    """Notes its words and what it is told by its environment, prints a row, and ends as `ENDS` says."""
    script = "#!/usr/bin/env python3\nimport json, os, sys\n"
    script += f"open({str(folder / 'docker.json')!r}, 'a').write(json.dumps({{'words': sys.argv[1:], 'told': {{k: os.environ.get(k) for k in ('SOURCE', 'TOKEN', 'PIPEC_RUN_DATE')}}}}) + '\\n')\n"
    script += f"print({ROW!r})\nprint({ROW!r}, file=sys.stderr)\nsys.exit(int(os.environ.get('ENDS', '0')))\n"
    return program(folder / "docker", script)


class Airflow:
    """One version of Airflow with the providers that the project asks for."""

    def __init__(self, version: int, scratch: Path, out: Path, environment: dict[str, str]) -> None:
        self.python = engines.venv(f"airflow{version}-providers") / "bin" / "python"
        home = scratch / "airflow_home"
        home.mkdir()
        self.dags = out / "airflow" / "dags"
        self.environment = environment | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
            "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
            "PYTHONWARNINGS": "ignore",
        }

    def call(self, *arguments: str, more: dict[str, str] | None = None) -> dict[str, Any]:
        """What `airflow/run.py` says."""
        done = engines.run([self.python, HERE / "airflow" / "run.py", *arguments], env=self.environment | (more or {}))
        try:
            return json.loads(done.stdout.strip().splitlines()[-1]) | {"output": done.stdout}
        except (ValueError, IndexError):
            raise engines.EngineError(f"Airflow could not {arguments[0]}:\n{done.stdout.strip()[-6000:]}") from None


def loads(airflow: Airflow, report: judge.Report) -> dict[str, Any]:
    """The DAGs, and whether they are what the project says."""
    found = airflow.call("load", str(airflow.dags))
    for file, error in found["errors"].items():
        report.problem(f"Airflow can't import {Path(file).name}: {error}")
    dags = found["dags"]
    if found["errors"]:
        return dags
    fetching, building = dags["operators_fetching"], dags["operators_building"]
    expected = {"fetch": [], "convert": ["fetch"], "finished": ["convert"]}
    if fetching["tasks"] != expected:
        report.problem(f"fetching has {fetching['tasks']}")
    if fetching["outlets"] != {"finished": ["pipec://operators/fetching"]}:
        report.problem(f"fetching makes {fetching['outlets']}")
    if building["waits"] != ["pipec://operators/fetching"]:
        report.problem(f"building waits for {building['waits']}")
    pod = fetching["pods"]["convert"]
    if pod["get_logs"] or pod["namespace"] != "data" or pod["secrets"] != [["TOKEN", "operators", "FETCH_TOKEN"]] or pod["cmds"] != ["convert", HOSTILE] or pod["env"].get("TEXT") != HOSTILE:
        report.problem(f"the pod is {pod}")
    tasks = building["tasks"]
    models = {"models.stg_patient_run": [], "models.region_run": ["models.stg_patient_run"], "checks": ["models.region_run"], "refresh": ["checks"]}
    if tasks != models:
        report.problem(f"Cosmos makes {tasks}")
    return dags


def kept(airflow: Airflow, found: dict[str, Any], what: str, report: judge.Report) -> None:
    """That nothing which is nobody's business stands in what Airflow says or keeps."""
    home = Path(airflow.environment["AIRFLOW_HOME"])
    logs = "".join(path.read_text(encoding="utf-8", errors="replace") for path in home.rglob("*.log"))
    for where, text in (("output", found["output"]), ("logs", logs)):
        for secret in ("Lovelace", TOKEN):
            if secret in text:
                report.problem(f"{what}: `{secret}` stands in Airflow's {where}.")


def containers(airflow: Airflow, scratch: Path, report: judge.Report) -> None:
    """The container, when all is well and when it fails. The pod has no cluster, and stays out."""
    steps = airflow.dags.parent / "steps"
    for ends in ("0", "3"):
        (scratch / "docker.json").unlink(missing_ok=True)
        done = subprocess.run(["bash", steps / "fetching__fetch.sh"], env=airflow.environment | {"ENDS": ends, "PIPEC_RUN_AT": MOMENT, "FETCH_TOKEN": TOKEN}, capture_output=True, text=True, check=False)
        noted = json.loads((scratch / "docker.json").read_text(encoding="utf-8").splitlines()[-1])
        if (done.returncode == 0) != (ends == "0"):
            report.problem(f"the container ended with {ends}, and its task with {done.returncode}: {done.stderr}")
        if "Lovelace" in done.stdout + done.stderr or TOKEN in done.stdout + done.stderr + " ".join(noted["words"]):
            report.problem(f"the container's task tells too much: {done.stdout}{done.stderr}{noted['words']}")
        if noted["told"] != {"SOURCE": HOSTILE, "TOKEN": TOKEN, "PIPEC_RUN_DATE": "2026-03-03"}:
            report.problem(f"the container is told {noted['told']}")
        if noted["words"][-4:] != ["registry.example.org/fetch:1.4", "python", "fetch.py", HOSTILE]:
            report.problem(f"Docker is asked for {noted['words']}")


def runs(airflow: Airflow, connection: Any, report: judge.Report) -> None:
    """The DAG of models: it builds, and when a row is bad it says no row."""
    found = airflow.call("run", str(airflow.dags), "operators_building", MOMENT)
    states = {task: one["state"].split(".")[-1] for task, one in found["tasks"].items()}
    if set(states.values()) != {"success"}:
        report.problem(f"building ends with {states}\n{found['output'][-6000:]}")
        return
    with connection.cursor() as cursor:
        cursor.execute("select array_agg(region order by region) from op_marts.region")
        if (rows := cursor.fetchone()[0]) != ["north", "south"]:
            report.problem(f"region holds {rows}")
    refreshed = [one for one in Tableau.asked if one.endswith("/refresh")]
    if [one.split("/")[-2] for one in refreshed] != ["w0", "w1"]:
        report.problem(f"Tableau was asked {Tableau.asked}")
    kept(airflow, found, "building", report)
    with connection.cursor() as cursor:
        cursor.execute(f"create or replace function clinic.fails(text) returns text language plpgsql as $$ begin raise exception '%', '{ROW}'; end $$")
        cursor.execute("alter table clinic.patients rename to kept; create view clinic.patients as select id, clinic.fails(region) as region from clinic.kept")
    found = airflow.call("run", str(airflow.dags), "operators_building", MOMENT.replace("-02T", "-03T"))
    states = {task: one["state"].split(".")[-1] for task, one in found["tasks"].items()}
    if states.get("models.region_run") != "failed" or states.get("checks") != "upstream_failed":
        report.problem(f"building without its rows ends with {states}")
    kept(airflow, found, "building, failing", report)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--version", type=int, choices=(2, 3), default=3, help="Airflow's (default: 3)")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("airflow_operators")
    with tempfile.TemporaryDirectory(prefix="pipec-operators-") as name:
        scratch = Path(name)
        folder, out = scratch / "operators", scratch / "out"
        folder.mkdir()
        text = PROJECT.format(version=options.version, hostile=json.dumps(HOSTILE, ensure_ascii=False).replace("${", "$${"))
        (folder / "project.pipe").write_text(text, encoding="utf-8")
        engines.must([options.pipec, "build", folder, "-o", out], "building the project")
        cron_run.shellcheck(out / "airflow", report)
        dbt = engines.venv("dbt") / "bin" / "dbt"
        tableau = engines.site_packages("tableau")
        python = program(scratch / "python3", f'#!/usr/bin/env bash\nPYTHONPATH={tableau}${{PYTHONPATH:+:$PYTHONPATH}} exec {sys.executable} "$@"\n')
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tableau)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with engines.postgres() as postgres:
            environment = {
                "HOME": str(scratch),
                "PATH": f"{scratch}{os.pathsep}{dbt.parent}{os.pathsep}{os.environ['PATH']}",
                "LANG": "C.UTF-8",
                "PIPEC_DBT": str(dbt),
                "PIPEC_DOCKER": str(docker(scratch)),
                "TABLEAU_SERVER": f"http://127.0.0.1:{server.server_address[1]}",
                "TABLEAU_TOKEN_NAME": "pipec",
                "AIRFLOW_VAR_OPERATORS_FETCH_TOKEN": TOKEN,
                "AIRFLOW_VAR_OPERATORS_TABLEAU_TOKEN_VALUE": TOKEN,
                "NO_PROXY": "*",
                "no_proxy": "*",
            } | postgres.dbt("public")
            # Whoever deploys has a password of their own; tasks have what Airflow gives them.
            password = {"DBT_PASSWORD": environment.pop("DBT_PASSWORD")}
            environment["AIRFLOW_VAR_OPERATORS_DBT_PASSWORD"] = password["DBT_PASSWORD"]
            python.chmod(0o755)
            airflow = Airflow(options.version, scratch, out, environment)
            made = subprocess.run(["bash", out / "airflow" / "steps" / "manifest.sh"], env=environment | password, capture_output=True, text=True, check=False)
            if made.returncode != 0:
                report.problem(f"There is no manifest: {made.stdout}{made.stderr}")
            import warehouse

            connection = warehouse.connect(postgres)
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("create schema clinic; create table clinic.patients (id integer primary key, region text not null)")
                cursor.execute("insert into clinic.patients values (1, 'north'), (2, 'south'), (3, 'north')")
            started = time.monotonic()
            done = engines.run([airflow.python, "-m", "airflow", "db", "migrate"], env=airflow.environment)
            if done.returncode != 0:
                raise engines.EngineError(f"Airflow could not make its database:\n{done.stdout.strip()[-4000:]}")
            engines.run([airflow.python, "-m", "airflow", "pools", "set", "warehouse", "4", ""], env=airflow.environment)
            loads(airflow, report)
            report.timed("load", started)
            if not report.problems:
                containers(airflow, scratch, report)
                runs(airflow, connection, report)
            connection.close()
        server.shutdown()
    report.write(options.out)
    return report.conclude(f"Airflow {options.version}: containers, pods, Cosmos, DAGs that follow, Tableau")


if __name__ == "__main__":
    judge.judge(main)
