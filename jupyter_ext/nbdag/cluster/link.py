"""Link: which workflow a run's folder belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbdag.runs.base import RunError
from nbdag.runs.files import write_atomic
from nbdag.runs.history import RunFolder

_FILE = "cluster.json"


@dataclass(frozen=True, slots=True)
class Link:
    """Where the workflow of a run is. `tasks` are the names of its tasks by those of the steps.

    `code` are the config maps with what its pods run, `options` what the compiler was told beside
    the pipeline. `uid` is "" until the workflow is made. `repository` describes where its artifacts
    are, without any secret, as far as that is known.
    """

    context: str
    namespace: str
    workflow: str
    tasks: Mapping[str, str]
    code: tuple[str, ...]
    options: Mapping[str, Any]
    uid: str = ""
    repository: Mapping[str, Any] | None = None

    def write(self, run: RunFolder) -> None:
        """Keep it with the run."""
        write_atomic(run.path / _FILE, (json.dumps(asdict(self), indent=1) + "\n").encode())


def link_of(run: RunFolder) -> Link:
    """Return the link of a run.

    Raises
    ------
    RunError
        If it is not a run on a cluster.
    """
    try:
        data: dict[str, Any] = json.loads((run.path / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        msg = f"Run {run.id} is not one on a cluster."
        raise RunError(msg) from None
    data["code"] = tuple(data["code"])
    return Link(**data)
