"""Judge pipec by TPC-H and TPC-DS: every query is read, typed and traced.

Tables, query texts and data come from DuckDB's extensions while the judge runs. A suite
becomes a project: its tables a source, each query a model from its text. `--only` takes
names like `tpch.q01` or `tpcds`, and keeps the rest out.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import judge
import tpc_pipec
import tpc_suite


def selected(suite: tpc_suite.Suite, only: list[str]) -> list[str]:
    """The queries of a suite that were asked for."""
    wanted = [name.partition(".") for name in only]
    asked = [query for name, _, query in wanted if name == suite.name]
    return [query for query in suite.queries if not only or "" in asked or query in asked]


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", metavar="FILE", help="the compiler (default: $PIPEC, or the newest build)")
    arguments.add_argument("--only", action="append", default=[], metavar="SUITE[.QUERY]", help="e.g. tpcds.q14")
    arguments.add_argument("--keep", type=Path, metavar="DIR", help="leave the projects in this folder")
    arguments.add_argument("--out", type=Path, metavar="REPORT.json")
    options = arguments.parse_args()
    report = judge.Report("tpc")
    pipec = tpc_pipec.find(options.pipec)
    counts = []
    with tempfile.TemporaryDirectory(prefix="pipec-tpc-") as scratch:
        place = options.keep or Path(scratch)
        database = tpc_suite.connect()
        for name in tpc_suite.SUITES:
            tpc_suite.generate(database, name, 0)
            suite = tpc_suite.read(database, name)
            queries = selected(suite, options.only)
            if not queries:
                continue
            started = time.monotonic()
            tpc_pipec.write_project(place / name / "project", suite, queries, "postgres")
            found = tpc_pipec.check(pipec, place / name / "project")
            report.timed(f"check {name}", started)
            for query, messages in found.items():
                report.problem(f"{name}.{query}: " + "\n".join(messages))
            counts.append(f"{name} {len(queries) - len(found)} of {len(queries)}")
    report.write(options.out)
    print("read, typed: " + ", ".join(counts))
    return report.conclude(", ".join(counts))


if __name__ == "__main__":
    judge.judge(main)
