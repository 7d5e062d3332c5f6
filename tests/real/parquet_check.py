"""Exports as Parquet, run for real: a table of every type, from a real Postgres to an S3 that moto pretends, read by DuckDB.

Every file has the declared types, and cell by cell the rows that Postgres tells: hostile texts, NULL beside the empty text, a column of
NULLs alone, the first and last values of each type, a text longer than a megabyte, a table without rows. A value that its type cannot hold
(`infinity`) ends the export; then nothing is in the bucket, and the log does not tell the value.
"""

from __future__ import annotations

import datetime
import io
import json
import subprocess
import tempfile
import time
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge
import warehouse

# Name, type in the project, type for DuckDB, values.
KINDS: list[tuple[str, str, str, list[Any]]] = [
    ("id", "integer", "INTEGER", []),
    ("small", "smallint?", "SMALLINT", [-32768, 32767, None]),
    ("big", "bigint?", "BIGINT", [-(2**63), 2**63 - 1, None]),
    ("exact", "numeric(12,3)?", "DECIMAL(12,3)", [Decimal("-999999999.999"), Decimal("0.001"), None]),
    ("wide", "numeric(38,0)?", "DECIMAL(38,0)", [Decimal(10**38 - 1), Decimal(-(10**38) + 1), None]),
    ("free", "numeric?", "VARCHAR", [Decimal("1.500"), Decimal(10) ** 60, None]),
    ("single", "real?", "FLOAT", [1.5, -0.25, None]),
    ("double", "double?", "DOUBLE", [1e300, 0.1, None]),
    ("flag", "boolean?", "BOOLEAN", [True, False, None]),
    ("day", "date?", "DATE", [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None]),
    ("hour", "time?", "TIME", [datetime.time(0, 0), datetime.time(23, 59, 59, 999999), None]),
    ("moment", "timestamp?", "TIMESTAMP", [datetime.datetime(1969, 7, 20, 20, 17, 40, 123456), datetime.datetime(2024, 2, 29), None]),
    ("instant", "timestamptz?", "TIMESTAMP WITH TIME ZONE", [datetime.datetime(2024, 3, 31, 1, 30, tzinfo=datetime.UTC), None]),
    ("words", "text?", "VARCHAR", ["", "NULL", "a,b\"c'd\\e", "two\nlines\r\n", "\\.", "NaN", "ünï 😀", "t", " ", None, "x" * 1_500_000]),
    ("document", "jsonb?", "VARCHAR", ['{"a": [1, null]}', None]),
    ("nothing", "text?", "VARCHAR", [None]),
]
ROWS = 24
Kinds = list[tuple[str, str, str, list[Any]]]


def project(kinds: Kinds, form: str) -> str:
    """Two tables, each exported as it is, and zipped."""
    listed = "\n".join(f"    {name} {ty} @public" + (" key" if name == "id" else "") for name, ty, *_ in kinds).replace(" @public key", " key @public")
    columns = "; ".join(f"k.{name}" for name, *_ in kinds)
    return f"""
project {form} {{ warehouse postgres {{ database = env("DATABASE") }}; emit dbt, sql, cron }}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table kinds {{
{listed}
  }}
}}
layer marts schema "marts" as table
model every in marts {{ from clinic.kinds as k; select {{ {columns} }} }}
model lone in marts {{ from clinic.kinds as k; where k.id < 4; select {{ k.nothing }} }}
model none in marts {{ from clinic.kinds as k; where k.id < 0; select {{ {columns} }} }}
bucket lake {{ name "demo-lake"; clearance internal }}
export plain to lake {{ every; lone; none; format {form}; path "plain" }}
export packed to lake {{ every; none; format {form} zip; path "packed.zip" }}
pipeline nightly on cron {{
  schedule daily at 02:00 timezone "UTC"
  models = build *
  export plain, packed after models
}}
"""


def rows(kinds: Kinds) -> list[tuple[Any, ...]]:
    """Each value of each type, in rows that go round."""
    return [(n, *(values[n % len(values)] for _, _, _, values in kinds[1:])) for n in range(ROWS)]


class Run:
    """One Postgres, one bucket, one output."""

    #: What the tables hold, and the format: the requirements of its step are of that name.
    kinds, form = KINDS, "parquet"

    def __init__(self, scratch: Path, pipec: Path, server: engines.Server, endpoint: str, report: judge.Report) -> None:
        self.server, self.report, self.scratch = server, report, scratch
        self.client = cron_run.s3_client(endpoint)
        self.client.create_bucket(Bucket="demo-lake")
        (scratch / "project.pipe").write_text(project(self.kinds, self.form), encoding="utf-8")
        done = subprocess.run([pipec, "build", scratch, "--out", scratch / "out"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise engines.EngineError(f"pipec does not build the project:\n{done.stderr}")
        self.environment = cron_run.cron_environment(scratch, server) | server.libpq() | cron_run.AWS
        self.environment |= {"AWS_ENDPOINT_URL": endpoint, "PIPEC_RUN_DATE": "2026-01-02"}
        # The step's `python3` has the package that it asks for: the one way in which the runner's machine differs from a bare one.
        python = scratch / "bin" / "python3"
        python.write_text(f'#!/bin/sh\nexec "{engines.venv(self.form)}/bin/python3" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        self.connection = warehouse.connect(server)

    def fill(self) -> None:
        """The source, and the tables that plain SQL makes of it."""
        types = ", ".join(f"{name} {ty.rstrip('?').replace('double', 'double precision')}" for name, ty, *_ in self.kinds)
        with self.connection.cursor() as cursor:
            cursor.execute(f"create schema clinic; create table clinic.kinds ({types})")
            cursor.executemany(f"insert into clinic.kinds values ({', '.join(['%s'] * len(self.kinds))})", rows(self.kinds))
        folder = self.scratch / "out" / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                done = engines.run([self.server.bin / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={folder / line}"], env=self.environment)
                if done.returncode != 0:
                    raise engines.EngineError(f"{line}: {done.stdout}")

    def export(self, name: str) -> subprocess.CompletedProcess[str]:
        """One export's script, as cron runs it."""
        return engines.run(["bash", self.scratch / "out" / "cron" / f"export_{name}.sh"], cwd=self.scratch, env=self.environment)

    def objects(self) -> dict[str, bytes]:
        """What lies in the bucket."""
        listed = self.client.list_objects_v2(Bucket="demo-lake").get("Contents", [])
        return {o["Key"]: self.client.get_object(Bucket="demo-lake", Key=o["Key"])["Body"].read() for o in listed}

    def compare(self, where: str, body: bytes, table: str) -> None:
        """One file with its table."""
        import duckdb

        file = self.scratch / "one.parquet"
        file.write_bytes(body)
        reader = duckdb.connect()
        reader.execute("set timezone = 'UTC'")
        told = reader.execute(f"describe select * from read_parquet('{file}')").fetchall()
        wanted = [(name, ty) for name, _, ty, _ in KINDS if table != "lone" or name == "nothing"]
        if [(r[0], r[1]) for r in told] != wanted:
            self.report.problem(f"{where}: the columns are {[(r[0], r[1]) for r in told]}.")
        # Parquet has no type for some: they are the texts that Postgres writes.
        instants = ", ".join(f"{name} at time zone 'UTC'" if "ZONE" in ty else name for name, ty in wanted)
        columns = ", ".join(f"{name}::text" if ty == "VARCHAR" else f"{name} at time zone 'UTC'" if "ZONE" in ty else name for name, ty in wanted)
        with self.connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            cursor.execute(f"select {columns} from marts.{table} order by 1")
            expected = cursor.fetchall()
        got = reader.execute(f"select {instants} from read_parquet('{file}') order by 1").fetchall()
        self.report.facts["cells"] = self.report.facts.get("cells", 0) + sum(map(len, expected))
        if got != expected:
            wrong = [(a, b) for a, b in zip(got, expected, strict=False) if a != b]
            self.report.problem(f"{where}: {len(got)} rows, {len(expected)} expected; {str(wrong[:1])[:2000]}")

    def good(self) -> None:
        """Both exports, whole."""
        for name in ("plain", "packed"):
            done = self.export(name)
            if done.returncode != 0:
                self.report.problem(f"the export {name} ended with {done.returncode}:\n{done.stdout[-3000:]}")
                return
        found = self.objects()
        if set(found) != {"plain/every.parquet", "plain/lone.parquet", "plain/none.parquet", "plain.manifest.json", "packed.zip", "packed.zip.manifest.json"}:
            self.report.problem(f"the bucket holds {sorted(found)}.")
            return
        for table in ("every", "lone", "none"):
            self.compare(f"plain/{table}", found[f"plain/{table}.parquet"], table)
        with zipfile.ZipFile(io.BytesIO(found["packed.zip"])) as archive:
            for table in ("every", "none"):
                self.compare(f"packed/{table}", archive.read(f"{table}.parquet"), table)
        counts = {t["name"]: t["rows"] for t in json.loads(found["plain.manifest.json"])["tables"]}
        if counts != {"every.parquet": ROWS, "lone.parquet": 4, "none.parquet": 0}:
            self.report.problem(f"the manifest counts {counts}.")
        self.export("packed")
        if self.objects()["packed.zip"] != found["packed.zip"]:
            self.report.problem("equal rows give other bytes.")

    def bad(self) -> None:
        """A day without end is no day of Parquet's."""
        for key in self.objects():
            self.client.delete_object(Bucket="demo-lake", Key=key)
        with self.connection.cursor() as cursor:
            cursor.execute("update marts.every set day = 'infinity' where id = 3")
        done = self.export("plain")
        if done.returncode == 0 or self.objects() or "infinity" in done.stdout or "parquet: every: a value does not fit" not in done.stdout:
            self.report.problem(f"an unending day: ended with {done.returncode}, {sorted(self.objects())} in the bucket.\n{done.stdout[-2000:]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing, help="the compiler")
    options = arguments.parse_args()
    report = judge.Report("parquet_check")
    engines.use("duckdb")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pipec-parquet-") as name, engines.postgres() as server, cron_run.pretended_s3() as endpoint:
        run = Run(Path(name), options.pipec, server, endpoint, report)
        run.fill()
        run.good()
        run.bad()
        run.connection.close()
    report.timed("run", started)
    return report.conclude(f"{report.facts.get('cells', 0)} cells of {len(KINDS)} types")


if __name__ == "__main__":
    judge.judge(main)
