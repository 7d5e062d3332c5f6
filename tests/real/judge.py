"""What every judge shares: a report, its exit code, and a tidy end when it is stopped."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines import EngineError

ACCEPTED, REJECTED, BROKEN = 0, 1, 3


class Report:
    """What a judge found. Without problems the artifact is accepted."""

    def __init__(self, judge: str) -> None:
        self.judge = judge
        self.problems: list[str] = []
        self.facts: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}

    def problem(self, text: str) -> None:
        """Note one reason for rejecting; its first line is a sentence."""
        self.problems.append(text.rstrip())

    def timed(self, name: str, started: float) -> None:
        """Note how long a step took that began at `started` (monotonic clock)."""
        self.seconds[name] = round(time.monotonic() - started, 2)

    def write(self, path: Path | None) -> None:
        """Write the report as JSON, when somebody wants it."""
        if path is None:
            return
        content = {"judge": self.judge, "accepted": not self.problems, "problems": self.problems}
        content |= {"facts": self.facts, "seconds": self.seconds}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")

    def record(self, summary: str) -> None:
        """Keep what was measured for `results.py`, where `PIPEC_RESULTS` names a folder: one file per judge and arguments."""
        folder = os.environ.get("PIPEC_RESULTS")
        if not folder:
            return
        script = Path(sys.argv[0]).name
        content = {"script": script, "arguments": sys.argv[1:], "accepted": not self.problems, "problems": self.problems, "summary": summary, "facts": self.facts, "binary": stamp()}
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str)
        name = hashlib.sha256("\0".join([script, *sys.argv[1:]]).encode()).hexdigest()[:16]
        path = Path(folder, f"{script.removesuffix('.py')}-{name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever reads the folder meanwhile finds the whole of it or nothing.
        pending = path.with_suffix(f".{os.getpid()}")
        pending.write_text(text + "\n", encoding="utf-8")
        pending.replace(path)

    def conclude(self, summary: str) -> int:
        """Print the verdict for a person; the exit code of the judge."""
        self.record(summary)
        timings = ", ".join(f"{name} {seconds:g} s" for name, seconds in self.seconds.items())
        if not self.problems:
            print(f"{self.judge}: accepted: {summary}" + (f" [{timings}]" if timings else ""))
            return ACCEPTED
        print(f"{self.judge}: rejected, {len(self.problems)} problem(s)" + (f" [{timings}]" if timings else ""))
        for text in self.problems:
            print("- " + text.replace("\n", "\n  "))
        return REJECTED


def stamp() -> str:
    """Which binary is judged: `PIPEC_JUDGED` names it. What was measured of another one says nothing about this one."""
    judged = os.environ.get("PIPEC_JUDGED")
    return hashlib.sha256(Path(judged).read_bytes()).hexdigest()[:16] if judged else ""


def command_line(description: str | None) -> argparse.ArgumentParser:
    """The argument parser of a judge; `description` is the module's documentation."""
    epilog = "exit codes: 0 accepted, 1 rejected, 2 wrong usage, 3 the judge could not be set up"
    form = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(description=description, epilog=epilog, formatter_class=form)


def name_and_value(text: str) -> tuple[str, str]:
    """An argument of the form NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"`{text}` is not of the form NAME=VALUE")
    return name, value


def existing(text: str) -> Path:
    """An argument that names something on disk."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"`{text}` does not exist")
    return path.resolve()


def judge(main: Callable[[], int]) -> None:
    """Run a judge and exit; a termination signal unwinds, so that servers are stopped."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except EngineError as problem:
        print(f"the judge could not run: {problem}", file=sys.stderr)
        sys.exit(BROKEN)
    except Exception:  # Python would exit with 1, which means "rejected" here
        traceback.print_exc()
        sys.exit(BROKEN)
