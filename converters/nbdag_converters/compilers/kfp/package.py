"""The package of a pipeline: components, executors and tasks as PipelineSpec of KFP v2 has them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbdag_converters.collector import paused
from nbdag_converters.compilers.archive import archive
from nbdag_converters.compilers.base import Manifest
from nbdag_converters.compilers.effective import effective_configs
from nbdag_converters.compilers.names import legal, name_map, parameter_names
from nbdag_converters.compilers.plan import Plan, make_plans, parameter_text
from nbdag_converters.compilers.yaml import to_yaml
from nbdag_converters.errors import NotebookError, ParameterError
from nbdag_converters.model import Parameter, Pipeline, Value
from nbdag_converters.model.graph import transitive_reduction
from nbdag_converters.rules import Place, targets

from .ending import GUARD as EXIT_GUARD
from .ending import along, exit_handler
from .executor import Executors
from .findings import MOST, find_limits
from .judge import NAME as GUARD
from .judge import judge, judge_image
from .options import Options
from .tasks import TaskBuilder

SCHEMA = "2.1.0"
SDK = "kfp-2.7.0"  # the first one whose backend knows all that we use
_EXACT = 2**53  # whole numbers travel as doubles


@paused()
def compile_kfp(pipeline: Pipeline, options: Options | None = None) -> Manifest:
    """Return the package of *pipeline*; the same bytes for the same pipeline.

    Raises
    ------
    NotebookError
        If Kubeflow doesn't have what the pipeline needs; the diagnostics say what.
    """
    options = options or Options()
    configs = effective_configs(pipeline)
    plans = make_plans(pipeline, configs)
    image = options.image or f"docker.io/library/python:{options.python or '3.12'}-slim"
    diagnostics = find_limits(pipeline, plans, options, image)
    files = base64.b64encode(archive(options.files)).decode() if options.files else "-"
    if len(files) > MOST:
        found = targets.TOO_LARGE.at(
            what="The notebook's files",
            size=len(files),
            most=MOST,
            advice="Put large files on a volume, in an object store, or in the image.",
        )
        diagnostics = (*diagnostics, found)
    if any(found.severity == "error" for found in diagnostics):
        raise NotebookError(diagnostics)
    order = [step.name for step in pipeline.steps]
    near: dict[str, list[str]] = {name: [] for name in order}
    pairs = [(edge.source, edge.target) for edge in along(pipeline)]
    for source, target in transitive_reduction(order, pairs):
        near[target].append(source)
    executors = Executors(options, image, files)
    builder = TaskBuilder(
        pipeline=pipeline,
        executors=executors,
        names=task_names(pipeline),
        parameters=parameter_names(parameter.name for parameter in pipeline.parameters),
        kinds={parameter.name: parameter_kind(parameter) for parameter in pipeline.parameters},
        near=near,
        fingerprint=options.fingerprint,
    )
    tasks = _tasks(builder, [plan for plan in plans if not plan.step.config.on_exit], image)
    ending = [plan for plan in plans if plan.step.config.on_exit]
    if ending:
        kinds = {builder.parameters[name]: kind for name, kind in builder.kinds.items()}
        ends = _tasks(builder, ending, image, EXIT_GUARD)
        tasks, components = exit_handler(tasks, ends, kinds)
        builder.components.update(components)
    if builder.too_large:
        raise NotebookError((*diagnostics, *builder.too_large))
    root: dict[str, Any] = {"dag": {"tasks": tasks}}
    inputs = {
        builder.parameters[parameter.name]: _input(parameter) for parameter in pipeline.parameters
    }
    if inputs:
        root["inputDefinitions"] = {"parameters": inputs}
    about = {"name": legal(pipeline.name, longest=128)}
    if pipeline.config.description:
        about["description"] = pipeline.config.description
    package = {
        "components": builder.components,
        "deploymentSpec": {"executors": executors.containers},
        "pipelineInfo": about,
        "root": root,
        "schemaVersion": SCHEMA,
        "sdkVersion": SDK,
    }
    documents = [package]
    if executors.platforms:
        settings = {"deploymentSpec": {"executors": executors.platforms}}
        documents.append({"platforms": {"kubernetes": settings}})
    return Manifest(
        text=to_yaml(documents),
        media_type="application/yaml",
        suffix=".yaml",
        diagnostics=diagnostics,
    )


def _tasks(
    builder: TaskBuilder, plans: Sequence[Plan], image: str, guard: str = GUARD
) -> dict[str, Any]:
    """Return the tasks of one DAG, with that of the guard; their components are added."""
    tasks = {builder.names[plan.step.name]: builder.task(plan) for plan in plans}
    handed = {source for plan in plans for source in builder.near[plan.step.name]}
    last = [builder.names[plan.step.name] for plan in plans if plan.step.name not in handed]
    judged_by = judge_image(image, builder.executors.options)
    judges, components, executor = judge(builder.pipeline, judged_by, last, guard)
    builder.components.update(components)
    builder.executors.containers.update(executor)
    return tasks | judges


def task_names(pipeline: Pipeline) -> dict[str, str]:
    """Return the names of the steps' tasks, by step."""
    return name_map(step.name for step in pipeline.steps)


def parameter_kind(parameter: Parameter) -> str:
    """Return the type of a parameter in the package.

    Lists and dicts are JSON in a text: Kubeflow would make 1.0 of the 1 in them.
    """
    value = parameter.default
    if parameter.type == "bool" and isinstance(value, bool):
        return "BOOLEAN"
    if parameter.type == "int" and isinstance(value, int) and abs(value) <= _EXACT:
        return "NUMBER_INTEGER"
    if parameter.type == "float" and isinstance(value, int | float) and abs(value) < _EXACT:
        return "NUMBER_DOUBLE"
    return "STRING"


def run_values(pipeline: Pipeline, given: Mapping[str, Value]) -> dict[str, Any]:
    """Return the values of a run's parameters, by their names in the package.

    Raises
    ------
    ParameterError
        If one would not be the same there: numbers travel as doubles.
    """
    names = parameter_names(parameter.name for parameter in pipeline.parameters)
    values: dict[str, Any] = {}
    for parameter in pipeline.parameters:
        if parameter.name not in given:
            continue
        value = given[parameter.name]
        kind = parameter_kind(parameter)
        if kind != "STRING" and parameter_kind(replace(parameter, default=value)) != kind:
            found = targets.NOT_ON_KUBEFLOW.at(
                Place(cell=parameter.cell, line=parameter.line),
                what=f"the value {value!r} of '{parameter.name}'",
                step=pipeline.steps[0].name if pipeline.steps else "",
                problem=f"whole numbers travel exactly up to {_EXACT}",
                advice="Make the parameter a text.",
            )
            raise ParameterError((found,))
        values[names[parameter.name]] = _value(parameter, kind, value)
    return values


def _value(parameter: Parameter, kind: str, value: Value) -> Any:
    return parameter_text(parameter, value) if kind == "STRING" else value


def _input(parameter: Parameter) -> dict[str, Any]:
    kind = parameter_kind(parameter)
    default = _value(parameter, kind, parameter.default)
    made = {"defaultValue": default, "isOptional": True, "parameterType": kind}
    if parameter.help:
        made["description"] = parameter.help
    return made
