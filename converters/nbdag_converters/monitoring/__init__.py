"""Monitoring: what Prometheus is told of runs, and rules and a dashboard about it.

```
compilers/argo/metrics ─► Argo's controller ─┐
                                             ├─► Prometheus ─► rules, dashboard
runs of this machine ─► samples ─► text ─────┘
```
Pure: nothing is measured or sent here. Both ways give the same series, so that one alert, and one
dashboard, is for runs wherever they go on.
"""

from __future__ import annotations

from .dashboard import dashboard
from .families import BUCKETS, FAMILIES, PREFIX, Family, label
from .rules import prometheus_rule, rule_groups, service_monitor
from .samples import Ended, samples
from .text import Sample, to_text

__all__ = [
    "BUCKETS",
    "FAMILIES",
    "PREFIX",
    "Ended",
    "Family",
    "Sample",
    "dashboard",
    "label",
    "prometheus_rule",
    "rule_groups",
    "samples",
    "service_monitor",
    "to_text",
]
