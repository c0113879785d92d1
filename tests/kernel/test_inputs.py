"""A step's beginning, brought back to look into it: `run["step"].restore(globals())`."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import nbdag
from nbdag.runs.base import RunError
from nbdag.runs.zygote import Zygote
from notebooks import Source
from workbench import Bench

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


def test_the_cells_of_a_failed_step_can_be_tried_on_what_it_began_with(bench: Bench) -> None:
    path = bench.notebook(
        Source("rate = 2", ("parameters",)),
        Source("import math\nimport random\nbase = 10", ("imports",)),
        Source("size = 3\nrows = [float(i) for i in range(size)]", ("step:load",)),
        Source("width = size * 2\nclass Row:\n    n = width\nrow = Row()", ("step:load",)),
        Source("def scale(x):\n    return math.floor(x) * rate + base", ("step:load",)),
        Source("random.seed(7)", ("step:load",)),
        Source(
            "rows.append(99.0)\nscaled = [scale(x) for x in rows]\npick = random.random()\n"
            "scaled[0] / (row.n - 6)",
            ("step:train",),
        ),
        Source("print(scaled)", ("step:report",)),
    )
    run = nbdag.read(path).run(rate=5).wait()
    assert run.phase.bad
    space: dict[str, Any] = {"__name__": "__main__", "mine": 1}
    names = run["train"].restore(space)
    assert names == ("Row", "base", "math", "random", "rate", "row", "rows", "scale")
    assert set(space) - {"__name__", "__builtins__"} == {*names, "mine"}
    assert (space["rows"], space["rate"], space["row"].n) == ([0.0, 1.0, 2.0], 5, 6)
    assert isinstance(space["row"], space["Row"])
    exec("rows.append(99.0)\nscaled = [scale(x) for x in rows]\npick = random.random()", space)
    assert space["scaled"] == [10, 15, 20, 505]
    assert space["pick"] == random.Random(7).random()
    assert run["train"].restore(space) == names, "and once more"
    assert space["rows"] == [0.0, 1.0, 2.0]

    with pytest.raises(RunError, match="Step 'train' has saved no values in this run"):
        run["report"].restore({})


def test_what_can_not_be_run_here_says_where(bench: Bench) -> None:
    helper = bench.folder / "rates_of_ours.py"
    helper.write_text("RATE = 3\n")
    path = bench.notebook(
        Source("import math\nimport rates_of_ours", ("imports",)),
        Source("print(rates_of_ours.RATE)", ("step:show",)),
    )
    run = nbdag.read(path).run().wait()
    assert run["show"].logs() == "3\n"
    helper.unlink()
    with pytest.raises(RunError, match="Cell 1, line 2 can't be run here: Module") as error:
        run["show"].restore({})
    assert str(error.value).endswith("import rates_of_ours")
