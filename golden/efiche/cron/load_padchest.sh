#!/usr/bin/env bash
# An image that is there already is left as it is: it may have been processed.
# Written by pipec from the project `efiche`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

need DBT_HOST DBT_PORT DBT_USER DBT_PASSWORD DBT_DATABASE
set_run_date
make_work
# Loads write what the platform owns, so they run as the role that builds.
export PIPEC_WORK=$work PGHOST=$DBT_HOST PGPORT=$DBT_PORT PGUSER=$DBT_USER PGPASSWORD=$DBT_PASSWORD PGDATABASE=$DBT_DATABASE
python3 "$here/load.py" "$here"/load_padchest.json "$here"/load_padchest.sql "$here/tables.sql"
