"""Mutants of data sources for Tableau, judged by who sees which rows: formulas are evaluated over the rows of a real Postgres."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from .edits_sql import Mutant, replaced

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tableau"))

NAMES = ("ann", "ANN", "bob", "dee", "kim", "o'hara", "")
FORMULA = re.compile(r"formula='([^']*)'")


def formulas(formula: str) -> Iterator[tuple[str, str]]:
    """Other formulas."""
    yield "every row", "TRUE"
    yield "no row", "FALSE"
    yield "negated", f"NOT ({formula})"
    groups = list(re.finditer(r"ISMEMBEROF\('([^']*)'\)", formula))
    for found in groups:
        yield "a group that everybody is in", replaced(formula, found.span(), "TRUE")
        yield "a group that nobody is in", replaced(formula, found.span(), "FALSE")
        for other in sorted({g[1] for g in groups} - {found[1]})[:1]:
            yield "another group", replaced(formula, found.span(1), other)
    for found in re.finditer(r"\[pipec_seen_by_\w+\]", formula):
        yield "a condition taken out", replaced(formula, found.span(), "TRUE")
    for found in re.finditer(r"\[pipec_login(_\d+)?\] = LOWER\(USERNAME\(\)\)", formula):
        yield "rows of others", replaced(formula, found.span(), "TRUE")
    for old, new in ((" AND ", " OR "), (" OR ", " AND "), ("NOT (", "(")):
        for found in list(re.finditer(re.escape(old), formula))[:2]:
            yield f"`{old.strip()}` to `{new.strip()}`", replaced(formula, found.span(), new)


def mutants(path: str, text: str) -> Iterator[tuple[Mutant, str | None]]:
    """All mutants of a data source, each with its formula; `None` where what it means is no formula."""
    found = FORMULA.search(text)
    if found is None:
        return
    written = found[1].replace("&apos;", "'").replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    for kind, new in formulas(written):
        if new != written:
            quoted = escape(new, {"'": "&apos;", '"': "&quot;"})
            yield Mutant(f"tableau: {kind}", path, kind, replaced(text, found.span(1), quoted)), new
    yield Mutant("tableau: a filter of what is false", path, "", text.replace("member='true'", "member='false'")), f"NOT ({written})"
    yield Mutant("tableau: no filter", path, "", re.sub(r"\n *<filter .*?</filter>", "", text, flags=re.S)), "TRUE"
    yield Mutant("tableau: another table", path, "", re.sub(r"table='\[(\w+)\]\.\[", r"table='[\1].[x", text)), None
    yield Mutant("tableau: somebody else's login", path, "", re.sub(r" username='[^']*'", " username='postgres'", text)), None
    first = re.search(r"value='\[shown\]\.\[([^']*)\]' />", text)
    last = list(re.finditer(r"value='\[shown\]\.\[([^']*)\]' />", text))[-1:]
    if first and last and first[1] != last[0][1]:
        yield Mutant("tableau: a field of another column", path, "", replaced(text, first.span(1), last[0][1])), None


def capabilities(path: str, text: str) -> Iterator[Mutant]:
    """Who may do what with which data source: what it says is what it means."""
    manifest = json.loads(text)
    for number, source in enumerate(manifest["data_sources"]):
        others = sorted({g for s in manifest["data_sources"] for g in s["groups"]} - set(source["groups"]))
        for group, what in source["groups"].items():
            if "ExportXml" not in what:
                yield _changed(path, manifest, number, "a file that may be taken", source["groups"] | {group: [*what, "ExportXml"]})
            yield _changed(path, manifest, number, "a group less", {g: w for g, w in source["groups"].items() if g != group})
        for group in others[:1]:
            yield _changed(path, manifest, number, "a group more", source["groups"] | {group: ["Read", "Connect"]})


def _changed(path: str, manifest: Any, number: int, kind: str, groups: Any) -> Mutant:
    sources = [s | {"groups": groups} if n == number else s for n, s in enumerate(manifest["data_sources"])]
    return Mutant(f"tableau: {kind}", path, kind, json.dumps(manifest | {"data_sources": sources}, indent=2, ensure_ascii=False) + "\n")


def cosmetic(path: str, text: str) -> Iterator[Mutant]:
    """Captions and comments are nobody's rights."""
    yield Mutant("tableau: a caption", path, "", re.sub(r"<column caption='", "<column caption='Our ", text, count=1))
    yield Mutant("tableau: a comment", path, "", text.replace("<datasource ", "<!-- looked at -->\n<datasource ", 1))


class Shown:
    """What everybody sees through a data source, by any formula."""

    def __init__(self, check: Any, file: Path) -> None:
        import document
        import formula

        self.formula = formula
        read, problems = document.read(file)
        if problems:
            raise ValueError(f"{file.name}: {problems}")
        listed = ", ".join('"' + c.replace('"', '""') + '"' for c in read.columns.values())
        rows = check.database.rows("postgres", f'select {listed} from "{read.schema}"."{read.table}"')
        self.rows = [dict(zip(read.columns, row, strict=True)) for row in rows]
        groups = sorted({r["tableau_group"] for r in check.matrix["roles"] if r["tableau_group"]})
        sets = [frozenset(s) for size in (0, 1, 2) for s in itertools.combinations(groups, size)]
        self.users = [formula.User(name, s) for name in NAMES for s in sets]
        self.before = self.seen(read.formula)

    def seen(self, written: str) -> list[list[int]]:
        """The rows of each user."""
        tree = self.formula.parsed(written)
        return [[n for n, row in enumerate(self.rows) if self.formula.value(tree, row, user) is True] for user in self.users]

    def differs(self, written: str) -> bool:
        """Whether anybody sees other rows."""
        return self.seen(written) != self.before
