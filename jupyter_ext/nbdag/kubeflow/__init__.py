"""Kubeflow Pipelines: uploads what its compiler made, and starts a run of it.

```
submit ─► endpoint ─► the API v2beta1: pipeline, version, experiment, run
```
The requests are few, so they are made by urllib3: the SDK of Kubeflow needs an old client of
Kubernetes, beside which that of `nbdag.cluster` could not be installed.
"""
