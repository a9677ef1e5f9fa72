#!/usr/bin/env bash
# One component of an API-only cluster: becomes it, in a session of its own so that it outlives the terminal.
# Usage: api_only.sh NAME BIN COMPONENT
set -euo pipefail
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$SCRIPTS/terminal.sh"
. "$SCRIPTS/cluster/identity.sh"
. "$SCRIPTS/cluster/control_plane.sh"
identify "$1" api-only
BIN=$2
"run_$3"
