"""What a report needs to know besides the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.excerpt.data import Excerpt


@dataclass(frozen=True)
class Setting:
    """An option that was not typed."""

    name: str
    """As it would be typed, ``--strides``."""
    value: str
    """``true`` or ``false`` of a flag."""
    source: str
    """The settings file, or the environment variable."""


@dataclass(frozen=True)
class Context:
    """How a report was asked for."""

    reproduce: str = ""
    """The command line that gives the same result again."""
    width: int = 100
    """Columns of a report for people."""
    color: bool = False
    """Whether the report goes to a terminal that shows colours."""
    verbose: bool = False
    """Whether messages are shown whole."""
    settings: tuple[Setting, ...] = ()
    """What came from a file or the environment."""
    excerpts: Mapping[str, Excerpt] = field(default_factory=dict)
    """What a page shows of the arrays: of the one case "", else of each by its number from "0"."""
