"""Gates: asking the person at the terminal whether a step may run."""

from __future__ import annotations

import select
import sys
import threading
from typing import TYPE_CHECKING

from .terminal import bold, printable, say

if TYPE_CHECKING:
    from nbdag.runs.plan import Ask

    from .live import LiveDag

_LOOK = 0.2  # seconds: someone elsewhere may answer, or the run may end, while we ask


def asker(live: LiveDag) -> Ask:
    """Return what asks y or n below the display, one gate after the other."""
    one = threading.Lock()

    def ask(step: str, text: str) -> bool | None:
        with one:
            if not live.waits(step):
                return None
            with live.paused():
                say(f"{bold('✋ ' + step)} waits: {printable(text)}")
                return _answer(live, step)

    return ask


def _answer(live: LiveDag, step: str) -> bool | None:
    """Return what was answered; `None` where the step waits no more, or nobody can type."""
    while True:
        sys.stdout.write("  Run it? [y/n] ")
        sys.stdout.flush()
        while not select.select([sys.stdin], [], [], _LOOK)[0]:
            if not live.waits(step):
                say()
                return None
        line = sys.stdin.readline()
        if not line:
            return None
        answer = line.strip().lower()
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")
