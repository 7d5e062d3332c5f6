"""What the checks share: finding the judges, reading dumps, comparing rows without regard to order."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

AT_MOST = 3

# A row of a dump: column to canonical text.
Texts = dict[str, str | None]


def read_dump(folder: Path) -> dict[str, list[Texts]]:
    """The rows of every `<schema>.<name>.ndjson` (or `<name>.ndjson`), by name alone."""
    found: dict[str, list[Texts]] = {}
    for path in sorted(folder.glob("*.ndjson")):
        name = path.stem.rsplit(".", 1)[-1]
        if name in found:
            raise ValueError(f"two relations are called {name}")
        lines = path.read_text(encoding="utf-8").split("\n")
        found[name] = [json.loads(line) for line in lines if line]
    return found


def differences(name: str, expected: Iterable[Mapping[str, Any]], actual: Iterable[Mapping[str, Any]]) -> list[str]:
    """How two lots of rows differ, in a few sentences; nothing when they hold the same rows."""
    wanted, found = Counter(map(_key, expected)), Counter(map(_key, actual))
    columns = [{column for row in rows for column in json.loads(row)} for rows in (wanted, found)]
    if wanted and found and columns[0] != columns[1]:
        lacks, has = sorted(columns[0] - columns[1]), sorted(columns[1] - columns[0])
        return [f"{name}: the columns differ: without {lacks}, with {has} besides."]
    missing, extra = wanted - found, found - wanted
    if not missing and not extra:
        return []
    total = sum(wanted.values()), sum(found.values())
    lines = [f"{name}: {sum(missing.values())} of {total[0]} rows are missing, {sum(extra.values())} of {total[1]} are not expected."]
    lines += [f"  - {_short(row, extra)}" for row in list(missing)[:AT_MOST]]
    lines += [f"  + {_short(row, missing)}" for row in list(extra)[:AT_MOST]]
    return ["\n".join(lines)]


def _key(row: Mapping[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def _short(row: str, others: Mapping[str, int]) -> str:
    """A row; of one that has a near twin on the other side only what differs, and its first columns."""
    values = json.loads(row)
    twins = [json.loads(other) for other in others]
    near = min(twins, key=lambda other: sum(values.get(c) != other.get(c) for c in values), default=None)
    if near is None:
        return row[:600]
    differing = {c: v for c, v in values.items() if v != near.get(c)}
    ids = {c: v for c, v in values.items() if c == "id" or c.endswith("_id") or c in ("metric", "linkid")}
    return json.dumps(dict(list(ids.items())[:3]) | differing, ensure_ascii=False)[:600]
