#!/usr/bin/env python3
"""Writes the synthetic FHIR R4 data of this example, as Airbyte delivers it.

    python3 data/generate.py                  data/<table>.ndjson        the first deliveries
    python3 data/generate.py --late           data/late/<table>.ndjson   one more, a day later

Standard library only; own random numbers (SplitMix64) and no clock, so that the same seed gives the same
bytes on every Python 3. Nobody in here exists. Telephone numbers are 555 numbers.
"""

import argparse
import csv
import json
import os
from datetime import date, timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
METADATA = os.path.join(HERE, "..", "seeds", "questionnaire_metadata.csv")
LAST_SYNC = date(2025, 6, 29)
FIRST_DAY = date(2024, 9, 2)
DAYS = (date(2025, 6, 28) - FIRST_DAY).days


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

    def weighted(self, xs, ws):
        k = self.below(sum(ws))
        for x, w in zip(xs, ws):
            if k < w:
                return x
            k -= w
        raise AssertionError

    def shuffled(self, xs):
        xs = list(xs)
        for i in range(len(xs) - 1, 0, -1):
            j = self.below(i + 1)
            xs[i], xs[j] = xs[j], xs[i]
        return xs

    def hex(self, n):
        return f"{self.bits():016x}"[:n]


# ---------------------------------------------------------------- words

GIVEN = ("Ana Bruno Carmen Dwayne Elena Farid Grace Hiro Imani Jamal Keisha Luis Maria Nadia Omar Priya Quentin Rosa "
         "Samuel Tala Uma Victor Wanda Ximena Yusuf Zoe Andre Bianca Chloe Dante Esther Felix Gloria Hassan Isabel").split()
FAMILY = ("Alvarez Brooks Chen Diallo Evans Flores Garcia Haddad Ivanova Johnson Kim Lopez Morales Nguyen Okafor Patel "
          "Quinn Ramirez Singh Torres Underwood Vargas Williams Xu Young Zamora Bennett Castillo Dupont Ellis").split()
STREETS = "Main St|Oak Ave|2nd St|Mission Rd|Bandera Rd|Culebra Rd|Elm Ct|Sunset Blvd Apt 4".split("|")
PLACES = [("San Antonio", "TX", "78207"), ("San Antonio", "TX", "78228"), ("Austin", "TX", "78702"), ("Laredo", "TX", "78040"),
          ("El Paso", "TX", "79901"), ("Houston", "TX", "77004"), ("Boston", "MA", "02118"), ("Fresno", "CA", "93701")]

# (given, family): what people are called, and what systems choke on
ODD_NAMES = [
    (["Siobhán"], "O'Brien"), (['Robert "Bob"'], "D'Angelo-Smith"), (["José", "Luis"], "Núñez"), (["ليلى"], "الحداد"),
    (["伟"], "王"), (["さくら"], "佐藤"), (["Zoë"], "Müller-Lüdenscheid"), (["Re\u0301ne\u0301e"], "Le\u0301ger"), (["Sky 🌈"], "Walker"),
    (["{{ env_var('HOME') }}"], "{% raw %}"), (["${PATH}"], "%s%n"), (["<b>Bold</b>"], "<script>alert(1)</script>"),
    (["C:\\new\\table"], "Back\\slash"), (["Robert'); DROP TABLE patient;--"], "Tables"), (["Line\nBreak"], "Tab\tbed"),
    (["Null"], "NULL"), (["=1+1"], "@SUM(A1:A9)"), (["Åsa", "Maria", "Elisabet"], "van der Berg"), (["Comma,"], "Semi;colon"), (["\u202eabc"], "Zero\u200bWidth"),
]
FREE_TEXT = [
    "Client felt heard. Agreed to meet again.", "Talks about the loss of her brother Daniel in March.", "Asked to be called after 5 pm at 555-010-7788.",
    "Lives with aunt at 12 Oak Ave; wants a letter there.", "Prefers Spanish.", "No concerns today.", "Se siente mejor, duerme más.",
    "He said: \"I can't do this alone\".", "Line one\nline two\n\nline four", "50% better {{ not a template }} ${neither} is this",
    "<p>Pasted from <b>Word</b> &amp; mail</p>", "كان اليوم صعباً", "心情不错 🙂", "C:\\Users\\clinic\\notes.txt", "it's; -- not a comment", " ",
]
CLINICIANS = ["Dr. Amara Obi", "Dr. Lee Park, LCSW", "Dr. M. O'Neill", "Nurse Joy Reyes"]
CLINICS = ["Northside Clinic", "Barrio Health Center", "St. Anne's Hospital", "Harbor Counseling"]
ROLES = [("224571005", "Community health worker"), ("106289002", "Supervisor"), ("80584001", "Psychiatrist"), ("224597008", "Counselor")]

# nested under the answer of another question, not under a group
UNDER_ANSWER = {"medicaid-number": "do-you-have-medicaid", "other-gender-identity": "choice-gender-identity", "SDS-2/other": "SDS-2",
                "other-where-did-you-first-learn-about-engage": "where-did-you-first-learn-about-engage",
                "is-connected-to-clinical-care-details": "is-connected-to-clinical-care", "pns/referral/to": "pns/referral/accept",
                "pns/referral/organization": "pns/referral/accept", "work-at-home/done": "99079ebd-1665-4503-bb37-8de493dd4a21"}
# questions four levels down: group in group in group in question
DEEP = {"qr_common_mental_health_symptoms", "qr_start_ipc_session_1", "qr_spi_subform_4", "qr_planning_next_steps"}
# the same linkId twice in one response
REPEATS = {"f1.69.2", "spi4/coping", "80499f94-3f2a-4f0f-9a21-7fa252b33e29"}
# several answers under one linkId
MULTIPLE = {"SDS-2", "SDS-7", "problem-area", "strategy.used"}

RESPONSES = [
    ("qr_registration_info", 0),  # the rest
    ("qr_sociodemographic_survey", 160), ("qr_mw_tool", 240), ("qr_common_mental_health_symptoms", 120), ("qr_financial_wellness_tool", 150),
    ("qr_planning_next_steps", 170), ("qr_1_month_follow_up", 22), ("qr_confidentiality_session_1", 60), ("qr_start_ipc_session_1", 150),
    ("qr_start_ipc_session_2", 110), ("qr_start_ipc_session_3", 80), ("qr_start_ipc_session_4", 60), ("qr_gad7_session_1", 60), ("qr_gad7_session_2", 45),
    ("qr_gad7_session_3", 35), ("qr_gad7_session_4", 25), ("qr_phq9_session_1", 60), ("qr_phq9_session_2", 45), ("qr_phq9_session_3", 35),
    ("qr_phq9_session_4", 25), ("qr_mood_rating_session_1", 50), ("qr_mood_rating_session_2", 40), ("qr_mood_rating_session_3", 30),
    ("qr_mood_rating_session_4", 20), ("qr_sf_pcl5_session_1", 40), ("qr_sf_pcl5_session_2", 30), ("qr_sf_pcl5_session_3", 20),
    ("qr_sf_pcl5_session_4", 15), ("qr_sbirt", 40), ("qr_spi_subform_1", 30), ("qr_spi_subform_2", 25), ("qr_spi_subform_3", 20),
    ("qr_spi_subform_4", 18), ("qr_mw_tool_session_4", 45), ("qr_remove_patient", 20), ("qr_pc_ptsd_session_1", 20),
]
COUNTS = {"patient": 400, "questionnaire_response": 2384, "encounter": 1082, "care_plan": 588, "practitioner": 72, "practitioner_role": 70,
          "organization": 13, "organization_affiliation": 14, "location": 15, "care_team": 11, "task": 240, "observation": 420}
# how many ids arrive a second time, changed
REDELIVERED = {"patient": 7, "questionnaire_response": 14, "encounter": 10, "care_plan": 5, "practitioner": 2, "practitioner_role": 1,
               "organization": 1, "organization_affiliation": 0, "location": 1, "care_team": 1, "task": 4, "observation": 3}
ORG_WEIGHTS = [60, 55, 48, 44, 40, 36, 32, 28, 22, 15, 9, 7, 4]
TAG = "urn:engage:"


def iso(d, r):
    return f"{d.isoformat()}T{8 + r.below(10):02d}:{r.below(60):02d}:{r.below(60):02d}Z"


def ref(kind, key):
    return {"reference": f"{kind}/{key}"}


class World:
    def __init__(self, seed):
        self.seed = seed
        self.forms = {}
        with open(METADATA, newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                self.forms.setdefault(row["table"], []).append(row)
        self.tables = {t: [] for t in COUNTS}
        self.organizations()
        self.practitioners()
        self.patients()
        self.encounters()
        self.responses()
        self.care_plans()
        self.tasks()
        self.observations()

    def rnd(self, topic):
        return Rnd(self.seed, topic)

    def add(self, table, resource):
        self.tables[table].append(resource)
        return resource

    def meta(self, r, day, practitioner=None):
        meta = {"lastUpdated": iso(day, r)}
        if practitioner is not None:
            tags = [("staff", practitioner["id"], "Practitioner")]
            if practitioner["org"] is not None:
                tags.append(("org", f"org-{practitioner['org']:02d}", "Practitioner Organization"))
            if practitioner["team"] is not None:
                tags.append(("team", f"team-{practitioner['team']:02d}", "Practitioner CareTeam"))
            if r.pct(15):
                tags.append(("loc", f"loc-{(practitioner['org'] or 0) + 1:02d}", "Practitioner Location"))
            if r.pct(20):
                tags.append(("app", r.pick(["2.1.0", "2.2.0", "2.2.1-rc.1"]), "Application Version"))
            meta["tag"] = [{"system": TAG + s, "code": c, "display": d} for s, c, d in tags]
        return meta

    # ------------------------------------------------------------ who works where

    def organizations(self):
        r = self.rnd("organization")
        names = ["Northside Clinic", "Barrio Health Center", "St. Anne's Hospital", "Harbor Counseling", "Eastern Star \"Hope\" Center", "Clínica del Río",
                 "Mission & Sons Outreach", "West 2nd Street School", "Laredo Family Services", "Women's Shelter", "Veterans' House", "Closed Site", "Pilot / Test"]
        for i, name in enumerate(names):
            self.add("organization", {"resourceType": "Organization", "id": f"org-{i + 1:02d}", "meta": self.meta(r, FIRST_DAY), "active": i != 11,
                     "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "team" if i == 12 else "prov",
                                           "display": "Organizational team" if i == 12 else "Healthcare Provider"}]}], "name": name})
        for i in range(COUNTS["location"]):
            city, state, zip_ = PLACES[i % len(PLACES)]
            loc = {"resourceType": "Location", "id": f"loc-{i + 1:02d}", "meta": self.meta(r, FIRST_DAY), "status": "inactive" if i == 14 else "active",
                   "name": f"{names[i % 13]} {'annex' if i >= 13 else 'site'}",
                   "address": {"line": [f"{100 + 7 * i} {r.pick(STREETS)}"], "city": city, "state": state, "postalCode": zip_, "country": "US"},
                   "physicalType": {"coding": [{"code": "bu" if i < 13 else "ro", "display": "Building" if i < 13 else "Room"}]}}
            if i >= 13:
                loc["partOf"] = {"reference": f"Location/loc-{i - 12:02d}", "display": names[i - 13]}
            self.add("location", loc)
        for i in range(COUNTS["organization_affiliation"]):
            self.add("organization_affiliation", {"resourceType": "OrganizationAffiliation", "id": f"aff-{i + 1:02d}", "meta": self.meta(r, FIRST_DAY), "active": True,
                     "organization": ref("Organization", f"org-{min(i + 1, 13):02d}"), "location": [ref("Location", f"loc-{i + 1:02d}")]})

    def practitioners(self):
        r = self.rnd("practitioner")
        self.staff = []
        for i in range(COUNTS["practitioner"]):
            key = f"pr-{r.hex(8)}"
            org = r.weighted(range(1, 14), [7, 7, 6, 6, 6, 5, 5, 5, 4, 4, 3, 2, 2]) if i >= 13 else i + 1
            person = {"id": key, "org": org, "team": org if org <= 11 else None}
            p = {"resourceType": "Practitioner", "id": key, "meta": self.meta(r, FIRST_DAY), "active": not r.pct(8),
                 "identifier": [{"use": "official", "system": "urn:engage:staff", "value": f"S{1000 + i}"}]}
            if i != 20:
                given, family = ODD_NAMES[i - 40] if 40 <= i < 46 else ([r.pick(GIVEN)], r.pick(FAMILY))
                p["name"] = [{"use": "official", "family": family, "given": given}]
            if i % 9 != 8:
                p["telecom"] = [{"system": "phone", "value": f"555-02{i:02d}-{1000 + r.below(9000)}"[:12], "use": "work"}]
                if r.pct(50):
                    p["telecom"].insert(0, {"system": "email", "value": f"staff{i}@clinic.example.org"})
            if i in (50, 51):
                person["org"] = person["team"] = None  # in no team, with no role: the organization stays unknown
            self.add("practitioner", p)
            self.staff.append(person)
        with_role = [s for s in self.staff if s["org"] is not None]
        for i, s in enumerate(with_role[:COUNTS["practitioner_role"] - 2] + with_role[:2]):
            code, display = ROLES[i % 4]
            role = {"resourceType": "PractitionerRole", "id": f"role-{i + 1:03d}", "meta": self.meta(r, FIRST_DAY + timedelta(days=i)), "active": i % 17 != 16,
                    "practitioner": ref("Practitioner", s["id"]), "organization": ref("Organization", f"org-{s['org']:02d}"),
                    "code": [{"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]}]}
            if i == 5:
                del role["active"]
            self.add("practitioner_role", role)
        for t in range(1, COUNTS["care_team"] + 1):
            members = [{"member": ref("Organization", f"org-{t:02d}")}] + [{"member": ref("Practitioner", s["id"])} for s in self.staff if s["team"] == t]
            self.add("care_team", {"resourceType": "CareTeam", "id": f"team-{t:02d}", "meta": self.meta(r, FIRST_DAY), "status": "active",
                     "name": f"Team {t}", "participant": members, "managingOrganization": [ref("Organization", f"org-{t:02d}")]})
        self.by_org = {o: [s for s in self.staff if s["org"] == o] for o in range(1, 14)}

    # ------------------------------------------------------------ patients

    def patients(self):
        r = self.rnd("patient")
        self.clients = []
        restricted = ["03602", "05901", "06301", "10201", "20301", "55601", "69201", "79001", "82101", "82301", "83001", "83101", "87801", "87901", "88401", "89001", "89301"]
        for i in range(COUNTS["patient"]):
            key = f"p-{r.hex(10)}"
            org = r.weighted(range(1, 14), ORG_WEIGHTS)
            since = FIRST_DAY + timedelta(days=r.below(DAYS - 20))
            given, family = ODD_NAMES[i] if i < len(ODD_NAMES) else ([r.pick(GIVEN)], r.pick(FAMILY))
            born = date(1930 + r.below(78), 1 + r.below(12), 1 + r.below(28))
            born_text = {20: "1985", 21: "1985-03", 22: "1929-12-31", 23: "1931", 24: "1934-06-30", 25: "1935-01-01", 26: "1936-02-29", 27: "2000-02-29",
                         28: "2025-06-01"}.get(i, born.isoformat())
            city, state, zip_ = r.pick(PLACES)
            phone = f"555-{100 + r.below(900)}-{1000 + r.below(9000)}"
            mail = f"client{i}@example.org"
            p = {"resourceType": "Patient", "id": key, "meta": self.meta(r, since, r.pick(self.by_org[org])), "active": not r.pct(5),
                 "identifier": [{"use": "official", "system": "urn:engage:unique-id", "value": f"ENG{100000 + i}", "period": {"start": since.isoformat()}}],
                 "name": [{"use": "official", "family": family, "given": given}],
                 "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
                 "gender": r.weighted(["female", "male", "other", "unknown"], [52, 42, 4, 2]), "birthDate": born_text,
                 "address": [{"use": "home", "line": [f"{1 + r.below(999)} {r.pick(STREETS)}"], "city": city, "state": state, "postalCode": zip_, "country": "US"}]}
            if r.pct(40):
                p["identifier"].append({"use": "secondary", "system": "urn:engage:medicaid", "value": f"MCD{r.below(900000) + 100000}"})
            if r.pct(30):
                p["telecom"].append({"system": "email", "value": mail})
            if 30 <= i < 47:
                p["address"][0]["postalCode"] = restricted[i - 30]
            if 47 <= i < 52:
                p["address"][0]["postalCode"] = ["78207-1234", "782071234", "7820", "SW1A 1AA", "unknown"][i - 47]
                if i == 50:
                    p["address"][0].update({"city": "London", "country": "GB"})
                    del p["address"][0]["state"]
            if i in (60, 61):
                del p["name"]
            if i in (62, 63, 64):
                del p["telecom"]
            if i in (65, 66, 67):
                del p["birthDate"]
            if i in (68, 69):
                del p["address"]
            if i in (70, 71):
                del p["gender"]
            if i == 72:
                del p["active"]
            if 73 <= i < 85:  # an old name and an old phone come first
                p["name"].insert(0, {"use": "old", "family": r.pick(FAMILY), "given": given, "period": {"end": "2020-01-31"}})
                p["telecom"] = [{"system": "phone", "value": "555-000-0000", "use": "old", "period": {"start": "2009", "end": "2020-01"}},
                                {"system": "email", "value": mail}, {"system": "phone", "value": f"555-777-{1000 + i}", "use": "home"},
                                {"system": "phone", "value": phone, "use": "mobile", "period": {"start": "2020-01-15"}}]
                p["address"].insert(0, {"use": "old", "line": ["1 Old Rd"], "city": "Waco", "state": "TX", "postalCode": "76701", "period": {"end": "2019-12"}})
            if i in (85, 86):
                p["name"] = [{"use": "nickname", "text": "Only a nickname"}]
            if i == 87:
                p["telecom"] = [{"system": "email", "value": mail}]  # the first telecom is no phone
            if i in (88, 89):
                p["telecom"][0]["value"] = ["911", "+44 20 7946 0958 ext. 12"][i - 88]
            if 90 <= i < 94:
                p["deceasedBoolean"] = i % 2 == 0
            if i in (94, 95):
                p["deceasedDateTime"] = ["2025-02-03", "2025-02-03T10:00:00-06:00"][i - 94]
            if i in (96, 97):
                p["generalPractitioner"] = [ref("Practitioner", self.by_org[org][0]["id"])]
            self.add("patient", p)
            self.clients.append({"id": key, "org": org, "since": since, "resource": p, "phone": phone, "mail": mail})

    def moment(self, r, client, after=0, span=None):
        left = (date(2025, 6, 28) - client["since"]).days
        return client["since"] + timedelta(days=min(left, after + r.below(max(1, span or left))))

    # ------------------------------------------------------------ visits and forms

    def encounters(self):
        r = self.rnd("encounter")
        self.visits = {}
        for i in range(COUNTS["encounter"]):
            c = self.clients[i] if i < 330 else r.pick(self.clients[:330])  # seventy clients have none
            s = r.pick(self.by_org[c["org"]])
            day = self.moment(r, c)
            hour = 8 + r.below(9)
            start, end = f"{day}T{hour:02d}:{r.below(60):02d}:00Z", f"{day}T{hour + 1:02d}:{r.below(60):02d}:00Z"
            code, display = r.weighted([("AMB", "ambulatory"), ("VR", "virtual"), ("HH", "home health")], [60, 30, 10])
            e = {"resourceType": "Encounter", "id": f"enc-{r.hex(8)}", "meta": self.meta(r, day, s),
                 "status": r.weighted(["finished", "in-progress", "cancelled", "planned", "entered-in-error"], [86, 5, 6, 2, 1]),
                 "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code, "display": display},
                 "subject": ref("Patient", c["id"]), "participant": [{"individual": ref("Practitioner", s["id"])}], "period": {"start": start, "end": end}}
            if r.pct(50):
                e["serviceType"] = {"coding": [{"code": "413", "display": "Counseling"}]}
            if r.pct(10):
                e["reasonCode"] = [{"text": r.pick(FREE_TEXT)}]
            if i % 150 == 7:
                del e["subject"]
            if i % 120 == 9:
                del e["period"]
            if i % 40 == 11:
                e["period"] = {"start": f"{day}T23:30:00-05:00"}  # tomorrow in UTC, not ended
            if i % 90 == 13:
                e["period"] = {"start": day.isoformat()}
            self.add("encounter", e)
            if "subject" in e:
                self.visits.setdefault(c["id"], []).append(e["id"])

    def responses(self):
        r = self.rnd("questionnaire_response")
        total = COUNTS["questionnaire_response"]
        plan = dict(RESPONSES)
        plan["qr_registration_info"] = total - sum(plan.values())
        assert set(plan) == set(self.forms), sorted(set(plan) ^ set(self.forms))
        ipc = r.shuffled(self.clients)
        done = 0
        for table, n in plan.items():
            session = int(table[-1]) if "_session_" in table else 0
            for k in range(n):
                c = ipc[k] if session else (self.clients[k] if table == "qr_registration_info" else r.pick(self.clients))
                day = self.moment(r, c, 7 * session, 5) if session else self.moment(r, c, 0, 3 if table == "qr_registration_info" else None)
                self.response(r, table, c, day, done)
                done += 1

    def response(self, r, table, c, day, n):
        form = self.forms[table]
        s = r.pick(self.by_org[c["org"]])
        meta = self.meta(r, day, s)
        version = "|0.0.3" if r.pct(2) else ""
        q = {"resourceType": "QuestionnaireResponse", "id": f"qr-{r.hex(10)}", "meta": meta, "questionnaire": form[0]["questionnaire"] + version,
             "status": r.weighted(["completed", "in-progress", "amended", "entered-in-error", "stopped"], [952, 28, 8, 6, 6]),
             "subject": ref("Patient", c["id"]), "authored": meta["lastUpdated"], "author": ref("Practitioner", s["id"])}
        if c["id"] in self.visits and r.pct(60):
            q["encounter"] = ref("Encounter", r.pick(self.visits[c["id"]]))
        if n % 340 == 17:
            del q["subject"]
        if n % 400 == 21:
            del q["author"]
        if n % 600 == 33:
            q["author"] = ref("Patient", c["id"])  # filled in by the client
        if n % 500 == 41:
            return self.add("questionnaire_response", q)  # no items at all
        q["item"] = self.items(r, table, form, c, day, q)
        return self.add("questionnaire_response", q)

    def items(self, r, table, form, c, day, q):
        severity = r.below(4)
        made, later = [], []
        total = 0
        for row in form:
            link = row["linkid"]
            if link == "" or r.pct(20):
                continue  # not every question is shown
            answers = self.answers(r, row, c, day, q, severity, total)
            if answers and "extension" in answers[0]:
                total += answers[0].pop("extension")
            item = {"linkId": link}
            if answers and not r.pct(2):
                item["answer"] = answers
            (later if link in UNDER_ANSWER else made).append(item)
            if link in REPEATS and r.pct(40):
                made.append({"linkId": link, "answer": [{"valueString": r.pick(FREE_TEXT)}]})
        by_link = {i["linkId"]: i for i in made}
        for item in later:
            parent = by_link.get(UNDER_ANSWER[item["linkId"]])
            if parent is not None and "answer" in parent:
                parent["answer"][0].setdefault("item", []).append(item)
            else:
                made.append(item)
        if table in DEEP:
            half = len(made) // 2
            return [{"linkId": "page.1", "item": [{"linkId": "page.1/section", "item": [{"linkId": "page.1/section/block", "item": made[:half] or made}]}]}] + made[half:] * (half > 0)
        if r.pct(30):
            return made
        return [{"linkId": "page.1", "item": made}]

    def answers(self, r, row, c, day, q, severity, total):
        kind, category, column, options = row["type"], row["category"], row["column"], row["options"].split("|")
        p = c["resource"]
        if kind == "boolean":
            return [{"valueBoolean": r.pct(70 if "accepted" in column else 55 if column in ("discussed", "has_medicaid") else 35)}]
        if kind == "number":
            if column == "total_score":
                return [{"valueInteger": total}]
            if column == "weekly_spend":
                return [{"valueQuantity": {"value": r.below(300), "unit": "USD"}}]
            return [{"valueInteger": r.below(11)}]
        if kind == "date":
            if category == "birth_date":
                return [{"valueDate": p["birthDate"]}] if "birthDate" in p else []
            if r.pct(10):
                return [{"valueDateTime": iso(day, r)}]
            return [{"valueDate": r.weighted([day.isoformat(), day.isoformat()[:7]], [95, 5])}]
        if row["options"]:
            if len(options) in (4, 5) and category == "clinical" and options[0] in ("Not at all",):
                k = max(0, min(len(options) - 1, severity + r.below(3) - 1))
                return [{"valueCoding": {"code": f"{k}", "display": options[k]}, "extension": k}]
            k = r.below(len(options))
            one = [{"valueCoding": {"display": options[k]}}]
            if row["linkid"] in MULTIPLE and r.pct(30):
                k = (k + 1) % len(options)
                one.append({"valueCoding": {"code": f"{k}", "display": options[k]}})
            return one
        name = p.get("name", [{}])[-1]
        given, family = name.get("given", [None]), name.get("family")
        place = p.get("address", [{}])[-1]
        value = {
            "first_name": given[0], "middle_name": given[1] if len(given) > 1 else None, "last_name": family,
            "patient_name": f"{given[0]} {family}" if family else None, "unique_id": p["identifier"][0]["value"],
            "phone_number": c["phone"], "email_address": c["mail"], "physical_address": place.get("line", [None])[0], "city": place.get("city"),
            "state": place.get("state"), "zip_code": place.get("postalCode"), "medicaid_number": f"MCD{r.below(900000) + 100000}",
            "encounter_ref": q.get("encounter", {}).get("reference", "/").split("/")[1] or None, "best_phone": c["phone"],
            "age_if_unknown": f"about {20 + r.below(60)}", "patient_age": f"{20 + r.below(75)} years", "age_at_death": f"{40 + r.below(60)}",
            "hotline": "988",
        }.get(column, "?")
        if value == "?":
            value = {"name": f"{r.pick(GIVEN)} {r.pick(FAMILY)}", "phone": f"555-{100 + r.below(900)}-{1000 + r.below(9000)}", "provider_name": r.pick(CLINICIANS),
                     "organization": r.pick(CLINICS), "street_address": f"{1 + r.below(999)} {r.pick(STREETS)}", "record_id": r.hex(8)}.get(category) or r.pick(FREE_TEXT)
        return [{"valueString": value}] if value else []

    # ------------------------------------------------------------ plans, tasks, scores

    def care_plans(self):
        r = self.rnd("care_plan")
        for i in range(COUNTS["care_plan"]):
            c = self.clients[i] if i < 400 else r.pick(self.clients)
            s = r.pick(self.by_org[c["org"]])
            day = self.moment(r, c)
            plan = {"resourceType": "CarePlan", "id": f"cp-{r.hex(8)}", "meta": self.meta(r, day, s), "status": r.weighted(["active", "completed", "revoked", "draft"], [60, 30, 7, 3]),
                    "intent": "plan", "title": r.pick(["IPC plan", "Safety plan", "SBIRT plan", "Financial wellness plan"]), "subject": ref("Patient", c["id"]),
                    "period": {"start": day.isoformat()}, "created": day.isoformat(), "author": ref("Practitioner", s["id"])}
            if r.pct(8):
                plan["description"] = r.pick(FREE_TEXT)
            if i % 200 == 19:
                del plan["created"], plan["period"]
            self.add("care_plan", plan)

    def tasks(self):
        r = self.rnd("task")
        kinds = [("040", "1 Month Follow Up"), ("010", "Common Mental Health Form"), ("020", "Share PDF"), ("030", "Supervisor Review")]
        for i in range(COUNTS["task"]):
            c = r.pick(self.clients)
            s = r.pick(self.by_org[c["org"]])
            day = self.moment(r, c)
            code, display = kinds[i % 4]
            task = {"resourceType": "Task", "id": f"task-{r.hex(8)}", "meta": self.meta(r, day, s), "status": r.weighted(["completed", "ready", "cancelled", "rejected"], [45, 40, 10, 5]),
                    "intent": "plan", "code": {"coding": [{"code": code, "display": display}]}, "for": ref("Patient", c["id"]), "owner": ref("Practitioner", s["id"]),
                    "authoredOn": iso(day, r), "lastModified": iso(min(day + timedelta(days=r.below(30)), date(2025, 6, 28)), r)}
            if i % 60 == 5:
                del task["for"]
            if i % 50 == 3:
                task["description"] = r.pick(FREE_TEXT)
            self.add("task", task)

    def observations(self):
        r = self.rnd("observation")
        code_of = {"gad7": ("69737-5", "GAD-7 total score"), "phq9": ("44261-6", "PHQ-9 total score"), "mood": ("mood-rating", "Mood rating"), "pcl5": ("pcl-5-8", "PCL-5-8 total score")}
        by_form = {rows[0]["questionnaire"]: t for t, rows in self.forms.items()}
        scored = [(q, k) for q in self.tables["questionnaire_response"] for k in code_of if k in by_form[q["questionnaire"].split("|")[0]] and "subject" in q and "author" in q]
        for q, k in scored[:COUNTS["observation"]]:
            day = date.fromisoformat(q["authored"][:10])
            code, display = code_of[k]
            o = {"resourceType": "Observation", "id": f"obs-{r.hex(8)}", "meta": self.meta(r, day), "status": r.weighted(["final", "preliminary", "entered-in-error"], [95, 4, 1]),
                 "code": {"coding": [{"system": "http://loinc.org" if "-" in code and code[0].isdigit() else "urn:engage:score", "code": code, "display": display}]},
                 "subject": q["subject"], "performer": [q["author"]], "derivedFrom": [ref("QuestionnaireResponse", q["id"])], "effectiveDateTime": q["authored"]}
            shape = r.below(20)
            if shape < 15:
                o["valueInteger"] = r.below(28)
            elif shape < 18:
                o["valueQuantity"] = {"value": r.below(28), "unit": "score"}
            elif shape < 19:
                o["valueString"] = "see form"
            self.add("observation", o)
        assert len(self.tables["observation"]) == COUNTS["observation"]


# ---------------------------------------------------------------- deliveries

def changed(table, resource, r, stamp):
    """What a later version of a resource looks like."""
    new = json.loads(json.dumps(resource))
    new.setdefault("meta", {})["lastUpdated"] = stamp
    if table == "patient":
        new["name"] = [{"use": "official", "family": r.pick(FAMILY), "given": [r.pick(GIVEN)]}]
        new["telecom"] = [{"system": "phone", "value": f"555-888-{1000 + r.below(9000)}", "use": "mobile"}]
    elif table == "questionnaire_response":
        new["status"] = r.pick(["completed", "amended", "entered-in-error"])
    elif table == "encounter":
        new["status"] = "finished" if resource["status"] != "finished" else "entered-in-error"
    elif table == "care_plan":
        new["status"] = "completed" if resource["status"] == "active" else "revoked"
    elif table == "task":
        new["status"] = "completed" if resource["status"] != "completed" else "cancelled"
    elif table == "observation":
        new["status"] = "amended"
    elif table in ("organization", "location", "care_team"):
        new["name"] = resource["name"] + " (renamed)"
    else:
        new["active"] = not resource.get("active", True)
    return new


def synced(resource):
    """The first sync brought everything before it; after that one sync a day brought what had changed."""
    day = date.fromisoformat(resource["meta"]["lastUpdated"][:10]) + timedelta(days=1)
    return f"{max(date(2025, 6, 22), min(day, LAST_SYNC))}T02:10:11Z"


def first_deliveries(world):
    out = {}
    for table, resources in world.tables.items():
        assert len(resources) == COUNTS[table] == len({x["id"] for x in resources}), (table, len(resources))
        r = world.rnd("deliveries/" + table)
        rows = [(x["id"], x, synced(x)) for x in resources]
        early = [k for k, row in enumerate(rows) if row[2] < "2025-06-27"]
        for n, k in enumerate(sorted(r.shuffled(early)[:REDELIVERED[table]])):
            key, old, _ = rows[k]
            again = (key, changed(table, old, r, f"2025-06-2{7 + n % 2}T18:00:00Z"), f"2025-06-2{8 + n % 2}T02:10:11Z")
            rows.insert(0, again) if n % 3 == 2 else rows.append(again)  # the order in the file says nothing
        if table == "encounter":
            rows.append(rows[600])  # the very same row once more
        out[table] = rows
    return out


def late_delivery(world, first):
    """One more sync: changed resources and new ones."""
    stamp, at = "2025-06-29T20:00:00Z", "2025-06-30T02:10:11Z"
    sizes = {"patient": 8, "questionnaire_response": 12, "encounter": 8, "care_plan": 3, "practitioner": 1, "practitioner_role": 1, "organization": 1,
             "organization_affiliation": 0, "location": 0, "care_team": 1, "task": 4, "observation": 2}
    out = {}
    for table, n in sizes.items():
        r = world.rnd("late/" + table)
        newest = {}
        for key, x, when in sorted(first[table], key=lambda row: row[2]):
            newest[key] = x
        rows = [(k, changed(table, newest[k], r, stamp), at) for k in r.shuffled(sorted(newest))[:n]]
        if table in ("patient", "encounter", "questionnaire_response", "care_plan", "task", "observation"):
            for i, k in enumerate(r.shuffled(sorted(newest))[:n]):  # born from an old one: same shape, new id
                x = json.loads(json.dumps(newest[k]))
                x["id"] = f"{x['id'].split('-')[0]}-late{i:04d}"
                x["meta"]["lastUpdated"] = stamp
                rows.append((x["id"], x, at))
        out[table] = rows
    return out


def write(directory, deliveries):
    os.makedirs(directory, exist_ok=True)
    for table, rows in deliveries.items():
        with open(os.path.join(directory, table + ".ndjson"), "wb") as f:
            for key, resource, at in rows:
                line = {"id": key, "resource": resource, "_airbyte_extracted_at": at}
                f.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n")


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--out", default=HERE, help="directory to write to (default: beside this file)")
    args.add_argument("--seed", type=int, default=20250629)
    args.add_argument("--late", action="store_true", help="write the second delivery, into <out>/late")
    args = args.parse_args()
    world = World(args.seed)
    first = first_deliveries(world)
    if args.late:
        write(os.path.join(args.out, "late"), late_delivery(world, first))
    else:
        write(args.out, first)


if __name__ == "__main__":
    main()
