"""What an image with Python alone lacks is said before a run, for each target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters import build
from nbdag_converters.compilers.argo import Options, compile_objects
from nbdag_converters.compilers.kfp import Options as KfpOptions
from nbdag_converters.compilers.kfp import compile_kfp
from notebooks import Source, write_notebook

FIRST = "!ls\n%cd .\nx = %env HOME\n%time y = 1\nlines = !echo {y}"
LAST = "z = 1\n%timeit z\n%load_ext autoreload"
NEEDS = {
    "%%bash\necho 1": [],
    "%%capture\n1": [],
    "%%capture out\n1": [("%%capture", 1)],
    "%%html\n<b>": [("%%html", 1)],
    LAST: [("%timeit", 2), ("%load_ext", 3)],
    FIRST: [],
}
TARGETS: dict[str, tuple[Callable[..., Any], type]] = {
    "argo": (compile_objects, Options),
    "kfp": (compile_kfp, KfpOptions),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("cell", NEEDS)
def test_magics_that_need_ipython_are_named(cell: str, target: str, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", [Source(cell, ("step:one",))])
    compiled, options = TARGETS[target]
    found = [
        diagnostic
        for diagnostic in compiled(build(notebook).pipeline, options()).diagnostics
        if diagnostic.code == "NB615"
    ]
    assert [(item.line, item.cell) for item in found] == [(line, 1) for _, line in NEEDS[cell]]
    assert all(
        f"`{name}`" in item.message for item, (name, _) in zip(found, NEEDS[cell], strict=True)
    )
    with_image = compiled(build(notebook).pipeline, options(image="full")).diagnostics
    assert "NB615" not in [diagnostic.code for diagnostic in with_image]
