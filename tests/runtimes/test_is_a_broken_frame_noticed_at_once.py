"""Does a frame arrive as it was sent, and is what is none noticed at once?"""

import struct

import numpy as np
import pytest

from convcheck.runtimes import frames


def test_is_a_broken_frame_noticed_at_once():
    class Stream:
        def __init__(self, data):
            self.data = data

        def readinto(self, space):
            some, self.data = self.data[: min(len(space), 7)], self.data[min(len(space), 7) :]
            space[: len(some)] = some
            return len(some)

    array = np.arange(6, dtype=">i2").reshape(3, 2)
    whole = b"".join(frames.pack({"a": 1}, {"x": array, "none": None}))
    head, arrays = frames.read(Stream(whole))
    assert head == {"a": 1}
    assert np.array_equal(arrays["x"], array)
    deep = b"[" * 100000
    for broken in (
        whole[:-1],
        b"x" + whole,
        b"",
        struct.pack("<4sQ", b"conv", 1 << 60),
        struct.pack("<4sQ", b"conv", len(deep)) + deep,
        whole.replace(b"int16", b"blob7"),
        whole.replace(b'"arrays"', b'"arroys"'),
    ):
        with pytest.raises(frames.BrokenFrame):
            frames.read(Stream(broken))
