"""The guard looks at what steps did on a cluster as it looks at what they did here."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

import nbdag
from cluster.desk import Desk
from cluster.listening import until, workflows
from cluster.namespace import RESTRICTED, namespace
from cluster.workflows import Store, Workflow
from nbdag.runs.events import Phase
from nbdag_converters.build import build
from nbdag_converters.compilers.argo import Options, Profile, compile_objects
from notebooks import Source

UNSEEN = "import time\ntime.sleep(2)\ntype(x).__dict__['append'](x, 2)"


@pytest.mark.parametrize(
    ("flag", "phase", "codes"),
    [("len(x) == 1", Phase.FAILED, ["NB250"]), ("len(x) == 5", Phase.SUCCEEDED, [])],
    ids=["somebody would see it", "nobody sees it"],
)
def test_a_change_that_analysis_could_not_see_is_told_where_a_step_would_have_seen_it(
    desk: Desk, flag: str, phase: Phase, codes: list[str]
) -> None:
    path = desk.write(
        Source(f"x = ['mark']\nflag = {flag}", ("step:make",)),
        Source(UNSEEN, ("step:change",)),
        Source("if flag:\n    print(x)", ("step:show",)),
    )
    there = desk.submit_file(path)
    here = nbdag.read(path).run().wait()
    assert there.wait(180).phase is here.phase is phase, there.state
    assert [found.code for found in there.diagnostics] == codes
    assert there.diagnostics == here.diagnostics
    assert there["change"].phase is (Phase.FAILED if codes else Phase.SUCCEEDED)


@pytest.mark.parametrize(
    ("flag", "phase", "told"),
    [
        ("len(x) == 1", "Failed", "NB250 cell 2, line 3: step 'change' changed 'x'"),
        ("len(x) == 5", "Succeeded", ""),
    ],
    ids=["somebody would see it", "nobody sees it"],
)
def test_a_run_that_nobody_follows_judges_itself(
    desk: Desk, flag: str, phase: str, told: str
) -> None:
    path = desk.write(
        Source(f"x = ['mark']\nflag = {flag}", ("step:make",)),
        Source(UNSEEN, ("step:change",)),
        Source("for n in [1, 2]:\n    y = n", ("step:each", "fan-out")),
        Source("if flag:\n    print(x)", ("step:show",)),
        Source("print('over')", ("step:last", "on-exit")),
    )
    compiled = compile_objects(build(path).pipeline, desk.options)
    done = desk.cluster.run(compiled.objects, compiled.workflow())
    assert done.phase == phase, done.why()
    assert told in done.why()
    assert done.phases["guard"] == phase
    assert done.phases.get("onExit.guard", "") in ("", "Succeeded", "Skipped")


def test_it_does_so_in_a_strict_namespace(
    kube: client.ApiClient, store: Store, image: str, tmp_path: Path
) -> None:
    with namespace(kube, store, RESTRICTED) as strict:
        desk = Desk(tmp_path, strict, Options(image=image, profile=Profile(security="restricted")))
        path = desk.write(
            Source("x = ['mark']", ("step:make",)),
            Source(UNSEEN, ("step:change",)),
            Source("print(x)", ("step:show",)),
        )
        compiled = compile_objects(build(path).pipeline, desk.options)
        done = strict.run(compiled.objects, compiled.workflow())
        assert (done.phase, done.phases["guard"]) == ("Failed", "Failed")
        (node,) = (n for n in done.made["status"]["nodes"].values() if n["displayName"] == "guard")
        assert "NB250 cell 2, line 3" in node["message"]


def test_a_run_whose_follower_leaves_judges_itself(desk: Desk) -> None:
    path = desk.write(
        Source("import time\nx = ['mark']\ntime.sleep(15)", ("step:make",)),
        Source(UNSEEN, ("step:change",)),
        Source("print(x)", ("step:show",)),
    )
    place = ("-n", desk.cluster.namespace, "--image", str(desk.options.image))
    command = [sys.executable, "-m", "nbdag.cli", "submit", path.name, *place]
    label = f"nbdag/pipeline={path.stem.replace('_', '-')}"

    def followed() -> list[dict[str, Any]]:
        found = workflows(desk.cluster, label)
        return [each for each in found if "nbdag/followed" in each["metadata"]["labels"]]

    with subprocess.Popen(command, cwd=desk.folder, stdout=subprocess.DEVNULL) as process:
        until(followed, "nobody follows a workflow")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130

    def over() -> list[dict[str, Any]]:
        found = workflows(desk.cluster, label)
        return [each for each in found if each.get("status", {}).get("finishedAt")]

    (made,) = until(over, "the workflow is not over", 180)
    done = Workflow(made, desk.cluster.api, desk.cluster.store)
    assert (done.phase, done.phases["guard"]) == ("Failed", "Failed")
    assert "NB250 cell 2, line 3" in done.why()
