"""A request as plain data, and as the options of ``convcheck compare``. Imports no NumPy."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from convcheck.case.request import Request
from convcheck.spelling import option_text
from convcheck.untrusted.typed import typed

_FIELDS = {field.name: field for field in fields(Request)}


def as_data(request: Request) -> dict[str, Any]:
    """What is not at its default, for JSON: field -> value, tuples as lists."""
    found = {name: getattr(request, name) for name in _FIELDS}
    return {name: _plain(value) for name, value in found.items() if value != _FIELDS[name].default}


def from_data(data: Any) -> Request:
    """The request of ``as_data``. Raises UsageError for what is none."""
    request: Request = typed(data, Request, "a case")
    return request


def options_of(request: Request) -> list[str]:
    """The words that ask ``convcheck compare`` for this case."""
    words: list[str] = []
    for name, field in _FIELDS.items():
        value = getattr(request, name)
        if value == field.default:
            continue
        option = f"--{name.rstrip('_').replace('_', '-')}"
        words += [option] if value is True else [option, option_text(value)]
    return words


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
