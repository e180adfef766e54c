"""Is NNPACK's Winograd told from its FFT in torch, and no direct sum taken for a transform?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check.real import check_real
from convcheck.diagnosis.transforms.footprint import find_footprint
from convcheck.implementations.name import parse
from convcheck.plan import Plan
from convcheck.results import Check, Finding, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.truth.arithmetic import declared
from convcheck.verdict.limits import Limits
from tests.implementations.conftest import needed

pytestmark = pytest.mark.slow

FUNCTIONS = """
import numpy as np
import torch

def _convolve(x, kernel, pads, bias=None):
    ((top, bottom), (left, right)) = pads
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    x = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    k = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
    b = None if bias is None else torch.from_numpy(bias.copy())
    with torch.backends.mkldnn.flags(enabled=False):
        y = torch.nn.functional.conv2d(x, k, b)
    return np.ascontiguousarray(y.numpy().transpose(0, 2, 3, 1))

def right(input, kernel, *, bias, pads, **_):
    return _convolve(input, kernel, pads, bias)

def flipped(input, kernel, *, bias, pads, **_):
    return _convolve(input, kernel[::-1, ::-1], pads, bias)

def unbiased(input, kernel, *, bias, pads, **_):
    return _convolve(input, kernel, pads)

def damaged(input, kernel, *, bias, pads, **_):
    y = _convolve(input, kernel, pads, bias)
    y[3, 4, 5, 1] += 1000
    return y

def narrow(input, kernel, *, bias, pads, **_):
    x, k = (torch.from_numpy(a.copy()).bfloat16().float().numpy() for a in (input, kernel))
    return _convolve(x, k, pads, bias)
"""


@pytest.fixture
def nnpack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NNPACK in torch, and functions of the user's that take it."""
    torch = pytest.importorskip("torch")
    if not torch.backends.nnpack.is_available():
        pytest.skip("torch has no NNPACK for this processor, or was built without it")
    (tmp_path / "by_nnpack.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)


def drawn(side: int, taps: int, images: int = 16, channels: int = 1, largest: float = 1.0) -> Case:
    rng = np.random.default_rng([side, taps])
    x = rng.standard_normal((images, side, side, channels)).astype("f4")
    x[:, ::5, ::5] *= np.float32(largest)
    kernel = rng.standard_normal((taps, taps, channels, 4)).astype("f4")
    bias = (10 * rng.standard_normal(4)).astype("f4")
    return Case(ConvSpec.make((taps, taps)), x, kernel, bias)


def checked(case: Case, *names: str) -> Check:
    with Runtimes(timeout=120) as runtimes:
        return check_real(Plan(case, tuple(map(parse, names))), runtimes, Limits())


def departing(check: Check) -> Finding:
    return next(found for found in check.findings if found.departs)


@pytest.mark.parametrize("largest", [1.0, 1e4])
@pytest.mark.parametrize("name", ["torch?mkldnn=off", "python:by_nnpack:right"])
@pytest.mark.usefixtures("nnpack")
def test_is_winograd_named_with_its_tile(name: str, largest: float) -> None:
    check = checked(drawn(24, 3, largest=largest), name, "numpy")
    mine = check.judgements[0]
    (found,) = (one for one in check.findings if one.cause == "winograd-precision")
    assert (mine.status, found.status) == (Status.WITHIN_BOUND, "proved")
    assert str(mine.arithmetic).endswith("by F(6,3) on 8x8 tiles")
    assert "8x8 tiles from (0, 0)" in found.summary
    assert (check.verdict, check.exit_code) == (Verdict.ROUNDING, 0)
    assert check.differences[0].verdict is Verdict.ROUNDING


@pytest.mark.parametrize(
    ("side", "taps", "tile"), [(28, 3, 16), (28, 5, 16), (16, 5, 8), (24, 7, 16)]
)
@pytest.mark.usefixtures("nnpack")
def test_is_an_fft_named_as_one(side: int, taps: int, tile: int) -> None:
    check = checked(drawn(side, taps, largest=1e4), "torch?mkldnn=off", "numpy")
    found = departing(check)
    assert (found.cause, found.status, found.also) == ("fft-precision", "supported", ())
    assert f"{tile}x{tile} tiles from (0, 0)" in found.summary
    assert (check.verdict, check.exit_code) == (Verdict.DIFFERENT, 1)


@pytest.mark.parametrize(("side", "taps"), [(24, 3), (28, 3), (28, 5), (16, 5)])
@pytest.mark.usefixtures("nnpack")
def test_is_a_recorded_one_told_by_the_size_of_its_errors(side: int, taps: int) -> None:
    case = drawn(side, taps, largest=1e4)
    with Runtimes(timeout=120) as runtimes:
        output = runtimes.run(case, parse("torch?mkldnn=off"))
    assert output.array is not None
    np.save("recorded.npy", output.array)
    found = departing(checked(case, "file:recorded.npy?dtype=float32"))
    cause = "winograd-precision" if (side, taps) == (24, 3) else "fft-precision"
    assert (found.cause, found.status, found.also) == (cause, "supported", ())


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        ("flipped", "kernel-flip"),
        ("unbiased", "missing-bias"),
        ("damaged", "corrupted-elements"),
        ("narrow", "reduced-precision-bfloat16"),
    ],
)
@pytest.mark.usefixtures("nnpack")
def test_is_a_fault_under_winograd_found(function: str, cause: str) -> None:
    check = checked(drawn(24, 3, channels=2), f"python:by_nnpack:{function}", "numpy")
    found = departing(check)
    assert cause in (found.cause, *found.also)
    assert (check.verdict, check.exit_code) == (Verdict.DIFFERENT, 1)
    assert check.judgements[0].status is Status.OUTSIDE_BOUND


DIRECT = (
    *("tf", "keras", "xla", "litert", "litert?engine=builtin", "torch", "torch?mkldnn=off"),
    *("jax", "onnxruntime", "scipy", "numpy"),
)


@pytest.mark.parametrize("name", DIRECT)
def test_is_no_direct_sum_taken_for_a_transform(name: str, runtimes: Runtimes) -> None:
    """Blocked, vectorized, on several threads: outputs depend on their windows, bit by bit."""
    implementation = needed(name)
    arithmetic = declared("float32", "float32")
    for side, taps, channels in ((24, 3, 8), (40, 3, 3), (28, 5, 2), (33, 7, 1)):
        case = drawn(side, taps, images=3, channels=channels)
        output = runtimes.run(case, implementation)
        assert output.array is not None, output.message
        runs = []

        def run(given: Case) -> np.ndarray | None:
            runs.append(given)  # noqa: B023 - called before the next case
            return runtimes.run(given, implementation).array

        assert find_footprint(case, output.array, arithmetic, run) is None
        assert len(runs) >= 2  # equal bits twice: an element was changed, and moved nothing else
