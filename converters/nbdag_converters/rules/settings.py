"""Parameters, metrics, and settings in the notebook's metadata: NB130-NB169."""

from __future__ import annotations

from .rule import Rule

NOT_A_LITERAL = Rule(
    "NB130",
    "error",
    "A parameter is not a literal",
    "{problem} in a cell tagged `{tag}`, which holds literals only.",
    "{advice}",
    """A parameter can be set anew for each run, so its default has to be a value that stands in the
source: a number, a text, `True`, `False`, `None`, or a list or dict of these.

```python
# tagged parameters
threshold: float = 0.5   # share of fraud from which a payment is stopped
```

What is computed from parameters belongs into the cell below.""",
)

PARAMETER_TWICE = Rule(
    "NB131",
    "error",
    "A parameter is set twice",
    "the parameter '{name}' is set twice; the other place is cell {other_cell}, line {other_line}.",
    "Keep one of the two.",
    """A parameter has one default. If one value is computed from another, move the computation
into the cell below.""",
)

UNKNOWN_PARAMETER = Rule(
    "NB132",
    "error",
    "There is no such parameter",
    "the notebook has no parameter '{name}'.",
    "{advice}",
    """Parameters are the names that are set in the cell tagged `parameters`.""",
)

WRONG_VALUE = Rule(
    "NB133",
    "error",
    "A parameter's value has the wrong type",
    "the parameter '{name}' takes {expected}, not {given}.",
    "{advice}",
    """A parameter has the type of its annotation, or else of its default. An int is fine where a
float is asked for. On the command line a list or dict is written as JSON: `-p sizes='[1, 2]'`.""",
)

WRONG_DEFAULT = Rule(
    "NB134",
    "error",
    "A parameter's default has another type than its annotation",
    "the parameter '{name}' is annotated {expected}, but its default is {given}.",
    "Change one of the two.",
    """Values that are given for a run are checked against the annotation, so the default has to
agree with it.""",
)

NO_METRIC = Rule(
    "NB140",
    "warning",
    "A metrics cell names no metric",
    "the cell is tagged `{tag}`, but no line of it is `print(name)` or a bare name.",
    "Add `print(name)` for each value that is to be a metric.",
    """Metrics are the variables that a metrics cell prints: `print(auc)`, or a line that is only
`auc`. The cell runs in any case.""",
)

UNKNOWN_SETTING = Rule(
    "NB150",
    "error",
    "There is no such setting",
    "the notebook's metadata has no setting '{key}' for nbdag.",
    "{advice}",
    """Settings of the whole pipeline stand in the notebook's metadata under `nbdag`;
`nbdag config NB` shows them.""",
)

WRONG_SETTING = Rule(
    "NB151",
    "error",
    "A setting's value is wrong",
    "the setting '{key}' is wrong: {problem}.",
    "{advice}",
    """The value in the notebook's metadata under `nbdag` doesn't have the right form.""",
)

KALE_SETTING = Rule(
    "NB152",
    "warning",
    "A setting of Kale's can't be read",
    "Kale's setting '{key}' is left out: {problem}.",
    "Write it as a setting of nbdag: `nbdag config NB {key}=...`.",
    """The metadata `kubeflow_notebook` was written by Kale, and nbdag reads the parts of it that it
knows.""",
)
