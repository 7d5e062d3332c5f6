"""Judge `pipec verify` by mutants: what changes anybody's access has to be caught, what changes nothing must not be.

Artifacts of the examples, of `access/reporting.pipe`, `tableau/reporting.pipe` and of made-up
projects are changed in all the ways of `verify/edits_*.py`. Whether a mutant means something is
decided without pipec: SQL is run on a real Postgres over the true build, tampered with by hand, and
everybody's reads and writes are tried before and after; policies, in JSON and in Terraform's files,
are asked of an independent simulator; Tableau's formulas are evaluated for everybody. A mutant that the judge sees and `verify` does not is a
problem, and so is an alarm over untouched artifacts or over edits that only change their looks.
An alarm over a mutant that nobody notices is counted as strict: `force`, owners, the moment
between two transactions and the like.
"""

from __future__ import annotations

import json
import os
import queue
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import access_projects
import engines
import judge
import tableau_check
from access_check import BUILDER, Check, Database, Login, Project, quoted
from verify import edits_iam, edits_sql, edits_tableau, edits_terraform, observed

#: How many copies of the artifacts are read back at a time.
AT_ONCE = 2


class Judge:
    """One project, built once; its mutants are judged one by one, while `verify` reads others."""

    def __init__(self, check: Check, scratch: Path, report: judge.Report) -> None:
        self.check, self.scratch, self.report = check, scratch, report
        self.pipec, self.out = check.pipec, check.out
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.cosmetic = 0
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.copies: queue.Queue[Path] = queue.Queue()
        self.pending: list[tuple[edits_sql.Mutant, bool | Future[Any], str, Future[Any]]] = []

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.check.project.name}: {text}")

    def verify(self, out: Path) -> Any:
        """What `pipec verify` says of a folder."""
        done = engines.run([self.pipec, "verify", out, "--project", self.check.project.folder, "--format", "json"])
        try:
            told = json.loads(done.stdout)
        except json.JSONDecodeError:
            self.problem(f"verify breaks.\n{done.stdout[-2000:]}")
            return {"same": True, "differences": []}
        if done.returncode != (0 if told["same"] else 1):
            self.problem(f"verify ends with {done.returncode} and says {told['same']}")
        return told

    def untouched(self) -> None:
        """No alarm over what was just built."""
        told = self.verify(self.out)
        if not told["same"] or told["edited"]:
            self.problem(f"verify cries over untouched artifacts: {json.dumps(told['differences'][:5], indent=1)}")
        for number in range(AT_ONCE):
            copy = self.scratch / f"{self.check.project.name}-copy{number}"
            shutil.copytree(self.out, copy)
            self.copies.put(copy)

    def asked(self, path: str, text: str) -> Future[Any]:
        """What `verify` says after one file is changed."""
        return self.pool.submit(self._with_file, path, text)

    def _with_file(self, path: str, text: str) -> Any:
        out = self.copies.get()
        file = out / path
        before = file.read_bytes()
        file.write_text(text, encoding="utf-8", newline="")
        try:
            return self.verify(out)
        finally:
            file.write_bytes(before)
            self.copies.put(out)

    def looks(self, edits: list[edits_sql.Mutant]) -> None:
        """Edits of looks only: mentioned, and no alarm."""
        for edit, future in [(edit, self.asked(edit.path, edit.text)) for edit in edits]:
            told = future.result()
            self.cosmetic += 1
            if not told["same"]:
                self.problem(f"verify cries over {edit.kind} in {edit.path}: {json.dumps(told['differences'][:3], indent=1)}\n{edit.text[-1500:]}")
            elif edit.path not in told["edited"]:
                self.problem(f"verify does not mention an edit ({edit.kind}) of {edit.path}")

    def mutant(self, mutant: edits_sql.Mutant, noticed: bool | Future[Any], how: str) -> None:
        """A mutant to hold against `verify`; where `noticed` is what that says of another one, whether it says the same."""
        self.pending.append((mutant, noticed, how, self.asked(mutant.path, mutant.text)))

    def settle(self) -> None:
        """Hold all of them."""
        for mutant, noticed, how, future in self.pending:
            caught = not future.result()["same"]
            meant = noticed if isinstance(noticed, bool) else not noticed.result()["same"]
            self.kinds["semantic" if meant else "strict" if caught else "harmless", mutant.kind] += 1
            if meant and not caught:
                self.problem(f"verify misses `{mutant.kind}` in {mutant.path} ({mutant.what}): {how}")
        self.pool.shutdown()


class Sql:
    """Runs plain SQL with one file changed, over a template of the true build that somebody tampered with."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.template = check.database
        self.server = check.database.server
        self.members: set[tuple[str, str, str]] = set()
        self.look_ups: list[tuple[str, str]] = []
        self.before: observed.Observed = {}
        known = world(check)
        self.stale = (known.schemas[0], "of_an_earlier_build", known.owner, known.roles[0])

    def prepare(self) -> bool:
        """The true build, and what it lets everybody do when it is run again after some tampering."""
        check = self.check
        check.prepare()
        check.keys()
        if not check.sql():
            return False
        check.join()
        self.tamper()
        self.earlier()
        found = self.template.rows(
            "postgres",
            "select quote_ident(n.nspname) || '.' || quote_ident(p.proname), pg_get_function_identity_arguments(p.oid) from pg_proc p"
            " join pg_namespace n on n.oid = p.pronamespace where n.nspname like '%\\_access'",
        )
        self.look_ups = sorted((str(name), str(argument)) for name, argument in found)  # type: ignore[misc]
        self.members = self.membership()
        problem, self.before = self.observe(None)
        if problem:
            raise engines.EngineError(f"the true build fails over itself: {problem}")
        return True

    def tamper(self) -> None:
        """Somebody opens things by hand, which the next build takes back."""
        for schema, table, _ in list(self.check.tables()):
            if f"{schema}.{table}" in self.check.project.sources:
                continue
            name = f"{quoted(schema)}.{quoted(table)}"
            self.template.run(f"grant select on {name} to public")
            kind = self.template.rows("postgres", f"select relkind from pg_class where oid = '{name}'::regclass")
            if kind == [("r",)]:
                self.template.run(f"create policy opened_by_hand on {name} using (true)")
        made = self.template.rows(
            "postgres",
            "select quote_ident(nspname), nspname like '%\\_access' from pg_namespace where nspname !~ '^pg_' and nspname not in"
            " ('information_schema', 'public', 'pipec', 'pipec_secret')",
        )
        for schema, access in made:
            if str(schema).strip('"') in {name.split(".")[0] for name in self.check.project.sources}:
                continue
            self.template.run(f"grant usage on schema {schema} to public")
            for role in map(quoted, self.check.names.values()):
                self.template.run(f"revoke all on schema {schema} from {role}")
                if access:
                    self.template.run(f"revoke execute on all routines in schema {schema} from {role}")
            if access:
                self.template.run(f"grant execute on all routines in schema {schema} to public")

    def earlier(self) -> None:
        """What an earlier build made and gave, and this one takes back: a table nobody builds, and a way into its schema."""
        schema, table, owner, role = self.stale
        place = f"{quoted(schema)}.{quoted(table)}"
        self.template.run(f"create table {place} as select 1 as secret")
        self.template.run(f"alter table {place} owner to {quoted(owner)}")
        self.template.run(f"grant select on {place} to {quoted(role)}")
        access = quoted(f"{owner.removesuffix('_owner')}_access")
        self.template.run(f"insert into {access}.made values (%s, %s)", schema, table)

    def membership(self) -> set[tuple[str, str, str]]:
        """Who is a member of whom, and who says so: nobody else can take it back."""
        found = self.template.rows("postgres", "select roleid::regrole::text, member::regrole::text, grantor::regrole::text from pg_auth_members")
        return {(str(a), str(b), str(c)) for a, b, c in found}  # type: ignore[misc]

    def observe(self, mutant: edits_sql.Mutant | None) -> tuple[str | None, observed.Observed]:
        """Run everything in a copy of the database, one file changed; what everybody can do then."""
        name = "mutant"
        admin = Database(self.server, "postgres")
        admin.run(f"create database {name} template {quoted(self.template.name)}")
        copy = Database(self.server, name)
        check = Check(self.check.project, copy, self.check.pipec, self.check.report, self.check.out.parent)
        try:
            admin.run(f"grant create on database {name} to {quoted(BUILDER)}")
            problem = self.run(copy, mutant)
            return problem, observed.observe(check, self.look_ups)
        finally:
            admin.run(f"drop database {name} with (force)")
            for role, member, grantor in self.membership() - self.members:
                admin.run(f"revoke {role} from {member} granted by {grantor} cascade")
            if self.membership() - self.members:
                raise engines.EngineError("a mutant's memberships stay")

    def run(self, database: Database, mutant: edits_sql.Mutant | None) -> str | None:
        """The files in their order; what stops them."""
        folder = self.check.out / "sql" / "postgres"
        texts = []
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#") or line.endswith(("_setup.sql", "_checks.sql")):
                continue
            changed = mutant is not None and mutant.path == f"sql/postgres/{line}"
            texts.append(mutant.text if mutant and changed else (folder / line).read_text(encoding="utf-8"))
            # A file that ends inside a transaction leaves nothing, as psql does that runs one file.
            texts.append("\nrollback;\n")
        whole = self.check.out.parent / "mutant.sql"
        whole.write_text("\n".join(texts), encoding="utf-8", newline="")
        return database.psql(whole, BUILDER, self.check.project.secrets)

    def notices(self, mutant: edits_sql.Mutant) -> tuple[bool, str]:
        """Whether anybody notices a mutant, and what they notice. A build that fails is told by itself, and gives nobody anything."""
        problem, after = self.observe(mutant)
        if problem:
            return False, f"the build fails: {problem[:300]}"
        for key in sorted(after.keys() | self.before.keys()):
            if after.get(key) != self.before.get(key):
                return True, f"{key}: {str(self.before.get(key))[:120]} → {str(after.get(key))[:120]}"
        return False, ""


def files(out: Path) -> list[tuple[str, str]]:
    """The files that access is said in, by path in the folder."""
    found = sorted((out / "sql" / "postgres").glob("*.sql"))
    kept = [f for f in found if not f.stem.endswith(("_setup", "_checks", "_schemas"))]
    return [(f.relative_to(out).as_posix(), f.read_text(encoding="utf-8")) for f in kept]


def world(check: Check) -> edits_sql.World:
    """What mutants of a project are made with."""
    folder = check.out / "sql" / "postgres"
    access = next(folder.glob("*_access.sql")).read_text(encoding="utf-8")
    owner = access.split("rolname = '", 1)[1].split("'", 1)[0]
    schemas = sorted({e["schema"] for e in check.matrix["entries"] if e["path"]["kind"] == "warehouse" and e["schema"]})
    return edits_sql.World(sorted(check.names.values()), owner, schemas)


def chosen(mutants: list[edits_sql.Mutant], most: int, chance: random.Random) -> list[edits_sql.Mutant]:
    """At most so many, of every kind as evenly as can be."""
    by_kind: dict[str, list[edits_sql.Mutant]] = {}
    for mutant in mutants:
        by_kind.setdefault(mutant.kind, []).append(mutant)
    for these in by_kind.values():
        chance.shuffle(these)
    out: list[edits_sql.Mutant] = []
    while len(out) < min(most, len(mutants)):
        for these in by_kind.values():
            if these and len(out) < most:
                out.append(these.pop())
    return out


def whole_course(judging: Judge, most: int, chance: random.Random) -> None:
    """One project."""
    check = judging.check
    if not check.emit():
        return
    judging.untouched()
    if not most:
        judging.looks(chosen([m for path, text in files(check.out) for m in edits_sql.cosmetic(path, text)], 8, chance))
        return
    made = [m for path, text in files(check.out) for m in edits_sql.mutants(path, text, world(check))]
    looks = [m for path, text in files(check.out) for m in edits_sql.cosmetic(path, text)]
    judging.looks(chosen(looks, max(8, most // 5), chance))
    policies(judging, most, chance)
    in_dbt(judging, made, most, chance)
    sql = Sql(check)
    if sql.prepare():
        data_sources(judging, most, chance)
        for mutant in chosen(made, most, chance):
            noticed, how = sql.notices(mutant)
            judging.mutant(mutant, noticed, how)
    judging.settle()


def policies(judging: Judge, most: int, chance: random.Random) -> None:
    """IAM policies, in JSON and in Terraform's files, judged by the simulator."""
    out = judging.out
    found = [(f"iam/{f.name}", f.read_text(encoding="utf-8")) for f in sorted((out / "iam").glob("*.json"))]
    if not found:
        return
    judging.looks([m for path, text in found for m in edits_iam.cosmetic(path, text)])
    groups = {role["name"]: role["aws_group"] for role in judging.check.matrix["roles"] if role["aws_group"]}
    made = chosen([m for path, text in found for m in edits_iam.mutants(path, text)], most, chance)
    both = in_terraform(judging, {path: json.loads(text) for path, text in found}, most, chance)
    twins = [twin for _, twin in both if twin is not None]
    verdicts = edits_iam.Simulated(out, groups).judged([*made, *twins])
    for mutant, noticed in zip(made, verdicts, strict=False):
        judging.mutant(mutant, noticed, "the simulator decides otherwise")
    judged = iter(verdicts[len(made) :])
    for mutant, twin in both:
        judging.mutant(mutant, True if twin is None else next(judged), "the simulator decides otherwise about the same policy in JSON")


def in_terraform(judging: Judge, documents: dict[str, Any], most: int, chance: random.Random) -> list[tuple[edits_sql.Mutant, edits_sql.Mutant | None]]:
    """Mutants of Terraform's files, with the same of the policies in JSON."""
    texts = [(f"terraform/{f.name}", f.read_text(encoding="utf-8")) for f in sorted((judging.out / "terraform").glob("*.tf"))]
    judging.looks(chosen([m for path, text in texts for m in edits_terraform.cosmetic(path, text)], 8, chance))
    every = [pair for path, text in texts for pair in edits_terraform.mutants(path, text, documents)]
    kept = chosen([mutant for mutant, _ in every], most, chance)
    if texts and not kept:
        judging.problem("there is no mutant of Terraform's files")
    return [pair for pair in every if any(pair[0] is mutant for mutant in kept)]


def data_sources(judging: Judge, most: int, chance: random.Random) -> None:
    """Tableau's files, judged by who sees which rows, and the manifest, which says itself who may do what."""
    folder = judging.out / "tableau"
    texts = {f"tableau/{f.name}": f.read_text(encoding="utf-8") for f in sorted(folder.glob("*.tds"))}
    if not texts:
        return
    judging.looks(chosen([m for path, text in texts.items() for m in edits_tableau.cosmetic(path, text)], 8, chance))
    every = [pair for path, text in texts.items() for pair in edits_tableau.mutants(path, text)]
    meanings = {id(mutant): meaning for mutant, meaning in every}
    shown: dict[str, edits_tableau.Shown] = {}
    for mutant in chosen([mutant for mutant, _ in every], most, chance):
        if mutant.path not in shown:
            shown[mutant.path] = edits_tableau.Shown(judging.check, judging.out / mutant.path)
        meaning = meanings[id(mutant)]
        judging.mutant(mutant, meaning is None or shown[mutant.path].differs(meaning), "somebody sees other rows in Tableau")
    manifest = "tableau/manifest.json"
    said = (judging.out / manifest).read_text(encoding="utf-8")
    for mutant in chosen(list(edits_tableau.capabilities(manifest, said)), max(3, most // 4), chance):
        judging.mutant(mutant, True, "a group may do something else")


def in_dbt(judging: Judge, made: list[edits_sql.Mutant], most: int, chance: random.Random) -> None:
    """The same changes of the same statements in dbt's macros: what is not the same in plain SQL is not the same there."""
    file = judging.out / "dbt" / "macros" / "pipec_access.sql"
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    both = []
    for mutant in made:
        before = (judging.out / mutant.path).read_text(encoding="utf-8")
        start = next((i for i, (a, b) in enumerate(zip(before, mutant.text)) if a != b), 0)
        spans = [s for s in edits_sql.statements(before) if s[0] <= start < s[1]]
        if not spans or not mutant.text.startswith(before[: spans[0][0]]) or not mutant.text.endswith(before[spans[0][1] :]):
            continue
        old = before[spans[0][0] : spans[0][1]]
        new = mutant.text[spans[0][0] : len(mutant.text) - len(before) + spans[0][1]]
        if text.count(old) == 1 and "{" not in new:
            both.append(edits_sql.Mutant(f"dbt: {mutant.kind}", mutant.path, new, text.replace(old, new)))
    for mutant in chosen(both, most, chance):
        plain = next(m for m in made if m.path == mutant.path and m.kind == mutant.kind.removeprefix("dbt: ") and mutant.what in m.text)
        caught = judging.asked(plain.path, plain.text)
        judging.mutant(edits_sql.Mutant(mutant.kind, "dbt/macros/pipec_access.sql", "", mutant.text), caught, "it is caught in plain SQL")


def in_clouds(content: dict[str, Any]) -> dict[str, Any]:
    """`access/reporting.pipe` with policies for its files, too."""
    main = content["folder"] / "reporting.pipe"
    text = main.read_text(encoding="utf-8").replace("emit dbt, sql", "emit dbt, sql, iam, terraform")
    for role in ("uhc", "partner"):
        text = text.replace(f'postgres "mt_{role}" }}', f'postgres "mt_{role}"; aws group "{role}" }}')
    text += 'bucket theirs { name "mt-theirs"; clearance deid }\n'
    text += 'export totals_daily to theirs { totals; path "totals/{yyyy}.csv" }\nexport uhc_more to theirs { uhc_file; path "uhc/{yyyy}.csv" }\n'
    text += "grant extract on totals to partner\ngrant extract on uhc_file to client_uhc\n"
    main.write_text(text, encoding="utf-8")
    return content


def projects(options: Any, folder: Path) -> Iterator[tuple[Project, int]]:
    """What is read back, and how many mutants of each way there are of it."""
    chance = random.Random(options.seed)
    as_project = lambda content: Project(**{**content, "logins": [Login(*one) for one in content["logins"]]})  # noqa: E731
    yield as_project(in_clouds(access_projects.reporting(folder))), options.mutants
    (folder / "for-tableau").mkdir()
    yield tableau_check.reporting(folder / "for-tableau"), options.mutants
    for place in options.example:
        made = access_projects.EXAMPLES[place.name](folder, place)
        yield as_project(made), 0 if place.name in options.only_read else options.mutants // 4
    for number in range(options.generated + options.untouched):
        content = access_projects.generated(folder, number, chance, options.pipec)
        yield as_project(content), options.mutants // 2 if number < options.generated else 0


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--example", metavar="DIR", type=judge.existing, action="append", default=[], help="an example with its data; may come again")
    arguments.add_argument("--only-read", metavar="NAME", action="append", default=[], help="an example of which there are no mutants")
    arguments.add_argument("--generated", type=int, default=3, metavar="N", help="made-up projects with mutants (default: 3)")
    arguments.add_argument("--untouched", type=int, default=10, metavar="N", help="made-up projects that are only read back (default: 10)")
    arguments.add_argument("--mutants", type=int, default=60, metavar="N", help="mutants of each kind of file (default: 60)")
    arguments.add_argument("--least", type=int, default=1, metavar="N", help="how many have to be tried (default: 1)")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")  # the simulator's own set-up is asked for when it runs
    engines.use("tableau")
    os.environ["PIPEC_RUN_DATE"] = "2025-06-30"
    report = judge.Report("verify_check")
    kinds: Counter[tuple[str, str]] = Counter()
    cosmetic = count = 0
    with tempfile.TemporaryDirectory(prefix="pipec-verify-") as scratch, engines.postgres() as server:
        folder = Path(scratch)
        for project, most in projects(options, folder):
            started, count = time.monotonic(), count + 1
            database = Database(server, f"db_{project.name}")
            if most:
                Database(server, "postgres").run(f"create database {quoted(database.name)}")
            judging = Judge(Check(project, database, options.pipec, report, folder), folder, report)
            whole_course(judging, most, random.Random(options.seed))
            kinds += judging.kinds
            cosmetic += judging.cosmetic
            report.timed(project.name, started)
            for gone in (judging.out, *judging.copies.queue):
                shutil.rmtree(gone, ignore_errors=True)
    told = Counter(kind for (kind, _), number in kinds.items() for _ in range(number))
    report.facts |= {"mutants": {f"{a}: {b}": n for (a, b), n in sorted(kinds.items())}, "cosmetic": cosmetic}
    report.write(options.out)
    if not report.problems and (sum(told.values()) < options.least or not told["semantic"]):
        report.problem(f"only {sum(told.values())} mutants were tried, and {told['semantic']} meant anything")
    return report.conclude(
        f"{sum(told.values())} mutants: {told['semantic']} mean something to Postgres, the simulator or Tableau, all caught;"
        f" {told['strict']} caught that nobody notices, {told['harmless']} neither; {cosmetic} edits of looks and {count} untouched projects without an alarm"
    )


if __name__ == "__main__":
    judge.judge(main)
