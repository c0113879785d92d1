"""What Kubeflow's own SDK refuses: why conditions and steps at the end are as they are.

Without `from __future__ import annotations`, which the SDK can't read.
"""

from pathlib import Path
from typing import Any

import pytest
from kfp import compiler, dsl  # pyright: ignore[reportMissingImports] - a virtualenv of its own


def _make() -> str:
    return "it"


def _take(x: str) -> str:
    return x


make: Any = dsl.component(_make, base_image="python:3.12")
take: Any = dsl.component(_take, base_image="python:3.12")


def compiled(pipeline: Any, folder: Path) -> None:
    compiler.Compiler().compile(dsl.pipeline(pipeline), str(folder / "package.yaml"))


def test_a_task_at_the_end_takes_nothing_of_other_tasks(tmp_path: Path) -> None:
    def ending() -> None:
        end = take(x=make().output)
        with dsl.ExitHandler(end):
            make()

    with pytest.raises(ValueError, match="exit_task cannot depend on any other tasks"):
        compiled(ending, tmp_path)


def test_what_a_branch_makes_is_not_taken_out_of_it(tmp_path: Path) -> None:
    def branch(flag: str) -> None:
        with dsl.If(flag == "yes"):
            made = make()
        take(x=made.output)

    with pytest.raises(Exception, match="A downstream task cannot depend on an upstream task"):
        compiled(branch, tmp_path)


def test_a_choice_is_not_between_a_branch_and_what_is_above(tmp_path: Path) -> None:
    def choice(flag: str) -> None:
        above = make()
        with dsl.If(flag == "yes"):
            made = make()
        take(x=dsl.OneOf(made.output, above.output))

    with pytest.raises(AttributeError, match="TasksGroup"):  # it looks for the branch of both
        compiled(choice, tmp_path)
