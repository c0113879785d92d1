"""Kale's settings in the metadata `kubeflow_notebook`, as settings of nbdag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.rules import settings

from .table import BY_NAME, SettingError

NAMES = {
    "pipeline_name": "name",
    "pipeline_description": "description",
    "experiment_name": "experiment",
    "docker_image": "image",
    "base_image": "image",
    "steps_defaults": "step_defaults",
}
REPORT = "report:"  # says whether a step leaves a page, which each one does here
NEW_CLAIM = frozenset({"new_pvc"})


def from_kale(section: object) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    """Return the settings that Kale's metadata says, by nbdag's names, and findings."""
    values: dict[str, Any] = {}
    diagnostics: list[Diagnostic] = []
    if not isinstance(section, Mapping):
        return values, ()
    said = cast("Mapping[str, object]", section)
    for theirs, given in (*said.items(), ("experiment_name", experiment_of(said))):
        ours = NAMES.get(theirs, "")
        value = _without_report(given)
        if not ours or value in ("", None, []):
            continue
        try:
            values[ours] = BY_NAME[ours].kind.convert(value)
        except SettingError as error:
            diagnostics.append(kale_finding(ours, error))
    try:
        if volumes := [volume_of(volume) for volume in list_of(said.get("volumes"))]:
            values["volumes"] = BY_NAME["volumes"].kind.convert(volumes)
    except SettingError as error:
        diagnostics.append(kale_finding("volumes", error))
    return values, tuple(diagnostics)


def _without_report(value: object) -> object:
    if not isinstance(value, list):
        return value
    tags = cast("list[object]", value)
    return [tag for tag in tags if not (isinstance(tag, str) and tag.startswith(REPORT))]


def experiment_of(said: Mapping[str, object]) -> object:
    """Return the experiment's name, which newer versions of Kale put into an object."""
    experiment = said.get("experiment")
    if isinstance(experiment, Mapping):
        return cast("Mapping[str, object]", experiment).get("name")
    return said.get("experiment_name")


def volume_of(volume: object) -> str:
    """Return one of Kale's volumes as in the tag `volume`."""
    if not isinstance(volume, Mapping):
        raise SettingError(volume, "is not a volume")
    said = cast("Mapping[str, object]", volume)
    size = (
        f":{said.get('size')}{said.get('size_type', 'Gi')}" if said.get("type") in NEW_CLAIM else ""
    )
    return f"{said.get('name')}:{said.get('mount_point')}{size}"


def list_of(value: object) -> list[object]:
    """Return *value* if it is a list, or else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def kale_finding(key: str, error: SettingError) -> Diagnostic:
    """Return the finding that a setting of Kale's is left out."""
    return settings.KALE_SETTING.at(key=key, problem=error.problem)
