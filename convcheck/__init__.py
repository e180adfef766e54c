"""Are these two convolutions the same? If not, why, and which one is right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcheck.api import assert_equivalent, compare

__version__ = "0.1.0"
__all__ = ["__version__", "assert_equivalent", "compare"]


def __getattr__(name: str) -> Any:
    # Loaded when first used: the command line needs neither NumPy nor these to start.
    if name in ("assert_equivalent", "compare"):
        from convcheck import api

        return getattr(api, name)
    raise AttributeError(f"module 'convcheck' has no attribute '{name}'")
