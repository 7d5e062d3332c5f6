"""Judge access to files in the clouds over generated projects: on AWS with an independent simulator and a linter of policies.

Every role meets every bucket with every action, on a key of every export and on keys beside
them, listing every beginning and none, with TLS and without; so do the exporter, an
administrator, who may do everything that is not denied, and a role that was given everything
besides. What is to be expected is known from how the project was made; the matrix that
`pipec access --format json` prints has to say the same. At Google, the bindings of buckets and
folders are those that terraform plans, over Google's own schema; no engine judges them offline.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import checkov_check
import cloud_projects
import engines
import iam_check
import judge
import terraform_check
from cloud_projects import Project

ACCOUNT = iam_check.ACCOUNT
ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Json = Any


def pipec(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run pipec."""
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def principal(who: str) -> str:
    """The ARN of somebody in the account: a group has one member."""
    return f"arn:aws:iam::{ACCOUNT}:{'role' if who == 'EXPORTER' else 'user'}/{who}"


class Documents:
    """The policies of one build, with the words in capitals filled in as their README says."""

    def __init__(self, folder: Path, project: Project) -> None:
        self.members = {f"arn:aws:iam::ACCOUNT_ID:user/MEMBER_OF_{g}": principal(f"in_{r}") for r, g in project.groups.items()}
        self.all = {path.stem: self._read(path) for path in sorted(folder.glob("*.json"))}

    def _read(self, path: Path) -> Json:
        policy = json.loads(path.read_text(encoding="utf-8"))
        for statement in policy["Statement"]:
            statement["Resource"] = [r.replace("ACCOUNT_ID", ACCOUNT) for r in statement["Resource"]]
            for condition in statement.get("Condition", {}).values():
                for key, values in condition.items():
                    condition[key] = [self.members.get(v, v).replace("ACCOUNT_ID", ACCOUNT) for v in values]
        return policy

    def of(self, role: str) -> list[str]:
        """The names of a role's policies."""
        return [n for n in self.all if n == f"role_{role}" or n.startswith(f"role_{role}_")]


class Cases:
    """The questions to one project."""

    def __init__(self, project: Project, documents: Documents) -> None:
        self.project, self.documents = project, documents
        self.cases: list[Json] = []
        self.exporter = [n for n in documents.all if n.startswith("writer_exporter")]

    def add(self, who: str, policies: list[Json], action: str, bucket: str, *, key: str | None, tls: bool, expect: str, prefix: str | None = None) -> None:
        """One question."""
        context = {"aws:PrincipalArn": principal(who), "aws:SecureTransport": "true" if tls else "false"}
        if prefix is not None:
            context["s3:prefix"] = prefix
        resource = f"arn:aws:s3:::{self.project.buckets[bucket]}" + ("" if key is None else f"/{key}")
        case = {"principal": principal(who), "action": action, "resource": resource, "policies": policies, "context": context, "expect": expect}
        self.cases.append(case | {"resource_policy": f"bucket_{bucket}", "name": f"{who} {action} {resource} tls={tls} prefix={prefix}"})

    def may(self, role: str, bucket: str, key: str) -> bool:
        """Whether a key is one that the role reads: by the beginnings of what it reads."""
        here = [e for e in self.project.exports if e.bucket == bucket and self.project.reads(role, e)]
        return any(key.startswith(e.beginning) for e in here)

    def among_readers(self, role: str, bucket: str, key: str) -> bool:
        """Whether the bucket's policy leaves the key open to the role."""
        here = [e for e in self.project.exports if e.bucket == bucket]
        return any(self.project.reads(role, e) for e in here) and all(self.project.reads(role, e) for e in here if key.startswith(e.beginning))

    def keys(self, bucket: str) -> list[str]:
        """Keys that exports write, and some beside them."""
        here = [e for e in self.project.exports if e.bucket == bucket]
        beside = ["elsewhere/secret.zip", "zzz", "ano", "anonymous.zip", "ANON/2025.zip", "deep/er/other.zip"]
        files = [e.key(n) for n, e in enumerate(here)]
        return files + beside + [f"{key}.manifest.json" for key in files] + [f"{key}/m_visit.csv" for key in files]

    def ask(self) -> None:
        """Everybody, everything."""
        for bucket in self.project.buckets:
            for role in self.project.groups:
                self._role(role, bucket)
            for key in self.keys(bucket)[:3]:
                written = any(e.bucket == bucket and key.startswith(e.beginning) for e in self.project.exports)
                for tls in (True, False):
                    for action in ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:GetObjectVersion"):
                        may = tls and action == "s3:PutObject" and written
                        self.add("EXPORTER", list(self.exporter), action, bucket, key=key, tls=tls, expect="Allowed" if may else "Denied")
                        closed = not tls or action != "s3:DeleteObject"
                        self.add("admin", [ADMINISTRATOR], action, bucket, key=key, tls=tls, expect="ExplicitlyDenied" if closed else "Allowed")
                        self.add("stranger", [], action, bucket, key=key, tls=tls, expect="Denied")
            # Who deploys is not locked out: nor from the policy itself, nor from what terraform asks for.
            for action in ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListBucket", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"):
                for tls in (True, False):
                    self.add("admin", [ADMINISTRATOR], action, bucket, key=None, tls=tls, expect="Allowed" if tls else "ExplicitlyDenied")

    def _role(self, role: str, bucket: str) -> None:
        who, own = f"in_{role}", list(self.documents.of(role))
        for key in self.keys(bucket):
            for tls in (True, False):
                may = tls and self.may(role, bucket, key)
                self.add(who, own, "s3:GetObject", bucket, key=key, tls=tls, expect="Allowed" if may else "Denied")
                for action in ("s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:PutObjectAcl"):
                    self.add(who, own, action, bucket, key=key, tls=tls, expect="Denied")
                # Whatever else a role is given, files of others stay shut.
                open_ = tls and self.among_readers(role, bucket, key)
                self.add(who, [*own, ADMINISTRATOR], "s3:GetObject", bucket, key=key, tls=tls, expect="Allowed" if open_ else "ExplicitlyDenied")
        beginnings = {e.beginning for e in self.project.exports} | {"", "other/", "a", "deep/"}
        for prefix in [None, *sorted(beginnings)]:
            for tls in (True, False):
                whole = self.may(role, bucket, "")
                may = tls and (whole or (prefix is not None and self.may(role, bucket, prefix)))
                self.add(who, own, "s3:ListBucket", bucket, key=None, tls=tls, prefix=prefix, expect="Allowed" if may else "Denied")
        for action in ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucket"):
            self.add(who, own, action, bucket, key=None, tls=True, expect="Denied")


def agrees(project: Project, matrix: Json, cloud: str, report: judge.Report, name: str) -> int:
    """Whether the matrix says of files what the project was made to say; how many cells it has."""
    says = {
        (e["role"], e["path"]["export"], e["path"]["bucket_name"], e["path"]["prefix"], e["path"]["cloud"])
        for e in matrix["entries"]
        if e["path"]["kind"] == "export"
    }
    made = {
        (role, export.name, project.buckets[export.bucket], export.beginning, cloud)
        for role in project.groups
        for export in project.exports
        if project.reads(role, export)
    }
    for odd in sorted(says ^ made):
        report.problem(f"{name}: the matrix and the project disagree about {odd}.")
    return len(made)


def falsified(documents: dict[str, Json], cases: list[Json], report: judge.Report, counts: Counter[str], name: str) -> None:
    """The questions have to notice policies that say something else, or they prove nothing."""
    for stem in documents:
        for number, statement in enumerate(documents[stem]["Statement"]):
            mutants: list[Json] = [documents[stem] | {"Statement": [s for n, s in enumerate(documents[stem]["Statement"]) if n != number]}]
            if "s3:GetObject" in statement["Action"] and not all(r.endswith("/*") for r in statement["Resource"]):
                wide = statement | {"Resource": [r.partition("/")[0] + "/*" for r in statement["Resource"]]}
                mutants.append(documents[stem] | {"Statement": [wide if n == number else s for n, s in enumerate(documents[stem]["Statement"])]})
            if any("kms" in a for a in statement["Action"]):
                continue  # asked by checks/iam_cases.py
            for mutant in mutants:
                silent = judge.Report("mutant")
                iam_check.check({"documents": documents | {stem: mutant}, "cases": cases}, silent)
                counts["falsified"] += 1
                if not silent.problems:
                    report.problem(f"{name}: nobody notices that `{stem}` says something else.\n{json.dumps(mutant)}")


def linted(policies: dict[str, Json], report: judge.Report, name: str) -> None:
    """What parliament finds in identity policies."""
    python = engines.venv("parliament") / "bin" / "python"
    asked = "import json, sys, parliament\nfor name, text in json.load(sys.stdin).items():\n"
    asked += "    for f in parliament.analyze_policy_string(text).findings: print(name, f.issue, f.detail, f.location)\n"
    documents = {n: json.dumps(p) for n, p in policies.items() if not n.startswith("bucket_")}
    done = subprocess.run([python, "-W", "ignore", "-c", asked], input=json.dumps(documents), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise engines.EngineError(f"parliament failed:\n{done.stderr.strip()[-2000:]}")
    for line in done.stdout.splitlines():
        # AWS KMS documents this key for all actions on keys; parliament's tables do not have it.
        if "UNKNOWN_CONDITION_FOR_ACTION Unknown condition kms:ResourceAliases for action kms:" not in line:
            report.problem(f"{name}: parliament: {line}")


def scanned(folder: Path, report: judge.Report, name: str, counts: Counter[str], cloud: str) -> None:
    """All of checkov's checks, once for each cloud."""
    if counts[f"scanned {cloud}"]:
        return
    counts[f"scanned {cloud}"] += 1
    for finding in checkov_check.scan(folder, []):
        report.problem(f"{name}: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")


def one(program: Path, seed: int, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """One project."""
    project, name = cloud_projects.generated(seed, cloud_projects.GROUPS), f"project {seed}"
    folder = cloud_projects.write(project, scratch / str(seed), 'aws { region = "us-east-1" }', "iam, terraform", "aws group")
    built = pipec(program, "build", folder, "-o", folder / "out")
    if cloud_projects.mixed(project):
        counts["refused"] += 1
        if built.returncode == 0 or "P0610" not in built.stderr + built.stdout:
            report.problem(f"{name}: keys that cannot be told apart are not refused.\n{project.text('aws', 'iam', 'aws group')}")
        return
    if built.returncode != 0:
        report.problem(f"{name} does not build.\n{built.stderr}{built.stdout}")
        return
    matrix = json.loads(pipec(program, "access", "--format", "json", "-p", folder).stdout)
    counts["entries"] += agrees(project, matrix, "aws", report, name)
    documents = Documents(folder / "out/iam", project)
    for stem, policy in documents.all.items():
        size = len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False).encode())
        if size > (20_480 if stem.startswith("bucket_") else 6_144):
            report.problem(f"{name}: `{stem}` has {size} bytes.")
    cases = Cases(project, documents)
    cases.ask()
    counts["cases"] += iam_check.check({"documents": documents.all, "cases": cases.cases}, report)
    counts["allowed"] += sum(c["expect"] == "Allowed" for c in cases.cases)
    counts["policies"] += len(documents.all)
    if counts["falsified"] < 6:
        falsified(documents.all, cases.cases, report, counts, name)
    if counts["linted"] < 6:
        counts["linted"] += 1
        linted(documents.all, report, name)
        scanned(folder / "out/terraform", report, name, counts, "aws")


VIEWER, CREATOR, OWNER = "roles/storage.objectViewer", "roles/storage.objectCreator", "roles/storage.legacyBucketOwner"
EXPORTER = "serviceAccount:exporter@demo.iam.gserviceaccount.com"


class Google:
    """What terraform plans of access to buckets and folders: bindings by resource."""

    def __init__(self, plan: Json) -> None:
        data = plan.get("prior_state", {}).get("values", {}).get("root_module", {}).get("resources", [])
        bindings = {r["address"]: r["values"]["binding"] for r in data if r["type"] == "google_iam_policy"}
        values = {r["address"]: r["values"] for r in plan["planned_values"]["root_module"]["resources"]}
        self.buckets: dict[str, list[Json]] = {}
        self.folders: dict[tuple[str, str], list[Json]] = {}
        self.open: list[str] = []
        for resource in plan["configuration"]["root_module"]["resources"]:
            address, kind = resource["address"], resource["type"]
            if kind == "google_storage_bucket":
                shut = values[address]["uniform_bucket_level_access"] is True and values[address]["public_access_prevention"] == "enforced"
                self.open += [] if shut else [address]
            if kind not in ("google_storage_bucket_iam_policy", "google_storage_managed_folder_iam_policy"):
                continue
            [source] = [r for r in resource["expressions"]["policy_data"]["references"] if r in bindings]
            bucket = values[address]["bucket"]
            if kind == "google_storage_bucket_iam_policy":
                self.buckets[bucket] = bindings[source]
            else:
                self.folders[bucket, values[address]["managed_folder"]] = bindings[source]

    def has(self, member: str, role: str, bucket: str, key: str) -> bool:
        """Whether a member has a role for an object."""
        here = self.buckets[bucket] + [b for (b_, f), bs in self.folders.items() if b_ == bucket and key.startswith(f) for b in bs]
        return any(b["role"] == role and member in b["members"] for b in here)


def at_google(program: Path, seed: int, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """One project at Google, planned by terraform."""
    project, name = cloud_projects.generated(seed, cloud_projects.ADDRESSES), f"project {seed} at Google"
    folder = cloud_projects.write(project, scratch / f"google-{seed}", 'gcp { project = "demo"; region = "europe-west1" }', "terraform", "google group")
    built = pipec(program, "build", folder, "-o", folder / "out")
    if cloud_projects.mixed(project) or cloud_projects.without_folder(project):
        counts["refused"] += 1
        if built.returncode == 0 or "P0610" not in built.stderr + built.stdout:
            report.problem(f"{name}: what cannot be told apart is not refused.\n{project.text('gcp', 'terraform', 'google group')}")
        return
    if built.returncode != 0:
        report.problem(f"{name} does not build.\n{built.stderr}{built.stdout}")
        return
    matrix = json.loads(pipec(program, "access", "--format", "json", "-p", folder).stdout)
    counts["entries"] += agrees(project, matrix, "gcp", report, name)
    plan = folder / "plan.json"
    inner = judge.Report("terraform")
    terraform_check.check(folder / "out/terraform", [f'-var=google_exporters=["{EXPORTER}"]'], plan, inner)
    for text in inner.problems:
        report.problem(f"{name}: {text}")
    if inner.problems:
        return
    scanned(folder / "out/terraform", report, name, counts, "gcp")
    google = Google(json.loads(plan.read_text(encoding="utf-8")))
    for address in google.open:
        report.problem(f"{name}: {address} is not shut.")
    roles = {b["role"] for bs in [*google.buckets.values(), *google.folders.values()] for b in bs}
    if roles - {VIEWER, CREATOR, OWNER}:
        report.problem(f"{name}: roles that nobody needs: {roles}")
    counts["planned"] += 1
    for bucket, called in project.buckets.items():
        here = [e for e in project.exports if e.bucket == bucket]
        keys = [e.key(n) for n, e in enumerate(here)] + ["elsewhere/secret.zip", "zzz", "deep/er/other.zip"]
        for role, address in project.groups.items():
            mine = [e for e in here if project.reads(role, e)]
            for key in keys:
                may = bool(mine) and (len(mine) == len(here) or any(key.startswith(e.beginning) for e in mine))
                counts["asked at Google"] += 3
                if google.has(f"group:{address}", VIEWER, called, key) != may:
                    report.problem(f"{name}: {role} {'may' if may else 'may not'} read {called}/{key}")
                if google.has(f"group:{address}", CREATOR, called, key) or google.has(f"group:{address}", OWNER, called, key):
                    report.problem(f"{name}: {role} writes into {called}")
                if not google.has(EXPORTER, CREATOR, called, key) or google.has(EXPORTER, VIEWER, called, key):
                    report.problem(f"{name}: the exporter writes and does not read {called}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing)
    arguments.add_argument("--count", type=int, default=20, metavar="N", help="projects")
    arguments.add_argument("--google", type=int, default=5, metavar="N", help="projects at Google, planned by terraform")
    arguments.add_argument("--seed", type=int, default=1, metavar="N", help="the first one's")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("cloud_check")
    started = time.monotonic()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="pipec-cloud-") as scratch:
        for seed in range(options.seed, options.seed + options.count):
            one(options.pipec, seed, Path(scratch), report, counts)
            if len(report.problems) > 20:
                break
        for seed in range(options.seed, options.seed + options.google):
            at_google(options.pipec, seed, Path(scratch), report, counts)
    if counts["refused"] * 3 > (options.count + options.google) * 2 or not counts["allowed"] or (options.google and not counts["planned"]):
        report.problem("Hardly any project is built: this shows nothing.")
    report.timed("projects", started)
    report.facts |= dict(counts)
    report.write(options.out)
    told = f"{options.count} projects on AWS, {options.google} at Google, {counts['refused']} of them refused as they should; {counts['cases']} questions to {counts['policies']} policies"
    return report.conclude(f"{told}, {counts['allowed']} allowed, no disagreement; {counts['falsified']} falsified policies noticed; {counts['asked at Google']} questions to {counts['planned']} plans")


if __name__ == "__main__":
    judge.judge(main)
