#!/usr/bin/env python3
"""Writes the synthetic data of this example: claims as a clearing house delivers them, as CSV.

    python3 data/generate.py                  data/<table>.csv   what is there on the day of the run
    python3 data/generate.py --out DIR        the same, elsewhere

Standard library only; own random numbers (SplitMix64) and no clock, so that the same seed gives the same bytes
on every Python 3. Nobody in here exists. Telephone numbers are 555 numbers, addresses end in example.org.
"""

import argparse
import csv
import os
from datetime import date, datetime, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST, LAST = date(2024, 7, 1), date(2025, 6, 28)
LOADED = datetime(2025, 6, 29, 4, 0, 0)


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

    def weighted(self, pairs):
        k = self.below(sum(w for _, w in pairs))
        for x, w in pairs:
            if k < w:
                return x
            k -= w
        raise AssertionError


# ---------------------------------------------------------------- words

GIVEN = "Ana Bruno Carmen Dwayne Elena Farid Grace Hiro Imani Jamal Keisha Luis Maria Nadia Omar Priya Rosa Samuel Tala Uma Zoe Ivo".split()
FAMILY = "Alvarez Brooks Chen Diallo Evans Flores Garcia Haddad Ivanova Johnson Kim Lopez Morales Nguyen Okafor Patel Ruiz Singh Torres".split()
ODD = [("Siobhán", "O'Brien"), ('Robert "Bob"', "Tables'); drop table patients;--"), ("=1+1", "Smith, Jr."), ("{{ this }}", "${HOME}"),
       ("李", "小龍"), ("محمد", "حسن"), ("Zoë", "Null"), ("%s", "C:\\new\\table")]
PLACES = [("San Antonio", "TX", "78207"), ("Austin", "TX", "78702"), ("Houston", "TX", "77004"), ("Boston", "MA", "02118"),
          ("Fresno", "CA", "93701"), ("Albany", "NY", "12207"), ("Hanover", "NH", "03602"), ("Cheyenne", "WY", "82101")]
STREETS = ["Main St", "Oak Ave", "2nd St", "Mission Rd", "Elm Ct", "Sunset Blvd"]

PAYERS = [(1, "UnitedHealthcare Insurance Co", "United Healthcare", "true"), (2, "Humana Inc", "Humana", "true"),
          (3, "Aetna", "", "true"), (4, "Medicare", "", "true"), (5, "NO_INSURANCE", "", "false"),
          (6, "United Steelworkers Fund", "", "true")]  # `like '%united%'` would take it for a client
PAYER_WEIGHTS = [(1, 36), (2, 30), (3, 10), (4, 10), (5, 11), (6, 3)]
ORGANIZATIONS = [(1, "Mercy General"), (2, "Lakeside Clinic"), (3, "St. Mary's Hospital"), (4, "Harbor Hospice & Care"), (5, "Northgate, Medical Group")]

# code, what the clinic writes, weight, least and greatest cost
PROCEDURES = [
    ("430193006", "Medication Reconciliation (procedure)", 20, 300, 900),
    ("710824005", "Assessment of health and social care needs (procedure)", 22, 400, 700),
    ("171207006", "Depression screening (procedure)", 15, 350, 500),
    ("428211000124100", "Assessment of substance use (procedure)", 9, 400, 450),
    ("73761001", "Colonoscopy", 6, 8000, 14000),
    ("X123", "Knee replacement, left", 5, 20000, 32000),
    ("X124", "Knee replacement, right", 5, 20000, 32000),
    ("Y201", "Heart monitoring, 24 hours", 8, 900, 1800),
    ("Y202", "HEART MONITORING, 7 days", 5, 2400, 3900),
    ("399208008", "Plain chest X-ray", 7, 200, 380),
    ("385763009", "Hospice care (regime/therapy)", 6, 1500, 9000),
    ("1015401000000102", "Hospice home visit", 4, 300, 900),
    ("99999", "Telephone call, other", 3, 20, 60),
]
REASONS = ["General examination", "Follow-up", "Emergency room admission", "Admission to hospice", "Urgent care", "Well child visit"]

STAFF = [
    ("ann", "Mercy General", "cardiology", "Cardiology;General", "true"), ("bob", "Lakeside Clinic", "orthopedics", "Orthopedics", "false"),
    ("cy", "Harbor Hospice & Care", "palliative", "Palliative;General", "true"), ("dee", "Mercy General", "palliative", "Palliative", "false"),
    ("eve", "Mercy General", "front desk", "", "true"),
]


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def patients(seed):
    rnd, rows = Rnd(seed, "patients"), []
    for number in range(1, 281):
        given, family = ODD[number - 1] if number <= len(ODD) else (rnd.pick(GIVEN), rnd.pick(FAMILY))
        city, state, zip_code = rnd.pick(PLACES)
        born = date(1929, 1, 1) + timedelta(days=rnd.below(34500))
        if number == 20:
            born = date(1936, 2, 29)
        rows.append([
            str(100000 + number * 37), given, family,
            "" if rnd.pct(20) else f"user{number}@example.org", "" if rnd.pct(10) else f"555-{rnd.below(900) + 100}-{rnd.below(9000) + 1000}",
            f"{rnd.below(9000) + 1} {rnd.pick(STREETS)}", city, state, zip_code + ("-1234" if rnd.pct(10) else ""),
            "" if rnd.pct(2) else born.isoformat(), rnd.weighted([("F", 50), ("M", 46), ("", 4)]),
        ])
    return rows


def insurers(seed, people):
    """Who insures whom: mostly one payer a person; some have none at times."""
    rnd = Rnd(seed, "insurers")
    return {row[0]: rnd.weighted(PAYER_WEIGHTS) for row in people}


def encounters(seed, people):
    rnd, payer_of, rows = Rnd(seed, "encounters"), insurers(seed, people), []
    number = 500000
    for row in people[:268]:  # twelve have never come
        for _ in range(1 + rnd.below(6)):
            number += 1 + rnd.below(9)
            day = FIRST + timedelta(days=rnd.below((LAST - FIRST).days + 1))
            start = datetime(day.year, day.month, day.day, 7 + rnd.below(12), rnd.below(60))
            payer = 5 if rnd.pct(6) else payer_of[row[0]]
            rows.append([str(number), row[0], str(rnd.weighted([(1, 34), (2, 26), (3, 22), (4, 10), (5, 8)])), str(payer), start.isoformat(" "), rnd.pick(REASONS)])
    return rows


def procedures(seed, visits):
    rnd, rows = Rnd(seed, "procedures"), []
    choices = [(p, p[2]) for p in PROCEDURES]
    number = 900000
    for visit in visits:
        for _ in range(rnd.below(4)):
            number += 1 + rnd.below(5)
            code, text, _, least, most = rnd.weighted(choices)
            day = date.fromisoformat(visit[4][:10]) + timedelta(days=rnd.below(2))
            rows.append([str(number), visit[0], code, text, money(least * 100 + rnd.below((most - least) * 100)), min(day, LAST).isoformat()])
    return rows


def delivered(seed, topic, rows, changed):
    """Rows with the time of loading; some come again, changed and newer, a few of them before the old version."""
    rnd, out = Rnd(seed, "delivered " + topic), []
    for row in rows:
        at = LOADED - timedelta(hours=24 + rnd.below(500))
        old = [*row, at.isoformat(" ")]
        if not rnd.pct(4):
            out.append(old)
            continue
        new = [*changed(rnd, list(row)), (at + timedelta(hours=1 + rnd.below(20))).isoformat(" ")]
        out += [new, old] if rnd.pct(30) else [old, new]
    return out


def moved(rnd, row):
    row[5] = f"{rnd.below(9000) + 1} {rnd.pick(STREETS)}"
    return row


def recoded(rnd, row):
    row[5] = rnd.pick(REASONS)
    return row


def repriced(rnd, row):
    row[4] = money(int(row[4].replace(".", "")) + 100 * rnd.below(50))
    return row


TABLES = {
    "patients": "patient_id first_name last_name email phone address city state zip date_of_birth gender loaded_at",
    "organizations": "organization_id name",
    "payers": "payer_id name client is_insurance",
    "encounters": "encounter_id patient_id organization_id payer_id started_at description loaded_at",
    "procedures": "procedure_id encounter_id code description base_cost performed_on loaded_at",
    "staff": "user_id organization department allowed_specialties is_hospice_authorized",
}


def made(seed):
    people = patients(seed)
    visits = encounters(seed, people)
    return {
        "patients": delivered(seed, "patients", people, moved),
        "organizations": ORGANIZATIONS,
        "payers": PAYERS,
        "encounters": delivered(seed, "encounters", visits, recoded),
        "procedures": delivered(seed, "procedures", procedures(seed, visits), repriced),
        "staff": STAFF,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=HERE)
    parser.add_argument("--seed", type=int, default=2025)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    for table, rows in made(options.seed).items():
        with open(os.path.join(options.out, table + ".csv"), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(TABLES[table].split())
            writer.writerows(rows)


if __name__ == "__main__":
    main()
