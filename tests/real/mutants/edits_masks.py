"""Edits of masks, in expressions, in maskings, in masked twins; and of what is sent to whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mutants.edits import Edits, Source, operator
from mutants.shape import Block, split

TOKEN = "hmac_token({x}, key => secret('PSEUDONYM_KEY'), domain => 'anon')"
TEXT_MASKS = ("redact({x})", "is_present({x})", TOKEN, "keep_last({x}, 4)", "zip3({x})")
DATE_MASKS = ("year_of({x})", "is_present({x})", "age_years({x}, as_of => year_start(run_date))", "age_band({x}, as_of => year_start(run_date))")
NO_MASKS = {
    "text": ("md5({x})", "sha256({x})", "left({x}, 3)", "upper({x})", "trim({x})", "right({x}, 4)"),
    "date": ("{x} :: text", "date_trunc('month', {x})", "extract(month from {x})", "to_char({x}, 'YYYY-MM')"),
}
DATED = ("year_of", "age_years", "age_band")


@operator("mask dropped")
def dropped(source: Source) -> Edits:
    """The value itself."""
    for call in source.shape.calls():
        yield f"{call.function}({call.arguments[0]})", source.replaced(call.start, call.end, call.arguments[0])


@operator("wrong mask")
def swapped(source: Source) -> Edits:
    """Another mask."""
    for call in source.shape.calls():
        for mask in DATE_MASKS if call.function in DATED else TEXT_MASKS:
            if not mask.startswith(call.function + "("):
                yield f"{call.function} → {mask}", source.replaced(call.start, call.end, mask.format(x=call.arguments[0]))


@operator("no mask but looks like one")
def weak(source: Source) -> Edits:
    """Hashes without a key, pieces."""
    for call in source.shape.calls():
        for made in NO_MASKS["date" if call.function in DATED else "text"]:
            yield f"{call.function} → {made}", source.replaced(call.start, call.end, made.format(x=call.arguments[0]))


@operator("mask of a computed value")
def not_intact(source: Source) -> Edits:
    """A mask over more than one column, or over a piece."""
    for call in source.shape.calls():
        block = source.shape.block_at(call.start)
        first = call.arguments[0]
        same = "date" if call.function in DATED else "text"
        others = [n for n, o in source.sensitive(block) if o.column.type == same and n != first] if block else []
        made = [f"case when {first} is null then null else {first} end", f"coalesce({first}, {first})"]
        made += [f"coalesce({first}, {o})" for o in others] + [f"case when {o} is null then {first} else {o} end" for o in others[:1]]
        if same == "text":
            made += [f"left({first}, 5)", f"lower({first})", f"nullif({first}, {_constant(source, block, first)})", f"case when {first} like 'S%' then {first} end"]
            made += [f"{first} || {o}" for o in others]
        else:
            made += [f"{first} + 200", f"case when {first} > date '1980-03-01' then {first} end", f"greatest({first}, date '1980-03-01')"]
        for argument in made:
            yield f"{call.function}({argument})", _call(source, call, [argument, *call.arguments[1:]])


def _constant(source: Source, block: Block | None, name: str) -> str:
    origin = source.shape.scope(block).get(tuple(name.split("."))) if block else None  # type: ignore[arg-type]
    return source.value(origin) if origin else "'Smith'"


def _call(source: Source, call, arguments: list[str]) -> str:  # noqa: ANN001
    return source.replaced(call.start, call.end, f"{call.function}({', '.join(arguments)})")


@operator("masks in a condition")
def asked(source: Source) -> Edits:
    """Two masks of one value, each of which leaves little, in what chooses the rows or in a comparison; one beside another that is shown."""
    for model, block in source.blocks():
        for name, origin in source.sensitive(block):
            for wanted in _two_masks(source, name, origin):
                if text := source.narrowed(block, wanted):
                    yield f"{model.name}: where {wanted}", text
                if text := source.added(block, f"case when {wanted} then 1 else 0 end"):
                    yield f"{model.name}: case when {wanted}", text


def _two_masks(source: Source, name: str, origin) -> Iterator[str]:  # noqa: ANN001
    if origin.column.type == "date":
        age = f"age_years({name}, as_of => run_date"
        yield f"{age}) <> {age} + 90)"
        yield f"year_of({name}, as_of => year_start(run_date)) + {age}) = 2025"
        yield f"age_band({name}, as_of => run_date, width => 5) = age_band({name}, as_of => run_date + 60, width => 5)"
    elif origin.column.type == "text":
        wanted = source.value(origin)[1:-1]
        yield f"keep_first({name}, 3) = keep_first('{wanted}', 3) and keep_last({name}, 3) = keep_last('{wanted}', 3)"
        yield f"keep_first({name}, 2) < keep_last({name}, 2)"


@operator("other argument of a mask")
def doctored(source: Source) -> Edits:
    """An argument that changes from row to row."""
    yield from _with_arguments(source, _telling_arguments)


@operator("other constant in a mask", "declared")
def constants(source: Source) -> Edits:
    """More characters, another fixed day, a width of one: the form admits every mask that leaves it."""
    yield from _with_arguments(source, _other_constants)


@operator("day of a mask that moves")
def moving(source: Source) -> Edits:
    """An age by the day of the run: in an export that runs every night, the night on which it changes is the birthday."""
    if re.search(r"^export ", source.text, re.M):
        yield from _with_arguments(source, _moving_days)


def _with_arguments(source: Source, others: Callable[[str, list[str], list[str]], list[str]]) -> Edits:
    for call in source.shape.calls():
        block = source.shape.block_at(call.start)
        scope = source.shape.scope(block) if block else {}
        numbers = [f"{a}.{c}" for (a, c), o in scope.items() if o and o.column.type == "integer"]
        days = [f"{a}.{c}" for (a, c), o in scope.items() if o and o.column.type == "date"]
        for argument in others(call.function, numbers, days):
            name = argument.split(" =>")[0]
            kept = [a for n, a in enumerate(call.arguments) if n == 0 or not _is(a, name, call.function)]
            yield f"{call.function}(…, {argument})", _call(source, call, [*kept, argument])


def _is(argument: str, name: str, function: str) -> bool:
    return argument.startswith(f"{name} =>") or (function == "keep_last" and "=>" not in argument)


def _telling_arguments(function: str, numbers: list[str], days: list[str]) -> list[str]:
    match function:
        case "keep_last":
            return [f"n => {n}" for n in numbers]
        case "age_band" | "age_years":
            dates = [*days, *(f"date '2025-01-01' + {n}" for n in numbers)]
            widths = [f"width => {n}" for n in numbers] if function == "age_band" else []
            return [f"as_of => {d}" for d in dates] + widths
        case _:
            return []


def _moving_days(function: str, _numbers: list[str], _days: list[str]) -> list[str]:
    return [f"as_of => {d}" for d in ("run_date", "run_date - 30")] if function in ("age_band", "age_years") else []


def _other_constants(function: str, _numbers: list[str], _days: list[str]) -> list[str]:
    match function:
        case "keep_last":
            return [f"n => {n}" for n in ("0", "2", "5", "6", "12", "-4")]
        case "age_band" | "age_years":
            widths = [f"width => {n}" for n in ("1", "2", "10")] if function == "age_band" else []
            return [f"as_of => date '{d}'" for d in ("2025-03-15", "2024-12-31", "2020-02-29")] + widths
        case "hmac_token":
            return ["domain => 'other'", "key => secret('OTHER_KEY')", "key => 'PSEUDONYM_KEY'"]
        case _:
            return []


# --- maskings and twins -----------------------------------------------------------------

_RULE = re.compile(r"^  ([\w, ]+?)\s+-> (.*)$", re.M)


@operator("rule of a masking")
def rules(source: Source) -> Edits:
    """A category without its rule, or with that of another."""
    for masking in re.finditer(r"^masking \w+ \{(.*?)^\}", source.text, re.M | re.S):
        start = masking.start(1)
        found = [(start + m.start(), start + m.end(), split(m.group(1)), m.group(2)) for m in _RULE.finditer(masking.group(1))]
        for begin, end, categories, mask in found:
            plain = re.sub(r"\s*//.*", "", mask)
            for category in categories:
                rest = [c for c in categories if c != category]
                line = f"  {', '.join(rest)} -> {plain}" if rest else ""
                yield f"no rule for {category}", source.replaced(begin, end, line)
                for other in sorted({re.sub(r"\s*//.*| as \w+", "", o) for *_, o in found} | {"is_present", "redact", "nullify", "keep_last(4)"}):
                    if other != plain:
                        yield f"{category} -> {other}", source.replaced(begin, end, f"{line}\n  {category} -> {other}")
            for old, new in (("(4)", "(6)"), ("(4)", "(8)"), ("width => 5", "width => 1"), ("year_start(run_date)", "run_date"), ("'anon'", "'other'")):
                if old in plain:
                    yield f"{plain} with {new}", source.replaced(begin, end, f"  {', '.join(categories)} -> {plain.replace(old, new)}")


@operator("masked twin")
def twins(source: Source) -> Edits:
    """The columns as they are, a drop forgotten, an override forgotten."""
    for twin in (m for m in source.shape.models.values() if m.base):
        text = source.text[twin.start : twin.end]
        head = text.split(" = ")[0]
        yield f"{twin.name}: not masked", source.replaced(twin.start, twin.end, f"{head} {{\n  from {twin.base} as b\n  select {{ b.* }}\n}}")
        for line in re.findall(r"^  .+$", text, re.M):
            yield f"{twin.name}: without `{line.strip()}`", source.replaced(twin.start, twin.end, text.replace(line + "\n", ""))
        columns = list(source.shape.columns(twin.base))
        body = text if "{" in text else text + " {\n}"
        for column in columns:
            for rule in ("is_present", "redact", "keep_last(4)", "hmac_token(key => secret('PSEUDONYM_KEY'), domain => 'anon')", "year_of", "nullify"):
                if f"  {column} ->" not in body and f"drop {column}" not in body:
                    made = re.sub(r"\{\n", f"{{\n  {column} -> {rule}\n", body, count=1)
                    yield f"{twin.name}: {column} -> {rule}", source.replaced(twin.start, twin.end, made)


# --- what is sent -----------------------------------------------------------------------


def _tables(source: Source) -> list[str]:
    kept = [m for m, shape in source.shape.models.items() if not re.match(r"query |model [^\n]* as ephemeral", source.text[shape.start : shape.end])]
    return kept + [f"{t.schema}.{t.name}" for t in source.shape.program.tables]


@operator("table added to an export")
def exported(source: Source) -> Edits:
    """One more table, a base instead of its twin, a glob."""
    for found in re.finditer(r"^export (\w+) to \w+ \{ ?(.*?)path ", source.text, re.M | re.S):
        names = re.findall(r"[\w.*]+", found.group(2).replace("except", ""))
        for table in _tables(source):
            if table not in names:
                yield f"{found.group(1)}: {table}", source.replaced(found.start(2), found.start(2), f"{table}; ")
        for twin in (m for m in source.shape.models.values() if m.base and m.name in names):
            swapped_ = re.sub(rf"\b{twin.name}\b", twin.base, found.group(2))
            yield f"{found.group(1)}: {twin.base} for {twin.name}", source.replaced(*found.span(2), swapped_)
        for glob in ("*", *{f"{n[:3]}*" for n in names}):
            yield f"{found.group(1)}: {glob}", source.replaced(*found.span(2), f"{glob}; ")


@operator("reader or grant added")
def granted(source: Source) -> Edits:
    """A role reads one more thing."""
    for bucket in re.finditer(r"^bucket (\w+)\s*\{([^}]*)\}", source.text, re.M):
        for role in source.shape.program.roles:
            body = bucket.group(2)
            if role in body:
                continue
            more = body.replace("readers ", f"readers {role}, ") if "readers " in body else f"{body.rstrip()}; readers {role} "
            yield f"{role} reads {bucket.group(1)}", source.replaced(*bucket.span(2), more)
    for role in source.shape.program.roles:
        for table in _tables(source):
            line = f"\ngrant read on {table} to {role}\n"
            yield line.strip(), source.text + line
        for layer in re.findall(r"^layer (\w+)", source.text, re.M):
            yield f"grant on {layer} to {role}", source.text + f"\ngrant read on {layer} to {role}\n"
