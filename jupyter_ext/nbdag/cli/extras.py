"""Extras: which of nbdag's extras brings a package that is missing."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

FOR_USERS = ("cluster", "jupyter", "kfp", "examples")
_EXTRA = re.compile(r"""(?P<package>[\w.-]+).*;.*\bextra\s*==\s*["'](?P<extra>[\w-]+)["']""")


def extra_with(module: str) -> str | None:
    """Return the extra of nbdag that brings the module *module*, `None` if none does."""
    wanted = module.partition(".")[0].replace("-", "_").lower()
    try:
        found = map(_EXTRA.match, requires("nbdag") or ())
    except PackageNotFoundError:  # it runs from its folder
        return None
    for each in filter(None, found):
        package = each["package"].replace("-", "_").lower()
        if package == wanted and each["extra"] in FOR_USERS:
            return each["extra"]
    return None
