"""Judge IAM policies: evaluate every case with an independent simulator, in one process.

CASES.json is a list of cases, or {"documents": {name: policy}, "cases": [...]}. A case:

  name             optional, for the report
  principal        an ARN
  action           such as s3:GetObject
  resource         an ARN
  context          optional {condition key: value}
  policies         the principal's identity policies: documents, or names of `documents`
  bucket_policies  optional {bucket: document, name, or null for none}; that of the
                   resource applies, and has to be there
  resource_policy  optional, for what is no bucket (a KMS key)
  boundaries       optional permission boundaries
  account          optional account of the resource (default 123456789012)
  expect           Allowed, ExplicitlyDenied, ImplicitlyDenied, or Denied for either
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import engines
import judge

SIMULATOR = Path(__file__).resolve().with_suffix(".mjs")
ACCOUNT = "123456789012"
EXPECTATIONS = {
    "Allowed": {"Allowed"},
    "ExplicitlyDenied": {"ExplicitlyDenied"},
    "ImplicitlyDenied": {"ImplicitlyDenied"},
    "Denied": {"ExplicitlyDenied", "ImplicitlyDenied"},
}

Json = Any


class BadCase(Exception):
    """A case cannot be understood; that is a problem of the file, not of a policy."""


def document(reference: Json, documents: dict[str, Json]) -> Json:
    """A policy document, given itself or by name."""
    if not isinstance(reference, str):
        return reference
    if reference not in documents:
        raise BadCase(f"there is no document `{reference}`")
    return documents[reference]


def request(case: Json, documents: dict[str, Json]) -> Json:
    """A case as the simulator wants it."""
    missing = [field for field in ("principal", "action", "resource", "policies", "expect") if field not in case]
    if missing:
        raise BadCase(f"`{missing[0]}` is missing")
    if case["expect"] not in EXPECTATIONS:
        raise BadCase(f"`{case['expect']}` is not one of {', '.join(EXPECTATIONS)}")
    bucket = re.fullmatch(r"arn:[\w-]+:s3:::([^/*]+)(?:/.*)?", case["resource"])
    resource_policy = case.get("resource_policy")
    if bucket and resource_policy is None and "bucket_policies" in case:
        if bucket.group(1) not in case["bucket_policies"]:
            raise BadCase(f"`bucket_policies` lacks the bucket `{bucket.group(1)}`")
        resource_policy = case["bucket_policies"][bucket.group(1)]
    simulated = {
        "request": {
            "principal": case["principal"],
            "action": case["action"],
            "resource": {"resource": case["resource"], "accountId": case.get("account", ACCOUNT)},
            "contextVariables": case.get("context", {}),
        },
        "identityPolicies": _named(case["policies"], documents),
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if resource_policy is not None:
        simulated["resourcePolicy"] = document(resource_policy, documents)
    if case.get("boundaries"):
        simulated["permissionBoundaryPolicies"] = _named(case["boundaries"], documents)
    return simulated


def _named(references: list[Json], documents: dict[str, Json]) -> list[Json]:
    """Policies with the names that the simulator wants."""
    return [{"name": f"policy-{number}", "policy": document(ref, documents)} for number, ref in enumerate(references)]


def simulate(requests: list[Json]) -> Json:
    """Run the simulator once over all requests."""
    command = [engines.program("node"), str(SIMULATOR), str(engines.npm("iam"))]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise engines.EngineError(f"the IAM simulator failed:\n{done.stderr.strip()[-3000:]}")
    return json.loads(done.stdout)


def check(content: Json, report: judge.Report) -> int:
    """Judge all cases; how many there are."""
    cases = content["cases"] if isinstance(content, dict) else content
    documents = content.get("documents", {}) if isinstance(content, dict) else {}
    labels = [f"case {number} ({case.get('name') or case.get('action')})" for number, case in enumerate(cases, start=1)]
    requests: list[Json] = []
    for label, case in zip(labels, cases, strict=True):
        try:
            requests.append(request(case, documents))
        except BadCase as reason:
            report.problem(f"{label}: {reason}.")
    if not cases:
        report.problem("There is no case.")
    if report.problems:
        return len(cases)
    for label, case, outcome in zip(labels, cases, simulate(requests), strict=True):
        asked = (
            f"{case['action']} on {case['resource']} by {case['principal']} with {json.dumps(case.get('context', {}))}"
        )
        if "error" in outcome:
            report.problem(f"{label}: the simulator refuses it: {json.dumps(outcome['error'])}\n{asked}")
            continue
        if outcome["ignored"]:  # AWS would not send such a key with this action either
            report.facts.setdefault("ignored_context_keys", {})[label] = outcome["ignored"]
        if outcome["result"] not in EXPECTATIONS[case["expect"]]:
            report.problem(f"{label}: expected {case['expect']}, got {outcome['result']}.\n{asked}")
    return len(cases)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("cases", metavar="CASES.json", type=judge.existing)
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("iam_check")
    started = time.monotonic()
    count = check(json.loads(options.cases.read_text(encoding="utf-8")), report)
    report.timed("simulate", started)
    report.facts["cases"] = count
    report.write(options.out)
    return report.conclude(f"{count} cases, no disagreement")


if __name__ == "__main__":
    judge.judge(main)
