"""Profile and Options: which Argo the objects are for, and what a caller chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

from nbdag_converters.errors import PipelineError

Version: TypeAlias = Literal["3.6", "3.7", "4.0", "4.1"]
Security: TypeAlias = Literal["none", "restricted", "openshift"]

VERSIONS: tuple[Version, ...] = get_args(Version)
SECURITIES: tuple[Security, ...] = get_args(Security)


class ProfileError(PipelineError):
    """There is no such profile."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text, problem)
        self.text, self.problem = text, problem

    def __str__(self) -> str:
        return f"'{self.text}' is no profile of Argo: {self.problem}."


@dataclass(frozen=True, slots=True)
class Profile:
    """The version of the controller, and what the namespace demands of pods.

    `restricted` is the Kubernetes pod security standard of that name, `openshift` the security
    context constraint restricted-v2, which gives pods their user. With `initless` the controller
    starts pods without init containers, which versions from 4.1 can be set to.
    """

    version: Version = "3.7"
    security: Security = "none"
    initless: bool = False

    def __post_init__(self) -> None:
        if self.initless and self.version != "4.1":
            problem = "pods without init containers need version 4.1"
            raise ProfileError(self.version, problem)


def parse_profile(text: str) -> Profile:
    """Return the profile of `3.7`, `4.1:restricted` or `4.1:restricted:initless`.

    Raises
    ------
    ProfileError
        If there is none of that name.
    """
    version, _, rest = text.partition(":")
    security, _, last = rest.partition(":")
    if version not in VERSIONS:
        raise ProfileError(text, f"the versions are {', '.join(VERSIONS)}")
    if (security or "none") not in SECURITIES or last not in ("", "initless"):
        problem = f"behind the version may stand `:{'`, `:'.join(SECURITIES)}`"
        raise ProfileError(text, problem)
    return Profile(
        version=version,
        security=cast("Security", security or "none"),
        initless=bool(last),
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller chooses.

    `image` is for steps that name none. `claims` are volumes that exist as claims. `targets`, if
    any, are the steps that are wanted: they and what they need are compiled. `done` are steps that
    an earlier run has done, so that they get no task: what they left is where it would be after
    one. `files` are the contents of the pipeline's files by path, which go along. `repository` is
    the config map and key of another artifact repository than the namespace's. `standalone` puts
    everything into the Workflow, without a WorkflowTemplate. `python` is the version of the
    notebook's kernel, as `3.11`, "" if it isn't known. With `fingerprint` each step reports what
    its variables hold, so that runs can be compared.
    """

    profile: Profile = field(default_factory=Profile)
    name: str | None = None
    namespace: str | None = None
    image: str | None = None
    claims: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    repository: tuple[str, str] | None = None
    standalone: bool = False
    python: str = ""
    fingerprint: bool = False

    def kept(self) -> dict[str, Any]:
        """Return, as JSON has it, what a later run of the same code has to be compiled with."""
        return {
            "profile": asdict(self.profile),
            "image": self.image,
            "claims": sorted(self.claims),
            "repository": self.repository,
        }
