#!/usr/bin/env bash
# Builds the selftest project and uploads one table, as an emitted daily script would.
set -euo pipefail
if [[ -n ${PIPEC_ENV_FILE:-} ]]; then
  set -a
  # shellcheck source=/dev/null
  . "$PIPEC_ENV_FILE"
  set +a
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dbt build --project-dir "$here/dbt" --profiles-dir "$here/dbt" --target-path "$work/target" --log-path "$work/logs"
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
  --command="\\copy (select id, family from public.patient order by id) to '$work/patient.csv' with (format csv, header)"
(cd "$work" && zip --quiet export.zip patient.csv)
aws s3 cp --only-show-errors "$work/export.zip" "s3://${EXPORT_BUCKET}/2026/01/01/export.zip"
