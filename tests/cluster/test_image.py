"""An image that was built from what `nbdag image` writes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kubernetes import client

import nbdag
from cluster.desk import Desk, phases, texts
from cluster.left import differences
from cluster.namespace import RESTRICTED, namespace
from cluster.workflows import Store
from nbdag.runs.events import Phase
from nbdag_converters.compilers.argo import Options, parse_profile
from notebooks import Source

EXAMPLES = Path(__file__).parents[2] / "examples"
KEPT = """\
import os
# What is kept of the runtime is another Python's or nbdag's where this is not so
first = next(iter(__import__("sys").meta_path[-1].s.values()))
print(type(first).__name__, os.environ["HOME"], os.getuid())"""


def test_steps_run_in_it_as_any_user(kube: client.ApiClient, store: Store, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "work")
    path = tmp_path / "work/hello_world.ipynb"
    options = Options(
        image=os.environ["NBDAG_MADE_IMAGE"],
        profile=parse_profile("3.7:openshift"),
        fingerprint=True,
    )
    with namespace(kube, store, RESTRICTED) as strict:
        there = Desk(tmp_path / "work", strict, options).submit_file(path)
        here = nbdag.read(path).run().wait()
        assert there.wait().phase is Phase.SUCCEEDED, there.state
        assert phases(there) == phases(here)
        shutil.rmtree(tmp_path / "work/work", ignore_errors=True)  # what the run here wrote
        wrong = differences(path, there, tmp_path / "left")
        assert not wrong, "\n".join(f"{row.kind} {row.name}: {row.details}" for row in wrong)


def test_it_keeps_the_runtime_compiled(desk: Desk) -> None:
    desk = Desk(desk.folder, desk.cluster, Options(image=os.environ["NBDAG_MADE_IMAGE"]))
    run = desk.submit(Source(KEPT, ("step:tell",)))
    assert run.wait().phase is Phase.SUCCEEDED, run.state
    assert texts(run, "tell") == ["code /home/nbdag 1000\n"]
