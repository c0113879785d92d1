"""A real Prometheus asks the controller: what it knows of a good and of a bad run."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from kubernetes import client

from cluster.desk import Desk
from cluster.listening import until
from cluster.test_cli import nbdag
from nbdag.runs.events import Phase
from notebooks import Source

CONFIG = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
- job_name: argo
  scheme: https
  tls_config: {{insecure_skip_verify: true}}
  static_configs: [{{targets: ["{target}"]}}]
"""


@dataclass(frozen=True)
class Prometheus:
    """One that runs, with the rules that nbdag writes."""

    url: str

    def value(self, series: str, **labels: str) -> float | None:
        """Return the value of one series, None where there is none."""
        chosen = ",".join(f'{name}="{value}"' for name, value in labels.items())
        query = quote(f"argo_workflows_nbdag_{series}{{{chosen}}}")
        found = self._get(f"/api/v1/query?query={query}")["result"]
        return float(found[0]["value"][1]) if found else None

    def fires(self, alert: str, pipeline: str) -> bool:
        """Return whether an alert fires for a pipeline."""
        return any(
            (each["labels"]["alertname"], each["labels"].get("pipeline")) == (alert, pipeline)
            for each in self._get("/api/v1/alerts")["alerts"]
            if each["state"] == "firing"
        )

    def _get(self, path: str) -> Any:
        with urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)["data"]


@pytest.fixture
def prometheus(kube: client.ApiClient, tmp_path: Path) -> Iterator[Prometheus]:
    """Return a Prometheus that asks the controller each second."""
    core: Any = client.CoreV1Api(kube)
    (pod,) = (
        each
        for each in core.list_pod_for_all_namespaces(
            label_selector="app=workflow-controller", field_selector="status.phase=Running"
        ).items
        if not each.metadata.deletion_timestamp
    )
    status, told = nbdag(tmp_path, "metrics", "--rules", "--late", "20s", "-o", "rules.yml")
    assert status == 0, told
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(target=f"{pod.status.pod_ip}:9090"))
    programs = Path(os.environ["NBDAG_PROGRAMS"])
    checked = subprocess.run(
        [programs / "promtool", "check", "config", config],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = (tmp_path / "prometheus.log").open("wb")
    process = subprocess.Popen(
        [
            programs / "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield Prometheus(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def test_runs_steps_and_metrics_are_counted_and_what_is_wrong_raises_alerts(
    desk: Desk, prometheus: Prometheus
) -> None:
    name = f"m{secrets.token_hex(4)}"
    path = desk.write(
        Source("good = True\nrest = 0.0", ("parameters",)),
        Source("import time\ntime.sleep(rest)\nrows = [len('abc')]", ("step:load_data",)),
        Source(
            "auc = 0.25 * rows[0]\nkind = 'tree'\nassert good, 'bad'", ("step:train", "retry:1")
        ),
        Source("auc\nkind", ("step:report", "metrics")),
        metadata={"nbdag": {"name": name}},
    )
    assert desk.submit_file(path).wait(180).phase is Phase.SUCCEEDED
    own = {"pipeline": name}

    def known() -> float | None:
        return prometheus.value("run_total", **own, status="Succeeded")

    until(lambda: known() == 1, "Prometheus knows of no run that succeeded")
    assert prometheus.value("run_total", **own, status="Failed") is None
    assert prometheus.value("run_duration_seconds_count", **own) == 1
    usual = prometheus.value("run_last_duration_seconds", **own) or 0
    assert usual > 1
    assert (prometheus.value("run_last_success_timestamp_seconds", **own) or 0) > 1.7e9
    for step in ("load_data", "train", "report"):
        assert prometheus.value("step_total", **own, step=step, status="Succeeded") == 1
        assert prometheus.value("step_duration_seconds_count", **own, step=step) == 1
    assert prometheus.value("metric", **own, metric="auc") == 0.75
    assert prometheus.value("metric", **own, metric="kind") is None
    assert not prometheus.fires("NbdagRunFailed", name)
    assert not prometheus.fires("NbdagRunSlow", name)
    until(lambda: prometheus.fires("NbdagRunLate", name), "that none succeeds is not told", 60)

    slow = desk.submit_file(path, good=False, rest=2 * usual)
    assert slow.wait(300).phase is Phase.FAILED
    until(lambda: prometheus.fires("NbdagRunSlow", name), "that it took long is not told", 30)
    until(lambda: prometheus.fires("NbdagRunFailed", name), "the alert does not fire")
    assert prometheus.value("run_total", **own, status="Failed") == 1
    assert known() == 1
    assert prometheus.value("step_total", **own, step="load_data", status="Succeeded") == 2
    # Two attempts, one step that has failed.
    assert prometheus.value("step_total", **own, step="train", status="Failed") == 1
    assert prometheus.value("step_duration_seconds_count", **own, step="train") == 2
