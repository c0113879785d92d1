"""One JupyterLab and one browser for all tests, a workspace and a tab for each test."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, ViewportSize, expect

from labpage import PATIENCE, LabPage
from labserver import LabServer

expect.set_options(timeout=PATIENCE)
NUMBERS = itertools.count(1)
WINDOW: ViewportSize = {"width": 1440, "height": 900}
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
    server.close()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the system's Chromium: playwright would fetch one of its own."""
    path = os.environ.get("NBDAG_CHROMIUM", "/usr/bin/chromium")
    return {"executable_path": path, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def profile(
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """Return the browser of a user, in a window as of a laptop.

    It has a folder, in which it keeps JupyterLab's scripts compiled: to open a page takes half as
    long as in a browser that is new.
    """
    made = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"), viewport=WINDOW, **browser_type_launch_args
    )
    yield made
    made.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """Return a new tab."""
    made = profile.new_page()
    yield made
    made.close()


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
