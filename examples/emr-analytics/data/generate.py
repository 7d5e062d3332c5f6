#!/usr/bin/env python3
"""Sample data for EMR analytics: files of the shape that Synthea's CSV exporter writes, for a few invented clinics.

Two deliveries lie in each file: the second brings changed rows under the ids of the first, as an incremental ingestion does.
The bytes depend on `--seed` and `--scale` alone. Nobody in it exists.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
from datetime import date, datetime, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = {"patients": 110, "encounters": 420, "conditions": 330, "medications": 380}
FIRST, SECOND = "2025-01-06T03:00:00Z", "2025-01-07T03:00:00Z"

GIVEN = ["Ana", "Luis", "María José", "O'Shea", "Chinedu", "Wei", "Fatima", "Noah", "Zoë", "Ivan", "Leila", "Sam"]
FAMILY = ["García", "Smith", "Nguyen", "Okafor", "D'Angelo", "Müller", "Haddad", "Kowalski", "Brown", "Silva"]
CITIES = [("Boston", "Massachusetts", "02118"), ("Worcester", "Massachusetts", "01604"), ("Lowell", "Massachusetts", "01850"), ("Nashua", "New Hampshire", "03060"), ("Colebrook", "New Hampshire", "03576")]
ORGANIZATIONS = ["Harbor General", "St. Anne's Clinic", "Riverside \"Urgent\" Care", "North Campus Hospital", "Valley Primary, LLC"]
SPECIALTIES = ["GENERAL PRACTICE", "CARDIOLOGY", "EMERGENCY MEDICINE", "PEDIATRICS"]
CLASSES = [("ambulatory", 40), ("wellness", 25), ("outpatient", 12), ("urgentcare", 6), ("emergency", 7), ("inpatient", 10)]
CONDITIONS = [
    ("59621000", "Essential hypertension (disorder)"), ("44054006", "Diabetes mellitus type 2 (disorder)"), ("195662009", "Acute viral pharyngitis (disorder)"),
    ("10509002", "Acute bronchitis (disorder)"), ("160903007", "Full-time employment (finding)"), ("36971009", "Sinusitis (disorder)"),
    ("53741008", "Coronary heart disease (disorder)"), ("72892002", "Normal pregnancy (finding)"),
]
MEDICATIONS = [
    ("314076", "lisinopril 10 MG Oral Tablet"), ("860975", "24 HR Metformin 500 MG Oral Tablet"), ("313782", "Acetaminophen 325 MG Oral Tablet"),
    ("308136", "amLODIPine 2.5 MG Oral Tablet"), ("310798", "Hydrochlorothiazide 25 MG Oral Tablet"), ("849574", "Naproxen sodium 220 MG Oral Tablet"),
    ("617310", "Atorvastatin 20 MG Oral Tablet"), ("562251", "Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet"), ("999967", "Cyclosporine 100 MG"),
]


class Chance:
    """Numbers that follow from a text, the same in every version of Python (splitmix64)."""

    def __init__(self, text: str):
        self.state = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def bits(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & (2**64 - 1)
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        return z ^ (z >> 31)

    def below(self, n: int) -> int:
        return (self.bits() >> 11) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def pct(self, n: int) -> bool:
        return self.below(100) < n

    def weighted(self, pairs):
        left = self.below(sum(w for _, w in pairs))
        return next(item for item, weight in pairs if (left := left - weight) < 0)

    def uuid(self) -> str:
        h = f"{self.bits():016x}{self.bits():016x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """All files, first deliveries and then what a second one changed."""

    def __init__(self, seed: int, scale: int):
        self.seed, self.sizes = seed, {name: n * scale for name, n in SIZES.items()}
        self.files: dict[str, list[dict]] = {}
        self.people()
        self.visits()
        self.histories()
        self.again()

    def rnd(self, what: str) -> Chance:
        return Chance(f"{self.seed}/{what}")

    def people(self):
        r = self.rnd("people")
        self.files["organizations"] = [
            dict(zip(("id", "name", "city", "state", "zip"), (r.uuid(), name, *CITIES[i]), strict=True)) for i, name in enumerate(ORGANIZATIONS)
        ]
        self.files["providers"] = [
            {"id": r.uuid(), "organization": self.files["organizations"][i % 5]["id"], "name": f"{r.pick(GIVEN)}{i} {r.pick(FAMILY)}{i}", "speciality": SPECIALTIES[i // 5]}
            for i in range(20)
        ]
        out = []
        for i in range(self.sizes["patients"]):
            city, state, code = r.pick(CITIES)
            born = date(2024 - (r.below(93) if i % 12 else 91 + r.below(8)), 1 + r.below(12), 1 + r.below(28))
            died = r.pct(6) and born < date(1960, 1, 1)
            out.append({
                "id": r.uuid(), "birthdate": born.isoformat(), "deathdate": date(2024, 1 + r.below(12), 1 + r.below(28)).isoformat() if died else "",
                "ssn": f"999-{10 + r.below(90)}-{1000 + r.below(9000)}", "first": r.pick(GIVEN), "last": r.pick(FAMILY), "race": r.pick(["white", "black", "asian", "other"]),
                "ethnicity": r.pick(["hispanic", "nonhispanic"]), "gender": r.pick(["F", "M"]), "address": f"{1 + r.below(999)} Main St", "city": city, "state": state,
                "zip": "" if r.pct(5) else code,
            })
        self.files["patients"] = out

    def visits(self):
        r, out = self.rnd("visits"), []
        patients, providers = self.files["patients"], self.files["providers"]
        often = patients[: max(4, len(patients) // 8)]
        while len(out) < self.sizes["encounters"]:
            who, by = r.pick(often) if r.pct(40) else r.pick(patients), r.pick(providers)
            kind = r.weighted(CLASSES)
            start = datetime(2023, 1, 1) + timedelta(minutes=r.below(730 * 1440))
            stay = timedelta(days=1 + r.below(8), hours=r.below(20)) if kind == "inpatient" else timedelta(minutes=15 + r.below(300))
            for n in range(2 if kind == "inpatient" and r.pct(35) else 1):
                begin = start if n == 0 else start + stay + timedelta(days=1 + r.below(45))
                code, text = r.pick(CONDITIONS) if r.pct(40) else ("", "")
                out.append({
                    "id": r.uuid(), "start": moment(begin), "stop": "" if r.pct(2) else moment(begin + stay), "patient": who["id"], "organization": by["organization"],
                    "provider": by["id"], "encounterclass": kind, "code": str(185345009 + r.below(9)), "description": f"Encounter for {kind} care",
                    "base_encounter_cost": f"{75 + r.below(90)}.{r.below(100):02d}", "total_claim_cost": f"{150 + r.below(4000)}.{r.below(100):02d}", "reasoncode": code, "reasondescription": text,
                })
        self.files["encounters"] = out[: self.sizes["encounters"]]

    def histories(self):
        r, conditions, medications = self.rnd("histories"), {}, {}
        visits = self.files["encounters"]
        while len(conditions) < self.sizes["conditions"]:
            at, (code, text) = r.pick(visits), r.pick(CONDITIONS)
            day = at["start"][:10]
            end = (date.fromisoformat(day) + timedelta(days=10 + r.below(400))).isoformat()
            conditions[at["id"], code] = {"start": day, "stop": "" if r.pct(40) else end, "patient": at["patient"], "encounter": at["id"], "code": code, "description": text}
        while len(medications) < self.sizes["medications"]:
            at, (code, text) = r.pick(visits), r.pick(MEDICATIONS[:3]) if r.pct(50) else r.pick(MEDICATIONS)
            reason = r.pick(CONDITIONS) if r.pct(60) else ("", "")
            medications[at["id"], code] = {
                "start": at["start"], "stop": "" if r.pct(30) else moment(datetime.fromisoformat(at["start"][:-1]) + timedelta(days=7 + r.below(90))), "patient": at["patient"],
                "encounter": at["id"], "code": code, "description": text, "base_cost": f"{1 + r.below(300)}.{r.below(100):02d}", "dispenses": str(1 + r.below(12)),
                "reasoncode": reason[0], "reasondescription": reason[1],
            }
        self.files["conditions"], self.files["medications"] = list(conditions.values()), list(medications.values())

    def again(self):
        """What the second delivery brings: changed rows, one row to the byte, in no order."""
        r = self.rnd("again")
        changes = {
            "patients": lambda row: row | {"address": f"{1000 + r.below(999)} New St", "zip": row["zip"] or "02118"}, "organizations": lambda row: row | {"name": row["name"] + " (renamed)"},
            "providers": lambda row: row, "encounters": lambda row: row | {"total_claim_cost": f"{r.below(9000)}.50", "stop": row["stop"] or row["start"]},
            "conditions": lambda row: row | {"stop": row["stop"] or "2025-01-05"}, "medications": lambda row: row | {"dispenses": str(int(row["dispenses"]) + 1)},
        }
        for name, rows in self.files.items():
            late = [changes[name](row) | {"ingested_at": SECOND} for row in rows if r.pct(5)] + [changes[name](rows[0]) | {"ingested_at": SECOND}]
            kept = {tuple(row.items()): row for row in late}
            first = [row | {"ingested_at": FIRST} for row in rows]
            self.files[name] = list(kept.values())[:2] + first + list(kept.values())[2:] + first[:1]


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--out", default=HERE, help="directory to write to (default: beside this file)")
    args.add_argument("--seed", type=int, default=20250105)
    args.add_argument("--scale", type=int, default=1, help="so many times as many patients")
    args = args.parse_args()
    os.makedirs(args.out, exist_ok=True)
    for name, rows in World(args.seed, args.scale).files.items():
        with open(os.path.join(args.out, name + ".csv"), "w", encoding="utf-8", newline="") as f:
            out = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)


if __name__ == "__main__":
    main()
