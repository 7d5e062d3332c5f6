#!/usr/bin/env bash
# The task checks of client_reporting.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=Europe/Amsterdam
set_run_date
# A failure that nobody could be told of is told before there is one.
email_ready "${OPERATIONS_MAIL:-}"
dbt_test '--select' client_humana_export client_patients client_report client_uhc_export int_procedures stg_encounters stg_patients stg_procedures
