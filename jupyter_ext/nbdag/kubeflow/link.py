"""Link: which run of Kubeflow a run's folder belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbdag.runs.base import RunError
from nbdag.runs.files import write_atomic
from nbdag.runs.history import RunFolder

from .endpoint import Endpoint

FILE = "kubeflow.json"


@dataclass(frozen=True, slots=True)
class Link:
    """Where the run is. `tasks` are the names of its tasks by those of the steps.

    It holds no token, but where the file with one is. `since` is when the run had failed there,
    which goes on with it now, 0 where it has not.
    """

    url: str
    namespace: str
    run: str
    page: str
    tasks: Mapping[str, str]
    token_file: str = ""
    authorities: str = ""
    since: float = 0.0

    def write(self, run: RunFolder) -> None:
        """Keep it with the run."""
        write_atomic(run.path / FILE, (json.dumps(asdict(self), indent=1) + "\n").encode())

    @property
    def endpoint(self) -> Endpoint:
        """The way there."""
        return Endpoint(
            self.url,
            namespace=self.namespace,
            token_file=Path(self.token_file) if self.token_file else None,
            authorities=Path(self.authorities) if self.authorities else None,
        )


def link_of(run: RunFolder) -> Link:
    """Return the link of a run.

    Raises
    ------
    RunError
        If it is not a run on Kubeflow.
    """
    try:
        data: dict[str, Any] = json.loads((run.path / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        msg = f"Run {run.id} is not one on Kubeflow."
        raise RunError(msg) from None
    return Link(**data)
