"""Decides on a real Postgres whether a program leaks: two data sets that agree on what a sink may learn, one program, the sink's bytes.

The program's own SQL runs, in a transaction that is rolled back. Pseudonyms are those of the set-up's function; a data set with
renamed people comes with a key that gives them the pseudonyms they had (a list of new and old values in front of the function).
"""

from __future__ import annotations

import dataclasses
import fnmatch
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import engines
import warehouse
from mutants import groups, rows
from mutants.program import Clearance, Program

SETUP = Path(__file__).resolve().parents[3] / "stdlib" / "setup" / "postgres.sql"
#: Milliseconds; an edit may have multiplied rows.
LIMIT = 20_000
Outputs = dict[tuple[str, str], str]
Seen = TypeVar("Seen")


class Broken(Exception):
    """The SQL does not run on the data that are there."""


@dataclass
class Emitted:
    """What a build wrote, as far as the truth needs it, and who reads what."""

    models: list[str]
    #: Export → the queries of its files.
    files: dict[str, list[str]]
    #: Export → bucket.
    goes_to: dict[str, str]
    #: Bucket → roles that read it.
    readers: dict[str, list[str]]
    #: Role → names, globs and layers it is granted.
    granted: dict[str, list[str]]
    schemas: dict[str, str]

    def key(self) -> str:
        """Equal where the same bytes go to the same sinks."""
        return repr((self.models, self.files, self.goes_to, self.readers, self.granted))


_META = re.compile(r"^\\(?:if|else|elif|endif|getenv|o|set).*$|^(?:begin|commit)(?: .*)?;$|^set local .*;$", re.M)
#: What psql keeps in a variable, and who may read what: the judge reads as the owner, and asks the source who gets it.
_ASKED = re.compile(r"\s*\\gset$", re.M)
_ACCESS = re.compile(r"^(?:alter table \S+ owner to|alter (?:table|view) \S+ (?:enable|force) row|grant|revoke|call \w+_access\.)[^;]*;$", re.M)
_COMMENT = re.compile(r"^--.*$", re.M)


def emitted(out: Path, text: str) -> Emitted:
    """Reads a build's folder, and the exports, readers and grants of the source."""
    folder = out / "sql" / "postgres"
    index = [line for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    skipped = re.compile(r"_(setup|access|checks)\.sql$")
    models = [_plain((folder / name).read_text(encoding="utf-8")) for name in index if not skipped.search(name)]
    files = {}
    for script in sorted((out / "cron").glob("export_*.sql")):
        queries = re.findall(r"copy \(\n(.*?)\n\) to stdout", script.read_text(encoding="utf-8"), re.S)
        files[script.stem.removeprefix("export_")] = [_dated(q) for q in queries]
    plain = re.sub(r"//[^\n]*", "", text)
    readers = {name: _readers(body) for name, body in re.findall(r"^bucket (\w+)\s*\{([^}]*)\}", plain, re.M)}
    granted: dict[str, list[str]] = {}
    for what, role in re.findall(r"^grant [\w, ]*? on (.*?) to (\w+)", plain, re.M):
        granted.setdefault(role, []).extend(w.strip() for w in what.split(","))
    goes_to = dict(re.findall(r"^export (\w+) to (\w+)", plain, re.M))
    schemas = dict(re.findall(r'^layer (\w+)\s+schema "(\w+)"', plain, re.M))
    return Emitted(models, files, goes_to, readers, granted, schemas)


def _readers(body: str) -> list[str]:
    found = re.search(r"readers ([\w, ]+)", body)
    return [r.strip() for r in found.group(1).split(",")] if found else []


def _plain(script: str) -> str:
    return _dated(_ACCESS.sub("", _COMMENT.sub("", _META.sub("", _ASKED.sub(";", script))))).strip()


def _dated(text: str) -> str:
    return text.replace(":'run_date'", f"'{rows.RUN_DATE}'")


_SAME_TOKEN = """
create or replace function pipec.hmac_token(value text, key_name text, domain text) returns text language sql stable as $body$
    select pipec.hmac_token_of(coalesce((select s.old from pipec.same_token as s where s.new = value), value), key_name, domain)
$body$"""


#: What masks compute, for programs whose masks are plain functions (`compiler.py`).
_PLAIN_MASKS = """
create schema judge;
create function judge.redact(x text) returns text language sql return case when x is not null then 'REDACTED' end;
create function judge.keep_last(x text, n integer) returns text language sql
    return case when length(x) < 2 * n then 'REDACTED' else regexp_replace(left(x, -n), '[^ ()+./-]', 'X', 'g') || right(x, n) end;
create function judge.zip3(x text) returns text language sql
    return case when trim(x) ~ '^[0-9]{5}(-?[0-9]{4})?$' then case when left(trim(x), 3) in ('036', '102') then '000' else left(trim(x), 3) end end;
create function judge.age_years(x date, as_of date) returns integer language sql
    return case when x <= as_of then least(90, extract(year from age(as_of, x))::integer) end;
create function judge.age_band(x date, as_of date, width integer) returns text language sql
    return case when judge.age_years(x, as_of) >= 90 then '90+'
        when width > 0 then (judge.age_years(x, as_of) / width * width)::text || '-' || least(judge.age_years(x, as_of) / width * width + width - 1, 89) end;
"""


@dataclass
class Judge:
    """A database with the masks' functions; one per thread."""

    connection: Any
    #: SQL and sinks, seen before → verdict.
    known: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    @classmethod
    def on(cls, server: engines.Server, name: str) -> Judge:
        """A judge with a database of its own, set up."""
        made = warehouse.connect(server)
        with made.cursor() as cursor:
            cursor.execute(f"create database {name}")
        made.close()
        connection = warehouse.connect(dataclasses.replace(server, database=name))
        with connection.cursor() as cursor:
            cursor.execute(SETUP.read_text(encoding="utf-8"))
            cursor.execute("create table pipec.same_token (new text primary key, old text not null)")
            cursor.execute("insert into pipec_secret.key select k, convert_to('pipec-throw-away-key', 'UTF8') from unnest(array['PSEUDONYM_KEY', 'OTHER_KEY']) k")
            cursor.execute("alter function pipec.hmac_token(text, text, text) rename to hmac_token_of")
            cursor.execute(_SAME_TOKEN)
            cursor.execute(_PLAIN_MASKS)
            cursor.execute(f"set statement_timeout = {LIMIT}; set timezone = 'UTC'; set datestyle = 'ISO'; set client_min_messages = error")
        connection.autocommit = False
        return cls(connection)

    def outputs(self, program: Program, data: rows.DataSet, made: Emitted) -> Outputs:
        """The bytes of every sink, by kind and name."""
        return self._over(program, data, made, lambda cursor: self._read(cursor, made))

    def told_too_much(self, program: Program, data: rows.DataSet, made: Emitted, text: str) -> tuple[str, ...]:
        """The sinks that get cells of too few people, as they are counted."""
        return self._over(program, data, made, lambda cursor: tuple(groups.told_too_much(cursor, text, made.schemas)))

    def _over(self, program: Program, data: rows.DataSet, made: Emitted, look: Callable[[Any], Seen]) -> Seen:
        """What is there when the models are built; then they are gone."""
        import psycopg2

        try:
            with self.connection.cursor() as cursor:
                for statement in rows.statements(program, data):
                    cursor.execute(statement)
                if data.same_token:
                    values = b",".join(cursor.mogrify("(%s, %s)", pair) for pair in sorted(data.same_token.items()))
                    cursor.execute(b"insert into pipec.same_token values " + values)
                for script in made.models:
                    cursor.execute("drop table if exists pg_temp.pipec_new;" + script)
                return look(cursor)
        except psycopg2.Error as problem:
            raise Broken(str(problem).strip()) from problem
        finally:
            self.connection.rollback()

    def _read(self, cursor: Any, made: Emitted) -> Outputs:
        parts: dict[tuple[str, str], list[str]] = {}
        for export, queries in sorted(made.files.items()):
            bucket = made.goes_to.get(export, "")
            for query in queries:
                text = self._copied(cursor, query)
                for sink in [("bucket", bucket), *(("role", r) for r in made.readers.get(bucket, []))]:
                    parts.setdefault(sink, []).append(f"{export}\n{text}")
        for role, names in sorted(made.granted.items()):
            for relation in self._relations(cursor, names, made):
                parts.setdefault(("role", role), []).append(f"{relation}\n{self._sorted(cursor, relation)}")
        return {sink: "\n".join(texts) for sink, texts in parts.items()}

    def _relations(self, cursor: Any, names: list[str], made: Emitted) -> list[str]:
        cursor.execute("select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm') and n.nspname not in ('pipec', 'judge') order by 1, 2")
        there = cursor.fetchall()
        found = []
        for name in names:
            schema = made.schemas.get(name)
            built = [(s, r) for s, r in there if s in made.schemas.values()]
            if schema:
                chosen = [(s, r) for s, r in built if s == schema]
            else:
                chosen = [(s, r) for s, r in built if fnmatch.fnmatchcase(r, name)] + [(s, r) for s, r in there if f"{s}.{r}" == name]
            found += [f'"{s}"."{r}"' for s, r in chosen]
        return sorted(set(found))

    @staticmethod
    def _copied(cursor: Any, query: str) -> str:
        into = io.StringIO()
        cursor.copy_expert(f"copy ({query}) to stdout with (format csv, header)", into)
        return into.getvalue()

    def _sorted(self, cursor: Any, relation: str) -> str:
        head, *lines = self._copied(cursor, f"select * from {relation}").splitlines()
        return "\n".join([head, *sorted(lines)])


@dataclass(frozen=True)
class Verdict:
    """What the engine says."""

    #: The sinks whose bytes differ though they may not.
    leaks: tuple[str, ...] = ()
    #: Why it cannot be said.
    broken: str = ""
    #: Bytes of all sinks over the data that are there.
    size: int = 0


class Bench:
    """A base program's data sets, and what the engine says of its mutants."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.data = rows.original(program)
        self.sinks = program.sinks()
        cleared = {clearance for *_, clearance in self.sinks}
        self.others = [(c, rows.agreeing(program, self.data, c, way)) for c in sorted(cleared, key=lambda c: c.name) for way in rows.WAYS]

    def verdict(self, judge: Judge, made: Emitted) -> Verdict:
        """Whether a sink learns what it may not."""
        try:
            before = judge.outputs(self.program, self.data, made)
        except Broken as problem:
            return Verdict(broken=str(problem))
        leaks: list[str] = []
        for clearance, other in self.others:
            concerned = [(kind, name) for kind, name, c in self.sinks if c == clearance]
            try:
                after: Mapping[tuple[str, str], str] = judge.outputs(self.program, other, made)
            except Broken:
                # An error that only other values bring about is a word about them.
                leaks += [f"{kind} {name} (fails)" for kind, name in concerned]
                continue
            leaks += [f"{kind} {name}" for kind, name in concerned if before.get((kind, name)) != after.get((kind, name))]
        return Verdict(tuple(sorted(set(leaks))), size=sum(map(len, before.values())))

    def counted(self, judge: Judge, made: Emitted, text: str) -> Verdict:
        """Whether a sink learns of too few people, counted behind every cell it gets; it is cleared as the text says."""
        try:
            return Verdict(judge.told_too_much(self.program, self.data, made, text))
        except Broken as problem:
            return Verdict(broken=str(problem))

    def clearance(self, kind: str, name: str) -> Clearance | None:
        """Of a sink."""
        return next((c for k, n, c in self.sinks if (k, n) == (kind, name)), None)
