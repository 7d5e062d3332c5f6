"""Mutants of Terraform's files: the same edits of the same statement in HCL and in the policy's JSON, which the simulator judges."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from .edits_sql import Mutant, replaced

Json = Any
#: One statement of a policy, as it is printed.
STATEMENT = re.compile(r'      \{\n        Sid +[=] "(\w+)"\n.*?\n      \},\n', re.S)
POLICY = re.compile(r'resource "(aws_iam_policy|aws_s3_bucket_policy)" "([\w-]+)" \{\n.*?policy = jsonencode\(\{\n.*?\n  \}\)\n', re.S)
#: Changes of what no policy says; what they mean is said by AWS and by Terraform, and by nobody here.
PLAIN = (
    ("not shut to the public", r"(block_public_acls +[=]) true", r"\1 false"),
    ("not shut to the public", r"(restrict_public_buckets +[=]) true", r"\1 false"),
    ("objects of others", r'"BucketOwnerEnforced"', '"ObjectWriter"'),
    ("anybody exports", r'(variable "exporter_arns" \{[^}]*default +[=]) \[\]', r'\1 ["*"]'),
    ("a policy of no bucket", r'(resource "aws_s3_bucket_policy" "[\w-]+" \{\n)', r"\1  count = 0\n"),
    ("a key's policy for everybody", r'(Principal += )\{ ?"?AWS"? = "arn[^}]*\}', r'\1"*"'),
)


def mutants(path: str, text: str, documents: dict[str, Json]) -> Iterator[tuple[Mutant, Mutant | None]]:
    """All mutants of a file, each with the same of the policy in JSON; `None` where there is none of it."""
    for policy in POLICY.finditer(text):
        kind = "bucket" if policy[1] == "aws_s3_bucket_policy" else "writer" if policy[2].startswith("exporter_writes") else "role"
        place = f"iam/{kind}_{policy[2].replace('exporter_writes', 'exporter') if kind == 'writer' else policy[2]}.json"
        # The bucket of logs is Terraform's alone.
        if (document := documents.get(place)) is None:
            continue
        for found in STATEMENT.finditer(policy[0]):
            number = next(n for n, s in enumerate(document["Statement"]) if s["Sid"] == found[1])
            start = policy.start() + found.start()
            for kind, hcl, statement in changed(found[0], document["Statement"][number]):
                if hcl == found[0]:
                    continue
                mutated = copy.deepcopy(document)
                mutated["Statement"][number : number + 1] = [] if statement is None else [statement]
                new = replaced(text, (start, start + len(found[0])), hcl)
                yield Mutant(f"terraform: {kind}", path, found[1], new), Mutant(kind, place, found[1], json.dumps(mutated))
    for kind, old, new in PLAIN:
        for found in list(re.finditer(old, text))[:1]:
            yield Mutant(f"terraform: {kind}", path, kind, replaced(text, found.span(), found.expand(new))), None
    groups = sorted(set(re.findall(r'data "aws_iam_group" "([\w-]+)"', text)))
    for found in re.finditer(r"group +[=] data\.aws_iam_group\.([\w-]+)\.group_name", text):
        for other in [g for g in groups if g != found[1]][:1]:
            yield Mutant("terraform: a policy of another group", path, other, replaced(text, found.span(1), other)), None


def changed(hcl: str, statement: Json) -> Iterator[tuple[str, str, Json]]:
    """One statement in both."""
    service = statement["Action"][0].split(":")[0]
    other = "Deny" if statement["Effect"] == "Allow" else "Allow"
    yield "a statement dropped", "", None
    yield "the effect turned", hcl.replace(f'"{statement["Effect"]}"', f'"{other}"', 1), statement | {"Effect": other}
    for kind, action in (("every action", f"{service}:*"), ("no such action", f"{service}:GetNothing")):
        yield kind, re.sub(r"(Action +[=]) \[.*?\]", rf'\1 ["{action}"]', hcl), statement | {"Action": [action]}
    more = "s3:DeleteObject" if service == "s3" else "kms:Encrypt"
    yield "an action more", re.sub(r"(Action +[=]) \[", rf'\1 ["{more}", ', hcl), statement | {"Action": [more, *statement["Action"]]}
    yield "every resource", re.sub(r"(Resource +[=]) \[.*\]\n", r'\1 ["*"]' + "\n", hcl), statement | {"Resource": ["*"]}
    if any("/" in r and not r.endswith("/*") and ":s3:" in r for r in statement["Resource"]):
        wider = [r.split("/")[0] + "/*" if ":s3:" in r and "/" in r else r for r in statement["Resource"]]
        yield "a wider resource", re.sub(r'\.arn\}/[^"]*"', '.arn}/*"', hcl), statement | {"Resource": wider}
    if "Condition" not in statement:
        return
    without = {k: v for k, v in statement.items() if k != "Condition"}
    yield "a condition dropped", re.sub(r"        Condition = \{\n.*?\n        \}\n", "", hcl, flags=re.S), without
    conditions = statement["Condition"]
    if "Bool" in conditions:
        yield "other values", hcl.replace('["false"]', '["true"]'), without | {"Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}
    if "ArnNotEquals" in conditions:
        [(key, values)] = conditions["ArnNotEquals"].items()
        yield "a condition turned", hcl.replace("ArnNotEquals", "ArnEquals"), without | {"Condition": {"ArnEquals": {key: values}}}
        left = [*values, "*"]
        yield "everybody left out", hcl.replace(':root"]', ':root", "*"]'), without | {"Condition": {"ArnNotEquals": {key: left}}}
        some = [v for v in values if not v.endswith(":root")]
        if some:
            yield "the root not left out", re.sub(r', \["[^"]*:root"\]', ", []", hcl), without | {"Condition": {"ArnNotEquals": {key: some}}}


def cosmetic(path: str, text: str) -> Iterator[Mutant]:
    """The same, written otherwise."""
    yield Mutant("terraform: comments", path, "", "/* looked at */\n" + text.replace("\n}\n", "\n}\n\n# by hand\n"))
    yield Mutant("terraform: blanks", path, "", re.sub(r" +=", "   =", text) if "<<" not in text and "Sid" not in text else text + "\n\n")
