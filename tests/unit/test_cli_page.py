"""The page on the command line, made from click's own data."""

from __future__ import annotations

from pathlib import Path

from nbdag.cli.app import COMMANDS
from nbdag.cli.document import cli_markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(cli_markdown()), "run docs/generate.py"


def test_each_command_and_each_of_its_options_is_told() -> None:
    page = cli_markdown()
    for name in COMMANDS:
        assert f"## nbdag {name}\n" in page
    assert "| `-p`, `--parameter` *NAME=VALUE* |" in page
