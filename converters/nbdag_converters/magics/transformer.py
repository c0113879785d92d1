"""IPython's transformer without IPython.

`import IPython.core.inputtransformer2` imports all of IPython, 0.1 s, for a module that needs
only `IPython.utils.tokenutil` and the standard library. Both are loaded here from their files under
other names, with nothing put into `sys.modules`. Where IPython's files lie otherwise, or it is
imported already, the usual import is used.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.inputtransformer2 import TransformerManager

MODULE = "IPython.core.inputtransformer2"


def transformer_manager() -> TransformerManager:
    """Return a new manager of IPython's transformers."""
    manager: TransformerManager = transformer_module().TransformerManager()
    return manager


@cache
def transformer_module() -> ModuleType:
    """Return IPython's module of transformers."""
    spec = None if MODULE in sys.modules else importlib.util.find_spec("IPython")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        tokens = Path(folder, "utils", "tokenutil.py")
        transformers = Path(folder, "core", "inputtransformer2.py")
        if tokens.is_file() and transformers.is_file():
            package = ModuleType("IPython.utils")
            vars(package)["tokenutil"] = load(tokens)
            return load(transformers, given={"IPython.utils": package})
    return importlib.import_module(MODULE)


def load(path: Path, *, given: Mapping[str, ModuleType] | None = None) -> ModuleType:
    """Return the module of a file, whose imports of the names in *given* give those modules."""
    spec = importlib.util.spec_from_file_location(f"nbdag_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path=str(path))
    module = importlib.util.module_from_spec(spec)
    # The import statement calls the `__import__` of the builtins that its module has.
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": importer(given or {})}
    spec.loader.exec_module(module)
    return module


def importer(given: Mapping[str, ModuleType]) -> Callable[..., Any]:
    """Return an `__import__` that knows the modules *given* by name."""

    def importing(name: str, *arguments: Any, **options: Any) -> Any:
        return given[name] if name in given else builtins.__import__(name, *arguments, **options)

    return importing
