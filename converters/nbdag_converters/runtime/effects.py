"""Watches what ties a step's outcome to the world outside the notebook's folder, for the cache."""

from __future__ import annotations

import os
from typing import Any, Dict, Set

from .audit import Audit
from .files import IGNORED, _mode  # pyright: ignore[reportPrivateUsage]
from .modules import MODULES, OWN

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")
PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.forkpty")
# Libraries ask these about the machine when they are imported.
HARMLESS = ("ldconfig", "gcc", "cc", "ld", "objdump", "uname", "lscpu", "fc-list", "lsb_release")


class Effects:
    """Which other programs and connections a step used, and files outside the folder *root*.

    Those below the folders *kept* are nbdag's.
    """

    def __init__(self, audit: Audit, root: str, *kept: str) -> None:
        self.root = root
        folders = {place(path) for path in kept for place in (os.path.abspath, os.path.realpath)}
        self.kept = (*OWN, *(folder + os.sep for folder in folders))
        home = os.path.expanduser("~")
        self.hidden = os.path.join(home, ".")
        self.kinds: Set[str] = set()
        self.reads: Set[str] = set()
        self.writes: Set[str] = set()
        self.own: Set[str] = set()
        self.seen: Set[str] = set()
        audit.listen((*NETWORK, *PROGRAMS, "open"), self.see)

    def see(self, event: str, args: Any) -> None:
        """Note what an audit event says."""
        if event in NETWORK:
            self.kinds.add("network")
        elif event in PROGRAMS:
            if _program(*args[:2]) not in HARMLESS:
                self.kinds.add("program")
        elif isinstance(args[0], (str, bytes, os.PathLike)):
            self.opened(os.path.abspath(os.fsdecode(args[0])), _mode(*args[1:3]))

    def opened(self, path: str, mode: str) -> None:
        """Note that a file was opened."""
        if path.startswith(self.kept) or any(part in IGNORED for part in path.split(os.sep)):
            return
        if mode == "w" and path not in self.seen:
            self.own.add(path)  # what it held before doesn't matter
        if "r" in mode:
            self.seen.add(path)
        if path.startswith(self.root + os.sep):
            return
        if "r" in mode and path not in self.own:
            self.reads.add(path)
        if "w" in mode and not path.startswith(self.hidden):
            self.writes.add(path)

    def report(self) -> Dict[str, Any]:
        """Return all of it."""
        for _, _, path in MODULES.found():
            # Of the thousands of files most are Python's own: they are told apart first.
            if not path.startswith(OWN) and os.path.isabs(path):
                self.opened(path, "r")
        writes = sorted(filter(os.path.exists, self.writes))
        return {
            "effects": sorted(self.kinds),
            "outside": {"reads": sorted(self.reads), "writes": writes},
            "own": sorted(
                os.path.relpath(path, self.root).replace(os.sep, "/")
                for path in self.own
                if path.startswith(self.root + os.sep)
            ),
        }


def _program(*args: Any) -> str:
    """Return the name of the program that an event speaks of: its path, or the first argument."""
    found: Any = next((arg for arg in args if arg), "")
    if not isinstance(found, (str, bytes, os.PathLike)):
        found = found[0]
    return os.path.basename(os.fsdecode(found))
