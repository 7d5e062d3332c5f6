"""The emitted SQL for BigQuery, run by GoogleSQL's evaluator: one more leg beside those of the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import googlesql
from bigquery_check import Build
from library_engines import Answers, Project, Sample, in_order
from sql_run import files_in_order

from .reference import KEY


def bigquery(project: Project, samples: Sequence[Sample], _connection: Any, _root: Path) -> Answers:
    """Every model of the project, over the samples' tables."""
    answers, out = Answers(), project.folder / "out"
    project.write(samples)
    project.build(out, answers)
    held = googlesql.Warehouse()
    held.source("pipec_secret", "key", [("name", "text"), ("value", "bytea")])
    held.load("pipec_secret.key", [{"name": "KEY", "value": "\\x" + KEY.hex()}])
    for sample in samples:
        held.source("s", sample.name, sample.columns())
        names = [name for name, _ in sample.columns()]
        held.load(f"s.{sample.name}", [dict(zip(names, row, strict=True)) for row in sample.values()])
    build = Build(held, True)
    for file in files_in_order(out / "sql/bigquery/index.txt"):
        name = file.stem.partition("_l_")[2]
        try:
            for statement in googlesql.statements(file.read_text(encoding="utf-8")):
                build.take(statement)
            if name:
                answers.rows[name] = in_order((int(row[0] or 0), row[1]) for row in held.as_postgres_shows(f"l.{name}"))
        except googlesql.Refused as reason:
            answers.failed[name or file.stem] = str(reason)
    return answers
