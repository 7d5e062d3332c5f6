"""Judge `git pull` before a run, with a real git: a run builds what was pushed last, and nothing at all where that cannot be had.

The output lies in a clone, as `docs/reference/pipelines.md` says. Somebody pushes another build, which changes a model and the running script
itself; the script pulls it, and a dbt that only looks finds the new model. Then the clone and its origin differ, then there is no origin: the run fails before dbt begins,
and the clone is as it was. The same for the script of Airflow's task.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import engines
import judge

PROJECT = """
project demo {{ warehouse postgres {{ database = env("DATABASE") }}; emit dbt, cron, airflow }}
source clinic on warehouse schema "clinic" {{ table visits {{ id integer key @public; region text @public }} }}
layer marts schema "marts" as table
model visit in marts {{ from clinic.visits as v; where v.region <> '{without}'; select {{ v.id; v.region }} }}
pipeline daily on cron {{ schedule daily at 02:00; {retries}git pull; build * }}
pipeline hourly on airflow {{ schedule hourly; pull = git pull; build * after pull }}
"""
#: Looks at the model that it would build, and says that it did.
DBT = """#!/bin/bash
while (($#)); do case $1 in --project-dir) project=$2 ;; --target-path) target=$2 ;; esac; shift; done
cat "$project"/models/marts/visit.sql >>"$SEEN"
mkdir -p "$target"
echo '{"results": [{"status": "success", "unique_id": "model.demo.visit"}]}' >"$target/run_results.json"
"""


class Course:
    """An origin, a clone that pushes and the one that runs."""

    def __init__(self, pipec: Path, scratch: Path, report: judge.Report) -> None:
        self.pipec, self.report = pipec, report
        self.origin, self.writes, self.runs, self.seen = scratch / "origin.git", scratch / "writes", scratch / "runs", scratch / "seen"
        self.project, tools = scratch / "project", scratch / "bin"
        tools.mkdir()
        (tools / "dbt").write_text(DBT, encoding="utf-8")
        (tools / "dbt").chmod(0o755)
        names = ("DBT_HOST", "DBT_PORT", "DBT_USER", "DBT_PASSWORD", "DBT_DATABASE", "DBT_SCHEMA", "DATABASE")
        self.environment = engines.clean_environment("GIT_", "PIPEC_", "DBT_") | {name: "1" for name in names}
        self.environment |= {"PATH": f"{tools}:{self.environment['PATH']}", "SEEN": str(self.seen), "HOME": str(scratch), "PIPEC_STATE_DIR": str(scratch / "state")}
        self.environment |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PIPEC_ENVIRONMENT": "test", "PIPEC_RUN_DATE": "2025-06-30"}
        for who in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{who}_NAME": "judge", f"GIT_{who}_EMAIL": "judge@example.org"}
        self.git(scratch, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self.git(scratch, "clone", "--quiet", str(self.origin), str(self.writes))
        self.git(self.writes, "switch", "--quiet", "--orphan", "main")
        self.push("first", "")
        self.git(scratch, "clone", "--quiet", str(self.origin), str(self.runs))

    def git(self, folder: Path, *words: str) -> str:
        """What git says; it has to succeed."""
        done = engines.run(["git", "-C", folder, *words], env=self.environment)
        if done.returncode != 0:
            raise engines.EngineError(f"git {words[0]} failed:\n{done.stdout}")
        return done.stdout

    def push(self, without: str, retries: str) -> None:
        """Another build, in the origin."""
        self.project.mkdir(exist_ok=True)
        (self.project / "project.pipe").write_text(PROJECT.format(without=without, retries=retries), encoding="utf-8")
        engines.must([self.pipec, "build", self.project, "-o", self.writes / "out"], "pipec build")
        self.git(self.writes, "add", "--all")
        self.git(self.writes, "commit", "--quiet", "-m", f"Without {without}")
        self.git(self.writes, "push", "--quiet", "origin", "main")

    def run(self) -> tuple[int, str]:
        """The nightly script, as cron runs it; what dbt saw."""
        self.seen.write_text("", encoding="utf-8")
        done = engines.run(["bash", self.runs / "out/cron/daily.sh"], cwd="/", env=self.environment)
        return done.returncode, self.seen.read_text(encoding="utf-8")

    def task(self) -> int:
        """Airflow's task."""
        return engines.run(["bash", self.runs / "out/airflow/steps/hourly__pull.sh"], cwd="/", env=self.environment).returncode

    def stopped(self, why: str) -> None:
        """The run ends before dbt, and the clone stays."""
        before = self.git(self.runs, "rev-parse", "HEAD")
        code, seen = self.run()
        if code == 0 or seen:
            self.report.problem(f"{why}: the run ends with {code}, and dbt saw {seen!r}")
        if self.task() == 0:
            self.report.problem(f"{why}: the task of Airflow succeeds")
        if self.git(self.runs, "rev-parse", "HEAD") != before or self.git(self.runs, "status", "--porcelain"):
            self.report.problem(f"{why}: the clone is not what it was")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    options = arguments.parse_args()
    report = judge.Report("pull_check")
    with tempfile.TemporaryDirectory(prefix="pipec-pull-") as scratch:
        course = Course(options.pipec, Path(scratch), report)
        for without, retries in (("first", ""), ("second", "retries 1 every 1m; "), ("third", "")):
            if without != "first":
                course.push(without, retries)
            code, seen = course.run()
            if code != 0 or seen.count(f"'{without}'") != 1:
                report.problem(f"after a push of {without} the run ends with {code}, and dbt saw {seen!r}")
        course.push("fourth", "")
        if course.task() != 0 or "'fourth'" not in (course.runs / "out/dbt/models/marts/visit.sql").read_text(encoding="utf-8"):
            report.problem("the task of Airflow does not pull")
        (course.runs / "mine").write_text("x", encoding="utf-8")
        course.git(course.runs, "add", "mine")
        course.git(course.runs, "commit", "--quiet", "-m", "Mine")
        course.push("fifth", "")
        course.stopped("the clone and its origin differ")
        course.git(course.runs, "reset", "--quiet", "--hard", "HEAD~1")
        shutil.rmtree(course.origin)
        course.stopped("there is no origin")
    report.facts = {"runs": 6}
    return report.conclude("a run builds what was pushed last, or nothing")


if __name__ == "__main__":
    judge.judge(main)
