from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from notebooks import Case, Source, parse_cases, read_cases

TEXT = """Words above the first case are for the reader.
metadata: {"kernel": "x"}

## one-cell-a-step
a = 1
---
b = {"k":
---    2}

---
## a comment in Python, not a case: it holds a capital
c = 3

## tagged
expects: error NB320
parameters: {"n": 2}
why: it holds a file
--- step:load, prev:other
x = open("f")
--- markdown
# Title
---
y = 1
=== data/f.csv
a,b

1,2
"""


def test_a_case_without_tags_has_a_step_a_cell(tmp_path: Path) -> None:
    (plain, _) = parse_cases(TEXT.replace('metadata: {"kernel": "x"}\n', ""), group="g")
    notebook = nbformat.read(plain.write(tmp_path), as_version=4)
    assert [cell.metadata.tags for cell in notebook.cells] == [
        ["step:cell_1"],
        ["step:cell_2"],
        ["step:cell_3"],
    ]


def test_cells_headers_tags_and_files_are_read_as_written() -> None:
    plain, tagged = parse_cases(TEXT.partition("\n")[2], group="g")
    assert [cell.text.count("\n") for cell in plain.cells] == [0, 1, 1]
    assert plain.expects == "equal"
    assert tagged == Case(
        group="g",
        name="tagged",
        cells=(
            Source('x = open("f")', ("step:load", "prev:other")),
            Source("# Title", kind="markdown"),
            Source("y = 1"),
        ),
        expects="error NB320",
        why="it holds a file",
        metadata={"kernel": "x"},
        parameters={"n": 2},
        files=(("data/f.csv", "a,b\n\n1,2\n"),),
    )


def test_two_cases_of_one_name_in_a_file_are_refused() -> None:
    with pytest.raises(ValueError, match="g: there is more than one case named a"):
        parse_cases("## a\nx = 1\n\n## a\nx = 2\n", group="g")


def test_each_case_is_a_valid_notebook_that_expects_something_known(tmp_path: Path) -> None:
    cases = read_cases()
    assert len(cases) > 600
    for case in cases:
        folder = tmp_path / case.group / case.name
        folder.mkdir(parents=True)
        nbformat.validate(nbformat.read(case.write(folder), as_version=4))
        assert case.expects.split(" ")[0] in ("equal", "error", "fails"), case.id
