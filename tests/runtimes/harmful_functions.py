"""Functions that a user might hand to ``python:harmful_functions:NAME``; most of them do harm.

Tests run them in runtimes, from this folder. ``right`` is a convolution with a 1x1 kernel.
"""

import ctypes
import os
import resource
import signal
import struct
import subprocess
import sys
import time

import numpy as np


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
