"""Judge the site that `pipec docs` writes: every page opened in a headless Chromium, and compared with what `lineage` and `access` say as JSON.

Checked of each page, opened as a file: HTML without a parse error; nothing on the console; no
request but for its own style and search; one `h1`; every `id` once; every link leads to a page,
and to a place in it, that is there; no script but the search's, no handler in an attribute; axe-core
finds nothing serious, on some pages also in the dark and on a narrow screen. Two builds are equal to the byte.

Checked against the program: a page per table, with its columns in order, their types, what each
is made of, who sees it; the lines of the access matrix; as many references as the source declares.
The search, used by the keyboard, finds columns, tables and roles, and the first hit is where it
leads. Without scripts everything but the search is there. Names are shown as they are, whatever is in them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import engines
import judge

Json = dict[str, Any]


def say(pipec: Path, *arguments: str) -> str:
    """What pipec prints; it must not fail."""
    done = subprocess.run([pipec, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise engines.EngineError(f"pipec {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def site(pipec: Path, project: Path, out: Path) -> dict[str, bytes]:
    """Builds the site; its files by path."""
    say(pipec, "docs", str(project), "--out", str(out))
    files = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    files.pop("manifest.json")
    return files


def parse_errors(files: dict[str, bytes]) -> Iterator[str]:
    """What a strict parser of HTML says."""
    engines.use("evidence")
    import html5lib

    for name, content in files.items():
        if name.endswith(".html"):
            parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
            parser.parse(content.decode("utf-8"))
            for (line, column), code, values in parser.errors:
                yield f"{name}:{line}:{column}: {code} {values}"


def by_itself(name: str, page: Json, evidence: bool) -> Iterator[str]:
    """What is wrong with a page by itself."""
    for text in page["console"]:
        yield f"the console says: {text[:300]}"
    yield from (f"asks for {url}" for url in page["outside"])
    if page["dialogs"] or page["pwned"] != "undefined":
        yield "a script of somebody else ran"
    if len(page["h1"]) != 1:
        yield f"{len(page['h1'])} `h1`"
    if not page["title"].strip():
        yield "no title"
    yield from (f"the id `{i}` stands {n} times" for i, n in Counter(page["ids"]).items() if n > 1)
    allowed = {"search.html": ["search.js", *[s for s in page["scripts"] if re.fullmatch(r"index/\d+\.js", s)]]}.get(name, [])
    if page["scripts"] != allowed:
        yield f"scripts: {page['scripts']}"
    if page["handlers"] or page["embedded"]:
        yield f"{page['handlers']} handlers, {page['embedded']} embedded things"
    for violation in page["violations"]:
        yield f"axe, {violation['impact']}: {violation['id']}: {violation['nodes']}"
    if not evidence and not any(i == "main" for i in page["ids"]):
        yield "no main"


def broken_links(base: str, pages: dict[str, Json], files: dict[str, bytes]) -> Iterator[str]:
    """Links that lead nowhere."""
    ids = {name: set(page["ids"]) for name, page in pages.items()}
    for name, page in pages.items():
        for link in sorted(set(page["links"])):
            if not link.startswith(base):
                yield f"{name}: a link out of the site: {link}"
                continue
            path, _, anchor = link.removeprefix(base).partition("#")
            path = unquote(path)
            if path not in files:
                yield f"{name}: a link to {path}, which is not there"
            elif anchor and unquote(anchor) not in ids.get(path, set()):
                yield f"{name}: a link to {path}#{anchor}, and no such place is there"


class Said:
    """What the program says by `lineage` and `access`, to compare with."""

    def __init__(self, pipec: Path, project: Path) -> None:
        lineage = json.loads(say(pipec, "lineage", "--project", str(project), "--format", "json"))
        access = json.loads(say(pipec, "access", "--project", str(project), "--format", "json"))
        self.tables: dict[str, Json] = {t["id"]: t for t in lineage["tables"]}
        self.columns: dict[str, list[Json]] = {}
        self.ids: dict[str, tuple[str, str]] = {}
        for column in lineage["columns"]:
            self.columns.setdefault(column["table"], []).append(column)
            self.ids[column["id"]] = (column["table"], column["name"])
        self.edges: dict[str, set[tuple[str, str]]] = {}
        for edge in lineage["edges"]:
            if edge["kind"] in {"value", "equal"}:
                self.edges.setdefault(edge["to"], set()).add((edge["from"], edge["kind"]))
        self.access: Json = access


def titles(pages: dict[str, Json]) -> dict[str, str]:
    """Pages of tables by the name that stands above them."""
    return {page["h1"][0]: name for name, page in pages.items() if name.startswith("tables/")}


def shown_name(table: Json) -> str:
    """The name of a table as pages write it: without the quotes that lineage puts round odd ones."""
    return f"{table['source']}.{table['name']}" if table.get("source") else table["name"]


def against(said: Said, pages: dict[str, Json]) -> Iterator[str]:
    """Where pages and program differ."""
    where = titles(pages)
    expected = {identity: shown_name(table) for identity, table in said.tables.items()}
    if set(where) != set(expected.values()):
        yield f"pages of {sorted(set(where) ^ set(expected.values()))[:6]} are on one side only"
        return
    places: dict[str, str] = {}
    for identity, columns in said.columns.items():
        page = pages[where[expected[identity]]]
        shown = page["columns"] or []
        if [c["name"] for c in shown] != [c["name"] for c in columns]:
            yield f"{identity}: the columns are {[c['name'] for c in shown]}, not {[c['name'] for c in columns]}"
            continue
        for one, column in zip(shown, columns, strict=True):
            places[column["id"]] = f"{where[expected[identity]]}#{one['id']}"
    for identity, columns in said.columns.items():
        page = pages[where[expected[identity]]]
        for one, column in zip(page["columns"] or [], columns, strict=False):
            kind = column["type"] + (", may be NULL" if column["nullable"] else "")
            if not one["type"].startswith(kind) and not one["type"].startswith("jsonb of "):
                yield f"{column['id']}: the type is `{one['type']}`, not `{kind}`"
            told = sorted(f"{category}: {level(form)}" for category, form in column["label"].get("value", {}).items())
            if sorted(t for t in one["tells"]) != told:
                yield f"{column['id']} tells {sorted(one['tells'])}, not {told}"
            made = {(places[f], kind) for f, kind in said.edges.get(column["id"], set()) if f in places}
            have = {(f["to"].removeprefix("../"), "equal" if f["equal"] else "value") for f in one["from"]}
            if have != made:
                yield f"{column['id']} comes from {sorted(have)}, not from {sorted(made)}"


def level(form: str) -> str:
    """A form as pages write it: `aggregate(11)` in words."""
    return re.sub(r"aggregate\((\d+)\)", r"aggregate over \1", form)


def matrix(said: Said, pages: dict[str, Json]) -> Iterator[str]:
    """Where the lines about access differ."""
    lines: Counter[tuple[str, str, str]] = Counter()
    cells: set[tuple[str, str, str]] = set()
    for entry in said.access["entries"]:
        lines[(entry["table"], entry["role"], entry["verb"])] += 1
        cells |= {(entry["table"], c["name"], entry["role"]) for c in entry["columns"]}
    shown: Counter[tuple[str, str, str]] = Counter()
    seen: set[tuple[str, str, str]] = set()
    bare = {shown_name(t): t["name"] for t in said.tables.values()}
    for title, name in titles(pages).items():
        table = bare[title]
        for row in pages[name]["access"] or []:
            shown[(table, row["role"], row["verb"])] += 1
        for column in pages[name]["columns"] or []:
            seen |= {(table, column["name"], role) for role in column["seen"]}
    if shown != lines:
        yield f"the matrix has {sorted((lines - shown).items())[:5]} more and {sorted((shown - lines).items())[:5]} less than the pages"
    # A base table's column is also seen in its masked twins.
    if missing := cells - seen:
        yield f"not among who sees a column: {sorted(missing)[:5]}"
    twins = {(e["masked"]["of"], e["role"]) for e in said.access["entries"] if e["masked"]}
    if extra := {s for s in seen - cells if (s[0], s[2]) not in twins}:
        yield f"seen by nobody according to the matrix: {sorted(extra)[:5]}"


def browse(wanted: Json, scratch: Path) -> Json:
    """Opens pages in the browser."""
    modules = engines.npm("docs") / "node_modules"
    request, out = scratch / "wanted.json", scratch / "seen.json"
    request.write_text(json.dumps(wanted | {"modules": str(modules), "out": str(out)}), encoding="utf-8")
    script = Path(__file__).with_name("docs_browse.mjs")
    # The browser unpacks itself into the folder for temporary files: a folder of its own, so that two runs do not meet.
    unpacked = scratch / "browser"
    unpacked.mkdir(exist_ok=True)
    done = engines.run([engines.program("node"), script, request], env=os.environ | {"TMPDIR": str(unpacked)}, timeout=1800)
    if done.returncode != 0:
        raise engines.EngineError(f"the browser did not get to its end:\n{done.stdout[-3000:]}")
    seen: Json = json.loads(out.read_text(encoding="utf-8"))
    return seen


def used(seen: Json, wanted: Json, first: str) -> Iterator[str]:
    """What searching, the keyboard and a browser without scripts showed."""
    for mode, violations in seen["dark"].items():
        yield from (f"{mode}: axe, {v['impact']}: {v['id']}: {v['nodes']}" for v in violations)
    for search in seen["searches"]:
        word = search["search"].lower()
        if not search["hits"] or any(word not in hit["text"].lower() for hit in search["hits"]):
            yield f"searching for `{search['search']}` gives {[h['text'] for h in search['hits'][:5]]}: {search['said']}"
        elif search["hits"][0]["text"].lower().rpartition(".")[2] not in search["landed"].lower() and word not in search["landed"].lower():
            yield f"the first hit for `{search['search']}` leads to `{search['landed'][:80]}`"
        if search["console"] or search["outside"] or search["dialogs"]:
            yield f"searching for `{search['search']}`: {search['console']} {search['outside']}"
    if seen["keyboard"]["first"] != "Skip to content" or seen["keyboard"]["skipped"] != "main":
        yield f"the first stop of the keyboard is {seen['keyboard']}"
    if seen["keyboard"]["distinct"] < 10:
        yield f"the keyboard is caught: {seen['keyboard']['distinct']} of 12 stops differ"
    if seen["bare"]["table"] != first or "needs a script" not in seen["bare"]["search"]:
        yield f"without scripts: {seen['bare']}"


def main() -> int:
    form = judge.command_line(__doc__)
    form.add_argument("--pipec", type=judge.existing, required=True, help="the binary")
    form.add_argument("--project", type=judge.existing, required=True, help="the folder of the project")
    form.add_argument("--site", type=judge.existing, help="judge this folder, instead of a site that is built now")
    form.add_argument("--search", action="append", default=[], help="a name that the search has to find; several may be given")
    form.add_argument("--shows", action="append", default=[], metavar="TEXT", help="a text that has to stand on some page, as it is")
    form.add_argument("--without-axe", action="store_true", help="leave axe out, which takes most of the time")
    form.add_argument("--picture", type=Path, help="keep a picture of the first table's page here")
    form.add_argument("--out", type=Path, help="write the report as JSON")
    arguments = form.parse_args()
    report = judge.Report("docs")
    with tempfile.TemporaryDirectory(prefix="pipec-docs-") as folder:
        scratch = Path(folder)
        started = time.monotonic()
        first = scratch / "site"
        files = site(arguments.pipec, arguments.project, first)
        if files != site(arguments.pipec, arguments.project, scratch / "again"):
            report.problem("two builds of one project differ")
        if arguments.site:
            first = arguments.site
            files = {str(p.relative_to(first)): p.read_bytes() for p in sorted(first.rglob("*")) if p.is_file()}
        report.timed("build", started)
        started = time.monotonic()
        for problem in parse_errors(files):
            report.problem(problem)
        names = [name for name in files if name.endswith(".html")]
        tables = [name for name in names if name.startswith("tables/")]
        said = Said(arguments.pipec, arguments.project)
        some_column = next(c for columns in said.columns.values() for c in columns if c["name"].isidentifier())
        searches = arguments.search or [some_column["name"], f"{shown_name(said.tables[some_column['table']])}.{some_column['name']}"]
        wanted: Json = {
            "base": first.resolve().as_uri() + "/",
            "pages": names,
            "axe": not arguments.without_axe,
            "dark": [] if arguments.without_axe else ["index.html", "access.html", "glossary.html", tables[0]],
            "searches": searches,
            "keyboard": tables[0],
            "texts": bool(arguments.shows),
            "picture": str(arguments.picture) if arguments.picture else None,
        }
        seen = browse(wanted, scratch)
        for name, page in seen["pages"].items():
            for problem in by_itself(name, page, name.startswith("evidence/")):
                report.problem(f"{name}: {problem}")
        found = list(broken_links(wanted["base"], seen["pages"], files))
        found += against(said, seen["pages"])
        found += matrix(said, seen["pages"])
        found += used(seen, wanted, seen["pages"][tables[0]]["h1"][0])
        whole = "\n".join(page["text"] for page in seen["pages"].values())
        found += [f"`{text}` stands on no page" for text in arguments.shows if text not in whole]
        for problem in found:
            report.problem(problem)
        report.timed("browser", started)
    columns = sum(len(p["columns"] or []) for p in seen["pages"].values())
    links = sum(len(set(p["links"])) for p in seen["pages"].values())
    report.facts |= {"pages": len(names), "columns": columns, "links": links, "chromium": seen["version"]}
    report.write(arguments.out)
    return report.conclude(f"{len(names)} pages, {columns} columns, {links} links, in Chromium {seen['version']}")


if __name__ == "__main__":
    judge.judge(main)
