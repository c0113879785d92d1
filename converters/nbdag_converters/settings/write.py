"""Writing settings into a notebook's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from nbdag_converters.errors import NotebookError
from nbdag_converters.rules import settings

from .read import SECTION, read_settings, unknown_setting, wrong_setting
from .table import BY_NAME, SETTINGS, SettingError


def set_config(node: dict[str, Any], assignment: str) -> None:
    """Write `key=value` into the metadata of *node*, a notebook; `key=` removes the setting.

    Raises
    ------
    NotebookError
        If there is no such setting or its value is wrong; *node* is as it was.
    """
    key, separator, text = assignment.partition("=")
    setting = BY_NAME.get(key.strip())
    if not separator:
        raise NotebookError(
            (
                settings.WRONG_SETTING.at(
                    key=key, problem="there is no `=`", advice="Write `key=value`."
                ),
            )
        )
    if setting is None:
        raise NotebookError((unknown_setting(key.strip()),))
    metadata = cast("dict[str, Any]", node.setdefault("metadata", {}))
    section = metadata.get(SECTION)
    section = dict(cast("dict[str, Any]", section)) if isinstance(section, dict) else {}
    if text.strip():
        try:
            value = setting.kind.from_text(text)
            setting.kind.convert(value)
        except SettingError as error:
            raise NotebookError((wrong_setting(setting, error),)) from None
        section[setting.name] = value
    else:
        section.pop(setting.name, None)
    if section:
        metadata[SECTION] = section
    else:
        metadata.pop(SECTION, None)


def shown_settings(metadata: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return all settings: name, its value as JSON or "", and help."""
    import json

    section = metadata.get(SECTION)
    said = cast("Mapping[str, object]", section) if isinstance(section, Mapping) else {}
    config, _ = read_settings(metadata)
    rows: list[tuple[str, str, str]] = []
    for setting in SETTINGS:
        value = said.get(setting.name)
        if value is None and isinstance(kale := getattr(config, setting.name), str):
            value = kale
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        rows.append((setting.name, "" if value is None else shown, setting.help))
    return tuple(rows)
