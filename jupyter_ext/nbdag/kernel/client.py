"""Client: what answers JupyterLab in the notebook's kernel, over a comm.

```
 {"id": 1, "do": "hello"}                        ──►  {"id": 1, "version": "0.1.0"}
 {"id": 2, "do": "run", "notebook": …, …}        ──►  {"id": 2, "run": id} or {"id": 2, "error": …}
 {"id": 3, "do": "retry", "notebook": …, "run": id}   likewise
```
JupyterLab opens the comm on a subshell of the kernel, so that it is answered while a cell runs. It
is only ever written to from here: a kernel answers where it last wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbdag.runs.history import find_run
from nbdag_converters.errors import PipelineError

from .environment import environment_at_start
from .request import launch, request_from
from .retry import launch_retry

TARGET = "nbdag"


def serve() -> None:
    """Answer JupyterLab in this kernel from now on."""
    import comm

    comm.get_comm_manager().register_target(TARGET, _opened)


def _opened(channel: Any, _: Mapping[str, Any]) -> None:
    def on_message(message: Mapping[str, Any]) -> None:
        channel.send(reply(message["content"]["data"]))

    channel.on_msg(on_message)


def reply(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to what JupyterLab asks."""
    data = dict(message)
    number, verb = data.pop("id", None), data.pop("do", None)
    if verb == "hello":
        return {"id": number, "version": version("nbdag")}
    if verb not in ("run", "retry"):
        return {"id": number, "error": f"nbdag in the kernel can't '{verb}'."}
    notebook, content = str(data.pop("notebook", "")), str(data.pop("content", ""))
    if not Path(notebook).is_file():
        # A kernel of another machine, or in a container: it can't see the file.
        return {"id": number, "absent": True}
    try:
        if verb == "retry":
            earlier = find_run(str(data.get("run")), Path(notebook).parent)
            run = launch_retry(earlier, env=environment_at_start())
        else:
            request = request_from(data, notebook=notebook, content=content)
            run = launch(request, env=environment_at_start())
    except PipelineError as problem:
        return {"id": number, "error": str(problem)}
    return {"id": number, "run": run.id}
