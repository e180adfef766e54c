"""Does a sweep that was stopped at any moment go on with the same command, and lose nothing?"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.sweep.ask import Ask
from convcheck.sweep.workers.spread import spread
from convcheck.verdict.limits import Limits
from tests.conftest import CASES
from tests.runtimes.processes import wait_until

from .conftest import PLAIN, Sweep, contents, done
from .processes import stoppable, wait_for

KILLS = min(CASES, 5)
COUNT = 60 * max(KILLS, 2)
WORDS = (
    *("--random", COUNT, *PLAIN, "-i", "python:planted:batch_and_groups", "-i", "numpy"),
    *("--no-shrink", "--quiet"),
)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_is_it_the_same_file_after_kills(sweep: Sweep, tmp_path: Path, jobs: int) -> None:
    killed, whole = tmp_path / "killed.sqlite", tmp_path / "whole.sqlite"
    draw = random.Random(jobs)
    words = (*WORDS, "--jobs", jobs, "--results", killed.name)
    with stoppable(tmp_path) as sweeps:
        for kill in range(KILLS):
            # Each at a random part of its half of a share: the rest is left for it to be killed in.
            enough = COUNT * (kill + draw.random() / 2) / KILLS
            process = sweeps.start(*words)
            wait_for(process, lambda at=enough: done(killed) >= at)
            process.kill()
            process.communicate()
            assert process.returncode == -signal.SIGKILL, "it was done before it was killed"
            assert wait_until(lambda: not sweeps.left()), "its workers go on without it"
    assert 0 < done(killed) < COUNT
    resumed = sweep(*words)
    unbroken = sweep(*WORDS, "--results", whole.name)
    assert resumed.returncode == unbroken.returncode == 1, resumed.stderr
    assert contents(killed) == contents(whole)
    assert len(contents(whole)["results"]) == COUNT


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_does_an_interruption_end_all_with_one_line(tmp_path: Path, jobs: int) -> None:
    file = tmp_path / "r.sqlite"
    with stoppable(tmp_path) as sweeps:
        process = sweeps.start(*WORDS, "--jobs", jobs, "--results", file.name)
        wait_for(process, lambda: done(file) >= 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, "", "convcheck: interrupted\n")
        assert wait_until(lambda: not sweeps.left(), 5)
    assert 5 <= done(file) < COUNT
    numbers = [row[0] for row in contents(file)["results"]]
    assert len(numbers) == len(set(numbers))


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.8, 1.2, 1.6])
def test_does_ctrl_c_in_a_terminal_end_all_with_one_line(tmp_path: Path, seconds: float) -> None:
    """It reaches the workers too, which are only starting then."""
    with stoppable(tmp_path) as sweeps:
        process = sweeps.start(*WORDS, "--jobs", 2, start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, "", "convcheck: interrupted\n")
        assert wait_until(lambda: not sweeps.left(), 5)


@pytest.mark.slow
def test_are_no_more_workers_started_than_there_is_work(sweep: Sweep) -> None:
    told = sweep("--random", 3, *PLAIN, "-i", "numpy", "--jobs", 1000, timeout=100)
    assert told.returncode == 0, told.stderr


def test_is_nobody_warned_where_work_is_cut_short() -> None:
    """Between two batches, which an interruption hits once in many times."""
    request = Request(input="random", input_shape=(1, 4, 4, 1), kernel_size=(3,))
    cases = [(number, request) for number in range(200)]
    ask = Ask((parse("numpy"),), Limits())
    with closing(spread(lambda: iter(cases), ask, jobs=2)) as results:
        assert len(next(results)) == 1
    # joblib's warning would have been an error of this test.


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, -1])
def test_does_a_worker_that_is_killed_cost_nothing(tmp_path: Path, which: int) -> None:
    file = tmp_path / "r.sqlite"
    with stoppable(tmp_path) as sweeps:
        process = sweeps.start(*WORDS, "--jobs", 2, "--results", file.name)
        wait_for(process, lambda: done(file) >= 5)
        os.kill(_workers(sweeps.left(), process.pid)[which], signal.SIGKILL)
        _, err = process.communicate(timeout=200)
        assert process.returncode == 1, err
    assert len(contents(file)["results"]) == COUNT


def _workers(processes: Sequence[int], parent: int) -> list[int]:
    """Those of the processes that loky has work for it."""
    found = []
    for one in processes:
        words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        if one != parent and any(b"loky" in word and b"popen" in word for word in words):
            found.append(one)
    return sorted(found)
