"""Rights: what an administrator gives a namespace so that workflows of nbdag can run in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .names import legal
from .spec import LABELS
from .trigger import ACCOUNT, WATCHER

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
    "triggers": ((ARGO, "eventsources", _ALL), (ARGO, "sensors", _ALL)),
    "relays": (),
}
"""What users need for more than runs that they start, by what it is."""

RELAY = "nbdag-relay"
RELAY_RIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (ARGO, "workflows", ("create", "get", "list", "patch", "watch")),
    ("", "configmaps", ("create", "get")),
    ("", "pods", ("list",)),
    ("", "pods/log", ("get",)),
)
"""What the relays of another cluster need to have its steps run here, and that account's name."""


def rights(  # noqa: PLR0913 - what can be said of them
    namespace: str,
    *,
    service_account: str = "argo-workflow",
    subject: Mapping[str, str] | None = None,
    secret: str = "",
    openshift: bool = False,
    more: Sequence[str] = (),
    watched: Sequence[str] = (),
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
        What they may do beside that, of MORE_RIGHTS. For `triggers`, the sensors get an account
        that may make workflows; for `relays`, the runs of another cluster one that may have steps
        run here, with a token in the secret of its name.
    watched
        Resources, as `PLURAL.GROUP`, of which event sources may see changes.
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
    if "triggers" in more:
        made += _account(ACCOUNT, namespace, [_rule(ARGO, "workflows", ("create",))])
    if "relays" in more:
        made += _account(RELAY, namespace, [_rule(*right) for right in RELAY_RIGHTS])
        token = _object("v1", "Secret", RELAY, namespace)
        token["metadata"]["annotations"] = {"kubernetes.io/service-account.name": RELAY}
        made.append({**token, "type": "kubernetes.io/service-account-token"})
    if watched:
        pairs = [text.partition(".") for text in watched]
        rules = [_rule(group, plural, ("get", "list", "watch")) for plural, _, group in pairs]
        made += _account(WATCHER, namespace, rules)
    return tuple(made)


def _account(name: str, namespace: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a service account of that name, and a role of that name for it."""
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    return [
        _object("v1", "ServiceAccount", name, namespace),
        *_granted(name, namespace, rules, account),
    ]


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
