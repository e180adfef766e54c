"""Does a command's process end with the code of its signal, whatever becomes of the exception?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

ENTER = """
import os, signal, sys, time
from convcheck.entry import Interrupted, enter
def command():
    {body}
    return 1
enter(command)
"""
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def run(body):
    code = ENTER.format(body=body)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
@pytest.mark.parametrize(
    "body",
    [
        "os.kill(os.getpid(), {n}); time.sleep(9)",
        "import signal as s; s.raise_signal({n}); time.sleep(9)",
        # An import, compiled code or a finalizer may turn it into something else, or lose it.
        "try: os.kill(os.getpid(), {n}); time.sleep(9)\n    except Interrupted: return 0",
        "try: os.kill(os.getpid(), {n}); time.sleep(9)\n"
        "    except Interrupted as e: raise ImportError('lost') from e",
        "try: os.kill(os.getpid(), {n}); time.sleep(9)\n"
        "    finally: os.kill(os.getpid(), 2); os.kill(os.getpid(), 15)",
    ],
)
def test_is_the_code_that_of_the_first_signal(body, number, code):
    done = run(body.replace("{n}", str(int(number))))
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "convcheck: interrupted\n")


def test_is_a_mistake_that_a_signal_made_not_told():
    stopped = "try: os.kill(os.getpid(), 1); time.sleep(9)\n    except BaseException: pass"
    complains = (
        "\n    import click; from convcheck.command_line import run_command"
        "\n    from convcheck.errors import UsageError"
        "\n    def complain(): raise {error}('p.png could not be drawn')"
        "\n    return run_command(click.command()(complain), 'convcheck', [])"
    )
    for error in ("UsageError", "click.UsageError", "ValueError"):
        done = run(stopped + complains.replace("{error}", error))
        assert (done.returncode, done.stderr) == (129, "convcheck: interrupted\n")
        told = run("pass" + complains.replace("{error}", error))
        assert told.returncode in (2, 4)
        assert "p.png could not be drawn" in told.stderr


def test_is_a_signal_ignored_that_the_caller_ignores():
    code = "import signal, os, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv("
    body = ENTER.format(body="os.kill(os.getpid(), signal.SIGINT); time.sleep(0.1)")
    done = subprocess.run(
        [sys.executable, "-c", f"{code}sys.executable, [sys.executable, '-c', sys.argv[1]])", body],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
def test_is_a_signal_heard_again_when_the_first_was_lost():
    begin = time.monotonic()
    body = (
        "try: os.kill(os.getpid(), 15); time.sleep(9)\n"
        "    except Interrupted: pass\n"
        "    os.kill(os.getpid(), 2); time.sleep(5.2); os.kill(os.getpid(), 2); time.sleep(20)"
    )
    done = run(body)
    assert (done.returncode, done.stderr) == (143, "convcheck: interrupted\n")
    assert time.monotonic() - begin < 15


def test_does_the_result_stand_once_it_is_given():
    assert run("return 3").returncode == 3
    assert run("return None").returncode == 0
