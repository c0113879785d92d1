"""The cache of local runs, with real processes: what is used again, and what must not be."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbdag.runs import local
from nbdag.runs.cache import Store, clear, usage
from nbdag.runs.events import Phase, Run
from nbdag.runs.executed import executed_notebook
from nbdag.runs.history import cache_folders, list_runs
from nbdag.runs.zygote import Zygote
from notebooks import Source
from workbench import Bench, unplanned

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


def ran(run: Run) -> list[str]:
    """Return the steps that ran, of a run that did well."""
    assert run.phase is Phase.SUCCEEDED, [step.message for step in run.failures]
    return [name for name, step in run.steps.items() if not step.cached]


def step(name: str, source: str, *tags: str) -> Source:
    return Source(source, (f"step:{name}", *tags))


def store(bench: Bench) -> Store:
    return Store(bench.folder / ".nbdag" / "cache")


def reasons(bench: Bench) -> dict[str, str]:
    """Return why steps of the newest run were not kept."""
    events = list_runs(bench.folder)[0].events()
    return {event.step: event.data["reason"] for event in events if event.kind == "not-cached"}


CHAIN = (
    step("load", "import json\ndata = list(range(1, 4))\nprint('loaded')"),
    step("clean", "good = [x for x in data if x > 1]\ngood"),
    step("total", "total = sum(good)\nprint(total)"),
)


def edited(name: str, source: str, cells: Iterable[Source] = CHAIN) -> list[Source]:
    return [replace(c, text=source) if f"step:{name}" in c.tags else c for c in cells]


# What is used again ---------------------------------------------------------------------


def test_a_run_of_an_unchanged_notebook_runs_no_step(bench: Bench) -> None:
    first = bench.start(*CHAIN)
    assert ran(first.wait()) == ["load", "clean", "total"]
    second = bench.start(*CHAIN)
    state = second.wait()
    assert ran(state) == []
    assert all(step.phase is Phase.SUCCEEDED and step.saved for step in state.steps.values())
    for name in ("load", "clean", "total"):
        assert second.folder.outputs(name) == first.folder.outputs(name)
        assert second.folder.report(name) == first.folder.report(name)
        assert second.folder.log(name) == first.folder.log(name)
    cells = executed_notebook(second.folder).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert cells[2].outputs[0]["text"] == "5\n"


def test_an_unchanged_run_starts_no_interpreter(bench: Bench) -> None:
    assert len(ran(bench.run(*CHAIN, own=True))) == 3
    bench.settings = replace(bench.settings, zygote=None)
    second = bench.start(*CHAIN)
    assert ran(second.wait()) == []
    seen = {event.kind for event in second.folder.events()}
    assert not {"forked", "launched", "exited"} & seen


def test_only_steps_run_whose_code_or_values_changed(bench: Bench) -> None:
    bench.run(*CHAIN)
    changed = edited("clean", "good = [x for x in data if x > 2]\ngood")
    assert ran(bench.run(*changed)) == ["clean", "total"]
    assert ran(bench.run(*CHAIN)) == []


def test_a_step_that_gives_the_same_as_before_does_not_make_the_next_run(bench: Bench) -> None:
    bench.run(*CHAIN)
    assert ran(bench.run(*edited("load", "import json\ndata = sorted([3, 1, 2])\nmore = 1"))) == [
        "load"
    ]


def test_a_cell_that_moves_is_told_by_its_new_number(bench: Bench) -> None:
    bench.run(*CHAIN)
    run = bench.start(Source("# Title", kind="markdown"), *CHAIN)
    assert ran(run.wait()) == []
    assert [line["cell"] for line in run.folder.outputs("clean")] == [3]
    assert run.folder.report("load")["lines"]["data"] == [2, 2]


def test_parameters_that_a_step_reads_count_and_no_others(bench: Bench) -> None:
    cells = (
        Source("low = 1\nhigh = 9", ("parameters",)),
        step("a", "a = low + 1"),
        step("b", "b = high + 1"),
    )
    bench.run(*cells)
    assert ran(bench.run(*cells, parameters={"high": 10})) == ["b"]


def test_metrics_of_a_cached_step_are_metrics_of_the_run(bench: Bench) -> None:
    cells = (step("a", "score = 0.5"), step("a", "print(score)", "metrics"))
    assert bench.run(*cells).metrics == {"score": 0.5}
    run = bench.run(*cells)
    assert ran(run) == []
    assert run.metrics == {"score": 0.5}


def test_values_of_a_cached_step_feed_a_step_that_runs(bench: Bench) -> None:
    cells = (
        step("make", "import numpy as np\nclass Box:\n    def __init__(self, a): self.a = a\n"),
        step("make", "box = Box(np.arange(10_000))\nalias = box.a"),
        step("use", "box.a[0] = 7\nprint(alias[0])"),
    )
    bench.run(*cells)
    run = bench.start(*edited("use", "box.a[0] = 8\nprint(alias[0], type(box).__name__)", cells))
    assert ran(run.wait()) == ["use"]
    assert run.folder.outputs("use")[0]["output"]["text"] == "8 Box\n"


# Files ----------------------------------------------------------------------------------

FILES = (
    step("write", "open('out.txt', 'w').write('made')"),
    step("read", "text = open('out.txt').read()\nprint(text)"),
)


def test_files_that_a_step_wrote_are_there_again(bench: Bench) -> None:
    bench.run(*FILES)
    (bench.folder / "out.txt").unlink()
    assert ran(bench.run(*FILES)) == []
    assert (bench.folder / "out.txt").read_text() == "made"


def test_a_file_that_is_right_is_not_written_again(bench: Bench) -> None:
    bench.run(*FILES)
    before = (bench.folder / "out.txt").stat()
    bench.run(*FILES)
    after = (bench.folder / "out.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_that_a_step_reads_counts_by_its_content(bench: Bench) -> None:
    data = bench.folder / "data.csv"
    data.write_text("1,2\n")
    cells = (
        step("hidden", "name = 'da' + 'ta.csv'\ntext = open(name).read()"),
        step("other", "n = 1"),
    )
    bench.run(*cells)
    os.utime(data, (1, 1))
    assert ran(bench.run(*cells)) == []
    data.write_text("1,3\n")
    assert ran(bench.run(*cells)) == ["hidden"]
    data.write_text("1,2\n")
    assert ran(bench.run(*cells)) == []


def test_a_local_module_that_a_step_imports_counts(bench: Bench) -> None:
    module = bench.folder / "tools.py"
    module.write_text("def f(): return 1\n")
    cells = (step("a", "import tools\nx = tools.f()\nprint(x)"),)
    bench.settings = replace(bench.settings, isolate=True, zygote=None)
    bench.run(*cells)
    assert ran(bench.run(*cells)) == []
    module.write_text("def f(): return 22\n")
    run = bench.start(*cells)
    assert ran(run.wait()) == ["a"]
    assert run.folder.outputs("a")[0]["output"]["text"] == "22\n"


def test_whether_a_file_is_there_counts(bench: Bench) -> None:
    cells = (step("a", "import os\nfound = os.path.exists('flag')\nprint(found)"),)
    bench.run(*cells)
    (bench.folder / "flag").touch()
    run = bench.start(*cells)
    assert ran(run.wait()) == ["a"]
    assert run.folder.outputs("a")[0]["output"]["text"] == "True\n"


def test_a_step_that_appends_to_a_file_appends_each_time(bench: Bench) -> None:
    cells = (step("a", "name = 'log' + '.txt'\nopen(name, 'a').write('x')"),)
    bench.run(*cells)
    bench.run(*cells)
    assert (bench.folder / "log.txt").read_text() == "xx"


def test_a_file_outside_the_folder_counts(bench: Bench, tmp_path_factory: Any) -> None:
    data = tmp_path_factory.mktemp("elsewhere") / "data.txt"
    data.write_text("1")
    cells = (step("a", f"name = {str(data)!r}\nx = int(open(name).read())\nprint(x)"),)
    bench.run(*cells)
    assert ran(bench.run(*cells)) == []
    data.write_text("2")
    assert ran(bench.run(*cells)) == ["a"]


# What must not be used again ------------------------------------------------------------

VARYING = {
    "clock": "import time\nt = time.time()",
    "generator": "import numpy as np\nx = np.random.default_rng().random()",
    "draw": "import random\nx = random.random()",
    "program": "import subprocess\nx = subprocess.run(['true'])",
    "shell": "!echo hello",
    "network": (
        "import socket\ns = socket.socket()\n"
        "try:\n    s.connect(('127.0.0.1', 9))\nexcept OSError as e:\n    pass\ns.close()\ndel s"
    ),
    "entropy": "import os\nx = os.urandom(4)",
    "folder": "import os\nos.makedirs('made')\nos.rmdir('made')",
}


@pytest.mark.parametrize("what", VARYING)
def test_what_would_be_another_each_time_runs_each_time_and_says_so(
    what: str, bench: Bench
) -> None:
    cells = (step("vary", VARYING[what]), step("same", "n = 1"))
    bench.run(*cells)
    assert ran(bench.run(*cells)) == ["vary"]
    assert reasons(bench)["vary"]


def test_a_tag_says_that_an_earlier_outcome_will_do(bench: Bench) -> None:
    cells = (step("a", "import time\nt = time.time()", "cache:enabled"),)
    bench.run(*cells)
    assert ran(bench.run(*cells)) == []


def test_a_tag_or_a_setting_switches_the_cache_off(bench: Bench) -> None:
    cells = (step("a", "x = 1", "cache:disabled"), step("b", "y = 2"))
    bench.run(*cells)
    assert ran(bench.run(*cells)) == ["a"]
    assert ran(bench.run(*cells, settings={"cache": False})) == ["a", "b"]


def test_seeded_numbers_are_cached_and_an_earlier_seed_counts(bench: Bench) -> None:
    cells = (
        step("seed", "import numpy as np\nnp.random.seed(1)\na = np.random.rand()"),
        step("draw", "b = np.random.rand()\nprint(b)"),
    )
    bench.run(*cells)
    assert ran(bench.run(*cells)) == []
    other = edited("seed", "import numpy as np\nnp.random.seed(2)\na = np.random.rand()", cells)
    assert ran(bench.run(*other)) == ["seed", "draw"]


def test_a_variable_of_the_environment_that_code_names_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = (
        step("a", "import os\nmode = os.environ.get('NBTEST_MODE', 'none')\nprint(mode)"),
        step("b", "n = 1"),
    )
    bench.settings = replace(bench.settings, isolate=True, zygote=None)
    bench.run(*cells)
    monkeypatch.setenv("NBTEST_MODE", "fast")
    monkeypatch.setenv("NBTEST_OTHER", "1")
    run = bench.start(*cells)
    assert ran(run.wait()) == ["a"]
    assert run.folder.outputs("a")[0]["output"]["text"] == "fast\n"


@pytest.mark.parametrize("name", ["NBTEST_MODE", "JPY_SESSION_NAME", "COLUMNS"])
def test_a_variable_counts_that_code_names_beside_the_whole_environment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cell = step("a", f"import os\nprint('{name}' in os.environ)")
    bench.settings = replace(bench.settings, isolate=True, zygote=None)
    monkeypatch.delenv(name, raising=False)
    bench.run(cell)
    monkeypatch.setenv("JPY_PARENT_PID", "1")  # differs from kernel to kernel, and is not named
    assert ran(bench.run(cell)) == []
    monkeypatch.setenv(name, "x")
    run = bench.start(cell)
    assert ran(run.wait()) == ["a"]
    assert run.folder.outputs("a")[0]["output"]["text"] == "True\n"


def test_a_step_that_failed_or_that_the_guard_refused_runs_again(bench: Bench) -> None:
    bench.notebook("l = [1, 2]", "l.append(3)", "print(l)")
    assert bench.start_pipeline(unplanned()).wait().phase is Phase.FAILED
    again = bench.start_pipeline(unplanned()).wait()
    assert again.phase is Phase.FAILED
    assert [step.name for step in again.failures if step.cached] == []
    assert again.diagnostics


# Conditions and loops -------------------------------------------------------------------

BRANCHES = (
    Source("limit = 3", ("parameters",)),
    step("make", "total = sum(range(4))\nword = 'none'"),
    step("tune", "if total > limit:\n    word = 'large'\nelse:\n    word = 'small'"),
    step("use", "print(word)"),
)


def printed(run: local.LocalRun, name: str) -> str:
    return "".join(line["output"].get("text", "") for line in run.folder.outputs(name))


def test_a_decision_of_a_cached_step_is_made_again(bench: Bench) -> None:
    bench.run(*BRANCHES)
    second = bench.start(*BRANCHES)
    state = second.wait()
    assert [name for name, found in state.steps.items() if not found.cached] == ["tune_else"]
    assert state.steps["tune_else"].phase is Phase.SKIPPED
    assert printed(second, "use") == "large\n"
    third = bench.start(*BRANCHES, parameters={"limit": 30})
    assert third.wait().steps["tune"].phase is Phase.SKIPPED
    assert printed(third, "use") == "small\n"


LOOP = (
    step("make", "items = list(range(3))"),
    step("each", "found = []\nfor i in items:\n    print('item', i)\n    found.append(i * 2)"),
    step("use", "print(sum(found))"),
)
FANNED = (LOOP[0], replace(LOOP[1], tags=(*LOOP[1].tags, "fan-out:2")), LOOP[2])


def test_a_loop_that_fans_out_is_cached_as_one_step(bench: Bench) -> None:
    first = bench.start(*FANNED)
    assert ran(first.wait()) == ["make", "each", "use"]
    assert (first.folder.steps / "each" / "1").is_dir()
    second = bench.start(*FANNED)
    assert ran(second.wait()) == []
    assert second.folder.outputs("each") == first.folder.outputs("each")
    assert printed(second, "each") == "item 0\nitem 1\nitem 2\n"
    assert ran(bench.run(*edited("use", "print(max(found))", FANNED))) == ["use"]
    assert ran(bench.run(*edited("make", "items = list(range(4))", FANNED))) == [
        "make",
        "each",
        "use",
    ]


def test_a_file_that_one_iteration_reads_counts(bench: Bench) -> None:
    hidden = "found = []\nfor i in items:\n    found.append(int(open(f'in{i}' + '.txt').read()))"
    for number in range(3):
        (bench.folder / f"in{number}.txt").write_text(str(number))
    cells = edited("each", hidden, FANNED)
    bench.run(*cells)
    assert ran(bench.run(*cells)) == []
    (bench.folder / "in1.txt").write_text("7")
    assert "each" in ran(bench.run(*cells))


# The store ------------------------------------------------------------------------------


def damage_objects(bench: Bench, change: Any) -> int:
    paths = [path for path in store(bench).objects.glob("*/*") if path.is_file()]
    for path in paths:
        change(path)
    return len(paths)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("change", [cut, flip, Path.unlink])
def test_what_is_damaged_or_gone_is_made_anew(change: Any, bench: Bench) -> None:
    expected = bench.start(*CHAIN)
    expected.wait()
    assert damage_objects(bench, change)
    run = bench.start(*CHAIN)
    assert ran(run.wait()) == ["load", "clean", "total"]
    assert run.folder.outputs("total") == expected.folder.outputs("total")
    assert ran(bench.run(*CHAIN)) == []


@pytest.mark.parametrize("change", [cut, flip])
def test_an_entry_that_is_not_whole_is_made_anew(change: Any, bench: Bench) -> None:
    bench.run(*CHAIN)
    for path in store(bench).entries.rglob("*.json"):
        change(path)
    assert ran(bench.run(*CHAIN)) == ["load", "clean", "total"]
    assert ran(bench.run(*CHAIN)) == []


def test_the_least_recently_used_goes_where_the_cache_grows_too_large(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cells(kind: int) -> tuple[Source, ...]:
        return (step("a", f"data = bytes([{kind}]) * 100_000"), step("b", "n = len(data)"))

    monkeypatch.setenv("NBDAG_CACHE_SIZE", "350000")
    for kind in (1, 2, 3):
        bench.run(*cells(kind))
    assert "a" not in ran(bench.run(*cells(1)))
    bench.run(*cells(4))
    assert "a" not in ran(bench.run(*cells(1)))
    assert "a" in ran(bench.run(*cells(2)))
    size = sum(path.stat().st_size for path in store(bench).objects.glob("*/*"))
    assert size <= 350_000


def test_how_much_is_kept_can_be_asked_and_all_of_it_removed(bench: Bench) -> None:
    (place, _) = cache_folders(bench.folder)
    assert usage(Store(place)) == (0, 0)
    bench.run(*CHAIN)
    found = usage(Store(place))
    assert found.outcomes == 3
    assert found.bytes > 0
    assert clear(Store(place))
    assert usage(Store(place)) == (0, 0)
    assert ran(bench.run(*CHAIN)) == ["load", "clean", "total"]


def test_two_runs_at_once_share_the_cache(bench: Bench, tmp_path: Path) -> None:
    cells = [step(f"s{n}", f"v{n} = bytes([{n}]) * 50_000\nprint({n})") for n in range(6)]
    bench.settings = replace(bench.settings, zygote=None)
    handles = [bench.start(*cells) for _ in range(2)]
    states: list[Mapping[str, Any]] = [handle.wait().steps for handle in handles]
    assert all(step.phase is Phase.SUCCEEDED for found in states for step in found.values())
    for handle in handles:
        for number in range(6):
            assert handle.folder.outputs(f"s{number}")[0]["output"]["text"] == f"{number}\n"
    assert ran(bench.run(*cells)) == []
    assert not list(store(bench).root.rglob("*.tmp"))


def test_a_store_that_is_written_and_pruned_at_once_gives_only_whole_files(tmp_path: Path) -> None:
    from nbdag.runs.cache.store import prune

    shared = Store(tmp_path / "cache")
    problems: list[str] = []

    def work(number: int) -> None:
        for turn in range(15):
            source = tmp_path / f"{number}-{turn}"
            source.write_bytes(bytes([turn]) * 5_000)
            with shared.writing():
                digest = shared.put(source)
                shared.add(f"{turn:02}key", {"values": {"values.nbv": digest}, "n": number})
            target = tmp_path / f"{number}-{turn}-back"
            if shared.restore(digest, target) and target.read_bytes() != source.read_bytes():
                problems.append(f"{number} {turn}")
            prune(shared, 20_000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    prune(shared, 20_000)
    assert sum(path.stat().st_size for path in shared.objects.glob("*/*")) <= 20_000
