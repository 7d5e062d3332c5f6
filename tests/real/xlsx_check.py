"""Exports as workbooks of Excel's, run for real: a table of every type, from a real Postgres to an S3 that moto pretends, read by openpyxl.

Cell by cell they hold what Postgres tells: as a number, a day or a truth where Excel can give it back as it is, else as the text that Postgres writes. No text
is a formula or markup, whatever it looks like; NULL is no cell, and the empty text is one. Equal rows give equal bytes. One row, one character more than a sheet
takes ends the export; then nothing is in the bucket, and the log does not tell the value.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import tempfile
import time
import xml.etree.ElementTree as tree
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import cron_run
import engines
import judge
import parquet_check

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1:A2)", "=cmd|'/c calc'!A0", "{=1+1}", "\t=1", "http://example.org/", "internal:Sheet!A1",
    "<r><t>x</t></r>", '<r><t>a</t></r></is></c><c r="ZZ9"><f>1+1</f></c><c t="inlineStr"><is><r></r>', "<r></r>",
    "_x0041_", "_x005F_", "\x01\x0b\x1f\x7f", "\ufffe\uffff", "a\rb\r\nc\n", " leading", "trailing ", "\n", "", "NULL", "\\N", "\\.", "&<>\"'", "ünï 😀", "0012", "1e5", "2024-01-01", "TRUE", None,
    "x" * 32767, "😀" * 16383,
]
KINDS: parquet_check.Kinds = [
    ("id", "integer", "number", []),
    ("small", "smallint?", "number", [-32768, 32767, None]),
    ("big", "bigint?", "number", [-(2**63), 2**63 - 1, 999999999999999, -(10**15), 1000000000000001, None]),
    ("exact", "numeric(12,3)?", "number", [Decimal("-999999999.999"), Decimal("0.001"), Decimal("1.500"), None]),
    ("wide", "numeric(38,10)?", "number", [Decimal("1234567890.1234567890"), Decimal("0.1"), Decimal("12345.67891"), None]),
    ("free", "numeric?", "number", [Decimal("1.50"), Decimal(10) ** 60, Decimal("NaN"), Decimal(10) ** 400, None]),
    ("single", "real?", "number", [1.5, -0.25, float("inf"), None]),
    ("double", "double?", "number", [1e300, 0.1, 0.1 + 0.2, 5e-324, float("-inf"), float("nan"), -0.0, None]),
    ("flag", "boolean?", "boolean", [True, False, None]),
    ("day", "date?", "date", [datetime.date(1, 1, 1), datetime.date(1900, 2, 28), datetime.date(1900, 3, 1), datetime.date(9999, 12, 31), None, "infinity"]),
    ("hour", "time?", "time", [datetime.time(0, 0), datetime.time(23, 59, 59, 999000), datetime.time(1, 2, 3, 4), "24:00", None]),
    ("moment", "timestamp?", "timestamp", [datetime.datetime(1969, 7, 20, 20, 17, 40, 123456), datetime.datetime(2024, 2, 29), datetime.datetime(2024, 2, 29, 23, 59, 59, 999000), datetime.datetime(1850, 1, 1), "-infinity", None]),
    ("instant", "timestamptz?", "text", [datetime.datetime(2024, 3, 31, 1, 30, tzinfo=datetime.UTC), None]),
    ("words", "text?", "text", HOSTILE),
    ("document", "jsonb?", "text", ['{"a": [1, null]}', None]),
    ("nothing", "text?", "text", [None]),
]
parquet_check.ROWS = len(HOSTILE) + 2
#: What Excel writes for what it has no sign for (ECMA-376 part 1, 22.9.2.19).
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOST = 1_048_576


def exact(kind: str, text: str) -> Any:
    """What a cell holds where Excel gives it back as it is; nothing where only a text does. Written from Excel's specification of limits."""
    if kind == "number":
        value = Decimal(text)
        digits = len(f"{value:f}".lstrip("-").replace(".", "").strip("0")) if value.is_finite() and abs(value.adjusted()) <= 300 else 99
        return float(value) if digits <= 15 else None
    if kind == "boolean":
        return text == "t"
    if kind == "time":
        return datetime.time.fromisoformat(text) if text < "24" and not re.search(r"\.\d{3}\d*[1-9]", text) else None
    if kind in ("date", "timestamp"):
        if not re.fullmatch(r"\d{4}-[-0-9 :.]+", text) or text < "1900-03-01" or re.search(r"\.\d{3}\d*[1-9]", text):
            return None
        return datetime.datetime.fromisoformat(text)
    return None


class Run(parquet_check.Run):
    """Exports as workbooks."""

    kinds, form = KINDS, "xlsx"

    def compare(self, where: str, body: bytes, table: str) -> None:
        """One workbook with its table."""
        import openpyxl

        sheets = [name for name in zipfile.ZipFile(io.BytesIO(body)).namelist() if name.startswith("xl/worksheets/")]
        raw = tree.fromstring(zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml"))
        if len(sheets) != 1 or any(raw.iter(f"{MAIN}f")) or any(raw.iter(f"{MAIN}hyperlink")):
            self.report.problem(f"{where}: {len(sheets)} sheets, or a formula or a link among the cells.")
        sheet = openpyxl.load_workbook(io.BytesIO(body)).active
        there = {cell.get("r") for cell in raw.iter(f"{MAIN}c")}
        columns = [(name, kind) for name, _, kind, _ in KINDS if table != "lone" or name == "nothing"]
        with self.connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            told = ", ".join(f"case when {name} then 't' when not {name} then 'f' end" if kind == "boolean" else f"{name}::text" for name, kind in columns)
            order = f"{table}.id" if len(columns) > 1 else "1"
            cursor.execute(f"select {told} from marts.{table} order by {order}")
            expected = cursor.fetchall()
        if [sheet.cell(1, n).value for n in range(1, len(columns) + 1)] != [name for name, _ in columns]:
            self.report.problem(f"{where}: the header is {[c.value for c in sheet[1]]}.")
        if len(list(raw.iter(f"{MAIN}row"))) > len(expected) + 1 or len(there) != len(columns) + sum(v is not None for row in expected for v in row):
            self.report.problem(f"{where}: {len(there)} cells, for {len(expected)} rows.")
        for at, row in enumerate(expected, 2):
            for place, ((name, kind), text) in enumerate(zip(columns, row, strict=True), 1):
                self.report.facts["cells"] = self.report.facts.get("cells", 0) + 1
                cell = sheet.cell(at, place)
                if problem := self.wrong(cell, cell.coordinate in there, kind, text):
                    self.report.problem(f"{where}: {name} in row {at} is {problem[:200]}, for {str(text)[:80]!r}.")

    def wrong(self, cell: Any, there: bool, kind: str, text: str | None) -> str:
        """What a cell holds, where it is not the value."""
        if text is None or not there:
            return "" if text is None and not there else f"a cell: {cell.value!r}" if there else "no cell"
        as_it_is = exact(kind, text)
        if as_it_is is None:
            got = ESCAPED.sub(lambda m: chr(int(m[1], 16)), cell.value or "") if isinstance(cell.value, str | None) else cell.value
            given = cell.value or ""
            return "" if cell.data_type in ("s", "inlineStr", "n" if text == "" else "s") and text in (got, given) else f"{cell.data_type} {cell.value!r}"
        value = cell.value
        if kind == "boolean":
            return "" if cell.data_type == "b" and value is as_it_is else repr(value)
        if kind == "number":
            return "" if cell.data_type == "n" and float(value) == as_it_is else f"{cell.data_type} {value!r}"
        if isinstance(value, datetime.datetime) and isinstance(as_it_is, datetime.time):
            value = value.time()
        return "" if value == as_it_is else f"{cell.data_type} {value!r}"

    def good(self) -> None:
        """Both exports, whole, and again."""
        for name in ("plain", "packed"):
            done = self.export(name)
            if done.returncode != 0:
                self.report.problem(f"the export {name} ended with {done.returncode}:\n{done.stdout[-3000:]}")
                return
        found = self.objects()
        if set(found) != {"plain/every.xlsx", "plain/lone.xlsx", "plain/none.xlsx", "plain.manifest.json", "packed.zip", "packed.zip.manifest.json"}:
            self.report.problem(f"the bucket holds {sorted(found)}.")
            return
        for table in ("every", "lone", "none"):
            self.compare(f"plain/{table}", found[f"plain/{table}.xlsx"], table)
        with zipfile.ZipFile(io.BytesIO(found["packed.zip"])) as archive:
            for table in ("every", "none"):
                self.compare(f"packed/{table}", archive.read(f"{table}.xlsx"), table)
        counts = {t["name"]: t["rows"] for t in json.loads(found["plain.manifest.json"])["tables"]}
        if counts != {"every.xlsx": parquet_check.ROWS, "lone.xlsx": 4, "none.xlsx": 0}:
            self.report.problem(f"the manifest counts {counts}.")
        time.sleep(2.1)
        self.environment |= {"TZ": "Asia/Kathmandu"}
        self.export("packed")
        self.export("plain")
        again = self.objects()
        if changed := [key for key, body in again.items() if found.get(key) != body]:
            self.report.problem(f"equal rows give other bytes: {changed}.")

    def refused(self, what: str, statement: str, says: str) -> None:
        """A change after which nothing may be published; it is taken back."""
        for key in self.objects():
            self.client.delete_object(Bucket="demo-lake", Key=key)
        with self.connection.cursor() as cursor:
            cursor.execute(f"create table marts.kept as select * from marts.every; create table marts.few as select * from marts.lone; {statement}")
        done = self.export("plain")
        with self.connection.cursor() as cursor:
            for table, kept in (("every", "kept"), ("lone", "few")):
                cursor.execute(f"truncate marts.{table}; insert into marts.{table} select * from marts.{kept}; drop table marts.{kept}")
        if done.returncode == 0 or self.objects() or says not in done.stdout or "secret" in done.stdout:
            self.report.problem(f"{what}: ended with {done.returncode}, {sorted(self.objects())} in the bucket.\n{done.stdout[-2000:]}")

    def bad(self) -> None:
        """One more than Excel takes."""
        long = "xlsx: every: a text is longer than the 32767 characters of a cell"
        self.refused("a long text", "update marts.every set words = 'secret' || repeat('x', 32762) where id = 3", long)
        self.refused("a long text of signs that count twice", "update marts.every set words = repeat('😀', 16384) where id = 3", long)
        rows = f"insert into marts.lone select null from generate_series(1, {MOST} - (select count(*) from marts.lone))"
        self.refused("too many rows", rows, f"xlsx: lone: there are more rows than the {MOST} of a sheet")
        self.good()


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing, help="the compiler")
    options = arguments.parse_args()
    report = judge.Report("xlsx_check")
    engines.use("xlsx-reader")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pipec-xlsx-") as name, engines.postgres() as server, cron_run.pretended_s3() as endpoint:
        run = Run(Path(name), options.pipec, server, endpoint, report)
        run.fill()
        run.good()
        run.bad()
        run.connection.close()
    report.timed("run", started)
    return report.conclude(f"{report.facts.get('cells', 0)} cells of {len(KINDS)} types, three refusals")


if __name__ == "__main__":
    judge.judge(main)
