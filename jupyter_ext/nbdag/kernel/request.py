"""RunRequest: what JupyterLab asks to be run, and the process that is started for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from nbdag.runs.detached import start_detached
from nbdag.runs.history import RunFolder
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Value

_PROCESS = "nbdag.kernel.process"
_PLACES = ("here", "argo", "kfp")


class RequestError(PipelineError):
    """What was asked for has the wrong shape."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run: the file *notebook* with the text *content*, see `local.start`.

    `typed` are parameters as a person types them, as on the command line; they are read in Python,
    where 1 and 1.0 are two things. `to` is where: `here`, `argo` or `kfp`. `namespace` and `image`
    are for clusters, `profile` and `repository` (`config-map/key`, the artifact store) for Argo,
    `endpoint`, `token_file` and `authorities` for Kubeflow: as `nbdag submit` has them, "" for what
    it does without.
    """

    notebook: str
    content: str
    parameters: Mapping[str, Value] = field(default_factory=dict[str, Value])
    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: tuple[str, ...] = ()
    from_steps: tuple[str, ...] = ()
    cache: bool = True
    to: Literal["here", "argo", "kfp"] = "here"
    namespace: str = ""
    image: str = ""
    profile: str = ""
    repository: str = ""
    endpoint: str = ""
    token_file: str = ""
    authorities: str = ""


def request_from(data: Mapping[str, Any], *, notebook: str, content: str) -> RunRequest:
    """Return the request for what JupyterLab sent; what it left out is as usual.

    Raises
    ------
    RequestError
        If something has the wrong type, or is unknown.
    """
    usual = RunRequest(notebook, content)
    given = {name: value for name, value in data.items() if name not in ("notebook", "content")}
    unknown = given.keys() - {each.name for each in fields(RunRequest)}
    if unknown:
        msg = f"A run has no option '{min(unknown)}'."
        raise RequestError(msg)
    for name, value in given.items():
        kind = type(getattr(usual, name))
        if not isinstance(value, list if kind is tuple else kind):
            msg = f"`{name}` is of the wrong type."
            raise RequestError(msg)
    if given.get("to", usual.to) not in _PLACES:
        msg = f"'{given['to']}' is no place to run at; there are: {', '.join(_PLACES)}."
        raise RequestError(msg)
    return RunRequest(notebook, content, **given)


def launch(
    request: RunRequest, *, python: str | None = None, env: Mapping[str, str] | None = None
) -> RunFolder:
    """Start what is asked for in a process of its own, see `start_detached`."""
    return start_detached(_PROCESS, asdict(request), python=python, env=env)
