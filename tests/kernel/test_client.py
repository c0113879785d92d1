"""What a notebook's user has: read, run, look at the results, save the executed notebook."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter

import nbdag
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.zygote import Zygote
from notebooks import Source
from workbench import (
    WITH_PARAMETERS,
    Bench,
)

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


# The API --------------------------------------------------------------------------------


def test_a_notebook_is_read_run_and_looked_at(bench: Bench) -> None:
    path = bench.notebook(
        *WITH_PARAMETERS,
        Source("import math\nclass Point:\n    def __init__(self, x): self.x = x", ("step:b",)),
        Source("p = Point(n); values = [n] * 3\nprint('hi')\nvalues", ("step:b",)),
        Source("p.x + sum(values)", ("step:c",)),
    )
    pipeline = nbdag.read(path).options(jobs=2)
    assert [step.name for step in pipeline.steps] == ["a", "b", "c"]
    run = pipeline.run(n=7).wait()
    assert run.phase is Phase.SUCCEEDED, run.diagnostics
    assert run["b"].logs().startswith("hi\n")
    assert run["b"].value("values") == [7, 7, 7]
    assert run["b"].value("p").x == 7
    assert run["c"].value("values") == [7, 7, 7], "an input that the step did not change"
    assert run["c"].outputs[0]["data"] == {"text/plain": "28"}
    assert (run["c"].duration or -1) >= 0
    with pytest.raises(RunError, match="has no saved value 'nothing'"):
        run["b"].value("nothing")
    with pytest.raises(KeyError, match="There is no step 'd'; the steps are: a, b, c"):
        run["d"]
    again = nbdag.open_run("last", folder=bench.folder)
    assert (again.id, again.phase, again["b"].value("values")) == (run.id, run.phase, [7, 7, 7])


def displayed(value: object) -> dict[str, str]:
    """Return what a kernel sends for *value*."""
    data: dict[str, str] = DisplayFormatter().format(value)[0]
    return data


def test_a_pipeline_and_its_run_draw_themselves(bench: Bench) -> None:
    pipeline = nbdag.read(bench.notebook("x = [i for i in range(3)]", "1/0", "print(x)"))
    drawn = displayed(pipeline)
    assert set(drawn) == {"image/svg+xml", "text/plain", "text/vnd.mermaid"}
    run = pipeline.run().wait()
    state = displayed(run)
    assert "✕" in state["text/plain"]
    assert "✕" not in drawn["text/plain"]
    assert state["image/svg+xml"] != drawn["image/svg+xml"]


def test_a_started_run_returns_at_once_and_can_be_stopped(bench: Bench) -> None:
    pipeline = nbdag.read(bench.notebook("import time; time.sleep(99)"))
    begin = time.monotonic()
    run = pipeline.run()
    assert time.monotonic() - begin < 5
    assert run.phase in (Phase.PENDING, Phase.RUNNING)
    run.stop()
    assert run.wait().phase is Phase.FAILED


def test_the_notebook_of_this_kernel_is_found(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.notebook("1")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(RunError, match=r"nbdag\.read\('name\.ipynb'\)"):
        nbdag.read()
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert nbdag.read().path == path


# The executed notebook ------------------------------------------------------------------


def test_the_executed_notebook_has_the_outputs_and_numbers_of_the_cells_that_ran(
    bench: Bench, tmp_path: Path
) -> None:
    path = bench.notebook(
        Source("# Title", kind="markdown"),
        Source("import math", ("imports",)),
        Source("print('a')\nmath.pi", ("step:a",)),
        Source("1/0", ("step:b",)),
        Source("2", ("step:c", "prev:b")),
        Source("", ("step:c",)),
    )
    node: Any = nbformat.read(path, as_version=4)
    node.cells[4].outputs = [nbformat.v4.new_output("stream", text="old")]
    node.cells[4].execution_count = 99
    nbformat.write(node, path)
    before = path.read_bytes()
    run = nbdag.read(path).run().wait()
    out = run.save(tmp_path / "out.ipynb")
    assert path.read_bytes() == before
    executed: Any = nbformat.read(out, as_version=4)
    nbformat.validate(executed)
    assert [cell.get("execution_count") for cell in executed.cells] == [None, 1, 2, 3, None, None]
    stream, result = executed.cells[2].outputs
    assert (stream.name, stream.text) == ("stdout", "a\n")
    assert (result.output_type, result.execution_count) == ("execute_result", 2)
    assert executed.cells[3].outputs[-1].ename == "ZeroDivisionError"
    assert executed.cells[4].outputs == [], "what an earlier run of Jupyter left is not of this run"
    assert executed.metadata.nbdag_run.id == run.id
    assert [c.source for c in executed.cells] == [c.source for c in node.cells]
    assert executed.cells[2].metadata.tags == ["step:a"]


def test_an_executed_notebook_that_can_not_be_written_is_an_error(
    bench: Bench, tmp_path: Path
) -> None:
    run = nbdag.read(bench.notebook("1")).run().wait()
    with pytest.raises(RunError, match="can't be written to"):
        run.save(tmp_path / "no such folder" / "out.ipynb")
