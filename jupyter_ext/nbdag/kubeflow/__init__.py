"""Kubeflow Pipelines: uploads what its compiler made, starts a run of it, and follows it.

```
start ─► submit ─► endpoint ─► the API v2beta1: pipeline, version, experiment, run
run ─► follower ─► endpoint ─► nodes ─► told ┐
                       └► logs ──────────────┴► runs/remote/ledger ─► the run's folder
```
The requests are few, so they are made by urllib3: the SDK of Kubeflow needs an old client of
Kubernetes, beside which that of `nbdag.cluster` could not be installed.
"""
