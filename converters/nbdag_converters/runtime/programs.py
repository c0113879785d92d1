"""Which files other programs use that a step starts, as far as their command lines say it."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterator, List, Tuple

from .audit import Audit

STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
WORD = re.compile(r"[^\s'\"<>|;&()=`$]+")
FILE = re.compile(r"[/\w.-]*(?:/|\w\.)[/\w.-]*\w")
LONGEST = 20_000  # characters of a command line


class Programs:
    """The words of command lines that may be files, and what these were at that time."""

    def __init__(self, audit: Audit) -> None:
        self.before: Dict[str, Tuple[int, int]] = {}
        audit.listen(STARTS, self.see)

    def see(self, event: str, args: Tuple[Any, ...]) -> None:
        """Note what an audit event says."""
        folder = args[2] if event == "subprocess.Popen" and args[2] is not None else ""
        words = args[0] if event == "os.system" else args[1]
        for word in _words(words):
            path = os.path.abspath(os.path.join(_text(folder), word))
            if path not in self.before and (FILE.fullmatch(word) or os.path.lexists(path)):
                self.before[path] = _look(path)

    def named(self) -> Iterator[Tuple[str, bool]]:
        """Yield each of these paths, and whether it has changed."""
        for path, look in self.before.items():
            yield path, _look(path) != look


def _text(value: Any) -> str:
    try:
        return os.fsdecode(value)
    except TypeError:
        return ""


def _words(command: Any) -> List[str]:
    parts = command if isinstance(command, (list, tuple)) else [command]
    return WORD.findall(" ".join(map(_text, parts))[:LONGEST])


def _look(path: str) -> Tuple[int, int]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, -1
    return found.st_mtime_ns, found.st_size
