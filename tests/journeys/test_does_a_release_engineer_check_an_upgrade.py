"""A release engineer: record here, verify there, and let known differences pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import User

CASE = ("--input", "random", "--kernel", "random", "--filters", "8", "--kernel-size", "3")
PADDED = """
import numpy as np

x, k = np.load("x.npy"), np.load("k.npy")
{fix}
wide = np.pad(x, ((0, 0), *pads, (0, 0))).astype("f8")
y = sum(wide[:, i : i + 13 : 2, j : j + 13 : 2] @ k[i, j] for i in range(3) for j in range(3))
np.save("ours.npy", y.astype("f4"))
"""
ARRAYS = """
import numpy as np

rng = np.random.default_rng(0)
np.save("x.npy", rng.standard_normal((1, 14, 14, 3)).astype("f4"))
np.save("k.npy", rng.standard_normal((3, 3, 3, 4)).astype("f4"))
"""


@pytest.mark.slow
def test_do_exit_codes_tell_an_upgrade_that_rounds_otherwise(
    user: User, needs: Callable[..., object]
) -> None:
    needs("tf")
    saved = user.asks("compare", *CASE, "-i", "tf", "--save", "before.npz")
    assert saved.code == 0
    same = user.asks("verify", "before.npz")
    assert (same.code, same.headline) == (0, "IDENTICAL")
    plain = user.asks("verify", "before.npz", TF_ENABLE_ONEDNN_OPTS="0")
    assert plain.code == 0
    strict = user.asks("verify", "before.npz", "--identical", TF_ENABLE_ONEDNN_OPTS="0")
    rounded = plain.headline == "EQUAL UP TO ROUNDING"  # where the processor has oneDNN
    assert (strict.code, strict.headline) == (
        (1, "LIMIT EXCEEDED") if rounded else (0, "IDENTICAL")
    )
    other = user.asks("verify", "before.npz", "-i", "tf?mode=graph", "-i", "numpy")
    assert other.code == 0


@pytest.mark.slow
def test_is_a_known_difference_accepted_and_another_not(user: User) -> None:
    """Recorded by an engine that pads the other side; NumPy needs no framework's start."""
    user.runs(ARRAYS)
    user.runs(PADDED.replace("{fix}", "pads = ((1, 0), (1, 0))"))
    command = ("compare", "--input", "x.npy", "--kernel", "k.npy", "--strides", "2")
    command += ("-i", "file:ours.npy", "-i", "numpy")
    failed = user.asks(*command, "--save", "known.npz")
    assert (failed.code, failed.headline, failed.cause) == (1, "DIFFERENT", "same-padding-side")
    passed = user.asks(*command, "--accept", "same-padding-side")
    assert (passed.code, passed.headline) == (0, "ACCEPTED")
    assert user.asks(*command, "--accept", "kernel-flip").code == 1
    # What was recorded of NumPy is the same here.
    assert user.asks("verify", "known.npz").code == 0
    # And the fix: as many zeros as it says, before and after each axis.
    words = failed.of("fix")[0].partition("pad ")[2].partition(" zeros")[0]
    pads = tuple(tuple(map(int, pair.split(":"))) for pair in words.split(", "))
    user.runs(PADDED.replace("{fix}", f"pads = {pads}"))
    assert user.asks(*command).code == 0
