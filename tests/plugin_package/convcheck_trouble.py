"""Four implementations: one that is right, three that are not."""

import os
import signal
import time

import numpy as np

from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes


def versions():
    return {"convcheck-trouble": "1.2.3"}


def convolve(case):
    """A convolution, stride 1, as anybody would write it."""
    padded = np.pad(case.input, [(0, 0), *case.pads, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, case.spec.kernel_size, (1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, case.kernel)


class Right:
    versions = staticmethod(versions)

    @staticmethod
    def compute(case, name):
        """Right, unless it is asked to add something: ``?add=0.001``."""
        array = convolve(case) + case.input.dtype.type(name.option("add", "0"))
        given = Dtypes(
            input=case.input.dtype.name,
            kernel=case.kernel.dtype.name,
            compute=array.dtype.name,
            output=array.dtype.name,
        )
        return Computed(array=array, call="convcheck_trouble.Right", dtypes=given, device="abacus")

    @staticmethod
    def gradient(asked, name):
        """Of a bias alone."""
        if asked.kind != "bias-gradient":
            raise NotImplementedError("of a bias alone")
        g = asked.output_gradient
        array = g.sum(tuple(range(g.ndim - 1)))
        return Computed(array=array, call="convcheck_trouble.Right", dtypes=Dtypes())


class Crashes:
    versions = staticmethod(versions)

    @staticmethod
    def compute(case, name):
        os.write(2, b"goodbye, world\n")
        os.kill(os.getpid(), signal.SIGSEGV)


class Sleeps:
    versions = staticmethod(versions)

    @staticmethod
    def compute(case, name):
        while True:
            time.sleep(1)


class Prints:
    versions = staticmethod(versions)

    @staticmethod
    def compute(case, name):
        print("printing, printing")
        os.write(1, b"\0\xff writing to stdout, \x1b[31m in red\n" * 1000)
        array = convolve(case)[:, 1:]
        return Computed(array=array, call="convcheck_trouble.Prints", dtypes=Dtypes())
