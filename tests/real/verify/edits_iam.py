"""Mutants of IAM policies, and the independent simulator that says which of them mean something."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import iam_check

from .edits_sql import Mutant

Json = Any
ACCOUNT = iam_check.ACCOUNT
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}],
}
OBJECTS = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
BUCKETS = ["s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucket"]


def mutants(path: str, text: str) -> Iterator[Mutant]:
    """All mutants of a document."""
    document = json.loads(text)
    for number, statement in enumerate(document["Statement"]):
        for kind, new in changed(statement):
            mutated = copy.deepcopy(document)
            mutated["Statement"][number : number + 1] = [] if new is None else [new]
            yield Mutant(kind, path, statement["Sid"], json.dumps(mutated, indent=2) + "\n")
    extra = {"Sid": "More", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::*"]}
    if path.startswith("iam/bucket_"):
        extra["Principal"] = "*"
    document["Statement"].append(extra)
    yield Mutant("a statement more", path, "More", json.dumps(document, indent=2) + "\n")


def changed(statement: Json) -> Iterator[tuple[str, Json]]:
    """One statement in all the ways that come to mind."""
    yield "a statement dropped", None
    yield "the effect turned", statement | {"Effect": "Deny" if statement["Effect"] == "Allow" else "Allow"}
    service = statement["Action"][0].split(":")[0]
    yield "every action", statement | {"Action": [f"{service}:*"]}
    yield "no such action", statement | {"Action": [f"{service}:GetNothing"]}
    yield "an action more", statement | {"Action": [*statement["Action"], "s3:DeleteObject" if service == "s3" else "kms:Encrypt"]}
    for number, resource in enumerate(statement["Resource"]):
        rest = statement["Resource"][:number] + statement["Resource"][number + 1 :]
        wider = resource.split("/")[0] + "/*" if "/" in resource else resource + "*"
        yield "a wider resource", statement | {"Resource": [*rest, wider]}
        yield "every resource", statement | {"Resource": [*rest, "*"]}
        yield "another bucket", statement | {"Resource": [*rest, resource.replace(":::", ":::x")]}
        if rest:
            yield "a resource less", statement | {"Resource": rest}
    for operator, keys in statement.get("Condition", {}).items():
        without = {o: k for o, k in statement["Condition"].items() if o != operator}
        yield "a condition dropped", {k: v for k, v in statement.items() if k != "Condition"} | ({"Condition": without} if without else {})
        for key, values in keys.items():
            flipped = [{"true": "false", "false": "true"}.get(v, "x" + v) for v in values]
            yield "other values", statement | {"Condition": without | {operator: {key: flipped}}}
            yield "any value", statement | {"Condition": without | {operator: {key: ["*"]}}}
            if len(values) > 1:
                yield "a value less", statement | {"Condition": without | {operator: {key: values[1:]}}}
        turned = {"ArnNotEquals": "ArnEquals", "StringLike": "StringNotLike", "StringEquals": "StringNotEquals"}.get(operator)
        if turned:
            yield "a condition turned", statement | {"Condition": without | {turned: keys}}


def cosmetic(path: str, text: str) -> Iterator[Mutant]:
    """The same document, written otherwise."""
    document = json.loads(text)
    yield Mutant("on one line", path, "", json.dumps(document))
    document["Statement"].reverse()
    for statement in document["Statement"]:
        statement["Resource"].reverse()
        if len(statement["Action"]) == 1:
            statement["Action"] = statement["Action"][0]
    yield Mutant("in another order", path, "", json.dumps(document, indent=1))


class Simulated:
    """Every principal, action, key and way in, before and after."""

    def __init__(self, out: Path, groups: dict[str, str]) -> None:
        self.texts = {f"iam/{p.name}": p.read_text(encoding="utf-8") for p in sorted((out / "iam").glob("*.json"))}
        self.groups = groups

    def requests(self, mutant: Mutant | None) -> list[Json]:
        """What is asked of the documents, one of them changed."""
        texts = self.texts | ({mutant.path: mutant.text} if mutant else {})
        documents = {path: json.loads(text.replace("ACCOUNT_ID", ACCOUNT)) for path, text in texts.items()}
        original = {path: json.loads(text) for path, text in self.texts.items()}
        buckets = {
            d["Statement"][0]["Resource"][0].removeprefix("arn:aws:s3:::"): documents[p]
            for p, d in original.items()
            if p.startswith("iam/bucket_")
        }
        keys = {"x1", "zz/outside"}
        for document in original.values():
            for statement in document["Statement"]:
                keys |= {r.split("/", 1)[1].replace("*", "x1") for r in statement["Resource"] if ":s3:::" in r and "/" in r}
        out = []
        for who, policies in self.everybody(documents):
            for bucket, policy in [*buckets.items(), ("somebody-elses", None)]:
                for tls in ("true", "false"):
                    out += [case(who, a, f"arn:aws:s3:::{bucket}/{k}", policies, policy, {"aws:SecureTransport": tls}) for a in OBJECTS for k in sorted(keys)]
                    for prefix in [None, "", *sorted(keys)]:
                        context = {"aws:SecureTransport": tls} | ({} if prefix is None else {"s3:prefix": prefix})
                        out += [case(who, a, f"arn:aws:s3:::{bucket}", policies, policy, context) for a in BUCKETS[: 1 if prefix else 3]]
                for via in ("s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"):
                    context = {"kms:ViaService": via, "kms:ResourceAliases": [f"alias/{bucket}"], "aws:SecureTransport": "true"}
                    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
                    out += [case(who, a, key, policies, KEY_POLICY, context) for a in ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt")]
        return out

    def everybody(self, documents: dict[str, Json]) -> Iterator[tuple[str, list[Json]]]:
        """Principals with what they hold."""
        user = f"arn:aws:iam::{ACCOUNT}:user/"
        for role, group in self.groups.items():
            yield f"{user}MEMBER_OF_{group}", [d for p, d in documents.items() if p.startswith(f"iam/role_{role}")]
        yield f"arn:aws:iam::{ACCOUNT}:role/EXPORTER", [d for p, d in documents.items() if p.startswith("iam/writer_")]
        yield f"{user}administrator", [EVERYTHING]
        yield f"arn:aws:iam::{ACCOUNT}:root", [EVERYTHING]

    def judged(self, mutants: list[Mutant]) -> list[bool]:
        """Which mutants mean something: all in one run of the simulator."""
        every = [self.requests(None), *(self.requests(m) for m in mutants)]
        outcomes = iam_check.simulate([r for one in every for r in one])
        at, answers = 0, []
        for one in every:
            answers.append([(o.get("result") == "Allowed") for o in outcomes[at : at + len(one)]])
            at += len(one)
        return [answer != answers[0] for answer in answers[1:]]


def case(who: str, action: str, resource: str, policies: list[Json], policy: Json, context: Json) -> Json:
    """One request as the simulator wants it."""
    named = [{"name": f"policy-{n}", "policy": p} for n, p in enumerate(policies)]
    out = {
        "request": {
            "principal": who,
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": {"aws:PrincipalArn": who} | context,
        },
        "identityPolicies": named,
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    return out | ({"resourcePolicy": policy} if policy else {})
