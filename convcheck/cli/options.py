"""How options are declared, for every command alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option that may also be set by the environment, as CONVCHECK_NAME."""
    long = next(name for name in names if name.startswith("--"))
    settings.setdefault("envvar", "CONVCHECK_" + long[2:].replace("-", "_").upper())
    return click.option(*names, **settings)
