#!/usr/bin/env bash
# Writes down how a task stands.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

# record.sh ZONE PIPELINE SCHEMA TABLE STEP STATUS STARTED TASKS: as the DAG files call it, with the run in PIPEC_RUN.
export TZ=$1 PIPEC_PIPELINE=$2 PIPEC_AUDIT_SCHEMA=$3 PIPEC_AUDIT_TABLE=$4
set_run_date
record "$5" "$6" "$7" "$8"
