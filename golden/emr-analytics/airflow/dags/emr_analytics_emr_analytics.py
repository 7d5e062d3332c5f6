# Once a day: fetch what Synthea made, convert it to Parquet in the landing zone, build, test.
# Written by pipec from the project `emr_analytics`; change it there, not here.
from __future__ import annotations

import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, LoadMode, TestBehavior

STEPS = Path(__file__).resolve().parent.parent / "steps"
DBT = STEPS.parent.parent / "dbt"


def step(script: str) -> str:
    """The command of a task. Airflow takes one that ends in .sh for the name of a template: hence the blank."""
    return f"bash {shlex.quote(str(STEPS / script))} "


def tell(context) -> None:
    """Tells of a task that failed for good: its name and its run, nothing of any row."""
    task = context["task_instance"]
    says = f"{task.dag_id}: {task.task_id} failed, run {task.run_id}"
    # Half a minute for each way of telling, and what the shell takes.
    subprocess.run(["bash", str(STEPS / "emr_analytics_alert.sh"), says], check=False, timeout=60)


with DAG(
    dag_id="emr_analytics_emr_analytics",
    description="Once a day: fetch what Synthea made, convert it to Parquet in the landing zone, build, test.",
    schedule=CronTriggerTimetable("0 4 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=120),
    tags=["emr_analytics"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(minutes=120),
        "on_failure_callback": tell,
        "do_xcom_push": False,
        "append_env": True,
        # When the run was due: the same for every try.
        "env": {"PIPEC_RUN_AT": "{{ (dag_run.logical_date or dag_run.run_after).isoformat() }}"},
    },
) as dag:
    task_ingest = BashOperator(
        task_id="ingest",
        bash_command=step("emr_analytics__ingest.sh"),
    )
    task_convert = BashOperator(
        task_id="convert",
        bash_command=step("emr_analytics__convert.sh"),
    )
    task_models = DbtTaskGroup(
        group_id="models",
        project_config=ProjectConfig(dbt_project_path=DBT, manifest_path=DBT / "target" / "manifest.json", install_dbt_deps=False),
        profile_config=ProfileConfig(profile_name="emr_analytics", target_name="warehouse", profiles_yml_filepath=DBT / "profiles.yml"),
        execution_config=ExecutionConfig(dbt_executable_path=str(STEPS / "dbt_quiet.sh"), invocation_mode=InvocationMode.SUBPROCESS),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,
            emit_datasets=False,
        ),
        operator_args={"vars": {"run_date": "{{ (dag_run.logical_date or dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"}},
    )
    task_checks = BashOperator(
        task_id="checks",
        bash_command=step("emr_analytics__checks.sh"),
    )

    [task_ingest] >> task_convert
    [task_convert] >> task_models
    [task_models] >> task_checks
