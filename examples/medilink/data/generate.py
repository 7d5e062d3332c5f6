#!/usr/bin/env python3
"""Writes the synthetic data of this example: CSV files as hospitals upload them, without ids.

    python3 data/generate.py                  data/<table>.csv        three uploads
    python3 data/generate.py --late           data/late/<table>.csv   one more, a day later
    python3 data/generate.py --out DIR        the same, elsewhere

Standard library only; own random numbers (SplitMix64) and no clock, so that the same seed gives the same bytes
on every Python 3. Nobody in here exists; the telephone numbers are not in use.
"""

import argparse
import csv
import json
import os
from datetime import date, datetime, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = date(2025, 2, 24)
DAYS = 126


class Rnd:
    """SplitMix64: one stream per topic, so that a change in one table leaves the others alone."""

    MASK = (1 << 64) - 1

    def __init__(self, seed, topic):
        self.s = seed & self.MASK
        for b in topic.encode():
            self.s = (self.s * 1099511628211 + b + 1) & self.MASK

    def bits(self):
        self.s = (self.s + 0x9E3779B97F4A7C15) & self.MASK
        z = self.s
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.bits() % n

    def pct(self, p):
        return self.below(100) < p

    def pick(self, xs):
        return xs[self.below(len(xs))]


GIVEN = "Ada Bola Chidi Dayo Emeka Funke Gbenga Halima Ife Jide Kemi Ladi Musa Ngozi Obi Peju Sade Tunde Uche Yemi Zainab".split()
FAMILY = "Adeyemi Bello Chukwu Danjuma Eze Fashola Garba Ibrahim Johnson Kalu Lawal Mohammed Nwosu Okafor Peters Sani Taiwo Umar".split()
ODD = [("Chị", "O'Neil"), ('"Ace"', "Bobby'); drop table patients;--"), ("=1+1", "Ade, Jr."), ("{{ this }}", "${HOME}"), ("Ọlá", "Adébáyọ̀")]
FACILITIES = [
    ("General Hospital", "LAGOS", "Ikeja", "6.6018", "3.3515", "Hospital"),
    ("  St. Mary's Clinic ", "lagos", "Surulere", "6.5000", "3.3500", "Clinic"),
    ("Federal Medical Centre", "Oyo", "Ibadan North", "7.3775", "3.9470", "Hospital"),
    ("Unity Health Post", "oyo", "Egbeda", "99.0000", "3.9900", "Health Post"),  # no such latitude
    ("Kano Central", "KANO", "Nassarawa", "12.0000", "8.5167", "Hospital"),
    ("Sabon Gari Clinic", "Kano ", "Fagge", "12.0200", "8.5300", "Clinic"),
    ("Hope Laboratory", "Rivers", "Port Harcourt", "", "", "Laboratory"),
    ("General Hospital", "RIVERS", "Obio-Akpor", "4.8500", "7.0000", "Hospital"),  # the same name in another state
]
DIAGNOSES = ["Malaria", "Hypertension", "Typhoid fever", "Diabetes mellitus", "Asthma", "Anaemia", "Pneumonia", "Gastroenteritis"]
CONDITIONS = ["fever", "cough", "headache", "chest pain", "vomiting", "fracture", "shortness of breath", "bleeding"]
ADVICE = ["rest", "fluids", "blood test", "x-ray", "refer", "admit"]


def clean(facility):
    return facility[0].strip(), facility[1].strip().upper(), facility[2].strip()


def people(seed):
    rnd, rows = Rnd(seed, "people"), []
    for number in range(260):
        first, last = ODD[number] if number < len(ODD) else (rnd.pick(GIVEN), rnd.pick(FAMILY))
        born = date(1931, 1, 1) + timedelta(days=rnd.below(34400))
        if number == 9:
            born = date(1935, 2, 28)
        rows.append({
            "facility": rnd.pick(FACILITIES[:6]) if number % 9 else FACILITIES[7], "first_name": first, "last_name": last,
            "sex": rnd.pick(["F", "M", "F", "M", "f", "male"]), "dob": born.isoformat(),
            "phone": "" if rnd.pct(12) else ("12345" if rnd.pct(5) else f"+23480{rnd.below(90000000) + 10000000}"),
        })
    return rows


def spread(facility):
    return dict(zip(("facility_name", "facility_state", "facility_lga"), facility[:3]))


def naming(rnd, person):
    """How a visit names its patient: as the registration does, at times with blanks around."""
    first = f" {person['first_name']}" if rnd.pct(4) else person["first_name"]
    return {**spread(person["facility"]), "first_name": first, "last_name": person["last_name"], "dob": person["dob"]}


def upload(seed, batch, loaded):
    """One upload: its facilities, patients, records and visits. Later ones bring changes and news."""
    rnd, everybody = Rnd(seed, f"batch {batch}"), people(seed)
    low, high = ((0, 200), (200, 230), (230, 245), (245, 260))[batch - 1]
    known = everybody[:high]
    facilities = [dict(zip(("name", "state", "lga", "lat", "lon", "type"), f)) for f in (FACILITIES if batch == 1 else FACILITIES[batch : batch + 2])]
    patients = [{**spread(p["facility"]), **{k: p[k] for k in ("first_name", "last_name", "sex", "dob", "phone")}} for p in everybody[low:high]]
    for person in rnd_sample(rnd, everybody[:low], 8):  # who is there already, with another number
        patients.append({**spread(person["facility"]), **{k: person[k] for k in ("first_name", "last_name", "sex", "dob")}, "phone": f"+23490{rnd.below(90000000) + 10000000}"})
    if batch < 4:
        patients.append({**spread(("No Such Place", "LAGOS", "Ikeja")), "first_name": "Lost", "last_name": "Person", "sex": "F", "dob": "1990-01-01", "phone": ""})
        patients.append({**spread(FACILITIES[0]), "first_name": "Dateless", "last_name": "Person", "sex": "M", "dob": "", "phone": ""})
    start = FIRST + timedelta(days=(0, 90, 112, 124)[batch - 1])
    days = (90, 22, 12, 2)[batch - 1]
    records, visits = [], []
    for _ in range((330, 60, 40, 20)[batch - 1]):
        person = rnd.pick(known)
        at = datetime.combine(start + timedelta(days=rnd.below(days)), datetime.min.time()) + timedelta(minutes=rnd.below(1440))
        said = {"diagnosis": rnd.pick(DIAGNOSES), "treatment": rnd.pick(["Medication", "Observation", "Surgery"])}
        if rnd.pct(70):
            said["medications"] = rnd.pick(["Amlodipine 5mg daily", "Artemether", "Metformin", "Paracetamol"])
        if rnd.pct(30):
            said["notes"] = f"{person['first_name']} to call back, advised to rest"
        records.append({**naming(rnd, person), "record_type": rnd.pick(["Consultation", "Lab result", "Follow-up"]), "recorded_at": at.isoformat(" "),
                        "data": json.dumps(said, ensure_ascii=False)})
    for _ in range((620, 140, 80, 30)[batch - 1]):
        person = rnd.pick(known)
        at = datetime.combine(start + timedelta(days=rnd.below(days)), datetime.min.time()) + timedelta(minutes=rnd.below(1440))
        level = 9 if rnd.pct(1) else 1 + min(rnd.below(6), rnd.below(6)) % 5
        conditions = [CONDITIONS[(rnd.below(8) + k) % 8] for k in range(rnd.below(4))]
        visits.append({**naming(rnd, person), "visited_at": at.isoformat(" "), "triage_level": str(level),
                       "conditions": json.dumps(sorted(set(conditions))), "recommendations": json.dumps(rnd_sample(rnd, ADVICE, rnd.below(3)))})
    out = {"facilities": facilities, "patients": patients, "medical_records": records, "triage_visits": visits}
    for rows in out.values():
        for line, row in enumerate(rows, start=1):
            row |= {"batch_id": str(batch), "line": str(line), "loaded_at": loaded}
    return out


def announced(seed):
    """Visits that receptions have announced through the API; numbers of their own, far from those that the database gives out."""
    rnd = Rnd(seed, "announced")
    rows = []
    for number in range(12):
        at = datetime(2025, 6, 29) + timedelta(minutes=rnd.below(1000))
        rows.append({"announcement_id": str(900001 + number), "patient_id": str(1 + rnd.below(200)), "facility_id": str(1 + rnd.below(8)),
                     "triage_level": str(1 + rnd.below(5)), "expected_on": str(date(2025, 6, 30) + timedelta(days=rnd.below(5))),
                     "announced_at": at.isoformat(" ") + "Z"})
    return rows


def rnd_sample(rnd, xs, n):
    xs, out = list(xs), []
    while xs and len(out) < n:
        out.append(xs.pop(rnd.below(len(xs))))
    return out


WHO = "facility_name facility_state facility_lga first_name last_name"
TABLES = {
    "facilities": "batch_id line name state lga lat lon type loaded_at",
    "patients": f"batch_id line {WHO} sex dob phone loaded_at",
    "medical_records": f"batch_id line {WHO} dob record_type recorded_at data loaded_at",
    "triage_visits": f"batch_id line {WHO} dob visited_at triage_level conditions recommendations loaded_at",
}
LOADED = ["2025-05-26 02:00:00", "2025-06-17 02:00:00", "2025-06-29 02:00:00", "2025-06-30 02:00:00"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--seed", type=int, default=2025)
    options = parser.parse_args()
    folder = options.out or (os.path.join(HERE, "late") if options.late else HERE)
    batches = [upload(options.seed, b, LOADED[b - 1]) for b in ((4,) if options.late else (1, 2, 3))]
    os.makedirs(folder, exist_ok=True)
    for table, columns in TABLES.items():
        with open(os.path.join(folder, table + ".csv"), "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns.split(), lineterminator="\n")
            writer.writeheader()
            for batch in batches:
                writer.writerows(batch[table])
    if not options.late:
        rows = announced(options.seed)
        with open(os.path.join(folder, "announced_visits.csv"), "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
