"""Projects for `access_check.py`: their declarations, data, people, and what their row conditions mean in Python.

Conditions are written twice, in the language and as functions over a row and, where they ask
an entitlement, one row of that; `None` stands for SQL's NULL. Generated ones are made as a
tree that is printed and evaluated.
"""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Row = dict[str, Any]


@dataclass
class Source:
    """A source's table: columns with their types in Postgres, and rows."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]]


# --- three-valued logic -----------------------------------------------------------------


def either(*parts: bool | None) -> bool | None:
    """SQL's `or`."""
    if any(p is True for p in parts):
        return True
    return None if any(p is None for p in parts) else False


def every(*parts: bool | None) -> bool | None:
    """SQL's `and`."""
    if any(p is False for p in parts):
        return False
    return None if any(p is None for p in parts) else True


def compare(sign: str, a: Any, b: Any) -> bool | None:
    """A comparison; NULL on either side is NULL."""
    if a is None or b is None:
        return None
    return {"=": a == b, "<>": a != b, "<": a < b, ">=": a >= b}[sign]


def among(value: Any, values: list[Any] | None) -> bool | None:
    """SQL's `in` and `= any`."""
    if values is None:
        return None
    return either(*(compare("=", value, v) for v in values)) if values else False


# --- a hospital group's reports ---------------------------------------------------------


def reporting(folder: Path) -> dict[str, Any]:
    """`access/reporting.pipe` with patients, staff and clients."""
    place = folder / "reporting"
    place.mkdir()
    shutil.copy(HERE / "access" / "reporting.pipe", place)
    chance = random.Random(7)
    kinds, specialties = ["knee", "hospice", "scan", None], ["cardio", "ortho", "onco"]
    clients = ["United Healthcare", "Humana", "united healthcare", None]
    procedures = [
        (
            number,
            f"p{number % 17}",
            chance.choice(kinds),
            chance.choice(specialties),
            chance.choice(clients),
            Decimal(chance.randrange(100, 9000)) / 4,
            f"2025-0{chance.randrange(1, 7)}-1{chance.randrange(10)}",
        )
        for number in range(60)
    ]
    staff = [("ann", ["cardio", "onco"], True), ("bob", ["ortho"], False), ("dee", [], True), ("eve", None, True)]
    staff += [("bob", ["onco"], False), ("uhc", ["ortho"], False)]
    types = ["integer", "text", "text", "text", "text", "numeric(10,2)", "date"]
    names = ["id", "patient_id", "procedure_type", "specialty", "client", "cost", "day"]
    logins = [("ann", ("staff",)), ("bob", ("staff",)), ("cy", ("staff",)), ("dee", ("staff",)), ("eve", ("staff",))]
    logins += [("exec", ("executive",)), ("uhc", ("client_uhc",)), ("both", ("client_uhc", "staff"))]
    logins += [("exporter", ("mt_exporter",)), ("boss", ("staff", "executive")), ("partner", ("partner",)), ("stranger", ()), ("pool", ("ann", "bob"))]
    conditions: dict[str, Callable[[Row, list[Row]], bool | None]] = {
        "hospice": lambda r, e: either(compare("<>", r["procedure_type"], "hospice"), e[0]["is_hospice"]),
        "specialty": lambda r, e: among(r["specialty"], e[0]["allowed_specialties"]),
        "client_rows": lambda r, e: compare("=", r["client"], "United Healthcare"),
    }
    return {
        "name": "reporting",
        "folder": place,
        "sources": {
            "ops.procedures": Source(list(zip(names, types, strict=True)), procedures),
            "ops.staff": Source([("login", "text"), ("allowed_specialties", "text[]"), ("is_hospice", "boolean")], staff),
        },
        "logins": logins,
        # An incremental table keeps rows of earlier builds and takes over nobody's policies: it declares its own.
        "conditions": {f"{name}@{table}": rule for name, rule in conditions.items() for table in ("fct_procedures", "by_specialty")}
        | {"client_notes@notes": lambda r, e: compare("=", r["client"], "United Healthcare")},
        "secrets": {"MT_KEY": "a-throw-away-key-of-mt"},
        "dbt": True,
    }


# --- the example ------------------------------------------------------------------------


def example(folder: Path, place: Path) -> dict[str, Any]:
    """The engage example: no row policies, a hundred tables, three roles. All patients: the rest refers to them, and dbt tests that."""
    sources = {}
    for file in sorted((place / "data").glob("*.ndjson")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        values = [(r["id"], json.dumps(r["resource"]), r["_airbyte_extracted_at"]) for r in (rows if file.stem == "patient" else rows[:40])]
        columns = [("id", "text"), ("resource", "jsonb"), ("_airbyte_extracted_at", "timestamptz")]
        sources[f"airbyte.{file.stem}"] = Source(columns, values)
    copy = folder / "engage"
    shutil.copytree(place, copy)
    logins = [("en_ana", ("analyst",)), ("en_priv", ("privacy_officer",)), ("en_rep", ("reporting",))]
    logins += [("en_two", ("analyst", "reporting")), ("en_none", ())]
    return {
        "name": "engage",
        "folder": copy,
        "sources": sources,
        "logins": logins,
        "conditions": {},
        "secrets": {"PSEUDONYM_KEY": "pipec-throw-away-key"},
    }


def from_csv(data: Path, schema: dict[str, Any], at_most: int = 400) -> dict[str, Source]:
    """The raw tables of an example that keeps its sample data as CSV; an empty field is NULL."""
    sources = {}
    for table, described in schema.items():
        with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))[:at_most]
        columns = [(name, type_) for name, type_ in described["columns"]]
        rows = [tuple(line.get(name) or None for name, _ in columns) for line in lines]
        sources[f"{described['schema']}.{table}"] = Source(columns, rows)
    return sources


def mytomorrows(folder: Path, place: Path) -> dict[str, Any]:
    """Clients with rows of their own, a care team with entitlements, managers of one organization, management with figures."""
    sys.path.insert(0, str(HERE / "checks"))
    import mytomorrows_expected

    copy = folder / "mytomorrows"
    shutil.copytree(place, copy)
    logins = [(name, ("hospital_staff",)) for name in ("ann", "bob", "cy", "eve")]
    logins += [("dee", ("program_manager",)), ("lead", ("hospital_staff", "program_manager")), ("exec", ("executive",)), ("fin", ("finance",))]
    logins += [("uhc", ("client_uhc",)), ("hum", ("client_humana",)), ("two", ("client_uhc", "executive"))]
    logins += [("clerk", ("staff",)), ("stranger", ())]
    uhc = lambda r, e: compare("=", r["client"], "United Healthcare")  # noqa: E731
    return {
        "name": "mytomorrows",
        "folder": copy,
        "sources": from_csv(place / "data", mytomorrows_expected.SCHEMA),
        "logins": logins,
        "conditions": {
            "uhc_rows@client_report": uhc,
            "uhc_rows@client_patients": uhc,
            "specialty@fct_procedures": lambda r, e: among(r["specialty"], e[0]["allowed_specialties"]),
            "hospice@fct_procedures": lambda r, e: either(
                compare("<>", r["procedure_type"], "hospice"), e[0]["is_hospice_authorized"]
            ),
            "organization@ops_procedures": lambda r, e: compare("=", r["organization"], e[0]["organization"]),
        },
        "secrets": mytomorrows_expected.SECRETS,
    }


def medilink(folder: Path, place: Path) -> dict[str, Any]:
    """Wards with everything, researchers with twins, an API with figures; no row policies."""
    sys.path.insert(0, str(HERE / "checks"))
    import medilink_expected

    copy = folder / "medilink"
    shutil.copytree(place, copy)
    logins = [("me_ward", ("clinician",)), ("me_study", ("researcher",)), ("me_api", ("api_reader",))]
    logins += [("me_two", ("researcher", "api_reader")), ("me_none", ())]
    return {
        "name": "medilink",
        "folder": copy,
        "sources": from_csv(place / "data", medilink_expected.SCHEMA),
        "logins": logins,
        "conditions": {},
        "secrets": medilink_expected.SECRETS,
        "first": medilink_expected.FIRST,
    }


def efiche(folder: Path, place: Path) -> dict[str, Any]:
    """Clinicians with every layer, the hospital's own tables among them, and researchers with what is masked."""
    sys.path.insert(0, str(HERE / "checks"))
    import efiche_expected

    copy = folder / "efiche"
    shutil.copytree(place, copy)
    sources = {}
    for table, described in efiche_expected.SCHEMA.items():
        rows = efiche_expected.read(place / "data", table)
        columns = [(name, type_) for name, type_ in described["columns"]]
        sources[f"operational.{table}"] = Source(columns, [tuple(row.get(name) for name, _ in columns) for row in rows])
    logins = [("ef_ward", ("clinician",)), ("ef_study", ("researcher",)), ("ef_two", ("clinician", "researcher")), ("ef_none", ())]
    return {
        "name": "efiche",
        "folder": copy,
        "sources": sources,
        "logins": logins,
        "conditions": {},
        "secrets": efiche_expected.SECRETS,
        "first": efiche_expected.FIRST,
    }


EXAMPLES = {"engage-analytics": example, "mytomorrows": mytomorrows, "medilink": medilink, "efiche": efiche}

# --- made-up projects -------------------------------------------------------------------

COLUMNS = {"region": ["north", "south", "east"], "kind": ["a", "b", None], "level": [1, 2, 3, None], "team": ["t1", "t2"]}
ENTITLED = {"region": "my_region", "team": "my_teams"}


@dataclass
class Condition:
    """A condition as text and as a function of the row and of the entitlement's row."""

    text: str
    holds: Callable[[Row, list[Row]], bool | None]
    columns: set[str]
    asks: bool = False


def constant(value: Any) -> str:
    """A literal."""
    return str(value) if isinstance(value, int) else f"'{value}'"


def leaf(chance: random.Random) -> Condition:
    """A comparison."""
    column = chance.choice(sorted(COLUMNS))
    values = [v for v in COLUMNS[column] if v is not None]
    shape = chance.randrange(6)
    if shape == 0:
        return Condition(f"{column} is not null", lambda r, e: r[column] is not None, {column})
    if shape == 1:
        some = chance.sample(values, min(2, len(values)))
        text = f"{column} in ({', '.join(map(constant, some))})"
        return Condition(text, lambda r, e: among(r[column], some), {column})
    if shape == 2:
        return Condition("region = entitled.my_region", lambda r, e: compare("=", r["region"], e[0]["my_region"]), {"region"}, True)
    if shape == 3:
        return Condition("team in entitled.my_teams", lambda r, e: among(r["team"], e[0]["my_teams"]), {"team"}, True)
    sign = chance.choice(["=", "<>", "<", ">="] if column == "level" else ["=", "<>"])
    value = chance.choice(values)
    return Condition(f"{column} {sign} {constant(value)}", lambda r, e: compare(sign, r[column], value), {column})


def tree(chance: random.Random, depth: int = 2) -> Condition:
    """Comparisons joined by `and` and `or`."""
    if depth == 0 or chance.random() < 0.4:
        return leaf(chance)
    a, b = tree(chance, depth - 1), tree(chance, depth - 1)
    word, join = chance.choice([("and", every), ("or", either)])
    return Condition(
        f"({a.text} {word} {b.text})", lambda r, e: join(a.holds(r, e), b.holds(r, e)), a.columns | b.columns, a.asks or b.asks
    )


MODELS = [
    "model copied in marts{how} {{\n  from base as b\n  select {{ b.id; area = b.region; b.kind; b.level; b.team }}\n}}",
    "model counted in marts{how} {{\n  from base as b\n  group by b.region, b.kind, b.level, b.team\n"
    "  select {{ b.region; b.kind; b.level; b.team; n = count(*) }}\n}}",
    "model joined in marts{how} {{\n  from base as b\n  left join lookup as l on l.team = b.team\n"
    "  select {{ b.id; b.region; b.kind; b.level; b.team; l.lead }}\n}}",
    "model other_way in marts{how} {{\n  from lookup as l\n  left join base as b on b.team = l.team\n"
    "  select {{ l.lead; b.region; b.kind; b.level; b.team }}\n}}",
    "model latest in marts{how} {{\n  from base as b\n  qualify row_number() over (partition by b.region, b.kind, b.level, b.team order by b.id desc) = 1\n"
    "  select {{ b.id; b.region; b.kind; b.level; b.team }}\n}}",
    "model few in marts{how} {{\n  from base as b\n  where b.team = 't1' and b.kind is not null\n  select {{ b.id; b.level; b.region; b.kind; b.team }}\n}}",
    "model twice in marts{how} {{\n  from base as a\n  join base as b on b.id = a.level\n"
    "  select {{ a.id; a.region; a.kind; a.level; a.team; other = b.id }}\n}}",
    "model united in marts{how} {{\n  sql \"\"\"\n  select id, region, kind, level, team from base where id < 20\n"
    "  union all\n  select id, region, kind, level, team from base where id >= 20\n\"\"\"\n}}",
]
NAMES = ["copied", "counted", "joined", "other_way", "latest", "few", "twice", "united"]


def at_google(text: str, prefix: str) -> str:
    """A made-up project for BigQuery: views lie in a dataset of their own, and roles are groups."""
    warehouse = 'warehouse bigquery { project = "demo"; location = "EU" }\n  cloud gcp { project = "demo"; region = "europe-west1" }'
    text = text.replace('warehouse postgres { database = env("DATABASE") }\n  emit sql', f"{warehouse}\n  emit sql, dbt, terraform")
    text = re.sub(r"\bin marts as view\b", "in views", text)
    text = text.replace(f'layer marts schema "{prefix}_marts" as table', f'layer marts schema "{prefix}_marts" as table\nlayer views schema "{prefix}_views" as view')
    # An entitlement's columns are called like the table's: what tells them apart is not their names.
    text = text.replace("my_", "")
    return re.sub(rf'postgres "{prefix}_(\w+)"', rf'google group "{prefix}-\1@example.org"', text)


def generated(folder: Path, number: int, chance: random.Random, pipec: Path, bigquery: bool = False) -> dict[str, Any]:
    """A made-up project; grants that a check refuses are taken out, one by one."""
    place, prefix = folder / f"made{number}", f"g{number}"
    place.mkdir()
    roles = [f"r{i}" for i in range(chance.randrange(2, 5))]
    # What an entitlement is looked up in, kept as it may be; not drawn, so that other projects stay what they were.
    looked_up = "" if bigquery else ["", " as view", " as materialized_view"][number % 3]
    head = [
        f'project {prefix} {{\n  warehouse postgres {{ database = env("DATABASE") }}\n  emit sql\n}}',
        f'source raw on warehouse schema "{prefix}_raw" {{\n'
        "  table base { id integer key @public; region text @public; kind text? @public; level integer? @public; team text @public }\n"
        "  table lookup { team text @public; lead text @public }\n"
        "  table people { login text @public; my_region text? @public; my_teams text[] @public }\n}",
        f'layer marts schema "{prefix}_marts" as table',
        "model base in marts {\n  from raw.base as b\n  select { b.id; b.region; b.kind; b.level; b.team }\n}",
        "model lookup in marts {\n  from raw.lookup as l\n  select { l.team; l.lead }\n}",
        f"model people in marts{looked_up} {{\n  from raw.people as p\n  select {{ p.login; p.my_region; p.my_teams }}\n}}",
        "entitlement teams from people by login",
    ]
    head += [model.format(how=chance.choice(["", " as view", " as view"] if bigquery else ["", "", " as view"])) for model in MODELS]
    head += [f'role {role} {{ postgres "{prefix}_{role}" }}' for role in roles]
    conditions: dict[str, Callable[[Row, list[Row]], bool | None]] = {}
    for index in range(chance.randrange(1, 4)):
        condition = tree(chance)
        whom = "*" if chance.random() < 0.2 else ", ".join(chance.sample(roles, chance.randrange(1, len(roles) + 1)))
        head.append(f"policy p{index} on base for {whom} where {condition.text}")
        conditions[f"p{index}@base"] = condition.holds
    grants = [f"grant read on {table} to {role}" for role in roles for table in ["base", "lookup", *NAMES] if chance.random() < 0.7]
    main = place / "main.pipe"
    while True:
        text = "\n\n".join(head) + "\n" + "\n".join(grants) + "\n"
        main.write_text(at_google(text, prefix) if bigquery else text, encoding="utf-8")
        done = subprocess.run(
            [pipec, "check", place, "--message-format", "json"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            break
        lines = main.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        refused = {lines[line_of(f) - 1] for f in found if f.get("code") in {"P0405", "P0409", "P0613"}} & set(grants)
        if not refused:
            raise RuntimeError(f"a made-up project is refused for another reason:\n{done.stdout}")
        grants = [g for g in grants if g not in refused]
    rows = [
        (i, chance.choice(COLUMNS["region"]), chance.choice(COLUMNS["kind"]), chance.choice(COLUMNS["level"]), chance.choice(COLUMNS["team"]))
        for i in range(1, 41)
    ]
    people = [f"{prefix}_l{i}" for i in range(4)]
    entitled = [(p, chance.choice([*COLUMNS["region"], None]), chance.sample(COLUMNS["team"], chance.randrange(3))) for p in people[:3]]
    entitled.append((people[0], "east", ["t2"]))
    logins = [(p, tuple(chance.sample(roles, chance.randrange(1, 3)))) for p in people]
    base = [("id", "integer"), ("region", "text"), ("kind", "text"), ("level", "integer"), ("team", "text")]
    return {
        "name": f"made{number}",
        "folder": place,
        "sources": {
            f"{prefix}_raw.base": Source(base, rows),
            f"{prefix}_raw.lookup": Source([("team", "text"), ("lead", "text")], [("t1", "lea"), ("t2", "tim"), ("t9", "zoe")]),
            f"{prefix}_raw.people": Source([("login", "text"), ("my_region", "text"), ("my_teams", "text[]")], entitled),
        },
        "logins": logins,
        "conditions": conditions,
    }


def line_of(found: Any) -> int:
    """The line a message points to."""
    return int(found["span"]["start"]["line"] if "span" in found else found["line"])
