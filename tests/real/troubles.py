"""What orchestrated runs have to leave, and what may go wrong on the way; for `airflow_run.py` and `cron_run.py`.

What an export comes to is written here by hand: which objects, by which names, in which bucket, and which tables are in them. Rows, counts and hashes
are compared with the manifest beside each object and with the warehouse.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import warehouse

Objects = dict[str, bytes]


@dataclass
class Export:
    """What one export puts into its bucket."""

    bucket: str
    #: The key, with the day of the run in it.
    key: str
    #: Relations whose rows are in it, each in a file of its name: names, or a regular expression with the schema before it.
    tables: tuple[str, ...]
    but: str = r"$^"


@dataclass
class Trouble:
    """Something that goes wrong, and how it is put right."""

    name: str
    #: The task or step that fails, as a regular expression.
    at: str
    #: SQL that breaks it and that mends it; a lost connection has none.
    break_: str = ""
    mend: str = ""
    #: A query that tells that work has begun: then the connection is lost.
    lost: str = ""
    #: An object that comes before it happens, and its text.
    arrives: tuple[str, str] = ("", "")
    #: (query, rows): what must be so after the re-run: nothing lost, nothing twice.
    expect: list[tuple[str, str]] = field(default_factory=list)
    #: A way of `ALERTS` that takes nothing meanwhile; who is told another way still is.
    silent: str = ""


DAY = "{yyyy}/{mm}/{dd}"
EXPORTS = {
    "efiche": [Export("efiche-research-dev", r"{yyyy}/{mm}/efiche_research_\d+_\d+\.zip", ("efiche_dw.dim_patient_anon", "efiche_dw.fact_encounters_anon", "efiche_dw.dim_facility"))],
    "medilink": [
        Export("medilink-research-dev", rf"{DAY}/research_\d+_\d+\.zip", ("medilink_analytics.patients_anon", "medilink_analytics.triage_anon", "medilink_core.facilities"))
    ],
    "mytomorrows": [
        Export("mytomorrows-client-uhc-dev", rf"{DAY}/report_\d+_\d+\.zip", ("mytomorrows_clients.client_uhc_export",)),
        Export("mytomorrows-client-humana-dev", rf"{DAY}/report_\d+_\d+\.zip", ("mytomorrows_clients.client_humana_export",)),
        Export("mytomorrows-extracts-dev", rf"{DAY}/extract_\d+_\d+\.zip", ("mytomorrows_extracts.raw_extract",)),
    ],
    "engage-analytics": [
        Export(
            "engage-analytics-exports-anon-dev", rf"{DAY}/engage_analytics_export_anon_\d+_\d+\.zip",
            tuple(rf"engage_analytics_mart\.{t}" for t in ("patient_anon", r"qr_\w+_anon", "encounters_anon", "practitioners_anon", "organizations")),
        ),
        Export(
            "engage-analytics-exports-pii-dev", rf"{DAY}/engage_analytics_export_pii_\d+_\d+\.zip",
            tuple(rf"engage_analytics_mart\.{t}" for t in ("patient", r"qr_\w+", "encounters", "practitioners", "organizations", "locations", "care_plans", "care_teams", "tasks", "observations")),
            but=r"qr_\w+_anon$",
        ),
        Export("engage-analytics-exports-metrics-dev", rf"{DAY}/engage_analytics_export_metrics_\d+_\d+\.zip", ("engage_analytics_mart.fct_metrics_long",)),
    ],
}

#: The ways a pipeline tells of a failure; one that says nothing of it has the web hook, from `on_airflow` or `on_cron`.
ALERTS = {"medical_records_etl": {"mail"}, "executive_metrics": {"mail"}, "client_reporting": {"web hook", "mail"}}
COST = ("update raw.procedures set base_cost = -base_cost where procedure_id = (select procedure_id from raw.procedures order by base_cost desc, procedure_id limit 1)", "update raw.procedures set base_cost = -base_cost where base_cost < 0")

TROUBLES = {
    "efiche": [
        Trouble(
            "a failing load", r"load_padchest",
            "alter table operational.padchest_staging rename column image_id to taken_away", "alter table operational.padchest_staging rename column taken_away to image_id",
            arrives=(
                "efiche-arrivals-dev/padchest/tomorrow.csv",
                "image_id,study_id,patient_code,study_date,projection,labels,report\nlate-1.png,S900009,PC000001,2025-11-30,PA,normal,none\nlate-2.png,S900009,PC000001,no day,PA,normal,none\n",
            ),
            expect=[
                ("select count(*) from operational.padchest_staging where image_id like 'late-%'", "[(1,)]"),
                ("select rows_read, rows_inserted, rows_quarantined from operational.padchest_files where file like '%tomorrow.csv' and status = 'loaded'", "[(2, 1, 1)]"),
            ],
        ),
        Trouble(
            "a failing test", r"checks",
            "update operational.procedures set name = name || ' (late)' where id = (select id from operational.procedures where code in (select code from operational.procedures group by code having count(*) > 1) order by id limit 1)",
            "update operational.procedures set name = replace(name, ' (late)', '') where name like '% (late)'",
        ),
        Trouble("a lost connection", r"models\w*", lost=r'"app": "dbt".*create'),
    ],
    "medilink": [
        Trouble("a failing load", r"load_patients", "alter table landing.patients rename column phone to taken_away", "alter table landing.patients rename column taken_away to phone"),
        Trouble("a lost connection", r"models_\w+", lost=r'"app": "dbt".*create'),
    ],
    "engage-analytics": [
        Trouble(
            "a failing test", r"checks",
            "insert into airbyte.organization (id, resource, _airbyte_extracted_at) values (null, '{\"resourceType\": \"Organization\"}', now())",
            "delete from airbyte.organization where id is null",
        ),
        Trouble("a lost connection", r"models\w*", lost=r'"app": "dbt".*create'),
    ],
    # It loads nothing itself. A cost below zero would go into a client's file.
    "mytomorrows": [
        Trouble("a failing test", r"checks", *COST),
        Trouble("a lost connection", r"models_?\w*", lost=r'"app": "dbt".*create'),
        Trouble("a failing test without the web hook", r"checks", *COST, silent="web hook"),
        Trouble("a failing test without mail", r"checks", *COST, silent="mail"),
    ],
}


def chosen(example: str, names: list[str]) -> list[Trouble]:
    """Those of an example; a name that it has not is an error, for nothing would happen."""
    there = TROUBLES[example]
    if unknown := set(names) - {"all", *(t.name for t in there)}:
        raise engines.EngineError(f"{example} has no trouble {sorted(unknown)}.")
    return [t for t in there if "all" in names or t.name in names]


def ways(pipeline: str) -> set[str]:
    """How a pipeline tells of a failure, by its name or its DAG's."""
    return next((declared for name, declared in ALERTS.items() if pipeline.endswith(name)), {"web hook"})


def untold(pipeline: str, silent: str, told: dict[str, list[str]], failed: str) -> list[str]:
    """The ways in which nobody was told of what failed, and those in which a word came though they are not declared or out of order."""
    declared = ways(pipeline) - {silent}
    wrong = [f"no alert by {way} names {failed}: {told[way]}" for way in sorted(declared) if not any(failed in text for text in told[way])]
    return wrong + [f"an alert by {way}: {told[way]}" for way in sorted(told.keys() - declared) if told[way]]


# --- what lies in the buckets ------------------------------------------------------------


def stored(client: Any) -> Objects:
    """All objects of all buckets, as BUCKET/KEY."""
    found: Objects = {}
    for bucket in client.list_buckets()["Buckets"]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for item in page.get("Contents", []):
                found[f"{bucket['Name']}/{item['Key']}"] = client.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read()
    return found


def published(example: str, made: set[str]) -> list[str]:
    """Those of new objects that an export left; another load's file may well be in the archive."""
    return sorted(name for name in made if name.split("/")[0] in {export.bucket for export in EXPORTS[example]})


def relations(connection: Any, export: Export) -> dict[str, str]:
    """The file in the object and the relation, for each of an export."""
    with connection.cursor() as cursor:
        cursor.execute("select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm')")
        names = [name for (name,) in cursor.fetchall()]
    wanted = [n for n in names if any(re.fullmatch(pattern, n) for pattern in export.tables) and not re.search(export.but, n)]
    return {f"{name.split('.')[1]}.csv": name for name in wanted}


def in_warehouse(connection: Any, relation: str, columns: list[str]) -> list[list[str]]:
    """The rows of a relation as CSV has them, sorted."""
    out = io.StringIO()
    with connection.cursor() as cursor:
        listed = ", ".join(map(warehouse.quoted, columns))
        cursor.copy_expert(f"copy (select {listed} from {relation}) to stdout with (format csv)", out)
    return sorted(csv.reader(io.StringIO(out.getvalue(), newline="")))


def wrong_export(connection: Any, export: Export, made: Objects, day: str) -> list[str]:
    """What is wrong with what one export left."""
    yyyy, mm, dd = day.split("-")
    key = export.key.replace("{yyyy}", yyyy).replace("{mm}", mm).replace("{dd}", dd)
    found = sorted(name for name in made if re.fullmatch(rf"{re.escape(export.bucket)}/{key}", name))
    if len(found) != 1:
        return [f"{export.bucket}: one object like {key} is expected, and there are {found} of {sorted(made)}."]
    manifest_of = made.get(f"{found[0]}.manifest.json")
    if manifest_of is None:
        return [f"{found[0]} has no manifest."]
    manifest = json.loads(manifest_of)
    wrong = []
    if manifest["sha256"] != hashlib.sha256(made[found[0]]).hexdigest() or manifest["bytes"] != len(made[found[0]]):
        wrong.append(f"{found[0]}: the manifest's hash or size is not the object's.")
    if manifest["object"] != found[0].split("/", 1)[1] or manifest["run_date"] != day:
        wrong.append(f"{found[0]}: the manifest is of {manifest['object']}, {manifest['run_date']}.")
    wanted = relations(connection, export)
    with zipfile.ZipFile(io.BytesIO(made[found[0]])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if members.keys() != wanted.keys() or not wanted:
        wrong.append(f"{found[0]} holds {sorted(members)}, and should hold {sorted(wanted)}.")
    listed = {t["name"]: t for t in manifest["tables"]}
    for name in sorted(members.keys() & wanted.keys()):
        rows = list(csv.reader(io.StringIO(members[name].decode("utf-8"), newline="")))
        said = listed.get(name, {})
        if (said.get("rows"), said.get("sha256")) != (len(rows) - 1, hashlib.sha256(members[name]).hexdigest()):
            wrong.append(f"{found[0]}: {name} has {len(rows) - 1} rows, and the manifest says {said}.")
        if sorted(rows[1:]) != in_warehouse(connection, wanted[name], rows[0]):
            wrong.append(f"{found[0]}: the rows of {name} are not those of {wanted[name]}.")
    return wrong


def wrong_objects(connection: Any, exports: list[Export], made: Objects, day: str) -> list[str]:
    """What is wrong with all that a run left: what is missing, and what nobody asked for."""
    wrong = [text for export in exports for text in wrong_export(connection, export, made, day)]
    buckets = {export.bucket for export in exports}
    extra = [name for name in made if name.split("/")[0] in buckets and not re.search(r"\.zip(\.manifest\.json)?$", name)]
    if len([n for n in made if n.split("/")[0] in buckets]) != 2 * len(exports) or extra:
        wrong.append(f"{len(exports)} objects and their manifests are expected, and there are {sorted(made)}.")
    return wrong


def falsified(connection: Any, exports: list[Export], made: Objects, day: str) -> list[str]:
    """Objects that are accepted, spoiled one way after the other: those that nobody rejects."""
    missed = []
    for export in exports:
        name = next(n for n in made if n.startswith(f"{export.bucket}/") and n.endswith(".zip"))
        manifest = f"{name}.manifest.json"
        said = json.loads(made[manifest])
        said["tables"][0]["rows"] += 1
        elsewhere = {f"another/{n.split('/', 1)[1]}" if n in (name, manifest) else n: body for n, body in made.items()}
        spoiled = {
            "an object is gone": {n: b for n, b in made.items() if n != name},
            "a manifest is gone": {n: b for n, b in made.items() if n != manifest},
            "a manifest counts otherwise": made | {manifest: json.dumps(said).encode()},
            "it is in another bucket": elsewhere,
            "a row is gone": made | dict(without_a_row(name, made)),
        }
        missed += [f"{export.bucket}: {what}, and nobody says so." for what, objects in spoiled.items() if not wrong_export(connection, export, objects, day)]
    return missed


def without_a_row(name: str, made: Objects) -> Iterator[tuple[str, bytes]]:
    """An object without the last row of its largest table, and a manifest that fits."""
    with zipfile.ZipFile(io.BytesIO(made[name])) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    largest = max(members, key=lambda n: len(members[n]))
    rows = list(csv.reader(io.StringIO(members[largest].decode("utf-8"), newline="")))[:-1]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    members[largest] = text.getvalue().encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, body in members.items():
            archive.writestr(member, body)
    manifest = json.loads(made[f"{name}.manifest.json"])
    for table in manifest["tables"]:
        if table["name"] == largest:
            table |= {"rows": len(rows) - 1, "sha256": hashlib.sha256(members[largest]).hexdigest()}
    manifest |= {"sha256": hashlib.sha256(out.getvalue()).hexdigest(), "bytes": len(out.getvalue())}
    yield name, out.getvalue()
    yield f"{name}.manifest.json", json.dumps(manifest).encode()


# --- what goes wrong ---------------------------------------------------------------------


class Lost:
    """The connection to the database is lost once a query like this one runs: all sessions end, and nobody gets in until it is mended."""

    def __init__(self, server: engines.Server, query: str) -> None:
        self.server, self.query = server, re.compile(query, re.I | re.S)
        self.over = threading.Event()
        self.cut_at = ""
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def connect(self) -> Any:
        """A session beside the database."""
        import psycopg2

        session = psycopg2.connect(host=self.server.host, port=self.server.port, user=self.server.user, dbname="template1", password="throwaway")
        session.autocommit = True
        return session

    def watch(self) -> None:
        """Look who works, and cut."""
        session = self.connect()
        cursor = session.cursor()
        sessions = "from pg_stat_activity where datname = %s"
        while not self.over.is_set():
            cursor.execute(f"select query {sessions} and (state = 'active' or backend_xid is not null)", [self.server.database])
            seen = next((query for (query,) in cursor.fetchall() if self.query.search(query)), None)
            if seen is not None:
                self.cut_at = seen[:80]
                cursor.execute(f"alter database {warehouse.quoted(self.server.database)} with allow_connections false")
                cursor.execute(f"select pg_terminate_backend(pid) {sessions}", [self.server.database])
                break
            time.sleep(0.002)
        session.close()

    def mend(self) -> None:
        """Let everybody in again."""
        self.over.set()
        self.thread.join()
        session = self.connect()
        session.cursor().execute(f"alter database {warehouse.quoted(self.server.database)} with allow_connections true")
        session.close()


@contextlib.contextmanager
def in_trouble(trouble: Trouble, server: engines.Server, client: Any) -> Iterator[Lost | None]:
    """While it is broken."""
    place, text = trouble.arrives
    if place:
        bucket, key = place.split("/", 1)
        client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    if trouble.lost:
        lost = Lost(server, trouble.lost)
        lost.thread.start()
        try:
            yield lost
        finally:
            lost.mend()
        return
    execute(server, trouble.break_)
    try:
        yield None
    finally:
        execute(server, trouble.mend)


def execute(server: engines.Server, statement: str) -> None:
    """SQL, as the owner."""
    connection = warehouse.connect(server)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


# --- what is uploaded --------------------------------------------------------------------


#: What hospitals upload, file by file.
UPLOADED = ("facilities", "patients", "medical_records", "triage_visits")


def uploads(data: Path) -> dict[str, bytes]:
    """Medilink's sample as hospitals upload it: a file per batch and table, without what a load adds."""
    found: dict[str, bytes] = {}
    for table in UPLOADED:
        with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        columns = [c for c in lines[0] if c not in ("batch_id", "line", "loaded_at")]
        for batch in sorted({line["batch_id"] for line in lines}, key=int):
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(line for line in lines if line["batch_id"] == batch)
            found[f"medical_records/input/{table}_{batch}.csv"] = text.getvalue().encode()
    return found
