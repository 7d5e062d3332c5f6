"""A BigQuery of one process: as much of its REST interface as dbt's adapter speaks, over GoogleSQL's own evaluator.

Jobs are done when they are asked for. Statements come as dbt wraps them (`project.dataset.table`, column lists, options, brackets) and
are taken apart to what `bigquery_check.Build` knows; a statement of no known kind is an error of the job, as BigQuery's would be. What access
does is kept as text, in order: `statements` has every one that was sent.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import googlesql
from bigquery_check import Build, plain
from googlesql import Refused, Warehouse

PROJECT = "demo-project"
CREATED = re.compile(
    r"\Acreate or replace (?P<kind>table|view)\s+(?P<name>\S+)\s*(?P<columns>\(.*?\n\s*\))?\s*(?P<cluster>cluster by [^\n]*)?\s*OPTIONS\(.*?\)\s*as\s+(?P<query>.*)\Z",
    re.S | re.I,
)
MERGED = re.compile(r"\Amerge into (?P<name>\S+) as DBT_INTERNAL_DEST\s+using \((?P<query>.*)\) as DBT_INTERNAL_SOURCE\s+on (?P<on>.*?)\s+when matched", re.S | re.I)
NAMES = {"INT64": "INTEGER", "DOUBLE": "FLOAT", "BOOL": "BOOLEAN"}


class Server:
    """Its datasets, tables and jobs."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse, self.build = warehouse, Build(warehouse, True)
        self.views: set[str] = set()
        self.datasets: set[str] = {name.partition(".")[0] for name in warehouse.relations}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.results: dict[str, tuple[list[Any], list[Any]]] = {}
        self.statements: list[str] = []
        self.lock = threading.Lock()
        # Who judges access looks at every statement, and takes those that are not of tables.
        self.watched: Callable[[str], bool] = lambda _statement: False

    # --- statements

    def run(self, text: str) -> tuple[str, list[Any], list[Any], str | None]:
        """A job's text: its kind, columns, rows, and the table it writes."""
        text = re.sub(r"\A\s*/\*.*?\*/\s*", "", text, flags=re.S).replace(f"`{PROJECT}`.", "")
        kind, columns, rows, made = "SCRIPT", [], [], None
        parts = googlesql.statements(text)
        for statement in parts:
            statement = re.sub(r"\A(\s*--[^\n]*\n|\s*/\*.*?\*/)*\s*", "", statement, flags=re.S).strip()
            self.statements.append(statement)
            if self.watched(statement):
                continue
            kind, columns, rows, made = self.one(statement)
        return (kind if len(parts) == 1 else "SCRIPT", columns, rows, made)

    def one(self, statement: str) -> tuple[str, list[Any], list[Any], str | None]:
        """One statement."""
        if found := CREATED.match(statement):
            name = plain(found["name"])
            self.create(name, found["kind"].lower(), found["columns"], found["query"].strip())
            return (f"CREATE_{found['kind'].upper()}" + ("_AS_SELECT" if found["kind"].lower() == "table" else ""), [], [], name)
        if found := MERGED.match(statement):
            self.merge(plain(found["name"]), found["query"], found["on"])
            return ("MERGE", [], [], None)
        if statement.lower().startswith(("select", "with")):
            tree = self.warehouse.analysed(statement)
            content = self.warehouse.rows(statement)
            columns = [(c.name, self.warehouse.kind(c.column.type)) for c in tree.output_column_list]
            with self.held([(f"c{n}", c.column.type) for n, c in enumerate(tree.output_column_list)], content) as answer:
                texts = self.warehouse.texts(f"select * from {answer}", [f"c{n}" for n in range(len(columns))]) if content.rows and columns else []
            return ("SELECT", columns, texts, None)
        if statement.lower().startswith("create schema"):
            self.datasets.add(plain(statement.split()[-1]))
        self.build.take(statement)
        return ("SCRIPT", [], [], None)

    def create(self, name: str, kind: str, listed: str | None, query: str) -> None:
        """A table, whose columns stand in its own order and types, or a view."""
        tree = self.warehouse.analysed(f"create or replace table {name} as {query}")
        if listed is not None:
            types = dict(re.findall(r"^\s*`?(\w+)`?\s+([\w<>(), ]+?)(?:\s+not null)?,?\s*$", listed.strip()[1:-1], re.M))
            given = [c.name for c in tree.output_column_list]
            if list(types) != given:
                raise Refused(f"{name} lists {list(types)} and its query has {given}")
            query = "select " + ", ".join(f"cast(`{c}` as {re.sub(r'[(].*', '', t)}) as `{c}`" for c, t in types.items()) + f" from ({query})"
            tree = self.warehouse.analysed(f"create or replace table {name} as {query}")
        self.build.make(name, tree, query)
        (self.views.add if kind == "view" else self.views.discard)(name)

    def merge(self, name: str, query: str, on: str) -> None:
        """New rows take the place of those with their key; two of one key are an error."""
        columns = [c.name for c in self.warehouse.relations[name].table.column]
        keys = re.findall(r"DBT_INTERNAL_SOURCE\.`?(\w+)`?\s*=\s*DBT_INTERNAL_DEST", on)
        if not keys:
            raise Refused("a merge without a key")
        tree = self.warehouse.analysed(query)
        with self.held([(c.name, c.column.type) for c in tree.output_column_list], self.warehouse.rows(query)) as new:
            twice = self.warehouse.texts(f"select count(*) as n from (select {', '.join(keys)} from {new} group by {', '.join(keys)} having count(*) > 1)", ["n"])
            if twice != [("0",)]:
                raise Refused("UPDATE/MERGE must match at most one source row for each target row")
            same = " and ".join(f"new_rows.{k} = old_rows.{k}" for k in keys)
            listed = ", ".join(f"`{c}`" for c in columns)
            merged = f"select {listed} from {new} union all select {listed} from {name} as old_rows where not exists (select 1 from {new} as new_rows where {same})"
            self.warehouse.relations[name].content = self.warehouse.rows(merged)

    @contextlib.contextmanager
    def held(self, columns: list[tuple[str, Any]], content: Any) -> Iterator[str]:
        """Rows that were computed, under a name of their own: in a subquery the evaluator would compute them once for each row that asks."""
        name = "pipec_judge.held_rows"
        self.warehouse.declare(name, columns).content = content
        try:
            yield name
        finally:
            del self.warehouse.relations[name]

    # --- what is told

    def fields(self, name: str) -> list[dict[str, str]]:
        """The columns of a table."""
        return [field(c.name, self.warehouse.kind(c.type)) for c in self.warehouse.relations[name].table.column]

    def table(self, name: str) -> dict[str, Any] | None:
        """A table or view."""
        if name not in self.warehouse.relations:
            return None
        dataset, _, own = name.partition(".")
        content = self.warehouse.relations[name].content
        return {
            "kind": "bigquery#table", "id": f"{PROJECT}:{name}", "type": "VIEW" if name in self.views else "TABLE",
            "tableReference": {"projectId": PROJECT, "datasetId": dataset, "tableId": own},
            "schema": {"fields": self.fields(name)}, "numRows": str(len(content.rows) if content else 0), "numBytes": "0",
        }

    def job(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A job that is done."""
        reference = sent.get("jobReference") or {}
        identity = reference.get("jobId") or f"job{len(self.jobs)}"
        query = sent["configuration"]["query"]["query"]
        answer: dict[str, Any] = {
            "kind": "bigquery#job", "id": identity, "jobReference": {"projectId": PROJECT, "jobId": identity, "location": "EU"},
            "configuration": {"jobType": "QUERY", "query": {"query": query, "useLegacySql": False}, "dryRun": False}, "status": {"state": "DONE"},
            "statistics": {"query": {"totalBytesProcessed": "0", "totalBytesBilled": "0", "statementType": "SCRIPT"}},
        }
        try:
            kind, columns, rows, made = self.run(query)
            answer["statistics"]["query"]["statementType"] = kind
            answer["statistics"]["query"]["numDmlAffectedRows"] = "0"
            dataset, _, own = (made or f"_anonymous.{identity}").partition(".")
            answer["configuration"]["query"]["destinationTable"] = {"projectId": PROJECT, "datasetId": dataset, "tableId": own}
            self.results[identity] = (columns, rows)
        except Refused as reason:
            said = {"reason": "invalidQuery", "message": str(reason)}
            answer["status"] |= {"errorResult": said, "errors": [said]}
        self.jobs[identity] = answer
        return answer

    def result(self, identity: str) -> dict[str, Any]:
        """The rows of a job."""
        columns, rows = self.results.get(identity, ([], []))
        reference = {"projectId": PROJECT, "jobId": identity, "location": "EU"}
        told = [{"f": [{"v": value} for value in row]} for row in rows]
        fields = [field(name, kind) for name, kind in columns]
        return {"kind": "bigquery#getQueryResultsResponse", "jobReference": reference, "jobComplete": True, "schema": {"fields": fields}, "rows": told, "totalRows": str(len(rows))}

    # --- requests

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One request of the REST interface."""
        parts = [urllib.parse.unquote(p) for p in path.split("/") if p]
        rest = parts[parts.index("projects") + 2 :]
        match (method, rest):
            case ("POST", ["jobs"]):
                return 200, self.job(sent)
            case ("GET", ["jobs", identity]):
                return (200, self.jobs[identity]) if identity in self.jobs else missing(identity)
            case ("GET", ["queries", identity]):
                failed = self.jobs.get(identity, {}).get("status", {}).get("errorResult")
                return (400, {"error": {"code": 400, "message": failed["message"], "errors": [failed]}}) if failed else (200, self.result(identity))
            case ("POST", ["datasets"]):
                self.datasets.add(sent["datasetReference"]["datasetId"])
                return 200, {"kind": "bigquery#dataset", **sent}
            case ("GET", ["datasets"]):
                return 200, {"datasets": [{"datasetReference": {"projectId": PROJECT, "datasetId": d}} for d in sorted(self.datasets)]}
            case ("GET", ["datasets", dataset]):
                return (200, {"datasetReference": {"projectId": PROJECT, "datasetId": dataset}, "location": "EU"}) if dataset in self.datasets else missing(dataset)
            case ("GET", ["datasets", dataset, "tables"]):
                names = [n for n in self.warehouse.relations if n.partition(".")[0] == dataset]
                return (200, {"tables": [self.table(n) for n in names], "totalItems": len(names)}) if dataset in self.datasets else missing(dataset)
            case ("GET", ["datasets", dataset, "routines"]):
                return 200, {"routines": []}
            case ("GET", ["datasets", "_anonymous", "tables", identity, *_]):
                columns, rows = self.results.get(identity, ([], []))
                fields = [field(name, kind) for name, kind in columns]
                reference = {"projectId": PROJECT, "datasetId": "_anonymous", "tableId": identity}
                return 200, {"tableReference": reference, "schema": {"fields": fields}, "numRows": str(len(rows)), "type": "TABLE"}
            case ("GET", ["datasets", dataset, "tables", own]):
                found = self.table(f"{dataset}.{own}")
                return (200, found) if found else missing(own)
            case ("DELETE", ["datasets", dataset, "tables", own]):
                self.warehouse.relations.pop(f"{dataset}.{own}", None)
                return 204, {}
        return missing(f"{method} {path}")


def field(name: str, kind: str) -> dict[str, str]:
    """A column, as the interface tells it."""
    return {"name": name, "type": NAMES.get(kind, kind), "mode": "NULLABLE"}


def missing(what: str) -> tuple[int, dict[str, Any]]:
    """Not found."""
    return 404, {"error": {"code": 404, "message": f"Not found: {what}", "errors": [{"reason": "notFound", "message": what}]}}


@contextlib.contextmanager
def served(server: Server) -> Iterator[str]:
    """Its address, while it answers."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            path = urllib.parse.urlsplit(self.path).path
            with server.lock:
                status, answer = server.answer(self.command, path, json.loads(body) if body else {})
            text = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = do_PATCH = _do

        def log_message(self, *_arguments: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
