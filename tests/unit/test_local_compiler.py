"""The local plan: the pipeline, and an order for the process of each step."""

from __future__ import annotations

import json

import pytest

from nbdag_converters.compilers.base import UnknownTargetError, find_compiler, targets
from nbdag_converters.compilers.local import KEEP, compile_local, make_order
from nbdag_converters.model import (
    Edge,
    Input,
    Parameter,
    Pipeline,
    PipelineConfig,
    Slice,
    Step,
    StepCell,
    pipeline_from_json,
)

LOAD = Step("load", "Load", (StepCell(2, "c2", "X = read()"),), outputs=("X",), changes=("X",))
TRAIN = Step(
    "train",
    "Train",
    (StepCell(4, "c4", "model.fit(X)"), StepCell(5, "c5", "print('é')")),
    slices=(Slice("import", 1, 1, "import numpy as np", ("np",), (Input("p", "load"),)),),
    inputs=(Input("X", "load"), Input("@random.numpy", "load")),
    outputs=("model",),
    changes=("model",),
    before=("raw",),
    parameters=("threshold",),
    metrics=("auc",),
)
PIPELINE = Pipeline(
    "fraud",
    "fraud.ipynb",
    "python3",
    (LOAD, TRAIN),
    (Edge("load", "train", ("X",)),),
    (Parameter("threshold", "float", 0.5, 3, 1), Parameter("n", "int", 3, 3, 2)),
)


def test_an_order_says_what_the_steps_process_has_to_do() -> None:
    assert make_order(PIPELINE, TRAIN) == {
        "step": "train",
        "notebook": "fraud.ipynb",
        "fingerprint": False,
        "cells": [
            {"number": 4, "id": "c4", "source": "model.fit(X)"},
            {"number": 5, "id": "c5", "source": "print('é')"},
        ],
        "slices": [
            {
                "kind": "import",
                "cell": 1,
                "line": 1,
                "source": "import numpy as np",
                "binds": ["np"],
                "inputs": {"p": "load"},
            }
        ],
        "inputs": {"X": "load", "@random.numpy": "load"},
        "parameters": {"threshold": 0.5},
        "outputs": ["model"],
        "changes": ["model"],
        "before": ["raw"],
        "metrics": ["auc"],
        "keep": KEEP,
        "decides": [],
        "branch": None,
    }


def test_a_parameter_that_is_given_takes_the_place_of_its_default() -> None:
    order = make_order(PIPELINE, TRAIN, parameters={"threshold": 0.9, "n": 4})
    assert order["parameters"] == {"threshold": 0.9}


def test_what_a_step_keeps_is_said_by_the_run_then_the_notebook() -> None:
    small = Pipeline("p", "p", "", (LOAD,), config=PipelineConfig(keep=0))
    assert make_order(small, LOAD)["keep"] == 0
    assert make_order(small, LOAD, keep=5)["keep"] == 5


def test_the_plan_holds_the_pipeline_and_its_orders_and_is_the_same_each_time() -> None:
    manifest = compile_local(PIPELINE)
    assert (manifest.media_type, manifest.suffix) == ("application/json", ".json")
    plan = json.loads(manifest.text)
    assert [order["step"] for order in plan["orders"]] == ["load", "train"]
    again = json.dumps({"format": plan["format"], **plan["pipeline"]})
    assert pipeline_from_json(again) == PIPELINE
    assert compile_local(PIPELINE) == manifest
    assert "é" in manifest.text
    assert manifest.text.endswith("}\n")


def test_compilers_are_found_by_their_target() -> None:
    assert "local" in targets()
    assert find_compiler("local").compile(PIPELINE) == compile_local(PIPELINE)
    with pytest.raises(UnknownTargetError, match="no target 'agro'; the targets are: local"):
        find_compiler("agro")
