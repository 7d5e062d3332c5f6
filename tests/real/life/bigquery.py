"""The life of the example whose warehouse is BigQuery: the real dbt against GoogleSQL behind BigQuery's interface, and Terraform for Google.

What is not shown here, because nothing on this machine is Google: row access policies and grants of logins (roles of this example name no group at Google;
`bigquery_access_check.py` tries them on made-up projects), what lies in an adopted bucket or dataset, and that a bucket with objects is not destroyed.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import bigquery_check
import bigquery_server
import emr_check
import engines
import googlesql
import judge
import terraform_check
from life import neighbours
from life.changes import EMR, Change
from life.platform import Platform

DATASETS = ("emr_staging", "emr_intermediate", "emr_marts")
ENVIRONMENTS = ("dev", "production")
STEPS = (("first", "before", ""), ("night", "before", "night"), ("changed", "after", ""), ("rolled back", "back", ""))
BY_HAND = 'resource "google_pubsub_topic" "by_hand" {\n  name = "by-hand"\n}\n'
Dump = dict[str, list[dict[str, Any]]]


class Deployment:
    """One environment's warehouse."""

    def __init__(self, name: str, folder: Path, run_date: str, key: str, like: Deployment | None = None) -> None:
        self.name, self.data, self.run_date = name, folder / "data", run_date
        self.warehouse = googlesql.Warehouse(run_date)
        self.server = bigquery_server.Server(self.warehouse)
        self.warehouse.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
        self.warehouse.load("pipec_secret.key", [{"name": "PSEUDONYM_KEY", "value": key}])
        self.rest: Dump = {}
        for table, columns in emr_check.sources(folder).items():
            self.warehouse.source("emr_raw", table, [(c, emr_check.kind(c)) for c in columns])
            if like is None:
                self.warehouse.load(f"emr_raw.{table}", emr_check.rules.read(self.data, table))
            else:
                # The same rows: to read them takes GoogleSQL a minute.
                self.warehouse.relations[f"emr_raw.{table}"].content = like.warehouse.relations[f"emr_raw.{table}"].content

    def night(self, like: Deployment | None) -> None:
        """A patient and an encounter are in the files no more."""
        if like is not None:
            for table in ("patients", "encounters"):
                self.warehouse.relations[f"emr_raw.{table}"].content = like.warehouse.relations[f"emr_raw.{table}"].content
            return
        for table in ("patients", "encounters"):
            rows = emr_check.rules.read(self.data, table)
            gone = min(row["id"] for row in rows)
            self.warehouse.load(f"emr_raw.{table}", [row for row in rows if row["id"] != gone])

    def deploy(self, out: Path, scratch: Path) -> str:
        """dbt, over what is there; what it says when it fails."""
        project = out / "dbt"
        environment = engines.clean_environment("DBT_", "GOOGLE_") | {"GCP_PROJECT": bigquery_server.PROJECT, "DBT_SCHEMA": "scratch", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        scratch.mkdir(exist_ok=True)
        with bigquery_server.served(self.server) as endpoint:
            here = (project / "profiles.yml").read_text(encoding="utf-8").replace("method: oauth\n", f"method: oauth-secrets\n      token: nobody\n      api_endpoint: {endpoint}\n")
            (scratch / "profiles.yml").write_text(here, encoding="utf-8")
            command: list[str | Path] = [engines.venv("dbt-bigquery") / "bin" / "dbt", "--no-use-colors", "build", "--vars", f"{{run_date: '{self.run_date}'}}", "--project-dir", project]
            command += ["--profiles-dir", scratch, "--target-path", scratch / "target", "--log-path", scratch / "logs"]
            done = engines.run(command, cwd=project, env=environment)
        return "" if done.returncode == 0 else done.stdout[-5000:]

    def look(self, scratch: Path) -> Dump:
        """All that was built."""
        shutil.rmtree(scratch, ignore_errors=True)
        names = [n for n in self.warehouse.relations if n.partition(".")[0] in (*DATASETS, neighbours.SCHEMA, "scratch")]
        bigquery_check.dump(self.warehouse, names, scratch)
        return emr_check.shared.read_dump(scratch)


def differs(step: str, change: Change, before: Dump, now: Dump) -> list[str]:
    """Rows that are others than they were, and kept ones that are gone."""
    wrong = []
    for name, rows in before.items():
        keys = change.kept.get(name)
        if keys and step != "first":
            left = {tuple(row[k] for k in keys) for row in now.get(name, [])}
            if gone := sorted(str(k) for k in {tuple(row[k] for k in keys) for row in rows} - left):
                wrong.append(f"{step}: {name} has lost {gone[:3]}.")
        if step not in ("changed", "rolled back"):
            continue
        names = dict([change.renamed if step == "changed" else change.renamed[::-1]])
        if step == "rolled back" and name == change.renamed[0]:
            continue
        there = now.get(names.get(name, name))
        common = sorted(rows[0].keys() & there[0].keys()) if rows and there else []
        more = {change.added[name]} if name in change.added else set()
        if there is None or (rows and there and rows[0].keys() ^ there[0].keys() != more):
            wrong.append(f"{step}: {names.get(name, name)} is not there, or has other columns.")
        elif sorted(str([r[c] for c in common]) for r in rows) != sorted(str([r[c] for c in common]) for r in there):
            wrong.append(f"{step}: {name} has other rows.")
    return wrong


def live(pipec: Path, example: Path, scratch: Path, report: judge.Report) -> None:
    """All steps, in both environments."""
    change, folder, out = EMR, scratch / "emr", scratch / "emr-out"
    rules = emr_check.rules
    shutil.copytree(example, folder)
    change.write(folder, "before", True)
    engines.must([pipec, "build", folder, "-o", out], "building the example")
    written = {"terraform/by_hand.tf": BY_HAND, "dbt/models/by_hand/ward_notes.sql": f"{{{{ config(materialized='table') }}}}\nselect count(*) as n from {{{{ ref('{change.read_by_hand}') }}}}\n", "airflow/dags/by_hand.py": neighbours.DAG}
    for path, text in written.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")
    deployments: list[Deployment] = []
    for environment in ENVIRONMENTS:
        deployments.append(Deployment(environment, folder, rules.RUN_DATE, rules.KEY, deployments[0] if deployments else None))
    compared = 0
    with terraform_check.providers(out / "terraform") as reattach:
        platforms = [Platform(change, scratch / "google", e, reattach, example.name, report, "google_storage_bucket", "google_pubsub_topic.by_hand") for e in ENVIRONMENTS]
        for step, version, night in STEPS:
            shutil.rmtree(folder)
            shutil.copytree(example, folder)
            change.write(folder, version, True)
            engines.must([pipec, "build", folder, "-o", out], f"building the example, {step}")
            for path, text in written.items():
                if (out / path).read_text(encoding="utf-8") != text:
                    report.problem(f"{example.name}, {step}: {path} was written by hand, and is another.")
            for place in platforms:
                place.deploy(out / "terraform", step)
            for one in deployments:
                if night:
                    one.night(None if one is deployments[0] else deployments[0])
                started = time.monotonic()
                if said := one.deploy(out, scratch / f"dbt-{one.name}"):
                    report.problem(f"{example.name} {one.name}, {step}: dbt fails.\n{said}")
                    return
                report.timed(f"{one.name} {step}", started)
                now = one.look(scratch / f"dump-{one.name}")
                if step == "night" and now == one.rest:
                    report.problem(f"{example.name} {one.name}: nothing changed in the night, so nothing was kept.")
                for text in differs(step, change, one.rest, now):
                    report.problem(f"{example.name} {one.name}, {text}")
                if now.get("ward_notes") != [{"n": str(len(now[change.read_by_hand]))}]:
                    report.problem(f"{example.name} {one.name}, {step}: the model written by hand holds {now.get('ward_notes')}.")
                compared += sum(map(len, one.rest.values()))
                one.rest = now
    report.facts[f"{example.name} by dbt on GoogleSQL"] = {"rows compared": compared, "cells": 0, "plans": sum(p.applied for p in platforms)}
    falsified(change, deployments[0].rest, report)
    for place in platforms:
        place.falsified()


def falsified(change: Change, rest: Dump, report: judge.Report) -> None:
    """A row less in a kept table, and in one that the change is not about."""
    kept = next(name for name in change.kept if rest.get(name))
    if not differs("falsified", change, rest, rest | {kept: rest[kept][1:]}):
        report.problem(f"{kept} without a row is accepted.")
    if not differs("changed", change, rest, rest | {"dim_conditions": rest["dim_conditions"][1:]}):
        report.problem("dim_conditions without a row is accepted.")


__all__ = ["live"]
