"""`nbdag image`: writes what builds an image for a notebook's steps."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import notebook_argument
from .terminal import say


@click.command()
@notebook_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The folder to write to; `image` beside the notebook unless said.",
)
def image(notebook: Path, output: Path | None) -> None:
    """Write a Containerfile, pinned requirements, the runtime, and a BuildConfig for OpenShift.

    The image holds what the notebook imports, in the versions that are installed here. What was
    written there before is not overwritten.
    """
    import sys

    from nbdag.image import build_config, containerfile, requirements
    from nbdag.runs.base import RunError
    from nbdag_converters.build import build
    from nbdag_converters.compilers.embed import keeper
    from nbdag_converters.compilers.names import legal
    from nbdag_converters.compilers.yaml import to_yaml

    from .files import write_text

    built = build(notebook)
    folder = output or notebook.parent / "image"
    texts = {
        "requirements.txt": "\n".join(requirements(built.pipeline.requirements)) + "\n",
        "Containerfile": containerfile("{}.{}".format(*sys.version_info)),
        "runtime.py": keeper(),
        "buildconfig.yaml": to_yaml([build_config(legal(built.pipeline.name))]),
    }
    changed = [
        name
        for name, text in texts.items()
        if (folder / name).exists() and (folder / name).read_text(encoding="utf-8") != text
    ]
    if changed:
        msg = (
            f"{folder} holds {', '.join(changed)}, which may be yours: remove it, or write "
            "elsewhere with --output."
        )
        raise RunError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    say(f"build it: podman build -t NAME {folder}; then: nbdag submit {notebook} --image NAME")
