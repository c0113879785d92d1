"""Artifacts of Kubeflow: where they lie in a task, and what goes along with files.

That is what steps have reported, for the guard, and what they have left: where, and their metrics.
Of a step that Kubeflow has taken from its cache there is no log that says so.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable

SCHEMES = ("gs", "minio", "s3", "oci")
REPORTS, LEFT = "reports.json", "left.json"


def place(artifact: Dict[str, Any]) -> str:
    """Return where an artifact lies: stores are mounted below the name of their scheme."""
    scheme, mark, rest = artifact["uri"].partition("://")
    if not mark or scheme not in SCHEMES:
        return str(artifact["uri"])
    return "/%s/%s" % (scheme, rest.replace("/", "_") if scheme == "oci" else rest)


def reports(folders: Iterable[str], name: str = REPORTS) -> Dict[str, Any]:
    """Return what steps have handed on, by their numbers, from all *folders*.

    It is what they have reported, or, as *name* says, what they have LEFT.
    """
    found: Dict[str, Any] = {}
    for folder in folders:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found.update(json.load(file))
    return found


def write_reports(folder: str, told: Dict[str, Any], name: str = REPORTS) -> None:
    """Hand that on."""
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(told, file)
