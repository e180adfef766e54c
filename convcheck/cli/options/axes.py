"""Options that give an axis of a sweep its values, ``/`` between them."""

from __future__ import annotations

from typing import Any

import click

from convcheck.case.passes import PASSES
from convcheck.case.request import NAMED_BIASES
from convcheck.cli.options import Decorator, as_object, option
from convcheck.cli.params import Choice, Numbers, Padding
from convcheck.option_types import Whole
from convcheck.spelling import option_text
from convcheck.testing.space import DEPTHWISE, FORMATS, Space


class Several(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Values of another type, ``/`` between them, each once."""

    name = "values"

    def __init__(self, one: click.ParamType) -> None:  # type: ignore[type-arg, unused-ignore]
        self.one = one

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, Values):
            return value
        parts = [part.strip() for part in str(value).split("/")]
        if not all(parts):
            self.fail("a value is missing beside a /; write 1/2/3", param, ctx)
        return Values(dict.fromkeys(self.one.convert(part, param, ctx) for part in parts))


class Values(tuple[Any, ...]):
    """The values of an axis; a tuple of its own type, as one value may be a tuple too."""

    def __str__(self) -> str:
        return "/".join(map(option_text, self))


class Groups(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A number of groups, or ``depthwise``."""

    name = "groups"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).lower() == DEPTHWISE:
            return DEPTHWISE
        try:
            return Whole(at_least=1).convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message}; or write {DEPTHWISE}", param, ctx)


class Rank(click.IntRange):
    """1, 2 or 3."""

    def __init__(self) -> None:
        super().__init__(1, 3)


def _axis(name: str, one: click.ParamType, metavar: str, words: str, **more: Any) -> Decorator:  # type: ignore[type-arg, unused-ignore]
    return option(name, *more.pop("to", ()), type=Several(one), metavar=metavar, help=words, **more)


space = as_object(
    "space",
    Space,
    _axis("--rank", Rank(), "1/2/3", "Spatial axes.", show_default="2; --random: 1/2/3"),
    _axis(
        "--input",
        click.STRING,
        "NAME/...",
        "random, integers, cancellation:1e6, wide, subnormal, overflow, china.",
        show_default="random; --random: mostly random",
    ),
    _axis(
        "--input-shape",
        Numbers(at_least=1),
        "N,H,W,C/...",
        "Shapes of inputs that convcheck makes.",
        show_default="2,12,12,8",
    ),
    _axis(
        "--dtype",
        Choice(FORMATS),
        "DTYPE/...",
        "Of input and kernel both.",
        show_default="float32; --random: float32/float64/float16/bfloat16",
    ),
    _axis("--kernel-size", Numbers(at_least=1), "1/3/7,5", "Taps.", show_default="3"),
    _axis("--filters", Whole(at_least=1), "N/...", "Output channels.", show_default="8"),
    _axis("--bias", Choice(NAMED_BIASES), "none/random", "Biases.", show_default="none"),
    _axis("--strides", Numbers(at_least=1), "1/2/2,1", "Strides.", show_default="1"),
    _axis(
        "--padding",
        Padding(),
        "same/valid/1/0:1,0:1",
        "As of compare.",
        show_default="same",
    ),
    _axis("--dilations", Numbers(at_least=1), "1/2", "From 1.", show_default="1"),
    _axis("--groups", Groups(), "1/2/depthwise", "Groups.", show_default="1"),
    _axis(
        "--transposed",
        Choice(["no", "yes"]),
        "no/yes",
        "Transposed convolutions.",
        show_default="no; --random: both",
    ),
    _axis("--output-padding", Numbers(at_least=0), "0/1", "Of transposed ones.", show_default="0"),
    _axis("--data-format", Choice(["NHWC", "NCHW"]), "NHWC/NCHW", "Layouts.", show_default="NHWC"),
    _axis(
        "--pass",
        Choice(PASSES),
        "PASS/...",
        "forward, input-gradient, kernel-gradient, bias-gradient.",
        to=("pass_",),
        show_default="forward; --random: all",
    ),
)
