"""The notebook run by Jupyter itself: a reference that shares nothing with nbdag's own runs.

Only the fingerprints of the variables come from nbdag, made in the kernel after the last cell.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from nbdag.verdict import Seen, Stop, Trace, outputs_seen

CONVERTERS = Path(__file__).parents[1] / "converters"
DUMP = """
def _nbdag_dump(namespace):
    import json, sys, types
    sys.path.insert(0, {converters!r})
    from nbdag_converters.runtime.fingerprint import Fingerprint
    from nbdag_converters.runtime.guard import HIDDEN
    found = {{
        name: [Fingerprint(value).hash, type(value).__name__ + " " + repr(value)[:200]]
        for name, value in namespace.items()
        if not (name.startswith("_") or HIDDEN.fullmatch(name))
        and not isinstance(value, types.ModuleType)
    }}
    with open({target!r}, "w") as file:
        json.dump(found, file)
_nbdag_dump(dict(globals()))
"""


def run_in_jupyter(path: Path, folder: Path) -> tuple[Trace, NotebookNode]:
    """Run a copy of the notebook's folder in *folder*, and return what it left.

    The notebook that is returned holds the outputs; the Trace holds no files.
    """
    work = folder / "work"
    shutil.copytree(path.parent, work)
    notebook: NotebookNode = nbformat.read(work / path.name, as_version=4)
    skip_untold(notebook)
    count = len(notebook.cells)
    target = folder / "variables.json"
    source = DUMP.format(converters=str(CONVERTERS), target=str(target))
    notebook.cells.append(new_code_cell(source, id="nbdag-dump"))
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(work)}},
    )
    stop = None
    try:
        client.execute(env={**os.environ, "PYTHONHASHSEED": "0"})
    except CellExecutionError as error:
        stop = Stop(_failed_cell(notebook), error.ename)
    del notebook.cells[count:]
    outputs = {
        number: outputs_seen(cell.outputs)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and cell.outputs
    }
    return Trace(variables=_variables(target), outputs=outputs, stop=stop), notebook


def skip_untold(notebook: NotebookNode) -> None:
    """Make cells tagged `skip` empty: they are no part of the pipeline."""
    for cell in notebook.cells:
        if "skip" in cell.metadata.get("tags", []):
            cell.source = ""


def _failed_cell(notebook: NotebookNode) -> int:
    for number, cell in enumerate(notebook.cells, 1):
        outputs = cell.get("outputs", [])
        if any(output.output_type == "error" for output in outputs):
            return number
    return 0


def _variables(target: Path) -> dict[str, Seen]:
    if not target.exists():
        return {}
    found: dict[str, list[str]] = json.loads(target.read_text())
    return {name: Seen(digest, shown) for name, (digest, shown) in found.items()}
