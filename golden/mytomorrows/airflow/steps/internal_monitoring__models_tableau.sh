#!/usr/bin/env bash
# The task models_tableau of internal_monitoring.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=UTC
set_run_date
dbt_build '--select' tableau_fct_patients_helped tableau_fct_patients_trailing tableau_fct_procedures tableau_ops_procedures
