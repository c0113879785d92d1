"""What is believed of names at one place of the code, and on which all ways to it agree."""

from __future__ import annotations

_UNSET = "unset"


class Beliefs(dict[str, "str | None"]):
    """A dict that can go several ways from one place and then keep what all of them agree on.

    Between `fork` and `join` (`enter`, `drop`) each way ends with `back`. It costs what the ways
    have changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before: list[dict[str, str | None]] = []
        self._ends: list[list[dict[str, str | None]]] = []

    def __setitem__(self, name: str, value: str | None) -> None:
        """Believe *value* of *name* from here on."""
        if self._before:
            self._before[-1].setdefault(name, self.get(name, _UNSET))
        dict.__setitem__(self, name, value)  # `super()` would take longer

    def fork(self) -> None:
        """Remember this place."""
        self._before.append({})
        self._ends.append([])

    def back(self) -> None:
        """End one way: note what is believed at its end, and go back to where it began."""
        changed = self._before[-1]
        self._ends[-1].append({name: self.get(name) for name in changed})
        for name, value in changed.items():
            self._restore(name, value)
        self._before[-1] = {}

    def join(self) -> None:
        """Go on from all ends, and from the fork itself."""
        ends = self.drop()
        for end in ends:
            for name, value in end.items():
                if self.get(name, _UNSET) != value:
                    self[name] = None

    def enter(self) -> None:
        """Go on from the last end only."""
        for name, value in self.drop()[-1].items():
            self[name] = value

    def drop(self) -> list[dict[str, str | None]]:
        """Go on from the fork alone; return what was believed at the ends."""
        self._before.pop()
        return self._ends.pop()

    def _restore(self, name: str, value: str | None) -> None:
        if value == _UNSET:
            self.pop(name, None)
        else:
            super().__setitem__(name, value)
