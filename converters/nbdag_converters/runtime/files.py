"""Watches which files of the working folder a step opens, removes or lists."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, Set, Tuple

from .audit import Audit
from .modules import MODULES
from .sources import cell_of

IGNORED = ("site-packages", "__pycache__", ".nbdag", ".ipynb_checkpoints", ".git")
# What an event does to its first argument and, where there is one, to its second.
EVENTS: Dict[str, Tuple[str, str]] = {
    "os.remove": ("w", ""), "os.rename": ("rw", "w"), "os.mkdir": ("w", ""), "os.rmdir": ("w", ""),
    "os.truncate": ("rw", ""), "os.link": ("r", "w"), "os.symlink": ("r", "w"),
    "os.listdir": ("r", ""), "os.scandir": ("r", ""), "shutil.copyfile": ("r", "w"),
    "shutil.move": ("rw", "w"),
    "shutil.rmtree": ("w", ""), "shutil.unpack_archive": ("r", "w"), "sqlite3.connect": ("rw", ""),
    "open": ("", ""),
}  # fmt: skip


class Files:
    """What was read and written, as paths relative to the working folder at the start."""

    def __init__(self, audit: Audit, *own: str) -> None:
        self.root = os.path.realpath(os.getcwd())
        self.places = (self.root + os.sep, os.getcwd() + os.sep, ".")
        self.own = [
            path for path in map(os.path.realpath, own) if path.startswith(self.root + os.sep)
        ]
        self.reads: Set[str] = set()
        self.writes: Set[str] = set()
        audit.listen(EVENTS, self.see)

    def see(self, event: str, args: Tuple[Any, ...]) -> None:
        """Note what an audit event says."""
        if event == "os.listdir" and "importlib" in sys._getframe(2).f_code.co_filename:  # pyright: ignore[reportPrivateUsage]
            return  # an import looks for a module; the one that it finds counts, see `modules`
        uses = (_mode(*args[1:3]), "") if event == "open" else EVENTS[event]
        for use, path in zip(uses, args):
            if use and isinstance(path, (str, bytes, os.PathLike)):
                self.note(use, os.fsdecode(path))

    def note(self, use: str, path: str) -> None:
        """Note that *path* was read (`r`), written (`w`) or both."""
        folder, name = os.path.split(os.path.abspath(path))
        path = os.path.join(os.path.realpath(folder), name)
        if path != self.root and not path.startswith(self.root + os.sep):
            return
        if any(path == own or path.startswith(own + os.sep) for own in self.own):
            return
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        if cell_of(relative) or relative.startswith("<"):
            return  # where Python looks for the source of a cell
        if not any(part in IGNORED for part in relative.split("/")):
            for kind, paths in (("r", self.reads), ("w", self.writes)):
                if kind in use:
                    paths.add(relative)

    def modules(self) -> None:
        """Note the modules imported from the working folder, which are not opened when compiled."""
        for _, _, path in MODULES.found():
            if path.startswith(self.places):
                self.note("r", path)


def _mode(mode: Any = None, flags: Any = 0) -> str:
    """Return how a file is opened; what appends, updates or creates depends on what was there."""
    if isinstance(mode, str):
        return ("r" if set(mode) & set("rax") else "") + ("w" if set(mode) & set("wax+") else "")
    access = (flags or 0) & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    if access == os.O_RDONLY:
        return "r"
    return "w" if flags & os.O_TRUNC else "rw"
