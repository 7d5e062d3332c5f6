"""Judge sample data: every FHIR resource in the NDJSON files of a folder is valid R4.

A line is a resource itself, or a raw row with the resource in its `resource` field. The
models are those of R4B, which differs from R4 only in resources outside of our use.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import engines
import judge

AT_MOST = 50


def resource_of(line: str) -> Any:
    """The resource that a line holds, or None."""
    try:
        row = json.loads(line)
        resource = row.get("resource", row) if isinstance(row, dict) else None
        return json.loads(resource) if isinstance(resource, str) else resource
    except ValueError:
        return None


def complaints(resource: Any) -> list[str]:
    """What is wrong with one resource."""
    from fhir.resources.R4B import get_fhir_model_class  # its environment is in use by now
    from pydantic import ValidationError

    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return ["there is no FHIR resource in this line"]
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as invalid:
        return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in invalid.errors()]
    except (KeyError, ValueError) as unknown:
        return [str(unknown)]
    return []


def validate(folder: Path, report: judge.Report) -> None:
    """Validate every line of every file."""
    seen: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.ndjson")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            resource = resource_of(line)
            found = complaints(resource)
            seen[resource["resourceType"] if not found else "invalid"] += 1
            for complaint in found[: max(0, AT_MOST - len(report.problems))]:
                report.problem(f"{path.relative_to(folder)}:{number}: {complaint}")
    report.facts["resources"] = dict(sorted(seen.items()))
    if not seen:
        report.problem(f"There is no NDJSON line in {folder}.")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("data", metavar="DATA_DIR", type=judge.existing)
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    engines.use("fhir")
    report = judge.Report("fhir_validate")
    started = time.monotonic()
    validate(options.data, report)
    report.timed("validate", started)
    report.write(options.out)
    return report.conclude(", ".join(f"{count} {name}" for name, count in report.facts["resources"].items()))


if __name__ == "__main__":
    judge.judge(main)
