"""nbdag: run a notebook as a DAG of its steps, with the notebook's own result.

What is public stands here and is loaded when it is first used, as the command line needs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Pipeline, open_run, read
    from .result import Run

__all__ = ["Pipeline", "Run", "open_run", "read"]
_HOMES = {"Pipeline": "client", "Run": "result", "open_run": "client", "read": "client"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("nbdag")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    msg = f"module 'nbdag' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter Server where its part is."""
    return [{"module": "nbdag.server"}]
