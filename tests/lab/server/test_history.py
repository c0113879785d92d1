"""The list of runs: compare two, open what one executed, go on from one, delete one."""

from __future__ import annotations

import asyncio
from typing import Any

from labtab import Tab, notebook


async def ended(tab: Tab, run: str) -> dict[str, Any]:
    """Return a run in short, once it is done."""
    for _ in range(600):
        listed = (await tab.get("runs")).data["runs"]
        found: dict[str, Any] = next(each for each in listed if each["run"] == run)
        if found["phase"] in ("Succeeded", "Failed"):
            return found
        await asyncio.sleep(0.05)
    raise TimeoutError(run)


async def make(tab: Tab, *sources: str, **options: Any) -> str:
    made = await tab.post("runs", notebook=notebook(*sources), **options)
    assert made.status == 201, made
    run: str = made.data["run"]
    await ended(tab, run)
    return run


async def test_runs_are_listed_compared_opened_and_deleted(tab: Tab) -> None:
    first = await make(tab, "x = len('ab')", "print(x)")
    second = await make(tab, "x = len('abc')", "print(x)")
    listed = (await tab.get("runs")).data["runs"]
    assert [one["run"] for one in listed] == [second, first]
    assert {one["where"] for one in listed} == {"here"}
    both = await tab.get("compare", before=first, after=second)
    steps = {step["name"]: step for step in both.data["steps"]}
    assert steps["a"]["cells"] == [1]
    assert steps["b"]["inputs"] == ["x"]
    assert both.data["seconds"]["before"] > 0
    executed = await tab.get("runs", second, "executed")
    assert executed.data["cells"][1]["outputs"][0]["text"] == ["3\n"]
    assert executed.data["metadata"]["nbdag_run"]["id"] == second
    assert (await tab.post("runs", first, "delete")).status == 200
    assert [one["run"] for one in (await tab.get("runs")).data["runs"]] == [second]
    assert (await tab.get("compare", before=first, after=second)).status == 404


async def test_a_run_goes_on_from_what_succeeded(tab: Tab) -> None:
    flag = tab.file.parent / "flag"
    fails = f"import pathlib\nassert pathlib.Path({str(flag)!r}).exists(), x"
    first = await make(tab, "x = len('ab')", fails)
    flag.touch()
    again = await tab.post("runs", first, "retry")
    assert again.status == 201
    assert (await ended(tab, again.data["run"]))["phase"] == "Succeeded"
    refused = await tab.post("runs", again.data["run"], "retry")
    assert refused.status == 409


async def test_a_run_that_goes_on_is_not_deleted(tab: Tab) -> None:
    made = await tab.post("runs", notebook=notebook("import time\ntime.sleep(60)"))
    answer = await tab.post("runs", made.data["run"], "delete")
    assert answer.status == 409
    assert "stop it before" in answer.data["message"]
    same = await tab.post("runs", made.data["run"], "refresh")
    assert same.data["run"] == made.data["run"]
    await tab.post("runs", made.data["run"], "stop")
    await ended(tab, made.data["run"])


async def test_steps_are_proposed_by_headings(tab: Tab) -> None:
    made = notebook("x = len('ab')", "print(x)")
    for cell, title in zip(made["cells"], ("# Load", "# Show it"), strict=True):
        cell["metadata"] = {"tags": ["keep"]}
        cell["title"] = title
    cells = []
    for number, cell in enumerate(made["cells"]):
        text = {"cell_type": "markdown", "id": f"m{number}", "metadata": {}}
        cells += [{**text, "source": cell.pop("title")}, cell]
    found = await tab.post("propose", notebook={**made, "cells": cells})
    assert found.data["tags"] == [[], ["step:load", "keep"], [], ["step:show_it", "keep"]]
    tagged = await tab.post("propose", notebook=notebook("1"))
    assert tagged.status == 422
    assert (await tab.post("propose", notebook=notebook("1"), by="mood")).status == 400
