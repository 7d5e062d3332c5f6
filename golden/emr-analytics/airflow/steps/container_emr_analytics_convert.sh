#!/usr/bin/env bash
# The container convert of emr_analytics.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

set_run_date
make_work
case ${PIPEC_ENVIRONMENT:-} in
  dev) suffix='-dev' ;;
  staging) suffix='-staging' ;;
  production) suffix='' ;;
  *) fail "PIPEC_ENVIRONMENT is none of dev, staging, production" ;;
esac
need PIPEC_CREDENTIALS_AIRFLOW_INGESTION
# Values reach Docker through its own environment: on a command line everybody could read them.
# A word is told as it is.
# shellcheck disable=SC2016
run_image \
  --tell TRANSFORMATION_GCS_BUCKET emr-analytics-raw"$suffix" \
  --credentials "${PIPEC_CREDENTIALS_AIRFLOW_INGESTION}" \
  -- 'emr_transformation:1.0' python /app/emr_transformation.py
