"""Is a fix as the report prints it, run where the fault is, the end of the difference?

The faults are those of a user's own function. Each way that the fix names is run in its framework
on what the function takes or gives, in the layout that it speaks of; then the check passes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import convcheck
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import BY_NAME
from convcheck.causes.fixes import fix_of
from convcheck.implementations.name import Name
from convcheck.results import Output
from tests.recording.faults import same

from .fixing import codes, outcomes
from .run_fixes import Job

Needs = Callable[[str], Name]

FAULTS: dict[str, Callable[[Any, Any], Any]] = {
    "kernel flipped along H": lambda x, k: same(x, k[::-1]),
    "kernel flipped along W": lambda x, k: same(x, k[:, ::-1]),
    "kernel flipped along both": lambda x, k: same(x, k[::-1, ::-1]),
    "H and W of the input exchanged": lambda x, k: same(x.swapaxes(1, 2), k),
    "H and W of input and output exchanged": lambda x, k: same(x.swapaxes(1, 2), k).swapaxes(1, 2),
    "output times 1/9": lambda x, k: same(x, k) / np.float32(9),
    "output times 1/9, rounded first": lambda x, k: same(x, k).astype("f4") * np.float32(1 / 9),
    "output over 255": lambda x, k: same(x, k) / 255,
    "channels reversed": lambda x, k: same(x[..., ::-1], k),
}


def computed(fault: str, x: Any, kernel: Any) -> Any:
    """What the function with this fault gives, in float32."""
    return FAULTS[fault](x.astype("f4"), kernel).astype("f4")


def drawn(sides: tuple[int, int], dtype: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (2, *sides, 3)) if dtype == "u1" else rng.random((2, *sides, 3)) - 0.5
    return x.astype(dtype), rng.standard_normal((3, 3, 3, 4)).astype("f4")


def printed(x: Any, kernel: Any, y: Any) -> str:
    """The fix of an output that is not this convolution."""
    found = convcheck.compare(x, kernel, implementations=lambda *_, **__: y)
    assert found.exit_code == 1
    (finding,) = (one for one in found.findings if one.departs)
    return finding.fix or ""


@pytest.mark.slow
def test_does_the_printed_fix_end_the_difference(needs: Needs) -> None:
    needs("torch")
    planned: list[tuple[str, str, Job]] = []
    for fault, dtype, sides in product(FAULTS, ("f4", "u1"), ((8, 8), (9, 6))):
        x, kernel = drawn(sides, dtype)
        y = computed(fault, x, kernel)
        ways = codes(printed(x, kernel, y))
        assert [framework for framework, _ in ways] == ["numpy", "torch"]
        for framework, code in ways:
            job = Job(code, x, kernel, None, y if code.startswith("y") else None)
            planned.append((fault, framework, job))
    for framework in ("numpy", "torch"):
        some = [(fault, job) for fault, which, job in planned if which == framework]
        fixed = outcomes(framework, [job for _, job in some])
        for (fault, job), result in zip(some, fixed, strict=True):
            assert not isinstance(result, str), (fault, job.code, result)
            again = result["y"]
            if job.y is None:
                again = computed(fault, result["x"], result["kernel"])
            right = convcheck.compare(
                job.x, job.kernel, implementations=lambda *_, y=again, **__: y
            )
            assert right.exit_code == 0, (fault, job.code, str(right))


def test_can_torch_take_what_a_numpy_fix_leaves(needs: Needs) -> None:
    """Its ``from_numpy`` refuses an array with negative strides, such as ``np.flip`` gives."""
    needs("torch")
    x, kernel = drawn((8, 8), "f4")
    for fault in ("kernel flipped along W", "channels reversed"):
        fix = printed(x, kernel, computed(fault, x, kernel))
        names = {"np": np, "x": x, "kernel": kernel}
        exec(dict(codes(fix))["numpy"], names)
        assert names["x"] is not x or names["kernel"] is not kernel
        for name in ("x", "kernel"):
            assert min(names[name].strides) > 0


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_does_a_fix_say_which_layout_it_is_for(rank: int, transposed: bool) -> None:
    rng = np.random.default_rng(rank)
    x = rng.standard_normal((1, *(7, 6, 5)[:rank], 2)).astype("f4")
    kernel = rng.standard_normal((*(3, 3, 3)[:rank], 2, 2)).astype("f4")
    case = Case(ConvSpec.make(kernel.shape[:-2], transposed=transposed), x, kernel)
    cause = BY_NAME["transpose-kernel-flip" if transposed else "kernel-flip"]
    turned = next(cause.hypotheses(case, case.output_shape))
    fix = fix_of(turned, case, Output("file:y.npy", "y.npy")) or ""
    spatial, ends = "DHW"[-rank:], "OI" if transposed else "IO"
    assert f"numpy ({spatial}{ends}): kernel = " in fix
    assert f"torch ({ends[::-1]}{spatial}): weight = " in fix
