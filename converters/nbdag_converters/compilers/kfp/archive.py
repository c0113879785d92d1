"""Packages as archives, the same bytes at any time; Kubeflow looks for `pipeline.yaml` in them."""

from __future__ import annotations

import io
import zipfile

from nbdag_converters.compilers.archive import archive

FORMATS = (".yaml", ".yml", ".zip", ".tar.gz", ".tgz")
_MEMBER = "pipeline.yaml"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(text: str, name: str) -> bytes:
    """Return the package *text* as the file *name* is to hold it, by the end of its name.

    Raises
    ------
    ValueError
        If it ends as none of FORMATS.
    """
    content = text.encode()
    if name.endswith((".yaml", ".yml")):
        return content
    if name.endswith((".tar.gz", ".tgz")):
        return archive({_MEMBER: content})
    if name.endswith(".zip"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
            about = zipfile.ZipInfo(_MEMBER, _EPOCH)
            about.external_attr = 0o644 << 16
            folder.writestr(about, content, zipfile.ZIP_DEFLATED, 9)
        return made.getvalue()
    message = f"a package of Kubeflow can't be '{name}': it has to end as one of {FORMATS}"
    raise ValueError(message)
