"""Objects of Argo, executed: each container a process, artifacts in folders (`SmallArgo`)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from argo import SmallArgo
from controlled import CONDITION, LOOP
from nbdag_converters import build
from nbdag_converters.compilers.argo import SCHEDULED, Options, Profile, compile_objects, dag, spec
from nbdag_converters.shipped import shipped_files
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

Start = Callable[..., SmallArgo]
NASTY = 'it\'s {{workflow.name}} "y" \\ \x1b[31m {{=1+1}} é 🎉\n'


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return what compiles cells and makes a run of them."""

    def started(*cells: Source | str, answer: str | None = None, **values: Any) -> SmallArgo:
        built = build(write_notebook(tmp_path / "work.ipynb", cells))
        options = Options(profile=Profile("4.1", "restricted"), files=shipped_files(built))
        compiled = compile_objects(built.pipeline, options)
        given = compiled.workflow(values)["spec"].get("arguments", {"parameters": []})
        texts = {item["name"]: item["value"] for item in given["parameters"]}
        return SmallArgo(compiled, tmp_path / "run", texts, answer)

    return started


def test_values_parameters_and_files_travel_unharmed(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/in.csv").write_text("1,2\n")
    (tmp_path / "own.py").write_text("def double(x): return 2 * x\n")
    argo = start(
        Source("text = 'y'\nrate = 0.5\ntree = {'a': [1]}\nnothing = None", ("parameters",)),
        Source(
            "import own\nrows = open('data/in.csv').read()\n"
            "open('out.txt', 'w').write(rows + '{{item}}')\nopen('gone.txt', 'w').write('x')\n"
            "kept = [own.double(rate), text]\nprint('{{workflow.name}}')",
            ("step:make", "env:NAME={{workflow.uid}}"),
        ),
        Source("import os\nprint(open('gone.txt').read())\nos.remove('gone.txt')", ("step:drop",)),
        Source(
            "print([kept, open('out.txt').read(), sorted(os.listdir('.')), tree, nothing])",
            ("step:use", "prev:drop"),
        ),
        text=NASTY,
        rate=1e-3,
        tree={"{{item}}": ["it's", 1.5, None]},
    )
    assert argo.run() == "Succeeded", argo.logs
    assert argo.printed("make") == "{{workflow.name}}\n"
    kept = [0.002, NASTY]
    files = ["data", "out.txt", "own.py", "work.ipynb"]
    seen = [kept, "1,2\n{{item}}", files, {"{{item}}": ["it's", 1.5, None]}, None]
    assert argo.printed("use").replace("'__pycache__', ", "") == f"{seen}\n"
    assert "Argo" not in argo.logs["main/make"]


def test_a_parameter_may_get_the_time_for_which_the_run_was_due(
    start: Start, tmp_path: Path
) -> None:
    cells = (
        Source("due = None\ntext = ''", ("parameters",)),
        Source("print(due, text)", ("step:tell",)),
    )
    argo = start(*cells, text=SCHEDULED)
    argo.parameters = {**argo.parameters, "due": SCHEDULED}
    argo.scheduled = "2026-11-30T04:00:00Z"
    assert argo.run() == "Succeeded", argo.logs
    assert argo.printed("tell") == "2026-11-30T04:00:00Z 2026-11-30T04:00:00Z\n"
    argo = replace(start(*cells, text=SCHEDULED), folder=tmp_path / "again")
    assert argo.run() == "Failed"
    assert "'text' is when the run was due, but no schedule started it" in argo.logs["main/tell"]


@pytest.mark.parametrize(
    ("default", "given"),
    [("3", "3.5"), ("3", '"x"'), ("3", "true"), ("True", "1"), ("[1]", "{}"), ("0.5", "many")],
)
def test_a_value_that_an_event_gives_has_the_type_of_its_parameter(
    start: Start, default: str, given: str
) -> None:
    argo = start(
        Source(f"x = {default}", ("parameters",)), Source("print(x)", ("step:tell",)), answer=None
    )
    argo.parameters = {"x": given}
    assert argo.run() == "Failed"
    assert "the parameter 'x' (" in argo.logs["main/tell"]


@pytest.mark.parametrize(
    ("flag", "found", "ran"),
    [(2, "high", "choose"), (1, "low", "choose-elif-1"), (0, "none", "choose-else")],
)
def test_one_branch_runs_and_later_steps_take_what_holds(
    start: Start, flag: int, found: str, ran: str
) -> None:
    argo = start(*CONDITION, flag=flag)
    assert argo.run() == "Succeeded", argo.logs
    assert argo.printed("told") == f"{found}\n"
    branches = {path: node.phase for path, node in argo.nodes.items() if "choose" in path}
    assert len(branches) == 3
    assert [path for path, phase in branches.items() if phase == "Succeeded"] == [f"main/{ran}"]


@pytest.mark.parametrize("count", [2, 0])
def test_iterations_are_pods_whose_values_and_files_are_gathered(start: Start, count: int) -> None:
    argo = start(*LOOP, n=count)
    assert argo.run() == "Succeeded", argo.logs
    files = [f"part{number}.txt" for number in range(count)]
    assert argo.printed("spread") == f"{count}\n"
    assert argo.printed("last") == f"{[19] * count} {files}\n"
    assert argo.pods == 5 + count  # with the one that judges
    assert argo.nodes["main/spread/each"].phase == ("Succeeded" if count else "Skipped")


GATE = (
    Source("value = 1", ("step:first",)),
    Source("value += 1\nprint(value)", ("step:publish", "approve:Publish {{it}}?")),
    Source("print('end', value)", ("step:tell", "on-exit")),
)


def test_an_approved_step_runs(start: Start) -> None:
    argo = start(*GATE)
    assert argo.run() == "Succeeded", argo.logs
    assert (argo.printed("publish"), argo.printed("tell")) == ("2\n", "end 2\n")


def test_a_step_that_is_refused_fails_and_the_end_still_runs(start: Start) -> None:
    argo = start(*GATE, answer="NO")
    assert argo.run() == "Failed"
    assert "step 'publish' was not approved" in argo.logs["main/publish/step"]
    assert argo.nodes["main/publish/step"].phase == "Failed"
    assert "exit/tell" in argo.logs


def test_a_step_is_tried_again(start: Start, tmp_path: Path) -> None:
    count = tmp_path / "count"
    argo = start(
        Source(
            f"from pathlib import Path\ncount = Path({str(count)!r})\n"
            "number = int(count.read_text()) if count.exists() else 0\n"
            "count.write_text(str(number + 1))\nassert number == 2\nprint('third')",
            ("step:stubborn", "retry:2"),
        ),
    )
    assert argo.run() == "Succeeded", argo.logs
    assert argo.pods == 4
    assert argo.printed("stubborn") == "third\n"


def test_a_failing_step_says_where_and_stops_what_needs_it(start: Start) -> None:
    argo = start(
        Source("value = list('a')", ("step:first",)),
        Source("value.append('b')\nvalue[7]", ("step:second",)),
        Source("print(value)", ("step:third",)),
    )
    assert argo.run() == "Failed"
    events = [
        json.loads(line.removeprefix("::nbdag::"))
        for line in argo.logs["main/second"].splitlines()
        if line.startswith("::nbdag::")
    ]
    assert (events[-1]["event"], events[-1]["cell"], events[-1]["line"]) == ("failed", 2, 2)
    assert argo.nodes["main/third"].phase == "Omitted"
    assert not argo.stored("second", "values.nbv").exists()


def test_many_steps_share_templates_and_stand_in_dags_of_dags(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dag, "LARGEST", 2)
    monkeypatch.setattr(spec, "MOST_TEMPLATES", 1)
    argo = start(LOOP[0], *CONDITION[1:], *LOOP[1:3], flag=1)
    names = [template["name"] for template in argo.compiled.template["spec"]["templates"]]
    assert "step" in names
    assert "choose" not in names
    assert argo.run() == "Succeeded", argo.logs
    assert argo.printed("told") == "low\n"


def test_a_run_goes_on_with_what_an_earlier_one_has_left(tmp_path: Path) -> None:
    cells = (
        Source("go = True\nitems = [1, 2]\nopen('a.txt', 'w').write('a')", ("step:load",)),
        Source("size = 1", ("step:size",)),
        Source("if go:\n    size = 3", ("step:tune",)),
        Source("assert size == 3", ("step:check",)),
        Source("print(items, size, open('a.txt').read())", ("step:show", "prev:check")),
    )
    built = build(write_notebook(tmp_path / "work.ipynb", cells))
    first = SmallArgo(compile_objects(built.pipeline, Options()), tmp_path / "run")
    assert first.run() == "Succeeded"
    done = frozenset(("load", "size"))
    left = compile_objects(built.pipeline, Options(done=done))
    second = SmallArgo(left, tmp_path / "again")
    numbers = {step.name: number for number, step in enumerate(built.pipeline.steps)}
    for step in done:
        task = left.tasks[step]
        kept = (f"_files/{numbers[step]}.tar", f"_reports/{task}/report.json")
        for key in (f"{task}/values.nbv", *kept):
            if first.stored(key).exists():
                second.stored(key).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(first.stored(key), second.stored(key))
    assert second.run() == "Succeeded"
    assert second.printed("show") == "[1, 2] 3 a\n"
    assert not any(path.startswith(("main/load", "main/size")) for path in second.nodes)
