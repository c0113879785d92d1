"""Live: a thread that follows a run to its end, woken by the system, and says what is new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from nbdag.runs.followed import Followed, follow
from nbdag.runs.history import RunFolder


def follow_in_thread(
    folder: RunFolder, tell: Callable[[Mapping[str, Any]], None], end: Callable[[], None]
) -> Thread:
    """Call *tell* with all that is new in a run, from a thread, and *end* when it is over."""

    def work() -> None:
        for told in follow(Followed(folder)):
            tell(told)
        end()

    # It must not keep the kernel alive: whoever drives the run goes on without it.
    thread = Thread(target=work, name=f"nbdag {folder.id}", daemon=True)
    thread.start()
    return thread
