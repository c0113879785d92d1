"""Names that Argo allows, YAML that every parser reads alike, and the lint of the objects."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from nbdag_converters.compilers.argo import Options, Profile, compile_objects
from nbdag_converters.compilers.argo.lint import lint
from nbdag_converters.compilers.names import WORDS, legal, name_map, parameter_names
from nbdag_converters.compilers.yaml import to_yaml
from pipelines import CONTROL, SETTINGS

STEPS = some.from_regex(r"[a-z_][a-z0-9_]{0,62}", fullmatch=True)


@given(some.lists(STEPS, unique=True))
def test_names_of_tasks_are_legal_and_never_clash(steps: list[str]) -> None:
    named = name_map(steps)
    assert list(named) == steps
    assert len(set(named.values())) == len(steps)
    for name in named.values():
        assert re.fullmatch(r"[a-z][-a-z0-9]{0,67}", name)
        assert name not in WORDS


def test_a_name_that_is_legal_stays_whatever_stands_above_it() -> None:
    assert name_map(["a_b", "_a", "a", "not", "not_step", "__"]) == {
        "a_b": "a-b",
        "_a": "a-2",
        "a": "a",
        "not": "not-step",
        "not_step": "not-step-2",
        "__": "n",
    }
    assert legal("Größe 1") == "gr-e-1"
    assert legal("1") == "n-1"


def test_parameters_have_ascii_names_without_a_clash() -> None:
    named = parameter_names(["größe", "gru00f6u00dfe", "n"])
    assert named["n"] == "n"
    assert len(set(named.values())) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in named.values())


WORDLIKE = ("y", "n", "no", "1e-3", "08", "0o17", "null", "~", "2026-01-01", "", " ")
MARKED = ("{{x}}", "a: b", "- a", "#", "'", '"', "\\", "a\nb\r\n", "\x1b[31m", "\x7f", "\x85", "🎉")
TEXTS = some.text(max_size=20) | some.sampled_from((*WORDLIKE, *MARKED, "\u2028", "\ufeff"))
DATA = some.recursive(
    TEXTS | some.integers() | some.booleans(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(some.dictionaries(TEXTS, DATA, min_size=1, max_size=4))
def test_yaml_reads_back_as_it_was(data: dict[str, Any]) -> None:
    text = to_yaml([data, data])
    assert list(yaml.safe_load_all(text)) == [data, data]
    assert all(c.isprintable() or c == "\n" or not c.isascii() for c in text)


def test_each_text_is_quoted_and_nothing_else_is_taken() -> None:
    assert to_yaml([{"a": "y", "no": 1, "b": [True, {"c": "1e-3"}]}]) == (
        'a: "y"\n"no": 1\nb:\n  - true\n  - c: "1e-3"\n'
    )
    for value in (float("nan"), None, b"x", ("a",)):
        with pytest.raises(TypeError, match="a manifest can't hold"):
            to_yaml([{"a": value}])


# The lint -------------------------------------------------------------------------------


def step(spec: Any, name: str) -> Any:
    return next(item for item in spec["templates"] if item["name"] == name)


def tasks(spec: Any) -> Any:
    return step(spec, "main")["dag"]["tasks"]


def many(spec: Any) -> None:
    spec["templates"] += [{**step(spec, "load"), "name": f"x{n}"} for n in range(200)]


def put(path: Callable[[Any], Any], **values: Any) -> Callable[[Any], None]:
    """Return what sets *values* in the part of a spec at *path*."""
    return lambda spec: path(spec).update(values)


FAULTS: dict[str, tuple[Callable[[Any], object], str]] = {
    "two templates of a name": (lambda s: s["templates"].append(step(s, "load")), "one name"),
    "too many templates": (many, "200 are allowed"),
    "no entry": (put(lambda s: s, entrypoint="x"), "no template 'x'"),
    "a name with a dot": (put(lambda s: step(s, "load"), name="lo.ad"), "no name of a template"),
    "a word of expressions": (put(lambda s: tasks(s)[0], name="not"), "no name of a task"),
    "waits for nothing": (put(lambda s: tasks(s)[1], depends="x"), "no task 'x'"),
    "waits with `and`": (put(lambda s: tasks(s)[-1], depends="load and tune"), "no task"),
    "when of two tags": (put(lambda s: tasks(s)[1], when="{{= a }} == {{= b }}"), "expression"),
    "takes without waiting": (lambda s: tasks(s)[1].pop("depends"), "without waiting"),
    "no such template": (put(lambda s: tasks(s)[0], template="x"), "no template 'x'"),
    "an argument too much": (
        put(lambda s: tasks(s)[0], arguments={"parameters": [{"name": "x", "value": "1"}]}),
        "do not fit",
    ),
    "no default": (
        lambda s: step(s, "load")["outputs"]["parameters"][0]["valueFrom"].pop("default"),
        "has no default",
    ),
    "no command": (lambda s: step(s, "load")["container"].pop("command"), "a command"),
    "code as text": (
        put(lambda s: step(s, "load")["container"], args=["print('{{pod.name}}')"]),
        "not one of nbdag's own",
    ),
    "an open brace": (put(lambda s: step(s, "load")["container"], args=["{{"]), "nothing closes"),
    "no such input": (
        put(lambda s: step(s, "load")["container"], args=["{{inputs.parameters.x}}"]),
        "no input 'x'",
    ),
    "a number as a variable": (
        lambda s: step(s, "load")["container"]["env"].append({"name": "X", "value": 1}),
        "is no text",
    ),
    "too long a variable": (
        lambda s: step(s, "load")["container"]["env"].append({"name": "X", "value": "x" * 140_000}),
        "too long",
    ),
    "a variable twice": (
        lambda s: step(s, "load")["container"]["env"].extend([{"name": "X", "value": ""}] * 2),
        "set twice",
    ),
    "no such volume": (lambda s: s.pop("volumes"), "no volume"),
    "one path for two": (
        lambda s: step(s, "load")["container"]["volumeMounts"].append(
            {"name": "nbdag-run", "mountPath": "/nbdag/code/"}
        ),
        "at one path",
    ),
    "wait without a limit": (
        lambda s: step(s, "validate-items")["retryStrategy"].pop("limit"),
        "without a limit",
    ),
    "two kinds": (put(lambda s: step(s, "load"), suspend={}), "one kind"),
    "too large": (put(lambda s: s, note="x" * 1_100_000), "more than a workflow may have"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_lint_finds(fault: str) -> None:
    change, message = FAULTS[fault]
    objects = copy.deepcopy(compile_objects(CONTROL).objects)
    assert lint(objects) == ()
    change(objects[-1]["spec"])
    assert message in "\n".join(problem.message for problem in lint(objects))


def test_the_lint_finds_names_and_sizes_of_objects() -> None:
    compiled = compile_objects(SETTINGS)
    config_map = copy.deepcopy(compiled.config_maps[0])
    config_map["data"]["a b"] = "x" * 1_100_000
    found = "\n".join(problem.message for problem in lint([config_map]))
    assert "no key of a config map" in found
    assert "more than a config map holds" in found
    assert compiled.cron
    cron = {**compiled.cron, "metadata": {"name": "x" * 53}}
    assert "no name of a CronWorkflow" in lint([cron])[0].message


@pytest.mark.parametrize("version", ["3.6", "3.7", "4.0", "4.1"])
@pytest.mark.parametrize("security", ["none", "restricted", "openshift"])
def test_all_profiles_pass(version: Any, security: Any) -> None:
    options = Options(profile=Profile(version, security))
    for pipeline in (CONTROL, SETTINGS):
        assert lint(compile_objects(pipeline, options).objects) == ()
