"""Does work in threads give what it gives one item after the other, whatever comes in between?"""

import threading
import warnings

import numpy as np
import pytest

from convcheck.check import side_by_side as module
from convcheck.check.side_by_side import AT_ONCE, side_by_side


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(module, "usable_processors", lambda: 2)


def test_is_the_order_that_of_the_items_whichever_ends_first():
    second = threading.Event()

    def work(item):
        if item == 0:
            assert second.wait(60)  # the first ends only after the next one
        elif item == 1:
            second.set()
        return item * item

    assert list(side_by_side(work, range(9))) == [i * i for i in range(9)]


def test_are_items_taken_when_their_turn_comes():
    taken, ended = [], []

    def items():
        for item in range(8):
            assert len(taken) - len(ended) < AT_ONCE
            taken.append(item)
            yield item

    for found in side_by_side(lambda item: item, items()):
        ended.append(found)
    assert ended == list(range(8))


def test_is_an_error_raised_in_its_items_turn():
    def work(item):
        if item == 2:
            raise ValueError("item 2")
        return item

    found = []
    with pytest.raises(ValueError, match="item 2"):
        found.extend(side_by_side(work, range(5)))
    assert found == [0, 1]


def test_do_numpys_settings_hold_in_the_threads_too():
    def root(item):
        return np.sqrt(np.float64(item))

    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(list(side_by_side(root, [-1.0, -2.0]))).all()
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        list(side_by_side(root, [-1.0, -2.0]))


def test_is_one_processor_enough(monkeypatch):
    monkeypatch.setattr(module, "usable_processors", lambda: 1)
    own = threading.get_ident()
    assert set(side_by_side(lambda item: threading.get_ident(), range(3))) == {own}
