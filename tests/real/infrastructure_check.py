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
    for one in values(plan):
        kind, v, address = one["type"], one.get("values", {}), one["address"]
        wrong: list[str] = []
        if kind == "aws_db_instance":
            kept = {"deletion_protection": not disposable, "multi_az": not disposable, "skip_final_snapshot": disposable}
            always = {"storage_encrypted": True, "publicly_accessible": False, "manage_master_user_password": True}
            wrong += [k for k, expected in (kept | always).items() if v.get(k) is not expected]
            wrong += ["password"] * bool(v.get("password")) + ["backups"] * (not 1 <= v["backup_retention_period"] <= 35)
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


def example(program: Path, place: Path, scratch: Path, report: judge.Report, counts: Counter[str]) -> None:
    """An example in each of its environments, and what a scanner says of it."""
    out = scratch / place.name
    problem = built(program, place, out)
    if problem:
        report.problem(f"{place.name} does not build.\n{problem}")
        return
    folder = out / "terraform"
    environments = sorted(folder.glob("*.tfvars"))
    for values_file in environments:
        inner = judge.Report("terraform")
        terraform_check.check(folder, [f"-var-file={values_file}"], None, inner)
        for text in inner.problems:
            report.problem(f"{place.name} {values_file.stem}: {text}")
        counts["applied"] += 1
    if not environments:
        report.problem(f"{place.name} has no environment.")
    for finding in checkov_check.scan(folder, []):
        report.problem(f"{place.name}: {finding['check_id']} on {finding['resource']}: {finding['check_name']}.")


def scripts_are_quoted(scratch: Path, report: judge.Report, out: Path) -> int:
    """What a machine's template makes of hostile values, as bash reads it: each is one word, and none is run."""
    template = out / "bootstrap.sh.tftpl"
    hostile = ["plain", "it's", "a b", "$(touch pwned)", "`touch pwned`", "${HOME}", "%{x}", 'a"b', "a\\b", "a\nb", "'", "''", "é ☃", "; touch pwned", "-n"]
    folder = scratch / "template"
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
    with tempfile.TemporaryDirectory(prefix="pipec-infrastructure-") as scratch:
        for place in options.example:
            example(options.pipec, place, Path(scratch), report, counts)
            template = Path(scratch) / place.name / "terraform"
            if (template / "bootstrap.sh.tftpl").exists():
                counts["quoted"] += scripts_are_quoted(Path(scratch), report, template)
        for seed in range(options.seed, options.seed + options.count):
            whole(options.pipec, infrastructure_projects.generated(seed), Path(scratch), report, counts)
            if len(report.problems) > 10:
                break
    if options.count and not counts["looked at"]:
        report.problem("Nothing was looked at: this shows nothing.")
    report.timed("projects", started)
    report.facts |= dict(counts)
    report.write(options.out)
    return report.conclude(f"{options.count} projects, {counts['applied']} times applied with nothing left to do, {counts['looked at']} resources looked at, {counts['quoted']} values quoted")


if __name__ == "__main__":
    judge.judge(main)
