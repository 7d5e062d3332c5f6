"""Projects for `machine_check.py`: exports, loads, pipelines and machines by chance, and what each machine may do, known from how they were made."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SECRETS = ["demo/one", "demo/two", "demo/three"]
PREAMBLE = """project demo { warehouse postgres { database = env("DATABASE") }; cloud aws { region = "us-east-1" }{stored}; emit terraform }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table visit { id integer key @public; name text @public }
}
layer staging schema "staging"
layer marts schema "marts" as table
model visit in marts { from clinic.visit as x
  select { x.id; x.name } }
network main on aws { cidr "10.20.0.0/16" }
"""


@dataclass
class Machine:
    """A machine, and what it may: exports as (bucket, how their keys begin), loads as (bucket, folder, how names begin, archive)."""

    writes: set[tuple[str, str]] = field(default_factory=set)
    loads: set[tuple[str, str, str, str]] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    sessions: bool = False


@dataclass
class Project:
    """A project as it was made."""

    machines: dict[str, Machine]
    writes: list[tuple[str, str]] = field(default_factory=list)
    loads: list[tuple[str, str, str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    #: Whether pipelines take their secrets from Secrets Manager.
    stored: bool = False

    def text(self) -> str:
        """The `.pipe` file."""
        return PREAMBLE.replace("{stored}", '; secrets aws "platform/of"' if self.stored else "") + "\n".join(self.lines) + "\n"

    def buckets(self) -> list[str]:
        """The names of all buckets."""
        return sorted({bucket for bucket, _ in self.writes} | {load[0] for load in self.loads})


def generated(seed: int) -> Project:
    """A project by chance; the same one for the same seed."""
    chance = random.Random(seed)
    project = Project({}, stored=seed % 2 == 0)
    outs, ins = range(chance.randint(1, 3)), range(chance.randint(1, 2))
    for side, numbers in (("out", outs), ("in", ins)):
        project.lines += [f'bucket {side}_{n} {{ name "demo-{seed}-{side}-{n}"; clearance internal }}' for n in numbers]
    for n in range(chance.randint(2, 5)):
        bucket, beginning = chance.choice(outs), chance.choice([f"part_{n}/", f"deep/er/{n}/", f"file_{n}_", "shared/"])
        project.writes.append((f"demo-{seed}-out-{bucket}", beginning))
        project.lines.append(f'export export_{n} to out_{bucket} {{ visit; format csv zip path "{beginning}e{n}_{{timestamp}}.zip" }}')
    # Keys are told apart up to the first token.
    project.writes = [(bucket, f"{beginning}e{n}_") for n, (bucket, beginning) in enumerate(project.writes)]
    for n in range(chance.randint(1, 4)):
        bucket, folder = chance.choice(ins), chance.choice(["", "input/", f"deep/{n}/"])
        archive = chance.choice(["", f"archive/{n}/"])
        project.loads.append((f"demo-{seed}-in-{bucket}", folder, f"file{n}_", archive))
        project.lines.append(f"table taken_{n} in staging {{ id integer key @public; name text @public }}")
        kept = f'; archive "{archive}"' if archive else ""
        project.lines.append(f'load load_{n} from in_{bucket} "{folder}file{n}_*.csv" into taken_{n} {{ on duplicate skip; quarantine bad_{n}; audit audit{kept} }}')
    pipelines(project, chance)
    return project


def pipelines(project: Project, chance: random.Random) -> None:
    """Pipelines with some of the exports and loads each, and machines that run some of them."""
    made: dict[str, tuple[list[int], list[int]]] = {}
    for n in range(chance.randint(1, 4)):
        exports = chance.sample(range(len(project.writes)), chance.randint(0, min(2, len(project.writes))))
        loads = chance.sample(range(len(project.loads)), chance.randint(0, min(2, len(project.loads))))
        made[f"pipeline_{n}"] = (exports, loads)
        steps = [f"loads = load {', '.join(f'load_{k}' for k in loads)}"] if loads else []
        steps += ["models = build *" + (" after loads" if loads else "")]
        steps += [f"export {', '.join(f'export_{k}' for k in exports)} after models"] if exports else []
        project.lines.append(f"pipeline pipeline_{n} on cron {{\n  schedule daily at 0{n}:00   alert slack(secret(\"HOOK_{n}\"))\n  " + "\n  ".join(steps) + "\n}")
    for n in range(chance.randint(1, 4)):
        machine, lines = Machine(), ['type "t3.medium"', 'image "ami-0a1b2c3d4e5f60718"', "in main private"]
        runs = chance.sample(sorted(made), chance.randint(0, len(made)))
        exports = {k for p in runs for k in made[p][0]}
        loads = {k for p in runs for k in made[p][1]}
        if chance.random() < 0.15:
            runs.append("exports")
            exports = set(range(len(project.writes)))
        if chance.random() < 0.15:
            runs.append("loads")
            loads = set(range(len(project.loads)))
        lines += [f"runs {', '.join(runs)}"] if runs else []
        machine.writes = {project.writes[k] for k in exports}
        machine.loads = {project.loads[k] for k in loads}
        machine.secrets = set(chance.sample(SECRETS, chance.choice([0, 0, 1, 2])))
        lines += [f'secret "{name}"' for name in sorted(machine.secrets)]
        machine.secrets |= {f"platform/of/demo_{name}" for p in runs if p in made for name in taken(p, made[p])} if project.stored else set()
        machine.sessions = chance.random() < 0.3
        lines += ["sessions"] * machine.sessions
        project.machines[f"machine_{n}"] = machine
        project.lines.append(f"compute machine_{n} on aws {{\n  " + "\n  ".join(lines) + "\n}")


def taken(pipeline: str, made: tuple[list[int], list[int]]) -> set[str]:
    """The secrets that a pipeline takes: every one builds and tells, some export."""
    return {"DBT_PASSWORD", pipeline.replace("pipeline", "HOOK")} | ({"PGPASSWORD"} if made[0] else set())
