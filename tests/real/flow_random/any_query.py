"""Random queries with one labelled column: whoever may not know the column gets the same rows whatever it holds.

Every query of `random_sql` is tried once for each column it names. That column alone tells something (category `secret`), the sink
admits nothing of it, and no key is declared, so that nothing but presence and the length of stored arrays is structure. The truth is
the engine: other values in the column, and the rows either change or they don't.

Or with masks anywhere, over columns and over what is computed from them: then the sink admits what the masks leave, and other values are
such that each mask gives for them what it gave before.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flow_random import world
from random_sql import data, engines_of
from random_sql.data import TABLES, TYPES, Column, Table
from random_sql.exprs import COMPARABLE, Exprs, Scope
from random_sql.queries import Queries, _first as _first_block
from random_sql.tree import SAME, E, Join, Query, Select, Source, e

#: Data sets per column: values of the same kind anew, values never seen, and the same values in other rows.
WAYS = ("anew", "fresh", "moved")


@dataclass(frozen=True)
class Pair:
    """A query and the column that is secret."""

    seed: int
    table: int
    column: int

    @property
    def name(self) -> str:
        """Of the model."""
        return f"q{self.seed}_{self.table}_{self.column}"

    @property
    def source(self) -> str:
        """Where only this column is secret."""
        return f"s{self.table}_{self.column}"

    def told(self) -> str:
        """`people.name`"""
        table = TABLES[self.table]
        return f"{table.name}.{table.columns[self.column].name}"


class MaskedExprs(Exprs):
    """Expressions with masks among them."""

    def _one(self, type_: str, scope: Scope, depth: int) -> E:
        rng = self.rng
        if rng.random() < 0.22:
            d = rng.choice([0, 0, 0, 1])
            match type_:
                case "text":
                    return e("text", "redact(", self.make("text", scope, d, SAME), ")", uses="redact")
                case "bool":
                    return e("bool", "is_present(", self.make(rng.choice(["text", "date", "int", "num"]), scope, d), ")", uses="is_present")
                case "int" if rng.random() < 0.5:
                    return e("int", "age_years(", self.make("date", scope, d), ", date '2025-06-30')", uses="age_years")
                case "int":
                    return e("int", "year_of(", self.make(rng.choice(["date", "tstz"]), scope, d), ")", uses="year_of")
        return super()._one(type_, scope, depth)


#: What a labelled column tells where masks are about; other types only whether there is a value.
TOLD = {"text": "name", "date": "death_date", "tstz": "service_date"}


def pairs(seed: int, query: Query) -> Iterator[Pair]:
    """The columns that the query may read, by their names."""
    text = query.sql()
    for number, table in enumerate(TABLES):
        if table.rows and f"{data.SCHEMA}.{table.name}" in text:
            for place, column in enumerate(table.columns):
                if re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", text):
                    yield Pair(seed, number, place)


def made(seed: int, masks: bool = False) -> Query:
    """A random query; most stand inside another one that drops columns, counts or picks, so that what is not shown has to be told by the rows."""
    rng = random.Random(f"around {seed}")
    maker = Queries(seed)
    if masks:
        maker.exprs = MaskedExprs(maker.rng)
        maker.exprs.subquery = maker.subquery
    inner = maker.query()
    names = [name for _, name in _first_block(inner.body).items]
    types = [x.type for x, _ in _first_block(inner.body).items]
    if rng.random() < 0.3 or len(set(names)) < len(names):
        return inner
    alias = "around"
    kept = [E(t, [f"{alias}.{n}"]) for n, t in zip(names, types) if rng.random() < 0.4]
    source = [Join("", Source(inner, alias))]
    kind = rng.randrange(6)
    one = E("int", ["1"])
    if kind == 0:
        return Query(Select([(E("big", ["count(*)"], uses="count(*)"), "n")], source))
    if kind == 1 and kept and all(k.type in COMPARABLE for k in kept):
        return Query(Select([(k, f"k{i}") for i, k in enumerate(kept)], source, distinct="distinct"))
    if kind == 2 and kept and all(k.type in COMPARABLE for k in kept):
        select = Select([(k, f"k{i}") for i, k in enumerate(kept)], source, group=kept)
        select.items.append((E("big", ["count(*)"]), "n"))
        return Query(select)
    if kind == 3:
        other = Select([(E(t, [f"{alias}.{n}"]), n) for n, t in zip(names, types)], source)
        again = Queries(seed + 1_000_000).block(cap=1)[0]
        return Query(Select([(E("bool", ["exists (", Query(again), ")"]), "e")], [Join("", Source(Query(other), "o"))]))
    return Query(Select([(k, f"k{i}") for i, k in enumerate(kept)] or [(one, "one")], source))


def changed(table: Table, place: int, rows: list[list[Any]], way: str, seed: int, masks: bool = False) -> list[list[Any]]:
    """The rows with other values in one column: NULL stays NULL, arrays and documents keep their shape."""
    rng = random.Random(f"{table.name} {place} {way} {seed}")
    column = table.columns[place]
    values = [row[place] for row in rows]
    if masks and column.type in ("date", "tstz"):
        values = [v and _near(v, rng) for v in values]
    elif way == "moved" and column.type not in ("int[]", "text[]", "json"):
        there = [v for v in values if v is not None]
        rng.shuffle(there)
        values = [None if v is None else there.pop() for v in values]
    else:
        values = [_other(column, v, way, number, rng) for number, v in enumerate(values)]
    return [row[:place] + [v] + row[place + 1 :] for row, v in zip(rows, values)]


def _near(value: str, rng: random.Random) -> str:
    """Another day of the year, on the same side of the day that ages are reckoned on."""
    first, last = (1, 6) if value[5:10] <= "06-30" else (7, 12)
    return f"{value[:4]}-{rng.randint(first, last):02}-{rng.randint(1, 28):02}{value[10:]}"


def _other(column: Column, value: Any, way: str, number: int, rng: random.Random) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        item = Column(column.name, column.type[:-2], False)
        return [_other(item, v, way, number, rng) for v in value]
    if isinstance(value, dict):
        return {k: _in_document(v, rng) for k, v in value.items()}
    if way == "fresh":
        match column.type:
            case "text":
                return f"Q{number}q{rng.randint(0, 99)}"
            case "int" | "small":
                return rng.randint(2000, 9000)
            case "big":
                return rng.randint(2000, 9000)
            case "num":
                return f"{rng.randint(2000, 9000) * 0.25:.2f}"
            case "date":
                return f"20{rng.randint(30, 60)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
    full = Column(column.name if column.type == "text" else "other", column.type, False)
    return data._value(full, number, rng)


def _in_document(value: Any, rng: random.Random) -> Any:
    match value:
        case bool():
            return rng.random() < 0.5
        case int():
            return rng.choice([1, 2, 3, 30, 77])
        case str():
            return rng.choice(["x", "y", "u", "v", "", "Zoë"])
        case list():
            return [_in_document(v, rng) for v in value]
        case dict():
            return {k: _in_document(v, rng) for k, v in value.items()}
    return value


class Truth:
    """Which pairs leak, by the engine."""

    def __init__(self, postgres: engines_of.Postgres, seed: int, masks: bool = False) -> None:
        self.postgres, self.masks = postgres, masks
        self.rows = data.rows(seed)
        self.seed = seed

    def load(self, table: Table, rows: list[list[Any]]) -> None:
        """Fill a table anew, in a transaction that is open: the rows lie in the order given."""
        statements = [f"delete from {data.SCHEMA}.{table.name}", *data.create(table, rows, duckdb=False)[1:]]
        with self.postgres.connection.cursor() as cursor:
            cursor.execute(";".join(statements))

    def seen(self, text: str, ordered: bool) -> tuple[str, Any]:
        """What a sink gets: rows, in order where the query says one; or that there was an error."""
        self.do("savepoint before")
        found = self.postgres.run(text)
        if isinstance(found, str):
            self.do("rollback to before")
            return ("error", found)
        return ("rows", found.rows if ordered else sorted(found.rows, key=repr))

    def do(self, statement: str) -> None:
        """Run a statement."""
        with self.postgres.connection.cursor() as cursor:
            cursor.execute(statement)

    def leaking(self, texts: dict[Pair, str], ordered: dict[Pair, bool]) -> tuple[dict[Pair, str], set[Pair], int]:
        """The pairs whose rows change, with what changed them; those whose errors change; how many data sets were looked at."""
        self.do("begin")
        before = {pair: self.seen(text, ordered[pair]) for pair, text in texts.items()}
        self.do("rollback")
        leaks: dict[Pair, str] = {}
        errors: set[Pair] = set()
        count = 0
        by_column: dict[tuple[int, int], list[Pair]] = {}
        for pair in texts:
            by_column.setdefault((pair.table, pair.column), []).append(pair)
        for (number, place), there in by_column.items():
            table = TABLES[number]
            for way in WAYS:
                self.do("begin")
                self.load(table, changed(table, place, self.rows[table.plain], way, self.seed, self.masks))
                for pair in there:
                    after = self.seen(texts[pair], ordered[pair])
                    count += 1
                    if "error" in (before[pair][0], after[0]):
                        if before[pair] != after:
                            errors.add(pair)
                    elif before[pair] != after:
                        leaks.setdefault(pair, f"{way}: {_first(before[pair][1], after[1])}")
                self.do("rollback")
        return leaks, errors, count


def _first(one: list[Any], other: list[Any]) -> str:
    different = [f"{a} / {b}" for a, b in zip(one, other) if a != b]
    return different[0] if different else f"{len(one)} / {len(other)} rows"


PLAIN = ["category secret", "clearance nothing {}"]
MASKED = ["use std.hipaa", "clearance nothing { name general; death_date general; service_date general; mrn general }"]


class Project:
    """The pairs as models of one project."""

    def __init__(self, pipec: Path, folder: Path, masks: bool = False) -> None:
        self.pipec, self.folder, self.masks = pipec, folder, masks

    def write(self, texts: dict[Pair, str], exported: set[Pair]) -> None:
        """A file for each pair, with its export."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "sql").mkdir(parents=True)
        lines = ['project flow { warehouse postgres { database = env("DATABASE") }; emit sql }', *(MASKED if self.masks else PLAIN)]
        lines += ['bucket out { name "demo-out"; clearance nothing }', 'layer m schema "m" as view']
        for number, place in sorted({(p.table, p.column) for p in texts}):
            lines.append(_source(number, place, self.masks))
        (self.folder / "main.pipe").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for pair, text in texts.items():
            (self.folder / "sql" / f"{pair.name}.sql").write_text(text.replace(f"{data.SCHEMA}.", f"{pair.source}."), encoding="utf-8")
            said = f'model {pair.name} in m from sql "sql/{pair.name}.sql"\n'
            if pair in exported:
                said += f'export {pair.name}_x to out {{ {pair.name}; path "{pair.name}.csv" }}\n'
            (self.folder / f"{pair.name}.pipe").write_text(said, encoding="utf-8")

    def refused(self, texts: dict[Pair, str]) -> dict[Pair, str]:
        """The codes for which pairs are refused."""
        self.write(texts, set(texts))
        named = {p.name: p for p in texts}
        command = [str(self.pipec), "check", str(self.folder), "--as-of", world.TODAY, "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        out: dict[Pair, str] = {}
        for line in done.stdout.splitlines():
            said = json.loads(line)
            if said.get("severity") != "error" or "code" not in said:
                continue
            pair = named.get(Path(said.get("path") or "").stem)
            if pair is None:
                raise AssertionError(f"pipec check says of the project itself: {line}")
            # What is wrong with a query comes before what is wrong with its export.
            if pair not in out or not said["code"].startswith("P03"):
                out[pair] = said["code"] if said["code"].startswith("P03") else f"{said['code']} {said['message']}"
        if done.returncode not in (0, 1) or (done.returncode == 1 and not out):
            raise AssertionError(f"pipec check ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return out

    def emitted(self, texts: dict[Pair, str]) -> dict[Pair, str]:
        """The queries as pipec emits them for Postgres."""
        self.write(texts, set(texts))
        out = self.folder / "out"
        done = subprocess.run([str(self.pipec), "build", str(self.folder), "--as-of", world.TODAY, "--out", str(out)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"pipec build refuses what pipec check took:\n{done.stderr[-3000:]}")
        files = {f.stem.split("_m_", 1)[-1]: f for f in (out / "sql" / "postgres").glob("*.sql")}
        made: dict[Pair, str] = {}
        for pair in texts:
            text = files[pair.name].read_text(encoding="utf-8")
            made[pair] = re.search(r"(?s)create view \S+ as\n(.*?);\n(?:comment on|commit;)", text).group(1).replace(f"{pair.source}.", f"{data.SCHEMA}.")
        return made

    def setup(self) -> list[Path]:
        """What emitted queries call."""
        found = sorted((self.folder / "out" / "sql" / "postgres").glob("*setup*.sql"))
        return found


def _source(number: int, place: int, masks: bool) -> str:
    # One stored table is declared once: each source says to lie elsewhere, and what is emitted is asked of the tables there are.
    out = [f'source s{number}_{place} on warehouse schema "s{number}_{place}" {{']
    for n, table in enumerate(TABLES):
        out.append(f"  table {data._said(table.name)} {{")
        for p, c in enumerate(table.columns):
            told = (TOLD.get(c.type, "mrn") if masks else "secret") if (n, p) == (number, place) else "public"
            out.append(f"    {data._said(c.name)} {TYPES[c.type][0]}{'?' if c.nullable else ''} @{told}")
        out.append("  }")
    out.append("}")
    return "\n".join(out)
