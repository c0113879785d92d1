"""Executors: the container of steps with the same settings, and what Kubernetes adds to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbdag_converters.compilers import embed
from nbdag_converters.compilers.plan import Plan, plain_env
from nbdag_converters.model import StepConfig

from .options import Options

# `kfp.local` runs a command here as a process only if it names the SDK's executor, whose
# arguments ours takes as well.
_BOOT = f"# in place of kfp.dsl.executor_main, with its arguments\n{embed.BOOT_KUBEFLOW}"


@dataclass(slots=True)
class Executors:
    """Executors by label; equal ones are kept once. `files` is the archive of files, or `-`."""

    options: Options
    image: str
    files: str
    containers: dict[str, Any] = field(default_factory=dict[str, Any])
    platforms: dict[str, Any] = field(default_factory=dict[str, Any])
    _known: dict[str, str] = field(default_factory=dict[str, str])
    _labels: dict[StepConfig, str] = field(default_factory=dict[StepConfig, str])

    def label(self, plan: Plan) -> str:
        """Return the executor of a step."""
        if plan.config not in self._labels:  # most steps have the same
            self._labels[plan.config] = self._label(plan)
        return self._labels[plan.config]

    def _label(self, plan: Plan) -> str:
        container = self._container(plan)
        platform = _platform(plan.config, self.options)
        content = json.dumps([container, platform], sort_keys=True)
        if content not in self._known:
            label = self._known[content] = f"exec-step-{len(self._known) + 1}"
            self.containers[label] = {"container": container}
            if platform:
                self.platforms[label] = platform
        return self._known[content]

    def _container(self, plan: Plan) -> dict[str, Any]:
        made: dict[str, Any] = {
            "args": ["--executor_input", "{{$}}", "--function_to_execute", "nbdag"],
            "command": [
                "python3",
                "-c",
                _BOOT,
                embed.payload(*embed.KUBEFLOW),
                self.files,
            ],
            "image": plan.config.image or self.image,
        }
        env = [{"name": name, "value": value} for name, value in plain_env(plan.config).items()]
        if env:
            made["env"] = env
        resources = _resources(plan.config)
        if resources:
            made["resources"] = resources
        return made


def _resources(config: StepConfig) -> dict[str, Any]:
    """Return requests and limits, which are the same as on other clusters."""
    limits: Mapping[str, str] = dict(config.limits)
    texts = {
        "resourceCpuRequest": config.cpu,
        "resourceMemoryRequest": config.memory,
        "resourceCpuLimit": limits.get("cpu"),
        "resourceMemoryLimit": limits.get("memory"),
    }
    made: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
    if config.gpu:
        made["accelerator"] = {
            "resourceType": "nvidia.com/gpu",
            "resourceCount": str(config.gpu),
        }
    return made


def _platform(config: StepConfig, options: Options) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if config.secrets:
        made["secretAsEnv"] = [
            {
                "keyToEnv": [{"envVar": secret.env or secret.key, "secretKey": secret.key}],
                "optional": False,
                "secretName": secret.name,
                "secretNameParameter": {"runtimeValue": {"constant": secret.name}},
            }
            for secret in config.secrets
        ]
    if config.node_selector:
        made["nodeSelector"] = {"labels": dict(config.node_selector)}
    pairs = {"labels": dict(config.labels), "annotations": dict(config.annotations)}
    metadata = {name: values for name, values in pairs.items() if values}
    if metadata:
        made["podMetadata"] = metadata
    if config.timeout is not None:
        made["activeDeadlineSeconds"] = str(max(1, round(config.timeout)))
    folders = [volume for volume in config.volumes if volume.name not in options.claims]
    claims = [volume for volume in config.volumes if volume.name in options.claims]
    if folders:
        made["emptyDirMounts"] = [{"volumeName": v.name, "mountPath": v.path} for v in folders]
    if claims:
        made["pvcMount"] = [
            {
                "constant": volume.name,
                "mountPath": volume.path,
                "pvcNameParameter": {"runtimeValue": {"constant": volume.name}},
            }
            for volume in claims
        ]
    return made
