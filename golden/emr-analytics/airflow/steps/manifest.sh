#!/usr/bin/env bash
# Writes the manifest that DAG files with Cosmos read: run it when the project is deployed.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
make_work
"${PIPEC_DBT:-dbt}" parse --quiet --vars "{run_date: '$PIPEC_RUN_DATE'}" --project-dir "$PIPEC_ROOT/dbt" --profiles-dir "$PIPEC_ROOT/dbt" \
  --target-path "$PIPEC_ROOT/dbt/target" --log-path "$work/logs"
log "manifest: $PIPEC_ROOT/dbt/target/manifest.json"
