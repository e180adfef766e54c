"""Do COLUMNS, NO_COLOR and FORCE_COLOR decide how the text report looks?"""

from __future__ import annotations

import os

import pytest

# Whether the orders of sums are found unasked, a clock decides.
ARGUMENTS = (
    *("compare", "--input", "random", "--kernel", "random", "--no-orders"),
    *("-i", "numpy", "-i", "scipy"),
)


@pytest.fixture
def shown(convcheck_command):
    def run(**variables):
        kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        done = convcheck_command(*ARGUMENTS, env={**kept, **variables})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def longest(text):
    return max(map(len, text.splitlines()))


@pytest.mark.slow
def test_do_columns_decide_the_width(shown):
    piped, narrow, wide = shown(), shown(COLUMNS="60"), shown(COLUMNS="200")
    assert longest(narrow) <= 60 < longest(piped) <= 80 < longest(wide) <= 200
    assert narrow.split() == piped.split() == wide.split()


@pytest.mark.slow
def test_do_variables_decide_the_colours(shown):
    assert "\x1b[" not in shown()
    coloured = shown(FORCE_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b[" not in shown(FORCE_COLOR="1", NO_COLOR="1")
