"""Fixes that undo a change of an array: one statement, in NumPy's words or torch's.

In NumPy's words ``x`` is NHWC, ``kernel`` HWIO (transposed HWOI) and ``y`` NHWC; in torch's ``x``
and ``y`` are NCHW and ``weight`` is OIHW (transposed IOHW). A statement gives back what the other
side had: applied before the call that is wrong, or to ``y`` after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.causes.cause import Fix


def undo(numpy: str, torch: str | None = None, words: str = "") -> Fix:
    """A fix by a statement in NumPy's words and, where it differs, in torch's."""

    def fix(case: Case | None, framework: str) -> str:
        ways = [f"numpy: {numpy}"] * (framework != "torch" or torch is None)
        ways += [f"torch: {torch}"] * (framework in ("torch", "") and torch is not None)
        return ". ".join([words] * bool(words) + ways)

    return fix


def in_any(statement: str, words: str = "") -> Fix:
    """A fix by a statement that all arrays understand."""
    return undo(statement, statement, words)


def reordered(name: str, order: Sequence[int]) -> str:
    """NumPy's statement that gives the last axis of an array in this order."""
    count = len(order)
    if list(order) == list(range(count))[::-1]:
        return f"{name} = {name}[..., ::-1]"
    if (by := _rotation(order)) is not None:
        return f"{name} = np.roll({name}, {-by}, -1)"
    block = _block(order)
    if block == 1:
        return f"{name} = {name}[..., {list(order)}]"
    blocks = [n // block for n in order[::block]]
    split = f"{name}.reshape(*{name}.shape[:-1], {count // block}, {block})"
    return f"{name} = {split}[..., {blocks}, :].reshape({name}.shape)"


def reordered_torch(name: str, order: Sequence[int], dim: int) -> str:
    """torch's statement that gives a dimension of a tensor in this order."""
    count, before = len(order), ":, " * dim
    if list(order) == list(range(count))[::-1]:
        return f"{name} = {name}.flip({dim})"
    if (by := _rotation(order)) is not None:
        return f"{name} = {name}.roll({-by}, {dim})"
    block = _block(order)
    if block == 1:
        return f"{name} = {name}[{before}{list(order)}]"
    blocks = [n // block for n in order[::block]]
    split = f"{name}.unflatten({dim}, ({count // block}, {block}))"
    return f"{name} = {split}[{before}{blocks}].flatten({dim}, {dim + 1})"


def inverse(order: Sequence[int]) -> list[int]:
    """The order that undoes an order."""
    back = [0] * len(order)
    for place, number in enumerate(order):
        back[number] = place
    return back


def _rotation(order: Sequence[int]) -> int | None:
    by, count = order[0], len(order)
    rotated = all(n == (by + i) % count for i, n in enumerate(order))
    return by if rotated and count > 2 else None


def _block(order: Sequence[int]) -> int:
    """The longest run of neighbours of which the whole order is made."""
    count = len(order)
    for size in range(count // 2, 1, -1):
        runs = [list(order[i : i + size]) for i in range(0, count, size)]
        if count % size == 0 and all(
            run[0] % size == 0 and run == list(range(run[0], run[0] + size)) for run in runs
        ):
            return size
    return 1
