"""Types of option values. They import click and the standard library alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from convcheck.case.arrays.names import is_array_file
from convcheck.causes.pages import pages
from convcheck.cli.suggestion import unknown_cause
from convcheck.spelling import did_you_mean_or
from convcheck.untrusted.text import clean

_INTEGER = "-?[0-9]{1,18}"
"""No array has more, and Python refuses to read thousands of digits."""


class Choice(click.Choice):  # type: ignore[type-arg, unused-ignore]
    """One of some words, in small or capital letters; a misspelled one gets the nearest."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words, case_sensitive=False)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        words = [str(word) for word in self.choices]
        return f"there is no '{clean(value, 60)}'; {did_you_mean_or(str(value), words)}"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        typed = incomplete.lower()
        words = [str(word) for word in self.choices]  # as they are written, HWIO
        return [CompletionItem(word) for word in words if word.lower().startswith(typed)]


class Numbers(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """``7`` or ``7,5``: one number for every axis, or one for each."""

    name = "numbers"

    def __init__(self, *, at_least: int, metavar: str = "N[,N...]") -> None:
        self.at_least = at_least
        self.metavar = metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return self.metavar

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if not re.fullmatch(rf" *{_INTEGER} *(, *{_INTEGER} *)*", text):
            shown = clean(text, 60)
            self.fail(f"'{shown}' is not numbers; write 7, or 7,5 for each axis", param, ctx)
        numbers = tuple(int(part) for part in text.split(","))
        if min(numbers) < self.at_least:
            shown = clean(text, 60)
            self.fail(f"{shown} is too small; it must be {self.at_least} or more", param, ctx)
        return numbers


class Padding(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """``same``, ``valid``, ``1`` (every side), ``1,2`` (by axis), ``0:1,0:1`` (before:after)."""

    name = "padding"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "same|valid|N[,N...]|B:A[,B:A...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        text = str(value).lower()
        if text in ("same", "valid"):
            return text
        one = rf" *({_INTEGER})(?::({_INTEGER}))? *"
        sides = [re.fullmatch(one, part) for part in text.split(",")]
        if not all(sides):
            self.fail(
                f"'{clean(text, 60)}' is not a padding; write same, valid, 1 (every side), "
                "1,2 (by axis) or 0:1,0:1 (before:after by axis)",
                param,
                ctx,
            )
        pads = tuple((int(side[1]), int(side[2] or side[1])) for side in sides if side)
        if min(map(min, pads)) < 0:
            self.fail(f"{clean(text, 60)} is negative; a padding is 0 or more", param, ctx)
        return pads


class FileName(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The name of a file; in an environment variable several are joined as in PATH."""

    name = "file"
    envvar_list_splitter = os.pathsep


class Lines(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Any text; in an environment variable each line is one."""

    name = "text"
    envvar_list_splitter = "\n"


class Cause(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The name of a cause that can be accepted, or several joined by ``+``, as reports print."""

    name = "cause"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = [page.name for page in pages() if page.name != "unexplained"]
        text = str(value).strip().lower()
        for part in text.split("+"):
            if part not in known:
                self.fail(unknown_cause(part, known), param, ctx)
        return text


class OrFile(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """One number of this type, or the name of a file with one for each output channel."""

    name = "number or file"

    def __init__(self, number: click.ParamType) -> None:  # type: ignore[type-arg, unused-ignore]
        self.number = number

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = str(value)
        if is_array_file(text):
            return text
        try:
            return self.number.convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(
                f"{error.message}; or a file: .npy .npz:NAME .safetensors:NAME .pt:NAME", param, ctx
            )
