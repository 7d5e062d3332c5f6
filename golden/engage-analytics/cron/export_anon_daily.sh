#!/usr/bin/env bash
# For analysis: nobody in it has a name.
# Written by pipec from the project `engage_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
make_work
IFS=- read -r yyyy mm dd <<<"$PIPEC_RUN_DATE"
take "$here"/export_anon_daily.sql
publish anon_daily engage-analytics-exports-anon "$yyyy"/"$mm"/"$dd"/engage_analytics_export_anon_"$PIPEC_TIMESTAMP".zip zip
