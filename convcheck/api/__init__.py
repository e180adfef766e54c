"""The same for Python users: compare implementations, or check an array in a test."""

from __future__ import annotations

from convcheck.api.arrays import as_array
from convcheck.api.assertion import assert_equivalent
from convcheck.api.check import Check
from convcheck.api.quantized_assertion import assert_equivalent_quantized
from convcheck.api.sessions import Session, compare, session

__all__ = [
    "Check",
    "Session",
    "as_array",
    "assert_equivalent",
    "assert_equivalent_quantized",
    "compare",
    "session",
]
