"""Runs that the server starts, follows and stops; each is a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from labtab import PATH, Tab, notebook
from nbdag.kernel.request import RunRequest, launch
from nbdag.runs.history import list_runs

Connect = Callable[..., Awaitable[Any]]


class Listener:
    """A tab's end of the stream: `state` is all that it was told, put together."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.state: dict[str, Any] = {}
        self.messages = 0

    def phase(self, step: str | None) -> object:
        """Return the phase of a step, or of the run."""
        known = self.state.get("steps", {}).get(step, {}) if step else self.state
        return known.get("phase")

    async def next(self) -> dict[str, Any]:
        """Return what is told next."""
        news: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.read_message(), 30))
        assert news["path"] == PATH
        return news

    async def until(self, phase: str, *, step: str | None = None) -> dict[str, Any]:
        """Listen until the run, or a step of it, has that phase."""
        while self.phase(step) != phase:
            news = await self.next()
            steps = {} if news["whole"] else self.state["steps"]
            self.state = {**news, "steps": {**steps, **news["steps"]}}
            self.messages += 1
        return self.state


@asynccontextmanager
async def stream(connect: Connect) -> AsyncGenerator[Listener]:
    """Follow the notebook, as a tab does."""
    socket = await connect("nbdag", "stream")
    await socket.write_message(json.dumps({"follow": PATH}))
    try:
        yield Listener(socket)
    finally:
        socket.close()


async def test_a_run_is_that_of_the_screen_and_told_to_its_end(
    tab: Tab, jp_ws_fetch: Connect
) -> None:
    saved = tab.file.read_text()
    async with stream(jp_ws_fetch) as listener:
        made = await tab.post("runs", notebook=notebook("x = len('ab')\nprint('typed')", "x"))
        assert made.status == 201
        state = await listener.until("Succeeded")
    run = made.data["run"]
    assert state["run"] == run
    assert [step["phase"] for step in state["steps"].values()] == ["Succeeded", "Succeeded"]
    shown = await tab.get("runs", run, "outputs", step="a")
    assert shown.data["cells"][0]["id"] == "c1"
    assert shown.data["cells"][0]["outputs"][0]["text"] == "typed\n"
    every = await tab.get("runs", run, "outputs")
    assert [cell["number"] for cell in every.data["cells"]] == [1, 2]
    assert (await tab.get("runs", run, "steps", "a", "log")).data["log"] == "typed\n"
    assert (await tab.get("runs", run, "steps", "zzz", "log")).status == 404
    whole = await tab.get("runs", run)
    assert whole.data["pipeline"]["steps"][0]["name"] == "a"
    listed = await tab.get("runs")
    assert [one["run"] for one in listed.data["runs"]] == [run]
    assert listed.data["runs"][0]["phase"] == "Succeeded"
    assert tab.file.read_text() == saved


async def test_a_run_that_somebody_else_starts_is_told_too(tab: Tab, jp_ws_fetch: Connect) -> None:
    async with stream(jp_ws_fetch) as listener:
        await asyncio.sleep(0.3)  # the folder of the runs isn't there yet
        request = RunRequest(str(tab.file), tab.file.read_text())
        run = await asyncio.to_thread(launch, request)
        state = await listener.until("Succeeded")
    assert state["run"] == run.id


async def test_two_tabs_hear_the_same(tab: Tab, jp_ws_fetch: Connect) -> None:
    async with stream(jp_ws_fetch) as first, stream(jp_ws_fetch) as second:
        await tab.post("runs", notebook=notebook("print('once')"))
        one, two = await first.until("Succeeded"), await second.until("Succeeded")
    assert one["steps"] == two["steps"]


async def test_a_run_is_told_how_long_it_goes_on_where_an_earlier_one_tells(
    tab: Tab, jp_ws_fetch: Connect
) -> None:
    slow = notebook("import time\ntime.sleep(1.5)\nx = len('ab')", "x")
    async with stream(jp_ws_fetch) as listener:
        await tab.post("runs", notebook=slow)
        first = await listener.until("Running", step="a")
        assert first["remaining"] is None
        await listener.until("Succeeded")
        await tab.post("runs", notebook=slow, cache=False)
        second = await listener.until("Running", step="a")
        assert 0.5 < second["remaining"] < 5
        done = await listener.until("Succeeded")
        assert done["remaining"] is None


async def test_a_run_that_is_deleted_is_told_to_be_gone(tab: Tab, jp_ws_fetch: Connect) -> None:
    async with stream(jp_ws_fetch) as listener:
        made = await tab.post("runs", notebook=notebook("x = len('ab')"))
        await listener.until("Succeeded")
        run = made.data["run"]
        assert (await tab.post("runs", run, "delete")).status == 200
        assert await listener.next() == {"path": PATH, "gone": run}


async def test_a_run_is_stopped(tab: Tab, jp_ws_fetch: Connect) -> None:
    async with stream(jp_ws_fetch) as listener:
        made = await tab.post("runs", notebook=notebook("import time\ntime.sleep(300)"))
        await listener.until("Running")
        assert (await tab.post("runs", made.data["run"], "stop")).status == 202
        state = await listener.until("Failed")
    assert state["message"] == "interrupted"
    again = await tab.post("runs", made.data["run"], "stop")
    assert again.status == 409
    assert "is over" in again.data["message"]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
async def test_a_gate_is_answered(tab: Tab, jp_ws_fetch: Connect, phase: str) -> None:
    gated = notebook("x = len('ab')", "print(x)")
    gated["cells"][1]["metadata"]["tags"].append("approve:Publish?")
    async with stream(jp_ws_fetch) as listener:
        made = await tab.post("runs", notebook=gated)
        early = await tab.post("runs", made.data["run"], "approve", node="a")
        assert early.status == 409
        await listener.until("Suspended", step="b")
        wrong = await tab.post("runs", made.data["run"], "approve", node="b", value="yes")
        assert wrong.status == 400
        for _ in range(2):
            answer = await tab.post(
                "runs", made.data["run"], "approve", node="b", value=phase == "Succeeded"
            )
            assert answer.status in (202, 409)  # the second one may come too late
        state = await listener.until(phase)
    assert state["steps"]["b"]["phase"] == phase


async def test_a_run_whose_process_was_killed_is_told_to_have_failed(
    tab: Tab, jp_ws_fetch: Connect
) -> None:
    async with stream(jp_ws_fetch) as listener:
        await tab.post("runs", notebook=notebook("import time\ntime.sleep(300)"))
        await listener.until("Running")
        (run,) = list_runs(tab.file.parent)
        pid = run.facts()["pid"]
        assert os.getsid(pid) == pid != os.getsid(0)  # it outlives the server
        os.kill(pid, 9)
        state = await listener.until("Failed")
    assert state["message"] == "was killed"


async def test_a_failure_is_told_with_its_cell(tab: Tab, jp_ws_fetch: Connect) -> None:
    async with stream(jp_ws_fetch) as listener:
        made = await tab.post("runs", notebook=notebook("1", "1 / 0"))
        state = await listener.until("Failed")
    assert state["steps"]["b"]["cell"] == 2
    assert "division by zero" in state["steps"]["b"]["message"]
    shown = await tab.get("runs", made.data["run"], "outputs", step="b")
    assert shown.data["cells"][0]["outputs"][-1]["ename"] == "ZeroDivisionError"


async def test_a_notebook_that_is_no_pipeline_is_not_run(tab: Tab) -> None:
    answer = await tab.post("runs", notebook=notebook("x = ("))
    assert answer.status == 409
    assert "cell 1" in answer.data["message"]
    assert list_runs(tab.file.parent) == ()


async def test_parameters_are_checked(tab: Tab) -> None:
    answer = await tab.post("runs", notebook=notebook("1"), parameters={"rate": 50})
    assert answer.status == 409
    assert "'rate'" in answer.data["message"]


async def test_parameters_are_read_in_python_as_they_are_typed(
    tab: Tab, jp_ws_fetch: Connect
) -> None:
    made = notebook("rates, name = 1, 2", "print(rates, name)")
    made["cells"][0].update(
        source="rates = [0.5]\nname = 'usual'", metadata={"tags": ["parameters"]}
    )
    found = await tab.post("check", notebook=made)
    parameters = found.data["pipeline"]["parameters"]
    assert [(one["type"], one["text"]) for one in parameters] == [
        ("list", "[0.5]"),
        ("str", "usual"),
    ]
    async with stream(jp_ws_fetch) as listener:
        given = {"rates": "[1.0, 2]", "name": "[typed]"}
        run = (await tab.post("runs", notebook=made, typed=given)).data["run"]
        await listener.until("Succeeded")
    assert (await tab.get("runs", run, "steps", "b", "log")).data["log"] == "[1.0, 2] [typed]\n"
    wrong = await tab.post("runs", notebook=made, typed={"rates": "many"})
    assert "takes a list" in wrong.data["message"]


async def test_a_notebook_that_is_gone_is_told(jp_ws_fetch: Connect) -> None:
    socket = await jp_ws_fetch("nbdag", "stream")
    await socket.write_message("no JSON")
    await socket.write_message(json.dumps({"follow": "gone.ipynb"}))
    news = json.loads(await asyncio.wait_for(socket.read_message(), 10))
    assert "moved, renamed or deleted" in news["error"]
    socket.close()
