"""Retry: a new workflow of the steps that are left, with what the others have left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag.runs.base import OnEvent, RunError
from nbdag.runs.events import Phase, RunEvent
from nbdag.runs.history import RunFolder, create_run
from nbdag.runs.remote.started import discarded_unless_started
from nbdag.runs.taken import Taken, check_unfinished, take
from nbdag_converters.compilers.argo import Options, Profile, compile_objects
from nbdag_converters.model import Pipeline

from .api import Api
from .connection import Place
from .fetch import Fetch
from .link import Link, link_of
from .run import ClusterRun
from .store import Store
from .submit import name_workflow


@dataclass(frozen=True, slots=True)
class Rest:
    """The steps that a run has done, and those that its conditions left out."""

    done: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """All that need no task any more."""
        return frozenset((*self.done, *self.skipped))


def rest_of(run: RunFolder) -> Rest:
    """Return what of a run needs not be done again.

    Raises
    ------
    RunError
        If it goes on, did well, was changed, or there is nothing to go on from.
    """
    pipeline, state = run.pipeline(), check_unfinished(run)
    done = tuple(n for n, step in state.steps.items() if step.phase is Phase.SUCCEEDED)
    decided = {
        str(event.data["name"]): event.data["branch"]
        for event in run.events()
        if event.kind == "decided"
    }
    skipped = tuple(
        step.name
        for step in pipeline
        if step.name not in done
        and step.condition is not None
        and step.condition.step in done
        and decided.get(step.condition.decision) != step.condition.branch
    )
    rest = Rest(done, skipped)
    if all(step.config.on_exit or step.name in rest.names for step in pipeline):
        msg = f"Only steps at the end of run {run.id} failed; submit the notebook anew."
        raise RunError(msg)
    return rest


def retry(run: RunFolder, on_event: OnEvent | None = None) -> ClusterRun:
    """Start a new run on the cluster that goes on from what succeeded in *run*.

    It runs the code of that run. The new workflow waits until it has been given what the steps
    which are done have left in the artifact store.

    Raises
    ------
    RunError
        If there is nothing to retry, or the cluster or the store can't be reached.
    """
    rest, link, pipeline = rest_of(run), link_of(run), run.pipeline()
    api = Api(Place(link.namespace, link.context))
    options = _options(link, rest)
    compiled = compile_objects(pipeline, options)
    parameters = run.facts()["parameters"]
    folder = create_run(
        pipeline,
        notebook=Path(str(run.facts()["notebook"])),
        parameters=parameters,
        python="",
        retried=run,
        remote=True,
    )
    with discarded_unless_started(folder):
        workflow = compiled.workflow(parameters)
        name_workflow(workflow, folder, api.namespace)
        _use_code(workflow, link.code)
        workflow["spec"]["suspend"] = True
        store = Fetch(run, api).store()
        new = Link(
            context=link.context,
            namespace=link.namespace,
            workflow=workflow["metadata"]["name"],
            tasks=link.tasks,
            code=link.code,
            options=link.options,
        )
        new.write(folder)
        taken = take(rest.done, run, folder)
        _tell(folder, pipeline, rest, taken, parameters)
        made = api.make_workflow(workflow)
        try:
            _hand_over(store, made["metadata"]["uid"], run, link, rest)
        except BaseException:
            api.change(new.workflow, {"spec": {"shutdown": "Terminate"}})
            raise
        api.change(new.workflow, {"spec": {"suspend": None}})
    return ClusterRun(folder, on_event)


def _options(link: Link, rest: Rest) -> Options:
    found = link.options
    place = found.get("repository")
    return Options(
        profile=Profile(**found["profile"]),
        namespace=link.namespace,
        image=found.get("image"),
        claims=frozenset(found.get("claims", ())),
        repository=(str(place[0]), str(place[1])) if place else None,
        done=rest.names,
        standalone=True,
    )


def _use_code(workflow: dict[str, Any], code: tuple[str, ...]) -> None:
    """Let the pods run what those of the earlier run did."""
    for volume in workflow["spec"]["volumes"]:
        if "projected" in volume:
            volume["projected"]["sources"] = [{"configMap": {"name": name}} for name in code]


def _hand_over(store: Store, uid: str, run: RunFolder, link: Link, rest: Rest) -> None:
    pipeline, state = run.pipeline(), run.state()
    numbers = {step.name: number for number, step in enumerate(pipeline.steps)}
    for name in rest.done:
        task = link.tasks[name]
        store.copy(f"{task}/values.nbv", uid)
        store.copy(f"_files/{numbers[name]}.tar", uid)
        parts = [""]
        if pipeline.step(name).loop is not None:
            parts += ["items/", *(f"parts/{i}/" for i in range(len(state.steps[name].iterations)))]
        for part in parts:
            store.copy(f"_reports/{task}/{part}report.json", uid)


def _tell(
    folder: RunFolder,
    pipeline: Pipeline,
    rest: Rest,
    taken: dict[str, Taken],
    parameters: dict[str, Any],
) -> None:
    """Begin the history of the run with what it has taken over."""
    import time

    now = time.time()
    facts = {
        "run": folder.id,
        "notebook": pipeline.notebook,
        "folder": str(folder.path),
        "steps": [step.name for step in pipeline.steps],
        "parameters": parameters,
    }
    events = [RunEvent(now, "run-started", "", facts)]
    for name, one in taken.items():
        for message in one.messages:
            data = {k: v for k, v in message.items() if k not in ("event", "step", "time")}
            events.append(RunEvent(now, str(message["event"]), name, data))
        done = {"phase": "Succeeded", "cached": True, "saved": one.seconds, "taken": one.run}
        events.append(RunEvent(now, "finished", name, done))
    message = {"kind": "condition", "message": "its condition did not hold in the earlier run"}
    events += [RunEvent(now, "skipped", name, message) for name in rest.skipped]
    text = "".join(event.to_line() + "\n" for event in events)
    folder.events_file.write_text(text, encoding="utf-8")
