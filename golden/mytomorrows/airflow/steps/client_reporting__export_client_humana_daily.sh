#!/usr/bin/env bash
# The task export_client_humana_daily of client_reporting.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=Europe/Amsterdam
set_run_date
# A failure that nobody could be told of is told before there is one.
email_ready "${OPERATIONS_MAIL:-}"
# All of it: no words to pass on.
# shellcheck disable=SC2119
bash "$here/export_client_humana_daily.sh"
