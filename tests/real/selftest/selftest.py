"""Proves the judges: each accepts a good artifact and rejects bad ones, for the right reason.

usage: selftest.py [-v] [TestClass[.test_name] …]
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
JUDGES = HERE.parent
sys.path.insert(0, str(JUDGES))

import cells_check  # noqa: E402
import engines  # noqa: E402
import judge  # noqa: E402
import lineage_check  # noqa: E402
import pictures  # noqa: E402
import tpc_pipec  # noqa: E402
import tpc_rows  # noqa: E402
import tpc_suite  # noqa: E402
import tpc_types  # noqa: E402
import warehouse  # noqa: E402
from sums import programs  # noqa: E402
from sums.attack import Attack  # noqa: E402

ACCEPTED, REJECTED, BROKEN = 0, 1, 3
SECRET_SQL = "insert into private.secret (name, value) values (%(name)s, %(value)s)"


class JudgeTest(unittest.TestCase):
    """A test that works on a copy of the fixtures, and so may spoil them."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="pipec-selftest-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name) / "fixtures"
        shutil.copytree(HERE, self.folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))

    def spoil(self, file: str, old: str, new: str) -> None:
        """Replace text in a fixture."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def judge(self, name: str, *arguments: str | Path, env: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a judge; its exit code and what it printed."""
        command = [sys.executable, JUDGES / f"{name}.py", *arguments]
        done = engines.run(command, cwd=self.folder, env=dict(os.environ) | (env or {}))
        return done.returncode, done.stdout

    def accepts(self, name: str, *arguments: str | Path) -> dict[str, Any]:
        """The judge accepts; its report."""
        code, output = self.judge(name, *arguments, "--out", "report.json")
        self.assertEqual(code, ACCEPTED, output)
        report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        self.assertTrue(report["accepted"])
        return report

    def rejects(self, because: str, name: str, *arguments: str | Path) -> None:
        """The judge rejects, and says why."""
        code, output = self.judge(name, *arguments)
        self.assertEqual(code, REJECTED, output)
        self.assertIn(because, output)


class Dbt(JudgeTest):
    """dbt_build.py"""

    GOOD = ("dbt_build", "--project", "dbt", "--data", "data")

    def test_good_project_with_late_delivery(self) -> None:
        report = self.accepts(*self.GOOD, "--late", "late", "--dump", "before", "--dump-late", "after")
        self.assertEqual(report["facts"]["relations"]["public.patient"]["rows"], 3)
        self.assertEqual(report["facts"]["late_changed"]["public.patient"], {"rows_before": 3, "rows_after": 4})
        before, after = (self._dumped(folder) for folder in ("before", "after"))
        self.assertEqual(before["p2"]["birth_date"], "1988-12-01")
        self.assertEqual(after["p2"]["birth_date"], "1988-12-02")
        self.assertEqual(before["p1"]["detail"], '{"a":"female","b":1.5}')
        self.assertEqual(before["p1"]["genders"], '["female",null]')
        self.assertEqual(before["p1"]["loaded_at"], "2026-01-01T08:00:00Z")

    def _dumped(self, folder: str) -> dict[str, Any]:
        lines = (self.folder / folder / "public.patient.ndjson").read_text(encoding="utf-8").splitlines()
        return {row["id"]: row for row in map(json.loads, lines)}

    def test_project_built_by_a_role_with_a_secret(self) -> None:
        self.spoil("dbt/models/patient.sql", "loaded_at\n", "loaded_at,\n    '{{ env_var('MY_KEY') }}' as key\n")
        with (self.folder / "prepare.sql").open("a", encoding="utf-8") as prepare:
            prepare.write("grant usage on schema private to builder; grant select on private.secret to builder;\n")
            prepare.write("grant usage, create on schema public to builder;\n")
        hook = "materialized='table', post_hook=\"do $$ begin assert (select value = 'k' from private.secret); end $$\""
        self.spoil("dbt/models/patient.sql", "materialized='table'", hook)
        secret = ("--secret", "MY_KEY=k", "--secret-sql", SECRET_SQL, "--without", "private")
        report = self.accepts(*self.GOOD, "--prepare", "prepare.sql", "--user", "builder", *secret)
        self.assertNotIn("private.secret", report["facts"]["relations"])

    def test_failing_data_test(self) -> None:
        self.spoil("data/patient.ndjson", '"family": "Żak"', '"given": ["Żak"]')
        self.rejects("not_null_patient_family", *self.GOOD)

    def test_failing_unit_test(self) -> None:
        rows = "select 'a' as id, 'f' as gender, date '1980-05-01' as birth_date, 'Lee' as family, now() as loaded_at"
        given = f"given: [{{input: ref('stg_patient'), format: sql, rows: \"{rows}\"}}]"
        with (self.folder / "dbt/models/schema.yml").open("a", encoding="utf-8") as schema:
            schema.write(f"unit_tests:\n  - name: a_year\n    model: patient\n    {given}\n    expect: {{rows: [{{id: a, birth_year: 1980}}]}}\n")
        report = self.accepts(*self.GOOD)
        self.assertIn("unit_test.selftest.patient.a_year", report["facts"]["nodes"]["build"])
        self.spoil("dbt/models/patient.sql", "extract(year from birth_date)", "extract(month from birth_date)")
        self.rejects("unit_test.selftest.patient.a_year", *self.GOOD)

    def test_invalid_sql(self) -> None:
        self.spoil("dbt/models/patient.sql", "birth_date <", "birth_day <")
        self.rejects('column "birth_day" does not exist', *self.GOOD)

    def test_project_that_does_not_parse(self) -> None:
        self.spoil("dbt/models/patient.sql", "ref('stg_patient')", "ref('stg_patients')")
        self.rejects("dbt stopped before running anything", *self.GOOD)

    def test_a_model_that_differs_from_build_to_build(self) -> None:
        self.spoil("dbt/models/patient.sql", "half_length,", "half_length, random() as noise,")
        self.rejects("public.patient: 3 rows, then 3", *self.GOOD)

    def test_a_view_that_cannot_be_read(self) -> None:
        self.spoil("dbt/models/patient.sql", "materialized='table'", "materialized='view'")
        self.spoil("dbt/models/patient.sql", "length(family) / 2.0", "1 / (length(family) - length(family))")
        (self.folder / "dbt" / "models" / "schema.yml").unlink()
        self.rejects("public.patient was built but cannot be read", *self.GOOD)


class Sql(JudgeTest):
    """sql_run.py"""

    GOOD = ("sql_run", "--sql", "sql", "--data", "data")

    def test_good_files(self) -> None:
        report = self.accepts(*self.GOOD, "--late", "late", "--dump", "dump")
        self.assertEqual(sorted(report["facts"]["late_changed"]), ["marts.by_gender", "stg.patient"])

    def test_invalid_sql(self) -> None:
        self.spoil("sql/02_marts.sql", "group by", "grouped by")
        self.rejects("02_marts.sql:3", *self.GOOD)

    def test_tables_described_by_a_schema(self) -> None:
        columns = [["id", "text"], ["resource", "json"], ["_airbyte_extracted_at", "timestamptz"]]
        described = {
            "patient": {"schema": "airbyte", "columns": columns},
            "empty%s": {"schema": "raw", "columns": columns},
        }
        (self.folder / "schema.json").write_text(json.dumps(described), encoding="utf-8")
        report = self.accepts(*self.GOOD, "--schema", "schema.json", "--late", "late")
        self.assertEqual(report["facts"]["loaded"], {"airbyte.patient": 3, "raw.empty%s": 0})
        self.assertEqual(report["facts"]["late_changed"]["stg.patient"], {"rows_before": 3, "rows_after": 5})

    def test_data_that_do_not_fit_stop_the_judge(self) -> None:
        self.spoil("data/patient.ndjson", '"id": "p1", "resource"', '"id": "p1", "resources"')
        code, output = self.judge(*self.GOOD)
        self.assertEqual(code, BROKEN)
        self.assertIn("patient.ndjson:1: `resources` is not a column", output)

    def test_files_that_cannot_run_twice(self) -> None:
        self.spoil("sql/02_marts.sql", "drop table if exists", "-- drop table if exists")
        self.rejects("second build: 02_marts.sql failed", *self.GOOD)

    def test_files_that_add_at_every_run(self) -> None:
        added = "create table if not exists marts.log (n int); insert into marts.log values (1);\n"
        self.spoil("sql/02_marts.sql", "drop table", added + "drop table")
        self.rejects("marts.log: 1 rows, then 2", *self.GOOD)


class Terraform(JudgeTest):
    """terraform_check.py and checkov_check.py"""

    GOOD = ("terraform_check", "terraform")
    BAD = {
        "not formatted": ("fmt", 'region = "us-east-1"\n  }', 'region="us-east-1"\n  }'),
        "unknown argument": ("Unsupported argument", 'bucket = "selftest-exports-anon"', 'buckets = "x"'),
        "unknown block": ("Unsupported block type", "versioning_configuration", "versioning_configurations"),
        "missing argument": ("Missing required argument", "bucket = aws_s3_bucket.anon.id\n  policy", "policy"),
        "wrong type": (
            "Incorrect attribute value type",
            "bucket = aws_s3_bucket.anon.id\n  versioning",
            "bucket = []\n  versioning",
        ),
        "computed": ("Value for unconfigurable attribute", 'exports-anon"', 'exports-anon"\n  arn    = "x"'),
        "unknown reference": (
            "Reference to undeclared resource",
            "aws_s3_bucket.anon.id\n  policy",
            "aws_s3_bucket.anonymous.id\n  policy",
        ),
        "unknown resource": (
            "Invalid resource type",
            'resource "aws_s3_bucket" "anon"',
            'resource "aws_s3_buckets" "anon"',
        ),
        "syntax": (
            "Unclosed configuration block",
            'bucket = "selftest-exports-anon"\n}',
            'bucket = "selftest-exports-anon"\n',
        ),
        "unstable": ("second plan", 'bucket = "selftest-exports-anon"', 'bucket = "selftest-${timestamp()}"'),
    }

    def test_good_configuration(self) -> None:
        self.accepts(*self.GOOD, "--plan-json", "plan.json", "--var", "region=eu-central-1")
        plan = json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))
        self.assertEqual(len(plan["resource_changes"]), 3)

    def test_bad_configurations(self) -> None:
        good = (self.folder / "terraform" / "main.tf").read_text(encoding="utf-8")
        for name, (because, old, new) in self.BAD.items():
            with self.subTest(name):
                (self.folder / "terraform" / "main.tf").write_text(good, encoding="utf-8")
                self.spoil("terraform/main.tf", old, new)
                self.rejects(because, *self.GOOD)

    def test_a_provider_without_a_schema_stops_the_judge(self) -> None:
        self.spoil("terraform/main.tf", "hashicorp/aws", "hashicorp/nowhere")
        code, output = self.judge(*self.GOOD)
        self.assertEqual(code, BROKEN)
        self.assertIn("No schema is pinned for the provider `hashicorp/nowhere`", output)

    def test_google(self) -> None:
        text = (
            'terraform {\n  required_providers {\n    google = {\n      source = "hashicorp/google"\n    }\n  }\n}\n\n'
        )
        text += 'resource "google_storage_bucket" "raw" {\n  name     = "raw"\n  location = "EU"\n}\n'
        (self.folder / "terraform" / "main.tf").write_text(text, encoding="utf-8")
        self.accepts(*self.GOOD)
        self.spoil("terraform/main.tf", 'location = "EU"', 'place    = "EU"')
        self.rejects("Unsupported argument", *self.GOOD)

    def test_checkov(self) -> None:
        self.accepts("checkov_check", "terraform", "--check", "CKV_AWS_21")
        self.rejects("CKV2_AWS_6 on aws_s3_bucket.anon", "checkov_check", "terraform")


class Iam(JudgeTest):
    """iam_check.py"""

    GOOD = ("iam_check", "iam.json")

    def test_good_cases(self) -> None:
        self.assertEqual(self.accepts(*self.GOOD)["facts"]["cases"], 5)

    def test_a_policy_that_allows_too_much(self) -> None:
        self.spoil("iam.json", "exports/anon/*", "exports/*")
        self.rejects("case 2 (reads no other prefix): expected ImplicitlyDenied, got Allowed", *self.GOOD)

    def test_a_policy_that_allows_too_little(self) -> None:
        self.spoil("iam.json", '"s3:prefix": "anon/*"', '"s3:prefix": "anonymous/*"')
        self.rejects("case 4 (lists its prefix): expected Allowed, got ImplicitlyDenied", *self.GOOD)

    def test_a_missing_denial(self) -> None:
        self.spoil("iam.json", 'aws:SecureTransport": "false"}}', 'aws:SecureTransport": "maybe"}}')
        self.rejects("case 3 (reads nothing in the clear): expected ExplicitlyDenied, got Allowed", *self.GOOD)

    def test_an_action_that_does_not_exist(self) -> None:
        self.spoil("iam.json", '"action": "s3:PutObject"', '"action": "s3:PutObjekt"')
        self.rejects("the simulator refuses it", *self.GOOD)

    def test_a_bucket_policy_that_cannot_apply(self) -> None:
        self.spoil("iam.json", '"bucket_policies": {"exports":', '"bucket_policies": {"export":')
        self.rejects("`bucket_policies` lacks the bucket `exports`", *self.GOOD)

    def test_an_unknown_document(self) -> None:
        self.spoil("iam.json", '"policies": ["analyst"]', '"policies": ["analist"]')
        self.rejects("there is no document `analist`", *self.GOOD)


class Cron(JudgeTest):
    """cron_run.py"""

    GOOD = ("cron_run", "out", "--data", "data", "--bucket", "exports", "--env", "EXPORT_BUCKET=exports")

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.folder / "dbt", self.folder / "out" / "dbt")

    def test_good_script(self) -> None:
        report = self.accepts(*self.GOOD, "--download", "objects")
        zipped = report["facts"]["buckets"]["exports"]["2026/01/01/export.zip"]["csv"]
        self.assertEqual(zipped, {"patient.csv": {"columns": ["id", "family"], "rows": 3}})
        self.assertTrue((self.folder / "objects/exports/2026/01/01/export.zip").exists())

    def test_good_script_with_an_environment_file(self) -> None:
        self.accepts(*self.GOOD, "--env-file")

    def test_shellcheck(self) -> None:
        self.spoil("out/cron/daily.sh", '(cd "$work"', "(cd $work")
        self.rejects("SC2086", *self.GOOD)

    def test_a_step_that_fails(self) -> None:
        self.spoil("out/dbt/models/patient.sql", "birth_date <", "birth_day <")
        self.rejects("cron/daily.sh ended with", *self.GOOD)

    def test_an_upload_that_is_missing(self) -> None:
        self.spoil("out/cron/daily.sh", "aws s3 cp", "true")
        self.rejects("The bucket `exports` is empty.", *self.GOOD)

    def test_an_upload_that_is_no_zip(self) -> None:
        self.spoil(
            "out/cron/daily.sh", 'cp --only-show-errors "$work/export.zip"', 'cp --only-show-errors "$work/patient.csv"'
        )
        self.rejects("is no zip", *self.GOOD)


class Lineage(unittest.TestCase):
    """lineage_check.py: the comparison itself, on a query whose lineage is plain to see."""

    TEXT = "select a.id, a.x + b.y as z, sum(a.x) over (partition by b.id) as w from s.a as a join s.b as b on b.id = a.id"
    EDGES = ["s.a.id value m.id", "s.a.x value m.z", "s.b.y value m.z", "s.a.x value m.w", "s.b.id control m.w"]

    def compared(self, edges: list[str]) -> tuple[dict[str, int], list[str]]:
        """What comes of comparing these edges with sqlglot's."""
        engines.use("lineage")
        columns = [("s.a", "id"), ("s.a", "x"), ("s.b", "id"), ("s.b", "y"), ("m", "id"), ("m", "z"), ("m", "w")]
        parts = [edge.split() for edge in edges]
        known = {
            "tables": [{"id": table, "name": table[-1], "kind": "model" if table == "m" else "source"} for table in ("m", "s.a", "s.b")],
            "columns": [{"id": f"{t}.{c}", "table": t, "name": c, "type": "integer"} for t, c in columns],
            "edges": [{"from": start, "kind": kind, "to": end} for start, kind, end in parts],
        }
        report = judge.Report("lineage")
        counts = lineage_check.compare(report, "test", lineage_check.read(json.dumps(known)), {"m": self.TEXT})
        return dict(counts), report.problems

    def test_the_right_edges(self) -> None:
        self.assertEqual(self.compared(self.EDGES), ({"columns": 3, "agree": 2, "partition": 1}, []))

    def test_an_edge_that_is_missing(self) -> None:
        for edge in self.EDGES:
            with self.subTest(edge):
                _, problems = self.compared([other for other in self.EDGES if other != edge])
                self.assertEqual(len(problems), 1, problems)

    def test_an_edge_too_many(self) -> None:
        for edge in ("s.b.id value m.id", "s.a.id value m.z"):
            with self.subTest(edge):
                self.assertEqual(len(self.compared([*self.EDGES, edge])[1]), 1)


class Cells(unittest.TestCase):
    """cells_check.py: the attacks, on tables whose secrets are plain to see."""

    PARTS = {"east": (30, 10.0), "north": (20, 10.0), "south": (3, 10.0), "west": (9, 10.0)}

    def setUp(self) -> None:
        engines.use("cells")
        whole, by_region = programs.Cut(), programs.Cut(("region",))
        metrics = [programs.Metric("total", "sum", whole, "cost"), programs.Metric("part", "sum", by_region, "cost")]
        metrics += [programs.Metric("mean", "avg", by_region, "cost"), programs.Metric("bills", "rows", by_region)]
        self.program = programs.Program(metrics, {"cells": ["total", "part", "mean", "bills"]}, "desk.bills")
        self.rows = [self.bill(region, number, cost) for region, (people, cost) in self.PARTS.items() for number in range(people)]
        #: What the rules tell: the rest, of south and west, is a sum over twelve people.
        self.told = {("total", ()): 620.0, ("part", ("east",)): 300.0, ("part", ("north",)): 200.0}

    @staticmethod
    def bill(region: str, number: int, cost: float) -> dict[str, Any]:
        return {"patient_id": f"{region} {number}", "region": region, "cost": cost}

    def found(self, told: dict[Any, float], rows: list[dict[str, Any]] | None = None) -> list[str]:
        """What the attack says of a dump."""
        attack = Attack(self.program, self.rows if rows is None else rows, told)
        return [*attack.wrong(), *attack.followed()]

    def test_a_rest_over_enough_people(self) -> None:
        self.assertEqual(self.found(self.told), [])

    def test_withholding_single_cells(self) -> None:
        """Eleven in the west: told, because there are enough of them; and three in the south follow."""
        more = [self.bill("west", number, 10.0) for number in (9, 10)]
        told = self.told | {("total", ()): 640.0, ("part", ("west",)): 110.0}
        self.assertTrue(any("30 to 30" in text for text in self.found(told, [*self.rows, *more])), "the rest is exactly what three people have")

    def test_a_rest_that_is_too_little(self) -> None:
        """Nobody knows how it is divided; but it is known to be less than what one has twice."""
        great = [self.bill("south", 0, 200.0) if row["patient_id"] == "south 0" else row for row in self.rows]
        self.assertTrue(any("one has 200" in text for text in self.found(self.told | {("total", ()): 810.0}, great)))

    def test_a_falsified_dump(self) -> None:
        self.assertIn("is what it comes to", self.found(self.told | {("part", ("east",)): 301.0})[0])
        self.assertIn("is told: 3 people", self.found(self.told | {("part", ("south",)): 30.0})[0])
        great = [*self.rows, self.bill("east", 0, 5000.0)]
        self.assertIn("one has 5010 of 5300", self.found({("part", ("east",)): 5300.0}, great)[0])

    def test_a_sum_and_a_mean_are_a_number_of_rows(self) -> None:
        many = [*self.rows, *(self.bill("east", 0, 0.25) for _ in range(100))]
        told = {("part", ("east",)): 325.0, ("mean", ("east",)): 2.5}
        self.assertTrue(any("('bills', ('east',)) is not told" in text for text in self.found(told, many)), "130 bills, 101 of them of one")
        self.assertEqual(self.found({("part", ("east",)): 325.0}, many), [])

    def test_counts_of_people(self) -> None:
        people = [{"region": region, "trial": 0} for region, (number, _) in self.PARTS.items() for _ in range(number)]
        metrics = cells_check.FACTS["one_way"]
        told = {("people", ()): 62.0, ("people_region", ("east",)): 30.0, ("people_region", ("north",)): 20.0}
        self.assertEqual(list(cells_check.Attack(metrics, people, told).problems()), [])
        self.assertTrue(cells_check.selftest(metrics, [*people, *people[-2:]]), "with eleven in the west all but three are told")


class Fhir(JudgeTest):
    """fhir_validate.py"""

    def test_good_data(self) -> None:
        self.assertEqual(self.accepts("fhir_validate", "data")["facts"]["resources"], {"Patient": 3})

    def test_bad_data(self) -> None:
        changes = {"birthDate": '"1950-02-28"', "extra_forbidden": '"gender"', "no FHIR resource": '"resourceType"'}
        good = (self.folder / "data" / "patient.ndjson").read_text(encoding="utf-8")
        for because, old in changes.items():
            with self.subTest(because):
                (self.folder / "data" / "patient.ndjson").write_text(good, encoding="utf-8")
                self.spoil("data/patient.ndjson", old, '"gendre"')
                self.rejects("patient.ndjson:1: " if because == "extra_forbidden" else because, "fhir_validate", "data")


class Tpc(unittest.TestCase):
    """The comparison of rows and types that the judge of TPC's queries rests on."""

    TEXT = "select a, b from t order by a limit 3"

    def difference(self, wanted: list[Any], got: list[Any], text: str = TEXT, **how: int) -> str | None:
        result = tpc_rows.Result(["a", "b"], [tuple(map(tpc_rows.plain, row)) for row in got])
        asked = tpc_rows.Result(["a", "b"], [tuple(map(tpc_rows.plain, row)) for row in wanted])
        unlimited = [*asked.rows, tuple(map(tpc_rows.plain, (2, "d")))]
        question = tpc_rows.Question(text, asked, lambda: unlimited)
        return tpc_rows.difference(question, result, **({"places": tpc_rows.ALL, "ordered": True} | how))

    def test_the_same_rows_are_the_same(self) -> None:
        rows = [(1, "x"), (1, None), (2, "c")]
        self.assertIsNone(self.difference(rows, rows))
        self.assertIsNone(self.difference(rows, [(1, None), (1, "x"), (2, "c")]), "a tie may come either way")
        self.assertIsNone(self.difference(rows, [(1, "x"), (1, None), (2, "d")]), "the limit cuts through a tie")
        self.assertIsNone(self.difference(rows, [(2, "c"), (1, "x"), (1, None)], ordered=False))
        self.assertIsNone(self.difference([(1, Decimal("0.3"))], [(1, 0.1 + 0.2)]), "floating point")

    def test_every_small_change_is_seen(self) -> None:
        rows = [(1, "x"), (1, None), (2, "c")]
        for changed in (
            [(1, "x"), (1, None)],
            [(1, "x"), (1, None), (2, "c"), (2, "c")],
            [(1, "x"), (1, ""), (2, "c")],
            [(1, "x"), (1, "x"), (2, "c")],
            [(1, "x"), (1, None), (2, "e")],
            [(1, "x"), (1, None), (3, "c")],
            [(1, "x"), (2, "c"), (1, None)],
        ):
            with self.subTest(changed):
                self.assertIsNotNone(self.difference(rows, changed))
        self.assertIsNotNone(self.difference([(1, Decimal("0.30"))], [(1, Decimal("0.3000000001"))]))
        self.assertIsNone(self.difference([(1, Decimal("0.30"))], [(1, Decimal("0.3000000001"))], places=tpc_rows.NONE))
        third, cut = Decimal("0.3333333333333333"), Decimal("0.333333333333")
        self.assertIsNotNone(self.difference([(1, third)], [(1, cut)]))
        self.assertIsNone(self.difference([(1, third)], [(1, cut)], places=tpc_rows.DUCKDB))
        whole, nearly = Decimal("0.333333"), Decimal("0.3333330000001")
        self.assertIsNotNone(self.difference([(1, whole)], [(1, nearly)], places=tpc_rows.DUCKDB))
        self.assertIsNotNone(self.difference([(1, Decimal("0.3"))], [(1, 0.30001)], places=tpc_rows.NONE))

    def test_types(self) -> None:
        def wrong(claimed: str, reported: str) -> str | None:
            return tpc_types.differences([tpc_pipec.Claim("a", claimed, True, frozenset(), True)], [reported])

        for claimed, reported in (("numeric(7,2)", "numeric(7,2)"), ("numeric", "numeric(7,2)"), ("varchar(3)", "character varying(3)")):
            self.assertIsNone(wrong(claimed, reported))
        for claimed, reported in (("numeric(7,2)", "numeric"), ("numeric(7,2)", "numeric(7,3)"), ("integer", "bigint"), ("text", "character(2)")):
            self.assertIsNotNone(wrong(claimed, reported))
        never = tpc_pipec.Claim("a", "integer", False, frozenset(), True)
        self.assertEqual(tpc_types.broken([never], tpc_rows.Result(["a"], [(1,), (None,)])), ["a"])

    def test_names_for_columns_without(self) -> None:
        for text, expected in (
            ("select a, sum(b) from t", "select a, sum(b) as column_2 from t"),
            ("select a b, t.c, f(x) y from t;", "select a b, t.c, f(x) y from t;"),
            ("select a + 1, case when a then b end, 'x', 1 from t", None),
            ("with w as (select sum(a) from t) select * from w", "with w as (select sum(a) from t) select * from w"),
        ):
            named = "select a + 1 as column_1, case when a then b end as column_2, 'x' as column_3, 1 as column_4 from t"
            self.assertEqual(tpc_suite.named(text), expected or named)


class Engines(unittest.TestCase):
    """engines.py and the canonical text of values"""

    BUILD = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
import engines
def build(folder):
    time.sleep(0.5)
    with open(engines.HOME / "builds", "a") as log:
        log.write("built\\n")
    if sys.argv[3] == "fail":
        raise engines.EngineError("interrupted")
engines.cached("thing", [sys.argv[2].encode()], build)
"""

    def _start(self, home: str, pin: str, how: str = "succeed") -> subprocess.Popen[bytes]:
        environment = dict(os.environ) | {"PIPEC_ENGINES": home}
        command = [sys.executable, "-c", self.BUILD, str(JUDGES), pin, how]
        return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def test_processes_that_start_at_once_build_once(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            running = [self._start(home, "1") for _ in range(4)]
            self.assertEqual([process.wait() for process in running], [0, 0, 0, 0])
            self.assertEqual((Path(home) / "builds").read_text().count("built"), 1)

    def test_a_changed_pin_builds_again_and_a_failed_build_does_not_count(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            self.assertNotEqual(self._start(home, "1", "fail").wait(), 0)
            for pin, builds in (("1", 2), ("1", 2), ("2", 3)):
                self.assertEqual(self._start(home, pin).wait(), 0)
                self.assertEqual((Path(home) / "builds").read_text().count("built"), builds)

    def test_a_missing_prerequisite_is_one_sentence(self) -> None:
        command = [sys.executable, JUDGES / "terraform_check.py", HERE / "terraform"]
        with tempfile.TemporaryDirectory() as empty:
            done = engines.run(command, env=dict(os.environ) | {"PATH": empty})
        self.assertEqual(done.returncode, BROKEN)
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertIn("`terraform` is not installed on this machine", done.stdout)

    def test_two_servers_at_once_and_none_afterwards(self) -> None:
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(engines.postgres()) for _ in range(2)]
            self.assertEqual(len({server.port for server in servers}), 2)
            for server in servers:
                warehouse.connect(server).close()
        for server in servers:
            ready = [server.bin / "pg_isready", "-q", "-h", server.host, "-p", str(server.port)]
            self.assertNotEqual(engines.run(ready).returncode, 0)

    def test_a_terminated_judge_stops_its_server(self) -> None:
        for moment in ("data/PG_VERSION", "data/postmaster.pid"):  # while it is made, while it runs
            with self.subTest(moment), tempfile.TemporaryDirectory() as scratch:
                arguments = ["--sql", HERE / "sql", "--data", HERE / "data", "--prepare", Path(scratch) / "slow.sql"]
                (Path(scratch) / "slow.sql").write_text("select pg_sleep(600);", encoding="utf-8")
                environment = dict(os.environ) | {"TMPDIR": scratch}
                Path(scratch).chmod(0o755)
                running = subprocess.Popen([sys.executable, JUDGES / "sql_run.py", *arguments], env=environment)
                deadline = time.monotonic() + 120  # beside other tests, on two processors
                while not list(Path(scratch).glob(f"pipec-postgres-*/{moment}")) and time.monotonic() < deadline:
                    time.sleep(0.02)
                running.terminate()
                self.assertEqual(running.wait(timeout=60), 143)
                self.assertEqual(list(Path(scratch).glob("pipec-postgres-*")), [])

    def test_canonical_values(self) -> None:
        numeric, timestamptz, boolean, jsonb, text = 1700, 1184, 16, 3802, 25
        for value, oid, expected in [
            ("1.500", numeric, "1.5"),
            ("100", numeric, "100"),
            ("-0.00", numeric, "0"),
            ("1e+20", 701, "1" + "0" * 20),
            ("NaN", 701, "NaN"),
            ("2026-01-02 03:04:05+00", timestamptz, "2026-01-02T03:04:05Z"),
            ("2026-01-02 03:04:05.12", 1114, "2026-01-02T03:04:05.120000Z"),
            ("infinity", timestamptz, "infinity"),
            ("t", boolean, "true"),
            ("t", text, "t"),
            ('{"b": [1.0, null], "a": "ż"}', jsonb, '{"a":"ż","b":[1,null]}'),
            (None, text, None),
        ]:
            with self.subTest(value):
                self.assertEqual(pictures.canonical(value, oid), expected)


if __name__ == "__main__":
    unittest.main()
