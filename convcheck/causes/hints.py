"""Options of ``compare`` that would show a cause, where the case given cannot."""

from __future__ import annotations

from convcheck.results import CaseSummary


def operands(case: CaseSummary) -> str:
    """Random numbers: for the kernel where it is made of one number, else for the input."""
    made = case.kernel.source in ("ones", "zeros")
    return "--kernel random" if made else "--input random"


def window(case: CaseSummary) -> str:
    """A window of several taps."""
    return "--kernel-size 3"


def kernel(case: CaseSummary) -> str:
    """A kernel of several taps, none like the other."""
    return window(case) if is_pointwise(case) else operands(case)


def stride(case: CaseSummary) -> str:
    """A stride, so that SAME may pad unevenly."""
    return window(case) if is_pointwise(case) else "--strides 2"


def random_input(case: CaseSummary) -> str:
    """Numbers that fill their format."""
    return "--input random"


def wide_kernel(case: CaseSummary) -> str:
    """Kernel values that a cast would round."""
    return "--kernel random --kernel-dtype float64"


def bias(case: CaseSummary) -> str:
    """A bias other than 0."""
    return "--bias random"


def is_pointwise(case: CaseSummary) -> bool:
    """One tap along every axis."""
    return max(case.kernel.shape[:-2]) == 1


def output_padding(case: CaseSummary) -> str:
    """A stride that leaves the length of the output open, and an output padding."""
    return "--output-padding 1" if min(case.spec.strides) > 1 else "--strides 2 --output-padding 1"


def batch(case: CaseSummary) -> str:
    """Several images, none like another."""
    n, *rest = case.input.shape
    return f"--input random --input-shape {','.join(map(str, (max(n, 2), *rest)))}"
