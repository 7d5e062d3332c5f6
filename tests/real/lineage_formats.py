"""Judge the forms lineage is written in by the programs they are for.

Graphviz reads the DOT and Mermaid its flowchart; both have to hold exactly the columns and
edges of the JSON, under names that try to break out. OpenLineage's own client reads the
events: nothing is missing, nothing is unknown to it, and its edges are those of the JSON.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import tempfile
import time
import types
import typing
from pathlib import Path
from typing import Any

import engines
import judge
import tpc_pipec

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# As column names, in SQL's quotes: what ends a text, starts markup, or is a keyword somewhere.
HOSTILE = ['a"b', "a\\b", "a\\", 'x"] --> n1["y', "end", "a;b", "<b>bold</b>", "&lt;", "#35;", "`code`", "%%", "{x}", "[x]", "(x)", "|x|", "\\N", "\\n", "größe", "名前", " space ", "**b**", "--", "a.b", "subgraph", "$x$", "@x", "ﬂ"]
PROJECT = """project hostile {{ warehouse postgres {{ database = env("DATABASE") }} }}
layer marts schema "marts" as table
source s on warehouse schema "s" {{
  table t {{
{columns}
  }}
}}
model copy in marts {{
  from s.t as t
  select {{ t.* }}
}}
model twice in marts {{
  from copy as c
  join s.t as t on t.id = c.id
  where c.id > 1
  select {{ c.* }}
}}
"""


def hostile(folder: Path) -> Path:
    """A project whose names try to break out of every format."""
    columns = "\n".join(["    id integer key", *(f"    {json.dumps(name, ensure_ascii=False)} text" for name in HOSTILE)])
    folder.mkdir()
    (folder / "hostile.pipe").write_text(PROJECT.format(columns=columns), encoding="utf-8")
    return folder


def printed(pipec: Path, project: Path, form: str, *names: str) -> str:
    """What `pipec lineage` prints."""
    return engines.must([pipec, "lineage", *names, "--project", project, "--format", form], f"pipec lineage --format {form}")


# --- drawings ---------------------------------------------------------------------------

Node = tuple[str, str]


def wanted(said: dict[str, Any]) -> tuple[set[Node], list[tuple[Node, str, Node]]]:
    """The columns, as table and name, and the edges of the JSON."""
    named = {column["id"]: (column["table"], column["name"]) for column in said["columns"]}
    named |= {f"{table['id']}.*": (table["id"], "rows") for table in said["tables"]}
    edges = [(named[edge["from"]], edge["kind"], named[edge["to"]]) for edge in said["edges"]]
    touched = {node for start, _, end in edges for node in (start, end)}
    return {node for node in named.values() if node[1] != "rows" or node in touched}, sorted(edges)


def drawn(form: str, text: str) -> tuple[set[Node], list[tuple[Node, str, Node]]]:
    """The same of a drawing, as the program it is for reads it."""
    command = [engines.program("node"), str(HERE / "lineage_read.mjs"), str(engines.npm("lineage") / "node_modules"), form]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip()[-2000:])
    read = json.loads(done.stdout)
    named = {key: (node["group"], node["label"]) for key, node in read["nodes"].items()}
    return set(named.values()), sorted((named[start], kind, named[end]) for start, kind, end in read["edges"])


def drawing(report: judge.Report, name: str, form: str, text: str, said: dict[str, Any]) -> None:
    """Compare a drawing with the JSON."""
    try:
        nodes, edges = drawn(form, text)
    except ValueError as problem:
        report.problem(f"{name}: {form} cannot be read:\n{problem}")
        return
    right_nodes, right_edges = wanted(said)
    for what, ours, theirs in (("nodes", right_nodes, nodes), ("edges", set(right_edges), set(edges))):
        if ours != theirs:
            report.problem(f"{name}: the {what} in {form} differ: only in JSON {sorted(ours - theirs)[:5]}, only drawn {sorted(theirs - ours)[:5]}")
    if len(edges) != len(right_edges):
        report.problem(f"{name}: {len(edges)} edges in {form}, {len(right_edges)} in JSON")


# --- OpenLineage ------------------------------------------------------------------------


def build(kind: Any, value: Any, facets: dict[str, Any]) -> Any:
    """A value of one of the client's types; raises where something is missing, unknown, or of another type."""
    attr = importlib.import_module("attr")
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return build(next(part for part in typing.get_args(kind) if part is not type(None)), value, facets)
    if origin is list:
        return [build(typing.get_args(kind)[0], one, facets) for one in value]
    if origin is dict:
        of = typing.get_args(kind)[1]
        facet = of.__name__ == "DatasetFacet"
        return {key: build(facets[key] if facet else of, one, facets) for key, one in value.items()}
    if not attr.has(kind):
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    unknown = set(value) - set(fields)
    if unknown:
        raise TypeError(f"{kind.__name__} has no {sorted(unknown)}")
    return kind(**{fields[name].alias: build(hints[name], one, facets) for name, one in value.items() if fields[name].init})


def bare(value: Any) -> Any:
    """Without what is empty, which the client leaves out or fills in."""
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := bare(one)) not in ({}, [], None)}
    return [bare(one) for one in value] if isinstance(value, list) else value


def client() -> tuple[Any, dict[str, Any], Any]:
    """The client's job event, its facets by name, and its way to JSON."""
    engines.use("lineage")
    generated = importlib.import_module("openlineage.client.generated.base")
    lineage = importlib.import_module("openlineage.client.generated.column_lineage_dataset")
    schema = importlib.import_module("openlineage.client.generated.schema_dataset")
    facets = {"schema": schema.SchemaDatasetFacet, "columnLineage": lineage.ColumnLineageDatasetFacet}
    return generated.JobEvent, facets, importlib.import_module("openlineage.client.serde").Serde


def events(report: judge.Report, name: str, text: str, said: dict[str, Any]) -> None:
    """Read every event with OpenLineage's client, and compare its edges with the JSON's."""
    job_event, facets, serde = client()
    found = set()
    for line in text.splitlines():
        event = json.loads(line)
        job = event["job"]["name"]
        try:
            again = serde.to_dict(build(job_event, event, facets))
        except (TypeError, ValueError, KeyError, AttributeError) as problem:
            report.problem(f"{name}.{job}: OpenLineage's client cannot read it: {problem!r}")
            continue
        if bare(again) != bare(event):
            report.problem(f"{name}.{job}: OpenLineage's client reads it differently:\n{json.dumps(bare(again))[:1500]}")
        facet = event["outputs"][0]["facets"]["columnLineage"]
        ends = [(field, inputs["inputFields"]) for field, inputs in facet["fields"].items()] + [("*", facet["dataset"])]
        for end, inputs in ends:
            for start in inputs:
                for way in start["transformations"]:
                    found.add((start["name"].partition(".")[2], start["field"], way["type"], job, end))
    right = set()
    columns = {column["id"]: (column["table"], column["name"]) for column in said["columns"]}
    names = {table["id"]: table["name"] for table in said["tables"]}
    for edge in said["edges"]:
        if edge["from"] in columns:
            table, column = columns[edge["from"]]
            end = columns.get(edge["to"]) or (edge["to"].removesuffix(".*"), "*")
            right.add((names[table], column, "DIRECT" if edge["kind"] == "value" else "INDIRECT", *end))
    if found != right:
        report.problem(f"{name}: the edges of the events differ: only in JSON {sorted(right - found)[:5]}, only there {sorted(found - right)[:5]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", metavar="FILE", help="the compiler (default: $PIPEC, or the newest build)")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("lineage formats")
    pipec = tpc_pipec.find(options.pipec)
    parts = []
    with tempfile.TemporaryDirectory(prefix="pipec-lineage-") as scratch:
        # Nobody draws a whole platform: of the example, what one model comes from.
        projects = {"engage": (ROOT / "examples/engage-analytics", ["patient_anon"]), "hostile": (hostile(Path(scratch) / "hostile"), [])}
        for name, (project, of) in projects.items():
            started = time.monotonic()
            part = json.loads(printed(pipec, project, "json", *of))
            for form in ("dot", "mermaid"):
                drawing(report, name, form, printed(pipec, project, form, *of), part)
            said = json.loads(printed(pipec, project, "json"))
            events(report, name, printed(pipec, project, "openlineage"), said)
            report.timed(name, started)
            parts.append(f"{name} {len(said['columns'])} columns, {len(said['edges'])} edges")
    report.write(options.out)
    return report.conclude("; ".join(parts))


if __name__ == "__main__":
    judge.judge(main)
