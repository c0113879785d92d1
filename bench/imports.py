"""How long `import nbdag_converters` and `import nbdag` take, over the start of Python itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .figure import Figure, main
from .timing import PYTHON, wall


def measure() -> Sequence[Figure]:
    """Return the wall seconds of processes that import, the start of Python included."""
    floor = wall(PYTHON, times=9)
    return [
        Figure("python -c pass", floor, "s"),
        *(
            Figure(
                f"import {name}",
                wall([sys.executable, "-c", f"import {name}"], times=9),
                "s",
                goal=0.3,
                floor=floor,
            )
            for name in ("nbdag_converters", "nbdag")
        ),
    ]


if __name__ == "__main__":
    main("Imports (whole process)", measure)
