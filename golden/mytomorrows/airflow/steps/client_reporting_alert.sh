#!/usr/bin/env bash
# Every day: what clients and staff receive, only after its tests.
# Written by pipec from the project `mytomorrows`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

email_alert "${OPERATIONS_MAIL:-}" "$1"
slack_alert "${SLACK_URL:-}" "$1"
