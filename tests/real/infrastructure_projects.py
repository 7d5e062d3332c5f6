"""Projects for `infrastructure_check.py`: environments, networks, databases and machines by chance, and what is to be seen of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

# What documentation, texts and reasons may hold, and what would like to mean something else in HCL, a shell or a comment.
HOSTILE = ["plain", "it's", "${var.region}", "%{ if true }", "a $ b % c", "#", "*/", "é ☃", "a\\\\b", "`x`", "$(id)", "<<EOT", "end }"]
SCRIPT = "#!/usr/bin/env bash\nset -euo pipefail\necho \"${HOME} %{x} $1\" <<'EOT'\n${not_terraform}\nEOT\n"
SECRET = "hush-hush-4711"
# What AWS takes in tags, and HCL might take for something else.
OWNERS = ["data team", "a/b=c+d-e@f.g_h", "Zoë: é", "7"]
TAGS = ["nightly", "cost:main", "a b", "x=y", "été"]


@dataclass
class Project:
    """A project as it was made."""

    name: str
    environments: list[str] = field(default_factory=list)
    disposable: set[str] = field(default_factory=set)
    given: dict[str, str] = field(default_factory=dict)
    ways_in: set[tuple[int, str]] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    secret: str = SECRET
    #: Owner and tags of what is made first, by its address.
    tagged: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def text(self) -> str:
        """The `.pipe` file."""
        return "\n".join(self.lines) + "\n"

    def steps(self) -> list[tuple[str, str]]:
        """The project, changed, renamed, and as it was: each is applied over the one before."""
        text = self.text()
        changed = text.replace("backups 7d", "backups 14d").replace("expire 1y", "expire 2y").replace('"t3.medium"', '"t3.large"')
        renamed = changed.replace("database store on aws {", "database kept on aws { moved from store;").replace("uses store", "uses kept")
        renamed = renamed.replace("database.store.", "database.kept.").replace("bucket files {", "bucket papers { moved from files;")
        renamed = renamed.replace("bucket.files.", "bucket.papers.")
        back = changed.replace("database store on aws {", "database store on aws { moved from kept; called store;")
        back = back.replace("bucket files {", "bucket files { moved from papers;")
        return [("first", text), ("changed", changed), ("renamed", renamed), ("back", back), ("as it was", text)]

    def write(self, folder: Path, text: str | None = None) -> None:
        """Write it into a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.pipe").write_text(self.text() if text is None else text, encoding="utf-8")
        (folder / "start.sh").write_text(SCRIPT, encoding="utf-8")


def generated(seed: int) -> Project:
    """A project by chance; the same one for the same seed."""
    chance = random.Random(seed)
    project = Project(f"project-{seed}")
    words = lambda: chance.choice(HOSTILE)  # noqa: E731
    name = chance.choice(["demo", "demo_project", "x", "a_very_long_name_of_a_project_that_goes_on"])
    state = chance.choice(["", 'state s3 "demo-state"'])
    add = project.lines.append
    add(f'project {name} {{ warehouse postgres {{ database = env("DATABASE") }}; cloud aws {{ region = var("region") }}; {state}; emit terraform }}'.replace("; ;", ";"))
    add("use std.hipaa")
    add(f"/// {words()}\nvar region text default \"eu-west-1\" one_of (\"eu-west-1\", \"us-east-1\")")
    add('var ami text default "ami-0a1b2c3d4e5f60718" matches "^ami-[0-9a-f]+$"')
    add("var days integer default 7 range 1..35\nvar flag boolean default true")
    add('var offices text[] default ("a", "b") matches "^[a-z]$"')
    if chance.random() < 0.5:
        add("var token text sensitive")
        project.given["token"] = SECRET
    for environment in chance.sample(["dev", "staging", "production", "trial_two"], chance.randint(0, 3)):
        project.environments.append(environment)
        lost = chance.random() < 0.4
        project.disposable |= {environment} if lost else set()
        add(f"/// {words()}\nenvironment {environment} {{ {'disposable; ' if lost else ''}days = {chance.randint(1, 35)}; offices = (\"c\") }}")
    default = chance.random() < 0.2
    shape = 'default because "' + words().replace("${", "$${") + '"' if default else f'cidr "10.{chance.randint(0, 255)}.0.0/{chance.choice([16, 20, 24])}"; zones {chance.randint(2, 4)}'
    nat = "; nat none" if not default and chance.random() < 0.3 else ""
    told = lambda address: tagged(project, chance, address)  # noqa: E731
    add(f"/// {words()}\nnetwork main on aws {{ {shape}{nat}{told('' if default else 'aws_vpc.network_main')} }}")
    add(f'bucket files {{ name "demo-{seed}-files"; clearance internal; expire 1y{told("aws_s3_bucket.files")} }}')
    database = chance.random() < 0.8
    if database:
        add(f"/// {words()}\ndatabase store on aws {{ engine postgres {chance.randint(13, 18)}; class \"db.t4g.medium\"; storage 20GB..{chance.choice([22, 500])}GB; backups 7d; in main{told('aws_db_instance.database_store')} }}")
    for number in range(chance.randint(0, 3)):
        machine(project, chance, number, database, words)
    add('output of_all "' + words().replace("${", "$${") + '"')
    add("output place network.main.id")
    if chance.random() < 0.5:
        add('terraform raw """\n' + RAW + '"""')
    return project


def machine(project: Project, chance: random.Random, number: int, database: bool, words: object) -> None:
    """A machine by chance."""
    lines = ['type "t3.medium"', 'image var("ami")', f"in main {chance.choice(['public', 'private', ''])}"]
    for port in chance.sample([22, 80, 443, 8080], chance.randint(0, 2)):
        cidr = chance.choice(["10.0.0.0/8", "198.51.100.0/28", "0.0.0.0/0"])
        project.ways_in.add((port, cidr))
        reason = ' because "' + words().replace("${", "$${") + '"' if cidr == "0.0.0.0/0" else ""  # type: ignore[operator]
        lines.append(f'allow {port} from "{cidr}"{reason}')
    if number:
        lines.append(f"allow {9000 + number} from machine_{number - 1}")
    lines += [word for word in ["runs exports", "sessions", "containers", "disk 50GB", 'secret "demo/one"'] if chance.random() < 0.4]
    if database and chance.random() < 0.6:
        lines.append("uses store")
    if chance.random() < 0.6:
        lines.append('bootstrap "start.sh"')
        lines.append("env BUCKET = bucket.files.name")
        lines.append('env ODD = "' + words().replace("${", "$${") + '"')  # type: ignore[operator]
        lines += ["env DB_HOST = database.store.host"] if database else []
    lines.append(tagged(project, chance, f"aws_instance.machine_{number}".replace("machine_", "compute_machine_", 1)).lstrip("; "))
    project.lines.append(f"compute machine_{number} on aws {{\n  " + "\n  ".join(line for line in lines if line) + "\n}")


def tagged(project: Project, chance: random.Random, address: str) -> str:
    """Owner and tags of something, more often than not."""
    if not address or chance.random() < 0.4:
        return ""
    owner, tags = chance.choice(OWNERS), chance.sample(TAGS, chance.randint(1, 3))
    project.tagged[address] = (owner, tags)
    listed = ", ".join(f'"{tag}"' for tag in tags)
    return f'; owner "{owner}"; tags {listed}'


RAW = """
  locals {
    squares = { for n in [1, 2, 3] : tostring(n) => n * n if n != 2 }
    texts   = [for k, v in local.squares : "${k}=${v}"]
    choice  = length(local.texts) > 1 && !false ? "many" : "few"
    text    = <<-EOT
      ${upper("a")} %{if true}b%{endif}
    EOT
  }
  resource "aws_sns_topic" "alerts" {
    name              = "alerts-${local.choice}"
    kms_master_key_id = "alias/aws/sns"
    tags = {
      text = local.text
    }
  }
"""
