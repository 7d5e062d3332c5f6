"""Edits that tell nobody anything: what is refused here is a false alarm."""

from __future__ import annotations

import re

from mutants.edits import Edits, Source, operator


@operator("public column added", "plain")
def public_column(source: Source) -> Edits:
    """A column that tells nothing."""
    for model, block in source.blocks():
        if block.grouped:
            continue
        there = {e.expression for e in block.entries}
        for name, _ in source.public(block):
            if name not in there and (text := source.added(block, name)):
                yield f"{model.name}: {name}", text
            if text := source.added(block, f"coalesce({name}, {name})"):
                yield f"{model.name}: coalesce({name})", text


@operator("public condition", "plain")
def public_condition(source: Source) -> Edits:
    """A condition on what tells nothing."""
    for model, block in source.blocks():
        for name, origin in source.public(block):
            if text := source.narrowed(block, f"{name} = {source.value(origin)}"):
                yield f"{model.name}: where {name} = …", text


@operator("not-null test", "plain")
def not_null(source: Source) -> Edits:
    """Whether there is a value is structure."""
    for model, block in source.blocks():
        for name, origin in source.sensitive(block):
            if text := source.narrowed(block, f"{name} is not null"):
                yield f"{model.name}: {name} is not null", text


@operator("mask of a trimmed value", "plain")
def trimmed(source: Source) -> Edits:
    """A mask takes a value through lossless steps."""
    for call in source.shape.calls():
        if call.function in ("redact", "hmac_token", "zip3", "keep_last"):
            for made in (f"trim({call.arguments[0]})", f"{call.arguments[0]} :: text"):
                text = f"{call.function}({', '.join([made, *call.arguments[1:]])})"
                yield text, source.replaced(call.start, call.end, text)


@operator("join over a declared key", "plain")
def key_join(source: Source) -> Edits:
    """One more table over a declared key, for a public column."""
    for model, block in source.blocks():
        if model.sql or block.grouped:
            continue
        for (alias, column), origin in source.shape.scope(block).items():
            if origin is None or origin.column.references is None:
                continue
            target = source.shape.program.table(origin.column.references[0])
            public = [c.name for c in target.columns if c.public] if target else []
            if target and public and (text := source.added(block, f"z.{public[0]}")):
                line = f" as {block.reads[-1][1]}"
                at = text.index("\n", text.index(line, block.start) + len(line))
                for kind in ("join", "left join"):
                    joined = f"\n  {kind} {target.schema}.{target.name} as z on z.{origin.column.references[1]} = {alias}.{column}"
                    yield f"{model.name}: {kind} {target.name} on {alias}.{column}", text[:at] + joined + text[at:]


@operator("semi-join over a declared key", "plain")
def semi_join(source: Source) -> Edits:
    """Rows that have, or lack, a partner."""
    for model, block in source.blocks():
        for (alias, column), origin in source.shape.scope(block).items():
            if origin is None or origin.column.references is None:
                continue
            target, key = origin.column.references
            table = source.shape.program.table(target)
            if table is None:
                continue
            where = f"{table.schema}.{target}"
            for wanted in (f"{alias}.{column} in (select z.{key} from {where} as z)", f"exists (select 1 from {where} as z where z.{key} = {alias}.{column})"):
                if text := source.narrowed(block, wanted):
                    yield f"{model.name}: {wanted}", text


@operator("renamed column", "plain")
def renamed(source: Source) -> Edits:
    """A column under another name, where nothing reads it by name."""
    for model, block in source.blocks():
        if model.sql or block is not model.main or source.shape.readers(model.name) or any(m.base == model.name for m in source.shape.models.values()):
            continue
        if re.search(rf"from {model.name}\b", source.text):
            continue
        for entry in block.entries:
            if "*" not in entry.expression and "assert" not in source.text[block.select[1] if block.select else 0 : block.end]:
                tail = source.text[entry.start : entry.end].split("@", 1)
                note = f"  @{tail[1]}" if len(tail) > 1 else ""
                yield f"{model.name}: {entry.name}", source.replaced(entry.start, entry.end, f"renamed = {entry.expression}{note}")


@operator("column removed", "plain")
def removed(source: Source) -> Edits:
    """A column less, where nothing reads it by name."""
    for model, block in source.blocks():
        if model.sql or block is not model.main or len(block.entries) < 2 or model.name not in source.shape.sent():
            continue
        for entry in block.entries:
            yield f"{model.name}: {entry.name}", source.replaced(entry.start, entry.end, "")


@operator("kept another way", "plain")
def kept(source: Source) -> Edits:
    """A view instead of a table, a table instead of a view."""
    for found in re.finditer(r"^(layer \w+\s+schema \"\w+\"\s+as )(table|view)", source.text, re.M):
        other = "view" if found.group(2) == "table" else "table"
        yield f"{found.group(1)}{other}", source.replaced(*found.span(2), other)


@operator("sorted by a public column", "plain")
def ordered(source: Source) -> Edits:
    """Order, and the first rows, by what tells nothing."""
    for model, block in source.blocks():
        if model.sql or block is not model.main or block.grouped or "order by" in block.text:
            continue
        keys = ", ".join(name for name, _ in source.public(block))
        asserted = block.text.find("\n  assert")
        at = block.start + asserted if asserted >= 0 else len(source.text[: block.end].rstrip())
        if keys:
            yield f"{model.name}: order by {keys}", source.replaced(at, at, f"\n  order by {keys}")
