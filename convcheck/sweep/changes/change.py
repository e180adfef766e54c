"""One changed case, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case


@dataclass(frozen=True)
class Change:
    """A changed case, and the output that the unchanged one's says must come."""

    what: str
    """``input-negated``, ``filters-permuted`` …"""
    case: Case
    expected: Callable[[Array], Array]
    """From the output of the unchanged case; both are laid out as their cases' outputs."""
