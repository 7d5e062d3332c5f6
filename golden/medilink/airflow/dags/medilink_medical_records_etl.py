# Every night at two: what was uploaded is copied in, numbered, built and tested; then it is exported, and the uploads go to the archive.
# Written by pipec from the project `medilink`; change it there, not here.
from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset
from airflow.timetables.trigger import CronTriggerTimetable

STEPS = Path(__file__).resolve().parent.parent / "steps"


def step(script: str) -> str:
    """The command of a task. Airflow takes one that ends in .sh for the name of a template: hence the blank."""
    return f"bash {shlex.quote(str(STEPS / script))} "


def tell(context) -> None:
    """Tells of a task that failed for good: its name and its run, nothing of any row."""
    task = context["task_instance"]
    says = f"{task.dag_id}: {task.task_id} failed, run {task.run_id}"
    # Half a minute for each way of telling, and what the shell takes.
    subprocess.run(["bash", str(STEPS / "medical_records_etl_alert.sh"), says], check=False, timeout=120)


def record(status: str):
    """What writes down how a task stands. What keeps it from that is no reason for a task to fail."""

    def write(context) -> None:
        task, run = context["task_instance"], context["dag_run"]
        due = (run.logical_date or run.run_after).isoformat()
        where = ["UTC", "medical_records_etl", "landing", "pipeline_runs"]
        words = [*where, task.task_id, status, (task.start_date or pendulum.now()).isoformat(), str(len(context["dag"].task_dict))]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["bash", str(STEPS / "record.sh"), *words], env=os.environ | {"PIPEC_RUN_AT": due, "PIPEC_RUN": due}, check=False, timeout=120)

    return write


with DAG(
    dag_id="medilink_medical_records_etl",
    description="Every night at two: what was uploaded is copied in, numbered, built and tested; then it is exported, and the uploads go to the archive.",
    schedule=CronTriggerTimetable("0 2 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=120),
    tags=["medilink"],
    default_args={
        "owner": "data team",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(minutes=120),
        "on_execute_callback": record("running"),
        "on_success_callback": record("succeeded"),
        "on_failure_callback": [record("failed"), tell],
        "do_xcom_push": False,
        "append_env": True,
        # When the run was due: the same for every try.
        "env": {"PIPEC_RUN_AT": "{{ (dag_run.logical_date or dag_run.run_after).isoformat() }}"},
    },
) as dag:
    task_load_facilities = BashOperator(
        task_id="load_facilities",
        bash_command=step("medical_records_etl__load_facilities.sh"),
    )
    task_load_patients = BashOperator(
        task_id="load_patients",
        bash_command=step("medical_records_etl__load_patients.sh"),
    )
    task_load_medical_records = BashOperator(
        task_id="load_medical_records",
        bash_command=step("medical_records_etl__load_medical_records.sh"),
    )
    task_load_triage_visits = BashOperator(
        task_id="load_triage_visits",
        bash_command=step("medical_records_etl__load_triage_visits.sh"),
    )
    task_models_staging = BashOperator(
        task_id="models_staging",
        bash_command=step("medical_records_etl__models_staging.sh"),
    )
    task_models_core = BashOperator(
        task_id="models_core",
        bash_command=step("medical_records_etl__models_core.sh"),
    )
    task_models_marts = BashOperator(
        task_id="models_marts",
        bash_command=step("medical_records_etl__models_marts.sh"),
    )
    task_models_clinical = BashOperator(
        task_id="models_clinical",
        bash_command=step("medical_records_etl__models_clinical.sh"),
    )
    task_models_analytics = BashOperator(
        task_id="models_analytics",
        bash_command=step("medical_records_etl__models_analytics.sh"),
    )
    task_models_api_public = BashOperator(
        task_id="models_api_public",
        bash_command=step("medical_records_etl__models_api_public.sh"),
    )
    task_models_api_reception = BashOperator(
        task_id="models_api_reception",
        bash_command=step("medical_records_etl__models_api_reception.sh"),
    )
    task_models_api_wards = BashOperator(
        task_id="models_api_wards",
        bash_command=step("medical_records_etl__models_api_wards.sh"),
    )
    task_checks = BashOperator(
        task_id="checks",
        bash_command=step("medical_records_etl__checks.sh"),
    )
    task_export_research_weekly = BashOperator(
        task_id="export_research_weekly",
        bash_command=step("medical_records_etl__export_research_weekly.sh"),
        outlets=[Asset("s3://medilink-research")],
    )

    [task_load_facilities] >> task_load_patients
    [task_load_patients] >> task_load_medical_records
    [task_load_medical_records] >> task_load_triage_visits
    [task_load_triage_visits] >> task_models_staging
    [task_models_staging] >> task_models_core
    [task_models_core] >> task_models_marts
    [task_models_core, task_models_marts] >> task_models_clinical
    [task_models_core, task_models_marts] >> task_models_analytics
    [task_models_core, task_models_analytics] >> task_models_api_public
    [task_load_triage_visits] >> task_models_api_reception
    [task_models_marts, task_models_clinical] >> task_models_api_wards
    [task_models_api_public, task_models_api_reception, task_models_api_wards] >> task_checks
    [task_checks] >> task_export_research_weekly
