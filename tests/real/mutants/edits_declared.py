"""Edits of what somebody states: categories, clearances, releases, discriminators, metrics."""

from __future__ import annotations

import re

from mutants.edits import Edits, Source, operator
from mutants.program import FORMS


@operator("category removed from a column", "declared")
def unclassified(source: Source) -> Edits:
    """A source column of which nobody says anything."""
    for at, end, where in _categories(source):
        yield where, source.replaced(at, end, " " * (end - at))


@operator("category replaced by @public", "declared")
def called_public(source: Source) -> Edits:
    """A source column that is called public: a lie, seen only where another declaration contradicts it."""
    for at, end, where in _categories(source):
        yield where, source.replaced(at, end, "@public")


def _categories(source: Source):  # noqa: ANN202
    for table in re.finditer(r"^  table (\w+)\s*\{(.*?)^  \}", source.text, re.M | re.S):
        for line in re.finditer(r"^    (\w+) .*$", table.group(2), re.M):
            for found in re.finditer(r"@(?!public)\w+", line.group(0)):
                at = table.start(2) + line.start() + found.start()
                yield at, at + len(found.group(0)), f"{table.group(1)}.{line.group(1)} {found.group(0)}"


@operator("clearance widened", "declared")
def widened(source: Source) -> Edits:
    """A sink cleared for more: the plan lists it."""
    named = [c for c in re.findall(r"^clearance (\w+)", source.text, re.M)] + ["internal", "limited_data_set", "safe_harbor"]
    for sink in re.finditer(r"^(bucket|role) (\w+)\s*\{[^}]*?clearance (\w+)", source.text, re.M):
        for name in named:
            if name != sink.group(3):
                yield f"{sink.group(2)}: {name}", source.replaced(*sink.span(3), name)
    for form in re.finditer(r"^clearance .*?$|^clearance [^}]*\}", source.text, re.M):
        for found in re.finditer(r"\b(\w+) (public|general|pseudonym|partial)\b", form.group(0)):
            at = form.start() + found.start(2)
            for more in FORMS[FORMS.index(found.group(2)) + 1 :]:
                yield f"{found.group(1)} {more}", source.replaced(at, at + len(found.group(2)), more)


@operator("release without a reason", "declared")
def no_reason(source: Source) -> Edits:
    """The `because` of a release, a discriminator, a mask is gone or empty."""
    for found in re.finditer(r",? because (\"[^\"]*\"|'[^']*')", source.text):
        yield f"without {found.group(0)[:30]}", source.replaced(*found.span(), "")
        yield f"empty {found.group(0)[:30]}", source.replaced(*found.span(1), found.group(1)[0] * 2)


@operator("release of more", "declared")
def released(source: Source) -> Edits:
    """A release that says less is left than it says: listed, not refused."""
    for found in re.finditer(r"\b(\w+) (general|pseudonym|partial)(?=, because|, \w+ \w+, because)", source.text):
        yield f"{found.group(1)} public", source.replaced(*found.span(2), "public")


@operator("release removed")
def unreleased(source: Source) -> Edits:
    """The released expression, as it is."""
    for found in re.finditer(r"\brelease\(", source.text):
        depth, at = 1, found.end()
        inner = None
        while depth:
            depth += {"(": 1, ")": -1}.get(source.text[at], 0)
            if depth == 1 and source.text[at] == "," and inner is None:
                inner = source.text[found.end() : at]
            at += 1
        yield f"{inner}", source.replaced(found.start(), at, inner or "")


@operator("other kind picked")
def picked(source: Source) -> Edits:
    """A pick of another kind under the annotation of the first; without its filter; by another column."""
    for found in re.finditer(r"filter \(where (\w+\.\w+) = '(\w+)'\)(\s+@(\w+))?", source.text):
        kinds = dict(k for t in source.shape.program.tables for c in t.columns for k in c.kinds)
        for other, category in kinds.items():
            if other != found.group(2) and found.group(4):
                changed = found.group(0).replace(f"'{found.group(2)}'", f"'{other}'")
                yield f"{other} as {found.group(4)}", source.replaced(*found.span(), changed)
        if not kinds:
            continue
        yield "no filter", source.replaced(*found.span(), found.group(3) or "")
        if found.group(3):
            yield "no annotation", source.replaced(*found.span(3), "")
            yield "two kinds", source.replaced(*found.span(), found.group(0).replace(f" = '{found.group(2)}'", f" in ('{found.group(2)}', 'q1', 'q2')"))


@operator("annotation of a pick", "declared")
def annotated(source: Source) -> Edits:
    """The annotation of a discriminated pick names another category: reviewed by people, not by the compiler."""
    for found in re.finditer(r"filter \(where \w+\.\w+ = '\w+'\)\s+@(\w+)", source.text):
        for category in ("public", "clinical", "demographic"):
            if category != found.group(1):
                yield f"@{found.group(1)} → @{category}", source.replaced(*found.span(1), category)


@operator("cell of a list", "declared")
def cell(source: Source) -> Edits:
    """A list that models are made from says something else: it is reviewed like source."""
    for file in re.finditer(r"^// file: \S+\n((?:// \| .*\n)+)", source.text, re.M):
        lines = [(file.start(1) + m.start(1), m.group(1).split(",")) for m in re.finditer(r"^// \| (.*)$", file.group(1), re.M)]
        for start, cells in lines[1:]:
            for at, old in enumerate(cells):
                for new in sorted({other[at] for _, other in lines[1:]} - {old}):
                    changed = ",".join([*cells[:at], new, *cells[at + 1 :]])
                    yield f"{','.join(cells)} → {changed}", source.replaced(start, start + len(",".join(cells)), changed)


@operator("discriminator removed")
def undiscriminated(source: Source) -> Edits:
    """The line is gone, or names another column."""
    for found in re.finditer(r"^  discriminate (.*?) by (\w+) .*$", source.text, re.M):
        yield found.group(0).strip(), source.replaced(*found.span(), "")


@operator("smallest group lowered")
def smaller_group(source: Source) -> Edits:
    """Cells of fewer people."""
    for found in re.finditer(r'\s+min_group (\d+) of subject (\w+)(?: crosswise because "[^"]*")?', source.text):
        for k in (10, 9, 5, 4, 3, 2):
            if k < int(found.group(1)):
                yield f"min_group {k}", source.replaced(*found.span(1), str(k))
        yield "no min_group", source.replaced(*found.span(), "")


@operator("metric doctored")
def metric(source: Source) -> Edits:
    """Other values, finer cells, one contributor."""
    for found in re.finditer(r"^metric (\w+) from (\w+) \{(.*?)^\}", source.text, re.M | re.S):
        columns = source.shape.columns(found.group(2))
        body = found.group(3)
        changed: list[str] = []
        for name, origin in columns.items():
            if not re.search(rf"\bby [\w, ]*\b{name}\b", body):
                changed.append(re.sub(r" by (\w+)", rf" by \1, {name}", body) if " by " in body else re.sub(r"( unit)", rf" by {name} \1", body))
            changed.append(re.sub(r"subject \w+", f"subject {name}", body))
            changed.append(re.sub(r"count\(distinct \w+\)", f"count(distinct {name})", body))
            if origin and source.guarded(origin) and origin.column.type != "boolean":
                changed.append(re.sub(r"(count\(distinct \w+\))(?! filter)", rf"\1 filter (where {name} = {source.value(origin)})", body))
                changed.append(re.sub(r"count\(distinct \w+\)", f"max({name})", body))
                changed.append(re.sub(r"(value = )(.*)", rf"\1case when bool_or({name} = {source.value(origin)}) then \2 end", body))
        changed += [body.replace("grain month", f"grain {g}") for g in ("day", "week", "year")]
        changed += [re.sub(r"(value = )(.*)", rf"\1\2 {tail}", body) for tail in ("+ 1", "* 2")]
        changed += [re.sub(r"count\(distinct (\w+)\)", made, body) for made in ("count(*)", r"min(\1)", r"count(\1)", "sum(1)")]
        changed += [re.sub(r"\s+subject \w+", "", body)]
        for text in changed:
            if text != body:
                yield f"{found.group(1)}: {_difference(body, text)}", source.replaced(*found.span(3), text)


def _difference(before: str, after: str) -> str:
    old, new = before.split(), after.split()
    start = next((n for n, (a, b) in enumerate(zip(old, new)) if a != b), 0)
    return " ".join(new[max(0, start - 1) : start + 6])
