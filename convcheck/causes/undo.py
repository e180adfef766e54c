"""Fixes that undo a change of an array: one statement, in NumPy's words or torch's.

In NumPy's words ``x`` is NHWC, ``kernel`` HWIO (transposed HWOI) and ``y`` NHWC; in torch's ``x``
and ``y`` are NCHW and ``weight`` is OIHW (transposed IOHW); where that matters, the fix says it. A
statement gives back what the other side had: applied before the call that is wrong, or to ``y``
after it. It leaves no negative strides, which torch refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.causes.cause import Fix


def undo(numpy: str, torch: str | None = None, words: str = "", *, any_layout: bool = False) -> Fix:
    """A fix by a statement in NumPy's words and, where it differs, in torch's.

    Each names the layout that it is for, unless it holds in ``any_layout``.
    """

    def fix(case: Case | None, framework: str) -> str:
        shown = None if any_layout else case
        ways = [_way("numpy", numpy, shown)] * (framework != "torch" or torch is None)
        if torch is not None and framework in ("torch", ""):
            ways.append(_way("torch", torch, shown))
        return ". ".join([words] * bool(words) + ways)

    return fix


def _way(framework: str, statement: str, case: Case | None) -> str:
    layout = "" if case is None else f" ({_layout(framework, statement.split()[0], case)})"
    return f"{framework}{layout}: {statement}"


def _layout(framework: str, name: str, case: Case) -> str:
    """How the array of this name is laid out where the statement is for it."""
    spatial = "DHW"[-case.spec.rank :]
    if name in ("x", "y"):
        return f"NC{spatial}" if framework == "torch" else f"N{spatial}C"
    channels = "OI" if case.spec.transposed else "IO"
    return f"{channels[::-1]}{spatial}" if framework == "torch" else f"{spatial}{channels}"


def in_any(statement: str, words: str = "", *, any_layout: bool = False) -> Fix:
    """A fix by a statement that all arrays understand."""
    return undo(statement, statement, words, any_layout=any_layout)


def reordered(name: str, order: Sequence[int]) -> str:
    """NumPy's statement that gives the last axis of an array in this order."""
    count = len(order)
    if list(order) == list(range(count))[::-1]:
        return f"{name} = {name}[..., ::-1].copy()"
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
