#!/bin/sh
# A night, for cron, a systemd timer or Jenkins: measures what is checked out here, and tells people what reruns confirm.
#
#     ci/nightly.sh [OPTION OF ./netvm nightly]...      (also tells what an earlier night could not)
#
# Environment: NETVM_RESULTS (results of all nights: results), NETVM_ALERTS (who is told: ci/alerts.yaml), NETVM_PULL=1 (git pull first).
# Exit 0: no confirmed regression is open; 1: one is, or a cell could not be measured; 2, 3, 130: as ./netvm.
set -eu
cd "$(dirname "$0")/.."

results=${NETVM_RESULTS:-results}
alerts=${NETVM_ALERTS:-ci/alerts.yaml}
mkdir -p "$results"

# One night at a time: a second one would find the testbed in use. The lock goes with the process, however that ends.
exec 9>"$results/.nightly.lock"
if ! flock --nonblock 9; then
  echo "ci/nightly.sh: the night before is still at work in $results" >&2
  exit 3
fi

# A killed run's huge pages and mounts would be in the way.
./netvm testbed recover 9>&-
if [ "${NETVM_PULL:-0}" = 1 ]; then git pull --quiet --ff-only 9>&-; fi
# Not exec, and the lock not passed on: what a night leaves running must not hold it.
./netvm nightly --dir "$results" --config "$alerts" "$@" 9>&-
