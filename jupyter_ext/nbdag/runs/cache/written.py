"""The files that a step wrote: how they are kept, and how they are put back."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .files import Contents
from .store import Store


class UnkeptError(Exception):
    """What a step did to a file can't be done again from a copy; the text says why."""


def keep_written(path: str, root: Path, store: Store) -> dict[str, Any] | None:
    """Return what a step left at *path*, a file's content put into *store*; `None` for nothing."""
    full = root / path
    try:
        status = full.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return {"folder": True}
    if not stat.S_ISREG(status.st_mode):
        msg = f"it makes {path}, which is no common file"
        raise UnkeptError(msg)
    return {"hash": store.put(full), "mode": stat.S_IMODE(status.st_mode)}


def restore_written(
    written: Mapping[str, Mapping[str, Any] | None], root: Path, store: Store, contents: Contents
) -> bool:
    """Make all files what the step left; return whether they are. What is right isn't touched."""
    return all(_restore(path, made, root, store, contents) for path, made in written.items())


def _restore(
    path: str, made: Mapping[str, Any] | None, root: Path, store: Store, contents: Contents
) -> bool:
    full = root / path
    try:
        if made is None:
            if full.is_dir():
                return False  # the step knows better what it removes
            full.unlink(missing_ok=True)
            return True
        if "folder" in made:
            full.mkdir(parents=True, exist_ok=True)
            return True
        if contents.at(path) == f"file {made['hash']}":
            return True
        full.parent.mkdir(parents=True, exist_ok=True)
        if not store.restore(made["hash"], full):
            return False
        full.chmod(made["mode"])
    except OSError:
        return False
    return True
