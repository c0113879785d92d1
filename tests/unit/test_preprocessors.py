from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.utils.exceptions import ConversionException

from nbdag_converters.build import build
from nbdag_converters.compilers.base import find_compiler
from nbdag_converters.editing import as_text, with_settings, with_tags
from nbdag_converters.errors import NotebookError
from nbdag_converters.exporters import PlanExporter
from nbdag_converters.notebook import read_notebook
from nbdag_converters.preprocessors import DropSkipped, TagCells
from nbdag_converters.proposal import By, propose
from nbdag_converters.steps import draft
from plain import code, content, notebook, text

PARTS = (
    text("# Fraud"),
    code("import os\n%matplotlib inline"),
    code("'''Imports.'''\nimport numpy as np\nLIMIT = 3\ndef f(): ..."),
    text("## 1. Load data"),
    code("a = f()"),
    code("b = 1", "hide-input"),
    text("### More"),
    code("c = 1"),
    text("## Train: *the* model"),
    code(""),
    code("d = 1"),
    text("## Train: the model"),
    code("print(d)", "metrics"),
    text("## Nothing below"),
)


def proposed(by: By, *cells: dict[str, Any]) -> list[tuple[str, ...]]:
    return list(propose(notebook(*cells), by))


def test_steps_begin_at_headings() -> None:
    tags = proposed("heading", *PARTS)
    assert [(number, found) for number, found in enumerate(tags, 1) if found] == [
        (5, ("step:load_data",)),
        (6, ("hide-input",)),
        (11, ("step:train_the_model",)),
        (13, ("step:train_the_model_2", "metrics")),
    ]


def test_each_code_cell_may_be_a_step() -> None:
    tags = proposed("cell", *PARTS)
    assert [found[0] for found in tags if found] == [f"step:cell_{n}" for n in range(1, 6)]


def test_the_first_level_that_gives_two_steps_is_taken() -> None:
    cells = (text("# A"), code("a"), text("# B\n## B1"), code("b"), text("## B2"), code("c"))
    assert proposed("heading", *cells)[1:4:2] == [("step:a",), ("step:b",)]
    assert proposed("heading", *cells)[5] == ()


def test_a_title_above_code_is_a_step_too_where_deeper_headings_are_taken() -> None:
    cells = (text("# Fraud"), code("a"), text("## B"), code("b"))
    assert proposed("heading", *cells) == [(), ("step:fraud",), (), ("step:b",)]


def test_code_above_the_first_heading_stays_without_a_step() -> None:
    assert proposed("heading", code("x = f()"), text("# A"), code("a")) == [(), (), ("step:a",)]


def test_headings_without_a_letter_get_a_number() -> None:
    assert proposed("heading", text("# 日本"), code("a"), text("# 1"), code("b"))[1::2] == [
        ("step:step_1",),
        ("step:step_1_2",),
    ]


def test_cells_with_another_part_are_left_alone() -> None:
    cells = (code("n = 1", "parameters"), text("# A"), code("x", "skip"), code("a"))
    assert proposed("heading", *cells) == [("parameters",), (), ("skip",), ("step:a",)]


def test_a_notebook_with_steps_is_not_changed() -> None:
    with pytest.raises(NotebookError) as caught:
        proposed("cell", code("a"), code("b", "step:b"))
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.cell) == ("NB123", 2)


def test_a_notebook_without_headings_is_told() -> None:
    with pytest.raises(NotebookError) as caught:
        proposed("heading", code("a"), text("words"))
    assert caught.value.diagnostics[0].code == "NB124"


titles = st.text(max_size=70).map(lambda title: "# " + title.replace("\n", " "))
mixed = st.lists(
    st.builds(text, titles) | st.builds(code, st.sampled_from(["a = []", "import os", ""])),
    max_size=8,
)


@given(mixed, st.sampled_from(["heading", "cell"]))
def test_what_is_proposed_is_a_right_draft(cells: list[dict[str, Any]], by: By) -> None:
    made = content(*cells)
    try:
        tags = propose(read_notebook(made), by)
    except NotebookError as error:
        assert [finding.code for finding in error.diagnostics] == ["NB124"]  # noqa: PT017
        return
    for cell, found in zip(made["cells"], tags, strict=True):
        cell["metadata"]["tags"] = list(found)
    drafted = draft(read_notebook(made))
    assert not [one for one in drafted.diagnostics if one.severity == "error"]
    starts = [found[0].removeprefix("step:") for found in tags if found]
    assert not starts or [step.name for step in drafted.steps] == starts


def test_the_preprocessor_writes_what_is_proposed() -> None:
    tagger = TagCells(by="cell")  # type: ignore[no-untyped-call]
    after, resources = tagger.preprocess(notebook(*PARTS).node, {"a": 1})
    tags = [tuple(cell.metadata.get("tags", ())) for cell in after.cells]
    assert tags == proposed("cell", *PARTS)
    assert resources == {"a": 1}


def test_skipped_cells_are_dropped() -> None:
    one = notebook(text("# A"), code("x", "skip"), code("a"))
    dropper = DropSkipped()  # type: ignore[no-untyped-call]
    after, _ = dropper.preprocess(one.node, {})
    assert [cell.source for cell in after.cells] == ["# A", "a"]


FORMATS: dict[str, dict[str, Any]] = {
    "as nbformat writes it": {"indent": 1, "ensure_ascii": False},
    "indented by four": {"indent": 4, "ensure_ascii": False},
    "with tabs": {"indent": "\t", "ensure_ascii": False},
    "with escapes": {"indent": 1, "ensure_ascii": True},
    "on one line": {"ensure_ascii": False},
    "without blanks": {"separators": (",", ":"), "ensure_ascii": False},
}


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("style", FORMATS)
def test_only_the_tags_of_the_file_change(tmp_path: Path, style: str, end: str) -> None:
    made = content(text("ü"), code("a = 'é'"), metadata={"z": 1, "a": [], "b": {}})
    before = json.dumps(made, **FORMATS[style]) + end
    if end == "\r\n":
        before = before.removesuffix(end).replace("\n", "\r\n") + end
    path = tmp_path / "a.ipynb"
    path.write_bytes(before.encode())
    one = read_notebook(path)
    assert with_tags(one, [cell.tags for cell in one.cells]) == before
    after = with_tags(one, [(), ("step:a",)])
    made["cells"][1]["metadata"]["tags"] = ["step:a"]
    assert json.loads(after) == made
    assert after.startswith(before[:20])
    assert path.read_bytes() == before.encode()


def test_tags_that_are_removed_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(content(code("a", "step:a"))), encoding="utf-8")
    assert json.loads(with_tags(read_notebook(path), [()])) == content(code("a"))


def test_settings_are_written_into_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(as_text(content(code("a"))), encoding="utf-8")
    after = with_settings(read_notebook(path), ["name=x", "timeout=2h"])
    assert json.loads(after)["metadata"] == {"nbdag": {"name": "x", "timeout": "2h"}}
    with pytest.raises(NotebookError):
        with_settings(read_notebook(path), ["name=x", "timeout=long"])


def test_a_notebook_without_a_file_is_written_as_nbformat_would(tmp_path: Path) -> None:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 'é'", id="x")])
    path = tmp_path / "a.ipynb"
    nbformat.write(node, path)
    assert as_text(json.loads(path.read_text(encoding="utf-8"))) == path.read_text(encoding="utf-8")


def test_nothing_imports_nbconvert_but_the_preprocessors() -> None:
    program = (
        "import sys, nbdag_converters.build, nbdag_converters.proposal, nbdag_converters.editing;"
        "sys.exit('nbconvert' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_exporter_gives_the_plan_that_the_compiler_gives(tmp_path: Path) -> None:
    path = tmp_path / "fraud.ipynb"
    path.write_text(as_text(content(code("a = 1", "step:a"), code("b = a", "step:b"))))
    exporter = PlanExporter()  # type: ignore[no-untyped-call]
    plan: Any
    plan, resources = exporter.from_filename(str(path))
    assert plan == find_compiler("local").compile(build(path).pipeline).text
    assert resources["output_extension"] == ".plan.json"


def test_the_exporter_says_what_is_wrong_with_the_notebook() -> None:
    exporter = PlanExporter()  # type: ignore[no-untyped-call]
    with pytest.raises(ConversionException, match="NB113 cell 1"):
        exporter.from_notebook_node(notebook(code("a", "step:Ä")).node)
