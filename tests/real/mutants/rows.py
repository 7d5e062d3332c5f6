"""Data sets: the one that is there, and others that agree with it on everything a clearance admits.

A value of a category that a clearance admits in some form keeps what masks of that form make of it: its year, three digits of a
ZIP code, its last four digits, its pseudonym, whether it is there. All else changes. What the design calls structure stays, too:
which keys are equal, what is NULL, which date is later.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mutants.program import FORMS, UNCLASSIFIED, Clearance, Column, Program, Table

Rows = dict[str, list[dict[str, Any]]]
RUN_DATE = datetime.date(2025, 6, 30)
YEAR = 2025

NAMES = "Smith Jones Garcia Miller Okafor Nguyen Rossi Tanaka Weber Silva Novak Haddad".split()
NOTES = "sleeps badly|asked for a letter|lives with a sister|works at night|has lost weight|moved last year|afraid of needles".split("|")
#: Sizes of groups: two large ones, and two pairs around the thresholds that people move between.
GROUPS = (("north", 14), ("south", 13), ("mid one", 10), ("mid two", 9), ("tiny one", 4), ("tiny two", 4))
PEOPLE = sum(size for _, size in GROUPS)
ZIPS = ("782", "100", "606", "036", "941")
DATES = ("birth_date", "service_date", "death_date")
IDS = ("record_id", "provider_id", "mrn", "plan_id", "account", "license", "device", "vehicle")


@dataclass
class DataSet:
    """Rows by table, and pseudonyms that stay: the new value, and the one it stands for."""

    rows: Rows
    same_token: dict[str, str] = field(default_factory=dict)


# --- the data that are there ------------------------------------------------------------


def original(program: Program) -> DataSet:
    """The rows of a program's sources, made from the types and categories of the columns."""
    rows: Rows = {}
    for table in program.tables:
        dice = random.Random(f"{program.name}.{table.name}")
        parents = [c for c in table.columns if c.references]
        default = PEOPLE if not parents else 3 * PEOPLE
        rows[table.name] = [_row(program, table, n, rows, dice) for n in range(table.rows or default)]
    return DataSet(rows)


def _row(program: Program, table: Table, number: int, rows: Rows, dice: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.references:
            parents = rows[column.references[0]]
            value = parents[number % len(parents)][column.references[1]]
        elif column.key and not column.values:
            value = number + 1 if "int" in column.type else f"{table.name[0]}{number + 1:03}"
        elif column.nullable and dice.random() < 0.15:
            value = None
        else:
            value = _value(program, column, row, number, (rows, dice))
        row[column.name] = value
    return row


def _value(program: Program, column: Column, row: dict[str, Any], number: int, made: tuple[Rows, random.Random]) -> Any:
    rows, dice = made
    if column.ref:
        kind, table, key = column.ref
        return f"{kind}/{rows[table][number % len(rows[table])][key]}"
    if column.kinds and row.get(column.by) is not None:
        kind = dict(column.kinds).get(str(row[column.by]), column.categories[0])
        return _plain(kind, column.type, number, dice)
    if column.values:
        chosen = column.values[(number + number // PEOPLE) % len(column.values)]
        return _typed(chosen, column.type)
    if column.name in ("region", "organization", "site") and column.type == "text":
        return _group(number)
    document = re.fullmatch(r"json<(\w+)>", column.type)
    if document:
        return _document(program, document.group(1), number, made)
    return _plain((*column.categories, UNCLASSIFIED)[0], column.type, number, dice)


def _group(number: int) -> str:
    place = number % PEOPLE
    for name, size in GROUPS:
        if place < size:
            return name
        place -= size
    return GROUPS[0][0]


def _typed(text: str, type_: str) -> Any:
    if "bool" in type_:
        return text == "true"
    return int(text) if "int" in type_ else text


def _document(program: Program, type_: str, number: int, around: tuple[Rows, random.Random]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    dice = around[1]
    for item in program.types[type_]:
        inner = item.type.removesuffix("[]")
        one = dataclasses.replace(item, type=inner, nullable=False)

        def element(at: int, one: Column = one, inner: str = inner) -> Any:
            if inner in program.types:
                return _document(program, inner, number + at, around)
            value = _value(program, one, made, number + at, around)
            return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value

        if item.nullable and dice.random() < 0.1:
            continue
        made[item.name] = [element(at) for at in range(dice.choice((1, 2, 2)))] if item.type.endswith("[]") else element(0)
    return made


def _plain(category: str, type_: str, number: int, dice: random.Random) -> Any:
    """A value of that category and type."""
    if type_.startswith("date"):
        if category == "birth_date":
            return datetime.date(1931 + (number * 7) % 20 * 4, 1, 1) + datetime.timedelta(days=dice.randrange(20, 140))
        return _visit(number, dice)
    if type_.startswith("timestamp"):
        minutes = datetime.timedelta(minutes=dice.randrange(360, 1080))
        return datetime.datetime.combine(_visit(number, dice), datetime.time(), datetime.UTC) + minutes
    if "bool" in type_:
        return dice.random() < 0.5
    if "int" in type_:
        return dice.randrange(10, 98)
    if type_.startswith(("numeric", "double", "real")):
        return dice.randrange(1000, 9000) / 100
    return _text(category, number, dice)


def _visit(number: int, dice: random.Random) -> datetime.date:
    """A day of few, so that days can move within a month; everybody comes once a month."""
    return datetime.date(YEAR, 2 + (number // PEOPLE) % 4, dice.choice((3, 7, 8, 16, 21)))


def _text(category: str, number: int, dice: random.Random) -> str:
    match category:
        case "name" | "provider_name":
            return NAMES[dice.randrange(len(NAMES))]
        case "phone" | "fax" | "provider_contact":
            return f"555-{dice.randrange(100, 1000)}-{dice.randrange(1000, 10000)}"
        case "zip":
            return dice.choice(ZIPS) + f"{dice.randrange(100):02}"
        case "email":
            return f"{dice.choice(NAMES).lower()}{dice.randrange(100)}@example.org"
        case "free_text":
            return dice.choice(NOTES)
        case "birth_date" | "service_date" | "death_date":
            return _plain(category, "date", number, dice).isoformat()
        case "ssn":
            return f"{dice.randrange(100, 899)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}"
        case "plan_id" | "account" | "mrn" | "license":
            return f"{category[0].upper()}{dice.randrange(10**8, 10**9)}"
        case "state":
            return dice.choice(("TX", "NY", "CA"))
        case _:
            return f"{category} {dice.randrange(12)}"


# --- data that agree on what is admitted ------------------------------------------------


#: Equal values change alike and days keep their order; or each row for itself, and days within their month.
WAYS = ("alike", "apart")


def agreeing(program: Program, data: DataSet, clearance: Clearance, way: str) -> DataSet:
    """A data set that no mask and no aggregate the clearance admits can tell from the other one."""
    made = DataSet({name: [dict(row) for row in rows] for name, rows in data.rows.items()})
    later = _stretched(program, data, clearance)
    changing = _few(program, data) if clearance.aggregated else None
    for table in program.tables:
        for number, row in enumerate(made.rows[table.name]):
            if changing is not None and (table.name, number) not in changing:
                continue
            before = dict(row)
            for column in table.columns:
                if before[column.name] is not None and not column.kept:
                    how = _Change(clearance, made, later, way == "apart")
                    row[column.name] = _changed(program, column, before, before[column.name], number, how)
    if clearance.aggregated:
        for table, column in program.cells:
            _move(made.rows[table], column)
    return made


def _few(program: Program, data: DataSet) -> set[tuple[str, int]]:
    """The rows of people in the smallest groups. Nobody else changes where aggregates are admitted: whatever is counted over eleven
    people or more is admitted, however they are chosen."""
    found: set[tuple[str, int]] = set()
    for table in program.tables:
        for number, row in enumerate(data.rows[table.name]):
            here = any(t == table.name and str(row[c]).startswith("tiny") for t, c in program.cells)
            for column in table.columns:
                if column.references:
                    target, key = column.references
                    here |= any((target, n) in found and r[key] == row[column.name] for n, r in enumerate(data.rows[target]))
            if here:
                found.add((table.name, number))
    return found


@dataclass(frozen=True)
class _Change:
    clearance: Clearance
    made: DataSet
    later: dict[datetime.date, datetime.date]
    #: Each row for itself.
    apart: bool

    def form(self, categories: tuple[str, ...]) -> tuple[str, str]:
        """The least of what the clearance admits, and for which category."""
        if not categories:
            return "direct", ""
        return min(((self.clearance.form(c), c) for c in categories), key=lambda found: FORMS.index(found[0]))


def _changed(program: Program, column: Column, row: dict[str, Any], value: Any, number: int, how: _Change) -> Any:
    document = re.fullmatch(r"json<(\w+)>", column.type)
    if document and not column.categories:
        return _other_document(program, document.group(1), value, number, how)
    told = column.told()
    if column.kinds and row.get(column.by) is not None and str(row[column.by]) in dict(column.kinds):
        kind = dict(column.kinds)[str(row[column.by])]
        told = () if kind == "public" else (kind,)
    form, category = how.form(told)
    if form == "direct":
        return value
    changed = _other(category, form, value, number, how)
    if form in ("pseudonym", "partial") and isinstance(changed, (str, int)) and not isinstance(changed, bool):
        how.made.same_token[str(changed)] = str(value)
        # The id a reference ends in has the pseudonym that the id has.
        how.made.same_token[str(changed).split("/")[-1]] = str(value).split("/")[-1]
    return changed


def _other_document(program: Program, type_: str, value: dict[str, Any], number: int, how: _Change) -> dict[str, Any]:
    made = dict(value)
    for item in program.types[type_]:
        if item.name not in value:
            continue
        inner = item.type.removesuffix("[]")

        def other(old: Any, at: int, item: Column = item, inner: str = inner) -> Any:
            if inner in program.types and not item.categories and not item.public:
                return _other_document(program, inner, old, number + at, how)
            if isinstance(old, dict):
                return old
            moved = _date_of(old)
            changed = _changed(program, item, value, old if moved is None else moved, number + at, how)
            return changed.isoformat() if isinstance(changed, datetime.date) else changed

        old = value[item.name]
        made[item.name] = [other(o, at) for at, o in enumerate(old)] if isinstance(old, list) else other(old, 0)
    return made


def _date_of(value: Any) -> datetime.date | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return datetime.date.fromisoformat(value)
    return None


def _other(category: str, form: str, value: Any, number: int, how: _Change) -> Any:
    """Another value, of which masks of that form make the same."""
    if isinstance(value, datetime.datetime):
        day = _other_day(value.date(), number, how)
        minutes = (value.hour * 60 + value.minute) // 2 + 300
        return datetime.datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=value.tzinfo)
    if isinstance(value, datetime.date):
        return _other_birthday(value, form, number if how.apart else 0) if category == "birth_date" else _other_day(value, number, how)
    if isinstance(value, bool):
        return not value if number % 3 else value
    if category in IDS and (form != "partial" or isinstance(value, int)):
        return renamed(value)
    if isinstance(value, int):
        return value % 89 + 10 if number % 4 else value + 3
    if isinstance(value, float):
        return round(value * 1.37 + number, 2)
    return _other_text(category, form, value, number)


def renamed(value: Any) -> Any:
    """Another key: the same for the same one, in another order."""
    if isinstance(value, str) and "/" in value:
        kind, _, key = value.partition("/")
        return f"{kind}/{renamed(key)}"
    digest = int(hashlib.sha256(f"other {value}".encode()).hexdigest(), 16)
    return digest % 10**9 if isinstance(value, int) else f"k{digest % 10**8:08}"


def _other_birthday(value: datetime.date, form: str, number: int) -> datetime.date:
    """Of the same year, before and after the day of the run; of any year where none is admitted."""
    start = value.replace(month=1, day=1, year=value.year if form != "public" else value.year - 2)
    return start + datetime.timedelta(days=(value.timetuple().tm_yday * 5 + 31 + number * 37) % 330 + 3)


def _other_day(value: datetime.date, number: int, how: _Change) -> datetime.date:
    if how.apart and value in how.later:
        return value.replace(day=random.Random(f"{value}|{number}").randrange(1, 29))
    return how.later.get(value, value)


def _other_text(category: str, form: str, value: str, number: int) -> str:
    dice = random.Random(f"{value}|{number}")
    match category:
        case "zip" if form == "general":
            return value[:3] + f"{(int(value[3:5]) * 3 + 7) % 100:02}"
        case "phone" | "fax" | "ssn" | "account" | "plan_id" | "mrn" | "license" if form == "partial":
            head = "".join(str((int(c) * 3 + 4) % 10) if c.isdigit() else c for c in value[:-4])
            return head + value[-4:]
        case "name" | "provider_name":
            return ("Smith", "Zhang", "Ivanov")[dice.randrange(3)] + ("" if number % 4 else "-Lee")
        case "state" | "country":
            return {"TX": "CA", "NY": "TX"}.get(value, "NY")
        case _:
            made = _text(category, number, dice)
            return made if made != value else value + " again"


def _stretched(program: Program, data: DataSet, clearance: Clearance) -> dict[datetime.date, datetime.date]:
    """Other days for the days of service: in the same year, or month where months are counted, and in the same order."""
    months = clearance.aggregated is not None
    days: dict[tuple[int, int], set[datetime.date]] = {}
    for table in program.tables:
        for column in table.columns:
            for row in data.rows[table.name]:
                for day in _days(column, row[column.name]):
                    days.setdefault((day.year, day.month if months else 0), set()).add(day)
    later = {}
    for (year, month), found in days.items():
        ordered, room = sorted(found), 28 if month else 362
        first = datetime.date(year, month or 1, 1)
        for at, day in enumerate(ordered):
            place = at * room // len(ordered) if len(ordered) <= room else (day - first).days
            later[day] = first + datetime.timedelta(days=place)
    return later


def _days(column: Column, value: Any) -> list[datetime.date]:
    if isinstance(value, datetime.datetime):
        return [value.date()]
    if isinstance(value, datetime.date):
        return [] if column.categories[:1] == ("birth_date",) else [value]
    if isinstance(value, (dict, list)):
        found: list[datetime.date] = []
        for text in re.findall(r'"(\d{4}-\d\d-\d\d)"', json.dumps(value)):
            day = datetime.date.fromisoformat(text)
            if day.year == YEAR:
                found.append(day)
        return found
    day = _date_of(value)
    return [day] if day and day.year == YEAR else []


def _move(rows: list[dict[str, Any]], column: str) -> None:
    """One person from each pair's first group to its second: no group of eleven or more changes."""
    for source, target in (("mid one", "mid two"), ("tiny one", "tiny two")):
        moved: Callable[[dict[str, Any]], bool] = lambda row, source=source: row[column] == source
        one = next((row for row in rows if moved(row)), None)
        if one is not None:
            one[column] = target


# --- as SQL -----------------------------------------------------------------------------

_SQL_TYPES = {"json": "jsonb"}


def statements(program: Program, data: DataSet) -> list[str]:
    """What creates and fills the sources' tables."""
    made = []
    for table in program.tables:
        made.append(f"create schema if not exists {table.schema}")
        columns = ", ".join(f'"{c.name}" {sql_type(c)}' for c in table.columns)
        made.append(f"create table {table.schema}.{table.name} ({columns})")
        rows = data.rows[table.name]
        values = ",\n".join("(" + ", ".join(_literal(row[c.name], sql_type(c)) for c in table.columns) + ")" for row in rows)
        if rows:
            made.append(f"insert into {table.schema}.{table.name} values\n{values}")
    return made


def sql_type(column: Column) -> str:
    """Postgres's name of a column's type."""
    return "jsonb" if column.type.startswith("json") else column.type


def _literal(value: Any, type_: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, (dict, list)) and type_ == "jsonb":
        value = json.dumps(value)
    if isinstance(value, list):
        return "array[" + ", ".join(_literal(v, "text") for v in value) + f"]::{type_}"
    return "'" + str(value).replace("'", "''") + f"'::{type_}"
