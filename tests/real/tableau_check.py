"""Judge what is emitted for Tableau: the files, the rows that each user sees, and the publishing.

Every `.tds` is read by Tableau's document API and judged by Tableau's own schema; its formula is
parsed by pytableau. The rows are those of a real Postgres: the view is read as the role that
Tableau logs in as, the formula is evaluated for each row and user, and what is left has to be
what the matrix of `pipec access` gives (its conditions are written anew in Python), and what
Postgres itself gives the same person under row-level security. The script publishes to a
server in memory, through Tableau's own client. What is falsified has to be seen.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import access_check
import access_projects
import engines
import judge
from access_check import Check, Database, Login, Project, quoted

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "tableau"))

import document  # noqa: E402
import formula  # noqa: E402
import server as fake  # noqa: E402

either, compare, among = access_projects.either, access_projects.compare, access_projects.among
AOB = 'Allianz "Öst" & Co. <AG>'
SECRETS = {"TABLEAU_TOKEN_VALUE": "token-nobody-may-read", "TABLEAU_WAREHOUSE_PASSWORD": "pass-nobody-may-read"}


def reporting(folder: Path) -> Project:
    """`tableau/reporting.pipe`: clients, staff, managers, executives."""
    content = access_projects.reporting(folder)
    place = folder / "tableau"
    place.mkdir()
    shutil.copy(HERE / "tableau" / "reporting.pipe", place)
    sources = content["sources"]
    rows = sources["ops.procedures"].rows
    clients = ["United Healthcare", "Humana", AOB, None]
    sources["ops.procedures"].rows = [(*r[:4], clients[n % 4] if n % 3 else r[4], *r[5:]) for n, r in enumerate(rows)]
    # `Kim` and `kim` are two logins for Postgres and one user for Tableau, which then lets in neither; `Ann`'s name is written in capitals there.
    sources["ops.staff"].rows += [("kim", ["cardio"], True), ("Kim", ["onco"], True), ("o'hara", ["ortho"], True), ("", ["ortho"], True)]
    people = ["ann", "bob", "dee", "eve", "kim", "Kim", "cy"]
    roles = ["staff", "manager", "executive", "client_uhc", "client_aob", "partner"]
    logins = [Login(f"{person}", ("staff",)) for person in people]
    logins += [Login(f"only {role}", (role,)) for role in roles[1:]]
    logins += [Login("boss", ("staff", "executive")), Login("two", ("client_uhc", "client_aob")), Login("uhc", ("client_uhc", "staff"))]
    logins += [Login("stranger", ())]
    conditions = {
        **content["conditions"],
        "cheap@fct_procedures": lambda r, e: either(
            compare("<", r["cost"], 100), among(r["specialty"], e[0]["allowed_specialties"])
        ),
        **{
            f"client_aob_rows@{table}": lambda r, e: either(compare("=", r["client"], AOB), r["client"] is None)
            for table in ("fct_procedures", "by_specialty")
        },
    }
    return Project("tableau", place, sources, logins, conditions, content["secrets"])


class Tableau(Check):
    """The project in its database, and what Tableau makes of it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.documents: dict[str, document.Document] = {}
        self.seen = self.users = 0

    @property
    def folder(self) -> Path:
        """What is published."""
        return self.out / "tableau"

    def files(self) -> None:
        """Every file, by Tableau's own readers, and against the manifest."""
        manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        listed = {s["file"]: s for s in manifest["data_sources"]}
        found = {p.name for p in self.folder.glob("*.tds")}
        if found != set(listed):
            self.problem(f"the manifest lists other files: {found ^ set(listed)}")
        for name, said in sorted(listed.items()):
            read, problems = document.read(self.folder / name)
            for problem in problems:
                self.problem(problem)
            if read.caption != said["name"]:
                self.problem(f"{name}: its caption is {read.caption!r}, and {said['name']!r} in the manifest")
            self.documents[Path(name).stem] = read
            formula.parsed(read.formula)
        self.declared(manifest)

    def declared(self, manifest: Any) -> None:
        """What the project declares stands in the files, however it is written there."""
        hostile, report = self.documents["hostile"], self.documents["client_report"]
        says = {
            "captions": report.captions["kind"] == "Kind of procedure" and report.captions["payer"] == "Payer's name",
            "a caption of its own": report.caption == "Client report: <UHC> & 'others'",
            "hidden columns": "id" in report.hidden and "kind" not in report.hidden,
            "folders": report.folders == {'What "was" done': ["kind", "specialty"], "Money": ["cost", "payer"]},
            "columns with signs": list(hostile.columns.values())[:4] == ["a]b", "A]B", "<x> & 'y' \"z\"", "{{ this }} [shown].[id"],
            "fields that differ in case": len({n.lower() for n in hostile.columns}) == len(hostile.columns),
            "captions with signs": hostile.captions["Größe, 100%"] == 'Größe "ÄÖÜ"',
            "folders with signs": hostile.folders == {"<folder> & 'more'": ["a]b", "<x> & 'y' \"z\""]},
            "an extract": {s["file"]: s["extract"] for s in manifest["data_sources"]}
            == {f"{d}.tds": d in ("fct_procedures", "fct_procedures_masked_by_anon", "totals", "uhc_file") for d in self.documents},
        }
        for what in (name for name, holds in says.items() if not holds):
            self.problem(f"not as declared: {what}")

    def entries(self) -> dict[str, list[Any]]:
        """The matrix's lines in Tableau, by data source."""
        lines: dict[str, list[Any]] = {name: [] for name in self.documents}
        for entry in self.matrix["entries"]:
            if entry["path"]["kind"] == "data_source":
                lines.setdefault(entry["path"]["data_source"], []).append(entry)
        return lines

    def connect_as_tableau(self) -> None:
        """The role of the connection reads the views, and nothing else in the whole database."""
        user = next(iter(self.documents.values())).user
        self.database.run(f"alter role {quoted(user)} login")
        views = {(d.schema, d.table): d for d in self.documents.values()}
        for schema, table, columns in list(self.tables()):
            got = self.database.rows(user, f"select * from {quoted(schema)}.{quoted(table)} limit 1")
            self.verbs += 1
            if (schema, table) not in views and got != access_check.DENIED:
                self.problem(f"Tableau's role reads {schema}.{table}: {str(got)[:100]}")
            if (schema, table) in views and isinstance(got, str):
                self.problem(f"Tableau's role cannot read {schema}.{table}: {got}")
            if read := views.get((schema, table)):
                if list(read.columns.values()) != columns:
                    self.problem(f"{table}: the file has {list(read.columns.values())}, and the view {columns}")
                if not isinstance(self.database.rows(user, f"delete from {quoted(schema)}.{quoted(table)}"), str):
                    self.problem(f"Tableau's role may write {schema}.{table}")

    def rows_of(self, read: document.Document) -> list[dict[str, Any]]:
        """What Tableau gets, by field."""
        listed = ", ".join(quoted(c) for c in read.columns.values())
        rows = self.database.rows(read.user, f"select {listed} from {quoted(read.schema)}.{quoted(read.table)}")
        if isinstance(rows, str):
            raise engines.EngineError(f"{read.table}: {rows}")
        return [dict(zip(read.columns, row, strict=True)) for row in rows]

    def every_user(self) -> None:
        """Each name, each set of groups, each data source: the rows that are left, against the matrix."""
        entitled, lines = self.entitled(), self.entries()
        groups = {r["name"]: r["tableau_group"] for r in self.matrix["roles"] if r["tableau_group"]}
        names = ["ann", "ANN", "bob", "dee", "eve", "cy", "kim", "o'hara", ""]
        sets = [s for size in (0, 1, 2, 6) for s in itertools.combinations(sorted(groups), size)]
        for source, read in self.documents.items():
            if not lines[source]:
                self.problem(f"the matrix does not know data source {source}")
                continue
            rows, tree = self.rows_of(read), formula.parsed(read.formula)
            base = self.base(lines[source][0])
            for name, roles in itertools.product(names, sets):
                user = formula.User(name, frozenset(groups[r] for r in roles))
                shown = self.shown(read, rows, tree, user, base[0])
                expected = self.wanted(lines[source], base, name.lower(), roles, entitled)
                self.users += 1
                self.seen += len(shown)
                if Counter(map(repr, shown)) != Counter(map(repr, expected)):
                    self.problem(f"{source}: {name!r} in {roles} sees {len(shown)} rows, and should see {len(expected)}")

    def base(self, entry: Any) -> tuple[list[str], list[dict[str, Any]]]:
        """All rows of the table that is shown."""
        columns = [c["name"] for c in entry["columns"]]
        listed = ", ".join(quoted(c) for c in columns)
        rows = self.database.rows("postgres", f"select {listed} from {quoted(entry['schema'])}.{quoted(entry['table'])}")
        return columns, [dict(zip(columns, row, strict=True)) for row in rows]  # type: ignore[arg-type]

    @staticmethod
    def shown(
        read: document.Document, rows: list[dict[str, Any]], tree: Any, user: formula.User, columns: list[str]
    ) -> list[list[Any]]:
        """The rows that the filter keeps for somebody, in the table's own columns."""
        own = [field for field, column in read.columns.items()][: len(columns)]
        return [[row[field] for field in own] for row in rows if formula.value(tree, row, user) is True]

    def wanted(self, lines: list[Any], base: Any, name: str, roles: tuple[str, ...], entitled: Any) -> list[list[Any]]:
        """The rows that the matrix gives."""
        columns, rows = base
        mine = [line for line in lines if line["role"] in roles]
        # Tableau takes `Kim` and `kim` for one user: then nobody is told what either may see.
        ambiguous = len({n for by in entitled.values() for n in by if n.lower() == name}) > 1
        who = Login("\0nobody" if ambiguous else name, roles)
        return [[row[c] for c in columns] for row in rows if any(all(self.holds(r, row, who, entitled) for r in e["rows"]) for e in mine)]

    def like_postgres(self) -> None:
        """The same people, logged in to Postgres: row-level security shows them the same rows."""
        groups = {r["name"]: r["tableau_group"] for r in self.matrix["roles"] if r["tableau_group"]}
        compared = 0
        for source, lines in self.entries().items():
            read = self.documents[source]
            rows, tree = self.rows_of(read), formula.parsed(read.formula)
            columns = [c["name"] for c in lines[0]["columns"]]
            both = {e["role"] for e in lines if e["verb"] == "view"} & {
                e["role"]
                for e in self.matrix["entries"]
                if e["verb"] == "read" and e["table"] == lines[0]["table"] and e["path"]["kind"] == "warehouse"
            }
            for login in self.project.logins:
                if not set(login.roles) <= both or login.name.lower() == "kim":
                    continue
                listed = ", ".join(quoted(c) for c in columns)
                table = f"{quoted(lines[0]['schema'])}.{quoted(lines[0]['table'])}"
                got = self.database.rows(login.name, f"select {listed} from {table}")
                got = [] if isinstance(got, str) and not login.roles else got
                user = formula.User(login.name, frozenset(groups[r] for r in login.roles))
                shown = self.shown(read, rows, tree, user, columns)
                compared += 1
                if isinstance(got, str) or Counter(repr(list(r)) for r in got) != Counter(map(repr, shown)):
                    self.problem(f"{source}: {login.name} sees {len(shown)} rows in Tableau, and in Postgres {str(got)[:80]}")
        if compared < 40:
            self.problem(f"only {compared} people were compared with Postgres")
        self.verbs += compared

    def falsified(self) -> None:
        """What would open a row has to be seen by what was just accepted."""
        read = self.documents["client_report"]
        changes = {
            "a group that everybody passes": ("ISMEMBEROF('Staff')", "TRUE"),
            "another's group": ("ISMEMBEROF('Client_UHC')", "ISMEMBEROF('Staff')"),
            "somebody else's rows": ("[pipec_login] = LOWER(USERNAME()) AND ", ""),
            "rows twice": ("AND NOT (", "AND (TRUE OR "),
            "a condition left out": (" AND [pipec_seen_by_client_uhc]", ""),
        }
        for what, (old, new) in changes.items():
            if old not in read.formula:
                self.problem(f"the formula has no `{old}`")
            problems, self.report.problems = self.report.problems, []
            self.documents = {"client_report": document.Document(**{**vars(read), "formula": read.formula.replace(old, new)})}
            self.every_user()
            found, self.report.problems = self.report.problems, problems
            if not found:
                self.problem(f"{what} is not seen: {self.documents['client_report'].formula}")
        text = (self.folder / "client_report.tds").read_text(encoding="utf-8")
        for old, new in (("member='true'", "member='false'"), ("column='[none:pipec_rows:nk]' f", "column='[kind]' f"), ("datatype='integer'", "datatype='int'")):
            broken = self.folder.parent / "broken.tds"
            broken.write_text(text.replace(old, new), encoding="utf-8")
            if old not in text or not document.read(broken)[1]:
                self.problem(f"`{new}` for `{old}` is not seen")


class Publishing:
    """The script against a server in memory."""

    def __init__(self, check: Tableau) -> None:
        self.check, self.folder = check, check.folder
        self.manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        self.site = fake.Tableau(sorted({g for s in self.manifest["data_sources"] for g in s["groups"]}))
        self.site.token = ("publisher", SECRETS["TABLEAU_TOKEN_VALUE"])
        self.site.watch = self.watch
        self.running = self.site.start()
        self.runs = 0

    def problem(self, text: str) -> None:
        self.check.problem(f"publishing: {text}")

    def watch(self) -> None:
        """At no moment may anybody do more than the manifest says."""
        allowed = {(s["project"], s["name"]): s["groups"] for s in self.manifest["data_sources"]}
        for source in self.site.sources.values():
            groups = allowed.get((self.site.projects[source.project].name, source.name), {})
            for (kind, identity), capabilities in source.rules.items():
                name = self.site.groups.get(identity, "") if kind == "group" else ""
                extra = {c for c, mode in capabilities.items() if mode == "Allow" and c not in groups.get(name, [])}
                if extra and not self.tampered:
                    self.problem(f"{kind} {name or identity} may {extra} on {source.name!r}")

    tampered = False

    def run(self, *arguments: str, code: int = 0, folder: Path | None = None, **environment: str) -> str:
        """The script; what it says, which is never a secret."""
        python = engines.venv("tableau") / "bin" / "python"
        shared = engines.clean_environment("TABLEAU_", "DBT_", "DATABASE") | SECRETS | {
            "TABLEAU_SERVER": f"http://127.0.0.1:{self.running.server_port}",
            "TABLEAU_TOKEN_NAME": "publisher",
            "DATABASE": "ware'house <&>",
            "DBT_HOST": "db.example.org",
        }
        where = folder or self.folder
        done = engines.run([python, where / "publish.py", *arguments], env={**shared, **environment})
        self.runs += 1
        if done.returncode != code:
            self.problem(f"{arguments} ends with {done.returncode}: {done.stdout[-1500:]}")
        for name, secret in SECRETS.items():
            if secret in done.stdout:
                self.problem(f"{arguments} prints {name}")
        return done.stdout

    def nothing(self, what: str, *arguments: str) -> None:
        """A run that asks for no change."""
        before = len(self.site.writes())
        self.run(*arguments)
        if made := self.site.writes()[before:]:
            self.problem(f"{what} changes something: {made[:3]}")

    def course(self) -> None:
        """Everything, in turn."""
        if "--dry-run" not in self.run("--help"):
            self.problem("--help does not say what it can do")
        self.nothing("a dry run", "--dry-run")
        self.run("--dry-run", TABLEAU_TOKEN_VALUE="wrong", code=1)
        self.run(code=1, TABLEAU_WAREHOUSE_PASSWORD="")
        said = self.run()
        self.published(said)
        self.nothing("a second run")
        self.repaired()
        self.missing_group()
        self.foreign()
        self.left()
        self.running.shutdown()

    def published(self, said: str) -> None:
        """What lies on the server is what the manifest says."""
        self.state("after publishing")
        for source in self.manifest["data_sources"]:
            found = [s for s in self.site.sources.values() if s.name == source["name"]]
            if len(found) != 1:
                self.problem(f"{source['name']!r} is there {len(found)} times\n{said}")
                continue
            have = found[0]
            if (have.user, have.password, have.embedded) != (self.manifest["user"], SECRETS["TABLEAU_WAREHOUSE_PASSWORD"], True):
                self.problem(f"{have.name!r} logs in as {have.user!r}")
            if b"nobody-may-read" in have.content or b"ware&apos;house" not in have.content.replace(b"ware'house &lt;&amp;&gt;", b"ware&apos;house"):
                self.problem(f"{have.name!r}: its connection is not filled in, or has a secret")
            if (have.extract, have.description) != (source["extract"], source["description"]):
                self.problem(f"{have.name!r}: extract {have.extract}, {have.description!r}")
            again = self.folder.parent / "again.tds"
            again.write_bytes(have.content)
            read, problems = document.read(again)
            if problems or read.formula != self.check.documents[Path(source["file"]).stem].formula:
                self.problem(f"{have.name!r} was published with another filter: {problems}")

    def state(self, when: str) -> None:
        """Rules on the server and in the manifest are the same."""
        names = self.site.groups
        for source in self.manifest["data_sources"]:
            for have in (s for s in self.site.sources.values() if s.name == source["name"]):
                rules = {names[i]: sorted(c) for (kind, i), c in have.rules.items() if kind == "group"}
                if rules != {g: sorted(c) for g, c in source["groups"].items()} or any(kind != "group" for kind, _ in have.rules):
                    self.problem(f"{when}: {have.name!r} has the rules {have.rules}")

    def repaired(self) -> None:
        """Somebody adds rules and projects pass them on: the next run takes them back."""
        self.tampered = True
        victim = next(s for s in self.site.sources.values() if s.name.startswith("Client report"))
        victim.rules[("group", fake.EVERYBODY)] = {"Read": "Allow", "Connect": "Allow"}
        victim.rules[("user", "user-9")] = {"ExportXml": "Allow"}
        uhc = next(i for i, name in self.site.groups.items() if name == "Client_UHC")
        victim.rules[("group", uhc)] = {"Read": "Allow", "Connect": "Deny", "ExportXml": "Allow"}
        self.site.projects[victim.project].passes_on[("group", fake.EVERYBODY)] = {"Read": "Allow"}
        self.run()
        self.tampered = False
        self.state("after repairing")
        if self.site.projects[victim.project].passes_on:
            self.problem("a project still passes rules on")
        self.nothing("a run after repairing")

    def missing_group(self) -> None:
        """A group that is not there is not made unasked, and nothing is half done."""
        identity, name = next((i, n) for i, n in self.site.groups.items() if n == "Executives")
        del self.site.groups[identity]
        self.tampered = True
        before = len(self.site.writes())
        if "Executives" not in self.run(code=1) or len(self.site.writes()) != before:
            self.problem("a missing group is not named, or something was done without it")
        self.site.groups[identity] = name
        self.tampered = False

    def foreign(self) -> None:
        """A data source of the same name that somebody else published stays what it is."""
        victim = next(s for s in self.site.sources.values() if s.name.startswith("Client report"))
        tags, victim.tags = victim.tags, set()
        before = len(self.site.writes())
        if "--force" not in self.run(code=1) or len(self.site.writes()) != before:
            self.problem("somebody else's data source is replaced")
        victim.tags = tags

    def left(self) -> None:
        """A data source that leaves the manifest is open to nobody; `--prune` removes it; a changed one is replaced."""
        folder = self.folder.parent / "later"
        shutil.copytree(self.folder, folder)
        gone = self.manifest["data_sources"].pop(0)
        text = (folder / "client_report.tds").read_text(encoding="utf-8")
        (folder / "client_report.tds").write_text(text.replace("Kind of procedure", "Kind"), encoding="utf-8")
        (folder / "manifest.json").write_text(json.dumps(self.manifest), encoding="utf-8")
        self.tampered = True
        said = self.run(folder=folder)
        self.tampered = False
        old = next(s for s in self.site.sources.values() if s.name == gone["name"])
        if old.rules or said.count("replace ") != 1:
            self.problem(f"what left the manifest is still open: {old.rules}; {said}")
        self.run("--prune", folder=folder)
        if any(s.name == gone["name"] for s in self.site.sources.values()):
            self.problem("--prune leaves it there")
        self.state("at the end")


def refused(check: Tableau) -> None:
    """A file with rows that a policy hides, and what else is no data source."""
    text = (check.project.folder / "reporting.pipe").read_text(encoding="utf-8")
    cases = {
        "grant extract on client_report to client_uhc": "P0621",
        "grant extract on fct_procedures to executive": "P0621",
        "grant extract on live_report to executive": "P0621",
        "grant view on fct_procedures to client_uhc": "P0401",
        'role again { clearance internal; tableau group "client_uhc" }\ngrant view on totals to again': "P0620",
        'role all_of_them { clearance internal; tableau group "All users" }\ngrant view on totals to all_of_them': "P0620",
        "datasource second on totals { live }": "P0620",
        "datasource nobody on stg_procedures { }": "P0620",
        "datasource third on by_specialty { hide nothing_like_it }": "P0205",
    }
    for number, (more, code) in enumerate(cases.items()):
        folder = check.project.folder.parent / f"refused-{number}"
        folder.mkdir()
        (folder / "reporting.pipe").write_text(f"{text}\n{more}\n", encoding="utf-8")
        done = engines.run([check.pipec, "check", folder, "--message-format", "json"])
        codes = {json.loads(line)["code"] for line in done.stdout.splitlines() if line.startswith("{") and '"code"' in line}
        check.verbs += 1
        if done.returncode == 0 or code not in codes:
            check.problem(f"`{more}` is not refused by {code}: {codes or done.stdout[-500:]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    arguments.add_argument("--keep", metavar="DIR", type=Path, help="keep the published files")
    options = arguments.parse_args()
    engines.use("postgres")
    engines.use("tableau")
    os.environ["PIPEC_RUN_DATE"] = "2025-06-30"
    report = judge.Report("tableau_check")
    with tempfile.TemporaryDirectory(prefix="pipec-tableau-") as scratch, engines.postgres() as server:
        started = time.monotonic()
        project = reporting(Path(scratch))
        database = Database(server, "db_tableau")
        Database(server, "postgres").run(f"create database {quoted(database.name)}")
        check = Tableau(project, database, options.pipec, report, Path(scratch))
        if not check.emit():
            return report.conclude("")
        check.files()
        check.prepare()
        check.keys()
        runs = 0
        if check.sql():
            check.join()
            check.connect_as_tableau()
            check.every_user()
            check.like_postgres()
            report.timed("rows", started)
            started = time.monotonic()
            publishing = Publishing(check)
            publishing.course()
            runs = publishing.runs
            report.timed("publishing", started)
            refused(check)
            check.falsified()
        if options.keep:
            shutil.copytree(check.folder, options.keep, dirs_exist_ok=True)
    report.facts |= {"users": check.users, "rows": check.seen, "runs": runs}
    report.write(options.out)
    if not report.problems and not check.seen:
        report.problem("nobody saw a row")
    return report.conclude(f"{check.users} users of data sources, {check.seen} rows seen, {check.verbs} other questions, {runs} runs of the script")


if __name__ == "__main__":
    judge.judge(main)
