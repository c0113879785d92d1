"""Lock: a file that one process at a time holds; the system lets go of it when that one ends."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Generator[bool]:
    """Hold the file *path*, which is made, and yield whether that is possible without waiting.

    Any number may hold it *shared*; that waits for the one that holds it alone. Where the system
    has no such locks all may hold it.
    """
    try:
        import fcntl
    except ImportError:
        yield True
        return
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # it is held, or the file system has no locks
            yield shared
            return
        yield True
