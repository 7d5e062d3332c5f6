#!/usr/bin/env bash
# Once a day: fetch what Synthea made, convert it to Parquet in the landing zone, build, test.
# Written by pipec from the project `emr_analytics`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

no_alert "$1"
