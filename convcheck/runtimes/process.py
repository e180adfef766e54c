"""One runtime's process: started, spoken to, watched, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcheck.errors import ConvcheckError
from convcheck.runtimes import frames

if TYPE_CHECKING:
    from convcheck.results import Array

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_LAST_WORDS = 12  # lines of its stderr that are kept


class Died(ConvcheckError):
    """The process ended, or was ended, while it was being spoken to."""

    def __init__(self, message: str, *, timed_out: bool) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Process:
    """A worker in its own session, so that it and whatever it starts can be ended together."""

    def __init__(self, python: str, environment: dict[str, str], *, verbose: bool) -> None:
        """Start it; this returns at once. Raises OSError where the interpreter cannot start."""
        quiet = {} if verbose else {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3"}
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._verbose = verbose
        self._timed_out = False
        self._popen = subprocess.Popen(
            [python, str(_BOOTSTRAP)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **quiet, **environment},
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def send(self, head: dict[str, Any], arrays: dict[str, Array | None] | None = None) -> None:
        """Send a frame that gets no reply. Raises Died."""
        assert self._popen.stdin is not None
        try:
            frames.write(self._popen.stdin, head, arrays)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            raise self._died() from error

    def ask(self, head: dict[str, Any], seconds: float) -> tuple[dict[str, Any], dict[str, Array]]:
        """Send a frame and wait for its reply. Raises Died, also when it takes too long."""
        assert self._popen.stdout is not None
        watchdog = threading.Timer(seconds, self._time_out)
        watchdog.daemon = True
        watchdog.start()
        try:
            self.send(head)
            return frames.read(self._popen.stdout)  # type: ignore[arg-type]
        except frames.BrokenFrame as error:
            raise self._died() from error
        finally:
            watchdog.cancel()

    def end(self) -> None:
        """End it and all that it started; harmless when it has gone already."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=10)
        self._listener.join(timeout=1)
        for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.close()  # type: ignore[union-attr]

    def _time_out(self) -> None:
        self._timed_out = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)

    def _died(self) -> Died:
        """Why the pipe broke. A process that only garbled its frames is ended here."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=1)
        how = _how(self._popen.poll())
        self.end()
        words = [line for line in self._words if line.strip()]
        if words:
            how += "; its last words: " + " / ".join(words[-3:])
        return Died(how, timed_out=self._timed_out)

    def _listen(self) -> None:
        assert self._popen.stderr is not None
        for line in self._popen.stderr:
            text = line.decode(errors="replace")
            self._words.append(text.strip())
            if self._verbose:
                sys.stderr.write(text)


def _how(code: int | None) -> str:
    if code is None:
        return "sent something that is no answer"
    if code == -signal.SIGKILL:
        return "was killed (SIGKILL), perhaps for want of memory"
    if code < 0:
        return f"died with {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
