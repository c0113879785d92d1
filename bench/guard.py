"""What the guard costs: its share of the CPU time of realistic steps, run in this Python.

The guard is what compares the step's variables before its cells with those after them, see
`runtime/guard.py`; loading, running and saving are the step's own.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nbformat.v4 import new_code_cell

from nbdag_converters import build
from nbdag_converters.compilers.local import make_order
from nbdag_converters.runtime.guard import Guard
from nbdag_converters.runtime.modules import MODULES
from nbdag_converters.runtime.order import parse_order
from nbdag_converters.runtime.step import execute

from .child import in_child
from .figure import Figure, main
from .notebooks import notebook, step_cell

IMPORTS = """\
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
"""
STEPS = {
    "load": """\
rng = np.random.default_rng(0)
raw = pd.DataFrame(rng.normal(size=(500_000, 6)), columns=list("abcdef"))
raw["city"] = pd.Series(rng.integers(0, 500, len(raw))).map("city {:03d}".format)
raw["label"] = (raw["a"] + raw["b"] > 0).astype(int)
""",
    "clean": """\
frame = raw.dropna().copy()
frame["g"] = frame["c"].clip(-2, 2) * frame["d"]
means = frame.groupby("city")[["a", "g"]].agg(["mean", "std", "max"])
frame = frame.sort_values(["city", "a"]).reset_index(drop=True)
""",
    "nested": """\
records = {}
for row in frame.head(20_000).itertuples():
    records.setdefault(row.city, []).append({"a": row.a, "tags": [row.city, row.label]})
sizes = {city: len(rows) for city, rows in records.items()}
""",
    "grow": """\
for city, rows in records.items():
    rows.sort(key=lambda row: row["a"])
    rows.append({"a": 0.0, "tags": [city, sizes[city]]})
""",
    "arrays": """\
X = frame[list("abcdefg")].to_numpy()
y = frame["label"].to_numpy()
covariance = np.cov(X.T)
values, vectors = np.linalg.eigh(covariance)
parts = X @ vectors
order = np.argsort(parts, axis=0)
""",
    "train": """\
X_train, X_test, y_train, y_test = train_test_split(parts[:40_000], y[:40_000], random_state=0)
model = RandomForestClassifier(n_estimators=20, random_state=0).fit(X_train, y_train)
""",
    "score": """\
shown = [model.score(X_test, y_test), model.score(X_train, y_train)]
ranked = np.argsort(model.predict_proba(X_test)[:, 1])
""",
}


class Share(NamedTuple):
    """CPU seconds of a step, and those of its guard."""

    step: float
    guard: float


def measure() -> Sequence[Figure]:
    """Return the guard's share of each step, in percent, and the median."""
    cells = [new_code_cell(IMPORTS, id="imports", metadata={"tags": ["imports"]})]
    cells += [step_cell(name, source) for name, source in STEPS.items()]
    pipeline = build(notebook(cells)).pipeline
    exec(IMPORTS, {})  # as the zygote does, once for all steps
    MODULES.settle()
    with tempfile.TemporaryDirectory() as name:
        folder, shares = Path(name), dict[str, Share]()
        for step in pipeline.steps:
            order = make_order(pipeline, step)
            found = [in_child(share_of, order, folder) for _ in range(3)]
            shares[step.name] = Share(*min(found))
    percents = {name: 100 * share.guard / share.step for name, share in shares.items()}
    return [
        *(
            Figure(f"{name}, of {shares[name].step:.2f} CPU s", percent, "%")
            for name, percent in percents.items()
        ),
        Figure("median share of a step's time", statistics.median(percents.values()), "%", goal=5),
    ]


def share_of(order: dict[str, Any], folder: Path) -> tuple[float, float]:
    """Execute a step in this process, which it spoils; return its seconds and the guard's.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    spent = [0.0]
    for name in ("__init__", "begin", "end", "finish", "saved", "others"):
        setattr(Guard, name, _counted(getattr(Guard, name), spent))
    os.chdir(folder)
    os.environ.update(NBDAG_VALUES=str(folder / "values"), NBDAG_EVENTS=str(_nowhere()))
    start = time.process_time()
    status = execute(parse_order(order))
    total = time.process_time() - start
    if status:
        msg = f"step {order['step']} failed"
        raise RuntimeError(msg)
    return total, spent[0]


def _counted(method: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        start = time.process_time()
        try:
            return method(*args)
        finally:
            spent[0] += time.process_time() - start

    return timed


def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)


if __name__ == "__main__":
    main("Guard (its share of a step's time)", measure)
