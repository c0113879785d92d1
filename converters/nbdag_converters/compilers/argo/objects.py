"""The objects of a pipeline on a cluster: config maps, template and workflow, as plain dicts."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbdag_converters.collector import paused
from nbdag_converters.compilers.base import Manifest
from nbdag_converters.compilers.effective import effective_configs
from nbdag_converters.compilers.names import legal, name_map, parameter_names
from nbdag_converters.compilers.plan import Plan, make_plans, parameter_text, plan_texts
from nbdag_converters.compilers.yaml import to_yaml
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import CompileError, NotebookError
from nbdag_converters.model import Parameter, Pipeline, Value, pipeline_to_json
from nbdag_converters.model.graph import predecessors, reachable
from nbdag_converters.rules import targets

from .code import LARGEST, TooLargeError, code_entries, config_maps, guard_map
from .findings import find_limits
from .lint import lint
from .profile import Options, Profile
from .remote import remote_workflows
from .schedule import API, SCHEDULED, Schedule, cron_workflow
from .spec import LABELS, make_spec, pod_context, volumes
from .trigger import Trigger, event_source, sensor

_TARGET = "argo"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pipeline's objects; `diagnostics` are findings that are no errors.

    `template` is a WorkflowTemplate, or a whole Workflow where the options say `standalone`. `cron`
    starts runs on its own, where the notebook has a schedule. `pipeline` has the steps that are
    run, `tasks` the names of their tasks. Objects are fresh: they may be changed.
    """

    pipeline: Pipeline

    config_maps: tuple[dict[str, Any], ...]
    template: dict[str, Any]
    cron: dict[str, Any] | None
    tasks: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """Return all objects in the order in which they have to be made."""
        return (*self.config_maps, self.template, *([self.cron] if self.cron else []))

    def workflow(self, values: Mapping[str, Value] | None = None) -> dict[str, Any]:
        """Return what starts a run of the template, with *values* in place of defaults.

        Where the template is a whole Workflow, it is that one.
        """
        metadata: dict[str, Any] = self.template["metadata"]
        arguments = self._arguments(values or {})
        if self.template["kind"] == "Workflow":
            made = copy.deepcopy(self.template)
            texts = {item["name"]: item["value"] for item in arguments}
            for item in made["spec"].get("arguments", {}).get("parameters", ()):
                item["value"] = texts.get(item["name"], item["value"])
            return made
        head = {key: value for key, value in metadata.items() if key in ("namespace", "labels")}
        spec: dict[str, Any] = {"workflowTemplateRef": {"name": metadata["name"]}}
        if arguments:
            spec["arguments"] = {"parameters": arguments}
        return {
            "apiVersion": API,
            "kind": "Workflow",
            "metadata": {"generateName": f"{metadata['name'][:50]}-", **head},
            "spec": spec,
        }

    def scheduled(
        self,
        schedule: Schedule,
        values: Mapping[str, Value] | None = None,
        *,
        name: str = "",
        time_as: str = "",
    ) -> dict[str, Any]:
        """Return what starts runs of the template by the clock, with *values*.

        The parameter *time_as*, if any, gets the time for which a run was due, as text.
        """
        arguments = self._arguments(values or {})
        if time_as:
            named = parameter_names(parameter.name for parameter in self.parameters)
            arguments = [item for item in arguments if item["name"] != named[time_as]]
            arguments.append({"name": named[time_as], "value": SCHEDULED})
        return cron_workflow(
            self.template, schedule, name=legal(name, longest=50) if name else "",
            arguments=arguments,
        )  # fmt: skip

    def triggered(
        self,
        trigger: Trigger,
        profile: Profile,
        values: Mapping[str, Value] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what listens for events, and what starts runs of the template by them."""
        named = parameter_names(parameter.name for parameter in self.parameters)
        taken = dict(trigger.fields)
        defaults = {p.name: p.default for p in self.parameters if p.name in taken}
        trigger = replace(
            trigger, fields=tuple((named[name], path) for name, path in trigger.fields)
        )
        metadata = self.template["metadata"]
        head = {key: value for key, value in metadata.items() if key in ("namespace", "labels")}
        return (
            event_source(trigger, head, profile),
            sensor(
                trigger,
                head,
                profile,
                template=metadata["name"],
                arguments=self._arguments({**defaults, **(values or {})}),
            ),
        )

    def _arguments(self, values: Mapping[str, Value]) -> list[dict[str, str]]:
        named = parameter_names(parameter.name for parameter in self.parameters)
        return [
            {"name": named[p.name], "value": parameter_text(p, values[p.name])}
            for p in self.parameters
            if p.name in values
        ]


def compile_objects(pipeline: Pipeline, options: Options | None = None) -> Compiled:
    """Return the objects of *pipeline*; the same ones for the same pipeline.

    Raises
    ------
    NotebookError
        If Argo, or the profile, doesn't have what the pipeline needs; the diagnostics say what.
    CompileError
        If the objects would be refused or do something else; that would be a fault of nbdag.
    """
    options = options or Options()
    pipeline = _narrowed(pipeline, options)
    configs = effective_configs(pipeline)
    plans = make_plans(pipeline, configs)
    diagnostics = find_limits(pipeline, plans, options)
    _refuse(diagnostics)
    tasks = name_map(step.name for step in pipeline.steps)
    name = legal(options.name or pipeline.name, longest=50)
    texts = {
        ".".join(filter(None, (tasks[plan.step.name], part))): text
        for plan in plans
        for part, text in plan_texts(pipeline, plan, fingerprint=options.fingerprint).items()
    }
    context = pod_context(pipeline, options, tasks)
    remote = remote_workflows(context, plans, options, pipeline.config.service_account)
    texts |= {key: json.dumps(made, separators=(",", ":")) for key, made in remote.items()}
    try:
        about = {"pipeline": pipeline_to_json(pipeline), "tasks": tasks, "options": options.kept()}
        entries = code_entries(texts, options.files, about, relay=bool(remote))
        maps = (*config_maps(name, entries), guard_map())
    except TooLargeError as error:
        _refuse((_too_large(error, plans, tasks),))
        raise
    for item in maps:
        item["metadata"] = _metadata(item["metadata"]["name"], pipeline, options)
    spec = make_spec(pipeline, plans, options, context)
    here = [plan for plan in plans if plan.config.cluster is None]
    spec["volumes"] = volumes(here, options, [item["metadata"]["name"] for item in maps])
    metadata = _metadata(name, pipeline, options)
    if pipeline.config.description:
        metadata["annotations"] = {"workflows.argoproj.io/description": pipeline.config.description}
    kind = "Workflow" if options.standalone else "WorkflowTemplate"
    if options.standalone:
        metadata = {"generateName": f"{metadata.pop('name')}-", **metadata}
    template = {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}
    compiled = Compiled(
        pipeline,
        maps,
        template,
        _cron(template, pipeline, options),
        tasks,
        pipeline.parameters,
        diagnostics,
    )
    problems = lint((*compiled.objects, *remote.values()))
    if problems:
        raise CompileError(_TARGET, name, problems[0].path, problems[0].message)
    return compiled


@paused()
def compile_argo(pipeline: Pipeline, options: Options | None = None) -> Manifest:
    """Return the objects as YAML, see `compile_objects`."""
    compiled = compile_objects(pipeline, options)
    return Manifest(
        text=to_yaml(compiled.objects),
        media_type="application/yaml",
        suffix=".yaml",
        diagnostics=compiled.diagnostics,
    )


def _refuse(diagnostics: Sequence[Diagnostic]) -> None:
    if any(found.severity == "error" for found in diagnostics):
        raise NotebookError(tuple(diagnostics))


def _narrowed(pipeline: Pipeline, options: Options) -> Pipeline:
    """Return the steps that the targets need, those at the end among them."""
    if not options.targets:
        return pipeline
    names = [step.name for step in pipeline.steps]
    for target in options.targets:
        if target not in names:
            message = f"there is no such step; the steps are {', '.join(names)}"
            raise CompileError(_TARGET, target, "targets", message)
    wanted = {*options.targets, *(step.name for step in pipeline.steps if step.config.on_exit)}
    pairs = [
        (edge.source, edge.target)
        for edge in pipeline.edges
        if edge.target in options.targets or not pipeline.step(edge.target).config.on_exit
    ]
    needed = reachable(wanted, predecessors(names, pairs))
    return replace(
        pipeline,
        steps=tuple(step for step in pipeline.steps if step.name in needed),
        edges=tuple(
            edge for edge in pipeline.edges if edge.source in needed and edge.target in needed
        ),
    )


def _too_large(error: TooLargeError, plans: Sequence[Plan], tasks: Mapping[str, str]) -> Diagnostic:
    for plan in plans:
        if error.key.split(".")[0] == tasks[plan.step.name]:
            return targets.TOO_LARGE.at(
                plan.place,
                what=f"the code of step '{plan.step.name}'",
                size=error.size,
                most=LARGEST,
                advice="Keep data out of the cells: read it from a file or an object store.",
            )
    return targets.TOO_LARGE.at(
        what="what the notebook's files hold",
        size=error.size,
        most=LARGEST,
        advice="Read large files from a volume or an object store, or put them into the image.",
    )


def _metadata(name: str, pipeline: Pipeline, options: Options) -> dict[str, Any]:
    namespace = options.namespace or pipeline.config.namespace
    made: dict[str, Any] = {"name": name}
    if namespace:
        made["namespace"] = namespace
    return {**made, "labels": {**LABELS, "nbdag/pipeline": legal(pipeline.name)}}


def _cron(
    template: Mapping[str, Any], pipeline: Pipeline, options: Options
) -> dict[str, Any] | None:
    schedule, zone = pipeline.config.schedule, pipeline.config.timezone
    if not schedule or options.standalone:
        return None
    return cron_workflow(template, Schedule((schedule,), zone or ""))
