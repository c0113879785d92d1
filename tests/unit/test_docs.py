"""The pages of the documentation hold together: links, reachability, the form of their snippets."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from nbdag_converters import build
from nbdag_converters.drawing import svg
from snippets import Snippet, notebook, read_snippets, same

ROOT = Path(__file__).parents[2]
TOP = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s#]*)(?:#(?P<anchor>[^)\s]*))?\)")
HEADING = re.compile(r"^#{1,6} (.+)$", flags=re.MULTILINE)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub and Sphinx give to the headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for match in LINK.finditer(text):
        target, anchor = match["target"], match["anchor"]
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{name(page)} links to {target}, which is not there"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{name(page)} links to {target}#{anchor}"


def test_each_page_of_the_documentation_is_in_a_table_of_contents() -> None:
    docs = ROOT / "docs"
    listed = {
        found
        for page in docs.rglob("*.md")
        for snippet in read_snippets(page.read_text(encoding="utf-8"))
        if snippet.language == "{toctree}"
        for entry in snippet.text.splitlines()
        if entry.strip() and not entry.startswith(":")
        for found in page.parent.glob(f"{entry.strip()}.md")
    }
    pages = set(docs.rglob("*.md")) - {docs / "index.md"}

    assert {name(page) for page in pages - listed} == set()


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "docs", "clean"])
def test_make_knows_each_target_that_the_readme_names(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert f"make {target}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_of_the_readme_is_the_dag_of_the_example() -> None:
    made = svg(build(ROOT / "examples/fraud_detection.ipynb").pipeline)
    shown = (ROOT / "docs/images/fraud_detection.svg").read_text(encoding="utf-8")

    assert shown.strip() == made.strip(), (
        "nbdag graph examples/fraud_detection.ipynb --format svg -o docs/images/fraud_detection.svg"
    )


def test_snippets_are_read_with_their_line_title_and_whether_they_run() -> None:
    text = (
        'Text.\n\n```python title="a.ipynb"\nx = 1\n```\n<!-- not run: why -->\n```sh\nrm x\n```\n'
    )

    assert list(read_snippets(text)) == [
        Snippet(4, "python", "x = 1", {"title": "a.ipynb"}),
        Snippet(8, "sh", "rm x", {}, run=False),
    ]


def test_an_indented_snippet_loses_its_indent() -> None:
    assert next(read_snippets("1. Do\n\n   ```sh\n   a\n     b\n   ```\n")).text == "a\n  b"


def test_a_notebook_is_read_from_percent_format() -> None:
    made = notebook('# %% [markdown]\n# # Title\n# %% tags=["step:a", "cpu:2"]\nx = 1\n# %%\ny = x')

    assert [(cell.cell_type, cell.source) for cell in made.cells] == [
        ("markdown", "# Title"),
        ("code", "x = 1"),
        ("code", "y = x"),
    ]
    assert made.cells[1].metadata.tags == ["step:a", "cpu:2"]


def test_dots_in_an_expected_output_stand_for_any_text() -> None:
    assert same("read ...\n", "read 3 rows  \n")
    assert not same("read ...\n", "wrote 3 rows\n")


def test_times_sizes_and_run_ids_of_an_expected_output_may_be_others() -> None:
    assert same(
        "✓ 20261124-140312-fraud-x7k2  3.2 s  12 MB", "✓ 20270101-000000-fraud-aaaa 10.0 s 9 MB"
    )
    assert not same("✓ 20261124-140312-fraud-x7k2", "✓ 20270101-000000-churn-aaaa")
    assert not same("✓ train 3.2 s", "✕ train 3.2 s")
