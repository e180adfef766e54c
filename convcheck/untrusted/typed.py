"""Values of JSON from elsewhere, taken only where they are of the types that were declared."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean


def typed(value: Any, kind: Any, what: str) -> Any:
    """The value as this type, arrays as tuples and objects as the dataclass that it names.

    Raises UsageError, which says where, for a value of another type. A dataclass may come with
    fewer fields where those left out have defaults.
    """
    try:
        return _taken(value, kind, what)
    except RecursionError as error:
        raise UsageError(f"{clean(what)} is nested too deep") from error


def _taken(value: Any, kind: Any, what: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _first_that_fits(value, get_args(kind), what)
    if origin is tuple:
        return _tuple(value, get_args(kind), what)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _wrong(value, "an object", what)
        _, inner = get_args(kind)
        return {key: _taken(one, inner, f"{what}.{key}") for key, one in value.items()}
    if is_dataclass(kind):
        return _object(value, kind, what)
    if kind is float and type(value) is int:
        return value
    # ``isinstance`` takes True for an integer.
    if type(value) is not kind:
        raise _wrong(value, "null" if kind is types.NoneType else kind.__name__, what)
    return value


def _first_that_fits(value: Any, kinds: tuple[Any, ...], what: str) -> Any:
    errors: list[UsageError] = []
    for kind in kinds:
        try:
            return _taken(value, kind, what)
        except UsageError as error:
            errors.append(error)
    raise errors[0]


def _tuple(value: Any, kinds: tuple[Any, ...], what: str) -> Any:
    if not isinstance(value, list):
        raise _wrong(value, "an array", what)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise _wrong(value, f"an array of {len(kinds)}", what)
    return tuple(
        _taken(one, kind, f"{what}[{n}]")
        for n, (one, kind) in enumerate(zip(value, kinds, strict=True))
    )


def _object(value: Any, kind: Any, what: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, "an object", what)
    hints = types_of(kind)
    if unknown := sorted(set(value) - set(hints)):
        raise UsageError(f"{clean(what)} has '{clean(unknown[0], 60)}', which it may not have")
    for field in fields(kind):
        if (
            field.default is MISSING
            and field.default_factory is MISSING
            and field.name not in value
        ):
            raise UsageError(f"{clean(what)} has no '{field.name}'")
    return kind(**{n: _taken(one, hints[n], f"{what}.{n}") for n, one in value.items()})


@cache
def types_of(kind: Any) -> dict[str, Any]:
    """The type of each field of a dataclass."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _wrong(value: Any, expected: str, what: str) -> UsageError:
    return UsageError(f"{clean(what)} is {clean(repr(value)[:400], 60)}; expected {expected}")
