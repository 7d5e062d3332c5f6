"""Judge access in BigQuery over made-up projects, with GoogleSQL's own analyzer and evaluator.

Every statement is understood, and what access does is done: tables are made and replaced as
BigQuery would in the worse case, grants kept and policies lost; `execute immediate` runs what
its query yields; row access policies and views are asked in the name of each login, over
rows. Who sees which rows has to be what the matrix of `pipec access --format json` says,
whose conditions are evaluated in Python; and at no moment of a build may somebody read a
table whose policies are not there. Which views may read which dataset is told by terraform's
files. The first project is built by the real dbt, too, whose statements are carried out in the
same way: what its hooks give and take is asked like what plain SQL does.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import access_projects
import bigquery_check
import bigquery_server
import engines
import googlesql
import judge

Row = dict[str, Any]
BUILDER = "builder@demo.iam.gserviceaccount.com"
EVERYBODY = "group:everybody@example.org"
PRIVILEGES = "meta.object_privileges"
EVERYTHING = re.compile(r"`region-eu`\.INFORMATION_SCHEMA\.OBJECT_PRIVILEGES")
POLICY = re.compile(
    r"create row access policy (?P<name>\w+) on (?P<table>\S+)\s+grant to \((?P<grantees>[^)]*)\)\s+filter using \((?P<filter>.*)\)\Z", re.S
)
GRANT = re.compile(r"grant (?P<roles>.*) on (?P<kind>table|view) (?P<name>\S+)\s+to (?P<grantees>.*)\Z", re.S)
REVOKE = re.compile(r"revoke (?P<roles>.*) on (?P<kind>TABLE|VIEW) (?P<name>\S+)\s+from (?P<grantees>.*)\Z", re.S)
VIEW = re.compile(r"create or replace view (?P<name>\S+)\s+as\s+(?P<query>.*)\Z", re.S)
TABLE = re.compile(r"create or replace table (?P<name>\S+)")


def members(text: str) -> set[str]:
    """`"group:a", 'user:b'`"""
    return set(re.findall(r"[\"'](\w+:[^\"']*)[\"']", text))


@dataclass
class Cloud:
    """What BigQuery would keep of access."""

    grants: dict[str, set[str]] = field(default_factory=dict)
    policies: dict[str, dict[str, tuple[set[str], str]]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)


class Check:
    """One project."""

    def __init__(self, made: dict[str, Any], out: Path, matrix: Any, warehouse: googlesql.Warehouse, report: judge.Report) -> None:
        self.made, self.out, self.matrix, self.report = made, out, matrix, report
        self.cloud = Cloud()
        self.falsify: Callable[[str, str], str] = lambda _file, statement: statement
        self.warehouse = warehouse
        self.build = bigquery_check.Build(self.warehouse, True)
        self.narrowed: set[str] = set()
        self.cells: Counter[str] = Counter()
        self.groups = {r["name"]: f"group:{r['google_group']}" for r in matrix["roles"] if r["google_group"]}
        self.warehouse.source("meta", "object_privileges", [(c, "text") for c in ("object_schema", "object_name", "object_type", "privilege_type", "grantee")])

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.made['name']}: {text}")

    def load(self) -> None:
        """The sources' rows."""
        for name, source in self.made["sources"].items():
            schema, table = name.split(".")
            columns = [(c.removeprefix("my_"), k) for c, k in source.columns]
            self.warehouse.source(schema, table, columns)
            rows = [dict(zip([c for c, _ in columns], row, strict=True)) for row in source.rows]
            self.warehouse.load(name, rows)

    # --- building

    def run(self) -> None:
        """All files in order."""
        for file in bigquery_check.files_in_order(self.out / "sql/bigquery/index.txt"):
            for statement in googlesql.statements(file.read_text(encoding="utf-8")):
                statement = self.falsify(file.name, statement)
                try:
                    self.take(statement)
                except googlesql.Refused as reason:
                    self.problem(f"{file.name}: {reason}\n{statement[:900]}")
                self.nobody_too_early(file.name, statement)

    def take(self, statement: str) -> None:
        """One statement."""
        if statement.startswith("execute immediate"):
            inner = statement.removeprefix("execute immediate").strip()
            self.privileges()
            query = EVERYTHING.sub(PRIVILEGES, inner[1:-1]).replace("session_user()", f"'{BUILDER}'")
            [text] = self.warehouse.texts(f"select said from (select ({query}) as said)", ["said"])
            self.cells["immediate"] += 1
            self.take(text[0] or "")
        elif found := POLICY.match(statement):
            self.warehouse.analysed(statement)
            self.cloud.policies.setdefault(bigquery_check.plain(found["table"]), {})[found["name"]] = (members(found["grantees"]), found["filter"])
        elif statement.startswith("drop all row access policies on "):
            self.warehouse.analysed(statement)
            self.cloud.policies.pop(bigquery_check.plain(statement.rpartition(" ")[2]), None)
        elif found := GRANT.match(statement) or REVOKE.match(statement):
            self.warehouse.analysed(statement)
            if re.findall(r"`[^`]*`", found["roles"]) != ["`roles/bigquery.dataViewer`"]:
                self.problem(f"a role other than the one that reads is given or taken: {statement}")
            name, who = bigquery_check.plain(found["name"]), members(found["grantees"])
            held = self.cloud.grants.setdefault(name, set())
            self.cloud.grants[name] = held | who if statement.startswith("grant") else held - who
        elif statement != "select 1":
            self.relation(statement)

    def all(self) -> None:
        """Two builds, of which the second meets what the first has left and what somebody added, and all that can be read then."""
        self.narrowed = {f"{e['schema']}.{e['table']}" for e in self.matrix["entries"] if e["rows"]}
        self.load()
        self.run()
        by_hand, place = "group:by-hand@example.org", f"g{self.made['name'].removeprefix('made')}_marts.lookup"
        self.cloud.grants.setdefault(place, set()).add(by_hand)
        self.run()
        if by_hand in self.cloud.grants[place]:
            self.problem("what somebody was granted by hand is still there.")
        self.compare()

    def relation(self, statement: str) -> None:
        """A table or view: replacing one keeps its grants and loses its policies."""
        if found := VIEW.match(statement):
            self.cloud.views[bigquery_check.plain(found["name"])] = found["query"]
        elif found := TABLE.match(statement):
            self.cloud.policies.pop(bigquery_check.plain(found["name"]), None)
        # The evaluator knows no session: a view is kept as its text, and asked in the name of each login later.
        self.build.take(statement.replace("session_user()", f"'{BUILDER}'"))

    def privileges(self) -> None:
        """What BigQuery tells of grants."""
        rows = [
            {
                "object_schema": name.partition(".")[0],
                "object_name": name.partition(".")[2],
                "object_type": "VIEW" if name in self.cloud.views else "TABLE",
                "privilege_type": "roles/bigquery.dataViewer",
                "grantee": who,
            }
            for name, held in sorted(self.cloud.grants.items())
            for who in sorted(held)
        ]
        self.warehouse.load(PRIVILEGES, rows)

    def nobody_too_early(self, file: str, statement: str) -> None:
        """A table with row rules is never open without its policies."""
        for name in self.narrowed:
            if self.cloud.grants.get(name) and not self.cloud.policies.get(name) and name not in self.cloud.views:
                self.problem(f"{file}: {name} stands open after\n{statement[:300]}")

    # --- reading

    def authorized(self) -> set[tuple[str, str]]:
        """Pairs of a dataset that is read and one whose views read it, as terraform's files say."""
        text = (self.out / "terraform/datasets.tf").read_text(encoding="utf-8")
        pairs = set()
        for block in re.findall(r'^resource "google_bigquery_dataset(?:_access)?" .*?^}$', text, re.M | re.S):
            own, *others = re.findall(r'dataset_id\s*=\s*"(\w+)"', block)
            pairs |= {(own, other) for other in others}
        return pairs

    def rows(self, name: str, session: str, groups: set[str]) -> list[tuple[str | None, ...]] | None:
        """What somebody reads; `None`: nothing may be read."""
        if not self.cloud.grants.get(name, set()) & groups:
            return None
        if name in self.cloud.views:
            if not self.through(name, groups):
                return None
            query = self.cloud.views[name].replace("session_user()", f"'{session}'")
            return self.texts(name, query)
        policies = self.cloud.policies.get(name)
        if policies is None:
            return self.texts(name, f"select * from {name}")
        mine = [f"({text})" for grantees, text in policies.values() if grantees & groups]
        condition = " or ".join(mine).replace("session_user()", f"'{session}'") or "false"
        return self.texts(name, f"select * from {name} where {condition}")

    def texts(self, name: str, query: str) -> list[tuple[str | None, ...]]:
        """The rows of a query that yields a relation's columns, as texts."""
        columns = [(c.name, self.warehouse.kind(c.type)) for c in self.warehouse.relations[name].table.column]
        listed = ", ".join(f"to_json_string(`{c}`) as `{c}`" if kind == "ARRAY" else f"`{c}`" for c, kind in columns)
        return self.warehouse.texts(f"select {listed} from ({query})", [f"`{c}`" for c, _ in columns])

    def through(self, view: str, groups: set[str]) -> bool:
        """Whether a view may read what its query names, for somebody."""
        for name in self.warehouse.relations:
            dataset, _, own = name.partition(".")
            if not re.search(rf"`?{dataset}`?\.`?{own}`?(?![\w`])", self.cloud.views[view]):
                continue
            if (dataset, view.partition(".")[0]) not in self.authorized() and not self.cloud.grants.get(name, set()) & groups:
                return False
            if self.cloud.policies.get(name):
                self.problem(f"the view {view} reads {name}, which has policies of its own")
            if name in self.cloud.views and not self.through(name, groups):
                return False
        return True

    # --- what should be

    def entitled(self) -> dict[str, list[Row]]:
        """Rows of the only entitlement by the login they name."""
        out: dict[str, list[Row]] = {}
        [(source, data)] = [(n, s) for n, s in self.made["sources"].items() if n.endswith("_raw.people")]
        for row in data.rows:
            named = dict(zip([c for c, _ in data.columns], row, strict=True))
            out.setdefault(named["login"], []).append(named)
        return out

    def compare(self) -> None:
        """Every login and every relation that is built."""
        entitled = self.entitled()
        for login, roles in [*self.made["logins"], ("stranger", ())]:
            groups = {self.groups[r] for r in roles} | {EVERYBODY}
            for name in dict.fromkeys(self.build.made):
                schema, _, table = name.partition(".")
                lines = [
                    e for e in self.matrix["entries"]
                    if e["role"] in roles and e["verb"] == "read" and e["path"]["kind"] == "warehouse" and (e["schema"], e["table"]) == (schema, table)
                ]
                got = self.rows(name, login, groups)
                if (got is None) != (not lines):
                    self.problem(f"{login} in {name}: {'reads' if lines else 'does not read'} by the matrix")
                    continue
                whole = self.whole(name)
                self.cells[name in self.cloud.views] += max(1, len(whole)) * len(self.warehouse.relations[name].table.column)
                if got is None:
                    continue
                if any(e["rows"] for e in lines):
                    self.cells["narrowed"] += 1
                wanted = [t for t, row in whole if any(all(self.holds(r, row, login, entitled) for r in e["rows"]) for e in lines)]
                if Counter(got) != Counter(wanted):
                    self.problem(f"{login} in {name} sees {len(got)} rows, and {len(wanted)} by the matrix")

    def whole(self, name: str) -> list[tuple[tuple[str | None, ...], Row]]:
        """All rows: as texts, and as values for conditions."""
        columns = [(c.name, self.warehouse.kind(c.type)) for c in self.warehouse.relations[name].table.column]
        if name not in self.cloud.views:
            texts = self.texts(name, f"select * from {name}")
        else:
            # What hides rows stands around the query.
            query = self.cloud.views[name]
            inner = re.match(r"select\n(?:    pipec_seen\.\S+\n)+from \(\n(.*)\n\) as pipec_seen\b.*\nwhere ", query, re.S)
            texts = self.texts(name, inner[1] if inner else query)

        def value(text: str | None, kind: str) -> Any:
            return int(text) if text is not None and kind == "INT64" else text

        return [(row, {c: value(v, k) for (c, k), v in zip(columns, row, strict=True)}) for row in texts]

    def holds(self, rule: Any, row: Row, login: str, entitled: dict[str, list[Row]]) -> bool:
        """Whether a rule shows a row; NULL does not."""
        written = {there: row[here] for there, here in rule["columns"].items()}
        condition: Callable[[Row, list[Row]], bool | None] = self.made["conditions"][f"{rule['policy']}@{rule['declared_on']}"]
        if rule["entitlement"] is None:
            return condition(written, []) is True
        return any(condition(written, [one]) is True for one in entitled.get(login, []))


ACCESS = re.compile(r"execute immediate|create row access policy|drop all row access policies|grant |revoke ", re.I)


class ByDbt(Check):
    """The same project, built by dbt and its BigQuery adapter."""

    def __init__(self, made: dict[str, Any], out: Path, matrix: Any, warehouse: googlesql.Warehouse, report: judge.Report, scratch: Path) -> None:
        super().__init__(made, out, matrix, warehouse, report)
        self.scratch, self.server, self.hooks = scratch, bigquery_server.Server(warehouse), 0
        self.server.build, self.server.watched = self.build, self.watch

    def watch(self, statement: str) -> bool:
        """Takes what is about access; of relations, keeps what replacing them does to it."""
        statement = self.falsify("dbt", statement)
        if ACCESS.match(statement):
            self.hooks += 1
            self.take(statement)
            self.nobody_too_early("dbt", statement)
            return True
        found = bigquery_server.CREATED.match(statement)
        if not found:
            return False
        name = bigquery_check.plain(found["name"])
        if found["kind"].lower() == "view":
            self.cloud.views[name] = found["query"].strip().removesuffix(";")
        else:
            self.cloud.policies.pop(name, None)
            self.cloud.views.pop(name, None)
        self.nobody_too_early("dbt", statement)
        self.server.one(statement.replace("session_user()", f"'{BUILDER}'"))
        return True

    def run(self) -> None:
        """One `dbt run`."""
        bigquery_server.PROJECT = "demo"
        self.server.datasets |= {name.partition(".")[0] for name in self.warehouse.relations}
        project = self.out / "dbt"
        environment = engines.clean_environment("DBT_", "GOOGLE_") | {"DBT_SCHEMA": "scratch", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        with bigquery_server.served(self.server) as endpoint:
            profile = (project / "profiles.yml").read_text(encoding="utf-8")
            here = profile.replace("method: oauth\n", f"method: oauth-secrets\n      token: nobody\n      api_endpoint: {endpoint}\n")
            (self.scratch / "profiles.yml").write_text(here, encoding="utf-8")
            command = [engines.venv("dbt-bigquery") / "bin" / "dbt", "--no-use-colors", "run", "--threads", "1", "--vars", "{run_date: '2025-06-30'}", "--project-dir", project]
            command += ["--profiles-dir", self.scratch, "--target-path", self.scratch / "target", "--log-path", self.scratch / "logs"]
            done = engines.run(command, cwd=project, env=environment)
        if done.returncode != 0:
            self.problem(f"dbt ends with {done.returncode}:\n{done.stdout[-4000:]}")


def by_dbt(right: Check, scratch: Path, report: judge.Report) -> int:
    """The project built by dbt, and once more with policies that hide nothing, which has to be noticed; how many hooks ran."""
    scratch.mkdir()
    check = ByDbt(right.made, right.out, right.matrix, googlesql.Warehouse(), report, scratch)
    check.all()
    if not check.hooks or not check.cells["narrowed"]:
        report.problem("dbt ran no hook, or nobody reads a row less: this shows nothing.")
    silent = judge.Report("falsified")
    wrong = ByDbt(right.made, right.out, right.matrix, googlesql.Warehouse(), silent, scratch)
    wrong.falsify = lambda _file, statement: wide(statement)
    wrong.all()
    if not silent.problems:
        report.problem("nobody notices that dbt's hooks make policies that hide nothing.")
    return check.hooks


def wide(statement: str) -> str:
    """A row access policy that hides nothing."""
    return re.sub(r"filter using \((?!\s*true\s*\)).*\)\Z", "filter using (true)", statement, flags=re.S)


def generous(statement: str) -> str:
    """A grant to everybody in the project."""
    return f"{statement}, '{EVERYBODY}'" if statement.startswith("grant") else statement


def careless(statement: str) -> str:
    """Nothing is taken back."""
    return "select 1" if "OBJECT_PRIVILEGES" in statement else statement


def open_view(statement: str) -> str:
    """A view that hides nothing."""
    return statement.rpartition("\nwhere ")[0] if statement.startswith("create or replace view") and "pipec_seen" in statement else statement


def falsifications(right: Check, report: judge.Report) -> int:
    """A build that says something else has to be noticed; how many were."""
    count = 0
    for change in (wide, generous, careless, open_view):
        silent = judge.Report("falsified")
        changed: list[str] = []

        def falsify(_file: str, statement: str, change: Callable[[str], str] = change, changed: list[str] = changed) -> str:
            said = change(statement)
            changed += [said] if said != statement else []
            return said

        wrong = Check(right.made, right.out, right.matrix, googlesql.Warehouse(), silent)
        wrong.falsify = falsify
        wrong.all()
        if changed and not silent.problems:
            report.problem(f"{right.made['name']}: nobody notices {change.__name__} statements, like\n{changed[0][:600]}")
        count += bool(changed)
    return count


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing)
    arguments.add_argument("--count", type=int, default=6, metavar="N", help="projects")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--keep", type=Path, metavar="DIR", help="where the projects are left")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("bigquery_access_check")
    started = time.monotonic()
    cells: Counter[Any] = Counter()
    falsified = hooks = 0
    with tempfile.TemporaryDirectory(prefix="pipec-bigquery-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(options.seed, options.seed + options.count):
            made = access_projects.generated(folder, number, random.Random(1000 + number), options.pipec, bigquery=True)
            out = made["folder"] / "out"
            built = subprocess.run([options.pipec, "build", made["folder"], "-o", out], capture_output=True, text=True, check=False)
            if built.returncode != 0:
                report.problem(f"{made['name']} does not build.\n{built.stdout}{built.stderr}")
                continue
            shown = subprocess.run([options.pipec, "access", "--project", made["folder"], "--format", "json"], capture_output=True, text=True, check=False)
            check = Check(made, out, json.loads(shown.stdout), googlesql.Warehouse(), report)
            check.all()
            if not falsified and not report.problems and any(p for ps in check.cloud.policies.values() for p in ps.values() if p[1].strip() != "true"):
                falsified = falsifications(check, report)
                hooks = by_dbt(check, folder / "by-dbt", report)
            cells += check.cells
    if not (falsified and hooks) and options.count > 3:
        report.problem("No falsification was tried: this shows nothing.")
    if not (cells[True] and cells[False] and cells["narrowed"]):
        report.problem("No view, or no table, or no row rule was tried: this shows nothing.")
    report.timed("projects", started)
    report.facts |= {str(k): n for k, n in cells.items()}
    report.write(options.out)
    told = f"{cells[True] + cells[False]} cells, {cells['narrowed']} readings with row rules, {cells['immediate']} statements made by statements, {falsified} falsifications noticed, {hooks} statements of dbt's hooks"
    return report.conclude(f"{options.count} projects, {told}, no disagreement")


if __name__ == "__main__":
    judge.judge(main)
