"""Does a row that does harm cost itself, and nothing else?"""

import time
from pathlib import Path

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.results import Status
from convcheck.runtimes.host import Runtimes

HERE = Path(__file__).parent

CRASHED, LATE, UNAVAILABLE = Status.CRASHED, Status.TIMED_OUT, Status.UNAVAILABLE
WRONG = Status.WRONG_SHAPE

HARM = {
    "crashes": (CRASHED, "died with SIGSEGV"),
    "is_killed": (CRASHED, "SIGKILL"),
    "speaks_and_aborts": (
        CRASHED,
        "SIGABRT; its last stderr lines: an old line / Traceback, perhaps / out of cheese",
    ),
    "chatters_and_aborts": (CRASHED, "10 % / 10 % / trailing words"),
    "leaves": (CRASHED, "ended with exit code 3"),
    "exits": (UNAVAILABLE, "SystemExit: 3"),
    "interrupts": (UNAVAILABLE, "KeyboardInterrupt"),
    "raises_its_own": (UNAVAILABLE, "Odd: neither error nor exit"),
    "wants_memory": (UNAVAILABLE, "MemoryError: Unable to allocate 128. GiB"),
    "sleeps": (LATE, "gave no answer within 2 s"),
    "starts_a_sleeper": (LATE, "gave no answer within 2 s"),
    "garbles": (CRASHED, "sent something that is no answer"),
    "garbles_with_a_huge_head": (CRASHED, "sent something that is no answer"),
    "garbles_with_a_huge_array": (CRASHED, "sent something that is no answer"),
    "garbles_with_a_strange_answer": (CRASHED, "sent something that is no answer"),
    "sends_half_an_answer": (LATE, "gave no answer within 2 s"),
    "closes_everything": (CRASHED, "ended with exit code 1"),
    "leaves_a_child_and_crashes": (CRASHED, "died with SIGSEGV"),
    "writes_into_its_input": (CRASHED, "writes into its input, which it may not (output array is"),
    "makes_its_input_writable": (CRASHED, "writes into its input, which it may not (cannot set"),
    "writes_past_numpy": (CRASHED, "writes into its input; let it copy the array first"),
    "writes_into_its_kernel_and_raises": (CRASHED, "writes into its input; let it copy"),
    "writes_at_the_base": (CRASHED, "writes into its input; let it copy the array first"),
    "gives_far_too_much": (WRONG, "gave shape (2048, 2048), but it should be (2, 8, 9, 4)"),
    "gives_none": (UNAVAILABLE, "returned None; it must return the output as a NumPy array"),
    "gives_a_list": (UNAVAILABLE, "returned a list; it must return the output as a NumPy array"),
    "gives_objects": (UNAVAILABLE, "array of object; it must hold real numbers"),
    "gives_complex": (UNAVAILABLE, "array of complex128; it must hold real numbers"),
}

LIES = {
    "compute": "no answer (gave dtypes.compute = '7'; expected None or",
    "format": "no answer (gave dtypes.compute = 'real'; expected",
    "no_dtypes": "no answer (gave dtypes = '3'; expected",
    "call": "no answer (gave call = \"['tf']\"; expected a text)",
    "no_call": "no answer (gave call = 'None'; expected a text)",
    "versions": "no answer (gave versions = ",
    "seconds": "no answer (gave seconds = 'nan'; expected a number",
    "fixes": "no answer (gave fixes = 'none'; expected a text for each",
    "device": "no answer (gave device = '{}'; expected a text or None)",
    "name": "no answer (gave the output of another implementation)",
    "error": "no answer (gave error = ",
    "status": "no answer (gave status = 'exact'; expected one of",
    "number": "no answer (a reply to nothing that was asked)",
    "huge": "no answer (arrays of shape (1000000000000,), 4,000,000,000,000",
    "negative": "no answer (an array of shape [-4, 8])",
    "fraction": "no answer (an array of shape [1.5])",
    "many_axes": "no answer (an array of shape [1, 1, 1",
    "another": "no answer (gave arrays = ",
}
"""What a worker's reply says -> what the row says of it."""

HARMLESS = (
    "right closes_its_own forks_and_both_return prints gives_other_byte_order gives_a_strided_view"
).split()


@pytest.fixture
def case(monkeypatch):
    monkeypatch.chdir(HERE)
    return build(Request(input="random", input_shape=(2, 8, 9, 3), kernel_size=(1,), filters=4))


@pytest.fixture(scope="module")
def running():
    with Runtimes(timeout=2) as runtimes:
        yield runtimes


def run_all(running, case, *functions):
    return running.run_all(case, [parse(f"python:{function}") for function in functions])()


def stand_in(monkeypatch, folder, package, text):
    """Have workers find this instead of a framework."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def is_right(output, case):
    right = case.input @ case.kernel[0, 0]
    return output.array is not None and np.array_equal(output.array, right)


@pytest.mark.parametrize("function", HARM)
def test_does_harm_cost_its_own_row_alone(running, case, function):
    begin = time.monotonic()
    before, harmed, after, elsewhere = run_all(
        *(running, case, "harmful_functions:right"),
        *(
            f"harmful_functions:{function}",
            "harmful_functions:gives_a_strided_view",
            "second_module:right",
        ),
    )
    status, words = HARM[function]
    assert (harmed.status, harmed.array) == (status, None)
    assert words in harmed.message
    assert "\x1b" not in harmed.message
    assert len(harmed.message) < 800
    assert is_right(before, case)
    assert is_right(after, case)
    assert is_right(elsewhere, case)
    assert time.monotonic() - begin < 12  # none of them waits for what is left behind


@pytest.mark.slow
def test_does_a_wrong_reply_cost_its_own_row_alone(running, case):
    begin = time.monotonic()
    right, *outputs, last = run_all(
        *(running, case, "harmful_functions:right"),
        *(f"harmful_functions:lies_about_{lie}" for lie in LIES),
        "harmful_functions:gives_a_strided_view",
    )
    assert is_right(right, case)
    assert is_right(last, case)
    for words, output in zip(LIES.values(), outputs, strict=True):
        assert (output.status, output.array) == (CRASHED, None)
        assert words in output.message
        assert output.message.startswith("sent something that is no answer (")
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("function", HARMLESS)
def test_is_harmless_oddity_let_through(case, function):
    with Runtimes(timeout=20) as running:
        odd, after = run_all(
            running, case, f"harmful_functions:{function}", "harmful_functions:right"
        )
    assert odd.status is None, odd.message
    assert is_right(odd, case)
    assert is_right(after, case)


def test_are_the_stderr_lines_those_of_the_row_that_died(case):
    with Runtimes(timeout=20) as running:
        talks, dies = run_all(
            running, case, "harmful_functions:prints", "harmful_functions:crashes"
        )
    assert is_right(talks, case)
    assert dies.message == "died with SIGSEGV"


@pytest.mark.parametrize(
    "hang", ["import time; time.sleep(600)", "import os; os.kill(os.getpid(), 19)  # SIGSTOP"]
)
def test_is_a_start_that_hangs_ended_and_reported(case, monkeypatch, tmp_path, hang):
    stand_in(monkeypatch, tmp_path, "scipy", hang)
    with Runtimes(timeout=60, start_timeout=3) as runtimes:  # numpy's own start takes part of it
        hung, numpy = runtimes.run_all(case, [parse("scipy"), parse("numpy")])()
    assert numpy.array is not None
    assert hung.status is LATE
    assert hung.message == "did not start within 3 s"


@pytest.mark.parametrize("first", ["run in order", "asked for the second"])
def test_does_an_import_that_dies_leave_the_rest_of_its_framework(
    case, monkeypatch, tmp_path, first
):
    """LiteRT shares TensorFlow's process; here importing it is the end of that process."""
    # TensorFlow's start takes seconds: a stand-in is absent in words of its own.
    stand_in(
        *(monkeypatch, tmp_path, "tensorflow"),
        "import os, signal, sys\n"
        "if 'convcheck.implementations.frameworks.litert' in sys.modules:\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
        "raise ImportError('a stand-in')\n",
    )
    names = [parse("litert"), parse("tf")]
    with Runtimes(timeout=60) as runtimes:
        if first == "run in order":
            litert, tf = runtimes.run_all(case, names)()
        else:
            runtimes.start(names)
            tf, litert = (runtimes.run(case, name) for name in reversed(names))
    assert (litert.status, litert.message) == (CRASHED, "died with SIGSEGV")
    assert (tf.status, tf.message) == (UNAVAILABLE, "ImportError: a stand-in")


def test_does_a_worker_that_dies_while_a_case_is_sent_cost_its_row(case, monkeypatch, tmp_path):
    stand_in(
        *(monkeypatch, tmp_path, "scipy"),
        "import os\n"
        "from convcheck.runtimes import frames\n"
        "frames._read_array = lambda *_: os._exit(4)\n"
        "__version__ = '0'\n",
    )
    (tmp_path / "scipy" / "signal.py").write_text("correlate = None\n")
    large = build(Request(input="random", input_shape=(1, 1000, 1000, 3), kernel_size=(1,)))
    with Runtimes(timeout=60) as runtimes:
        (died,) = runtimes.run_all(large, [parse("scipy")])()
    assert (died.status, died.message) == (CRASHED, "ended with exit code 4")


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("#!/bin/sh\nexit 7\n", CRASHED, "ended with exit code 7"),
        ("#!/bin/sh\necho I am no Python; cat\n", CRASHED, "sent something that is no answer"),
        ("#!/nowhere/python\n", UNAVAILABLE, "could not start: "),
        ("no program at all", UNAVAILABLE, "could not start: "),
    ],
)
def test_is_an_interpreter_that_is_no_python_reported(case, tmp_path, text, status, words):
    other = tmp_path / "python"
    other.write_text(text)
    other.chmod(0o755)
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run_all(case, [parse(f"numpy@{other}")])()[0]
    assert output.status is status
    assert words in output.message
