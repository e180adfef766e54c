"""Small integers whose sums are exact in every order, so that any other output is a real fault.

Where sum of |x|·|k| (plus |bias|) is at most 2^p, p the significant bits of the narrowest format
that they are added or stored in, every partial sum is an integer that the format holds: no order,
no fused operation and no block changes a bit. Operands are whole numbers up to ``MOST`` that are
never 0, as large as the number n of products in an output allows; where even the smallest would be
too many, a column of the kernel (the output gradient) has numbers at random places only, and they
are other places in the next column, so that together the columns leave no tap out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.families.asked import BIAS, ONES, Asked
from convcheck.case.families.ranges import FLOATS, whole
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

MOST = 15
"""The largest number: four bits, which every format holds, so that no cast of one is to blame."""
PAIRS = (*((m, m) for m in range(MOST, 1, -1)), (1, 2))
"""(spread, columned) magnitudes, richest first. With the last, signs and two sizes are left."""


def draw(asked: Asked) -> dict[str, Array]:
    """Each role that is to be drawn. Raises UsageError where given arrays leave no room."""
    room = _room(asked)
    spread, columned, kept = _magnitudes(asked, room)
    most = {asked.spread: spread, asked.columned: columned, BIAS: columned}
    found = {role: _signed(asked, role, most.get(role, MOST)) for role in asked.drawn}
    if asked.columned in found and kept < asked.column_shape[0]:
        found[asked.columned] *= _places(asked, kept)
    return {role: asked.cast(role, array) for role, array in found.items()}


def _magnitudes(asked: Asked, room: float) -> tuple[int, int, int]:
    """The largest number of each operand, and how many of a column are not 0."""
    given, rows = asked.given, asked.column_shape[0]
    own_bias = int(asked.adds_bias and BIAS not in given)
    if asked.columned in given:  # then the other is drawn
        sums = np.abs(asked.columns(given[asked.columned]).astype(np.float64)).sum(axis=0)
        # Of whole numbers (times the grid) exact up to 2^53, and more than there is room for above.
        for m in range(MOST, 0, -1):
            if sums.max() * m + own_bias * m <= room:
                return m, m, rows
        raise _no_room(asked, asked.columned)
    if asked.spread in given or asked.spread == ONES:
        size = 1.0 if asked.spread == ONES else float(np.abs(_floats(given[asked.spread])).max())
        pairs = [(size, m) for m in range(MOST, 1, -1)]
    else:
        pairs = [(float(x), m) for x, m in PAIRS]
    for x, m in pairs:
        if asked.most * x * m + own_bias * m <= room:
            return int(x), m, rows
    x, m = pairs[-1]
    kept = int((room - own_bias * m) // (x * m)) if x else rows
    if kept < 1:
        raise _no_room(asked, asked.spread)
    return int(x), m, min(kept, rows)


def _room(asked: Asked) -> float:
    """What the absolute products of one output may add up to, beside the bias that is given."""
    limit = whole(asked.summed_dtypes)
    roles = [role for role in (asked.spread, asked.columned) if role in asked.given]
    grid = sum(_grid(asked, role) for role in roles)
    bias = 0.0
    if asked.adds_bias and BIAS in asked.given:
        grid = min(grid, _grid(asked, BIAS))
        bias = float(np.abs(_floats(asked.given[BIAS])).max())
    room = float(np.ldexp(float(limit), grid)) - bias  # exact, or below 0
    if room <= 0:
        raise _no_room(asked, BIAS)
    return room


def _grid(asked: Asked, role: str) -> int:
    """e such that each number of a given array is a multiple of 2^e: 0 where it holds only 0."""
    array = asked.given[role]
    if array.dtype.kind in "iu":
        return 0
    values = _floats(array)
    if not np.isfinite(values).all():
        raise UsageError(
            f"--input integers: the {role} holds NaN or infinity, and no sum of it is exact; "
            f"give --{role.replace(' ', '-')} random"
        )
    mantissa, exponent = np.frexp(values[values != 0])
    digits = np.ldexp(mantissa, 53).astype(np.int64)
    last = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    grid = int((exponent - 53 + last).min(initial=1024))
    if grid == 1024:
        return 0
    lowest = max(FLOATS[one].lowest for one in asked.summed_dtypes if one in FLOATS)
    if grid < lowest:
        raise _no_room(asked, role)
    return grid


def _no_room(asked: Asked, role: str) -> UsageError:
    p = whole(asked.summed_dtypes).bit_length() - 1
    return UsageError(
        f"--input integers: with the {role} that is given no sum of whole numbers is sure to fit "
        f"into {p} bits, where every order of adding is exact; "
        f"give --{role.replace(' ', '-')} random, fewer products an output, or wider dtypes"
    )


def _signed(asked: Asked, role: str, most: int) -> Array:
    """Integers from 1 to ``most``, of either sign where the dtype has one."""
    stream, shape = asked.stream(role), asked.shapes[role]
    sizes = stream.integers(1, most + 1, shape)
    if asked.dtypes[role].startswith("uint"):
        return sizes
    return sizes * (1 - 2 * stream.integers(2, size=shape))


def _places(asked: Asked, kept: int) -> Array:
    """1 at so many random places of each column, else 0: columns take turns over all places."""
    rows, columns = asked.column_shape
    order = asked.stream(asked.columned).permutation(rows)
    turn = np.arange(columns)[:, None] * kept + np.arange(kept)
    found = np.zeros((rows, columns), np.int64)
    found[order[turn % rows], np.arange(columns)[:, None]] = 1
    return asked.from_columns(found)


def _floats(array: Array) -> Array:
    return array.astype(np.float64)
