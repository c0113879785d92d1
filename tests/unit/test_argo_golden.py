"""What whole pipelines become for Argo, as files to be read: `tests/golden/argo-…/`.

The config maps are left out, as is the hash of their content in their names: they change with the
runtime.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nbdag_converters.compilers.argo import Options, Profile, Schedule, compile_objects
from nbdag_converters.compilers.argo.yaml import to_yaml
from nbdag_converters.model import Pipeline
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
    return re.sub(r"(nbdag-work)-[0-9a-f]{12}", r"\1-HASH", text)


def test_a_schedule_becomes_what_its_golden_file_says(golden: Callable[[Path, str], None]) -> None:
    schedule = Schedule(("0 4 * * 1", "@daily"), "Europe/Berlin", "Replace", 600, 3)
    made = compile_objects(CONTROL, Options(namespace="ml")).scheduled(
        schedule, {"n": 5, "word": "it's"}, name="Mondays & more", time_as="word"
    )
    golden(GOLDEN / "argo-schedule" / "cron.yaml", to_yaml([made]))
