"""Api: the few requests to Kubernetes that runs need, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from kubernetes import client
from kubernetes import watch as _watch

from .connection import ApiError, Place, connect, saying
from .named import named

GROUP, VERSION = "argoproj.io", "v1alpha1"
WORKFLOWS, TEMPLATES, SCHEDULES = "workflows", "workflowtemplates", "cronworkflows"
SOURCES, SENSORS = "eventsources", "sensors"
MANAGER = "nbdag"
_CONNECT = 10  # seconds to connect
_QUIET = 150  # seconds between two events of a watch; the server has bookmarks each minute
_WATCH = 240  # seconds after which the server ends a watch, and we ask again

watch: Any = _watch  # it has no types


class Gone(Exception):  # noqa: N818
    """What was watched from is no longer known: list again."""


class Api:
    """A connection to one namespace; `store` is where its artifacts are, as seen from here."""

    def __init__(self, place: Place) -> None:
        self._client, namespace = connect(place)
        self.namespace = place.namespace or namespace
        self.store = named(place.context).store
        self._custom: Any = client.CustomObjectsApi(self._client)
        self._core: Any = client.CoreV1Api(self._client)

    # Objects ----------------------------------------------------------------------------

    def make_config_map(self, body: Mapping[str, Any]) -> None:
        """Make a config map; one of that name is the same, as names are hashes of the content."""
        try:
            self._ask(
                f"make the config map {body['metadata']['name']}",
                lambda: self._core.create_namespaced_config_map(self.namespace, body),
            )
        except ApiError as error:
            if error.status != 409:
                raise

    def put(self, plural: str, body: Mapping[str, Any]) -> None:
        """Make an object of Argo, or give the one of its name this spec and these labels.

        What it is called, and what has become of it, stays.
        """
        name = body["metadata"]["name"]
        what = f"write {plural}/{name}"
        try:
            self._ask(what, lambda: self._create(plural, body))
        except ApiError as error:
            if error.status != 409:
                raise
            found = self.get(plural, name)
            if found["spec"] == body["spec"]:
                return
            labels = {**found["metadata"].get("labels", {}), **body["metadata"].get("labels", {})}
            newer = {
                **found,
                "spec": body["spec"],
                "metadata": {**found["metadata"], **body["metadata"], "labels": labels},
            }
            self._ask(
                what,
                lambda: self._custom.replace_namespaced_custom_object(
                    *self._where(plural), name, newer, field_validation="Strict"
                ),
            )

    def make_workflow(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a Workflow, and return it as the cluster has it."""
        made = self._ask("start the workflow", lambda: self._create(WORKFLOWS, body))
        return cast("dict[str, Any]", made)

    def remove(self, plural: str, name: str) -> None:
        """Remove an object of Argo; a workflow goes with its pods."""
        self._ask(
            f"remove {plural}/{name}",
            lambda: self._custom.delete_namespaced_custom_object(*self._where(plural), name),
        )

    def find(self, plural: str, label: str) -> list[dict[str, Any]]:
        """Return the objects of Argo with a label, as `key=value`."""
        found = self._ask(
            f"list {plural}",
            lambda: self._custom.list_namespaced_custom_object(
                *self._where(plural), label_selector=label
            ),
        )
        return cast("list[dict[str, Any]]", found["items"])

    def get(self, plural: str, name: str) -> dict[str, Any]:
        """Return an object of Argo."""
        found = self._ask(
            f"read {plural}/{name}",
            lambda: self._custom.get_namespaced_custom_object(*self._where(plural), name),
        )
        return cast("dict[str, Any]", found)

    def change(self, name: str, patch: Mapping[str, Any], plural: str = WORKFLOWS) -> None:
        """Merge *patch* into a workflow, or another object of Argo."""
        self._ask(
            f"change {plural}/{name}",
            lambda: self._custom.patch_namespaced_custom_object(*self._where(plural), name, patch),
        )

    def replace(self, name: str, body: Mapping[str, Any]) -> None:
        """Put *body* in the place of a workflow; refused (409) where it has changed since."""
        self._ask(
            f"change the workflow {name}",
            lambda: self._custom.replace_namespaced_custom_object(
                *self._where(WORKFLOWS), name, body
            ),
        )

    def secret(self, name: str) -> Mapping[str, str]:
        """Return the entries of a secret, each in base64."""
        found = self._ask(
            f"read the secret {name}",
            lambda: self._core.read_namespaced_secret(name, self.namespace),
        )
        return cast("Mapping[str, str]", found.data or {})

    def config_map(self, name: str, namespace: str = "") -> Mapping[str, Any]:
        """Return a config map's entries."""
        found = self._ask(
            f"read the config map {name}",
            lambda: self._core.read_namespaced_config_map(name, namespace or self.namespace),
        )
        return cast("Mapping[str, Any]", found.data or {})

    def packed(self, name: str) -> Mapping[str, str]:
        """Return the entries of a config map that are no text, each in base64."""
        found = self._ask(
            f"read the config map {name}",
            lambda: self._core.read_namespaced_config_map(name, self.namespace),
        )
        return cast("Mapping[str, str]", found.binary_data or {})

    # What there is ----------------------------------------------------------------------

    def server_version(self) -> str:
        """Return the version of Kubernetes."""
        found = self._ask("ask its version", lambda: client.VersionApi(self._client).get_code())
        return str(found.git_version)

    def kinds(self) -> frozenset[str]:
        """Return the resources of Argo that the cluster knows."""
        try:
            found = self._ask(
                "ask for Argo's resources", lambda: self._custom.get_api_resources(GROUP, VERSION)
            )
        except ApiError as error:
            if error.status != 404:
                raise
            return frozenset()
        return frozenset(str(each.name) for each in found.resources)

    def controllers(self) -> list[str]:
        """Return where pods of the workflow-controller run."""
        found = self._ask(
            "list the pods of the controller",
            lambda: self._core.list_pod_for_all_namespaces(
                label_selector="app=workflow-controller"
            ),
        )
        return [
            f"{pod.metadata.namespace}/{pod.metadata.name}"
            for pod in found.items
            if pod.status.phase == "Running"
        ]

    def may(self, verb: str, group: str, resource: str, account: str = "") -> bool:
        """Return whether we, or a service account of the namespace, may do something in it."""
        kind, _, part = resource.partition("/")
        attributes = client.V1ResourceAttributes(
            namespace=self.namespace, verb=verb, group=group, resource=kind, subresource=part
        )
        reviews: Any = client.AuthorizationV1Api(self._client)
        if not account:
            spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            body: Any = client.V1SelfSubjectAccessReview(spec=spec)
            found = self._ask(
                "ask for rights", lambda: reviews.create_self_subject_access_review(body)
            )
        else:
            user = f"system:serviceaccount:{self.namespace}:{account}"
            whose = client.V1SubjectAccessReviewSpec(resource_attributes=attributes, user=user)
            body = client.V1LocalSubjectAccessReview(
                spec=whose, metadata=client.V1ObjectMeta(namespace=self.namespace)
            )
            found = self._ask(
                "ask for the rights of a service account",
                lambda: reviews.create_namespaced_local_subject_access_review(self.namespace, body),
            )
        return bool(found.status.allowed)

    def has_account(self, name: str) -> bool:
        """Return whether there is such a service account."""
        try:
            self._ask(
                f"read the service account {name}",
                lambda: self._core.read_namespaced_service_account(name, self.namespace),
            )
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def refuses_pod(self, account: str, image: str, *, confined: bool) -> str:
        """Return why a pod as those of steps would be refused, "" if it would not; none is made."""
        context = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        container: dict[str, Any] = {"name": "main", "image": image, "command": ["true"]}
        if confined:
            container["securityContext"] = context
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"generateName": "nbdag-doctor-"},
            "spec": {"serviceAccountName": account, "containers": [container]},
        }
        try:
            self._ask(
                "make a pod",
                lambda: self._core.create_namespaced_pod(self.namespace, body, dry_run="All"),
            )
        except ApiError as error:
            return str(error)
        return ""

    # Following --------------------------------------------------------------------------

    def watch(
        self, name: str, version: str, seconds: int = _WATCH
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each change of a workflow since *version*: how it changed, and the object.

        It ends when the server ends it, which is often, and after *seconds*.

        Raises
        ------
        Gone
            If the version is too old.
        ApiError
            If the cluster refuses it, or the connection is lost.
        """
        watcher = watch.Watch()
        try:
            with saying(f"watch the workflow {name}"):
                for event in watcher.stream(
                    self._custom.list_namespaced_custom_object,
                    *self._where(WORKFLOWS),
                    field_selector=f"metadata.name={name}",
                    resource_version=version,
                    allow_watch_bookmarks=True,
                    timeout_seconds=seconds,
                    _request_timeout=(_CONNECT, _QUIET),
                ):
                    yield event["type"], cast("dict[str, Any]", event["raw_object"])
        except ApiError as error:
            if error.status == 410:
                raise Gone from None
            raise
        finally:
            watcher.stop()

    def pods(self, workflow: str) -> dict[str, str]:
        """Return the names of a workflow's pods by the ids of their nodes."""
        found = self._ask(
            "list the pods of the run",
            lambda: self._core.list_namespaced_pod(
                self.namespace, label_selector=f"workflows.argoproj.io/workflow={workflow}"
            ),
        )
        return {
            pod.metadata.annotations["workflows.argoproj.io/node-id"]: pod.metadata.name
            for pod in found.items
            if "workflows.argoproj.io/node-id" in (pod.metadata.annotations or {})
        }

    def log(self, pod: str) -> bytes:
        """Return all that a pod's main container has printed."""
        found = self._ask(f"read the log of the pod {pod}", lambda: self._read_log(pod))
        return cast("bytes", found.data)

    @contextmanager
    def following(self, pod: str) -> Generator[Iterator[bytes]]:
        """Yield pieces of what a pod prints, as it prints them, until its end."""
        found = self._ask(
            f"follow the log of the pod {pod}", lambda: self._read_log(pod, follow=True)
        )
        try:
            yield found.stream(4096)
        finally:
            found.close()
            found.release_conn()

    # Inside -----------------------------------------------------------------------------

    def _read_log(self, pod: str, *, follow: bool = False) -> Any:
        return self._core.read_namespaced_pod_log(
            pod, self.namespace, container="main", follow=follow, _preload_content=False
        )

    def _create(self, plural: str, body: Mapping[str, Any]) -> Any:
        return self._custom.create_namespaced_custom_object(
            *self._where(plural), body, field_validation="Strict", field_manager=MANAGER
        )

    def _where(self, plural: str) -> tuple[str, str, str, str]:
        return GROUP, VERSION, self.namespace, plural

    def _ask(self, what: str, request: Callable[[], Any]) -> Any:
        with saying(what):
            return request()
