"""Make IAM cases of an emitted `iam` folder, and judge them with the independent simulator.

Who may read what is written in the command (`--reads ROLE=BUCKET`), not read from pipec's
output: every role meets every bucket with every action, with and without TLS, and so do an
administrator, the exporter and a stranger.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import shared  # noqa: F401  (finds the judges)

import iam_check
import judge

ACCOUNT = iam_check.ACCOUNT
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# What AWS gives a key whose policy nobody wrote.
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}],
}
# Actions on objects and on the bucket itself: may a reader, may the exporter?
OBJECT_ACTIONS = {
    "s3:GetObject": (True, False),
    "s3:PutObject": (False, True),
    "s3:DeleteObject": (False, False),
    "s3:GetObjectVersion": (False, False),
    "s3:PutObjectAcl": (False, False),
}
BUCKET_ACTIONS = {
    "s3:ListBucket": (True, False),
    "s3:PutBucketPolicy": (False, False),
    "s3:DeleteBucketPolicy": (False, False),
    "s3:DeleteBucket": (False, False),
}

Json = Any


class Cases:
    """The cases of one emitted folder."""

    def __init__(self, folder: Path, reads: dict[str, str], buckets: dict[str, str]) -> None:
        self.folder, self.reads, self.buckets = folder, reads, buckets
        self.groups = {role: role.replace("_", "-") for role in reads}
        self.documents = {path.stem: self._document(path) for path in sorted(folder.glob("*.json"))}
        self.cases: list[Json] = []

    def _document(self, path: Path) -> Json:
        """A policy with the words in capitals filled in, as its README says."""
        text = path.read_text(encoding="utf-8").replace("ACCOUNT_ID", ACCOUNT)
        policy = json.loads(text)
        for statement in policy["Statement"]:
            for condition in statement.get("Condition", {}).values():
                for key, values in condition.items():
                    condition[key] = [self._principal(value) for value in values]
        return policy

    def _principal(self, value: str) -> str:
        for role in self.reads:
            for group in (role, role + "s", role.replace("_", "-"), role.replace("_", "-") + "s"):
                if value.endswith(f":user/MEMBER_OF_{group}"):
                    return principal(role)
        return principal("exporter") if value.endswith(":role/EXPORTER") else value

    def add(self, who: str, policies: list[Json], action: str, bucket: str, *, expect: str, context: Json) -> None:
        """One case on a bucket or its objects."""
        resource = f"arn:aws:s3:::{self.buckets[bucket]}" + ("/2025/06/30/export.zip" if action in OBJECT_ACTIONS else "")
        self.cases.append(
            {
                "name": f"{who} {action} {bucket} {context.get('aws:SecureTransport')}",
                "principal": principal(who),
                "action": action,
                "resource": resource,
                "policies": policies,
                "bucket_policies": {name: f"bucket_{key}" for key, name in self.buckets.items()},
                "context": {"aws:PrincipalArn": principal(who)} | context,
                "expect": expect,
            }
        )

    def everybody(self) -> None:
        """Roles, the exporter, an administrator and a stranger meet every bucket."""
        for bucket in self.buckets:
            for action, (reader_may, exporter_may) in (OBJECT_ACTIONS | BUCKET_ACTIONS).items():
                for tls in (True, False):
                    context = {"aws:SecureTransport": "true" if tls else "false"}
                    for role, reads in self.reads.items():
                        allowed = tls and reader_may and reads == bucket
                        self.add(role, [f"role_{role}"], action, bucket, expect=verdict(allowed), context=context)
                    allowed = tls and exporter_may
                    self.add("exporter", ["writer_exporter"], action, bucket, expect=verdict(allowed), context=context)
                    self.add("stranger", [], action, bucket, expect="Denied", context=context)
                    closed = not tls or action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
                    expected = "ExplicitlyDenied" if closed else "Allowed"
                    self.add("administrator", [EVERYTHING], action, bucket, expect=expected, context=context)
                    for role, reads in self.reads.items():  # whatever else a reader is given
                        if reads != bucket and closed:
                            policies = [f"role_{role}", EVERYTHING]
                            self.add(role, policies, action, bucket, expect="ExplicitlyDenied", context=context)

    def keys(self) -> None:
        """Decrypting takes the bucket's own key, and the way through S3."""
        for bucket, name in self.buckets.items():
            for action, (reader_may, exporter_may) in {
                "kms:Decrypt": (True, True),
                "kms:GenerateDataKey": (False, True),
                "kms:ScheduleKeyDeletion": (False, False),
                "kms:PutKeyPolicy": (False, False),
            }.items():
                for service in ("s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com", None):
                    context: Json = {"kms:ResourceAliases": [f"alias/{name}"]}
                    context |= {"kms:ViaService": service} if service else {}
                    through_s3 = service == "s3.us-east-1.amazonaws.com"
                    for role, reads in self.reads.items():
                        allowed = through_s3 and reader_may and reads == bucket
                        self._key_case(role, f"role_{role}", action, bucket, context, allowed)
                    self._key_case("exporter", "writer_exporter", action, bucket, context, through_s3 and exporter_may)

    def _key_case(self, who: str, policy: str, action: str, bucket: str, context: Json, allowed: bool) -> None:
        self.cases.append(
            {
                "name": f"{who} {action} key of {bucket} via {context.get('kms:ViaService')}",
                "principal": principal(who),
                "action": action,
                "resource": KEY,
                "policies": [policy],
                "resource_policy": KEY_POLICY,
                "context": {"aws:PrincipalArn": principal(who), "aws:SecureTransport": "true"} | context,
                "expect": verdict(allowed),
            }
        )


def principal(who: str) -> str:
    """The ARN of somebody in the account."""
    return f"arn:aws:iam::{ACCOUNT}:{'role' if who == 'exporter' else 'user'}/{who}"


def verdict(allowed: bool) -> str:
    """What the simulator should say."""
    return "Allowed" if allowed else "Denied"


def pairs(options: list[tuple[str, str]]) -> dict[str, str]:
    """Options of the form A=B."""
    return dict(options)


def main() -> int:
    """Command line."""
    arguments: argparse.ArgumentParser = judge.command_line(__doc__)
    add = arguments.add_argument
    add("folder", metavar="DIR", type=judge.existing, help="the emitted `iam` folder")
    add("--reads", action="append", required=True, metavar="ROLE=BUCKET", type=judge.name_and_value)
    add("--bucket", action="append", required=True, metavar="BUCKET=NAME", type=judge.name_and_value)
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("iam_cases")
    started = time.monotonic()
    cases = Cases(options.folder, pairs(options.reads), pairs(options.bucket))
    cases.everybody()
    cases.keys()
    count = iam_check.check({"documents": cases.documents, "cases": cases.cases}, report)
    report.facts["cases"] = count
    report.facts["expected"] = {e: sum(c["expect"] == e for c in cases.cases) for e in ("Allowed", "Denied", "ExplicitlyDenied")}
    report.timed("simulate", started)
    report.write(options.out)
    return report.conclude(f"{count} cases over {len(cases.documents)} policies, no disagreement")


if __name__ == "__main__":
    judge.judge(main)
