"""Judge the EMR analytics example: the embedded engine, DuckDB, BigQuery's SQL and the real dbt on GoogleSQL, against plain Python.

One source for all three: for DuckDB the line that names the warehouse is another one, and nothing else. GoogleSQL's analyzer has to
understand every statement, and its reference evaluator runs them over the same rows. What is expected stands in
`checks/emr_analytics_expected.py`; what is accepted is then falsified, and has to be rejected.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import bigquery_check
import bigquery_server
import engines
import googlesql
import judge
import sql_run

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

import emr_analytics_expected as rules  # noqa: E402
import shared  # noqa: E402
from engage_expected import as_text  # noqa: E402

Dump = dict[str, list[shared.Texts]]
WAREHOUSE = re.compile(r"warehouse bigquery \{[^}]*\}")
ANONYMOUS = ("dim_patients_anon", "fact_patient_encounters_anon", "fct_prescribing")


def sources(folder: Path) -> dict[str, list[str]]:
    """The external tables, with their columns: all texts but the time of ingestion."""
    return {file.stem: file.read_text(encoding="utf-8").splitlines()[0].split(",") for file in sorted((folder / "data").glob("*.csv"))}


def kind(column: str) -> str:
    """The type of a column there."""
    return "timestamptz" if column == "ingested_at" else "text"


def canonical(value: Any) -> str | None:
    """A value of DuckDB's as dumps write it."""
    if isinstance(value, float):
        return as_text(Decimal(repr(value)))
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.isoformat() + "Z"
    return as_text(value) if value is None or isinstance(value, bool | int | Decimal | date | str) else str(value)


class Example:
    """The example, and one way of running it after the other."""

    def __init__(self, pipec: Path, folder: Path, scratch: Path, report: judge.Report) -> None:
        self.pipec, self.folder, self.scratch, self.report = pipec, folder, scratch, report
        self.wanted = {n: [{c: as_text(v) for c, v in row.items()} for row in rows] for n, rows in rules.expected(folder / "data").items()}

    def built(self, warehouse: str | None) -> Path:
        """Its artifacts, for another warehouse than its own."""
        folder = self.folder
        if warehouse is not None:
            folder = self.scratch / warehouse
            shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("out"))
            text = (folder / "project.pipe").read_text(encoding="utf-8")
            text, times = WAREHOUSE.subn(f'warehouse {warehouse} {{ database = env("DATABASE") }}', text)
            if times != 1:
                raise engines.EngineError("project.pipe names no warehouse that could be exchanged.")
            # The dbt back end writes for Postgres and BigQuery, and its DAG runs dbt.
            (folder / "project.pipe").write_text(re.sub(r"(?m)^  emit .*$", "  emit sql, evidence", text, count=1), encoding="utf-8")
        out = self.scratch / f"out-{warehouse}"
        engines.must([self.pipec, "build", folder, "-o", out], "building the example")
        return out

    def embedded(self) -> Dump:
        """`pipec run`."""
        dump = self.scratch / "embedded"
        engines.must([self.pipec, "run", self.folder, "--run-date", rules.RUN_DATE, "--dump", dump], "running the example")
        return shared.read_dump(dump)

    def duckdb(self) -> Dump:
        """The emitted SQL on DuckDB, twice: what is incremental stays as it is."""
        engines.use("duckdb")
        import duckdb

        files = sql_run.files_in_order(self.built("duckdb") / "sql/duckdb/index.txt")
        connection = duckdb.connect()
        connection.execute("attach ':memory:' as pipec_secret; create table pipec_secret.key (name varchar primary key, value blob)")
        connection.execute("insert into pipec_secret.key values ('PSEUDONYM_KEY', encode(?))", [rules.KEY])
        connection.execute(f"set timezone = 'UTC'; set variable run_date = '{rules.RUN_DATE}'; create schema emr_raw")
        for name, columns in sources(self.folder).items():
            types = ", ".join(f"'{c}': '{kind(c)}'" for c in columns)
            file = self.folder / "data" / f"{name}.csv"
            connection.execute(f"create table emr_raw.{name} as select * from read_csv('{file}', header = true, columns = {{{types}}}, nullstr = '')")
        for file in [*files, *files]:
            rows = connection.execute(file.read_text(encoding="utf-8")).fetchall()
            if file.name.endswith("_checks.sql") and rows:
                self.report.problem(f"DuckDB: an assertion does not hold: {rows}")
        made = connection.execute("select table_schema, table_name from information_schema.tables where table_schema in ('emr_staging', 'emr_intermediate', 'emr_marts')")
        dump: Dump = {}
        for schema, name in made.fetchall():
            described = [(d[0], str(d[1])) for d in connection.execute(f"select * from {schema}.{name} limit 0").description]
            columns = [column for column, _ in described]
            # Python would need a library of its own for zones.
            shown = ", ".join(f"{c} at time zone 'UTC'" if "WITH TIME ZONE" in of else c for c, of in described)
            found = connection.execute(f"select {shown} from {schema}.{name}")
            dump[name] = [dict(zip(columns, map(canonical, row), strict=True)) for row in found.fetchall()]
        return dump

    def bigquery(self) -> Dump:
        """Its own artifacts: every statement analysed, every model run."""
        data, dump, schema = self.scratch / "data", self.scratch / "googlesql", self.scratch / "tables.json"
        data.mkdir()
        tables = sources(self.folder)
        for name in tables:
            rows = rules.read(self.folder / "data", name)
            (data / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        described = {name: {"schema": "emr_raw", "columns": [[c, kind(c)] for c in columns]} for name, columns in tables.items()}
        schema.write_text(json.dumps(described), encoding="utf-8")
        sql = self.built(None) / "sql/bigquery"
        engines.must(
            [sys.executable, HERE / "bigquery_check.py", "--sql", sql, "--schema", schema, "--data", data, "--dump", dump, "--run-date", rules.RUN_DATE,
             "--secret", f"PSEUDONYM_KEY={rules.KEY}"], "GoogleSQL",
        )
        return shared.read_dump(dump)

    def dbt(self) -> Dump:
        """Its dbt project, by the real dbt and its BigQuery adapter, twice, with all tests; GoogleSQL runs what they send."""
        warehouse = googlesql.Warehouse(rules.RUN_DATE)
        warehouse.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
        warehouse.load("pipec_secret.key", [{"name": "PSEUDONYM_KEY", "value": rules.KEY}])
        for name, columns in sources(self.folder).items():
            warehouse.source("emr_raw", name, [(c, kind(c)) for c in columns])
            warehouse.load(f"emr_raw.{name}", rules.read(self.folder / "data", name))
        server = bigquery_server.Server(warehouse)
        project, dump = self.built(None) / "dbt", self.scratch / "by-dbt"
        environment = engines.clean_environment("DBT_", "GOOGLE_") | {"GCP_PROJECT": bigquery_server.PROJECT, "DBT_SCHEMA": "scratch", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        with bigquery_server.served(server) as endpoint:
            profile = (project / "profiles.yml").read_text(encoding="utf-8")
            # The login is another one, and where BigQuery is; the rest is as it was written.
            here = profile.replace("method: oauth\n", f"method: oauth-secrets\n      token: nobody\n      api_endpoint: {endpoint}\n")
            (self.scratch / "profiles.yml").write_text(here, encoding="utf-8")
            for run in range(2):
                # The second time, incremental models meet their own rows.
                command = [engines.venv("dbt-bigquery") / "bin" / "dbt", "--no-use-colors", "run" if run else "build", "--vars", f"{{run_date: '{rules.RUN_DATE}'}}", "--project-dir", project]
                command += ["--profiles-dir", self.scratch, "--target-path", self.scratch / "target", "--log-path", self.scratch / "logs"]
                done = engines.run(command, cwd=project, env=environment)
                told = re.search(r"PASS=(\d+) WARN=(\d+) ERROR=(\d+) SKIP=(\d+)", done.stdout)
                if done.returncode != 0 or told is None or (told[2], told[3], told[4]) != ("0", "0", "0"):
                    self.report.problem(f"dbt, run {run + 1}, ended with {done.returncode}:\n{done.stdout[-5000:]}")
                    break
                self.report.facts[f"dbt run {run + 1}"] = told[0]
        bigquery_check.dump(warehouse, [n for n in warehouse.relations if n.partition(".")[0] in ("emr_staging", "emr_intermediate", "emr_marts")], dump)
        return shared.read_dump(dump)

    def judged(self, dump: Dump) -> list[str]:
        """What is wrong with a dump."""
        problems = [f"{name} is not expected, or was not built." for name in sorted(dump.keys() ^ self.wanted.keys())]
        for name in sorted(dump.keys() & self.wanted.keys()):
            problems += shared.differences(name, self.wanted[name], dump[name])
        secret = rules.identifying(self.folder / "data")
        for name in ANONYMOUS:
            cells = {value for row in dump.get(name, []) for value in row.values() if value is not None}
            problems += [f"{name} holds the identifying value {value!r}." for value in sorted(cells & secret)[:3]]
        return problems

    def falsified(self, dump: Dump) -> None:
        """Every relation without a row, and with other cells, has to be rejected."""
        for name, rows in dump.items():
            other = {column: (value or "") + "7" for column, value in rows[0].items()}
            for wrong in (rows[1:], [other, *rows[1:]]):
                if not self.judged(dump | {name: wrong}):
                    self.report.problem(f"{name} is accepted with a row less, or with other cells.")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--example", required=True, type=judge.existing, metavar="DIR")
    arguments.add_argument("--on", action="append", choices=["embedded", "duckdb", "bigquery", "dbt"], default=[])
    options = arguments.parse_args()
    report = judge.Report("emr_check")
    with tempfile.TemporaryDirectory(prefix="pipec-emr-") as scratch:
        example = Example(options.pipec, options.example, Path(scratch), report)
        ways: dict[str, Callable[[], Dump]] = {"embedded": example.embedded, "duckdb": example.duckdb, "bigquery": example.bigquery, "dbt": example.dbt}
        for name in options.on or list(ways):
            started = time.monotonic()
            dump = ways[name]()
            report.timed(name, started)
            for problem in example.judged(dump):
                report.problem(f"{name}: {problem}")
        if not report.problems:
            example.falsified(dump)
    rows = sum(map(len, example.wanted.values()))
    report.facts |= {"models": len(example.wanted), "rows": rows, "engines": options.on or list(ways)}
    return report.conclude(f"{len(example.wanted)} relations, {rows} rows from plain Python; the same by {', '.join(options.on or ways)}")


if __name__ == "__main__":
    judge.judge(main)
