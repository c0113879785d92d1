"""How a step, or the whole pipeline, is to be run: what tags and notebook metadata say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempts after the first, and the wait before each: `delay * factor**n` seconds."""

    limit: int
    delay: float = 0.0
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A Kubernetes secret: all its keys, or *key* as the environment variable *env*."""

    name: str
    key: str | None = None
    env: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume mounted at *path*: an emptyDir, or a claim of *size* made for the run."""

    name: str
    path: str
    size: str | None = None


@dataclass(frozen=True, slots=True)
class StepConfig:
    """Settings of one step. `None` means: not said.

    `timeout` is in seconds, of one attempt. `fan_out` is the most iterations at once, 0 for
    no bound. `cpu`, `memory` and `limits` are Kubernetes quantities. Pairs keep the order of
    the notebook.
    """

    image: str | None = None
    cpu: str | None = None
    memory: str | None = None
    gpu: int | None = None
    limits: tuple[tuple[str, str], ...] = ()
    retry: Retry | None = None
    timeout: float | None = None
    fan_out: int | None = None
    approve: str | None = None
    on_exit: bool = False
    cache: bool | None = None
    secrets: tuple[SecretRef, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    node_selector: tuple[tuple[str, str], ...] = ()
    volumes: tuple[Volume, ...] = ()
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told how a run has ended, at the address that *secret* holds.

    On a cluster it is a key of a secret, here the environment variable `secret.env`.
    """

    when: Literal["success", "failure", "always"]
    kind: Literal["slack", "cloudevent"]
    secret: SecretRef


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """Settings of the whole pipeline, from the notebook's metadata under `nbdag`.

    `timeout` is in seconds, of the whole run. `keep` is how many bytes of variables that no
    later step needs a step saves. `experiment` and `description` come from Kale's metadata too.
    """

    name: str | None = None
    description: str | None = None
    experiment: str | None = None
    image: str | None = None
    timeout: float | None = None
    retry: Retry | None = None
    schedule: str | None = None
    timezone: str | None = None
    notify: tuple[Notify, ...] = ()
    service_account: str | None = None
    namespace: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    artifact_store: str | None = None
    parallelism: int | None = None
    keep: int | None = None
    volumes: tuple[Volume, ...] = ()
    step_defaults: StepConfig = field(default_factory=StepConfig)
