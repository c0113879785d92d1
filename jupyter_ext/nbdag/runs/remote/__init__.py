"""Remote: runs that go on elsewhere, whatever becomes of this process.

```
status there ─► told (pure, of each target) ─► Ledger ─► the run's folder ─► Run
```
It must not know any target: `nbdag.cluster` and `nbdag.kubeflow` ask theirs, and say what is so.
"""
