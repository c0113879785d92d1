"""Notices when code asks whether a file is there and how large it is: no audit event tells that."""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable, List

ASKING = ("stat", "lstat", "access")
FOLLOWING = ("realpath", "_joinrealpath", "resolve")  # they only ask for links
_LISTENERS: List[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Call *listener*, and no other any more, with each path that is asked about."""
    for name in ASKING:
        if not _LISTENERS:
            _replace(name)
    _LISTENERS[:] = [listener]


def _replace(name: str) -> None:
    ask = getattr(os, name)

    @functools.wraps(ask)
    def asking(path: Any, *args: Any, **options: Any) -> Any:
        if type(path) is not int and "dir_fd" not in options:
            caller = sys._getframe(1).f_code.co_name  # pyright: ignore[reportPrivateUsage]
            if caller not in FOLLOWING and _LISTENERS:
                _tell(path)
        return ask(path, *args, **options)

    for group in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
        if ask in group:
            group.add(asking)
    setattr(os, name, asking)


def _tell(path: Any) -> None:
    listeners, _LISTENERS[:] = _LISTENERS[:], []  # who listens may ask as well
    try:
        for listener in listeners:
            listener(os.fsdecode(path))
    except (TypeError, ValueError):
        pass
    finally:
        _LISTENERS[:] = listeners
