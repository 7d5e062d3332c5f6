#!/usr/bin/env bash
# The task models_api_reception of medical_records_etl.
# Written by pipec from the project `medilink`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=UTC
set_run_date
# A failure that nobody could be told of is told before there is one.
email_ready "${OPERATIONS_MAIL:-}"
dbt_build '--select' 'path:models/api_reception'
