"""Artifacts of Kubeflow: where they lie in a task, and the reports that go along with files."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, List

SCHEMES = ("gs", "minio", "s3", "oci")
REPORTS = "reports.json"


def place(artifact: Dict[str, Any]) -> str:
    """Return where an artifact lies: stores are mounted below the name of their scheme."""
    scheme, mark, rest = artifact["uri"].partition("://")
    if not mark or scheme not in SCHEMES:
        return str(artifact["uri"])
    return "/%s/%s" % (scheme, rest.replace("/", "_") if scheme == "oci" else rest)


def reports(folders: Iterable[str]) -> Dict[str, List[Any]]:
    """Return what steps have reported, by their numbers, from all *folders* that were handed on."""
    found: Dict[str, List[Any]] = {}
    for folder in folders:
        with open(os.path.join(folder, REPORTS), encoding="utf-8") as file:
            found.update(json.load(file))
    return found


def write_reports(folder: str, told: Dict[str, List[Any]]) -> None:
    """Hand on what steps have reported."""
    with open(os.path.join(folder, REPORTS), "w", encoding="utf-8") as file:
        json.dump(told, file)
