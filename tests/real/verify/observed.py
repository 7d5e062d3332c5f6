"""What everybody can do in a database, tried out: two databases that answer alike are alike."""

from __future__ import annotations

from typing import Any

import access_check
from access_check import fetch, quoted

Observed = dict[tuple[str, ...], str]


def shown(got: Any) -> str:
    """Rows in one order, or the code of a refusal."""
    return got if isinstance(got, str) else repr(sorted(map(repr, got)))


def observe(check: access_check.Check, look_ups: list[tuple[str, str]]) -> Observed:
    """Every login and every table: reads, writes, functions, schemas, and what a curious function is told."""
    out: Observed = {}
    tables = list(check.tables())
    own = sorted({schema for schema, _, _ in tables} - {name.split(".")[0] for name in check.project.sources})
    people = [login.name for login in check.project.logins]
    for login in check.project.logins:
        session = check.database.connect(login.name)
        try:
            for schema, table, columns in tables:
                name = f"{quoted(schema)}.{quoted(table)}"
                got = fetch(session, f"select {', '.join(map(quoted, columns))} from {name}")
                out[login.name, "select", name, "*"] = shown(got)
                for column in columns if isinstance(got, str) else []:
                    out[login.name, "select", name, column] = shown(fetch(session, f"select {quoted(column)} from {name}"))
                rolled(session, out, login.name, name, columns)
                curious(session, out, login.name, name, columns)
            for function, argument in look_ups:
                for person in (login.name, *people[:2]):
                    if argument:
                        out[login.name, "call", function, person] = shown(fetch(session, f"select * from {function}('{person}')"))
            for schema in own:
                session.autocommit = False
                out[login.name, "create", schema, ""] = shown(fetch(session, f"create table {quoted(schema)}.zz (a integer)"))
                session.rollback()
                session.autocommit = True
        finally:
            session.close()
    return out


def rolled(session: Any, out: Observed, who: str, name: str, columns: list[str]) -> None:
    """Writes, taken back each time; how many rows they meet counts."""
    tries = [f"delete from {name}", f"truncate {name}"]
    tries += [f"update {name} set {quoted(c)} = {quoted(c)}" for c in (columns[0], columns[-1])]
    tries.append(f"insert into {name} ({quoted(columns[0])}) select null where false")
    session.autocommit = False
    for statement in tries:
        cursor = session.cursor()
        try:
            cursor.execute(statement)
            said = f"{cursor.rowcount} rows"
        except Exception as problem:
            said = getattr(problem, "pgcode", None) or "?"
        session.rollback()
        out[who, "write", name, statement] = said
    session.autocommit = True


def curious(session: Any, out: Observed, who: str, name: str, columns: list[str]) -> None:
    """A cheap function in a condition is told values: which ones?"""
    fetch(
        session,
        "create or replace function pg_temp.shout(value text) returns boolean language plpgsql cost 0.0000001 as"
        " $$ begin raise notice 'heard %', value; return true; end $$",
    )
    del session.notices[:]
    fetch(session, f"select count(*) from {name} where pg_temp.shout({quoted(columns[-1])}::text)")
    heard = sorted({line.strip() for line in session.notices if "heard" in line})
    out[who, "hears", name, columns[-1]] = repr(heard)
