from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import NotebookError
from nbdag_converters.notebook import read_notebook
from plain import code, content, text


def refused(source: Path | dict[str, Any]) -> Diagnostic:
    with pytest.raises(NotebookError) as caught:
        read_notebook(source)
    (finding,) = caught.value.diagnostics
    assert finding.severity == "error"
    assert finding.fix
    return finding


def written(folder: Path, data: bytes) -> Path:
    path = folder / "a.ipynb"
    path.write_bytes(data)
    return path


def test_a_file_is_read_without_being_changed(tmp_path: Path) -> None:
    made = content(
        text("# Title"),
        code(["a = 1\n", "b = 2"], "step:x"),  # type: ignore[arg-type]
        metadata={"kernelspec": {"name": "py", "language": "python"}, "nbdag": {"name": "n"}},
    )
    path = written(tmp_path, json.dumps(made).encode())
    before = path.read_bytes()
    notebook = read_notebook(path)
    assert (notebook.name, notebook.path, notebook.kernel) == ("a.ipynb", path, "py")
    assert [(c.number, c.kind, c.source, c.tags) for c in notebook.cells] == [
        (1, "markdown", "# Title", ()),
        (2, "code", "a = 1\nb = 2", ("step:x",)),
    ]
    assert notebook.metadata["nbdag"] == {"name": "n"}
    assert path.read_bytes() == before


def test_cells_without_id_get_one_from_their_position_and_doubles_are_told_apart() -> None:
    made = content(code("1"), code("2"), code("3"))
    made["cells"][1]["id"] = "same"
    made["cells"][2]["id"] = "same"
    assert [c.id for c in read_notebook(made).cells] == ["cell-1", "same", "cell-3"]


def test_the_node_is_a_new_notebook_each_time() -> None:
    notebook = read_notebook(content(code("1")))
    node = notebook.node
    node.cells[0].source = "2"
    assert notebook.node.cells[0].source == "1"
    assert isinstance(node, nbformat.NotebookNode)


def test_a_notebook_node_that_is_changed_later_does_not_change_the_notebook() -> None:
    node = cast("nbformat.NotebookNode", nbformat.from_dict(content(code("1"))))
    notebook = read_notebook(node)
    node.cells[0].source = "2"
    assert notebook.node.cells[0].source == notebook.cells[0].source == "1"


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(content(code("a = 1\r\nb = 2\rc"))).encode()
    assert read_notebook(written(tmp_path, data)).cells[0].source == "a = 1\nb = 2\nc"


@pytest.mark.parametrize("version", [2, 3])
def test_an_old_format_is_brought_up_in_memory(tmp_path: Path, version: int) -> None:
    old = {
        "metadata": {"name": "old"},
        "nbformat": version,
        "nbformat_minor": 0,
        "worksheets": [
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": "x = 1",
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                        "prompt_number": 1,
                    },
                    {"cell_type": "heading", "level": 1, "metadata": {}, "source": "Title"},
                ],
                "metadata": {},
            }
        ],
    }
    data = json.dumps(old).encode()
    path = written(tmp_path, data)
    assert [(c.kind, c.source) for c in read_notebook(path).cells] == [
        ("code", "x = 1"),
        ("markdown", "# Title"),
    ]
    assert path.read_bytes() == data


def test_broken_json_is_told_with_line_and_column(tmp_path: Path) -> None:
    finding = refused(written(tmp_path, b'{\n "cells": [\n<<<<<<< HEAD\n'))
    assert (finding.code, finding.line, finding.column) == ("NB101", 3, 1)
    assert finding.source == "<<<<<<< HEAD"


def test_an_empty_file_is_told_as_such(tmp_path: Path) -> None:
    finding = refused(written(tmp_path, b""))
    assert finding.code == "NB101"
    assert "the file is empty" in finding.message


def test_json_that_is_nested_too_deep_is_told(tmp_path: Path) -> None:
    assert refused(written(tmp_path, b"[" * 100_000)).code == "NB101"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"nbformat": "4"}, "`nbformat`"),
        ({"nbformat": True}, "`nbformat`"),
        ({"cells": None}, "`cells`"),
        ({"cells": [1]}, "no object"),
        ({"cells": [{"cell_type": "code", "source": 3}]}, "source"),
        ({"cells": [{"cell_type": "code", "source": ["a", 3]}]}, "source"),
        ({"cells": [{"cell_type": "heading", "source": ""}]}, "'heading'"),
        ({"cells": [{"cell_type": "code", "metadata": {"tags": "step:a"}}]}, "tags"),
        ({"cells": [{"cell_type": "code", "metadata": []}]}, "tags"),
        ({"metadata": []}, "`metadata`"),
    ],
)
def test_json_that_is_no_notebook_is_told(change: dict[str, Any], problem: str) -> None:
    finding = refused(content() | change)
    assert finding.code == "NB102"
    assert problem in finding.message


@pytest.mark.parametrize("data", [b"[]", b"3", b"null", b"{}"])
def test_json_without_a_notebook_is_told(tmp_path: Path, data: bytes) -> None:
    assert refused(written(tmp_path, data)).code == "NB102"


def test_a_cell_that_is_wrong_is_named() -> None:
    assert refused(content(code("1"), {"cell_type": "x"})).cell == 2


def test_a_later_format_is_refused() -> None:
    finding = refused(content() | {"nbformat": 5})
    assert finding.code == "NB105"
    assert "format 5" in finding.message


def test_a_missing_file_brings_the_one_with_a_like_name(tmp_path: Path) -> None:
    (tmp_path / "fraud.ipynb").touch()
    finding = refused(tmp_path / "fruad.ipynb")
    assert finding.code == "NB103"
    assert finding.fix == f"Did you mean `{tmp_path / 'fraud.ipynb'}`?"


def test_a_folder_brings_the_notebooks_in_it(tmp_path: Path) -> None:
    (tmp_path / "fraud.ipynb").touch()
    finding = refused(tmp_path)
    assert finding.code == "NB103"
    assert "fraud.ipynb" in finding.fix


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"{}")

    def denied(_: Path) -> bytes:  # root may read everything, so that a mode would not do
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert "permission denied" in refused(path).message


def test_a_path_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "a\0b.ipynb").code == "NB103"
    assert refused(tmp_path / ("a" * 300)).code == "NB103"


@pytest.mark.parametrize(("encoding", "guess"), [("latin1", "latin1"), ("utf-16", "utf-16")])
def test_another_encoding_is_told_with_a_guess(tmp_path: Path, encoding: str, guess: str) -> None:
    data = json.dumps(content(code("ä")), ensure_ascii=False).encode(encoding)
    finding = refused(written(tmp_path, data))
    assert finding.code == "NB104"
    assert guess in finding.fix


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir"}}, "R"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": {"name": "julia-1.9"}}, "Julia"),
    ],
)
def test_a_kernel_that_is_not_python_is_named(metadata: dict[str, Any], language: str) -> None:
    finding = refused(content(metadata=metadata))
    assert finding.code == "NB106"
    assert language in finding.message


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "python3", "language": "python"}},
        {"kernelspec": {"name": "conda-env-ml-py"}},
        {"language_info": {"name": "ipython"}},
        {"kernelspec": 3, "language_info": []},
        {"kernelspec": {"name": 3}},
    ],
)
def test_python_kernels_are_accepted(metadata: dict[str, Any]) -> None:
    assert read_notebook(content(metadata=metadata)).cells == ()


def test_reading_a_notebook_does_not_import_nbformat(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(content(code("%matplotlib inline"))).encode())
    program = (
        "import sys; from nbdag_converters.notebook import read_notebook;"
        f"read_notebook({str(path)!r}); sys.exit('nbformat' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
