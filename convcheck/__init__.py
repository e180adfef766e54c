"""Are these two convolutions the same? If not, why, and which one is right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcheck.version import __version__

if TYPE_CHECKING:
    from convcheck.api import (
        Check,
        assert_equivalent,
        assert_equivalent_quantized,
        compare,
        session,
    )
    from convcheck.errors import UsageError

__all__ = [
    "Check",
    "UsageError",
    "__version__",
    "assert_equivalent",
    "assert_equivalent_quantized",
    "compare",
    "session",
]


def __getattr__(name: str) -> Any:
    # Loaded when first used: the command line needs neither NumPy nor these to start.
    if name == "UsageError":
        from convcheck import errors

        return errors.UsageError
    if name in __all__:
        from convcheck import api

        return getattr(api, name)
    raise AttributeError(f"module 'convcheck' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
