"""The wire form of a pipeline: JSON that loses nothing and refuses what it doesn't know."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag_converters.model import (
    Edge,
    Input,
    Parameter,
    Pipeline,
    PipelineConfig,
    Reason,
    Retry,
    SecretRef,
    Slice,
    Step,
    StepCell,
    StepConfig,
    Volume,
    pipeline_from_json,
    pipeline_to_json,
)
from nbdag_converters.model.wire import WireError

text = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.lists(text, max_size=3).map(tuple)
number = st.integers(0, 10**6)
seconds = st.floats(0, 1e6, allow_nan=False)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


pairs = some(st.tuples(text, text))
inputs = st.builds(Input, text, text)
retries = st.none() | st.builds(Retry, number, seconds, seconds)
volumes = some(st.builds(Volume, text, text, st.none() | text))
step_configs = st.builds(
    StepConfig,
    image=st.none() | text,
    gpu=st.none() | number,
    limits=pairs,
    retry=retries,
    timeout=st.none() | seconds,
    on_exit=st.booleans(),
    cache=st.none() | st.booleans(),
    secrets=some(st.builds(SecretRef, text, st.none() | text, st.none() | text)),
    env=pairs,
    volumes=volumes,
)
slices = st.builds(
    Slice,
    st.sampled_from(["import", "definition", "constant", "setup"]),
    number,
    number,
    text,
    names,
    some(inputs),
)
steps = st.builds(
    Step,
    name=text,
    title=text,
    cells=some(st.builds(StepCell, number, text, text)),
    slices=some(slices),
    inputs=some(inputs),
    outputs=names,
    changes=names,
    before=names,
    random=names,
    config=step_configs,
)
reasons = st.builds(Reason, st.sampled_from(["read", "order"]), names, number, number)
pipelines = st.builds(
    Pipeline,
    name=text,
    notebook=text,
    kernel=text,
    steps=some(steps),
    edges=some(st.builds(Edge, text, text, names, names, some(reasons))),
    parameters=some(st.builds(Parameter, text, text, json_values, number, number, text)),
    config=st.builds(
        PipelineConfig, name=st.none() | text, retry=retries, step_defaults=step_configs
    ),
)

SMALL = Pipeline("p", "p.ipynb", "", (Step("a", "A", (StepCell(1, "x", "y = 'é\\n'"),)),))


@settings(max_examples=60)
@given(pipelines)
def test_a_pipeline_comes_back_as_it_was(pipeline: Pipeline) -> None:
    written = pipeline_to_json(pipeline)
    assert pipeline_from_json(written) == pipeline
    assert pipeline_to_json(pipeline_from_json(written)) == written


def test_the_text_can_be_read_and_says_its_format() -> None:
    written = pipeline_to_json(SMALL)
    assert written.endswith("}\n")
    assert "é" in written
    assert json.loads(written)["format"] == 1
    assert "config" not in json.loads(written)["steps"][0], "defaults are left out"


def test_the_order_of_a_dict_parameter_is_kept() -> None:
    pipeline = Pipeline(
        "p", "p", "", (), parameters=(Parameter("d", "dict", {"z": 1, "a": 2}, 1, 1),)
    )
    back = pipeline_from_json(pipeline_to_json(pipeline)).parameters[0].default
    assert isinstance(back, dict)
    assert list(back) == ["z", "a"]


def test_a_bool_is_not_taken_for_a_number() -> None:
    for value in (True, 1, 1.0):
        pipeline = Pipeline("p", "p", "", (), parameters=(Parameter("d", "x", value, 1, 1),))
        back = pipeline_from_json(pipeline_to_json(pipeline)).parameters[0].default
        assert type(back) is type(value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "its format is 2"),
        ({"format": None}, "its format is None"),
        ({"steps": [{"name": "a"}]}, "steps[0].title: it is missing"),
        ({"stpes": []}, "stpes: there is no such field"),
        ({"name": 3}, "name: str is expected, not int"),
        ({"name": None}, "name: str is expected, not null"),
        ({"steps": {}}, "steps: a list is expected, not dict"),
        ({"config": {"env": [["a"]]}}, "config.env[0]: 2 items"),
    ],
)
def test_a_field_that_is_wrong_is_refused_with_its_place(
    change: dict[str, object], says: str
) -> None:
    good = json.loads(pipeline_to_json(SMALL))
    with pytest.raises(WireError) as caught:
        pipeline_from_json(json.dumps({**good, **change}))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "says"), [("[]", "an object is expected"), ("{", "can't be parsed"), ("", "parsed")]
)
def test_a_text_that_is_no_pipeline_is_refused(bad: str, says: str) -> None:
    with pytest.raises(WireError, match=says):
        pipeline_from_json(bad)


@pytest.mark.parametrize(
    ("value", "says"),
    [(float("inf"), "no number inf"), ({1: 2}, "keys are text, not 1"), ([b"x"], "no bytes")],
)
def test_a_value_that_json_lacks_is_an_error_and_not_another_value(value: Any, says: str) -> None:
    pipeline = Pipeline("p", "p", "", (), parameters=(Parameter("d", "x", value, 1, 1),))
    with pytest.raises(WireError, match=says) as caught:
        pipeline_to_json(pipeline)
    assert caught.value.path.startswith("parameters[0].default")


def test_every_field_of_the_model_has_a_type_that_can_be_read() -> None:
    seen = [Pipeline, PipelineConfig, StepConfig, Step, Slice, Edge, Reason, Input, Volume]
    for cls in seen:
        assert is_dataclass(cls)
        assert {f.name for f in fields(cls)} == set(get_type_hints(cls, localns={"Value": object}))
