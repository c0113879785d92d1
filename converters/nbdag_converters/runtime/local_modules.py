"""The data in modules that lie beside the notebook, which a step may change.

What is compared with is how a module was when the step's cells began, or when they had imported
it. An import may change other modules too: whoever imports the same again has that as well.
"""

from __future__ import annotations

import functools
import os
import types
from importlib.machinery import SourceFileLoader
from typing import Any, Callable, Dict, List

from .fingerprint import Fingerprint, contents_of
from .modules import MODULES

# A traceback leaves out the frames of importlib, which are told by their file.
_FILE = "<frozen importlib._bootstrap_external>"
_HOOK = """
def exec_module(self, module):
    begin()
    try:
        original(self, module)
    finally:
        end()
"""


class LocalModules:
    """Fingerprints of the data in each module below the folder *root*."""

    def __init__(self, root: str) -> None:
        self.root = root + os.sep
        self.before: Dict[str, str] = {}
        self.stack: List[Dict[str, str]] = []

    def begin(self) -> None:
        """Remember how all are, and from now on how each is that is imported."""
        self.before = self.look()
        _on_import(self.import_begins, self.import_ends)

    def import_begins(self) -> None:
        """Note how all are before a module is imported, by this or by another import."""
        self.stack.append({} if self.stack else self.look())

    def import_ends(self) -> None:
        """Take over what an import has made, or changed of what was as at the beginning."""
        was = self.stack.pop()
        if self.stack:
            return
        for name, now in self.look().items():
            if name not in self.before or was.get(name) == self.before[name]:
                self.before[name] = now

    def changed(self) -> List[str]:
        """Return the names of those that have other data than before."""
        now = self.look()
        return sorted(name for name, was in self.before.items() if now.get(name) != was)

    def look(self) -> Dict[str, str]:
        """Return a fingerprint of the data in each."""
        return {
            name: Fingerprint(_data(name, module)).hash
            for name, module, path in MODULES.found()
            if path.startswith(self.root) and "site-packages" not in path
        }


def _on_import(begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Have functions called around the execution of each module that is imported."""
    scope: Dict[str, Any] = {"begin": begin, "end": end, "original": SourceFileLoader.exec_module}
    exec(compile(_HOOK, _FILE, "exec"), scope)
    hook = functools.update_wrapper(scope["exec_module"], scope["original"])
    SourceFileLoader.exec_module = hook  # type: ignore[method-assign]


def _data(module: str, value: Any) -> Dict[str, Any]:
    """Return what a module holds, and what its own functions and classes do."""
    return {
        name: _state(module, item)
        for name, item in vars(value).items()
        if not name.startswith("__") and not isinstance(item, types.ModuleType)
    }


def _state(module: str, value: Any) -> Any:
    if isinstance(value, types.GeneratorType):
        return getattr(value.gi_frame, "f_lasti", None)
    if not isinstance(value, (types.FunctionType, type)):
        return value
    if value.__module__ != module:
        return None
    if isinstance(value, types.FunctionType):
        return value.__defaults__, value.__kwdefaults__, contents_of(value), vars(value)
    return {
        name: item
        for name, item in vars(value).items()
        if not name.startswith("__") and not hasattr(type(item), "__get__")
    }
