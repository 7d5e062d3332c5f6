#!/usr/bin/env bash
# Every night: build, test, and only then export.
# Written by pipec from the project `engage_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=UTC
# Read by step.
# shellcheck disable=SC2034
retries=2 retry_minutes=5

# shellcheck disable=SC2317,SC2329
alert() {
  slack_alert "${SLACK_URL:-}" "$1"
}

steps() {
  step models dbt_build
  step checks dbt_test
  step export_anon_daily bash "$here/export_anon_daily.sh"
  step export_pii_daily bash "$here/export_pii_daily.sh"
  step export_metrics_daily bash "$here/export_metrics_daily.sh"
}

if [[ ${1:-} == --steps ]]; then
  steps
else
  run_pipeline daily 120 alert "${BASH_SOURCE[0]}"
fi
