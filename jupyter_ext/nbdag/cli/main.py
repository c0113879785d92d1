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
import traceback
from collections.abc import Sequence
from types import FrameType

import click

from nbdag_converters.errors import NotebookError, PipelineError

from .app import app
from .terminal import error, report_diagnostics

FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of *arguments* (those of the process unless given); return its exit code."""
    _prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _call(given)
    except (KeyboardInterrupt, click.Abort):
        error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `nbdag check … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as problem:
        return _report_bug(problem, debug=given[:1] == ["--debug"])


def _call(given: list[str]) -> int:
    """Run the command; what is wrong with the input is told, and never a traceback."""
    try:
        code: object = app.main(args=given, prog_name="nbdag", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except NotebookError as problem:
        report_diagnostics(problem.diagnostics, err=True)
        return FAILED
    except PipelineError as problem:
        error(str(problem))
        return FAILED
    return code if isinstance(code, int) else 0


def _prepare() -> None:
    """Have output never fail for its encoding, and SIGTERM end a run as Ctrl-C does."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _report_bug(problem: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(problem)
    what = " ".join(str(problem).split())
    error(
        f"unexpected {type(problem).__name__}{': ' if what else ''}{what}. This is a bug in nbdag; "
        + ("please report it with the traceback above." if debug else _HOW_TO_REPORT)
    )
    return FAILED


_HOW_TO_REPORT = "please report it with the traceback that `nbdag --debug …` shows."
