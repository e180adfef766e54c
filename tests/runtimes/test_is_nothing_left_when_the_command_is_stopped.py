"""Is nothing left when the command is stopped: no process, no file, no traceback?"""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.runtimes.processes import marked, wait_until

HERE = Path(__file__).parent
# A test run in the background may ignore SIGINT, and children inherit that. A function that runs
# between fork and exec could undo it too, but a framework in this process may forbid to fork.
HEARS_SIGINT = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
HARMLESS_MODULE = (HERE / "harmful_functions.py").read_text()


@pytest.fixture
def started(tmp_path):
    """Start the command in a folder of its own; all that it starts carries ``started.mark``."""

    class Started:
        mark = f"CONVCHECK_TESTS_MARK={uuid.uuid4().hex}"
        work, scratch = tmp_path / "work", tmp_path / "scratch"
        sleeping = tmp_path / "sleeping"

        def __call__(self, *arguments):
            self.work.mkdir()
            self.scratch.mkdir()
            (self.work / "harmful_functions.py").write_text(HARMLESS_MODULE)
            variable, value = self.mark.split("=")
            environment = {variable: value, "TMPDIR": str(self.scratch), "SLEEPS": self.sleeping}
            self.command = subprocess.Popen(
                [sys.executable, "-c", HEARS_SIGINT, "-m", "convcheck", "compare", *arguments],
                env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=self.work,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            return self.command

        def files(self):
            left = [*self.scratch.iterdir(), *self.work.iterdir()]
            return sorted(path.name for path in left if path.name != "harmful_functions.py")

    running = Started()
    yield running
    for process in marked(running.mark):
        os.kill(process, signal.SIGKILL)
    running.command.communicate()


ARGUMENTS = ("--input", "random", "--kernel-size", "1", "--format", "json")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("function", ["sleeps", "sleeps_holding_the_interpreter"])
def test_does_an_interruption_end_all_with_one_line(started, how, function):
    command = started(*ARGUMENTS, "-i", f"python:harmful_functions:{function}", "-i", "numpy")
    assert wait_until(started.sleeping.exists)
    assert len(marked(started.mark)) >= 3
    command.send_signal(how)
    stdout, stderr = command.communicate(timeout=20)
    assert (command.returncode, stdout, stderr) == (128 + how, "", "convcheck: interrupted\n")
    assert marked(started.mark) == []
    assert started.files() == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_does_an_interruption_end_a_framework_that_is_starting(started, how):
    command = started(*ARGUMENTS, "-i", "tf", "-i", "keras")
    assert wait_until(lambda: len(marked(started.mark)) > 1)
    command.send_signal(how)
    stdout, stderr = command.communicate(timeout=20)
    assert (command.returncode, stdout, stderr) == (128 + how, "", "convcheck: interrupted\n")
    assert marked(started.mark) == []
    assert started.files() == []


@pytest.mark.parametrize("function", ["sleeps", "sleeps_holding_the_interpreter"])
def test_do_workers_end_when_the_command_is_killed(started, function):
    command = started(*ARGUMENTS, "-i", f"python:harmful_functions:{function}")
    assert wait_until(started.sleeping.exists)
    command.kill()
    command.wait()
    assert wait_until(lambda: not marked(started.mark), 5)


def test_would_a_process_that_is_left_be_noticed(started):
    command = started(*ARGUMENTS, "-i", "python:harmful_functions:sleeps")
    assert wait_until(started.sleeping.exists)
    os.kill(command.pid, signal.SIGSTOP)
    assert len(marked(started.mark)) == 2
    os.kill(command.pid, signal.SIGKILL)


def test_is_nothing_left_after_a_hang_that_started_others(started):
    function = "python:harmful_functions:starts_a_sleeper"
    command = started(*ARGUMENTS, "-i", function, "--timeout", "2")
    command.communicate(timeout=30)
    assert command.returncode == 3
    assert marked(started.mark) == []
    assert started.files() == []


def test_is_a_reader_that_goes_away_no_accident(started):
    command = started(*ARGUMENTS, "-i", "numpy")
    command.stdout.close()
    command.stdout = None
    _, stderr = command.communicate(timeout=30)
    assert stderr == ""
    assert command.returncode == 0
    assert marked(started.mark) == []
    assert started.files() == []


@pytest.mark.parametrize(
    ("function", "exit_code"),
    [
        ("leaves_a_daemon", 0),
        ("leaves_a_daemon_with_another_tmpdir", 0),
        ("leaves_a_daemon_and_crashes", 3),
        pytest.param("leaves_a_daemon_and_sleeps", 3, marks=pytest.mark.slow),
    ],
)
def test_is_a_daemon_ended_that_a_function_left(started, function, exit_code):
    name = f"python:harmful_functions:{function}"
    command = started(*ARGUMENTS, "-i", name, "--timeout", "3")
    assert wait_until(started.sleeping.exists)
    command.communicate(timeout=30)
    assert command.returncode == exit_code
    assert marked(started.mark) == []
    assert started.files() == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_does_the_next_command_remove_what_a_killed_one_left(started, how):
    name = "python:harmful_functions:leaves_a_daemon_and_sleeps"
    command = started(*ARGUMENTS, "-i", name)
    assert wait_until(started.sleeping.exists)
    command.send_signal(how)
    command.wait()
    assert started.files()
    other = subprocess.run(
        [sys.executable, "-m", "convcheck", "compare", *ARGUMENTS, "-i", "numpy"],
        env={**os.environ, "TMPDIR": str(started.scratch)},
        cwd=started.work,
        capture_output=True,
        check=True,
    )
    assert other.stderr == b""
    assert started.files() == []
    assert marked(started.mark) == []
