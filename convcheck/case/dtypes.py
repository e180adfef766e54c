"""dtypes by name, bfloat16 included."""

from __future__ import annotations

from typing import Any

DTYPES = (
    "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint64 uint32 uint16 uint8".split()
)
"""What an operand may be."""


def dtype_named(name: str) -> Any:
    """The NumPy dtype of this name; bfloat16 comes from ml_dtypes, loaded only when met."""
    import numpy as np

    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)
