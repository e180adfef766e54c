"""Draws the arrays of a family; refuses what none of them is made for."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.checks import show
from convcheck.case.dtypes import dtype_named
from convcheck.case.families import cancellation, integers, overflow, subnormal, wide
from convcheck.case.families.asked import Asked
from convcheck.case.families.names import CANCELLATION, INTEGERS, OVERFLOW, SUBNORMAL, WIDE
from convcheck.case.families.ranges import FLOATS
from convcheck.errors import UsageError
from convcheck.spelling import listed
from convcheck.untrusted.memory import check_memory

if TYPE_CHECKING:
    from convcheck.case.case import Array

_DRAW: dict[str, Callable[[Asked], dict[str, Array]]] = {
    INTEGERS: integers.draw,
    CANCELLATION: cancellation.draw,
    WIDE: wide.draw,
    SUBNORMAL: subnormal.draw,
    OVERFLOW: overflow.draw,
}


def make(asked: Asked) -> dict[str, Array]:
    """Each array that is to be drawn, by role, in its dtype.

    Raises UsageError where the family cannot be made of what is given.
    """
    name = asked.family.name
    if asked.spread not in asked.drawn and asked.columned not in asked.drawn:
        raise UsageError(
            f"--input {name}: --pass {asked.pass_} does not read the input, and all that it reads "
            "is given; add --output-gradient random"
        )
    floats = all(dtype in FLOATS for dtype in asked.dtypes.values())
    if name != INTEGERS and not floats:
        raise UsageError(
            f"--input {name} is made of {listed(tuple(FLOATS), 'or')} alone; give --input-dtype "
            "and --kernel-dtype one of these, or take --input integers"
        )
    for role in asked.drawn:
        shape = asked.shapes[role]
        itemsize = np.dtype(dtype_named(asked.dtypes[role])).itemsize
        check_memory((24 + itemsize) * prod(shape), f"an {name} {role} of shape {show(shape)}")
    return _DRAW[name](asked)
