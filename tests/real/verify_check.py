"""Judge `pipec verify` by mutants: what changes anybody's access has to be caught, what changes nothing must not be.

Artifacts of the example, of `access/reporting.pipe` and of made-up projects are changed in all
the ways of `verify/edits_*.py`. Whether a mutant means something is decided without pipec: each
is run on a real Postgres over the true build, tampered with by hand, and everybody's reads and
writes are tried before and after; policies are asked of an independent simulator. A mutant that the judge sees and `verify` does not is a
problem, and so is an alarm over untouched artifacts or over edits that only change their looks.
An alarm over a mutant that nobody notices is counted as strict: `force`, owners, the moment
between two transactions and the like.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import access_projects
import engines
import judge
from access_check import BUILDER, Check, Database, Login, Project, quoted
from verify import edits_iam, edits_sql, observed


class Judge:
    """One project, built once; its mutants are judged one by one."""

    def __init__(self, check: Check, scratch: Path, report: judge.Report) -> None:
        self.check, self.scratch, self.report = check, scratch, report
        self.pipec, self.out = check.pipec, check.out
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.cosmetic = self.told = 0

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

    def with_file(self, path: str, text: str) -> Any:
        """What `verify` says after one file is changed."""
        file = self.out / path
        before = file.read_bytes()
        file.write_text(text, encoding="utf-8", newline="")
        try:
            return self.verify(self.out)
        finally:
            file.write_bytes(before)

    def looks(self, edits: list[edits_sql.Mutant]) -> None:
        """Edits of looks only: mentioned, and no alarm."""
        for edit in edits:
            told = self.with_file(edit.path, edit.text)
            self.cosmetic += 1
            if not told["same"]:
                self.problem(f"verify cries over {edit.kind} in {edit.path}: {json.dumps(told['differences'][:3], indent=1)}\n{edit.text[-1500:]}")
            elif edit.path not in told["edited"]:
                self.problem(f"verify does not mention an edit ({edit.kind}) of {edit.path}")

    def mutant(self, mutant: edits_sql.Mutant, noticed: bool, how: str) -> None:
        """Hold a mutant against `verify`."""
        caught = not self.with_file(mutant.path, mutant.text)["same"]
        self.kinds["semantic" if noticed else "strict" if caught else "harmless", mutant.kind] += 1
        if noticed and not caught:
            self.problem(f"verify misses `{mutant.kind}` in {mutant.path} ({mutant.what}): {how}")


class Sql:
    """Runs plain SQL with one file changed, over a template of the true build that somebody tampered with."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.template = check.database
        self.server = check.database.server
        self.members: set[tuple[str, str]] = set()
        self.look_ups: list[tuple[str, str]] = []
        self.before: observed.Observed = {}

    def prepare(self) -> bool:
        """The true build, and what it lets everybody do when it is run again after some tampering."""
        check = self.check
        check.prepare()
        check.keys()
        if not check.sql():
            return False
        check.join()
        self.tamper()
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

    def membership(self) -> set[tuple[str, str]]:
        """Who is a member of whom."""
        found = self.template.rows("postgres", "select roleid::regrole::text, member::regrole::text from pg_auth_members")
        return {(str(a), str(b)) for a, b in found}  # type: ignore[misc]

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
            for role, member in self.membership() - self.members:
                admin.run(f"revoke {role} from {member} cascade")

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
    made = [m for path, text in files(check.out) for m in edits_sql.mutants(path, text, world(check))]
    looks = [m for path, text in files(check.out) for m in edits_sql.cosmetic(path, text)]
    judging.looks(chosen(looks, max(8, most // 5), chance))
    policies(judging, max(most, 8), chance)
    if not most:
        return
    in_dbt(judging, made, most // 2, chance)
    sql = Sql(check)
    if not sql.prepare():
        return
    for mutant in chosen(made, most, chance):
        noticed, how = sql.notices(mutant)
        judging.mutant(mutant, noticed, how)


def policies(judging: Judge, most: int, chance: random.Random) -> None:
    """IAM policies, judged by the simulator."""
    out = judging.out
    found = [(f"iam/{f.name}", f.read_text(encoding="utf-8")) for f in sorted((out / "iam").glob("*.json"))]
    if not found:
        return
    judging.looks([m for path, text in found for m in edits_iam.cosmetic(path, text)])
    groups = {role["name"]: role["aws_group"] for role in judging.check.matrix["roles"] if role["aws_group"]}
    made = chosen([m for path, text in found for m in edits_iam.mutants(path, text)], most, chance)
    for mutant, noticed in zip(made, edits_iam.Simulated(out, groups).judged(made), strict=True):
        judging.mutant(mutant, noticed, "the simulator decides otherwise")


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
        caught = not judging.with_file(plain.path, plain.text)["same"]
        judging.mutant(edits_sql.Mutant(mutant.kind, "dbt/macros/pipec_access.sql", "", mutant.text), caught, "it is caught in plain SQL")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--example", metavar="DIR", type=judge.existing, help="the engage example, with its data")
    arguments.add_argument("--generated", type=int, default=3, metavar="N", help="made-up projects with mutants (default: 3)")
    arguments.add_argument("--untouched", type=int, default=10, metavar="N", help="made-up projects that are only read back (default: 10)")
    arguments.add_argument("--mutants", type=int, default=60, metavar="N", help="mutants of each project (default: 60)")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")  # the simulator's own set-up is asked for when it runs
    report = judge.Report("verify_check")
    kinds: Counter[tuple[str, str]] = Counter()
    cosmetic = 0
    with tempfile.TemporaryDirectory(prefix="pipec-verify-") as scratch, engines.postgres() as server:
        folder = Path(scratch)
        chance = random.Random(options.seed)
        made = [(access_projects.reporting(folder), options.mutants * 2)]
        if options.example:
            made.append((access_projects.example(folder, options.example), options.mutants // 4))
        for number in range(options.generated + options.untouched):
            content = access_projects.generated(folder, number, chance, options.pipec)
            made.append((content, options.mutants if number < options.generated else 0))
        for content, most in made:
            started = time.monotonic()
            project = Project(**{**content, "logins": [Login(*one) for one in content["logins"]]})
            database = Database(server, f"db_{project.name}")
            if most:
                Database(server, "postgres").run(f"create database {quoted(database.name)}")
            judging = Judge(Check(project, database, options.pipec, report, folder), folder, report)
            whole_course(judging, most, random.Random(options.seed))
            kinds += judging.kinds
            cosmetic += judging.cosmetic
            report.timed(project.name, started)
            shutil.rmtree(judging.out, ignore_errors=True)
    told = Counter(kind for (kind, _), number in kinds.items() for _ in range(number))
    report.facts |= {"mutants": {f"{a}: {b}": n for (a, b), n in sorted(kinds.items())}, "cosmetic": cosmetic}
    report.write(options.out)
    if not report.problems and not told["semantic"]:
        report.problem("no mutant meant anything")
    return report.conclude(
        f"{sum(told.values())} mutants: {told['semantic']} noticed on Postgres, all caught; {told['strict']} caught that nobody notices,"
        f" {told['harmless']} neither; {cosmetic} edits of looks and {len(made)} untouched projects without an alarm"
    )


if __name__ == "__main__":
    judge.judge(main)
