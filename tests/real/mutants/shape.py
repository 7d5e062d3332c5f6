"""Where things stand in a program's text: models, the blocks of their queries, what is read and selected, calls of masks.

Made for the base programs, which are written plainly: one clause per line, one name per table read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mutants.program import Column, Program, Table

MASKS = ("redact", "is_present", "hmac_token", "keep_last", "zip3", "year_of", "age_years", "age_band")


@dataclass(frozen=True)
class Origin:
    """The source column that a column is, unchanged."""

    table: Table
    column: Column


@dataclass
class Entry:
    """One entry of a select list: where it stands, what it is called, its expression."""

    start: int
    end: int
    name: str
    expression: str


@dataclass
class Block:
    """One query: a body of a model, or of a `let`."""

    start: int
    end: int
    #: The block's text without those in it, blanks in their place, so that positions fit.
    text: str
    reads: list[tuple[str, str]] = field(default_factory=list)
    select: tuple[int, int] | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def grouped(self) -> bool:
        """Whether it makes groups."""
        return bool(re.search(r"\bgroup by\b", self.text))


@dataclass
class Model:
    """A model: its name, and its blocks, the outermost last; of a masked one the base and the masking."""

    name: str
    start: int
    end: int
    blocks: list[Block] = field(default_factory=list)
    base: str = ""
    masking: str = ""
    #: The body of an SQL one.
    sql: tuple[int, int] | None = None

    @property
    def main(self) -> Block | None:
        """The block that yields its rows."""
        return self.blocks[-1] if self.blocks else None


_MODEL = re.compile(r"^(?:model|query) (\w+)(?: in \w+)?[^\n{=]*\{", re.M)
_TWIN = re.compile(r"^model (\w+) in \w+ = (\w+) masked by (\w+)(?: (\{))?", re.M)
_READ = re.compile(r"\b(?:from|join) ([a-z]\w*(?:\.\w+)?) as (\w+)")


class Shape:
    """A program's text, taken apart."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.text = program.text
        self.models: dict[str, Model] = {}
        for found in _MODEL.finditer(self.text):
            end = closing(self.text, found.end() - 1)
            model = Model(found.group(1), found.start(), end + 1)
            sql = re.compile(r'sql """(.*?)"""', re.S).search(self.text, found.end(), end)
            if sql and not re.search(r"\blet\b|\bselect \{", self.text[found.end() : sql.start()]):
                model.sql = sql.span(1)
                model.blocks = [self._sql_block(*sql.span(1))]
            else:
                model.blocks = list(self._blocks(found.end(), end))
            self.models[model.name] = model
        for found in _TWIN.finditer(self.text):
            end = closing(self.text, found.end() - 1) + 1 if found.group(4) else found.end()
            self.models[found.group(1)] = Model(found.group(1), found.start(), end, [], found.group(2), found.group(3))

    def _blocks(self, start: int, end: int) -> Iterator[Block]:
        own = list(self.text[start:end])
        for found in re.finditer(r"\blet (\w+) = \{", self.text[start:end]):
            if own[found.start()] == " ":
                continue
            inner = start + found.end()
            stop = closing(self.text, inner - 1)
            for block in self._blocks(inner, stop):
                yield block
            own[found.start() : stop + 1 - start] = " " * (stop + 1 - start - found.start())
            last = block
            self.lets = getattr(self, "lets", {}) | {found.group(1): last}
        block = Block(start, end, "".join(own))
        block.reads = _reads(block.text)
        selected = re.search(r"\bselect (?:distinct )?\{", block.text)
        if selected:
            inside = start + selected.end()
            block.select = (inside, closing(self.text, inside - 1))
            block.entries = list(_entries(self.text, *block.select))
        yield block

    def _sql_block(self, start: int, end: int) -> Block:
        text = self.text[start:end]
        block = Block(start, end, text, _reads(text))
        outer = [m for m in re.finditer(r"\bselect\b(?: distinct)?", text) if text[: m.start()].count("(") == text[: m.start()].count(")")]
        if outer:
            stop = re.compile(r"\bfrom\b").search(text, outer[-1].end())
            block.select = (start + outer[-1].end(), start + (stop.start() if stop else len(text)))
        return block

    # --- names --------------------------------------------------------------------------

    def columns(self, relation: str, seen: frozenset[str] = frozenset()) -> dict[str, Origin | None]:
        """The columns of a relation; of those that are a source's own column, which."""
        table = None if relation in self.models else self.program.table(relation)
        if table:
            return {c.name: Origin(table, c) for c in table.columns}
        if relation in seen:
            return {}
        block = getattr(self, "lets", {}).get(relation)
        model = self.models.get(relation)
        block = model.main if model else block
        if model and model.base:
            return dict.fromkeys(self.columns(model.base, seen | {relation}))
        if block is None:
            return {}
        scope = self.scope(block, seen | {relation})
        found: dict[str, Origin | None] = {}
        for entry in block.entries:
            plain = re.fullmatch(r"(\w+)\.(\w+)", entry.expression)
            found[entry.name] = scope.get(plain.groups()) if plain else None
        return found

    def told(self, relation: str, seen: frozenset[str] = frozenset()) -> dict[str, frozenset[str]]:
        """The categories of a relation's columns: those of all columns that an expression names."""
        table = None if relation in self.models else self.program.table(relation)
        if table:
            return {c.name: frozenset(c.told()) for c in table.columns}
        model = self.models.get(relation)
        block = model.main if model else getattr(self, "lets", {}).get(relation)
        if block is None or relation in seen:
            return {}
        scope = {a: self.told(r, seen | {relation}) for r, a in block.reads}
        found: dict[str, frozenset[str]] = {}
        for entry in block.entries:
            whole = re.fullmatch(r"(\w+)\.\*", entry.expression)
            if whole:
                found |= scope.get(whole.group(1), {})
                continue
            note = re.findall(r"\s@(\w+)", self.text[entry.start : entry.end])
            named = re.findall(r"\b(\w+)\.(\w+)", entry.expression)
            categories = frozenset(c for a, n in named for c in scope.get(a, {}).get(n, frozenset()))
            tables = re.findall(r"from (\w+\.\w+) as (\w+)", entry.expression)
            categories |= {c for t, a in tables for n in re.findall(rf"\b{a}\.(\w+)", entry.expression) for c in self.told(t).get(n, ())}
            found[entry.name] = frozenset(note) if note else categories
        return found

    def scope(self, block: Block, seen: frozenset[str] = frozenset()) -> dict[tuple[str, str], Origin | None]:
        """What a block can name: by alias and column."""
        return {(a, c): o for relation, a in block.reads for c, o in self.columns(relation, seen).items()}

    def readers(self, name: str) -> list[tuple[Model, Block, str]]:
        """The blocks that read a model, with the alias it has there."""
        return [(m, b, a) for m in self.models.values() for b in m.blocks for r, a in b.reads if r == name]

    def sent(self) -> set[str]:
        """The models that a sink receives by name."""
        lists = [body for _, body in re.findall(r"^export (\w+) to \w+ \{(.*?)\}", self.text, re.M | re.S)]
        lists += re.findall(r"^grant [\w, ]+? on (.*?) to", self.text, re.M)
        words = set(re.findall(r"[\w*]+", " ".join(lists)))
        return {m for m in self.models if m in words}

    # --- masks --------------------------------------------------------------------------

    def calls(self) -> Iterator[Call]:
        """Every call of a mask in an expression."""
        rules = [m.span() for m in re.finditer(r"^masking \w+ \{.*?^\}", self.text, re.M | re.S)]
        for found in re.finditer(r"(?<![\w.])(" + "|".join(MASKS) + r")\(", self.text):
            if not any(a <= found.start() < b for a, b in rules):
                end = closing(self.text, found.end() - 1)
                yield Call(found.group(1), found.start(), end + 1, split(self.text[found.end() : end]))

    def block_at(self, position: int) -> Block | None:
        """The innermost block around a position."""
        around = [b for m in self.models.values() for b in m.blocks if b.start <= position < b.end]
        return min(around, key=lambda b: b.end - b.start, default=None)


@dataclass
class Call:
    """A call: the function, where it stands, its arguments."""

    function: str
    start: int
    end: int
    arguments: list[str]


def _reads(text: str) -> list[tuple[str, str]]:
    return [(relation, alias) for relation, alias in _READ.findall(text)]


def _entries(text: str, start: int, end: int) -> Iterator[Entry]:
    at = start
    for part in split(text[start:end], ";\n", keep=True):
        body = re.sub(r"//.*", "", part).strip(" \n;")
        if body:
            first = at + (len(part) - len(part.lstrip(" \n")))
            named = re.match(r'"?(\w+)"?\s*=(?!=)\s*(.*)', body, re.S)
            expression = (named.group(2) if named else body).split("  @")[0].strip()
            name = named.group(1) if named else body.split()[0].split(".")[-1]
            yield Entry(first, first + len(part.strip(" \n;")), name, expression)
        at += len(part)


def closing(text: str, opening: int) -> int:
    """The position of the bracket that closes the one at `opening`; texts in quotes are skipped."""
    pairs = {"{": "}", "(": ")", "[": "]"}
    depth, at = 0, opening
    while at < len(text):
        sign = text[at]
        if sign == "'":
            at = text.find("'", at + 1)
        elif sign == '"' and not text.startswith('"""', at):
            at = text.find('"', at + 1)
        elif sign == "/" and text.startswith("//", at):
            at = text.find("\n", at)
        elif sign in pairs:
            depth += 1
        elif sign in pairs.values():
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise ValueError("a bracket is not closed")


def split(text: str, signs: str = ",", keep: bool = False) -> list[str]:
    """The parts of a list; signs in brackets and quotes do not count."""
    parts, depth, start, quote = [], 0, 0, False
    for at, sign in enumerate(text):
        quote ^= sign == "'"
        if quote:
            continue
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and sign in signs:
            parts.append(text[start : at + keep])
            start = at + 1
    parts.append(text[start:])
    return parts if keep else [p.strip() for p in parts]
