"""Does a closed, full or abandoned output give the right code, and one line at most?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WORKS = ("compare", "--input", "random", "--kernel-size", "1", "-i", "numpy")
MANY_TERMS = ("--kernel", "random", "--input-shape", "1,16,16,8", "--kernel-size", "5")
"""So many that two orders of their sums never agree, whatever the processor."""
FAILS = (*WORKS, "-i", "scipy", "--max-sum", "0", *MANY_TERMS)
QUIET = (*WORKS, "-q")
FAST = [("--help",), ("explain",)]
SLOW = [(*WORKS, "--format", "json"), ("--version",), ("compare", "--help"), ("implementations",)]


def run(redirection, *arguments, unbuffered=False):
    """The command in a shell: its exit code, and what stood on stderr."""
    command = [sys.executable, *(["-u"] if unbuffered else []), "-m", "convcheck", *arguments]
    words = " ".join(f"'{word}'" for word in command)
    done = subprocess.run(
        ["bash", "-c", f'{words} {redirection}; code=("${{PIPESTATUS[@]}}"); exit ${{code[0]}}'],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "arguments", [WORKS, *FAST, *(pytest.param(a, marks=pytest.mark.slow) for a in SLOW)]
)
@pytest.mark.parametrize("place", [">&-", ">/dev/full"])
def test_is_a_report_that_is_lost_a_mistake(arguments, place):
    code, stderr = run(place, *arguments)
    assert (code, stderr.count("\n")) == (2, 1)
    assert stderr.startswith("convcheck: cannot write")
    assert ("is closed" if "&" in place else "No space left") in stderr


def test_is_it_one_where_there_is_no_place_for_a_line_either():
    assert run(">&- 2>&-", *WORKS) == (2, "")
    assert run(">/dev/full 2>/dev/full", "explain") == (2, "")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["2>&-", "2>/dev/full", "<&-", ">&- 2>&- <&-", ">/dev/full"])
def test_is_an_answer_none_less_where_nothing_is_to_be_written(place):
    assert run(place, *QUIET) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "code"), [(WORKS, 0), (("compare", "--nonsense"), 2), ((), 2)]
)
def test_does_a_closed_stderr_leave_the_code(arguments, code, place):
    assert run(place, *arguments) == (code, "")


@pytest.mark.parametrize(
    ("arguments", "code", "unbuffered"),
    [
        (FAILS, 1, False),
        (("--help",), 0, False),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [(WORKS, 0, True), (FAILS, 1, True), (("explain",), 0, True)]
        ),
    ],
)
def test_does_a_reader_that_goes_away_leave_the_code(arguments, code, unbuffered):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, *(["-u"] if unbuffered else []), "-m", "convcheck", *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (code, b"")


def test_does_the_conformance_command_do_the_same():
    for place, code in ((">/dev/full", 2), (">&-", 2), ("| head -c 1", 0)):
        command = f"'{sys.executable}' -m convcheck.testing --help {place}"
        done = subprocess.run(
            ["bash", "-c", f'{command}; exit "${{PIPESTATUS[0]}}"'],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, place


@pytest.mark.slow
def test_is_a_locale_that_lacks_our_characters_no_accident():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for arguments in (("explain", "tf32"), ("explain", "reduced-precision-tf32"), WORKS):
        done = subprocess.run(
            [sys.executable, "-m", "convcheck", *arguments],
            capture_output=True,
            timeout=60,
            check=False,
            env=environment,
        )
        assert done.returncode in (0, 2)
        assert b"Traceback" not in done.stderr
