"""What whole pipelines become for Argo, as files to be read: `tests/golden/argo-…/`.

The config maps are left out, as is the hash of their content in their names: they change with the
runtime.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbdag_converters.compilers.argo import (
    Options,
    Profile,
    Schedule,
    compile_objects,
    events,
)
from nbdag_converters.compilers.argo.trigger import Trigger
from nbdag_converters.compilers.yaml import to_yaml
from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Pipeline, Volume
from pipelines import CONTROL, SETTINGS, wide_pipeline

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = {
    "control": (CONTROL, Options()),
    "control-standalone": (CONTROL, Options(standalone=True, targets=("validate",))),
    "settings": (SETTINGS, Options(claims=frozenset({"data"}), repository=("repos", "nbdag"))),
    "settings-restricted": (SETTINGS, Options(profile=Profile("4.0", "restricted"))),
    "settings-openshift": (SETTINGS, Options(profile=Profile("3.6", "openshift"))),
    "settings-initless": (SETTINGS, Options(profile=Profile("4.1", "restricted", initless=True))),
    "many": (wide_pipeline(230), Options()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pipeline_becomes_what_its_golden_file_says(
    case: str, golden: Callable[[Path, str], None]
) -> None:
    pipeline, options = CASES[case]
    golden(GOLDEN / f"argo-{case}" / "argo.yaml", template_text(pipeline, options))


def template_text(pipeline: Pipeline, options: Options) -> str:
    compiled = compile_objects(pipeline, options)
    others = compiled.objects[len(compiled.config_maps) :]
    text = to_yaml(others if options.standalone else [*others, compiled.workflow()])
    return re.sub(r"(nbdag-(?:work|guard))-[0-9a-f]{12}", r"\1-HASH", text)


def test_steps_on_another_cluster_become_what_their_golden_file_says(
    golden: Callable[[Path, str], None],
) -> None:
    there = {"load", "validate"}
    steps = [
        replace(step, config=replace(step.config, cluster="edge")) if step.name in there else step
        for step in CONTROL.steps
    ]
    options = Options(profile=Profile("3.7", "restricted"))
    compiled = compile_objects(replace(CONTROL, steps=tuple(steps)), options)
    texts = [item.get("data", {}) for item in compiled.config_maps]
    data = {key: text for found in texts for key, text in found.items()}
    remote = [json.loads(text) for key, text in data.items() if key.endswith(".remote.json")]
    assert len(remote) == 4
    templates = [t for t in compiled.template["spec"]["templates"] if "volumes" in t]
    golden(GOLDEN / "argo-elsewhere" / "argo.yaml", to_yaml([*templates, *remote]))


def test_a_volume_that_keeps_something_is_of_one_cluster() -> None:
    volume = (Volume("data", "/data", "1Gi"),)
    first, *rest = CONTROL.steps
    second, *rest = rest
    steps = (
        replace(first, config=replace(first.config, volumes=volume)),
        replace(second, config=replace(second.config, volumes=volume, cluster="edge")),
        *rest,
    )
    with pytest.raises(NotebookError, match=f"step '{second.name}' mounts the volume 'data'"):
        compile_objects(replace(CONTROL, steps=steps))


def test_a_schedule_becomes_what_its_golden_file_says(golden: Callable[[Path, str], None]) -> None:
    schedule = Schedule(("0 4 * * 1", "@daily"), "Europe/Berlin", "Replace", 600, 3)
    made = compile_objects(CONTROL, Options(namespace="ml")).scheduled(
        schedule, {"n": 5, "word": "it's"}, name="Mondays & more", time_as="word"
    )
    golden(GOLDEN / "argo-schedule" / "cron.yaml", to_yaml([made]))


LISTENED = {
    "webhook": events.webhook("/run", secret="hook/token"),
    "nats": events.nats("nats://broker:4222/orders.new"),
    "kafka": events.kafka("broker:9092/orders", "nbdag-work"),
    "amqp": events.amqp("amqp://broker:5672/orders/order.*", secret="amqp"),
    "minio": events.objects("input/data/", endpoint="http://minio:9000", secret="s3"),
    "s3-by-nats": events.told_objects("input/a.b/", events.nats("nats://broker:4222/s3")),
    "resource": events.resource("configmaps.v1", "ml"),
    "alert": events.alert("DriftHigh"),
}


def test_triggers_become_what_their_golden_file_says(golden: Callable[[Path, str], None]) -> None:
    compiled = compile_objects(CONTROL, Options(namespace="ml"))
    made = [
        item
        for name, listened in LISTENED.items()
        for item in compiled.triggered(
            Trigger(
                f"work-{name}",
                listened,
                (("n", "items.0.n"), ("word", "key" if "s3" in name else ".")),
                (events.parse_filter("kind=a+b"), events.parse_filter("size>0")),
                "id" if name == "webhook" else "",
            ),
            Profile("3.7", "restricted" if name == "nats" else "none"),
            {"rate": 0.5},
        )
    ]
    golden(GOLDEN / "argo-triggers" / "events.yaml", to_yaml(made))
