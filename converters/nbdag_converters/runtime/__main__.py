"""Entry point: `step` executes the order in NBDAG_ORDER, `pod` that of a container.

`zygote` forks a child for each order; `relay` has a container run on another cluster.
"""

from __future__ import annotations

import atexit
import os
import sys

from .events import emit
from .order import OrderError, read_order
from .step import execute


def main() -> None:
    """Do what the first argument says, and exit."""
    if sys.argv[1:] == ["zygote"]:
        from .zygote import Zygote

        sys.exit(Zygote().serve())
    if sys.argv[1:] == ["pod"]:
        from .pod import run

        end(run())
    if sys.argv[1:] == ["relay"]:
        from .relay import run as relay

        sys.exit(relay())
    if sys.argv[1:] == ["notify"]:
        from . import notify

        sys.exit(notify.main())
    if sys.argv[1:] != ["step"]:
        sys.exit("usage: python -c BOOT PAYLOAD step|pod|relay|notify|zygote")
    try:
        order = read_order()
    except OrderError as error:
        emit("failed", kind="order", message=str(error))
        sys.exit(1)
    end(execute(order))


def end(status: int) -> None:
    """Exit with *status*, whatever threads are left."""
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    os._exit(status)  # threads that cells have left running don't hold up the pipeline
