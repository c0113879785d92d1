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
    """The uses of files so far, in notebook order."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str]] = []
        self.read: list[tuple[str, str]] = []

    def use(self, step: str, use: FileUse) -> Iterator[tuple[str, str]]:
        """Note a use; yield (earlier step, path) for each step that must come before."""
        mode, path = use.mode, use.path
        if mode == "m":
            for other, source in self.written:
                if source != step and (other == "*" or _is_module(other, path)):
                    yield source, f"{path}.py"
            return
        if "r" in mode:
            yield from self._before(step, path, self.written)
        if "w" in mode:
            yield from self._before(step, path, self.written + self.read)
            self.written.append((path, step))
        if "r" in mode:
            self.read.append((path, step))

    def _before(
        self, step: str, path: str, uses: list[tuple[str, str]]
    ) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for other, source in uses:
            if source != step and source not in seen and overlap(other, path):
                seen.add(source)
                yield source, path if len(path) >= len(other) or path != "*" else other
