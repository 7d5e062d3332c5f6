#!/usr/bin/env bash
# The task checks of internal_monitoring.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=UTC
set_run_date
dbt_test '--select' dim_authorizations fct_patients_helped fct_patients_trailing fct_procedures ops_procedures raw_extract
