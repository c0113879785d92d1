"""One JupyterLab for all tests in the browser, a workspace for each test."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labpage import LabPage
from labserver import LabServer

expect.set_options(timeout=20_000)  # a machine that does other things, too
NUMBERS = itertools.count(1)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Return a running JupyterLab."""
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the system's Chromium: playwright would fetch one of its own."""
    path = os.environ.get("NBDAG_CHROMIUM", "/usr/bin/chromium")
    return {"executable_path": path, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Use a window as of a laptop."""
    return {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def notebook(
    page: Page, lab: LabServer, request: pytest.FixtureRequest
) -> Iterator[Callable[[], LabPage]]:
    """Return what makes a notebook of this test; no error may be left in the page at the end."""
    # Of its own: what an earlier test has run would else be the history of this one.
    name = f"{re.sub(r'[^a-z]+', '-', request.node.name.lower())[:40]}-{next(NUMBERS)}"
    made = LabPage(page, lab, f"{name}.ipynb")
    yield lambda: made
    assert made.problems == []
