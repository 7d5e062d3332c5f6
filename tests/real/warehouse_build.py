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


class Course:
    """One judgement against a Postgres of its own; all findings go into the report."""

    def __init__(self, options: argparse.Namespace, report: judge.Report, builder: Builder) -> None:
        self.options = options
        self.report = report
        self.builder = builder
        self.tables = warehouse.read_tables(options.data, options.schema)
        self.hidden = sorted({table.schema for table in self.tables} | set(options.without))

    def run(self) -> None:
        """Start the server and go through the whole course."""
        started = time.monotonic()
        with engines.postgres() as server:
            self.report.timed("postgres", started)
            connection = warehouse.connect(server)
            try:
                self.report.facts["loaded"] = warehouse.set_up(server, connection, self.tables, self.options)
                if self._twice(server, connection):
                    self._late(server, connection)
            except pictures.Unreadable as reason:
                self.report.problem(str(reason))
            finally:
                connection.close()

    def _twice(self, server: engines.Server, connection: Any) -> bool:
        """The first and the second build; whether both were made."""
        facts = self.report.facts
        if not self._build(server, "build"):
            return False
        first = pictures.snapshot(connection, self.hidden)
        facts["relations"] = {name: {"rows": seen.rows, "hash": seen.content} for name, seen in first.items()}
        if not first:
            self.report.problem("The build made no table and no view.")
        if not self._build(server, "second build"):
            return False
        changed = pictures.differences(first, pictures.snapshot(connection, self.hidden))
        if changed:
            lines = (f"{name}: {rows['rows_before']} rows, then {rows['rows_after']}" for name, rows in changed.items())
            self.report.problem("A second build of the same data changed relations.\n" + "\n".join(lines))
        if self.options.dump is not None:
            pictures.dump(connection, self.hidden, self.options.dump)
        return True

    def _late(self, server: engines.Server, connection: Any) -> None:
        """The build after a late delivery, when there is one."""
        if self.options.late is None:
            return
        before = pictures.snapshot(connection, self.hidden)
        self.report.facts["late_loaded"] = warehouse.load(connection, self.tables, self.options.late)
        if not self._build(server, "late build"):
            return
        after = pictures.snapshot(connection, self.hidden)
        changed = pictures.differences(before, after)
        self.report.facts["late_changed"] = changed
        self.report.facts["late_unchanged"] = sorted(after.keys() - changed.keys())
        if self.options.dump_late is not None:
            pictures.dump(connection, self.hidden, self.options.dump_late)

    def _build(self, server: engines.Server, name: str) -> bool:
        started = time.monotonic()
        built = self.builder(server, name)
        self.report.timed(name, started)
        return built
