"""Are both of two causes named where each alone leaves the bound?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.causes.catalogue import CATALOGUE
from convcheck.testing import specs
from tests.diagnosis.many import MANY

from .planting import commit, departs, diagnosed, suite_case

pytestmark = pytest.mark.slow

BY_CAUSE = {explanation.name: explanation for explanation in CATALOGUE}
PAIRS = [
    ("kernel-flip", "kernel-transpose"),
    ("channel-order", "input-scale"),
    ("same-padding-side", "missing-bias"),
    ("kernel-flip", "activation"),
    ("channel-order", "input-normalization"),
    ("kernel-io-swap", "padding-mode"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
@pytest.mark.parametrize("count", [3, pytest.param(MANY, marks=pytest.mark.slow)])
def test_are_both_named(pair, count):
    numbers = np.random.default_rng(5)
    missed, tried = [], 0
    some = np.concatenate([numbers.permutation(len(specs())) for _ in range(4)])
    for number in some:
        case = suite_case(int(number))
        if case is None or case.dtypes[0].kind in "iu" or tried == count:
            continue
        explanations = [BY_CAUSE[cause] for cause in pair]
        if not all(e.applies(case) for e in explanations):
            continue
        lists = [list(e.hypotheses(case, case.output_shape)) for e in explanations]
        if not all(lists):
            continue
        one, two = (choices[numbers.integers(len(choices))] for choices in lists)
        alone = [commit(case, one), commit(case, two)]
        if not all(output and departs(case, output) for output in alone):
            continue
        output = commit(case, one.then(two))
        if output is None or not departs(case, output):
            continue
        tried += 1
        _, (first, *_) = diagnosed(case, output)
        named = [set(name.split("+")) for name in (first.cause, *first.also)]
        assert all(named.count(one) == 1 for one in named), (first.cause, first.also)
        if set(pair) not in named:
            story = (specs()[number].id, one.detail, two.detail, first.cause, first.status)
            missed.append((*story, first.also))
    print(f"{pair}: {tried} tried, missed {missed}")
    assert tried == count
    assert len(missed) <= 0.1 * count or (count < 10 and len(missed) <= 1)
