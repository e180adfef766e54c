"""The command line that gives the same result again."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import Any

import click
from click.core import ParameterSource

from convcheck.cli.options import Reporting

# They change where a report goes, not what it says.
_OUTPUT_ONLY = {field.name for field in fields(Reporting)} | {"save"}


def command_line(ctx: click.Context) -> str:
    """Every option that is not at its default, wherever it came from."""
    words = ["convcheck", ctx.info_name or ""]
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = ctx.get_parameter_source(name)
        if name in _OUTPUT_ONLY or source in (None, ParameterSource.DEFAULT):
            continue
        if isinstance(parameter, click.Argument):
            words.append(str(ctx.params[name]))
            continue
        flag = max(parameter.opts, key=len)
        value = ctx.params[name]
        if value is True:
            words.append(flag)
        elif parameter.multiple:
            for one in value:
                words += [flag, str(one)]
        elif value is not None and value is not False:
            words += [flag, _text(value)]
    return shlex.join(words)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(":".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
