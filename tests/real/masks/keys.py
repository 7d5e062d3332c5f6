"""Where keys can be seen: nowhere but in the table that their owner reads.

A key is a random text here, so that finding it anywhere is proof. On Postgres all statements are logged, keys are loaded as the setup
file says, and what readers, `explain`, statistics and the log show is searched. On DuckDB the warehouse's own file is searched. What
pipec writes and prints is searched while the key is in its environment.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

import engines
from judge import Report

SURROGATE = "surrogate(text, text)"
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PROJECT = """
project keys { warehouse %s { database = env("DATABASE") }; emit %s }
use std.hipaa
source s on warehouse schema "s" {
  sample "data/{table}.ndjson"
  table patients { id text key @record_id; seen date? @service_date; cost numeric? @clinical }
}
layer l schema "l" as table
model anon in l {
  from s.patients as p
  select {
    token = hmac_token(p.id, key => secret('PSEUDONYM_KEY'), domain => 'd')
    moved = date_shift(p.seen, entity => p.id, key => secret('PSEUDONYM_KEY'), domain => 'd')
    about = noise(p.cost, 0.1, entity => p.id, key => secret('PSEUDONYM_KEY'), domain => 'd')
    alias = fake_word(p.id, words => 'Ada|Ben', key => secret('PSEUDONYM_KEY'), domain => 'd')
    mail  = fake_email(p.id, key => secret('PSEUDONYM_KEY'), domain => 'd')
  }
}
"""
ROWS = '{"id": "p1", "seen": "2024-02-29", "cost": "12.5"}\n{"id": "p2", "seen": "2024-02-29", "cost": "12.5"}\n'


def judge(pipec: Path, scratch: Path, server: engines.Server, connection: Any, report: Report, root: Path) -> None:
    """All of it."""
    key = secrets.token_urlsafe(24)
    searched = {"artifacts and messages": _artifacts(pipec, scratch, key, report)}
    searched["postgres"] = _postgres(scratch, server, connection, key, report)
    searched["duckdb"] = _duckdb(scratch, key, report, root)
    _surrogates(server, connection, report)
    report.facts["searched for keys"] = searched


def _shown(key: str, where: str, text: str, report: Report) -> int:
    """Whether the key is in a text, plain or in hex."""
    if key in text or key.encode().hex() in text.lower():
        report.problem(f"the key is in {where}")
    return len(text)


def _artifacts(pipec: Path, scratch: Path, key: str, report: Report) -> int:
    """What pipec writes and prints, with the key in its environment; also where it refuses."""
    total = 0
    for dialect in ("postgres", "duckdb", "bigquery"):
        folder = scratch / "keys" / dialect
        (folder / "data").mkdir(parents=True)
        (folder / "keys.pipe").write_text(PROJECT % (dialect, "dbt, sql" if dialect == "postgres" else "sql"), encoding="utf-8")
        (folder / "data/patients.ndjson").write_text(ROWS, encoding="utf-8")
        environment = {**os.environ, "PSEUDONYM_KEY": key, "DATABASE": "d"}
        for command in (["build", folder, "-o", folder / "out"], ["run", folder, "--run-date", "2025-06-30", "--dump", folder / "dump"], ["check", folder]):
            done = engines.run([pipec, *command], cwd=folder, env=environment)
            if done.returncode:
                report.problem(f"pipec {command[0]} for {dialect} fails:\n{done.stdout[:2000]}")
            total += _shown(key, f"what `pipec {command[0]}` prints for {dialect}", done.stdout, report)
        for file in (f for f in folder.rglob("*") if f.is_file()):
            total += _shown(key, str(file.relative_to(scratch)), file.read_text(encoding="utf-8", errors="replace"), report)
    return total


def _postgres(scratch: Path, server: engines.Server, connection: Any, key: str, report: Report) -> int:
    """The log of everything, what a reader may do, and what statistics show."""
    psql = [server.bin / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", str(server.port), "-U", server.user, "-d", server.database]
    with connection.cursor() as cursor:
        for setting in ("log_statement = 'all'", "log_min_duration_statement = 0", "log_min_error_statement = 'debug5'", "log_error_verbosity = 'verbose'", "debug_print_plan = on"):
            cursor.execute(f"alter system set {setting}")
        cursor.execute("select pg_reload_conf(); create role masks_reader login; grant usage on schema pipec to masks_reader")
        cursor.execute("show data_directory")
        log = Path(cursor.fetchone()[0]).parent / "server.log"
    total = 0
    for value, fits in ((key, True), (key, True), (key[:15], False)):
        row = f"PSEUDONYM_KEY\t\\\\x{value.encode().hex()}\n"
        script = f"create temp table new_key (name text, value bytea);\ncopy new_key from stdin;\n{row}\\.\nselect pipec_secret.store_keys();\n"
        loaded = subprocess.run(psql, input=script, text=True, capture_output=True, check=False)
        total += _shown(value, "what psql says", loaded.stdout + loaded.stderr, report) + _shown(value, "the server's log", _text(log), report)
        if (loaded.returncode == 0) != fits:
            report.problem(f"postgres: loading a key as the setup file says gives {loaded.returncode}: {loaded.stderr}")
    with connection.cursor() as cursor:
        cursor.execute("create schema if not exists s; drop table if exists s.patients; create table s.patients (id text, seen date, cost numeric); insert into s.patients values ('p1', '2024-02-29', 12.5)")
        calls = "pipec.hmac_token(id, 'PSEUDONYM_KEY', 'd'), pipec.date_shift(seen, id, 'PSEUDONYM_KEY', 'd', 365), pipec.noise(cost, 0.1, id, 'PSEUDONYM_KEY', 'd')"
        for statement in (f"select {calls} from s.patients", f"explain (analyze, verbose) select {calls} from s.patients", "select query from pg_stat_activity", "select pipec.hmac_token('x', 'NO_SUCH_KEY', 'd')"):
            try:
                cursor.execute(statement)
                total += _shown(key, f"the answer to {statement[:60]}", str(cursor.fetchall()), report)
            except Exception as reason:  # noqa: BLE001
                total += _shown(key, f"the error of {statement[:60]}", str(reason), report)
                cursor.execute("rollback")
    _refused(psql, report)
    return total + _shown(key, "the server's log", _text(log), report)


def _text(file: Path) -> str:
    """What a file holds."""
    return file.read_text(encoding="utf-8", errors="replace")


READER = [
    "table pipec_secret.key", "table pipec_secret.crosswalk", "select pipec.hmac_token('p1', 'PSEUDONYM_KEY', 'd')", "select pipec.surrogate('p1', 'd')",
    "select pipec.keyed_number('p1', 'PSEUDONYM_KEY', 'x', 'd')", "select pipec.date_shift(date '2024-01-01', 'p1', 'PSEUDONYM_KEY', 'd', 9)",
    "create function pg_temp.sha256(bytea) returns bytea language sql as 'select $1'; set search_path = pg_temp, public; select pipec.hmac_token('p1', 'PSEUDONYM_KEY', 'd')",
]


def _refused(psql: list[Any], report: Report) -> None:
    """A role that reads tables has no key, no crosswalk, and makes no tokens of values it guesses."""
    as_reader = [part if part != "postgres" or before != "-U" else "masks_reader" for before, part in zip(["", *psql], psql, strict=False)]
    for statement in READER:
        done = subprocess.run([*as_reader, "-c", statement], text=True, capture_output=True, check=False)
        if "permission denied" not in done.stderr:
            report.problem(f"postgres: a reader is not refused `{statement}`: {done.stdout}{done.stderr}")
    report.facts["statements a reader is refused"] = len(READER)


def _duckdb(scratch: Path, key: str, report: Report, root: Path) -> int:
    """The warehouse's own file holds no key; without the other file every token fails."""
    engines.use("duckdb")
    import duckdb

    folder = scratch / "keys"
    database = duckdb.connect(str(folder / "warehouse.duckdb"))
    database.execute(f"attach '{folder / 'secrets.duckdb'}' as pipec_secret")
    database.execute((root / "stdlib/setup/duckdb.sql").read_text(encoding="utf-8"))
    database.execute("insert into pipec_secret.key values ('PSEUDONYM_KEY', encode(?))", [key])
    database.execute("create table anon as select pipec.hmac_token('p1', 'PSEUDONYM_KEY', 'd') as token; checkpoint; checkpoint pipec_secret")
    database.close()
    if key.encode() not in (folder / "secrets.duckdb").read_bytes():
        report.problem("duckdb: the search for keys would find none: the file of the keys does not hold it in plain")
    size = _shown(key, "DuckDB's warehouse file", (folder / "warehouse.duckdb").read_bytes().decode("latin-1"), report)
    reader = duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True)
    for statement in ("select pipec.hmac_token('p1', 'PSEUDONYM_KEY', 'd')", "select * from pipec_secret.key"):
        try:
            report.problem(f"duckdb: who has the warehouse's file alone is not refused `{statement}`: {reader.execute(statement).fetchall()}")
        except duckdb.Error as reason:
            size += _shown(key, "an error of DuckDB", str(reason), report)
    reader.close()
    return size


def _surrogates(server: engines.Server, connection: Any, report: Report) -> None:
    """Random, one for each value of a list, kept, and told by nothing of the value."""
    with connection.cursor() as cursor:
        ask = "select id, pipec.surrogate(id, 'research'), pipec.surrogate(id, 'other') from (select 'p' || n % 500 as id from generate_series(1, 1000) as n) as ids"
        cursor.execute(ask)
        first = cursor.fetchall()
        cursor.execute(ask)
        if sorted(set(first)) != sorted(set(cursor.fetchall())):
            report.problem("postgres: surrogates change when they are asked for again")
        for place in (1, 2):
            if len({row[place] for row in first}) != 500 or not all(UUID4.fullmatch(row[place]) for row in first):
                report.problem("postgres: surrogates are not one random UUID for each value")
        if {row[1] for row in first} & {row[2] for row in first}:
            report.problem("postgres: two lists share surrogates")
        cursor.execute("select pipec.surrogate('', 'research'), pipec.surrogate(null, 'research')")
        if cursor.fetchone() != (None, None):
            report.problem("postgres: an empty value has a surrogate")
        # Longer than an index takes, and alike but for the end.
        long = "select pipec.surrogate(long.text || end_of.text, 'research') from (select string_agg(md5(n::text), '') as text from generate_series(1, 4000) as n) as long, (values ('a'), ('b'), ('a')) as end_of(text)"
        cursor.execute(long)
        drawn = [row[0] for row in cursor.fetchall()]
        if not (drawn[0] == drawn[2] != drawn[1]):
            report.problem("postgres: long values have no surrogates of their own")
    report.facts["surrogates"] = len(set(first))
