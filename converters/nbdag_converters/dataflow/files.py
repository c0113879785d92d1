"""Files and folders that steps use: who must come before whom."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from nbdag_converters.analysis import FileUse


def overlap(first: str, second: str) -> bool:
    """Return whether two paths may be one file, or one a folder of the other. `*`: any rest."""
    open_first, open_second = first.endswith("*"), second.endswith("*")
    first, second = first.rstrip("*"), second.rstrip("*")
    if (open_first and not first) or (open_second and not second):
        return True
    folder = "/" if first.endswith("/") else ""
    first, second = posixpath.normpath(first) + folder, posixpath.normpath(second)
    if {first.rstrip("/"), second} & {".", ".."}:
        return True
    if (open_first and second.startswith(first)) or (open_second and first.startswith(second)):
        return True
    return first == second or first.startswith(second + "/") or second.startswith(first + "/")


def _is_module(path: str, module: str) -> bool:
    path = path.rstrip("*").removeprefix("./")
    return (
        path.split("/")[-1] in (f"{module}.py", "__init__.py")
        or path.startswith(module + "/")
        or f"/{module}/" in path
    )


class Files:
    """The uses of files so far, in notebook order, by the first part of their paths."""

    def __init__(self) -> None:
        self.written = _Uses()
        self.read = _Uses()
        self.folders: dict[str, str] = {}  # made by the way, above another: the first step's
        self.made: list[str] = []

    def use(self, step: str, use: FileUse) -> Iterator[tuple[str, str]]:
        """Note a use; yield (earlier step, path) for each step that must come before."""
        mode, path = use.mode, use.path
        if mode == "m":
            for other, source in self.written.modules:
                if source != step and (other == "*" or _is_module(other, path)):
                    yield source, f"{path}.py"
            return
        earlier = self._earlier(mode, path)
        if "w" in mode:
            self.written.add(path, step)
        if "r" in mode:
            self.read.add(path, step)
        if "d" in mode:
            self._make(path, step)
        seen: set[str] = set()
        for other, source in earlier:
            if source != step and source not in seen and overlap(other, path):
                seen.add(source)
                yield source, path if len(path) >= len(other) or path != "*" else other

    def _earlier(self, mode: str, path: str) -> list[tuple[str, str]]:
        """Return the earlier uses that go before one of that mode, if they overlap with *path*."""
        earlier = [] if "d" in mode else self._above(path)
        if set(mode) & set("rw"):
            earlier += self.written.near(path)
        if "w" in mode:
            earlier += self.read.near(path)
        return earlier

    def _make(self, path: str, step: str) -> None:
        """Note that *step* makes a folder, and those above it that nobody has made."""
        self.made.append(posixpath.normpath(path.rstrip("*")))
        for folder in _parents(path):
            self.folders.setdefault(folder, step)

    def _above(self, path: str) -> list[tuple[str, str]]:
        """Return the folders above a path that were made only by the way, so far."""
        if not self.folders:
            return []
        above = list(_parents(path))
        known = next((folder for folder in above if folder in self.made), "")
        return [
            (folder, self.folders[folder])
            for folder in above
            if folder in self.folders and len(folder) > len(known)
        ]


def _parents(path: str) -> Iterator[str]:
    """Yield the folders above a path, as far as it is known, the next one first."""
    known = posixpath.normpath(path) if not path.endswith("*") else path.rstrip("*") + "x"
    folder = posixpath.dirname(posixpath.normpath(known))
    while folder not in ("", "/", ".", ".."):
        yield folder
        folder = posixpath.dirname(folder)


class _Uses:
    """Uses of one kind: only those that begin with the same folder or file can overlap."""

    def __init__(self) -> None:
        self.by_first: dict[str, list[tuple[str, str]]] = {}
        self.anywhere: list[tuple[str, str]] = []  # that begin with an unknown name
        self.everything: list[tuple[str, str]] = []
        self.modules: list[tuple[str, str]] = []
        self.known: set[tuple[str, str]] = set()

    def add(self, path: str, step: str) -> None:
        """Note that *step* uses *path*."""
        use = (path, step)
        if use in self.known:
            return
        self.known.add(use)
        self.everything.append(use)
        first = _first(path)
        if first is None:
            self.anywhere.append(use)
        else:
            self.by_first.setdefault(first, []).append(use)
        if path.endswith((".py", "*", "/")) or "." not in path:
            self.modules.append(use)

    def near(self, path: str) -> list[tuple[str, str]]:
        """Return the uses that may overlap with *path*."""
        first = _first(path)
        return self.everything if first is None else self.anywhere + self.by_first.get(first, [])


def _first(path: str) -> str | None:
    """Return the first part of a path as far as it is known for sure."""
    part, slash, _ = posixpath.normpath(path).partition("/")
    return None if part in ("", ".", "..") or (part.endswith("*") and not slash) else part
