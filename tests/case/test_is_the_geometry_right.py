"""Is the geometry the one that the frameworks document?"""

import itertools

import pytest

from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError


def reached(spec: ConvSpec, size: int) -> tuple[list[tuple[int, int, int]], int]:
    """Every (output, input, tap) that the definition of a padded convolution allows."""
    (axis,) = spec.axes((1, size, 1))
    if spec.transposed:
        triples = [
            (i * axis.stride + k * axis.dilation - axis.before, i, k)
            for i in range(size)
            for k in range(axis.taps)
        ]
    else:
        triples = [
            (o, o * axis.stride + k * axis.dilation - axis.before, k)
            for o in range(axis.out)
            for k in range(axis.taps)
        ]
    return [t for t in triples if 0 <= t[0] < axis.out and 0 <= t[1] < size], axis.out


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "expected"),
    [
        # The table of TensorFlow's notes on padding: 13 wide, a filter of 6, stride 5.
        (13, 6, 5, 1, ((1, 2), 3)),
        (4, 3, 2, 1, ((0, 1), 2)),
        (5, 3, 2, 1, ((1, 1), 3)),
        (10, 3, 1, 2, ((2, 2), 10)),
        (3, 1, 2, 1, ((0, 0), 2)),
    ],
)
def test_does_same_pad_where_tensorflow_says(size, kernel, stride, dilation, expected):
    spec = ConvSpec.make((kernel,), strides=stride, dilations=dilation)
    (axis,) = spec.axes((1, size, 1))
    assert ((axis.before, axis.after), axis.out) == expected


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_is_transposed_the_adjoint_of_forward(kernel, stride, dilation, padding):
    """A transposed convolution connects the same pairs as the forward one it is the gradient of."""
    small = 4
    transposed = ConvSpec.make(
        (kernel,), strides=stride, dilations=dilation, padding=padding, transposed=True
    )
    back, large = reached(transposed, small)
    forward = ConvSpec.make((kernel,), strides=stride, dilations=dilation, padding=padding)
    ahead, out = reached(forward, large)
    assert out == small
    assert {(o, i, k) for i, o, k in ahead} == set(back)


def test_does_output_padding_append_outputs():
    plain = ConvSpec.make((3,), strides=2, padding=1, transposed=True)
    padded = ConvSpec.make((3,), strides=2, padding=1, transposed=True, output_padding=1)
    assert plain.output_shape((1, 5, 1), (3, 1, 1)) == (1, 9, 1)  # torch's documented formula
    assert padded.output_shape((1, 5, 1), (3, 1, 1)) == (1, 10, 1)


@pytest.mark.parametrize(
    ("settings", "input_shape", "kernel_shape", "words"),
    [
        ({"groups": 2}, (1, 8, 8, 3), (3, 3, 1, 2), "groups=2 must divide the 3 input channels"),
        ({}, (1, 8, 8, 3), (3, 3, 2, 1), "takes 2 input channels"),
        ({}, (8, 8, 3), (3, 3, 3, 1), "reshape it to (1, 8, 8, 3)"),
        ({"padding": "valid"}, (1, 2, 8, 3), (3, 3, 3, 1), "does not fit into the 2 positions"),
        ({"padding": -1}, (1, 8, 8, 3), (3, 3, 3, 1), "negative"),
        ({"strides": 0}, (1, 8, 8, 3), (3, 3, 3, 1), "must be 1 or more"),
        ({"output_padding": 1}, (1, 8, 8, 3), (3, 3, 3, 1), "transposed"),
        (
            {"output_padding": 2, "strides": 2, "transposed": True},
            (1, 8, 8, 3),
            (3, 3, 1, 3),
            "below the stride 2",
        ),
        ({"groups": 3}, (1, 8, 8, 3), (3, 3, 1, 4), "try --filters 6"),
    ],
)
def test_does_a_senseless_shape_get_one_clear_line(settings, input_shape, kernel_shape, words):
    with pytest.raises(SpecError) as caught:
        ConvSpec.make(kernel_shape[:-2], **settings).output_shape(input_shape, kernel_shape)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_does_one_number_stand_for_every_axis():
    for rank, value in itertools.product((1, 2, 3), (1, 2)):
        spec = ConvSpec.make((3,) * rank, strides=value, padding=value, dilations=value)
        assert spec == ConvSpec.make(
            (3,) * rank,
            strides=(value,) * rank,
            padding=((value, value),) * rank,
            dilations=(value,) * rank,
        )
