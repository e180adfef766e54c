"""Names of dtypes that an operand may have, and the dtype of a name, bfloat16 included.

Imports NumPy only within ``dtype_named``: the command line reads the names before it needs NumPy.
"""

from __future__ import annotations

from typing import Any

DTYPES = (
    "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint64 uint32 uint16 uint8".split()
)
"""Names of the dtypes that an operand may have."""


def dtype_named(name: str) -> Any:
    """The NumPy dtype of this name.

    bfloat16 comes from ml_dtypes, imported only here: a runtime in another Python may lack it.
    """
    import numpy as np

    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)
