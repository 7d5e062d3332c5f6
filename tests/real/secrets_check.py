"""Judge where secrets go that pipelines read from a store: Vault, AWS Secrets Manager, Airflow's variables.

A made-up project is built for each store, its pipeline once on cron and once on Airflow. The scripts run by bash, the DAG in Airflow's own executor, with Airflow's
own backend for Vault. The programs that steps start (dbt, psql, docker, mail) stand in: each notes its command line and which secrets its environment holds. Vault is
a server of the judge's that speaks its key-value interface, and for cron a `vault` that asks it; Secrets Manager is moto's, asked by the real `aws`.

1. Every step finds its own secrets, by cron no others; the alert that is told comes to the address that only the store knows.
2. No value stands in a DAG file, a script, a log, Airflow's database, anything else that is kept, or on any command line that `/proc` shows meanwhile;
   a program that prints its whole environment into a task's log finds it masked there.
3. Where a secret is missing, or the store does not answer, the step stops before it starts anything, and its log names the secret. Where one is missing that only
   the alert takes, nothing begins.
"""

from __future__ import annotations

import argparse
import base64
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge

HERE = Path(__file__).resolve().parent
FOLDER, MOMENT, TOKEN = "platform/variables", "2026-03-02T01:00:00+00:00", "vault-login-31337"
#: What each program is to find in its environment; by cron that and nothing else.
OF_PROGRAMS = {"dbt": {"DBT_PASSWORD"}, "docker": {"FETCH_TOKEN"}, "psql": {"PGPASSWORD"}}
#: Airflow's provider for Vault; Airflow itself is an engine of its own.
PROVIDER = ["apache-airflow-providers-hashicorp==4.8.4", "hvac==2.4.0"]

PROJECT = """
project keeper {{
  warehouse postgres {{ database = env("DBT_DATABASE") }}
  airflow {version}
  secrets {store}
  emit dbt, sql, {runner}
}}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table patients {{ id integer key @record_id; region text @public }}
}}
layer marts schema "kp_marts" as table
model region in marts {{ from clinic.patients as p
  group by p.region
  select {{ p.region }} }}
bucket research {{ name "keeper-research"; clearance internal }}
export regions to research {{ region; path "regions_{{timestamp}}.csv" }}
pipeline nightly on {runner} {{
  schedule by hand
  alert slack(secret("SLACK_URL"))   alert email(env("MAIL"))
  models = build *
  fetch  = container "fetch:1" after models {{ env TOKEN = secret("FETCH_TOKEN") }}
  export regions after fetch
}}
"""

#: Notes its words, and which secrets its environment holds; `aws` prints all of it besides, as a careless program does.
STAND_IN = """#!{python}
import json, os, pathlib, sys
name, values = os.path.basename(sys.argv[0]), json.loads(pathlib.Path({values!r}).read_text())
held = sorted(k for k, v in os.environ.items() if v in values)
with open({notes!r}, "a") as file:
    file.write(json.dumps({{"program": name, "words": sys.argv[1:], "held": held, "token": os.environ.get("TOKEN") in values}}) + "\\n")
if name == "dbt":
    target = pathlib.Path(sys.argv[sys.argv.index("--target-path") + 1])
    target.mkdir(parents=True, exist_ok=True)
    (target / "run_results.json").write_text(json.dumps({{"results": [{{"status": "success", "unique_id": "model.keeper.region"}}]}}))
if name == "psql":
    pathlib.Path("region.csv").write_text("region\\nnorth\\n")
if name == "careless":
    print("\\n".join(os.environ.values()), flush=True)
"""

VAULT = """#!{python}
import json, os, sys, urllib.error, urllib.request
_, kv, get, mount, field, path = sys.argv
assert (kv, get, field) == ("kv", "get", "-field=value") and mount.startswith("-mount=")
asked = urllib.request.Request(os.environ["VAULT_ADDR"] + "/v1/" + mount[7:] + "/data/" + path, headers={{"X-Vault-Token": os.environ["VAULT_TOKEN"]}})
try:
    print(json.load(urllib.request.urlopen(asked))["data"]["data"]["value"])
except urllib.error.HTTPError as problem:
    print("No value found at " + path, file=sys.stderr)
    sys.exit(2)
"""


class Vault(http.server.BaseHTTPRequestHandler):
    """As much of Vault as reading a secret takes."""

    kept: dict[str, str] = {}
    shut = False

    def do_GET(self) -> None:  # noqa: N802
        """Who asks, or one secret."""
        body: Any = None
        name = self.path.removeprefix(f"/v1/secret/data/{FOLDER}/keeper_")
        if self.headers.get("X-Vault-Token") == TOKEN and not Vault.shut:
            if self.path == "/v1/auth/token/lookup-self":
                body = {"data": {"id": "self"}}
            elif name in Vault.kept:
                body = {"data": {"data": {"value": Vault.kept[name]}, "metadata": {"version": 1}}}
        text = json.dumps(body or {"errors": []}).encode()
        self.send_response(200 if body else 503 if Vault.shut else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Silent."""


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes alerts, at an address that nobody else knows."""

    told: list[str] = []

    def do_POST(self) -> None:  # noqa: N802
        """One alert."""
        self.rfile.read(int(self.headers["Content-Length"]))
        Hook.told.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


def served(handler: type[http.server.BaseHTTPRequestHandler]) -> str:
    """The address of a server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


class Watch:
    """Reads the command lines of all processes while something runs."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values, self.seen, self.over, self.looks = [v.encode() for v in values], set(), threading.Event(), 0
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self.over.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = file.read_bytes()
                except OSError:
                    continue
                self.looks += 1
                self.seen |= {line.replace(b"\0", b" ").decode(errors="replace") for value in self.values if value in line}
            time.sleep(0.005)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


class Place:
    """Where one project runs: its folder, the programs, the store, and who watches."""

    def __init__(self, scratch: Path, runner: str, store: str, version: int, pipec: Path, report: judge.Report) -> None:
        self.folder, self.runner, self.store, self.report = scratch, runner, store, report
        self.values = {
            "DBT_PASSWORD": "builders-pass word'\"$HOME", "PGPASSWORD": "exporters-pass-8842", "FETCH_TOKEN": "fetch-token-4711%40", "SLACK_URL": served(Hook) + "/hush-hush-99",
        }
        programs = scratch / "bin"
        programs.mkdir(parents=True)
        (scratch / "project").mkdir()
        said = {"vault": f'vault "secret/{FOLDER}"', "aws": f'aws "{FOLDER}"', "airflow": "airflow"}[store]
        (scratch / "project" / "project.pipe").write_text(PROJECT.format(version=version, store=said, runner=runner), encoding="utf-8")
        self.out, self.notes = scratch / "out", scratch / "notes.jsonl"
        engines.must([pipec, "build", scratch / "project", "-o", self.out], "building the project")
        cron_run.shellcheck(self.out / ("cron" if runner == "cron" else "airflow"), report)
        values = scratch / "values.json"
        values.write_text(json.dumps(list(self.values.values())), encoding="utf-8")
        for name in ("dbt", "docker", "psql", "mail", "careless"):
            executable(programs / name, STAND_IN.format(python=sys.executable, values=str(values), notes=str(self.notes)))
        executable(programs / "vault", VAULT.format(python=sys.executable))
        self.environment = {
            "HOME": str(scratch / "home"), "PATH": f"{programs}:{cron_run.SYSTEM_PATH}", "LANG": "C.UTF-8", "MAIL": "operations@example.org",
            "DBT_HOST": "h", "DBT_PORT": "1", "DBT_USER": "u", "DBT_DATABASE": "d", "DBT_SCHEMA": "s", "PGHOST": "h", "PGPORT": "1", "PGUSER": "u", "PGDATABASE": "d",
            "NO_PROXY": "*", "no_proxy": "*",
        }  # fmt: skip
        (scratch / "home").mkdir()

    def noted(self) -> list[Any]:
        """What the programs noted since the last look."""
        lines = self.notes.read_text(encoding="utf-8").splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def right(self, what: str) -> None:
        """Who found which secrets, after a run in which all went well."""
        noted = self.noted()
        for name, wanted in OF_PROGRAMS.items():
            of_program = [n for n in noted if n["program"] == name]
            held = [set(n["held"]) - {"TOKEN"} for n in of_program]
            # Airflow's test runs all tasks in one process, whose environment they share.
            if not held or any(wanted - h or (self.runner == "cron" and h - wanted) for h in held):
                self.report.problem(f"{what}: {name} finds {held}, for {wanted}.")
        told = [n["token"] for n in noted if n["program"] == "docker"]
        if told != [True]:
            self.report.problem(f"{what}: the container is not told its token, or not once: {len(told)} calls.")
        self.silent(what, " ".join(str(n["words"]) for n in noted))

    def silent(self, what: str, text: str, ways: tuple[str, ...] = ("plain", "base64", "json")) -> None:
        """That no value stands in a text."""
        for name, value in self.values.items():
            written = {"plain": value, "base64": base64.b64encode(value.encode()).decode(), "json": json.dumps(value)[1:-1]}
            if any(written[way] in text for way in ways):
                self.report.problem(f"{what}: the value of {name} stands in it.")

    def kept(self, what: str) -> int:
        """That no value stands in any file but the judge's own; how many there are."""
        files = [f for f in self.folder.rglob("*") if f.is_file() and f.name not in ("values.json",) and f.parent.name not in ("store", "services")]
        for file in files:
            self.silent(f"{what}: {file.relative_to(self.folder)}", file.read_bytes().decode("utf-8", errors="replace"))
        return len(files)


def executable(path: Path, text: str) -> None:
    """A program."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Cron:
    """Runs of the script."""

    def __init__(self, place: Place, more: dict[str, str]) -> None:
        self.place, self.environment = place, place.environment | more

    def run(self, what: str) -> tuple[int, str]:
        """One run: how it ended, and what it said."""
        Hook.told.clear()
        with Watch(self.place.values.values()) as watch:
            done = subprocess.run(["bash", self.place.out / "cron" / "nightly.sh"], env=self.environment, capture_output=True, text=True, timeout=600, check=False)
        for line in sorted(watch.seen):
            self.place.report.problem(f"{what}: a value stands on a command line: {line[:200]}")
        self.place.silent(f"{what}: what it says", done.stdout + done.stderr)
        self.place.kept(what)
        return done.returncode, done.stdout + done.stderr


def cron(place: Place, more: dict[str, str], put: Any, report: judge.Report) -> None:
    """All runs by cron; `put(name, value)` keeps a secret in the store, and without a value takes it away."""
    runner, label = Cron(place, more), f"cron, {place.store}"
    for name, value in place.values.items():
        put(name, value)
    code, said = runner.run(label)
    # The exported file goes to a bucket that is not there: the step before has had its password.
    if "export_regions: begins" not in said:
        report.problem(f"{label}: ends with {code}: {said}")
    if Hook.told != ["/hush-hush-99"]:
        report.problem(f"{label}: the failure of the last step is told {len(Hook.told)} times.")
    place.right(label)
    for name, first in (("DBT_PASSWORD", "models"), ("FETCH_TOKEN", "fetch"), ("PGPASSWORD", "export_regions")):
        put(name, None)
        code, said = runner.run(f"{label}, without {name}")
        ran = {n["program"] for n in place.noted()} - {"mail"}
        program = next(p for p, needs in OF_PROGRAMS.items() if name in needs)
        if code == 0 or f"the secret {name} cannot be read" not in said or f"failed in {first}" not in said or program in ran:
            report.problem(f"{label}, without {name}: ends with {code}, {ran} ran: {said}")
        if Hook.told != ["/hush-hush-99"]:
            report.problem(f"{label}, without {name}: told {len(Hook.told)} times.")
        put(name, place.values[name])
    put("SLACK_URL", None)
    code, said = runner.run(f"{label}, without SLACK_URL")
    if code != 78 or "the secret SLACK_URL cannot be read" not in said or place.noted():
        report.problem(f"{label}, without the alert's address: ends with {code}: {said}")
    put("SLACK_URL", place.values["SLACK_URL"])


class Airflow:
    """One version of Airflow."""

    def __init__(self, version: int, place: Place, more: dict[str, str]) -> None:
        self.version, self.place, self.home = version, place, place.folder / "airflow_home"
        self.home.mkdir()
        self.python = engines.venv(f"airflow{version}") / "bin" / "python"
        self.environment = place.environment | {
            "AIRFLOW_HOME": str(self.home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(place.out / "airflow" / "dags"), "PYTHONWARNINGS": "ignore",
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(), "PIPEC_DOCKER": "docker",
        } | more  # fmt: skip
        done = engines.run([self.python, "-m", "airflow", "db", "migrate"], env=self.environment)
        if done.returncode != 0:
            raise engines.EngineError(f"Airflow could not make its database:\n{done.stdout.strip()[-4000:]}")

    def careless(self) -> None:
        """What a step's program prints goes to the task's log: from here on one prints its whole environment."""
        script = self.place.out / "airflow" / "steps" / "nightly__models.sh"
        script.write_text(script.read_text(encoding="utf-8") + "\ncareless\n", encoding="utf-8")

    def scheduled(self, label: str, report: judge.Report) -> None:
        """One run by the scheduler, as in production: a process for each task, and with Airflow 3 one that oversees it, and an API in between. What masks is there alone.

        It masks the tasks' logs. What LocalExecutor copies of them to the scheduler's own output Airflow 3.3 does not mask, whatever it is told: what services print is left out.
        """
        port, out = engines.free_port(), self.place.folder / "services"
        out.mkdir()
        self.careless()
        here = f"http://127.0.0.1:{port}"
        environment = self.environment | {
            "PATH": f"{self.python.parent}:{self.environment['PATH']}", "AIRFLOW__API__PORT": str(port), "AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__BASE_URL": here, "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{here}/execution/", "AIRFLOW__CORE__EXECUTOR": "LocalExecutor" if self.version == 3 else "SequentialExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2", "AIRFLOW__API_AUTH__JWT_SECRET": base64.b64encode(os.urandom(48)).decode(), "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        }  # fmt: skip
        command, services = [self.python, "-m", "airflow"], []
        Hook.told.clear()
        try:
            for service in ("api-server", "dag-processor", "scheduler")[0 if self.version == 3 else 2 :]:
                with open(out / service, "w", encoding="utf-8") as said:
                    services.append(subprocess.Popen([*command, service], env=environment, stdout=said, stderr=said, start_new_session=True))
            known, deadline = False, time.monotonic() + 420
            with Watch(self.place.values.values()) as watch:
                while not Hook.told and time.monotonic() < deadline:
                    time.sleep(5)
                    if not known and engines.run([*command, "dags", "trigger", "keeper_nightly", "--run-id", "one"], env=environment).returncode == 0:
                        known = engines.run([*command, "dags", "unpause", "keeper_nightly"], env=environment).returncode == 0
                time.sleep(10)
        finally:
            for service in services:
                os.killpg(service.pid, signal.SIGTERM)
            for service in services:
                service.wait(60)
        logs = [f.read_text(encoding="utf-8", errors="replace") for f in self.home.rglob("attempt=*.log")]
        if Hook.told != ["/hush-hush-99"] or len(logs) != 3 or not any("***" in log for log in logs):
            report.problem(f"{label}: {len(logs)} tasks have a log, their failure is told {len(Hook.told)} times, and masked is {sum('***' in log for log in logs)}.")
        held = {n["program"]: set(n["held"]) - {"TOKEN"} for n in self.place.noted() if n["program"] in OF_PROGRAMS}
        if held != OF_PROGRAMS or watch.seen:
            report.problem(f"{label}: programs find {held}; command lines show {sorted(watch.seen)}.")
        self.place.kept(label)

    def run(self, what: str, day: int) -> dict[str, Any]:
        """One run of the DAG."""
        Hook.told.clear()
        words = [self.python, HERE / "airflow" / "run.py", "run", self.place.out / "airflow" / "dags", "keeper_nightly", MOMENT.replace("-02T", f"-{day:02}T")]
        with Watch(self.place.values.values()) as watch:
            done = engines.run(words, env=self.environment)
        for line in sorted(watch.seen):
            self.place.report.problem(f"{what}: a value stands on a command line: {line[:200]}")
        self.place.silent(f"{what}: what it says", done.stdout)
        logs = "".join(f.read_text(encoding="utf-8", errors="replace") for f in self.home.rglob("*.log"))
        files = self.place.kept(what)
        try:
            found = json.loads(done.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            raise engines.EngineError(f"{what}: Airflow could not run:\n{done.stdout.strip()[-6000:]}") from None
        return {"states": {t: s["state"].split(".")[-1] for t, s in found["tasks"].items()}, "said": done.stdout + logs, "files": files}


def airflow(place: Place, runner: Airflow, put: Any, report: judge.Report, label: str) -> None:
    """All runs by Airflow."""
    for name, value in place.values.items():
        put(name, value)
    found = runner.run(label, 2)
    if [found["states"].get(t) for t in ("models", "fetch", "export_regions")] != ["success", "success", "failed"]:
        report.problem(f"{label}: {found['states']}\n{found['said'][-6000:]}")
        return
    if Hook.told != ["/hush-hush-99"]:
        report.problem(f"{label}: the failure of the last step is told {len(Hook.told)} times.")
    place.right(label)
    report.facts[f"{label}: files read"] = found["files"]
    for day, (name, first) in enumerate((("DBT_PASSWORD", "models"), ("FETCH_TOKEN", "fetch"), ("SLACK_URL", "models")), 3):
        put(name, None)
        what = f"{label}, without {name}"
        found = runner.run(what, day)
        ran = {n["program"] for n in place.noted()} - {"mail"}
        before = {"models": set(), "fetch": {"dbt"}}[first]
        if found["states"].get(first) != "failed" or f"the secret {name} is missing" not in found["said"] or ran != before:
            report.problem(f"{what}: {found['states']}, {ran} ran:\n{found['said'][-6000:]}")
        if Hook.told != ([] if name == "SLACK_URL" else ["/hush-hush-99"]):
            report.problem(f"{what}: told {len(Hook.told)} times.")
        put(name, place.values[name])


def provider() -> Path:
    """Airflow's provider for Vault, without Airflow."""

    def build(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--target", folder]
        engines.must([*pip, *PROVIDER], "installing Airflow's provider for Vault")

    return engines.cached("airflow-vault", [" ".join(PROVIDER).encode()], build)


def together(folder: Path, packages: Path) -> Path:
    """A folder with Airflow and the provider in it: Airflow 2 looks for its backend before it looks for packages beside its own."""
    added = provider()
    (folder / "airflow" / "providers").mkdir(parents=True)
    for source, target in ((packages / "airflow", folder / "airflow"), (packages / "airflow" / "providers", folder / "airflow" / "providers")):
        for one in source.iterdir():
            if one.name != "providers":
                (target / one.name).symlink_to(one)
    (folder / "airflow" / "providers" / "hashicorp").symlink_to(added / "airflow" / "providers" / "hashicorp")
    (folder / "hvac").symlink_to(added / "hvac")
    return folder


def backend(place: Place, version: int) -> dict[str, str]:
    """What `airflow/secrets.cfg` says, as Airflow takes it from the environment, and where the provider lies."""
    import configparser

    read = configparser.ConfigParser()
    read.read(place.out / "airflow" / "secrets.cfg")
    more = {"AIRFLOW__SECRETS__BACKEND": read["secrets"]["backend"], "AIRFLOW__SECRETS__BACKEND_KWARGS": read["secrets"]["backend_kwargs"]}
    return more | {"PYTHONPATH": str(together(place.folder / "airflow_and_provider", engines.site_packages(f"airflow{version}")))}


def on_cron(scratch: Path, pipec: Path, report: judge.Report) -> None:
    """Cron with Vault, then with Secrets Manager."""
    place = Place(scratch / "cron_vault", "cron", "vault", 3, pipec, report)

    def keep(name: str, value: str | None) -> None:
        Vault.kept.pop(name, None) if value is None else Vault.kept.__setitem__(name, value)

    vault = {"VAULT_ADDR": served(Vault), "VAULT_TOKEN": TOKEN}
    cron(place, vault, keep, report)
    Vault.shut = True
    code, said = Cron(place, vault).run("cron, Vault shut")
    if code != 78 or place.noted():
        report.problem(f"cron, Vault shut: ends with {code}: {said}")
    Vault.shut = False
    place = Place(scratch / "cron_aws", "cron", "aws", 3, pipec, report)
    with cron_run.pretended_s3() as endpoint:
        real = engines.venv("aws") / "bin"
        more = cron_run.AWS | {"AWS_ENDPOINT_URL": endpoint, "PATH": f"{place.environment['PATH']}:{real}"}
        engines.use("aws")
        import boto3

        client = boto3.client("secretsmanager", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

        def put(name: str, value: str | None) -> None:
            key = f"{FOLDER}/keeper_{name}"
            if value is None:
                client.delete_secret(SecretId=key, ForceDeleteWithoutRecovery=True)
            else:
                client.create_secret(Name=key, SecretString=value)

        cron(place, more, put, report)


def on_airflow(version: int, scratch: Path, pipec: Path, report: judge.Report) -> None:
    """Airflow with its backend for Vault, then with its own variables."""
    place = Place(scratch / "airflow_vault", "airflow", "vault", version, pipec, report)
    runner = Airflow(version, place, {"VAULT_ADDR": served(Vault), "VAULT_TOKEN": TOKEN} | backend(place, version))

    def keep(name: str, value: str | None) -> None:
        Vault.kept.pop(name, None) if value is None else Vault.kept.__setitem__(name, value)

    airflow(place, runner, keep, report, f"Airflow {version}, Vault")
    runner.scheduled(f"Airflow {version} with its scheduler, Vault", report)
    shutil.rmtree(place.folder / "airflow_home", ignore_errors=True)
    place = Place(scratch / "airflow_own", "airflow", "airflow", version, pipec, report)
    runner = Airflow(version, place, {})
    store = place.folder / "store"
    store.mkdir()

    def put(name: str, value: str | None) -> None:
        if value is None:
            done = engines.run([runner.python, "-m", "airflow", "variables", "delete", f"keeper_{name}"], env=runner.environment)
        else:
            file = store / "one.json"
            file.write_text(json.dumps({f"keeper_{name}": value}), encoding="utf-8")
            done = engines.run([runner.python, "-m", "airflow", "variables", "import", str(file)], env=runner.environment)
            file.unlink()
        if done.returncode != 0:
            raise engines.EngineError(f"Airflow could not keep a variable:\n{done.stdout.strip()[-3000:]}")

    airflow(place, runner, put, report, f"Airflow {version}, its own variables")


def main() -> int:
    """Command line."""
    arguments: argparse.ArgumentParser = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--runner", choices=("cron", "airflow2", "airflow3"), action="append", help="only these (default: all)")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("secrets_check")
    with tempfile.TemporaryDirectory(prefix="pipec-secrets-") as name:
        scratch = Path(name)
        for runner in options.runner or ("cron", "airflow2", "airflow3"):
            started = time.monotonic()
            folder = scratch / runner
            folder.mkdir()
            if runner == "cron":
                on_cron(folder, options.pipec, report)
            else:
                on_airflow(int(runner[-1]), folder, options.pipec, report)
            report.timed(runner, started)
    report.write(options.out)
    return report.conclude("secrets reach the steps that need them, and stand nowhere")


if __name__ == "__main__":
    judge.judge(main)
