"""The table of results: what was measured of each of the five systems, as a page.

Each cell is the verdict of a judge with what it counted. Judges leave what they measure in the folder that `PIPEC_RESULTS` names (`judge.py`), with the
hash of the binary that `PIPEC_JUDGED` names; so a run of the suite leaves most cells behind. This program reads them, runs the judges that are
missing, and writes the page. A recording of another binary is not taken, and a judge that rejected once makes its cell ✗, whatever others said. A
cell that nothing measured says so: nothing is filled in by hand, but for `originals.json`, the sizes of the public originals at one commit. What
differs from machine to machine or from run to run (times, how much a random client asked) is not told.

    PIPEC_RESULTS=DIR ./test                                                                   (or not at all)
    python3 tests/real/results.py --pipec FILE --results DIR [--page docs/results.md]          writes the page
    python3 tests/real/results.py --pipec FILE --results DIR --check                           compares it with what is recorded, and runs no judge
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import judge

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SYSTEMS = {"engage-analytics": "Engage Analytics", "efiche": "eFiche", "emr-analytics": "EMR analytics", "mytomorrows": "mytomorrows", "medilink": "Medilink"}
# The day that the examples' expectations are for, where a command needs one.
RUN_DATE = "2025-12-31"
STORE_KEY = (
    "insert into pipec_secret.key (name, value) values (%(name)s, convert_to(%(value)s, 'UTF8'))"
    " on conflict (name) do update set value = excluded.value"
)
MARKS = {"yes": "✓", "no": "✗", "open": "–"}
Json = dict[str, Any]


class Cell:
    """What judges said: `yes`, `no` or `open`, and what they counted."""

    def __init__(self, verdict: str, text: str) -> None:
        self.verdict, self.text = verdict, text

    def __str__(self) -> str:
        return f"{MARKS[self.verdict]} {self.text}".strip()


OPEN = Cell("open", "not measured")


def counted(number: int, noun: str) -> str:
    """`1 model`, `1,200 models`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def of_system(recording: Json, name: str) -> bool:
    """Whether a judge was given this example, or something in its folder."""
    return any(re.search(rf"(^|/)examples/{re.escape(name)}(/|$)", argument) for argument in recording["arguments"])


class Results:
    """The recordings, and the programs that make those that are missing."""

    def __init__(self, pipec: Path, folder: Path, runs: bool) -> None:
        self.pipec, self.folder, self.runs = pipec, folder, runs
        folder.mkdir(parents=True, exist_ok=True)
        self.binary = hashlib.sha256(pipec.read_bytes()).hexdigest()[:16]
        self.environment = os.environ | {
            "PIPEC_RESULTS": str(folder), "PIPEC_JUDGED": str(pipec), "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "1782777600", "PIPEC_RUN_DATE": "2025-06-30",
        }
        self.scratch = tempfile.TemporaryDirectory(prefix="pipec-results-")

    def recorded(self, script: str, name: str, takes: Callable[[Json], bool] = lambda _r: True) -> list[Json]:
        """What a judge recorded of an example and this binary, in an order that no clock and no hash decides."""
        found = []
        for path in self.folder.glob(f"{Path(script).name.removesuffix('.py')}-*.json"):
            recording = json.loads(path.read_text(encoding="utf-8"))
            if recording.get("binary") == self.binary and recording["script"] == Path(script).name and of_system(recording, name) and takes(recording):
                found.append(recording)
        return sorted(found, key=lambda r: (r["accepted"], r["summary"], len(r["arguments"])))

    def judged(self, script: str, name: str, arguments: list[str], takes: Callable[[Json], bool] = lambda _r: True) -> list[Json]:
        """The same; the judge is run when nothing is recorded."""
        found = self.recorded(script, name, takes)
        if found or not self.runs:
            return found
        print(f"results: {script} {name} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], capture_output=True, text=True, env=self.environment, check=False)
        print(f"results: {script} {name}: exit {done.returncode} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        if done.returncode != judge.ACCEPTED:
            print((done.stdout + done.stderr)[-4000:], file=sys.stderr, flush=True)
        return self.recorded(script, name, takes)

    def said(self, *arguments: str) -> tuple[int, str]:
        """What pipec itself answers."""
        done = subprocess.run([self.pipec, *arguments], capture_output=True, text=True, check=False, env=os.environ | {"SOURCE_DATE_EPOCH": "1782777600"})
        return done.returncode, done.stdout

    def built(self, name: str) -> Path:
        """The artifacts of a system."""
        return Path(self.scratch.name) / name


def verdict(recordings: list[Json]) -> str:
    """No recording is no verdict; one that rejects is one."""
    if not recordings:
        return "open"
    return "yes" if all(r["accepted"] for r in recordings) else "no"


def cell(recordings: list[Json], words: Callable[[Json], str]) -> Cell:
    """A cell of what judges said; the last one that accepted tells what it counted."""
    if not recordings:
        return OPEN
    says = verdict(recordings)
    return Cell(says, words(recordings[-1]) if says == "yes" else recordings[0]["problems"][0].splitlines()[0][:120] if recordings[0]["problems"] else "rejected")


def example(name: str) -> Path:
    """The folder of a system."""
    return ROOT / "examples" / name


def last_object(text: str) -> Json:
    """The result among lines of JSON diagnostics."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    result: Json = next((o for o in reversed(found) if "severity" not in o), {})
    return result


def builds(results: Results, name: str) -> Cell:
    """`pipec build`."""
    code, said = results.said("build", str(example(name)), "-o", str(results.built(name)), "--message-format", "json")
    # The manifest lists the others.
    files = sum(1 for p in results.built(name).rglob("*") if p.is_file()) - 1
    return Cell("yes" if code == 0 else "no", counted(files, "file") if code == 0 else last_object(said).get("message", "refused"))


def embedded(results: Results, name: str) -> Cell:
    """`pipec run` and `pipec test`."""
    code, said = results.said("run", str(example(name)), "--run-date", RUN_DATE, "--message-format", "json")
    ran = last_object(said)
    models = sum(1 for t in ran.get("tables", []) if t["model"])
    rows = sum(t["rows"] for t in ran.get("tables", []) if t["model"])
    tested, _ = results.said("test", str(example(name)), "--message-format", "json")
    return Cell("yes" if code == 0 and tested == 0 else "no", f"{counted(models, 'model')}, {counted(rows, 'row')}; unit tests {'pass' if tested == 0 else 'fail'}")


def tables_of_engage(results: Results) -> list[str]:
    """Options that load Engage's sample data into Postgres, with the set-up's key in its place."""
    data = example("engage-analytics") / "data"
    columns = [["id", "text"], ["resource", "jsonb"], ["_airbyte_extracted_at", "timestamptz"]]
    path = Path(results.scratch.name) / "engage-tables.txt"
    path.write_text(json.dumps({p.stem: {"schema": "airbyte", "columns": columns} for p in sorted(data.glob("*.ndjson"))}), encoding="utf-8")
    setup = ROOT / "stdlib/setup/postgres.sql"
    return ["--data", str(data), "--schema", str(path), "--prepare", str(setup), "--secret", "PSEUDONYM_KEY=pipec-throw-away-key", "--secret-sql", STORE_KEY]


def real_engine(results: Results, name: str) -> tuple[Cell, Cell]:
    """The system on its real engine, and its rows against an independent computation."""
    pipec, folder = str(results.pipec), str(example(name))
    if name == "emr-analytics":
        found = results.judged("emr_check.py", name, ["--pipec", pipec, "--example", folder], lambda r: "--on" not in r["arguments"])
        return cell(found, lambda r: "dbt and plain SQL on GoogleSQL, BigQuery's reference; DuckDB"), cell(found, rows_of)
    if name == "engage-analytics":
        # The dump lies where the next judge finds it.
        dump = results.folder / "engage-dump"
        options = ["--project", str(results.built(name) / "dbt"), "--vars", "{run_date: 2025-06-30}", "--dump", str(dump)]
        options += ["--without", "pipec", "--without", "pipec_secret", "--without", "engage_analytics_access", *tables_of_engage(results)]
        on = cell(results.judged("dbt_build.py", name, options), lambda r: "dbt on Postgres")
        metadata = str(example(name) / "seeds/questionnaire_metadata.csv")
        compare = ["--dump", str(dump), "--data", str(example(name) / "data"), "--metadata", metadata, "--run-date", "2025-06-30", "--key", "pipec-throw-away-key"]
        of_first = results.judged("checks/engage_compare.py", name, compare, lambda r: "--before" not in r["arguments"])
        return on, cell(of_first, lambda r: f"{counted(r['facts']['models'], 'relation')}, {counted(r['facts']['rows'], 'row')}")
    found = results.judged("example_check.py", name, ["--pipec", pipec, "--example", folder], lambda r: not any(a.startswith("--generate") for a in r["arguments"]))
    return cell(found, lambda r: "dbt and plain SQL on Postgres"), cell(found, rows_of)


def rows_of(recording: Json) -> str:
    """`26 relations, 5,261 rows`."""
    facts = recording["facts"]
    return f"{counted(facts['models'], 'relation')}, {counted(facts['rows'], 'row')}"


def flow(results: Results, name: str) -> Cell:
    """Values that a sink may not know are changed in the sample data, and what it gets stays."""
    found = results.judged("perturbation.py", name, [str(results.pipec), "--example", str(example(name)), "--together"], lambda r: "--only" not in r["arguments"] and "--most" not in r["arguments"])
    return cell(found, lambda r: f"{counted(r['facts']['places'], 'source column')} changed in {counted(r['facts']['values'], 'value')}: no sink differs")


def access(results: Results, name: str) -> Cell:
    """Cells that `verify` reads out of the artifacts; and logins on a real Postgres, where that is the warehouse."""
    code, said = results.said("verify", str(results.built(name)), "--project", str(example(name)), "--format", "json")
    cells = int(json.loads(said).get("cells", 0)) if said.startswith("{") else 0
    text = f"{counted(cells, 'cell')} read back"
    if code != 0 or not cells:
        return Cell("no", "differs")
    if name == "emr-analytics":
        return Cell("yes", text + "; its roles name no group at Google, so nobody logs in")
    on_postgres = [n for n in SYSTEMS if n != "emr-analytics"]
    options = ["--pipec", str(results.pipec), "--generated", "0", *(word for n in on_postgres for word in ("--example", str(example(n))))]
    found = results.judged("access_check.py", name, options)
    tried = cell(found, lambda r: f"{text}; {r['facts']['systems'][name]:,} tried by logging in")
    return tried if found else Cell("open", f"{text}; nobody logged in")


#: How each system's DAGs are run: the last one is that which is made to fail where the suite asks for it.
RUNS = {
    "engage-analytics": ["--dag", "engage_analytics_daily", "--bucket", "engage-analytics-exports-anon-dev", "--bucket", "engage-analytics-exports-pii-dev", "--bucket", "engage-analytics-exports-metrics-dev"],
    "efiche": ["--dag", "efiche_nightly", "--bucket", "efiche-research-dev", "--incoming", f"efiche-arrivals-dev/padchest/today.csv={HERE / 'loads/padchest.csv'}"],
    "mytomorrows": [
        "--dag", "mytomorrows_internal_monitoring", "--dag", "mytomorrows_executive_metrics", "--dag", "mytomorrows_client_reporting",
        "--bucket", "mytomorrows-client-uhc-dev", "--bucket", "mytomorrows-client-humana-dev", "--bucket", "mytomorrows-extracts-dev",
    ],
    "medilink": ["--dag", "medilink_medical_records_etl", "--uploads", "medilink-medical-records-dev", "--bucket", "medilink-research-dev"],
}


def dags(results: Results, name: str) -> Cell:
    """The pipelines on their runner: recordings in which none ran are of their loading, and do not count."""
    shared = ["--pipec", str(results.pipec), "--example", str(example(name))]
    if name == "emr-analytics":
        found = results.judged("airflow_bigquery.py", name, shared)
    else:
        found = results.judged("airflow_run.py", name, [*shared, *RUNS[name]], lambda r: "--dag" in r["arguments"])
    return cell(found, dags_of)


def dags_of(recording: Json) -> str:
    """`1 DAG ran in Airflow 3; objects in 3 buckets as they should be`."""
    facts = recording["facts"]
    return f"{counted(len(facts['ran']), 'DAG')} ran in Airflow; {counted(len(facts['buckets']), 'bucket')} with the right objects"


def terraform(results: Results, name: str) -> Cell:
    """fmt, init, validate, plan, apply, an empty second plan, in every environment."""
    options = [str(results.pipec), "--count", "0", *(word for n in SYSTEMS for word in ("--example", str(example(n))))]
    found = results.judged("infrastructure_check.py", name, options)
    return cell(found, lambda r: f"{counted(r['facts']['systems'][name]['applied'], 'environment')} validated and applied, then nothing to do")


COLUMNS = ["system", "builds", "runs embedded", "on its real engine", "rows checked independently", "flow evidence", "access verified", "pipelines run", "terraform"]


def row(results: Results, name: str) -> list[Cell]:
    """A line of the table, without its head."""
    first = builds(results, name)
    on, rows = real_engine(results, name)
    return [first, embedded(results, name), on, rows, flow(results, name), access(results, name), dags(results, name), terraform(results, name)]


def lines(path: Path) -> int:
    """Lines that are not blank."""
    try:
        return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except UnicodeDecodeError:
        return 0


def sizes(results: Results, name: str) -> list[str]:
    """A line of the table of sizes."""
    source = sum(lines(p) for p in example(name).rglob("*.pipe"))
    made: Counter[str] = Counter()
    for path in results.built(name).rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            made[path.relative_to(results.built(name)).parts[0]] += lines(path)
    code = made.total() - made["evidence"]
    original = json.loads((HERE / "originals.json").read_text(encoding="utf-8"))[name]
    there = sum(original["lines"].values())
    parts = ", ".join(f"{kind} {count:,}" for kind, count in sorted(original["lines"].items(), key=lambda kv: -kv[1]))
    return [
        f"**{SYSTEMS[name]}**",
        f"{source:,}",
        f"{code:,} ({', '.join(f'{kind} {count:,}' for kind, count in sorted(made.items()) if kind != 'evidence')})",
        f"{there:,} ({parts})" if there else "no code in its repository",
        f"[{original['repository']}](https://github.com/{original['repository']}) at `{original['commit']}`",
    ]


def table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    told = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in body]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *told])


PAGE = """# What was measured

Written by `python3 tests/real/results.py` from what the judges of `tests/real` recorded; nothing in the first table is written by hand, and a test
fails when a fresh recording contradicts a mark in it. ✓ accepted, ✗ rejected, – not measured.
[README](../tests/real/README.md) says what each judge does.

{measured}

* *Builds*: `pipec build`, files written. *Runs embedded*: `pipec run` and `pipec test`.
* *Real engine*: a real Postgres, each build twice, the second time without a change; for EMR analytics GoogleSQL's reference evaluator, behind BigQuery's
  REST interface for the real dbt, since BigQuery itself runs nowhere but at Google.
* *Rows*: computed again in plain Python from the sample data, on every engine, cell by cell; a row less or another value is noticed.
* *Flow*: values that a sink may not know are changed in the sample data, and what the sink gets must not change.
* *Access*: cells of the matrix that `pipec verify` reads back out of the artifacts, and cells (table, column, row, login) that were tried by logging in.
* *Pipelines*: DAGs run in the executor of a real Airflow; what lies in the buckets of a server that speaks S3 (for EMR analytics Google's storage interface)
  afterwards is compared with the warehouse.
* *Terraform*: the real binary against the providers' own schemas, in every environment: `fmt`, `validate`, `plan`, `apply`, then an empty plan.

## Lines

{lines}

Not blank lines. *Written from it* leaves the evidence report out. *The original*: {how}. An original and its example do not do the same: the
examples mask, grant, police and test what the originals leave open, and leave out what pipec does not write.
"""


def page(measured: dict[str, list[Cell]], results: Results) -> str:
    """The whole page."""
    told = [[f"**{SYSTEMS[name]}**", *map(str, cells)] for name, cells in measured.items()]
    how = json.loads((HERE / "originals.json").read_text(encoding="utf-8"))["how"]
    sizes_of = table(["system", "`.pipe`", "written from it", "the original", "which"], [sizes(results, name) for name in measured])
    return PAGE.format(measured=table(COLUMNS, told), lines=sizes_of, how=how)


def marks(text: str) -> dict[tuple[str, str], str]:
    """Which mark each cell of the page has."""
    known = {f"**{title}**": name for name, title in SYSTEMS.items()}
    found: dict[tuple[str, str], str] = {}
    for line in text.partition("## Lines")[0].splitlines():
        parts = [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]
        if parts and parts[0] in known:
            for column, part in zip(COLUMNS[1:], parts[1:], strict=True):
                found[known[parts[0]], column] = part[:1]
    return found


def contradictions(text: str, measured: dict[str, list[Cell]]) -> tuple[list[str], int]:
    """Cells that the page tells otherwise than they were measured, and how many were compared; what one of them does not know contradicts nothing."""
    told = marks(text)
    fresh = {(name, column): one for name, cells in measured.items() for column, one in zip(COLUMNS[1:], cells, strict=True) if one.verdict != "open"}
    wrong = [
        f"{SYSTEMS[n]}, {c}: the page says {told.get((n, c), 'nothing')}, and it was measured: {one}"
        for (n, c), one in fresh.items()
        if told.get((n, c)) not in (MARKS[one.verdict], MARKS["open"])
    ]
    return wrong, len(fresh)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", type=judge.existing, required=True, metavar="FILE", help="the binary")
    arguments.add_argument("--results", type=Path, required=True, metavar="DIR", help="the folder of recordings")
    arguments.add_argument("--page", type=Path, default=ROOT / "docs/results.md", metavar="FILE", help="the page (default: docs/results.md)")
    arguments.add_argument("--check", action="store_true", help="compare the page with what is recorded; run no judge, write nothing")
    arguments.add_argument("--recorded", action="store_true", help="write the page of what is recorded; run no judge")
    options = arguments.parse_args()
    results = Results(options.pipec, options.results.resolve(), runs=not (options.check or options.recorded))
    measured = {name: row(results, name) for name in SYSTEMS}
    if options.check:
        wrong, compared = contradictions(options.page.read_text(encoding="utf-8"), measured)
        print(f"results: {'rejected' if wrong else 'accepted'}: {compared} of {len(SYSTEMS) * (len(COLUMNS) - 1)} cells of {options.page.name} compared, {len(wrong)} contradicted")
        print("".join(f"- {text}\n" for text in wrong), end="")
        return judge.REJECTED if wrong or not compared else judge.ACCEPTED
    text = page(measured, results)
    options.page.write_text(text, encoding="utf-8")
    verdicts = Counter(one.verdict for cells in measured.values() for one in cells)
    print(f"results: {options.page}: {verdicts['yes']} cells accepted, {verdicts['no']} rejected, {verdicts['open']} not measured")
    return judge.REJECTED if verdicts["no"] else judge.ACCEPTED


if __name__ == "__main__":
    judge.judge(main)
