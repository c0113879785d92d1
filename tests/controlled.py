"""Notebooks with a condition and with a fan-out, which each target has to run alike."""

from __future__ import annotations

from notebooks import Source

CONDITION = (
    Source("flag = 0", ("parameters",)),
    Source("level = flag * 10\nfound = 'none'", ("step:start",)),
    Source(
        "if level > 10:\n    found = 'high'\nelif level > 0:\n    found = 'low'\n"
        "else:\n    other = 'zero'",
        ("step:choose",),
    ),
    Source("print(found)", ("step:told",)),
)

LOOP = (
    Source("n = 3\nflag = 0", ("parameters",)),
    Source("base = 10\nnames = [f'part{i}.txt' for i in range(n)]", ("step:first",)),
    Source(
        "found = []\nfor name in names:\n    open(name, 'w').write(name)\n"
        "    found.append(base + len(name))\nprint(len(found))",
        ("step:spread", "fan-out:2"),
    ),
    Source("import glob\nprint(found, sorted(glob.glob('part*.txt')))", ("step:last",)),
)


_UNSEEN = (
    Source("level = 0", ("parameters",)),
    Source("x = ['mark']", ("step:make",)),
    Source("import time\ntime.sleep(3)\nflag = bool(level)", ("step:decide",)),
    Source("type(x).__dict__['append'](x, 2)", ("step:change",)),
)
SEEN = (*_UNSEEN, Source("if flag:\n    print(x)", ("step:branch",)))
"""`change` changes what analysis doesn't see, before it is decided if anybody reads it."""
RENEWED = (
    *_UNSEEN,
    Source("if flag:\n    x = ['new']", ("step:branch",)),
    Source("print(x)", ("step:show",)),
)
"""The same, and a branch that may make it anew."""
FAULTS: tuple[tuple[tuple[Source, ...], int, list[str]], ...] = (
    (SEEN, 0, []),
    (SEEN, 1, ["NB250"]),
    (RENEWED, 1, []),
    (RENEWED, 0, ["NB250"]),
)
"""Such notebooks, the value of `level`, and what the guard finds."""
