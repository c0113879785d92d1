"""What a test says to a notebook whose cells show DAGs, in JupyterLab or Notebook."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Error, Locator, Page, expect

from labpage import CONTENT, NOTEBOOK, PATIENCE, write_cells
from labserver import LabServer

KERNEL = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"


class CellsPage:
    """One open notebook in one tab; the front end need not have nbdag's extension."""

    def __init__(self, page: Page, lab: LabServer, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        self.file = lab.work / name
        self.problems: list[str] = []
        page.on("pageerror", self._note)
        page.set_default_timeout(PATIENCE)

    def _note(self, error: Error) -> None:
        # Only ours: of the extension, or of the widget, whose module is a blob.
        if "/nbdag/" in str(error.stack) or "blob:" in str(error.stack):
            self.problems.append(str(error))

    def write(self, sources: Sequence[str]) -> CellsPage:
        """Write the notebook's file; a first line `# tags: a b` gives a cell tags."""
        cells: list[dict[str, object]] = [
            {
                "id": f"c{number}",
                "cell_type": "code",
                "metadata": _metadata(source),
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources, 1)
        ]
        write_cells(self.file, cells)
        return self

    def open(self, *, kernel: bool = True) -> CellsPage:
        """Open the notebook and wait for its kernel."""
        self.page.goto(self.lab.url(self.name.partition(".")[0], self.name))
        self.cell(1).wait_for()
        if kernel:
            self.page.wait_for_function(f"() => {KERNEL} === 'idle'")
        return self

    def run(self, number: int) -> None:
        """Run a cell in the kernel."""
        self.page.evaluate(f"i => {{ {CONTENT}.activeCellIndex = i }}", number - 1)
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-cell')")

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")

    def cell(self, number: int) -> Locator:
        """Return the cell of that number, from 1."""
        return self.page.locator(f"{NOTEBOOK} .jp-Cell").nth(number - 1)

    def dag(self, number: int) -> Locator:
        """Return the DAG below a cell."""
        return self.cell(number).locator(".nbdag-inline:visible")

    def node(self, number: int, step: str) -> Locator:
        """Return a step of the DAG below a cell."""
        return self.dag(number).locator(f'.nbdag-node[data-id="{step}"]')

    def expect_look(self, number: int, step: str, look: str) -> None:
        """Wait until a step of the DAG below a cell looks so."""
        expect(self.node(number, step)).to_have_attribute("data-look", look)


def _metadata(source: str) -> dict[str, object]:
    head = source.partition("\n")[0]
    return {"tags": head.split()[2:]} if head.startswith("# tags:") else {}
