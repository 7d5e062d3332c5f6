"""What the mytomorrows example has to come to, computed in plain Python from its sample data."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

RUN_DATE = "2025-06-30"
KEY = "pipec-throw-away-key"
SECRETS = {"PSEUDONYM_KEY": KEY}
SMALLEST = 11
FIRST = ("_schemas.sql", "_setup.sql", "_access.sql", "_tables.sql")


def _table(**columns: str) -> dict[str, Any]:
    return {"schema": "raw", "columns": [[name, type_] for name, type_ in columns.items()]}


SCHEMA = {
    "patients": _table(
        patient_id="bigint", first_name="text", last_name="text", email="text", phone="text", address="text",
        city="text", state="text", zip="text", date_of_birth="date", gender="text", loaded_at="timestamp",
    ),
    "encounters": _table(
        encounter_id="bigint", patient_id="bigint", organization_id="integer", payer_id="integer",
        started_at="timestamp", description="text", loaded_at="timestamp",
    ),
    "procedures": _table(
        procedure_id="bigint", encounter_id="bigint", code="text", description="text",
        base_cost="numeric(10,2)", performed_on="date", loaded_at="timestamp",
    ),
    "organizations": _table(organization_id="integer", name="text"),
    "payers": _table(payer_id="integer", name="text", client="text", is_insurance="boolean"),
    "staff": _table(
        user_id="text", organization="text", department="text", allowed_specialties="text", is_hospice_authorized="boolean"
    ),
}  # fmt: skip

RECORDS = ("mytomorrows_ops",)
TOLD = {"exec_kpis", "tableau_exec_kpis"}
SEEDS = {"procedure_groups"}
ANONYMOUS = {
    "client_report", "client_patients", "client_uhc_export", "client_humana_export", "fct_procedures", "fct_patients_helped", "fct_patients_trailing",
    "raw_extract", "ops_procedures", "exec_monthly", "exec_kpis", "tableau_client_report", "tableau_client_patients", "tableau_fct_procedures",
    "tableau_fct_patients_helped", "tableau_fct_patients_trailing", "tableau_ops_procedures",
}  # fmt: skip
READ = {
    "bigint": int, "integer": int, "numeric(10,2)": Decimal, "date": date.fromisoformat,
    "timestamp": lambda text: text.replace(" ", "T") + "Z", "boolean": lambda text: text == "true", "text": str,
}  # fmt: skip


def _rows(data: Path, table: str) -> list[Row]:
    types = dict(SCHEMA[table]["columns"])
    with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [{name: READ[types[name]](text) if text else None for name, text in row.items()} for row in csv.DictReader(file)]


def _latest(data: Path, table: str, key: str) -> list[Row]:
    newest: dict[Any, Row] = {}
    for row in _rows(data, table):
        if row[key] not in newest or newest[row[key]]["loaded_at"] < row["loaded_at"]:
            newest[row[key]] = row
    return list(newest.values())


def _token(value: int, domain: str) -> str:
    return hmac.new(KEY.encode(), f"{domain}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def _bucket(born: date | None) -> str | None:
    """The decade of life on the first of January; ninety and more is one."""
    if born is None or born > date(2025, 1, 1):
        return None
    years = 2025 - born.year - ((born.month, born.day) > (1, 1))
    return "90+" if years >= 90 else f"{years - years % 10}-{years - years % 10 + 9}"


def _group(row: Row, listed: dict[str, Row]) -> tuple[str, str, str]:
    if row["code"] in listed:
        found = listed[row["code"]]
        return found["procedure_group"], found["specialty"], found["procedure_type"]
    words = row["description"].lower()
    named = [("assessment", "Assessment"), ("screening", "Screening"), ("x-ray", "Imaging")]
    return next((group for word, group in named if word in words), "Other"), "General", "standard"


def _procedures(data: Path, out: dict[str, list[Row]]) -> list[Row]:
    with (data.parent / "seeds" / "procedure_groups.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["code"]: row for row in csv.DictReader(file)}
    out["procedure_groups"] = [dict(row) for row in listed.values()]
    people = {r["patient_id"]: r for r in out["stg_patients"]}
    visits = {r["encounter_id"]: r for r in out["stg_encounters"]}
    payers = {r["payer_id"]: r for r in _rows(data, "payers")}
    places = {r["organization_id"]: r["name"] for r in _rows(data, "organizations")}
    made = []
    for row in out["stg_procedures"]:
        visit = visits[row["encounter_id"]]
        person, payer = people[visit["patient_id"]], payers[visit["payer_id"]]
        group, specialty, kind = _group(row, listed)
        made.append(
            {
                "procedure_id": row["procedure_id"], "encounter_id": row["encounter_id"], "patient_id": person["patient_id"],
                "code": row["code"], "description": row["description"], "procedure_group": group, "specialty": specialty,
                "procedure_type": kind, "base_cost": row["base_cost"], "performed_on": row["performed_on"], "payer": payer["name"],
                "client": payer["client"], "is_insured": payer["is_insurance"], "organization": places[visit["organization_id"]],
                "date_of_birth": person["date_of_birth"], "gender": person["gender"],
            }  # fmt: skip
        )
    return made


def _some(row: Row, *columns: str) -> Row:
    return {column: row[column] for column in columns}


def _grouped(rows: list[Row], *keys: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups


def _clients(rows: list[Row], out: dict[str, list[Row]]) -> None:
    theirs = [r for r in rows if r["client"] in ("United Healthcare", "Humana")]
    plain = ("client", "procedure_group", "code", "description", "base_cost")
    out["int_client_procedures"] = [
        _some(r, *plain, "performed_on", "organization", "payer", "patient_id", "date_of_birth", "gender") for r in theirs
    ]
    out["client_report"] = [
        _some(r, *plain)
        | {"performed_year": r["performed_on"].year}
        | _some(r, "organization", "payer")
        | {"patient_id": _token(r["patient_id"], "clients"), "age_bucket": _bucket(r["date_of_birth"]), "gender": r["gender"]}
        for r in theirs
    ]
    out["client_patients"] = [
        {
            "client": client, "procedure_group": group, "patient_id": _token(patient, "clients"), "procedures": len(some),
            "total_cost": sum(r["base_cost"] for r in some), "latest_year": max(r["performed_on"] for r in some).year,
        }  # fmt: skip
        for (client, group, patient), some in _grouped(theirs, "client", "procedure_group", "patient_id").items()
    ]
    for slug, client in (("uhc", "United Healthcare"), ("humana", "Humana")):
        out[f"client_{slug}_export"] = [
            _some(r, "procedure_group", "patient_id", "procedures", "total_cost", "latest_year")
            for r in out["client_patients"]
            if r["client"] == client
        ]


def _hospital(data: Path, rows: list[Row], out: dict[str, list[Row]]) -> None:
    out["dim_authorizations"] = [
        r | {"allowed_specialties": r["allowed_specialties"] and r["allowed_specialties"].split(";")} for r in _rows(data, "staff")
    ]
    out["dim_specialties"] = [{"specialty": s} for s in {r["specialty"] for r in rows}]
    theirs = [r for r in rows if r["client"] == "Humana"]
    plain = ("specialty", "procedure_type", "procedure_group", "description", "performed_on")
    out["int_hospital_procedures"] = [_some(r, "procedure_id", "patient_id", *plain, "date_of_birth") for r in theirs]
    out["fct_procedures"] = [
        {"procedure_id": _token(r["procedure_id"], "hospital"), "patient_id": _token(r["patient_id"], "hospital")}
        | _some(r, *plain)
        | {"age_bucket": _bucket(r["date_of_birth"])}
        for r in theirs
    ]
    out["fct_patients_helped"] = [
        {"specialty": s, "procedure_type": t, "performed_on": d, "patients": len({r["patient_id"] for r in some}), "procedures": len(some)}
        for (s, t, d), some in _grouped(theirs, "specialty", "procedure_type", "performed_on").items()
    ]
    out["fct_patients_trailing"] = _trailing(theirs)


def _trailing(rows: list[Row]) -> list[Row]:
    """Day by day, patients of the last thirty days, and of the thirty before: the days of each patient, one after the other."""
    first, last = date(2024, 7, 1), date.fromisoformat(RUN_DATE)
    made = []
    for (specialty, kind), some in _grouped(rows, "specialty", "procedure_type").items():
        now: dict[date, set[int]] = defaultdict(set)
        before: dict[date, set[int]] = defaultdict(set)
        for row in some:
            for later in range(60):
                day = row["performed_on"] + timedelta(days=later)
                if first <= day <= last:
                    (now if later < 30 else before)[day].add(row["patient_id"])
        for day in now.keys() | before.keys():
            patients, earlier = len(now[day]), len(before[day])
            change = (100 * Decimal(patients - earlier) / earlier).quantize(Decimal("0.1"), ROUND_HALF_UP) if earlier else None
            made.append(
                {"specialty": specialty, "procedure_type": kind, "day": day, "patients": patients, "patients_before": earlier, "change_percent": change}
            )
    return made


def _extracts(rows: list[Row], out: dict[str, list[Row]]) -> None:
    ids, plain = ("procedure_id", "encounter_id", "patient_id"), ("procedure_group", "procedure_type", "base_cost", "is_insured", "organization")
    out["int_extract"] = [_some(r, *ids, *plain, "performed_on") for r in rows]
    out["raw_extract"] = [
        {i: _token(r[i], "staff") for i in ids} | _some(r, *plain) | {"performed_year": r["performed_on"].year} for r in rows
    ]
    out["ops_procedures"] = [_some(r, "procedure_id", *plain, "performed_year") for r in out["raw_extract"]]


def _executive(data: Path, rows: list[Row], out: dict[str, list[Row]]) -> None:
    cells: dict[date, list[Row]] = defaultdict(list)
    monthly = [r | {"month": r["performed_on"].replace(day=1)} for r in rows]
    for (month, group), some in _grouped(monthly, "month", "procedure_group").items():
        patients, cost = len({r["patient_id"] for r in some}), sum(r["base_cost"] for r in some)
        if patients >= SMALLEST:
            each = (cost / patients).quantize(Decimal("0.01"), ROUND_HALF_UP)
            cells[month].append(
                {"month": month, "procedure_group": group, "patients": patients, "procedures": len(some), "total_cost": cost, "cost_per_patient": each}
            )
    out["exec_monthly"] = [
        cell | {"cost_rank": 1 + sum(other["total_cost"] > cell["total_cost"] for other in some)} for some in cells.values() for cell in some
    ]
    insured = {r["payer_id"]: r["is_insurance"] for r in _rows(data, "payers")}
    treated = {r["encounter_id"] for r in out["stg_procedures"]}
    visits = _grouped([v | {"month": date.fromisoformat(v["started_at"][:7] + "-01")} for v in out["stg_encounters"]], "patient_id", "month")
    first = {patient: min(m for p, m in visits if p == patient) for patient, _ in visits}
    out["patient_months"] = [
        {
            "patient_id": patient, "month": month, "is_new": month == first[patient],
            "is_missed": not any(v["encounter_id"] in treated for v in some) or not all(insured[v["payer_id"]] for v in some),
        }
        for (patient, month), some in visits.items()
    ]  # fmt: skip


def _shown(out: dict[str, list[Row]]) -> None:
    """What Tableau reads: each row beside whom it is for."""
    for table in ("client_report", "client_patients"):
        theirs = [r for r in out[table] if r["client"] == "United Healthcare"]
        out[f"tableau_{table}"] = [r | {"pipec_seen_by_client_uhc": True} for r in theirs]
    out["tableau_dim_specialties"], out["tableau_exec_monthly"] = list(out["dim_specialties"]), list(out["exec_monthly"])
    users = out["dim_authorizations"]

    def leave(user: Row, row: Row) -> bool:
        return row["specialty"] in (user["allowed_specialties"] or []) and (row["procedure_type"] != "hospice" or user["is_hospice_authorized"])

    for table in ("fct_procedures", "fct_patients_helped", "fct_patients_trailing"):
        seen = [(u, r) for u in users for r in out[table] if leave(u, r)]
        out[f"tableau_{table}"] = [r | {"pipec_login": u["user_id"], "pipec_seen_by_hospital_staff": True} for u, r in seen]
    own = [(u, r) for u in users for r in out["ops_procedures"] if u["organization"] == r["organization"]]
    out["tableau_ops_procedures"] = [r | {"pipec_login": u["user_id"], "pipec_seen_by_program_manager": True} for u, r in own]


def expected(data: Path) -> dict[str, list[Row]]:
    """Every relation but the one with withheld cells."""
    out = {f"stg_{t}": _latest(data, t, f"{t[:-1]}_id") for t in ("patients", "encounters", "procedures")}
    rows = _procedures(data, out)
    out["int_procedures"] = rows
    _clients(rows, out)
    _hospital(data, rows, out)
    _extracts(rows, out)
    _executive(data, rows, out)
    _shown(out)
    return out


def told(dump: dict[str, list[dict[str, str | None]]], data: Path) -> list[str]:
    """The figures: all those that may be told, no other, and right."""
    wanted: dict[tuple[str, str | None, str | None], Decimal] = {}
    out = expected(data)
    for (month,), some in _grouped(out["patient_months"], "month").items():
        people = {
            "patients_seen": {r["patient_id"] for r in some},
            "patients_missed": {r["patient_id"] for r in some if r["is_missed"]},
            "patients_new": {r["patient_id"] for r in some if r["is_new"]},
            "patients_returning": {r["patient_id"] for r in some if not r["is_new"]},
        }
        wanted |= {(name, month.isoformat(), None): value for name, value in _told(people).items()}
    problems, sums = _sums([r | {"month": r["performed_on"].replace(day=1).isoformat()} for r in out["int_procedures"]])
    wanted |= sums
    seen = {date.fromisoformat(month): value for (name, month, _), value in wanted.items() if name == "patients_seen" and month}
    for month, value in seen.items():
        if before := seen.get((month - timedelta(days=1)).replace(day=1)):
            wanted["patients_seen_change", month.isoformat(), None] = 100 * (value / before - 1)
    for (_, month, group), cost in [(cell, value) for cell, value in sums.items() if cell[0] == "total_cost"]:
        if ("patients_seen", month, None) in wanted:
            wanted["cost_per_patient", month, group] = cost / wanted["patients_seen", month, None]
    both = [sorted(map(str, (sorted(r.items(), key=str) for r in dump[name]))) for name in ("exec_kpis", "tableau_exec_kpis")]
    if both[0] != both[1]:
        return ["exec_kpis is not what Tableau shows."]
    found = {(str(r["metric_id"]), r["period_date"], r["procedure_group"]): r["value"] for r in dump["exec_kpis"]}
    problems += [f"exec_kpis: {cell} is not told." for cell in wanted if cell not in found]
    problems += [f"exec_kpis: {cell} is told, and has to be withheld." for cell in found if cell not in wanted]
    if len(found) != len(dump["exec_kpis"]):
        problems.append("exec_kpis: a cell is there twice.")
    for cell in found.keys() & wanted.keys():
        try:
            right = abs(Decimal(found[cell] or "nan") - wanted[cell]) < Decimal("0.0001")
        except ArithmeticError:
            right = False
        if not right:
            problems.append(f"exec_kpis: {cell} is {found[cell]}, and {wanted[cell]} is expected.")
    return problems


def _told(people: dict[str, set[int]]) -> dict[str, Decimal]:
    """Which of the groups of a month may be told: eleven and more, and whoever of a larger group they leave out is nobody, or as many."""
    def may(who: set[int]) -> bool:
        left = [len(other - who) for other in people.values() if who <= other]
        return len(who) >= SMALLEST and all(n == 0 or n >= SMALLEST for n in left)

    cells = {name: Decimal(len(who)) for name, who in people.items() if may(who)}
    for rate, part in (("missed_patient_rate", "patients_missed"), ("new_patient_rate", "patients_new")):
        if part in cells and "patients_seen" in cells:
            cells[rate] = 100 * cells[part] / cells["patients_seen"]
    return cells


Cells = dict[tuple[str, str | None, str | None], Decimal]


def _sums(rows: list[Row]) -> tuple[list[str], Cells]:
    """What is summed up by month and by group, where it may be told; and what the withheld parts of a month would give away, person by person."""
    cells: Cells = {}
    problems = []
    for whole, part, weigh in (("procedure_volume", "volume_by_group", lambda _: Decimal(1)), ("total_cost", "cost_by_group", lambda r: r["base_cost"])):
        for (month,), some in _grouped(rows, "month").items():
            if not _safe(_shares(some, weigh)):
                continue
            cells[whole, month, None] = sum(_shares(some, weigh).values(), Decimal(0))
            groups = {group: _shares(those, weigh) for (group,), those in _grouped(some, "procedure_group").items()}
            told = _told_parts(groups)
            cells |= {(part, month, group): sum(groups[group].values(), Decimal(0)) for group in told}
            rest = _shares([r for r in some if r["procedure_group"] not in told], weigh)
            if rest and not _safe(rest):
                problems.append(f"{part}: what is left of {month} is {len(rest)} patients', or nearly all of it is one's.")
    return problems, cells


def _shares(rows: list[Row], weigh: Any) -> dict[int, Decimal]:
    shares: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        shares[row["patient_id"]] += weigh(row)
    # Who adds nothing hides nobody.
    return {patient: share for patient, share in shares.items() if share}


def _safe(shares: dict[int, Decimal]) -> bool:
    """Of eleven and more, nobody has more than half."""
    return len(shares) >= SMALLEST and 2 * max(shares.values()) <= sum(shares.values())


def _told_parts(groups: dict[str, dict[int, Decimal]]) -> set[str]:
    """From the group of most patients down, as long as of those that are left one has eleven patients, and their largest shares are at most half."""
    for least in sorted({len(shares) for shares in groups.values() if _safe(shares)}):
        told = {group for group, shares in groups.items() if _safe(shares) and len(shares) >= least}
        rest = [shares for group, shares in groups.items() if group not in told]
        enough = any(len(shares) >= SMALLEST for shares in rest)
        if not rest or (enough and 2 * sum(max(s.values(), default=Decimal(0)) for s in rest) <= sum(sum(s.values()) for s in rest)):
            return told
    return set()


def identifying(data: Path) -> set[str]:
    """Names, addresses, numbers and ids of patients, and the ids of what was done for them."""
    columns = ("first_name", "last_name", "email", "phone", "address", "zip", "date_of_birth", "patient_id")
    found = {str(r[c]) for r in _rows(data, "patients") for c in columns if r[c] is not None}
    found |= {str(r["encounter_id"]) for r in _rows(data, "encounters")} | {str(r["procedure_id"]) for r in _rows(data, "procedures")}
    return found
