"""The course of judging a warehouse build, whatever tool builds it.

Load, prepare, build; build again and find nothing changed; load a late delivery, build
once more and say what changed; dump everything on request.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse

# Builds once into the server, under this name; False, with problems noted, on failure.
Builder = Callable[[engines.Server, str], bool]


def add_arguments(arguments: argparse.ArgumentParser) -> None:
    """The options that every warehouse judge shares."""
    add = arguments.add_argument
    add("--data", required=True, metavar="DIR", type=judge.existing, help="sample data, one <table>.ndjson per raw table")
    add("--schema", metavar="FILE", type=judge.existing, help="JSON {table: {schema, columns: [[name, type]], key: [name]}}")
    add("--late", metavar="DIR", type=judge.existing, help="a late delivery of the same tables")
    add("--prepare", action="append", default=[], metavar="FILE.sql", type=judge.existing, help="run by psql before the build")
    add("--secret", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    add("--secret-sql", metavar="SQL", help="stores a secret, with %%(name)s and %%(value)s; run once per --secret")
    add("--user", metavar="ROLE", help="the role that builds (default: the superuser)")
    add("--without", action="append", default=[], metavar="SCHEMA", help="leave a schema out of snapshots and dumps")
    add("--dump", metavar="DIR", type=Path, help="write every relation after the last build as canonical NDJSON")
    add("--out", metavar="REPORT.json", type=Path)


def judge_build(options: argparse.Namespace, report: judge.Report, builder: Builder) -> None:
    """The whole course against a Postgres of its own; all findings go into the report."""
    tables = warehouse.read_tables(options.data, options.schema)
    hidden = sorted({table.schema for table in tables} | set(options.without))
    started = time.monotonic()
    with engines.postgres() as server:
        report.timed("postgres", started)
        connection = warehouse.connect(server)
        try:
            warehouse.create(connection, tables)
            report.facts["loaded"] = warehouse.load(connection, tables, options.data)
            warehouse.prepare(server, options.prepare, dict(options.secret))
            warehouse.store_secrets(connection, options.secret_sql, dict(options.secret))
            _builds(options, report, builder, server, connection, tables, hidden)
            if options.dump is not None:
                warehouse.dump(connection, hidden, options.dump)
        finally:
            connection.close()


def _builds(
    options: argparse.Namespace,
    report: judge.Report,
    builder: Builder,
    server: engines.Server,
    connection: Any,
    tables: list[warehouse.Table],
    hidden: list[str],
) -> None:
    """The first, the second and, with a late delivery, the third build."""
    if not _build(report, builder, server, "build"):
        return
    first = warehouse.snapshot(connection, hidden)
    report.facts["relations"] = {name: {"rows": picture.rows, "hash": picture.content} for name, picture in first.items()}
    if not first:
        report.problem("The build made no table and no view.")
    if not _build(report, builder, server, "second build"):
        return
    second = warehouse.snapshot(connection, hidden)
    if changed := warehouse.differences(first, second):
        lines = [f"{name}: {change['rows_before']} rows, then {change['rows_after']}" for name, change in changed.items()]
        report.problem("A second build of the same data changed relations.\n" + "\n".join(lines))
    if options.late is None:
        return
    report.facts["late_loaded"] = warehouse.load(connection, tables, options.late)
    if _build(report, builder, server, "late build"):
        third = warehouse.snapshot(connection, hidden)
        changed = warehouse.differences(second, third)
        report.facts["late_changed"] = changed
        report.facts["late_unchanged"] = sorted(third.keys() - changed.keys())


def _build(report: judge.Report, builder: Builder, server: engines.Server, name: str) -> bool:
    started = time.monotonic()
    built = builder(server, name)
    report.timed(name, started)
    return built
