"""The environment with which a kernel was started: that of *Restart and Run All*.

What cells have set since is left out, as they set it again in the run. A variable that a cell
set which is no longer there would else be in the run, and not in the notebook run from the top.
"""

from __future__ import annotations

import os
from pathlib import Path

_OWN = ("JPY_PARENT_PID", "JPY_INTERRUPT_EVENT")
"""Which belong to the kernel's process."""


def environment_at_start(process: str = "self") -> dict[str, str]:
    """Return the variables with which the process began; those of now where it isn't known."""
    try:
        found = parse_environment(Path(f"/proc/{process}/environ").read_bytes())
    except OSError:
        found = dict(os.environ)
    return {name: value for name, value in found.items() if name not in _OWN}


def parse_environment(block: bytes) -> dict[str, str]:
    """Return the variables of a block as the system keeps it: `NAME=value`, each ended by NUL."""
    pairs = (item.partition(b"=") for item in block.split(b"\0"))
    return {os.fsdecode(name): os.fsdecode(value) for name, equals, value in pairs if equals}
