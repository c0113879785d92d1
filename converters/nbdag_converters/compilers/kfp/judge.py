"""Judge: the last task of a package, which fails where the guard finds an error.

```
load ─ train ─┬─ report ─┐
              └─ plot ───┴─ nbdag--guard
```
Each step hands on the reports of those before it, so that it takes those of the last steps only.
Where there are many, tasks in between put them together: an executor input has to be short.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbdag_converters.compilers.embed import BOOT_JUDGING
from nbdag_converters.compilers.judging import OLDEST, guard_text
from nbdag_converters.model import Pipeline, PipelineConfig, StepConfig, pipeline_to_json

from .findings import PYTHON
from .options import Options
from .parts import artifact, kind, make_task

NAME = "nbdag--guard"  # a name that no step can have
_LABEL = "exec-guard"
_MOST = 100  # artifacts that one task takes
_WORD = 100_000  # bytes: Linux takes 131,072 in one word of a command line
_BOOT = f"# in place of kfp.dsl.executor_main, with its arguments\n{BOOT_JUDGING}"


def judge(
    pipeline: Pipeline, image: str, last: Sequence[str], name: str = NAME
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return tasks, their components and their executor; *last* are the tasks before them.

    *name* is that of the last one.
    """
    sources = [*last]
    tasks: dict[str, Any] = {}
    components: dict[str, Any] = {}
    level = 0
    while len(sources) > _MOST:
        level += 1
        groups = [sources[at : at + _MOST] for at in range(0, len(sources), _MOST)]
        sources = [f"{name}-reports-{level}-{number}" for number in range(len(groups))]
        for source, group in zip(sources, groups, strict=True):
            tasks[source], components[f"comp-{source}"] = _task(source, group, {"files": kind()})
    tasks[name], components[f"comp-{name}"] = _task(name, sources, {})
    container = {
        "args": ["--executor_input", "{{$}}", "--function_to_execute", "nbdag"],
        "command": ["python3", "-c", _BOOT, guard_text(), *_words(pipeline)],
        "image": image,
    }
    return tasks, components, {_LABEL: {"container": container}}


def judge_image(image: str, options: Options) -> str:
    """Return the image of the task: that of the steps, unless its Python is known to be older."""
    found = PYTHON.search(image)
    version = found[1] if found else options.python
    old = bool(version) and tuple(map(int, version.split("."))) < OLDEST
    return "docker.io/library/python:3.12-slim" if old else image


def _task(
    name: str, sources: Sequence[str], outputs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs = {f"files-{number}": artifact(task, "files") for number, task in enumerate(sources)}
    component: dict[str, Any] = {"executorLabel": _LABEL}
    if inputs:  # none where all steps come at the end
        component["inputDefinitions"] = {"artifacts": {name: kind() for name in inputs}}
    if outputs:
        component["outputDefinitions"] = {"artifacts": dict(outputs)}
    return make_task(name, f"comp-{name}", {}, inputs), component


def _words(pipeline: Pipeline) -> list[str]:
    """Return what the guard has to know of the pipeline, in words that are short enough."""
    steps = tuple(
        replace(step, title="", config=StepConfig(on_exit=step.config.on_exit))
        for step in pipeline.steps
    )
    bare = replace(pipeline, steps=steps, parameters=(), config=PipelineConfig())
    text = base64.b64encode(zlib.compress(pipeline_to_json(bare).encode(), 7)).decode()
    return [text[at : at + _WORD] for at in range(0, len(text), _WORD)]
