"""A row of the table of implementations: where one lives, and what may be asked of it."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.implementations.interface import Module


@dataclass(frozen=True)
class Row:
    """One implementation, of real numbers or of quantized cases: ``rows`` has the tables."""

    base: str
    """The name without options, as in ``Name.base``."""
    module: str
    """Module that offers it, or ``module:object``; see ``interface.Module``."""
    framework: str
    """Rows of one framework share a process."""
    call: str
    """The call it makes for a plain convolution."""
    install: str = ""
    """The command that installs what it needs."""
    options: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    """Lower-case keys it takes -> the values allowed, None for any."""
    any_option: bool = False
    """Whether it takes keys that this table does not know."""
    in_this_process: bool = False
    """Whether it needs no runtime: ``compute`` is light and runs no code but convcheck's."""

    def load(self) -> Module:
        """Import the module. Only a worker does this, unless ``in_this_process``."""
        module, _, path = self.module.partition(":")
        found = importlib.import_module(module)
        offered: Module = functools.reduce(getattr, path.split(".") if path else [], found)
        return offered
