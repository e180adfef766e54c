"""The order of an implementation's sums, as far as it was found."""

from __future__ import annotations

from dataclasses import dataclass

from convcheck.results.output import Index

REPLAYED, PARTLY, NOT_A_SUM, NOT_SOUGHT = "replayed", "partly", "not-a-sum", "not-sought"


@dataclass(frozen=True)
class TreeShape:
    """A binary tree of products, for a picture."""

    leaves: tuple[int, ...]
    """Products from left to right, by their number in the kernel."""
    steps: tuple[tuple[int, int], ...]
    """The additions: nodes below ``len(leaves)`` are leaves, the others earlier additions."""
    fused: tuple[int, ...]
    """Products that enter their sum in one rounding."""


@dataclass(frozen=True)
class SumOrder:
    """In which order an output's products are added, and how far that gives it again."""

    status: str
    """``replayed`` (every output), ``partly``, ``not-a-sum`` or ``not-sought``."""
    total: int
    """Outputs."""
    outputs_equal: int = 0
    """Outputs that come out bit for bit where the case's own products are added in that order."""
    trees: int = 0
    """Different trees, those that borders cut off counted as what they are cut from."""
    probes: int = 0
    """Convolutions that were computed to find them."""
    seconds: float = 0.0
    """What that took."""
    expected_seconds: float | None = None
    """About what a search would take that was left out for it."""
    words: str | None = None
    """What the commonest order does: ``adds 147 products in one chain, fused``."""
    formats: str | None = None
    """What it adds in and what it gives: ``float32/bfloat16``, and whether the bias is apart."""
    elsewhere: int = 0
    """Outputs that are added in another tree than the commonest, cut off or not."""
    casts: tuple[tuple[str, str], ...] = ()
    """Operands that lose digits on the way in, and to what: ``("input", "float32")``."""
    message: str | None = None
    """Why it was not sought, or not found."""
    left_over: tuple[Index, ...] = ()
    """Some of the outputs that have an order which gives another number."""
    shape: TreeShape | None = None
    """The commonest tree."""
