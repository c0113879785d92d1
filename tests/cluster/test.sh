#!/usr/bin/env bash
# Runs the tests of this folder on the cluster of KUBECONFIG, or on one that it makes and takes down;
# one that it finds running stays. Beside it there is another one, for steps that run elsewhere: that
# of NBDAG_OTHER_KUBECONFIG, or the second one made here. Pods begin slowly, so some tests run at once;
# then those run alone that take a controller away.
# The last line is pytest's summary.
#
# Usage: test.sh PYTHON [ARGUMENT of pytest…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$1
shift
chosen=("$@")
other() { NBDAG_CLUSTER_NUMBER=2 "$here/$1"; }
if [ -z "${KUBECONFIG:-}" ]; then
  if ! "$here/down.sh" --check; then
    trap 'other down.sh >&2; "$here/down.sh" >&2' EXIT
    other down.sh >&2 # what a killed one has left
    "$here/down.sh" >&2
  fi
  "$here/build.sh" "$python"
  settings=$("$here/up.sh")
  eval "$settings"
  settings=$(other up.sh)
  NBDAG_OTHER_KUBECONFIG=$(eval "$settings" && echo "$KUBECONFIG")
  export NBDAG_OTHER_KUBECONFIG
fi
tests() { "$python" -m pytest -q "$@" "$here" || [ $? = 5 ]; } # 5: there are none of that kind
if ! tests -n 3 --dist loadgroup -m "not alone" "${chosen[@]}"; then
  echo "Once more, one at a time: what failed. A busy machine may have been too slow for several." >&2
  tests --last-failed --last-failed-no-failures none -m "not alone" "${chosen[@]}"
fi
tests -m alone "${chosen[@]}"
