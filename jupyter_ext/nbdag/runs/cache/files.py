"""What lies at a path: a short text that is equal where a step that reads it sees the same."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from .store import digest_file

ABSENT = "absent"
TOO_MANY = 1_000
_UNSEEN = frozenset({".nbdag", ".git", ".ipynb_checkpoints", "__pycache__"})


class Contents:
    """Looks at files below or beside *root*; one that wasn't touched is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[tuple[str, int, int, int, int], str] = {}

    def at(self, path: str) -> str:
        """Return what lies at *path*: a file's hash, a folder's names, or that there is nothing.

        A last `*` stands for any rest: what lies at all such paths.
        """
        try:
            if path.endswith("*"):
                return self._matching(path)
            full = self._root / path
            status = full.stat()
            if stat.S_ISDIR(status.st_mode):
                return f"folder {_names(full)}"
            if not stat.S_ISREG(status.st_mode):
                return f"device {status.st_mode} {status.st_rdev}"
            return f"file {self._digest(full, status)}"
        except OSError as error:
            return ABSENT if isinstance(error, FileNotFoundError) else f"unreadable {error.errno}"

    def _digest(self, path: Path, status: os.stat_result) -> str:
        key = (
            str(path),
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
        if key not in self._known:
            self._known[key] = digest_file(path)
        return self._known[key]

    def _matching(self, pattern: str) -> str:
        folder, _, start = pattern.rstrip("*").rpartition("/")
        found = sorted(
            path.relative_to(self._root / folder).as_posix()
            for path in _below(self._root / folder, start)
        )
        if len(found) > TOO_MANY:
            # So many that reading them takes longer than the step may: never equal.
            return f"too many {os.urandom(8).hex()}"
        parts = [f"{name} {self.at(f'{folder}/{name}' if folder else name)}" for name in found]
        return f"files {_hash(parts)}"


def _below(folder: Path, start: str) -> list[Path]:
    found: list[Path] = []
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _UNSEEN)
        top = Path(at) == folder
        if top:
            folders[:] = [name for name in folders if name.startswith(start)]
        found += [Path(at) / name for name in names if not top or name.startswith(start)]
        if len(found) > TOO_MANY:
            break
    return found


def _names(folder: Path) -> str:
    return _hash(sorted(path.name for path in folder.iterdir() if path.name not in _UNSEEN))


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def changed_since(path: Path, moment: float) -> bool:
    """Return whether a file was changed at *moment* or later, as far as its times tell."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime >= moment
    return False
