"""What is shown where things go wrong around the notebook."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from labpage import SESSION, LabPage, Source
from labserver import LabServer

Make = Callable[[], LabPage]


def slow(lab: LabPage) -> list[Source]:
    """Return a step that goes on when it is released, and one after it."""
    return [("step:slow", f"{lab.held}\nx = int('1')"), ("step:after", "print(x)")]


def test_a_run_is_seen_to_its_end_when_the_server_is_restarted(notebook: Make) -> None:
    lab = notebook()
    lab.write(slow(lab)).open()
    lab.run()
    lab.expect_state("slow", "running")
    lab.lab.stop()
    lab.lab.start()
    lab.release()
    lab.expect_state("after", "succeeded")
    expect(lab.outputs(2)).to_have_text("1")


def test_a_notebook_that_is_renamed_in_mid_run_still_shows_it(notebook: Make) -> None:
    lab = notebook()
    lab.write(slow(lab)).open()
    lab.run()
    lab.expect_state("slow", "running")
    name = f"renamed-{lab.name}"
    lab.page.evaluate(
        """([from, to]) => jupyterapp.serviceManager.contents.rename(from, to)""", [lab.name, name]
    )
    expect(lab.page.get_by_role("tab", name=name)).to_be_visible()
    expect(lab.panel.locator(".nbdag-node")).to_have_count(2)
    lab.release()
    lab.expect_state("after", "succeeded")
    expect(lab.outputs(2)).to_have_text("1")
    # And a run by its new name takes the place of that one.
    lab.hold()
    lab.run()
    lab.expect_state("slow", "running")
    lab.release()
    lab.expect_state("after", "succeeded")


def test_a_notebook_that_is_deleted_says_so(notebook: Make) -> None:
    lab = notebook()
    lab.write(slow(lab)).open()
    lab.show_panel()
    lab.idle()
    lab.file.unlink()
    lab.run()
    expect(lab.panel.get_by_role("alert")).to_contain_text("moved, renamed or deleted")


def test_a_notebook_that_is_deleted_in_mid_run_gets_its_outputs_when_it_is_saved(
    notebook: Make,
) -> None:
    lab = notebook()
    lab.write(slow(lab)).open()
    lab.run()
    lab.expect_state("slow", "running")
    lab.file.unlink()
    lab.release()
    lab.expect_state("after", "succeeded")
    alert = lab.panel.get_by_role("alert")
    expect(alert).to_contain_text("moved, renamed or deleted")
    expect(lab.outputs(2)).to_have_count(0)
    lab.save()
    expect(lab.outputs(2)).to_have_text("1")
    expect(alert).to_have_count(0)


def test_a_kernel_that_dies_in_mid_run_takes_nothing_with_it(notebook: Make) -> None:
    lab = notebook()
    lab.write([*slow(lab), ("skip", "import os\nos._exit(1)")]).open()
    lab.idle()
    lab.run()
    lab.expect_state("slow", "running")
    lab.activate(3)
    lab.page.keyboard.press("Control+Enter")
    lab.page.wait_for_function(f"() => {SESSION}.session?.kernel?.status !== 'idle'")
    lab.release()
    lab.expect_state("after", "succeeded")
    expect(lab.outputs(2)).to_have_text("1")


def test_a_notebook_that_cannot_be_written_is_run(notebook: Make) -> None:
    # For root no file is read-only: the server's word is what JupyterLab goes by.
    lab = notebook().write([("step:one", "print('ran')")])
    lab.file.chmod(stat.S_IRUSR)
    lab.page.route(
        f"**/api/contents/{lab.name}*",
        lambda route: route.fulfill(json={**route.fetch().json(), "writable": False}),
    )
    try:
        lab.open()
        lab.run()
        lab.expect_state("one", "succeeded")
        expect(lab.outputs(1)).to_have_text("ran")
    finally:
        lab.file.chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_outputs_of_a_notebook_that_is_not_trusted_are_shown_when_it_is_run(
    notebook: Make,
) -> None:
    html = "from IPython.display import HTML\nHTML('<b id=bold>bold</b>')"
    lab = notebook().write([("step:one", html)])
    content = json.loads(lab.file.read_text())
    content["cells"][0]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": "<i id=old>old</i>"}, "metadata": {}}
    ]
    lab.file.write_text(json.dumps(content))
    lab.open()
    expect(lab.cell(1).locator("#old")).to_have_count(0)
    lab.run()
    expect(lab.cell(1).locator("#bold")).to_be_visible()


@pytest.mark.parametrize("tag", ["step:9", "stpe:one", "cpu:many"])
def test_a_wrong_tag_is_told_and_stops_no_typing(notebook: Make, tag: str) -> None:
    lab = notebook().write([("step:one", "x = 1"), (tag, "x")]).open()
    lab.show_panel()
    expect(lab.panel.locator('.nbdag-problem[data-severity="error"]')).to_contain_text("cell 2")
    expect(lab.panel).to_contain_text("no pipeline yet")
    lab.run()
    expect(lab.panel.get_by_role("alert")).to_contain_text("cell 2")


CLUSTER = """
apiVersion: v1
kind: Config
clusters: [{name: gone, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: me, user: {token: none}}]
contexts: [{name: gone, context: {cluster: gone, user: me, namespace: ml}}]
current-context: gone
"""


def test_a_cluster_that_cannot_be_reached_is_told(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("gone")
    (folder / "kubeconfig").write_text(CLUSTER)
    server = LabServer(folder, variables={"KUBECONFIG": str(folder / "kubeconfig")})
    try:
        lab = LabPage(page, server, "gone.ipynb").write([("step:one", "1")]).open()
        lab.choose("Run on Argo…")
        page.get_by_role("dialog").get_by_role("button", name="Run").click()
        alert = lab.panel.get_by_role("alert")
        expect(alert).to_contain_text("the cluster can't be reached")
        expect(lab.summary).to_have_text("1 step")
        lab.run()
        lab.expect_state("one", "succeeded")
        expect(alert).to_have_count(0)
        assert lab.problems == []
    finally:
        server.close()
