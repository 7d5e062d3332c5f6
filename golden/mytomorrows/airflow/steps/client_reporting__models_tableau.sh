#!/usr/bin/env bash
# The task models_tableau of client_reporting.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=Europe/Amsterdam
set_run_date
# A failure that nobody could be told of is told before there is one.
email_ready "${OPERATIONS_MAIL:-}"
dbt_build '--select' tableau_client_patients tableau_client_report
