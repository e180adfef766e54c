"""Do outputs that equal what they should be weigh against an explanation, however many they are?"""

from __future__ import annotations

import numpy as np

from convcheck.verdict.evidence import independent_weight, log_evidence


def test_do_several_right_outputs_of_a_place_add_up_without_overflow() -> None:
    errors = np.array([[0.0, 0.0, 9.0], [9.0, 9.0, 9.0]])
    weights = log_evidence(errors, np.ones_like(errors), np.full(errors.shape, True)).sum(axis=1)
    assert weights[0] == -np.inf
    assert np.isclose(weights[1], 3 * np.log(9))
    places = [np.zeros(2, int), np.array([0, 100])]
    assert independent_weight(places, (1,), weights) == -np.inf
