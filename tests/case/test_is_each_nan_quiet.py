"""Is a signaling NaN, which files may hold, met without a warning, and every other number kept?"""

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.inputs import read_array
from convcheck.case.nans import with_quiet_nans

SIGNALING = {
    np.float16: (np.uint16, 0x7D01),
    ml_dtypes.bfloat16: (np.uint16, 0x7FA1),
    np.float32: (np.uint32, 0x7FA00001),
    np.float64: (np.uint64, 0x7FF4000000000001),
}
"""Dtype -> the integers of its width, and the bits of one."""


@pytest.mark.parametrize("dtype", SIGNALING, ids=lambda dtype: dtype.__name__)
def test_is_a_signaling_nan_made_quiet_and_nothing_else_changed(dtype):
    integers, bits = SIGNALING[dtype]
    others = np.array([-0.0, np.inf, -1.5, 0.0], dtype)
    array = np.concatenate([np.array([bits], integers).view(dtype), others])
    quiet = with_quiet_nans(array)
    assert quiet.dtype == array.dtype
    assert np.isnan(quiet[0])
    assert quiet[1:].tobytes() == others.tobytes()
    quiet.astype(np.float32).astype(np.float64).max()  # a warning is an error in these tests
    assert with_quiet_nans(others) is others


def test_would_one_warn_as_it_is():
    array = np.array([SIGNALING[np.float32][1]], np.uint32).view(np.float32)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        array.astype(np.float64)


def test_is_that_of_a_file_quiet(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([[SIGNALING[np.float32][1]]], np.uint32).view(np.float32))
    read_array(str(path), "input").astype(np.float64)
