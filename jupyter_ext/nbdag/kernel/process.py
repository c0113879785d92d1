"""Process: compiles the notebook that JupyterLab sent, starts the run, and stays until its end."""

from __future__ import annotations

import json
import sys
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
    return _on_argo(built, request) if request.to == "argo" else _here(built, request)


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
    from nbdag.cluster.submit import submit
    from nbdag_converters.compilers.argo import Options, compile_objects, parse_profile
    from nbdag_converters.shipped import shipped_files

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
        files=shipped_files(built),
        python=built.notebook.python,
        **given,
    )
    return submit(
        compile_objects(built.pipeline, options),
        options,
        notebook=Path(request.notebook),
        parameters=_parameters(built, request),
        place=Place(request.namespace),
        content=_bytes(request),
    )


def _parameters(built: Built, request: RunRequest) -> dict[str, Value]:
    known = {one.name: one for one in built.pipeline.parameters}
    typed = {
        name: parse_value(known[name], text) if name in known else text
        for name, text in request.typed.items()
    }
    return {**request.parameters, **typed}


def _bytes(request: RunRequest) -> bytes:
    return request.content.encode(errors="surrogatepass")


if __name__ == "__main__":
    raise SystemExit(main())
