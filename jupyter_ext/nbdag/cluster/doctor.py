"""Doctor: what a namespace lacks for runs of nbdag, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nbdag_converters.compilers.argo.rights import MORE_RIGHTS, POD_RIGHTS, USER_RIGHTS

from .api import Api
from .connection import ApiError

REPOSITORIES = "artifact-repositories"


State: TypeAlias = Literal["good", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `unknown` where it can't be seen from here."""

    what: str
    state: State
    details: str = ""
    fix: str = ""


def examine(
    api: Api,
    *,
    service_account: str = "",
    image: str = "",
    profile: str = "",
    more: Sequence[str] = (),
) -> Iterator[Finding]:
    """Yield what there is to say, the causes before what follows from them."""
    try:
        version = api.server_version()
    except ApiError as error:
        yield Finding("the cluster", "bad", str(error), "Set KUBECONFIG, or log in again.")
        return
    yield Finding("the cluster", "good", f"Kubernetes {version}, namespace {api.namespace}")
    yield from _argo(api)
    yield from _rights(api, more)
    account = service_account or "default"
    yield from _account(api, account)
    yield _repository(api)
    yield _pod(api, account, image=image, confined=profile not in ("", "none"))


def _argo(api: Api) -> Iterator[Finding]:
    missing = [
        name
        for name in ("workflows", "workflowtemplates", "workflowtaskresults")
        if name not in api.kinds()
    ]
    if missing:
        fix = "Install Argo Workflows, its custom resource definitions first."
        yield Finding("Argo's definitions", "bad", f"{', '.join(missing)} are not known", fix)
    else:
        yield Finding("Argo's definitions", "good")
    yield _seen("the controller", lambda: _controller(api))


def _controller(api: Api) -> Finding:
    running = api.controllers()
    if running:
        return Finding("the controller", "good", ", ".join(running))
    fix = "Start the deployment workflow-controller, for all namespaces or for this one."
    return Finding("the controller", "bad", "no workflow-controller runs", fix)


def _rights(api: Api, more: Sequence[str]) -> Iterator[Finding]:
    for name, wanted in (("", USER_RIGHTS), *((each, MORE_RIGHTS[each]) for each in more)):
        lacks = [
            f"{verb} {resource}"
            for group, resource, verbs in wanted
            for verb in verbs
            if not api.may(verb, group, resource)
        ]
        option = f" --with {name}" if name else ""
        fix = f"nbdag setup -n {api.namespace} --for user:YOU{option} | kubectl apply -f -"
        details = f"you may not: {', '.join(lacks)}" if lacks else ""
        what = f"your rights for {name}" if name else "your rights"
        yield Finding(what, "bad" if lacks else "good", details, fix if lacks else "")


def _account(api: Api, name: str) -> Iterator[Finding]:
    what = f"the service account {name}"
    fix = f"nbdag setup -n {api.namespace} --service-account {name} | kubectl apply -f -"
    found = _seen(what, lambda: Finding(what, "good" if api.has_account(name) else "bad"))
    if found.state == "bad":
        yield Finding(what, "bad", "it is not there", fix)
        return
    group, resource, verbs = POD_RIGHTS[0]

    def look() -> Finding:
        lacks = [f"{v} {resource}" for v in verbs if not api.may(v, group, resource, name)]
        details = f"its pods may not: {', '.join(lacks)}" if lacks else ""
        return Finding(what, "bad" if lacks else "good", details, fix if lacks else "")

    yield _seen(what, look)


def _repository(api: Api) -> Finding:
    what = "the artifact repository"
    try:
        entries = api.config_map(REPOSITORIES)
    except ApiError as error:
        details = "the namespace names none; the controller's own, if it has one, is used"
        return Finding(what, "unknown", details if error.status == 404 else str(error))
    return Finding(what, "good", ", ".join(entries))


def _pod(api: Api, account: str, *, image: str, confined: bool) -> Finding:
    what = "a step's pod"
    if not api.may("create", "", "pods"):
        return Finding(what, "unknown", "you may not make pods, so it can't be tried")
    refused = api.refuses_pod(account, image or "busybox", confined=confined)
    fix = "Compile for what the namespace demands: --profile 3.7:restricted, or 3.7:openshift."
    return Finding(what, "bad" if refused else "good", refused, fix if refused else "")


def _seen(what: str, look: Callable[[], Finding]) -> Finding:
    """Return what *look* finds; that nothing is known, where it may not look."""
    try:
        return look()
    except ApiError as error:
        return Finding(what, "unknown", str(error))
