"""Does a case stay itself through JSON, and through the words that are printed of it?"""

from __future__ import annotations

import json
import shlex

import click
import pytest
from hypothesis import given, settings

from convcheck.case.request import Request
from convcheck.cli.commands.compare import command as compare
from convcheck.cli.options import made_of
from convcheck.errors import UsageError
from convcheck.sweep.ask import Ask
from convcheck.sweep.commands import command
from convcheck.testing.strategies import requests
from convcheck.testing.written import as_data, from_data, options_of

EXAMPLES = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def parsed(words: list[str]) -> Request:
    """What click makes of the words."""
    with click.Context(compare) as context:
        compare.parse_args(context, words)
        return made_of(Request, context.params)


@EXAMPLES
@given(request=requests())
def test_is_it_the_same_from_json(request: Request) -> None:
    assert from_data(json.loads(json.dumps(as_data(request)))) == request


@EXAMPLES
@given(request=requests())
def test_is_it_the_same_from_the_command_line(request: Request) -> None:
    assert parsed(options_of(request)) == request


@EXAMPLES
@given(request=requests())
def test_does_the_printed_command_make_the_same_arrays(request: Request) -> None:

    from convcheck.case.build import build

    first, *words = shlex.split(command(request, (), Ask(())))
    assert (first, words[0]) == ("convcheck", "compare")
    a, b = build(request), build(parsed(words[1:]))
    assert a.spec == b.spec
    assert a.data_format == b.data_format
    for name in ("input", "kernel"):
        ours, theirs = getattr(a, name), getattr(b, name)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        *([], 5, None, "random", {"input": 5}, {"groups": True}, {"groups": 1.0}, {"seed": "1"}),
        *({"transposed": 1}, {"strides": [1.5]}, {"strides": 2}, {"padding": [[1, 2, 3]]}),
        *({"padding": {"a": 1}}, {"kernel_size": None, "nothing": 1}, {"input_shape": "1,2"}),
    ],
    ids=repr,
)
def test_is_what_is_no_case_refused(data: object) -> None:
    with pytest.raises(UsageError, match="a case"):
        from_data(data)
