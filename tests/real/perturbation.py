"""An example under perturbation: values that a sink may not know change, and what the sink receives does not.

As in `noninterference.py`, but for whole projects over their own sample data: each sensitive place of the raw tables, one after the other, gets
other values that leave what the sinks' clearances admit of it (four digits at the end of a phone number, three of a ZIP code, the year of a
date, which ids are equal). The emitted SQL builds both on a real Postgres; every bucket and role that may not know the values has to receive
the same rows of the same columns. Which places are sensitive is written down here, and not read from pipec's labels; what a sink receives is read
from the evidence report.

With `--together`, places that the same sinks may not know change at once, in so few builds as there are such sets; where one of these tells, its
places are tried one by one to name it. What changes is the same, and so is what has to stay: a change that another one cancels is all it could miss.
"""

from __future__ import annotations

import csv
import datetime
import importlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import engines
import judge
import sql_run
import warehouse

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))

STORE_KEY = (
    "insert into pipec_secret.key (name, value) values (%(name)s, convert_to(%(value)s, 'UTF8'))"
    " on conflict (name) do update set value = excluded.value"
)
FORMS = ["public", "general", "pseudonym", "partial", "direct"]
Rows = dict[str, list[dict[str, Any]]]


# The moment at which a change was written down: the clock's, and no value's.
WRITTEN_AT = "changed_at"


def words(text: str) -> str:
    """Other letters and digits of the same kind, in another order: what is equal stays equal, a blank text is none, and nothing else is kept."""
    if not text.strip():
        return text

    def other(c: str) -> str:
        if c.isdigit():
            return str(9 - int(c))
        return chr(219 - ord(c)) if "a" <= c <= "z" else chr(155 - ord(c)) if "A" <= c <= "Z" else c

    return "".join(map(other, text)) + "q"


def mailbox(text: str) -> str:
    """Another mailbox at the same host."""
    box, at, host = text.partition("@")
    return words(box) + at + host if at else words(text)


def phone(text: str) -> str:
    """Another number with the same four digits at its end."""
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    changed = set(digits[:-4])
    return "".join(str((int(c) + 3) % 10) if i in changed else c for i, c in enumerate(text))


def contact(text: str) -> str:
    """A phone number or an address for mail."""
    return mailbox(text) if "@" in text else phone(text)


def zip_code(text: str) -> str:
    """Another code in the same area of three digits."""
    return text[:3] + "".join(str((int(c) + 3) % 10) if c.isdigit() else c for c in text[3:])


def digits(text: str) -> str:
    """Another number of the same shape."""
    return "".join(str((int(c) + 3) % 10) if c.isdigit() else c for c in text)


def birthday(text: str) -> str:
    """The next day, in the same year; no year begins or ends with it, and none of the runs falls on it."""
    found = re.match(r"\d{4}-\d\d-\d\d", text)
    if not found:
        return text
    day = datetime.date.fromisoformat(found.group())
    after = day + datetime.timedelta(days=1)
    skipped = day.year != after.year or (day.month, day.day) in ((1, 1), (6, 29), (6, 30)) or (after.month, after.day) == (6, 30)
    return text if skipped else after.isoformat() + text[10:]


def moment(text: str) -> str:
    """One second later on the same day."""
    return re.sub(r":(\d\d)(?=[.Z+]|$)", lambda m: f":{min(int(m.group(1)) + 1, 59):02}" if m.group(1) < "58" else m.group(), text, count=1)


@dataclass(frozen=True)
class Place:
    """Where sensitive values of a kind stand, what they tell, and how much of it their change leaves as it is."""

    name: str
    paths: tuple[str, ...]
    kind: Callable[[str], str]
    categories: tuple[str, ...]
    leaves: str


def places(kind: Callable[[str], str], leaves: str, categories: str, *paths: str) -> list[Place]:
    """Some places, each by itself."""
    return [Place(path, (path,), kind, tuple(categories.split()), leaves) for path in paths]


NAMES = [
    *places(words, "general", "name provider_name", "*.resource.name.family", "*.resource.name.given"),
    *places(contact, "partial", "phone provider_contact", "*.resource.telecom.value"),
    *places(words, "general", "street_address", "patient.resource.address.line"),
    *places(words, "general", "city", "patient.resource.address.city"),
    *places(zip_code, "general", "zip", "patient.resource.address.postalCode"),
    *places(birthday, "general", "birth_date", "patient.resource.birthDate"),
    *places(moment, "general", "service_date", "encounter.resource.period.*", "questionnaire_response.resource.authored"),
]
#: What answers to a question of a category may change to.
ANSWERS = {
    "name": (words, "general"), "phone": (phone, "partial"), "email": (mailbox, "general"), "street_address": (words, "general"),
    "city": (words, "general"), "zip": (zip_code, "general"), "birth_date": (birthday, "general"), "free_text": (words, "general"),
    "plan_id": (words, "general"),
}  # fmt: skip


def engage(folder: Path) -> list[Place]:
    """The answers by their questions, as they were reviewed; a question that is asked in two ways is left out."""
    asked: dict[str, set[str]] = {}
    with (folder / "seeds" / "questionnaire_metadata.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            asked.setdefault(row["linkid"], set()).add(row["category"])
    answers = []
    for category, (kind, leaves) in ANSWERS.items():
        # Brackets are no sets of characters here.
        paths = tuple(f"*[[]{linkid}].answer.value*" for linkid, categories in sorted(asked.items()) if linkid and categories == {category})
        answers.append(Place(f"answers: {category}", paths, kind, (category,), leaves))
    return NAMES + answers


EXAMPLES: dict[str, Callable[[Path], list[Place]]] = {
    "engage-analytics": engage,
    "mytomorrows": lambda _: [
        *places(words, "general", "name", "patients.first_name", "patients.last_name"),
        *places(mailbox, "general", "email", "patients.email"),
        *places(phone, "partial", "phone", "patients.phone"),
        *places(words, "general", "street_address", "patients.address"),
        *places(words, "general", "city", "patients.city"),
        *places(zip_code, "general", "zip", "patients.zip"),
        *places(birthday, "general", "birth_date", "patients.date_of_birth"),
        *places(moment, "general", "service_date", "encounters.started_at"),
    ],
    "efiche": lambda _: [
        *places(words, "general", "name", "patients.first_name", "patients.last_name"),
        *places(phone, "partial", "phone", "patients.phone"),
        *places(birthday, "general", "birth_date", "patients.date_of_birth"),
        *places(words, "general", "free_text", "reports.report_text"),
        *places(moment, "general", "service_date", "encounters.encounter_date"),
    ],
    "medilink": lambda _: [
        # Uploads name a patient in each file: all change alike.
        *places(words, "general", "name", "*.first_name", "*.last_name"),
        *places(birthday, "general", "birth_date", "*.dob"),
        *places(phone, "partial", "phone", "patients.phone"),
        *places(words, "general", "free_text", "medical_records.data.notes"),
        *places(moment, "general", "service_date", "triage_visits.visited_at", "medical_records.recorded_at"),
    ],
    "emr-analytics": lambda _: [
        *places(words, "general", "name", "patients.first", "patients.last"),
        *places(digits, "general", "ssn", "patients.ssn"),
        *places(words, "general", "street_address", "patients.address"),
        *places(words, "general", "city", "patients.city"),
        *places(zip_code, "general", "zip", "patients.zip"),
        *places(birthday, "general", "birth_date", "patients.birthdate"),
        *places(birthday, "general", "death_date", "patients.deathdate"),
        *places(words, "general", "provider_name", "providers.name"),
        *places(moment, "general", "service_date", "encounters.start", "encounters.stop", "medications.start", "medications.stop"),
        *places(birthday, "general", "service_date", "conditions.start", "conditions.stop"),
    ],
}  # fmt: skip


def read(data: Path, tables: list[warehouse.Table]) -> Rows:
    """The sample data, by table."""
    found: Rows = {}
    for table in tables:
        lines, table_csv = data / f"{table.name}.ndjson", data / f"{table.name}.csv"
        if lines.exists():
            found[table.name] = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines() if line.strip()]
        elif table_csv.exists():
            with table_csv.open(encoding="utf-8", newline="") as file:
                documents = {name for name, type_ in table.columns if type_ == "jsonb"}
                found[table.name] = [
                    {k: (json.loads(v) if k in documents else v) if v else None for k, v in row.items()} for row in csv.DictReader(file)
                ]
    return found


def changed(value: Any, path: str, place: Place, count: list[int]) -> Any:
    """A value with what stands at the place changed; `count` is raised by each."""
    if isinstance(value, dict):
        asked = f"[{value['linkId']}]" if "linkId" in value else ""
        return {key: changed(inner, f"{path}{asked}.{key}", place, count) for key, inner in value.items()}
    if isinstance(value, list):
        return [changed(inner, path, place, count) for inner in value]
    if isinstance(value, str) and any(fnmatchcase(path, wanted) for wanted in place.paths):
        other = place.kind(value)
        count[0] += other != value
        return other
    return value


@dataclass(frozen=True)
class Sink:
    """A bucket or role, whether it is cleared for everything, what it may know of each category, and what it receives."""

    name: str
    everything: bool
    admits: dict[str, str]
    tables: dict[tuple[str, str], list[str]]

    def is_kept_from(self, place: Place) -> bool:
        """Whether all it may know of the place is what a change leaves."""
        return not self.everything and all(FORMS.index(self.admits.get(c, "public")) <= FORMS.index(place.leaves) for c in place.categories)


def sinks(evidence: Path) -> Iterator[Sink]:
    """All of a program."""
    for file in sorted(evidence.glob("*_*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        clearance = told["clearance"] or {"everything": False, "admits": {}}
        tables = {(t["schema"], t["name"]): [c["name"] for c in t["columns"]] for t in told["tables"]}
        yield Sink(told["what"], clearance["everything"], clearance["admits"], tables)


def on_postgres(folder: Path, scratch: Path) -> Path:
    """The example, for Postgres: where it names another warehouse, that line is another one, and nothing else."""
    text = (folder / "project.pipe").read_text(encoding="utf-8")
    text, times = re.subn(r"warehouse bigquery \{[^}]*\}", 'warehouse postgres { database = env("DATABASE") }', text)
    if not times:
        return folder
    copy = scratch / "source"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("out"))
    (copy / "project.pipe").write_text(text, encoding="utf-8")
    return copy


def external(folder: Path) -> dict[str, Any]:
    """External tables over files, with their columns: all texts but the time of ingestion."""
    def columns(file: Path) -> list[list[str]]:
        head = file.read_text(encoding="utf-8").splitlines()[0].split(",")
        return [[c, "timestamptz" if c == "ingested_at" else "text"] for c in head]

    return {file.stem: {"schema": "emr_raw", "columns": columns(file)} for file in sorted((folder / "data").glob("*.csv"))}


class Example:
    """An example, built once, and run over as many data sets as one likes."""

    def __init__(self, pipec: Path, folder: Path, scratch: Path, server: engines.Server) -> None:
        names = (folder.name.replace("-", "_"), folder.name.split("-")[0])
        rules: Any = importlib.import_module(next(f"{n}_expected" for n in names if (HERE / "checks" / f"{n}_expected.py").exists()))
        self.server, self.scratch, self.out = server, scratch, scratch / "out"
        # The files that make the tables of the example's own.
        self.first: tuple[str, ...] = getattr(rules, "FIRST", ())
        self.secrets: dict[str, str] = getattr(rules, "SECRETS", {"PSEUDONYM_KEY": "pipec-throw-away-key"})
        self.environment = self.secrets | {"PIPEC_RUN_DATE": getattr(rules, "RUN_DATE", "2025-06-30")}
        done = engines.run([pipec, "build", on_postgres(folder, scratch), "--target", "sql,evidence", "-o", self.out], env=engines.clean_environment("PG"))
        if done.returncode != 0:
            raise engines.EngineError(f"{folder.name} does not build:\n{done.stdout[-3000:]}")
        schema = scratch / "schema.json"
        # Airbyte's tables have no key: a changed resource comes as one more row.
        airbyte = {f.stem: {"schema": "airbyte", "columns": warehouse.AIRBYTE_COLUMNS} for f in sorted((folder / "data").glob("*.ndjson"))}
        schema.write_text(json.dumps(getattr(rules, "SCHEMA", airbyte or external(folder))), encoding="utf-8")
        self.tables = warehouse.read_tables(folder / "data", schema)
        self.before = read(folder / "data", self.tables)
        self.sinks = list(sinks(self.out / "evidence"))
        self.files = sql_run.files_in_order(self.out / "sql" / "postgres" / "index.txt")

    def run(self, file: Path) -> None:
        """One file of the output."""
        if complaint := warehouse.psql(self.server, file, extra=self.environment):
            raise engines.EngineError(f"{file.name} fails:\n{complaint}")

    def received(self, rows: Rows) -> dict[str, list[str]]:
        """What every sink's tables hold, built from these rows in an empty warehouse."""
        data = self.scratch / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        for name, all_rows in rows.items():
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in all_rows)
            (data / f"{name}.ndjson").write_text(text, encoding="utf-8")
        connection = warehouse.connect(self.server)
        with connection.cursor() as cursor:
            cursor.execute("select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')")
            for (schema,) in cursor.fetchall():
                cursor.execute(f"drop schema {warehouse.quoted(schema)} cascade")
        warehouse.prepare(self.server, [HERE.parents[1] / "stdlib" / "setup" / "postgres.sql"], self.secrets)
        warehouse.store_secrets(connection, STORE_KEY, self.secrets)
        warehouse.create(connection, self.tables)
        for file in (f for f in self.files if f.name.endswith(self.first)):
            self.run(file)
        warehouse.load(connection, self.tables, data)
        for file in self.files:
            self.run(file)
        found: dict[str, list[str]] = {}
        with connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            # A model may be called like a raw table.
            raw = sorted({table.schema for table in self.tables})
            for sink in self.sinks:
                for (schema, table), columns in sink.tables.items():
                    cursor.execute(
                        "select format('%%I.%%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                        " where c.relname = %s and c.relkind in ('r', 'v', 'm', 'p') and n.nspname !~ '^pg_' order by n.nspname <> %s, n.nspname = any(%s)",
                        (table, schema, raw),
                    )
                    relation = cursor.fetchall()[0][0]
                    told = [column for column in columns if column != WRITTEN_AT]
                    cursor.execute(f"select to_jsonb(t)::text from (select {', '.join(map(warehouse.quoted, told))} from {relation}) as t")
                    found[f"{sink.name}: {schema}.{table}"] = sorted(row for (row,) in cursor.fetchall())
            found["the warehouse"] = self.built(cursor, raw)
        connection.close()
        return found

    def built(self, cursor: Any, raw: list[str]) -> list[str]:
        """What all models hold, as a digest each: whether a change got anywhere."""
        cursor.execute(
            "select format('%%I.%%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'v', 'm') and n.nspname !~ '^(pg_|information_schema|pipec)' and not n.nspname = any(%s) order by 1",
            (raw,),
        )
        digests = []
        for (relation,) in cursor.fetchall():
            cursor.execute(f"select md5(string_agg(h, '' order by h)) from (select md5(t::text) as h from {relation} as t) as d")
            digests.append(f"{relation} {cursor.fetchall()[0][0]}")
        return digests


@dataclass
class Found:
    """How many values changed, how many comparisons were made, and of how many places a change got into the tables of a model."""

    values: int = 0
    compared: int = 0
    seen: int = 0


def told(example: Example, change: list[Place], before: dict[str, list[str]], report: judge.Report, found: Found) -> list[str]:
    """Changes these places, which the same sinks may not know, and compares: what differs and must not."""
    rows = example.before
    for place in change:
        count = [0]
        rows = {name: [changed(row, name, place, count) for row in all_rows] for name, all_rows in rows.items()}
        found.values += count[0]
        if not count[0]:
            report.problem(f"`{place.name}` is nowhere in the data.")
    received = example.received(rows)
    found.seen += len(change) if received["the warehouse"] != before["the warehouse"] else 0
    differs = []
    for sink in (s for s in example.sinks if s.is_kept_from(change[0])):
        for key in (f"{sink.name}: {schema}.{table}" for schema, table in sink.tables):
            found.compared += 1
            if received[key] != before[key]:
                new = next((r for r in received[key] if r not in set(before[key])), "rows are missing")
                differs.append(f"{key} changes with `{', '.join(place.name for place in change)}`: {new[:400]}")
    return differs


def judged(example: Example, wanted: list[Place], together: bool, report: judge.Report) -> Found:
    """Changes every place, each by itself or with those that the same sinks may not know."""
    before = example.received(example.before)
    if before != example.received(example.before):
        report.problem("two builds of the same data differ: nothing can be said.")
    sets: dict[Any, list[Place]] = {}
    for place in wanted:
        kept = tuple(sink.name for sink in example.sinks if sink.is_kept_from(place))
        sets.setdefault(kept if together else place.name, []).append(place)
    found = Found()
    for change in sets.values():
        differs = told(example, change, before, report, found)
        if differs and len(change) > 1:
            alone = [told(example, [place], before, report, Found()) for place in change]
            differs = [problem for one in alone for problem in one] or differs
        for problem in differs:
            report.problem(problem)
    return found


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing, help="the program")
    arguments.add_argument("--example", required=True, type=judge.existing, metavar="DIR")
    arguments.add_argument("--only", default="*", metavar="PATTERN", help="only places like this one")
    arguments.add_argument("--together", action="store_true", help="places that the same sinks may not know at once")
    arguments.add_argument("--most", type=int, default=0, metavar="N", help="at most so many places, spread evenly (default: all)")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    folder = options.example.resolve()
    if folder.name not in EXAMPLES:
        arguments.error(f"which values of {folder.name} are sensitive is written down nowhere")
    wanted = [place for place in EXAMPLES[folder.name](folder) if fnmatchcase(place.name, options.only)]
    if options.most and len(wanted) > options.most:
        wanted = [wanted[i * len(wanted) // options.most] for i in range(options.most)]
    report = judge.Report("perturbation")
    with tempfile.TemporaryDirectory(prefix="pipec-perturbation-") as scratch, engines.postgres() as server:
        example = Example(options.pipec.resolve(), folder, Path(scratch), server)
        found = judged(example, wanted, options.together, report)
    if found.seen * 2 < len(wanted):
        report.problem(f"only {found.seen} of {len(wanted)} changes get into any model: what stays the same shows little.")
    report.facts |= {"places": len(wanted), "values": found.values, "comparisons": found.compared, "that get into models": found.seen}
    report.write(options.out)
    return report.conclude(
        f"{folder.name}: {len(wanted)} places, {found.values} values changed, {found.seen} of them got into models, "
        f"{found.compared} comparisons of what a sink may not know, none differs"
    )


if __name__ == "__main__":
    judge.judge(main)
