"""The help of a command: its options under headings, examples, one way to show a default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Case": tuple(
        "input input_shape input_dtype input_layout rank kernel kernel_size filters kernel_dtype "
        "kernel_layout dtype bias pass_ output_gradient seed save_case cases".split()
    ),
    "Geometry": tuple(
        "strides padding dilations groups transposed output_padding data_format".split()
    ),
    "Quantization": tuple(
        "quantize input_scale input_zero_point kernel_scale kernel_zero_point output_scale "
        "output_zero_point activation".split()
    ),
    "Model": ("against", "input_b", "layout_b", "layers", "unsafe", "imports"),
    "Specs": ("patterns", "pass_", "exit_first"),
    "Implementations": ("implementations", "trust", "timeout", "start_timeout"),
    "Orders of sums": ("orders", "orders_timeout"),
    "Verdict": ("identical", "max_sum", "strict", "accept", "allow_empty"),
    "Output": ("formats", "outputs", "plot", "save", "reasons", "verbose", "quiet"),
    "Settings": ("config", "no_config"),
}
"""Heading -> parameters, in this order; what is in none of them comes last."""


class Option(click.Option):
    """An option whose help shows its default as ``[default: …]``, and no range.

    ``show_default`` may be the words for a default that depends on other options.
    """

    def get_help_extra(self, ctx: click.Context) -> Any:
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)  # whoever leaves it is told
        if isinstance(self.show_default, str):
            extra["default"] = self.show_default
        if self.is_flag:
            extra.pop("default", None)
        return extra


class Command(click.Command):
    """A command whose help has headings and ``examples``; ``sections`` of its own come first."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        sections: Mapping[str, tuple[str, ...]] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.examples = examples
        self.sections = {**(sections or {}), **SECTIONS}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Help first: a mistake in a settings file, or in another option, does not stand before it.
        typed = args[: args.index("--")] if "--" in args else args
        if not ctx.resilient_parsing and set(ctx.help_option_names) & set(typed):
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        records = {str(p.name): p.get_help_record(ctx) for p in options}
        for heading, names in self.sections.items():
            rows = [row for name in names if (row := records.pop(name, None))]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        left = [row for row in records.values() if row]
        if left:
            with formatter.section("Other"):
                formatter.write_dl(left)
