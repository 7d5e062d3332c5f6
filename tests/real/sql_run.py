"""Judge a plain-SQL output: run its files in order with the real psql, twice, and late.

The index names one file per line, relative to the folder, in the order of running; `#`
begins a comment. Each run has to succeed, and a second one has to change nothing. Secrets
are in psql's environment under their names (`\\getenv` reads them).
"""

from __future__ import annotations

from pathlib import Path

import engines
import judge
import warehouse
import warehouse_build


def files_in_order(index: Path) -> list[Path]:
    """The files that an index names."""
    lines = (line.partition("#")[0].strip() for line in index.read_text(encoding="utf-8").splitlines())
    return [index.parent / line for line in lines if line]


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--sql", required=True, metavar="DIR", type=judge.existing, help="the emitted folder of SQL")
    arguments.add_argument("--index", default="index.txt", metavar="FILE", help="inside DIR (default: index.txt)")
    warehouse_build.add_arguments(arguments)
    options = arguments.parse_args()
    report = judge.Report("sql_run")
    index = options.sql / options.index
    if not index.exists():
        arguments.error(f"there is no index `{options.index}` in {options.sql}")
    files = files_in_order(index)

    def run_files(server: engines.Server, name: str) -> bool:
        """Run every file, up to the first that fails."""
        for file in files:
            if complaint := warehouse.psql(server, file, user=options.user, extra=dict(options.secret)):
                report.problem(f"{name}: {file.relative_to(options.sql)} failed.\n{complaint}")
                return False
        return True

    warehouse_build.Course(options, report, run_files).run()
    report.write(options.out)
    return report.conclude(f"{len(files)} files, {len(report.facts.get('relations', {}))} relations, twice the same")


if __name__ == "__main__":
    judge.judge(main)
