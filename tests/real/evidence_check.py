"""Judge the pages of an evidence report: HTML that a strict parser takes, whole and readable by itself, and equal to the JSON beside it.

Checked of each page: no parse error; a language, a title, one `h1`, headings without gaps; every
`id` once and every reference to one answered; every table with a caption and every header cell
with a scope; no script, no style from outside, no link but to a page of the report. Checked
against the JSON: the statement, every letter of the checklist with its result, every column of
every table with its sources, and every release, as the texts of the cells where they belong.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engines
import judge

LETTERS = "ABCDEFGHIJKLMNOPQR"


def text(element: Any) -> str:
    """The text of an element, blanks joined."""
    return " ".join("".join(element.itertext()).split())


def tags(tree: Any, name: str) -> Iterator[Any]:
    """Elements of a name, in order."""
    return (e for e in tree.iter() if isinstance(e.tag, str) and e.tag == name)


def structure(page: Any, folder: Path) -> Iterator[str]:
    """What is wrong with a page by itself."""
    if not page.get("lang"):
        yield "`html` has no `lang`"
    if not any(text(t) for t in tags(page, "title")):
        yield "no title"
    levels = [int(e.tag[1]) for e in page.iter() if e.tag in {"h1", "h2", "h3", "h4"}]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} `h1`"
    if any(after > before + 1 for before, after in zip(levels, levels[1:], strict=False)):
        yield "a heading skips a level"
    ids = Counter(e.get("id") for e in page.iter() if e.get("id"))
    yield from (f"the id `{i}` stands {n} times" for i, n in ids.items() if n > 1)
    for element in page.iter():
        for target in (element.get("aria-labelledby") or "").split():
            if target not in ids:
                yield f"`aria-labelledby` names `{target}`, which is nowhere"
        if element.tag in {"script", "link", "img", "iframe", "object", "form"}:
            yield f"a `{element.tag}`"
        yield from (f"an attribute `{a}`" for a in element.keys() if a.startswith("on") or a in {"src", "srcset"})
        href = element.get("href")
        if href is not None and not (folder / href).is_file():
            yield f"a link to `{href}`, which is no page of the report"
    for table in tags(page, "table"):
        if not any(text(c) for c in tags(table, "caption")):
            yield "a table without caption"
        yield from ("a header cell without scope" for cell in tags(table, "th") if cell.get("scope") not in {"row", "col"})


def rows(table: Any) -> list[list[Any]]:
    """The cells of a table's body."""
    return [[c for c in row if c.tag in {"td", "th"}] for body in tags(table, "tbody") for row in tags(body, "tr")]


def sink(page: Any, said: dict[str, Any]) -> Iterator[str]:
    """Where a sink's page differs from its JSON."""
    whole = text(page)
    for words in (said["statement"], said["not_checked"]):
        if " ".join(words.split()) not in whole:
            yield f"`{words}` is not on the page"
    tables = list(tags(page, "table"))
    letters = [(text(c[0]), " ".join(text(s) for s in tags(c[2], "span") if s.get("class") == "mark")) for c in rows(tables[0])] if tables else []
    expected = [(f"({line['letter']})", line["result"]) for line in said["checklist"]]
    if letters != expected or "".join(line["letter"] for line in said["checklist"]) != LETTERS:
        yield f"the checklist is {letters}, and the JSON says {expected}"
    for table, data in zip(tables[1:], said["tables"], strict=False):
        shown = [[text(c) for c in cells] for cells in rows(table)]
        wanted = data["columns"]
        if len(shown) != len(wanted):
            yield f"`{data['name']}` has {len(shown)} rows, and {len(wanted)} columns in the JSON"
        for cells, column in zip(shown, wanted, strict=False):
            pairs = [(0, [column["name"], column["type"]]), (1, column["from"]), (3, column["masks"] + column["releases"])]
            pairs += [(2, [t["category"] + ": " + t["form"] for t in column["tells"] + column["when"]])]
            pairs += [(4, [t["admitted"] for t in column["tells"]])]
            for cell, texts in pairs:
                yield from (
                    f"`{data['name']}.{column['name']}`: cell {cell} lacks `{t}`"
                    for t in texts
                    if " ".join(t.split()) not in cells[cell]
                )
    for release in said["releases"]:
        if " ".join(release["because"].split()) not in whole:
            yield f"the reason `{release['because']}` is not on the page"
    for note in said["notes"]:
        if " ".join(note["text"].split()) not in whole:
            yield f"the note on {note['topic']} is not on the page"


def main() -> int:
    """Run the judge."""
    parser = judge.command_line(__doc__)
    parser.add_argument("report", type=Path, help="the folder `evidence` of a build")
    arguments = parser.parse_args()
    engines.use("evidence")
    import html5lib

    report = judge.Report("evidence_check")
    started = time.monotonic()
    pages = sorted(arguments.report.glob("*.html"))
    counted: Counter[str] = Counter()
    for path in pages:
        strict = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False, strict=False)
        tree = strict.parse(path.read_text(encoding="utf-8"))
        for (line, column), code, values in strict.errors:
            report.problem(f"{path.name}:{line}:{column}: {code} {values}")
        page = next(e for e in tree.iter() if e.tag == "html")
        said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        found = list(structure(page, arguments.report))
        if path.stem != "index":
            found += sink(page, said)
            counted["columns"] += sum(len(t["columns"]) for t in said["tables"])
        if "hipaa compliant" in text(page).lower():
            found.append("says `HIPAA compliant`")
        for problem in found:
            report.problem(f"{path.name}: {problem}")
    listed = {e["page"] for e in json.loads((arguments.report / "index.json").read_text(encoding="utf-8"))["sinks"]}
    if listed | {"index.html"} != {p.name for p in pages} or len(pages) < 2:
        report.problem(f"the index lists {sorted(listed)}, and there are {[p.name for p in pages]}")
    report.timed("read", started)
    return report.conclude(f"{len(pages)} pages, {counted['columns']} columns")


if __name__ == "__main__":
    judge.judge(main)
