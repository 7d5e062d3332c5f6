#!/usr/bin/env bash
# For analysis: nobody in it has a name.
# Written by pipec from the project `engage_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
# An id is an id, whatever stands in it.
# shellcheck disable=SC2016
still_holds ED-2026-01 2027-12-31
make_work
case ${PIPEC_ENVIRONMENT:-} in
  dev) suffix='-dev' ;;
  staging) suffix='-staging' ;;
  production) suffix='' ;;
  *) fail "PIPEC_ENVIRONMENT is none of dev, staging, production" ;;
esac
yyyy=${PIPEC_RUN_DATE:0:4}
mm=${PIPEC_RUN_DATE:5:2}
dd=${PIPEC_RUN_DATE:8:2}
take "$here"/export_anon_daily.sql
publish anon_daily engage-analytics-exports-anon"$suffix" "$yyyy"/"$mm"/"$dd"/engage_analytics_export_anon_"$PIPEC_TIMESTAMP".zip zip
