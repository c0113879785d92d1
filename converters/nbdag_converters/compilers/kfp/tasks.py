"""Steps as tasks: a component each, and a DAG of three where a step's iterations fan out.

```
load ─ tune ─ validate ─ report
               └─ items ─ each (a task an item) ─ gather
```
Those of a step have its name in front: `validate--items`, which no step can have, so that what the
portal says of them is known to be about that part of that step.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbdag_converters.compilers.plan import Plan, plan_texts
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline
from nbdag_converters.rules import targets

from .executor import Executors
from .findings import MOST
from .models import fitted
from .parts import artifact, kind, make_task

_JSON = json.JSONEncoder(separators=(",", ":"))
_KINDS = {"metrics": "Metrics", "page": "HTML", "markdown": "Markdown"}
_MARKDOWN = re.compile(r"\bMarkdown\(|markdown\b")


@dataclass(frozen=True, slots=True)
class Given:
    """What a task takes: types and sources of parameters and artifacts, by name."""

    kinds: Mapping[str, str]
    parameters: Mapping[str, Any]
    artifacts: Mapping[str, Any]

    def inner(self) -> Given:
        """Return the same for a task of the DAG that is given it."""
        return Given(
            self.kinds,
            {name: {"componentInputParameter": name} for name in self.parameters},
            {name: {"componentInputArtifact": name} for name in self.artifacts},
        )

    def with_(self, kinds: Mapping[str, str], parameters: Any, artifacts: Any) -> Given:
        """Return it with more."""
        return Given(
            {**self.kinds, **kinds},
            {**self.parameters, **parameters},
            {**self.artifacts, **artifacts},
        )


@dataclass(frozen=True, slots=True)
class TaskBuilder:
    """Makes the tasks of steps, and their components.

    `names` are those of tasks by step, `near` the steps whose files a step takes: they hand on
    those of the steps before them. `too_large` are findings.
    """

    pipeline: Pipeline
    executors: Executors
    names: Mapping[str, str]
    parameters: Mapping[str, str]
    kinds: Mapping[str, str]
    near: Mapping[str, Sequence[str]]
    fingerprint: bool
    components: dict[str, Any] = field(default_factory=dict[str, Any])
    too_large: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def task(self, plan: Plan) -> dict[str, Any]:
        """Return the task of a step; its components are added."""
        name = self.names[plan.step.name]
        orders = self._orders(plan)
        given = self._given(plan)
        if plan.step.loop is None:
            return self._pod(plan, name, orders[""], given)
        return self._loop(plan, name, orders, given)

    def _orders(self, plan: Plan) -> dict[str, str]:
        texts = plan_texts(self.pipeline, plan, fingerprint=self.fingerprint)
        orders: dict[str, str] = {}
        for part, text in texts.items():
            more = {
                "number": plan.number,
                "part": part,
                "names": {name: self.parameters[name] for name in plan.step.parameters},
                **({"models": models} if (models := fitted(plan.step)) else {}),
            }
            whole = f"{text[:-1]},{_JSON.encode(more)[1:]}"  # one object of both
            orders[part] = base64.b64encode(zlib.compress(whole.encode(), 9)).decode()
            if len(orders[part]) > MOST:
                found = targets.TOO_LARGE.at(
                    plan.place,
                    what=f"Step '{plan.step.name}'",
                    size=len(orders[part]),
                    most=MOST,
                    advice="Split the step, or move data from its cells into a file.",
                )
                self.too_large.append(found)
        return orders

    def _given(self, plan: Plan) -> Given:
        """Return what a step takes from other tasks and from the run."""
        kinds: dict[str, str] = {}
        parameters: dict[str, Any] = {}
        for name in plan.step.parameters:
            kinds[f"p-{self.parameters[name]}"] = self.kinds[name]
            source = {"componentInputParameter": self.parameters[name]}
            parameters[f"p-{self.parameters[name]}"] = source
        condition = plan.step.condition
        if condition is not None:
            decisions = self.pipeline.step(condition.step).decides
            number = [decision.name for decision in decisions].index(condition.decision)
            kinds["branch"] = "NUMBER_INTEGER"
            parameters["branch"] = {
                "taskOutputParameter": {
                    "producerTask": self.names[condition.step],
                    "outputParameterKey": f"decision-{number}",
                }
            }
        artifacts = {
            f"values-{number}": artifact(self.names[source.step], "values")
            for number, source in enumerate(plan.values)
        }
        for number, step in enumerate(self.near[plan.step.name]):
            artifacts[f"files-{number}"] = artifact(self.names[step], "files")
        return Given(kinds, parameters, artifacts)

    def _pod(
        self,
        plan: Plan,
        name: str,
        order: str,
        given: Given,
        outputs: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return a task that is one container."""
        constant = {"order": {"runtimeValue": {"constant": order}}}
        given = given.with_({"order": "STRING"}, constant, {})
        component = self._component(
            f"comp-{name}",
            given,
            outputs or _outputs(plan),
            {"executorLabel": self.executors.label(plan)},
        )
        config = plan.config
        made = make_task(
            name, component, given.parameters, given.artifacts, cache=config.cache is True
        )
        if config.retry is not None and config.retry.limit:
            made["retryPolicy"] = {
                "maxRetryCount": config.retry.limit,
                "backoffDuration": f"{config.retry.delay:g}s",
                "backoffFactor": float(config.retry.factor),
                "backoffMaxDuration": "3600s",
            }
        return made

    def _loop(
        self, plan: Plan, name: str, orders: Mapping[str, str], given: Given
    ) -> dict[str, Any]:
        """Return a task that is a DAG: the items, a task for each of them, and the gathering."""
        inner = given.inner()
        part = {"artifacts": {"part": kind()}}
        told = {**part, "parameters": {"Output": {"parameterType": "LIST"}}}
        items = self._pod(plan, f"{name}--items", orders["items"], inner, told)
        taken = {"items": artifact(f"{name}--items", "part")}
        each = self._each(plan, name, orders["iteration"], inner.with_({}, {}, taken))
        parts = {**taken, "parts": artifact(f"{name}--each", "part")}
        given_all = inner.with_({}, {}, parts)
        last = f"{name}--gather"
        gather = self._pod(plan, last, orders["gather"], given_all)
        outputs = _outputs(plan)
        shown = {
            "artifacts": {
                key: {"artifactSelectors": [{"outputArtifactKey": key, "producerSubtask": last}]}
                for key in outputs["artifacts"]
            },
            "parameters": {
                key: {"valueFromParameter": {"outputParameterKey": key, "producerSubtask": last}}
                for key in outputs.get("parameters", {})
            },
        }
        dag = {
            "outputs": {kind: found for kind, found in shown.items() if found},
            "tasks": {f"{name}--items": items, f"{name}--each": each, last: gather},
        }
        # `kfp.local` hands artifacts to a DAG only along with a parameter.
        given = given.with_(
            {"step": "STRING"}, {"step": {"runtimeValue": {"constant": plan.step.name}}}, {}
        )
        component = self._component(f"comp-{name}", given, outputs, {"dag": dag})
        return make_task(name, component, given.parameters, given.artifacts)

    def _each(self, plan: Plan, name: str, order: str, given: Given) -> dict[str, Any]:
        items = f"{name}--items"
        indexes = f"pipelinechannel--{items}-Output"  # `kfp.local` reads the task out of it
        index = f"{indexes}-loop-item"
        indexed = given.with_({"index": "NUMBER_INTEGER"}, {}, {}).inner()
        inside = Given(
            indexed.kinds,
            {**indexed.parameters, "index": {"componentInputParameter": index}},
            indexed.artifacts,
        )
        one = {"artifacts": {"part": kind()}}
        task = self._pod(plan, f"{name}--iteration", order, inside, one)
        listed = {"artifacts": {"part": {**kind(), "isArtifactList": True}}}
        one_name = f"{name}--iteration"
        selector = {"outputArtifactKey": "part", "producerSubtask": one_name}
        dag = {
            "outputs": {"artifacts": {"part": {"artifactSelectors": [selector]}}},
            "tasks": {one_name: task},
        }
        source = {"taskOutputParameter": {"producerTask": items, "outputParameterKey": "Output"}}
        given = given.with_({indexes: "LIST"}, {indexes: source}, {})
        component = self._component(
            f"comp-{name}--each",
            given.with_({index: "NUMBER_INTEGER"}, {index: {}}, {}),
            listed,
            {"dag": dag},
        )
        made = make_task(f"{name}--each", component, given.parameters, given.artifacts)
        made["parameterIterator"] = {"itemInput": index, "items": {"inputParameter": indexes}}
        if plan.step.loop is not None and plan.step.loop.most:
            made["iteratorPolicy"] = {"parallelismLimit": plan.step.loop.most}
        return made

    def _component(
        self, name: str, given: Given, outputs: Mapping[str, Any], body: Mapping[str, Any]
    ) -> str:
        inputs: dict[str, Any] = {}
        if given.artifacts:
            inputs["artifacts"] = {
                key: {**kind(), **({"isArtifactList": True} if key == "parts" else {})}
                for key in given.artifacts
            }
        inputs["parameters"] = {
            key: {"parameterType": given.kinds[key]} for key in given.parameters
        }
        self.components[name] = {**body, "inputDefinitions": inputs, "outputDefinitions": outputs}
        return name


def _outputs(plan: Plan) -> dict[str, Any]:
    """Return what a whole step leaves."""
    names = ["values", "files", "outputs", "report", "page"]
    if any(_MARKDOWN.search(cell.source) for cell in plan.step.cells):
        names.append("markdown")
    if plan.step.metrics:
        names.append("metrics")
    kinds = {**_KINDS, **({"values": "Model"} if fitted(plan.step) else {})}
    artifacts = {name: kind(kinds.get(name, "Artifact")) for name in names}
    decisions = {
        f"decision-{number}": {"parameterType": "NUMBER_INTEGER"}
        for number in range(len(plan.step.decides))
    }
    return {"artifacts": artifacts, **({"parameters": decisions} if decisions else {})}
