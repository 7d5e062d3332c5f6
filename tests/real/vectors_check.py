"""Judge vectors on a real Postgres with pgvector, by plain SQL and by dbt.

A table of the platform's own keeps embeddings, with an index of each kind and distance. Without the
extension a builder who is no superuser is refused by its name and nothing is made; an administrator makes it, and
builds go through, again and again. Rows go in; what has another length, no number or an infinity in it is refused by the server. Each index is there,
as pgvector's own, and a query that orders by its distance uses it and finds what plain Python finds nearest. Models
hand vectors on and compare them: their distances are Python's, and the embedded engine hands on the same texts.
Changes of a row hold its vector. Who may read the ids alone reads no embedding.
"""

from __future__ import annotations

import json
import math
import random
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import engines
import judge
from access_check import BUILDER, Database, quoted

PROJECT = """
project demo { warehouse postgres { database = env("DATABASE") }; emit %(emit)s }
use std.hipaa
layer ops   schema "ops"
layer marts schema "marts" as table
table reports in ops {
  sample "data/{table}.ndjson"
  id     integer key     @record_id
  words  text            @free_text
  told   vector(8)?      @free_text
  index (told) using hnsw by cosine m 8 ef_construction 32
  index (told) using hnsw by l2
  index (told) using hnsw by inner_product
  index (told) using hnsw by l1
  index (told) using ivfflat by cosine lists 1
  audit changes in audit_log
}
model known in marts { from ops.reports as r; where r.told is not null; select { r.id; r.told } }
%(distances)s
model ids in marts { from ops.reports as r; select { r.id } }
role clinician { clearance internal; postgres "clinician" }
role counter   { clearance internal; postgres "counter" }
grant read, write on ops.reports to clinician
grant read on known to clinician
grant read on ids to counter
"""
DISTANCES = """
model distances in marts {
  from known as a
  cross join known as b
  where a.id < 20 and b.id < 20
  select {
    first = a.id; second = b.id
    cosine = a.told <=> b.told; l2 = a.told <-> b.told; inner_product = a.told <#> b.told
    asked = a.told <-> '[1,0,0,0,0,0,0,0]'
  }
}
"""
Vector = list[float]


def dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


MEANS: dict[str, tuple[str, Callable[[Vector, Vector], float]]] = {
    "cosine": ("<=>", lambda a, b: 1 - dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))),
    "l2": ("<->", math.dist),
    "inner_product": ("<#>", lambda a, b: -dot(a, b)),
    "l1": ("<+>", lambda a, b: sum(abs(x - y) for x, y in zip(a, b, strict=True))),
}


def single(value: float) -> float:
    """As pgvector keeps it."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def written(vector: Vector) -> str:
    return "[" + ",".join(repr(x) for x in vector) + "]"


def rows(chance: random.Random) -> dict[int, Vector | None]:
    """Embeddings, those whose texts have exponents among them, and some that nobody has made yet."""
    found: dict[int, Vector | None] = {n: [single(chance.gauss(0, 1)) for _ in range(8)] for n in range(400)}
    for n in range(3, 400, 17):
        found[n] = None
    odd = [1e6, 100000.0, 1e-4, 1.234e-05, 16777216.0, 0.1, -0.0, 1e-7]
    found[5] = [single(x) for x in odd]
    return found


class Check:
    """One database."""

    def __init__(self, server: engines.Server, way: str, pipec: Path, scratch: Path, report: judge.Report) -> None:
        self.server, self.way, self.pipec, self.report = server, way, pipec, report
        name = f"vectors_{way}"
        self.database = Database(server, name)
        Database(server, "postgres").run(f"create database {name}")
        self.database.run(f"grant create on database {name} to {quoted(BUILDER)}")
        self.folder, self.out = scratch / name, scratch / name / "out"
        self.folder.mkdir()
        (self.folder / "project.pipe").write_text(PROJECT % {"emit": "dbt, sql", "distances": DISTANCES}, encoding="utf-8")
        engines.must([self.pipec, "build", self.folder, "-o", self.out], "building the project of this judge")
        engines.must([self.pipec, "verify", self.out, "--project", self.folder], "verifying what was built")

    def problem(self, text: str) -> None:
        self.report.problem(f"{self.way}: {text}")

    def build(self) -> str:
        """Deploy; what a build that stops says."""
        if self.way == "dbt":
            environment = engines.clean_environment("DBT_", "PG") | self.server.dbt() | {"DBT_USER": BUILDER, "DATABASE": self.database.name, "DBT_DATABASE": self.database.name}
            command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", self.out / "dbt", "--vars", "{run_date: 2025-06-30}"]
            said = engines.run(command, cwd=self.out / "dbt", env=environment, timeout=1200).stdout
            return "" if "Completed successfully" in said else said[-3000:]
        folder = self.out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and (bad := self.database.psql(folder / line, BUILDER, {})):
                return bad
        return ""

    def without_extension(self) -> None:
        """It is not there, and the builder may not make it."""
        if "permission denied to create extension \"vector\"" not in (said := self.build()):
            self.problem(f"a build without the extension does not say so: {said}")
        if self.database.rows("postgres", "select 1 from pg_class where relname = 'reports'"):
            self.problem("a build without the extension makes the table")
        self.database.run("create extension vector")

    def fill(self, found: dict[int, Vector | None]) -> None:
        """As an application writes."""
        session = self.database.connect("ann")
        told = [(n, f"report {n}", vector and written(vector)) for n, vector in found.items()]
        session.cursor().executemany("insert into ops.reports (id, words, told) values (%s, %s, %s)", told)
        session.close()
        for wrong, code in (("[1,2]", "22000"), ("[1,2,3,4,5,6,7,x]", "22P02"), ("[1,2,3,4,5,6,7,Infinity]", "22000"), ("[1,2,3,4,5,6,7,NaN]", "22000")):
            said = self.database.rows("ann", f"insert into ops.reports values (-1, 'x', '{wrong}') returning id")
            if not (isinstance(said, str) and said.startswith(code[:2])):
                self.problem(f"{wrong} is taken as a vector of 8 numbers: {said}")

    def indexes(self) -> None:
        """pgvector's own, of the kind, class and settings that were asked for."""
        asked = "select am.amname, o.opcname, coalesce(array_to_string(c.reloptions, ' '), '') from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam join pg_opclass o on o.oid = i.indclass[0] where i.indrelid = 'ops.reports'::regclass and am.amname <> 'btree'"
        wanted = {("hnsw", "vector_cosine_ops", "m=8 ef_construction=32"), ("hnsw", "vector_l2_ops", ""), ("hnsw", "vector_ip_ops", ""), ("hnsw", "vector_l1_ops", ""), ("ivfflat", "vector_cosine_ops", "lists=1")}
        if (there := set(map(tuple, self.database.rows("postgres", asked)))) != wanted:
            self.problem(f"the indexes are {sorted(there)}")

    def nearest(self, found: dict[int, Vector | None], chance: random.Random) -> int:
        """Queries that an index answers, against all rows in plain Python. The search is an approximation: nine of ten have to be found."""
        hits = asked = 0
        for name, (sign, apart) in MEANS.items():
            for _ in range(5):
                near = [single(chance.gauss(0, 1)) for _ in range(8)]
                query = f"select id from ops.reports order by told {sign} '{written(near)}' limit 10"
                session = self.database.connect("ann")
                cursor = session.cursor()
                cursor.execute("set enable_seqscan = off; set enable_sort = off; set hnsw.ef_search = 200")
                cursor.execute("explain " + query)
                plan = "\n".join(line for (line,) in cursor.fetchall())
                cursor.execute(query)
                got = [n for (n,) in cursor.fetchall()]
                session.close()
                if "Index Scan using reports_told" not in plan:
                    self.problem(f"no index is used for {name}: {plan}")
                best = sorted((n for n, v in found.items() if v is not None), key=lambda n: apart(found[n] or [], near))[:10]
                hits, asked = hits + len(set(best) & set(got)), asked + 10
        if hits < 0.9 * asked:
            self.problem(f"of {asked} nearest, {hits} are found")
        return asked

    def models(self, found: dict[int, Vector | None]) -> int:
        """What models hand on and compute."""
        handed = self.database.rows("postgres", "select id, told::real[] from marts.known")
        if {n: [single(x) for x in v] for n, v in handed} != {n: v for n, v in found.items() if v is not None}:
            self.problem("a model hands on other vectors")
        computed = self.database.rows("postgres", "select first, second, asked, cosine, l2, inner_product from marts.distances")
        one = [1.0] + [0.0] * 7
        for first, second, asked, *distances in computed:
            a, b = found[first] or [], found[second] or []
            names = ("cosine", "l2", "inner_product")
            wanted = [math.dist(a, one), *(MEANS[name][1](a, b) for name in names)]
            for name, got, right in zip(("asked", *names), (asked, *distances), wanted, strict=True):
                # pgvector adds up in single precision.
                if not math.isclose(got, right, rel_tol=1e-4, abs_tol=1e-4):
                    self.problem(f"{name} of {first} and {second} is {got}, and {right} by plain counting")
        return len(computed)

    def told(self, found: dict[int, Vector | None]) -> None:
        """Changes hold the vector as it was; nobody reads it without a grant."""
        self.database.rows("ann", "update ops.reports set told = null where id = 5 returning id")
        said = self.database.rows("postgres", "select old_row ->> 'told', (old_row ->> 'told')::vector(8)::real[], new_row -> 'told' from ops.audit_log where operation = 'update'")
        if not (len(said) == 1 and [single(x) for x in said[0][1]] == found[5] and said[0][2] is None):
            self.problem(f"the change of a vector is written down as {said}")
        for query, may in (("select id from marts.ids", True), ("select told from ops.reports", False), ("select told from marts.known", False), ("select * from marts.distances", False)):
            if isinstance(self.database.rows("cora", query), str) is may:
                self.problem(f"who may read ids alone: {query}")

    def embedded(self, found: dict[int, Vector | None]) -> None:
        """The embedded engine hands on the texts that Postgres would."""
        folder = self.folder / "here"
        (folder / "data").mkdir(parents=True)
        (folder / "project.pipe").write_text(PROJECT % {"emit": "sql", "distances": ""}, encoding="utf-8")
        lines = (json.dumps({"id": n, "words": "x", "told": v}) + "\n" for n, v in found.items())
        (folder / "data" / "reports.ndjson").write_text("".join(lines), encoding="utf-8")
        engines.must([self.pipec, "run", folder, "--run-date", "2025-06-30", "--dump", folder / "dump"], "pipec run")
        ours = [json.loads(line) for line in (folder / "dump" / "known.ndjson").read_text(encoding="utf-8").splitlines()]
        theirs = dict(self.database.rows("postgres", "select id, told::text from marts.known"))
        if {int(row["id"]): row["told"] for row in ours} != theirs:
            different = [row for row in ours if theirs.get(int(row["id"])) != row["told"]]
            self.problem(f"the embedded engine hands on other texts: {different[:2]}, not {[theirs.get(int(r['id'])) for r in different[:2]]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seed", metavar="N", type=int, default=1)
    arguments.add_argument("--without-dbt", action="store_true")
    options = arguments.parse_args()
    engines.use("postgres")
    report = judge.Report("vectors_check")
    with engines.postgres(trusted=False) as server, tempfile.TemporaryDirectory(prefix="pipec-vectors-") as scratch:
        first = Database(server, "postgres")
        first.run(f"create role {quoted(BUILDER)} login createrole; create role clinician; create role counter")
        first.run("create role ann login in role clinician; create role cora login in role counter")
        for way in ["sql"] if options.without_dbt else ["sql", "dbt"]:
            if way == "dbt":
                engines.use("dbt")
            started = time.monotonic()
            check = Check(server, way, options.pipec, Path(scratch), report)
            check.without_extension()
            chance = random.Random(options.seed)
            found = rows(chance)
            for step in (lambda: check.fill(found), lambda: None):
                if bad := check.build():
                    raise engines.EngineError(f"a build fails: {bad}")
                step()
            check.indexes()
            asked = check.nearest(found, chance)
            pairs = check.models(found)
            check.embedded(found)
            check.told(found)
            report.facts[way] = {"rows": len(found), "nearest asked for": asked, "pairs": pairs}
            report.timed(way, started)
    return report.conclude(json.dumps(report.facts))


if __name__ == "__main__":
    judge.judge(main)
