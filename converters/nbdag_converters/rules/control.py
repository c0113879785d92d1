"""Conditions, loops, retries: NB400-NB499."""

from __future__ import annotations

from .rule import Rule

IF_INSIDE = Rule(
    "NB401",
    "info",
    "An `if` that runs inside its step",
    "the `if` of step '{step}' is not a condition of the DAG: {why}.",
    "The step runs in any case, and the `if` inside of it; nothing is wrong with that.",
    """\
A step whose code is one `if` becomes a condition of the DAG: where the test is false, the step is
skipped, and later steps get the values from above. That needs a test that only tests, and branches
whose effects are all in variables and files. Where it is not so, the `if` runs inside the step.
""",
)
