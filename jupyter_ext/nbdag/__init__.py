"""nbdag: run a notebook as a DAG of its steps, with the notebook's own result.

What is public stands here and is loaded when it is first used, as the command line needs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Pipeline, Run, open_run, read

__all__ = ["Pipeline", "Run", "open_run", "read"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("nbdag")
    if name in __all__:
        from . import client

        return getattr(client, name)
    msg = f"module 'nbdag' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter Server where its part is."""
    return [{"module": "nbdag.server"}]
