"""Projects for `cloud_check.py`: roles, buckets and exports by chance, and what each role may read, known from how they were made."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

TABLES = ["visit", "ward", "staff", "supply", "building", "menu"]
# What a group or a key may be called, and what would like to mean something else in a policy, in HCL or in a shell.
GROUPS = ["analysts", "a.b", "a-b", "a_b", "Admin@x", "=,+", "root", "x" * 128]
ADDRESSES = ["analysts@example.org", "a.b@x.org", "a-b@x.org", "a_b@x.org", "x+y@x.org", "100%@x.org", "a@b-c.example.org"]
BEGINNINGS = ["", "anon/", "$anon/", "a b/", "%{anon}/".replace("{", "(").replace("}", ")"), "o'neil/", "été/", "deep/er/still/", "anon_", "$$/", "100%/"]
PREAMBLE = """use std.hipaa
source clinic on warehouse schema "clinic" {
%s
}
layer marts schema "marts" as table
"""


@dataclass
class Export:
    """An export as it was made."""

    name: str
    bucket: str
    tables: list[str]
    beginning: str
    path: str

    def key(self, number: int) -> str:
        """A key that a run writes."""
        day = {"{yyyy}": "2025", "{mm}": f"{number % 12 + 1:02}", "{dd}": "30", "{timestamp}": f"20250630T02000{number % 10}Z"}
        key = self.path
        for token, value in day.items():
            key = key.replace(token, value)
        return key


@dataclass
class Project:
    """A project, and who reads which export."""

    groups: dict[str, str]
    buckets: dict[str, str]
    exports: list[Export] = field(default_factory=list)
    readers: dict[str, set[str]] = field(default_factory=dict)
    extracts: dict[str, set[str]] = field(default_factory=dict)

    def reads(self, role: str, export: Export) -> bool:
        """Whether a role reads the files of an export: the bucket names it, or it may extract all that is in them."""
        return role in self.readers[export.bucket] or set(export.tables) <= self.extracts[role]

    def text(self, cloud: str, emit: str, groups: str) -> str:
        """The `.pipe` file."""
        tables = "\n".join(f"  table {t} {{ id integer key @public; name text @public }}" for t in TABLES)
        lines = [f'project demo {{ warehouse postgres {{ database = env("DATABASE") }}; cloud {cloud}; emit {emit} }}', PREAMBLE % tables]
        lines += [f"model m_{t} in marts {{ from clinic.{t} as x\n  select {{ x.id; x.name }} }}" for t in TABLES]
        lines += [f'role {role} {{ clearance internal; {groups} "{group}" }}' for role, group in self.groups.items()]
        for bucket, name in self.buckets.items():
            readers = f"; readers {', '.join(sorted(self.readers[bucket]))}" if self.readers[bucket] else ""
            lines.append(f'bucket {bucket} {{ name "{name}"; clearance internal{readers} }}')
        for export in self.exports:
            listed = ", ".join(f"m_{t}" for t in export.tables)
            lines.append(f'export {export.name} to {export.bucket} {{ {listed}; format csv zip path "{export.path}" }}')
        for role, tables_ in self.extracts.items():
            if tables_:
                lines.append(f"grant extract on {', '.join(f'm_{t}' for t in sorted(tables_))} to {role}")
        return "\n".join(lines) + "\n"


def begins(one: Export, other: Export) -> bool:
    """Whether keys of the two cannot be told apart by how they begin."""
    return one.beginning.startswith(other.beginning) or other.beginning.startswith(one.beginning)


def mixed(project: Project) -> bool:
    """Whether pipec has to refuse it: somebody reads one of two exports that cannot be told apart."""
    return any(
        one is not other
        and one.bucket == other.bucket
        and begins(one, other)
        and any(project.reads(r, one) and not project.reads(r, other) for r in project.groups)
        for one in project.exports
        for other in project.exports
    )


def without_folder(project: Project) -> bool:
    """Whether Google cannot share what somebody reads: some of a bucket, and no folder."""
    def some(role: str, export: Export) -> bool:
        return project.reads(role, export) and any(not project.reads(role, e) for e in project.exports if e.bucket == export.bucket)

    return any(some(r, e) and not e.beginning.endswith("/") for r in project.groups for e in project.exports)


def generated(seed: int, groups: list[str], ascii_only: bool = False) -> Project:
    """A project by chance; the same one for the same seed."""
    chance = random.Random(seed)
    names = chance.sample(groups, chance.randint(2, 4))
    project = Project(
        {f"role_{n}": group for n, group in enumerate(names)},
        {f"bucket_{n}": f"demo-{seed}.files-{n}" if n % 2 else f"demo-{seed}-files-{n}" for n in range(chance.randint(1, 4))},
    )
    roles = list(project.groups)
    for bucket in project.buckets:
        project.readers[bucket] = set(chance.sample(roles, chance.randint(0, 2)))
    for role in roles:
        project.extracts[role] = set(chance.sample(TABLES, chance.choice([0, 0, 2, 4])))
    beginnings = [b for b in BEGINNINGS if b.isascii() or not ascii_only]
    for number in range(chance.randint(1, 6)):
        beginning = chance.choice(beginnings if chance.random() < 0.2 else beginnings[1:])
        token = chance.choice(["{yyyy}/{mm}/{dd}/e_{timestamp}.zip", "{timestamp}.zip", "{yyyy}.zip", "latest.zip"])
        beginning += token if "{" not in token else ""
        token = token if "{" in token else ""
        bucket = chance.choice(list(project.buckets))
        tables = sorted(chance.sample(TABLES, chance.randint(1, 3)))
        project.exports.append(Export(f"export_{number}", bucket, tables, beginning, beginning + token))
    return project


def write(project: Project, folder: Path, cloud: str, emit: str, groups: str) -> Path:
    """Write it into a folder of its own."""
    folder.mkdir(parents=True)
    (folder / "main.pipe").write_text(project.text(cloud, emit, groups), encoding="utf-8")
    return folder
