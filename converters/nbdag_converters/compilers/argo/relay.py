"""Relay: the pod that stands for a step on another cluster, starts its workflow and follows it.

```
main ─ load ─ train: pod `relay` ──► Workflow on cluster `edge` ─ pod of the step
                 ▲   log, results ◄───────┘        │
                 └── artifact store of both ◄──────┘  values and files
```
It says all that the step's own pod says, so that whoever follows the run sees no difference. See
`remote` for the workflow there.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .names import legal
from .plan import Plan
from .pod import CODE_VOLUME, ROOT, RUN_VOLUME, TMP_VOLUME, PodContext

CLUSTER_VOLUME = "nbdag-cluster"
_KEPT = ("inputs", "outputs", "metadata", "activeDeadlineSeconds", "retryStrategy", "podSpecPatch")
_ENV = frozenset({"STEP", "PARAMETERS", "PART", "INDEX", "COUNT", "APPROVED", "SCHEDULED"})


def secret_of(cluster: str) -> str:
    """Return the secret that says where a cluster is: server, ca.crt, token, namespace."""
    return legal(f"nbdag-cluster-{cluster}")


def relay_template(context: PodContext, plan: Plan, template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template of the pod here for a step's *template*, which its cluster gets."""
    cluster, inner = str(plan.config.cluster), template["container"]
    made = {name: copy.deepcopy(template[name]) for name in _KEPT if name in template}
    for side in ("inputs", "outputs"):  # values and files pass it by
        made.get(side, {}).pop("artifacts", None)
        if not made.get(side):
            made.pop(side, None)
    container: dict[str, Any] = {
        "image": context.image,
        "command": ["python3", f"{ROOT}/code/start.py", "relay"],
        "env": [
            *(e for e in inner["env"] if e["name"].removeprefix("NBDAG_") in _ENV),
            {"name": "NBDAG_RUN", "value": "{{workflow.uid}}"},
            {"name": "NBDAG_CLUSTER", "value": cluster},
        ],
    }
    if "securityContext" in inner:
        container["securityContext"] = inner["securityContext"]
    own = {CODE_VOLUME, RUN_VOLUME, TMP_VOLUME}
    container["volumeMounts"] = [
        *(mount for mount in inner["volumeMounts"] if mount["name"] in own),
        {"name": CLUSTER_VOLUME, "mountPath": f"{ROOT}/cluster", "readOnly": True},
    ]
    # A pod waits for a secret that isn't there without a word; the relay says so.
    secret = {"secretName": secret_of(cluster), "optional": True}
    made["volumes"] = [{"name": CLUSTER_VOLUME, "secret": secret}]
    return {**made, "container": container}
