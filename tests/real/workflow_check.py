"""Judge what `pipec new --ci github` writes: the workflow and the hooks.

The workflow follows GitHub's schema, and zizmor, a security linter of workflows, has nothing
to say even when it is pedantic: actions pinned by commit, no permission that is not needed, no
text of a pull request in a script. pre-commit reads its hooks.
Workflows with a fault that these judges should see are refused.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import engines
import judge

FAULTS = [
    ("an action by its tag", "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@main"),
    ("all permissions", "permissions: {}", "permissions: write-all"),
    ("a title in a script", 'run: |\n          pipec fmt --check "$PROJECT"', "run: |\n          echo ${{ github.event.pull_request.title }}"),
    ("a key that is none", "timeout-minutes: 30", "timeout-minuets: 30"),
]


def complaints(workflow: Path) -> str:
    """What the judges say about a workflow; nothing, if all is well."""
    programs = engines.venv("workflow") / "bin"
    said = []
    for command in (
        [programs / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow],
        [programs / "zizmor", "--offline", "--no-progress", "--persona", "pedantic", workflow],
    ):
        done = engines.run(command)
        if done.returncode != 0:
            said.append(done.stdout.strip()[-2000:])
    return "\n".join(said)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("project", metavar="DIR", type=judge.existing, help="a project with `.github` and hooks")
    options = arguments.parse_args()
    report = judge.Report("workflow_check")
    workflow: Path = options.project / ".github" / "workflows" / "pipec.yml"
    if said := complaints(workflow):
        report.problem(said)
    done = engines.run([engines.venv("workflow") / "bin" / "pre-commit", "validate-config", options.project / ".pre-commit-config.yaml"])
    if done.returncode != 0:
        report.problem(done.stdout)
    text = workflow.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="pipec-workflow-") as scratch:
        for what, good, bad in FAULTS:
            # zizmor takes a file for a workflow by where it lies.
            folder = Path(scratch) / ".github" / "workflows"
            folder.mkdir(parents=True, exist_ok=True)
            if text.count(good) < 1:
                report.problem(f"{what}: nothing to break")
            (folder / "pipec.yml").write_text(text.replace(good, bad), encoding="utf-8")
            if not complaints(folder / "pipec.yml"):
                report.problem(f"{what}: nobody complains")
    return report.conclude(f"the workflow and the hooks are accepted, and {len(FAULTS)} broken workflows are not")


if __name__ == "__main__":
    judge.judge(main)
