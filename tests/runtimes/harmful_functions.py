"""Functions that a user might hand to ``python:harmful_functions:NAME``; most of them do harm.

Tests run them in runtimes, from this folder. ``right`` is a convolution with a 1x1 kernel.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time

import numpy as np

from convcheck.runtimes import frames


def right(x, kernel, **_):
    return x @ kernel[0, 0]


def crashes(x, kernel, **_):
    os.kill(os.getpid(), signal.SIGSEGV)


def is_killed(x, kernel, **_):
    os.kill(os.getpid(), signal.SIGKILL)


def speaks_and_aborts(x, kernel, **_):
    sys.stderr.write("an old line\nTraceback, perhaps\n\x1b[31mout of cheese\x1b[0m\x07\n\n")
    os.abort()


def chatters_and_aborts(x, kernel, **_):
    for _ in range(200):
        os.write(2, b"\r10 %" * 10000)  # a progress bar: megabytes and never a newline
    os.write(2, b"\rtrailing words")
    os.abort()


def leaves(x, kernel, **_):
    os._exit(3)


def exits(x, kernel, **_):
    sys.exit(3)


def interrupts(x, kernel, **_):
    raise KeyboardInterrupt


def raises_its_own(x, kernel, **_):
    class Odd(BaseException):
        pass

    raise Odd("neither error nor exit")


def wants_memory(x, kernel, **_):
    resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))
    return np.ones(1 << 34)


def sleeps(x, kernel, **_):
    if "SLEEPS" in os.environ:
        open(os.environ["SLEEPS"], "w").close()
    while True:
        time.sleep(1)


def sleeps_holding_the_interpreter(x, kernel, **_):
    open(os.environ["SLEEPS"], "w").close()
    ctypes.PyDLL(None).pause()  # PyDLL keeps the lock: no other thread of Python runs


def starts_a_sleeper(x, kernel, **_):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    return sleeps(x, kernel)


def _sleeper_in_its_own_session(environment):
    """A daemon as programs make one: a child's child, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-c", SLEEP], environment)
        os._exit(0)
    while not os.path.exists(os.environ["SLEEPS"]):
        time.sleep(0.01)


SLEEP = "import os, time; open(os.environ['SLEEPS'], 'w').close(); time.sleep(100)"


def leaves_a_daemon(x, kernel, **_):
    _sleeper_in_its_own_session(dict(os.environ))
    return right(x, kernel)


def leaves_a_daemon_with_another_tmpdir(x, kernel, **_):
    _sleeper_in_its_own_session({**os.environ, "TMPDIR": "/tmp"})
    return right(x, kernel)


def leaves_a_daemon_and_crashes(x, kernel, **_):
    _sleeper_in_its_own_session(dict(os.environ))
    return crashes(x, kernel)


def leaves_a_daemon_and_sleeps(x, kernel, **_):
    _sleeper_in_its_own_session(dict(os.environ))
    time.sleep(100)


def _to_every_pipe(data):
    for number in range(3, 64):
        try:
            os.write(number, data)
        except OSError:
            continue


def garbles(x, kernel, **_):
    _to_every_pipe(b"I print where I like\n")
    return right(x, kernel)


def garbles_with_a_huge_head(x, kernel, **_):
    _to_every_pipe(struct.pack("<4sQ", b"conv", 1 << 60))
    return right(x, kernel)


def garbles_with_a_huge_array(x, kernel, **_):
    head = b'{"arrays": [["output", "object", [4]]]}'
    _to_every_pipe(struct.pack("<4sQ", b"conv", len(head)) + head)
    return right(x, kernel)


def garbles_with_a_strange_answer(x, kernel, **_):
    head = b'{"call": 1, "arrays": []}'
    _to_every_pipe(struct.pack("<4sQ", b"conv", len(head)) + head)
    return right(x, kernel)


def sends_half_an_answer(x, kernel, **_):
    _to_every_pipe(struct.pack("<4sQ", b"conv", 100) + b'{"call":')
    return sleeps(x, kernel)


def closes_everything(x, kernel, **_):
    os.closerange(0, 256)
    return right(x, kernel)


def closes_its_own(x, kernel, **_):
    sys.stdout.close()
    sys.stderr.close()
    return right(x, kernel)


def forks_and_both_return(x, kernel, **_):
    os.fork()
    return right(x, kernel)


def leaves_a_child_and_crashes(x, kernel, **_):
    if os.fork() == 0:
        os.setsid()  # holds our pipes, and is out of reach of a signal to our group
        time.sleep(15)
        os._exit(0)
    return crashes(x, kernel)


def prints(x, kernel, **_):
    print("to stdout", flush=True)
    os.write(1, b"\x00to stdout, raw" * 10000)
    libc = ctypes.CDLL(None)
    libc.puts(b"to stdout, from C")
    libc.fflush(None)
    assert sys.stdin.read() == ""
    return right(x, kernel)


def gives_other_byte_order(x, kernel, **_):
    y = right(x, kernel)
    return y.astype(y.dtype.newbyteorder())


def gives_a_strided_view(x, kernel, **_):
    return np.repeat(right(x, kernel), 2, axis=-1)[..., ::2]


def gives_none(x, kernel, **_):
    return None


def gives_a_list(x, kernel, **_):
    return right(x, kernel).tolist()


def gives_objects(x, kernel, **_):
    return right(x, kernel).astype(object)


def gives_complex(x, kernel, **_):
    return right(x, kernel).astype(complex)


def writes_into_its_input(x, kernel, **_):
    x += 1
    return right(x, kernel)


def makes_its_input_writable(x, kernel, **_):
    x.setflags(write=True)
    return writes_into_its_input(x, kernel)


def _write(array):
    """Past NumPy, by the address."""
    ctypes.memset(array.ctypes.data, 0x3F, array.nbytes)


def writes_past_numpy(x, kernel, **_):
    _write(x)
    return right(x, kernel)


def writes_into_its_kernel_and_raises(x, kernel, **_):
    _write(kernel)
    raise OSError("a reason of its own")


def writes_at_the_base(x, kernel, **_):
    while isinstance(x.base, np.ndarray):
        x = x.base
    x.base.obj[:] = 0
    return right(x, kernel)


def gives_far_too_much(x, kernel, **_):
    return np.zeros((2048, 2048))


def gives_too_much(x, kernel, **_):
    return np.repeat(right(x, kernel), 2, axis=1)


def _lies(**lie):
    """Have this worker's next reply say something else."""
    pack = frames.pack

    def lying(head, arrays=None):
        frames.pack = pack
        told = {**head, **lie}
        pieces = pack({key: told[key] for key in told if told[key] != "nothing"}, arrays)
        if "arrays" in lie:
            head = json.dumps({**head, **lie}).encode()
            pieces = [memoryview(struct.pack("<4sQ", b"conv", len(head)) + head)]
        return pieces

    frames.pack = lying


LIES = {
    "compute": {"dtypes": {"input": None, "kernel": None, "compute": 7, "output": None}},
    "format": {"dtypes": {"input": None, "kernel": None, "compute": "real", "output": None}},
    "no_dtypes": {"dtypes": 3},
    "call": {"call": ["tf"]},
    "no_call": {"call": "nothing"},
    "versions": {"versions": {"numpy": 2}},
    "seconds": {"seconds": float("nan")},
    "fixes": {"fixes": "none"},
    "device": {"device": {}},
    "name": {"name": "tf"},
    "error": {"error": {"deep": []}},
    "status": {"error": "so", "status": "exact"},
    "number": {"id": 77},
    "huge": {"arrays": [["output", "float32", [10**12]]]},
    "negative": {"arrays": [["output", "float32", [-4, 8]]]},
    "fraction": {"arrays": [["output", "float32", [1.5]]]},
    "many_axes": {"arrays": [["output", "float32", [1] * 99]]},
    "another": {"arrays": [["other", "float32", [0]], ["output", "float32", [0]]]},
}


def __getattr__(name):
    if not name.startswith("lies_about_") or name[11:] not in LIES:
        raise AttributeError(name)

    def lies(x, kernel, **_):
        _lies(**LIES[name[11:]])
        return right(x, kernel)

    return lies
