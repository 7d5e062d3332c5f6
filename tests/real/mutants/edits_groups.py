"""Edits of facts and tables that tell of groups of people: other smallest groups, conditions, dimensions, a second count beside the first.

Whether one leaks is counted (`groups.py`): the people behind each cell that a sink gets, and those that two of them differ by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mutants.edits import Edits, Source, operator
from mutants.groups import FACT, Metric, metrics

LEAST = (50, 20, 15, 12, 10, 9, 5, 2)


@operator("smallest group of a fact", "groups")
def smallest(source: Source) -> Edits:
    """Groups of fewer, or of any number; of more, which is in order."""
    for found in re.finditer(r' min_group (\d+) of subject \w+(?: crosswise because "[^"]*")?', source.text):
        for k in LEAST:
            yield f"min_group {k}", source.replaced(*found.span(1), str(k))
        yield "no min_group", source.replaced(*found.span(), "")


@operator("smallest group of a clearance", "groups")
def cleared(source: Source) -> Edits:
    """A sink that may know groups of more people only, or of fewer; the fact beside it as it was, or changed as well."""
    fact = re.search(r" min_group (\d+) of subject", source.text)
    for found in re.finditer(r"\baggregated\((\d+)\)", source.text):
        for k in LEAST:
            edit = (*found.span(1), str(k))
            yield f"aggregated({k})", source.applied([edit])
            for group in (k - 1, k, k + 1) if fact and k > 2 else ():
                yield f"aggregated({k}), min_group {group}", source.applied([edit, (*fact.span(1), str(group))])


@operator("condition of a count", "groups")
def condition(source: Source) -> Edits:
    """A metric counts under a condition."""
    for metric in metrics(source.text):
        for asked in _conditions(source, metric):
            changed = re.sub(r"(value = count\(distinct \w+\))( filter \(where .*\))?", rf"\1 filter (where {asked})", metric.text)
            yield f"{metric.name}: {asked}", source.replaced(metric.start, metric.end, changed)


@operator("dimension of a count", "groups")
def dimension(source: Source) -> Edits:
    """A metric is told by more, less, or other columns and periods."""
    for metric in metrics(source.text):
        for cut in _cuts(source, metric):
            yield f"{metric.name}: {cut}", source.replaced(metric.start, metric.end, _written(metric, metric.name, cut, metric.condition))


@operator("count beside, in the fact", "groups")
def beside(source: Source) -> Edits:
    """One more metric in the same fact."""
    for metric in metrics(source.text):
        for what, cut, asked in _others(source, metric):
            yield f"{metric.name}: {what}", source.replaced(metric.end, metric.end, "\n" + _written(metric, "added_count", cut, asked))


@operator("count beside, in another fact", "groups")
def apart(source: Source) -> Edits:
    """One more metric in a fact of its own, sent to the same sink."""
    fact = FACT.search(source.text)
    known = metrics(source.text)
    if fact is None:
        return
    for metric in known:
        for what, cut, asked in _others(source, metric):
            made = _written(metric, "added_count", cut, asked) + f"\n{fact.group(0).replace(fact.group(1), 'more', 1)}"
            made = re.sub(r"from metrics [\w*, ]+?(?=  |$)", "from metrics added_count", made)
            edits = [(fact.end(), fact.end(), "\n" + made), (*fact.span(2), ", ".join(m.name for m in known))]
            yield f"{metric.name}: {what}", source.applied([*edits, *_sent(source, fact.group(1), "more")])


@operator("groups by hand", "groups")
def by_hand(source: Source) -> Edits:
    """A table of groups with their numbers, beside the fact or in its place."""
    fact = FACT.search(source.text)
    if fact is None:
        return
    for metric in metrics(source.text)[:1]:
        for k in (11, 10, 5, 2, 0):
            for by in _dimensions(source, metric):
                for asked in ("", *list(_conditions(source, metric))[:2]):
                    made = _table(metric, by, asked, k)
                    what = f"by {by or 'nothing'}{' where ' + asked if asked else ''}, {k}"
                    yield f"beside: {what}", source.applied([(fact.end(), fact.end(), made), *_sent(source, fact.group(1), "by_hand")])
                    yield f"alone: {what}", source.applied([(fact.end(), fact.end(), made), *_sent(source, fact.group(1), "by_hand", instead=True)])


# --- what they are made of --------------------------------------------------------------


def _others(source: Source, metric: Metric) -> Iterator[tuple[str, str, str]]:
    """Other cuts and conditions."""
    for cut in _cuts(source, metric):
        yield cut, cut, metric.condition
    for asked in _conditions(source, metric):
        yield asked, metric.cut, asked
        yield f"{asked}, over all", "", asked


def _conditions(source: Source, metric: Metric) -> Iterator[str]:
    """Conditions on a column of the counted rows: most of them leave few out, or let few through."""
    for name, origin in source.shape.columns(metric.model).items():
        if origin is None or origin.column.type.startswith("json"):
            continue
        values = sorted({str(source.value(origin, at)) for at in range(40)})
        if origin.column.type == "boolean":
            yield from (name, f"not {name}")
        elif len(values) > 1:
            first, middle = values[0], values[len(values) // 2]
            yield from (f"{name} = {first}", f"{name} <> {first}", f"{name} >= {middle}")
        if origin.column.nullable:
            yield f"{name} is not null"


def _cuts(source: Source, metric: Metric) -> Iterator[str]:
    """Dimensions and periods as text."""
    over = f"over {metric.period} grain {{}}" if metric.period else ""
    for grain in ("day", "week", "month", "quarter", "year", ""):
        for by in _dimensions(source, metric):
            if grain == "" or over:
                yield "   ".join(part for part in (over.format(grain) if grain else "", f"by {by}" if by else "") if part)


def _dimensions(source: Source, metric: Metric) -> list[str]:
    # A dimension keeps what it tells: those that the base names, and columns that tell nothing.
    public = [n for n, o in source.shape.columns(metric.model).items() if o and o.column.public and not o.column.key and "int" not in o.column.type]
    named = [*dict.fromkeys([*metric.by, *public])]
    return ["", *named, *(f"{a}, {b}" for a in named for b in named if a < b)]


def _written(metric: Metric, name: str, cut: str, asked: str) -> str:
    filtered = f" filter (where {asked})" if asked else ""
    return f"metric {name} from {metric.model} {{\n  value = count(distinct {metric.subject}){filtered}\n  {cut}   unit count   subject {metric.subject}\n}}"


def _table(metric: Metric, by: str, asked: str, k: int) -> str:
    names = [b.strip() for b in by.split(",") if b.strip()]
    where = "  where " + re.sub(r"^(not )?(\w+)", r"\1m.\2", asked) + "\n" if asked else ""
    groups = f"  group by {', '.join(f'm.{n}' for n in names)}\n" if names else ""
    having = f"  having count(distinct m.{metric.subject}) >= {k}\n" if k else ""
    columns = "; ".join([*(f"m.{n}" for n in names), f"n = count(distinct m.{metric.subject})"])
    said = f"// told: by_hand from {metric.model} by {', '.join(names)} where {asked} subject {metric.subject}\n"
    return f"\n{said}model by_hand in marts {{\n  from {metric.model} as m\n{where}{groups}{having}  select {{ {columns} }}\n}}"


def _sent(source: Source, name: str, more: str, instead: bool = False) -> Iterator[tuple[int, int, str]]:
    """Where the fact is sent, one more table, or another one."""
    for found in re.finditer(rf"^(?:export \w+ to \w+ \{{ |grant read on )({name})\b", source.text, re.M):
        yield *found.span(1), more if instead else f"{name}, {more}"
