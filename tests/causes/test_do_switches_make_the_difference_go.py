"""Do the switches that fixes of precision name make the difference go, each in its framework?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import BY_NAME
from convcheck.causes.pages import page
from convcheck.implementations.name import Name
from convcheck.results import PASSES, Dtypes, Output, Status
from convcheck.verdict.judge import judge

from .fixing import codes

pytestmark = pytest.mark.slow

Needs = Callable[[str], Name]

START = """
import numpy as np
x, kernel = (np.load("arrays.npz")[name] for name in ("x", "kernel"))
"""
TORCH = """
import torch
from torch.nn import functional as F
x = torch.from_numpy(x.transpose(0, 3, 1, 2))
weight = torch.from_numpy(kernel.transpose(3, 2, 0, 1))
def call():
    return F.conv2d(x.contiguous(), weight.contiguous(), padding=1)
def save(name, y):
    np.save(name, y.float().numpy().transpose(0, 2, 3, 1))
"""
AUTOCAST = """
with torch.autocast("cpu", dtype=torch.bfloat16):
    save("before.npy", call())
    FIX
    save("after.npy", call())
"""
NNPACK = """
with torch.backends.mkldnn.flags(enabled=False):
    save("before.npy", call())
    FIX
    save("after.npy", call())
"""
KERAS = """
import keras
from keras.layers import Conv2D as Layer, ZeroPadding2D
keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
def Conv2D(*arguments, **settings):
    layer = Layer(*arguments, **settings)
    layer.build(x.shape)
    layer.set_weights([kernel])
    return layer
y = Conv2D(4, 3, padding="same", use_bias=False)(x)
np.save("before.npy", keras.ops.convert_to_numpy(keras.ops.cast(y, "float32")))
np.save("after.npy", np.asarray(FIX))
"""
FFT = """
from scipy import signal
def whole(one):
    return np.stack([np.concatenate([one(n, f) for f in range(4)], -1) for n in range(len(x))])
def fft(n, f):
    image = np.pad(x[n], ((1, 1), (1, 1), (0, 0)))
    return signal.fftconvolve(image, kernel[::-1, ::-1, ::-1, f], mode="valid")
np.save("before.npy", whole(fft).astype("f4"))
np.save("after.npy", whole(lambda n, f: FIX))
"""


def random_case(largest: float = 1.0) -> Case:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 16, 16, 1)).astype("f4")
    x[:, ::5, ::5] *= np.float32(largest)
    return Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 1, 4)).astype("f4"))


@pytest.mark.parametrize(
    ("cause", "framework", "script", "case"),
    [
        ("reduced-precision-bfloat16", "torch", TORCH + AUTOCAST, random_case()),
        ("winograd-precision", "torch", TORCH + NNPACK, random_case(1e4)),
        ("reduced-precision-bfloat16", "keras", KERAS, random_case()),
        ("fft-precision", "scipy", FFT, random_case(1e6)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_does_the_switch_bring_the_output_into_its_bound(
    cause: str, framework: str, script: str, case: Case, needs: Needs, tmp_path: Path
) -> None:
    needs(framework)
    fix: Any = BY_NAME[cause].fix
    ((label, code),) = codes(fix(case, framework))
    assert label == framework
    np.savez(tmp_path / "arrays.npz", x=case.input, kernel=case.kernel)
    done = subprocess.run(
        [sys.executable, "-c", START + script.replace("FIX", code)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]

    def status(name: str) -> Status:
        array = np.load(tmp_path / name)
        output = Output(framework, framework, array, dtypes=Dtypes(compute="float32"))
        return judge(case, [output]).judgements[0].status

    assert status("before.npy") is Status.OUTSIDE_BOUND
    assert status("after.npy") in PASSES


@pytest.mark.parametrize(
    ("framework", "start", "asked"),
    [
        (
            "tf",
            "import tensorflow as tf",
            "not tf.config.experimental.tensor_float_32_execution_enabled()",
        ),
        ("jax", "import jax", 'jax.config.jax_default_matmul_precision == "highest"'),
        (
            "torch",
            "import torch; x = torch.ones(1)",
            "not torch.backends.cudnn.allow_tf32",
        ),
    ],
)
def test_is_a_switch_that_only_a_gpu_feels_taken(
    framework: str, start: str, asked: str, needs: Needs
) -> None:
    needs(framework)
    fix: Any = BY_NAME["reduced-precision-tf32"].fix
    ((_, code),) = codes(fix(None, framework))
    lines = f"{start}\nassert not ({asked})\n{code}\nassert {asked}"
    subprocess.run([sys.executable, "-c", lines], check=True, capture_output=True, timeout=300)


def test_is_nothing_told_to_fix_where_nothing_is_wrong() -> None:
    fix: Any = BY_NAME["summation-order"].fix
    assert fix(None, "tf").startswith("nothing to fix")
    assert page("summation-order").sections["Fix"].startswith("Nothing to fix")
