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
import pictures
import warehouse

# Builds once into the server, under this name; False, with problems noted, on failure.
Builder = Callable[[engines.Server, str], bool]


def add_arguments(arguments: argparse.ArgumentParser) -> None:
    """The options that every warehouse judge shares."""
    warehouse.add_data_arguments(arguments)
    add = arguments.add_argument
    add("--late", metavar="DIR", type=judge.existing, help="a late delivery of the same tables")
    add("--user", metavar="ROLE", help="the role that builds (default: the superuser)")
    add("--without", action="append", default=[], metavar="SCHEMA", help="leave a schema out of snapshots and dumps")
    add("--dump", metavar="DIR", type=Path, help="write every relation after the second build as canonical NDJSON")
    add("--dump-late", metavar="DIR", type=Path, help="the same after the late build")


def judge_build(options: argparse.Namespace, report: judge.Report, builder: Builder) -> None:
    """The whole course against a Postgres of its own; all findings go into the report."""
    tables = warehouse.read_tables(options.data, options.schema)
    hidden = sorted({table.schema for table in tables} | set(options.without))
    started = time.monotonic()
    with engines.postgres() as server:
        report.timed("postgres", started)
        connection = warehouse.connect(server)
        try:
            report.facts["loaded"] = warehouse.set_up(server, connection, tables, options)
            _builds(options, report, builder, server, connection, tables, hidden)
        except pictures.Unreadable as reason:
            report.problem(str(reason))
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
    first = pictures.snapshot(connection, hidden)
    report.facts["relations"] = {
        name: {"rows": picture.rows, "hash": picture.content} for name, picture in first.items()
    }
    if not first:
        report.problem("The build made no table and no view.")
    if not _build(report, builder, server, "second build"):
        return
    second = pictures.snapshot(connection, hidden)
    if changed := pictures.differences(first, second):
        lines = [
            f"{name}: {change['rows_before']} rows, then {change['rows_after']}" for name, change in changed.items()
        ]
        report.problem("A second build of the same data changed relations.\n" + "\n".join(lines))
    if options.dump is not None:
        pictures.dump(connection, hidden, options.dump)
    if options.late is None:
        return
    report.facts["late_loaded"] = warehouse.load(connection, tables, options.late)
    if _build(report, builder, server, "late build"):
        third = pictures.snapshot(connection, hidden)
        changed = pictures.differences(second, third)
        report.facts["late_changed"] = changed
        report.facts["late_unchanged"] = sorted(third.keys() - changed.keys())
        if options.dump_late is not None:
            pictures.dump(connection, hidden, options.dump_late)


def _build(report: judge.Report, builder: Builder, server: engines.Server, name: str) -> bool:
    started = time.monotonic()
    built = builder(server, name)
    report.timed(name, started)
    return built
