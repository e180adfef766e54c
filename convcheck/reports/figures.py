"""How numbers are written in every report that people read."""

from __future__ import annotations


def number(value: float | None, digits: int = 3) -> str:
    """A measured number with some significant digits; 0 is exactly zero."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:.{digits}g}"


def count(value: int | None) -> str:
    """A count with thousands set apart."""
    return "-" if value is None else f"{value:,}"


def plain_axes(values: tuple[int, ...]) -> str:
    """One number where all axes share it."""
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))


def percent(share: float) -> str:
    """A share in whole per cent; what is not quite none, or not quite all, is said to be."""
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


def beyond_half(error: float) -> str:
    """The error with as many digits as tell it from 1/2, the best possible, where it is larger."""
    texts = (number(error, digits) for digits in range(3, 17))
    return next((text for text in texts if error <= 0.5 or float(text) > 0.5), number(error, 17))
