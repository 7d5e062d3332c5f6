"""Judge a Terraform configuration with checkov: no finding on the checks that are our bar.

--all asks every check that checkov has; --check asks others instead of the bar.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import engines
import judge

BAR = [
    *(f"CKV_AWS_{number}" for number in (18, 19, 21, 53, 54, 55, 56, 70, 93, 145, 288, 289, 290, 300, 355, 379)),
    *(f"CKV2_AWS_{number}" for number in (6, 61, 65)),
    *(f"CKV_GCP_{number}" for number in (15, 29, 62, 78, 81, 114)),
]


def scan(folder: Path, checks: list[str]) -> list[dict[str, Any]]:
    """The failed checks of a folder."""
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
    return list(found["results"]["failed_checks"])


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("configuration", metavar="DIR", type=judge.existing)
    arguments.add_argument("--all", action="store_true", help="every check there is")
    arguments.add_argument("--check", action="append", default=[], metavar="ID")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("checkov_check")
    started = time.monotonic()
    checks = [] if options.all else options.check or BAR
    for finding in scan(options.configuration, checks):
        place = f"{finding['file_path'].lstrip('/')}:{finding['file_line_range'][0]}"
        report.problem(f"{place}: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")
    report.timed("scan", started)
    report.write(options.out)
    return report.conclude(f"no finding on {'all' if options.all else len(checks)} checks")


if __name__ == "__main__":
    judge.judge(main)
