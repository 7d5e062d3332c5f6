"""Follow `docs/reference/operations.md` to the letter on a real Postgres, with the project that `pipec new` makes.

The page's own commands are run, block by block, under the names of this project: roles of the
warehouse, the set-up and the key, plain SQL, and the nightly script with dbt and an S3 that
moto pretends. The logins have the rights that the page gives them and no others. Afterwards
the bucket holds the export, the exporter reads nothing but that, a login that is no member of
its role sends nothing, and no part of the key is in the server's log.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import zipfile
from pathlib import Path

import cron_run
import engines
import judge

PAGE = engines.HERE.parents[1] / "docs" / "reference" / "operations.md"
BUCKET = "my-platform-analysis"
#: Whose second half is the first again: tools that show bytes may leave such a line out.
KEY = "0123456789abcdef" * 2
DAY = "2026-01-31"


def blocks(page: str) -> dict[str, list[tuple[str, str]]]:
    """The fenced blocks of the page by heading: language and text."""
    found: dict[str, list[tuple[str, str]]] = {}
    heading, language, lines = "", None, []
    for line in page.splitlines():
        if language is None and line.startswith("#"):
            heading = line.lstrip("# ")
        elif language is None and line.startswith("```"):
            language, lines = line[3:], []
        elif line == "```":
            found.setdefault(heading, []).append((language or "", "\n".join(lines) + "\n"))
            language = None
        elif language is not None:
            lines.append(line)
    return found


class Course:
    """The project, its server, and the page under its names."""

    def __init__(self, pipec: Path, server: engines.Server, endpoint: str, scratch: Path, report: judge.Report) -> None:
        self.pipec, self.server, self.report, self.scratch = pipec, server, report, scratch
        self.home, self.settings = scratch / "srv", scratch / "my_platform.env"
        self.environment = cron_run.cron_environment(scratch, server) | {
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGDATABASE": "my_platform",
            "PSEUDONYM_KEY": KEY,
            "PIPEC_RUN_DATE": DAY,
        }
        self.cloud = "".join(f"{name}={value}\n" for name, value in (cron_run.AWS | {"AWS_ENDPOINT_URL": endpoint}).items())
        self.page = {heading: [(kind, self.named(text)) for kind, text in found] for heading, found in blocks(PAGE.read_text(encoding="utf-8")).items()}
        self.steps = 0

    def named(self, text: str) -> str:
        """The example's names, as this project has them."""
        text = text.replace("/srv/engage_analytics", str(self.home)).replace("/etc/engage_analytics.env", str(self.settings))
        text = text.replace("db.example.org", self.server.host).replace("5432", str(self.server.port))
        text = re.sub(r"engage_analytics", "my_platform", text)
        return re.sub(r"\bengage\b", "my_platform", text).replace("airbyte", "clinic")

    def block(self, heading: str, language: str, number: int = 0) -> str:
        """A block of the page."""
        found = [text for kind, text in self.page.get(heading, []) if kind == language]
        if number >= len(found):
            raise engines.EngineError(f"operations.md has no {language} block {number + 1} under `{heading}`")
        return found[number]

    def shell(self, text: str, more: dict[str, str] | None = None, folder: Path | None = None) -> str:
        """Commands of the page, as somebody types them; they have to succeed."""
        self.steps += 1
        done = engines.run(["bash", "-o", "pipefail", "-e", "-c", text], cwd=folder or self.scratch / "my_platform", env=self.environment | (more or {}))
        if done.returncode != 0:
            self.report.problem(f"operations.md cannot be followed (code {done.returncode}):\n{text}\n{done.stdout[-3000:]}")
        return done.stdout

    def sql(self, user: str, text: str, database: str = "my_platform") -> tuple[int, str]:
        """Statements as somebody."""
        return self.psql(user, ["-c", text], database)

    def psql(self, user: str, what: list[str | Path], database: str = "my_platform") -> tuple[int, str]:
        """What psql says to somebody, and how it ends."""
        command = [self.server.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *what]
        done = engines.run(command, cwd=self.scratch, env=self.environment | {"PGUSER": user, "PGDATABASE": database})
        return done.returncode, done.stdout

    def must(self, user: str, text: str, database: str = "my_platform") -> str:
        code, said = self.sql(user, text, database)
        if code != 0:
            raise engines.EngineError(f"{text}: {said}")
        return said

    # --- the course

    def sources(self) -> int:
        """What somebody else loads; how many patients there are."""
        self.must("postgres", "create schema clinic")
        self.must("postgres", "create table clinic.patients (id text, name text, phone text, birth_date date, zip text)")
        self.must("postgres", "create table clinic.visits (id text, patient_id text, visited_on date, reason text)")
        for table in ("patients", "visits"):
            lines = (self.scratch / "my_platform" / "data" / f"{table}.ndjson").read_text(encoding="utf-8").splitlines()
            for line in filter(None, lines):
                row = json.dumps(json.loads(line)).replace("'", "''")
                self.must("postgres", f"insert into clinic.{table} select * from json_populate_record(null::clinic.{table}, '{row}')")
        return int(self.must("postgres", "select count(*) from clinic.patients"))

    def follow(self) -> int:
        """The page from top to bottom; how many patients should have left."""
        project = self.scratch / "my_platform"
        engines.must([self.pipec, "new", "my_platform"], "pipec new", cwd=self.scratch)
        engines.must([self.pipec, "build", "."], "pipec build", cwd=project)
        self.must("postgres", "create database my_platform", "postgres")
        # What is usual elsewhere, and opens nothing here.
        people = self.sources()
        self.must("postgres", self.block("Roles of the warehouse", "sql"))
        self.must("postgres", "alter default privileges for role keeper grant select on tables to reporting; alter default privileges for role keeper grant usage on schemas to reporting")
        self.shell(self.block("Set-up and key", "sh"))
        self.shell("PGUSER=builder; export PGUSER\n" + self.block("Plain SQL", "sh").replace("2026-01-31", DAY))
        self.must("postgres", "select 1 from my_platform_marts.patient_anon")
        self.home.mkdir()
        self.shell(f"cp -r out/dbt out/cron {self.home}")
        self.shell(self.block("Exports on a schedule", "sh"))
        self.settings.write_text(self.block("Exports on a schedule", "text").replace("'…'", "throwaway") + self.cloud, encoding="utf-8")
        nightly = [line for line in self.block("Exports on a schedule", "sh", 1).splitlines() if not line.startswith("crontab ")]
        said = self.shell("\n".join(nightly), folder=self.home)
        self.report.facts["nightly"] = said[-4000:]
        return people

    def judge(self, client: object, people: int) -> None:
        """What came of it."""
        found = cron_run.list_bucket(client, BUCKET, self.scratch / "objects", self.report)
        zips = [self.scratch / "objects" / BUCKET / key for key in found if key.endswith(".zip")]
        rows = 0
        for file in zips:
            with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
                rows += len(list(csv.DictReader(io.StringIO(archive.read("patient_anon.csv").decode()))))
        if not people or rows != people:
            self.report.problem(f"the export holds {rows} rows of {people} patients")
        self.denied("exporter", "select name from my_platform_marts.patient")
        self.denied("exporter", "select * from clinic.patients")
        self.denied("exporter", "select value from pipec_secret.key")
        self.denied("builder", "select value from pipec_secret.key")
        self.denied("postgres", "set session authorization reporting; select value from pipec_secret.key")
        self.denied("postgres", "set session authorization reporting; select id from my_platform_marts.patient_anon")
        self.must("exporter", "select id, name, phone, age_band, zip from my_platform_marts.patient_anon")
        self.must("postgres", "create role other login; grant usage on schema my_platform_marts to other; grant select on all tables in schema my_platform_marts to other")
        code, said = self.psql("other", ["-f", self.home / "cron" / "export_daily_analysis.sql"])
        if code == 0 or "permission denied to set role" not in said:
            self.report.problem(f"a login that is no member of the exporters' role exports: {said}")
        log = self.server.log.read_text(errors="replace")
        if KEY[:12] in log or KEY[:12].encode().hex() in log:
            self.report.problem("a part of the key is in the server's log")
        done = engines.run([self.pipec, "verify"], cwd=self.scratch / "my_platform")
        if done.returncode != 0:
            self.report.problem(f"verify objects to what was followed: {done.stdout[-2000:]}")

    def denied(self, user: str, text: str) -> None:
        """Somebody who may not."""
        self.steps += 1
        code, said = self.sql(user, text)
        if code == 0 or "permission denied" not in said:
            self.report.problem(f"{user} may run `{text}`: {said[:300]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    report = judge.Report("operations_check")
    with tempfile.TemporaryDirectory(prefix="pipec-operations-") as scratch, engines.postgres() as server, cron_run.pretended_s3() as endpoint:
        client = cron_run.s3_client(endpoint)
        client.create_bucket(Bucket=BUCKET)
        course = Course(options.pipec.resolve(), server, endpoint, Path(scratch), report)
        people = course.follow()
        if not report.problems:
            course.judge(client, people)
    report.write(options.out)
    return report.conclude(f"{course.steps} steps of operations.md followed, {people} patients exported")


if __name__ == "__main__":
    judge.judge(main)
