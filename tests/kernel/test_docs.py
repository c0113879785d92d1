"""Every snippet of the README and of the documentation does what its page says.

The snippets of a page run in order, in an empty folder with the files that the page itself makes.
How they are marked stands in `snippets.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from snippets import read_snippets, run_page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def runs_something(page: Path) -> bool:
    snippets = read_snippets(page.read_text(encoding="utf-8"))
    made = "reference" in page.parts  # from the code, by docs/generate.py
    return not made and any(
        each.run and each.language in ("sh", "console", "python") for each in snippets
    )


@pytest.mark.kernel
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if runs_something(page)],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_the_snippets_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    assert run_page(page, tmp_path) > 0
