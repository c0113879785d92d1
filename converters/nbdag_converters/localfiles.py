"""Files beside the notebook that it reads: data files and modules, to be shipped with it."""

from __future__ import annotations

import sys
from pathlib import Path

from .analysis import Program


def _modules(program: Program) -> list[str]:
    return list(
        dict.fromkeys(use.path for s in program.statements for use in s.files if use.mode == "m")
    )


def _module_file(folder: Path, module: str) -> str | None:
    if (folder / f"{module}.py").is_file():
        return f"{module}.py"
    return module if (folder / module / "__init__.py").is_file() else None


def local_files(program: Program, folder: Path | None) -> tuple[str, ...]:
    """Return relative POSIX paths of modules and of files that are read before they are written.

    Only what exists in *folder* counts; nothing outside of it.
    """
    if folder is None:
        return ()
    found = [f for module in _modules(program) if (f := _module_file(folder, module))]
    written: set[str] = set()
    for statement in program.statements:
        for use in statement.files:
            path = Path(use.path)
            if use.mode == "m" or use.path.endswith("*") or path.is_absolute():
                continue
            inside = ".." not in path.parts
            if "r" in use.mode and inside and use.path not in written and (folder / path).exists():
                found.append(path.as_posix())
            if "w" in use.mode:
                written.add(use.path)
    return tuple(sorted(set(found)))


def requirements(program: Program, folder: Path | None) -> tuple[str, ...]:
    """Return the top-level names of packages that the notebook imports, without its own modules."""
    return tuple(
        sorted(
            module
            for module in _modules(program)
            if module not in sys.stdlib_module_names
            and not (folder is not None and _module_file(folder, module))
        )
    )
