"""What is different about weights that no cause of the catalogue turns into one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.kinds.biases import channels_in_words
from convcheck.model.against.pairs.explained import Both
from convcheck.model.against.pairs.factors import Factors
from convcheck.model.convolutions.effective import EffectiveWeights, gap

if TYPE_CHECKING:
    from convcheck.results import Array

_UNRELATED = 0.5
"""Cosine of the angle of two kernels below which they have nothing in common."""


@dataclass(frozen=True)
class Other:
    """What is different, by the cause that does such things."""

    cause: str
    summary: str
    also: tuple[str, ...] = ()
    bias_follows: bool = False
    """Whether the bias is not told apart from it: it is scaled or lost with the kernel."""
    fix: str | None = None
    """What to do about it, where the cause alone does not say it."""


def other_kernel(both: Both, weights: EffectiveWeights, factors: Factors) -> Other:
    """A factor, factors by channel, some channels alone, some weights alone, or all."""
    ours, theirs = weights.kernel_a, weights.kernel_b
    bound = np.broadcast_to(both.loosest(weights).kernel, ours.shape)
    wrong = ~(gap(ours, theirs) <= bound)
    channels = np.flatnonzero(wrong.any(axis=0))
    return (
        scaled_kernel(factors, channels, numbers=len(ours))
        or _some_channels(theirs, channels)
        or _others(both, weights, int(wrong.sum()))
    )


def other_bias(
    both: Both, weights: EffectiveWeights, elsewhere: Mapping[str, Array] | None = None
) -> Other:
    """A bias that only one has, the convolution's own left out before a batch norm, or another.

    ``elsewhere`` are the biases of A's other layers, by their names: it may be one of those.
    """
    ours, theirs = weights.bias_a, weights.bias_b
    bound = np.broadcast_to(both.loosest(weights).bias, ours.shape)
    if not ours.any():
        return Other("missing-bias", f"B adds a bias, A none: up to {_largest(theirs)}")
    for letter, layer, point, have, lack in (
        ("B", both.a, both.point_a, ours, theirs),
        ("A", both.b, both.point_b, theirs, ours),
    ):
        if layer.bias is None:
            continue
        without = have - layer.bias.astype(np.float64) * point.scale
        if (gap(without, lack) <= bound).all():
            words = f"{letter} leaves out the convolution's own bias, and keeps what follows it"
            return Other("missing-bias", words)
    gaps = np.nan_to_num(gap(ours, theirs), nan=np.inf)
    channel, wrong = int(gaps.argmax()), np.flatnonzero(~(gaps <= bound))
    where = "" if len(wrong) == len(ours) else f" in {channels_in_words(wrong.tolist())}"
    numbers = f"{theirs[channel]:.6g} in channel {channel}, where A adds {ours[channel]:.6g}"
    for name, bias in (elsewhere or {}).items():
        if len(bias) == len(theirs) > 1 and (gap(bias, theirs) <= bound).all():
            return Other(
                "output-offset",
                f"B adds the bias of A's {name}: {numbers}",
                fix=f"B has the bias of {name} here: give each layer of B the bias that A's has",
            )
    return Other(
        "output-offset",
        f"B adds another bias{where}: {numbers}",
        fix="give B's layer the bias that A's has here",
    )


def scaled_kernel(
    factors: Factors, channels: Sequence[int] | Array, *, numbers: int
) -> Other | None:
    """One factor, or one for each output channel; None where B's kernel is no such thing.

    ``channels`` are those that differ, ``numbers`` how many each has.
    """
    if not factors.exist:
        return None
    if (one := factors.one) is not None:
        return Other("kernel-scale", f"B's kernel is A's times {one:.6g}", bias_follows=True)
    if numbers < 2:
        return None
    some = factors.best[channels]
    if len(some) < len(factors.best):
        words = f"in {channels_in_words(list(map(int, channels)))} B's kernel is A's times "
    else:
        words = "each output channel of B's kernel is A's times a number of its own, "
    span = f"{some.min():.6g}" + (f" to {some.max():.6g}" if len(some) > 1 else "")
    most = len(some) > len(factors.best) // 2
    also = ("batch-norm-epsilon",) if most else ("corrupted-channel",)
    return Other("channel-scale", words + span, also, bias_follows=True)


def _some_channels(theirs: Array, channels: Sequence[int] | Array) -> Other | None:
    """Output channels that are wrong, where at least half of all are right."""
    count = theirs.shape[1]
    if not 0 < len(channels) <= count // 2:
        return None
    named = channels_in_words(list(map(int, channels)))
    lost = "" if theirs[:, channels].any() else ", all 0 in B"
    return Other(
        "corrupted-channel",
        f"the kernels differ in output {named} alone{lost}; the other {count - len(channels)} hold",
        bias_follows=True,
    )


def _others(both: Both, weights: EffectiveWeights, count: int) -> Other:
    ours, theirs = both.case_a.kernel, both.case_b.kernel
    apart = np.nan_to_num(gap(ours, theirs.reshape(ours.shape)), nan=np.inf)
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    p, q = float(ours[place]), float(theirs.reshape(ours.shape)[place])
    layout = "HWOI" if both.a.spec.transposed else "HWIO"
    index = ", ".join(str(int(i)) for i in place)
    words = (
        f"{count:,} of {ours.size:,} weights differ, by up to {weights.weight_gap:.3g} of the "
        f"channel's largest; the largest gap is at ({index}) of {layout[-ours.ndim :]}: {p:.6g} in "
        f"A, {q:.6g} in B"
    )
    alike = _cosine(weights.kernel_a, weights.kernel_b)
    if alike < _UNRELATED:
        words += "; the kernels have nothing in common, as those of two trainings"
    return Other("other-weights", words)


def _cosine(p: Array, q: Array) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = float(np.sqrt((p * p).sum() * (q * q).sum()))
        return float((p * q).sum()) / sizes if 0 < sizes < np.inf else 1.0


def _largest(values: Array) -> str:
    return f"{float(np.abs(values).max()):.6g}"
