"""Does a part of the channels never pass over kernels that are alike?"""

import numpy as np
import pytest

from convcheck.model.convolutions.kernels import likeness
from convcheck.model.match import ALIKE
from tests.model.toy import Toy, kernels

SHAPE = (3, 3, 16, 40)


def layer(kernel):
    toy = Toy((1, 4, 4, kernel.shape[2]))
    toy.conv("input", kernel)
    return toy.network().layers[0]


@pytest.mark.parametrize("wide", [40, 300])
@pytest.mark.parametrize("noise", [0, 0.1, 0.25, 0.29, 0.31, 0.4, 3])
@pytest.mark.parametrize("wrong", [0, 2, 5, 20])
def test_is_no_near_kernel_passed_over(wide, noise, wrong):
    """Channels that are wrong come first, where they are looked at."""
    one, other = kernels((3, 3, 16, wide), (3, 3, 16, wide))
    near = one + np.float32(noise) * other
    near[..., :wrong] = other[..., :wrong]
    a, b = layer(one), layer(near)
    whole, quick = likeness(a, b), likeness(a, b, ALIKE)
    if whole.distance < ALIKE:
        assert quick == whole
    else:
        assert quick.distance >= ALIKE


def test_is_a_wrongly_ported_kernel_still_found():
    (one,) = kernels(SHAPE)
    a, b = layer(one), layer(one[::-1, ::-1].copy())
    assert likeness(a, b, ALIKE) == likeness(a, b)
    assert likeness(a, b, ALIKE).transform == "kernel-flip"
