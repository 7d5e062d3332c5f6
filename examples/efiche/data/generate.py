#!/usr/bin/env python3
"""Sample data for eFiche: ten facilities in Rwanda, their patients, and images staged from a PadChest-like set.

`generate.py` writes the small sample beside this file, a hundredth of the whole. `--full` writes the size of the original:
5,000 patients, 27,000 encounters, 50,000 procedures, 33,000 diagnoses. The bytes depend on `--seed` and the size alone.
Nobody in it exists.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from datetime import date, datetime, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
FULL = {"patients": 5000, "encounters": 22000, "procedures": 45000, "diagnoses": 28000, "staged": 10000, "loaded": 5000}
FIRST_DAY, DAYS = date(2023, 1, 1), 1095
BATCH = 500

FACILITIES = [
    ("CHUK Kigali", "hospital", "Nyarugenge"), ("King Faisal Hospital", "hospital", "Gasabo"), ("Butaro Hospital", "hospital", "Burera"),
    ("Kibagabaga Hospital", "hospital", "Gasabo"), ("Ruhengeri Hospital", "hospital", "Musanze"), ("Kabgayi Hospital", "hospital", "Muhanga"),
    ("Gitwe Clinic", "clinic", "Ruhango"), ("Remera Health Centre", "health_centre", "Gasabo"),
    ("Kacyiru Health Centre", "health_centre", "Gasabo"), ("Legacy \"Imaging\" Kigali", "imaging_centre", "Kicukiro"),
]
GIVEN = ["Aline", "Jean-Paul", "Chantal", "Eric", "Divine", "Emmanuel", "Grâce", "Patrick", "Immaculée", "Olivier", "Solange", "O'Neil", "Innocent", "Yvette"]
FAMILY = ["Uwimana", "Habimana", "Mukamana", "Niyonzima", "Ingabire", "Nshimiyimana", "Umutoni", "Bizimana", "Nkurunziza", "Mutesi", "Rukundo", "Iradukunda"]
DISTRICTS = ["Gasabo", "Kicukiro", "Nyarugenge", "Musanze", "Huye", "Rubavu", "Nyagatare", "Rusizi"]
# code, description, chapter; the last column says which PadChest label leads to it
CODES = [
    ("J18.9", "Pneumonia, unspecified organism", "Respiratory", "pneumonia"), ("J90", "Pleural effusion", "Respiratory", "pleural effusion"),
    ("J44.9", "Chronic obstructive pulmonary disease", "Respiratory", "copd signs"), ("J98.11", "Atelectasis", "Respiratory", "atelectasis"),
    ("I51.7", "Cardiomegaly", "Circulatory", "cardiomegaly"), ("I10", "Essential (primary) hypertension", "Circulatory", ""),
    ("I50.9", "Heart failure, unspecified", "Circulatory", ""), ("A15.0", "Tuberculosis of lung", "Infectious", "tuberculosis"),
    ("B54", "Unspecified malaria", "Infectious", ""), ("E11.9", "Type 2 diabetes mellitus without complications", "Endocrine", ""),
    ("K29.7", "Gastritis, unspecified", "Digestive", ""), ("N39.0", "Urinary tract infection, site not specified", "Genitourinary", ""),
    ("S52.5", "Fracture of lower end of radius", "Injury", ""), ("O80", "Single spontaneous delivery", "Pregnancy", ""),
    ("R91.1", "Solitary pulmonary nodule", "Symptoms", "nodule"), ("Z00.0", "General examination", "Factors", "normal"),
]
PROCEDURES = [
    ("71046", "Chest X-ray, 2 views", "XR", "chest"), ("71250", "CT of the thorax", "CT", "chest"), ("76700", "Abdominal ultrasound", "US", "abdomen"),
    ("70551", "MRI of the brain", "MR", "head"), ("73100", "Wrist X-ray", "XR", "wrist"), ("93306", "Echocardiography", "US", "heart"),
    ("85025", "Complete blood count", "LAB", "blood"), ("87207", "Malaria smear", "LAB", "blood"), ("80053", "Metabolic panel", "LAB", "blood"),
    ("90471", "Immunization", "PROC", "arm"),
]
IMAGE = PROCEDURES[0]
KINDS = [("outpatient", 60), ("emergency", 20), ("inpatient", 15), ("follow_up", 5)]


class Chance:
    """Numbers that follow from a text, the same in every version of Python."""

    def __init__(self, text: str):
        self.state = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def bits(self) -> int:
        """Splitmix64."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & (2**64 - 1)
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        return z ^ (z >> 31)

    def below(self, n: int) -> int:
        return (self.bits() >> 11) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, pairs):
        left = self.below(sum(w for _, w in pairs))
        for item, weight in pairs:
            left -= weight
            if left < 0:
                return item
        raise AssertionError

    def pct(self, n: int) -> bool:
        return self.below(100) < n

    def uuid(self) -> str:
        h = f"{self.bits():016x}{self.bits():016x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def moment(r: Chance, day: date) -> str:
    return (datetime(day.year, day.month, day.day) + timedelta(minutes=420 + r.below(720))).isoformat(sep=" ")


class World:
    """All tables, in the state after one run of the loading script."""

    def __init__(self, seed: int, sizes: dict[str, int]):
        self.seed, self.sizes = seed, sizes
        self.tables: dict[str, list[dict]] = {}
        self.facilities()
        self.patients()
        self.encounters()
        self.staged()

    def rnd(self, what: str) -> Chance:
        return Chance(f"{self.seed}/{what}")

    def facilities(self):
        r = self.rnd("facilities")
        self.tables["facilities"] = [{"id": r.uuid(), "name": n, "facility_type": t, "district": d} for n, t, d in FACILITIES]
        self.tables["diagnosis_codes"] = [{"code": c, "description": d, "chapter": h} for c, d, h, _ in CODES]

    def patients(self):
        r, out = self.rnd("patients"), []
        for i in range(self.sizes["patients"]):
            age = r.below(95) if i % 20 else 90 + r.below(9)
            born = date(2025 - age, 1 + r.below(12), 1 + r.below(28)) if i % 17 else date(2000, 2, 29)
            row = {"id": r.uuid(), "first_name": r.pick(GIVEN), "last_name": r.pick(FAMILY), "date_of_birth": min(born, date(2024, 12, 31)).isoformat(),
                   "sex": r.pick(["F", "M"]), "district": r.pick(DISTRICTS), "created_at": f"2022-12-{1 + r.below(31):02d}T08:00:00Z"}
            if not r.pct(25):
                row["phone"] = f"+25078{r.below(10**7):07d}"
            if r.pct(6):
                del row["district"]
            out.append(row)
        self.tables["patients"] = out

    def encounters(self):
        r, out, procedures, diagnoses, reports = self.rnd("encounters"), [], [], [], []
        patients = self.tables["patients"]
        often = patients[: max(3, len(patients) // 10)]
        for _ in range(self.sizes["encounters"]):
            who = r.pick(often) if r.pct(35) else r.pick(patients)
            out.append({"id": r.uuid(), "patient_id": who["id"], "facility_id": r.pick(self.tables["facilities"][:9])["id"],
                        "encounter_date": moment(r, FIRST_DAY + timedelta(days=r.below(DAYS))), "encounter_type": r.weighted(KINDS), "source": "synthetic"})
        r = self.rnd("procedures")
        for _ in range(self.sizes["procedures"]):
            procedures.append(self.procedure(r, r.pick(out), r.pick(PROCEDURES)))
        r, seen, diagnosed = self.rnd("diagnoses"), set(), set()
        while len(diagnoses) < self.sizes["diagnoses"]:
            at, code = r.pick(out), r.pick(CODES)[0]
            if (at["id"], code) in seen:
                continue
            diagnoses.append({"id": r.uuid(), "encounter_id": at["id"], "code": code, "is_primary": at["id"] not in diagnosed})
            seen.add((at["id"], code))
            diagnosed.add(at["id"])
        self.tables |= {"encounters": out, "procedures": procedures, "diagnoses": diagnoses, "reports": reports}

    @staticmethod
    def procedure(r: Chance, encounter: dict, kind: tuple) -> dict:
        code, name, modality, part = kind
        return {"id": r.uuid(), "encounter_id": encounter["id"], "code": code, "name": name, "modality": modality, "body_part": part,
                "performed_at": encounter["encounter_date"]}

    def staged(self):
        """Images as they were staged; the first of them have become encounters, in batches."""
        r, out, log = self.rnd("staged"), [], []
        imaging = self.tables["facilities"][9]
        labels = [(label, code) for code, _, _, label in CODES if label]
        n, loaded = self.sizes["staged"], self.sizes["loaded"]
        for i in range(n):
            label, code = r.pick(labels)
            taken = FIRST_DAY + timedelta(days=r.below(DAYS))
            row = {"image_id": f"{r.bits():016x}.png", "study_id": f"S{i:06d}", "patient_code": f"PC{r.below(n):06d}", "study_date": taken.isoformat(),
                   "projection": r.weighted([("PA", 60), ("L", 25), ("AP", 15)]), "labels": label,
                   "report": f"{label}. {r.pick(['No comparison.', 'Compared with prior film.', 'Ask Dr. Uwimana, ext. 42.'])}",
                   "processed": i < loaded, "loaded_at": "2025-12-31T20:00:00Z"}
            if i < loaded:
                row["processed_at"] = f"2025-12-31T22:{i // BATCH:02d}:00Z"
                visit = {"id": r.uuid(), "patient_id": r.pick(self.tables["patients"])["id"], "facility_id": imaging["id"], "encounter_date": moment(r, taken),
                         "encounter_type": "imaging", "source": "padchest", "source_id": row["image_id"]}
                self.tables["encounters"].append(visit)
                self.tables["procedures"].append(self.procedure(r, visit, IMAGE))
                self.tables["diagnoses"].append({"id": r.uuid(), "encounter_id": visit["id"], "code": code, "is_primary": True})
                self.tables["reports"].append({"id": r.uuid(), "encounter_id": visit["id"], "report_type": "radiology", "report_text": row["report"],
                                               "created_at": row["processed_at"]})
            out.append(row)
        for start in range(0, loaded, BATCH):
            rows = min(BATCH, loaded - start)
            log.append({"id": len(log) + 1, "step": "padchest", "started_at": f"2025-12-31T22:{start // BATCH:02d}:00Z", "rows_read": rows, "rows_written": 4 * rows,
                        "status": "done"})
        log.append({"id": len(log) + 1, "step": "padchest", "started_at": "2025-12-31T22:59:00Z", "rows_read": 0, "rows_written": 0, "status": "failed",
                    "message": "connection reset"})
        self.tables |= {"padchest_staging": out, "etl_audit_log": log}


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--out", default=HERE, help="directory to write to (default: beside this file)")
    args.add_argument("--seed", type=int, default=20251231)
    args.add_argument("--full", action="store_true", help="the size of the original instead of a hundredth")
    args = args.parse_args()
    sizes = FULL if args.full else {name: n // 100 for name, n in FULL.items()}
    os.makedirs(args.out, exist_ok=True)
    for table, rows in World(args.seed, sizes).tables.items():
        with open(os.path.join(args.out, table + ".ndjson"), "wb") as f:
            for row in rows:
                f.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":
    main()
