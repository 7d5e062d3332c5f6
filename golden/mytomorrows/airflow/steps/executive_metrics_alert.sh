#!/usr/bin/env bash
# Every Monday: management's figures.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

email_alert "${MANAGEMENT_MAIL:-}" "$1"
