"""A pipec project per suite, and what the compiler says about each of its queries."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines
from tpc_suite import Suite

DIALECTS = ("postgres", "duckdb", "sqlite", "bigquery")
SETTINGS = {
    "postgres": '{ database = env("DATABASE") }',
    "bigquery": '{ project = "tpc"; dataset = "tpc" }',
}


def find(given: str | None) -> Path:
    """The compiler to judge: the one given, `$PIPEC`, or the newest that cargo has built here."""
    if given or os.environ.get("PIPEC"):
        return Path(given or os.environ["PIPEC"]).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).resolve().parents[2] / "target")
    built = [path for kind in ("debug", "release") if (path := target / kind / "pipec").exists()]
    if not built:
        raise engines.EngineError("There is no pipec: build it with cargo, or name it with `--pipec`.")
    return max(built, key=lambda path: path.stat().st_mtime)


def schema(suite: Suite) -> str:
    """The schema that a suite's models are in."""
    return f"{suite.name}_out"


def write_project(folder: Path, suite: Suite, queries: Iterable[str], dialect: str) -> None:
    """All tables as a source, and one view per query; samples of the tables in `data/`, if there are any."""
    settings = SETTINGS.get(dialect, "")
    lines = [f"project {suite.name}_judge {{ warehouse {dialect} {settings}; emit sql }}"]
    lines += [f'layer {schema(suite)} schema "{schema(suite)}" as view', ""]
    lines.append(f'source {suite.name} on warehouse schema "{suite.name}" {{')
    if (folder / "data").exists():
        lines.append('  sample "data/{table}.ndjson"')
    for table, columns in suite.tables.items():
        lines.append(f"  table {table} {{")
        for column in columns:
            key = " key" if column.key else ""
            lines.append(f"    {column.name} {column.type}{'?' if column.nullable else ''}{key} @public")
        lines.append("  }")
    lines += ["}", ""]
    (folder / "queries").mkdir(parents=True, exist_ok=True)
    for query in queries:
        (folder / "queries" / f"{query}.sql").write_text(suite.queries[query], encoding="utf-8")
        lines.append(f'model {query} in {schema(suite)} from sql "queries/{query}.sql"')
    (folder / "tpc.pipe").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(pipec: Path, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    """One command; its exit code and the objects it printed."""
    done = engines.run([pipec, *arguments, "--message-format", "json"])
    said = []
    for line in done.stdout.splitlines():
        try:
            said.append(json.loads(line))
        except json.JSONDecodeError:
            raise engines.EngineError(f"pipec printed what is no JSON (exit {done.returncode}): {line}") from None
    if done.returncode not in (0, 1):
        raise engines.EngineError(f"pipec {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}")
    return done.returncode, said


def complaints(said: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Errors by query, and under the empty name those that are about none."""
    found: dict[str, list[str]] = {}
    for one in said:
        if one.get("severity") != "error":
            continue
        query = re.fullmatch(r"queries/(q\d\d)\.sql", one.get("path", ""))
        place = f"{one['line']}:{one['column']} " if query else ""
        found.setdefault(query[1] if query else "", []).append(f"{place}{one.get('code', '')} {one['message']}")
    return found


def check(pipec: Path, folder: Path) -> dict[str, list[str]]:
    """What `pipec check` has against each query."""
    return blamed(*run(pipec, "check", folder))


def blamed(code: int, said: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Errors by query; one that is about no query stops the judge."""
    found = complaints(said)
    if "" in found or (code != 0 and not found):
        raise engines.EngineError("pipec fails: " + "\n".join(found.get("", ["without a message"])))
    return found


@dataclass(frozen=True)
class Claim:
    """What pipec says about an output column: `depends` names the columns of tables that it comes from in any way."""

    name: str
    type: str
    nullable: bool
    depends: frozenset[str]
    traced: bool


def claims(pipec: Path, folder: Path) -> dict[str, list[Claim]]:
    """What pipec says about the output columns of each query, in their order."""
    done = engines.run([pipec, "lineage", "--project", folder, "--format", "json"])
    if done.returncode != 0:
        raise engines.EngineError(f"pipec lineage fails:\n{done.stdout}")
    told = json.loads(done.stdout)
    edges: dict[str, set[str]] = {}
    for edge in told["edges"]:
        edges.setdefault(edge["to"], set()).add(edge["from"])
    found: dict[str, list[Claim]] = {}
    for column in told["columns"]:
        # What decides the rows of a table goes for each of its columns.
        sources = edges.get(column["id"], set()) | edges.get(f"{column['table']}.*", set())
        columns = frozenset(source for source in sources if not source.endswith(".*"))
        claim = Claim(column["name"], column["type"], column["nullable"], columns, bool(sources))
        found.setdefault(column["table"], []).append(claim)
    return found


def build(pipec: Path, folder: Path, suite: Suite, queries: Iterable[str], dialect: str) -> dict[str, list[str]]:
    """Emit SQL for a dialect into `out`; what the dialect cannot express is left out, and why is given back."""
    left = list(queries)
    refused: dict[str, list[str]] = {}
    while left:
        write_project(folder, suite, left, dialect)
        found = blamed(*run(pipec, "build", folder, "--out", folder / "out"))
        refused |= found
        left = [query for query in left if query not in found]
        if not found:
            break
    return refused


def embedded(pipec: Path, folder: Path, suite: Suite, queries: Iterable[str]) -> dict[str, list[str]]:
    """Run the models in the embedded engine over the samples, and dump their rows; what it cannot run, and why."""
    write_project(folder, suite, queries, "sqlite")
    return blamed(*run(pipec, "run", folder, "--run-date", "2025-06-30", "--dump", folder / "rows"))
