"""Runs pipec on a text: its verdict, and the SQL, also of what it refuses.

Of a refused program there is no SQL. So that the engine can say what it would have sent, the same program is built once more with
its sinks opened: every bucket and role is cleared for everything, and what is refused for other reasons of flow (a mask over a
computed value, a missing reason) is written in a way that means the same and is not judged.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mutants import truth
from mutants.program import parsed
from mutants.shape import MASKS, Model, Shape

#: Codes that say "this would leak"; anything else means that the edit made no program.
FLOW = re.compile(r"P0(?:3\d\d|4\d\d|5\d\d|60\d)")


@dataclass(frozen=True)
class Outcome:
    """What pipec said to a text."""

    codes: tuple[str, ...]
    messages: tuple[str, ...]
    made: truth.Emitted | None

    @property
    def accepted(self) -> bool:
        """Whether it built."""
        return self.made is not None

    @property
    def flow(self) -> bool:
        """Whether all that is wrong with it is what may flow where."""
        return bool(self.codes) and all(FLOW.fullmatch(c) for c in self.codes)


_FILE = re.compile(r"^// file: (\S+)\n((?:// \| .*\n)+)", re.M)


def build(pipec: Path, text: str) -> Outcome:
    """Builds a text, with the data files that its comments hold (`// file: name`, then `// | line`)."""
    with tempfile.TemporaryDirectory(prefix="pipec-mutant-") as scratch:
        folder = Path(scratch)
        (folder / "p").mkdir()
        for name, lines in _FILE.findall(text):
            (folder / "p" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "p" / name).write_text(re.sub(r"^// \| ", "", lines, flags=re.M), encoding="utf-8")
        (folder / "p" / "base.pipe").write_text(text, encoding="utf-8")
        command = [str(pipec), "build", str(folder / "p"), "-o", str(folder / "out"), "--message-format", "json"]
        # Determinations of experts end some day; the test does not.
        day = os.environ | {"SOURCE_DATE_EPOCH": "1782777600"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120, env=day)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"pipec ended with {done.returncode}: {done.stderr[-2000:]}\n{text}")
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        errors = [m for m in said if m.get("severity") == "error"]
        codes = tuple(sorted({m["code"] for m in errors}))
        messages = tuple(f"{m['code']} line {m['line']}: {m['message']}" for m in errors)
        made = truth.emitted(folder / "out", text) if done.returncode == 0 else None
        if done.returncode == 1 and not errors:
            raise RuntimeError(f"pipec refused without an error: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return Outcome(codes, messages, made)


# --- the same program, opened -----------------------------------------------------------

_CLEARED = re.compile(r"^((?:bucket|role) \w+\s*\{[^}]*?)clearance \w+", re.M)
_BARE_ROLE = re.compile(r"^(role \w+\s*\{)(?![^}]*clearance)", re.M)
#: What the masks compute, as functions that nobody expects to lower anything (their bodies are in `truth.py`).
_PLAIN_MASKS = """
function plain_redact(x: text) -> text because "the judge looks at what is sent" { generic "judge.redact({x})" }
function plain_is_present(x: T) -> boolean! because "the judge looks at what is sent" { generic "{x} is not null" }
function plain_hmac_token(x: text, key: text, domain: text) -> text? because "the judge looks at what is sent" { generic "pipec.hmac_token({x}, {key}, {domain})" }
function plain_keep_last(x: text, n: integer = 4) -> text? because "the judge looks at what is sent" { generic "judge.keep_last({x}, {n})" }
function plain_zip3(x: text) -> text? because "the judge looks at what is sent" { generic "judge.zip3({x})" }
function plain_year_of(x: date) -> integer? because "the judge looks at what is sent" { generic "cast(extract(year from {x}) as integer)" }
function plain_year_of(x: timestamptz) -> integer? because "the judge looks at what is sent" { generic "cast(extract(year from {x} at time zone 'UTC') as integer)" }
function plain_age_years(x: date, as_of: date) -> integer? because "the judge looks at what is sent" { generic "judge.age_years({x}, {as_of})" }
function plain_age_band(x: date, as_of: date, width: integer = 5) -> text? because "the judge looks at what is sent" { generic "judge.age_band({x}, {as_of}, {width})" }
"""


def opened(text: str) -> str:
    """The program with every sink cleared for everything."""
    made = _BARE_ROLE.sub(r"\1 clearance internal; ", _CLEARED.sub(r"\1clearance internal", text))
    return re.sub(r'\bbecause "\s*"', 'because "opened"', made)


def unjudged(text: str) -> str:
    """Opened, and with masks in expressions as plain functions, whose arguments nobody asks about; twins are written out."""
    shape = Shape(parsed("", text))
    edits = [(m.start, m.end, _written_out(shape, m)) for m in shape.models.values() if m.base]
    made = text
    for start, end, twin in sorted(edits, reverse=True):
        made = made[:start] + twin + made[end:]
    # What stands in a masking stays a mask: twins made by loops go through it.
    parts = re.split(r"(^masking \w+ \{.*?^\})", opened(made), flags=re.M | re.S)
    call = re.compile(r"(?<![\w.])(" + "|".join(MASKS) + r")\(")
    plain = (re.sub(r"key => secret\(('[^']*')\)", r"key => \1", call.sub(r"plain_\1(", part)) for part in parts[::2])
    masked = [*parts[1::2], ""]
    return "".join(a + b for a, b in zip(plain, masked)) + _PLAIN_MASKS


def _written_out(shape: Shape, twin: Model) -> str:
    """A masked twin as a model that masks column by column, as its masking says."""
    body = shape.text[twin.start : twin.end]
    masking = re.search(rf"^masking {twin.masking} \{{(.*?)^\}}", shape.text, re.M | re.S)
    rules = {}
    for categories, rule in _RULE.findall(masking.group(1) if masking else ""):
        rules |= {c.strip(): rule for c in categories.split(",")}
    own = {name: rule for name, rule in re.findall(r"^  (\w+)\s+-> (.*)$", body, re.M)}
    gone = {c.strip() for names in re.findall(r"^  drop (.*)$", body, re.M) for c in names.split(",")}
    told = shape.told(twin.base)
    entries = [_entry(c, own.get(c) or _rule(rules, told[c])) for c in told if c not in gone]
    head = body.split(" = ")[0]
    return head + " {\n  from " + twin.base + " as base\n  select {\n    " + "\n    ".join(e for e in entries if e) + "\n  }\n}"


def _rule(rules: dict[str, str], told: frozenset[str]) -> str:
    """The rule of the only category that has one; of several, none is the author's: they are taken away."""
    found = {rules[c] for c in told if c in rules}
    return found.pop() if len(found) == 1 else "drop" if found else ""


def _entry(column: str, rule: str) -> str:
    rule = re.sub(r"\s*//.*", "", rule)
    mask, _, name = rule.partition(" as ")
    word, _, rest = mask.strip().partition("(")
    name = name.strip() or column
    match word:
        case "":
            return f"base.{column}"
        case "drop":
            return ""
        case "nullify":
            return f"{name} = null :: text"
        case "year_of" | "age_years" | "age_band" | "is_present":
            value = f"base.{column}"
        case _:
            value = f"base.{column} :: text"
    arguments = f", {rest[:-1]}" if rest else ""
    return f"{name} = {word}({value}{arguments})"


_RULE = re.compile(r"^  ([\w, ]+?)\s+-> (.*)$", re.M)
