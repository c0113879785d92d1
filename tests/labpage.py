"""What a test says to JupyterLab in the browser, in the words of a user."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

from labserver import LabServer
from notebooks import KERNELSPEC

CONTENT = "jupyterapp.shell.currentWidget.content"
SESSION = "jupyterapp.shell.currentWidget.sessionContext"
PATIENCE = 60_000
"""How long anything is waited for, in milliseconds: the machine does other things, too."""
SCROLL = 300
"""How far the wheel turns at a time, in pixels: less than the DAG's part of the window."""
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
Source = tuple[str, str]
"""The tags of a cell, with a blank between them, and its source; `#` begins a Markdown cell."""


def write_cells(file: Path, cells: Sequence[Mapping[str, object]]) -> None:
    """Write the notebook of these cells as they are, whether tagged or not."""
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": KERNELSPEC},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    file.write_text(json.dumps(notebook))


class LabPage:
    """One open notebook in one tab."""

    def __init__(self, page: Page, lab: LabServer, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        self._made_as = name
        self.problems: list[str] = []
        page.on("pageerror", self._note)
        page.set_default_timeout(PATIENCE)

    def _note(self, error: Error) -> None:
        # Only ours: JupyterLab leaves requests behind when a page is closed.
        if "/nbdag/" in str(error.stack):
            self.problems.append(str(error))

    @property
    def file(self) -> Path:
        """The notebook's file."""
        return self.lab.work / self.name

    @property
    def held(self) -> str:
        """Code that ends when `release` is called: who watches it has all the time there is."""
        wait = f"while not pathlib.Path({self._gate.name!r}).exists():\n    time.sleep(0.05)"
        return f"import pathlib, time\n{wait}"

    def release(self) -> None:
        """Let the code that is `held` go on."""
        self._gate.touch()

    def hold(self) -> None:
        """Let it wait again, in another run."""
        self._gate.unlink()

    @property
    def _gate(self) -> Path:
        return self.lab.work / f"{self._made_as}.go"

    def write(self, cells: Sequence[Source]) -> LabPage:
        """Write the notebook's file."""
        made: list[dict[str, Any]] = [
            {
                "id": f"c{number}",
                "cell_type": "code" if tags != "#" else "markdown",
                "metadata": {"tags": tags.split()} if tags.strip("#") else {},
                "source": source,
                **({"outputs": [], "execution_count": None} if tags != "#" else {}),
            }
            for number, (tags, source) in enumerate(cells, 1)
        ]
        write_cells(self.file, made)
        return self

    def open(self) -> LabPage:
        """Open the notebook and wait for its cells, its chips and what the check has found."""
        self.page.goto(self.lab.url(self.name.partition(".")[0], self.name))
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the notebook and our part of the page are there."""
        self.cell(1).wait_for()
        expect(self.page.locator(f"{NOTEBOOK} .nbdag-chip").first).to_be_attached()

    def show_panel(self) -> None:
        """Show the panel at the right."""
        self.page.evaluate("() => jupyterapp.commands.execute('nbdag:show')")
        expect(self.panel).to_be_visible()

    def scroll_dag(self) -> None:
        """Scroll the DAG to its end."""
        height = float(self.panel.locator(".nbdag-drawing").get_attribute("height") or 0)
        self.panel.locator(".nbdag-dag").hover()
        for _ in range(int(height / SCROLL) + 1):
            self.page.mouse.wheel(0, SCROLL)
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def find(self, step: str, *, found: int = 1) -> None:
        """Look for a step in the DAG by its name."""
        self.panel.get_by_role("button", name="Search steps (/)").click()
        self.panel.get_by_role("searchbox", name="Search steps").fill(step)
        expect(self.panel.locator(".nbdag-search").get_by_role("status")).to_have_text(str(found))
        self.page.keyboard.press("Escape")

    def run(self) -> None:
        """Press Run in the notebook's toolbar."""
        self.page.locator(f"{NOTEBOOK} .jp-NotebookPanel-toolbar").get_by_role(
            "button", name="Run pipeline"
        ).click()

    def choose(self, entry: str) -> None:
        """Choose an entry of the menu beside Run."""
        self.page.locator(
            f"{NOTEBOOK} .nbdag-run-menu button, {NOTEBOOK} .nbdag-run-menu"
        ).first.click()
        self.page.locator(".nbdag-menu .lm-Menu-item").filter(has_text=entry).click()

    def activate(self, number: int) -> None:
        """Make a cell the active one."""
        self.cell(number).locator(".cm-content").click()
        self.expect_active(number)

    def window(self, mode: str) -> None:
        """Say how much of a notebook the page holds."""
        self.page.evaluate(
            """async mode => {
                const settings = await jupyterapp.serviceManager.settings;
                const id = '@jupyterlab/notebook-extension:tracker';
                await settings.save(id, JSON.stringify({ windowingMode: mode }));
            }""",
            mode,
        )

    def idle(self) -> None:
        """Wait until the kernel is there and has nothing to do."""
        self.page.wait_for_function(f"() => {SESSION}.session?.kernel?.status === 'idle'")

    def shut_down(self) -> None:
        """End the kernel."""
        self.idle()
        # One that is not ready yet would start a kernel afterwards.
        self.page.evaluate(f"async () => {{ await {SESSION}.ready; await {SESSION}.shutdown(); }}")
        self.page.wait_for_function(f"() => !{SESSION}.session")

    @property
    def panel(self) -> Locator:
        """The panel."""
        return self.page.locator("#nbdag-panel")

    @property
    def summary(self) -> Locator:
        """The line of the panel that says how the run is."""
        return self.panel.locator(".nbdag-summary")

    def cell(self, number: int) -> Locator:
        """Return the cell of that number, from 1."""
        return self.page.locator(f"{NOTEBOOK} .jp-Cell").nth(number - 1)

    def chip(self, number: int) -> Locator:
        """Return the chip of a cell."""
        return self.cell(number).locator(".nbdag-chip")

    def outputs(self, number: int) -> Locator:
        """Return what a cell displays."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def node(self, step: str) -> Locator:
        """Return a step of the DAG."""
        return self.panel.locator(f'.nbdag-node[data-id="{step}"]')

    def expect_state(self, step: str, look: str) -> None:
        """Wait until a step of the DAG looks so."""
        expect(self.node(step)).to_have_attribute("data-look", look)

    def expect_active(self, *numbers: int) -> None:
        """Wait until the active cell is one of those numbers."""
        self.page.wait_for_function(
            f"numbers => numbers.includes({CONTENT}.activeCellIndex + 1)", arg=numbers
        )

    def expect_tags(self, number: int, *tags: str) -> None:
        """Wait until a cell has these tags, in the page."""
        self.page.wait_for_function(
            f"""([i, tags]) =>
                JSON.stringify({CONTENT}.widgets[i].model.getMetadata('tags')) === tags""",
            arg=(number - 1, json.dumps(tags, separators=(",", ":"))),
        )

    def expect_no_tags(self, number: int) -> None:
        """Wait until a cell has no tags, in the page."""
        self.page.wait_for_function(
            f"i => !{CONTENT}.widgets[i].model.getMetadata('tags')", arg=number - 1
        )

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
