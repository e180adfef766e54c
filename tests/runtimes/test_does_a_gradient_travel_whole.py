"""Does a gradient reach its worker as it was asked for, and does harm there cost its row alone?"""

from collections.abc import Callable

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import GRADIENTS, INPUT_GRADIENT, KERNEL_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.quantized.any_case import arrays_of, wanted_shape
from convcheck.results import Status
from convcheck.runtimes import messages
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.intact import checksum
from tests.case.gradients_by_definition import exact_gradient, wanted
from tests.implementations.conftest import needs as needs
from tests.implementations.small_cases import CASES

Needs = Callable[[str], object]


@pytest.mark.parametrize("kind", GRADIENTS)
@pytest.mark.parametrize("label", ["bias", "transposed, groups", "bfloat16", "NCHW, groups"])
def test_does_a_gradient_come_back_out_of_its_message(label, kind):
    case = CASES[label]
    g = np.arange(np.prod(case.output_shape)).reshape(case.output_shape)
    asked = Gradient(kind, case, g.astype(case.input.dtype))
    head, arrays = messages.case_to_message(asked)
    back = messages.any_case_from_message(head, {k: a for k, a in arrays.items() if a is not None})
    assert isinstance(back, Gradient)
    assert (back.kind, back.shape, wanted_shape(back)) == (kind, asked.shape, asked.shape)
    assert (back.forward.spec, back.forward.data_format) == (case.spec, case.data_format)
    for one, other in zip(arrays_of(asked).values(), arrays_of(back).values(), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
            assert not other.flags.writeable
    assert checksum(asked) == checksum(back) != checksum(asked.forward)


def geometry(spatial, channels, filters, kernel_size, **keys):
    spec = ConvSpec.make(kernel_size, **keys)
    return Case(spec, np.ones((2, *spatial, channels)), np.ones((*kernel_size, channels, filters)))


MAY_CRASH = {
    # oneDNN corrupts the heap of some processors' machines, or answers.
    "a bfloat16 kernel gradient of one tap, strided": (
        geometry((8, 8), 16, 16, (1, 1), strides=2),
        KERNEL_GRADIENT,
    ),
    # oneDNN dies of taps that all read padding, or answers.
    "a bfloat16 axis that reads nothing": (
        geometry((1, 5), 3, 1, (2, 3), dilations=3),
        INPUT_GRADIENT,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("label", MAY_CRASH)
@pytest.mark.parametrize("text", ["tf", "torch"])
def test_does_a_gradient_that_crashes_its_framework_cost_its_row_alone(
    text: str, label: str, needs: Needs, runtimes: Runtimes
) -> None:
    case, kind = MAY_CRASH[label]
    asked = exact_gradient(case, kind, "bfloat16", np.random.default_rng(1))
    names = [needs(text), needs("numpy")]
    for _ in range(3):  # a corrupted heap may show later than where it was made
        risky, beside = runtimes.run_all(asked, names)()
        assert risky.array is not None or risky.status is Status.CRASHED, risky.message
        assert beside.array is not None, beside.message
        np.testing.assert_array_equal(beside.array.astype(np.float64), wanted(asked))
    wide = Gradient(
        kind,
        Case(case.spec, *(a.astype(dtype_named("float32")) for a in (case.input, case.kernel))),
        np.ones(case.output_shape, np.float32),
    )
    after = runtimes.run(wide, names[0])
    assert after.array is not None, after.message
    np.testing.assert_array_equal(after.array, wanted(wide))
