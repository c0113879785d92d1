"""The notebook's Python: which one it is, and how the runtime is started in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple, TypeAlias

from nbdag_converters.compilers import embed
from nbdag_converters.runtime.kernel import ENVIRONMENT

from .base import RunError
from .channel import Channel

NEUTRAL = Path(os.sep).absolute()
"""A folder in which no module of a notebook lies."""

_SEED = "0"
"""One for all: sets of strings have one order in all steps of a run."""


def find_python(kernel: str) -> tuple[str, dict[str, str]]:
    """Return the interpreter of a kernelspec, and the variables that the kernelspec sets.

    Where the notebook has no kernelspec, or it has the default one and that isn't installed, it
    is the interpreter that runs this.

    Raises
    ------
    RunError
        If the kernelspec isn't installed, or its interpreter isn't there.
    """
    if not kernel:
        return sys.executable, {}
    found = _installed(kernel) or _known_to_jupyter(kernel)
    if found is None:
        return sys.executable, {}
    program, env = found
    python = _program(program)
    if python is None:
        msg = f"The notebook's kernel '{kernel}' needs {program}, which isn't there."
        raise RunError(msg)
    return python, env


_Spec: TypeAlias = "tuple[str, dict[str, str]]"


def _installed(kernel: str) -> _Spec | None:
    """Return program and variables of a kernelspec in one of Jupyter's folders.

    `None` where there is none that is plain: then Jupyter's own manager decides. It says the same,
    but importing it takes longer than a run in which all steps are cached.
    """
    from jupyter_core.paths import jupyter_path

    for folder in map(Path, jupyter_path("kernels")):
        path = folder / kernel / "kernel.json"
        if not path.is_file():
            continue
        try:
            spec = json.loads(path.read_text(encoding="utf-8"))
            if "kernel_provisioner" in spec.get("metadata", {}):
                return None
            env = {str(name): str(value) for name, value in spec.get("env", {}).items()}
            return str(spec["argv"][0]), env
        except (OSError, ValueError, LookupError, AttributeError, TypeError):
            return None
    return None


def _known_to_jupyter(kernel: str) -> _Spec | None:
    """Return what Jupyter's manager says of *kernel*; `None` for the default one if it has none."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    try:
        spec = manager.get_kernel_spec(kernel)
    except NoSuchKernel:
        if kernel == "python3":
            return None
        installed = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        msg = (
            f"The notebook's kernel '{kernel}' isn't installed here; installed are: {installed}. "
            "Choose one of these in the notebook, or install it."
        )
        raise RunError(msg) from None
    return str(spec.argv[0]), {str(name): str(value) for name, value in spec.env.items()}


def _program(name: str) -> str | None:
    # As jupyter_client does: a name without a folder is the environment that runs this.
    major, minor = sys.version_info[:2]
    if name in ("python", f"python{major}", f"python{major}.{minor}"):
        return sys.executable
    return shutil.which(name)


class Streams(NamedTuple):
    """What a process reads and writes, as `subprocess` takes it."""

    stdin: int | IO[bytes]
    stdout: int | IO[bytes]
    stderr: int | IO[bytes]


def start_runtime(
    python: str,
    role: str,
    *,
    channel: Channel,
    env: Mapping[str, str],
    cwd: Path,
    streams: Streams,
) -> subprocess.Popen[bytes]:
    """Start the runtime as *role* (`zygote` or `step`), the leader of a session of its own.

    Raises
    ------
    RunError
        If the interpreter can't be started.
    """
    variables = {**os.environ, **run_environment(), **env, "NBDAG_EVENTS": str(channel.end)}
    try:
        return subprocess.Popen(
            [python, "-c", embed.BOOT_HERE, str(embed.SOURCES), role],
            cwd=cwd,
            env=variables,
            pass_fds=(channel.end,),
            # Ctrl-C in a terminal is for this process, which ends the steps in order.
            start_new_session=True,
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
        )
    except OSError as error:
        msg = f"The notebook's Python can't be started: {python}: {error.strerror}."
        raise RunError(msg) from None


def run_environment() -> dict[str, str]:
    """Return the variables that all processes of a run have: those of a kernel, and a seed."""
    given = {
        name: os.environ[name] for name in ("MPLBACKEND", "PYTHONHASHSEED") if name in os.environ
    }
    if given.get("PYTHONHASHSEED") == "random":
        del given["PYTHONHASHSEED"]
    return {**ENVIRONMENT, "PYTHONHASHSEED": _SEED, **given}


class Errors:
    """A nameless file for what a process of the machinery writes to standard error."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it

    def tail(self, size: int = 4_000) -> str:
        """Return the end of what is there; reading does not move where the process writes."""
        if self.file.closed:
            return ""
        length = os.fstat(self.file.fileno()).st_size
        found = os.pread(self.file.fileno(), size, max(length - size, 0))
        return found.decode(errors="replace").strip()

    def close(self) -> None:
        """Forget it."""
        self.file.close()
