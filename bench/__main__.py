"""Runs benches by name, or all: `python -m bench [--strict] [compile] [check] …`.

Each one has a process of its own, so that none warms another one's caches.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

BENCHES = ("imports", "compile", "check", "runtime", "run", "values", "guard", "peers")
ASKED = ("drawing", "kale", "lab", "pods")
"""Those that run only where they are named: they need a browser, JupyterLab, a cluster, or long."""


def main() -> int:
    """Run the benches and return the exit status: 1 where one of them fails."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*BENCHES, *ASKED)))
    parser.add_argument("--strict", action="store_true", help="fail where a goal is missed")
    options = parser.parse_args()
    known = (*BENCHES, *ASKED)
    unknown = sorted(set(options.names).difference(known))
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(known)}")
    flags = ["--strict"] if options.strict else []
    failed = [
        name
        for name in options.names or BENCHES
        if subprocess.run([sys.executable, "-m", f"bench.{name}", *flags], check=False).returncode
    ]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
