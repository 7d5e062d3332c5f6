"""Whether a column depends on anything that its lineage leaves out: an experiment.

For each output column, every column of the tables that its lineage does not name is made
NULL, and the query is run again: the column has to come out as before. What is missing in
the lineage shows as a difference. (What is there too much does not, and is no leak.)
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import tpc_suite
from tpc_engines import Postgres, Refused
from tpc_pipec import Claim
from tpc_rows import Row
from tpc_suite import Suite

BLANK = "blanked"


class Experiment:
    """The tables of a suite with columns blanked, as views in front of them."""

    def __init__(self, postgres: Postgres, suite: Suite) -> None:
        self.postgres = postgres
        self.suite = suite
        self.runs = 0
        postgres.execute(f"drop schema if exists {BLANK} cascade; create schema {BLANK}")

    def blank(self, reads: set[str], kept: frozenset[str]) -> None:
        """Let the tables that are read show these columns only."""
        views = []
        for table in sorted(reads):
            shown = [
                c.name if f"{self.suite.name}.{table}.{c.name}" in kept else f"null::{c.type} as {c.name}"
                for c in self.suite.tables[table]
            ]
            views.append(f"create or replace view {BLANK}.{table} as select {', '.join(shown)} from {self.suite.name}.{table}")
        self.postgres.execute("; ".join(views))

    def missed(self, query: str, claimed: list[Claim]) -> list[str]:
        """The output columns that come out otherwise when all is blank that they are said not to depend on."""
        text = tpc_suite.without_limit(self.suite.queries[query])
        reads = {table for table in self.suite.tables if re.search(rf"\b{table}\b", text, re.I)}
        before = self.postgres.query(text, self.suite).rows
        groups: Mapping[frozenset[str], list[int]] = defaultdict(list)
        for at, claim in enumerate(claimed):
            groups[claim.depends].append(at)
        wrong = []
        for kept, places in groups.items():
            self.blank(reads, kept)
            self.runs += 1
            try:
                after = self.postgres.query(text, schema=BLANK).rows
            except Refused as problem:
                wrong += [f"{claimed[at].name} ({problem})" for at in places]
                continue
            wrong += [claimed[at].name for at in places if column(before, at) != column(after, at)]
        return wrong


def column(rows: list[Row], at: int) -> Counter[Any]:
    """The values of one column, however often each."""
    return Counter(row[at] for row in rows)
