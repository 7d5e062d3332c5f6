"""Rows made before a mask changed: an incremental table keeps them, and an export has to refuse them until the table is built anew.

A project is built under one mask on a real Postgres, by dbt and by plain SQL, and exported; then the mask changes. The next incremental
build leaves the old rows where they are: the export has to end with an error and write nothing. After a full refresh it has to write the
rows of the new mask alone. The same for a table that was there before pipec marked any, and for what is built from such a table. Tables and views
that every build makes anew are as the last build left them: until one has made them, and all that they are made of, no export sends them.
"""

from __future__ import annotations

import csv
import re
import subprocess
import tempfile
from pathlib import Path

import engines
import judge

PROJECT = """
project residue {{
  warehouse postgres {{ database = env("DATABASE") }}
  emit dbt, sql, cron
}}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table people {{ id integer key @public; born date @service_date; loaded date @public }}
}}
layer marts schema "marts" as table
mask decade(x: date) -> integer general lowers service_date because "ten years together" {{ generic "cast(extract(year from {{x}}) as integer) / 10 * 10" }}
bucket out {{ name "demo-out"; clearance safe_harbor }}
model kept in marts as incremental(key: id, cursor: loaded) {{
  from clinic.people as p
  select {{ p.id; born = {mask}(p.born); p.loaded }}
}}
model shown in marts {{
  from kept as k
  select {{ k.id; k.born }}
}}
export daily to out {{ shown; format csv; path "shown" }}
pipeline nightly on cron {{
  schedule daily at 02:00 timezone "UTC"
  models = build *
  export daily after models
}}
"""
MADE_ANEW = """
project residue {{
  warehouse postgres {{ database = env("DATABASE") }}
  emit dbt, sql, cron
}}
use std.hipaa
source clinic on warehouse schema "clinic" {{
  table people {{ id integer key @public; born date @service_date; loaded date @public }}
}}
layer marts schema "marts" as table
mask decade(x: date) -> integer general lowers service_date because "ten years together" {{ generic "cast(extract(year from {{x}}) as integer) / 10 * 10" }}
bucket out {{ name "demo-out"; clearance safe_harbor }}
model first in marts {{
  from clinic.people as p
  select {{ p.id; born = {mask}(p.born) }}
}}
model inlined in marts as ephemeral {{ from first as f; select {{ f.id; f.born }} }}
model between in marts as view {{ from inlined as i; select {{ i.id; i.born }} }}
model shown in marts as {kept} {{
  from between as b
  select {{ b.id; b.born }}
}}
export daily to out {{ shown; format csv; path "shown" }}
pipeline nightly on cron {{
  schedule daily at 02:00 timezone "UTC"
  models = build *
  export daily after models
}}
pipeline some on cron {{ schedule daily at 03:00; build first }}
"""
YEARS, DECADES = {"1": "1984", "2": "1979"}, {"1": "1980", "2": "1970"}
DATA = """
drop schema if exists clinic cascade; drop schema if exists marts cascade;
create schema clinic; create schema marts;
create table clinic.people (id integer, born date, loaded date);
insert into clinic.people values (1, '1984-02-03', '2026-01-01');
"""
MORE = "insert into clinic.people values (2, '1979-05-06', '2026-01-02');"


class Way:
    """One way to build a project's output: dbt, or its SQL with psql."""

    def __init__(self, name: str, program: Path, scratch: Path, server: engines.Server) -> None:
        self.name, self.program, self.server = name, program, server
        self.folder = scratch / name
        self.environment = engines.clean_environment("DBT_", "PG") | server.libpq() | server.dbt()

    def write(self, mask: str, project: str = PROJECT, kept: str = "") -> None:
        """The project under a mask, and its output."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "project.pipe").write_text(project.format(mask=mask, kept=kept), encoding="utf-8")
        done = subprocess.run([self.program, "build", self.folder, "--out", self.folder / "out"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise engines.EngineError(f"pipec does not build the project:\n{done.stderr}")

    def build(self, *names: str, full: bool = False) -> None:
        """One build, incremental unless `full`; of all, or of these models."""
        out = self.folder / "out"
        if self.name == "dbt":
            dbt = out / "dbt"
            command: list[str | Path] = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "run", "--project-dir", dbt, "--profiles-dir", dbt]
            command += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs", *(["--full-refresh"] if full else [])]
            command += ["--select", *names] if names else []
            _must(engines.run(command, cwd=dbt, env=self.environment), "dbt")
            return
        folder = out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            wanted = not names or any(line.endswith(f"_marts_{name}.sql") for name in names)
            if line and not line.startswith("#") and wanted:
                _must(self.psql(folder / line, *(["--set=full_refresh=1"] if full else [])), line)

    def named(self, pipeline: str) -> list[str]:
        """What a pipeline of cron builds by name: the words of dbt in its script."""
        script = (self.folder / "out" / "cron" / f"{pipeline}.sh").read_text(encoding="utf-8")
        found = re.search(r"dbt_build '--select' (.*)$", script, re.M)
        if not found:
            raise engines.EngineError(f"{pipeline}.sh builds nothing by name:\n{script}")
        return found[1].split()

    def psql(self, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """A file, as the scripts of cron run it."""
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", *more, f"--file={file}"]
        return engines.run([self.server.bin / "psql", *options], cwd=self.folder, env=self.environment)

    def do(self, sql: str) -> None:
        """Statements of the test itself."""
        file = self.folder / "do.sql"
        file.write_text(sql, encoding="utf-8")
        _must(self.psql(file), "the test's own SQL")

    def export(self) -> tuple[str, dict[str, str] | None]:
        """What the export says, and the rows it wrote; none where it refused."""
        file = self.folder / "shown.csv"
        file.unlink(missing_ok=True)
        done = self.psql(self.folder / "out" / "cron" / "export_daily.sql")
        rows = None
        if file.exists() and file.stat().st_size:
            with file.open(encoding="utf-8", newline="") as lines:
                rows = {row["id"]: row["born"] for row in csv.DictReader(lines)}
        if (done.returncode == 0) != (rows is not None):
            raise engines.EngineError(f"the export ended with {done.returncode}, and wrote {rows}:\n{done.stdout}")
        return done.stdout, rows


def _must(done: subprocess.CompletedProcess[str], what: str) -> None:
    if done.returncode != 0:
        raise engines.EngineError(f"{what} failed:\n{done.stdout[-4000:]}")


def course(way: Way, report: judge.Report) -> int:
    """Everything that has to hold of one way; how many exports were judged."""
    judged = 0

    def expect(when: str, rows: dict[str, str] | None) -> None:
        nonlocal judged
        judged += 1
        said, written = way.export()
        if written != rows:
            report.problem(f"{way.name}, {when}: the export wrote {written}, and should have written {rows}.\n{said}")
        if rows is None and not ("55000" in said and "kept" in said and "198" not in said):
            report.problem(f"{way.name}, {when}: the refusal does not name the table and the code alone.\n{said}")

    way.write("year_of")
    way.do(DATA)
    way.build()
    expect("first built", {"1": YEARS["1"]})
    way.do(MORE)
    way.build()
    expect("built again", YEARS)
    way.write("decade")
    expect("under a new mask, not built", None)
    way.build()
    expect("under a new mask, built on", None)
    way.build(full=True)
    expect("built anew", DECADES)
    way.build()
    expect("built on after that", DECADES)
    way.do("comment on table marts.kept is null")
    way.build()
    expect("a table from before marks", None)
    way.do("drop table marts.kept cascade; create table marts.kept (id integer, born integer, loaded date); insert into marts.kept values (1, 1984, '2026-01-01')")
    way.build()
    expect("a table that somebody else made", None)
    way.build(full=True)
    expect("made anew", DECADES)
    return judged


def anew(way: Way, kept: str, report: judge.Report) -> int:
    """The same of tables and views that every build makes anew; how many exports were judged."""
    judged = 0

    def expect(when: str, rows: dict[str, str] | None) -> None:
        nonlocal judged
        judged += 1
        said, written = way.export()
        if written != rows:
            report.problem(f"{way.name}, {kept}, {when}: the export wrote {written}, and should have written {rows}.\n{said}")
        if rows is None and not ("55000" in said and "198" not in said):
            report.problem(f"{way.name}, {kept}, {when}: the refusal does not give the code alone.\n{said}")

    way.write("year_of", MADE_ANEW, kept)
    way.do(DATA)
    way.build()
    expect("first built", {"1": YEARS["1"]})
    way.do(MORE)
    way.build()
    expect("built again", YEARS)
    way.write("decade", MADE_ANEW, kept)
    expect("under a new mask, not built", None)
    way.build("shown")
    expect("under a new mask, built of the old rows", None)
    way.build("first")
    expect("what it is built of built only", None)
    way.build(full=kept.startswith("incremental"))
    expect("all built", DECADES)
    way.build("first", "inlined", "between", "shown")
    expect("built by name", DECADES)
    if way.name == "dbt":
        # dbt drops every view upon the table: a pipeline makes those again.
        way.build(*way.named("some"))
        expect("built by a pipeline by name", DECADES)
    way.write("year_of", MADE_ANEW, kept)
    way.build("shown")
    way.build("first", "inlined", "between")
    expect("built before what it is built of", None)
    way.build("shown", full=kept.startswith("incremental"))
    expect("built after it", YEARS)
    way.do("drop table marts.first cascade; create table marts.first (id integer, born integer); insert into marts.first values (1, 1984)")
    way.do("drop table if exists marts.shown; create table marts.shown (id integer, born integer); insert into marts.shown values (1, 1984)")
    expect("a table that somebody else made", None)
    return judged


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("pipec", type=judge.existing, help="the program")
    options = arguments.parse_args()
    report = judge.Report("residue_check")
    judged = 0
    with tempfile.TemporaryDirectory(prefix="pipec-residue-") as scratch, engines.postgres() as server:
        for name in ("sql", "dbt"):
            judged += course(Way(name, options.pipec, Path(scratch), server), report)
            for kept in ("table", "view", "incremental(key: id)"):
                judged += anew(Way(name, options.pipec, Path(scratch), server), kept, report)
    return report.conclude(f"{judged} exports, by plain SQL and by dbt")


if __name__ == "__main__":
    judge.judge(main)
