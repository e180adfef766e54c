"""Types of option values that are one number. They import click and the standard library alone."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from convcheck.untrusted.text import clean


class Whole(click.IntRange):
    """A whole number within these limits."""

    def __init__(self, *, at_least: int, at_most: int = 999_999_999) -> None:
        super().__init__(min=at_least, max=at_most)
        self.at_least, self.at_most = at_least, at_most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip()
        if not re.fullmatch("[+-]?[0-9]+", text):
            self.fail(f"'{clean(text, 60)}' is not a whole number", param, ctx)
        # Python refuses to read thousands of digits.
        if len(text) > 30 or not self.at_least <= int(text) <= self.at_most:
            allowed = f"from {self.at_least} to {self.at_most}"
            self.fail(f"{clean(text, 60)} is not {allowed}", param, ctx)
        return int(text)

    def _describe_range(self) -> str:
        return f"x>={self.at_least}"


class Amount(click.FloatRange):
    """A finite number: nan would compare as neither more nor less than a limit."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"'{clean(value, 60)}' is not a finite number", param, ctx)
        return float(super().convert(number, param, ctx))


class Seconds(Amount):
    """A time to wait: more than nothing, at most what a computer can wait for."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=1e9)

    def _describe_range(self) -> str:
        return "x>0"


class Scale(Amount):
    """The scale of a quantized array: a float32 number above 0, and a normal one."""

    smallest, largest = 2.0**-126, 2.0**128 - 2.0**104

    def __init__(self) -> None:
        super().__init__(min=self.smallest, max=self.largest)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"'{clean(value, 60)}' is no scale; expected a number above 0 that float32 holds "
                f"as a normal number ({self.smallest:.2g} to {self.largest:.2g})",
                param,
                ctx,
            )
