"""Executes orders of steps as they are shipped, and in a zygote as it is started here."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag_converters.compilers import embed


@dataclass(frozen=True, slots=True)
class Executed:
    """What a step left behind."""

    status: int
    events: tuple[Mapping[str, Any], ...]
    log: str
    outputs: tuple[Mapping[str, Any], ...]
    report: Mapping[str, Any]

    @property
    def failure(self) -> Mapping[str, Any]:
        """The event that says why the step failed; empty if it succeeded."""
        return next((event for event in self.events if event["event"] == "failed"), {})

    def displayed(self, cell: int) -> list[Mapping[str, Any]]:
        """Return the outputs of *cell*."""
        return [entry["output"] for entry in self.outputs if entry["cell"] == cell]

    def text(self, cell: int) -> str:
        """Return what *cell* printed."""
        return "".join(output.get("text", "") for output in self.displayed(cell))


def make_order(step: str, cells: Sequence[str], **fields: Any) -> dict[str, Any]:
    """Return an order whose cells have the numbers 1, 2, …"""
    numbered = [{"number": number, "source": text} for number, text in enumerate(cells, 1)]
    return {"step": step, "cells": numbered, **fields}


def run_step(
    folder: Path,
    order: Mapping[str, Any],
    *,
    python: str = sys.executable,
    flags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Executed:
    """Execute *order* in a process of its own; its working folder is `work` in *folder*."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    values = folder / "values"
    reading, writing = os.pipe()
    with (folder / f"{order['step']}.log").open("a+") as log:
        process = subprocess.Popen(
            [python, *flags, "-c", embed.BOOT, embed.payload(), "step"],
            cwd=work,
            env={
                **(os.environ if env is None else env),
                "NBDAG_ORDER": json.dumps(order),
                "NBDAG_VALUES": str(values),
                "NBDAG_EVENTS": str(writing),
            },
            stdout=log,
            stderr=log,
            pass_fds=[writing],
        )
        os.close(writing)
        with os.fdopen(reading) as events:
            lines = [json.loads(line) for line in events]
        status = process.wait()
    return read_step(folder, str(order["step"]), status, lines)


def read_step(folder: Path, step: str, status: int, events: Sequence[Any]) -> Executed:
    """Return what the files of *step* say."""
    own = folder / "values" / step
    outputs, report = own / "outputs.jsonl", own / "report.json"
    return Executed(
        status,
        tuple(events),
        (folder / f"{step}.log").read_text("utf-8", "replace"),
        tuple(json.loads(line) for line in outputs.read_text().splitlines())
        if outputs.exists()
        else (),
        json.loads(report.read_text()) if report.exists() else {},
    )


class Zygote:
    """A zygote and its pipes; `events` are all that it has said so far."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", embed.BOOT_HERE, str(embed.SOURCES), "zygote"],
            stdin=subprocess.PIPE,
            env={**os.environ, "NBDAG_EVENTS": str(writing), "PYTHONHASHSEED": "0"},
            pass_fds=[writing],
            text=True,
        )
        os.close(writing)
        self.stream = os.fdopen(reading)
        self.events: list[Mapping[str, Any]] = []

    def send(self, **request: Any) -> None:
        """Write one line to the zygote."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def start(self, folder: Path, order: Mapping[str, Any], **env: str) -> None:
        """Ask for a child that executes *order*."""
        work = folder / "work"
        work.mkdir(exist_ok=True)
        log = folder / f"{order['step']}.log"
        self.send(run=order, log=str(log), values=str(folder / "values"), env=env, cwd=str(work))

    def wait_for(self, event: str, step: str) -> Mapping[str, Any]:
        """Read events until that one comes, and return it."""
        for line in self.stream:
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == event and self.events[-1].get("step") == step:
                return self.events[-1]
        message = f"the zygote ended before {event!r} of {step!r}"
        raise AssertionError(message)

    def run(self, folder: Path, order: Mapping[str, Any]) -> Executed:
        """Execute *order* in a child, and return what it left behind."""
        start = len(self.events)
        self.start(folder, order)
        status = self.wait_for("exited", str(order["step"]))["status"]
        own = [event for event in self.events[start:] if event.get("step") == order["step"]]
        return read_step(folder, str(order["step"]), status, own)

    def close(self) -> int:
        """End its input, and return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(30)
        self.events += [json.loads(line) for line in self.stream]
        self.stream.close()
        return status


@contextlib.contextmanager
def running_zygote() -> Generator[Zygote]:
    """Start a zygote, and end it."""
    zygote = Zygote()
    try:
        yield zygote
    finally:
        if zygote.process.poll() is None:
            zygote.close()
        zygote.stream.close()
        if zygote.process.stdin is not None:
            zygote.process.stdin.close()
