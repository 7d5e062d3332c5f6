"""Judge what machines may do: what terraform makes of a machine's role, asked of an independent simulator.

A machine that runs a pipeline may write that pipeline's exports, read and move what its loads
take, and read its secrets; nothing else, in any bucket of the project. Projects are made up,
and examples are looked at in each of their environments. What is to be expected is known from
how the project was made, and for the examples it is written here. The policies are those of
the state after `terraform apply`: Terraform itself has put them together, over a provider that
calls buckets, roles and keys by what AWS calls them. Each policy is then falsified, and the
questions have to notice.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import engines
import iam_check
import judge
import machine_projects
import terraform_check
from machine_projects import Machine

Json = Any
ACCOUNT = iam_check.ACCOUNT
SESSIONS = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
VIA_S3 = "s3.us-east-1.amazonaws.com"
#: The machines of the examples: what their seeds have them do. Names without the environment's ending.
MEDILINK = {("medilink-medical-records", "medical_records/input/", kind, "medical_records/archive/") for kind in ("facilities", "patients", "medical_records", "triage_visits")}
ANON, PII, METRICS = (f"engage-analytics-exports-{kind}" for kind in ("anon", "pii", "metrics"))
EXAMPLES = {
    "medilink": {"airflow": Machine({("medilink-research", "")}, MEDILINK, {"medilink/dbt"}, True)},
    "efiche": {"nightly": Machine({("efiche-research", "")}, {("efiche-arrivals", "padchest/", "", "archive/padchest/")}, {"efiche/dbt"}, True)},
    "engage-analytics": {"server": Machine({(ANON, ""), (PII, ""), (METRICS, "")}, set(), {"engage-analytics/airbyte", "engage-analytics/dbt"}, True)},
    "mytomorrows": {
        "airflow": Machine({(f"mytomorrows-{name}", "") for name in ("client-uhc", "client-humana", "extracts")}, set(), {"mytomorrows/airflow"}, True),
        "tableau": Machine(sessions=True),
    },
}
#: What a production keeps its plain names for.
PLAIN = {"efiche", "engage-analytics", "mytomorrows"}


class State:
    """What is there after `terraform apply`: machines with the policies of their roles, and the policies of buckets."""

    def __init__(self, resources: list[Json]) -> None:
        self.by_kind: dict[str, list[Json]] = {}
        self.labels: dict[str, str] = {}
        for one in resources:
            self.by_kind.setdefault(one["type"], []).append(one["values"])
            if one["type"] == "aws_instance":
                self.labels[one["values"]["iam_instance_profile"]] = one["name"].removeprefix("compute_")
        self.documents: dict[str, Json] = {}
        self.identities: dict[str, list[str]] = {}
        self.managed: dict[str, set[str]] = {}
        self.arns: dict[str, str] = {}
        for profile in self.all("aws_iam_instance_profile"):
            self._machine(self.labels[profile["name"]], profile["role"])
        for policy in self.all("aws_s3_bucket_policy"):
            self.documents[f"bucket {policy['bucket']}"] = json.loads(policy["policy"])
        self.keys = {a["name"].removeprefix("alias/"): a["target_key_id"] for a in self.all("aws_kms_alias")}
        self.key_arns = {k["key_id"]: k["arn"] for k in self.all("aws_kms_key")}
        self.key_policies = {k["arn"]: json.loads(k["policy"]) for k in self.all("aws_kms_key")}

    def all(self, kind: str) -> list[Json]:
        """Everything of a kind."""
        return self.by_kind.get(kind, [])

    def _machine(self, machine: str, role: str) -> None:
        [found] = [r for r in self.all("aws_iam_role") if r["name"] == role]
        self.arns[machine], self.identities[machine], self.managed[machine] = found["arn"], [], set()
        for given in self.all("aws_iam_role_policy_attachment"):
            own = [p for p in self.all("aws_iam_policy") if p["arn"] == given["policy_arn"]]
            if given["role"] != role:
                continue
            if not own:
                self.managed[machine].add(given["policy_arn"])
            for policy in own:
                self._give(machine, policy["name"], policy["policy"])
        for policy in self.all("aws_iam_role_policy"):
            if policy["role"] == role:
                self._give(machine, f"{role} {policy['name']}", policy["policy"])

    def _give(self, machine: str, name: str, document: str) -> None:
        self.documents[name] = json.loads(document)
        self.identities[machine].append(name)


class Cases:
    """The questions to one project in one environment."""

    def __init__(self, state: State, machines: dict[str, Machine], buckets: list[str]) -> None:
        self.state, self.machines, self.buckets = state, machines, buckets
        self.cases: list[Json] = []
        for machine in machines:
            for bucket in buckets:
                self._objects(machine, bucket)
                self._lists(machine, bucket)
                self._key(machine, bucket)
            self._secrets(machine)

    def add(self, machine: str, action: str, resource: str, may: bool, policy: Json = None, **context: str) -> None:
        """One question."""
        who = self.state.arns[machine]
        case = {"principal": who, "action": action, "resource": resource, "policies": list(self.state.identities[machine])}
        case |= {"context": {"aws:PrincipalArn": who} | {key.replace("__", ":"): value for key, value in context.items()}}
        if policy is not None:
            case["resource_policy"] = policy
        self.cases.append(case | {"expect": "Allowed" if may else "Denied", "name": f"{machine} {action} {resource}"})

    def _objects(self, machine: str, bucket: str) -> None:
        made, policy = self.machines[machine], f"bucket {bucket}"
        here = [load for load in made.loads if load[0] == bucket]
        for key in self.keys(bucket):
            writes = any(b == bucket and key.startswith(begins) for b, begins in made.writes)
            reads = any(key.startswith(folder + begins) for _, folder, begins, _ in here)
            archives = any(archive and key.startswith(archive) for *_, archive in here)
            removes = any(archive and key.startswith(folder + begins) for _, folder, begins, archive in here)
            may = {
                "s3:PutObject": writes or archives, "s3:AbortMultipartUpload": writes, "s3:GetObject": reads, "s3:DeleteObject": removes,
                "s3:GetObjectVersion": False, "s3:DeleteObjectVersion": False, "s3:PutObjectAcl": False, "s3:PutObjectTagging": False,
            }
            for action, allowed in may.items():
                for tls in ("true", "false"):
                    self.add(machine, action, f"arn:aws:s3:::{bucket}/{key}", allowed and tls == "true", policy, aws__SecureTransport=tls)

    def keys(self, bucket: str) -> list[str]:
        """Keys that anybody's exports and loads are about, and some beside them."""
        found = {"", "zzz", "elsewhere/x.csv", "archive/"}
        for made in self.machines.values():
            found |= {begins + "2025.zip" for b, begins in made.writes if b == bucket}
            for b, folder, begins, archive in made.loads:
                found |= {f"{folder}{begins}today.csv", f"{folder}other.csv", f"{archive}0a-{begins}today.csv"} if b == bucket else set()
        return sorted(found - {""})

    def _lists(self, machine: str, bucket: str) -> None:
        folders = {folder for b, folder, _, _ in self.machines[machine].loads if b == bucket}
        asked = {load[1] for made in self.machines.values() for load in made.loads} | {"", "elsewhere/"}
        for folder in sorted(asked):
            for tls in ("true", "false"):
                may = folder in folders and tls == "true"
                self.add(machine, "s3:ListBucket", f"arn:aws:s3:::{bucket}", may, f"bucket {bucket}", aws__SecureTransport=tls, s3__prefix=folder)
        for action in ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:DeleteBucket", "s3:ListBucketVersions"):
            self.add(machine, action, f"arn:aws:s3:::{bucket}", False, f"bucket {bucket}", aws__SecureTransport="true")

    def _key(self, machine: str, bucket: str) -> None:
        alias = bucket.replace(".", "-")
        if alias not in self.state.keys:
            return  # access logs are encrypted with a key of S3's own
        arn = self.state.key_arns[self.state.keys[alias]]
        made = self.machines[machine]
        uses = any(b == bucket for b, _ in made.writes) or any(load[0] == bucket for load in made.loads)
        for action, could in {"kms:GenerateDataKey": True, "kms:Decrypt": True, "kms:PutKeyPolicy": False, "kms:ScheduleKeyDeletion": False}.items():
            for service in (VIA_S3, "ec2.us-east-1.amazonaws.com"):
                may = could and uses and service == VIA_S3
                aliases: Json = {"kms__ViaService": service, "kms__ResourceAliases": [f"alias/{alias}"]}
                self.add(machine, action, arn, may, self.state.key_policies[arn], **aliases)

    def _secrets(self, machine: str) -> None:
        asked = {name for made in self.machines.values() for name in made.secrets} | {"somebody/elses"}
        for name in sorted(asked):
            arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-AbCdEf"
            for action in ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"):
                self.add(machine, action, arn, action.endswith("GetSecretValue") and name in self.machines[machine].secrets)
        for action, resource in {
            "sts:AssumeRole": f"arn:aws:iam::{ACCOUNT}:role/administrator", "iam:PassRole": f"arn:aws:iam::{ACCOUNT}:role/administrator",
            "iam:PutRolePolicy": self.state.arns[machine], "ec2:RunInstances": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*",
            "rds:DeleteDBInstance": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:any", "s3:CreateBucket": "arn:aws:s3:::another",
        }.items():
            self.add(machine, action, resource, False)


def applied(folder: Path, variables: list[str], report: judge.Report, name: str) -> State | None:
    """The state that terraform makes of a folder."""
    inner = judge.Report("terraform")
    with tempfile.TemporaryDirectory(prefix="pipec-machines-") as scratch:
        file = Path(scratch) / "state.json"
        terraform_check.check(folder, variables, None, inner, file)
        if inner.problems:
            report.problems.extend(f"{name}: {text}" for text in inner.problems)
            return None
        return State(json.loads(file.read_text(encoding="utf-8"))["values"]["root_module"]["resources"])


def falsified(documents: dict[str, Json], cases: list[Json], counts: Counter[str], report: judge.Report, name: str) -> None:
    """The questions have to notice a policy of a machine that says more or less, or they prove nothing."""
    for stem, document in documents.items():
        statements = document["Statement"]
        mutants: list[Json] = []
        for number, statement in enumerate(statements):
            mutants.append([s for n, s in enumerate(statements) if n != number])
            if statement["Effect"] == "Allow":
                # The conditions of keys name one by its alias, whatever the resource is.
                keys = any(action.startswith("kms:") for action in statement["Action"])
                wide = {k: v for k, v in statement.items() if k != "Condition"} if keys else statement | {"Resource": ["*"]}
                mutants.append([wide if n == number else s for n, s in enumerate(statements)])
        for mutant in mutants:
            silent = judge.Report("mutant")
            iam_check.check({"documents": documents | {stem: document | {"Statement": mutant}}, "cases": cases}, silent)
            counts["falsified"] += 1
            if not silent.problems:
                report.problem(f"{name}: nobody notices that `{stem}` says something else.\n{json.dumps(mutant)}")


def asked(state: State, machines: dict[str, Machine], buckets: list[str], report: judge.Report, counts: Counter[str], name: str) -> None:
    """All questions to one state."""
    if sorted(state.arns) != sorted(machines):
        report.problem(f"{name}: the machines are {sorted(state.arns)}, and should be {sorted(machines)}.")
        return
    for machine, made in machines.items():
        if state.managed[machine] != ({SESSIONS} if made.sessions else set()):
            report.problem(f"{name}: {machine} has the policies {sorted(state.managed[machine])} of AWS's.")
    cases = Cases(state, machines, buckets).cases
    own = {n: d for n, d in state.documents.items() if not n.startswith("bucket ")}
    inner = judge.Report("iam")
    counts["cases"] += iam_check.check({"documents": state.documents, "cases": cases}, inner)
    counts["allowed"] += sum(case["expect"] == "Allowed" for case in cases)
    counts["machines"] += len(machines)
    counts["policies"] += len(own)
    report.problems.extend(f"{name}: {text}" for text in inner.problems[:10])
    if not inner.problems and counts["falsified"] < 20:
        names = set(own)
        falsified({n: d for n, d in state.documents.items() if n in names}, without_buckets(cases), counts, report, name)


def without_buckets(cases: list[Json]) -> list[Json]:
    """The questions as the identity policies alone answer them: for mutants of these, what a bucket denies besides would hide them."""
    plain = [case for case in cases if case["context"].get("aws:SecureTransport") != "false"]
    return [{k: v for k, v in case.items() if k != "resource_policy" or isinstance(v, dict)} for case in plain]


def made_up(program: Path, seed: int, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """One made-up project."""
    project, name = machine_projects.generated(seed), f"project {seed}"
    folder = scratch / str(seed)
    folder.mkdir()
    (folder / "main.pipe").write_text(project.text(), encoding="utf-8")
    done = subprocess.run([program, "build", folder, "-o", folder / "out"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        report.problem(f"{name} does not build.\n{done.stdout}{done.stderr}\n{project.text()}")
        return
    state = applied(folder / "out/terraform", [], report, name)
    if state:
        asked(state, project.machines, project.buckets(), report, counts, name)


def example(program: Path, place: Path, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """An example in each of its environments."""
    out = scratch / place.name
    done = subprocess.run([program, "build", place, "-o", out], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        report.problem(f"{place.name} does not build.\n{done.stdout}{done.stderr}")
        return
    for values in sorted((out / "terraform").glob("*.tfvars")):
        ending = "" if values.stem == "production" and place.name in PLAIN else f"-{values.stem}"
        name = f"{place.name} {values.stem}"
        machines = {m: called(made, ending) for m, made in EXAMPLES[place.name].items()}
        state = applied(out / "terraform", [f"-var-file={values}"], report, name)
        if state:
            asked(state, machines, sorted(n.removeprefix("bucket ") for n in state.documents if n.startswith("bucket ")), report, counts, name)
        counts["environments"] += 1


def called(made: Machine, ending: str) -> Machine:
    """A machine of an environment: its buckets are called otherwise."""
    return Machine({(b + ending, k) for b, k in made.writes}, {(b + ending, *rest) for b, *rest in made.loads}, made.secrets, made.sessions)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing)
    arguments.add_argument("--count", type=int, default=6, metavar="N", help="projects")
    arguments.add_argument("--seed", type=int, default=1, metavar="N", help="the first one's")
    arguments.add_argument("--example", action="append", default=[], type=judge.existing, metavar="FOLDER")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("machine_check")
    started = time.monotonic()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="pipec-machines-") as scratch:
        for seed in range(options.seed, options.seed + options.count):
            made_up(options.pipec, seed, Path(scratch), report, counts)
            if len(report.problems) > 10:
                break
        for place in options.example:
            example(options.pipec, place, Path(scratch), report, counts)
    if not counts["allowed"]:
        report.problem("Nothing is allowed: this shows nothing.")
    report.timed("machines", started)
    report.facts |= dict(counts)
    report.write(options.out)
    told = f"{options.count} projects, {counts['environments']} environments of {len(options.example)} examples: {counts['machines']} machines"
    return report.conclude(f"{told}, {counts['cases']} questions to {counts['policies']} policies, {counts['allowed']} allowed, no disagreement; {counts['falsified']} falsified policies noticed")


if __name__ == "__main__":
    judge.judge(main)
