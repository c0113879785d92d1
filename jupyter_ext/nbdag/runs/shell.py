"""The shell of IPython that this process runs cells with, if it does."""

from __future__ import annotations

import sys
from typing import Any


def own_shell() -> Any:
    """Return it, or None; IPython is not loaded for that."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
