from __future__ import annotations

import json
import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Retry, SecretRef, StepConfig, Volume
from nbdag_converters.tags import DIRECTIVES, Tag, parse_tag, step_slug, tags_json, tags_text


def right(text: str) -> Tag:
    tag = parse_tag(text)
    assert isinstance(tag, Tag), tag
    return tag


def wrong(text: str) -> Diagnostic:
    finding = parse_tag(text)
    assert isinstance(finding, Diagnostic), finding
    return finding


@pytest.mark.parametrize(
    ("text", "sets", "value"),
    [
        ("image:quay.io/team/train:1.2", "image", "quay.io/team/train:1.2"),
        ("image:localhost:5000/a@sha256:0f", "image", "localhost:5000/a@sha256:0f"),
        ("cpu:2", "cpu", "2"),
        ("cpu:500m", "cpu", "500m"),
        ("cpu:0.5", "cpu", "0.5"),
        ("memory:4Gi", "memory", "4Gi"),
        ("memory:1.5G", "memory", "1.5G"),
        ("gpu:1", "gpu", 1),
        ("limit:nvidia.com/gpu:1", "limits", ("nvidia.com/gpu", "1")),
        ("retry:3", "retry", Retry(3)),
        ("retry:0", "retry", Retry(0)),
        ("retry:3:10s", "retry", Retry(3, 10.0)),
        ("retry:3:1m:2", "retry", Retry(3, 60.0, 2.0)),
        ("retry:3:500ms:1.5", "retry", Retry(3, 0.5, 1.5)),
        ("timeout:90s", "timeout", 90.0),
        ("timeout:10m", "timeout", 600.0),
        ("timeout:1h30m", "timeout", 5400.0),
        ("timeout:0.5h", "timeout", 1800.0),
        ("fan-out", "fan_out", 0),
        ("fan-out:4", "fan_out", 4),
        ("approve", "approve", ""),
        ("approve:Publish: now?", "approve", "Publish: now?"),
        ("on-exit", "on_exit", True),
        ("cache:enabled", "cache", True),
        ("cache:disabled", "cache", False),
        ("secret:keysecret", "secrets", SecretRef("keysecret")),
        ("secret:s3:key:AWS_KEY", "secrets", SecretRef("s3", "key", "AWS_KEY")),
        ("env:A=b=c", "env", ("A", "b=c")),
        ("env:A=", "env", ("A", "")),
        ("label:example.com/team:fraud", "labels", ("example.com/team", "fraud")),
        ("label:access-ml-pipeline:true", "labels", ("access-ml-pipeline", "true")),
        ("annotation:istio.io/inject:false", "annotations", ("istio.io/inject", "false")),
        ("annotation:a:b: c", "annotations", ("a", "b: c")),
        ("node:disk=ssd", "node_selector", ("disk", "ssd")),
        ("volume:tmp:/scratch", "volumes", Volume("tmp", "/scratch")),
        ("volume:tmp:/scratch:10Gi", "volumes", Volume("tmp", "/scratch", "10Gi")),
        ("cluster:edge-1", "cluster", "edge-1"),
    ],
)  # fmt: skip
def test_a_setting_sets_what_it_says(text: str, sets: str, value: object) -> None:
    tag = right(text)
    assert (tag.directive.sets, tag.setting) == (sets, value)


@pytest.mark.parametrize("name", ["a", "_", "train_2", "x" * 63])
def test_legal_names_of_steps_are_read(name: str) -> None:
    assert right(f"step:{name}").values == {"name": name}
    assert right(f"prev:{name}").values == {"name": name}
    assert right(f"depends:{name}").values == {"name": name}


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("stpe:x", "NB110", "step:x"),
        ("Step:x", "NB110", "step:x"),
        (" step:x", "NB110", "step:x"),
        ("ste:x", "NB110", "step:x"),
        ("steps:load", "NB110", "step:load"),
        ("block:load", "NB110", "step:load"),
        ("timout:10m", "NB110", "timeout:10m"),
        ("fan_out:3", "NB110", "fan-out:3"),
        ("retries:3", "NB110", "retry:3"),
        ("step=x", "NB111", "step:x"),
        ("import", "NB111", "imports"),
        ("parameter", "NB111", "parameters"),
        ("Skip", "NB111", "skip"),
        ("step", "NB111", "step:train"),
        ("step:Über", "NB113", "step:uber"),
        ("step:my-step", "NB113", "step:my_step"),
        ("step:Load Data", "NB113", "step:load_data"),
        ("step:2nd", "NB113", "step:step_2nd"),
        ("step:" + "x" * 64, "NB113", "step:" + "x" * 63),
        ("prev:Load", "NB113", "prev:load"),
        ("step:日本", "NB113", "step:train"),
        ("memory:4Gb", "NB112", "memory:4Gi"),
        ("memory:4 GB", "NB112", "memory:4Gi"),
        ("memory:512", "NB112", "memory:512Gi"),
        ("timeout:90", "NB112", "timeout:90s"),
        ("timeout:10 minutes", "NB112", "timeout:10m"),
        ("timeout:10 parsecs", "NB112", "timeout:1h30m"),
        ("retry:3:10", "NB112", "retry:3:10s"),
        ("retry:many", "NB112", "retry:3:10s:2"),
        ("cache:on", "NB112", "cache:enabled"),
        ("volume:tmp:scratch", "NB112", "volume:tmp:/scratch"),
        ("secret:My_Secret", "NB112", "secret:my-secret"),
        ("skip:", "NB112", "skip"),
        ("imports:x", "NB112", "imports"),
    ],
)
def test_a_tag_that_is_nearly_right_brings_the_right_one(
    text: str, code: str, suggestion: str
) -> None:
    finding = wrong(text)
    assert finding.code == code
    assert f"`{suggestion}`" in finding.fix
    assert text in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "step:", "prev:", "cpu:fast", "cpu:0", "cpu:", "gpu:-1", "gpu:1.5", "retry:-1", "retry:",
        "retry:3:", "retry:1:1s:", "retry:1:1s:2:3", "timeout:0s", "timeout:-1s", "timeout:1h ",
        "memory:0Gi", "memory:4m", "memory:", "fan-out:0", "fan-out:", "fan-out:all", "approve:",
        "cache:", "limit:gpu", "limit::1", "limit:gpu:", "image:", "image:a b", "secret:",
        "secret:a:b", "env:A", "env:1A=x", "env:=x", "label:a", "label:-a:b", "label:a:b c",
        "node:a", "volume:a", "volume:a:/b:c", "volume:a:/b:", "cluster:", "cluster:a b",
        "step:a\n", "step:a:b", "gpu:99999999999999999999", "timeout:" + "9" * 400 + "h",
    ],
)  # fmt: skip
def test_a_wrong_value_is_an_error_with_advice(text: str) -> None:
    finding = wrong(text)
    assert finding.severity == "error"
    assert finding.fix
    assert "missing" in finding.message or "not" in finding.message or "much" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "hide-input", "hide-output", "remove-cell", "remove_input", "raises-exception",
        "nbval-skip", "slideshow", "note:see below", "todo", "", ":", "::",
        "a:b:c", "日本", "export", "solution", "test", "cell", "category:plots", "author:me",
        "deletable=false", "image", "input", "output", "ci:skip", "nbgrader", "thebe-init",
        "full-width",
    ],
)  # fmt: skip
def test_tags_of_other_tools_are_no_errors(text: str) -> None:
    finding = parse_tag(text)
    assert finding is None or (isinstance(finding, Diagnostic) and finding.severity == "warning")


def test_every_form_has_an_example_that_it_reads() -> None:
    for directive in DIRECTIVES:
        assert right(directive.example).directive is directive
        assert all(
            directive.form_fields(form) or form == directive.name for form in directive.forms
        )


def test_settings_set_attributes_of_the_model_and_all_of_them() -> None:
    sets = {directive.sets for directive in DIRECTIVES if directive.kind == "setting"}
    assert sets == {field.name for field in fields(StepConfig)}


def test_the_json_accepts_what_the_parser_accepts() -> None:
    table = {entry["name"]: entry for entry in json.loads(tags_json())}
    assert list(table) == [directive.name for directive in DIRECTIVES]
    for entry in table.values():
        patterns = [form["pattern"] for form in entry["forms"]]
        assert any(re.search(pattern, entry["example"]) for pattern in patterns)
        for form in entry["forms"]:
            assert "(?P<" not in form["pattern"]
            for field in form["fields"]:
                assert all(re.search(field["pattern"], text) for text in field["completions"])


def test_the_text_shows_every_form_within_its_width() -> None:
    shown = tags_text(width=60)
    assert max(map(len, shown.splitlines())) <= 80
    for directive in DIRECTIVES:
        assert all(directive.shown(form) in shown for form in directive.forms)


@given(st.text())
def test_a_slug_is_a_legal_name_or_nothing(title: str) -> None:
    slug = step_slug(title)
    assert slug == "" or isinstance(parse_tag(f"step:{slug}"), Tag)


heads = st.sampled_from([directive.name for directive in DIRECTIVES])
values = st.text("0159.smhGi/a-:=")
tag_texts = st.one_of(
    st.text(),
    st.builds("{}:{}".format, heads, st.text()),
    st.builds("{}:{}:{}".format, heads, values, values),
)


@given(tag_texts)
def test_no_text_breaks_the_parser_and_suggestions_are_right(text: str) -> None:
    found = parse_tag(text)
    if isinstance(found, Tag):
        assert found.setting is not None or found.directive.kind != "setting"
    elif found is not None:
        assert str(found)
        suggestion = re.search(r"Did you mean `(.*)`\?", found.fix, re.DOTALL)
        if suggestion:
            assert isinstance(parse_tag(suggestion[1]), Tag)
