from __future__ import annotations

import re
import string
import sys
from pathlib import Path

import pytest

from nbdag_converters import rules
from nbdag_converters.rules import RULES, Place, Rule

ROOT = Path(__file__).parents[2]
PACKAGES = ("converters", "jupyter_ext")
MODULES = {
    "1": ("structure", "settings"),
    "2": ("dataflow", "guard"),
    "3": ("travel",),
    "4": ("control",),
    "5": ("environment",),
    "6": ("targets",),
}
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)


def source_files() -> list[Path]:
    """Return the modules of both packages outside of the catalogue."""
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "rules" not in path.parts
    ]


def constants() -> dict[tuple[str, str], Rule]:
    """Return the rules by module and name of their constants."""
    return {
        (module, name): rule
        for modules in MODULES.values()
        for module in modules
        for name, rule in vars(getattr(rules, module)).items()
        if isinstance(rule, Rule)
    }


def test_a_rule_makes_its_diagnostics() -> None:
    place = Place(cell=3, line=2, column=5, end_column=6, source="    x")
    finding = rules.structure.WRONG_TAG.at(place, tag="{a}", problem="p", advice="Do {b}.")
    assert (finding.code, finding.severity) == ("NB112", "error")
    assert finding.message == "the tag '{a}' is wrong: p."
    assert finding.fix == "Do {b}."
    assert str(finding).startswith("NB112 cell 3, line 2: ")


def test_a_rule_is_found_by_its_code() -> None:
    assert rules.find("nb112") is rules.structure.WRONG_TAG
    with pytest.raises(KeyError):
        rules.find("NB999")


def test_no_code_is_given_twice_and_each_is_in_the_module_of_its_range() -> None:
    found = constants()
    assert len({rule.code for rule in found.values()}) == len(found) == len(RULES)
    for (module, _), rule in found.items():
        assert re.fullmatch(r"NB[1-6]\d\d", rule.code)
        assert module in MODULES[rule.code[2]]


@each_rule
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert rule.title[0].isupper() or not rule.title[0].isalpha()
    assert not rule.title.endswith(".")
    assert rule.message.endswith((".", "?", "{message}"))
    assert rule.fix
    assert len(rule.help) > 40
    assert rule.severity in ("error", "warning", "info")
    for template in (rule.message, rule.fix):
        names = [name for _, name, _, _ in string.Formatter().parse(template)]
        assert all(name is None or name.isidentifier() for name in names)


def test_every_code_in_the_code_is_in_the_catalogue() -> None:
    for path in source_files():
        for code in re.findall(r"\bNB[1-6]\d\d\b", path.read_text(encoding="utf-8")):
            assert code in RULES, f"{path} names {code}"


def test_every_rule_is_used() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    used = set(re.findall(r"\b(?:[a-z_]+\.)?([A-Z][A-Z0-9_]+)\b", text))
    assert [name for _, name in constants() if name not in used] == []


def test_the_pages_of_the_reference_are_current() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from generate import outdated  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(ROOT / "docs"))
    assert outdated() == [], "run `python docs/generate.py`"
