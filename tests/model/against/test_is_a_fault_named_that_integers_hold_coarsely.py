"""Is what is done to a quantized input named, where few steps are left of what it gives?"""

from dataclasses import replace

import numpy as np
import pytest

from convcheck.model.against.naming.faults import faults_of
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import segments
from convcheck.runtimes.graphs.graph import Quantization
from tests.model.toy import Toy, kernels

FIRST, SECOND = kernels((3, 3, 3, 4), (3, 3, 4, 4))


class Quantized(Toy):
    """Some of whose tensors are int8."""

    def __init__(self):
        super().__init__()
        self.quantization = {}

    @property
    def graph(self):
        return replace(super().graph, quantization=self.quantization)

    def integers(self, role, x, function, least, most):
        """What a function gives, as int8 that reaches from ``least`` to ``most``."""
        scale = (most - least) / 255
        zero = round(-128 - least / scale)
        held = self.quantization.get(x)

        def compute(v):
            if held is not None:
                v = (v.astype(np.float32) - held.zero_points[0]) * np.float32(held.scales[0])
            return np.clip(np.rint(function(v) / scale) + zero, -128, 127).astype(np.int8)

        name = self.add(role, compute, x)
        self.quantization[name] = Quantization((scale,), (zero,))
        return name

    def real(self, x):
        held = self.quantization[x]
        scale, zero = np.float32(held.scales[0]), held.zero_points[0]
        return self.add("dequantize", lambda v: (v.astype(np.float32) - zero) * scale, x)


def network(normalized):
    net = Quantized()
    x = net.integers("quantize", "input", lambda v: v, -4, 4)
    if normalized is not None:
        x = net.integers("add", x, normalized[0], *normalized[1])
    net.conv(net.relu(net.conv(net.real(x), FIRST)), SECOND)
    return net.network()


@pytest.mark.parametrize(
    "normalized",
    [
        # Of a range that begins at 0, as converters want it, 16 steps are used.
        (lambda v: v / 127.5 - 1, (-1.03, 0.0)),
        (lambda v: v / 2 - 0.1, (-2.1, 1.9)),
    ],
)
def test_is_a_normalization_named(normalized):
    a, b = network(None), network(normalized)
    cut = cut_models(a, b, match(a, b))
    (found,) = (one for one in segments(cut) if one.differs)
    (fault,) = faults_of(cut, found)
    assert fault.named is not None
    assert fault.named.cause == "input-normalization"
