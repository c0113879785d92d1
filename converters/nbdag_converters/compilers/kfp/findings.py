"""What a pipeline has that Kubeflow can't do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from nbdag_converters.compilers.nameless import find_lacks
from nbdag_converters.compilers.plan import Plan
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline, StepConfig
from nbdag_converters.rules import Place, targets

from .ending import find_crossings
from .options import Options

_ARGO = "Take it away, or let Argo Workflows run the pipeline"
PYTHON = re.compile(r"(?:^|/)python:(\d+\.\d+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST = 100_000
"""Bytes that the text of one step, or all files, take at most: Linux takes 131,072 in a word."""


def find_limits(
    pipeline: Pipeline, plans: Sequence[Plan], options: Options, image: str
) -> tuple[Diagnostic, ...]:
    """Return the findings about *pipeline*, errors among them."""
    found = [*_of_pipeline(pipeline, plans, options, image), *find_crossings(pipeline, plans)]
    for plan in plans:
        place = plan.place
        found += [
            targets.NOT_ON_KUBEFLOW.at(
                place, what=what, step=plan.step.name, problem=problem, advice=f"{advice}."
            )
            for what, problem, advice in _missing(plan, options)
        ]
    return tuple(dict.fromkeys(found))


def _of_pipeline(
    pipeline: Pipeline, plans: Sequence[Plan], options: Options, image: str
) -> Iterator[Diagnostic]:
    config = pipeline.config
    if options.image is None:
        yield from find_lacks(pipeline, plans, image)
    for name in dict.fromkeys(plan.config.image or image for plan in plans):
        theirs = PYTHON.search(name)
        if options.python and theirs and theirs[1] != options.python:
            yield targets.OTHER_PYTHON.at(image=name, theirs=theirs[1], ours=options.python)
    for path in dict.fromkeys((*pipeline.files, *config.files)):
        if not any(name == path or name.startswith(f"{path}/") for name in options.files):
            yield targets.NOT_SHIPPED.at(path=path)
    for parameter in pipeline.parameters:
        if "{{" in json.dumps(parameter.default):
            yield targets.NOT_ON_KUBEFLOW.at(
                Place(cell=parameter.cell, line=parameter.line),
                what=f"the parameter '{parameter.name}'",
                step=plans[0].step.name if plans else "",
                problem="it would replace `{{` in its default",
                advice="Set the text in a cell of the step.",
            )
    settings = {
        "retry": (config.retry, "it tries no whole run again; `step_defaults` may have a retry"),
        "timeout": (config.timeout, "a run has none; `step_defaults` may have a timeout"),
        "parallelism": (config.parallelism, "it has no bound for the steps of a run"),
        "schedule": (
            config.schedule,
            "a package has none; make a recurring run by `nbdag schedule`",
        ),
        "notify": (config.notify, "nobody would be told: it has no steps at the end of any run"),
        "artifact_store": (config.artifact_store, "values lie where its own store is"),
    }
    for name, (value, problem) in settings.items():
        if value:
            yield targets.NOT_ON_KUBEFLOW.at(
                what=f"the setting `{name}`",
                step=plans[0].step.name if plans else "",
                problem=problem,
                advice=f"{_ARGO}.",
            )


def _missing(plan: Plan, options: Options) -> Iterator[tuple[str, str, str]]:
    """Yield what, why not, and the way out."""
    config = plan.config
    if config.approve is not None:
        yield "the tag `approve`", "no step waits for a person", _ARGO
    if config.cluster is not None:
        yield "the tag `cluster`", "all steps run where it is", "Take the tag away"
    if config.retry is not None and config.retry.limit < 0:
        yield "the tag `retry`", "the number of retries has to be known", "Write a number"
    yield from _of_pod(config, options)


def _of_pod(config: StepConfig, options: Options) -> Iterator[tuple[str, str, str]]:
    for name, _ in config.limits:
        if name not in ("cpu", "memory"):
            yield f"the limit of `{name}`", "only cpu, memory and gpu have one", _ARGO
    for secret in config.secrets:
        if secret.key is None:
            advice = "Name the key and the variable: `secret:NAME:KEY:ENV`"
            yield f"the secret '{secret.name}'", "it takes single keys of a secret", advice
    for volume in config.volumes:
        if volume.size is not None and volume.name not in options.claims:
            problem = "no claim is made for a run"
            advice = "Make the claim, and name it as one that exists"
            yield f"the volume '{volume.name}'", problem, advice
    for name, _ in config.env:
        if not _VARIABLE.fullmatch(name) or name.startswith("NBDAG_"):
            problem = "letters, digits and `_` are allowed, and nbdag keeps NBDAG_ for itself"
            yield f"the environment variable '{name}'", problem, "Write another one"
