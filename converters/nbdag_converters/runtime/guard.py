from __future__ import annotations
from typing import Any
from .namespace import guard_of
class Guard:
    def __init__(self, order: Any, namespace: Any, folder: str) -> None:
        self.order, self.namespace = order, namespace
        self.report: Any = {"loaded": dict(order.inputs)}
    def begin(self) -> None: pass
    def finish(self) -> None:
        self.report["missed"] = self.missed()
    def missed(self) -> Any:
        guard = guard_of(self.namespace)
        return list(guard.missed) if guard else []
    def saved(self, saved: Any) -> None: pass
