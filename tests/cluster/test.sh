#!/usr/bin/env bash
# Runs the tests of this folder on the cluster of KUBECONFIG, or on one that it makes and takes down;
# one that it finds running stays. Pods begin slowly, so some tests run at once.
# The last line is pytest's summary.
#
# Usage: test.sh PYTHON [ARGUMENT of pytest…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$1
shift
if [ -z "${KUBECONFIG:-}" ]; then
  if ! "$here/down.sh" --check; then
    trap '"$here/down.sh" >&2' EXIT
    "$here/down.sh" >&2 # what a killed one has left
  fi
  "$here/build.sh" "$python"
  settings=$("$here/up.sh")
  eval "$settings"
fi
if ! "$python" -m pytest -q -n 3 "$@" "$here"; then
  echo "Once more, one at a time: what failed. A busy machine may have been too slow for several." >&2
  "$python" -m pytest -q --last-failed --last-failed-no-failures none "$@" "$here"
fi
