"""Edits of what is computed: columns added, copied, compared; conditions, groups, windows."""

from __future__ import annotations

from collections.abc import Iterator

from mutants.edits import Edits, Source, operator
from mutants.program import Column
from mutants.shape import Block, Origin


def _texts(column: Column) -> bool:
    return column.type == "text"


def _computed(source: Source, name: str, origin: Origin) -> Iterator[str]:
    """Expressions that are one value in other clothes."""
    value, other = source.value(origin), source.value(origin, 5)
    yield f"coalesce({name}, {value})"
    if _texts(origin.column):
        yield from (f"upper({name})", f"{name} || ''", f"left({name}, 2)", f"length({name})", f"md5({name})")
        yield from (f"substr({name}, 2)", f"reverse({name})", f"ascii({name})", f"position('S' in {name})")
    elif origin.column.type == "date":
        yield from (f"{name} + 1", f"extract(doy from {name})", f"to_char({name}, 'MM-DD')", f"date_trunc('month', {name})", f"run_date - {name}")
    elif "timestamp" in origin.column.type:
        yield from (f"extract(hour from {name})", f"({name} at time zone 'UTC') :: date")
    elif "int" in origin.column.type:
        yield from (f"{name} * 2", f"{name} % 7", f"{name} :: text", f"({name} :: bigint * 100000007 % 1000000007) :: text")
    yield f"nullif({name}, {other})"


def _compared(source: Source, name: str, origin: Origin) -> Iterator[str]:
    """Conditions on a value."""
    value, other = source.value(origin), source.value(origin, 5)
    low, high = sorted((source.value(origin, 2), source.value(origin, 11)))
    yield from (f"{name} = {value}", f"{name} in ({value}, {other})", f"{name} is distinct from {value}", f"coalesce({name} = {value}, false)")
    if "bool" not in origin.column.type:
        yield from (f"{name} > {value}", f"{name} between {low} and {high}")
    yield from (f"({name} = {value}) is true", f"nullif({name}, {value}) is null", f"{name} = any(array[{value}])")
    if _texts(origin.column):
        yield from (f"{name} like {value[:2]}%'", f"length({name}) > 9", f"{name} ~ '[1-4aeo].$'")
    table = f"{origin.table.schema}.{origin.table.name}"
    own = origin.column.name
    yield f"exists (select 1 from {table} as x where x.{own} = {name} and x.{own} = {value})"
    yield f"{name} in (select x.{own} from {table} as x where x.{own} = {value})"
    yield f"{name} = (select min(x.{own}) from {table} as x)"
    words = source.shape.program.table("dictionary")
    if words and _texts(origin.column):
        yield f"{name} in (select d.word from {words.schema}.dictionary as d)"


@operator("column added")
def column_added(source: Source) -> Edits:
    """A column as it is, in one more place."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        there = {e.expression for e in block.entries}
        for name, origin in source.sensitive(block):
            if name not in there and (text := source.added(block, name)):
                yield f"{model.name}: {name}", text


def _paths(source: Source, type_: str, before: str, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """The paths into a document, and whether some sink may not have what lies there."""
    types = source.shape.program.types
    for item in types[type_]:
        inner, listed = item.type.removesuffix("[]"), item.type.endswith("[]")
        places = [f"{before}.{item.name}" + ("[0]" if listed else "")]
        if listed and inner in types:
            kinds = [(f.by, c) for f in types[inner] if f.by for c in f.categories]
            places += [f"{before}.{item.name}[{by} = '{category}'][0]" for by, category in kinds]
        for place in places:
            if inner in types and depth < 3:
                yield from _paths(source, inner, place, depth + 1)
            elif inner not in types:
                yield place, source.guarded_kinds(item.told())


def _documents(source: Source, block: Block) -> Iterator[tuple[str, str]]:
    for (alias, column), origin in source.shape.scope(block).items():
        if origin and origin.column.type.startswith("json<"):
            yield f"{alias}.{column}", origin.column.type[5:-1]


@operator("path of a document")
def paths(source: Source) -> Edits:
    """A path into JSON, as a column or as a condition; the document itself."""
    for model, block in source.blocks():
        if block.grouped or model.sql:
            continue
        for document, type_ in _documents(source, block):
            made = [p for p, guarded in _paths(source, type_, document) if guarded]
            for path in [document, f"{document} :: text", *made, *(f"upper({p} :: text)" for p in made)]:
                if text := source.added(block, path):
                    yield f"{model.name}: {path}", text
            for path in made:
                if text := source.narrowed(block, f"({path} :: text) like '%1%'"):
                    yield f"{model.name}: where {path} like", text


@operator("path of a document that tells nothing", "plain")
def public_paths(source: Source) -> Edits:
    """A public path, and whether there is a value at any."""
    for model, block in source.blocks():
        if block.grouped or model.sql:
            continue
        for document, type_ in _documents(source, block):
            for path, guarded in _paths(source, type_, document):
                if text := source.narrowed(block, f"{path} is not null"):
                    yield f"{model.name}: {path} is not null", text
                if not guarded and (text := source.added(block, path)):
                    yield f"{model.name}: {path}", text


@operator("column of a model added")
def told_column(source: Source) -> Edits:
    """A column that a model before made, as it is."""
    for model, block in source.blocks():
        if block.grouped or model.sql:
            continue
        there, scope = {e.expression for e in block.entries}, source.shape.scope(block)
        for relation, alias in block.reads:
            for column, categories in source.shape.told(relation).items():
                name = f"{alias}.{column}"
                if scope.get((alias, column)) is None and name not in there and source.guarded_kinds(tuple(categories)):
                    if text := source.added(block, name):
                        yield f"{model.name}: {name}", text


@operator("select *")
def select_star(source: Source) -> Edits:
    """All columns instead of some."""
    for model, block in source.blocks():
        if not block.grouped and block.select and not model.sql:
            for _, alias in block.reads:
                yield f"{model.name}: {alias}.*", source.replaced(*block.select, f" {alias}.* ")
        elif model.sql and block.select:
            yield f"{model.name}: *", source.replaced(*block.select, " * ")


@operator("computed column")
def computed(source: Source) -> Edits:
    """A value in other clothes."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        for name, origin in source.sensitive(block):
            for expression in _computed(source, name, origin):
                if text := source.added(block, expression):
                    yield f"{model.name}: {expression}", text


@operator("comparison as a column")
def compared_column(source: Source) -> Edits:
    """Whether a value is that one."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        for name, origin in source.sensitive(block):
            for condition in _compared(source, name, origin):
                if text := source.added(block, condition):
                    yield f"{model.name}: {condition}", text


@operator("case copy")
def case_copy(source: Source) -> Edits:
    """A copy, value by value, or a word about one."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        for name, origin in source.sensitive(block):
            values = list(dict.fromkeys(source.value(origin, n) for n in range(12)))
            arms = " ".join(f"when {v} then '{n}'" for n, v in enumerate(values))
            copies = [
                f"case {name} {arms} end",
                f"case when {name} = {values[0]} then 'yes' else 'no' end",
                f"case when {name} is not null and {name} <> {values[0]} then 1 else 0 end",
            ]
            for copy in copies:
                if text := source.added(block, copy):
                    yield f"{model.name}: {copy[:60]}", text


@operator("dictionary join")
def dictionary(source: Source) -> Edits:
    """A public table of words, looked up by a value."""
    words = source.shape.program.table("dictionary")
    for model, block in source.blocks():
        for name, origin in source.sensitive(block):
            if words is None or not _texts(origin.column) or block.grouped or model.sql:
                continue
            where = f"{words.schema}.dictionary"
            for found in (f"(select max(d.code) from {where} as d where d.word = {name})", f"exists (select 1 from {where} as d where d.word = {name})"):
                if text := source.added(block, found):
                    yield f"{model.name}: {found}", text
            if block.reads and (text := source.added(block, "d.code")):
                line = f" as {block.reads[-1][1]}"
                at = text.index(line, block.start) + len(line)
                at = text.index("\n", at)
                for kind in ("left join", "join"):
                    yield f"{model.name}: {kind} on {name}", text[:at] + f"\n  {kind} {where} as d on d.word = {name}" + text[at:]


@operator("subquery as a column")
def subquery(source: Source) -> Edits:
    """A value of a whole table."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        for name, origin in source.sensitive(block):
            table, own = f"{origin.table.schema}.{origin.table.name}", origin.column.name
            if "bool" in origin.column.type:
                continue
            for expression in (
                f"(select max(x.{own}) from {table} as x)",
                f"(select count(*) from {table} as x where x.{own} = {source.value(origin)})",
                f"(select count(distinct x.{own}) from {table} as x)",
                f"array(select x.{own} from {table} as x order by x.{own} limit 1)",
            ):
                if text := source.added(block, expression):
                    yield f"{model.name}: {expression}", text


@operator("window")
def window(source: Source) -> Edits:
    """Ranks, neighbours and totals over a value."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        public = [p for p, o in source.public(block) if "bool" not in o.column.type]
        for name, origin in source.sensitive(block):
            if "bool" in origin.column.type:
                continue
            over = f"over (order by {name})"
            made = [f"row_number() {over}", f"rank() {over}", f"ntile(4) {over}", f"count(*) over (partition by {name})", f"max({name}) over ()"]
            if public:
                made += [f"first_value({public[0]}) {over}", f"lag({name}) over (order by {public[0]})", f"min({name}) over (partition by {public[0]})"]
                made += [f"count({public[0]}) filter (where {name} = {source.value(origin)}) over ()"]
            for expression in made:
                if text := source.added(block, expression):
                    yield f"{model.name}: {expression}", text


@operator("condition")
def condition(source: Source) -> Edits:
    """Which rows there are depends on a value."""
    for model, block in source.blocks():
        for name, origin in source.sensitive(block):
            for wanted in _compared(source, name, origin):
                if text := source.narrowed(block, wanted):
                    yield f"{model.name}: where {wanted}", text


@operator("condition in a join")
def join_condition(source: Source) -> Edits:
    """A comparison beside the key."""
    for model, block in source.blocks():
        for line in block.text.splitlines():
            if " join " not in f" {line}" or " on " not in line or model.sql:
                continue
            for name, origin in source.sensitive(block):
                at = source.text.index(line, block.start) + len(line)
                yield f"{model.name}: on … and {name} = …", source.replaced(at, at, f" and {name} = {source.value(origin)}")


@operator("first rows")
def first_rows(source: Source) -> Edits:
    """The first rows by a value."""
    for model, block in source.blocks():
        if model.sql or block is not model.main or block.grouped or "order by" in block.text.split("select")[-1]:
            continue
        for name, _ in source.sensitive(block):
            end = len(source.text[: block.end].rstrip())
            for tail in (f"order by {name}\n  limit 5", f"order by {name} desc, 1\n  limit 20"):
                asserted = block.text.find("\n  assert")
                at = block.start + asserted if asserted >= 0 else end
                yield f"{model.name}: {tail}", source.replaced(at, at, f"\n  {tail}")


@operator("group by")
def group_key(source: Source) -> Edits:
    """One row per value, which is not shown."""
    for model, block in source.blocks():
        found = block.text.find("group by ")
        if found < 0 or model.sql:
            continue
        at = block.start + found + len("group by ")
        for name, _ in source.sensitive(block):
            yield f"{model.name}: by {name}", source.replaced(at, at, f"{name}, ")


@operator("aggregate")
def aggregate(source: Source) -> Edits:
    """A value of a group."""
    for model, block in source.blocks():
        if not block.grouped or model.sql:
            continue
        for name, origin in source.sensitive(block):
            value = source.value(origin)
            made = [f"count(distinct {name})", f"count(*) filter (where {name} = {value})", f"bool_or({name} = {value})"]
            if "bool" not in origin.column.type:
                made += [f"max({name})", f"min({name})"]
            if _texts(origin.column):
                made += [f"string_agg({name}, ',' order by {name})", f"max(length({name}))", f"count(*) filter (where {name} like '%S%')"]
            for expression in made:
                if text := source.added(block, expression):
                    yield f"{model.name}: {expression}", text


@operator("having")
def having(source: Source) -> Edits:
    """Which groups there are depends on a value."""
    for model, block in source.blocks():
        found = block.text.find("group by ")
        if found < 0 or model.sql:
            continue
        at = source.text.index("\n", block.start + found)
        for name, origin in source.sensitive(block):
            for wanted in (f"bool_or({name} = {source.value(origin)})", f"count(distinct {name}) % 2 = 0"):
                yield f"{model.name}: having {wanted}", source.replaced(at, at, f"\n  having {wanted}")


@operator("latest by a comparison")
def picked(source: Source) -> Edits:
    """The row of each group that a comparison puts first."""
    for model, block in source.blocks():
        for found in ("order by ", "partition by "):
            at = block.text.find(found)
            if at < 0 or "over (" not in block.text[:at] or model.sql:
                continue
            place = block.start + at + len(found)
            for name, origin in source.sensitive(block):
                yield f"{model.name}: {found}{name} = …", source.replaced(place, place, f"({name} = {source.value(origin)}), ")
                yield f"{model.name}: {found}{name}", source.replaced(place, place, f"{name}, ")
