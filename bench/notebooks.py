"""Notebooks to measure with: any number of steps, with the code that real cells have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

PREAMBLE = '''\
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

SEED = 42
COLUMNS = ["amount", "age", "score"]


def clean(frame):
    """Drop what is missing, clip what is odd."""
    frame = frame.dropna(subset=COLUMNS)
    frame["amount"] = frame["amount"].clip(upper=frame["amount"].quantile(0.99))
    return frame


class Scaler:
    def __init__(self, columns):
        self.columns = columns

    def fit(self, frame):
        self.mean = frame[self.columns].mean()
        return self

    def transform(self, frame):
        return frame[self.columns] - self.mean
'''

# What a branch of five steps does; {i} is the branch, {p} the one before.
STEPS = (
    (
        "load",
        """\
rng_{i} = np.random.default_rng(SEED + {i})
raw_{i} = pd.DataFrame(rng_{i}.normal(size=(1000, 3)), columns=COLUMNS)
raw_{i}["label"] = (raw_{i}["amount"] > 0).astype(int)
print(raw_{i}.shape)
""",
    ),
    (
        "clean",
        """\
frame_{i} = clean(raw_{i}.copy())
frame_{i}["day"] = frame_{i}.index % 7
for column in COLUMNS:
    if frame_{i}[column].isna().any():
        frame_{i}[column] = frame_{i}[column].fillna(0)
""",
    ),
    (
        "split",
        """\
scaler_{i} = Scaler(COLUMNS).fit(frame_{i})
X_{i} = scaler_{i}.transform(frame_{i})
y_{i} = frame_{i}["label"]
parts_{i} = train_test_split(X_{i}, y_{i}, random_state=SEED)
X_train_{i}, X_test_{i}, y_train_{i}, y_test_{i} = parts_{i}
""",
    ),
    (
        "train",
        """\
model_{i} = LogisticRegression(C=0.5)
model_{i}.fit(X_train_{i}, y_train_{i})
history_{i} = [{{"step": n, "loss": 1 / (n + 1)}} for n in range(10)]
""",
    ),
    (
        "score",
        """\
scores_{i} = {{"accuracy": model_{i}.score(X_test_{i}, y_test_{i})}}
scores_{i}.update(best=min(history_{i}, key=lambda row: row["loss"]), before={before})
with open(f"scores_{i}.json", "w") as file:
    json.dump({{"scores": str(scores_{i})}}, file)
""",
    ),
)


def pipeline(steps: int, *, held: bool = False, first: int = 0) -> dict[str, Any]:
    """Return a notebook of that many steps: branches of five, each result used by the next.

    With *held* what is used may be an object that both results hold from then on, so that each
    branch takes all results before it: the edges then grow with the square of the steps. Branches
    are numbered from *first*: another one gives another notebook of the same shape.
    """
    cells = [new_code_cell(PREAMBLE, id="preamble", metadata={"tags": ["imports"]})]
    for number in range(steps):
        branch, place = divmod(number, len(STEPS))
        name, source = STEPS[place]
        result = f'scores_{first + branch - 1}["accuracy"]' if branch else "0"
        before = result if held else f"float({result})"
        branch += first
        cells.append(step_cell(f"{name}_{branch}", source.format(i=branch, before=before)))
    return notebook(cells)


def trivial(steps: int, source: str) -> dict[str, Any]:
    """Return a notebook of that many steps that don't depend on one another."""
    return notebook([step_cell(f"step_{n}", source.format(n=n)) for n in range(steps)])


def fan_out(iterations: int, jobs: int) -> dict[str, Any]:
    """Return a notebook with a loop of that many iterations, *jobs* of them at once."""
    loop = f"squares = []\nfor number in range({iterations}):\n    squares.append(number**2)\n"
    cells = [step_cell("squares", loop), step_cell("total", "total = sum(squares)")]
    cells[0]["metadata"]["tags"].append(f"fan-out:{jobs}")
    return notebook(cells)


def step_cell(name: str, source: str) -> Any:
    """Return a code cell that is the step *name*."""
    return new_code_cell(source, id=name.replace("_", "-"), metadata={"tags": [f"step:{name}"]})


def notebook(cells: list[Any]) -> dict[str, Any]:
    """Return the notebook of these cells for the Python that runs nbdag."""
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return dict(new_notebook(cells=cells, metadata={"kernelspec": spec}))


def write(content: dict[str, Any], path: Path) -> Path:
    """Write a notebook and return its path."""
    nbformat.write(nbformat.from_dict(content), path)
    return path
