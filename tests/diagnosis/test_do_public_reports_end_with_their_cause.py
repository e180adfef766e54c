"""Public reports that run on a CPU: does each end with the verdict and cause of its thread?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.implementations.name import parse
from convcheck.plan import Plan
from convcheck.results import PASSES, Check, Dtypes, Output, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits
from tests.implementations.conftest import needed

from .planting import diagnosed


def numbers(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def recorded(array: np.ndarray, compute: str = "float32") -> Output:
    """What the thread's snippet gave, as a file would bring it."""
    return Output("file:theirs.npy", "theirs.npy", array, dtypes=Dtypes(compute=compute))


def run(case: Case, runtimes: Runtimes, *names: str) -> Check:
    return check(Plan(case, [needed(name) for name in names]), runtimes, Limits())


@pytest.mark.parametrize(("size", "taps"), [(4, 3), (32, 3), (224, 7)])
def test_keras_19291_same_padding_with_strides(size: int, taps: int, runtimes: Runtimes) -> None:
    """Conv2D(strides=2, padding="same") against torch.nn.Conv2d(stride=2, padding=k // 2)."""
    filters = 64 if size < 200 else 4
    x, kernel = numbers(1, size, size, 3), numbers(taps, taps, 3, filters)
    case = Case(ConvSpec.make((taps, taps), strides=2), x, kernel)
    torch_like = replace(case, spec=ConvSpec.make((taps, taps), strides=2, padding=taps // 2))
    theirs = runtimes.run(torch_like, parse("tf")).array
    assert theirs is not None
    (judgement,), (finding,) = diagnosed(case, recorded(theirs))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert (finding.cause, finding.status) == ("same-padding-side", "proved")
    pads = ", ".join(str(n) for pair in reversed(case.pads) for n in pair)
    assert f"F.pad(x, ({pads})), weight" in (finding.fix or "")

    # The fix of the thread: pad by hand, then valid.
    padded = np.pad(x, ((0, 0), *case.pads, (0, 0)))
    fixed = Case(ConvSpec.make((taps, taps), strides=2, padding="valid"), padded, kernel)
    mended = runtimes.run(fixed, parse("tf")).array
    assert mended is not None
    judgements, findings = diagnosed(case, recorded(mended))
    assert judgements[0].status in PASSES
    assert findings == ()


def test_keras_22876_transposed_one_pixel_off(runtimes: Runtimes) -> None:
    """Conv2DTranspose(3, strides=2, padding="same") on torch: padding 1, output_padding 1."""
    x, kernel = numbers(4, 16, 16, 16), numbers(3, 3, 32, 16) * np.float32(0.05)
    spec = ConvSpec.make((3, 3), strides=2, transposed=True)
    case = Case(spec, x, kernel)
    torch_like = ConvSpec.make((3, 3), strides=2, padding=1, transposed=True, output_padding=1)
    theirs = runtimes.run(replace(case, spec=torch_like), parse("tf")).array
    if theirs is None or theirs.shape != case.output_shape:
        pytest.skip("this TensorFlow refuses the padding")
    (judgement,), (finding,) = diagnosed(case, recorded(theirs))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert (finding.cause, finding.status) == ("transpose-crop", "proved")
    mended = runtimes.run(case, parse("keras")).array
    assert mended is not None
    assert diagnosed(case, recorded(mended))[1] == ()


@pytest.mark.parametrize("strides", [(10, 10), (3, 4)])
def test_litert_4847_and_9256_zeros(strides: tuple[int, int], runtimes: Runtimes) -> None:
    """All zeros where stride and SAME padding meet: a bug of the interpreter, not a known cause."""
    case = Case(ConvSpec.make((3, 3), strides=strides), numbers(1, 17, 18, 7), numbers(3, 3, 7, 16))
    zeros = recorded(np.zeros(case.output_shape, "f4"))
    (judgement,), (finding,) = diagnosed(case, zeros)
    assert judgement.status is Status.OUTSIDE_BOUND
    assert finding.status == "unexplained"
    assert "every output is 0" in finding.summary
    valid = replace(case, spec=ConvSpec.make((3, 3), strides=strides, padding="valid"))
    found = run(valid, runtimes, "tf", "litert")
    assert found.verdict in (Verdict.ROUNDING, Verdict.IDENTICAL)


def test_litert_4847_as_it_runs_here(runtimes: Runtimes) -> None:
    """Whatever this version does: zeros are seen as such, a mended one passes."""
    case = Case(ConvSpec.make((3, 3), strides=10), numbers(1, 17, 18, 7), numbers(3, 3, 7, 16))
    found = run(case, runtimes, "tf", "litert")
    litert = found.judgements[1]
    if litert.status in PASSES:
        assert found.verdict in (Verdict.ROUNDING, Verdict.IDENTICAL)
    else:
        assert found.verdict is Verdict.DIFFERENT
        about = [f for f in found.findings if f.implementation == "litert"]
        assert about[0].cause == "unexplained"


def test_tensorflow_55326_number_of_filters(runtimes: Runtimes) -> None:
    """Other sums for 8 filters than for 16: the thread's answer was the order of additions."""
    x = numbers(1, 64, 64, 48) * np.float32(2)
    kernel = numbers(3, 3, 48, 16)
    case = Case(ConvSpec.make((3, 3)), x, kernel)
    halves = [
        runtimes.run(replace(case, kernel=kernel[..., i : i + 8]), parse("tf")) for i in (0, 8)
    ]
    joined = np.concatenate([half.array for half in halves], -1)  # type: ignore[misc]
    whole = runtimes.run(case, parse("tf"))
    judgements, findings = diagnosed(case, recorded(joined), replace(whole, name="tf"))
    assert all(judgement.status in PASSES for judgement in judgements)
    assert {finding.cause for finding in findings} <= {"summation-order"}


def test_keras_15791_a_silent_cast(runtimes: Runtimes) -> None:
    """float64 given, float32 computed, nothing said."""
    case = Case(
        ConvSpec.make((7, 7)), numbers(1, 40, 40, 3, dtype="float64"), np.ones((7, 7, 3, 1), "f4")
    )
    found = run(case, runtimes, "tf", "keras")
    assert found.verdict is Verdict.ROUNDING
    assert [(f.cause, f.status) for f in found.findings] == [("input-autocast", "proved")]


def test_onnxruntime_18946_a_large_relative_error_next_to_zero(runtimes: Runtimes) -> None:
    """A relative error of 0.67, taken for a bug: the exact output is nearly 0 there."""
    case = Case(ConvSpec.make((5, 5)), numbers(1, 48, 48, 32), numbers(5, 5, 32, 4))
    found = run(case, runtimes, "tf", "onnxruntime")
    assert found.verdict is Verdict.ROUNDING
    assert {finding.cause for finding in found.findings} <= {"summation-order"}


def test_pytorch_107514_tf32_without_a_word() -> None:
    """TF32 operands in a float32 convolution, as a GPU computes them."""
    from convcheck.truth.arithmetic import FLOAT32, TFLOAT32, Arithmetic, rounded

    from .planting import plain

    case = Case(ConvSpec.make((3, 3)), numbers(2, 24, 24, 16), numbers(3, 3, 16, 8))
    theirs = plain(rounded(case, Arithmetic(TFLOAT32, FLOAT32, FLOAT32)))
    _, (finding,) = diagnosed(case, recorded(theirs.array))  # type: ignore[arg-type]
    assert "reduced-precision-tf32" in (finding.cause, *finding.also)
    assert finding.status in ("proved", "supported")


@pytest.mark.parametrize("seed", range(3))
def test_scipy_convolve_is_not_a_framework_s_convolution(seed: int) -> None:
    """ "Why does scipy.signal.convolve2d give something else?": it flips the kernel."""
    from scipy import signal

    x, kernel = numbers(1, 20, 21, 1, seed=seed), numbers(3, 5, 1, 1, seed=seed)
    case = Case(ConvSpec.make((3, 5)), x, kernel)
    theirs = signal.convolve2d(x[0, ..., 0], kernel[..., 0, 0], mode="same")[None, ..., None]
    _, (finding,) = diagnosed(case, recorded(theirs))
    assert (finding.cause, finding.status) == ("kernel-flip", "proved")
    mended = signal.correlate2d(x[0, ..., 0], kernel[..., 0, 0], mode="same")[None, ..., None]
    assert diagnosed(case, recorded(mended))[1] == ()
