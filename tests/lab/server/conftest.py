"""A Jupyter Server with nbdag's extension in the test's own process, and a notebook on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labtab import Fetch, Tab

pytest_plugins = ("pytest_jupyter.jupyter_server",)


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """Load our extension alone, and let nobody in without a token."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"nbdag": True},
            "allow_unauthenticated_access": False,
        }
    }


@pytest.fixture
def tab(jp_fetch: Fetch, jp_root_dir: Path) -> Tab:
    """Return a tab in which a notebook is open."""
    return Tab(jp_fetch, jp_root_dir)
