"""Fixtures of the tests that run packages by Kubeflow's own SDK."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the SDK warn: its warnings are not about our packages."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))
