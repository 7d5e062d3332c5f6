#!/usr/bin/env bash
# Every night: build, test, and only then hand out what researchers may have.
# Written by pipec from the project `efiche`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=Africa/Kigali
# Read by step.
# shellcheck disable=SC2034
retries=2 retry_minutes=5
export PIPEC_PIPELINE=nightly PIPEC_AUDIT_SCHEMA=operational PIPEC_AUDIT_TABLE=pipeline_runs

# shellcheck disable=SC2317,SC2329
alert() {
  no_alert "$1"
}

steps() {
  step load_padchest bash "$here/load_padchest.sh"
  step models dbt_build
  step checks dbt_test
  step export_research_monthly bash "$here/export_research_monthly.sh"
}

if [[ ${1:-} == --steps ]]; then
  steps
else
  run_pipeline nightly 60 alert "${BASH_SOURCE[0]}"
fi
