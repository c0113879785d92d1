"""Rights: what an administrator gives a namespace so that workflows of nbdag can run in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .names import legal
from .spec import LABELS

RBAC = "rbac.authorization.k8s.io"
ARGO = "argoproj.io"

_ALL = ("create", "delete", "get", "list", "patch", "update")

POD_RIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (ARGO, "workflowtaskresults", ("create", "patch")),
)
"""Group, resource and verbs that the pods of a workflow need, to tell how a step ended."""

USER_RIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (ARGO, "workflows", (*_ALL, "watch")),
    (ARGO, "workflowtemplates", ("create", "get", "update")),
    ("", "configmaps", ("create", "get")),
    ("", "pods", ("list",)),
    ("", "pods/log", ("get",)),
)
"""What whoever submits and follows runs needs."""

MORE_RIGHTS: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "schedules": ((ARGO, "cronworkflows", _ALL),),
}
"""What users need for more than runs that they start, by what it is."""


def rights(
    namespace: str,
    *,
    service_account: str = "argo-workflow",
    subject: Mapping[str, str] | None = None,
    secret: str = "",
    openshift: bool = False,
    more: Sequence[str] = (),
) -> tuple[dict[str, Any], ...]:
    """Return the objects: nothing in them reaches beyond *namespace*.

    Parameters
    ----------
    service_account
        That of the pods.
    subject
        Whom to let submit runs: `kind` (User, Group or ServiceAccount) and `name`.
    secret
        The secret with the keys of the artifact store, which who submits reads to fetch outputs.
    more
        What they may do beside that, of MORE_RIGHTS.
    openshift
        Let the pods use the security context constraint restricted-v2, also where the namespace is
        older than it.
    """
    pods = [_rule(*right) for right in POD_RIGHTS]
    if openshift:
        pods.append(
            {
                "apiGroups": ["security.openshift.io"],
                "resources": ["securitycontextconstraints"],
                "resourceNames": ["restricted-v2"],
                "verbs": ["use"],
            }
        )
    account = {"kind": "ServiceAccount", "name": service_account, "namespace": namespace}
    made = [
        _object("v1", "ServiceAccount", service_account, namespace),
        *_granted("nbdag-pods", namespace, pods, account),
    ]
    if subject is not None:
        extra = (right for name in more for right in MORE_RIGHTS[name])
        users = [_rule(*right) for right in dict.fromkeys((*USER_RIGHTS, *extra))]
        if secret:
            users.append({**_rule("", "secrets", ("get",)), "resourceNames": [secret]})
        made += _granted(f"nbdag-user-{legal(subject['name'])}", namespace, users, subject)
    return tuple(made)


def _rule(group: str, resource: str, verbs: tuple[str, ...]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


def _granted(
    name: str, namespace: str, rules: list[dict[str, Any]], subject: Mapping[str, str]
) -> list[dict[str, Any]]:
    whom = dict(subject)
    if whom["kind"] == "ServiceAccount":
        whom.setdefault("namespace", namespace)
    else:
        whom["apiGroup"] = RBAC
    role = _object(f"{RBAC}/v1", "Role", name, namespace)
    binding = _object(f"{RBAC}/v1", "RoleBinding", name, namespace)
    reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
    return [{**role, "rules": rules}, {**binding, "roleRef": reference, "subjects": [whom]}]


def _object(version: str, kind: str, name: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": dict(LABELS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
