"""NaN as processors compute it: quiet, so that a cast or a maximum of it is no event to report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def with_quiet_nans(array: NDArray[Any]) -> NDArray[Any]:
    """The array itself, or a copy in which each NaN is the dtype's own, where it has any.

    A file may hold signaling ones, which no arithmetic gives: NumPy warns whenever it meets one.
    """
    import numpy as np

    if array.dtype.kind in "biu":
        return array
    with np.errstate(invalid="ignore"):
        nan = np.isnan(array)
        return np.where(nan, array.dtype.type(np.nan), array) if nan.any() else array
