"""Reads a base program: what its sources hold, what its sinks may receive.

A small reader of its own over the declarations, so that the truth about a leak does not come from the compiler that is judged.
It knows the plain shapes the base programs are written in, and no expression.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

STDLIB = Path(__file__).resolve().parents[3] / "stdlib"
#: In rising order, as the design has them.
FORMS = ("public", "general", "pseudonym", "partial", "direct")
UNCLASSIFIED = "unclassified"


@dataclass(frozen=True)
class Column:
    """A column of a source, or a field of a JSON type."""

    name: str
    type: str
    nullable: bool
    categories: tuple[str, ...]
    public: bool = False
    key: bool = False
    references: tuple[str, str] | None = None
    #: `// of: a, b`: the values it takes, in turn. They are kept where the column is public.
    values: tuple[str, ...] = ()
    #: `// by kind: a name, b phone`: which column decides what a value tells, and how.
    by: str = ""
    kinds: tuple[tuple[str, str], ...] = ()
    #: `// ref: Patient patient.id`: a reference by name, `Patient/p1`, to a row of that table.
    ref: tuple[str, str, str] | None = None
    #: `// kept`: the same in all data sets, since a release of the base program speaks of it.
    kept: bool = False

    def told(self) -> tuple[str, ...]:
        """The categories of its values; of one nobody has spoken of: that."""
        return self.categories or (() if self.public else (UNCLASSIFIED,))


@dataclass(frozen=True)
class Table:
    """A table of a source."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    #: `// rows: n`; otherwise by whether it refers to others.
    rows: int | None = None

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True)
class Clearance:
    """The greatest form per category; what it does not name is admitted at `public`."""

    name: str
    forms: tuple[tuple[str, str], ...] = ()
    everything: bool = False
    #: Of any category, aggregates over so many subjects.
    aggregated: int | None = None

    def form(self, category: str) -> str:
        """What it admits of a category."""
        return "direct" if self.everything else dict(self.forms).get(category, "public")


@dataclass
class Program:
    """A base program with what the truth needs of it."""

    name: str
    text: str
    tables: list[Table] = field(default_factory=list)
    types: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    clearances: dict[str, Clearance] = field(default_factory=dict)
    #: Bucket or role, by name, and the name of its clearance.
    buckets: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    #: `// cells: table.column`: moving people between its small groups keeps every count of eleven or more.
    cells: list[tuple[str, str]] = field(default_factory=list)

    def table(self, name: str) -> Table | None:
        """A source's table, with or without its schema."""
        return next((t for t in self.tables if name in (t.name, f"{t.schema}.{t.name}")), None)

    def sinks(self) -> list[tuple[str, str, Clearance]]:
        """Kind, name and clearance of every sink that is not cleared for everything."""
        named = [("bucket", n, c) for n, c in self.buckets.items()] + [("role", n, c) for n, c in self.roles.items()]
        found = [(kind, name, self.clearances.get(c) or Clearance("none")) for kind, name, c in named]
        return [s for s in found if not s[2].everything]


# --- clearances -------------------------------------------------------------------------

_CLEARANCE = re.compile(r"^clearance (\w+)([^\n{]*)(?:\{([^}]*)\})?", re.M)


@functools.cache
def standard() -> dict[str, Clearance]:
    """The clearances of the standard library."""
    return _clearances((STDLIB / "hipaa.pipe").read_text(encoding="utf-8"), {})


def _clearances(text: str, known: dict[str, Clearance]) -> dict[str, Clearance]:
    found = dict(known)
    for name, head, body in _CLEARANCE.findall(text):
        forms = dict(re.findall(r"(\w+) (" + "|".join(FORMS) + r")\b", body or ""))
        base = re.search(r"=\s*(\w+)(?:\((\d+))?", head)
        start = found.get(base.group(1)) if base else None
        aggregated = int(base.group(2)) if base and base.group(1) == "aggregated" and base.group(2) else None
        everything = "everything" in head or bool(start and start.everything)
        merged = (dict(start.forms) if start else {}) | forms
        found[name] = Clearance(name, tuple(merged.items()), everything, aggregated or (start.aggregated if start else None))
    return found


# --- declarations -----------------------------------------------------------------------

_SOURCE = re.compile(r'^source (\w+) on \w+ schema "(\w+)"', re.M)
_TABLE = re.compile(r"^  table (\w+)\s*\{([^\n]*)\n(.*?)^  \}", re.M | re.S)
_TYPE = re.compile(r"^type (\w+) \{\s*(.*?)\}", re.M | re.S)
_COLUMN = re.compile(r'^\s*"?(\w+)"?\s+([\w<>()., \[\]]*?[\w>)\]])(\?)?((?:\s+(?:key|@\w+|references [\w.]+|by \w+))*)\s*(?://(.*))?$')


def read(path: Path) -> Program:
    """The program of a file."""
    return parsed(path.stem, path.read_text(encoding="utf-8"))


def parsed(name: str, text: str) -> Program:
    """The program of a text."""
    program = Program(name, text)
    heads = [(m.start(), m.group(2)) for m in _SOURCE.finditer(text)]
    for found in _TABLE.finditer(text):
        schema = [s for start, s in heads if start < found.start()][-1]
        rows = re.search(r"// rows: (\d+)", found.group(2))
        columns = tuple(_column(line, program.name) for line in found.group(3).splitlines() if line.strip())
        program.tables.append(Table(schema, found.group(1), columns, int(rows.group(1)) if rows else None))
    for type_, body in _TYPE.findall(text):
        lines = [line for line in re.split(r"\n|;", body) if line.strip()]
        program.types[type_] = tuple(_column(line, program.name) for line in lines)
    program.clearances = _clearances(text, standard())
    for kind, into in (("bucket", program.buckets), ("role", program.roles)):
        for sink, body in re.findall(rf"^{kind} (\w+)\s*\{{([^}}]*)\}}", text, re.M):
            clearance = re.search(r"clearance (\w+)", body)
            into[sink] = clearance.group(1) if clearance else ""
    program.cells = re.findall(r"^// cells: (\w+)\.(\w+)", text, re.M)
    return program


def _column(line: str, where: str) -> Column:
    found = _COLUMN.match(line)
    if found is None:
        raise ValueError(f"{where}: no column is read from `{line.strip()}`")
    name, type_, null, flags, hint = found.groups()
    hint = (hint or "").strip()
    categories = tuple(c for c in re.findall(r"@(\w+)", flags) if c != "public")
    references = re.search(r"references (?:\w+\.)?(\w+)\.(\w+)", flags)
    of = re.search(r"of: (.*)", hint)
    by = re.search(r"by (\w+): (.*)", hint)
    ref = re.search(r"ref: (\w+) (\w+)\.(\w+)", hint)
    kinds = tuple(tuple(k.split()) for k in by.group(2).split(",")) if by else ()
    sibling = re.search(r"\bby (\w+)", flags)
    return Column(
        name,
        type_.strip(),
        bool(null),
        categories,
        "@public" in flags,
        "key" in flags.split(),
        references.groups() if references else None,
        tuple(v.strip() for v in of.group(1).split(",")) if of else (),
        by.group(1) if by else sibling.group(1) if sibling else "",
        kinds if by else tuple((c, c) for c in categories) if sibling else (),
        ref.groups() if ref else None,
        "kept" in hint.split(),
    )
