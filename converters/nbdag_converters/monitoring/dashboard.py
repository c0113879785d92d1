"""Dashboard: the runs of all pipelines for Grafana."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .families import LAST_SUCCESS, METRIC, RUN_SECONDS, RUNS, STEP_SECONDS, STEPS, Family

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDE, _HIGH = 12, 8
_ONE = '{pipeline=~"$pipeline"}'


def dashboard() -> dict[str, Any]:
    """Return a dashboard to import; it asks for the Prometheus to read, and for pipelines."""
    panels = (
        ("Runs that have ended", f"sum by (pipeline, status) ({RUNS.series}{_ONE})", "short"),
        (
            "Hours since the last success",
            f"(time() - max by (pipeline) ({LAST_SUCCESS.series}{_ONE})) / 3600",
            "h",
        ),
        ("Duration of runs, 95 %", _longest(RUN_SECONDS), "s"),
        (
            "Duration of steps, 95 %",
            _longest(STEP_SECONDS),
            "s",
        ),
        (
            "Steps that have failed",
            f'sum by (pipeline, step) ({STEPS.series}{{pipeline=~"$pipeline", '
            'status=~"Failed|Error"})',
            "short",
        ),
        ("Metrics of the notebooks", f"max by (pipeline, metric) ({METRIC.series}{_ONE})", "short"),
    )
    return {
        "title": "nbdag",
        "uid": "nbdag",
        "schemaVersion": 39,
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [_source(), _pipelines()]},
        "panels": list(_panels(panels)),
    }


def _longest(family: Family) -> str:
    """Return what 95 % of the durations are below, by all labels."""
    by = ", ".join(("le", *family.labels))
    inside = f"increase({family.series}_bucket{_ONE}[$__range])"
    return f"histogram_quantile(0.95, sum by ({by}) ({inside}))"


def _panels(panels: Iterable[tuple[str, str, str]]) -> Iterable[dict[str, Any]]:
    for number, (title, expression, unit) in enumerate(panels):
        yield {
            "id": number + 1,
            "type": "timeseries",
            "title": title,
            "datasource": _SOURCE,
            "gridPos": {
                "x": _WIDE * (number % 2),
                "y": _HIGH * (number // 2),
                "w": _WIDE,
                "h": _HIGH,
            },
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "targets": [{"refId": "A", "datasource": _SOURCE, "expr": expression}],
        }


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _pipelines() -> dict[str, Any]:
    query = f"label_values({RUNS.series}, pipeline)"
    return {
        "name": "pipeline",
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
    }
