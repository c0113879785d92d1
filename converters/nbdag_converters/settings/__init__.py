"""Settings of the whole pipeline, in the notebook's metadata under `nbdag`.

`table.SETTINGS` is the one place where they are written down: reading, writing, findings and
documentation are made from it. Kale's metadata is read too. This package must not write files.
"""

from __future__ import annotations

from .document import settings_markdown
from .read import read_settings
from .table import BY_NAME, SETTINGS, Setting, SettingError
from .write import set_config, shown_settings

__all__ = [
    "BY_NAME",
    "SETTINGS",
    "Setting",
    "SettingError",
    "read_settings",
    "set_config",
    "settings_markdown",
    "shown_settings",
]
