"""Do arrays of every dtype that a model may take arrive through a pipe as they were sent?"""

import io

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.dtypes import DTYPES
from convcheck.runtimes import frames


def through_a_pipe(array):
    stream = io.BytesIO()
    frames.send(stream, frames.pack({"op": "x"}, {"a": array}))
    stream.seek(0)
    head, arrays = frames.read(stream)
    assert head == {"op": "x"}
    return arrays["a"]


@pytest.mark.parametrize("dtype", [*DTYPES, "bool"])
def test_is_each_dtype_carried(dtype):
    array = np.arange(6).reshape(2, 3).astype(getattr(ml_dtypes, dtype, dtype))
    back = through_a_pipe(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_does_a_signaling_nan_arrive_quiet():
    back = through_a_pipe(np.array([0x7FA00001, 0x80000000], np.uint32).view(np.float32))
    assert np.isnan(back.astype(np.float64)[0])  # a warning is an error in these tests
    assert np.signbit(back[1])
