"""Judge a dbt project: build it on a real Postgres, twice, and after a late delivery.

Every node (seed, model, test, unit test) has to pass, and a second build of the same data
has to leave every relation as it was. The project's own profiles.yml is used; it reads
DBT_HOST, DBT_PORT, DBT_USER, DBT_PASSWORD, DBT_DATABASE and DBT_SCHEMA. Secrets are also
in the environment of dbt and of psql, under their names.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import engines
import judge
import warehouse_build

PASSED = {"success", "pass", "no-op"}


class Dbt:
    """dbt on a copy of the project, so that nothing is written into the original."""

    def __init__(
        self, project: Path, scratch: Path, report: judge.Report, settings: dict[str, str], extra: list[str]
    ) -> None:
        self.project = scratch / "project"
        shutil.copytree(project, self.project, ignore=shutil.ignore_patterns("target", "logs"))
        self.program = engines.venv("dbt") / "bin" / "dbt"
        self.report = report
        self.settings = settings
        self.extra = extra

    def __call__(self, server: engines.Server, name: str) -> bool:
        """One `dbt build`; whether every node passed."""
        environment = engines.clean_environment("DBT_", "PG") | server.dbt() | self.settings
        target = self.project / "target"
        places: list[str | Path] = [
            "--profiles-dir",
            self.project,
            "--target-path",
            target,
            "--log-path",
            self.project / "logs",
        ]
        command: list[str | Path] = [self.program, "--no-use-colors", "build", *places, *self.extra]
        results = target / "run_results.json"
        results.unlink(missing_ok=True)
        done = engines.run(command, cwd=self.project, env=environment)
        if not results.exists():
            self.report.problem(f"{name}: dbt stopped before running anything.\n{done.stdout.strip()[-6000:]}")
            return False
        return self._read(name, results, done.returncode, done.stdout)

    def _read(self, name: str, results: Path, code: int, output: str) -> bool:
        """Judge the results of the nodes."""
        nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
        statuses = {node["unique_id"]: node["status"] for node in nodes}
        self.report.facts.setdefault("nodes", {})[name] = statuses
        warned = sorted(node for node, status in statuses.items() if status == "warn")
        if warned:
            self.report.facts.setdefault("warned", {})[name] = warned
        failed = [node for node in nodes if node["status"] not in PASSED | {"warn"}]
        for node in failed:
            self.report.problem(
                f"{name}: {node['unique_id']} is `{node['status']}`.\n{(node['message'] or '').strip()}"
            )
        if not nodes:
            self.report.problem(f"{name}: dbt ran no node.\n{output.strip()[-2000:]}")
        elif code != 0 and not failed:
            self.report.problem(f"{name}: dbt ended with {code} although every node passed.\n{output.strip()[-2000:]}")
        return bool(nodes) and not failed and code == 0


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument(
        "--project", required=True, metavar="DIR", type=judge.existing, help="the emitted dbt project"
    )
    arguments.add_argument("--dbt-schema", default="public", metavar="NAME", help="DBT_SCHEMA (default: public)")
    arguments.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    arguments.add_argument("--vars", metavar="YAML", help="passed on to dbt")
    warehouse_build.add_arguments(arguments)
    options = arguments.parse_args()
    report = judge.Report("dbt_build")
    settings = {"DBT_SCHEMA": options.dbt_schema} | dict(options.secret) | dict(options.env)
    if options.user:
        settings["DBT_USER"] = options.user
    with tempfile.TemporaryDirectory(prefix="pipec-dbt-") as scratch:
        dbt = Dbt(options.project, Path(scratch), report, settings, ["--vars", options.vars] if options.vars else [])
        warehouse_build.Course(options, report, dbt).run()
    report.write(options.out)
    nodes = report.facts.get("nodes", {}).get("build", {})
    warned = sum(status == "warn" for status in nodes.values())
    return report.conclude(
        f"{len(nodes)} nodes ({warned} warned), {len(report.facts.get('relations', {}))} relations, twice the same"
    )


if __name__ == "__main__":
    judge.judge(main)
