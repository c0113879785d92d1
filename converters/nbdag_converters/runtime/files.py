"""Watches which files of the working folder a step opens, removes or lists."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, Set, Tuple

from . import looks
from .audit import Audit
from .modules import MODULES
from .programs import Programs
from .sources import cell_of

IGNORED = ("site-packages", "__pycache__", ".nbdag", ".ipynb_checkpoints", ".git")
# What an event does to its first argument and, where there is one, to its second.
EVENTS: Dict[str, Tuple[str, str]] = {
    "os.remove": ("w", ""), "os.rename": ("rw", "w"), "os.mkdir": ("d", ""), "os.rmdir": ("w", ""),
    "os.truncate": ("rw", ""), "os.link": ("r", "w"), "os.symlink": ("r", "w"),
    "os.listdir": ("r", ""), "os.scandir": ("r", ""), "shutil.copyfile": ("r", "w"),
    "shutil.move": ("rw", "w"),
    "shutil.rmtree": ("w", ""), "shutil.unpack_archive": ("r", "w"), "sqlite3.connect": ("rw", ""),
    "open": ("", ""),
}  # fmt: skip
HERE = ("os.listdir", "os.scandir")  # where no folder is given
NO_FILES = (":memory:", "")  # names of databases that each connection has for itself


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
        self.made: Set[str] = set()  # folders that were made, and that is all
        self.looks: Set[str] = set()  # what was asked for, maybe in vain
        self.asked: Set[str] = set()
        audit.listen(EVENTS, self.see)
        looks.listen(self.look)
        self.programs = Programs(audit)

    def see(self, event: str, args: Tuple[Any, ...]) -> None:
        """Note what an audit event says."""
        if event == "os.listdir" and "importlib" in sys._getframe(2).f_code.co_filename:  # pyright: ignore[reportPrivateUsage]
            return  # an import looks for a module; the one that it finds counts, see `modules`
        uses = (_mode(*args[1:3]), "") if event == "open" else EVENTS[event]
        if event in HERE and args[0] is None:
            args = (".",)
        for use, path in zip(uses, args):
            if use and isinstance(path, (str, bytes, os.PathLike)) and path not in NO_FILES:
                self.note(use, os.fsdecode(path))

    def look(self, path: str) -> None:
        """Note that somebody asked about *path*."""
        if path not in self.asked:
            self.asked.add(path)
            self.note("l", path)

    def note(self, use: str, path: str) -> None:
        """Note that *path* was read (`r`), written (`w`), both, made (`d`) or asked about (`l`)."""
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
            self._add(use, relative)

    def _add(self, use: str, path: str) -> None:
        if use == "d" and path not in self.writes:
            self.made.add(path)
        elif "w" in use:
            self.made.discard(path)
        for kinds, paths in (("r", self.reads), ("wd", self.writes), ("l", self.looks)):
            if any(kind in use for kind in kinds):
                paths.add(path)

    def end(self) -> None:
        """Note what other programs were told to use, and the modules that were imported."""
        looks.listen(lambda _: None)
        for path, changed in self.programs.named():
            self.note("rw" if changed else "r", path)
        self.modules()

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
