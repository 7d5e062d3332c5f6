"""Judge the last day of an Expert Determination: what was built before it, run after it, sends nothing and lets nobody read.

A project whose bucket and one of whose roles stand on a determination is built for a day that is far, one that is over and one that is today. Its plain SQL, the nightly script of
cron (dbt, then an export to an S3 that moto pretends) and the DAG of the real Airflow run against a Postgres:

1. until the last day, and on it, the export arrives and the role reads its table and view;
2. after it, by the server's own day or by the run's date, the export ends with an error that names the determination and the day before anything is read, the file of its queries does so
   by itself, and nothing new lies in the bucket;
3. a build after it leaves the role without its rights, and everybody else with theirs; a build of the renewed determination gives them back.
"""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any

import airflow_run
import cron_run
import engines
import judge
import warehouse
from access_check import Database
from sql_run import files_in_order

#: Nothing in it is a word of a shell's, of SQL's or of psql's.
DETERMINATION = 'ED-1 "b" $(c) :d'
PROJECT = """
project demo {{ warehouse postgres {{ host = env("DBT_HOST"); database = env("DBT_DATABASE") }}; cloud aws {{ region = "us-east-1" }}; airflow {version}; emit sql, dbt, cron, airflow }}
use std.hipaa
source clinic on warehouse schema "clinic" {{ table visits {{ id integer key @public; zip text @zip }} }}
layer marts schema "marts" as table
clearance study = expert('{determination}', expires '{last}')
bucket shared {{ name "demo-shared"; clearance study }}
role researcher {{ clearance study; postgres "researcher" }}
role office {{ clearance internal; postgres "office" }}
model visit in marts {{ from clinic.visits as v; select {{ v.id; area = zip3(v.zip) }} }}
model shown in marts as view {{ from visit as v; select {{ v.id; v.area }} }}
export sent to shared {{ visit; path "sent_{{timestamp}}" }}
grant read on visit, shown to researcher, office
pipeline nightly on cron {{ schedule daily at 02:00; models = build *; export sent after models }}
pipeline again on airflow {{ schedule daily at 04:00; export sent }}
"""
BUCKET = "demo-shared"
RELATIONS = ("marts.visit", "marts.shown")
#: What Postgres answers to whoever has no right.
DENIED = "42501"
FAR, AFTER = "2099-12-31", "2100-01-01"


class Course:
    """One database and one bucket, for all builds."""

    def __init__(self, pipec: Path, scratch: Path, server: engines.Server, endpoint: str, report: judge.Report) -> None:
        self.pipec, self.scratch, self.server, self.report = pipec, scratch, server, report
        self.database = Database(server, server.database)
        self.client = cron_run.s3_client(endpoint)
        self.client.create_bucket(Bucket=BUCKET)
        values = server.libpq() | server.dbt() | cron_run.AWS | {"AWS_ENDPOINT_URL": endpoint}
        self.environment = cron_run.cron_environment(scratch, server) | values
        self.runs = 0

    def build(self, last: str, as_of: str, version: int = 3) -> Path:
        """The artifacts of a determination that holds until a day, made on another."""
        folder = self.scratch / f"{last}-{version}"
        folder.mkdir()
        text = PROJECT.format(determination=DETERMINATION, last=last, version=version)
        (folder / "project.pipe").write_text(text, encoding="utf-8")
        engines.must([self.pipec, "build", folder, "-o", folder / "out", "--as-of", as_of], "pipec build")
        moment = datetime.datetime.fromisoformat(f"{as_of}T00:00:00+00:00").timestamp()
        done = engines.run([self.pipec, "verify", folder / "out", "--project", folder], env=engines.clean_environment() | {"SOURCE_DATE_EPOCH": str(int(moment))})
        if done.returncode != 0:
            self.report.problem(f"`pipec verify` finds differences in what holds until {last}.\n{done.stdout[-3000:]}")
        return folder / "out"

    def objects(self) -> int:
        """How many lie in the bucket."""
        return len(self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def plain(self, out: Path) -> None:
        """Builds by plain SQL."""
        for file in files_in_order(out / "sql/postgres/index.txt"):
            problem = self.database.psql(file, "postgres", {})
            if problem:
                raise engines.EngineError(problem)

    def reads(self, when: str, researcher: bool) -> None:
        """Who reads what now."""
        for role, may in (("researcher", researcher), ("office", True)):
            for relation in RELATIONS:
                got = self.database.rows(role, f"select count(*) from {relation}")
                if got != ([(2,)] if may else DENIED):
                    self.report.problem(f"{when}: `{role}` asks {relation} and gets {got}")

    def told(self, when: str, output: str, last: str) -> None:
        """An error says which determination it was, and until when."""
        if DETERMINATION not in output or f"until {last}" not in output:
            self.report.problem(f"{when}: the error does not name the determination and its last day.\n{output[-3000:]}")

    def nightly(self, when: str, out: Path, run_date: str, last: str, sends: bool) -> None:
        """The script that cron runs."""
        self.runs += 1
        before, environment = self.objects(), self.environment | {"PIPEC_RUN_DATE": run_date, "PIPEC_TIMESTAMP": f"run{self.runs}"}
        done = engines.run(["bash", out / "cron/nightly.sh"], cwd=self.scratch, env=environment)
        if (done.returncode == 0) != sends or (self.objects() > before) != sends:
            self.report.problem(f"{when}: the script ends with {done.returncode}, with {self.objects() - before} objects more.\n{done.stdout[-4000:]}")
        if not sends:
            self.told(when, done.stdout, last)
            if "failed in export_sent" not in done.stdout:
                self.report.problem(f"{when}: it is not the export that fails.\n{done.stdout[-3000:]}")

    def queries(self, when: str, out: Path, run_date: str | None, last: str, sends: bool) -> None:
        """The queries of the export, by themselves."""
        self.runs += 1
        place = self.scratch / f"queries{self.runs}"
        place.mkdir()
        environment = engines.clean_environment("PG", "PIPEC_") | self.server.libpq() | ({"PIPEC_RUN_DATE": run_date} if run_date else {})
        command: list[str | Path] = [self.server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-f", out / "cron/export_sent.sql"]
        done = engines.run(command, cwd=place, env=environment)
        if (done.returncode == 0) != sends or (place / "visit.csv").exists() != sends:
            self.report.problem(f"{when}: the export's queries end with {done.returncode}.\n{done.stdout[-3000:]}")
        if not sends:
            self.told(when, done.stdout, last)

    def dag(self, when: str, out: Path, version: int, moment: str, sends: bool) -> None:
        """The DAG, in Airflow's own executor."""
        self.runs += 1
        home = self.scratch / f"airflow{version}"
        airflow, before = airflow_run.Airflow(version, home, out), self.objects()
        if not home.exists():
            home.mkdir()
            airflow.migrate(self.environment)
        environment = self.environment | {"PYTHONDONTWRITEBYTECODE": "1"}
        found: dict[str, Any] = airflow.call(["load", str(airflow.dags)], environment)
        if found["errors"] or list(found["dags"]) != ["demo_again"]:
            self.report.problem(f"{when}: Airflow {version} does not load the DAG: {found['errors']}")
            return
        ran = airflow.call(["run", str(airflow.dags), "demo_again", moment], environment)
        if ("success" in ran["state"]) != sends or (self.objects() > before) != sends:
            self.report.problem(f"{when}: the run of Airflow {version} is `{ran['state']}`, with {self.objects() - before} objects more.\n{ran['output']}")


def course(check: Course, today: datetime.date) -> None:
    """Everything, day by day."""
    day = datetime.timedelta(days=1)
    now, yesterday = today.isoformat(), (today - day).isoformat()
    far = check.build(FAR, now)
    check.plain(far)
    check.reads("long before the last day", True)
    check.queries("long before the last day", far, None, FAR, True)
    check.nightly("long before the last day", far, now, FAR, True)
    check.nightly("on the last day", far, FAR, FAR, True)
    check.reads("on the last day, by dbt", True)
    check.queries("a run for the day after", far, AFTER, FAR, False)
    check.nightly("a run for the day after", far, AFTER, FAR, False)
    over = check.build(yesterday, (today - 2 * day).isoformat())
    check.plain(over)
    check.reads("when it is over", False)
    check.queries("when it is over", over, None, yesterday, False)
    check.plain(far)
    check.reads("when it is renewed", True)
    check.nightly("when it is over, a run for the last day", over, yesterday, yesterday, False)
    check.reads("when it is over, by dbt", False)
    last = check.build(now, now)
    check.plain(last)
    check.reads("the last day is today", True)
    check.nightly("the last day is today", last, now, now, True)
    for version in (3, 2):
        far = check.build(FAR, now, version) if version == 2 else far
        over = check.build(yesterday, (today - 2 * day).isoformat(), version) if version == 2 else over
        check.dag("long before the last day", far, version, f"2026-03-0{version}T04:00:00+00:00", True)
        check.dag("when it is over", over, version, f"2026-03-1{version}T04:00:00+00:00", False)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    options = arguments.parse_args()
    report = judge.Report("ends_check")
    engines.use("postgres")
    with tempfile.TemporaryDirectory(prefix="pipec-ends-") as name, engines.postgres() as server, cron_run.pretended_s3() as endpoint:
        scratch = Path(name)
        with warehouse.connect(server) as connection, connection.cursor() as cursor:
            cursor.execute("create schema clinic; create table clinic.visits (id integer primary key, zip text not null)")
            cursor.execute("insert into clinic.visits values (1, '02139'), (2, '02140'); create role researcher login; create role office login")
        check = Course(options.pipec, scratch, server, endpoint, report)
        today = datetime.datetime.now(datetime.UTC).date()
        course(check, today)
        if datetime.datetime.now(datetime.UTC).date() != today:
            raise engines.EngineError("It is midnight in UTC: the last day went by on the way.")
        scripts = cron_run.shellcheck(scratch / f"{FAR}-3" / "out", report)
        report.facts = {"runs": check.runs, "scripts": scripts, "objects": check.objects()}
    return report.conclude(f"{check.runs} runs before, on and after the last day of a determination")


if __name__ == "__main__":
    judge.judge(main)
