"""The clinic that random programs read: its tables, its rows, and other rows that a sink may not be able to tell from them.

What a clearance admits of a column is worked out here from the tables of categories and masks below, written by hand from
`docs/reference/masks-and-clearances.md`; nothing is asked of pipec.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "clinic"
#: The day that programs are checked and built on: ages that they count as of this year are counted on a day that is not over.
TODAY = "2025-06-30"
Row = dict[str, Any]
Rows = dict[str, list[Row]]
Place = tuple[str, str]

PUBLIC, GENERAL, PSEUDONYM, PARTIAL, DIRECT = range(5)

#: table -> column -> (type, how it is declared)
TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "patients": {
        "id": ("text", "text key @record_id"),
        "seq": ("integer", "integer unique @public"),
        "name": ("text", "text @name"),
        "phone": ("text", "text? @phone"),
        "email": ("text", "text? @email"),
        "birth_date": ("date", "date? @birth_date"),
        "zip": ("text", "text? @zip"),
        "sex": ("text", "text? @demographic"),
        "mrn": ("text", "text? @mrn"),
        "region": ("text", "text @public"),
        "tags": ("text[]", "text[]? @clinical"),
        "doc": ("jsonb", "json<Person>"),
    },
    "visits": {
        "id": ("integer", "integer key @public"),
        "patient_id": ("text", "text references patients.id @record_id"),
        "day": ("date", "date @service_date"),
        "started": ("timestamptz", "timestamptz? @service_date"),
        "month": ("date", "date @public"),
        "kind": ("text", "text @public"),
        "minutes": ("integer", "integer @public"),
        "reason": ("text", "text? @free_text"),
        "diagnosis": ("text", "text? @clinical"),
        "cost": ("integer", "integer? @clinical"),
    },
    "answers": {
        "response": ("integer", "integer @public"),
        "question": ("text", "text @public"),
        "answer": ("text", "text? @free_text @name @phone"),
    },
    "codes": {"code": ("text", "text key @public"), "n": ("integer", "integer @public")},
    "stays": {
        "id": ("integer", "integer key @public"),
        "patient_id": ("text", "text references patients.id @record_id"),
        "ward": ("text", "text @public"),
        "charge": ("integer", "integer measure @clinical"),
    },
    "referrals": {
        "id": ("integer", "integer key @public"),
        "patient_id": ("text", "text references patients.id @record_id"),
        "referrer": ("text", "text references patients.id @record_id"),
        "ward": ("text", "text @public"),
        "charge": ("integer", "integer measure @clinical"),
    },
}

TYPES = """type PersonName { family text? @name; use text? @public }
type Contact { system text? @public; value text? @phone @email by system }
type Person { names PersonName[]?; contacts Contact[]?; born text? @birth_date; ward text? @public }"""

#: column -> the categories that it tells
TOLD: dict[Place, tuple[str, ...]] = {
    ("patients", "id"): ("record_id",),
    ("patients", "name"): ("name",),
    ("patients", "phone"): ("phone",),
    ("patients", "email"): ("email",),
    ("patients", "birth_date"): ("birth_date",),
    ("patients", "zip"): ("zip",),
    ("patients", "sex"): ("demographic",),
    ("patients", "mrn"): ("mrn",),
    ("patients", "tags"): ("clinical",),
    ("patients", "doc"): ("name", "phone", "email", "birth_date"),
    ("visits", "patient_id"): ("record_id",),
    ("visits", "day"): ("service_date",),
    ("visits", "started"): ("service_date",),
    ("visits", "reason"): ("free_text",),
    ("visits", "diagnosis"): ("clinical",),
    ("visits", "cost"): ("clinical",),
    ("answers", "answer"): ("free_text", "name", "phone"),
    ("stays", "patient_id"): ("record_id",),
    ("stays", "charge"): ("clinical",),
    ("referrals", "patient_id"): ("record_id",),
    ("referrals", "referrer"): ("record_id",),
    ("referrals", "charge"): ("clinical",),
}

_SAFE = {c: GENERAL for c in ("birth_date", "service_date", "zip", "name", "phone", "email", "mrn", "record_id", "free_text")}
_CARE = {"demographic": DIRECT, "clinical": DIRECT}
#: clearance -> category -> the greatest form that it admits
CLEARANCES: dict[str, dict[str, int]] = {
    "safe_harbor": _SAFE | _CARE,
    "expert('ED-1', expires '2099-12-31')": _SAFE | _CARE | {"phone": PARTIAL, "record_id": PSEUDONYM, "mrn": PSEUDONYM},
    "limited_data_set": _SAFE | _CARE | {"zip": DIRECT, "birth_date": DIRECT, "service_date": DIRECT, "record_id": DIRECT},
    "registry": {"zip": GENERAL, "birth_date": GENERAL, "clinical": DIRECT, "record_id": PSEUDONYM},
    "nothing": {},
    "aggregated(11)": {},
    "figures": {"clinical": DIRECT},
}
DECLARED = """clearance registry { zip general; birth_date general; clinical direct; record_id pseudonym because "a made-up agreement" }
clearance nothing {}
clearance figures = aggregated(11) { clinical direct }"""

FAMILIES = ["Smith", "Jones", "Smythe", "Ng", "O'Hara", "Zoë", "Smith-Lee", "Adams", "Baker", "Jonas"]
REASONS = ["cough", "fever", "knee", "call Smith", "", "back pain"]
DIAGNOSES = ["flu", "cold", "sprain", "asthma"]
SMALL_AREAS = ["036", "059", "102", "203", "556", "692", "821", "893"]
AREAS = ["100", "100", "112", "606", "941", *SMALL_AREAS[:2]]


def _phone(rng: random.Random) -> str:
    return rng.choice(["", "+1 "]) + f"{rng.randint(200, 999)}-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}" if rng.random() < 0.9 else str(rng.randint(100, 9999))


def _date(rng: random.Random, low: int, high: int) -> str:
    return f"{rng.randint(low, high)}-{rng.randint(1, 12):02}-{rng.randint(2, 28):02}"


def _zip(rng: random.Random, area: str) -> str:
    return f"{area}{rng.randint(10, 99)}" + (f"-{rng.randint(1000, 9999)}" if rng.random() < 0.2 else "")


def _maybe(rng: random.Random, value: Any, share: float = 0.2) -> Any:
    return None if rng.random() < share else value


def rows(seed: int) -> Rows:
    """A data set: regions with more than eleven patients and with fewer."""
    rng = random.Random(seed)
    out: Rows = {table: [] for table in TABLES}
    ids = rng.sample(range(100, 999), 40)
    for seq in range(40):
        region = "north" if seq < 17 else "south" if seq < 33 else "west"
        contacts = [
            {"system": s, "value": _phone(rng) if s == "phone" else f"{rng.choice('abc')}@x{rng.randint(1, 99)}.org"}
            for s in rng.choice([["phone"], ["phone", "email"], ["email", "phone"], []])
        ]
        doc = {
            "names": [{"family": rng.choice(FAMILIES), "use": u} for u in rng.choice([["official"], ["official", "old"], ["usual"], []])],
            "contacts": contacts,
            "born": _date(rng, 1930, 2005),
            "ward": rng.choice("AB"),
        }
        out["patients"].append(
            {
                "id": f"p{ids[seq]}",
                "seq": seq + 1,
                "name": rng.choice(FAMILIES),
                "phone": _maybe(rng, _phone(rng)),
                "email": _maybe(rng, f"{rng.choice('abc')}{rng.randint(1, 40)}@x.org"),
                "birth_date": _maybe(rng, _date(rng, 1925, 2006), 0.1),
                "zip": _maybe(rng, _zip(rng, rng.choice(AREAS)), 0.1),
                "sex": _maybe(rng, rng.choice("FM"), 0.1),
                "mrn": _maybe(rng, f"M{rng.randint(10, 70)}", 0.1),
                "region": region,
                "tags": _maybe(rng, [rng.choice(["dm", "htn", "ckd"]) for _ in range(rng.randint(0, 3))]),
                "doc": doc,
            }
        )
    for number in range(90):
        month = rng.choice([1, 1, 2, 3])
        day = f"2025-{month:02}-{rng.randint(2, 28):02}"
        out["visits"].append(
            {
                "id": number + 1,
                "patient_id": f"p{ids[number % 36]}",
                "day": day,
                "started": _maybe(rng, f"{day} {rng.randint(8, 17):02}:{rng.randint(0, 59):02}:00+00"),
                "month": f"2025-{month:02}-01",
                "kind": rng.choice(["home", "home", "home", "clinic", "call"]),
                "minutes": rng.choice([5, 10, 15, 30, 60]),
                "reason": _maybe(rng, rng.choice(REASONS)),
                "diagnosis": _maybe(rng, rng.choice(DIAGNOSES)),
                "cost": _maybe(rng, rng.randint(10, 90)),
            }
        )
    for response in range(1, 21):
        for question, value in (("q1", rng.choice(FAMILIES)), ("q2", _phone(rng)), ("q3", rng.choice(REASONS))):
            if rng.random() < 0.85:
                out["answers"].append({"response": response, "question": question, "answer": value})
    for n, code in enumerate(["a", "b", "c", "Smith", "flu", "p101"]):
        out["codes"].append({"code": code, "n": n})
    for number in range(72):
        stay = {"id": number + 1, "patient_id": f"p{ids[number % 36]}", "ward": "AB"[number % 3 > 0], "charge": rng.randint(10, 900)}
        out["stays"].append(stay)
        # In one ward everybody else referred the same patient.
        same = number % 2 == 0
        out["referrals"].append(stay | {"patient_id": f"p{ids[0 if same else number % 36]}", "referrer": f"p{ids[1 + number % 35]}", "ward": "A" if same else "B"})
    return out


def literal(value: Any, type_: str) -> str:
    """A value as Postgres reads it."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "cast(array[" + ", ".join(literal(v, "text") for v in value) + f"] as {type_})"
    if isinstance(value, int):
        return str(value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
    return "'" + text.replace("'", "''") + f"'::{type_}"


def fill(table: str, made: list[Row]) -> str:
    """The statement that fills a table: the rows lie in the order given."""
    columns = TABLES[table]
    values = ", ".join("(" + ", ".join(literal(row[c], columns[c][0]) for c in columns) + ")" for row in made)
    return f"insert into {SCHEMA}.{table} values {values}"


def declared() -> str:
    """The source as pipec reads it."""
    out = [TYPES, f'source clinic on warehouse schema "{SCHEMA}" {{']
    for table, columns in TABLES.items():
        out.append(f"  table {table} {{ " + "; ".join(f"{name} {said}" for name, (_, said) in columns.items()) + " }")
    return "\n".join([*out, "}", "subject patient key clinic.patients.id"])


# --- other rows -------------------------------------------------------------------------


@dataclass
class Admitted:
    """What a program's sink may know beside its clearance, by the program's own words."""

    clearance: str
    #: Columns whose order decides which row is the first: `latest per key` is structure.
    ordered: set[Place] = field(default_factory=set)
    #: Columns of which a release in the program hands on more: functions of the value that may be known.
    released: list[tuple[Place, Callable[[Any], Any]]] = field(default_factory=list)
    #: Whether the program asks nowhere if there is a value: then what a clearance does not name may come and go.
    presence: bool = False

    def form(self, place: Place) -> int:
        """The least form that is admitted of all the categories of a column."""
        return min(CLEARANCES[self.clearance].get(c, PUBLIC) for c in TOLD[place])


#: The columns that hold patients' ids.
IDS = {("patients", "id"), ("visits", "patient_id"), ("stays", "patient_id"), ("referrals", "patient_id"), ("referrals", "referrer")}


class Changes:
    """Makes data sets that agree with one on all that is admitted."""

    def __init__(self, before: Rows, admitted: Admitted, seed: int) -> None:
        self.before, self.admitted = before, admitted
        self.rng = random.Random(seed)
        #: new name -> old name: a keyed token of both is the same, for the key is not known.
        self.renamed: dict[str, str] = {}

    def changed(self, places: Iterable[Place]) -> Rows:
        """The rows with other values in these columns, as far as they are not admitted."""
        out = {table: [dict(row) for row in made] for table, made in self.before.items()}
        places = set(places)
        if ("patients", "*") in places:
            self._people(out)
            places.discard(("patients", "*"))
        if places & IDS:
            self._ids(out)
            places -= IDS
        for place in sorted(places):
            self._column(out[place[0]], place)
        return out

    def _people(self, out: Rows) -> None:
        """Somebody less in a region of few, with all that is theirs; or a visit that took longer, or less."""
        if self.rng.random() < 0.6:
            gone = self.rng.choice([row["id"] for row in out["patients"] if row["region"] == "west"])
            for made in out.values():
                made[:] = [row for row in made if gone not in (row.get("id"), row.get("patient_id"), row.get("referrer"))]
            return
        visit = self.rng.choice(out["visits"])
        visit["minutes"] = 60 if visit["minutes"] < 30 else 5

    def _ids(self, out: Rows) -> None:
        if self.admitted.form(("patients", "id")) == DIRECT:
            return
        old = [row["id"] for row in out["patients"]]
        new = [f"p{n}" for n in self.rng.sample(range(1000, 9999), len(old))] if self.rng.random() < 0.5 else self.rng.sample(old, len(old))
        if ("patients", "id") in self.admitted.ordered:
            new = [f"{n}{self.rng.randint(1, 9)}" for n in old]
        names = dict(zip(old, new))
        self.renamed |= {n: o for o, n in names.items()}
        for row in out["patients"]:
            row["id"] = names[row["id"]]
        for table, column in sorted(IDS - {("patients", "id")}):
            for row in out[table]:
                row[column] = names[row[column]]

    def _column(self, made: list[Row], place: Place) -> None:
        form, name = self.admitted.form(place), place[1]
        if form == DIRECT:
            return
        if name == "charge":
            # Other people's in the same ward, so that every sum and mean of a ward stays as it is; or anybody's.
            wards = [["A"], ["B"]] if self.rng.random() < 0.7 else [["A", "B"]]
            for among in ([row for row in made if row["ward"] in ward] for ward in wards):
                values = self.rng.sample([row[name] for row in among], len(among))
                for row, value in zip(among, values):
                    row[name] = value
            return
        if name == "mrn" and form >= PSEUDONYM:
            values = sorted({row[name] for row in made if row[name]})
            names = dict(zip(values, (f"N{n}" for n in self.rng.sample(range(100, 999), len(values)))))
            self.renamed |= {n: o for o, n in names.items()}
            for row in made:
                row[name] = names.get(row[name])
            return
        known = sorted({row[name] for row in made if isinstance(row[name], str)})
        comes_and_goes = self.admitted.presence and form == PUBLIC and "?" in TABLES[place[0]][name][1] and name not in ("tags", "answer")
        told = {p for p, _ in self.admitted.released} | self.admitted.ordered
        if comes_and_goes and place not in told:
            values = [row[name] for row in made]
            self.rng.shuffle(values)
            for row, value in zip(made, values):
                row[name] = value
        # What is the same stays the same where an order decides: a tie is broken by what comes behind it.
        same: dict[str, Any] = {}
        for row in made:
            old = row[name]
            if old is not None:
                new = same.get(old) if place in self.admitted.ordered else None
                row[name] = self._one(place, form, old, row, known) if new is None else new
                if place in self.admitted.ordered:
                    same[old] = row[name]

    def _one(self, place: Place, form: int, old: Any, row: Row, known: list[str]) -> Any:
        keeps = [f for p, f in self.admitted.released if p == place]
        for _ in range(30):
            new = self._any(place, form, old, row)
            if place in self.admitted.ordered:
                # Larger than it was and smaller than the next one was: all of them together keep their order.
                above = [k for k in known if k > old]
                if not (old <= new and (not above or new < above[0])):
                    continue
            if new != old and all(f(new) == f(old) for f in keeps):
                return new
        return old

    def _any(self, place: Place, form: int, old: Any, row: Row) -> Any:
        rng = self.rng
        match place[1]:
            case "name":
                return rng.choice([*FAMILIES, f"X{rng.randint(0, 99)}", old + rng.choice("abz")])
            case "phone":
                return self._phone(form, old)
            case "email":
                return f"{rng.choice('abc')}{rng.randint(1, 99)}@y.org"
            case "birth_date" | "day":
                return self._day(form, old)
            case "started":
                return self._day(form, old[:10]) + f" {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00+00"
            case "zip":
                if form < GENERAL:
                    return _zip(rng, rng.choice(AREAS))
                return _zip(rng, rng.choice(SMALL_AREAS) if old[:3] in SMALL_AREAS else old[:3])
            case "sex":
                return rng.choice("FMX")
            case "mrn":
                return f"M{rng.randint(10, 99)}"
            case "tags":
                return [rng.choice(["dm", "htn", "ckd", "flu"]) for _ in old]
            case "reason":
                return rng.choice([*REASONS[:4], f"r{rng.randint(0, 99)}"])
            case "diagnosis":
                return rng.choice([*DIAGNOSES, "x"])
            case "cost":
                return rng.randint(1, 200)
            case "answer":
                if row["question"] == "q2":
                    return self._phone(CLEARANCES[self.admitted.clearance].get("phone", PUBLIC), old)
                return rng.choice([*FAMILIES, *REASONS[:4], f"y{rng.randint(0, 99)}"])
            case "doc":
                return self._document(old)
        raise AssertionError(place)

    def _phone(self, form: int, old: str) -> str:
        if form < PARTIAL:
            return _phone(self.rng)
        if len(old) < 8:
            return str(self.rng.randint(100, 9999))
        return "".join(self.rng.choice("0123456789") if c.isdigit() else c for c in old[:-4]) + old[-4:]

    def _day(self, form: int, old: str) -> str:
        rng = self.rng
        if form < GENERAL:
            return _date(rng, 1930, 2025)
        # The year, and the side of the day that ages are reckoned on.
        low, high = (1, 6) if old[5:] <= "06-30" else (7, 12)
        return f"{old[:4]}-{rng.randint(low, high):02}-{rng.randint(2, 28):02}"

    def _document(self, old: Row) -> Row:
        mine = CLEARANCES[self.admitted.clearance]
        out = json.loads(json.dumps(old))
        for name in out["names"]:
            name["family"] = self.rng.choice([*FAMILIES, "Xu"])
        for contact in out["contacts"]:
            form = mine.get(contact["system"], PUBLIC)
            contact["value"] = self._phone(form, contact["value"]) if contact["system"] == "phone" else f"n{self.rng.randint(1, 99)}@z.org"
        if mine.get("birth_date", PUBLIC) < DIRECT:
            out["born"] = self._day(mine.get("birth_date", PUBLIC), out["born"])
        return out


#: What the programs together are made with: relational operators, expressions, rules of information flow.
NODES = """
sql body|declarative body|rename|intact function|where|is null|comparison|between|in|any|or|like|regex|not|is distinct|join|left join|right join|full join|cross join|key join
in query|exists|not in query|distinct on|distinct|qualify|row_number|window|derived table|with|recursive|lateral|limit|order by|union all|union|intersect|except|let
group by|aggregate|filter|having|rollup|cube|grouping sets|json path|unnest|array||||upper|case|coalesce|nullif|substring|length|cast|greatest|md5|subquery|json
redact|is_present|zip3|year_of|age_years|age_band|hmac_token|keep_last|masking|masked by|drop|release|discriminate|metric|fact|min_group|grant|export|bucket|reader
as view|as ephemeral
""".replace("||||", "|concat|").replace("\n", "|").strip("|").split("|")
