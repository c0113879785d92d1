"""The modules whose files a step may depend on: beside Python's own and its packages.

A step is forked from a process that has imported thousands of modules. To look at one writes to its
page of memory, which is shared until then, so those are looked at once, before the fork.
"""

from __future__ import annotations

import os
import sys
from itertools import takewhile
from typing import Any, Iterable, List, Tuple

SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr/bin", "/usr/lib", "/usr/share", "/lib", "/lib64")
_PYTHON = (sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__))
OWN = tuple(path.rstrip(os.sep) + os.sep for path in (*SYSTEM, *_PYTHON))
"""Where files lie that belong to Python and to the machine."""


class Modules:
    """The modules of this process, each with its file; all, as long as none were settled."""

    def __init__(self) -> None:
        self.last = ""
        self.others: List[Tuple[str, Any, str]] = []

    def settle(self) -> None:
        """Look at all that are imported by now."""
        found = _with_files(list(sys.modules))
        self.others = [item for item in found if not item[2].startswith(OWN)]
        self.last = next(reversed(sys.modules))

    def found(self) -> List[Tuple[str, Any, str]]:
        """Return name, module and file of those that were imported since, and of the others.

        An import puts a module at the end.
        """
        new = list(takewhile(self.last.__ne__, reversed(sys.modules)))
        return [*self.others, *_with_files(new)]


def _with_files(names: Iterable[str]) -> List[Tuple[str, Any, str]]:
    found = []
    for name in names:
        module = sys.modules.get(name)
        path = getattr(module, "__file__", None)
        if isinstance(path, str):
            found.append((name, module, path))
    return found


MODULES = Modules()
