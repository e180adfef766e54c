"""Does a process that is killed, stopped, slowed or cut off at a step cost its row, and say so?"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.errors import Mistake
from convcheck.implementations.name import parse
from convcheck.orders.units import Formats
from convcheck.results import Status
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.models.client import OpenModel
from convcheck.runtimes.orders.client import NotFound, RemoteSearch
from tests.runtimes.processes import marked

STEPS = ("launch", "start", "load", "run")
MODEL_STEPS = ("model-open", "model-run", "model-call", "model-mode")
ORDER_STEPS = ("case", "order-begin", "order-step", "order-found")
FORMATS = Formats(("float32",), ("float32",), "float32", "float32")
WAYS = ("killed", "stopped", "slowed", "cut", "half")
KILLED = "was killed (SIGKILL), perhaps for want of memory"
START, RUN = 6, 3


@pytest.fixture
def interpreter(tmp_path):
    """``misbehaving_python.py`` as a program."""
    script = Path(__file__).with_name("misbehaving_python.py")
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def nothing_left(tmp_path, monkeypatch):
    """Checks in the end that no process and no file is left."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv("TESTS_MARK", mark)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield mark
    assert marked(mark) == []
    assert list(folder.iterdir()) == []


@pytest.fixture
def case():
    return build(Request(input="random", input_shape=(1, 4, 4, 3), kernel_size=(3,)))


def expected(step, how):
    """(status, message) of the row."""
    if how == "killed":
        return Status.CRASHED, KILLED
    if how == "stopped":
        late = step in ("launch", "start", "load")
        words = f"did not start within {START} s" if late else f"gave no answer within {RUN} s"
        return Status.TIMED_OUT, words
    if how == "half":
        return Status.CRASHED, "ended with exit code 0"
    return Status.CRASHED, "closed its pipe without an answer"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "how"),
    # Nothing is sent before the first request, not even half of it.
    [(step, how) for step in STEPS for how in WAYS if (step, how) != ("launch", "half")],
)
def test_does_each_step_say_what_went_wrong(case, interpreter, nothing_left, step, how):
    name = parse(f"numpy@{interpreter}?STEP={step}&HOW={how}")
    with Runtimes(timeout=RUN, start_timeout=START) as runtimes:
        harmed, fine = runtimes.run_all(case, [name, parse("numpy")])()
    assert fine.array is not None
    if how == "slowed":
        assert np.array_equal(harmed.array, fine.array), harmed.message
    else:
        assert (harmed.status, harmed.message) == expected(step, how)


def all_steps(model):
    """What is done with a model: (a layer's output, what the whole model gave in another mode)."""
    model.open()
    (call,), _ = model.run([np.ones((1, 4, 4, 1))])
    _, output = model.case(call)
    return output.array, model.mode("graph", RUN)


@pytest.mark.slow
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("step", MODEL_STEPS)
def test_does_each_step_about_a_model_say_what_went_wrong(interpreter, nothing_left, step, how):
    with Runtimes(timeout=RUN, start_timeout=RUN) as runtimes:
        model = OpenModel(runtimes, "my.keras")
        model._name = parse(f"numpy@{interpreter}?STEP={step}&HOW={how}")

        if how == "slowed" or step == "model-mode":
            array, mode = all_steps(model)
            assert array.shape == (1, 4, 4, 1)
            message = mode.get("message")
            assert (message is None) == (how == "slowed")
        else:
            with pytest.raises(Mistake) as caught:
                all_steps(model)
            message = str(caught.value)
    if how != "slowed":
        assert message == f"the process that had my.keras open: {expected(step, how)[1]}"


@pytest.mark.parametrize(
    ("step", "words"),
    {
        "load": "gave versions = \"{'numpy': 7}\"; expected a text for each name",
        "run": "gave status = 'fine'; expected one of unavailable, crashed, wrong-shape",
    }.items(),
)
def test_is_a_wrong_reply_at_any_step_its_row_alone(case, interpreter, nothing_left, step, words):
    name = parse(f"numpy@{interpreter}?STEP={step}&HOW=lies")
    with Runtimes(timeout=20, start_timeout=20) as runtimes:
        harmed, fine = runtimes.run_all(case, [name, parse("numpy")])()
    assert fine.array is not None
    assert harmed.status is Status.CRASHED
    assert harmed.message == f"sent something that is no answer ({words})"


@pytest.mark.parametrize("step", MODEL_STEPS)
def test_is_a_wrong_reply_about_a_model_not_the_users_mistake(interpreter, step):
    with Runtimes(timeout=20, start_timeout=20) as runtimes:
        model = OpenModel(runtimes, "my.keras")
        model._name = parse(f"numpy@{interpreter}?STEP={step}&HOW=lies")
        if step == "model-mode":
            message = all_steps(model)[1]["message"]
        else:
            with pytest.raises(Mistake) as caught:
                all_steps(model)
            message = str(caught.value)
    words = "the process that had my.keras open sent something that is no answer ("
    assert message.startswith(words)


def found_order(runtimes, case, interpreter, step, how):
    """What a search for the order of sums finds, where the process misbehaves."""
    name = parse(f"numpy@{interpreter}?STEP={step}&HOW={how}")
    search = RemoteSearch(runtimes, case, name, FORMATS)
    assert search.steps(60.0, lambda progress: None)
    return search.found()


@pytest.mark.slow
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("step", ORDER_STEPS)
def test_does_each_step_about_an_order_say_what_went_wrong(
    case, interpreter, nothing_left, step, how
):
    with Runtimes(timeout=RUN, start_timeout=START) as runtimes:
        if how == "slowed":
            assert found_order(runtimes, case, interpreter, step, how).experiments > 0
            return
        with pytest.raises(NotFound) as caught:
            found_order(runtimes, case, interpreter, step, how)
    words = "its process gave no answer" if how == "stopped" else expected(step, how)[1]
    assert words in str(caught.value)


@pytest.mark.parametrize("step", ORDER_STEPS)
def test_is_a_wrong_reply_about_an_order_no_order(case, interpreter, nothing_left, step):
    with Runtimes(timeout=20, start_timeout=20) as runtimes, pytest.raises(NotFound) as caught:
        found_order(runtimes, case, interpreter, step, "lies")
    assert "its process sent something that is no answer (" in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("moment", [0.05, 1.0, 2.0, 3.0])
def test_is_a_framework_that_ends_at_any_moment_its_row_alone(case, nothing_left, moment, how):
    name = parse("tf?HARM=1")
    seconds = 5 if how == signal.SIGSTOP else 60
    with Runtimes(timeout=seconds, start_timeout=seconds) as runtimes:
        running = runtimes.run_all(case, [name, parse("numpy")])
        workers = [pid for pid in marked("HARM=1") if pid in marked(nothing_left)]
        killer = threading.Thread(target=_harm, args=(workers, moment, how))
        killer.start()
        tensorflow, numpy = running()
        killer.join()
    assert numpy.array is not None
    if tensorflow.array is None:  # else it had finished before
        status = Status.CRASHED if how == signal.SIGKILL else Status.TIMED_OUT
        assert tensorflow.status is status
        words = KILLED if how == signal.SIGKILL else " within "
        assert words in tensorflow.message


def _harm(workers, moment, how):
    time.sleep(moment)
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
