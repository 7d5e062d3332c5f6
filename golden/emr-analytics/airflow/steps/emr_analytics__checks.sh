#!/usr/bin/env bash
# The task checks of emr_analytics.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

export TZ=UTC
set_run_date
# All of it: no words to pass on.
# shellcheck disable=SC2119
dbt_test
