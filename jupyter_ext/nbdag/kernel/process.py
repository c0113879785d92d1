"""Process: compiles the notebook that JupyterLab sent, starts the run, and stays until its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbdag.runs import local
from nbdag.runs.detached import serve
from nbdag.settings import RunSettings
from nbdag_converters.build import Built, build
from nbdag_converters.model import Value
from nbdag_converters.notebook import from_content, parse_json
from nbdag_converters.parameters import parse_value

from .request import RunRequest

if TYPE_CHECKING:
    from nbdag.runs.base import RunHandle


def main() -> int:
    """Run what standard input asks for, in this process; return the exit code."""
    request = RunRequest(**json.load(sys.stdin))
    return serve(partial(_start, request))


def _start(request: RunRequest) -> RunHandle:
    path = Path(request.notebook)
    content = parse_json(request.content, name=path.name)
    built = build(from_content(content, name=path.name, path=path))
    return _PLACES[request.to](built, request)


def _here(built: Built, request: RunRequest) -> RunHandle:
    return local.start(
        built.pipeline,
        notebook=Path(request.notebook),
        parameters=_parameters(built, request),
        settings=RunSettings(
            targets=tuple(request.targets),
            from_steps=tuple(request.from_steps),
            cache=request.cache,
        ),
        content=_bytes(request),
    )


def _on_argo(built: Built, request: RunRequest) -> RunHandle:
    from nbdag.cluster.connection import Place
    from nbdag.submission import to_argo
    from nbdag_converters.compilers.argo import Options, parse_profile

    given: dict[str, Any] = {}
    if request.profile:
        given["profile"] = parse_profile(request.profile)
    if request.repository:
        config_map, _, key = request.repository.partition("/")
        given["repository"] = (config_map, key)
    options = Options(
        image=request.image or None,
        namespace=request.namespace or None,
        targets=tuple(request.targets),
        **given,
    )
    return to_argo(
        built,
        Path(request.notebook),
        options,
        _parameters(built, request),
        Place(request.namespace),
        content=_bytes(request),
    )


def _on_kubeflow(built: Built, request: RunRequest) -> RunHandle:
    from nbdag.kubeflow.endpoint import Endpoint
    from nbdag.submission import to_kubeflow
    from nbdag_converters.compilers.kfp import Options

    endpoint = Endpoint(
        request.endpoint,
        request.namespace,
        token_file=_file(request.token_file),
        authorities=_file(request.authorities),
    )
    return to_kubeflow(
        built,
        Path(request.notebook),
        Options(image=request.image or None),
        _parameters(built, request),
        endpoint,
        content=_bytes(request),
    )


def _file(name: str) -> Path | None:
    return Path(name).expanduser() if name else None


def _parameters(built: Built, request: RunRequest) -> dict[str, Value]:
    known = {one.name: one for one in built.pipeline.parameters}
    typed = {
        name: parse_value(known[name], text) if name in known else text
        for name, text in request.typed.items()
    }
    return {**request.parameters, **typed}


def _bytes(request: RunRequest) -> bytes:
    return request.content.encode(errors="surrogatepass")


_PLACES: Mapping[str, Callable[[Built, RunRequest], RunHandle]] = {
    "here": _here,
    "argo": _on_argo,
    "kfp": _on_kubeflow,
}


if __name__ == "__main__":
    raise SystemExit(main())
