"""What a pipeline has that Argo can't do, or does otherwise than here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nbdag_converters.compilers.nameless import find_lacks
from nbdag_converters.compilers.names import legal
from nbdag_converters.compilers.plan import Plan
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline, StepConfig, Volume
from nbdag_converters.rules import targets

from .pod import ROOT
from .profile import Options

_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_PYTHON = re.compile(r"(?:^|/)python:(\d+\.\d+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_A_NAME = "letters, digits and `_` are allowed"


def find_limits(
    pipeline: Pipeline, plans: Sequence[Plan], options: Options
) -> tuple[Diagnostic, ...]:
    """Return the findings about *pipeline*, errors among them."""
    found = [*_of_pipeline(pipeline, plans, options)]
    for plan in plans:
        found += _of_step(plan, options)
    found += [*_volumes(plans), *_clusters(plans, options), *_endings(plans)]
    return tuple(dict.fromkeys(found))


def _of_pipeline(
    pipeline: Pipeline, plans: Sequence[Plan], options: Options
) -> Iterator[Diagnostic]:
    config = pipeline.config
    if options.image is None:
        yield from find_lacks(pipeline, plans, default_image(options))
    for image in dict.fromkeys(plan.config.image or default_image(options) for plan in plans):
        theirs = _PYTHON.search(image)
        if options.python and theirs and theirs[1] != options.python:
            yield targets.OTHER_PYTHON.at(image=image, theirs=theirs[1], ours=options.python)
    if config.retry is not None:
        yield targets.RUN_RETRY.at(limit=config.retry.limit)
    if config.artifact_store:
        yield targets.ARTIFACT_STORE.at(store=config.artifact_store)
    for path in dict.fromkeys((*pipeline.files, *config.files)):
        if not any(name == path or name.startswith(f"{path}/") for name in options.files):
            yield targets.NOT_SHIPPED.at(path=path)


def default_image(options: Options) -> str:
    """Return the image of steps that name none."""
    return options.image or f"docker.io/library/python:{options.python or '3.12'}-slim"


def _of_step(plan: Plan, options: Options) -> Iterator[Diagnostic]:
    step, config, place = plan.step, plan.config, plan.place
    if config.retry is not None and config.retry.delay and config.retry.factor % 1:
        yield targets.WHOLE_FACTOR.at(place, step=step.name, factor=f"{config.retry.factor:g}")
    for what, value, problem in _unfit(config):
        yield targets.UNFIT_VALUE.at(place, what=what, step=step.name, value=value, problem=problem)
    taken = {ROOT: "nbdag needs it", "/": "it is the root of the container's file system"}
    for volume in config.volumes:
        path = volume.path.rstrip("/") or "/"
        problem = taken.get(path) or (taken[ROOT] if path.startswith(f"{ROOT}/") else "")
        if problem:
            yield targets.MOUNTED_TWICE.at(
                place, volume=volume.name, step=step.name, path=volume.path, problem=problem
            )
        taken[path] = "another volume is there"
        if volume.size is None and volume.name not in options.claims:
            yield targets.EMPTY_VOLUME.at(volume=volume.name)


def _unfit(config: StepConfig) -> Iterator[tuple[str, str, str]]:
    for name, _ in config.env:
        if not _VARIABLE.fullmatch(name):
            yield "the environment variable", name, _NOT_A_NAME
        if name.startswith("NBDAG_"):
            yield "the environment variable", name, "nbdag keeps names with NBDAG_ for itself"
    for secret in config.secrets:
        if secret.env is not None and not _VARIABLE.fullmatch(secret.env):
            yield "the environment variable", secret.env, _NOT_A_NAME
    for key, value in (*config.labels, *config.node_selector):
        if not _LABEL.fullmatch(value):
            yield f"the label '{key}'", value, "letters, digits, `-`, `_` and `.` are allowed"
    templates = "Argo would read `{{` as one of its templates"
    texts: Iterable[tuple[str, str | None]] = (
        ("the image", config.image),
        *((f"the annotation '{key}'", value) for key, value in config.annotations),
        *(("the path of a volume", volume.path) for volume in config.volumes),
    )
    for what, text in texts:
        if text is not None and "{{" in text:
            yield what, text, templates


def _volumes(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Yield where two volumes have one name."""
    seen: dict[str, Volume] = {}
    for plan in plans:
        for volume in plan.config.volumes:
            first = seen.setdefault(legal(volume.name), volume)
            if (first.size, first.name) != (volume.size, volume.name):
                other = f"'{first.name}', of {first.size or 'no size'}, is another volume"
                yield targets.UNFIT_VALUE.at(
                    plan.place,
                    what="a volume",
                    step=plan.step.name,
                    value=f"{volume.name}:{volume.size or ''}",
                    problem=other,
                )


def _clusters(plans: Sequence[Plan], options: Options) -> Iterator[Diagnostic]:
    """Yield the volumes that keep something and that steps of two clusters mount."""
    seen: dict[str, tuple[str, str | None]] = {}
    for plan in plans:
        for volume in plan.config.volumes:
            if volume.size is None and volume.name not in options.claims:
                continue  # each pod has its own
            first, cluster = seen.setdefault(volume.name, (plan.step.name, plan.config.cluster))
            if cluster != plan.config.cluster:
                yield targets.OTHER_CLUSTER.at(
                    plan.place, step=plan.step.name, volume=volume.name, other=first
                )


def _endings(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Yield steps at the end whose condition a step decides that may not have run."""
    ending = {plan.step.name for plan in plans if plan.step.config.on_exit}
    for plan in plans:
        condition = plan.step.condition
        if condition is not None and plan.step.name in ending and condition.step not in ending:
            yield targets.EXIT_CONDITION.at(plan.place, step=plan.step.name, decider=condition.step)
