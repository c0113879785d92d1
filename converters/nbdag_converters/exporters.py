"""nbconvert exporters: `jupyter nbconvert --to argo fraud.ipynb` writes objects for a cluster.

`--to kfp` writes a package of Kubeflow Pipelines, `--to nbdag-plan` the local plan.

Importing nbconvert is slow, so nothing else of nbdag may import this module.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Unicode

from .build import Built, build
from .compilers.argo import Options, compile_argo, parse_profile
from .compilers.base import Manifest, find_compiler
from .compilers.kfp import Options as KfpOptions
from .compilers.kfp import compile_kfp
from .errors import PipelineError
from .notebook import from_content
from .shipped import shipped_files

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}


class PlanExporter(Exporter):
    """Exports a notebook as the plan by which it runs here: JSON, with an order for each step."""

    export_from_notebook = "nbdag plan"
    output_mimetype = "application/json"
    target = "local"

    def _file_extension_default(self) -> str:
        return ".plan.json"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the plan's text, and the resources.

        Raises
        ------
        ConversionException
            If the notebook can't become a pipeline; its message has the findings.
        """
        node, after = super().from_notebook_node(nb, resources, **options)
        about: dict[str, Any] = after.get("metadata", {})
        name = f"{about.get('name') or 'notebook'}.ipynb"
        path = Path(about["path"], name).absolute() if about.get("path") else None
        try:
            notebook = from_content(dict(node), name=name, path=path)
            manifest = self.compiled(build(notebook))
        except PipelineError as error:
            raise ConversionException(str(error)) from None
        for found in manifest.diagnostics:
            self.log.log(LEVELS[found.severity], "%s", found)
        return manifest.text, dict(after)

    def compiled(self, built: Built) -> Manifest:
        """Return the manifest of a notebook."""
        return find_compiler(self.target).compile(built.pipeline)


class ArgoExporter(PlanExporter):
    """Exports a notebook as a WorkflowTemplate of Argo, and the config maps that it needs."""

    export_from_notebook = "Argo Workflows"
    output_mimetype = "application/yaml"
    target = "argo"

    profile = Unicode("3.7", help="The version of Argo, and `:restricted` or `:openshift`.").tag(
        config=True
    )
    image = Unicode(None, allow_none=True, help="The image of steps that name none.").tag(
        config=True
    )

    def _file_extension_default(self) -> str:
        return ".yaml"

    def compiled(self, built: Built) -> Manifest:
        """Return the objects of a notebook; files beside it go along."""
        options = Options(
            profile=parse_profile(self.profile),
            image=self.image,
            files=shipped_files(built),
            python=built.notebook.python,
        )
        return compile_argo(built.pipeline, options)


class KfpExporter(PlanExporter):
    """Exports a notebook as a package of Kubeflow Pipelines."""

    export_from_notebook = "Kubeflow Pipelines"
    output_mimetype = "application/yaml"
    target = "kfp"

    image = Unicode(None, allow_none=True, help="The image of steps that name none.").tag(
        config=True
    )

    def _file_extension_default(self) -> str:
        return ".yaml"

    def compiled(self, built: Built) -> Manifest:
        """Return the package of a notebook; files beside it go along."""
        options = KfpOptions(
            image=self.image, files=shipped_files(built), python=built.notebook.python
        )
        return compile_kfp(built.pipeline, options)
