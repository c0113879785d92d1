"""Steps as tasks of DAG templates: order, conditions, loops, gates, and DAGs of DAGs where many.

```
main ─ load ─ tune (when) ─ validate ─ …          a step is one task
                               └─ approval ─ items ─ each (withParam) ─ gather
```
A step that waits for a person, or that fans out, is a DAG of its own, so that a condition that
doesn't hold skips all of it. From LARGEST steps on, runs of steps in notebook order become DAGs
of their own, since a DAG may have 200 tasks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbdag_converters.compilers.names import Names
from nbdag_converters.compilers.plan import Plan
from nbdag_converters.model import Condition, Edge, Notify
from nbdag_converters.model.graph import transitive_reduction

from .metrics import metric_names, step_metrics
from .pod import (
    PodContext,
    guard_template,
    notify_template,
    pod_template,
    run_time_parameters,
)
from .relay import relay_template
from .shape import Part, Shape, shape_of
from .slots import Slots, slots_of

LARGEST = 100
"""Steps of one DAG at most."""
FOLLOWED = "nbdag/followed"
"""The label of a workflow that a process of nbdag judges; it is `yes`."""
_UNSEEN = f"workflow.labels['{FOLLOWED}'] != 'yes'"
_APPROVED = "{{= tasks['approval'].outputs.parameters['approved'] == 'YES' ? 'yes' : 'no' }}"


@dataclass(slots=True)
class Templates:
    """The templates of a workflow by name; those of steps that are alike are kept once if `shared`.

    `pods` are the names of those of containers by what they depend on.
    """

    shared: bool
    made: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    pods: dict[Shape, str] = field(default_factory=dict[Shape, str])
    _names: Names = field(default_factory=Names)
    _known: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, wanted: str, template: Mapping[str, Any]) -> str:
        """Keep a template that is like no other; return its name."""
        name = self._names.take(wanted)
        self.made[name] = {"name": name, **template}
        return name

    def share(self, wanted: str, template: Mapping[str, Any]) -> str:
        """Keep a template unless there is an equal one; return its name."""
        if not self.shared:
            return self.add(wanted, template)
        content = json.dumps(template)
        if content not in self._known:
            self._known[content] = self.add(wanted, template)
        return self._known[content]


def task(
    name: str,
    template: str,
    *,
    depends: Iterable[str] = (),
    when: str = "",
    arguments: Mapping[str, str] | None = None,
    items: str = "",
) -> dict[str, Any]:
    """Return a task of a DAG."""
    made: dict[str, Any] = {"name": name, "template": template}
    expression = " && ".join(dict.fromkeys(depends))
    if expression:
        made["depends"] = expression
    if when:
        made["when"] = when
    if items:
        made["withParam"] = items
    if arguments:
        pairs = [{"name": key, "value": value} for key, value in arguments.items()]
        made["arguments"] = {"parameters": pairs}
    return made


@dataclass(frozen=True, slots=True)
class DagBuilder:
    """Makes DAGs of the plans of a pipeline's steps; `steps` are those that have a task."""

    context: PodContext
    templates: Templates
    edges: Sequence[Edge]
    steps: frozenset[str]

    def dag(self, wanted: str, plans: Sequence[Plan]) -> str:
        """Add a DAG of *plans*, which are in notebook order; return its template's name."""
        needs = self._needs(plans)
        if len(plans) <= LARGEST:
            tasks = [self._step_task(plan, needs, {}) for plan in plans]
            return self.templates.add(wanted, {"dag": {"tasks": tasks}})
        groups = [plans[start : start + LARGEST] for start in range(0, len(plans), LARGEST)]
        tasks = _groups(self, wanted, groups, needs)
        return self.templates.add(wanted, {"dag": {"tasks": tasks}})

    def with_notice(self, dag: str, notified: Sequence[Notify]) -> str:
        """Have the DAG of that name, a new one if it is "", tell how the run has ended."""
        whens = {each.when for each in notified}
        (only,) = whens if len(whens) == 1 else ("always",)
        sign = {"success": "==", "failure": "!="}.get(only)
        name = self._own_name("notify")
        template = self.templates.add(name, notify_template(self.context, notified))
        when = f"{{{{= workflow.status {sign} 'Succeeded' }}}}" if sign else ""
        dag = dag or self.templates.add("on-exit", {"dag": {"tasks": []}})
        self.templates.made[dag]["dag"]["tasks"].append(task(name, template, when=when))
        return dag

    def with_guard(self, dag: str, *, ended: bool = False) -> None:
        """Have the DAG of that name judge at its end what has run, unless somebody follows it.

        *ended*: it is the DAG of the steps at the end; what failed before needs no judgement.
        """
        name = self._own_name("guard")
        template = self.templates.add(name, guard_template(self.context, ended=ended))
        tasks = self.templates.made[dag]["dag"]["tasks"]
        awaited = {need for each in tasks for need in each.get("depends", "").split(" && ")}
        last = [each["name"] for each in tasks if each["name"] not in awaited]
        when = f"workflow.status == 'Succeeded' && {_UNSEEN}" if ended else _UNSEEN
        tasks.append(task(name, template, depends=last, when=f"{{{{= {when} }}}}"))

    def _own_name(self, name: str) -> str:
        """Return what a task that is no step's is called."""
        while name in self.context.tasks.values():
            name += "-run"
        return name

    def group(
        self, wanted: str, plans: Sequence[Plan], needs: Mapping[str, Sequence[str]]
    ) -> tuple[str, tuple[str, ...]]:
        """Add the DAG of a part of the steps; return its name, and the decisions that it takes."""
        inside = {plan.step.name for plan in plans}
        conditions = [plan.step.condition for plan in plans if plan.step.condition is not None]
        foreign = [c for c in conditions if c.step in self.steps and c.step not in inside]
        taken = {self.decision(c): f"inputs.parameters['{self.decision(c)}']" for c in foreign}
        near = {name: [n for n in needs[name] if n in inside] for name in inside}
        made: dict[str, Any] = {}
        if taken:
            made["inputs"] = {"parameters": [{"name": name} for name in taken]}
        made["outputs"] = {"parameters": [self._told(plan, n) for plan, n in _decisions(plans)]}
        if not made["outputs"]["parameters"]:
            del made["outputs"]
        made["dag"] = {"tasks": [self._step_task(plan, near, taken) for plan in plans]}
        return self.templates.add(wanted, made), tuple(taken)

    def decision(self, condition: Condition) -> str:
        """Return what a decision is called outside of its group."""
        return f"{self.context.tasks[condition.step]}-decision-{self._number(condition)}"

    def _told(self, plan: Plan, number: int) -> dict[str, Any]:
        name = self.context.tasks[plan.step.name]
        inner = f"decision-{number}"
        value = f"{{{{tasks.{name}.outputs.parameters.{inner}}}}}"
        return {"name": f"{name}-{inner}", "valueFrom": {"parameter": value, "default": ""}}

    def _number(self, condition: Condition) -> int:
        """Return which of its step's decisions a condition is about."""
        return self.context.decisions[condition.step].index(condition.decision)

    def _needs(self, plans: Sequence[Plan]) -> dict[str, list[str]]:
        """Return for each step the steps that it waits for, without those that others wait for."""
        order = [plan.step.name for plan in plans]
        known = set(order)
        pairs = [
            (edge.source, edge.target)
            for edge in self.edges
            if edge.source in known and edge.target in known
        ]
        place = {name: number for number, name in enumerate(order)}
        needs: dict[str, list[str]] = {name: [] for name in order}
        for source, target in transitive_reduction(order, pairs):
            needs[target].append(source)
        for plan in plans:
            decider = plan.step.condition.step if plan.step.condition else ""
            # An expression may only name a task that stands in `depends`.
            if decider in known and decider not in needs[plan.step.name]:
                needs[plan.step.name].append(decider)
        return {name: sorted(sources, key=place.__getitem__) for name, sources in needs.items()}

    def _step_task(
        self, plan: Plan, needs: Mapping[str, Sequence[str]], taken: Mapping[str, str]
    ) -> dict[str, Any]:
        name = self.context.tasks[plan.step.name]
        template, arguments = self._step_template(plan)
        return task(
            name,
            template,
            depends=[self.context.tasks[source] for source in needs[plan.step.name]],
            when=self._when(plan.step.condition, taken),
            arguments=arguments,
        )

    def _when(self, condition: Condition | None, taken: Mapping[str, str]) -> str:
        """Return one expression that is true or false: anything else is compared as text."""
        if condition is None or condition.step not in self.steps:
            return ""  # a step that is done has decided that this one runs
        decider = self.context.tasks[condition.step]
        own = f"(tasks['{decider}'].outputs.parameters['decision-{self._number(condition)}'] ?? '')"
        value = taken.get(self.decision(condition), own)
        return f"{{{{= {value} == '{condition.branch}' }}}}"

    def _step_template(self, plan: Plan) -> tuple[str, Mapping[str, str]]:
        """Add what a step runs; return the template's name, and what its tasks have to give."""
        shared = self.templates.shared and plan.config.cluster is None
        slots = slots_of(self.context.tasks, plan, shared=shared)
        if plan.step.loop is None and plan.config.approve is None:
            return self._pod(plan, slots, ""), slots.given
        tasks: list[dict[str, Any]] = []
        first: tuple[str, ...] = ()
        if plan.config.approve is not None:
            tasks.append(task("approval", self._gate(plan.config.approve)))
            first = ("approval",)
        if plan.step.loop is None:
            parts = [self._part(plan, slots, "", "step", first)]
        else:
            parts = self._loop_tasks(plan, slots, first)
        made: dict[str, Any] = {"dag": {"tasks": [*tasks, *parts]}}
        last = parts[-1]["name"]
        names = [f"decision-{number}" for _, number in _decisions([plan])]
        told = [
            {
                "name": name,
                "valueFrom": {
                    "parameter": f"{{{{tasks.{last}.outputs.parameters.{name}}}}}",
                    "default": "",
                },
            }
            for name in (*names, *metric_names(plan.step.metrics))
        ]
        head: dict[str, Any] = {"metrics": self._metrics(plan, slots, retried=False)}
        if slots.given:
            head["inputs"] = {"parameters": [{"name": name} for name in slots.given]}
        if told:
            head["outputs"] = {"parameters": told}
        if plan.step.loop is not None and plan.step.loop.most:
            head["parallelism"] = plan.step.loop.most
        wanted = "steps" if slots.shared else self.context.tasks[plan.step.name]
        return self.templates.share(wanted, {**head, **made}), slots.given

    def _loop_tasks(self, plan: Plan, slots: Slots, first: tuple[str, ...]) -> list[dict[str, Any]]:
        count = "{{=tasks['items'].outputs.parameters['count']}}"
        return [
            self._part(plan, slots, "items", "items", first),
            self._part(
                plan,
                slots,
                "iteration",
                "each",
                ("items",),
                index="{{=string(item)}}",
                count=count,
            ),
            self._part(plan, slots, "gather", "gather", ("items", "each"), count=count),
        ]

    def _part(
        self,
        plan: Plan,
        slots: Slots,
        part: Part,
        name: str,
        depends: tuple[str, ...],
        **values: str,
    ) -> dict[str, Any]:
        template = self._pod(plan, slots, part)
        arguments = slots.pass_on()
        known = {"approved": _APPROVED, **values}
        arguments |= {key: known[key] for key in run_time_parameters(plan.config, part)}
        items = "{{tasks.items.outputs.parameters.indexes}}" if part == "iteration" else ""
        return task(name, template, depends=depends, arguments=arguments, items=items)

    def _metrics(self, plan: Plan, slots: Slots, *, retried: bool) -> dict[str, Any]:
        metrics = plan.step.metrics
        return step_metrics(self.context.pipeline, slots.name, metrics, retried=retried)

    def _pod(self, plan: Plan, slots: Slots, part: Part) -> str:
        shape = shape_of(plan, part)
        if not slots.shared:
            return self._new_pod(plan, slots, shape)
        if shape not in self.templates.pods:  # to make each anew would take longer than all else
            self.templates.pods[shape] = self._new_pod(plan, slots, shape)
        return self.templates.pods[shape]

    def _new_pod(self, plan: Plan, slots: Slots, shape: Shape) -> str:
        name = "step" if slots.shared else self.context.tasks[plan.step.name]
        approved = plan.config.approve is not None
        part = shape.part or ("approved" if approved else "")
        made = pod_template(self.context, shape, slots)
        if plan.config.cluster is not None:
            made = relay_template(self.context, plan, made)
        if not part:  # else the DAG around it is what is counted
            made["metrics"] = self._metrics(plan, slots, retried=plan.config.retry is not None)
        return self.templates.share(f"{name}-{part}" if part else name, made)

    def _gate(self, text: str) -> str:
        """Add a template that waits for a person. To go on without a word means yes."""
        question: dict[str, Any] = {"name": "approved", "default": "YES", "enum": ["YES", "NO"]}
        if text:
            question["description"] = text.replace("{{", "{ {").replace("}}", "} }")
        answer = {"name": "approved", "valueFrom": {"supplied": {}, "default": "YES"}}
        made = {
            "inputs": {"parameters": [question]},
            "outputs": {"parameters": [answer]},
            "suspend": {},
        }
        return self.templates.share("approval", made)


def _decisions(plans: Iterable[Plan]) -> list[tuple[Plan, int]]:
    return [(plan, number) for plan in plans for number in range(len(plan.step.decides))]


def _groups(
    builder: DagBuilder,
    wanted: str,
    groups: Sequence[Sequence[Plan]],
    needs: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return the tasks of *groups*: one waits for those that hold what its steps wait for."""
    home = {plan.step.name: number for number, group in enumerate(groups) for plan in group}
    names = [f"{wanted}-{number + 1}" for number in range(len(groups))]
    deciders = {
        builder.decision(plan.step.condition): names[home[plan.step.condition.step]]
        for group in groups
        for plan in group
        if plan.step.condition is not None and plan.step.condition.step in home
    }
    tasks: list[dict[str, Any]] = []
    for number, group in enumerate(groups):
        template, taken = builder.group(names[number], group, needs)
        before = {home[need] for plan in group for need in needs[plan.step.name]} - {number}
        arguments = {
            name: f"{{{{=tasks['{deciders[name]}'].outputs.parameters['{name}']}}}}"
            for name in taken
        }
        depends = [names[index] for index in sorted(before)]
        tasks.append(task(names[number], template, depends=depends, arguments=arguments))
    return tasks
