"""What somebody wrote by hand beside what pipec makes: files in its output, and tables, roles and grants in the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import access_check
import infrastructure_check

ROLE, LOGIN, SCHEMA = "by_hand_reader", "by_hand_login", "by_hand"
DAG = '''"""Somebody's own."""
import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("by_hand", start_date=datetime.datetime(2025, 1, 1), schedule=None):
    EmptyOperator(task_id="nothing")
'''
MODEL = "{{{{ config(materialized='table', schema='by_hand', grants={{'select': ['by_hand_reader']}}) }}}}\nselect count(*) as n from {{{{ ref('{reads}') }}}}\n"


def files(out: Path, reads: str) -> dict[str, str]:
    """What is written by hand into an output folder, by path."""
    written = {
        "terraform/by_hand.tf": infrastructure_check.NEIGHBOUR,
        "dbt/models/by_hand/ward_notes.sql": MODEL.format(reads=reads),
        "dbt/tests/by_hand.sql": "select 1 from {{ ref('ward_notes') }} where n < 0\n",
        "sql/postgres/by_hand.sql": "select 'mine';\n",
    }
    written["airflow/dags/by_hand.py" if (out / "airflow").is_dir() else "cron/by_hand.sh"] = DAG if (out / "airflow").is_dir() else "#!/bin/sh\ntrue\n"
    return written


def write(out: Path, reads: str) -> None:
    """Write them, once."""
    for path, text in files(out, reads).items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")


def touched(out: Path, reads: str) -> list[str]:
    """Those that are not as they were written."""
    return [path for path, text in files(out, reads).items() if not (out / path).exists() or (out / path).read_text(encoding="utf-8") != text]


def move_in(database: access_check.Database, schema: str) -> None:
    """Tables, a role, rows, grants and a policy beside those of the project, one of them in a schema of its."""
    for role, how in ((ROLE, "nologin"), (LOGIN, "login")):
        database.run(f"do $$ begin if not exists (select 1 from pg_roles where rolname = '{role}') then create role {role} {how}; end if; end $$")
    database.run(f"grant {ROLE} to {LOGIN}")
    database.run(f"create schema if not exists {SCHEMA}")
    database.run(f"grant usage on schema {SCHEMA} to {ROLE}")
    database.run(f"grant usage, create on schema {SCHEMA} to {access_check.BUILDER}")
    database.run(f"grant usage on schema {schema} to {ROLE}")
    for place in (SCHEMA, schema):
        name = f"{place}.notes_by_hand"
        database.run(f"create table {name} (id integer primary key, said text)")
        database.run(f"insert into {name} values (1, 'one'), (2, 'two')")
        database.run(f"comment on table {name} is 'mine'")
        database.run(f"grant select on {name} to {ROLE}")
        database.run(f"alter table {name} enable row level security")
        database.run(f"create policy mine on {name} for select to {ROLE} using (id = 1)")


def picture(database: access_check.Database, schema: str) -> dict[str, Any]:
    """All that is to be seen of them: what they are, what is in them, who may do what, and what somebody reads who is let in."""
    seen: dict[str, Any] = {}
    for place in (SCHEMA, schema):
        name = f"{place}.notes_by_hand"
        seen[name] = database.rows(
            "postgres",
            f"select c.oid, c.relacl::text, c.relowner, c.relrowsecurity, c.relforcerowsecurity, obj_description(c.oid), (select array_agg(p.polname::text || pg_get_expr(p.polqual, p.polrelid)) from pg_policy p where p.polrelid = c.oid)"
            f" from pg_class c where c.oid = to_regclass('{name}')",
        )
        seen[f"rows of {name}"] = database.rows("postgres", f"select * from {name} order by id")
        seen[f"what {LOGIN} reads of {name}"] = database.rows(LOGIN, f"select * from {name}")
        seen[f"usage of {place}"] = database.rows("postgres", f"select has_schema_privilege('{ROLE}', '{place}', 'usage')")
    return seen
