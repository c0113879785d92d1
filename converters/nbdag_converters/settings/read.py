"""The notebook's metadata → PipelineConfig."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import PipelineConfig
from nbdag_converters.rules import did_you_mean, settings

from .kale import from_kale
from .table import BY_NAME, Setting, SettingError

SECTION = "nbdag"


def read_settings(metadata: Mapping[str, Any]) -> tuple[PipelineConfig, tuple[Diagnostic, ...]]:
    """Return the settings in a notebook's metadata, Kale's where nbdag has none, and findings."""
    values, diagnostics = from_kale(metadata.get("kubeflow_notebook"))
    section: object = metadata.get(SECTION)
    if section is None:
        section = {}
    if not isinstance(section, Mapping):
        finding = settings.WRONG_SETTING.at(
            key=SECTION,
            problem="it is not an object",
            advice="`nbdag config NB key=value` writes it.",
        )
        return replace(PipelineConfig(), **values), (*diagnostics, finding)
    for key, value in cast("Mapping[str, object]", section).items():
        setting = BY_NAME.get(key)
        if setting is None:
            diagnostics += (unknown_setting(key),)
            continue
        try:
            values[key] = setting.kind.convert(value)
        except SettingError as error:
            diagnostics += (wrong_setting(setting, error),)
    return replace(PipelineConfig(), **values), diagnostics


def unknown_setting(key: str) -> Diagnostic:
    """Return the finding that there is no such setting."""
    close = difflib.get_close_matches(key, BY_NAME, 1)
    advice = did_you_mean(
        close[0] if close else None, otherwise="There are " + ", ".join(BY_NAME) + "."
    )
    return settings.UNKNOWN_SETTING.at(key=key, advice=advice)


def wrong_setting(setting: Setting, error: SettingError) -> Diagnostic:
    """Return the finding that a setting's value doesn't fit."""
    advice = error.advice or f"It is {setting.kind.hint}: `{setting.name}={setting.example}`."
    return settings.WRONG_SETTING.at(key=setting.name, problem=error.problem, advice=advice)
