"""A run's state is the fold of its events, wherever the list ends and whatever is in it."""

from __future__ import annotations

from nbdag.runs.events import Phase, Run, RunEvent, apply, fold, parse_event, parse_events

LINES = """\
{"event":"run-started","time":100.0,"run":"r1","notebook":"n.ipynb","steps":["a","b","c"],"parameters":{"p":1}}
{"event":"launched","step":"a","time":101.0,"attempt":1}
{"event":"forked","step":"a","time":101.1,"pid":7}
{"event":"started","step":"a","time":101.5}
{"event":"cell-started","step":"a","time":101.6,"cell":2}
{"event":"metric","step":"a","time":101.7,"name":"auc","value":0.9}
{"event":"succeeded","step":"a","time":102.0}
{"event":"exited","step":"a","time":102.1,"status":0,"rss":4096,"cpu":0.25}
{"event":"finished","step":"a","time":102.5,"phase":"Succeeded"}
{"event":"launched","step":"b","time":102.5,"attempt":1}
{"event":"failed","step":"b","time":103.0,"kind":"cell","cell":5,"line":2,"message":"E: x"}
{"event":"exited","step":"b","time":103.1,"status":1,"rss":1,"cpu":0.1}
{"event":"finished","step":"b","time":103.5,"phase":"Failed","cell":5,"line":2,"message":"E: x"}
{"event":"skipped","step":"c","time":103.5,"because":"b","message":"step 'b' did not succeed"}
{"event":"run-finished","time":104.0,"phase":"Failed","message":""}
"""


def test_the_fold_of_a_run_says_what_happened() -> None:
    run = fold(parse_events(LINES))
    assert (run.id, run.phase, run.seconds) == ("r1", Phase.FAILED, 4.0)
    assert run.metrics == {"auc": 0.9}
    assert run.parameters == {"p": 1}
    a, b, c = run.steps.values()
    assert (a.phase, a.seconds, a.rss, a.cpu, a.attempt) == (Phase.SUCCEEDED, 1.0, 4096, 0.25, 1)
    assert (b.phase, b.message, b.cell, b.line) == (Phase.FAILED, "E: x", 5, 2)
    assert (c.phase, c.message, c.seconds) == (Phase.SKIPPED, "step 'b' did not succeed", None)
    assert run.failures == (b,)


def test_a_list_cut_at_any_line_or_byte_folds_to_a_valid_state() -> None:
    text = LINES.encode()
    for end in range(len(text) + 1):
        run = fold(parse_events(text[:end].decode()))
        assert isinstance(run.phase, Phase)
        assert all(isinstance(step.phase, Phase) for step in run.steps.values())
        for step in run.steps.values():
            assert (step.finished is not None) <= step.phase.done


def test_a_step_that_runs_says_at_which_cell_it_is() -> None:
    run = fold(parse_events(LINES)[:5])
    assert (run.phase, run.steps["a"].phase, run.steps["a"].running) == (
        Phase.RUNNING,
        Phase.RUNNING,
        2,
    )
    assert run.steps["b"].phase is Phase.PENDING


def test_a_step_that_says_it_succeeded_has_not_before_the_runner_says_so() -> None:
    run = fold(parse_events(LINES)[:8])
    assert run.steps["a"].phase is Phase.RUNNING


def test_unknown_kinds_and_fields_change_nothing() -> None:
    events = parse_events(LINES)
    extra = RunEvent(time=1.0, kind="teleported", step="a", data={"x": 1})
    mixed = [event for known in events for event in (extra, known, extra)]
    assert fold(mixed) == fold(events)


def test_what_is_no_event_is_left_out() -> None:
    for line in ("", "{", "[]", "3", '{"time":1}', '{"event":3,"time":1}', '{"event":"x"}'):
        assert parse_event(line) is None
    assert parse_events(LINES.replace("\n", "\n garbage\n")) == parse_events(LINES)


def test_wrong_types_in_an_event_do_not_break_the_fold() -> None:
    broken = (
        RunEvent(0, "finished", "a", {"phase": "Flying"}),
        RunEvent(0, "run-finished", "", {"phase": 3}),
        RunEvent(0, "exited", "a", {"rss": "much", "cpu": None}),
        RunEvent(0, "metric", "a", {"name": 3}),
        RunEvent(0, "guard", "a", {"diagnostic": {"code": "NB250"}}),
        RunEvent(0, "guard", "a", {"diagnostic": "?"}),
    )
    run = fold(broken, fold(parse_events(LINES)[:3]))
    assert run.steps["a"].phase is Phase.ERROR
    assert run.diagnostics == ()


def test_an_event_comes_back_from_its_line() -> None:
    event = RunEvent(
        time=1.5, kind="metric", step="é", data={"name": "a", "value": [1, "\n\u2028"]}
    )
    line = event.to_line()
    assert "\n" not in line
    assert parse_event(line) == event
    assert parse_events(line + "\n") == (event,)


def test_a_new_attempt_forgets_how_the_last_one_failed() -> None:
    run = fold(parse_events(LINES)[:12])
    again = apply(run, RunEvent(110.0, "launched", "b", {"attempt": 2}))
    step = again.steps["b"]
    assert (step.attempt, step.message, step.cell, step.phase) == (2, "", None, Phase.RUNNING)


def test_the_fold_of_a_guards_finding_gives_the_diagnostic_back() -> None:
    found = {"code": "NB250", "severity": "error", "message": "m", "cell": 3, "future": 1}
    run = fold([RunEvent(0, "guard", "a", {"diagnostic": found})], Run())
    assert str(run.diagnostics[0]).startswith("NB250 cell 3: m")
