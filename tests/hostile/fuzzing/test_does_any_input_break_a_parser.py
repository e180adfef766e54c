"""Does nothing but a refusal come out of a parser, whatever it is given?

The corpus holds what once reached a new line of a parser;
``python -m tests.hostile.fuzzing.mutate`` adds to it.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.at_random import damaged

from .mutate import CORPUS, corpus, mutated, reached, search
from .parsers import PARSERS, REFUSALS

SETTINGS = {
    "database": None,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}
SECONDS = 5.0


def refused(parser: str, data: bytes) -> bool:
    try:
        PARSERS[parser](data)
    except REFUSALS:
        return True
    return False


@pytest.mark.parametrize("parser", PARSERS)
def test_is_all_of_the_corpus_parsed_or_refused(parser):
    assert {refused(parser, data) for data in corpus(parser)} == {True, False}
    assert any((CORPUS / parser).iterdir())


@pytest.mark.parametrize("parser", PARSERS)
def test_is_damage_to_it_parsed_or_refused(parser):
    known = corpus(parser)

    @settings(**SETTINGS, max_examples=50)
    @given(data=st.one_of(st.binary(max_size=100), st.sampled_from(known).flatmap(damaged)))
    def at_random(data: bytes) -> None:
        refused(parser, data)

    at_random()


@pytest.mark.slow
@pytest.mark.parametrize("parser", PARSERS)
def test_is_what_reaches_new_lines_parsed_or_refused(parser):
    new = list(search(parser, SECONDS, random.Random()))
    print(f"{parser}: {len(new)} inputs reach new lines")


def test_does_the_search_find_what_lies_behind_a_condition(monkeypatch):
    """Three bytes at once nobody guesses; one by one, each a new line, coverage finds them."""

    def parse(data: bytes) -> None:
        if data[:1] != b"7":
            return
        if data[1:2] != b"b":
            return
        if data[2:3] == b"c":
            raise ZeroDivisionError

    monkeypatch.setitem(PARSERS, "three", parse)
    monkeypatch.setattr("tests.hostile.fuzzing.mutate.PACKAGE", "test_does_any_input")
    monkeypatch.setattr("tests.hostile.fuzzing.mutate.seeds", lambda: {"three": [b"7"]})
    with pytest.raises(AssertionError, match=r"three raises ZeroDivisionError.*for b'7bc"):
        list(search("three", 30, random.Random(0)))


def test_are_steps_those_of_our_own_code():
    steps = reached(PARSERS["padding"], b"1,2")
    assert steps
    assert steps != reached(PARSERS["padding"], b"same")
    assert mutated(b"abc", [b"abc"], random.Random(1)) != b"abc"
