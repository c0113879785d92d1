"""Models: which of the values that a step leaves were fitted, so that the portal lists them."""

from __future__ import annotations

import re

from nbdag_converters.model import Step


def fitted(step: Step) -> tuple[str, ...]:
    """Return the outputs of *step* that its cells fit: `NAME.fit(…)`, or `NAME = ….fit(…)`.

    It decides nothing but how the portal shows the artifact with the step's values.
    """
    code = "\n".join(cell.source for cell in step.cells)
    return tuple(
        name
        for name in step.outputs
        if name.isidentifier()
        and re.search(rf"\b{name}\.fit\w*\(|^\s*{name}\s*=[^=].*\.fit\(", code, re.MULTILINE)
    )
