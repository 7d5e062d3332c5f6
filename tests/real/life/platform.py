"""The platform half of a life: the real terraform over schema-only providers, environment by environment, over a state that stays.

The providers know the schemas and no cloud. So an `import` block is taken, and what lies in the bucket that it names is not looked at;
nor does destroying a bucket fail because it holds objects, as it does at AWS.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import infrastructure_check
import judge
from life.changes import Change

Actions = dict[str, list[str]]
BY_HAND = "aws_sns_topic.by_hand"


def actions(plan: Any) -> Actions:
    """What a plan does, by address; reading and leaving alone are left out."""
    changes = [c for c in plan.get("resource_changes", []) if c["mode"] == "managed"]
    return {c["address"]: c["change"]["actions"] for c in changes if c["change"]["actions"] != ["no-op"]}


class Platform:
    """One environment's resources."""

    def __init__(self, change: Change, scratch: Path, environment: str, reattach: str, name: str, report: judge.Report, kind: str = "aws_s3_bucket", by_hand: str = BY_HAND) -> None:
        self.kind, self.by_hand = kind, by_hand
        self.change, self.environment, self.report, self.name = change, environment, report, f"{name} {environment}"
        self.world = infrastructure_check.World(scratch / "worlds", environment, reattach, name, report)
        self.done: Actions = {}
        self.there: set[str] = set()
        self.applied = 0

    def problem(self, text: str) -> None:
        """Of this environment."""
        self.report.problem(f"{self.name}: {text}")

    def deploy(self, configuration: Path, step: str) -> None:
        """Take the new configuration, apply it, look at what the plan did, and find nothing left to do."""
        self.world.take(configuration)
        # Who writes files into a bucket at Google is said where there is such a bucket.
        asked = 'variable "google_exporters"' in "".join(file.read_text(encoding="utf-8") for file in configuration.glob("*.tf"))
        plan = self.world.apply(step, ['-var=google_exporters=["serviceAccount:exporter@example.iam.gserviceaccount.com"]'] * asked)
        if plan is None:
            return
        self.applied += 1
        found = actions(plan)
        after = {r["address"] for r in infrastructure_check.values(plan) if r["mode"] == "managed"}
        self.judged(step, plan, found, after)
        if self.by_hand not in after:
            self.problem(f"{step}: the neighbour is gone.")
        self.there = after

    def judged(self, step: str, plan: Any, found: Actions, after: set[str]) -> None:
        """What a step may do."""
        if step == "first":
            self.adopted(plan)
        elif step == "changed":
            self.done = found
            made = {a for a, what in found.items() if what == ["create"]}
            for address, what in sorted(found.items()):
                expected = ["create"] if re.search(self.change.made, address) else ["update"] if re.search(self.change.altered, address) else []
                if what != expected:
                    self.problem(f"{step}: {address}: {what}, and the change is about something else.")
            if not made:
                self.problem(f"{step}: nothing is made, and a bucket was added.")
        elif step == "rolled back":
            undone = {a: {"create": ["delete"], "update": ["update"]}.get(what[0], what) for a, what in self.done.items()}
            if found != undone:
                differs = sorted(a for a in found.keys() | undone.keys() if found.get(a) != undone.get(a))
                self.problem(f"{step}: not what the change did, backwards: {[(a, found.get(a), undone.get(a)) for a in differs[:6]]}")
        elif found:
            self.problem(f"{step}: {found}, and nothing was changed.")

    def adopted(self, plan: Any) -> None:
        """What was there is taken over in production, and nothing of its kind and name is made."""
        bucket, there = self.change.adopted
        for one in plan["resource_changes"]:
            if one["address"] != f"{self.kind}.{bucket}":
                continue
            what, importing = one["change"]["actions"], one["change"].get("importing")
            taken = "create" not in what and "delete" not in what and importing == {"id": there}
            if self.environment == "production" and not taken:
                self.problem(f"the bucket {there} is there, and the plan does {what} (importing {importing}).")
            if self.environment != "production" and (importing or what != ["create"]):
                self.problem(f"the bucket {there} is in production, and the plan does {what} (importing {importing}).")
            return
        self.problem(f"no bucket `{bucket}` is planned.")

    def falsified(self) -> None:
        """Another plan than the change's, and a plan where nothing was changed, are rejected."""
        before = len(self.report.problems)
        self.judged("rolled back", {}, dict(list(self.done.items())[1:]), set())
        self.judged("later", {}, {f"{self.kind}.one": ["update"]}, set())
        found, self.report.problems = self.report.problems[before:], self.report.problems[:before]
        if len(found) < 2:
            self.problem("another plan is accepted.")
