"""Runs on a cluster: submits what the Argo compiler made, and follows it as a run like any other.

```
submit ─► api ─► Kubernetes            objects are made, the run's folder too
run    ─► watch ─► told ─► events      what the workflow's status says, and its pods' logs
       ─► store                        outputs, reports and values of the steps
```
A run's folder is the same as that of a run here, so that all that reads one reads both. It holds
`cluster.json` besides: which workflow, where.
"""
