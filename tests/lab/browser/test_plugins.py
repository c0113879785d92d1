"""Each of our plugins can be disabled by itself: JupyterLab works, and so do the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from labpage import CONTENT, LabPage, Source
from labserver import LabServer
from nbdag.kernel.request import RunRequest, launch

CELLS: list[Source] = [
    ("step:load", "print('by the kernel')\nmisspelt_ if len('ab') > 9 else 0"),
    ("step:publish approve", "1"),
]
PARTS = f"""() => ({{
    chips: Boolean(document.querySelector('.nbdag-chip')),
    console: jupyterapp.commands.hasCommand('nbdag:open-console'),
    commands: jupyterapp.commands.hasCommand('nbdag:run'),
    gates: Boolean(document.querySelector('.Toastify__toast')),
    launcher: jupyterapp.commands.hasCommand('nbdag:create'),
    outputs: {CONTENT}.rendermime.mimeTypes.includes('application/vnd.nbdag.dag+json'),
    panel: Boolean(document.querySelector('#nbdag-panel')),
    squiggles: Boolean(document.querySelector('.cm-lintRange-warning')),
    status: (document.querySelector('.nbdag-status')?.textContent ?? '').includes('publish'),
}})"""
NAMES = (
    *("chips", "console", "commands", "gates", "launcher", "outputs", "panel", "squiggles"),
    "status",
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("alone"))
    yield server
    server.close()


@pytest.mark.parametrize("plugin", ["none", *NAMES, "pipelines"])
def test_what_is_disabled_is_gone_and_the_rest_works(
    page: Page, alone: LabServer, plugin: str
) -> None:
    alone.disable(f"nbdag:{plugin}")
    lab = LabPage(page, alone, f"without-{plugin}.ipynb").write(CELLS)
    launch(RunRequest(str(lab.file), lab.file.read_text()))
    page.goto(alone.url(f"without-{plugin}", lab.name))
    lab.cell(1).wait_for()
    # All but the launcher's card build on the one that knows the open notebooks.
    gone = set(NAMES) - {"launcher"} if plugin == "pipelines" else {plugin}
    expected = {name: name not in gone for name in NAMES}
    page.wait_for_function(
        f"expected => JSON.stringify(({PARTS})()) === JSON.stringify(expected)", arg=expected
    )
    lab.idle()
    page.evaluate("() => void jupyterapp.commands.execute('notebook:run-cell')")
    expect(lab.outputs(1).first).to_have_text("by the kernel")
    assert lab.problems == []
