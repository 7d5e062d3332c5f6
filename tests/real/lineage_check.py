"""Judge pipec's column lineage by sqlglot's, column by column.

For every output column the columns at its value edges have to be the leaves that sqlglot
finds: on TPC-H and TPC-DS, on the specification's queries, and on what is emitted for an
example. Where the two disagree on purpose, `REASONS` says why; the reason has to be visible in the
query. Anything else is a problem.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import judge
import lineage_sqlglot
import tpc_pipec
import tpc_suite
from lineage_sqlglot import Origin, Shape

ROOT = Path(__file__).resolve().parents[2]
# Queries that may stay unread; `tpc.py` names them.
UNREAD = {"tpch": 0, "tpcds": 0}

REASONS = {
    "partition": "sqlglot counts the keys of `partition by` as sources of the value; here they are control: they decide which rows meet",
    "subquery": "sqlglot follows what a subquery in an expression yields, not the conditions that choose it; here these are values, for they show in it",
    "except": "sqlglot joins both sides of `except` by position; no value of the second side is ever seen, so here it is control",
    "grouping": "sqlglot counts the arguments of `grouping(…)`, which says whether they are grouped by and reads no value of theirs",
    "using": "sqlglot reads a column merged by `using` or `natural` as coming from both sides; here the other side is equal to it",
    "lateral": "sqlglot takes the outer columns that a lateral subquery reads for its value, and drops what it selects",
    "function": "sqlglot loses what goes into a table function in `from`",
}


@dataclass
class Known:
    """What pipec says: the edges into every column."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    value: dict[Origin, set[Origin]] = field(default_factory=dict)
    equal: dict[Origin, set[Origin]] = field(default_factory=dict)
    control: dict[Origin, set[Origin]] = field(default_factory=dict)
    rows: dict[str, set[Origin]] = field(default_factory=dict)


def read(printed: str) -> Known:
    """The JSON of `pipec lineage`."""
    said = json.loads(printed)
    known = Known()
    columns = {column["id"]: (column["table"], column["name"]) for column in said["columns"]}
    for column in said["columns"]:
        known.tables.setdefault(column["table"], {})[column["name"]] = column["type"]
    known.models = {table["name"]: table["id"] for table in said["tables"] if table["kind"] in ("model", "fact")}
    for edge in said["edges"]:
        start = columns.get(edge["from"])
        if start is None:
            continue
        if edge["to"] not in columns:
            known.rows.setdefault(edge["to"].removesuffix(".*"), set()).add(start)
        else:
            kinds = {"value": known.value, "equal": known.equal, "control": known.control}
            kinds[edge["kind"]].setdefault(columns[edge["to"]], set()).add(start)
    return known


def lineage(pipec: Path, project: Path) -> Known:
    """What `pipec lineage` says about a project."""
    printed = engines.must([pipec, "lineage", "--project", project, "--format", "json"], f"pipec lineage of {project.name}")
    return read(printed)


def reason(known: Known, column: Origin, ours: Origin | None, theirs: Origin | None, shape: Shape) -> str | None:
    """Why a source is on one side only; `None` when nothing explains it."""
    if shape.laterals and (theirs is None or theirs in known.rows.get(column[0], set())):
        return "lateral"
    if theirs is not None:
        if theirs in known.equal.get(column, set()):
            return "using"
        if shape.partitions and theirs in known.control.get(column, set()):
            return "partition"
        if theirs[1] in shape.in_grouping and theirs in known.rows.get(column[0], set()):
            return "grouping"
        if shape.excepts and theirs in known.rows.get(column[0], set()):
            return "except"
    if ours is not None:
        if ours[1] in shape.in_subqueries:
            return "subquery"
        if shape.functions:
            return "function"
    return None


def compare(report: judge.Report, name: str, known: Known, texts: Mapping[str, str]) -> Counter[str]:
    """Compare every output column of every model; what came of each."""
    counts: Counter[str] = Counter()
    for model, text in texts.items():
        try:
            traced = lineage_sqlglot.trace(text, known.tables)
        except Exception as problem:  # whatever sqlglot raises: then there is nothing to compare with
            report.problem(f"{name}.{model}: sqlglot cannot read it: {type(problem).__name__}: {problem}")
            continue
        if list(traced.columns) != list(known.tables[model]):
            report.problem(f"{name}.{model}: columns {list(known.tables[model])}, for sqlglot {list(traced.columns)}")
            continue
        for column, theirs in traced.columns.items():
            ours = known.value.get((model, column), set())
            counts["columns"] += 1
            if ours == theirs:
                counts["agree"] += 1
                continue
            found = [(o, reason(known, (model, column), o, None, traced.shape)) for o in sorted(ours - theirs)]
            found += [(o, reason(known, (model, column), None, o, traced.shape)) for o in sorted(theirs - ours)]
            unexplained = [".".join(origin) for origin, why in found if why is None]
            if unexplained:
                sides = [sorted(".".join(origin) for origin in side) for side in (ours, theirs)]
                report.problem(f"{name}.{model}.{column}: no reason for {unexplained}\nours {sides[0]}\ntheirs {sides[1]}")
            else:
                counts["+".join(sorted({str(why) for _, why in found}))] += 1
    return counts


# --- what is compared -------------------------------------------------------------------


def suite(report: judge.Report, pipec: Path, database: Any, name: str, place: Path) -> tuple[Known, dict[str, str]]:
    """The queries of a suite that pipec reads."""
    tpc_suite.generate(database, name, 0)
    read_suite = tpc_suite.read(database, name)
    tpc_pipec.write_project(place, read_suite, read_suite.queries, "postgres")
    unread = tpc_pipec.check(pipec, place)
    if len(unread) > UNREAD[name]:
        report.problem(f"{name}: {len(unread)} queries are not read: {sorted(unread)}")
    if unread:
        shutil.rmtree(place)
        queries = [query for query in read_suite.queries if query not in unread]
        tpc_pipec.write_project(place, read_suite, queries, "postgres")
    return lineage(pipec, place), {query: text for query, text in read_suite.queries.items() if query not in unread}


def specification(pipec: Path, place: Path) -> tuple[Known, dict[str, str]]:
    """The queries of `tests/spec/lineage.md`: one model each, in one project."""
    page = (ROOT / "tests/spec/lineage.md").read_text(encoding="utf-8")
    prelude = re.search(r"```pipe prelude\n(.*?)```", page, re.S)
    queries = re.findall(r'^model m in marts \{\s*sql """\n(.*?)\n\s*"""\n\}', page, re.S | re.M)
    texts = {f"m{number:02}": text.strip() for number, text in enumerate(queries)}
    place.mkdir()
    models = [f'model {model} in marts {{ sql """{text}""" }}\n' for model, text in texts.items()]
    (place / "spec.pipe").write_text((prelude[1] if prelude else "") + "".join(models), encoding="utf-8")
    return lineage(pipec, place), texts


def example(pipec: Path, project: Path, place: Path) -> tuple[Known, dict[str, str]]:
    """The Postgres SQL that is emitted for every model of a project."""
    engines.must([pipec, "build", project, "--target", "sql", "-o", place], f"pipec build of {project.name}")
    known = lineage(pipec, project)
    texts = {}
    for path in sorted((place / "sql/postgres").glob("*.sql")):
        made = re.search(r"^create (?:temporary table|table|view) \S+ (?:on commit drop )?as\n(.*?);\n", path.read_text(encoding="utf-8"), re.S | re.M)
        fits = [model for model in known.models if path.stem.endswith("_" + model)]
        if made and fits:
            texts[known.models[max(fits, key=len)]] = made[1].replace(":'run_date'", "'2025-06-30'")
    missing = sorted(set(known.models.values()) - set(texts))
    if missing:
        raise engines.EngineError(f"No SQL was found for {missing}.")
    return known, texts


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", metavar="FILE", help="the compiler (default: $PIPEC, or the newest build)")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("lineage")
    lineage_sqlglot.load()
    pipec = tpc_pipec.find(options.pipec)
    parts, used = [], set()
    with tempfile.TemporaryDirectory(prefix="pipec-lineage-") as scratch:
        place = Path(scratch)
        database = tpc_suite.connect()
        corpora = {name: lambda name=name: suite(report, pipec, database, name, place / name) for name in tpc_suite.SUITES}
        corpora["spec"] = lambda: specification(pipec, place / "spec")
        corpora["engage"] = lambda: example(pipec, ROOT / "examples/engage-analytics", place / "out")
        for name, make in corpora.items():
            started = time.monotonic()
            known, texts = make()
            counts = compare(report, name, known, texts)
            used |= {why for found in counts for why in found.split("+")}
            report.timed(name, started)
            report.facts[name] = {"queries": len(texts), **counts}
            others = [f"{number} {why}" for why, number in sorted(counts.items()) if why not in ("columns", "agree")]
            parts.append(f"{name} {counts['agree']} of {counts['columns']} columns of {len(texts)} queries" + "".join(f", {o}" for o in others))
    unused = sorted(set(REASONS) - used)
    if unused:
        report.problem(f"reasons that explain nothing any more: {unused}")
    report.write(options.out)
    return report.conclude("; ".join(parts))


if __name__ == "__main__":
    judge.judge(main)
