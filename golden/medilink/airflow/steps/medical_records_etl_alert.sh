#!/usr/bin/env bash
# Every night at two: what was uploaded is copied in, numbered, built and tested; then it is exported, and the uploads go to the archive.
# Written by pipec from the project `medilink`; change it there, not here.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

email_alert "${OPERATIONS_MAIL:-}" "$1"
