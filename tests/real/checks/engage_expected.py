"""What the Engage example has to come to, computed in plain Python from its sample data.

Every model but the metrics (those are in `engage_metrics.py`), as rows of Python values.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engage_source import Form, Json, Resource, Source, at, completed_years, day, first, forms, moment, reference

Row = dict[str, Any]


class JsonColumn:
    """A column that stays JSON."""

    def __init__(self, value: Json) -> None:
        self.value = value


class Engage:
    """The whole warehouse; `models` maps names to rows."""

    def __init__(self, folders: list[Path], metadata: Path, run_date: date, key: bytes) -> None:
        self.source = Source(folders)
        self.forms = forms(metadata)
        self.run_date = run_date
        self.key = key
        self.models: dict[str, list[Row]] = {}
        self._staging()
        self._intermediate()
        self._marts()
        for form in self.forms:
            self.models[form.table] = self._answers_of(form)
            self.models[f"{form.table}_anon"] = [self._masked_answers(form, row) for row in self.models[form.table]]
        self._masked_resources()

    # --- staging ------------------------------------------------------------------------

    def _staging(self) -> None:
        readers = {
            "patient": _patient,
            "encounter": _encounter,
            "questionnaire_response": _response,
            "care_plan": _care_plan,
            "task": _task,
            "observation": _observation,
            "practitioner": _practitioner,
            "practitioner_role": _practitioner_role,
            "organization": _organization,
            "organization_affiliation": _affiliation,
            "location": _location,
            "care_team": _care_team,
        }
        for table, read in readers.items():
            rows = [{"id": v.id, **read(v.resource), "loaded_at": v.loaded_at} for v in self.source.latest(table)]
            self.models[f"stg_{table}"] = rows

    # --- intermediate -------------------------------------------------------------------

    def _intermediate(self) -> None:
        membership: dict[str, tuple[tuple[datetime, str], str | None]] = {}
        for team in self.models["stg_care_team"]:
            for member in team["members"].value or []:
                who = reference(member, "member")
                rank = (-team["loaded_at"].timestamp(), team["id"])
                if who is not None and (who not in membership or rank < membership[who][0]):
                    membership[who] = (rank, team["organization_id"])
        role: dict[str, tuple[tuple[float, str], Row]] = {}
        for held in self.models["stg_practitioner_role"]:
            rank = (-held["loaded_at"].timestamp(), held["id"])
            who = held["practitioner_id"]
            if held["active"] and who is not None and (who not in role or rank < role[who][0]):
                role[who] = (rank, held)
        rows = []
        for person in self.models["stg_practitioner"]:
            _, team_organization = membership.get(person["id"], (None, None))
            _, current = role.get(person["id"], (None, {}))
            organization = team_organization if team_organization is not None else current.get("organization_id")
            rows.append({"practitioner_id": person["id"], "organization_id": organization, "role": current.get("role")})
        self.models["int_practitioner_organization"] = rows
        self.workplace = {row["practitioner_id"]: row["organization_id"] for row in rows}
        self.role = {row["practitioner_id"]: row["role"] for row in rows}
        self._headers()
        self.models["int_qr_answers_long"] = [
            {"qr_id": response["id"], **row}
            for response in self.models["stg_questionnaire_response"]
            for row in _answers(response["items"].value)
        ]

    def _headers(self) -> None:
        rows = []
        for response in self.models["stg_questionnaire_response"]:
            if response["status"] not in ("completed", "amended"):
                continue
            author = response["author_id"] if response["author_id"] in self.workplace else None
            rows.append(
                {
                    "qr_id": response["id"],
                    "questionnaire_id": response["questionnaire_id"],
                    "subject_patient_id": response["subject_id"],
                    "encounter_id": response["encounter_id"],
                    "author_practitioner_id": author,
                    "organization_id": self.workplace.get(author),
                    "authored_on": response["authored_on"],
                }
            )
        self.models["int_qr_header"] = rows

    # --- marts --------------------------------------------------------------------------

    def _at_work(self, staging: str, who: str, columns: str) -> list[Row]:
        """A staging model with the practitioner and the organization they work for."""
        rows = []
        for row in self.models[staging]:
            known = row[who] if row[who] in self.workplace else None
            kept = {column: row[column] for column in columns.split()}
            rows.append(kept | {"practitioner_id": known, "organization_id": self.workplace.get(known)})
        return rows

    def _marts(self) -> None:
        models = self.models
        columns = "id status class_code service reason subject_id encounter_date period_start period_end"
        encounters = self._at_work("stg_encounter", "practitioner_id", columns)
        models["encounters"] = [row for row in encounters if row["status"] not in (None, "entered-in-error")]
        models["care_plans"] = self._at_work("stg_care_plan", "author_id", "id status title description subject_id created_on")
        columns = "id status code name description subject_id authored_on modified_on"
        models["tasks"] = self._at_work("stg_task", "owner_id", columns)
        kept = "id code subject_id response_id observed_on score".split()
        standing = (row for row in models["stg_observation"] if row["status"] in ("final", "amended", "corrected"))
        models["observations"] = [{column: row[column] for column in kept} for row in standing]
        models["organizations"] = [{c: row[c] for c in ("id", "name", "kind", "active")} for row in models["stg_organization"]]
        models["practitioners"] = [
            {c: row[c] for c in ("id", "active", "family", "given", "phone", "email")}
            | {"organization_id": self.workplace.get(row["id"]), "role": self.role.get(row["id"])}
            for row in models["stg_practitioner"]
        ]
        self._patients()
        self._places()

    def _patients(self) -> None:
        latest: dict[str, tuple[tuple[bool, float, str], Row]] = {}
        for visit in self.models["encounters"]:
            start = visit["period_start"]
            rank = (start is None, -start.timestamp() if start else 0.0, visit["id"])
            who = visit["subject_id"]
            if who is not None and (who not in latest or rank < latest[who][0]):
                latest[who] = (rank, visit)
        rows = []
        for person in self.models["stg_patient"]:
            _, visit = latest.get(person["id"], (None, {}))
            age = completed_years(person["birth_date"], self.run_date)
            row = {name: value for name, value in person.items() if name != "loaded_at"}
            row |= {"age_years": None if age is None else min(90, age)}
            row |= {"organization_id": visit.get("organization_id"), "practitioner_id": visit.get("practitioner_id")}
            rows.append(row)
        self.models["patient"] = rows

    def _places(self) -> None:
        at_work: dict[str, list[str | None]] = defaultdict(list)
        for affiliation in self.models["stg_organization_affiliation"]:
            at_work[affiliation["location_id"]].append(affiliation["organization_id"])
        self.models["locations"] = [
            {name: value for name, value in place.items() if name != "loaded_at"} | {"organization_id": organization}
            for place in self.models["stg_location"]
            for organization in at_work.get(place["id"], [None])
        ]
        self.models["care_teams"] = [
            {
                **{c: team[c] for c in ("id", "name", "status", "organization_id")},
                "member_type": at(member, "member", "reference").split("/")[0],
                "member_id": reference(member, "member"),
            }
            for team in self.models["stg_care_team"]
            for member in team["members"].value or []
        ]

    # --- questionnaires -----------------------------------------------------------------

    def _answers_of(self, form: Form) -> list[Row]:
        """One row per response that counts; of several answers to a question the greatest."""
        answers: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for answer in self.models["int_qr_answers_long"]:
            answers[answer["qr_id"]][answer["linkid"]].append(answer)
        field = {"text": "answer", "date": "answer_date", "number": "answer_number", "boolean": "answer_flag"}
        rows = []
        for header in self.models["int_qr_header"]:
            if header["questionnaire_id"] != form.questionnaire:
                continue
            row = {name: value for name, value in header.items() if name != "questionnaire_id"}
            for question in form.questions:
                given = [a[field[question.type]] for a in answers[header["qr_id"]][question.linkid]]
                row[question.column] = max((g for g in given if g is not None), default=None)
            rows.append(row)
        return rows

    # --- masks --------------------------------------------------------------------------

    def token(self, value: str | None) -> str | None:
        """The pseudonym of an id, as RFC 2104 has it."""
        if not value:
            return None
        return hmac.new(self.key, b"anon\x1f" + value.encode(), hashlib.sha256).hexdigest()[:32]

    def _band(self, born: date | None) -> str | None:
        age = completed_years(born, date(self.run_date.year, 1, 1))
        if age is None:
            return None
        return "90+" if age >= 90 else f"{age // 5 * 5}-{age // 5 * 5 + 4}"

    def masked(self, category: str, column: str, value: Any) -> tuple[str, Any]:
        """A column's name and value after the masking `deidentify`."""
        if category in ("record_id", "provider_id"):
            return column, self.token(value)
        if category == "birth_date":
            return "age_band", self._band(value)
        if category == "service_date":
            return column, value.year if value is not None else None
        if category == "phone":
            return column, keep_last_four(value)
        if category == "zip":
            return column, zip3(value)
        return column, "REDACTED" if category in REDACTED and value is not None else value

    def _masked_row(self, row: Row, categories: dict[str, str]) -> Row:
        return dict(self.masked(categories.get(column, ""), column, value) for column, value in row.items())

    def _masked_answers(self, form: Form, row: Row) -> Row:
        header = {"qr_id": "record_id", "subject_patient_id": "record_id", "encounter_id": "record_id"}
        header |= {"author_practitioner_id": "provider_id", "authored_on": "service_date"}
        return self._masked_row(row, header | {q.column: q.category for q in form.questions})

    def _masked_resources(self) -> None:
        categories = {
            "patient": (
                "id record_id, practitioner_id provider_id, family name, given name, phone phone, email email, "
                "street_address street_address, city city, zip zip, medicaid_number plan_id, birth_date birth_date",
                {"registration_date", "age_years"},
            ),
            "encounters": (
                "id record_id, subject_id record_id, practitioner_id provider_id, reason free_text, encounter_date service_date",
                {"period_start", "period_end"},
            ),
            "practitioners": (
                "id provider_id, family provider_name, given provider_name, phone provider_contact, email provider_contact",
                set(),
            ),
        }
        for model, (listed, dropped) in categories.items():
            by_column = dict(pair.split() for pair in listed.split(","))
            kept = [{c: v for c, v in row.items() if c not in dropped} for row in self.models[model]]
            self.models[f"{model}_anon"] = [self._masked_row(row, by_column) for row in kept]


REDACTED = {"name", "provider_name", "provider_contact", "email", "street_address", "city", "plan_id", "free_text"}
THIN = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split()


def keep_last_four(text: str | None) -> str | None:
    """The last four characters; before them X for all but blanks and punctuation of phone numbers."""
    if text is None:
        return None
    if len(text) < 8:
        return "REDACTED"
    return re.sub(r"[^ ()+./-]", "X", text[:-4]) + text[-4:]


def zip3(text: str | None) -> str | None:
    """Three digits of an American code, 000 for a thinly peopled area, None for anything else."""
    trimmed = text.strip(" ") if text is not None else ""
    if not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", trimmed):
        return None
    return "000" if trimmed[:3] in THIN else trimmed[:3]


# --- one reader per resource ------------------------------------------------------------


def _patient(r: Resource) -> Row:
    names, telecom, addresses = at(r, "name"), at(r, "telecom"), at(r, "address")
    official = first(names, lambda n: n.get("use") == "official")
    family, given = at(official, "family"), at(official, "given", 0)
    mobile = first(telecom, lambda t: t.get("system") == "phone" and t.get("use") == "mobile")
    current = first(telecom, lambda t: t.get("system") == "phone" and t.get("use") != "old")
    home = first(addresses, lambda a: a.get("use") != "old")
    deceased = r.get("deceasedBoolean")
    return {
        "active": r.get("active"),
        "gender": r.get("gender"),
        "birth_date": day(r.get("birthDate")),
        "deceased": deceased if deceased is not None else "deceasedDateTime" in r,
        "family": family if family is not None else at(names, 0, "family"),
        "given": given if given is not None else at(names, 0, "given", 0),
        "phone": at(mobile, "value") if at(mobile, "value") is not None else at(current, "value"),
        "email": at(first(telecom, lambda t: t.get("system") == "email"), "value"),
        "street_address": at(home, "line", 0),
        "city": at(home, "city"),
        "state": at(home, "state"),
        "zip": at(home, "postalCode"),
        "medicaid_number": at(first(at(r, "identifier"), lambda i: i.get("system") == "urn:engage:medicaid"), "value"),
        "registration_date": day(at(first(at(r, "identifier"), lambda i: i.get("use") == "official"), "period", "start")),
    }


def _encounter(r: Resource) -> Row:
    start = at(r, "period", "start")
    return {
        "status": r.get("status"),
        "class_code": at(r, "class", "code"),
        "service": at(r, "serviceType", "coding", 0, "display"),
        "reason": at(r, "reasonCode", 0, "text"),
        "subject_id": reference(r, "subject"),
        "practitioner_id": reference(r, "participant", 0, "individual"),
        "encounter_date": day(start[:10] if start else None),
        "period_start": moment(start),
        "period_end": moment(at(r, "period", "end")),
    }


def _response(r: Resource) -> Row:
    return {
        "status": r.get("status"),
        "questionnaire_id": r["questionnaire"].split("|")[0],
        "subject_id": reference(r, "subject"),
        "encounter_id": reference(r, "encounter"),
        "author_id": reference(r, "author"),
        "authored_on": day(r["authored"][:10]),
        "items": JsonColumn(r.get("item")),
    }


def _care_plan(r: Resource) -> Row:
    row = {name: r.get(name) for name in ("status", "title", "description")}
    created = r.get("created")
    row |= {"subject_id": reference(r, "subject"), "author_id": reference(r, "author")}
    return row | {"created_on": day(created[:10] if created else None)}


def _task(r: Resource) -> Row:
    return {
        "status": r.get("status"),
        "code": at(r, "code", "coding", 0, "code"),
        "name": at(r, "code", "coding", 0, "display"),
        "description": r.get("description"),
        "subject_id": reference(r, "for"),
        "owner_id": reference(r, "owner"),
        "authored_on": day(r["authoredOn"][:10]),
        "modified_on": day(r["lastModified"][:10]),
    }


def _observation(r: Resource) -> Row:
    integer = r.get("valueInteger")
    return {
        "status": r.get("status"),
        "code": at(r, "code", "coding", 0, "code"),
        "subject_id": reference(r, "subject"),
        "response_id": reference(r, "derivedFrom", 0),
        "observed_on": day(r["effectiveDateTime"][:10]),
        "score": Decimal(integer) if integer is not None else at(r, "valueQuantity", "value"),
    }


def _practitioner(r: Resource) -> Row:
    telecom = at(r, "telecom")
    return {
        "active": r.get("active", True),
        "family": at(r, "name", 0, "family"),
        "given": at(r, "name", 0, "given", 0),
        "phone": at(first(telecom, lambda t: t.get("system") == "phone"), "value"),
        "email": at(first(telecom, lambda t: t.get("system") == "email"), "value"),
    }


def _practitioner_role(r: Resource) -> Row:
    return {
        "active": r.get("active", True),
        "practitioner_id": reference(r, "practitioner"),
        "organization_id": reference(r, "organization"),
        "role": at(r, "code", 0, "coding", 0, "display"),
    }


def _organization(r: Resource) -> Row:
    return {"active": r.get("active", True), "name": r.get("name"), "kind": at(r, "type", 0, "coding", 0, "display")}


def _affiliation(r: Resource) -> Row:
    return {"organization_id": reference(r, "organization"), "location_id": reference(r, "location", 0)}


def _location(r: Resource) -> Row:
    return {
        "status": r.get("status"),
        "name": r.get("name"),
        "kind": at(r, "physicalType", "coding", 0, "display"),
        "street_address": at(r, "address", "line", 0),
        "city": at(r, "address", "city"),
        "state": at(r, "address", "state"),
        "zip": at(r, "address", "postalCode"),
        "part_of_id": reference(r, "partOf"),
    }


def _care_team(r: Resource) -> Row:
    row = {"status": r.get("status"), "name": r.get("name"), "organization_id": reference(r, "managingOrganization", 0)}
    return row | {"members": JsonColumn(r.get("participant"))}


def _answers(items: Json) -> list[Row]:
    """Every answer in a response's items, however deep: items lie in items, and under answers."""
    rows: list[Row] = []
    for item in items or []:
        for answer in item.get("answer", []):
            rows.append({"linkid": item["linkId"], **_answer(answer)})
            rows += _answers(answer.get("item"))
        rows += _answers(item.get("item"))
    return rows


def _answer(answer: Json) -> Row:
    numbers = [at(answer, "valueInteger"), at(answer, "valueDecimal"), at(answer, "valueQuantity", "value")]
    number = next((n for n in numbers if n is not None), None)
    when = at(answer, "valueDate") if at(answer, "valueDate") is not None else at(answer, "valueDateTime")
    flag = at(answer, "valueBoolean")
    texts = [at(answer, "valueCoding", "display"), at(answer, "valueString"), when]
    texts += [None if flag is None else str(flag).lower(), None if number is None else str(number)]
    text = next((t for t in texts if t is not None), None)
    return {
        "answer": (text.strip(" ") or None) if text is not None else None,
        "answer_date": day(when[:10]) if when is not None else None,
        "answer_number": None if number is None else Decimal(number),
        "answer_flag": flag,
    }


# --- as text ----------------------------------------------------------------------------


def as_text(value: Any) -> Any:
    """A value as the dumps of `pictures.py` write it; JSON is handed on."""
    import pictures

    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return utc.strftime("%Y-%m-%dT%H:%M:%S") + (f".{utc.microsecond:06d}" if utc.microsecond else "") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return pictures.canonical_number(str(value))
    if isinstance(value, JsonColumn):
        return None if value.value is None else pictures._json_text(value.value)  # noqa: SLF001
    raise TypeError(type(value))
