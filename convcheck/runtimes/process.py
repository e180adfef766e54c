"""One worker process: started, sent requests, watched and ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from io import RawIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from convcheck.errors import ConvcheckError
from convcheck.runtimes import family, frames
from convcheck.runtimes.pipe import DeadlineExceeded, Pipe
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
NO_ANSWER = "sent something that is no answer"
_PIPE_BYTES = 1 << 20
"""Most that a process without privileges may ask for, unless the system is told otherwise."""
_STDERR_KEPT = 8192
"""Bytes from the end of a worker's stderr that are kept."""
_STDERR_REPORTED = 3
"""Lines of them that a message quotes."""
_OUR_PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR")
"""Variables that would lead another Python to our packages."""


class WorkerDied(ConvcheckError):
    """The worker ended, or was ended, before it replied."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Process:
    """A worker in its own session, so that it and whatever it starts can be ended together."""

    def __init__(
        self, python: str, environment: dict[str, str], folder: str, *, verbose: bool
    ) -> None:
        """Start it, with its temporary files in a new folder below ``folder``.

        This returns at once. Raises OSError where the interpreter cannot start.
        """
        self._verbose = verbose
        self._stderr_tail = b""
        self._pipe_lock = threading.Lock()
        self._ended = False
        self._held_first: int | None = None
        self._asked = 0
        self._scratch = tempfile.mkdtemp(dir=folder)
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
        for end in (self._popen.stdin, self._popen.stdout):
            _widen(end)
        # Unbuffered pipes are raw streams, which Popen's annotations do not say.
        to, back = cast(RawIOBase, self._popen.stdin), cast(RawIOBase, self._popen.stdout)
        self._pipe = Pipe(to, back, lambda: self.alive)
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_reader.start()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def grown(self) -> int:
        """Bytes that it holds beyond those when this was first asked; 0 where nothing tells."""
        try:
            pages = int(Path(f"/proc/{self._popen.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):  # it has ended, or this is not Linux
            return 0
        held = pages * os.sysconf("SC_PAGE_SIZE")
        if self._held_first is None:
            self._held_first = held
        return held - self._held_first

    def notify(self, head: dict[str, Any]) -> None:
        """Send a short frame that gets no reply. That a worker has ended shows in ``ask``."""
        with self._pipe_lock, contextlib.suppress(OSError, ValueError, DeadlineExceeded):
            self._pipe.deadline = time.monotonic() + 1
            frames.send(self._pipe, frames.pack(head))

    def ask(
        self,
        seconds: float,
        head: dict[str, Any],
        arrays: dict[str, Array | None] | None = None,
        *,
        most_bytes: int = 0,
        late: str = "gave no answer",
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        """Send a frame and wait for its reply.

        Raises WorkerDied where none comes within ``seconds``; the process is ended then, and
        ``late`` begins the message. A reply's arrays have at most ``most_bytes`` in all.
        """
        try:
            with self._pipe_lock:
                self._pipe.deadline = time.monotonic() + seconds
                self._asked += 1
                frames.send(self._pipe, frames.pack({**head, "id": self._asked}, arrays))
                reply, back = frames.read(self._pipe, most_bytes)
                if reply.pop("id", None) != self._asked:
                    raise frames.BrokenFrame("a reply to nothing that was asked")
                return reply, back
        except DeadlineExceeded as error:
            how = f"{late} within {seconds:g} s"
            raise self._ended_worker(how, timed_out=True) from error
        except (frames.PipeClosed, OSError, ValueError) as error:
            how = "closed its pipe without an answer"
            raise self._ended_worker(how, wait=3) from error
        except frames.BrokenFrame as error:
            how = f"{NO_ANSWER} ({clean(error, 150)})"
            raise self._ended_worker(how, wait=0.2) from error

    def kill(self) -> None:
        """Send SIGKILL to it and all that it started, without waiting for their end."""
        if self._ended:
            return
        others = family.descendants(self._popen.pid) if self.alive else set()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        for pid in others:
            family.kill(pid)

    def end(self) -> None:
        """End it and all that it started; harmless when it has ended already."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=10)
        if not self._ended:
            family.end_marked(self._scratch)
        self._ended = True  # its process id may be another's from here on
        self._stderr_reader.join(timeout=1)
        with self._pipe_lock:
            self._pipe.close()
        assert self._popen.stderr is not None
        self._popen.stderr.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _ended_worker(self, how: str, *, wait: float = 0.0, timed_out: bool = False) -> WorkerDied:
        """The error that says why there is no reply. The process is ended here in any case.

        ``how`` is said of one that has not ended by itself within ``wait`` seconds.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            how = _how_it_ended(self._popen.wait(timeout=wait))
        self.end()
        lines = _last_lines(self._stderr_tail.rpartition(frames.END_OF_REQUEST)[2])
        message = f"{how}; its last stderr lines: {lines}" if lines else how
        return WorkerDied(message, timed_out=timed_out)

    def _read_stderr(self) -> None:
        """Keep the end of stderr, however much is written and wherever its lines end."""
        stderr = self._popen.stderr
        assert stderr is not None
        with contextlib.suppress(OSError, ValueError):  # ``end`` closes it meanwhile
            while chunk := stderr.read(1 << 16):
                self._stderr_tail = (self._stderr_tail + chunk)[-_STDERR_KEPT:]
                if self._verbose:
                    text = chunk.replace(frames.END_OF_REQUEST, b"").decode(errors="replace")
                    sys.stderr.write(text)
                    sys.stderr.flush()


def _widen(end: IO[bytes] | None) -> None:
    """Let a pipe hold more, so that arrays take fewer turns; as it is where the system refuses."""
    if end is not None and hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
        with contextlib.suppress(OSError):
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _environment(python: str, scratch: str, *, verbose: bool) -> dict[str, str]:
    """A worker's environment: ours, except what would lead another Python to our packages."""
    quiet = {} if verbose else {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3"}
    own = dict(os.environ)
    if python != sys.executable:
        own = {key: value for key, value in own.items() if key not in _OUR_PYTHON}
    return quiet | own | {"PYTHONUNBUFFERED": "1", "TMPDIR": scratch}


def _last_lines(stderr: bytes) -> str:
    """The last lines in one, without escape sequences and other unprintable characters."""
    lines = [clean(line, 200) for line in stderr.decode(errors="replace").splitlines()]
    return " / ".join([line for line in lines if line][-_STDERR_REPORTED:])


def _how_it_ended(code: int) -> str:
    """A process's end in words, from its exit code."""
    if code == -signal.SIGKILL:
        return "was killed (SIGKILL), perhaps for want of memory"
    if code < 0:
        known = {s.value: s.name for s in signal.Signals}
        return f"died with {known.get(-code, f'signal {-code}')}"
    return f"ended with exit code {code}"
