"""publish: a package's public names, each imported when it is first used.

To run a pipeline that is known needs neither the analysis nor the drawings, which take longer to
import than such a run takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def publish(package: str, homes: Mapping[str, tuple[str, ...]]) -> None:
    """Give *package* the names of *homes*, which says what each of its submodules has.

    They are properties of its class: an import of a submodule `svg` puts the module into the
    package, where the function `svg` has to stay.
    """
    names = {
        name: property(_getter(f"{package}.{home}", name), _keep)
        for home, found in homes.items()
        for name in found
    }
    sys.modules[package].__class__ = type("Package", (ModuleType,), names)


def _getter(module: str, name: str) -> Callable[[ModuleType], Any]:
    return lambda _: getattr(import_module(module), name)


def _keep(_: ModuleType, __: object) -> None: ...
