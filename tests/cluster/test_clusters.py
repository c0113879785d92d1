"""Steps that run on another cluster, that of NBDAG_OTHER_KUBECONFIG, as parts of one run."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from kubernetes import client, config, utils

import nbdag
from cluster.desk import Desk, phases, texts, wait_for
from cluster.fraud import write
from cluster.left import differences
from cluster.namespace import namespace
from cluster.test_cli import nbdag as command
from cluster.workflows import Cluster, Store
from nbdag.cli.setup import setup
from nbdag.runs.events import Phase
from notebooks import Source

# One after the other: in one of them the other cluster is away.
pytestmark = pytest.mark.xdist_group("clusters")


@dataclass(frozen=True)
class Edge:
    """The other cluster, as the secret in the namespace of the first one says."""

    cluster: Cluster

    @property
    def workflows(self) -> list[dict[str, Any]]:
        """Its workflows."""
        where = ("argoproj.io", "v1alpha1", self.cluster.namespace, "workflows")
        api: Any = client.CustomObjectsApi(self.cluster.api)
        return list(api.list_namespaced_custom_object(*where)["items"])


@pytest.fixture(scope="module")
def edge(cluster: Cluster, store: Store) -> Iterator[Edge]:
    """Return it, after an administrator has done there and here what the page says."""
    kube = config.new_client_from_config(os.environ["NBDAG_OTHER_KUBECONFIG"])
    with namespace(kube, store) as made:
        done = CliRunner().invoke(setup, ["-n", made.namespace, "--with", "relays"])
        assert done.exit_code == 0, done.output
        for item in yaml.safe_load_all(done.output):
            utils.create_from_dict(kube, item)
        _wait_for_rights(made)
        core: Any = client.CoreV1Api(cluster.api)
        secret = {"metadata": {"name": "nbdag-cluster-edge"}, "data": _place(made)}
        core.create_namespaced_secret(cluster.namespace, secret)
        yield Edge(made)
        core.delete_namespaced_secret("nbdag-cluster-edge", cluster.namespace)


def _wait_for_rights(there: Cluster) -> None:
    """Wait until the relays' account may do what it was given: roles take effect a moment later."""
    asked = {
        "user": f"system:serviceaccount:{there.namespace}:nbdag-relay",
        "resourceAttributes": {
            "namespace": there.namespace,
            "verb": "create",
            "group": "argoproj.io",
            "resource": "workflows",
        },
    }
    api: Any = client.AuthorizationV1Api(there.api)
    end = time.monotonic() + 60
    while not api.create_subject_access_review({"spec": asked}).status.allowed:
        assert time.monotonic() < end
        time.sleep(0.2)


def _place(there: Cluster) -> dict[str, str]:
    """Return the data of the secret: what the relay's account there was given, and the address."""
    core: Any = client.CoreV1Api(there.api)
    end = time.monotonic() + 30
    while not (data := core.read_namespaced_secret("nbdag-relay", there.namespace).data):
        assert time.monotonic() < end
        time.sleep(0.2)
    server = there.api.configuration.host.encode()
    return {**data, "server": base64.b64encode(server).decode()}


def test_a_step_runs_there_and_all_of_it_is_part_of_the_run(desk: Desk, edge: Edge) -> None:
    run = desk.submit(
        Source("n = 3", ("parameters",)),
        Source("rows = list(range(int('5')))\nopen('a.txt', 'w').write('here')", ("step:load",)),
        Source(
            "print('trained', sum(rows), n)\n"
            "text = open('a.txt').read() + ' and there'\n"
            "open('a.txt', 'w').write(text)\n"
            "many = len(rows) > 3\n"
            "rows",
            ("step:train", "cluster:edge"),
        ),
        Source(
            "if many:\n    what = 'many'\nelse:\n    what = 'few'", ("step:tell", "cluster:edge")
        ),
        Source(
            "squares = []\nfor row in rows:\n    squares.append(row * n)",
            ("step:spread", "fan-out:2", "cluster:edge"),
        ),
        Source("print(what, squares, open('a.txt').read())", ("step:end",)),
        n=4,
    ).wait(300)
    assert run.phase is Phase.SUCCEEDED, [step.message for step in run.state.failures]
    assert texts(run, "train") == ["trained 10 4\n", "[0, 1, 2, 3, 4]"]
    assert run["train"].logs() == "trained 10 4\n"
    assert texts(run, "end") == ["many [0, 4, 8, 12, 16] here and there\n"]
    assert run["train"].state.cluster == "edge"
    assert run["end"].state.cluster == ""
    assert phases(run)["tell_else"] == "Skipped"
    assert len(edge.workflows) == 9  # train, tell, items, five iterations, gather


def test_fraud_is_found_with_its_reads_on_two_clusters(
    desk: Desk, edge: Edge, buckets: dict[str, Any], keys: dict[str, str], tmp_path: Path
) -> None:
    for place in (desk.cluster, edge.cluster):
        core: Any = client.CoreV1Api(place.api)
        secret = {"metadata": {"name": "keysecret"}, "stringData": keys}
        core.create_namespaced_secret(place.namespace, secret)
    path = write(tmp_path / "work", clusters={"read_data_ceph": "edge"})
    options = replace(desk.options, fingerprint=True)
    there = replace(desk, folder=path.parent, options=options).submit_file(path, **buckets)
    here = nbdag.read(path).run(**buckets).wait()
    assert there.wait(300).phase is Phase.SUCCEEDED, there.state
    assert there["read_data_ceph"].state.cluster == "edge"
    assert (phases(there), there.metrics) == (phases(here), here.metrics)
    (tmp_path / "work/card.txt").unlink()  # what the run here wrote
    wrong = differences(path, there, tmp_path / "left", buckets)
    assert not wrong, "\n".join(f"{row.kind} {row.name}: {row.details}" for row in wrong)


def test_a_failure_there_is_told_as_one_here(desk: Desk, edge: Edge) -> None:
    del edge
    run = desk.submit(
        Source("x = int('0')", ("step:a",)),
        Source("y = 1\nprint(1 / x)", ("step:b", "cluster:edge")),
    ).wait(180)
    assert run.phase is Phase.FAILED
    state = run["b"].state
    assert (state.problem, state.cell, state.line) == ("cell", 2, 2)
    assert "ZeroDivisionError" in run["b"].logs()


def test_stop_ends_it_there_too(desk: Desk, edge: Edge) -> None:
    before = {each["metadata"]["name"] for each in edge.workflows}
    run = desk.submit(
        Source("import time\nprint('on', flush=True)\ntime.sleep(300)", ("step:a", "cluster:edge"))
    )
    wait_for(run, "a", Phase.RUNNING)
    end = time.monotonic() + 120
    while "on" not in run["a"].logs():
        assert time.monotonic() < end
        time.sleep(0.2)
    run.stop()
    assert run.wait(120).phase is Phase.FAILED
    end = time.monotonic() + 60
    while True:
        (there,) = (each for each in edge.workflows if each["metadata"]["name"] not in before)
        if there["status"].get("phase") == "Failed":
            break
        assert time.monotonic() < end, there["status"]
        time.sleep(0.5)
    assert there["spec"]["shutdown"] == "Terminate"


def test_a_cluster_of_which_nothing_is_known_is_an_error(desk: Desk) -> None:
    run = desk.submit(Source("x = int('1')", ("step:a", "cluster:nowhere"))).wait(120)
    assert run.phase is Phase.FAILED
    assert run["a"].message == "the secret of cluster 'nowhere' isn't there, or has no 'server'"


@pytest.fixture
def server() -> Iterator[int]:
    """Return the id of the other cluster's API server, which goes on at the end."""
    folder = Path(os.environ["NBDAG_OTHER_KUBECONFIG"]).parent
    pid = int((folder / "pids" / "kube-apiserver").read_text())
    assert "apiserver" in subprocess.check_output(["ps", "-o", "comm=", "-p", str(pid)], text=True)
    yield pid
    os.kill(pid, signal.SIGCONT)


def test_a_cluster_that_is_lost_is_a_clear_error_and_a_retry_goes_on(
    desk: Desk, edge: Edge, server: int
) -> None:
    del edge
    run = desk.submit(
        Source("x = int('1')", ("step:a",)),
        Source(
            "import time\ny = x + 1\nprint('on', flush=True)\ntime.sleep(20)",
            ("step:b", "cluster:edge"),
        ),
        Source("print(y)", ("step:c",)),
    )
    end = time.monotonic() + 120
    while "on" not in run["b"].logs():
        assert time.monotonic() < end
        time.sleep(0.2)
    os.kill(server, signal.SIGSTOP)
    assert run.wait(300).phase is Phase.FAILED
    assert "cluster 'edge'" in run["b"].message
    assert "can't be reached" in run["b"].message
    assert run["b"].state.problem == "cluster"
    os.kill(server, signal.SIGCONT)
    again = run.retry().wait(240)
    assert again.phase is Phase.SUCCEEDED, again.state
    assert again["a"].state.cached
    assert texts(again, "c") == ["2\n"]


def test_a_whole_run_goes_to_a_cluster_that_the_settings_name(
    desk: Desk, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.write(
        Source("n = 3", ("parameters",)),
        Source("rows = list(range(n))", ("step:load",)),
        Source("print(sum(rows))\nassert n > 3, 'few'", ("step:tell",)),
    )
    said = {
        "kubeconfig": os.environ["NBDAG_OTHER_KUBECONFIG"],
        "namespace": edge.cluster.namespace,
        "store": os.environ["NBDAG_S3_ENDPOINT"],
    }
    settings = desk.folder / "clusters.yaml"
    settings.write_text(yaml.safe_dump({"far": {**said, "store": f"http://{said['store']}"}}))
    monkeypatch.setenv("NBDAG_CLUSTERS", str(settings))
    monkeypatch.setenv("NBDAG_S3_ENDPOINT", "http://127.0.0.1:9")  # that is not where it is
    before = len(edge.workflows)
    image = ("--image", str(desk.options.image))
    status, told = command(desk.folder, "submit", path.name, "--cluster", "far", *image)
    assert (status, "few" in told) == (1, True), told
    status, told = command(desk.folder, "submit", path.name, "--cluster", "near", *image)
    assert (status, "There is no cluster 'near'" in told) == (1, True), told
    status, told = command(
        *(desk.folder, "submit", path.name, "--cluster", "far", *image, "-p", "n=4", "--detach")
    )
    assert status == 0, told
    status, told = command(desk.folder, "watch", "last", "-o", "out.ipynb")
    assert status == 0, told
    assert "6\\n" in (desk.folder / "out.ipynb").read_text(encoding="utf-8")
    assert len(edge.workflows) == before + 2
