#!/usr/bin/env bash
# The container ingest of emr_analytics.
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
need SYNTHEA_URL
need PIPEC_CREDENTIALS_AIRFLOW_INGESTION
# Values reach Docker through its own environment: on a command line everybody could read them.
# A word is told as it is.
# shellcheck disable=SC2016
run_image \
  --tell INGESTION_GCS_BUCKET_DESTINATION emr-analytics-raw"$suffix" \
  --tell INGESTION_SYNTHEA_URL_SOURCE "${SYNTHEA_URL}" \
  --credentials "${PIPEC_CREDENTIALS_AIRFLOW_INGESTION}" \
  -- 'emr_ingestion:1.0' python /app/emr_ingestion.py
