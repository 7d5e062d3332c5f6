"""Judge unit tests as dbt runs them: one project with every type, every way to keep a model and awkward texts, on a real Postgres.

`pipec test` has to pass; dbt runs what is emitted of it, with nothing in the warehouse but the seed, and has to pass every test, too. Then every
expectation is falsified, and every test has to fail; then every model is edited in one place, and a test of that model has to fail.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse

SETUP = Path(__file__).resolve().parents[2] / "stdlib" / "setup" / "postgres.sql"
PROJECT = r"""
project units { warehouse postgres { database = env("DBT_DATABASE") }; emit dbt }

use std.hipaa

source clinic on warehouse schema "raw clinic" {
  table patients {
    id         text     key  @record_id
    name       text?         @name
    zip        text?         @zip
    birth_date date?         @birth_date
    tags       text[]?       @public
    notes      json?         @public
    "Region"   text?         @public
  }
  table visits {
    id      integer        key  @public
    who     text                @record_id
    minutes integer?            @public
    paid    numeric(8, 2)?      @public
    rate    double precision?   @public
    ok      boolean?            @public
    at      timestamptz?        @public
    hour    time?               @public
    ref     uuid?               @public
    parent  integer?            @public
  }
}
seed regions from "regions.csv" schema "lists" { code text key @public; name text @public }

layer staging schema "stg" as view
layer marts   schema "mart" as table

masking deidentify { name -> redact; record_id -> hmac_token(key => secret('UNITS_KEY'), domain => 'd'); zip -> zip3; birth_date -> year_of(as_of => year_start(run_date)) }

model patients in staging {
  from clinic.patients
  select { patients.id; patients.name; patients.zip; patients.birth_date; patients.tags; patients.notes; patients."Region" }
}
model visits in staging {
  from clinic.visits as v
  where v.minutes > 60
  select { v.id; v.who; v.minutes; v.paid; v.rate; v.ok; v.at; v.hour; v.ref; v.parent }
}
model short in marts as ephemeral {
  from visits as v
  where v.minutes < 100
  select { v.id; v.who; v.minutes }
}
model seen in marts {
  from patients
  left join visits on visits.who = patients.id
  left join regions on regions.code = patients."Region"
  select { patients.id; visits.minutes; region = regions.name; kind = patients.notes ->> 'kind' }
}
model brief in marts {
  from short
  join patients on patients.id = short.who
  select { short.id; patients.name; minutes = short.minutes + 1 }
}
model kept in marts as incremental(key: id, cursor: at) {
  from visits as v
  select { v.id; v.at; cost = v.paid * 2 }
}
model numbered in marts as incremental(key: who, id: number, because: "a made-up name") {
  from visits as v
  group by v.who
  select { v.who; number = row_number() over (order by v.who); n = count(*) }
}
model past in marts as history(key: id) {
  from clinic.patients as p
  select { p.id; p."Region" }
}
model by_region in marts as materialized_view {
  from seen as s
  group by s.region
  select { s.region; n = count(*); most = max(s.minutes) }
}
model ages in marts {
  from patients as p
  select { p.id; age = age_years(p.birth_date, run_date); born = p.birth_date }
}
model all_types in marts {
  from clinic.visits as v
  select { v.id; v.paid; v.rate; v.ok; v.at; v.hour; v.ref; minus = 0 - v.minutes }
}
model tree in marts {
  sql '''
    with recursive tree as (
      select v.id, v.parent, 0 as depth from clinic.visits as v where v.parent is null
      union all
      select c.id, c.parent, t.depth + 1 from clinic.visits as c join tree as t on t.id = c.parent
    )
    select t.id, t.depth from tree as t
  '''
}
model lists in marts {
  from patients as p
  select { p.id; p.tags; p.notes }
}
model patients_anon in marts = patients masked by deidentify

test "an hour's not long {{ no }}" {
  given clinic.visits [ { id: 1, minutes: 60 }, { id: 2, minutes: 61, paid: 1.50, at: timestamptz '2026-01-01 23:30:00+00' }, { id: 3 } ]
  expect visits [ { id: 2, minutes: 61, paid: 1.5, ok: null } ]
}
test "awkward texts" {
  given clinic.patients [ { id: 'it''s {{ x }} {% y %} {# z #} \ "q"  two  blanks', name: 'ü名;--/*' }, { id: '{', name: '{%' }, { id: '', name: ' ' } ]
  expect patients [ { id: 'it''s {{ x }} {% y %} {# z #} \ "q"  two  blanks', name: 'ü名;--/*' }, { id: '{', name: '{%' }, { id: '', name: ' ' } ]
}
test "through joins, by the seed that is loaded" {
  given clinic.patients [ { id: 'a', "Region": 'n', notes: '{"kind": "{{x}}"}' }, { id: 'b', "Region": 's' } ]
  given clinic.visits [ { id: 1, who: 'a', minutes: 61 }, { id: 2, who: 'b', minutes: 5 } ]
  expect seen [ { id: 'a', minutes: 61, region: 'North', kind: '{{x}}' }, { id: 'b', minutes: null, region: null, kind: null } ]
  expect by_region [ { region: 'North', n: 1, most: 61 }, { region: null, n: 1, most: null } ]
}
test "another seed" {
  given regions [ { code: 's', name: 'South' } ]
  given patients [ { id: 'b', "Region": 's' } ]
  expect seen [ { id: 'b', region: 'South' } ]
}
test "through what is inlined" {
  given clinic.visits [ { id: 1, who: 'a', minutes: 61 }, { id: 2, who: 'a', minutes: 100 } ]
  given clinic.patients [ { id: 'a', name: 'Ann' } ]
  expect short [ { id: 1, who: 'a', minutes: 61 } ]
  expect brief [ { id: 1, name: 'Ann', minutes: 62 } ]
}
test "first days" {
  run_date '2026-02-28'
  given clinic.patients [ { id: 'a', birth_date: '2000-02-29', "Region": 'n' }, { id: 'b', birth_date: '2000-02-28' } ]
  given visits [ { id: 1, who: 'x', paid: 10.10 }, { id: 2, who: 'y' }, { id: 3, who: 'y' } ]
  expect kept [ { id: 1, cost: 20.20 }, { id: 2, cost: null }, { id: 3, cost: null } ]
  expect numbered [ { who: 'x', n: 1, number: 1 }, { who: 'y', n: 2, number: 2 } ]
  expect past [ { id: 'a', "Region": 'n', valid_from: '2026-02-28', valid_to: null }, { id: 'b', "Region": null, valid_from: '2026-02-28', valid_to: null } ]
  expect ages [ { age: 25, born: '2000-02-29' }, { age: 26, born: '2000-02-28' } ]
}
test "all types" {
  given clinic.visits [
    { id: 1, paid: 10.5, rate: 0.25, ok: true, at: '2026-01-01 10:00:00+02', hour: '10:30', ref: '00000000-0000-4000-a000-000000000001', minutes: 5 }
    { id: 2 }
  ]
  expect all_types [
    { id: 1, paid: 10.50, rate: 0.25, ok: true, at: '2026-01-01 08:00:00+00', hour: '10:30:00', ref: '00000000-0000-4000-a000-000000000001', minus: -5 }
    { id: 2, paid: null, rate: null, ok: null, at: null, hour: null, ref: null, minus: null }
  ]
}
test "a tree" {
  given clinic.visits [ { id: 1 }, { id: 2, parent: 1 }, { id: 3, parent: 2 } ]
  expect tree [ { id: 1, depth: 0 }, { id: 2, depth: 1 }, { id: 3, depth: 2 } ]
}
test "whole rows" {
  given clinic.patients [ { id: 'a', tags: array['x', 'it''s {{'], notes: '{"a": [1]}' }, { id: 'b' } ]
  expect lists [ { id: 'a', tags: array['x', 'it''s {{'], notes: '{"a": [1]}' }, { id: 'b', tags: null, notes: null } ]
}
test "beside a token" {
  run_date '2026-01-01'
  given clinic.patients [ { id: 'a', name: 'Ann', zip: '78207' }, { id: 'b', zip: '03602' } ]
  expect patients_anon [ { name: 'REDACTED', zip: '782' }, { name: null, zip: '000' } ]
}
test "nothing comes of nothing" {
  expect seen []
  expect brief []
}
""".replace("'''", '"""')
WANTED = 17
#: An edit of each model that a test has to notice.
EDITS = {
    "patients": ("    name,", "    zip as name,"),
    "visits": ("> 60", ">= 60"),
    "short": ("< 100", "<= 100"),
    "seen": ("left join", "inner join"),
    "brief": ("+ 1", "+ 2"),
    "kept": ("* 2", "* 3"),
    "numbered": ("count(*)", "count(*) + 1"),
    "past": ("    id,", "    upper(id) as id,"),
    "by_region": ("count(*)", "count(*) + 1"),
    "ages": ("age_years(", "age_years(1 + "),
    "all_types": ("0 - ", "1 - "),
    "tree": ("+ 1", "+ 2"),
    "lists": ("tags", "tags[1:1] as tags"),
    "patients_anon": ("pipec.zip3(", "left("),
}
#: The first cell of an expected row.
CELL = r'\{("?\w+"?): ("(?:\\.|[^"\\])*"|[^,}]+)'


def falsified(text: str) -> str:
    """The tests with other expectations: a cell of dbt's rows, of a query its first value, and a row where none is expected."""
    text = re.sub(r"(?m)^    rows: \[\]$", "    rows:\n    - {id: wrong}", text)
    parts = re.split(r"(?m)^(  expect:\n)", text)
    for at in range(2, len(parts), 2):
        rows = parts[at]
        if "format: sql" in rows.split("\n- name:")[0]:
            parts[at] = re.sub(r"cast\('a' as text\)", "cast('wrong' as text)", rows, count=1)
        else:
            first, rest = rows.split("\n- name:", 1) if "\n- name:" in rows else (rows, None)
            first = re.sub(CELL, lambda found: f"{{{found[1]}: {'7777' if re.fullmatch(r'-?[0-9]+', found[2]) else 'wrong'}", first, count=1)
            parts[at] = first if rest is None else first + "\n- name:" + rest
    return "".join(parts)


class Units:
    """The project in a database with nothing but its seed."""

    def __init__(self, server: engines.Server, out: Path, report: judge.Report) -> None:
        self.server, self.out, self.report = server, out, report

    def dbt(self, project: Path, *command: str) -> dict[str, str]:
        """The status of each node by its id."""
        environment = engines.clean_environment("DBT_", "PG") | self.server.dbt()
        done = engines.run([engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", *command, "--profiles-dir", project], cwd=project, env=environment, timeout=1200)
        results = project / "target" / "run_results.json"
        if not results.exists():
            raise engines.EngineError(f"dbt {' '.join(command)} stopped before running anything:\n{done.stdout[-4000:]}")
        nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
        results.unlink()
        self.messages = {node["unique_id"]: node["message"] or "" for node in nodes}
        return {node["unique_id"]: node["status"] for node in nodes}

    def tests(self, project: Path) -> dict[str, str]:
        """The status of each unit test."""
        return {name: status for name, status in self.dbt(project, "test", "--select", "test_type:unit").items() if name.startswith("unit_test.")}

    def copy(self, name: str) -> Path:
        """The project, to be spoilt."""
        return Path(shutil.copytree(self.out / "dbt", self.out.parent / name))


def judged(pipec: Path, folder: Path, report: judge.Report) -> None:
    """Every demand in turn."""
    (folder / "main.pipe").write_text(PROJECT, encoding="utf-8")
    (folder / "regions.csv").write_text("code,name\nn,North\n", encoding="utf-8")
    out = folder / "out"
    engines.must([pipec, "test", folder], "pipec test")
    said = engines.must([pipec, "build", folder, "-o", out], "pipec build")
    if "P0702" in said:
        report.problem(f"a test is not emitted:\n{said}")
    with engines.postgres() as server:
        warehouse.psql(server, SETUP)
        units = Units(server, out, report)
        units.dbt(out / "dbt", "seed")
        passed(units, report)
        wrong(units, report)
        edited(units, report)


def passed(units: Units, report: judge.Report) -> None:
    """All of them pass; nothing is left behind."""
    found = units.tests(units.out / "dbt")
    report.facts["tests"] = len(found)
    if len(found) != WANTED:
        report.problem(f"{len(found)} tests instead of {WANTED}: {sorted(found)}")
    for test in sorted(t for t, status in found.items() if status != "pass"):
        report.problem(f"{test} is `{found[test]}`: {units.messages[test]}")


def wrong(units: Units, report: judge.Report) -> None:
    """With other expectations all of them fail."""
    project = units.copy("wrong")
    for file in project.glob("models/*/_unit_tests.yml"):
        file.write_text(falsified(file.read_text(encoding="utf-8")), encoding="utf-8")
    for test, status in sorted(units.tests(project).items()):
        if status == "pass":
            report.problem(f"{test} passes with another expectation")


def edited(units: Units, report: judge.Report) -> None:
    """A model that is edited fails in a test of its own."""
    project = units.copy("edited")
    for model, (old, new) in EDITS.items():
        (file,) = project.glob(f"models/*/{model}.sql")
        head, body = file.read_text(encoding="utf-8").split("\n}}\n", 1)
        if old not in body:
            raise engines.EngineError(f"{model} holds no {old!r}:\n{body}")
        file.write_text(head + "\n}}\n" + body.replace(old, new), encoding="utf-8")
    found = units.tests(project)
    for model in EDITS:
        of = [status for test, status in found.items() if test.split(".")[2] == model]
        if not of or all(status == "pass" for status in of):
            report.problem(f"{model} was edited, and its tests say {of}")
    report.facts["edited"] = len(EDITS)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, type=judge.existing, metavar="FILE")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("unit_tests_check")
    with tempfile.TemporaryDirectory(prefix="pipec-units-") as scratch:
        folder = Path(scratch) / "project"
        folder.mkdir()
        judged(options.pipec, folder, report)
    report.write(options.out)
    facts: dict[str, Any] = report.facts
    return report.conclude(f"{facts.get('tests', 0)} unit tests pass in dbt, fail when falsified, and notice edits of {facts.get('edited', 0)} models")


if __name__ == "__main__":
    judge.judge(main)
