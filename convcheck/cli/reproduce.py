"""The command line that gives the same result again, and which of its options nobody typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import click
from click.core import ParameterSource

from convcheck.cli import config
from convcheck.cli.reporting import Reporting
from convcheck.reports.context import Setting
from convcheck.spelling import option_text
from convcheck.untrusted.shell import quoted

# They change where a report goes, not what it says.
_OUTPUT_ONLY = {field.name for field in fields(Reporting)} | {"save"}
_TYPED = ParameterSource.COMMANDLINE


def command_line(ctx: click.Context, **instead: Any) -> str:
    """Every option that is not at its default, wherever it came from.

    ``instead`` are values of parameters in place of those that were given, or of their defaults;
    None leaves one out.
    """
    words = ["convcheck", ctx.info_name or ""]
    for parameter, value, source in _given(ctx, instead):
        if parameter.name in _OUTPUT_ONLY:
            continue
        if isinstance(parameter, click.Argument):
            words += map(str, value) if parameter.nargs == -1 else [str(value)]
        elif isinstance(value, bool):
            # What a flag negates comes from a file or the environment, or is the default.
            if value or source is _TYPED:
                words.append(_flag(parameter, value))
        else:
            for text in _texts(parameter, value):
                words += [_flag(parameter), text]
    return " ".join(map(quoted, words))


def settings(ctx: click.Context) -> tuple[Setting, ...]:
    """The options that a settings file or the environment gave."""
    return tuple(
        Setting(_flag(parameter), text, where)
        for parameter, value, source in _given(ctx, {})
        if (where := _where(ctx, parameter, source))
        for text in _texts(parameter, value)
    )


def _given(
    ctx: click.Context, instead: Mapping[str, Any]
) -> Iterator[tuple[click.Parameter, Any, ParameterSource]]:
    """The parameters that are not at their defaults, their values and where these came from.

    Those of ``instead`` count as typed.
    """
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = _TYPED if name in instead else ctx.get_parameter_source(name)
        value = instead.get(name, ctx.params.get(name))
        if source in (None, ParameterSource.DEFAULT) or value is None:
            continue
        yield parameter, value, source


def _where(ctx: click.Context, parameter: click.Parameter, source: ParameterSource) -> str:
    if source is ParameterSource.DEFAULT_MAP:
        return config.settings_file(ctx)
    return str(parameter.envvar) if source is ParameterSource.ENVIRONMENT else ""


def flags_of(ctx: click.Context, names: Iterable[str]) -> tuple[str, ...]:
    """The options that set these parameters, as they would be typed."""
    wanted = set(names)
    return tuple(_flag(one) for one in ctx.command.params if one.name in wanted)


def _flag(parameter: click.Parameter, value: bool = True) -> str:
    return max(parameter.opts if value else parameter.secondary_opts, key=len)


def _texts(parameter: click.Parameter, value: Any) -> list[str]:
    """The value as typed, in one piece or in as many as the option is given."""
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(one) for one in value] if parameter.multiple else [_text(value)]


def _text(value: Any) -> str:
    if type(value) is tuple:  # not one that knows how it is typed
        return option_text(value)
    if isinstance(value, float) and float(short := f"{value:g}") == value:
        return short
    return str(value)  # of a scale every digit counts
