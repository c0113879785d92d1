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
A step whose code is one `if` becomes a condition of the DAG: where the test is false, the step
is skipped, and later steps get the values from above. That needs a test that only tests, and
branches whose effects are all in variables and files. Where it is not so, the `if` runs inside the
step.
""",
)

FAN_OUT_INSIDE = Rule(
    "NB410",
    "warning",
    "Iterations that can't run at once",
    "the loop of step '{step}' runs as one step: {why}.",
    "Let each iteration only add to what the loop makes, or take the tag `fan-out` away.",
    """\
`fan-out` runs the iterations of a step's `for` as processes of their own, at once. So nothing may
go from one iteration to the next: an iteration may append to lists, set items, add to numbers, and
set variables of its own, but not read what another one made, change an object that was there
before, draw from a seeded generator, or end the loop with `break`. The loop runs in one step then,
as it stands.

```python
scores = []
for fold in folds:                                # may run at once
    scores.append(evaluate(model, fold))

for fold in folds:                                # may not: `model` goes on from fold to fold
    model.partial_fit(fold)
```
""",
)

NO_LOOP = Rule(
    "NB411",
    "warning",
    "A fan-out without a loop",
    "step '{step}' is tagged `fan-out`, but its code has {count} loops at the top, not one.",
    "Give the loop a step of its own, or take the tag away.",
    """\
`fan-out` is for a step with one `for` at the top level of its cells. Code above and below the loop
is fine: it runs once, before the iterations and after them.
""",
)
