"""Judge the APIs of examples/medilink on a real Postgres: emitted services over built data, and who gets what from them.

What each path shows is compared with its base table as the superuser sees it, whose rows `example_check.py` compares with
plain Python. Which columns each API may show, and what must stand in no answer, is written here by hand, from the README.
Tokens, injections, the OpenAPI documents and schemathesis are those of `api_check.py`.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "api"))
sys.path.insert(0, str(HERE / "checks"))

import access_check
import access_projects
import api_check
import engines
import judge
import medilink_expected
from served import Service, service

TABLES = {
    "public_facilities": "medilink_core.facilities", "public_analytics_triage_stats": "medilink_analytics.triage_stats",
    "wards_patients": "medilink_marts.dim_patients", "wards_medical_records": "medilink_marts.fct_medical_records",
    "wards_triage_visits": "medilink_marts.fct_triage_visits", "wards_analytics_facility_stats": "medilink_clinical.facility_performance",
    "reception_triage_visits": "medilink_intake.announced_visits",
}  # fmt: skip
"""What each view of the APIs shows."""
PUBLIC = {
    "facilities": ["facility_id", "name", "state", "lga", "lat", "lon", "category", "type"],
    "analytics/triage-stats": ["metric_id", "unit", "grain", "period_date", "state", "value"],
}
"""All that strangers with a token are told."""


class Example(api_check.Check):
    """Medilink in its database, and its three services."""

    def __init__(self, build: access_check.Check, report: judge.Report, scratch: Path) -> None:
        super().__init__(build.database.server, build.pipec, report, scratch)
        self.folder, self.out, self.database, self.matrix, self.tables = build.project.folder, build.out, build.database, build.matrix, TABLES

    def served(self, stack: contextlib.ExitStack) -> dict[str, Service]:
        """The services, each with a login of its own."""
        made = {}
        for name in ("public", "wards", "reception"):
            if bad := self.database.psql(self.out / "api" / name / "authenticator.sql", "postgres", {}):
                raise engines.EngineError(f"the service's login cannot be made: {bad}")
            self.database.run(f"alter role medilink_{name}_api login")
            made[name] = stack.enter_context(service(self.out / "api" / name, self.server, self.database.name, f"medilink_{name}_api", self.scratch))
        return made

    def strangers_learn(self, api: Service) -> None:
        """The public API shows its columns and nobody's row: no name, day or phone of a patient is in any answer, and counts are of eleven or nobody."""
        shown = {listed["path"]: [c["name"] for c in listed["columns"]] for listed in api.config["lists"]}
        if shown != PUBLIC or api.config["creates"]:
            self.problem(f"the public API shows {shown}, and takes {api.config['creates']}")
        secret = medilink_expected.identifying(self.folder / "data")
        for path in PUBLIC:
            for row in self.pages(api, path, {}, api.token(), None):
                if cells := {str(v) for v in row.values()} & secret:
                    self.problem(f"the public API tells {sorted(cells)[:3]}")
                if path.startswith("analytics") and row["value"] is not None and 0 < row["value"] < medilink_expected.SMALLEST:
                    self.problem(f"the public API tells a count of {row['value']}")
        for path in ("/patients", "/medical-records", "/triage-visits", "/analytics/facility-stats", "/dim_patients"):
            self.expect(f"the public API: {path}", api.ask(path, api.token()), 404)
        self.expect("the public API without a token", api.ask("/facilities"), 401)

    def announced(self, api: Service) -> None:
        """A reception announces visits and finds them again; it sees nothing else, and what breaks a rule leaves nothing."""
        path, token = "/triage-visits", api.token()
        good = {"patient_id": 7, "facility_id": 1, "triage_level": 2, "expected_on": "2025-07-01"}
        count = lambda: self.database.rows("postgres", "select count(*) from medilink_intake.announced_visits")[0][0]  # noqa: E731
        there = count()
        made = self.expect("a visit", api.ask(path, token, "POST", json.dumps(good)), 201)
        back = self.expect("the visit", api.ask(made.headers.get("location") or "/none", token), 200).json()
        if any(back.get(k) != v for k, v in good.items()):
            self.problem(f"a visit comes back otherwise: {back}")
        for number in range(5):
            self.expect("one more", api.ask(path, token, "POST", json.dumps(good | {"patient_id": 8 + number})), 201)
        if count() != there + 6:
            self.problem(f"six visits were announced, and {count() - there} are there")
        bad = ({}, good | {"triage_level": 9}, good | {"expected_on": "tomorrow"}, good | {"announcement_id": 1}, good | {"announced_at": "2020-01-01T00:00:00Z"}, good | {"name": "x"})
        for row in bad:
            self.expect(f"the visit {json.dumps(row)[:80]}", api.ask(path, token, "POST", json.dumps(row)), 422)
        self.expect("a visit of nobody's", api.ask(path, None, "POST", json.dumps(good)), 401)
        if count() != there + 6:
            self.problem("a visit that breaks a rule was kept")
        for other in ("/patients", "/facilities", "/medical-records"):
            self.expect(f"the reception: {other}", api.ask(other, token), 404)

    def no_writing(self, apis: dict[str, Service]) -> None:
        """The nightly load is the one writer of patients: nobody else's API takes a row, and no login of a service can."""
        for api in (apis["public"], apis["wards"]):
            for listed in api.config["lists"]:
                self.expect(f"API {api.name}: a row for {listed['path']}", api.ask(f"/{listed['path']}", api.token(), "POST", "{}"), 405)
        for login in ("medilink_public_api", "medilink_wards_api", "medilink_reception_api"):
            got = self.database.rows(login, "select 1 from medilink_marts.dim_patients")
            if got != "42501":
                self.problem(f"{login} reads patients on its own: {got}")

    def course(self, seconds: float) -> None:
        """Serve and ask; made anew by dbt below the services, and asked again."""
        with contextlib.ExitStack() as stack:
            apis = self.served(stack)
            self.announced(apis["reception"])
            self.strangers_learn(apis["public"])
            self.no_writing(apis)
            for api in apis.values():
                self.documents(api)
                self.lists(api, [None], "built")
                self.tokens(api, "/" + api.config["lists"][0]["path"], None)
                self.injections(api, None)
                self.driven(api, None, seconds)
            self.dbt()
            for api in apis.values():
                self.lists(api, [None], "dbt")
                self.quiet(api)
            self.strangers_learn(apis["public"])

    def dbt(self) -> None:
        """Build with dbt, as who builds."""
        self.build.dbt()

    build: access_check.Check


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--example", required=True, metavar="DIR", type=judge.existing)
    arguments.add_argument("--seconds", type=float, default=12, help="of schemathesis on each API (default: 12)")
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    engines.use("api")
    report = judge.Report("api_example")
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-api-") as scratch:
        described = access_projects.medilink(Path(scratch), options.example)
        logins = [access_check.Login(name, roles) for name, roles in described.pop("logins")]
        project = access_check.Project(logins=logins, **described)
        database = access_check.Database(server, "medilink")
        access_check.Database(server, "postgres").run(f"create database {database.name}")
        build = access_check.Check(project, database, options.pipec, report, Path(scratch))
        started = time.monotonic()
        if build.emit():
            build.prepare()
            build.keys()
            if build.sql():
                report.timed("build", started)
                check = Example(build, report, Path(scratch))
                check.build = build
                check.course(options.seconds)
                report.facts |= {"answers": check.answers, "cells": check.cells}
    report.write(options.out)
    return report.conclude(f"{report.facts.get('answers')} answers, {report.facts.get('cells')} cells, three APIs of {options.example.name}")


if __name__ == "__main__":
    judge.judge(main)
