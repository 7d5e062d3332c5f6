"""The table of results: what was measured of each of the five systems, as a page.

Each cell is a judge's verdict with what it counted. Judges write what they measure into the
folder that `PIPEC_RESULTS` names (`judge.py`); so a run of the suite with it set leaves most
cells behind, and this program runs the judges that are missing. A recording made with another
binary is not taken. A cell that no judge measures says so: nothing is filled in by hand, but for
`originals.json`, the sizes of the public originals at one commit.

    PIPEC_RESULTS=DIR cargo test --release --test real      (or not at all)
    python3 tests/real/results.py --pipec FILE --results DIR [--page docs/results.md]
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
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
Json = dict[str, Any]


class Cell:
    """What a judge said: `yes`, `no` or `open`, and what it counted."""

    def __init__(self, verdict: str, text: str) -> None:
        self.verdict, self.text = verdict, text

    def __str__(self) -> str:
        return f"{ {'yes': '✓', 'no': '✗', 'open': '–'}[self.verdict] } {self.text}".strip()


def counted(number: int, noun: str) -> str:
    """`1 model`, `1,200 models`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


class Results:
    """The recordings, and the programs that make those that are missing."""

    def __init__(self, pipec: Path, folder: Path, only: list[str], most: int) -> None:
        self.pipec, self.folder, self.most = pipec, folder, most
        self.only = only or list(SYSTEMS)
        # A recording by another binary says nothing about this one.
        self.stamp = hashlib.sha256(pipec.read_bytes()).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        stamp = folder / "binary.txt"
        if not stamp.exists() or stamp.read_text().strip() != self.stamp:
            for old in folder.glob("*.json"):
                old.unlink()
            stamp.write_text(self.stamp + "\n")

    def run(self, script: str, arguments: list[str]) -> Json:
        """What a judge recorded, with exactly these arguments; it is run when nothing is there."""
        name = hashlib.sha256("\0".join([Path(script).name, *arguments]).encode()).hexdigest()[:16]
        path = self.folder / f"{Path(script).name.removesuffix('.py')}-{name}.json"
        if not path.exists():
            print(f"results: {script} {' '.join(a for a in arguments if len(a) < 60)} …", file=sys.stderr, flush=True)
            started = time.monotonic()
            environment = os.environ | {"PIPEC_RESULTS": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "1782777600", "PIPEC_RUN_DATE": "2025-06-30"}
            done = subprocess.run([sys.executable, str(HERE / script), *arguments], capture_output=True, text=True, env=environment, check=False)
            print(f"results: {script}: exit {done.returncode} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
            if not path.exists():
                content = {"script": script, "arguments": arguments, "accepted": False, "summary": "could not be run", "facts": {}, "said": (done.stdout + done.stderr)[-4000:]}
                path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        recording: Json = json.loads(path.read_text(encoding="utf-8"))
        return recording

    def judged(self, script: str, arguments: list[str], words: Callable[[Json], str]) -> Cell:
        """A cell of a judge's verdict."""
        recording = self.run(script, arguments)
        if recording["summary"] == "could not be run":
            return Cell("open", "the judge could not be run")
        return Cell("yes" if recording["accepted"] else "no", words(recording))

    def said(self, *arguments: str) -> tuple[int, str]:
        """What pipec itself answers."""
        done = subprocess.run([self.pipec, *arguments], capture_output=True, text=True, check=False, env=os.environ | {"SOURCE_DATE_EPOCH": "1782777600"})
        return done.returncode, done.stdout

    def built(self, name: str) -> Path:
        """The artifacts of a system."""
        return self.folder / "built" / name


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
    path = results.folder / "engage-tables.txt"
    path.write_text(json.dumps({p.stem: {"schema": "airbyte", "columns": columns} for p in sorted(data.glob("*.ndjson"))}), encoding="utf-8")
    setup = ROOT / "stdlib/setup/postgres.sql"
    return ["--data", str(data), "--schema", str(path), "--prepare", str(setup), "--secret", "PSEUDONYM_KEY=pipec-throw-away-key", "--secret-sql", STORE_KEY]


def real_engine(results: Results, name: str) -> tuple[Cell, Cell]:
    """The system on its real engine, and its rows against an independent computation."""
    pipec, folder = str(results.pipec), str(example(name))
    if name == "emr-analytics":
        recording = results.run("emr_check.py", ["--pipec", pipec, "--example", folder])
        verdict = "yes" if recording["accepted"] else "no"
        return Cell(verdict, "DuckDB; BigQuery by GoogleSQL's evaluator"), Cell(verdict, recording["summary"] if recording["accepted"] else "differs")
    if name == "engage-analytics":
        dump = results.folder / "engage-dump"
        project = str(results.built(name) / "dbt")
        hidden = ["--without", "pipec", "--without", "pipec_secret"]
        on = results.judged(
            "dbt_build.py",
            ["--project", project, "--vars", "{run_date: 2025-06-30}", "--dump", str(dump), *hidden, *tables_of_engage(results)],
            lambda r: f"dbt on Postgres: {r['summary']}",
        )
        metadata = str(example(name) / "seeds/questionnaire_metadata.csv")
        compare = ["--dump", str(dump), "--data", str(example(name) / "data"), "--metadata", metadata, "--run-date", "2025-06-30", "--key", "pipec-throw-away-key"]
        return on, results.judged("checks/engage_compare.py", compare, lambda r: r["summary"])
    recording = results.run("example_check.py", ["--pipec", pipec, "--example", folder])
    verdict = "yes" if recording["accepted"] else "no"
    facts = recording["facts"]
    return Cell(verdict, "dbt and plain SQL on Postgres"), Cell(verdict, f"{facts.get('models', 0)} relations, {facts.get('rows', 0):,} rows by plain Python, on {len(facts.get('engines', []))} engines")


def flow(results: Results, name: str) -> Cell:
    """Values that a sink may not know are changed in the sample data, and what it gets stays."""
    most = ["--most", str(results.most)] if results.most else []
    return results.judged(
        "perturbation.py",
        [str(results.pipec), "--example", str(example(name)), *most],
        lambda r: f"{r['facts'].get('places', 0)} source places changed, {r['facts'].get('comparisons', 0):,} comparisons, none differs" if r["accepted"] else "a sink learns",
    )


def access(results: Results, name: str) -> Cell:
    """Cells that `verify` reads out of the artifacts; and logins on a real Postgres, where that is the warehouse."""
    code, said = results.said("verify", str(results.built(name)), "--project", str(example(name)), "--format", "json")
    cells = json.loads(said).get("cells", 0) if said else 0
    text = f"{counted(int(cells), 'cell')} read back"
    if name == "emr-analytics":
        return Cell("yes" if code == 0 else "no", text)
    recording = results.run("access_check.py", ["--pipec", str(results.pipec), "--example", str(example(name)), "--generated", "0"])
    if recording["summary"] == "could not be run":
        return Cell("yes" if code == 0 else "no", text)
    logins = f"; {int(recording['facts'].get('cells', 0)):,} tried by logging in to Postgres"
    return Cell("yes" if code == 0 and recording["accepted"] else "no", text + logins)


def dags(results: Results, name: str) -> Cell:
    """The pipelines on their runner."""
    arguments = ["--pipec", str(results.pipec), "--example", str(example(name))]
    if name == "efiche":
        arguments += ["--version", "3", "--dag", "efiche_nightly", "--takes", "operational.patients.date_of_birth", "--bucket", "efiche-research"]
    return results.judged("airflow_run.py", arguments, lambda r: r["summary"].partition(": ")[2])


def terraform(results: Results, name: str) -> Cell:
    """fmt, init, validate, plan, apply, an empty second plan."""
    folder = results.built(name) / "terraform"
    if not folder.is_dir():
        return Cell("open", "writes none")
    return results.judged("terraform_check.py", [str(folder)], lambda r: f"{r['summary']}: validated, applied, then nothing to do" if r["accepted"] else "refused")


COLUMNS = ["system", "builds", "runs embedded", "on its real engine", "rows checked independently", "flow evidence", "access verified", "pipelines run", "terraform"]


def row(results: Results, name: str) -> list[str]:
    """A line of the table."""
    first = builds(results, name)
    on, rows = real_engine(results, name)
    cells: list[Cell] = [first, embedded(results, name), on, rows, flow(results, name), access(results, name), dags(results, name), terraform(results, name)]
    return [f"**{SYSTEMS[name]}**", *map(str, cells)]


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


def page(results: Results) -> str:
    """The whole page."""
    measured = [row(results, name) for name in results.only]
    how = json.loads((HERE / "originals.json").read_text(encoding="utf-8"))["how"]
    return f"""# What was measured

Written by `python3 tests/real/results.py` from what the judges of `tests/real` counted; nothing in the first table is written by hand. ✓ accepted,
✗ rejected, – not measured. [README](../tests/real/README.md) says what each judge does.

{table(COLUMNS, measured)}

*Real engine*: dbt and plain SQL on a real Postgres, each twice, the second time without a change; for EMR analytics DuckDB and GoogleSQL's reference
evaluator, since BigQuery itself runs nowhere but at Google. *Rows*: computed again in plain Python from the sample data. *Flow*: values that a sink
may not know are changed in the sample data, and what the sink gets must not change. *Access*: cells of the matrix that `pipec verify` reads back out
of the artifacts, and cells that were tried by logging in. *Pipelines*: DAGs loaded in a real Airflow, and runs of them. *Terraform*: `validate`,
`plan`, `apply` against the providers' own schemas, then an empty plan.

## Lines

{table(["system", "`.pipe`", "written from it", "the original", "which"], [sizes(results, name) for name in results.only])}

Not blank lines. *Written from it* leaves the evidence report out. *The original*: {how}. An original and its example do not do the same: the
examples mask, grant, police and test what the originals leave open, and leave out what pipec does not write.
"""


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", type=judge.existing, required=True, metavar="FILE", help="the binary")
    arguments.add_argument("--results", type=Path, required=True, metavar="DIR", help="the folder of recordings")
    arguments.add_argument("--page", type=Path, default=ROOT / "docs/results.md", metavar="FILE", help="where to write (default: docs/results.md)")
    arguments.add_argument("--only", action="append", default=[], choices=list(SYSTEMS), help="this system only; may be given several times")
    arguments.add_argument("--most", type=int, default=0, metavar="N", help="change at most so many places per system for the flow evidence (default: all)")
    options = arguments.parse_args()
    results = Results(options.pipec, options.results.resolve(), options.only, options.most)
    text = page(results)
    options.page.write_text(text, encoding="utf-8")
    print(f"results: {options.page}: {text.count('✓')} cells accepted, {text.count('✗')} rejected, {text.count('| –')} not measured")
    return 0 if "✗" not in text else 1


if __name__ == "__main__":
    judge.judge(main)
