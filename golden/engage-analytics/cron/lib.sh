#!/usr/bin/env bash
# What the scripts of this folder share.
# Written by pipec from the project `engage_analytics`; change it there, not here.
# Sourced by the scripts beside it. Logs hold names and counts only: what a database says about a failed row may quote the row.
set -euo pipefail

PIPEC_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# PIPEC_ENV_FILE names a file of assignments, readable by its owner only: DBT_*, PG*, AWS_*, alerts.
if [[ -n ${PIPEC_ENV_FILE:-} ]]; then
  set -a
  # shellcheck source=/dev/null
  . "$PIPEC_ENV_FILE"
  set +a
fi

export DBT_SEND_ANONYMOUS_USAGE_STATS=false DO_NOT_TRACK=1

log() {
  printf '%s %s\n' "$(date '+%Y-%m-%dT%H:%M:%S%z')" "$*"
}

fail() {
  log "error: $*" >&2
  exit 1
}

need() {
  local name
  for name in "$@"; do
    [[ -n ${!name:-} ]] || fail "$name is not set"
  done
}

# The day the run is for, and the moment it began: the same in every step.
set_run_date() {
  PIPEC_RUN_DATE=${PIPEC_RUN_DATE:-$(date '+%Y-%m-%d')}
  PIPEC_TIMESTAMP=${PIPEC_TIMESTAMP:-$(date '+%Y%m%d_%H%M%S')}
  [[ $PIPEC_RUN_DATE =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || fail "PIPEC_RUN_DATE is no date: $PIPEC_RUN_DATE"
  export PIPEC_RUN_DATE PIPEC_TIMESTAMP
}

# still_holds ID DAY: ends a step after the last day of an Expert Determination, by today's day in UTC or by the run's: since then nobody has
# said that what the step sends may be sent.
still_holds() {
  local today
  today=$(date -u '+%Y-%m-%d')
  if ((10#${PIPEC_RUN_DATE//-/} > 10#${today//-/})); then
    today=$PIPEC_RUN_DATE
  fi
  ((10#${today//-/} <= 10#${2//-/})) || fail "determination $1 held until $2: nothing is sent on $today"
}

# A folder of its own that only this user reads, gone at the end.
make_work() {
  umask 077
  work=$(mktemp -d)
  trap 'rm -rf -- "$work"' EXIT
}

# --- running a pipeline ---------------------------------------------------------------

# run_pipeline NAME TIMEOUT_MINUTES ALERT SCRIPT: holds the lock, keeps the log, stops a run that takes too long (0: never), tells of a failure.
run_pipeline() {
  local name=$1 minutes=$2 alert=$3 script=$4 state status=0
  state=${PIPEC_STATE_DIR:-$HOME/.local/state/pipec}
  mkdir -p -- "$state"
  set_run_date
  make_work
  export PIPEC_STEP_FILE=$work/step
  exec 9>"$state/$name.lock"
  if ! flock -n 9; then
    log "$name: the run before is not over" | tee -a "$state/$name.log"
    "$alert" "$name: the run before is not over"
    exit 75
  fi
  log "$name: begins, for $PIPEC_RUN_DATE" | tee -a "$state/$name.log"
  # A failure that nobody could be told of is told before there is one.
  if declare -F alert_ready >/dev/null && ! (alert_ready) 2>&1 | tee -a "$state/$name.log" >&2; then
    exit 78
  fi
  timeout --kill-after=1m "${minutes}m" bash "$script" --steps 2>&1 | tee -a "$state/$name.log" || status=$?
  if ((status != 0)); then
    local step="before the first step"
    if [[ -s $PIPEC_STEP_FILE ]]; then
      step="in $(<"$PIPEC_STEP_FILE")"
    fi
    if ((status == 124 || status == 137)); then
      step="$step, out of time"
    fi
    log "$name: failed $step" | tee -a "$state/$name.log"
    "$alert" "$name: failed $step, run date $PIPEC_RUN_DATE"
    exit "$status"
  fi
  log "$name: done" | tee -a "$state/$name.log"
}

# step NAME COMMAND…: tries again as often as the pipeline says.
step() {
  local name=$1 try status
  shift
  printf '%s' "$name" >"$PIPEC_STEP_FILE"
  for ((try = 0; ; try++)); do
    log "$name: begins"
    set +e
    (
      set -e
      "$@"
    )
    status=$?
    set -e
    if ((status == 0)); then
      log "$name: done"
      return 0
    fi
    if ((try >= ${retries:-0})); then
      log "$name: failed with $status"
      return "$status"
    fi
    log "$name: failed with $status, to be tried again"
    sleep "${PIPEC_RETRY_SECONDS:-$((${retry_minutes:-1} * 60))}"
  done
}

# --- alerts ---------------------------------------------------------------------------

no_alert() {
  :
}

# slack_alert URL TEXT: the URL is a secret, so it goes in by standard input.
slack_alert() {
  if [[ -z $1 ]]; then
    log "no alert: the web hook is not set"
    return 0
  fi
  local body
  body=$(python3 -c 'import json, sys; print(json.dumps({"text": sys.argv[1]}))' "$2")
  printf 'url = "%s"\n' "$1" |
    curl --silent --show-error --fail --max-time 30 --output /dev/null --config - \
      --header 'Content-Type: application/json' --data "$body" ||
    log "the alert could not be sent"
}

# email_ready ADDRESS: whether mail could be sent.
email_ready() {
  [[ -n $1 ]] || fail "the address for alerts is not set"
  command -v mail >/dev/null || fail "there is no program mail, which sends the alerts"
}

# email_alert ADDRESS TEXT: a mail program that waits for its server holds up neither the next alert nor the run.
email_alert() {
  if [[ -z $1 ]]; then
    log "no alert: the address is not set"
    return 0
  fi
  printf '%s\n' "$2" | timeout --kill-after=5 30 mail -s "$2" -- "$1" || log "the alert could not be sent"
}

# --- dbt ------------------------------------------------------------------------------

git_pull() {
  git -C "$PIPEC_ROOT" pull --ff-only --quiet
}

# dbt_step COMMAND…: runs dbt on a private log and tells how each status came out, and the names of what failed.
dbt_step() {
  need DBT_HOST DBT_PORT DBT_USER DBT_PASSWORD DBT_DATABASE DBT_SCHEMA
  make_work
  local status=0
  dbt --no-use-colors "$@" --vars "{run_date: '$PIPEC_RUN_DATE'}" \
    --project-dir "$PIPEC_ROOT/dbt" --profiles-dir "$PIPEC_ROOT/dbt" \
    --target-path "$work/target" --log-path "${PIPEC_DBT_LOG_DIR:-$work/logs}" >"$work/out" 2>&1 || status=$?
  python3 - "$work/target/run_results.json" <<'PYTHON'
import collections, json, pathlib, sys

path = pathlib.Path(sys.argv[1])
if not path.exists():
    sys.exit("dbt stopped before running anything; set PIPEC_DBT_LOG_DIR to keep its log")
results = json.loads(path.read_text(encoding="utf-8"))["results"]
print("dbt:", ", ".join(f"{n} {s}" for s, n in sorted(collections.Counter(r["status"] for r in results).items())) or "nothing to do")
for result in results:
    if result["status"] in ("error", "fail", "runtime error", "warn"):
        print(f"dbt: {result['status']}: {result['unique_id']}" + (f", {result['failures']} rows" if result.get("failures") else ""))
PYTHON
  return "$status"
}

dbt_build() {
  dbt_step build --exclude-resource-type test --exclude-resource-type unit_test "$@"
}

dbt_test() {
  dbt_step test --exclude-resource-type unit_test "$@"
}

# --- exports --------------------------------------------------------------------------

# take FILE.sql: reads every table of an export in one transaction, as the exporters' role, of which PGUSER is a member,
# into the working folder.
# An error is told by its code alone.
take() {
  need PGHOST PGUSER PGDATABASE
  mkdir -p -- "$work/tables"
  (cd -- "$work/tables" && psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --set=VERBOSITY=sqlstate --file="$1")
}

# as_parquet TYPES.json: writes every table anew as Parquet, with its columns' own types, a few rows in memory at a time. A value that its type
# cannot hold ends the step and is not told.
as_parquet() {
  python3 - "$work/tables" "$1" <<'PYTHON'
import json, pathlib, sys

try:
    import pyarrow as pa
    import pyarrow.csv, pyarrow.parquet
except ImportError:
    sys.exit("parquet: python3 needs the package pyarrow")

folder, described = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
kinds = {"timestamptz": pa.timestamp("us", tz="UTC"), "timestamp": pa.timestamp("us"), "time": pa.time64("us"), "date": pa.date32(), "boolean": pa.bool_()}

def type_of(words):
    name, *parameters = words
    return pa.decimal128(*parameters) if name == "decimal" else kinds.get(name) or getattr(pa, name)()

for table, columns in described.items():
    source = folder / f"{table}.csv"
    schema = pa.schema([pa.field(c["name"], type_of(c["type"]), nullable=c["nullable"]) for c in columns])
    # Only an empty field without quotes is NULL: an empty text is written in quotes.
    convert = pa.csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False, true_values=["t"], false_values=["f"]
    )
    # A row of one NULL is an empty line. No row may be longer than a block.
    parse, read = pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False), pa.csv.ReadOptions(block_size=1 << 26)
    try:
        with pa.parquet.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd") as target:
            for batch in pa.csv.open_csv(source, read_options=read, parse_options=parse, convert_options=convert):
                target.write_batch(batch.cast(schema))
    except (pa.ArrowException, ValueError, OverflowError) as reason:
        sys.exit(f"parquet: {table}: a value does not fit its column's type ({type(reason).__name__})")
    source.unlink()
PYTHON
}

# describe EXPORT OBJECT: zips the tables when OBJECT says so, counts and hashes them into the manifest. Equal rows give equal bytes.
describe() {
  python3 - "$work" "$1" "$2" "$3" "$PIPEC_RUN_DATE" <<'PYTHON'
import csv, hashlib, json, pathlib, sys, zipfile

def rows_of(path):
    if path.suffix == ".parquet":
        import pyarrow.parquet
        return pyarrow.parquet.read_metadata(path).num_rows
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1

work, export, key, packed, run_date = pathlib.Path(sys.argv[1]), *sys.argv[2:]
csv.field_size_limit(2**31 - 1)

def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

tables = sorted((work / "tables").iterdir())
listed = []
for path in tables:
    rows = rows_of(path)
    listed.append({"name": path.name, "rows": rows, "bytes": path.stat().st_size, "sha256": sha256(path)})
    print(f"{export}: {path.name}, {rows} rows")
manifest = {"export": export, "run_date": run_date, "object": key, "tables": listed}
if packed == "zip":
    target = work / "export.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in tables:
            entry = zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as member:
                while block := source.read(1 << 20):
                    member.write(block)
    manifest |= {"bytes": target.stat().st_size, "sha256": sha256(target)}
(work / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
PYTHON
}

put_object() {
  local endpoint=()
  if [[ -n ${AWS_ENDPOINT_URL:-} ]]; then
    endpoint=(--endpoint-url "$AWS_ENDPOINT_URL")
  fi
  aws s3 cp --only-show-errors ${endpoint[@]+"${endpoint[@]}"} -- "$1" "$2"
}

# publish EXPORT BUCKET KEY zip|plain: an object appears whole or not at all, and the manifest last, when everything it lists is there.
publish() {
  local export=$1 bucket=$2 key=$3 packed=$4 file
  describe "$export" "$key" "$packed"
  if [[ $packed == zip ]]; then
    put_object "$work/export.zip" "s3://$bucket/$key"
  else
    for file in "$work/tables"/*; do
      put_object "$file" "s3://$bucket/$key/${file##*/}"
    done
  fi
  put_object "$work/manifest.json" "s3://$bucket/$key.manifest.json"
  log "$export: published"
}
