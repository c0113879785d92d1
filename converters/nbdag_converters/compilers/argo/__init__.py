"""Argo Workflows: a pipeline as objects of Kubernetes, each step a container.

Pure: no cluster is asked, no file is read. What the containers run is in config maps, never in a
template, since Argo replaces what looks like `{{…}}` there. Values and files travel through the
artifact repository, under `nbdag/UID OF THE WORKFLOW/TASK/`.
"""

from __future__ import annotations

from nbdag_converters.compilers.base import Compiler
from nbdag_converters.compilers.plan import parameter_text

from .dag import FOLLOWED
from .objects import Compiled, compile_argo, compile_objects
from .profile import SECURITIES, VERSIONS, Options, Profile, ProfileError, parse_profile
from .schedule import CONCURRENCIES, SCHEDULED, Concurrency, Schedule

COMPILER = Compiler("argo", compile_argo)

__all__ = [
    "COMPILER",
    "CONCURRENCIES",
    "FOLLOWED",
    "SCHEDULED",
    "SECURITIES",
    "VERSIONS",
    "Compiled",
    "Concurrency",
    "Options",
    "Profile",
    "ProfileError",
    "Schedule",
    "compile_argo",
    "compile_objects",
    "parameter_text",
    "parse_profile",
]
