"""Argo Workflows: a pipeline as objects of Kubernetes, each step a container.

Pure: no cluster is asked, no file is read. What the containers run is in config maps, never in a
template, since Argo replaces what looks like `{{…}}` there. Values and files travel through the
artifact repository, under `nbdag/UID OF THE WORKFLOW/TASK/`.
"""

from __future__ import annotations

from nbdag_converters.compilers.base import Compiler
from nbdag_converters.compilers.plan import parameter_text

from .objects import Compiled, compile_argo, compile_objects
from .profile import SECURITIES, VERSIONS, Options, Profile, ProfileError, parse_profile

COMPILER = Compiler("argo", compile_argo)

__all__ = [
    "COMPILER",
    "SECURITIES",
    "VERSIONS",
    "Compiled",
    "Options",
    "Profile",
    "ProfileError",
    "compile_argo",
    "compile_objects",
    "parameter_text",
    "parse_profile",
]
