"""Judge the infrastructure of projects with the real terraform, over the providers' own schemas.

Every environment is formatted, validated, planned, applied, and planned again to no change;
then the same state lives through a change of the project, a rename and the way back: nothing
that holds data may be destroyed or made anew. What is planned is read back: nothing public,
nothing unencrypted, no password, no way in that the project does not name. A resource written
by hand in the same folder, outside of the project, has to be there untouched at the end.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import checkov_check
import engines
import infrastructure_projects
import judge
import terraform_check

Json = Any
NEIGHBOUR = 'resource "aws_sns_topic" "by_hand" {\n  name              = "by-hand"\n  kms_master_key_id = "alias/aws/sns"\n}\n'
# What holds data, or is an address that others know.
KEPT = ("aws_db_instance", "aws_s3_bucket", "aws_kms_key", "aws_vpc", "aws_subnet", "aws_instance", "aws_eip")
SHUT = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def built(program: Path, project: Path, out: Path) -> str:
    """Build a project; what pipec said if it did not."""
    done = subprocess.run([program, "build", project, "-o", out], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


class World:
    """One environment: a folder of configuration that is replaced build by build, and the state that stays."""

    def __init__(self, scratch: Path, environment: str, reattach: str, name: str, report: judge.Report) -> None:
        self.folder = scratch / f"world-{environment or 'only'}" / "configuration"
        self.folder.mkdir(parents=True)
        self.environment, self.name, self.report = environment, name, report
        self.terraform = terraform_check.Terraform(engines.program("terraform"), self.folder, reattach, report)

    def take(self, built_folder: Path) -> None:
        """The new configuration; state and neighbours stay."""
        for path in self.folder.iterdir():
            if path.suffix in (".tf", ".tfvars", ".tfbackend", ".sh", ".tftpl") and path.name != "by_hand.tf":
                path.unlink()
        shutil.copytree(built_folder, self.folder, dirs_exist_ok=True)
        (self.folder / "pipec_judge_override.tf").write_text(terraform_check.BACKEND, encoding="utf-8")

    def variables(self, given: list[str]) -> list[str]:
        """What the environment's file gives, and what nobody writes down."""
        return [f"-var-file={self.environment}.tfvars"] * bool(self.environment) + given

    def apply(self, what: str, given: list[str]) -> Json | None:
        """init, validate, plan, apply, and a plan that is empty; the plan."""
        quiet = ["-no-color", "-input=false"]
        plan = self.folder.parent / "plan"
        planning = ["plan", *quiet, "-detailed-exitcode", *self.variables(given)]
        accepted = (
            self.terraform.step("fmt", "fmt", "-check", "-recursive", "-diff", "-no-color", "-list=true")
            and self.terraform.step("init", "init", *quiet)
            and self.terraform.step("validate", "validate", "-no-color")
        )
        if not accepted:
            return None
        done = engines.run([self.terraform.program, *planning, f"-out={plan}"], cwd=self.folder, env=self.terraform.environment)
        if done.returncode not in (terraform_check.NOTHING_TO_DO, terraform_check.CHANGES):
            self.report.problem(f"{self.name} {self.environment}, {what}: no plan.\n{done.stdout.strip()}")
            return None
        shown = engines.run([self.terraform.program, "show", "-json", plan], cwd=self.folder, env=self.terraform.environment)
        if self.terraform.step("apply", "apply", *quiet, plan):
            self.terraform.step("second plan", *planning, expected=terraform_check.NOTHING_TO_DO)
        return json.loads(shown.stdout)


def values(plan: Json) -> list[Json]:
    """Everything that is there after the plan."""
    return list(plan["planned_values"].get("root_module", {}).get("resources", []))


def lost(plan: Json) -> list[str]:
    """What holds data and would be destroyed or made anew."""
    changes = plan.get("resource_changes", [])
    return [c["address"] for c in changes if c["type"] in KEPT and "delete" in c["change"]["actions"]]


def addresses(v: Json) -> str | None:
    """The addresses of a rule; the provider that knows schemas alone invents one where a group stands, and it has no `/`."""
    cidr = v.get("cidr_ipv4")
    return cidr if cidr and "/" in cidr else None


def secure(plan: Json, disposable: bool, ways_in: set[tuple[int, str]], say: judge.Report, name: str) -> int:
    """Whether what is planned is shut; how many things were looked at."""
    looked = 0
    written = {r["address"]: r.get("expressions", {}) for r in plan["configuration"]["root_module"].get("resources", [])}
    for one in values(plan):
        kind, v, address = one["type"], one.get("values", {}), one["address"]
        wrong: list[str] = []
        if kind == "aws_db_instance":
            kept = {"deletion_protection": not disposable, "multi_az": not disposable, "skip_final_snapshot": disposable}
            always = {"storage_encrypted": True, "publicly_accessible": False, "manage_master_user_password": True}
            wrong += [k for k, expected in (kept | always).items() if v.get(k) is not expected]
            # What is planned has a value that the provider, which knows schemas alone, invented: what is written counts.
            wrong += ["password"] * ("password" in written.get(address.partition("[")[0], {})) + ["backups"] * (not 1 <= v["backup_retention_period"] <= 35)
        elif kind == "aws_instance":
            metadata, disk = v["metadata_options"][0], v["root_block_device"][0]
            wrong += ["metadata"] * (metadata["http_tokens"] != "required") + ["disk"] * (disk["encrypted"] is not True)
            wrong += ["termination"] * (v["disable_api_termination"] is disposable)
        elif kind == "aws_subnet":
            wrong += ["public addresses"] * (v["map_public_ip_on_launch"] is not False)
        elif kind == "aws_s3_bucket_public_access_block":
            wrong += [flag for flag in SHUT if v[flag] is not True]
        elif kind == "aws_vpc_security_group_ingress_rule":
            cidr = addresses(v)
            wrong += [f"{v['from_port']} from {cidr}"] * (cidr is not None and (v["from_port"], cidr) not in ways_in)
            wrong += ["a range of ports"] * (v["from_port"] != v["to_port"] or v["ip_protocol"] != "tcp")
        elif kind == "aws_vpc_security_group_egress_rule":
            wrong += ["a way out"] * (addresses(v) is not None and v["from_port"] != 443)
        elif kind == "aws_security_group":
            wrong += ["rules inside"] * bool(v.get("ingress") or v.get("egress"))
        elif kind == "aws_kms_key":
            wrong += ["rotation"] * (v["enable_key_rotation"] is not True)
        looked += 1
        for problem in wrong:
            say.problem(f"{name}: {address}: {problem}")
    return looked


def told(plan: Json, project: infrastructure_projects.Project, say: judge.Report, name: str) -> int:
    """Whether owners and tags stand on what they were declared of; on how many things."""
    there = {one["address"]: one.get("values", {}).get("tags") or {} for one in values(plan)}
    for address, (owner, tags) in project.tagged.items():
        wanted = {"Owner": owner} | {f"tag:{tag}": "true" for tag in tags}
        if {k: v for k, v in there.get(address, {}).items() if k in wanted} != wanted:
            say.problem(f"{name}: {address} has the tags {there.get(address)}, and should have {wanted}.")
    return len(project.tagged)


def whole(program: Path, project: infrastructure_projects.Project, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """A project through all its environments, a change, a rename and the way back."""
    folder, out = scratch / project.name, scratch / f"{project.name}-out"
    project.write(folder)
    problem = built(program, folder, out)
    if problem:
        report.problem(f"{project.name} does not build.\n{problem}\n{project.text()}")
        return
    given = [f"-var={name}={value}" for name, value in project.given.items()]
    (out / "terraform" / "by_hand.tf").write_text(NEIGHBOUR, encoding="utf-8")
    with terraform_check.providers(out / "terraform") as reattach:
        for environment in project.environments or [""]:
            name = f"{project.name} {environment}"
            world = World(scratch / f"{project.name}-worlds", environment, reattach, project.name, report)
            for what, text in project.steps():
                project.write(folder, text)
                problem = built(program, folder, out)
                if problem:
                    report.problem(f"{name}, {what}: does not build.\n{problem}\n{text}")
                    return
                if (out / "terraform" / "by_hand.tf").read_text(encoding="utf-8") != NEIGHBOUR:
                    report.problem(f"{name}, {what}: the neighbour's file was touched.")
                world.take(out / "terraform")
                plan = world.apply(what, given)
                if plan is None:
                    return
                counts["applied"] += 1
                gone = lost(plan)
                if gone:
                    report.problem(f"{name}, {what}: lost {', '.join(gone)}.")
                if project.secret in json.dumps(plan.get("configuration", {})):
                    report.problem(f"{name}, {what}: a secret stands in the configuration.")
                if what == "first":
                    counts["tagged"] += told(plan, project, report, name)
                counts["looked at"] += secure(plan, environment in project.disposable, project.ways_in, report, f"{name}, {what}")
                if not any(r["address"] == "aws_sns_topic.by_hand" for r in values(plan)):
                    report.problem(f"{name}, {what}: the neighbour is gone.")
    verified = subprocess.run([program, "verify", out, "-p", folder], capture_output=True, text=True, check=False)
    if verified.returncode == 0:
        report.problem(f"{project.name}: verify does not name the neighbour.\n{verified.stdout}")
    (out / "terraform" / "by_hand.tf").unlink()
    verified = subprocess.run([program, "verify", out, "-p", folder], capture_output=True, text=True, check=False)
    if verified.returncode != 0:
        report.problem(f"{project.name}: verify finds differences in what was built.\n{verified.stdout}{verified.stderr}")


# What has one name in an account, or in the world; by kind the attributes that are it.
UNIQUE = {
    "aws_s3_bucket": ("bucket",),
    "aws_kms_alias": ("name",),
    "aws_iam_role": ("name",),
    "aws_iam_policy": ("name",),
    "aws_db_instance": ("identifier",),
    "google_storage_bucket": ("name",),
    "google_service_account": ("project", "account_id"),
    "google_bigquery_dataset": ("project", "dataset_id"),
    "google_kms_key_ring": ("project", "location", "name"),
}


def shared(plan: Json, names: dict[str, str], where: str, report: judge.Report) -> None:
    """That no two environments make one thing."""
    for one in values(plan):
        parts = [one.get("values", {}).get(key) for key in UNIQUE.get(one["type"], ())]
        if parts and all(isinstance(part, str) or part is None for part in parts):
            name = f"{one['type']} {parts}"
            if names.setdefault(name, where) != where:
                report.problem(f"{where}: {one['address']} is {name}, which {names[name]} makes, too.")


def guarded(plan: Json, disposable: bool, where: str, report: judge.Report) -> int:
    """Whether what is at Google is shut, and kept where it may not be lost; how many things were looked at."""
    looked = 0
    for one in values(plan):
        kind, v = one["type"], one.get("values", {})
        wrong: list[str] = []
        if kind == "google_storage_bucket":
            wrong += ["uniform access"] * (v["uniform_bucket_level_access"] is not True) + ["public"] * (v["public_access_prevention"] != "enforced")
            wrong += ["versions"] * (v["versioning"][0]["enabled"] is not True) + ["destroyed with what is in it"] * bool(v.get("force_destroy"))
        elif kind == "google_bigquery_dataset":
            wrong += ["contents are deleted"] * (v["delete_contents_on_destroy"] is not disposable)
            wrong += ["no key"] * (not v.get("default_encryption_configuration"))
            public = [a for a in v["access"] if a.get("special_group") in ("allAuthenticatedUsers", "projectReaders", "projectWriters") or a.get("iam_member")]
            wrong += ["open"] * bool(public)
        elif kind == "google_bigquery_table":
            wrong += ["deletion"] * (v["deletion_protection"] is disposable)
        elif kind == "google_project_iam_member":
            wrong += ["everybody"] * (v.get("member") in ("allUsers", "allAuthenticatedUsers"))
        looked += kind.startswith("google_")
        report.problems.extend(f"{where}: {one['address']}: {problem}" for problem in wrong)
    return looked


#: What each example is made in, which of its environments may be lost, and which ways in it names; said here, not read from it.
ENVIRONMENTS = ["dev", "production", "staging"]
LOST = {"medilink": {"dev"}}
WAYS_IN = {"medilink": {(443, "0.0.0.0/0")}, "mytomorrows": {(443, "0.0.0.0/0")}}


def example(program: Path, place: Path, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """An example in each of its environments at once, and what a scanner says of it."""
    out = scratch / place.name
    problem = built(program, place, out)
    if problem:
        report.problem(f"{place.name} does not build.\n{problem}")
        return
    folder = out / "terraform"
    environments = sorted(folder.glob("*.tfvars"))
    names: dict[str, str] = {}
    for values_file in environments:
        inner = judge.Report("terraform")
        plan = scratch / f"{place.name}-{values_file.stem}.json"
        region = ["-var=region=eu-west-1"] if 'variable "region"' in "".join(f.read_text(encoding="utf-8") for f in folder.glob("*.tf")) else []
        given = [] if "region" in values_file.read_text(encoding="utf-8") else region
        terraform_check.check(folder, [f"-var-file={values_file}", *given], plan, inner)
        for text in inner.problems:
            report.problem(f"{place.name} {values_file.stem}: {text}")
        counts["applied"] += 1
        if not inner.problems:
            planned, where = json.loads(plan.read_text(encoding="utf-8")), f"{place.name} {values_file.stem}"
            shared(planned, names, where, report)
            disposable = values_file.stem in LOST.get(place.name, {"dev", "staging"})
            counts["looked at"] += guarded(planned, disposable, where, report)
            counts["looked at"] += secure(planned, disposable, WAYS_IN.get(place.name, set()), report, where)
    if [file.stem for file in environments] != ENVIRONMENTS:
        report.problem(f"{place.name} is made in {[file.stem for file in environments]}, and not in {ENVIRONMENTS}.")
    for finding in checkov_check.scan(folder, []):
        report.problem(f"{place.name}: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")


GOOGLE = """
project shop {{
  warehouse bigquery {{ project = env("GCP_PROJECT"); location = "EU" }}
  cloud gcp {{ project = var("gcp_project"); region = "europe-west1" }}
  state gcs "shop-terraform-state"
  emit terraform
}}
use std.hipaa
var gcp_project text
environment dev        {{ disposable; gcp_project = "shop-dev" }}
environment production {{ suffix ""; gcp_project = "shop-prod" }}
layer marts schema "marts" as table
/// It is $${{hostile}} and "quoted" %{{ too }}.
bucket {bucket} {{ name "shop.raw"; clearance internal{bucket_says} }}
source clinic on warehouse schema "clinic" {{
  files {files} in {bucket} "clinic/{{table}}/" partitioned by day
  table visits {{ id text @record_id; cost numeric(10, 2)? @public; at timestamptz @service_date; day date @service_date }}
}}
dataset clinic on gcp {{ labels {{ team "{team}" }}; expire 400d{adopts} }}
service_account {account} {{ clearance internal; roles "roles/storage.objectUser" on bucket {bucket}; roles "roles/bigquery.dataOwner" on dataset marts{account_says} }}
service_account everything {{ clearance internal; roles "roles/storage.admin", "roles/iam.serviceAccountUser" because "it is {hostile}" }}
output visits dataset.clinic.id
"""
HOSTILE_REASON = "'quoted' # */ $${x} %{y}"
# What would be made anew under another name.
NAMED = {"google_storage_bucket": "name", "google_kms_crypto_key": "name", "google_service_account": "account_id", "google_bigquery_dataset": "dataset_id", "google_bigquery_table": "table_id"}


def google(program: Path, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """What lies at Google, through a change, a rename, an adoption and the way back: everything keeps the name that it has in the cloud."""
    first = {"bucket": "raw", "bucket_says": "", "files": "parquet", "team": "a", "adopts": "", "account": "brings_it", "account_says": ""}
    renamed = first | {"bucket": "landing", "bucket_says": "; moved from raw", "account": "loads_it", "account_says": "; moved from brings_it"}
    settled = renamed | {"bucket_says": "", "account_says": "; called brings_it"}
    adopted = first | {"adopts": '; adopt "projects/shop-prod/datasets/clinic" in production', "account_says": '; adopt "projects/shop-prod/serviceAccounts/brings-it@shop-prod.iam.gserviceaccount.com" in production'}
    steps = [("first", first), ("changed", first | {"team": "b"}), ("renamed", renamed), ("renamed for good", settled), ("csv", settled | {"files": "csv"})]
    folder, out = scratch / "google", scratch / "google-out"
    folder.mkdir()
    for environment in ("dev", "production"):
        names: dict[str, list[str]] = {}
        told = adopted if environment == "production" else first
        for what, says in [*steps, ("adopted", told)]:
            text = GOOGLE.format(hostile=HOSTILE_REASON, **says)
            (folder / "project.pipe").write_text(text, encoding="utf-8")
            problem = built(program, folder, out)
            if problem:
                report.problem(f"at Google, {what}: does not build.\n{problem}\n{text}")
                return
            with terraform_check.providers(out / "terraform") as reattach:
                if what in ("first", "adopted"):
                    world = World(scratch / f"google-worlds-{what}", environment, reattach, "google", report)
                else:
                    world.terraform.environment["TF_REATTACH_PROVIDERS"] = reattach
                world.take(out / "terraform")
                plan = world.apply(what, [])
            if plan is None:
                return
            counts["applied"] += 1
            counts["looked at"] += guarded(plan, environment == "dev", f"at Google {environment}, {what}", report)
            now: dict[str, list[str]] = {}
            for one in values(plan):
                if one["type"] in NAMED:
                    now.setdefault(one["type"], []).append(str(one["values"].get(NAMED[one["type"]])))
            for kind in now:
                if names and sorted(now[kind]) != sorted(names[kind]):
                    report.problem(f"at Google {environment}, {what}: {kind} is called {now[kind]}, and was {names[kind]}.")
            names = names or now
            gone = [c["address"] for c in plan.get("resource_changes", []) if c["type"] in NAMED and "delete" in c["change"]["actions"]]
            if gone:
                report.problem(f"at Google {environment}, {what}: lost {', '.join(gone)}.")
            imports = [c["address"] for c in plan.get("resource_changes", []) if c["change"].get("importing")]
            if what == "adopted" and sorted(imports) != (["google_bigquery_dataset.clinic", "google_service_account.brings_it"] if environment == "production" else []):
                report.problem(f"at Google {environment}, {what}: takes over {imports}.")
    verified = subprocess.run([program, "verify", out, "-p", folder], capture_output=True, text=True, check=False)
    if verified.returncode != 0:
        report.problem(f"at Google: verify finds differences in what was built.\n{verified.stdout}{verified.stderr}")
    for finding in checkov_check.scan(out / "terraform", []):
        report.problem(f"at Google: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")


def scripts_are_quoted(folder: Path, report: judge.Report, template: Path) -> int:
    """What a machine's template makes of hostile values, as bash reads it: each is one word, and none is run."""
    hostile = ["plain", "it's", "a b", "$(touch pwned)", "`touch pwned`", "${HOME}", "%{x}", 'a"b', "a\\b", "a\nb", "'", "''", "é ☃", "; touch pwned", "-n"]
    folder.mkdir()
    shutil.copy(template, folder / "bootstrap.sh.tftpl")
    script = "#!/usr/bin/env bash\nfor n in $(seq 1 " + str(len(hostile)) + '); do v="V$n"; printf "%s\\0" "${!v}"; done\n'
    (folder / "script.sh").write_text(script, encoding="utf-8")
    given = json.dumps({f"V{n}": value for n, value in enumerate(hostile, 1)})
    (folder / "values.json").write_text(given, encoding="utf-8")
    (folder / "main.tf").write_text(
        'output "text" {\n  value = templatefile("bootstrap.sh.tftpl", {\n    environment = jsondecode(file("values.json"))\n    script      = file("script.sh")\n  })\n}\n',
        encoding="utf-8",
    )
    terraform = terraform_check.Terraform(engines.program("terraform"), folder, "{}", report)
    if not (terraform.step("init", "init", "-no-color") and terraform.step("apply", "apply", "-no-color", "-auto-approve")):
        return 0
    text = engines.run([terraform.program, "output", "-raw", "text"], cwd=folder, env=terraform.environment).stdout
    done = subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, check=False)
    seen = done.stdout.decode().split("\0")[:-1]
    if seen != hostile or (folder / "pwned").exists():
        report.problem(f"The template does not keep values apart: {seen} {done.stderr.decode()}")
    return len(hostile)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing)
    arguments.add_argument("--count", type=int, default=6, metavar="N", help="projects")
    arguments.add_argument("--seed", type=int, default=1, metavar="N", help="the first one's")
    arguments.add_argument("--example", action="append", default=[], type=judge.existing, metavar="FOLDER")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("infrastructure_check")
    started = time.monotonic()
    counts: Counter[str] = Counter()
    systems: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory(prefix="pipec-infrastructure-") as scratch:
        for place in options.example:
            before = Counter(counts)
            example(options.pipec, place, Path(scratch), report, counts)
            systems[place.name] = dict(counts - before)
            template = Path(scratch) / place.name / "terraform" / "bootstrap.sh.tftpl"
            if template.exists():
                counts["quoted"] += scripts_are_quoted(Path(scratch) / f"{place.name}-template", report, template)
        google(options.pipec, Path(scratch), report, counts)
        for seed in range(options.seed, options.seed + options.count):
            whole(options.pipec, infrastructure_projects.generated(seed), Path(scratch), report, counts)
            if len(report.problems) > 10:
                break
    if options.count and not counts["looked at"]:
        report.problem("Nothing was looked at: this shows nothing.")
    report.timed("projects", started)
    report.facts |= dict(counts) | {"systems": systems}
    report.write(options.out)
    told = f"{len(systems)} examples, {options.count} projects"
    return report.conclude(f"{told}, {counts['applied']} times applied with nothing left to do, {counts['looked at']} resources looked at, {counts['quoted']} values quoted")


if __name__ == "__main__":
    judge.judge(main)
