from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdag_converters.build import build
from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Retry, SecretRef, StepConfig
from nbdag_converters.notebook import read_notebook
from nbdag_converters.steps import Draft, draft
from nbdag_converters.steps.titles import headings
from plain import code, codes, content, drafted, text


def parts(draft: Draft) -> list[tuple[int, str, str | None]]:
    return [(part.cell.number, part.role, part.step) for part in draft.cells]


def steps(draft: Draft) -> dict[str, list[int]]:
    return {step.name: [cell.number for cell in step.cells] for step in draft.steps}


def test_a_cell_without_a_tag_belongs_to_the_step_above_it() -> None:
    made = drafted(
        code("import os", "imports"),
        code("before"),
        code("a", "step:a"),
        code("def f(): ...", "functions"),
        code("still_a"),
        code("b", "step:b"),
        code("skipped", "skip"),
        code("still_b"),
    )
    assert parts(made) == [
        (1, "imports", None),
        (2, "preamble", None),
        (3, "step", "a"),
        (4, "functions", None),
        (5, "step", "a"),
        (6, "step", "b"),
        (7, "skip", None),
        (8, "step", "b"),
    ]
    assert steps(made) == {"a": [3, 5], "b": [6, 8]}
    assert made.diagnostics == ()


def test_cells_without_code_take_no_part() -> None:
    made = drafted(text("# A"), code("a", "step:a"), code("  \n"), text("b"), code("# comment"))
    assert parts(made) == [(2, "step", "a"), (5, "step", "a")]


def test_an_empty_cell_still_begins_its_step() -> None:
    made = drafted(code("a", "step:a"), code("", "step:b"), code("b"))
    assert steps(made) == {"a": [1], "b": [3]}


def test_a_notebook_without_tags_is_one_step() -> None:
    made = drafted(text("# Fraud"), code("import os"), code("a"))
    assert steps(made) == {"notebook": [2, 3]}
    assert made.steps[0].title == "Fraud"


def test_a_name_may_come_again_after_other_steps() -> None:
    made = drafted(code("a", "step:a"), code("b", "step:b"), code("a", "step:a"), code("a"))
    assert steps(made) == {"a": [1, 3, 4], "b": [2]}


def test_metrics_without_a_step_form_one_of_their_own() -> None:
    made = drafted(
        code("auc = 1", "step:a"),
        code("print(auc)\nloss\nprint('x', n)\nprint(f(x))\ny = 1", "pipeline-metrics"),
        code("more"),
        code("acc", "metrics"),
    )
    assert steps(made) == {"a": [1, 3], "metrics": [2, 4]}
    assert [step.metrics for step in made.steps] == [(), ("auc", "loss", "n", "acc")]


def test_metrics_with_a_step_are_those_of_the_step() -> None:
    made = drafted(code("a", "step:a"), code("print(auc)", "step:b", "metrics"))
    assert steps(made) == {"a": [1], "b": [2]}
    assert made.steps[1].metrics == ("auc",)


def test_a_metrics_cell_without_metrics_is_told() -> None:
    made = drafted(code("a", "step:a"), code("print(1)", "metrics"))
    assert codes(made) == ["NB140"]


def test_a_title_is_the_heading_right_above_the_steps_first_cell() -> None:
    made = drafted(
        text("# Fraud\n## Load *the* [data](x)"),
        text("Some words."),
        code("a", "step:a"),
        code("b", "step:b"),
        text("## C\n```\n# no heading\n```"),
        code("c", "step:c"),
        text("## More of c"),
        code("more"),
    )
    assert [step.title for step in made.steps] == ["Load the data", "b", "C"]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("# One #\n###### Six", ((1, "One"), (6, "Six"))),
        ("####### seven\n#none\n    # code", ()),
        ("One\n===\nTwo\n---", ((1, "One"), (2, "Two"))),
        ("<h2 class='x'>Two</h2>", ((2, "Two"),)),
        ("~~~\n# no\n```\n# no\n~~~\n# yes", ((1, "yes"),)),
        ("# `a_b` **c** _d_", ((1, "a_b c _d_"),)),
        ("#   ", ()),
    ],
)
def test_headings_are_found(markdown: str, found: tuple[tuple[int, str], ...]) -> None:
    assert headings(markdown) == found


def test_settings_of_all_cells_of_a_step_are_taken_together() -> None:
    made = drafted(
        code("a", "step:a", "image:x:1", "cpu:2", "env:A=1", "retry:3:10s"),
        code("a2", "env:B=2", "cpu:2", "secret:s", "limit:nvidia.com/gpu:1"),
        code("a3", "step:a", "on-exit"),
    )
    assert made.steps[0].config == StepConfig(
        image="x:1",
        cpu="2",
        env=(("A", "1"), ("B", "2")),
        retry=Retry(3, 10.0),
        secrets=(SecretRef("s"),),
        limits=(("nvidia.com/gpu", "1"),),
        on_exit=True,
    )
    assert made.diagnostics == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("cpu:1",), ("cpu:2",)),
        (("env:A=1",), ("env:A=2",)),
        (("volume:a:/x",), ("volume:b:/x",)),
        (("fan-out",), ("fan-out:2",)),
        (("cpu:1", "cpu:2"), ()),
    ],
)
def test_settings_that_contradict_each_other_are_told(
    first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    made = drafted(code("a", "step:a", *first), code("b", *second))
    assert codes(made) == ["NB115"]
    assert "cell 1" in made.diagnostics[0].message


def test_declared_edges_of_all_cells_of_a_step_are_taken_together() -> None:
    made = drafted(
        code("a", "step:a"),
        code("b", "step:b"),
        code("c", "step:c", "prev:b"),
        code("c", "depends:a", "prev:b"),
    )
    assert made.steps[2].after == ("b", "a")


@pytest.mark.parametrize(
    ("tag", "code_", "fix"),
    [
        ("prev:b", "NB117", "Remove"),
        ("prev:c", "NB118", "Move the step below 'c'"),
        ("prev:lod", "NB116", "Did you mean `prev:load`?"),
        ("depends:zzzz", "NB116", "Steps of this notebook: load, b, c."),
        ("prev:setup", "NB116", "Steps"),
    ],
)
def test_a_declared_edge_that_can_not_be_is_told(tag: str, code_: str, fix: str) -> None:
    made = drafted(code("a", "step:load"), code("b", "step:b", tag), code("c", "step:c"))
    assert codes(made) == [code_]
    assert fix in made.diagnostics[0].fix
    assert made.diagnostics[0].cell == 2
    assert made.steps[1].after == ()


def test_the_step_of_the_code_above_may_be_named() -> None:
    made = drafted(code("x = 1"), code("a", "step:a", "prev:setup"))
    assert made.steps[0].after == ("setup",)
    assert made.diagnostics == ()


def test_the_step_of_the_code_above_may_be_named_where_that_code_needs_no_step() -> None:
    built = build(content(code("import os"), code("a = 1", "step:a", "prev:setup")))
    assert [step.name for step in built.pipeline] == ["a"]
    assert built.pipeline.edges == ()


def test_a_step_without_code_is_left_out_and_may_be_named() -> None:
    made = drafted(
        code("", "step:a"), code("b", "step:b", "prev:a"), code("c", "step:c", "prev:b", "skip")
    )
    assert steps(made) == {"b": [2]}
    assert codes(made) == ["NB122", "NB122"]
    assert made.steps[0].after == ()


@pytest.mark.parametrize(
    ("tags", "code_"),
    [
        (("step:a", "step:b"), "NB114"),
        (("imports", "functions"), "NB119"),
        (("imports", "step:a"), "NB119"),
        (("parameters", "metrics"), "NB119"),
        (("imports", "cpu:1"), "NB120"),
        (("parameters", "prev:z"), "NB120"),
        (("stpe:a",), "NB110"),
        (("skipp",), "NB111"),
        (("retry:many", "step:a"), "NB112"),
        (("step:Über",), "NB113"),
    ],
)
def test_tags_that_are_wrong_on_a_cell_are_told(tags: tuple[str, ...], code_: str) -> None:
    made = drafted(code("x = 1", *tags), code("z", "step:z"))
    assert codes(made) == [code_]


def test_a_setting_above_the_first_step_belongs_to_nothing() -> None:
    made = drafted(code("x", "cpu:1"), code("z", "step:z"))
    assert codes(made) == ["NB120"]


def test_a_skipped_cell_may_keep_its_other_tags() -> None:
    made = drafted(code("x =", "step:a", "cpu:1", "imports", "skip"), code("y"))
    assert parts(made) == [(1, "skip", None), (2, "step", "a")]
    assert made.diagnostics == ()


def test_tags_of_papermill_and_kale_mean_the_same() -> None:
    ours = drafted(code("n = 1", "parameters"), code("m", "step:m"), code("print(n)", "metrics"))
    theirs = drafted(
        code("n = 1", "pipeline-parameters"),
        code("m", "step:m"),
        code("print(n)", "pipeline-metrics"),
    )
    assert ours.parameters == theirs.parameters
    assert parts(ours) == parts(theirs)
    assert ours.diagnostics == theirs.diagnostics == ()


def test_a_tag_on_text_is_told() -> None:
    made = drafted(text("# A", "step:a", "hide-input"), code("a"))
    assert codes(made) == ["NB121"]
    assert steps(made) == {"notebook": [2]}


def test_nothing_to_run_is_told() -> None:
    assert codes(drafted(text("# A"), code(""), code("x", "skip"))) == ["NB108"]
    assert codes(drafted()) == ["NB108"]


def test_findings_come_in_the_order_of_the_notebook() -> None:
    made = drafted(
        code("x = (", "step:a"),
        code("input()", "stpe:b"),
        code("%store x"),
        metadata={"nbdag": {"nmae": "x"}},
    )
    assert codes(made) == ["NB150", "NB107", "NB110", "NB303", "NB301"]


@pytest.mark.parametrize(
    ("source", "code_"),
    [
        ("name = input('Name?')", "NB303"),
        ("def f():\n    return input()", "NB303"),
        ("import getpass\nkey = getpass.getpass()", "NB303"),
        ("from getpass import getpass\nkey = getpass()", "NB303"),
        ("breakpoint()", "NB302"),
        ("import pdb; pdb.set_trace()", "NB302"),
        ("import ipywidgets as w\nw.interact(f, x=3)", "NB307"),
        ("from ipywidgets import interact\n@interact\ndef f(x): ...", "NB307"),
        ("from ipywidgets import interact\n@interact(x=3)\ndef f(x): ...", "NB307"),
        ("import ipywidgets as w\ns = w.IntSlider()\ns.observe(print)", "NB307"),
        ("input = [1, 2]\nx = input[0]", None),
        ("def input(x): ...\ninput(3)", None),
        ("model.observe(3)", None),
        ("x.input()", None),
        ("key.embed()", None),
        ("getpass.getuser()", None),
    ],
)
def test_code_that_waits_for_somebody_is_told(source: str, code_: str | None) -> None:
    assert codes(drafted(code(source, "step:a"))) == ([code_] if code_ else [])


def test_a_dialogue_is_pointed_at() -> None:
    (finding,) = drafted(code("ä = 1\nn = int(input())", "step:a")).diagnostics
    assert (finding.line, finding.column, finding.end_column) == (2, 9, 14)


names = st.sampled_from(["a", "b", "setup", "metrics", "notebook", "A", "", "é", "x" * 70])
tags = st.one_of(
    st.sampled_from(["imports", "functions", "parameters", "metrics", "skip", "fan-out", "hide"]),
    st.builds("step:{}".format, names),
    st.builds("prev:{}".format, names),
    st.sampled_from(["cpu:1", "cpu:2", "env:A=1", "env:A=2", "retry:1", "memory:1", "on-exit"]),
    st.text(max_size=12),
)
sources = st.one_of(
    st.sampled_from(
        ["x = 1", "print(x)", "import os", "%time y = x", "!pip install a", "x: int", ""]
    ),
    st.text(max_size=20),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
cells = st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "code", "code", "markdown", "raw"]),
        "metadata": st.fixed_dictionaries({"tags": st.lists(tags, max_size=4)}),
        "source": sources,
    }
)
setting_names = st.sampled_from(
    ["name", "image", "timeout", "retry", "env", "packages", "files", "volumes", "keep",
     "parallelism", "schedule", "step_defaults", "x"]
)  # fmt: skip
kale_names = st.sampled_from(
    ["pipeline_name", "experiment", "docker_image", "volumes", "steps_defaults"]
)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "nbdag": st.dictionaries(setting_names, json_values, max_size=4) | json_values,
        "kubeflow_notebook": st.dictionaries(kale_names, json_values, max_size=3) | json_values,
        "kernelspec": json_values,
        "language_info": json_values,
    },
)


@given(st.lists(cells, max_size=6), metadata)
def test_no_cells_tags_and_metadata_break_it(
    cells: list[dict[str, Any]], metadata: dict[str, Any]
) -> None:
    try:
        made = draft(read_notebook(content(*cells, metadata=metadata)))
    except NotebookError:
        return
    names = [step.name for step in made.steps]
    assert len(set(names)) == len(names)
    for step in made.steps:
        assert step.cells
        assert step.title
        assert set(step.after) <= {*names, "setup"} - {step.name}
    in_steps = [cell.number for step in made.steps for cell in step.cells]
    assert sorted(in_steps) == [p.cell.number for p in made.cells if p.step is not None]
    for finding in made.diagnostics:
        assert str(finding).startswith(finding.code)


@given(json_values)
def test_json_of_any_kind_is_read_or_refused(value: Any) -> None:
    if isinstance(value, dict):
        with pytest.raises(NotebookError):
            read_notebook(value)
