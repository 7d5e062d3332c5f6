#!/usr/bin/env bash
# dbt as Cosmos runs it: what it says about rows goes to a log of its own.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

make_work
status=0
"${PIPEC_DBT:-dbt}" "$@" --log-path "${PIPEC_DBT_LOG_DIR:-$work/logs}" >"$work/out" 2>&1 || status=$?
# Cosmos runs dbt in a copy of the project, where the results lie, and wants to see how it ended.
python3 - target/run_results.json <<'PYTHON'
import collections, json, pathlib, sys

path = pathlib.Path(sys.argv[1])
results = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
print("dbt:", ", ".join(f"{n} {s}" for s, n in sorted(collections.Counter(r["status"] for r in results).items())) or "nothing to do")
for result in results:
    if result["status"] in ("error", "fail", "runtime error", "warn"):
        print(f"dbt: {result['status']}: {result['unique_id']}")
PYTHON
exit "$status"
