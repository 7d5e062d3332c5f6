#!/usr/bin/env bash
# For dashboards and reports: counts, never of fewer than eleven people.
# Written by pipec from the project `engage_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
make_work
IFS=- read -r yyyy mm dd <<<"$PIPEC_RUN_DATE"
take "$here"/export_metrics_daily.sql
publish metrics_daily engage-analytics-exports-metrics "$yyyy"/"$mm"/"$dd"/engage_analytics_export_metrics_"$PIPEC_TIMESTAMP".zip zip
