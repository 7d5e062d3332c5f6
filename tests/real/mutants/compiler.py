"""Runs pipec on a text: its verdict, and the SQL, also of what it refuses.

Of a refused program there is no SQL. So that the engine can say what it would have sent, the same program is built once more with
its sinks opened: every bucket and role is cleared for everything, and what is refused for other reasons of flow (a mask over a
computed value, a missing reason) is written in a way that means the same and is not judged.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mutants import truth

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


def build(pipec: Path, text: str, extra: dict[str, bytes] | None = None) -> Outcome:
    """Builds a text."""
    with tempfile.TemporaryDirectory(prefix="pipec-mutant-") as scratch:
        folder = Path(scratch)
        for name, content in (extra or {}).items():
            (folder / "p" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "p" / name).write_bytes(content)
        (folder / "p").mkdir(exist_ok=True)
        (folder / "p" / "base.pipe").write_text(text, encoding="utf-8")
        command = [str(pipec), "build", str(folder / "p"), "-o", str(folder / "out"), "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120)
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
_MASKS = ("redact", "is_present", "hmac_token", "keep_last", "zip3", "year_of", "age_years", "age_band")
#: What the masks compute, as functions that nobody expects to lower anything.
_PLAIN_MASKS = """
function plain_redact(x: text) -> text { generic "case when {x} is not null then 'REDACTED' end" }
function plain_is_present(x: T) -> boolean! { generic "{x} is not null" }
function plain_hmac_token(x: text, key: text, domain: text) -> text? { generic "pipec.hmac_token({x}, {key}, {domain})" }
function plain_keep_last(x: text, n: integer = 4) -> text? { generic "pipec.keep_last({x}, {n})" }
function plain_zip3(x: text) -> text? { generic "pipec.zip3({x})" }
function plain_year_of(x: date) -> integer? { generic "cast(extract(year from {x}) as integer)" }
function plain_year_of(x: timestamptz) -> integer? { generic "cast(extract(year from {x} at time zone 'UTC') as integer)" }
function plain_age_years(x: date, as_of: date) -> integer? { generic "case when {x} <= {as_of} then least(90, extract(year from age({as_of}, {x})))::integer end" }
function plain_age_band(x: date, as_of: date, width: integer = 5) -> text? { generic "pipec.age_band({x}, {as_of}, {width})" }
"""


def opened(text: str) -> str:
    """The program with every sink cleared for everything."""
    made = _BARE_ROLE.sub(r"\1 clearance internal; ", _CLEARED.sub(r"\1clearance internal", text))
    return re.sub(r'\bbecause "\s*"', 'because "opened"', made)


def unjudged(text: str) -> str:
    """Opened, and with masks in expressions as plain functions, whose arguments nobody asks about."""
    made = opened(text)
    body = re.sub(r"^masking \w+ \{.*?^\}", lambda m: m.group(0).replace("(", "\0"), made, flags=re.M | re.S)
    body = re.sub(r"(?<![\w.])(" + "|".join(_MASKS) + r")\(", r"plain_\1(", body)
    body = re.sub(r"(plain_hmac_token\([^()]*(?:\([^()]*\)[^()]*)*key => )secret\(('[^']*')\)", r"\1\2", body)
    return body.replace("\0", "(") + _PLAIN_MASKS
