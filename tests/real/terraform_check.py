"""Judge a Terraform configuration with the real terraform and schema-only providers.

fmt, init, validate, plan and apply have to succeed, and a second plan has to be empty.
The configuration is copied first and its back end replaced by local state, so nothing is
written into the folder and no cloud is reached. Enumerations, conflicting arguments and
name formats are beyond a schema and stay unchecked.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import engines
import judge

PROVIDER = Path(__file__).resolve().parent / "terraform" / "schema_provider.py"
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
NOTHING_TO_DO, CHANGES = 0, 2


def required_providers(folder: Path) -> list[str]:
    """The provider sources that the configuration names."""
    sources: set[str] = set()
    for path in folder.rglob("*.tf"):
        sources.update(re.findall(r'^\s*source\s*=\s*"([\w-]+/[\w-]+)"', path.read_text(encoding="utf-8"), re.M))
    return sorted(sources)


@contextlib.contextmanager
def providers(folder: Path) -> Iterator[str]:
    """Serve every required provider; yields the content of TF_REATTACH_PROVIDERS."""
    python = engines.venv("terraform") / "bin" / "python"
    reattach: dict[str, object] = {}
    with contextlib.ExitStack() as running:
        for source in required_providers(folder):
            command = [python, PROVIDER, engines.terraform_schema(source), folder]
            server = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            running.callback(server.kill)
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                raise engines.EngineError(f"The schema-only provider for `{source}` did not start.")
            reattach.update(json.loads(line))
        yield json.dumps(reattach)


class Terraform:
    """terraform in a working copy of the configuration."""

    def __init__(self, program: str, folder: Path, reattach: str, report: judge.Report) -> None:
        self.program = program
        self.folder = folder
        self.report = report
        settings = folder.parent / "terraform.rc"
        settings.write_text("", encoding="utf-8")
        self.environment = engines.clean_environment("TF_", "AWS_", "GOOGLE_") | {
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_REATTACH_PROVIDERS": reattach,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def step(self, name: str, *arguments: str | Path, expected: int = 0) -> bool:
        """Run one command; whether it ended as expected. If not, that is a problem."""
        started = time.monotonic()
        done = engines.run([self.program, *arguments], cwd=self.folder, env=self.environment)
        self.report.timed(name, started)
        if done.returncode != expected:
            self.report.problem(
                f"`terraform {name}` ended with {done.returncode}, not {expected}.\n{done.stdout.strip()}"
            )
        return done.returncode == expected

    def show(self, out: Path, plan: Path | None = None) -> None:
        """Write a plan, or the state, as JSON: for checkov and for reading the policies back."""
        done = engines.run([self.program, "show", "-json", *([plan] if plan else [])], cwd=self.folder, env=self.environment)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(done.stdout, encoding="utf-8")


def check(configuration: Path, variables: list[str], plan_json: Path | None, report: judge.Report, state_json: Path | None = None) -> None:
    """All steps, up to the first that fails; the plan and the state as JSON where they are wanted."""
    program = engines.program("terraform")  # before anything is installed for nothing
    with tempfile.TemporaryDirectory(prefix="pipec-terraform-") as scratch:
        folder = Path(scratch) / "configuration"
        shutil.copytree(configuration, folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        report.facts["files"] = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tf"))
        if not report.facts["files"]:
            report.problem("There is no `.tf` file in the folder.")
            return
        with providers(folder) as reattach:
            terraform = Terraform(program, folder, reattach, report)
            terraform.step("fmt", "fmt", "-check", "-recursive", "-diff", "-no-color")
            (folder / "pipec_judge_override.tf").write_text(BACKEND, encoding="utf-8")
            plan = folder.parent / "plan"
            quiet = ["-no-color", "-input=false"]
            planning = ["plan", *quiet, "-detailed-exitcode", *variables]
            accepted = (
                terraform.step("init", "init", *quiet)
                and terraform.step("validate", "validate", "-no-color")
                and terraform.step("plan", *planning, f"-out={plan}", expected=CHANGES)
            )
            if accepted and plan_json is not None:
                terraform.show(plan_json, plan)
            if accepted and terraform.step("apply", "apply", *quiet, plan):
                terraform.step("second plan", *planning, expected=NOTHING_TO_DO)
                if state_json is not None:
                    terraform.show(state_json)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("configuration", metavar="DIR", type=judge.existing, help="the Terraform root module")
    arguments.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    arguments.add_argument("--var-file", action="append", default=[], metavar="FILE", type=judge.existing)
    arguments.add_argument("--plan-json", type=Path, metavar="FILE", help="write the plan as JSON")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    variables = [f"-var={name}={value}" for name, value in options.var]
    variables += [f"-var-file={path}" for path in options.var_file]
    report = judge.Report("terraform_check")
    check(options.configuration, variables, options.plan_json, report)
    report.write(options.out)
    return report.conclude(f"{len(report.facts['files'])} file(s)")


if __name__ == "__main__":
    judge.judge(main)
