"""Queries as models of one project, compiled by pipec: what it refuses, what it prints, what its own engine makes of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from random_sql import data


@dataclass
class Outcome:
    """What pipec says of a set of queries in one dialect."""

    #: query -> code and message
    refused: dict[str, str] = field(default_factory=dict)
    #: query -> where its printed form is
    printed: dict[str, Path] = field(default_factory=dict)
    #: What has to run before them: schemas and pipec's own functions.
    before: list[Path] = field(default_factory=list)
    #: query -> what its engine complained about
    failed: dict[str, str] = field(default_factory=dict)


class Project:
    """A folder with a project of queries, written anew for each set."""

    def __init__(self, pipec: Path, folder: Path, seed: int) -> None:
        self.pipec, self.folder = pipec, folder
        made = data.rows(seed)
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for number, table in enumerate(data.TABLES):
            text = data.ndjson(table, made[table.plain])
            (folder / "data" / f"{number}.ndjson").write_text(text, encoding="utf-8")

    def accepted(self, queries: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """The queries that pipec takes, and why it refuses the others."""
        refused: dict[str, str] = {}
        left = dict(queries)
        while left:
            self._write(left, "postgres")
            found = self._problems(["check", str(self.folder)], left)
            if not found:
                break
            refused |= found
            left = {name: text for name, text in left.items() if name not in found}
        return left, refused

    def printed(self, queries: Mapping[str, str], dialect: str) -> Outcome:
        """The SQL that pipec prints in a dialect, as the files it emits."""
        outcome, left = Outcome(), dict(queries)
        while left:
            self._write(left, dialect)
            out = self.folder / "out"
            shutil.rmtree(out, ignore_errors=True)
            found = self._problems(["build", str(self.folder), "--out", str(out)], left)
            if not found:
                files = sorted((out / "sql" / dialect).glob("*.sql"))
                # The stem is `<number>_<layer>_<model>`.
                named = {file.stem.rpartition("_")[2]: file for file in files}
                outcome.printed = {name: named[name] for name in left}
                outcome.before = [named[name] for name in ("schemas", "setup") if name in named]
                break
            outcome.refused |= found
            left = {name: text for name, text in left.items() if name not in found}
        return outcome

    def embedded(self, queries: Mapping[str, str]) -> Outcome:
        """Every query in the embedded engine: its rows are `<query>.ndjson`."""
        outcome = Outcome()
        self._write(queries, "postgres")
        dump = self.folder / "dump"
        shutil.rmtree(dump, ignore_errors=True)
        found = self._problems(["run", str(self.folder), "--dump", str(dump), "--run-date", "2025-06-30"], queries)
        for name, message in found.items():
            (outcome.refused if message.startswith("P0701") else outcome.failed)[name] = message
        for name in queries:
            if (file := dump / f"{name}.ndjson").exists():
                outcome.printed[name] = file
            elif name not in found:
                outcome.failed[name] = "pipec run left it out without a word"
        return outcome

    def _write(self, queries: Mapping[str, str], dialect: str) -> None:
        folder = self.folder / "models"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        lines = [data.pipe(f'project diff {{ warehouse {dialect} {{ database = env("DATABASE") }}; emit sql }}')]
        lines.append('layer m schema "m" as view\n')
        for name, text in queries.items():
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")
            lines.append(f'model {name} in m from sql "models/{name}.sql"\n')
        (self.folder / "main.pipe").write_text("".join(lines), encoding="utf-8")

    def _problems(self, arguments: list[str], queries: Mapping[str, str]) -> dict[str, str]:
        """Errors by query; one that belongs to none is the test's own mistake."""
        command = [str(self.pipec), *arguments, "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found: dict[str, str] = {}
        for line in done.stdout.splitlines():
            said = json.loads(line)
            if said.get("severity") != "error" or "code" not in said:
                continue
            name = _query_of(said, queries)
            if name is None and said.get("path") == "main.pipe":
                # What is said of a model as a whole is said of its line here.
                line = (self.folder / "main.pipe").read_text(encoding="utf-8").splitlines()[said["line"] - 1]
                name = next((n for n in queries if line.startswith(f"model {n} ")), None)
            if name is None:
                raise AssertionError(f"pipec {' '.join(arguments)} says of the project itself: {line}")
            found.setdefault(name, f"{said['code']} {said['message']}")
        if done.returncode not in (0, 1) or (done.returncode == 1 and not found):
            raise AssertionError(f"pipec {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return found


def _query_of(said: dict, queries: Mapping[str, str]) -> str | None:
    """The query that a message is about: by its file, else by the model's name in it."""
    stem = Path(said.get("path") or "").stem
    if stem in queries:
        return stem
    return next((n for n in queries if f"`{n}`" in said["message"]), None)
