#!/usr/bin/env bash
# Written by pipec from the project `medilink`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

need DBT_HOST DBT_PORT DBT_USER DBT_PASSWORD DBT_DATABASE
set_run_date
make_work
# Loads write what the platform owns, so they run as the role that builds.
export PIPEC_WORK=$work PGHOST=$DBT_HOST PGPORT=$DBT_PORT PGUSER=$DBT_USER PGPASSWORD=$DBT_PASSWORD PGDATABASE=$DBT_DATABASE
python3 "$here/load.py" "$here"/load_facilities.json "$here"/load_facilities.sql "$here/tables.sql"
