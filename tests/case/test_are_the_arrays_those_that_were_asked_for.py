"""Are the arrays those that their names promise?"""

import numpy as np
import pytest
from PIL import Image

from convcheck.case import inputs
from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.errors import UsageError


@pytest.mark.parametrize("name", ["china", "flower"])
def test_is_the_image_the_one_that_scikit_learn_loads(name):
    from sklearn.datasets import load_sample_image

    theirs = load_sample_image(f"{name}.jpg") / 255
    ours = inputs.read_image(name)
    assert ours.dtype == theirs.dtype == np.float64
    assert np.array_equal(ours[0], theirs)


def test_is_a_grey_picture_one_channel(tmp_path):
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    image = inputs.read_image(str(tmp_path / "grey.png"))
    assert image.shape == (1, 3, 4, 1)
    assert np.array_equal(image[0, ..., 0], pixels / 255)


def test_does_each_role_have_a_stream_of_its_own():
    draws = [inputs.random(role, (50,), 0) for role in ("input", "kernel", "bias")]
    assert len({draw.tobytes() for draw in draws}) == 3
    assert np.array_equal(draws[0], inputs.random("input", (50,), 0))
    assert not np.array_equal(draws[0], inputs.random("input", (50,), 1))


def test_is_a_random_input_cast_after_it_is_drawn():
    case = build(Request(input="random", input_shape=(1, 4, 4, 2), kernel_size=(3,)))
    assert case.input.dtype == np.float32
    drawn = inputs.random("input", (1, 4, 4, 2), 0)
    assert np.array_equal(case.input, drawn.astype(np.float32))


def test_is_a_pickled_array_refused(tmp_path):
    path = tmp_path / "evil.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match="cannot read the input"):
        inputs.read_array(str(path), "input")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"input_shape": (1, 2, 2, 1)}, "--input-shape goes with --input random"),
        ({"kernel": "k.npy", "filters": 2}, "--filters goes with a kernel that convcheck makes"),
        ({"kernel": "xyzzy"}, "known are ones, zeros, random"),
        ({"input": "missing.npy"}, "there is no such file"),
        ({"input": "missing.png"}, "there is no such file"),
        ({"groups": 2}, "groups=2 must divide the 3 input channels"),
        ({"groups": 3, "filters": 4}, "try --filters 6"),
    ],
)
def test_is_a_wrong_request_told_in_one_line(settings, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        build(Request(**settings))
    assert words in str(caught.value)


def test_does_the_rank_come_from_the_input():
    for shape, rank in (((1, 9, 2), 1), ((1, 9, 9, 2), 2), ((1, 9, 9, 9, 2), 3)):
        assert build(Request(input="random", input_shape=shape)).spec.rank == rank


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32"])
def test_does_a_picture_keep_its_numbers_in_an_integer_dtype(dtype):
    """Divided by 255 first, they would be 0 and 1."""
    whole = build(Request(input="china", input_dtype=dtype)).input
    assert whole.dtype == dtype
    assert np.array_equal(whole, np.rint(inputs.read_image("china") * 255))


def test_is_an_integer_dtype_refused_that_does_not_hold_a_picture():
    with pytest.raises(UsageError, match=r"up to 255, and int8 none above 127; .* uint8"):
        build(Request(input="china", input_dtype="int8"))
