"""The command line: a file a command, and the only place that knows the terminal.

Commands parse what was typed, call what the rest of nbdag offers, and show what comes back. They
must not analyse, run or compare anything themselves. What a command needs is imported when it is
called, so that `nbdag --help` and `nbdag check` start fast.
"""

from __future__ import annotations

from .main import main

__all__ = ["main"]
