"""Rules: when Prometheus is to say that a pipeline has failed, is late, or is slow."""

from __future__ import annotations

from typing import Any

from .families import LAST_SECONDS, LAST_SUCCESS, RUNS

_MANAGED = {"app.kubernetes.io/managed-by": "nbdag"}
_BAD = f'sum by (pipeline) ({RUNS.series}{{status!="Succeeded"}})'
_EARLIER = f"{_BAD[:-1]} offset 10m)"


def rule_groups(*, late: int = 0, slow: float = 2.0) -> list[dict[str, Any]]:
    """Return the groups of rules, as a file of Prometheus has them under `groups`.

    *late* is after how many seconds without a success a pipeline is late; 0 for never. A run is
    slow where it took *slow* times as long as the median of a week's.
    """
    last = f"max by (pipeline) ({LAST_SECONDS.series})"
    usual = f"quantile_over_time(0.5, {LAST_SECONDS.series}[7d])"
    rules = [
        _rule(
            "NbdagRunFailed",
            # A counter that begins at 1 has no increase() for its first value.
            f"({_BAD} - {_EARLIER} > 0) or ({_BAD} unless {_EARLIER})",
            "page",
            "A run of {{ $labels.pipeline }} has failed.",
        ),
        _rule(
            "NbdagRunSlow",
            f"{last} > {slow:g} * max by (pipeline) ({usual})",
            "warning",
            "The last run of {{ $labels.pipeline }} took {{ $value | humanizeDuration }}, "
            f"more than {slow:g} times as long as usual.",
        ),
    ]
    if late:
        # What the controller knew is gone when it starts anew, until the next run.
        since = f"max by (pipeline) (last_over_time({LAST_SUCCESS.series}[7d]))"
        rules.append(
            _rule(
                "NbdagRunLate",
                f"time() - {since} > {late}",
                "page",
                "{{ $labels.pipeline }} has not succeeded for {{ $value | humanizeDuration }}.",
            )
        )
    return [{"name": "nbdag", "rules": rules}]


def prometheus_rule(namespace: str, *, late: int = 0, slow: float = 2.0) -> dict[str, Any]:
    """Return the rules as an object of the Prometheus operator."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "nbdag", "namespace": namespace, "labels": dict(_MANAGED)},
        "spec": {"groups": rule_groups(late=late, slow=slow)},
    }


def service_monitor(namespace: str) -> dict[str, Any]:
    """Return what has Prometheus ask the controller in *namespace*, as Argo's manifests run it."""
    endpoint = {"port": "metrics", "scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "nbdag", "namespace": namespace, "labels": dict(_MANAGED)},
        "spec": {
            "selector": {"matchLabels": {"app": "workflow-controller"}},
            "endpoints": [endpoint],
        },
    }


def _rule(name: str, expression: str, severity: str, summary: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }
