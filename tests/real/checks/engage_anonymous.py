"""Search the de-identified tables of the Engage example for what must not be in them.

Sensitive are the names, telecoms, e-mails, ids, birth dates, addresses and free texts of the
sources, in resources and in answers. A cell may hold none of them; of a phone the last four
digits. Cells that only hold words from the public vocabulary (choices of questions,
institutions, codes) are no find, even where a clinic and a client share a name.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import shared

import judge
from engage_expected import Engage
from engage_source import Json, at

SHORTEST = 4
EXPORTED = re.compile(r"qr_\w+_anon|patient_anon|encounters_anon|practitioners_anon|organizations")
SECRET = {"name", "phone", "email", "street_address", "city", "zip", "plan_id", "record_id", "free_text", "birth_date", "provider_name"}
DATE = re.compile(r"\b(19|20)\d\d-[01]\d-[0-3]\d\b")


class Sources:
    """What must not be found, and what may."""

    def __init__(self, engage: Engage, metadata: Path) -> None:
        self.engage = engage
        self.secrets: dict[str, str] = {}
        self.public = {"female", "male", "other", "unknown"}  # what FHIR lets a gender be
        for table, rows in engage.source.versions.items():
            for row in rows:
                self._add(f"id of {table}", row.id)
                self._resource(row.resource)
        self._answers()
        with metadata.open(newline="", encoding="utf-8") as file:
            for question in csv.DictReader(file):
                self.public |= set(question["options"].split("|"))
        for row in engage.models["stg_organization"]:
            self.public |= {row["id"], row["name"], row["kind"]}
            self.secrets.pop(row["id"], None)

    def _add(self, what: str, value: Any) -> None:
        if isinstance(value, str) and len(value.strip()) >= SHORTEST:
            self.secrets.setdefault(value.strip(), what)

    def _resource(self, resource: Json) -> None:
        kind = resource["resourceType"]
        if kind in ("Patient", "Practitioner"):
            for name in resource.get("name", []):
                for part in (name.get("family"), name.get("text"), *name.get("given", [])):
                    self._add(f"name of a {kind}", part)
            for telecom in resource.get("telecom", []):
                self._add(f"{telecom['system']} of a {kind}", telecom["value"])
            for identifier in resource.get("identifier", []):
                self._add(f"identifier of a {kind}", identifier["value"])
            for address in resource.get("address", []):
                for part in (*address.get("line", []), address.get("city"), address.get("postalCode")):
                    self._add("address", part)
            self._add("birth date", resource.get("birthDate"))
        for what, path in (("description", ["description"]), ("reason", ["reasonCode", 0, "text"])):
            self._add(what, at(resource, *path) if kind != "Location" else None)

    def _answers(self) -> None:
        """Answers to questions whose category is sensitive; by linkId, whatever the form."""
        categories: dict[str, set[str]] = {}
        for form in self.engage.forms:
            for question in form.questions:
                categories.setdefault(question.linkid, set()).add(question.category)
        for answer in self.engage.models["int_qr_answers_long"]:
            found = categories.get(answer["linkid"], set())
            if found and found <= SECRET:
                self._add(f"answer to {answer['linkid']}", answer["answer"])
            elif answer["answer"] and found & {"organization", "public"}:
                self.public.add(answer["answer"])


def cells(dump: dict[str, list[shared.Texts]]) -> Iterator[tuple[str, str, str]]:
    """Every cell that is not NULL, with its table and column."""
    for table, rows in dump.items():
        for row in rows:
            for column, value in row.items():
                if value is not None:
                    yield table, column, value


def search(dump: dict[str, list[shared.Texts]], sources: Sources, report: judge.Report) -> int:
    """Look into every cell; how many there were."""
    parts = sorted(map(re.escape, sources.secrets), key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)")
    seen: dict[str, bool] = {}
    finds: dict[tuple[str, str, str], int] = {}
    count = 0
    for table, column, value in cells(dump):
        count += 1
        if value not in seen:
            found = pattern.search(value) or DATE.search(value)
            seen[value] = value not in sources.public and found is not None
        if seen[value]:
            what = pattern.search(value)
            key = (table, column, sources.secrets[what.group()] if what else "a whole date")
            finds[key] = finds.get(key, 0) + 1
    for (table, column, what), times in list(finds.items())[:30]:
        report.problem(f"{table}.{column} holds: {what}, in {times} rows.")
    return count


def tokens(dump: dict[str, list[shared.Texts]], engage: Engage, report: judge.Report) -> int:
    """Every pseudonym is the HMAC of an id of the sources; how many different ones there are."""
    known = {engage.token(row.id) for rows in engage.source.versions.values() for row in rows}
    known |= {engage.token(answer["answer"]) for answer in engage.models["int_qr_answers_long"]}
    columns = {"id", "qr_id", "subject_id", "subject_patient_id", "encounter_id", "practitioner_id", "author_practitioner_id"}
    found = set()
    for table, column, value in cells(dump):
        if column in columns and table != "organizations":
            found.add(value)
            if value not in known:
                report.problem(f"{table}.{column} holds a value that is no pseudonym of any id.")
                return len(found)
    return len(found)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("--dump", required=True, metavar="DIR", type=judge.existing)
    add("--data", required=True, action="append", metavar="DIR", type=judge.existing)
    add("--metadata", required=True, metavar="CSV", type=judge.existing)
    add("--key", required=True)
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("engage_anonymous")
    started = time.monotonic()
    engage = Engage(options.data, options.metadata, date(2025, 6, 30), options.key.encode())
    sources = Sources(engage, options.metadata)
    dump = {name: rows for name, rows in shared.read_dump(options.dump).items() if EXPORTED.fullmatch(name)}
    if len(dump) != 40:
        report.problem(f"{len(dump)} tables are de-identified, and 40 are expected.")
    report.facts |= {"cells": search(dump, sources, report), "secrets": len(sources.secrets), "tokens": tokens(dump, engage, report)}
    report.timed("search", started)
    report.write(options.out)
    summary = "{secrets} sensitive values in none of {cells} cells, {tokens} pseudonyms recomputed"
    return report.conclude(summary.format(**report.facts))


if __name__ == "__main__":
    judge.judge(main)
