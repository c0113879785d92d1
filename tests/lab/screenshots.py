"""Takes the pictures of the documentation: a real JupyterLab in a real Chromium, light and dark.

`python tests/lab/screenshots.py FOLDER` (make screenshots) writes them to FOLDER, `docs/images`.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from labcells import CellsPage  # noqa: E402
from labpage import LabPage  # noqa: E402
from labserver import LabServer  # noqa: E402

FLAGS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
LOOP = [
    "# tags: step:load\nrows = sorted(range(40))",
    "# tags: step:score fan-out\nscores = []\n"
    "for fold in range(23):\n    scores.append(sum(rows) * fold)",
    "# tags: step:decide\nbest = max(scores)\nworth_it = best > 10",
    "# tags: step:tune\nif worth_it:\n    best += 1",
    "# tags: step:publish approve\nprint(best)",
]


def main(folder: Path) -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        lab = LabServer(Path(home))
        try:
            shutil.copytree(ROOT / "examples", lab.work, dirs_exist_ok=True)
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("NBDAG_CHROMIUM", "/usr/bin/chromium"), args=FLAGS
            )
            for theme in ("light", "dark"):
                page = browser.new_page(viewport={"width": 1360, "height": 800})
                take(page, lab, theme, folder)
                page.close()
            browser.close()
        finally:
            lab.close()


def take(page: Page, lab: LabServer, theme: str, folder: Path) -> None:
    """Take the pictures of one theme."""
    fraud = LabPage(page, lab, "fraud_detection.ipynb").open()
    page.evaluate(
        "name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })",
        f"JupyterLab {theme.capitalize()}",
    )
    fraud.show_panel()
    if theme == "light":  # the other shows the same run
        fraud.run()
    last = fraud.node("publish_model")
    expect(last).to_have_attribute("data-look", "succeeded", timeout=180_000)
    fraud.node("train_model").click()
    page.wait_for_timeout(1500)
    picture(page, folder / f"lab-{theme}.png")
    fraud.panel.get_by_role("tab", name="Runs").click()
    fraud.node("validate_model").click()
    page.locator(".jp-Cell.jp-mod-active .nbdag-chip").click()
    form = page.get_by_role("form", name="Step")
    expect(form.get_by_label("fan-out")).to_be_checked()
    page.wait_for_timeout(500)
    picture(page, folder / f"tags-{theme}.png")
    page.keyboard.press("Escape")
    name = f"folds-{theme}.ipynb"
    CellsPage(page, lab, name).write(LOOP)
    driver = f"driver-{theme}.ipynb"
    cells = CellsPage(page, lab, driver).write(
        ["import nbdag", f"run = nbdag.read('{name}').run()\nrun"]
    )
    cells.open()
    cells.run(1)
    cells.run(2)
    cells.expect_look(2, "publish", "waiting")
    cells.dag(2).get_by_role("button", name="Iterations of score").click()
    page.wait_for_timeout(500)
    page.evaluate("() => jupyterapp.shell.collapseLeft?.()")
    page.wait_for_timeout(800)
    expect(cells.dag(2)).to_be_visible()
    picture(page, folder / f"cell-{theme}.png")


def picture(page: Page, path: Path) -> None:
    """Write what the page shows, in 256 colours: a quarter of the size, and looks the same."""
    taken = page.screenshot(animations="disabled", timeout=60_000)
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(
        256, kmeans=2, dither=Image.Dither.NONE
    ).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
