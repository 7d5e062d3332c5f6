set -euo pipefail
where=(PLACES)
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

run_date=${PIPEC_RUN_DATE:?the day to build for, as 2026-01-31}
[[ $run_date =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || { echo "PIPEC_RUN_DATE is no date: $run_date" >&2; exit 1; }

while IFS= read -r file; do
  [[ -n $file && $file != '#'* ]] || continue
  # Views take no query parameters, so the date is written into the text.
  sed "s/@run_date/date '$run_date'/g" "$file" | bq "${where[@]}" --headless --quiet query --use_legacy_sql=false --max_rows=1000
done < index.txt
