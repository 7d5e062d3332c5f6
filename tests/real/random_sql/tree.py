"""Queries as trees: printed as Postgres SQL, and made smaller step by step."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Union

#: How far engines without an exact `numeric` agree on a value: 2 through arithmetic too, 1 to the digit as it stands, 0 within the tolerance.
DYADIC, SAME, NEAR = 2, 1, 0


@dataclass
class E:
    """A typed expression."""

    type: str
    parts: list[Union[str, "E", "Query"]]
    exact: int = DYADIC
    #: What it is made with, for the count of what was covered.
    uses: str = ""

    def sql(self) -> str:
        """Its text; compound texts bring their own parentheses."""
        return "".join(p if isinstance(p, str) else p.sql() for p in self.parts)

    def children(self) -> Iterator[Union["E", "Query"]]:
        """What it is made of."""
        return (p for p in self.parts if not isinstance(p, str))


def e(type_: str, *parts: Union[str, E, "Query"], exact: int | None = None, uses: str = "") -> E:
    """An expression as exact as what it is made of, unless told."""
    if exact is None:
        exact = min((p.exact for p in parts if isinstance(p, E)), default=DYADIC)
    return E(type_, list(parts), exact, uses)


@dataclass
class Source:
    """Something in `from`: text, or a query in parentheses, with its alias."""

    what: Union[str, E, "Query"]
    alias: str
    lateral: bool = False

    def sql(self) -> str:
        """`lateral (…) as a`"""
        inner = self.what if isinstance(self.what, str) else self.what.sql()
        inner = f"({inner})" if isinstance(self.what, Query) else inner
        return f"{'lateral ' if self.lateral else ''}{inner} as {self.alias}"


@dataclass
class Join:
    """`left join source on condition`; the first of a `from` has no kind."""

    kind: str
    source: Source
    on: E | None = None
    using: str = ""

    def sql(self) -> str:
        """As written after the sources before it."""
        if not self.kind:
            return self.source.sql()
        tail = f" using ({self.using})" if self.using else f" on {self.on.sql()}" if self.on else ""
        return f"\n{self.kind} {self.source.sql()}{tail}"


@dataclass
class Select:
    """A select block."""

    items: list[tuple[E, str]]
    joins: list[Join]
    distinct: str = ""
    distinct_on: list[E] = field(default_factory=list)
    where: list[E] = field(default_factory=list)
    group: list[E] = field(default_factory=list)
    #: `grouping sets`, `rollup` and the like: the text with `{0}` for each key.
    sets: str = ""
    having: list[E] = field(default_factory=list)
    windows: list[tuple[str, E]] = field(default_factory=list)

    def sql(self) -> str:
        """The text."""
        on = f" distinct on ({', '.join(k.sql() for k in self.distinct_on)})" if self.distinct_on else ""
        parts = [f"select{self.distinct and ' distinct'}{on} " + ", ".join(f"{x.sql()} as {name}" for x, name in self.items)]
        if self.joins:
            parts.append("from " + "".join(j.sql() for j in self.joins))
        if self.where:
            parts.append("where " + " and ".join(w.sql() for w in self.where))
        if self.group:
            keys = [k.sql() for k in self.group]
            parts.append("group by " + (self.sets.format(*keys) if self.sets else ", ".join(keys)))
        if self.having:
            parts.append("having " + " and ".join(h.sql() for h in self.having))
        if self.windows:
            parts.append("window " + ", ".join(f"{name} as ({spec.sql()})" for name, spec in self.windows))
        return "\n".join(parts)


@dataclass
class Sets:
    """`left union all right`"""

    operator: str
    left: Union[Select, "Sets", "Query"]
    right: Union[Select, "Sets", "Query"]

    def sql(self) -> str:
        """Operands that are more than a block stand in parentheses."""
        left, right = (f"({s.sql()})" if not isinstance(s, Select) else s.sql() for s in (self.left, self.right))
        return f"{left}\n{self.operator}\n{right}"


Body = Union[Select, Sets]


@dataclass
class Cte:
    """`name as (query)`"""

    name: str
    query: "Query"
    recursive: bool = False


@dataclass
class Query:
    """A query."""

    body: Body
    with_: list[Cte] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    limit: str = ""
    offset: str = ""

    def sql(self) -> str:
        """The text."""
        out = ""
        if self.with_:
            word = "with recursive " if any(c.recursive for c in self.with_) else "with "
            out = word + ",\n".join(f"{c.name} as (\n{c.query.sql()}\n)" for c in self.with_) + "\n"
        out += self.body.sql()
        if self.order:
            out += "\norder by " + ", ".join(self.order)
        if self.limit:
            out += f"\nlimit {self.limit}"
        if self.offset:
            out += f"\noffset {self.offset}"
        return out


# --- shrinking --------------------------------------------------------------------------

SIMPLEST = {
    "int": "1",
    "big": "1",
    "num": "0.5",
    "dbl": "cast(0.5 as double precision)",
    "bool": "true",
    "text": "'a'",
    "date": "date '2024-01-31'",
    "ts": "timestamp '2024-01-31 10:00:00'",
    "tstz": "timestamptz '2024-01-31 10:00:00+00'",
    "iv": "interval '1 day'",
}


def smaller(query: Query) -> Iterator[Query]:
    """Copies of a query, each with one thing less."""
    for number in range(len(_moves(query))):
        changed = copy.deepcopy(query)
        replaced = _moves(changed)[number]()
        changed = replaced if isinstance(replaced, Query) else changed
        # A step may leave less than a query: grouping sets without their keys.
        with contextlib.suppress(IndexError):
            changed.sql()
            yield changed


Move = Callable[[], object]


def _moves(query: Query) -> list[Move]:
    found: list[Move] = []
    if query.with_ and isinstance(query.body, Select):
        for cte in query.with_:
            found.append(lambda c=cte: c.query)
    _of_query(query, found)
    return found


def _set(owner: object, name: str, value: object) -> Move:
    return lambda: setattr(owner, name, value)


def _drop(items: list, index: int) -> Move:
    return lambda: items.pop(index)


def _of_query(query: Query, found: list[Move]) -> None:
    for index, cte in enumerate(query.with_):
        found.append(_drop(query.with_, index))
        _of_query(cte.query, found)
    # Without a limit rows come in any order; with one, the whole order decides which come.
    cut = bool(query.limit or query.offset or (isinstance(query.body, Select) and query.body.distinct_on))
    for part in ("limit", "offset"):
        if getattr(query, part):
            found.append(_set(query, part, ""))
    if query.order:
        found.append(lambda: (setattr(query, "order", []), setattr(query, "limit", ""), setattr(query, "offset", "")))
        for index in range(0 if cut else len(query.order)):
            found.append(_drop(query.order, index))
    _of_body(query.body, found, lambda body: setattr(query, "body", body))


def _of_body(body: object, found: list[Move], put: Callable[[object], None]) -> None:
    if isinstance(body, Query):
        if isinstance(body.body, Select):
            found.append(lambda: put(body.body))
        _of_query(body, found)
    elif isinstance(body, Sets):
        for side in ("left", "right"):
            found.append(lambda s=side: put(getattr(body, s)))
            _of_body(getattr(body, side), found, lambda b, s=side: setattr(body, s, b))
        _narrow(body, found)
    elif isinstance(body, Select):
        _of_select(body, found, put)


def _narrow(sets: Sets, found: list[Move]) -> None:
    """The same column out of every operand."""
    blocks = list(_blocks(sets))
    if len(blocks[0].items) > 1:
        for index in range(len(blocks[0].items)):
            found.append(lambda i=index: [b.items.pop(i) for b in blocks if len(b.items) > i])


def _blocks(body: object) -> Iterator[Select]:
    if isinstance(body, Select):
        yield body
    elif isinstance(body, Query):
        yield from _blocks(body.body)
    elif isinstance(body, Sets):
        yield from _blocks(body.left)
        yield from _blocks(body.right)


def _of_select(select: Select, found: list[Move], put: Callable[[object], None]) -> None:
    for name in ("where", "having", "group", "distinct_on", "windows"):
        items = getattr(select, name)
        if len(items) > 1:
            found.append(lambda i=items: i.clear())
        for index in range(len(items)):
            found.append(_drop(items, index))
    for name in ("distinct", "sets"):
        if getattr(select, name):
            found.append(_set(select, name, ""))
    if len(select.items) > 2:
        half = len(select.items) // 2
        found.append(lambda: select.items.__delitem__(slice(0, half)))
        found.append(lambda: select.items.__delitem__(slice(half, None)))
    if len(select.items) > 1:
        for index in range(len(select.items)):
            found.append(_drop(select.items, index))
    for index, join in enumerate(select.joins):
        if len(select.joins) > 1 and index > 0:
            found.append(_drop(select.joins, index))
        if isinstance(join.source.what, Query):
            inner = join.source.what
            if len(select.joins) == 1:
                found.append(lambda q=inner: q.with_ or q.order or put(q.body))
            _of_query(inner, found)
        elif isinstance(join.source.what, E):
            _of_expr(join.source.what, found)
        if join.kind and join.kind != "cross join":
            if join.kind != "join":
                found.append(_set(join, "kind", "join"))
            if join.on:
                found.append(lambda j=join: setattr(j, "on", e("bool", "true")))
                _of_expr(join.on, found)
    if len(select.joins) > 1:
        found.append(lambda: (select.joins.pop(0), setattr(select.joins[0], "kind", "")))
    for index, (item, name) in enumerate(select.items):
        found.extend(_replacements(item, lambda x, i=index, n=name: select.items.__setitem__(i, (x, n))))
    for items in (select.where, select.having, select.group, select.distinct_on):
        for index, item in enumerate(items):
            found.extend(_replacements(item, lambda x, i=index, all_=items: all_.__setitem__(i, x)))
    for _, spec in select.windows:
        _of_expr(spec, found)


def _of_expr(expr: E, found: list[Move]) -> None:
    for index, part in enumerate(expr.parts):
        if isinstance(part, E):
            found.extend(_replacements(part, lambda x, i=index: expr.parts.__setitem__(i, x)))
        elif isinstance(part, Query):
            _of_query(part, found)


def _replacements(expr: E, put: Callable[[E], None]) -> list[Move]:
    """The expression by a part of it of the same type, by a constant; and all of it smaller."""
    found: list[Move] = []
    for inner in _inside(expr):
        if inner.type == expr.type:
            found.append(lambda x=inner: put(x))
    if len(expr.parts) > 1 and expr.type in SIMPLEST:
        found.append(lambda: put(E(expr.type, [SIMPLEST[expr.type]])))
    _of_expr(expr, found)
    return found


def _inside(expr: E) -> Iterator[E]:
    for part in expr.parts:
        if isinstance(part, E):
            yield part
            yield from _inside(part)


def uses(node: object) -> Iterator[str]:
    """What a query is made with."""
    if isinstance(node, E):
        if node.uses:
            yield node.uses
        for child in node.children():
            yield from uses(child)
    elif isinstance(node, Query):
        if node.limit:
            yield "limit"
        if node.offset:
            yield "offset"
        for cte in node.with_:
            yield "with recursive" if cte.recursive else "with"
            yield from uses(cte.query)
        yield from uses(node.body)
    elif isinstance(node, Sets):
        yield node.operator
        yield from uses(node.left)
        yield from uses(node.right)
    elif isinstance(node, Select):
        for flag, name in ((node.distinct, "distinct"), (node.distinct_on, "distinct on"), (node.having, "having")):
            if flag:
                yield name
        if node.windows:
            yield "window clause"
        if node.group:
            yield node.sets.partition(" (")[0].partition("(")[0].strip() if node.sets else "group by"
        for join in node.joins:
            if join.kind:
                yield join.kind
            if join.using:
                yield "using"
            if join.source.lateral:
                yield "lateral"
            if not isinstance(join.source.what, str):
                yield from uses(join.source.what)
            if join.on:
                yield from uses(join.on)
        for item in [x for x, _ in node.items] + node.where + node.group + node.having + [w for _, w in node.windows]:
            yield from uses(item)
