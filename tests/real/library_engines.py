"""The engines that answer the samples, each through the SQL that pipec emits for it.

A leg gives, for each block, what its model holds; what a leg cannot express is known from
pipec's P0701 alone. Adding an engine is adding a leg to `LEGS`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import engines
from library_samples import Block, Row
from sql_run import files_in_order

# What a model holds: (id, value as a text), sorted.
Rows = list[tuple[int, str | None]]


@dataclass
class Answers:
    """What an engine made of the samples, by the block's or failing sample's name."""

    rows: dict[str, Rows] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # P0701, with its message
    failed: dict[str, str] = field(default_factory=dict)  # an error of the compiler or the engine
    skipped: dict[str, set[int]] = field(default_factory=dict)  # rows that the engine cannot even hold


@dataclass(frozen=True)
class Sample:
    """A block, or one failing row of it, as a model over a source table of its own."""

    name: str
    block: Block
    rows: Sequence[Row]
    fails: bool = False
    skipped: frozenset[int] = frozenset()

    def expression(self, text: str) -> str:
        """A call with the sample's columns in place of `$1`, `$2`, …, or with the constant one."""
        if constant := self.block.constant:
            value = self.rows[0].values[constant - 1]
            text = text.replace(f"${constant}", "null" if value is None else "'" + value.replace("'", "''") + "'")
        for number in range(len(self.block.types), 0, -1):
            text = text.replace(f"${number}", f"t.a{number}")
        return text

    def query(self, text: str) -> str:
        """The query over the sample's table."""
        call, table = self.expression(text), f"from s.{self.name} as t"
        match self.block.entry.kind:
            case "aggregate":
                groups = f"select t.g as id, {call} as r {table} where t.g >= 0 group by t.g"
                return f"{groups} union all select -1 as id, {call} as r {table} where t.g < 0"
            case "table function":
                return f"select t.id, f.x as r {table} cross join lateral {call} as f(x)"
        return f"select t.id, {call} as r {table}"

    def columns(self) -> list[tuple[str, str]]:
        """The source table's columns and types."""
        return [("id", "integer"), ("g", "integer"), *((f"a{i}", t) for i, t in enumerate(self.block.types, start=1))]

    def values(self) -> list[list[Any]]:
        """Its rows."""
        numbered = enumerate(self.rows, start=1)
        return [[number, row.group, *row.values] for number, row in numbered if number not in self.skipped]

    def known(self, engine: str) -> set[int]:
        """The ids of the rows, or groups, that the samples say to differ on this engine."""
        numbered = enumerate(self.rows, start=1)
        grouped = self.block.entry.kind == "aggregate"
        return {row.group if grouped else number for number, row in numbered if engine in row.known}

    def without(self, values: Sequence[str]) -> Sample:
        """The sample without the rows (or groups) that hold one of these values."""
        held = [row.group for row in self.rows if set(values) & set(row.values)]
        grouped = self.block.entry.kind in ("aggregate", "window")
        numbered = enumerate(self.rows, start=1)
        gone = {n for n, row in numbered if (grouped and row.group in held) or set(values) & set(row.values)}
        return replace(self, skipped=frozenset(gone))


# --- projects ---------------------------------------------------------------------------


@dataclass
class Project:
    """A pipec project with one model per sample, for one warehouse."""

    pipec: Path
    folder: Path
    dialect: str

    def write(self, samples: Sequence[Sample]) -> None:
        """Write the sources, their rows and the models."""
        (self.folder / "data").mkdir(parents=True)
        head = f'project library {{\n  warehouse {self.dialect} {{ database = env("DATABASE") }}\n  emit sql\n}}\nuse std.hipaa\n'
        head += 'layer l schema "l" as table\nsource s on warehouse schema "s" {\n  sample "data/{table}.ndjson"\n'
        tables = []
        for sample in samples:
            columns = [f"    {name} {type_}{' key' if name == 'id' else '' if name == 'g' else '?'} @{told(name, type_)}" for name, type_ in sample.columns()]
            tables.append(f"  table {sample.name} {{\n" + "\n".join(columns) + "\n  }\n")
            lines = ("{" + ", ".join(_member(*field) for field in zip(sample.columns(), row, strict=True)) + "}\n" for row in sample.values())
            (self.folder / "data" / f"{sample.name}.ndjson").write_text("".join(lines), encoding="utf-8")
            query = sample.query(sample.block.call)
            self.model(sample.name).write_text(f'model {sample.name} in l {{\n  sql """{query}"""\n}}\n', encoding="utf-8")
        (self.folder / "library.pipe").write_text(head + "".join(tables) + "}\n", encoding="utf-8")

    def model(self, name: str) -> Path:
        """The file of a model."""
        return self.folder / f"{name}.pipe"

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run pipec."""
        return engines.run([self.pipec, *arguments, "--message-format", "json"], cwd=self.folder)

    def build(self, out: Path, answers: Answers) -> None:
        """Build; models with an error are noted and left out, until the rest builds."""
        for _ in range(6):
            done = self.run("build", self.folder, "-o", out)
            if done.returncode == 0:
                return
            named = _errors(done.stdout)
            if not all(self.model(name).exists() and name != "library" for name in named) or not named:
                raise engines.EngineError(f"The project for {self.dialect} does not build:\n{done.stdout[:4000]}")
            for name, message in named.items():
                kind = answers.refused if message["code"] == "P0701" else answers.failed
                kind[name] = f"{message['code']}: {message['message']}"
                self.model(name).unlink()
        raise engines.EngineError(f"The project for {self.dialect} does not build after six rounds.")


def _errors(said: str) -> dict[str, dict[str, Any]]:
    """The first error of each file, by the file's stem."""
    errors = [m for m in map(_message, said.splitlines()) if m.get("severity") == "error"]
    return {Path(m.get("path", "")).stem: m for m in reversed(errors) if m.get("path", "").endswith(".pipe")}


def _message(line: str) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}


def _member(column: tuple[str, str], value: Any) -> str:
    """`"a1": value`, with JSON and arrays as they are written."""
    name, type_ = column
    as_it_is = value is not None and (type_ == "json" or type_.endswith("[]"))
    return f"{json.dumps(name)}: {value if as_it_is else json.dumps(value)}"


# --- Postgres ---------------------------------------------------------------------------


def load_postgres(connection: Any, samples: Sequence[Sample]) -> None:
    """Fill the sources."""
    with connection.cursor() as cursor:
        cursor.execute("create extension if not exists vector; begin; set timezone = 'UTC'; create schema s; create schema l")
        for sample in samples:
            columns = [(name, "jsonb" if type_ == "json" else type_) for name, type_ in sample.columns()]
            create = f"create table s.{sample.name} ({', '.join(f'{n} {t}' for n, t in columns)})"
            slots = "(" + ", ".join(f"%s::{type_}" for _, type_ in columns) + ")"
            rows = [cursor.mogrify(slots, _lists(columns, row)).decode() for row in sample.values()]
            cursor.execute(f"{create}; insert into s.{sample.name} values {', '.join(rows)}")
        cursor.execute("commit")


def told(name: str, type_: str) -> str:
    """A category that a mask of the type can hide: those with a key stand in for nothing else."""
    if name in ("id", "g"):
        return "public"
    return {"text": "record_id", "bigint": "record_id", "uuid": "record_id", "date": "birth_date", "numeric": "clinical"}.get(type_, "public")


def _lists(columns: Sequence[tuple[str, str]], row: Sequence[Any]) -> list[Any]:
    """A row with its arrays as lists, which both drivers take."""
    return [json.loads(v) if v is not None and t.endswith("[]") else v for (_, t), v in zip(columns, row, strict=True)]


def truth(connection: Any, sample: Sample) -> tuple[Rows, str]:
    """What Postgres itself says to the original expression, and of which type."""
    with connection.cursor() as cursor:
        cursor.execute("set timezone = 'UTC'")
        cursor.execute(f"select id, r::text, pg_typeof(r)::text from ({sample.query(sample.block.original)}) as answer")
        rows = cursor.fetchall()
    return in_order((row[0], row[1]) for row in rows), rows[0][2] if rows else "text"


def in_order(rows: Any) -> Rows:
    """Sorted by id, then by value."""
    return sorted(rows, key=lambda row: (row[0], row[1] is None, row[1] or ""))


def postgres(project: Project, samples: Sequence[Sample], connection: Any, root: Path) -> Answers:
    """The emitted SQL on Postgres, in a session far from UTC."""
    import psycopg2

    answers, out = Answers(), project.folder / "out"
    project.write(samples)
    project.build(out, answers)
    with connection.cursor() as cursor:
        cursor.execute((root / "stdlib/setup/postgres.sql").read_text(encoding="utf-8"))
        cursor.execute("insert into pipec_secret.key values ('KEY', 'pipec-throw-away-key') on conflict do nothing")
        for file in files_in_order(out / "sql/postgres/index.txt"):
            name = file.stem.partition("_l_")[2]
            try:
                cursor.execute("set timezone = 'America/New_York'; " + file.read_text(encoding="utf-8"))
                if name:
                    cursor.execute(f"set timezone = 'UTC'; select id, r::text from l.{name}")
                    answers.rows[name] = in_order(cursor.fetchall())
            except psycopg2.Error as reason:
                answers.failed[name] = str(reason).splitlines()[0]
                cursor.execute("rollback")
    return answers


# --- the embedded engine ----------------------------------------------------------------


def sqlite(project: Project, samples: Sequence[Sample], _connection: Any, _root: Path) -> Answers:
    """`pipec run`, without the models that it cannot make: it says all of them at once.

    Infinities and NaN cannot be loaded into the embedded engine, which says so (P0902).
    """
    answers = Answers()
    held = [sample.without(("NaN", "Infinity", "-Infinity")) for sample in samples]
    for sample in held:
        grouped = sample.block.entry.kind == "aggregate"
        answers.skipped[sample.name] = {sample.rows[n - 1].group if grouped else n for n in sample.skipped}
    project.write([sample for sample in held if not (sample.fails and sample.skipped)])
    project.build(project.folder / "out", answers)
    for _ in range(6):
        done = project.run("run", project.folder, "--run-date", "2025-06-30", "--dump", project.folder / "dump")
        if done.returncode == 0:
            break
        named = _errors(done.stdout)
        if not named or "library" in named:
            raise engines.EngineError(f"The embedded engine does not run the samples:\n{done.stdout[:2000]}")
        for name, message in named.items():
            answers.failed[name] = f"{message['message']} {message.get('label', '')}"
            project.model(name).unlink()
    for file in (project.folder / "dump").glob("*.ndjson"):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        answers.rows[file.stem] = in_order((int(row["id"]), row["r"]) for row in rows)
    return answers


# --- DuckDB -----------------------------------------------------------------------------

DUCKDB_TYPES = {"numeric": "decimal(38, 12)", "bytea": "blob"}


def duckdb(project: Project, samples: Sequence[Sample], _connection: Any, _root: Path) -> Answers:
    """The emitted SQL on DuckDB, in a session far from UTC."""
    engines.use("duckdb")
    import duckdb as engine

    answers, out = Answers(), project.folder / "out"
    project.write(samples)
    project.build(out, answers)
    connection = engine.connect()
    connection.execute("set timezone = 'America/New_York'; create schema s; create schema l")
    connection.execute("attach ':memory:' as pipec_secret; create table pipec_secret.key (name varchar primary key, value blob)")
    connection.execute("insert into pipec_secret.key values ('KEY', encode('pipec-throw-away-key'))")
    for sample in samples:
        columns = [(name, DUCKDB_TYPES.get(type_, type_)) for name, type_ in sample.columns()]
        connection.execute(f"create table s.{sample.name} ({', '.join(f'{n} {t}' for n, t in columns)})")
        slots = ", ".join("unhex(substr(?, 3))" if t == "blob" else f"cast(? as {t})" for _, t in columns)
        rows = sample.values()
        values = [value for row in rows for value in _lists(columns, row)]
        connection.execute(f"insert into s.{sample.name} values " + ", ".join([f"({slots})"] * len(rows)), values)
    for file in files_in_order(out / "sql/duckdb/index.txt"):
        name = file.stem.partition("_l_")[2]
        try:
            connection.execute(file.read_text(encoding="utf-8"))
            if name:
                answers.rows[name] = _duckdb_rows(connection, name)
        except engine.Error as reason:
            if not name:
                raise engines.EngineError(f"{file.name} fails in DuckDB: {reason}") from reason
            answers.failed[name] = str(reason).splitlines()[0]
    return answers


def _duckdb_rows(connection: Any, name: str) -> Rows:
    """A table's rows as Postgres would print them."""
    type_ = str(connection.execute(f"select r from l.{name} limit 0").description[0][1])
    shown = {
        "TIMESTAMP WITH TIME ZONE": "cast(r at time zone 'UTC' as varchar) || '+00'",
        "BLOB": r"'\x' || lower(hex(r))",
    }.get(type_, "r" if type_.endswith("[]") else "cast(r as varchar)")
    rows = connection.execute(f"select id, {shown} from l.{name}").fetchall()
    return in_order((id_, _array(value) if isinstance(value, list) else value) for id_, value in rows)


def _array(items: Sequence[Any]) -> str:
    """`{a,"b c",NULL}`"""

    def element(item: Any) -> str:
        if item is None:
            return "NULL"
        if isinstance(item, bool):
            return "t" if item else "f"
        text = str(item).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'

    return "{" + ",".join(map(element, items)) + "}"


def expected_rows(sample: Sample) -> Rows:
    """What the sample file itself says."""
    return in_order((number, json.loads(row.expected or "null")) for number, row in enumerate(sample.rows, start=1))


# Every leg takes the project to write, the samples, a connection to the Postgres that holds the sources, and the repository's root.
LEGS: Mapping[str, Callable[[Project, Sequence[Sample], Any, Path], Answers]] = {
    "postgres": postgres,
    "sqlite": sqlite,
    "duckdb": duckdb,
}
