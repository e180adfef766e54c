"""An engineer the other way: a DepthwiseConv2D kernel (H, W, C, M) as Keras has it, for torch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import User

SCRIPT = """
import numpy as np
import torch
from torch.nn import functional as F

rng = np.random.default_rng(0)
x = rng.standard_normal((1, 10, 12, 4)).astype("f4")
kernel = rng.standard_normal((3, 3, 4, 2)).astype("f4")  # layer.get_weights()[0]
np.save("x.npy", x)
np.save("depthwise.npy", kernel)
weight = torch.tensor(kernel).permute(3, 2, 0, 1).reshape(8, 1, 3, 3)
{fix}
y = F.conv2d(torch.tensor(x).permute(0, 3, 1, 2), weight, padding=1, groups=4)
torch.save({"y": y}, "torch.pt")
"""
COMMAND = (
    *("compare", "--input", "x.npy", "--kernel", "depthwise.npy", "--kernel-layout", "HWCM"),
    *("-i", "file:torch.pt:y?layout=NCHW", "-i", "keras"),
)


@pytest.mark.slow
def test_is_the_order_of_channels_found_and_put_right(
    user: User, needs: Callable[..., object]
) -> None:
    needs("torch")
    needs("keras")
    user.runs(SCRIPT.replace("{fix}", ""))
    report = user.asks(*COMMAND)
    assert (report.code, report.headline, report.cause) == (1, "DIFFERENT", "depthwise-order")
    user.runs(SCRIPT.replace("{fix}", report.codes()["torch"]))
    assert user.asks(*COMMAND).code == 0
