"""The statements that random notebooks are made of: templates over a small pool of names.

A template needs names of some kinds and may bind one. Kinds say what a value is, and for
functions what they must find when they are called:

    int  list (of int)  dict (of lists)  text  array  rng  iter
    object (with .v, a list, and methods)
    call (no argument, gives an int)     change (takes a list, changes it)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES = ("a", "b", "c", "d", "x", "y")
FILES = ("one.txt", "two.txt")
HEAD = """import random
from functools import partial
import numpy as np"""


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
        return holes_of(self.text)


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
    # text, which loops put together
    Template("{to} = len({text})", "int", topic="control"),
    Template("print({text})", topic="control"),
)

TESTS = ("{int} % 2", "{int} > {k}", "not {list}", "len({list}) > {k}", "'k' in {dict}")
"""The tests of an `if`."""

ITERABLES = {
    "range({k})": ("v", "v"),
    "[]": ("v", "v"),
    "[{k}, 2, 1]": ("v", "v"),
    "{list}[:3]": ("v", "v"),
    "{array}.tolist()[:3]": ("v", "v"),
    "enumerate({list}[:3])": ("i, v", "i + v"),
    "zip({list}[:3], range({k}))": ("v, i", "v * i"),
    "{dict}": ("key", "len(key)"),
    "{dict}.values()": ("row", "len(row)"),
    "{dict}.items()": ("key, row", "len(key) + sum(row)"),
}
"""What a loop goes over; its target, and a number of each item. No loop is without an end."""

STARTS = {"list": "[]", "dict": '{"k": [], "j": []}', "int": "0", "text": "''"}
"""What a loop adds to, by kind, as it is above the loop."""

PARTS = ("{v}", "{v} * {k}", "{v} + {int}", "{v} + len({list})", "{v} + {call}()")
"""What an iteration works out; `{v}` is the number of its item."""

ADDITIONS = {
    "list": (
        "{into}.append({part})",
        "{into}.extend([{part}, {k}])",
        "{into} += [{part}]",
        "{into}.insert(0, {part})",
        "if {part} % 2: {into}.append({part})",
    ),
    "dict": (
        '{into}["k"].append({part})',
        "{into}[str({part})] = [{part}]",
        "{into}.setdefault(str({part}), []).append({k})",
        "{into}.update(j=[{part}])",
    ),
    "int": ("{into} += {part}", "{into} -= {k}"),
    "text": ("{into} += str({part})",),
}
"""How an iteration adds to what is of that kind."""

STEPS = ("print({v})", "w = {v} + {k}", "if {v} > {k}: continue", "w = [{v}]; print(w)")
"""What else an iteration does."""


def holes_of(text: str) -> tuple[str, ...]:
    """Return the names of a template's holes, once each."""
    return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
