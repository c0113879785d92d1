"""Bench of the drawing in a real Chromium: main thread's CPU time at 1,000 steps, and sizes.

Needs what `make test-lab` needs: the extension's npm packages, built, and Chromium.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from .figure import Figure, main

ROOT = Path(__file__).parents[1]
LAB = ROOT / "labextension"
STATIC = ROOT / "jupyter_ext/nbdag/widget/static"
ENTRY = """
export { layout } from './src/dag/layout';
export { DagView } from './src/dag/view';
"""
STEPS = 1000
ROUNDS = 5
FRAMES = 40
# A pipeline as of a notebook: each step takes from one to three of those shortly before it.
PREPARE = """({ steps }) => {
  let seed = 7;
  const random = below => (seed = (seed * 48271) % 2147483647) % below;
  const nodes = [], edges = [];
  for (let i = 0; i < steps; i++) {
    nodes.push({ id: 's' + i, title: 'Step number ' + i, colour: '#5b7fde' });
    const sources = new Set();
    for (let k = 0; i && k <= random(3) % 2; k++) sources.add(Math.max(0, i - 1 - random(20)));
    const rows = [{ name: 'x', why: '' }];
    for (const s of sources)
      edges.push({ source: 's' + s, target: 's' + i, rows, condition: '' });
  }
  window.graph = { nodes, edges };
  window.states = look =>
    new Map(nodes.map(({ id }) => [id, { look, label: look === 'running' ? '0.4 s' : '' }]));
  const state = ({ look, label }) => label || look;
  const name = title => title;
  const words = { label: '', search: '', approve: '', waits: '', noIterations: '', state,
    approveStep: name, iterationsOf: name };
  window.make = () => new dag.DagView(document.body, { words, onOpen: () => 0 });
}"""
FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


class Meter:
    """Counts the CPU time of a page's main thread."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self, script: str) -> float:
        """Return what *script*, and the painting after it, take."""
        self._page.evaluate(FRAME)
        before = self._now()
        self._page.evaluate(script)
        self._page.evaluate(FRAME)
        return (self._now() - before) * 1000

    def _now(self) -> float:
        found = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))


def measure() -> Sequence[Figure]:
    """Return the figures."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("NBDAG_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = chromium.new_page(viewport={"width": 1000, "height": 800})
        figures = _drawing(page)
        chromium.close()
    return [*figures, *_sizes()]


def _drawing(page: Page) -> list[Figure]:
    style = (STATIC / "dag.css").read_text()
    page.set_content(f"<style>{style} html,body{{height:100%;margin:0}}</style><body></body>")
    page.add_script_tag(content=_bundle())
    page.evaluate(PREPARE, {"steps": STEPS})
    meter = Meter(page)
    layout, paint, move, live = [], [], [], []
    for _ in range(ROUNDS):
        layout.append(meter.ms("() => { dag.layout(graph) }"))
        script = "() => { window.view?.dispose(); window.view = make(); view.setGraph(graph) }"
        paint.append(meter.ms(script) - layout[-1])
        move.append(meter.ms(_moves()) / FRAMES)
        live.append(meter.ms("() => view.setStates(states('running'))"))
        page.evaluate("() => view.setStates(states('pending'))")
    return [
        Figure(f"layout of {STEPS:,} steps", min(layout), "ms", 50),
        Figure("first paint of them", min(paint), "ms", 130),
        Figure("pan and zoom, a frame", min(move), "ms", 3),
        Figure("a change of all of them", min(live), "ms", 16),
    ]


def _moves() -> str:
    return f"""async () => {{
      for (let i = 0; i < {FRAMES}; i++) {{
        view.node.dispatchEvent(new WheelEvent('wheel',
          {{ deltaX: 4, deltaY: i % 2 ? 9 : -9, ctrlKey: i % 4 === 0, cancelable: true }}));
        await new Promise(requestAnimationFrame);
      }}
    }}"""


def _bundle() -> str:
    command = [str(LAB / "node_modules/.bin/esbuild"), "--bundle", "--minify", "--format=iife"]
    options = ["--global-name=dag", "--loader=ts"]
    done = subprocess.run(
        [*command, *options], cwd=LAB, input=ENTRY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stderr}\nThe drawing can't be bundled; `make lab` installs what it needs.")
    return done.stdout


def _sizes() -> list[Figure]:
    lab = sum(path.stat().st_size for path in (LAB / "dist/static").rglob("*.js"))
    widget = (STATIC / "dag.js").stat().st_size
    return [
        Figure("widget's module", widget / 1000, "kB", 60),
        Figure("JupyterLab extension", lab / 1000, "kB", 500),
    ]


if __name__ == "__main__":
    main(f"The drawing, CPU time of the main thread, {STEPS:,} steps", measure)
