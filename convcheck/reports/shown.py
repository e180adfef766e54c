"""A result whose texts can be shown: in a terminal, a file, or another program's log.

Names of files, what a bundle says, a framework's messages: none of it was written by convcheck,
and each may hold escape sequences or a megabyte. All formats render what comes out of here.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from convcheck.untrusted.text import LONGEST, clean

Result = TypeVar("Result")

_OWN = 4000
"""Characters of a text that convcheck wrote around foreign ones."""
_WHOLE = {
    "summary", "fix", "fixes", "failures", "warnings", "reproduce", "command", "message",
}  # fmt: skip
"""Fields with such a text; a framework's own message, of which the table shows a sentence."""


def shown(result: Result) -> Result:
    """The same result, each text in one line of printable characters and not too long.

    Plain texts and arrays stay the objects that they are.
    """
    changed: Result = _shown(result, LONGEST)
    return changed


def _shown(value: Any, longest: int) -> Any:
    """The value with its texts cleaned; the same object where there is nothing to clean."""
    if type(value) is str:
        return value if value.isprintable() and len(value) <= longest else clean(value, longest)
    if isinstance(value, (list, tuple)):
        items = [_shown(item, longest) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, dict):
        return {_shown(k, longest): _shown(item, longest) for k, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _fields_shown(value)
    return value


def _fields_shown(value: Any) -> Any:
    changes = {}
    for field in fields(value):
        old = getattr(value, field.name)
        new = _shown(old, _OWN if field.name in _WHOLE else LONGEST)
        if new is not old:
            changes[field.name] = new
    return replace(value, **changes) if changes else value
