# Every day: what clients and staff receive, only after its tests.
# Written by pipec from the project `mytomorrows`; change it there, not here.
from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset, Variable
from airflow.sdk.log import mask_secret
from airflow.timetables.trigger import CronTriggerTimetable

STEPS = Path(__file__).resolve().parent.parent / "steps"


def step(script: str) -> str:
    """The command of a task. Airflow takes one that ends in .sh for the name of a template: hence the blank."""
    return f"bash {shlex.quote(str(STEPS / script))} "


def read(*names: str) -> dict[str, str]:
    """Secrets, from Airflow's variables or the backend that it keeps them in: read when a task runs, masked in its log, written nowhere."""
    found = {}
    for name in names:
        key = "mytomorrows_" + name
        try:
            value = Variable.get(key, default=None)
        except Exception as problem:
            raise LookupError(f"the secret {name} cannot be read: {type(problem).__name__} for Airflow's variable {key}") from None
        if not value:
            raise LookupError(f"the secret {name} is missing: Airflow has no variable {key}")
        mask_secret(value)
        found[name] = value
    return found


def given(*names: str):
    """What gives a task its secrets in the environment of its own process, and stops it where one is missing, or where failures could not be told."""

    def give(context) -> None:
        read("SLACK_URL")
        os.environ.update(read(*names))

    return give


def tell(context) -> None:
    """Tells of a task that failed for good: its name and its run, nothing of any row."""
    task = context["task_instance"]
    says = f"{task.dag_id}: {task.task_id} failed, run {task.run_id}"
    # Half a minute for each way of telling, and what the shell takes.
    secrets: dict[str, str] = {}
    with contextlib.suppress(LookupError):
        secrets |= read("SLACK_URL")
    subprocess.run(["bash", str(STEPS / "client_reporting_alert.sh"), says], env=os.environ | secrets, check=False, timeout=180)


def record(status: str):
    """What writes down how a task stands. What keeps it from that is no reason for a task to fail."""

    def write(context) -> None:
        task, run = context["task_instance"], context["dag_run"]
        due = (run.logical_date or run.run_after).isoformat()
        where = ["Europe/Amsterdam", "client_reporting", "mytomorrows_ops", "pipeline_runs"]
        words = [*where, task.task_id, status, (task.start_date or pendulum.now()).isoformat(), str(len(context["dag"].task_dict))]
        with contextlib.suppress(LookupError, OSError, subprocess.SubprocessError):
            subprocess.run(["bash", str(STEPS / "record.sh"), *words], env=os.environ | read("DBT_PASSWORD") | {"PIPEC_RUN_AT": due, "PIPEC_RUN": due}, check=False, timeout=120)

    return write


with DAG(
    dag_id="mytomorrows_client_reporting",
    description="Every day: what clients and staff receive, only after its tests.",
    schedule=CronTriggerTimetable("0 5 * * *", timezone="Europe/Amsterdam"),
    start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Amsterdam"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=180),
    tags=["mytomorrows"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=15),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(minutes=180),
        "on_execute_callback": record("running"),
        "on_success_callback": record("succeeded"),
        "on_failure_callback": [record("failed"), tell],
        "do_xcom_push": False,
        "append_env": True,
        # When the run was due: the same for every try.
        "env": {"PIPEC_RUN_AT": "{{ (dag_run.logical_date or dag_run.run_after).isoformat() }}"},
    },
) as dag:
    task_models_seeds = BashOperator(
        task_id="models_seeds",
        bash_command=step("client_reporting__models_seeds.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_models_staging = BashOperator(
        task_id="models_staging",
        bash_command=step("client_reporting__models_staging.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_models_intermediate = BashOperator(
        task_id="models_intermediate",
        bash_command=step("client_reporting__models_intermediate.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_models_clients = BashOperator(
        task_id="models_clients",
        bash_command=step("client_reporting__models_clients.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_models_tableau = BashOperator(
        task_id="models_tableau",
        bash_command=step("client_reporting__models_tableau.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_checks = BashOperator(
        task_id="checks",
        bash_command=step("client_reporting__checks.sh"),
        pre_execute=given("DBT_PASSWORD"),
    )
    task_export_client_uhc_daily = BashOperator(
        task_id="export_client_uhc_daily",
        bash_command=step("client_reporting__export_client_uhc_daily.sh"),
        pre_execute=given("PGPASSWORD"),
        outlets=[Asset("s3://mytomorrows-client-uhc")],
    )
    task_export_client_humana_daily = BashOperator(
        task_id="export_client_humana_daily",
        bash_command=step("client_reporting__export_client_humana_daily.sh"),
        pre_execute=given("PGPASSWORD"),
        outlets=[Asset("s3://mytomorrows-client-humana")],
    )
    task_export_raw_daily = BashOperator(
        task_id="export_raw_daily",
        bash_command=step("client_reporting__export_raw_daily.sh"),
        pre_execute=given("PGPASSWORD"),
        outlets=[Asset("s3://mytomorrows-extracts")],
    )

    [task_models_seeds, task_models_staging] >> task_models_intermediate
    [task_models_intermediate] >> task_models_clients
    [task_models_clients] >> task_models_tableau
    [task_models_tableau] >> task_checks
    [task_checks] >> task_export_client_uhc_daily
    [task_checks] >> task_export_client_humana_daily
    [task_checks] >> task_export_raw_daily
