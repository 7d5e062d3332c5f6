"""Runs inside Airflow's own environment: loads a folder of DAGs and tells what is in it, or runs one DAG in this process.

    run.py load FOLDER
    run.py run FOLDER DAG_ID MOMENT

One line of JSON on the last line of standard output. Pauses between tries are cut out: `dag.test()` would really wait.
"""

import datetime
import inspect
import json
import sys

try:
    from airflow.dag_processing.dagbag import DagBag  # 3.1 and later
except ImportError:
    from airflow.models.dagbag import DagBag

    # Airflow 2: notes on runs refer to the tables of users, which nothing else loads here.
    import airflow.providers.fab.auth_manager.models  # noqa: F401


def bag(folder):
    """What Airflow makes of a folder."""
    known = inspect.signature(DagBag.__init__).parameters
    return DagBag(folder, **({"include_examples": False} if "include_examples" in known else {}))


def described(dag):
    """A DAG's facts."""
    task = next(iter(dag.tasks))
    return {
        "schedule": str(getattr(dag.timetable, "_expression", "")),
        "timezone": str(dag.timezone),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "tags": sorted(dag.tags),
        "description": dag.description,
        "timeout": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
        "retries": task.retries,
        "pool": task.pool,
        "owner": task.owner,
        "tasks": {t.task_id: sorted(t.upstream_task_ids) for t in dag.tasks},
        "outlets": {t.task_id: sorted(o.uri for o in t.outlets) for t in dag.tasks if t.outlets},
        "waits": waits(dag),
        "pods": {t.task_id: pod(t) for t in dag.tasks if hasattr(t, "get_logs")},
    }


def waits(dag):
    """The assets that a DAG runs after."""
    condition = getattr(dag.timetable, "asset_condition", None) or getattr(dag.timetable, "dataset_condition", None)
    return sorted(one.uri for one in getattr(condition, "objects", []))


def rendered(text):
    """What Jinja makes of a text that asks for nothing of a run."""
    import jinja2

    return jinja2.Environment().from_string(text).render() if "dag_run" not in text else text


def pod(task):
    """What Kubernetes would be asked for."""
    told = task.env_vars if isinstance(task.env_vars, dict) else {one.name: one.value for one in task.env_vars}
    return {
        "get_logs": task.get_logs,
        "namespace": task.namespace,
        "account": task.service_account_name,
        "cmds": [rendered(word) for word in task.cmds],
        "env": {name: rendered(value) for name, value in told.items()},
        "secrets": [[one.deploy_target, one.secret, one.key] for one in task.secrets],
    }


def ran(dag, moment):
    """Runs a DAG for a moment; the states of the run and of its tasks."""
    for task in dag.tasks:
        task.retry_delay = datetime.timedelta(0)
        task.retry_exponential_backoff = False
    at = datetime.datetime.fromisoformat(moment)
    known = inspect.signature(dag.test).parameters
    run = dag.test(**{"logical_date" if "logical_date" in known else "execution_date": at})
    return {"state": str(run.state), "tasks": {i.task_id: {"state": str(i.state), "tries": i.try_number} for i in run.get_task_instances()}}


def main():
    """Command line."""
    action, folder, *rest = sys.argv[1:]
    loaded = bag(folder)
    if action == "load":
        errors = {str(file): str(error).strip().splitlines()[-1] for file, error in loaded.import_errors.items()}
        found = {"errors": errors, "dags": {name: described(dag) for name, dag in loaded.dags.items()}}
    else:
        found = ran(loaded.dags[rest[0]], rest[1])
    print("\n" + json.dumps(found))


main()
