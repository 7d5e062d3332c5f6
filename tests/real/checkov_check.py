"""Judge Terraform configurations with checkov: no finding on the checks that are our bar.

--all asks every check that checkov has; --check asks others instead of the bar. --iam FOLDER adds
a folder of policies in JSON, each as the resource that would hold it. What is accepted all the same
stands in ACCEPTED with its reason, and an exception that nothing needs is a problem.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import engines
import judge

BAR = [
    *(f"CKV_AWS_{number}" for number in (18, 19, 21, 53, 54, 55, 56, 70, 93, 145, 288, 289, 290, 300, 355, 379)),
    *(f"CKV2_AWS_{number}" for number in (6, 61, 65)),
    *(f"CKV_GCP_{number}" for number in (15, 29, 62, 78, 81, 114)),
]


#: By check and kind of resource: why the finding is none. There is no exception today.
ACCEPTED: dict[tuple[str, str], str] = {}


def scan(folder: Path, checks: list[str]) -> list[dict[str, Any]]:
    """The failed checks of a folder."""
    return list(scanned(folder, checks)["results"]["failed_checks"])


def scanned(folder: Path, checks: list[str]) -> dict[str, Any]:
    """All that checkov says of a folder."""
    command: list[str | Path] = [engines.venv("checkov") / "bin" / "checkov", "-d", folder, "--framework", "terraform"]
    command += ["--output", "json", "--quiet", "--compact", "--skip-download", "--soft-fail"]
    command += ["--check", ",".join(checks)] if checks else []
    environment = engines.clean_environment("CKV_", "CHECKOV_", "BC_", "PRISMA_") | {"LOG_LEVEL": "ERROR"}
    done = engines.run(command, cwd=folder, env=environment)
    try:
        found = json.loads(done.stdout)
    except ValueError as reason:
        raise engines.EngineError(f"checkov did not answer in JSON:\n{done.stdout.strip()[-2000:]}") from reason
    if "results" not in found:
        raise engines.EngineError(f"checkov found no resource in {folder}.")
    return dict(found)


def as_resources(policies: Path, folder: Path) -> None:
    """Policies in JSON as Terraform: a bucket's is about a bucket, and every other one is an identity's."""
    text = ""
    for number, path in enumerate(sorted(policies.glob("*.json"))):
        document = path.read_text(encoding="utf-8")
        statements = json.loads(document)["Statement"]
        kind = "aws_s3_bucket_policy" if any("Principal" in s for s in statements) else "aws_iam_policy"
        where = '  bucket = "a-bucket"\n' if kind == "aws_s3_bucket_policy" else f'  name   = "policy-{number}"\n'
        document = document.replace("${", "$${").replace("%{", "%%{")
        text += f'resource "{kind}" "policy_{number}" {{\n{where}  policy = <<-JSON\n{document}\nJSON\n}}\n'
    (folder / "policies.tf").write_text(text, encoding="utf-8")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("configurations", metavar="DIR", type=judge.existing, nargs="+")
    arguments.add_argument("--iam", metavar="FOLDER", type=judge.existing, action="append", default=[], help="policies in JSON")
    arguments.add_argument("--all", action="store_true", help="every check there is")
    arguments.add_argument("--check", action="append", default=[], metavar="ID")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("checkov_check")
    started = time.monotonic()
    checks = [] if options.all else options.check or BAR
    counts: Counter[str] = Counter()
    used: set[tuple[str, str]] = set()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [(folder, str(folder)) for folder in options.configurations]
        for number, policies in enumerate(options.iam):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            as_resources(policies, folder)
            folders.append((folder, str(policies)))
        for folder, called in folders:
            found = scanned(folder, checks)
            counts["passed"] += found["summary"]["passed"]
            counts["resources"] += found["summary"]["resource_count"]
            for finding in found["results"]["failed_checks"]:
                why = (finding["check_id"], finding["resource"].partition(".")[0])
                used.add(why)
                if why not in ACCEPTED:
                    place = f"{called}/{finding['file_path'].lstrip('/')}:{finding['file_line_range'][0]}"
                    report.problem(f"{place}: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")
    if options.all:
        for check, kind in ACCEPTED.keys() - used:
            report.problem(f"{check} on {kind} is accepted, and nothing needs that any more.")
    if not counts["passed"]:
        report.problem("checkov asked nothing.")
    report.timed("scan", started)
    report.write(options.out)
    asked = "all" if options.all else len(checks)
    return report.conclude(f"no finding on {asked} checks: {counts['passed']} passed over {counts['resources']} resources of {len(folders)} folders")


if __name__ == "__main__":
    judge.judge(main)
