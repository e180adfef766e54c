"""One runtime's process: started, spoken to, watched, ended."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcheck.errors import ConvcheckError
from convcheck.runtimes import frames
from convcheck.runtimes.pipe import Late, Pipe

if TYPE_CHECKING:
    from convcheck.results import Array

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_KEPT = 8192  # bytes of its stderr
_LAST_WORDS = 3  # lines of them that are told
_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR")


class Died(ConvcheckError):
    """The process ended, or was ended, while it was being spoken to."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Process:
    """A worker in its own session, so that it and whatever it starts can be ended together."""

    def __init__(self, python: str, environment: dict[str, str], *, verbose: bool) -> None:
        """Start it; this returns at once. Raises OSError where the interpreter cannot start."""
        self._verbose = verbose
        self._words = b""
        self._talking = threading.Lock()
        self._ended = False
        self._scratch = tempfile.mkdtemp(prefix="convcheck-")
        try:
            self._popen = subprocess.Popen(
                [python, str(_BOOTSTRAP)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=_environment(python, self._scratch, verbose=verbose) | environment,
                start_new_session=True,
            )
        except OSError:
            os.rmdir(self._scratch)
            raise
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._pipe = Pipe(self._popen.stdin, self._popen.stdout, lambda: self.alive)  # type: ignore[arg-type]
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def tell(self, head: dict[str, Any]) -> None:
        """Send a short frame that gets no reply. A process that has gone is found when asked."""
        with self._talking, contextlib.suppress(OSError, ValueError, Late):
            self._pipe.deadline = time.monotonic() + 1
            frames.send(self._pipe, frames.pack(head))

    def ask(
        self, seconds: float, head: dict[str, Any], arrays: dict[str, Array | None] | None = None
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        """Send a frame and wait for its reply. Raises Died, also when it takes too long."""
        try:
            with self._talking:
                self._pipe.deadline = time.monotonic() + seconds
                frames.send(self._pipe, frames.pack(head, arrays))
                return frames.read(self._pipe)
        except Late as error:
            raise self._died(f"gave no answer within {seconds:g} s", timed_out=True) from error
        except (frames.BrokenFrame, OSError, ValueError) as error:
            raise self._died() from error

    def kill(self) -> None:
        """Have it and all that it started end, without waiting for that."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if not self._ended:
                os.killpg(self._popen.pid, signal.SIGKILL)

    def end(self) -> None:
        """End it and all that it started; harmless when it has gone already."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=10)
        self._ended = True  # its number may be another's from here on
        self._listener.join(timeout=1)
        with self._talking:
            self._pipe.close()
        assert self._popen.stderr is not None
        self._popen.stderr.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _died(self, how: str | None = None, *, timed_out: bool = False) -> Died:
        """Why there is no answer. The process ends here, whatever it was that it did."""
        if how is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(timeout=1)
            how = _how(self._popen.poll())
        self.end()
        words = _last(self._words.rpartition(frames.OVER)[2])
        return Died(f"{how}; its last words: {words}" if words else how, timed_out=timed_out)

    def _listen(self) -> None:
        """Keep the end of what it says; however much it is, and wherever its lines end."""
        stderr = self._popen.stderr
        assert stderr is not None
        with contextlib.suppress(OSError, ValueError):  # closed under our hands
            while chunk := stderr.read(1 << 16):
                self._words = (self._words + chunk)[-_KEPT:]
                if self._verbose:
                    sys.stderr.write(chunk.replace(frames.OVER, b"").decode(errors="replace"))
                    sys.stderr.flush()


def _environment(python: str, scratch: str, *, verbose: bool) -> dict[str, str]:
    """A worker's environment: ours, but for what would lead another Python to our packages."""
    quiet = {} if verbose else {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3"}
    own = dict(os.environ)
    if python != sys.executable:
        own = {key: value for key, value in own.items() if key not in _OURS}
    return quiet | own | {"PYTHONUNBUFFERED": "1", "TMPDIR": scratch}


def _last(words: bytes) -> str:
    """The last lines, without what would play tricks on a terminal."""
    plain = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", words.decode(errors="replace"))
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in plain.splitlines()]
    kept = [" ".join(line.split())[:200] for line in lines if line.strip()]
    return " / ".join(kept[-_LAST_WORDS:])


def _how(code: int | None) -> str:
    if code is None:
        return "sent something that is no answer"
    if code == -signal.SIGKILL:
        return "was killed (SIGKILL), perhaps for want of memory"
    if code < 0:
        known = {s.value: s.name for s in signal.Signals}
        return f"died with {known.get(-code, f'signal {-code}')}"
    return f"ended with exit code {code}"
