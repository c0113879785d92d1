"""Random notebooks for the law: programs over a small pool of names, right by construction.

Each statement is a template that needs names of some kinds and may bind one. The generator knows
the kind of each name, so that almost every program runs without an error. Kinds say what a
value is, and for functions what they must find when they are called:

    int  list (of int)  dict (of lists)  array  object (with .v, a list, and methods)  rng  iter
    call (no argument, gives an int)     change (takes a list, changes it)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d", "x", "y")
FILES = ("one.txt", "two.txt")
HEAD = """import random
from functools import partial
import numpy as np"""

REPEATABLE = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
)
"""How a law draws its notebooks: the same ones each time, however long one takes."""

Draw = Callable[[st.SearchStrategy[str]], str]


@dataclass(frozen=True, slots=True)
class Template:
    """`{to}` is the bound name, `{list}`, `{int2}`, … are names of that kind, `{k}` a number.

    `binds` is the kind of `{to}`. `state` must be there, as a file or a seeded generator, and
    `makes` is there afterwards. The statement is a `simple` one if it may stand in an `if`.
    """

    text: str
    binds: str = ""
    state: str = ""
    makes: str = ""
    topic: str = "data"
    simple: bool = True

    @property
    def holes(self) -> tuple[str, ...]:
        """The names of the template's holes, once each."""
        return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", self.text)))


def data(text: str, binds: str = "") -> Template:
    return Template(text, binds)


def function(text: str, binds: str = "") -> Template:
    return Template(text, binds, topic="function", simple=False)


TEMPLATES: tuple[Template, ...] = (
    # numbers
    data("{to} = {k}", "int"),
    data("{to} = {int} + {int2}", "int"),
    data("{int} += {k}"),
    data("{to} = len({list}) + {k}", "int"),
    data("{to} = sum({list})", "int"),
    data("print({int}, {list})"),
    data('print(f"{{{int}}}/{{{list}!r}}")'),
    data("if ({to} := {k} + {int}) > 2: pass", "int"),
    data("exec('{to} = {k}')", "int"),
    data("{to} = eval('{int} + 1')", "int"),
    data("globals()['{to}'] = {k}", "int"),
    # lists and their aliases
    data("{to} = [{k}, 2]", "list"),
    data("{to} = []", "list"),
    data("{to} = {list}", "list"),
    data("{to} = {list} + [{k}]", "list"),
    data("{to} = {list}[:]", "list"),
    data("{to} = sorted({list})", "list"),
    data("{to} = [v * 2 for v in {list}]", "list"),
    data("{to} = {list} or {list2}", "list"),
    data("{to} = max({list}, {list2}, key=len)", "list"),
    data("{list}.append({k})"),
    data("{list}.append({int})"),
    data("{list} += [{k}]"),
    data("{list}.extend({list2}[:3])"),
    data("{list}[:1] = [{k}]"),
    data("{list}.sort(key=lambda v: -v)"),
    data("if {list}: {list}.pop()"),
    data("{list}.clear()"),
    data("[{list}.append(v) for v in range(2)]"),
    data("list(map({list}.append, [1, {k}]))"),
    data("{list}, {list2} = {list2}, {list}"),
    data("for v in {list}[:3]: {list2}.append(v)"),
    data("{to}, *rest = [{list}, 1, 2]", "list"),
    data("if {list}: {list}[0] += {k}"),
    data("try:\n    {list}[9]\nexcept IndexError as e:\n    {to} = {k}", "int"),
    data("{list}"),
    # dictionaries of lists
    data('{to} = {{"k": {list}, "j": []}}', "dict"),
    data("{to} = dict({dict})", "dict"),
    data("{to} = {dict}", "dict"),
    data('{to} = {dict}["k"]', "list"),
    data('{to} = {dict}.get("j")', "list"),
    data('{dict}["k"].append({k})'),
    data('{dict}["j"] = {list}'),
    data("{dict}.update(k={list}, j={list2})"),
    data("for v in {dict}.values(): v.append({k})"),
    data('{to} = {dict}.setdefault("j", [])', "list"),
    data("{to} = [len(v) for v in {dict}.values()]", "list"),
    # arrays and their views
    data("{to} = np.arange({k} + 3)", "array"),
    data("{to} = {array}[:2]", "array"),
    data("{to} = {array}.reshape(-1)", "array"),
    data("{to} = {array} * 2", "array"),
    data("{to} = {array}.copy()", "array"),
    data("{array}[0] = {k}"),
    data("{array} += 1"),
    data("{array}[:] = {int}"),
    data("np.add({array}, {k}, out={array})"),
    data("{to} = int({array}.sum())", "int"),
    data("{to} = {array}.tolist()", "list"),
    # iterators
    data("{to} = iter({list})", "iter"),
    data("{to} = next({iter}, -1)", "int"),
    data("{to} = list({iter})", "list"),
    # functions
    function("def {to}():\n    return {int} + {k}", "call"),
    function("def {to}():\n    return len({list})", "call"),
    function("{to} = lambda: {int} * 2", "call"),
    function("{to} = lambda n={int}: n + {k}", "call"),
    function("def {to}():\n    {list}.append({k})\n    return len({list})", "call"),
    function("def {to}(seen={list}):\n    seen.append({k})\n    return len(seen)", "call"),
    function("def {to}(seen=[]):\n    seen.append({k})\n    return len(seen)", "call"),
    function("def {to}():\n    global {int}\n    {int} += {k}\n    return {int}", "call"),
    function("def {to}():\n    return {call}() + 1", "call"),
    function(
        "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
        "        return n\n    return up\n{to} = make()",
        "call",
    ),
    function("{to} = partial(len, {list})", "call"),
    function("{to} = {list}.__len__", "call"),
    function("def {to}(v):\n    v.append({k})", "change"),
    function("def {to}(v):\n    {list}.append(len(v))", "change"),
    function("{to} = lambda v: v.extend([{k}, {int}])", "change"),
    function("def {to}(v):\n    {change}(v)\n    v.append(0)", "change"),
    function("{change}({list})"),
    function("[{change}(v) for v in [{list}, {list2}]]"),
    function("list(map({change}, [{list}]))"),
    function('{change}({dict}["k"])'),
    function("{to} = {call}()", "int"),
    function("{to} = [{call}() for _ in range(2)]", "list"),
    function("print({call}())"),
    # objects
    function(
        "class Box:\n    made = 0\n    kept = []\n    def __init__(self, v):\n        self.v = v\n"
        "        Box.made += 1\n    def add(self, n):\n        self.v.append(n)\n"
        "        self.kept.append(n)\n        return self\n"
        "    @property\n    def size(self):\n        return len(self.v)\n{to} = Box({list})",
        "object",
    ),
    function("{to} = type({object})([{k}])", "object"),
    function("{to} = {object}", "object"),
    function("{to} = {object}.v", "list"),
    function("{object}.v = {list}"),
    function("{object}.add({k})"),
    function("{to} = {object}.add", "method"),
    function("{method}({k})"),
    function("{to} = {object}.size", "int"),
    function("type({object}).made += 1"),
    function("{to} = type({object}).made + len({object}.kept)", "int"),
    # hidden state
    Template("random.seed({k})", makes="random", topic="state"),
    Template("{to} = random.randint(0, 99)", "int", "random", topic="state"),
    Template("random.shuffle({list})", state="random", topic="state"),
    Template("np.random.seed({k})", makes="numpy", topic="state"),
    Template("{to} = int(np.random.randint(99))", "int", "numpy", topic="state"),
    Template("{to} = np.random.default_rng({k})", "rng", topic="state"),
    Template("{to} = int({rng}.integers(99))", "int", topic="state"),
    Template("{to} = {rng}", "rng", topic="state"),
    *(
        template
        for file in FILES
        for template in (
            Template(f"open('{file}', 'w').write(str({{int}}))", makes=file, topic="state"),
            Template(f"open('{file}', 'a').write('{{k}}')", makes=file, topic="state"),
            Template(f"{{to}} = len(open('{file}').read())", "int", file, topic="state"),
        )
    ),
    Template("del {list}", topic="data"),
    Template("del {int}", topic="data"),
)

CALLS = re.compile(r"\{(call|change|method)\d?\}\(|\{(call|change)\}")


@dataclass(frozen=True, slots=True)
class Known:
    """What holds at a place of the program: each name's kind, the state that is there.

    `needs` are the globals that a function has to find when it is called, with their kinds.
    """

    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    state: frozenset[str] = frozenset()

    def names(self, kind: str) -> list[str]:
        """Return the names of that kind; of functions, those that can be called now."""
        return [name for name, k in self.kinds.items() if k == kind and self._callable(name)]

    def _callable(self, name: str) -> bool:
        return all(
            self.kinds.get(other) == kind and other != name and self._callable_once(other)
            for other, kind in self.needs.get(name, {}).items()
        )

    def _callable_once(self, name: str) -> bool:
        return all(
            self.kinds.get(other) == kind and not self.needs.get(other)
            for other, kind in self.needs.get(name, {}).items()
        )

    def after(self, template: Template, names: Mapping[str, str]) -> Known:
        """Return what holds after the statement."""
        kinds, needs = dict(self.kinds), dict(self.needs)
        if template.text.startswith("del "):
            gone = next(iter(names.values()))
            kinds.pop(gone, None)
            needs.pop(gone, None)
        if template.binds:
            to = names["to"]
            kinds[to] = template.binds
            needs.pop(to, None)
            if template.topic == "function" and template.binds in ("call", "change"):
                others = {n: self.kinds[n] for hole, n in names.items() if hole not in ("to", "k")}
                needs[to] = others
        state = self.state | {template.makes} if template.makes else self.state
        return replace(self, kinds=kinds, needs=needs, state=state)


@st.composite
def programs(draw: st.DrawFn, topics: tuple[str, ...]) -> tuple[str, ...]:
    """Draw the statements of a program of these topics."""
    known = Known()
    statements: list[str] = []
    for _ in range(draw(st.integers(4, 16))):
        if known.names("list") and draw(st.integers(0, 7)) == 0:
            text = _condition(draw, known, topics)
        else:
            text, known = _statement(draw, known, topics, keep=False)
        statements.append(text)
    return tuple(statements)


def _condition(draw: st.DrawFn, known: Known, topics: tuple[str, ...]) -> str:
    """Draw an `if` whose branches change no name's kind, so that what is known stays true."""
    first, _ = _statement(draw, known, topics, keep=True)
    second, _ = _statement(draw, known, topics, keep=True)
    numbers = known.names("int")
    test = f"{draw(st.sampled_from(numbers))} % 2" if numbers else "len('ab') > 2"
    return f"if {test}:\n{_indented(first)}\nelse:\n{_indented(second)}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _statement(
    draw: st.DrawFn, known: Known, topics: tuple[str, ...], *, keep: bool
) -> tuple[str, Known]:
    """Draw a statement; with *keep* one that binds no name to another kind and drops none."""
    possible = [t for t in TEMPLATES if _possible(t, known, topics, keep=keep)]
    using = [t for t in possible if {*t.holes} - {"to", "k"}]
    if using and draw(st.integers(0, 3)) > 0:  # else half of the statements were constants
        possible = using
    template = draw(st.sampled_from(possible))
    names = {"k": str(draw(st.integers(0, 5)))}
    for hole in template.holes:
        if hole == "to":
            pool = known.names(template.binds) if keep else list(NAMES)
            names["to"] = draw(st.sampled_from(pool))
        elif hole != "k":
            names[hole] = draw(st.sampled_from(known.names(hole.rstrip("2"))))
    holes = {hole: name for hole, name in names.items() if hole != "k"}
    return template.text.format(**names), known.after(template, holes)


def _possible(template: Template, known: Known, topics: tuple[str, ...], *, keep: bool) -> bool:
    if template.topic not in topics or (template.state and template.state not in known.state):
        return False
    if keep and (not template.simple or template.makes or template.text.startswith("del ")):
        return False
    if keep and template.binds and not known.names(template.binds):
        return False
    wanted = [hole.rstrip("2") for hole in template.holes if hole not in ("to", "k")]
    return all(known.names(kind) for kind in wanted)


@st.composite
def layouts(draw: st.DrawFn, statements: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Draw how the statements lie in cells and steps: each cell's step ("" for none) and text."""
    cells: list[tuple[str, str]] = [("", HEAD)]
    step, above = 0, draw(st.integers(0, 3)) == 0
    for statement in statements:
        fresh = draw(st.integers(0, 3)) > 0
        if len(cells) == 1 or fresh:
            same_step = step > 0 and draw(st.integers(0, 5)) == 0
            if above and step == 0 and draw(st.booleans()):
                cells.append(("", statement))
                continue
            step += 0 if same_step else 1
            cells.append((f"s{step}", statement))
        else:
            name, text = cells[-1]
            cells[-1] = (name, f"{text}\n{statement}")
    return tuple(cells)
