"""Names and texts that break quoting: each engine has to give back every one of them as it went in.

One project with awkward names of sources, tables, columns, models, `with` entries, aliases and outputs, and awkward texts in every
model. It is emitted as plain SQL and as dbt, run by psql's protocol, dbt, SQLite, DuckDB, GoogleSQL and pipec's own engine; columns and rows have
to be exactly those that Python expects. What cannot be kept apart (63 bytes, upper and lower case) has to be refused with a code.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import engines
import judge
import warehouse

PIECES = (
    ["'", "''", '"', '""', "`", "\\", "\\'", '\\"', "{{ x }}", "{{", "}}", "{%", "%}", "{# a #}", "{", "}", "--", "/*", "*/", ";", "$$"]
    + ["$1", "?", "${x}", "$${", "%", "%s", "%%", ":a", "::", "@", "#", "é", "e\u0301", "名", "🩺", "שלום", "\u202e", "\u200d", "ß", "İ"]
    + ["select", "Order", "FROM", "1", "9z", "_", " ", "  ", "a", "B", ".", "a.b", "(", ")", "[", "]", "&", "<!--", "\u00a0", "\ufeff", "\\n"]
)
#: In texts, but in no name: control characters there are refused (P0120).
CONTROLS = ["\n", "\t", "\r", "\r\n", "\x01", "\x7f", "\x1b"]
#: Words that some dialect reserves.
WORDS = (
    "all analyse and any array as asc between binary both case cast check collate column constraint create cross current_date default desc "
    "distinct do else end except exists false fetch for foreign from full grant group grouping having ilike in inner intersect interval into "
    "is isnull join lateral leading left like limit natural not notnull null offset on only or order outer overlaps partition pivot primary "
    "qualify recursive references right rows select similar some struct summarize symmetric table tablesample then to true union unique "
    "unnest unpivot user using values when where window with abort attach autoincrement glob indexed pragma raise rowid regexp replace "
    "describe show semi anti asof positional map lambda enum hash lookup merge new of proto range respect rollup set treat within "
    "assert_rows_modified contains cube define escape exclude following ignore no nulls over preceding unbounded macro"
).split()


@dataclass
class Model:
    """A model and what its columns have to be."""

    name: str
    sql: str
    columns: list[str]
    rows: list[list[str | None]]


@dataclass
class World:
    """A project and what is expected of it."""

    source: str
    schema: str
    tables: list[tuple[str, list[str], list[list[str]]]] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)


class Maker:
    """Awkward names and texts, from a seed."""

    def __init__(self, seed: int, without: str = "") -> None:
        self.rng = random.Random(seed)
        #: A character that no name has.
        self.without = without
        self.words = iter(self.rng.sample(WORDS, len(WORDS)))

    def text(self) -> str:
        """A text."""
        parts = [self.rng.choice(PIECES + CONTROLS) for _ in range(self.rng.randint(0, 7))]
        return "".join(parts)

    def name(self, most: int = 63) -> str:
        """A name of at most so many bytes, no two of which differ in case only."""
        if self.rng.random() < 0.3 and (word := next(self.words, None)):
            return self.rng.choice([word, word.upper(), word.capitalize()])
        made = "".join(self.rng.choice(PIECES) for _ in range(self.rng.randint(1, 6)))
        if self.rng.random() < 0.1:
            made += "x" * most
        made = made.replace(self.without, "") if self.without else made
        while len(made.encode()) > most:
            made = made[:-1]
        # dbt takes blanks off names; those are refused there, too.
        made = made.strip() if self.without else made
        return made if made.strip() else "x"

    def names(self, count: int, most: int = 63) -> list[str]:
        """Different names, in every engine's eyes."""
        found: dict[str, str] = {}
        while len(found) < count:
            made = self.name(most)
            found.setdefault(made.casefold().strip(), made)
        return list(found.values())

    def places(self, count: int, most: int) -> list[str]:
        """Names of schemas and tables."""
        return self.names(count, most)

    def world(self, tables: int, models: int) -> World:
        """A project."""
        source, schema = self.places(2, 40)
        world = World(source, schema)
        for name in self.places(tables, 50):
            columns = self.names(self.rng.randint(2, 6))
            rows = [[self.text() for _ in columns] for _ in range(2)]
            world.tables.append((name, columns, rows))
        for name in self.places(models, 50):
            world.models.append(self.model(name, world))
        return world

    def aliases(self) -> list[str]:
        """Three names inside a query."""
        return self.names(3)

    def model(self, name: str, world: World) -> Model:
        """Columns and texts through a `with` entry, a join, a subquery, a grouping."""
        rng = self.rng
        table, columns, rows = rng.choice(world.tables)
        cte, alias, inner = self.aliases()
        shown = rng.sample(range(len(columns)), rng.randint(1, min(3, len(columns))))
        outputs = self.names(len(shown) + 2)
        value, picked = self.text(), self.text()
        key = rng.choice(shown)
        kept = rows[rng.randrange(len(rows))][key]
        place = f"{quoted(world.source)}.{quoted(table)}"
        items = [f"{quoted(alias)}.{quoted(columns[i])} as {quoted(o)}" for i, o in zip(shown, outputs)]
        with_ = f"with {quoted(cte)} as (\n  select * from {place}\n  where {quoted(columns[key])} = {literal(kept)}\n)\n"
        body = (
            f"select {', '.join(items)}, {literal(value)} as {quoted(outputs[-2])},\n"
            f"  case when {quoted(alias)}.{quoted(columns[key])} = {literal(kept)} then {literal(picked)} else 'no' end as {quoted(outputs[-1])}\n"
            f"from {quoted(cte)} as {quoted(alias)}\n"
            f"where exists (select 1 from {place} as {quoted(inner)} where {quoted(inner)}.{quoted(columns[key])} = {quoted(alias)}.{quoted(columns[key])})"
        )
        expected = [[row[i] for i in shown] + [value, picked] for row in rows if row[key] == kept]
        if rng.random() < 0.3:
            order = ", ".join(f"{quoted(o)}" for o in outputs)
            body = f"select distinct * from (\n{body}\n) as {quoted(inner)}\norder by {order}"
            expected = [list(row) for row in sorted({tuple(row) for row in expected})]
        return Model(name, with_ + body, outputs, expected)


class ForBigQuery(Maker):
    """Names that BigQuery takes: the others are refused, which tests/spec says."""

    def name(self, most: int = 63) -> str:
        """A column's or alias's name without the characters that none may have."""
        made = "".join(c for c in super().name(most) if c not in "!\"$()*,./;?@[\\]^`{}~").strip()
        return made or "x"

    def aliases(self) -> list[str]:
        """No alias is a column's name, too: a subquery would take it for the column, which is refused."""
        return [f"{name} {n}" for n, name in enumerate(self.names(3, 40))]

    def places(self, count: int, most: int) -> list[str]:
        """Words: datasets have nothing else."""
        return [f"{self.rng.choice(WORDS)}_{n}" for n in self.rng.sample(range(1000), count)]


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def said(text: str) -> str:
    """A name or text as declarations write it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + unholed("".join(escapes.get(c, c) for c in text)) + '"'


def unholed(text: str) -> str:
    """`${` as pipec writes what is no hole."""
    return text.replace("${", "$${")


def write(world: World, folder: Path, dialect: str, targets: str) -> None:
    """The project's files."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "models").mkdir(exist_ok=True)
    lines = [f'project names {{ warehouse {dialect} {{ database = env("DATABASE") }}; emit {targets} }}']
    lines.append(f"source {said(world.source)} on warehouse schema {said(world.source)} {{")
    for number, (name, columns, rows) in enumerate(world.tables):
        lines += [f"  table {said(name)} {{", f'    sample "data/{number}.ndjson"']
        lines += [f"    {said(c)} text @public" for c in columns] + ["  }"]
        text = "".join(json.dumps(dict(zip(columns, row)), ensure_ascii=False) + "\n" for row in rows)
        (folder / "data" / f"{number}.ndjson").write_text(text, encoding="utf-8", newline="")
    lines += ["}", f"layer main schema {said(world.schema)} as table"]
    for number, model in enumerate(world.models):
        (folder / "models" / f"{number}.sql").write_text(unholed(model.sql), encoding="utf-8", newline="")
        lines.append(f'model {said(model.name)} in main from sql "models/{number}.sql"')
    (folder / "main.pipe").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


Read = Callable[[Model], tuple[list[str], list[list[str | None]]]]


def judged(report: judge.Report, engine: str, models: list[Model], read: Read) -> None:
    """Whether an engine gives every model's names and texts back."""
    for model in models:
        try:
            columns, rows = read(model)
        except Exception as problem:  # noqa: BLE001: whatever it is, it is about this model
            report.problem(f"{engine}: {model.name!r} cannot be read: {str(problem).strip()[:600]}\n{model.sql}")
            continue
        if columns != model.columns:
            report.problem(f"{engine}: {model.name!r} has columns {columns!r} instead of {model.columns!r}\n{model.sql}")
        elif sorted(map(list, rows), key=repr) != sorted(model.rows, key=repr):
            report.problem(f"{engine}: {model.name!r} has rows {rows!r} instead of {model.rows!r}\n{model.sql}")


def pipec(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """pipec, to its end."""
    return subprocess.run([str(a) for a in (program, *arguments)], capture_output=True, text=True, check=False)


def must(done: subprocess.CompletedProcess[str]) -> None:
    """What cannot go on without it."""
    if done.returncode != 0:
        raise AssertionError(f"{done.args} ended with {done.returncode}:\n{(done.stdout + done.stderr)[:6000]}")


# --- the engines ------------------------------------------------------------------------


def fill(world: World, execute: Callable[[str], object], schema: Callable[[str], str]) -> None:
    """The sources' tables, by plain statements."""
    for name, columns, rows in world.tables:
        place = schema(name)
        execute(f"create table {place} ({', '.join(f'{quoted(c)} text' for c in columns)})")
        for row in rows:
            execute(f"insert into {place} values ({', '.join(map(literal, row))})")


def files(folder: Path) -> Iterator[str]:
    """Emitted files in their order."""
    for file in sorted(folder.glob("*.sql")):
        yield file.read_bytes().decode()  # line breaks as they are


def on_postgres(world: World, out: Path, report: judge.Report, server: engines.Server) -> None:
    """Plain SQL."""
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute(f"create schema {quoted(world.source)}")
        fill(world, cursor.execute, lambda name: f"{quoted(world.source)}.{quoted(name)}")
    for file in sorted((out / "sql" / "postgres").glob("*.sql")):
        if complaint := warehouse.psql(server, file):
            report.problem(f"psql: {file.name} fails: {complaint}\n{file.read_text(encoding='utf-8')}")
    judged(report, "postgres", world.models, lambda m: _read(connection, f"{quoted(world.schema)}.{quoted(m.name)}"))
    with connection.cursor() as cursor:
        for schema in (world.source, world.schema):
            cursor.execute(f"drop schema {quoted(schema)} cascade")


def _read(connection: object, place: str) -> tuple[list[str], list[list[str | None]]]:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"select * from {place}")
    return [c[0] for c in cursor.description], [list(row) for row in cursor.fetchall()]


def on_dbt(world: World, out: Path, report: judge.Report, server: engines.Server) -> None:
    """dbt's own Jinja and its own statements around ours; the sources are there already."""
    project = out / "dbt"
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {quoted(world.source)}")
        fill(world, cursor.execute, lambda name: f"{quoted(world.source)}.{quoted(name)}")
    environment = engines.clean_environment("DBT_", "PG") | server.dbt()
    command: list[str | Path] = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "run", "--profiles-dir", project]
    done = engines.run(command, cwd=project, env=environment)
    if done.returncode != 0:
        report.problem(f"dbt run fails:\n{done.stdout[-6000:]}")
    judged(report, "dbt", world.models, lambda m: _read(connection, f"{quoted(world.schema)}.{quoted(m.name)}"))


def on_sqlite(world: World, out: Path, report: judge.Report) -> None:
    """A plain SQLite."""
    connection = sqlite3.connect(":memory:")
    fill(world, connection.execute, lambda name: quoted(f"{world.source}.{name}"))
    for text in files(out / "sql" / "sqlite"):
        try:
            connection.executescript(text)
        except sqlite3.Error as problem:
            report.problem(f"sqlite: {problem}\n{text}")
    judged(report, "sqlite", world.models, lambda m: _read(connection, quoted(f"{world.schema}.{m.name}")))


def on_duckdb(world: World, out: Path, report: judge.Report) -> None:
    """DuckDB, in this process."""
    engines.use("duckdb")
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(f"create schema {quoted(world.source)}")
    fill(world, connection.execute, lambda name: f"{quoted(world.source)}.{quoted(name)}")
    for text in files(out / "sql" / "duckdb"):
        try:
            connection.execute(text)
        except duckdb.Error as problem:
            report.problem(f"duckdb: {problem}\n{text}")
    judged(report, "duckdb", world.models, lambda m: _read(connection, f"{quoted(world.schema)}.{quoted(m.name)}"))


def on_bigquery(world: World, out: Path, report: judge.Report) -> None:
    """GoogleSQL's analyzer and evaluator."""
    import bigquery_check
    import googlesql

    warehouse = googlesql.Warehouse()
    for name, columns, rows in world.tables:
        warehouse.source(world.source, name, [(c, "text") for c in columns])
        warehouse.load(f"{world.source}.{name}", [dict(zip(columns, row)) for row in rows])
    build = bigquery_check.Build(warehouse, runs=True)
    for file in bigquery_check.files_in_order(out / "sql" / "bigquery" / "index.txt"):
        for statement in googlesql.statements(file.read_bytes().decode()):
            try:
                build.take(statement)
            except googlesql.Refused as reason:
                report.problem(f"bigquery: {reason}\n{statement}")

    def read(model: Model) -> tuple[list[str], list[list[str | None]]]:
        place = f"{world.schema}.{model.name}"
        columns = [c.name for c in warehouse.relations[place].table.column]
        return columns, [list(row) for row in warehouse.as_postgres_shows(place)]

    judged(report, "bigquery", world.models, read)


def embedded(world: World, folder: Path, report: judge.Report, program: Path) -> None:
    """pipec's own engine."""
    dump = folder / "dump"
    must(pipec(program, "run", folder, "--dump", dump))
    found = {}
    for file in dump.glob("*.ndjson"):
        found[file.stem] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def read(model: Model) -> tuple[list[str], list[list[str | None]]]:
        rows = found[next(n for n in found if n == model.name)]
        return list(rows[0]), [list(row.values()) for row in rows]

    judged(report, "pipec run", [m for m in world.models if "/" not in m.name and "\\" not in m.name], read)


# --- what cannot be kept apart ----------------------------------------------------------

LONG = "n" * 63
REFUSED = {
    "two columns that agree in 63 bytes": f'select id as "{LONG}1", id + 1 as "{LONG}2" from s.t',
    "two `with` entries that agree in 63 bytes": f'with "{LONG}1" as (select 1 as a), "{LONG}2" as (select 2 as a) select x.a, y.a as b from "{LONG}1" as x cross join "{LONG}2" as y',
    "two aliases that agree in 63 bytes": f'select "{LONG}1".id, "{LONG}2".id + 1 as other from s.t as "{LONG}1" join s.t as "{LONG}2" on true',
    "letters of two bytes": f'select id as "{"é" * 32}" from s.t',
    "a zero byte in a text": "select id, 'a\0b' as x from s.t",
    "a zero byte in a name": 'select id as "a\0b" from s.t',
    "a line break in a name": 'select id as "a\nb" from s.t',
    "an empty name": 'select id as "" from s.t',
    "two outputs of one name": "select id as a, id + 1 as a from s.t",
}


def refusals(program: Path, folder: Path, report: judge.Report) -> None:
    """Each of these has to end in an error with a code."""
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for what, sql in REFUSED.items():
        (folder / "models" / "m.sql").write_text(sql, encoding="utf-8", newline="")
        text = 'project names { warehouse postgres { database = env("D") }; emit sql }\nsource s on warehouse { table t { id integer key @public } }\n'
        (folder / "main.pipe").write_text(text + 'layer main schema "main" as table\nmodel m in main from sql "models/m.sql"\n')
        done = pipec(program, "check", folder, "--message-format", "json")
        codes = [json.loads(line).get("code") for line in done.stdout.splitlines()]
        if done.returncode != 1 or not any(codes):
            report.problem(f"{what}: pipec ends with {done.returncode} and says {done.stdout[:300] or done.stderr[:300]!r}\n{sql!r}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing, help="the program")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--tables", type=int, default=25, metavar="N")
    arguments.add_argument("--models", type=int, default=60, metavar="N")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("names_check")
    program = options.pipec.resolve()
    world = Maker(options.seed).world(options.tables, options.models)
    # dbt itself writes `"` in names without doubling it: pipec refuses them there.
    tame = Maker(options.seed, '"').world(options.tables, options.models)
    with tempfile.TemporaryDirectory(prefix="pipec-names-") as scratch:
        folder = Path(scratch) / "project"
        write(world, folder, "postgres", "sql")
        must(pipec(program, "build", folder))
        for_dbt = Path(scratch) / "dbt"
        write(tame, for_dbt, "postgres", "dbt")
        must(pipec(program, "build", for_dbt))
        if "P0701" not in pipec(program, "build", folder, "--target", "dbt", "--out", Path(scratch) / "none").stderr:
            report.problem("dbt: names with a double quote are not refused")
        started = time.monotonic()
        embedded(world, folder, report, program)
        on_sqlite(world, folder / "out", report)
        report.timed("sqlite", started)
        started = time.monotonic()
        for_duckdb = Path(scratch) / "duckdb"
        write(world, for_duckdb, "duckdb", "sql")
        must(pipec(program, "build", for_duckdb))
        on_duckdb(world, for_duckdb / "out", report)
        report.timed("duckdb", started)
        started = time.monotonic()
        for_bigquery = Path(scratch) / "bigquery"
        # The evaluator takes its time for every statement.
        theirs = ForBigQuery(options.seed).world(options.tables // 3, options.models // 3)
        write(theirs, for_bigquery, "bigquery", "sql")
        must(pipec(program, "build", for_bigquery))
        on_bigquery(theirs, for_bigquery / "out", report)
        report.timed("bigquery", started)
        started = time.monotonic()
        with engines.postgres() as server:
            on_postgres(world, folder / "out", report, server)
            report.timed("postgres", started)
            started = time.monotonic()
            on_dbt(tame, for_dbt / "out", report, server)
            report.timed("dbt", started)
        refusals(program, Path(scratch) / "refused", report)
        shutil.rmtree(folder)
    names = sum(2 + len(m.columns) + 3 for m in world.models) + sum(1 + len(c) for _, c, _ in world.tables)
    report.facts |= {"names": names, "texts": sum(len(r) for m in world.models for r in m.rows)}
    report.write(options.out)
    return report.conclude(f"{names} names in {len(world.models)} models come back from every engine; {len(REFUSED)} refused")


if __name__ == "__main__":
    judge.judge(main)
