"""What the Medilink example has to come to, computed in plain Python from its sample data: before and after a late delivery."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

RUN_DATE = "2025-06-30"
TODAY = date.fromisoformat(RUN_DATE)
KEY = "pipec-throw-away-key"
SECRETS = {"PSEUDONYM_KEY": KEY}
SMALLEST = 11
# What an administrator runs before the first build; it makes the tables that the sample data go into.
FIRST = ("_schemas.sql", "_setup.sql", "_access.sql", "_tables.sql")


def _table(**columns: str) -> dict[str, Any]:
    return {"schema": "landing", "columns": [[name, type_] for name, type_ in columns.items()], "own": True}


_HEAD = {"batch_id": "integer", "line": "integer"}
_WHO = {"facility_name": "text", "facility_state": "text", "facility_lga": "text", "first_name": "text", "last_name": "text"}
SCHEMA = {
    "facilities": _table(
        **_HEAD, name="text", state="text", lga="text", lat="numeric(9,4)", lon="numeric(9,4)", type="text", loaded_at="timestamp"
    ),
    "patients": _table(**_HEAD, **_WHO, sex="text", dob="date", phone="text", loaded_at="timestamp"),
    "medical_records": _table(
        **_HEAD, **_WHO, dob="date", record_type="text", recorded_at="timestamp", data="jsonb", loaded_at="timestamp"
    ),
    "triage_visits": _table(
        **_HEAD, **_WHO, dob="date", visited_at="timestamp", triage_level="integer", conditions="jsonb", recommendations="jsonb",
        loaded_at="timestamp",
    ),
    "announced_visits": {
        "schema": "medilink_intake",
        "columns": [
            ["announcement_id", "bigint"], ["patient_id", "bigint"], ["facility_id", "bigint"], ["triage_level", "integer"],
            ["expected_on", "date"], ["announced_at", "timestamptz"],
        ],
        "own": True,
    },
}  # fmt: skip

# What the APIs show, by their views: the relation, and the columns that are told (all, where none is named).
PLACES = ["facility_id", "name", "state", "lga", "lat", "lon", "category", "type"]
SHOWN: dict[str, tuple[str, list[str]]] = {
    "public_facilities": ("facilities", PLACES), "wards_patients": ("dim_patients", []), "wards_medical_records": ("fct_medical_records", []),
    "wards_triage_visits": ("fct_triage_visits", []), "wards_analytics_facility_stats": ("facility_performance", []),
}  # fmt: skip
TOLD = {"triage_stats", "public_analytics_triage_stats"}
SEEDS: set[str] = set()
ANONYMOUS = {"patients_anon", "triage_anon", "triage_stats", "public_facilities", "public_analytics_triage_stats"}
PRIORITY = {1: "Critical", 2: "High", 3: "Medium", 4: "Low", 5: "Low"}


READ = {
    "integer": int, "numeric(9,4)": Decimal, "date": date.fromisoformat, "timestamp": datetime.fromisoformat,
    "jsonb": json.loads, "text": str, "bigint": int, "timestamptz": datetime.fromisoformat,
}  # fmt: skip


def _rows(folders: list[Path], table: str) -> list[Row]:
    types = dict(SCHEMA[table]["columns"])
    found: list[Row] = []
    for folder in folders:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            found += [{n: READ[types[n]](text) if text else None for n, text in row.items()} for row in csv.DictReader(file)]
    return found


def _shown(rows: list[Row]) -> list[Row]:
    """Rows as a dump has them: moments as text, documents as JSON."""
    def value(v: Any) -> Any:
        if isinstance(v, datetime):
            return v.isoformat() + "Z"
        return v

    return [{name: value(v) for name, v in row.items()} for row in rows]


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _share(part: int, whole: int, places: int) -> Decimal | None:
    return _rounded(Decimal(part) / Decimal(whole), places) if whole else None


# --- what was uploaded, cleaned ---------------------------------------------------------


def _staged(folders: list[Path], out: dict[str, list[Row]]) -> None:
    kind = {"Hospital": "Secondary care", "Clinic": "Primary care", "Health Post": "Primary care"}
    out["stg_facilities"] = [
        {
            "batch_id": r["batch_id"], "line": r["line"], "name": r["name"].strip(), "state": r["state"].strip().upper(), "lga": r["lga"].strip(),
            "lat": r["lat"] if r["lat"] is not None and abs(r["lat"]) <= 90 else None,
            "lon": r["lon"] if r["lon"] is not None and abs(r["lon"]) <= 180 else None,
            "category": kind.get(r["type"], "Other"), "type": r["type"], "loaded_at": r["loaded_at"],
        }
        for r in _rows(folders, "facilities")
    ]  # fmt: skip

    def who(r: Row) -> Row:
        return {
            "batch_id": r["batch_id"], "line": r["line"], "facility_name": r["facility_name"].strip(),
            "facility_state": r["facility_state"].strip().upper(), "facility_lga": r["facility_lga"].strip(),
            "first_name": r["first_name"].strip(), "last_name": r["last_name"].strip(),
        }  # fmt: skip

    out["stg_patients"] = [
        who(r) | {"sex": {"F": "F", "M": "M"}.get((r["sex"] or "").strip()[:1].upper()), "dob": r["dob"], "phone": r["phone"], "loaded_at": r["loaded_at"]}
        for r in _rows(folders, "patients")
    ]
    said = ("diagnosis", "treatment", "medications", "notes")
    out["stg_medical_records"] = [
        who(r)
        | {"dob": r["dob"], "record_type": r["record_type"], "recorded_at": r["recorded_at"]}
        | {s: r["data"].get(s) for s in said}
        | {"loaded_at": r["loaded_at"]}
        for r in _rows(folders, "medical_records")
    ]
    out["stg_triage_visits"] = [
        who(r)
        | {
            "dob": r["dob"], "visited_at": r["visited_at"], "triage_level": r["triage_level"], "priority": PRIORITY.get(r["triage_level"]),
            "conditions": r["conditions"], "condition_count": len(r["conditions"]), "recommendation_count": len(r["recommendations"]),
            "loaded_at": r["loaded_at"],
        }
        for r in _rows(folders, "triage_visits")
    ]  # fmt: skip


# --- numbers that stay ------------------------------------------------------------------


def _numbered(rows: list[Row], key: tuple[str, ...], number: str, before: list[Row], columns: list[str]) -> list[Row]:
    """The latest version of each key, with the number it has had, or the next ones in the order of arrival."""
    latest: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda r: (r["batch_id"], r["line"])):
        latest[tuple(row[k] for k in key)] = row
    known = {tuple(row[k] for k in key): row[number] for row in before}
    greatest = max(known.values(), default=0)
    made = []
    for place, row in enumerate(sorted(latest.values(), key=lambda r: (r["batch_id"], r["line"])), start=1):
        has = known.get(tuple(row[k] for k in key))
        made.append({number: greatest + place if has is None else has} | {c: row[c] for c in columns})
    return made


def _core(out: dict[str, list[Row]], before: dict[str, list[Row]]) -> None:
    def earlier(table: str) -> list[Row]:
        return before.get(table, [])

    out["facilities"] = _numbered(
        out["stg_facilities"], ("name", "state", "lga"), "facility_id", earlier("facilities"),
        ["name", "state", "lga", "lat", "lon", "category", "type", "batch_id", "loaded_at"],
    )  # fmt: skip
    place = {(f["name"], f["state"], f["lga"]): f["facility_id"] for f in out["facilities"]}

    def at(row: Row) -> int | None:
        return place.get((row["facility_name"], row["facility_state"], row["facility_lga"]))

    registered = [r | {"facility_id": at(r)} for r in out["stg_patients"] if at(r) is not None and r["dob"] is not None]
    out["patients"] = _numbered(
        registered, ("facility_id", "first_name", "last_name", "dob"), "patient_id", earlier("patients"),
        ["facility_id", "first_name", "last_name", "sex", "dob", "phone", "batch_id", "loaded_at"],
    )  # fmt: skip
    person = {(p["facility_id"], p["first_name"], p["last_name"], p["dob"]): p["patient_id"] for p in out["patients"]}

    def of(row: Row) -> Row:
        return row | {"facility_id": at(row), "patient_id": person.get((at(row), row["first_name"], row["last_name"], row["dob"]))}

    records = [r for r in map(of, out["stg_medical_records"]) if r["patient_id"] is not None]
    out["medical_records"] = _numbered(
        records, ("patient_id", "record_type", "recorded_at"), "record_id", earlier("medical_records"),
        ["patient_id", "facility_id", "record_type", "recorded_at", "diagnosis", "treatment", "medications", "notes", "batch_id", "loaded_at"],
    )  # fmt: skip
    visits = [v for v in map(of, out["stg_triage_visits"]) if v["patient_id"] is not None and v["triage_level"] in PRIORITY]
    out["triage_visits"] = _numbered(
        visits, ("patient_id", "visited_at"), "visit_id", earlier("triage_visits"),
        ["patient_id", "facility_id", "visited_at", "triage_level", "priority", "conditions", "condition_count", "recommendation_count", "batch_id",
         "loaded_at"],
    )  # fmt: skip
    out["rejected_rows"] = [
        {"table_name": "patients", "batch_id": r["batch_id"], "line": r["line"], "reason": "no day of birth" if r["dob"] is None else "unknown facility"}
        for r in out["stg_patients"]
        if r["dob"] is None or at(r) is None
    ] + [
        {"table_name": "triage_visits", "batch_id": v["batch_id"], "line": v["line"], "reason": "no such level"}
        for v in out["stg_triage_visits"]
        if v["triage_level"] not in PRIORITY
    ]
    rejected = Counter((r["table_name"], r["batch_id"]) for r in out["rejected_rows"])
    staged = Counter((t, r["batch_id"]) for t in SCHEMA if SCHEMA[t]["schema"] == "landing" for r in out[f"stg_{t}"])
    out["etl_audit"] = [{"table_name": t, "batch_id": b, "processed": n, "rejected": rejected[t, b]} for (t, b), n in staged.items()]


# --- marts ------------------------------------------------------------------------------


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _by(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _facilities(out: dict[str, list[Row]]) -> None:
    people, visits, records = (_by(out[t], "facility_id") for t in ("patients", "triage_visits", "medical_records"))
    out["dim_facilities"], out["facility_performance"] = [], []
    for f in out["facilities"]:
        here = visits[f["facility_id"]]
        critical = sum(v["priority"] == "Critical" for v in here)
        out["dim_facilities"].append(
            {c: f[c] for c in ("facility_id", "name", "state", "lga", "lat", "lon", "category", "type")}
            | {
                "patient_count": len(people[f["facility_id"]]), "record_count": len(records[f["facility_id"]]), "visit_count": len(here),
                "critical_count": critical,
                "is_active": bool(here) and max(v["visited_at"] for v in here).date() >= TODAY - timedelta(days=30),
            }  # fmt: skip
        )
        months = {(v["visited_at"].year, v["visited_at"].month) for v in here}
        out["facility_performance"].append(
            {
                "facility_id": f["facility_id"], "name": f["name"], "state": f["state"], "visit_count": len(here),
                "volume": "High" if len(here) >= 150 else "Medium" if len(here) >= 50 else "Low",
                "average_level": _share(sum(v["triage_level"] for v in here), len(here), 2),
                "visits_per_month": _share(len(here), len(months), 1), "critical_share": _share(100 * critical, len(here), 1),
            }  # fmt: skip
        )


def _age_group(age: int) -> str:
    return next((name for limit, name in ((2, "Infant"), (13, "Child"), (18, "Adolescent"), (65, "Adult")) if age < limit), "Senior")


def _patients(out: dict[str, list[Row]]) -> None:
    visits, records = _by(out["triage_visits"], "patient_id"), _by(out["medical_records"], "patient_id")
    since = datetime(TODAY.year - 1, TODAY.month, TODAY.day)
    out["dim_patients"], out["patient_summary"] = [], []
    for p in out["patients"]:
        seen, recorded = visits[p["patient_id"]], records[p["patient_id"]]
        age, worst = _years(p["dob"], TODAY), min((v["triage_level"] for v in seen), default=None)
        full = f"{p['first_name']} {p['last_name']}"
        risk = "Low" if worst is None or worst > 3 else "High" if worst == 1 else "Medium"
        engagement = min(2 * len(seen) + len(recorded), 10)
        out["dim_patients"].append(
            {
                "patient_id": p["patient_id"], "facility_id": p["facility_id"], "first_name": p["first_name"], "last_name": p["last_name"],
                "full_name": full, "sex": p["sex"], "dob": p["dob"], "age": age, "age_group": _age_group(age), "phone": p["phone"],
                "phone_is_valid": bool(re.fullmatch(r"\+?[0-9]{10,14}", p["phone"] or "")), "record_count": len(recorded),
                "visit_count": len(seen), "last_visit_on": max((v["visited_at"].date() for v in seen), default=None), "risk": risk,
                "engagement": engagement,
            }  # fmt: skip
        )
        seen, recorded = [v for v in seen if v["visited_at"] >= since], [r for r in recorded if r["recorded_at"] >= since]
        found = sorted({r["diagnosis"] for r in recorded if r["diagnosis"]})
        out["patient_summary"].append(
            {
                "patient_id": p["patient_id"], "full_name": full, "age_group": _age_group(age), "risk": risk, "engagement": engagement,
                "record_count": len(recorded), "diagnoses": ", ".join(found) if found else None, "visit_count": len(seen),
                "critical_count": sum(v["triage_level"] == 1 for v in seen), "condition_count": sum(v["condition_count"] for v in seen),
            }  # fmt: skip
        )


def _facts(out: dict[str, list[Row]]) -> None:
    people, places = {p["patient_id"]: p for p in out["patients"]}, {f["facility_id"]: f for f in out["facilities"]}

    def around(row: Row) -> Row:
        person, place = people[row["patient_id"]], places[row["facility_id"]]
        return {"sex": person["sex"], "dob": person["dob"], "state": place["state"], "category": place["category"]}

    out["fct_medical_records"] = [
        {c: r[c] for c in ("record_id", "patient_id", "facility_id", "record_type", "recorded_at")}
        | {"recorded_on": r["recorded_at"].date(), "days_since_created": (TODAY - r["recorded_at"].date()).days}
        | {c: r[c] for c in ("diagnosis", "treatment", "medications", "notes")}
        | around(r)
        for r in out["medical_records"]
    ]
    out["fct_triage_visits"] = [
        {c: v[c] for c in ("visit_id", "patient_id", "facility_id")}
        | {"visited_on": v["visited_at"].date(), "hour_of_day": v["visited_at"].hour}
        | {c: v[c] for c in ("triage_level", "priority", "conditions", "condition_count", "recommendation_count")}
        | around(v)
        for v in out["triage_visits"]
    ]


def _analytics(out: dict[str, list[Row]]) -> None:
    count = Counter((v["visited_on"], v["priority"]) for v in out["fct_triage_visits"])
    first, out["triage_trends"] = min(day for day, _ in count), []
    days = [first + timedelta(days=n) for n in range((TODAY - first).days)]
    for priority in ("Critical", "High", "Medium", "Low"):
        visits = [count[d, priority] for d in days]
        for n, day in enumerate(days):
            week, last = visits[max(0, n - 6) : n + 1], visits[max(0, n - 13) : max(0, n - 6)]
            change = sum(week) - sum(last) if last else None
            out["triage_trends"].append(
                {"day": day, "priority": priority, "visits": visits[n], "mean_7_days": _share(sum(week), len(week), 2), "change_of_week": change}
            )
    worst = {p: min(v["triage_level"] for v in some) for p, some in _by(out["triage_visits"], "patient_id").items()}
    cases: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for r in out["fct_medical_records"]:
        if r["diagnosis"] is not None:
            cases[r["diagnosis"], r["state"]].append(r)
    out["condition_analysis"] = []
    for (diagnosis, state), some in cases.items():
        levels = [worst[r["patient_id"]] for r in some if r["patient_id"] in worst]
        out["condition_analysis"].append(
            {
                "diagnosis": diagnosis, "state": state, "cases": len(some), "patients": len({r["patient_id"] for r in some}),
                "average_worst": _share(sum(levels), len(levels), 2),
            }  # fmt: skip
        )


# --- de-identified ----------------------------------------------------------------------


def _token(value: int) -> str:
    return hmac.new(KEY.encode(), f"research\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def _band(born: date) -> str | None:
    age = _years(born, date(TODAY.year, 1, 1))
    if age < 0:
        return None
    return "90+" if age >= 90 else f"{age - age % 10}-{age - age % 10 + 9}"


def _last_four(phone: str | None) -> str | None:
    if phone is None:
        return None
    shown, plain = phone[-4:], re.sub(r"[\s()+./-]", "", phone[:-4])
    return re.sub(r"[^\s()+./-]", "X", phone[:-4]) + shown if len(plain) >= len(shown) else "REDACTED"


def _anonymous(out: dict[str, list[Row]]) -> None:
    out["patients_anon"] = [
        {
            "patient_id": _token(p["patient_id"]), "facility_id": p["facility_id"], "first_name": "REDACTED", "last_name": "REDACTED",
            "sex": p["sex"], "age_band": _band(p["dob"]), "phone": _last_four(p["phone"]),
        }
        for p in out["patients"]
    ]  # fmt: skip
    out["triage_anon"] = [
        {
            "visit_id": _token(v["visit_id"]), "patient_id": _token(v["patient_id"]), "facility_id": v["facility_id"], "visited_on": v["visited_on"].year,
            "triage_level": v["triage_level"], "priority": v["priority"], "conditions": v["conditions"], "condition_count": v["condition_count"],
            "recommendation_count": v["recommendation_count"], "sex": v["sex"], "age_band": _band(v["dob"]), "state": v["state"],
            "category": v["category"],
        }
        for v in out["fct_triage_visits"]
    ]  # fmt: skip


def _made(folders: list[Path], before: dict[str, list[Row]]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    _staged(folders, out)
    _core(out, before)
    _facilities(out)
    _patients(out)
    _facts(out)
    _analytics(out)
    _anonymous(out)
    return out


def expected(data: Path, late: Path | None = None) -> dict[str, list[Row]]:
    """Every relation but the one with withheld cells; with `late`, after that delivery on top of the first."""
    made = _made([data], {})
    if late is not None:
        made = _made([data, late], made)
    for view, (table, columns) in SHOWN.items():
        made[view] = [{c: row[c] for c in columns or row} for row in made[table]]
    made["reception_triage_visits"] = [row | {"announced_at": row["announced_at"].replace(tzinfo=None)} for row in _rows([data], "announced_visits")]
    return {name: _shown(rows) for name, rows in made.items()}


def told(dump: dict[str, list[dict[str, str | None]]], data: Path, late: Path | None = None) -> list[str]:
    """The figures: right where they are told, eleven at least; every cell of eleven is told where all cells beside it are."""
    models = expected(data, late)
    people: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for v in models["fct_triage_visits"]:
        month = v["visited_on"].replace(day=1).isoformat()
        people["patients_seen", month, v["state"]].add(v["patient_id"])
        if v["priority"] == "Critical":
            people["patients_critical", month, v["state"]].add(v["patient_id"])
    problems, found = [], set()
    if sorted(map(str, dump["public_analytics_triage_stats"])) != sorted(map(str, dump["triage_stats"])):
        problems.append("the public API tells other figures than there are.")
    for row in dump["triage_stats"]:
        cell = (str(row["metric_id"]), str(row["period_date"]), str(row["state"]))
        found.add(cell)
        if len(people[cell]) < SMALLEST or row["value"] != str(len(people[cell])):
            problems.append(f"triage_stats: {cell} tells {row['value']} of {len(people[cell])} patients.")
    if len(found) != len(dump["triage_stats"]):
        problems.append("triage_stats: a cell is there twice.")
    for cell, who in list(people.items()):
        left = len(people["patients_seen", cell[1], cell[2]]) - len(who)
        if len(who) >= SMALLEST and (left == 0 or left >= SMALLEST) and cell not in found:
            problems.append(f"triage_stats: {cell} is withheld, and {len(who)} patients are enough.")
    return problems


def identifying(data: Path) -> set[str]:
    """Names, days of birth, numbers and moments of patients."""
    folders = [data, data / "late"]
    people = _rows(folders, "patients")
    found = {str(p[c]).strip() for p in people for c in ("first_name", "last_name", "dob", "phone") if p[c] is not None}
    return found | {v["visited_at"].isoformat() + "Z" for v in _rows(folders, "triage_visits")}
