"""The page on a run: complete, safe with any text, and without a request to the network."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from nbdag import open_run
from nbdag.cluster.link import Link
from nbdag.report import report_html, write_report
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.zygote import Zygote
from notebooks import Source, write_notebook
from workbench import Bench, unplanned, wait_for

pytestmark = pytest.mark.kernel


def _chunk(kind: bytes, data: bytes) -> bytes:
    head = len(data).to_bytes(4, "big") + kind + data
    return head + zlib.crc32(kind + data).to_bytes(4, "big")


PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
PNG = base64.b64encode(PIXEL).decode()
CELLS = (
    Source("# Title\n\n| a |\n|---|\n| 1 |", kind="markdown"),
    Source("rate = 0.25\nname = '<b>&'", ("parameters",)),
    Source("data = [rate] * 2\nprint('\\x1b[31mred\\x1b[0m <i>')", ("step:load",)),
    Source(
        "from IPython.display import display, HTML, Image\nimport base64\n"
        f"display(Image(base64.b64decode('{PNG}')), HTML('<table><tr><td>cell</td></tr></table>'))",
        ("step:show",),
    ),
    Source("score = sum(data)\nprint(score, name)", ("step:score", "metrics")),
)


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


class Page(HTMLParser):
    """What a page has: its texts, and what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "poster", "data") or (name == "href" and tag != "a"):
                self.loads.append(value or "")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_a_page_has_all_of_a_run_and_loads_nothing(bench: Bench) -> None:
    run = bench.start(*CELLS)
    run.wait()
    text = report_html(run.folder)
    page = Page(text)
    for part in ("work ✓ succeeded", run.id, "score 0.5", "rate 0.25", "name <b>&", "Title"):
        assert part in page.text
    assert page.tags.count("svg") >= 2
    assert [source for source in page.loads if not source.startswith("data:")] == []
    assert f"data:image/png;base64,{PNG[:40]}" in text
    assert "<td>cell</td>" in text
    assert "script" not in page.tags
    assert re.findall(r"url\((?!#)", text) == []
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_texts_of_the_notebook_can_not_become_markup(bench: Bench) -> None:
    cells = (
        Source("tag = '<script>alert(1)</script>'", ("parameters",)),
        Source("print(tag)\nraise ValueError(tag)", ("step:a",)),
    )
    run = bench.start(*cells)
    run.wait()
    page = Page(report_html(run.folder))
    assert "script" not in page.tags
    assert "✕ a failed in cell 2, line 2" in page.text
    assert "ValueError: <script>alert(1)</script>" in page.text


def test_a_page_of_a_cached_run_says_what_was_saved(bench: Bench) -> None:
    bench.run(*CELLS)
    run = bench.start(*CELLS)
    run.wait()
    page = Page(report_html(run.folder))
    assert "Cached 3 of 3" in page.text
    assert page.text.count("⟲ cached") == 3
    assert "saves" in page.text


def test_what_the_guard_found_is_told_once(bench: Bench) -> None:
    bench.notebook("l = [1, 2]", "l.append(3)", "print(l)")
    run = bench.start_pipeline(unplanned())
    state = run.wait()
    (finding,) = state.diagnostics
    page = Page(report_html(run.folder))
    assert page.text.count(finding.message) == 1
    assert finding.code in page.text


def test_a_page_can_be_made_while_the_run_goes_on(bench: Bench) -> None:
    run = bench.start(Source("import time\ntime.sleep(60)", ("step:long",)))
    try:
        wait_for(lambda: run.state.phase is Phase.RUNNING)
        page = Page(report_html(run.folder))
        assert "running" in page.text
    finally:
        run.stop(now=True)
        run.wait()


def test_a_page_that_can_not_be_written_is_an_error(bench: Bench, tmp_path: Path) -> None:
    bench.settings = replace(bench.settings, cache=False)
    run = bench.start("x = 1")
    run.wait()
    with pytest.raises(RunError, match="can't be written"):
        write_report(run.folder, tmp_path / "nowhere" / "page.html")
    write_report(run.folder, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.glob(".page*")] == []


Nbdag = Callable[..., str]


@pytest.fixture
def nbdag(tmp_path: Path) -> Nbdag:
    """Return what runs a command, and gives what it printed."""

    def ran(*words: str) -> str:
        command = [sys.executable, "-m", "nbdag.cli", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    return ran


def test_the_commands_run_without_a_cache_and_write_the_page(
    bench: Bench, tmp_path: Path, nbdag: Nbdag
) -> None:
    path = bench.notebook(Source("x = sum(range(3))", ("step:a",)))
    nbdag("run", path.name)
    assert "⟲ cached" in nbdag("run", path.name)
    assert "cached" not in nbdag("run", path.name, "--no-cache")
    assert nbdag("report", "last", "-o", "page.html") == "wrote page.html\n"
    assert "✓ succeeded" in Page((tmp_path / "page.html").read_text(encoding="utf-8")).text


def test_open_makes_the_page_anew_beside_the_history(tmp_path: Path, nbdag: Nbdag) -> None:
    write_notebook(tmp_path / "n.ipynb", [Source("x = 1", ("step:a",))])
    nbdag("run", "n.ipynb")
    address = nbdag("open", "last", "--print").strip()
    page = Path(unquote(urlsplit(address).path))
    assert address.startswith("file:///")
    assert page.parent == open_run(folder=tmp_path).folder
    assert "n.ipynb" in page.read_text(encoding="utf-8")


def test_open_of_a_run_on_a_cluster_gives_the_address_in_the_portal(
    tmp_path: Path, nbdag: Nbdag
) -> None:
    write_notebook(tmp_path / "n.ipynb", [Source("x = 1", ("step:a",))])
    nbdag("run", "n.ipynb")
    link = Link("", "ml", "n-1234", {"a": "a"}, (), {})
    (open_run(folder=tmp_path).folder / "cluster.json").write_text(json.dumps(asdict(link)))
    address = nbdag("open", "last", "--print", "--argo", "https://argo.example/")
    assert address == "https://argo.example/workflows/ml/n-1234\n"
