"""What pipec says about a query's columns, against what Postgres says and what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from tpc_pipec import Claim
from tpc_rows import Result

# Postgres's names for what pipec calls by its shorter ones.
SPELLED = {
    "character varying": "varchar",
    "character": "char",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}


def split(name: str) -> tuple[str, str]:
    """A type and its modifier: `numeric(7,2)` is `numeric` with `7,2`."""
    base, _, modifier = name.partition("(")
    return SPELLED.get(base, base), modifier.rstrip(")").replace(" ", "")


def differences(claimed: Sequence[Claim], reported: Sequence[str]) -> str | None:
    """Columns whose types differ. A modifier that pipec claims has to be Postgres's; to claim none is right for any."""
    if len(claimed) != len(reported):
        return f"{len(claimed)} columns, and Postgres has {len(reported)}"
    wrong = []
    for claim, other in zip(claimed, reported, strict=True):
        (base, modifier), (true_base, true_modifier) = split(claim.type), split(other)
        if base != true_base or modifier not in ("", true_modifier):
            wrong.append(f"{claim.name} is {claim.type}, and Postgres says {other}")
    return ", ".join(wrong) or None


def broken(claimed: Sequence[Claim], found: Result) -> list[str]:
    """Columns that are said to be never NULL, and are."""
    return [claim.name for at, claim in enumerate(claimed) if not claim.nullable and any(row[at] is None for row in found.rows)]


def precision(claimed: Sequence[Claim], reported: Sequence[str]) -> dict[str, int]:
    """How many columns there are, how many have a precision or length in Postgres, and how many of these pipec says it of."""
    both = [(split(claim.type)[1], split(other)[1]) for claim, other in zip(claimed, reported, strict=False)]
    precise = [claim for claim, other in both if other]
    return {"columns": len(both), "precise": len(precise), "said": sum(bool(claim) for claim in precise)}
