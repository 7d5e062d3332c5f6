"""The Engage example's sample data as Airbyte's tables, and the small vocabulary of reading FHIR.

Written from the FHIR specification and the example's README, not from anything that pipec
emits: what is here is what the SQL has to agree with.
"""

from __future__ import annotations

import calendar
import csv
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = Any
Resource = dict[str, Json]


@dataclass(frozen=True)
class Version:
    """One delivered version of a resource."""

    id: str
    resource: Resource
    loaded_at: datetime


class Source:
    """All deliveries of some folders; later folders add to earlier ones, as Airbyte appends."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.versions: dict[str, list[Version]] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.ndjson")):
                rows = self.versions.setdefault(path.stem, [])
                rows += [version(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]

    def latest(self, table: str) -> list[Version]:
        """The newest version of every id; the same moment twice has to be the same resource."""
        newest: dict[str, Version] = {}
        for row in self.versions[table]:
            other = newest.get(row.id)
            if other is None or row.loaded_at > other.loaded_at:
                newest[row.id] = row
            elif row.loaded_at == other.loaded_at and row.resource != other.resource:
                raise ValueError(f"{table} {row.id}: two versions at {row.loaded_at}, and nothing says which is newer")
        return list(newest.values())


def version(line: str) -> Version:
    """A line of NDJSON."""
    row = json.loads(line, parse_float=Decimal)
    return Version(row["id"], row["resource"], datetime.fromisoformat(row["_airbyte_extracted_at"]))


@dataclass(frozen=True)
class Question:
    """A row of the questionnaire metadata that stands for a question."""

    linkid: str
    column: str
    type: str
    category: str


@dataclass
class Form:
    """A questionnaire: its table, its canonical reference, its questions."""

    table: str
    questionnaire: str
    questions: list[Question]


def forms(metadata: Path) -> list[Form]:
    """Every questionnaire of the metadata; header columns have no linkid and are left out."""
    found: dict[str, Form] = {}
    with metadata.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            form = found.setdefault(row["table"], Form(row["table"], row["questionnaire"], []))
            if row["linkid"]:
                form.questions.append(Question(row["linkid"], row["column"], row["type"], row["category"]))
    return list(found.values())


# --- reading FHIR -----------------------------------------------------------------------


def at(value: Json, *path: str | int) -> Json:
    """A value inside a resource; None where the way ends early."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def first(items: Json, holds: Callable[[Json], bool]) -> Json:
    """The first item of a list that holds; None when there is none."""
    return next((item for item in items or [] if holds(item)), None)


def reference(value: Json, *path: str | int) -> str | None:
    """The id that a reference ends in."""
    text = at(value, *path, "reference")
    return text.rsplit("/", 1)[-1] or None if text is not None else None


DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?")


def day(text: str | None) -> date | None:
    """The day a FHIR date starts; a moment's own day, whatever its zone; None for what is no date."""
    parts = DATE.fullmatch(text) if text is not None else None
    if parts is None:
        return None
    year, month, day_ = (int(part) if part else 1 for part in parts.groups())
    if year < 1 or not 1 <= month <= 12 or not 1 <= day_ <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day_)


def moment(text: str | None) -> datetime | None:
    """The moment a FHIR dateTime says, in UTC; of a date its first."""
    if text is None:
        return None
    if "T" not in text:
        start = day(text)
        return datetime(start.year, start.month, start.day, tzinfo=UTC) if start else None
    said = datetime.fromisoformat(text)
    return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)


def completed_years(born: date | None, on: date) -> int | None:
    """Completed years on a day; None before birth."""
    if born is None or born > on:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
