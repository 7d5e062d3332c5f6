"""What the EMR analytics example has to come to, computed in plain Python from its sample data."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

RUN_DATE = "2025-01-07"
KEY = "pipec-throw-away-key"
SECRETS = {"PSEUDONYM_KEY": KEY}
SMALLEST = 11
# The restricted ZIP areas of HHS's guidance: those of the sample data among them.
SPARSE = {"036"}


def read(data: Path, name: str) -> list[Row]:
    """The rows of a file, as delivered; an empty field is NULL."""
    with (data / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{column: value or None for column, value in row.items()} for row in csv.DictReader(file)]


def latest(rows: list[Row], *key: str) -> list[Row]:
    """The last delivered version of each thing."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        of = tuple(row[k] for k in key)
        if of not in found or row["ingested_at"] > found[of]["ingested_at"]:
            found[of] = row
    return list(found.values())


def token(value: str) -> str:
    """What stands for an identifier among analysts (RFC 2104)."""
    return hmac.new(KEY.encode(), b"analysts\x1f" + value.encode(), hashlib.sha256).hexdigest()[:32]


def moment(text: str | None) -> datetime | None:
    """A moment in UTC."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def day(text: str | None) -> date | None:
    """A day, of a date or a moment in UTC."""
    return None if text is None else date.fromisoformat(text[:10])


def age(born: str) -> int:
    """Completed years on the first of January; 90 means that or more."""
    today, birth = date(int(RUN_DATE[:4]), 1, 1), date.fromisoformat(born)
    return min(90, today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day)))


def group(years: int) -> str:
    """The age groups of the dashboard."""
    return next(name for limit, name in ((18, "0-17"), (35, "18-34"), (50, "35-49"), (65, "50-64"), (999, "65+")) if years < limit)


class Star:
    """Everything, layer by layer."""

    def __init__(self, data: Path) -> None:
        self.raw = {name: read(data, name) for name in ("patients", "organizations", "providers", "encounters", "conditions", "medications")}
        self.out: dict[str, list[Row]] = {}
        self.staging()
        self.intermediate()
        self.dimensions()
        self.facts()
        self.released()

    def staging(self) -> None:
        """Types and names."""
        at = lambda row: {"ingested_at": moment(row["ingested_at"])}  # noqa: E731
        self.out["stg_patients"] = [
            {"patient_id": p["id"], "birth_date": day(p["birthdate"]), "death_date": day(p["deathdate"]), "first_name": p["first"], "last_name": p["last"]}
            | {c: p[c] for c in ("race", "ethnicity", "gender", "city", "state", "zip")} | at(p)
            for p in self.raw["patients"]
        ]
        self.out["stg_organizations"] = [
            {"organization_id": o["id"], "organization_name": o["name"], "city": o["city"], "state": o["state"], "zip": o["zip"]} | at(o) for o in self.raw["organizations"]
        ]
        self.out["stg_providers"] = [
            {"provider_id": p["id"], "organization_id": p["organization"], "provider_name": p["name"], "specialty": p["speciality"]} | at(p) for p in self.raw["providers"]
        ]
        self.out["stg_encounters"] = [
            {"encounter_id": e["id"], "patient_id": e["patient"], "organization_id": e["organization"], "provider_id": e["provider"], "encounter_class": e["encounterclass"],
             "started_at": moment(e["start"]), "stopped_at": moment(e["stop"]), "encounter_code": e["code"], "encounter_description": e["description"],
             "base_cost": Decimal(e["base_encounter_cost"]), "total_cost": Decimal(e["total_claim_cost"]), "reason_code": e["reasoncode"],
             "reason_description": e["reasondescription"]} | at(e)
            for e in self.raw["encounters"]
        ]
        self.out["stg_conditions"] = [
            {"patient_id": c["patient"], "encounter_id": c["encounter"], "condition_code": c["code"], "description": c["description"], "started_on": day(c["start"]),
             "resolved_on": day(c["stop"])} | at(c)
            for c in self.raw["conditions"]
        ]
        self.out["stg_medications"] = [
            {"patient_id": m["patient"], "encounter_id": m["encounter"], "medication_code": m["code"], "description": m["description"], "started_at": moment(m["start"]),
             "stopped_at": moment(m["stop"]), "base_cost": Decimal(m["base_cost"]), "dispenses": int(m["dispenses"]), "reason_code": m["reasoncode"],
             "reason_description": m["reasondescription"]} | at(m)
            for m in self.raw["medications"]
        ]

    def intermediate(self) -> None:
        """One row per thing, with what one row can tell."""
        out = self.out
        out["int_patients"] = [p | {"is_deceased": p["death_date"] is not None} for p in latest(out["stg_patients"], "patient_id")]
        out["int_organizations"] = latest(out["stg_organizations"], "organization_id")
        out["int_providers"] = latest(out["stg_providers"], "provider_id")
        out["int_encounters"] = [
            e | {"started_on": e["started_at"].date(), "stay_days": e["stopped_at"] and (e["stopped_at"].date() - e["started_at"].date()).days,
                 "is_inpatient": e["encounter_class"] == "inpatient"}
            for e in latest(out["stg_encounters"], "encounter_id")
        ]
        out["int_conditions"] = [c | {"is_active": c["resolved_on"] is None} for c in latest(out["stg_conditions"], "encounter_id", "condition_code")]
        out["int_medications"] = [m | {"total_cost": m["base_cost"] * m["dispenses"]} for m in latest(out["stg_medications"], "encounter_id", "medication_code")]

    def dimensions(self) -> None:
        """Four of them."""
        out = self.out
        born = {p["id"]: age(p["birthdate"]) for p in self.raw["patients"]}
        columns = ("patient_id", "first_name", "last_name", "birth_date", "death_date", "is_deceased", "gender", "race", "ethnicity", "city", "state", "zip")
        out["dim_patients"] = [{c: p[c] for c in columns} | {"age": born[p["patient_id"]], "age_group": group(born[p["patient_id"]])} for p in out["int_patients"]]
        out["dim_organizations"] = [{c: o[c] for c in ("organization_id", "organization_name", "city", "state", "zip")} for o in out["int_organizations"]]
        for name, key in (("conditions", "condition_code"), ("medications", "medication_code")):
            kinds = {row[key]: row["description"] for row in out[f"stg_{name}"]}
            out[f"dim_{name}"] = [{key: code, "description": text} for code, text in kinds.items()]

    def facts(self) -> None:
        """Six of them."""
        out = self.out
        visit = {e["encounter_id"]: e for e in out["int_encounters"]}
        specialty = {p["provider_id"]: p["specialty"] for p in out["int_providers"]}
        where = lambda row: {"organization_id": visit[row["encounter_id"]]["organization_id"]}  # noqa: E731
        out["fact_patient_conditions"] = [
            {c: row[c] for c in ("encounter_id", "condition_code", "patient_id", "started_on", "resolved_on", "is_active")} | where(row) for row in out["int_conditions"]
        ]
        out["fact_patient_medications"] = [
            {c: row[c] for c in ("encounter_id", "medication_code", "patient_id", "started_at", "stopped_at", "dispenses", "total_cost", "reason_code")} | where(row)
            for row in out["int_medications"]
        ]
        columns = ("encounter_id", "patient_id", "organization_id", "provider_id", "encounter_class", "started_at", "stopped_at", "started_on", "stay_days", "is_inpatient",
                   "total_cost", "reason_code")
        out["fact_patient_encounters"] = [{c: e[c] for c in columns} | {"specialty": specialty[e["provider_id"]]} for e in out["int_encounters"]]
        out["fact_patient_encounter_readmissions"] = self.readmissions()
        months: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for e in out["fact_patient_encounters"]:
            months[e["started_on"].replace(day=1), e["organization_id"], e["specialty"], e["encounter_class"]].append(e)
        out["fact_patient_encounters_by_month"] = [
            {"month": m, "organization_id": o, "specialty": s, "encounter_class": c, "encounters": len(rows), "patients": len({e["patient_id"] for e in rows}),
             "total_cost": sum(e["total_cost"] for e in rows)}
            for (m, o, s, c), rows in months.items()
        ]
        out["fact_top_medications_by_patient_age_group"] = self.top()

    def readmissions(self) -> list[Row]:
        """Stays in order, each beside the one before."""
        stays: dict[str, list[Row]] = defaultdict(list)
        for e in self.out["fact_patient_encounters"]:
            if e["is_inpatient"] and e["stopped_at"] is not None:
                stays[e["patient_id"]].append(e)
        found = []
        for rows in stays.values():
            before = None
            for e in sorted(rows, key=lambda e: (e["started_at"], e["encounter_id"])):
                since = None if before is None else (e["started_at"].date() - before.date()).days
                found.append({c: e[c] for c in ("encounter_id", "patient_id", "organization_id", "started_at", "stopped_at", "stay_days")}
                             | {"previous_stopped_at": before, "days_since_discharge": since, "is_readmission": since is not None and 0 <= since <= 30})
                before = e["stopped_at"]
        return found

    def top(self) -> list[Row]:
        """The ten most given medications of each age group."""
        text = {m["medication_code"]: m["description"] for m in self.out["dim_medications"]}
        groups = {p["patient_id"]: p["age_group"] for p in self.out["dim_patients"]}
        given: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for m in self.out["fact_patient_medications"]:
            given[groups[m["patient_id"]]][m["medication_code"]].append(m["patient_id"])
        found = []
        for name, codes in given.items():
            ranked = sorted(codes.items(), key=lambda item: (-len(set(item[1])), -len(item[1]), item[0]))[:10]
            found += [{"age_group": name, "place": n, "medication_code": code, "description": text[code], "patients": len(set(who)), "prescriptions": len(who)}
                      for n, (code, who) in enumerate(ranked, start=1)]
        return found

    def released(self) -> None:
        """What analysts and the dashboard see."""
        out = self.out
        text = {m["medication_code"]: m["description"] for m in out["dim_medications"]}
        area = lambda code: None if code is None else "000" if code[:3] in SPARSE else code[:3]  # noqa: E731
        out["dim_patients_anon"] = [
            {"patient_id": token(p["patient_id"]), "first_name": "REDACTED", "last_name": "REDACTED", "is_deceased": p["is_deceased"], "gender": p["gender"], "race": p["race"],
             "ethnicity": p["ethnicity"], "city": "REDACTED", "state": p["state"], "zip": area(p["zip"]),
             "age_band": "90+" if p["age"] >= 90 else f"{p['age'] // 10 * 10}-{p['age'] // 10 * 10 + 9}"}
            for p in out["dim_patients"]
        ]
        kept = ("organization_id", "specialty", "encounter_class", "is_inpatient", "total_cost", "reason_code")
        out["fact_patient_encounters_anon"] = [
            {"encounter_id": token(e["encounter_id"]), "patient_id": token(e["patient_id"]), "provider_id": token(e["provider_id"]), "year": e["started_at"].year} | {c: e[c] for c in kept}
            for e in out["fact_patient_encounters"]
        ]
        out["prescriptions"] = [
            {"patient_id": m["patient_id"], "organization_id": m["organization_id"], "medication": text[m["medication_code"]], "day": m["started_at"].date()}
            for m in out["fact_patient_medications"]
        ]
        cells: dict[tuple[date, str], set[str]] = defaultdict(set)
        for p in out["prescriptions"]:
            cells[p["day"].replace(month=1, day=1), p["medication"]].add(p["patient_id"])
        out["fct_prescribing"] = [
            {"metric_id": "patients_medicated", "unit": "count", "grain": "year", "period_date": year, "medication": name, "value": len(who)}
            for (year, name), who in cells.items() if len(who) >= SMALLEST
        ]


def expected(data: Path) -> dict[str, list[Row]]:
    """Every relation."""
    return Star(data).out


def identifying(data: Path) -> set[str]:
    """Values that analysts and the dashboard see nowhere."""
    rows = read(data, "patients"), read(data, "encounters")
    found = {value for p in rows[0] for value in (p["id"], p["first"], p["last"], p["birthdate"], p["ssn"], p["address"], p["city"]) if value}
    return found | {e[c] for e in rows[1] for c in ("id", "start", "provider") if e[c]}
