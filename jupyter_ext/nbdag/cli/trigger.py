"""`nbdag trigger`: has runs of a notebook start by events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .argo import argo_options, options_of
from .arguments import (
    context_option,
    notebook_argument,
    output_option,
    parameter_values,
    parameters_option,
)
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag_converters.compilers.argo import Compiled
    from nbdag_converters.compilers.argo.events import Filter, Listened
    from nbdag_converters.model import Pipeline

_SOURCES = ("webhook", "nats", "kafka", "amqp", "s3", "resource", "alert")


@click.command()
@notebook_argument
@click.option("--webhook", metavar="PATH", help="A POST to this path, as /run; here: to this port.")
@click.option(
    "--watch",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="here: a file that is put into this folder.",
)
@click.option("--nats", metavar="URL", help="A message: nats://HOST:PORT/SUBJECT.")
@click.option("--kafka", metavar="ADDRESS", help="A message: HOST:PORT/TOPIC.")
@click.option("--amqp", metavar="URL", help="A message: amqp://HOST:PORT/EXCHANGE/KEY.")
@click.option(
    "--s3",
    metavar="BUCKET/PREFIX",
    help="An object: told by MinIO at --endpoint, or by messages in AWS's form.",
)
@click.option("--resource", metavar="RESOURCE", help="A change of PLURAL.VERSION.GROUP.")
@click.option("--alert", metavar="NAME", help="An alert that Alertmanager posts to /alerts.")
@click.option(
    "--set",
    "fields",
    multiple=True,
    metavar="NAME=PATH",
    help="Give a parameter the event's value at this path, as a.0.b; may be given several times.",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Only for events with kind=new, size>0, key~[.]csv$; all that are given have to hold.",
)
@click.option(
    "--once", default="", metavar="PATH", help="Events with the same value there start one run."
)
@parameters_option
@click.option("--endpoint", default="", metavar="URL", help="The address of MinIO.")
@click.option(
    "--secret",
    default="",
    metavar="NAME",
    help="MinIO's or AMQP's keys; NAME/KEY: the token that who posts has to know.",
)
@click.option("--name", default="", metavar="NAME", help="What the trigger is called.")
@argo_options
@context_option
@output_option
def trigger(  # noqa: PLR0913 - click passes one for each option
    notebook: Path,
    *,
    watch: Path | None,
    fields: tuple[str, ...],
    conditions: tuple[str, ...],
    once: str,
    given: tuple[str, ...],
    endpoint: str,
    secret: str,
    name: str,
    profile: str,
    image: str | None,
    namespace: str | None,
    claims: tuple[str, ...],
    context: str,
    output: Path | None,
    **sources: str | None,
) -> None:
    """Have Argo Events start runs of a notebook by events, or start them here.

    With --watch, and with --webhook and a port, the command itself waits, and runs the notebook on
    this machine, one run at a time, until you end it.

    Where an event lacks a field of --set, the parameter has its default. With --output the objects
    are written to a file for kubectl apply, and nothing is done on a cluster.
    """
    from nbdag_converters.build import build
    from nbdag_converters.compilers.argo import compile_objects
    from nbdag_converters.compilers.argo.events import EventError
    from nbdag_converters.compilers.argo.trigger import Trigger
    from nbdag_converters.compilers.names import legal

    built = build(notebook)
    pipeline = built.pipeline
    values = parameter_values(given, pipeline.parameters)
    filters = _filters(conditions)
    taken = _fields(fields, pipeline, values)
    if watch is not None or (sources["webhook"] or "").isdecimal():
        if output or context or any(sources[kind] for kind in _SOURCES[watch is None :]):
            msg = "--watch, and --webhook with a port, are for runs here, and one at a time."
            raise click.UsageError(msg)
        from .triggered import Triggered, wait_here

        here = Triggered(notebook, pipeline.parameters, taken, filters, once, values)
        wait_here(here, int(sources["webhook"] or 0) if watch is None else watch)
        return
    options = options_of(
        built, profile=profile, image=image, namespace=namespace, claims=claims, context=context
    )
    wanted = namespace or pipeline.config.namespace or ""
    try:
        listened = _listened(sources, pipeline.name, endpoint, secret, wanted)
    except EventError as error:
        msg = f"{error}."
        raise click.UsageError(msg) from None
    compiled = compile_objects(pipeline, options)
    found = (*built.diagnostics, *compiled.diagnostics)
    report_diagnostics([each for each in found if each.severity == "warning"], err=True)
    kind = next(each for each in _SOURCES if sources[each])
    made = Trigger(
        legal(name or f"{compiled.template['metadata']['name']}-{kind}", longest=45),
        listened,
        taken,
        filters,
        once,
    )
    objects = compiled.triggered(made, options.profile, values)
    if output is not None:
        from nbdag_converters.compilers.yaml import to_yaml

        from .files import write_text

        write_text(output, to_yaml((*compiled.config_maps, compiled.template, *objects)))
        return
    namespace = _apply(compiled, objects, namespace or "", context)
    say(f"{made.name}: {kind} starts runs in {namespace}; nbdag triggers lists them")


def _apply(compiled: Compiled, objects: Any, namespace: str, context: str) -> str:
    """Make the objects on the cluster; return the namespace in which they are."""
    from nbdag.cluster.connection import Place
    from nbdag.cluster.submit import connect_for
    from nbdag.cluster.triggers import put_trigger

    api = connect_for(compiled, Place(namespace, context))
    put_trigger(api, compiled, objects)
    return api.namespace


def _listened(
    sources: dict[str, str | None], pipeline: str, endpoint: str, secret: str, namespace: str
) -> Listened:
    """Return what is listened to: one thing, or objects that messages tell of."""
    from nbdag_converters.compilers.argo import events

    given = {kind: value for kind, value in sources.items() if value}
    place = given.pop("s3", None)
    if len(given) > 1 or (not given and place is None):
        msg = f"say one thing that starts runs: --{', --'.join(_SOURCES)}"
        raise events.EventError(msg)
    if not given and place is not None:
        return events.objects(place, endpoint=endpoint, secret=secret)
    ((kind, value),) = given.items()
    if kind == "resource":
        if not namespace or place:
            msg = "--resource needs the namespace, -n NAME, and goes without --s3"
            raise events.EventError(msg)
        return events.resource(value, namespace)
    makers = {
        "webhook": lambda: events.webhook(value, secret=secret),
        "alert": lambda: events.alert(value, secret=secret),
        "nats": lambda: events.nats(value),
        "kafka": lambda: events.kafka(value, f"nbdag-{pipeline}"),
        "amqp": lambda: events.amqp(value, secret=secret),
    }
    found = makers[kind]()
    if place is None:
        return found
    if kind == "alert":
        msg = "--s3 is told by messages or a webhook, not by alerts"
        raise events.EventError(msg)
    return events.told_objects(place, found)


def _filters(texts: tuple[str, ...]) -> tuple[Filter, ...]:
    from nbdag_converters.compilers.argo.events import EventError, parse_filter

    try:
        return tuple(parse_filter(text) for text in texts)
    except EventError as error:
        msg = f"{error}."
        raise click.UsageError(msg) from None


def _fields(
    texts: tuple[str, ...], pipeline: Pipeline, values: dict[str, Any]
) -> tuple[tuple[str, str], ...]:
    """Return the parameters that get a value of the event."""
    known = [parameter.name for parameter in pipeline.parameters]
    found: dict[str, str] = {}
    for text in texts:
        name, equals, path = (part.strip() for part in text.partition("="))
        if not equals or not name or not path:
            msg = f"'{text}' is not NAME=PATH."
            raise click.BadParameter(msg, param_hint="'--set'")
        if name not in known:
            msg = f"the notebook has no parameter '{name}'; it has: {', '.join(known) or 'none'}."
            raise click.BadParameter(msg, param_hint="'--set'")
        if name in values or name in found:
            msg = f"'{name}' can't get two values."
            raise click.BadParameter(msg, param_hint="'--set'")
        found[name] = path
    return tuple(found.items())
