"""Do the few lines that an expectation gives show the fault, where it can occur, with no more?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from convcheck.implementations.name import Name, parse
from convcheck.testing import EXPECTED, specs
from convcheck.testing.expectation import processor_flags
from convcheck.testing.families import conv

Needs = Callable[[str], Name]

SHOWN = {one.reproduction: one for one in EXPECTED if one.reproduction}
RIGHT = {"[1, 1, 1, 3, 1]": {0.0}, "bfloat16": {4.0, 6.0, 9.0}}
"""A piece of the lines -> the numbers that they should print."""


def printed(lines: str) -> set[float]:
    done = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, check=True, timeout=120
    )
    numbers = re.search(r"\[(.*?)\]", done.stdout, re.DOTALL)
    assert numbers is not None, done.stdout
    return {float(word) for word in re.findall(r"[-\w.+]+", numbers[1])}


@pytest.mark.slow
@pytest.mark.parametrize("lines", SHOWN, ids=[one.implementation for one in SHOWN.values()])
def test_do_they_print_what_is_wrong_where_it_can_occur(lines: str, needs: Needs) -> None:
    fault = SHOWN[lines]
    needs(fault.implementation)
    assert lines.count("\n") <= 5
    (right,) = (numbers for piece, numbers in RIGHT.items() if piece in lines)
    if fault.always:
        assert printed(lines) != right
    elif fault.instructions and fault.instructions not in processor_flags():
        assert printed(lines) == right


def test_is_there_a_spec_of_the_suite_for_each_known_fault() -> None:
    assert [one.text for one in EXPECTED if not any(map(one.covers, specs()))] == []


def test_is_a_fault_of_some_instructions_expected_only_where_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault = next(one for one in EXPECTED if one.instructions)
    spec = conv(3, 3, 3, channels=1, spatial=(1, 6, 7), dtypes=("bfloat16", "bfloat16"))
    flags = "convcheck.testing.expectation.processor_flags"
    for found, expected in (("avx2 avx512_bf16", True), ("avx2", False), ("", True)):
        monkeypatch.setattr(flags, lambda found=found: frozenset(found.split()))
        assert fault.applies(parse("torch"), spec, {"torch": "2.13.0"}) is expected
    assert not replace(fault, until={"torch": "2.14"}).applies(
        parse("torch"), spec, {"torch": "2.14"}
    )
