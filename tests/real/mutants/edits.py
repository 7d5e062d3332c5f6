"""The edits that make mutants: each is a way in which somebody makes a leak, or changes a program without making one.

An operator looks at a program's text and yields texts. Three kinds are told apart:

* `flow`: something else is computed or sent. What leaks has to be refused.
* `declared`: what somebody states changes: the category of a source column, a clearance, a release, a discriminator. The
  truth stays with the base program, so a lie is a leak; whether a compiler can see it is said of each operator.
* `plain`: nothing changes that anybody has to be told. These measure false alarms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mutants.rows import DataSet
from mutants.shape import Block, Model, Origin, Shape

Edits = Iterator[tuple[str, str]]
Operator = Callable[["Source"], Edits]


@dataclass(frozen=True)
class Mutant:
    """A program, edited in one place."""

    base: str
    operator: str
    kind: str
    what: str
    text: str


@dataclass
class Source:
    """What an operator looks at."""

    shape: Shape
    data: DataSet

    @property
    def text(self) -> str:
        """The program's."""
        return self.shape.text

    def replaced(self, start: int, end: int, by: str) -> str:
        """The text with a stretch replaced."""
        return self.text[:start] + by + self.text[end:]

    def guarded(self, origin: Origin | None) -> bool:
        """Whether some sink may not have it as it is."""
        if origin is None:
            return False
        return self.guarded_kinds(origin.column.told() or tuple(c for c, _ in origin.column.kinds))

    def guarded_kinds(self, told: tuple[str, ...]) -> bool:
        """Whether some sink may not have values of such categories as they are."""
        return any(c.form(t) != "direct" for *_, c in self.shape.program.sinks() for t in told)

    def sensitive(self, block: Block) -> Iterator[tuple[str, Origin]]:
        """The columns in scope that a sink may not have: how they are written, and where they come from."""
        for (alias, column), origin in self.shape.scope(block).items():
            if origin and self.guarded(origin) and not origin.column.type.startswith("json"):
                yield f"{alias}.{column}", origin

    def public(self, block: Block) -> Iterator[tuple[str, Origin]]:
        """The columns in scope that tell nothing."""
        for (alias, column), origin in self.shape.scope(block).items():
            if origin and origin.column.public and not origin.column.type.startswith("json"):
                yield f"{alias}.{column}", origin

    def value(self, origin: Origin, at: int = 0) -> str:
        """A value that the column has, as SQL."""
        found = [v for r in self.data.rows[origin.table.name] if (v := r[origin.column.name]) is not None]
        value = found[at % len(found)] if found else "x"
        if isinstance(value, (bool, int, float)):
            return str(value).lower()
        quoted = "'" + str(value).replace("'", "''") + "'"
        kind = origin.column.type
        return f"date {quoted}" if kind == "date" else f"timestamptz {quoted}" if kind == "timestamptz" else quoted

    # --- insertions ---------------------------------------------------------------------

    def added(self, block: Block, expression: str, name: str = "added") -> str | None:
        """The text with one more column in a block, handed on to where a sink receives it."""
        edits = self._additions(block, expression, name)
        return self.applied(edits) if edits else None

    def _additions(self, block: Block, expression: str, name: str) -> list[tuple[int, int, str]]:
        if block.select is None:
            return []
        start, end = block.select
        model = next(m for m in self.shape.models.values() if block in m.blocks)
        if model.sql:
            return [(end, end, f", {expression} as {name} ")] if block is model.main else []
        edits = [(len(self.text[:end].rstrip()), end, f"\n    {name} = {expression}\n  ")]
        handed = self._handed(model, block, {id(block)})
        return edits if handed is None else [*edits, *((e[0], e[1], e[2].replace("{name}", name)) for e in handed)]

    def _handed(self, model: Model, block: Block, seen: set[int]) -> list[tuple[int, int, str]] | None:
        """What hands the column on; `None` when it need not be, or cannot."""
        if block is model.main and model.name in self.shape.sent():
            return None
        name = model.name if block is model.main else next((n for n, b in getattr(self.shape, "lets", {}).items() if b is block), "")
        for other, reader, alias in self.shape.readers(name):
            if id(reader) in seen or reader.grouped or reader.select is None or other.sql:
                continue
            end = reader.select[1]
            rest = self._handed(other, reader, seen | {id(reader)})
            return [(len(self.text[:end].rstrip()), end, f"\n    {alias}.{{name}}\n  "), *(rest or [])]
        return None

    def applied(self, edits: list[tuple[int, int, str]]) -> str:
        """The text with several stretches replaced."""
        text = self.text
        for start, end, by in sorted(edits, reverse=True):
            text = text[:start] + by + text[end:]
        return text

    def narrowed(self, block: Block, condition: str) -> str | None:
        """The text with one more condition on a block's rows."""
        sql = block.start > 0 and any(m.sql and b is block for m in self.shape.models.values() for b in m.blocks)
        there = list(re.finditer(r"\bwhere " if sql else r"^\s*where ", block.text, re.M))
        if sql:
            depth = lambda at: block.text[:at].count("(") - block.text[:at].count(")")
            there = [w for w in there if depth(w.start()) == 0 and block.select and block.start + w.start() > block.select[0]]
            if not there and not block.grouped and block.select:
                return self.replaced(block.end, block.end, f" where {condition} ")
        if there:
            at = block.start + there[-1].end()
            return self.replaced(at, at, f"({condition}) and ")
        if sql:
            return None
        lines = list(re.finditer(r"^\s*(?:from|(?:left |cross )?join|unnest) .*$", block.text, re.M))
        if not lines:
            return None
        at = block.start + lines[-1].end()
        return self.replaced(at, at, f"\n  where {condition}")

    def blocks(self) -> Iterator[tuple[Model, Block]]:
        """Every block that has a select list."""
        for model in self.shape.models.values():
            for block in model.blocks:
                if block.select is not None:
                    yield model, block


OPERATORS: list[tuple[str, str, Operator]] = []


def operator(name: str, kind: str = "flow") -> Callable[[Operator], Operator]:
    """Registers an operator."""

    def registered(function: Operator) -> Operator:
        OPERATORS.append((name, kind, function))
        return function

    return registered


def mutants(source: Source) -> Iterator[Mutant]:
    """All mutants of a program, each text once, in a fixed order."""
    seen = {source.text}
    for name, kind, edit in OPERATORS:
        for what, text in edit(source):
            if text not in seen:
                seen.add(text)
                yield Mutant(source.shape.program.name, name, kind, what, text)
