"""The standard library's entries, and the samples that they are called with.

A sample file (`library/<file>.txt`) has a block for each entry: its signature in the first
column, then indented lines.

    substring(text, integer)          the entry, as `stdlib/` declares it
      : text ; integer                types of the sample columns, when they are not the entry's own
      ~ substring($1, $2)             the call in a model, when it is not just name and arguments
      @ 2                             this argument stands in the call as a constant
      = substr($1, $2)                what Postgres is asked, when it is not the same
      abcdef ; 2                      a row of arguments; `null` is NULL, a JSON string its text
      ! abcdef ; -1                   this one has to fail in every engine
      abcdef ; 3 => cdef              the result written down, for what Postgres has no expression of
      ?duckdb,sqlite abcdef ; 4       these engines are known to differ here, and docs/reference/sql.md says so
      --                              aggregates and windows: the next group of rows

Several blocks may sample the same entry. `library/language.txt` samples what is no entry of the
library but part of the language, casts first of all: its blocks begin with `construct` and a title.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import engines

KINDS = ("table function", "function", "operator", "aggregate", "window")
ENTRY = re.compile(rf"^({'|'.join(KINDS)}) (\S+?)\((.*?)\) ->")
HEAD = re.compile(r"^(\S+?)\s?\((.*)\)$")


@dataclass(frozen=True)
class Entry:
    """One overload of the library."""

    kind: str
    name: str
    types: tuple[str, ...]

    @property
    def signature(self) -> str:
        """`substring(text, integer)`, as a sample file names it."""
        return self.name if self.kind == "construct" else f"{self.name}({', '.join(self.types)})"


@dataclass
class Row:
    """Arguments of one call; `group` tells the rows of aggregates and windows apart."""

    values: list[str | None]
    group: int
    expected: str | None = None  # as JSON, so that NULL can be expected
    known: frozenset[str] = frozenset()  # engines that differ


@dataclass
class Block:
    """The samples of one entry."""

    entry: Entry
    place: str
    types: list[str]
    call: str
    original: str
    rows: list[Row] = field(default_factory=list)
    failing: list[Row] = field(default_factory=list)
    constant: int = 0

    @property
    def written_down(self) -> bool:
        """Whether the file itself says what comes out."""
        return any(row.expected is not None for row in self.rows)


def library(folder: Path) -> list[tuple[str, Entry]]:
    """Every entry of `stdlib/core`, with the file that it is in. Masks have a judge of their own, `masks_check.py`."""
    found = []
    for file in sorted((folder / "core").glob("*.pipe")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if entry := ENTRY.match(line):
                kind, name, parameters = entry.groups()
                types = tuple(_type_of(part) for part in parameters.split(", ") if part)
                found.append((file.stem, Entry(kind, name, types)))
    return found


def _type_of(parameter: str) -> str:
    """The type in `fill: text = ' '` or `values: text ...`."""
    return parameter.partition(":")[2].partition("=")[0].strip()


def read(folder: Path, entries: list[tuple[str, Entry]]) -> list[Block]:
    """All blocks of all sample files; an entry without one, and a block without an entry, are errors."""
    blocks: list[Block] = []
    for file in sorted({file for file, _ in entries}):
        known = {entry.signature: entry for home, entry in entries if home == file}
        path = folder / f"{file}.txt"
        if not path.exists():
            raise engines.EngineError(f"There are no samples for stdlib's {file}.pipe: {path} is missing.")
        of_file = list(_blocks(path, known))
        sampled = {block.entry.signature for block in of_file if block.rows}
        if missing := [signature for signature in known if signature not in sampled]:
            raise engines.EngineError(f"library/{path.name} has no sample of " + ", ".join(missing))
        blocks += of_file
    return blocks + list(_blocks(folder / "language.txt", {}))


def _blocks(path: Path, known: dict[str, Entry]) -> Iterator[Block]:
    block: Block | None = None
    group = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        place = f"library/{path.name}:{number}"
        if not line.strip() or line.lstrip().startswith("# "):
            continue
        if not line.startswith(" "):
            if block:
                yield block
            block, group = _head(line, place, known), 0
            continue
        if block is None:
            raise engines.EngineError(f"{place}: a sample before the first signature")
        group += _take(block, line.strip(), group, place)
    if block:
        yield block


def _head(line: str, place: str, known: dict[str, Entry]) -> Block:
    if line.startswith("construct "):
        return Block(Entry("construct", line.removeprefix("construct "), ()), place, [], "", "")
    head = HEAD.match(line)
    entry = known.get(f"{head[1]}({head[2]})") if head else None
    if entry is None:
        raise engines.EngineError(f"{place}: `{line}` is no entry of the library")
    types = [t.removesuffix(" ...") for t in entry.types]
    call = _call(entry, len(types))
    return Block(entry, place, types, call, call)


def _call(entry: Entry, count: int) -> str:
    """How a call is written when a block does not say."""
    holes = [f"${i + 1}" for i in range(count)]
    match entry.kind, holes:
        case "operator", [one]:
            return f"{entry.name} {one}"
        case "operator", [one, other]:
            return f"{one} {entry.name} {other}"
        case "window", _:
            return f"{entry.name}({', '.join(holes)}) over (partition by t.g order by t.id)"
        case "aggregate", []:
            return f"{entry.name}(*)"
    return f"{entry.name}({', '.join(holes)})"


def _take(block: Block, line: str, group: int, place: str) -> int:
    """Read one indented line; 1 when it begins a new group."""
    mark, _, rest = line.partition(" ")
    if line == "--":
        return 1
    if mark == ":":
        default = _call(block.entry, len(block.types))
        block.types = [part.strip() for part in rest.split(";") if part.strip()]
        own = _call(block.entry, len(block.types))
        block.call, block.original = (own if text == default else text for text in (block.call, block.original))
    elif mark == "~":
        block.call = block.original = rest
    elif mark == "@":
        block.constant = int(rest)
    elif mark == "=":
        block.original = rest
    else:
        known: frozenset[str] = frozenset()
        if mark.startswith("?") and len(mark) > 1 and rest:
            known = frozenset(mark.removeprefix("?").split(","))
            line = rest
            mark, _, rest = line.partition(" ")
        fails = mark == "!"
        text, arrow, expected = (rest if fails else line).partition(" =>")
        values = [_value(part.strip()) for part in text.split(" ; ")] if block.types else []
        if len(values) != len(block.types):
            raise engines.EngineError(f"{place}: {len(values)} values, and {block.entry.signature} takes {len(block.types)}")
        row = Row(values, group, json.dumps(_value(expected.strip())) if arrow else None, known)
        (block.failing if fails else block.rows).append(row)
    return 0


def _value(text: str) -> str | None:
    if text == "null":
        return None
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return str(json.loads(text))
    return text
