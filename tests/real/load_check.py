"""Judge loads: what the generated scripts make of good, bad and hostile files on a real Postgres and an S3 that moto pretends.

Each case is a folder of files and what has to come of them, said by hand: the ids that are in the table, the reasons in quarantine, how
many rows are duplicates. After every case all rows of every file are accounted for (inserted + updated + duplicate + quarantined =
read), the audit table says so file by file, the quarantined lines are the file's own, nothing is printed that a file holds, and a
second run changes nothing. Loads are killed (-9) before and after every call they make, and have to end as if they had not been.
Files are replaced, overwritten, taken away and turned into links between the calls of a load: every one that is in the archive has the hash it
is told under. Tables that a load makes are open to nobody whom default privileges name, and to those who may read them before any build.
Memory is measured while a file of one line is read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge
import warehouse

PROJECT = """
project demo { warehouse postgres { database = env("DBT_DATABASE") }; cloud aws { region = "us-east-1" }; emit dbt, cron }
use std.hipaa
layer staging schema "sta'ging {{ x }}"
layer marts schema "marts" as table
table sites in staging { id text key @organization; name text @organization }
table visits in staging {
  batch_id  bigint   @public
  line      bigint   @public
  source    text     @record_id
  visit_id  integer  key  @record_id
  site      text     references sites.id @organization
  name      varchar(20)?  @name
  day       date     @service_date
  minutes   numeric(6, 2)?  between 0 and 600 @clinical
  kind      text     one_of ("in", "out") @clinical
  data      jsonb?   @clinical
  seen      boolean  @clinical
  "at 'x' :y" timestamptz? @service_date
  token     uuid     default uuid @record_id
  processed boolean  default false @public
  loaded_at timestamptz @public
  check (kind <> 'in' or minutes is not null)
}
table codes in staging { code text key @public; label text? unique @public; rank double precision? @public; t time? @public; u uuid? @public }
table notes in staging { note text @free_text }
bucket uploads { name "demo-uploads"; clearance internal }
load sites from uploads "input/sites*.csv" into sites { on duplicate skip; quarantine bad_sites; audit etl_audit_log; archive "archive/" }
load visits from uploads "input/visits*.csv" into visits {
  on duplicate update; archive "archive/"; quarantine bad_visits; audit etl_audit_log
  batch_id = batch; line = line; source = file; loaded_at = now; name = "Patient Name"
}
load here from "in/visits*.csv" into visits {
  on duplicate update; archive "done/"; quarantine bad_here; audit etl_audit_log
  batch_id = batch; line = line; source = file; loaded_at = now; name = "Patient Name"
}
load codes from "in/codes*.csv" into codes {
  delimiter ";"; encoding windows1252; on unknown ignore; on duplicate refuse; quarantine bad_codes; audit etl_audit_log
}
load wide from "in/wide*.csv" into codes { delimiter "\\t"; encoding utf16; on duplicate skip; quarantine bad_wide; audit etl_audit_log; archive "done/" }
load old from "in/old*.csv" into notes { encoding latin1; quarantine bad_old; audit etl_audit_log; archive "done/" }
model visit_days in marts { from staging.visits as v; select { v.visit_id; v.day; v.kind } ; assert unique(visit_id) }
pipeline daily on cron { schedule daily at 02:00; incoming = load sites, visits; build * after incoming; test * }
pipeline local on cron { schedule daily at 02:00; retries 0; load here, codes, wide, old }
""".replace('"\\t"', '"|"')
SCHEMA = "sta'ging {{ x }}"
HEADER = "visit_id,site,Patient Name,day,minutes,kind,data,seen,at 'x' :y"
CANARY = "Zanzibar"


def visit(number: int | str, **other: str) -> str:
    """A line of a good visit, with what is changed of it."""
    cells = {"id": str(number), "site": "s1", "name": CANARY, "day": "2024-02-29", "minutes": "10.5", "kind": "in", "data": "", "seen": "true", "at": ""}
    return ",".join((cells | other).values())


def visits(*rows: str, head: str = HEADER, end: str = "\n") -> bytes:
    """A file of them."""
    return (end.join([head, *rows]) + end).encode()


HOSTILE = "\\.\n'; drop table \"x\"; --\n:y {{ z }} $(id) %s \\N"
QUOTED = '"' + HOSTILE.replace('"', '""') + '"'
# name: files, ids afterwards, reasons in quarantine (load, reason: how many), duplicates, rows. Ids are of this case alone: the table is emptied in between.
Case = tuple[dict[str, bytes], set[int], dict[str, int], int, int]
CASES: dict[str, Case] = {
    "good": ({"visits.csv": visits(visit(1), visit(2, name=""), visit(3, minutes="", kind="out"))}, {1, 2, 3}, {}, 0, 3),
    "crlf, mark, no last newline": ({"visits.csv": b"\xef\xbb\xbf" + visits(visit(1), visit(2), end="\r\n").rstrip()}, {1, 2}, {}, 0, 2),
    "empty": ({"visits.csv": b"", "visits2.csv": visits(), "visits3.csv": b"\n\n\r\n"}, set(), {}, 0, 0),
    "header in another order and case": ({"visits.csv": b"SEEN , day,kind,site,visit_id,data,minutes,patient name,at 'x' :y\ntrue,2024-01-01,out,s1,1,,,,\n"}, {1}, {}, 0, 1),
    "column missing": ({"visits.csv": visits(visit(1), head=HEADER.replace("site", "sight")), "visits2.csv": visits(visit(2))}, {2}, {"header": 2}, 0, 3),
    "no header": ({"visits.csv": (visit(1) + "\n" + visit(2) + "\n").encode()}, set(), {"header": 2}, 0, 2),
    "column twice": ({"visits.csv": visits(visit(1) + ",x", head=HEADER + ",site")}, set(), {"header": 2}, 0, 2),
    "unknown column": ({"visits.csv": visits(visit(1) + ",x", head=HEADER + ",x")}, set(), {"header": 2}, 0, 2),
    "cells too many and too few": ({"visits.csv": visits(visit(1), visit(2) + ",", visit(3).rsplit(",", 2)[0], visit(4))}, {1, 4}, {"columns": 2}, 0, 4),
    "UTF-16 under another name": ({"visits.csv": visits(visit(1)).decode().encode("utf-16")}, set(), {"encoding": 2}, 0, 2),
    "bytes that are no UTF-8": ({"visits.csv": visits(visit(1), visit(2, name="@"), visit(3)).replace(b"@", b"\xe9\xff")}, {1, 3}, {"encoding": 1}, 0, 3),
    "NUL": ({"visits.csv": visits(visit(1), visit(2, name="a\0b"), visit(3))}, {1, 3}, {"nul": 1}, 0, 3),
    "quote never closed": ({"visits.csv": visits(visit(1), visit(2, name='"' + CANARY), visit(3), visit(4))}, {1, 3, 4}, {"quotes": 1}, 0, 4),
    "quote closed by another": ({"visits.csv": visits(visit(1), visit(2, name='"' + CANARY), visit(3), visit(4, name='"A, B"'), visit(5))}, {1, 3, 4, 5}, {"quotes": 1}, 0, 5),
    "quotes in the middle": ({"visits.csv": visits(visit(1), visit(2, name='5\'11" tall'), visit(3, name='"a"b'), visit(4))}, {1, 4}, {"quotes": 2}, 0, 4),
    "lines in quotes": ({"visits.csv": visits(visit(1, name='"a\nb\r\n""c"""'), visit(2))}, {1, 2}, {}, 0, 2),
    "a row in quotes is no row": ({"visits.csv": visits(visit(1, name=f'"\n{visit(9)}\n"') + ",extra", visit(2))}, {2}, {"columns": 1}, 0, 2),
    "duplicates in one file": ({"visits.csv": visits(visit(1), visit(1), visit(2), visit(1, name="last"))}, {1, 2}, {}, 2, 4),
    "duplicates over files": ({"visits1.csv": visits(visit(1), visit(2)), "visits2.csv": visits(visit(2, name="later"), visit(3))}, {1, 2, 3}, {}, 0, 4),
    "same bytes twice": ({"visits1.csv": visits(visit(1)), "visits2.csv": visits(visit(1))}, {1}, {}, 0, 1),
    "types": (
        {
            "visits.csv": visits(
                visit(1), visit(2147483648), visit("1.0"), visit("x"), visit(""), visit(2, day="2024-02-30"), visit(3, day="today"), visit(4, day="01/02/2024"),
                visit(5, minutes="1e9"), visit(6, minutes="NaN"), visit(7, seen="maybe"), visit(8, data="{a}"), visit(9, data='"{""a"": NaN}"'),
                visit(10, data='"{""a"": ""\\u0000""}"'), visit(11, at="2024-01-01T10:00:00+02:00"), visit(12, at="2024-01-01 25:00"), visit(13, at="now"),
                visit(14, name="x" * 21), visit(15, data='"{""a"": [1, ""b""]}"'), visit(16, minutes=" 7 "), visit(17, day="infinity"), visit("٣"), visit(18, data="[" * 20000),
            )
        },
        {1, 11, 15, 16},
        # Those whose form is right and whose value Postgres cannot hold are `type`.
        {"no integer": 4, "missing": 1, "no date": 4, "type": 2, "no numeric": 1, "no boolean": 1, "no json": 3, "no timestamptz": 2, "too long": 1},
        0,
        23,
    ),
    "conditions": (
        {"visits.csv": visits(visit(1, minutes="-1"), visit(2, kind="up"), visit(3, minutes=""), visit(4, site="s9"), visit(5, site=""), visit(6, kind="out", minutes=""))},
        {6}, {"between": 1, "one_of": 1, "check": 1, "references": 1, "missing": 1}, 0, 6,
    ),
    "hostile": ({"visits'; drop $(id) :y \\.csv": visits(visit(1, name=QUOTED[:8] + '"'), visit(2, data='"' + json.dumps(HOSTILE).replace('"', '""') + '"'), visit(3) + "," + QUOTED, HOSTILE.split("\n")[0])},
                {1, 2}, {"columns": 2}, 0, 4),
    "other dialects": (
        {
            "codes1.csv": "code;Label;rank;t;u;extra\nA;Caf\u00e9 \u20ac;1.5;23:59;;x\nB;;1e400;24:00;;\nA;again;;;;\nC;Caf\u00e9 \u20ac;;;;\nD;;;;;\x81".encode("latin-1", "ignore"),
            "wide.csv": "code|label|rank|t|u\nE|\u6f22|-0.5||6F9619FF-8B86-D011-B42D-00C04FC964FF\nA|x|||\nE|y|||\n".encode("utf-16"),
            "old.csv": "note\nna\u00efve\n".encode("latin-1"),
        },
        set(), {}, 2, 0,
    ),
}
CASES["other dialects"][0]["codes1.csv"] = "code;Label;rank;t;u;extra\nA;Caf\u00e9 \u20ac;1.5;23:59;;x\nB;;1;24:00;;\nA;again;;;;\nC;Caf\u00e9 \u20ac;;;;\nD;;;;;".encode("cp1252") + b"\x81\n"


class Load:
    """The scripts, where they run, and what they left."""

    def __init__(self, output: Path, scratch: Path, server: engines.Server, endpoint: str, connection: Any) -> None:
        self.cron, self.files, self.connection = output / "cron", scratch / "files", connection
        self.environment = cron_run.cron_environment(scratch, server)
        self.programs = scratch / "bin"
        self.environment |= server.libpq() | server.dbt("public") | cron_run.AWS
        self.environment |= {"AWS_ENDPOINT_URL": endpoint, "PIPEC_FILES": str(self.files), "PIPEC_RUN_DATE": "2025-03-01", "TMPDIR": str(scratch)}

    def run(self, script: str, **other: str) -> subprocess.CompletedProcess[str]:
        return engines.run(["bash", self.cron / script], cwd=Path(self.environment["HOME"]), env=self.environment | other)

    def all(self, query: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(query.replace("STA.", warehouse.quoted(SCHEMA).replace("%", "%%") + "."))
        return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        shutil.rmtree(self.files, ignore_errors=True)
        (self.files / "in").mkdir(parents=True)
        made = self.all(f"select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'sta''ging {{{{ x }}}}' and c.relkind = 'r' and c.relname <> 'sites'")
        for (name,) in made:
            self.all(f"delete from STA.{warehouse.quoted(name)}")

    def put(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (self.files / "in" / name).write_bytes(content)

    def state(self) -> tuple[Any, ...]:
        """What a load leaves, without numbers of runs and times."""
        rows = self.all('select visit_id, site, name, day, minutes, kind, data::text, seen, "at \'x\' :y", line, source, processed from STA.visits order by visit_id')
        bad = self.all("select file, line, reason, place, content, characters from STA.bad_here order by file, line, reason")
        told = self.all("select file, sha256, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined from STA.etl_audit_log where status = 'loaded' order by file")
        files = sorted(str(p.relative_to(self.files)) for p in self.files.rglob("*") if p.is_file())
        return rows, bad, told, files


def one_case(load: Load, name: str, report: judge.Report) -> None:
    """Put the files there, load, look, and load again."""
    files, ids, reasons, duplicates, count = CASES[name]
    load.clear()
    load.put(files)
    done = load.run("local.sh")
    if done.returncode != 0:
        report.problem(f"{name}: the run ended with {done.returncode}.\n{done.stdout[-3000:]}")
        return
    if CANARY in done.stdout or "drop table" in done.stdout:
        report.problem(f"{name}: what is printed quotes a file.\n{done.stdout[-1500:]}")
    if name == "other dialects":
        dialects(load, report)
        return
    found = {row[0] for row in load.all("select visit_id from STA.visits")}
    got = dict(load.all("select reason, count(*) from STA.bad_here group by reason"))
    if found != ids or got != reasons:
        report.problem(f"{name}: ids {sorted(found)} for {sorted(ids)}, quarantine {got} for {reasons}.")
    audit = load.all("select coalesce(sum(rows_read), 0), coalesce(sum(rows_duplicate), 0), coalesce(sum(rows_inserted + rows_updated + rows_duplicate + rows_quarantined), 0) from STA.etl_audit_log")[0]
    if tuple(map(int, audit)) != (count, duplicates, count):
        report.problem(f"{name}: the audit table says {tuple(map(int, audit))} for {(count, duplicates, count)}.")
    if told := load.all("select to_jsonb(a)::text from STA.etl_audit_log a"):
        if any(CANARY in line for (line,) in told):
            report.problem(f"{name}: the audit table quotes a row.")
    by_file = load.all("select a.file, a.rows_quarantined, (select count(*) from STA.bad_here b where b.batch_id = a.id), a.rows_inserted + a.rows_updated, (select count(*) from STA.visits v where v.batch_id = a.id) from STA.etl_audit_log a")
    for file, said, quarantined, good, rows in by_file:
        if said != quarantined or (rows > good):
            report.problem(f"{name}: {file!r} has {quarantined} rows in quarantine for {said}, {rows} in the table for {good}.")
    lines(load, name, files, report)
    before = load.state()
    left = [n for n in files if (load.files / "in" / n).exists()]
    if left:
        report.problem(f"{name}: {left} were not archived.")
    load.put(files)
    again = load.run("local.sh")
    if again.returncode != 0 or load.state() != before:
        report.problem(f"{name}: a second run changed something.\n{again.stdout[-1500:]}")
    known = load.all("select count(*) from STA.etl_audit_log where status = 'known'")[0][0]
    if known != len(files) + (1 if name == "same bytes twice" else 0):
        report.problem(f"{name}: {known} of {len(files)} files are told as known.")


def lines(load: Load, name: str, files: dict[str, bytes], report: judge.Report) -> None:
    """Each quarantined line is the one of the file with its number."""
    for file, number, content in load.all("select file, line, content from STA.bad_here"):
        data = files[file.removeprefix("in/")]
        text = data.decode("utf-16") if data[:2] == b"\xff\xfe" else data.decode("utf-8", "replace")
        line = text.removeprefix("\ufeff").split("\n")[number - 1].rstrip("\r")
        if not line.isascii() or "\0" in line:
            continue
        if content.split("\n")[0].rstrip("\r") != line[: 1 << 16]:
            report.problem(f"{name}: line {number} of {file!r} is in quarantine as another.")


def dialects(load: Load, report: judge.Report) -> None:
    """Delimiters, encodings, the other ways to take duplicates."""
    codes = load.all("select code, label, rank, t::text, u::text from STA.codes order by code")
    expected = [("A", "Caf\u00e9 \u20ac", 1.5, "23:59:00", None), ("E", "\u6f22", -0.5, None, "6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    bad = sorted(load.all("select reason, place from STA.bad_codes"), key=str)
    reasons = sorted([("no time", "t"), ("duplicate", None), ("unique", "label"), ("encoding", None)], key=str)
    skipped = load.all("select rows_read, rows_duplicate from STA.etl_audit_log where \"load\" = 'wide'")
    notes = load.all("select note from STA.notes")
    if (codes, bad, skipped, notes) != (expected, reasons, [(3, 2)], [("na\u00efve",)]):
        report.problem(f"Other dialects: {(codes, bad, skipped, notes)}.")


SHIM = """#!/usr/bin/env bash
count=$(($(cat {counter} 2>/dev/null || echo 0) + 1)); echo "$count" >{counter}
if [[ $count == "$PIPEC_KILL_AT" && $PIPEC_KILL == before ]]; then kill -9 $PPID; exit 1; fi
if [[ $count == "$PIPEC_KILL_AT" && $PIPEC_KILL == during ]]; then {real} "$@" & sleep 0.4; kill -9 $PPID $!; exit 1; fi
{real} "$@"; status=$?
if [[ $count == "$PIPEC_KILL_AT" && $PIPEC_KILL == after ]]; then kill -9 $PPID; fi
exit $status
"""


def killed(load: Load, scratch: Path, report: judge.Report) -> int:
    """Kill the load at every call of psql, run it again: the state is that of a run nobody killed."""
    many = visits(*(visit(n) for n in range(1000, 60000)))
    files = {"visits1.csv": visits(visit(1), visit(2), visit("bad")), "visits2.csv": visits(visit(2, name="later"), visit(3), visit(3)), "visits3.csv": many}
    load.clear()
    load.put(files)
    load.run("load_here.sh")
    expected = load.state()
    real, counter, shims = (load.programs / "psql").resolve(), scratch / "counter", scratch / "shims"
    shims.mkdir()
    (shims / "psql").write_text(SHIM.format(real=shlex.quote(str(real)), counter=shlex.quote(str(counter))), encoding="utf-8")
    (shims / "psql").chmod(0o755)
    path = f"{shims}:{load.environment['PATH']}"
    times, died = 0, 0
    for at, how in [(n, how) for n in range(1, 8) for how in ("before", "after")] + [(3, "during"), (7, "during")]:
        load.clear()
        load.put(files)
        counter.unlink(missing_ok=True)
        done = load.run("load_here.sh", PATH=path, PIPEC_KILL_AT=str(at), PIPEC_KILL=how)
        died += done.returncode != 0
        again = load.run("load_here.sh")
        times += 1
        if again.returncode != 0 or load.state() != expected:
            report.problem(f"Killed {how} call {at}: the next run ({again.returncode}) does not end as one that nobody killed.\n{again.stdout[-800:]}")
    if died < times:
        report.problem(f"Only {died} of {times} runs were killed.")
    return times


# What somebody does behind the call with that number (1: tables are made, 2: is the file known, 3: it is loaded), the ids in the end, files that are
# read, and the exit code. New versions of the file are `new`, links lead to `elsewhere`.
MEDDLING: dict[str, tuple[int, str, set[int], int, bool]] = {
    "replaced before it is opened": (1, "mv new in/visits.csv", {2, 3}, 1, True),
    "replaced before it is prepared": (2, "mv new in/visits.csv", {1, 2, 3}, 2, True),
    "replaced before it is moved": (3, "mv new in/visits.csv", {1, 2, 3}, 2, True),
    "replaced by one as old and as long": (3, "touch -r in/visits.csv same; mv same in/visits.csv", {1, 7}, 2, True),
    "overwritten in place": (3, "cat new >in/visits.csv", {1, 2, 3}, 2, True),
    "taken away": (3, "rm in/visits.csv", {1}, 1, False),
    "taken away before it is opened": (1, "rm in/visits.csv", set(), 0, False),
    "a link in its place": (3, "ln -sf ../elsewhere in/visits.csv", {1}, 1, False),
    "a link before it is opened": (1, "ln -sf ../elsewhere in/visits.csv", set(), 0, False),
    "a pipe before it is opened": (1, "rm in/visits.csv; mkfifo in/visits.csv", set(), 0, False),
}
MEDDLER = """#!/usr/bin/env bash
{real} "$@"; status=$?
count=$(($(cat {counter} 2>/dev/null || echo 0) + 1)); echo "$count" >{counter}
if [[ $count == "$MEDDLE_AT" ]]; then (cd "$PIPEC_FILES" && eval "$MEDDLE") >&2; fi
exit $status
"""


def meddled(load: Load, scratch: Path, report: judge.Report) -> None:
    """Do something to the file while it is loaded: what was read is told, what is archived was read, what came in between is not lost."""
    real, counter, shims = (load.programs / "psql").resolve(), scratch / "meddled", scratch / "meddler"
    shims.mkdir()
    (shims / "psql").write_text(MEDDLER.format(real=shlex.quote(str(real)), counter=shlex.quote(str(counter))), encoding="utf-8")
    (shims / "psql").chmod(0o755)
    for name, (at, what, ids, read, ends) in MEDDLING.items():
        load.clear()
        load.put({"visits.csv": visits(visit(1))})
        for version, rows in {"new": [2, 3], "same": [7], "elsewhere": [9]}.items():
            (load.files / version).write_bytes(visits(*(visit(n) for n in rows)))
        counter.unlink(missing_ok=True)
        done = load.run("load_here.sh", PATH=f"{shims}:{load.environment['PATH']}", MEDDLE_AT=str(at), MEDDLE=what)
        # What is no file any more is not ours to take, and is left to whoever put it there.
        left = [p for p in (load.files / "in").rglob("*") if p.is_file() and not p.is_symlink()]
        if (done.returncode == 0) != ends or left or "Traceback" in done.stdout:
            report.problem(f"{name}: the run ended with {done.returncode} and left {left}.\n{done.stdout[-1500:]}")
        told = dict(load.all("select sha256, count(*) from STA.etl_audit_log where status = 'loaded' group by 1"))
        found = {row[0] for row in load.all("select visit_id from STA.visits")}
        archived = [p for p in (load.files / "done").rglob("*") if not p.is_dir()]
        hashes = [hashlib.sha256(p.read_bytes()).hexdigest() for p in archived if not p.is_symlink()]
        if found != ids or len(told) != read or any(n != 1 for n in told.values()):
            report.problem(f"{name}: ids {sorted(found)} for {sorted(ids)}, {told}.")
        strays = [str(p) for p, h in zip(archived, hashes) if not p.parent.name == h[:16] or h not in told]
        if strays or len(hashes) != len(archived) or len(hashes) != (1 if ends else 0):
            report.problem(f"{name}: {strays} of {[str(p) for p in archived]} were not read, {sorted(told)} were.")
    load.clear()
    (load.files / "in" / ".pipec-dead").mkdir()
    (load.files / "in" / ".pipec-dead" / "visits.csv").write_bytes(visits(visit(5)))
    load.put({"visits.csv": visits(visit(6))})
    done = load.run("load_here.sh")
    if done.returncode != 0 or {row[0] for row in load.all("select visit_id from STA.visits")} != {5, 6} or list((load.files / "in").iterdir()):
        report.problem(f"What a killed run has set apart is not read: {done.returncode}.\n{done.stdout[-800:]}")


# The same in a bucket: before or behind which call of the client somebody does what, the ids in the end, files that are read, how many are archived,
# and the exit code of the run and of the next one. `put` brings a new version, `rm` takes the file away.
IN_BUCKET: dict[str, tuple[str, str, str, set[int], int, int, bool]] = {
    "replaced behind the list": ("get-object", "before", "put", {2, 3}, 1, 1, False),
    "replaced behind the reading": ("get-object", "after", "put", {1, 2, 3}, 2, 2, True),
    "replaced behind the archive": ("put-object", "after", "put", {1, 2, 3}, 2, 2, True),
    "taken away behind the list": ("get-object", "before", "rm", set(), 0, 0, False),
    "taken away behind the reading": ("get-object", "after", "rm", {1}, 1, 1, True),
    "taken away behind the archive": ("put-object", "after", "rm", {1}, 1, 1, True),
    "replaced behind the removal": ("delete-object", "after", "put", {1}, 1, 1, True),
}
AWS_MEDDLER = """#!/usr/bin/env bash
now() {{
  [[ $MEDDLE_AT == "$1" && " $* " == *" $MEDDLE_CALL "* && ! -e {once} ]] || return 0
  : >{once}
  case $MEDDLE in
    put) {real} --endpoint-url "$AWS_ENDPOINT_URL" s3api put-object --bucket demo-uploads --key input/visits.csv --body {new} >/dev/null ;;
    rm) {real} --endpoint-url "$AWS_ENDPOINT_URL" s3api delete-object --bucket demo-uploads --key input/visits.csv >/dev/null ;;
  esac
}}
now before "$@"; {real} "$@"; status=$?; now after "$@"
exit $status
"""


def meddled_bucket(load: Load, client: Any, scratch: Path, report: judge.Report) -> None:
    """Bring and take files of a bucket between the calls of a load: what was read is told, and what came in between is neither removed nor lost."""
    real, once, new, shims = (load.programs / "aws").resolve(), scratch / "once", scratch / "new.csv", scratch / "aws_meddler"
    shims.mkdir()
    new.write_bytes(visits(visit(2), visit(3)))
    (shims / "aws").write_text(AWS_MEDDLER.format(real=shlex.quote(str(real)), once=shlex.quote(str(once)), new=shlex.quote(str(new))), encoding="utf-8")
    (shims / "aws").chmod(0o755)

    def keys(prefix: str) -> list[str]:
        return [item["Key"] for item in client.list_objects_v2(Bucket="demo-uploads", Prefix=prefix).get("Contents", [])]

    for name, (call, at, what, ids, read, kept, ends) in IN_BUCKET.items():
        load.clear()
        for key in [*keys("input/visits"), *keys("archive/")]:
            client.delete_object(Bucket="demo-uploads", Key=key)
        client.put_object(Bucket="demo-uploads", Key="input/visits.csv", Body=visits(visit(1)))
        once.unlink(missing_ok=True)
        done = load.run("load_visits.sh", PATH=f"{shims}:{load.environment['PATH']}", MEDDLE_CALL=call, MEDDLE_AT=at, MEDDLE=what)
        if (done.returncode == 0) != ends or not once.exists() or "Traceback" in done.stdout:
            report.problem(f"In a bucket, {name}: the run ended with {done.returncode}.\n{done.stdout[-1500:]}")
        late = at == "after" and call == "delete-object"
        if late and keys("input/visits") != ["input/visits.csv"]:
            report.problem(f"In a bucket, {name}: what was brought is gone.")
        again = load.run("load_visits.sh")
        ids, read, kept = (ids | {2, 3}, read + 1, kept + 1) if late else (ids, read, kept)
        told = dict(load.all("select sha256, count(*) from STA.etl_audit_log where status = 'loaded' group by 1"))
        found = {row[0] for row in load.all("select visit_id from STA.visits")}
        archived = keys("archive/")
        hashes = {key: hashlib.sha256(client.get_object(Bucket="demo-uploads", Key=key)["Body"].read()).hexdigest() for key in archived}
        if again.returncode != 0 or keys("input/visits") or found != ids or len(told) != read or any(n != 1 for n in told.values()):
            report.problem(f"In a bucket, {name}: ids {sorted(found)} for {sorted(ids)}, {told}; the next run ended with {again.returncode} and left {keys('input/')}.")
        if len(archived) != kept or any(digest not in told or digest[:16] not in key for key, digest in hashes.items()):
            report.problem(f"In a bucket, {name}: {hashes} is archived, and {sorted(told)} were read.")
    for key in keys("archive/"):
        client.delete_object(Bucket="demo-uploads", Key=key)


ROWS = """
project narrowed { warehouse postgres { database = env("DBT_DATABASE") }; emit sql, cron }
use std.hipaa
layer staging schema "st 'l {{ x }}"
layer marts schema "marts_l" as table
table people in staging { id integer key @record_id; region text @public; name text @name; n bigint default identity @public }
load here from "in/p*.csv" into people { on duplicate skip; quarantine bad_here; audit told }
role staff { clearance internal; postgres "stl" }
role desk { clearance internal; postgres "dsk" }
policy north on people for staff where region = 'north'
grant read on people to staff
grant read on staging to desk
pipeline p on cron { schedule daily at 02:00; load here }
"""
LATER = 'table places in staging { id integer key @public }\nload two from "in/q*.csv" into places { on duplicate skip; quarantine bad_two; audit told }\n'


def given(load: Load, scratch: Path, server: engines.Server, pipec: Path, report: judge.Report) -> None:
    """Before any build, who may read a loaded table does, as its policy says, and default privileges give nothing: at the first load and with a new one."""
    schema = warehouse.quoted("st 'l {{ x }}").replace("%", "%%")
    for statement in (
        "create role ldb login createrole", f"grant create on database {warehouse.quoted(server.database)} to ldb", "create role reporting nologin",
        "alter default privileges for role ldb grant select, insert on tables to reporting", "alter default privileges for role ldb grant usage on sequences to public",
        "alter default privileges for role ldb grant usage on schemas to reporting",
    ):
        load.all(statement)

    def build(text: str) -> Path:
        (scratch / "narrowed").mkdir(exist_ok=True)
        (scratch / "narrowed" / "p.pipe").write_text(text, encoding="utf-8")
        engines.must([pipec.resolve(), "build", scratch / "narrowed", "--out", scratch / "narrowed_out"], "build the project")
        return scratch / "narrowed_out" / "cron"

    def run(script: str, **other: str) -> subprocess.CompletedProcess[str]:
        return engines.run(["bash", cron / script], cwd=Path(load.environment["HOME"]), env=load.environment | {"DBT_USER": "ldb", "PGUSER": "ldb"} | other)

    def seen(role: str, query: str) -> list[tuple[Any, ...]] | str:
        connection = warehouse.connect(server)
        try:
            cursor = connection.cursor()
            cursor.execute(f"set role {role}")
            cursor.execute(query.replace("S.", f"{schema}."))
            return cursor.fetchall()
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    def opened() -> list[tuple[Any, ...]]:
        return load.all(
            "select distinct c.relname, coalesce(r.rolname, 'public') from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) as a"
            " left join pg_roles r on r.oid = a.grantee where n.nspname = 'st ''l {{ x }}' and a.grantee <> c.relowner and coalesce(r.rolname, '') not in ('stl', 'dsk')"
        )

    def look(where: str, tables: int) -> None:
        owners = dict(load.all("select relname, pg_get_userbyid(relowner) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'st ''l {{ x }}' and relkind = 'r'"))
        if opened() or len(owners) != tables or set(owners.values()) != {"narrowed_owner"}:
            report.problem(f"{where}: {opened()} may reach tables, and the owners are {owners}.")

    shims, real = scratch / "stops", (load.programs / "psql").resolve()
    shims.mkdir()
    (shims / "psql").write_text(f'#!/usr/bin/env bash\n{shlex.quote(str(real))} "$@"; kill -9 $PPID\n', encoding="utf-8")
    (shims / "psql").chmod(0o755)
    load.clear()
    (load.files / "in" / "p.csv").write_bytes(b"id,region,name\n1,north,Ann\nx,south,Eve\n2,south,Bob\n")
    cron = build(ROWS)
    # Behind the call that makes the tables, nothing is open.
    run("load_here.sh", PATH=f"{shims}:{load.environment['PATH']}")
    look("Where a first load was killed", 3)
    for time_ in ("first", "second"):
        done = run("load_here.sh")
        if done.returncode != 0:
            report.problem(f"The {time_} load of narrowed rows ended with {done.returncode}.\n{done.stdout[-2500:]}")
            return
        look(f"After the {time_} load", 3)
    rows = {
        "staff, table": (seen("stl", "select id, name from S.people"), [(1, "Ann")]), "staff, quarantine": (seen("stl", "select 1 from S.bad_here"), "InsufficientPrivilege"),
        "desk, table": (seen("dsk", "select id from S.people order by id"), [(1,), (2,)]), "desk, quarantine": (seen("dsk", "select content from S.bad_here"), [("x,south,Eve",)]),
        "desk, audit": (seen("dsk", "select rows_inserted, rows_quarantined from S.told where status = 'loaded'"), [(2, 1)]),
        "reporting": (seen("reporting", "select 1 from S.people"), "InsufficientPrivilege"), "reporting, quarantine": (seen("reporting", "select 1 from S.bad_here"), "InsufficientPrivilege"),
    }
    for who, (got, wanted) in rows.items():
        if got != wanted:
            report.problem(f"Before a build, {who}: {got} for {wanted}.")
    cron = build(ROWS.replace("load here }", "load * }") + LATER)
    run("load_two.sh", PATH=f"{shims}:{load.environment['PATH']}")
    look("Where the load of a new table was killed", 5)
    (load.files / "in" / "q.csv").write_bytes(b"id\n1\ny\n")
    done = run("load_two.sh")
    look("After a new load", 5)
    if done.returncode != 0 or seen("dsk", "select id from S.places") != [(1,)] or seen("reporting", "select 1 from S.bad_two") != "InsufficientPrivilege":
        report.problem(f"A new load: {done.returncode}.\n{done.stdout[-1500:]}")


def failing(load: Load, report: judge.Report) -> None:
    """A database that refuses ends the run, is told by its code, and loses nothing."""
    load.clear()
    load.put({"visits1.csv": visits(visit(1)), "visits2.csv": visits(visit(2))})
    load.all("alter table STA.visits add constraint no_one check (visit_id <> 1)")
    done = load.run("load_here.sh")
    told = load.all("select status, error, rows_read from STA.etl_audit_log")
    if done.returncode == 0 or told != [("failed", "23514", 0)] or load.all("select 1 from STA.visits"):
        report.problem(f"A row that Postgres refuses: {done.returncode}, {told}.\n{done.stdout[-800:]}")
    if CANARY in done.stdout:
        report.problem("What is printed of a refusal quotes a row.")
    load.all("alter table STA.visits drop constraint no_one")
    done = load.run("load_here.sh")
    if done.returncode != 0 or len(load.all("select 1 from STA.visits")) != 2:
        report.problem(f"After a refusal: {done.returncode}.\n{done.stdout[-800:]}")


def huge(load: Load, scratch: Path, megabytes: int, report: judge.Report) -> None:
    """One line of many megabytes between good ones: loaded, and the memory it takes measured."""
    path = load.files / "in" / "visits.csv"
    load.clear()
    with path.open("wb") as file:
        file.write(visits(visit(1)))
        for _ in range(megabytes):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + (visit(2) + "\n" + visit(3, name='"' + "y" * 10) + "\n").encode())
        for n in range(4, 4 + megabytes * 200):
            file.write((visit(n) + "\n").encode())
    measure = "import sys, json, pathlib, tracemalloc; sys.path.insert(0, sys.argv[1]); import load; tracemalloc.start(); print(load.prepare(json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])), tracemalloc.get_traced_memory()[1])"
    config = load.cron / "load_here.json"
    if megabytes <= 64:
        target = scratch / "rows"
        done = engines.run(["python3", "-B", "-c", measure, load.cron, config, path, target], cwd=scratch, env=load.environment)
        rows, peak = map(int, done.stdout.split()) if done.returncode == 0 else (0, 1 << 40)
        report.facts["huge"] = {"bytes": path.stat().st_size, "rows": rows, "peak": peak}
        if peak > 16 << 20:
            report.problem(f"A line of {megabytes} MB takes {peak >> 20} MB of memory.\n{done.stdout[-800:]}")
        target.unlink(missing_ok=True)
    started = time.monotonic()
    command = f"ulimit -v 400000; exec bash {shlex.quote(str(load.cron / 'load_here.sh'))}"
    told = "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    done = engines.run(["python3", "-c", told, "bash", "-c", command], cwd=scratch, env=load.environment)
    report.timed("huge", started)
    peak = int(done.stdout.split()[-1]) >> 10
    report.facts["huge, megabytes in memory"] = peak
    if peak > 64:
        report.problem(f"A line of {megabytes} MB takes {peak} MB of memory.")
    counts = load.all("select rows_read, rows_inserted, rows_quarantined from STA.etl_audit_log where status = 'loaded'")
    bad = load.all("select reason, characters, length(content) from STA.bad_here order by line")
    good = 2 + megabytes * 200
    if done.returncode != 0 or counts != [(good + 2, good, 2)] or bad != [("too long", megabytes << 20, 1 << 16), ("quotes", bad[1][1] if len(bad) > 1 else 0, bad[1][1] if len(bad) > 1 else 0)]:
        report.problem(f"A line of {megabytes} MB: {done.returncode}, {counts}, {bad}.\n{done.stdout[-800:]}")


def through_s3(load: Load, client: Any, report: judge.Report) -> None:
    """The whole pipeline by cron, out of a bucket: loads, build, tests."""
    load.clear()
    load.all("delete from STA.sites")
    put = lambda key, body: client.put_object(Bucket="demo-uploads", Key=key, Body=body)
    odd = "input/visits '; $(id) file:\u00e9 :y.csv"
    there = {item["Key"] for item in client.list_objects_v2(Bucket="demo-uploads", Prefix="archive/").get("Contents", [])}
    put("input/sites.csv", b"id,name\ns1,One\ns1,Twice\ns2,Two\n")
    put("input/visits 1.csv", visits(visit(1), visit(2, site="s3")))
    put(odd, visits(visit(1, name="later"), visit(4)))
    put("input/sub/visits.csv", visits(visit(8)))
    put("input/other.csv", b"not ours")
    done = load.run("daily.sh")
    rows = load.all("select visit_id, name, source from STA.visits order by 1")
    built = load.all("select count(*) from marts.visit_days") if done.returncode == 0 else []
    # The odd name sorts before the other one: a blank is below `1`, and `'` above.
    expected = {1, 4}
    if done.returncode != 0 or {r[0] for r in rows} != expected or built != [(2,)]:
        report.problem(f"Through S3: {done.returncode}, {rows}, {built}.\n{done.stdout[-3000:]}")
        return
    keys = sorted(item["Key"] for item in client.list_objects_v2(Bucket="demo-uploads")["Contents"])
    archived = [k for k in keys if k.startswith("archive/") and k not in there]
    if [k for k in keys if k.startswith("input/")] != ["input/other.csv", "input/sub/visits.csv"] or len(archived) != 3:
        report.problem(f"Through S3: what is left of the bucket is {keys}.")
    put("input/visits again.csv", visits(visit(1), visit(2, site="s3")))
    before = load.all("select * from STA.visits order by visit_id")
    done = load.run("load_visits.sh")
    if done.returncode != 0 or load.all("select * from STA.visits order by visit_id") != before:
        report.problem(f"Through S3: the same bytes under another name were loaded twice.\n{done.stdout[-1000:]}")
    put("input/visits 5.csv", visits(visit(5)))
    client.delete_bucket_policy(Bucket="demo-uploads")
    done = load.run("load_visits.sh", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    if done.returncode == 0 or load.all("select 1 from STA.visits where visit_id = 5"):
        report.problem("A bucket that does not answer is no error.")
    done = load.run("load_visits.sh")
    if done.returncode != 0 or not load.all("select 1 from STA.visits where visit_id = 5"):
        report.problem(f"After a lost connection: {done.returncode}.\n{done.stdout[-1000:]}")


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", metavar="PIPEC", type=judge.existing)
    arguments.add_argument("--megabytes", type=int, default=50, help="how long the one line is (default: 50)")
    arguments.add_argument("--only", metavar="CASE", help="this case alone; `huge`: the one line; `meddled`, `bucket`: files that are replaced; `given`: rights to new tables")
    options: argparse.Namespace = arguments.parse_args()
    report = judge.Report("load_check")
    kills = 0
    with tempfile.TemporaryDirectory(prefix="pipec-load-") as name, engines.postgres() as server, cron_run.pretended_s3() as endpoint:
        scratch = Path(name)
        (scratch / "project").mkdir()
        (scratch / "project" / "p.pipe").write_text(PROJECT, encoding="utf-8")
        engines.must([options.pipec.resolve(), "build", scratch / "project", "--out", scratch / "out"], "build the project")
        cron_run.shellcheck(scratch / "out" / "cron", report)
        client = cron_run.s3_client(endpoint)
        client.create_bucket(Bucket="demo-uploads")
        connection = warehouse.connect(server)
        connection.autocommit = True
        load = Load(scratch / "out", scratch, server, endpoint, connection)
        load.clear()
        client.put_object(Bucket="demo-uploads", Key="input/sites.csv", Body=b"id,name\ns1,One\n")
        first = load.run("load_sites.sh")
        if first.returncode != 0:
            report.problem(f"The first load ended with {first.returncode}.\n{first.stdout[-3000:]}")
            return report.conclude("nothing")
        for case in CASES if not options.only else [] if options.only in ("huge", "meddled", "bucket", "given") else [options.only]:
            one_case(load, case, report)
        if options.only == "huge":
            huge(load, scratch, options.megabytes, report)
        if options.only == "meddled":
            meddled(load, scratch, report)
        if options.only == "bucket":
            meddled_bucket(load, client, scratch, report)
        if options.only == "given":
            given(load, scratch, server, options.pipec, report)
        if not options.only:
            failing(load, report)
            kills = killed(load, scratch, report)
            meddled(load, scratch, report)
            meddled_bucket(load, client, scratch, report)
            given(load, scratch, server, options.pipec, report)
            huge(load, scratch, options.megabytes, report)
            through_s3(load, client, report)
        connection.close()
    return report.conclude(f"{len(CASES)} cases, {kills} runs killed, a line of {options.megabytes} MB in {report.facts.get('huge, megabytes in memory', 0)} MB of memory")


if __name__ == "__main__":
    judge.judge(main)
