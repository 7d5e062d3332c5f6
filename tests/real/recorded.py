"""What runs write down of themselves; for `airflow_run.py` and `cron_troubles.py`.

The rows are compared with what whoever ran them saw: which steps began, how often, and how they ended. Spoiled rows are rejected.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import engines
import warehouse

#: What keeps rows from being written, and lets them in again, behind `alter table`.
SHUT, OPEN = "add constraint shut check (false) not valid", "drop constraint shut"
COLUMNS = "step, run, run_date, status, tries, started_at, ended_at"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    step: str | None
    run: str
    run_date: datetime.date
    status: str
    tries: int
    started_at: datetime.datetime
    ended_at: datetime.datetime | None


#: A step, how it ended, and how often it was begun.
Seen = dict[str, tuple[str, int]]


def asked(server: engines.Server, text: str, values: tuple[Any, ...] = ()) -> list[Any]:
    """What a query gives."""
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = list(cursor.fetchall()) if cursor.description else []
    connection.commit()
    connection.close()
    return rows


def table(server: engines.Server) -> str:
    """The table that runs are written to, by its columns; empty where there is none."""
    found = asked(
        server,
        "select c.oid::regclass::text from pg_class as c join pg_attribute as a on a.attrelid = c.oid where c.relkind = 'r'"
        " and a.attname in ('pipeline', 'run', 'run_date', 'step', 'status', 'tries') group by c.oid having count(*) = 6",
    )
    return str(found[0][0]) if found else ""


def rows(server: engines.Server, pipeline: str, day: str) -> list[Row]:
    """Those of the last run of a pipeline for a day."""
    last = f"select run from {table(server)} where pipeline = %s and run_date = %s order by id desc limit 1"
    found = asked(server, f"select {COLUMNS} from {table(server)} where pipeline = %s and run = ({last}) order by id", (pipeline, pipeline, day))
    return [Row(*row) for row in found]


def wrong(found: list[Row], day: str, status: str, seen: Seen) -> list[str]:
    """What is otherwise than it was seen."""
    problems = []
    whole = [row for row in found if row.step is None]
    steps = {row.step: (row.status, row.tries) for row in found if row.step is not None}
    if [row.status for row in whole] != [status]:
        problems.append(f"the run is written down as {[row.status for row in whole]}, and was {status}")
    if steps != seen or len(found) != len(seen) + 1:
        problems.append(f"steps are written down as {steps}, and were {seen}")
    for row in found:
        if str(row.run_date) != day:
            problems.append(f"{row.step} is written down for {row.run_date}, and was for {day}")
        if (row.ended_at is None) != (row.status in ("running", "lost")) or (row.ended_at is not None and row.ended_at < row.started_at):
            problems.append(f"{row.step}, {row.status}, went from {row.started_at} to {row.ended_at}")
        if row.step and row.ended_at is not None and row.ended_at - row.started_at < datetime.timedelta(milliseconds=200):
            problems.append(f"{row.step} began and ended at {row.started_at}: no step is that fast")
        if row.run != found[0].run:
            problems.append(f"{row.step} is of the run {row.run}")
    return problems


def accepted_spoiled(found: list[Row], day: str, status: str, seen: Seen) -> list[str]:
    """Each row, spoiled in each way, has to be rejected."""
    accepted = []
    for at, row in enumerate(found):
        later = row.started_at - datetime.timedelta(days=2)
        others = {"succeeded": "failed", "failed": "succeeded"}.get(row.status, "failed")
        spoilt: list[list[Row]] = [[replace(row, status=others)], [replace(row, run_date=row.run_date + datetime.timedelta(days=1))], []]
        spoilt += [[replace(row, ended_at=later)]] if row.ended_at else []
        spoilt += [[replace(row, tries=row.tries + 1)], [replace(row, step="another")]] if row.step else []
        accepted += [f"{row} spoiled to {one} is accepted" for one in spoilt if not wrong([*found[:at], *one, *found[at + 1 :]], day, status, seen)]
    return accepted


def judged(server: engines.Server, pipeline: str, day: str, status: str, seen: Seen) -> list[str]:
    """What is wrong with what the last run wrote down."""
    found = rows(server, pipeline, day)
    return wrong(found, day, status, seen) or accepted_spoiled(found, day, status, seen)
