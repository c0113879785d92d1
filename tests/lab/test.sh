#!/usr/bin/env bash
# Usage: tests/lab/test.sh PYTHON    (make test-lab)
#
# The tests of the JupyterLab extension: its own, those of its server, and those in a real browser.
# They are three runs, as pytest's plugins for the server and for the browser can't share one. A test in
# the browser often waits, so two run at once; what fails is run again alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$1
(cd labextension && NBDAG_PYTHON=$(command -v "../$python" || command -v "$python") npm test --silent)
"$python" -m pytest -q -p no:playwright tests/lab/server
browser=("$python" -m pytest -q -p no:pytest_jupyter tests/lab/browser)
if ! "${browser[@]}" -n 2 --dist loadfile; then
  echo "Once more: what failed in the browser. A busy machine may have been too slow." >&2
  "${browser[@]}" --last-failed --last-failed-no-failures none
fi
