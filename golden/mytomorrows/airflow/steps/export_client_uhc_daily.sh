#!/usr/bin/env bash
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
# An id is an id, whatever stands in it.
# shellcheck disable=SC2016
still_holds ED-2026-07 2027-12-31
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
take "$here"/export_client_uhc_daily.sql
publish client_uhc_daily mytomorrows-client-uhc"$suffix" "$yyyy"/"$mm"/"$dd"/report_"$PIPEC_TIMESTAMP".zip zip
