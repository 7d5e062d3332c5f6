#!/usr/bin/env bash
# For the few who are authorized by name.
# Written by pipec from the project `engage_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
make_work
IFS=- read -r yyyy mm dd <<<"$PIPEC_RUN_DATE"
take "$here"/export_pii_daily.sql
publish pii_daily engage-analytics-exports-pii "$yyyy"/"$mm"/"$dd"/engage_analytics_export_pii_"$PIPEC_TIMESTAMP".zip zip
