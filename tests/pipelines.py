"""Pipelines for tests of compilers, made without a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nbdag_converters.model import (
    Condition,
    Decision,
    Edge,
    Input,
    Loop,
    Notify,
    Parameter,
    Pipeline,
    PipelineConfig,
    Retry,
    SecretRef,
    Step,
    StepCell,
    StepConfig,
    Volume,
)


def make_step(name: str, number: int, *needs: str, **fields: Any) -> Step:
    """Return a step of one cell that takes `x` of each step in *needs*."""
    cell = StepCell(number, f"c{number}", f"{name} = {number}")
    inputs = tuple(Input(f"x_{need}", need) for need in needs)
    return Step(name, name.capitalize(), (cell,), inputs=inputs, outputs=(name,), **fields)


def make_pipeline(*steps: Step, **fields: Any) -> Pipeline:
    """Return a pipeline with the edges that the inputs of *steps* make."""
    pairs = [
        (source, step.name)
        for step in steps
        for version in step.inputs
        for source in (version.step, *version.otherwise)
    ]
    pairs += [(s.condition.step, s.name) for s in steps if s.condition]
    edges = tuple(Edge(*pair) for pair in dict.fromkeys(pairs))
    return Pipeline("work", "work.ipynb", "python3", steps, edges, **fields)


def wide_pipeline(count: int) -> Pipeline:
    """Return a pipeline of *count* steps, each of which needs some above."""
    steps = [
        make_step(f"step_{i}", i + 1, *(f"step_{j}" for j in {i - 1, i // 2} if 0 <= j < i))
        for i in range(count)
    ]
    return make_pipeline(*steps)


CONTROL = make_pipeline(
    make_step("load", 2, decides=(Decision("tune", ("n > 1", "n"), 3, 1),), parameters=("n",)),
    make_step("tune", 3, "load", condition=Condition("load", "tune", 0, "n > 1", 1)),
    make_step("tune_elif_1", 3, "load", condition=Condition("load", "tune", 1, "n", 1)),
    make_step("tune_else", 3, "load", condition=Condition("load", "tune", -1, "else", 1)),
    replace(
        make_step(
            "validate",
            4,
            loop=Loop(4, 1, 4, ("scores",), ("fold",)),
            config=StepConfig(retry=Retry(2, 10.0, 2.0), timeout=90.5),
        ),
        inputs=(Input("model", "tune", ("tune_elif_1", "tune_else", "load")),),
    ),
    make_step("publish", 5, "validate", config=StepConfig(approve="Publish {{it}}?")),
    make_step("tell", 6, "publish", config=StepConfig(on_exit=True)),
    parameters=(
        Parameter("n", "int", 3, 1, 1, "how many"),
        Parameter("rate", "float", 1e-3, 1, 2),
        Parameter("word", "str", "it's", 1, 3),
    ),
    config=PipelineConfig(parallelism=5, timeout=7200, service_account="argo-workflow"),
)

SETTINGS = make_pipeline(
    make_step(
        "train",
        2,
        config=StepConfig(
            image="quay.io/team/train:1.2",
            cpu="500m",
            memory="4Gi",
            gpu=1,
            limits=(("ephemeral-storage", "1Gi"),),
            secrets=(SecretRef("keys", "accesskey", "AWS_ACCESS_KEY_ID"), SecretRef("store")),
            env=(("LR", "1e-3"), ("MODE", "y"), ("RAW", "{{workflow.name}}")),
            labels=(("team", "fraud"),),
            annotations=(("example.com/owner", "fraud team"),),
            node_selector=(("disk", "ssd"),),
            volumes=(Volume("scratch", "/mnt/vol"), Volume("data", "/data")),
        ),
    ),
    make_step("not", 3, "train", config=StepConfig(env=(("MODE", "n"),))),
    config=PipelineConfig(
        description="Trains: 'it' & more",
        namespace="ml",
        schedule="0 4 * * 1",
        notify=(
            Notify("failure", "slack", SecretRef("alerts", "url", "SLACK_URL")),
            Notify("failure", "cloudevent", SecretRef("alerts", "events", "EVENTS_URL")),
        ),
        image="quay.io/team/base:1",
        env=(("MODE", "on"), ("REGION", "no")),
        volumes=(Volume("models", "/models", "10Gi"),),
        step_defaults=StepConfig(memory="1Gi", retry=Retry(1)),
    ),
)


def names_of(items: Sequence[Any]) -> list[str]:
    """Return the names of objects in a manifest."""
    return [item["name"] for item in items]
