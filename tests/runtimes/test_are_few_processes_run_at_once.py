"""Do as many implementations as anybody names run in a few processes at a time?"""

import os
import threading
import uuid

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.places import MOST_PROCESSES, Places
from tests.runtimes.processes import marked

MODULE = """
import time
def right(x, kernel, **_):
    time.sleep(0.05)
    return x @ kernel[0, 0]
"""


@pytest.fixture
def case():
    return build(Request(input="random", input_shape=(1, 4, 4, 3), kernel_size=(1,)))


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Functions of as many modules, each of which has a process of its own."""
    monkeypatch.chdir(tmp_path)
    modules = [f"module_{i}" for i in range(3 * MOST_PROCESSES + 1)]
    for module in modules:
        (tmp_path / f"{module}.py").write_text(MODULE)
    return [parse(f"python:{module}:right") for module in modules]


def is_worker(pid):
    """Whether we started it; libraries start programs as well when they are imported."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1]) == os.getpid()
    except OSError:  # gone meanwhile
        return False


@pytest.mark.slow
def test_are_few_processes_run_at_once(case, names, monkeypatch):
    mark = uuid.uuid4().hex
    monkeypatch.setenv("TESTS_MARK", mark)
    most, over = 0, threading.Event()

    def watch():
        nonlocal most
        while not over.wait(0.01):
            most = max(most, sum(map(is_worker, marked(mark))))

    watching = threading.Thread(target=watch)
    watching.start()
    with Runtimes(timeout=60) as runtimes:
        outputs = runtimes.run_all(case, names)()
        again = runtimes.run(case, names[0])  # its process has ended for another's
    over.set()
    watching.join()
    assert MOST_PROCESSES // 2 < most <= MOST_PROCESSES
    for output, name in zip([*outputs, again], [*names, names[0]], strict=True):
        assert (output.status, output.name) == (None, name.text), output.message
        assert np.array_equal(output.array, case.input @ case.kernel[0, 0])
    assert marked(mark) == []


class _Runtime:
    def __init__(self):
        self.busy = False

    def rest(self):
        return not self.busy


def test_does_the_one_unused_for_longest_give_up_its_place():
    places, (a, b, c) = Places(most=2), (_Runtime() for _ in range(3))
    assert places.take_free(a)
    assert places.take_free(b)
    assert not places.take_free(c)
    places.take(a)  # used again: b is the older one now
    places.take(c)
    assert not places.take_free(b)
    a.busy = True
    places.take(b)  # c's place, though a is older
    assert places.take_free(a)
    assert not places.take_free(c)


def test_does_one_wait_while_all_are_busy():
    places, busy, waiting = Places(most=1), _Runtime(), _Runtime()
    busy.busy = True
    places.take(busy)
    thread = threading.Thread(target=places.take, args=(waiting,))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    busy.busy = False
    thread.join(5)
    assert not thread.is_alive()
