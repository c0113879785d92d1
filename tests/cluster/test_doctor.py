"""What `nbdag doctor` says of namespaces that lack something, and how a run says it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kubernetes import client

from cluster.desk import Desk
from cluster.namespace import RESTRICTED, namespace, set_up
from cluster.workflows import Cluster, Store
from nbdag.cli.doctor import doctor
from nbdag.runs.events import Phase
from notebooks import Source

ABSENT = "127.0.0.1:1/absent:1"  # nobody listens there


@pytest.fixture(scope="module")
def bare(kube: client.ApiClient, store: Store) -> Iterator[Cluster]:
    """Return a namespace of the strictest kind in which nobody may do anything yet."""
    with namespace(kube, store, RESTRICTED) as made:
        yield made


def told(*arguments: str) -> tuple[int, str]:
    """Return the exit status of `nbdag doctor`, and what it says, as one line."""
    done = CliRunner().invoke(doctor, arguments)
    return done.exit_code, " ".join(done.output.split())


def test_what_a_namespace_lacks_is_told_with_what_to_do(
    bare: Cluster, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, text = told("-n", bare.namespace, "--service-account", "argo-workflow")
    assert status == 1
    assert "✓ Argo's definitions ✓ the controller" in text
    setup = f"nbdag setup -n {bare.namespace} --service-account argo-workflow | kubectl apply -f -"
    assert f"✕ the service account argo-workflow it is not there → {setup}" in text
    assert "✕ a step's pod" in text, "it is of no service account that is there"

    monkeypatch.setenv("KUBECONFIG", str(set_up(bare, tmp_path)))
    status, text = told("--service-account", "argo-workflow")
    assert status == 0, text
    assert "✓ your rights ? the service account argo-workflow" in text
    assert "? a step's pod you may not make pods" in text, text

    status, text = told("--try", "--image", image, "--service-account", "argo-workflow")
    assert status == 1
    assert "✕ a step's image" in text
    assert "violates PodSecurity" in text, text
    confined = ("--service-account", "argo-workflow", "--profile", "restricted")
    status, text = told("--try", "--image", image, *confined)
    assert status == 0, text
    assert f"✓ a step's image {image} runs steps: Python 3." in text
    assert "✓ its values what steps leave is stored, and can be read from here" in text
    status, text = told("--try", "--image", ABSENT, *confined)
    assert status == 1
    assert "✕ a step's image ErrImage" in text or "✕ a step's image ImagePull" in text, text
    assert "→ Push the image, name it with its registry" in text
    custom: Any = client.CustomObjectsApi(bare.api)
    left = custom.list_namespaced_custom_object(
        "argoproj.io", "v1alpha1", bare.namespace, "workflows"
    )
    assert left["items"] == []


def test_a_step_whose_image_is_not_there_says_so_while_it_waits(desk: Desk) -> None:
    absent = replace(desk, options=replace(desk.options, image=ABSENT))
    run = absent.submit(Source("print(1)", ("step:only",)))
    end = time.monotonic() + 60
    while not run["only"].message:
        assert time.monotonic() < end, run.state
        time.sleep(0.2)
    assert run["only"].phase is Phase.PENDING
    assert ABSENT in run["only"].message
    run.stop()
    assert run.wait().phase.bad
