"""An engineer who ports a PyTorch net: tensors and weights as torch saved them, NCHW and OIHW."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import User

TRAINED = """
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(0)
x, weight = torch.randn(1, 3, 16, 20), torch.randn(8, 3, 3, 3)
torch.save({"x": x, "y": F.conv2d(x, weight, stride=2, padding=1)}, "run.pt")
save_file({"x": x, "conv1.weight": weight}, "model.safetensors")
"""
AGAIN = """
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

x, weight = (load_file("model.safetensors")[name] for name in ("x", "conv1.weight"))
save_file({"y": {code}}, "again.safetensors")
"""
PORTED = """
import numpy as np
from keras.layers import Conv2D, ZeroPadding2D
from safetensors.numpy import load_file

saved = load_file("model.safetensors")
x = saved["x"].transpose(0, 2, 3, 1)
made = []
make = Conv2D


def Conv2D(*arguments, **settings):
    made.append(make(*arguments, **settings))
    made[0].build((None, None, None, 3))
    made[0].set_weights([saved["conv1.weight"].transpose(2, 3, 1, 0)])
    return made[0]


np.save("ported.npy", np.asarray({code}))
"""
LAYER = ("--input-layout", "NCHW", "--kernel-layout", "OIHW", "--strides", "2")
WEIGHT = ("--kernel", "model.safetensors:conv1.weight")
RECORDED = "file:run.pt:y?layout=NCHW"


@pytest.mark.slow
@pytest.mark.parametrize("file", ["run.pt:x", "model.safetensors:x"])
def test_is_the_side_of_the_odd_zero_found_and_either_side_put_right(
    user: User, file: str, needs: Callable[..., object]
) -> None:
    needs("torch")
    needs("keras")
    user.runs(TRAINED)
    command = ("compare", "--input", file, *WEIGHT, *LAYER)
    report = user.asks(*command, "--padding", "same", "-i", RECORDED, "-i", "keras")
    assert (report.code, report.headline, report.cause) == (1, "DIFFERENT", "same-padding-side")
    # torch as Keras pads:
    user.runs(AGAIN.replace("{code}", report.codes()["torch"]))
    again = "file:again.safetensors:y?layout=NCHW"
    assert user.asks(*command, "-i", again, "-i", "keras").code == 0
    # Keras as torch pads:
    code = report.codes(after="has it: ")["keras"]
    user.runs(PORTED.replace("{code}", code))
    same = user.asks(*command, "--padding", "1:0,1:0", "-i", RECORDED, "-i", "file:ported.npy")
    assert same.code == 0, same.text
