"""Compare the zips that the cron scripts put into buckets with a dump of the warehouse.

Every CSV is there under the name of its table, and holds the rows of the dump, cell by cell.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import time
import zipfile
from pathlib import Path

import shared

import judge
import pictures

NUMBER = re.compile(r"-?\d+\.\d+")
MOMENT = re.compile(r"\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00")


def tables_of(folder: Path, bucket: str, report: judge.Report) -> dict[str, list[dict[str, str]]]:
    """The CSV files of the one zip of a bucket, by table."""
    archives = sorted((folder / bucket).rglob("*.zip"))
    if len(archives) != 1:
        report.problem(f"{bucket}: one zip is expected, and there are {[a.name for a in archives]}.")
        return {}
    if not re.fullmatch(r"\d{4}/\d\d/\d\d/\w+\.zip", str(archives[0].relative_to(folder / bucket))):
        report.problem(f"{bucket}: the zip lies in {archives[0].relative_to(folder / bucket)}.")
    check_manifest(archives[0], report)
    found = {}
    with zipfile.ZipFile(archives[0]) as archive:
        for member in archive.namelist():
            if member.endswith(".csv"):
                text = io.StringIO(archive.read(member).decode("utf-8"), newline="")
                found[member.removesuffix(".csv")] = list(csv.DictReader(text))
    return found


def check_manifest(archive: Path, report: judge.Report) -> None:
    """The manifest beside a zip tells its hash, and the rows of every file in it."""
    beside = archive.with_name(archive.name + ".manifest.json")
    if not beside.exists():
        report.problem(f"{archive.name} has no manifest beside it.")
        return
    manifest = json.loads(beside.read_text(encoding="utf-8"))
    if manifest["sha256"] != hashlib.sha256(archive.read_bytes()).hexdigest():
        report.problem(f"{beside.name}: the hash is not that of the zip.")
    with zipfile.ZipFile(archive) as opened:
        texts = {name: opened.read(name).decode("utf-8") for name in opened.namelist()}
    rows = {name: sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1 for name, text in texts.items()}
    if {table["name"]: table["rows"] for table in manifest["tables"]} != rows:
        report.problem(f"{beside.name}: the files and rows it lists are not those of the zip.")


def cell(text: str) -> str:
    """A cell as the dumps write it; NULL and the empty text are one in CSV."""
    if MOMENT.fullmatch(text):
        return pictures.canonical_timestamp(text)
    if NUMBER.fullmatch(text):
        return pictures.canonical_number(text)
    return {"t": "true", "f": "false"}.get(text, text)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("downloads", metavar="DIR", type=judge.existing, help="what cron_run.py --download kept")
    add("--dump", required=True, metavar="DIR", type=judge.existing)
    add("--bucket", action="append", required=True, metavar="NAME=REGEX", type=judge.name_and_value, help="the tables it holds")
    add("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("export_rows")
    started = time.monotonic()
    dump = shared.read_dump(options.dump)
    files = rows = 0
    for bucket, pattern in options.bucket:
        found = tables_of(options.downloads, bucket, report)
        wanted = {name for name in dump if re.fullmatch(pattern, name)}
        if found.keys() != wanted:
            report.problem(f"{bucket}: the files differ: {sorted(found.keys() ^ wanted)[:6]}.")
        for name in sorted(found.keys() & wanted):
            exported = [{column: cell(text) for column, text in row.items()} for row in found[name]]
            expected = [{column: cell(text or "") for column, text in row.items()} for row in dump[name]]
            for problem in shared.differences(f"{bucket}/{name}", expected, exported):
                report.problem(problem)
            files, rows = files + 1, rows + len(exported)
    report.facts |= {"files": files, "rows": rows}
    report.timed("compare", started)
    report.write(options.out)
    return report.conclude(f"{files} CSV files in {len(options.bucket)} zips, {rows} rows, all equal")


if __name__ == "__main__":
    judge.judge(main)
