#!/usr/bin/env bash
# Runs the files of index.txt in order with Google's `bq`, for the day in PIPEC_RUN_DATE.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail
where=(--project_id="${GCP_PROJECT:?}" --location=EU)
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

run_date=${PIPEC_RUN_DATE:?the day to build for, as 2026-01-31}
[[ $run_date =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || { echo "PIPEC_RUN_DATE is no date: $run_date" >&2; exit 1; }

# What bq says about a failed row may quote the row: only that it failed is told, and PIPEC_BQ_LOG names a private file that keeps the rest.
umask 077
said=$(mktemp)
trap 'rm -f -- "$said"' EXIT

while IFS= read -r file; do
  [[ -n $file && $file != '#'* ]] || continue
  # Views take no query parameters, so the date is written into the text.
  if ! sed "s/@run_date/date '$run_date'/g" "$file" | bq "${where[@]}" --headless --quiet query --use_legacy_sql=false --max_rows=1000 >"$said" 2>&1; then
    if [[ -n ${PIPEC_BQ_LOG:-} ]]; then
      cat -- "$said" >>"$PIPEC_BQ_LOG"
    fi
    echo "failed: $file" >&2
    exit 1
  fi
  cat -- "$said"
done < index.txt
