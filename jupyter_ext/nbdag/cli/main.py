"""main: runs a command, and turns every way it can end into an exit code.

| code | meaning |
|---|---|
| 0 | well |
| 1 | the notebook or the run failed |
| 2 | wrong usage |
| 130 | interrupted |
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from types import FrameType

import click

from .app import app
from .terminal import error, report_diagnostics

FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of *arguments* (those of the process unless given); return its exit code."""
    _prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code: object = app.main(args=given, prog_name="nbdag", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (KeyboardInterrupt, click.Abort):
        error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `nbdag check … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as problem:
        _tell(problem, debug=given[:1] == ["--debug"])
        return FAILED
    return code if isinstance(code, int) else 0


def _tell(problem: Exception, *, debug: bool) -> None:
    """Print what is wrong with the notebook or the run; of anything else, how to report it."""
    from nbdag_converters.errors import NotebookError, PipelineError

    if isinstance(problem, NotebookError):
        report_diagnostics(problem.diagnostics, err=True)
    elif isinstance(problem, PipelineError):
        error(str(problem))
    elif not (isinstance(problem, ModuleNotFoundError) and _tell_missing(problem.name or "")):
        _report_bug(problem, debug=debug)


def _tell_missing(module: str) -> bool:
    """Print how to install what brings *module*, if an extra of nbdag does; return whether so."""
    from .extras import extra_with

    extra = extra_with(module)
    if extra:
        package = module.partition(".")[0]
        error(f"this needs the package '{package}': pip install 'nbdag[{extra}]'")
    return extra is not None


def _prepare() -> None:
    """Have output never fail for its encoding, and SIGTERM end a run as Ctrl-C does."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)


def _report_bug(problem: Exception, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(problem)
        how = "please report it with the traceback above."
    else:
        how = "please report it with the traceback that `nbdag --debug …` shows."
    what = ": ".join(filter(None, (type(problem).__name__, " ".join(str(problem).split()))))
    error(f"unexpected {what}. This is a bug in nbdag; {how}")
