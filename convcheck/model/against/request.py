"""What the command's options say of two models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AgainstRequest:
    """Two model files, what goes through them, and what of them to look at."""

    a: str
    b: str
    input: str | Sequence[str] = "random"
    """What goes through A: one source for all of its inputs, or ``NAME=SOURCE`` for each."""
    seed: int = 0
    input_b: str | Sequence[str] | None = None
    """B's own input, where it takes another one: one that is normalized otherwise."""
    layout_b: str | None = None
    """``NHWC`` or ``NCHW``: how B takes its input, where its shape leaves that open."""
    only: str = "*"
    """A's convolutions to look at, in the shell's wildcards."""
    unsafe: bool = False
    """Open files that may run code of their own."""
    save_case: str | None = None
    """A's convolution whose call is written to files."""
    allow_empty: bool = False
    """Let models pass in which nothing could be compared."""
