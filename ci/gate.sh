#!/bin/sh
# The gate of a change, for a CI job, Jenkins or cron: what is checked out here against where it left the target branch.
#
#     ci/gate.sh [TARGET] [OPTION OF ./netvm gate]...      (TARGET: origin/main)
#
# Writes results/gate.md (for a pull request) and results/gate.xml (JUnit). Exit 0: no regression; 1: a confirmed one; 2, 3: as ./netvm.
set -eu
# -P: git compares safe.directory with the real path.
cd -P "$(dirname "$0")/.."

target=origin/main
case ${1-} in
  -*) ;;
  *)
    # An empty one is a variable that a CI server did not set.
    target=${1:-$target}
    [ $# -eq 0 ] || shift
    ;;
esac

if ! against=$(git -c safe.directory="$PWD" merge-base HEAD "$target"); then
  echo "ci/gate.sh: HEAD and $target have no commit in common here: fetch the whole history (of actions/checkout: fetch-depth: 0)" >&2
  exit 2
fi
mkdir -p results
rm -f results/gate.md results/gate.xml
exec ./netvm gate --against "$against" --markdown results/gate.md --junit results/gate.xml "$@"
