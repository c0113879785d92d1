"""Forks a child for each order: the interpreter and IPython are warm, a step starts in 10 ms."""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from typing import Any, Dict

from .events import emit
from .ipython import make_shell
from .modules import MODULES
from .order import OrderError, parse_order
from .step import execute


class Zygote:
    """The parent of the steps' processes; `children` maps a process to its step and part."""

    def __init__(self) -> None:
        self.shell = make_shell()
        importlib.import_module("asyncio")  # each child's loop needs it
        self.children: Dict[int, Dict[str, Any]] = {}
        self.wake, wake = os.pipe()
        self.ends = [self.wake, wake]
        os.set_blocking(wake, False)
        os.set_blocking(self.wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner decides what Ctrl-C ends
        signal.signal(signal.SIGTERM, self._terminated)

    def serve(self) -> int:
        """Obey the lines of standard input until it ends."""
        gc.collect()
        gc.freeze()  # or the children's collector would copy the parent's pages
        rest = b""
        with selectors.DefaultSelector() as selector:
            self.ends.append(selector.fileno())
            selector.register(0, selectors.EVENT_READ)
            selector.register(self.wake, selectors.EVENT_READ)
            while True:
                ready = [key.fd for key, _ in selector.select()]
                if self.wake in ready:
                    os.read(self.wake, 4096)
                    self.reap(os.WNOHANG)
                if 0 in ready:
                    data = os.read(0, 1 << 16)
                    if not data:
                        return self.end()
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        self.obey(json.loads(line))

    def obey(self, request: Dict[str, Any]) -> None:
        """Do what one line asks for."""
        for name in request.get("preload", ()):
            try:
                importlib.import_module(name)
            except Exception:  # noqa: PERF203, S112 - the step that imports it will say so
                continue
        if "run" in request:
            self.fork(request)
        for pid, child in self.children.items():
            if child["step"] == request.get("kill") and request.get("pid") in (None, pid):
                os.killpg(pid, request.get("signal", signal.SIGTERM))

    def fork(self, request: Dict[str, Any]) -> None:
        """Start a child that executes the order in *request*."""
        parent = os.getpid()
        child = _label(request["run"])
        MODULES.settle()
        pid = os.fork()
        if pid:
            _own_group(pid)
            self.children[pid] = child
            emit("forked", pid=pid, **child)
            return
        status = 1
        try:
            _die_with(parent)
            self.become(request)
            try:
                status = execute(parse_order(request["run"]), self.shell)
            except OrderError as error:
                emit("failed", kind="order", message=str(error), **child)
            atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)

    def become(self, request: Dict[str, Any]) -> None:
        """Turn this forked child into a process of its own."""
        _own_group(0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in self.ends:
            os.close(end)
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(request["log"], os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        for new, old in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(new, old)
        os.close(nothing)
        os.close(log)
        os.environ.update(request.get("env", {}))
        os.environ["NBDAG_VALUES"] = request["values"]
        os.chdir(request.get("cwd", "."))
        numpy = sys.modules.get("numpy")
        if numpy:
            numpy.random.seed()  # children must not draw the same numbers; `random` sees to itself

    def reap(self, options: int) -> None:
        """Report the children that have ended."""
        while self.children:
            pid, status, usage = os.wait4(-1, options)
            if not pid:
                return
            child = self.children.pop(pid, None)
            if child is None:
                continue
            _kill_group(pid)  # what it has left running
            code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            used = usage.ru_utime + usage.ru_stime
            rss = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            emit("exited", status=code, rss=rss, cpu=round(used, 4), **child)

    def _terminated(self, *_: Any) -> None:
        self.end()

    def end(self) -> int:
        """Kill all children and end this process."""
        for pid in self.children:
            _kill_group(pid)
        self.reap(0)
        os._exit(0)


def _label(order: Any) -> Dict[str, Any]:
    """Return what events say of whom they are: the step, and which part of its loop."""
    loop = order.get("loop")
    part = {"part": loop.get("part"), "index": loop.get("number")} if loop else {}
    return dict(part, step=str(order.get("step")))


def _wake(*_: Any) -> None:
    """Let the signal end the wait for input."""


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        return  # nobody is left


def _own_group(pid: int) -> None:
    try:
        os.setpgid(pid, pid)
    except OSError:
        return  # the child has done it, or is gone


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent is killed."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (ImportError, AttributeError, OSError):
        return
    if os.getppid() != parent:
        os._exit(1)
