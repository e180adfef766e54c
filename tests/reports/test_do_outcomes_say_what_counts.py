"""Has each thing that was looked at the state that it counts for?"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from convcheck.reports.outcomes import outcomes
from convcheck.reports.outcomes.check import size_of
from convcheck.reports.outcomes.outcome import State, worst_first
from tests.reports.results import CHECKS, conformance, large_model, model, result_of

FAILED, ERROR, SKIPPED, PASSED = State


def found(name):
    return {one.name: one for one in outcomes(result_of(name))}


def states(name):
    return {key: one.state for key, one in found(name).items()}


def test_is_each_implementation_and_each_pair_one():
    assert states("different") == {
        "call of a against exact": PASSED,
        "call of b against exact": FAILED,
        "call of a and call of b": FAILED,
    }
    one = found("different")["call of b against exact"]
    case = "x (1, 4, 4, 3) float64 * ones (2, 2, 3, 2) float32, strides 1, padding valid"
    assert one.group == case
    assert "leave their bound" in one.message
    assert any(line.startswith("unexplained: ") for line in one.details)
    assert any(line.startswith("fix: ") for line in one.details)


def test_is_what_did_not_run_an_error_and_its_pair_skipped():
    for name in ("crashed", "timed-out", "unavailable"):
        assert states(name) == {
            "call of a against exact": PASSED,
            "call of b against exact": ERROR,
            "call of a and call of b": SKIPPED,
        }
    assert found("crashed")["call of a and call of b"].message == "undecided: call of b crashed"


def test_is_what_has_no_bound_skipped():
    assert set(states("undecided").values()) == {SKIPPED}


def test_is_a_limit_a_failure_of_its_own_without_the_figure_in_its_name():
    assert states("limit") == {
        "call of a against exact": PASSED,
        "call of b against exact": PASSED,
        "call of a and call of b": PASSED,
        "--identical: a and b are not identical": FAILED,
        "--max-sum 0: a and b": FAILED,
    }
    assert found("limit")["--max-sum 0: a and b"].message.endswith(" in all")


def test_is_what_is_accepted_passed_and_said():
    assert set(states("accepted").values()) == {PASSED}
    assert "(accepted: output-offset)" in found("accepted")["call of b against exact"].message
    pair = found("accepted")["call of a and call of b"]
    assert pair.message.startswith("accepted (output-offset): sum ")


def test_is_an_output_as_it_was_recorded_no_failure():
    assert set(states("verified-though-wrong").values()) == {PASSED}
    beside = found("verified-beside-different")
    assert "(no failure: as it was recorded)" in beside["call of a against exact"].message
    assert {name: one.state for name, one in beside.items() if one.state is FAILED} == {
        "call of b against exact": FAILED,
        "b (recorded) and call of b": FAILED,
    }


def test_is_a_recording_that_is_compared_with_nothing_skipped():
    beside = states("recorded-beside")
    assert beside["b (recorded) against exact"] is SKIPPED
    assert beside["c (recorded) against exact"] is SKIPPED
    assert beside["a (recorded) and call of a"] is PASSED
    assert states("recorded-beside-different")["c (recorded) against exact"] is SKIPPED


def test_is_a_wrong_output_beside_a_crash_a_failure():
    beside = states("wrong-beside-crashed")
    assert list(beside.values()) == [FAILED, ERROR, SKIPPED]


def test_are_two_equal_wrong_outputs_failures():
    assert list(states("both-wrong").values()) == [FAILED, FAILED, PASSED]


def test_is_a_layer_one_with_its_limits_beside_it():
    assert states("model-different") == {
        "block/rounding": PASSED,
        "block/different": FAILED,
        "block/crashed": ERROR,
        "block/limit": PASSED,
        "block/limit --identical: a and b are not identical": FAILED,
        "block/limit --max-sum 0: a and b": FAILED,
        "block/lstm": SKIPPED,
    }
    one = found("model-different")["block/different"]
    assert one.message.startswith("different; call of b against exact: ")
    assert any(line.startswith("unexplained: ") for line in one.details)
    assert any(line.startswith("fix: ") for line in one.details)
    assert found("model-different")["block/lstm"].message.endswith("is not checked: it is compiled")


def test_are_the_modes_of_a_whole_model_told():
    modes = found("model")
    assert modes["the whole model, predict"].state is PASSED
    assert "sum 0.1" in modes["the whole model, predict"].message
    assert modes["the whole model, xla"].state is SKIPPED


def test_is_nothing_to_check_an_error_unless_it_is_allowed():
    assert states("model-empty")["convolutions"] is ERROR
    assert states("model-allowed-empty") == {"convolutions": SKIPPED}


def test_is_each_case_one_with_its_limits_beside_it():
    assert list(states("cases-limit").values()) == [PASSED, PASSED, FAILED, FAILED]
    assert list(states("cases-different").values()) == [PASSED, FAILED, ERROR]
    again = [one.details[-1].partition("again: ")[2] for one in found("cases-different").values()]
    assert again == ["", "convcheck verify different.npz", "convcheck verify crashed.npz"]


def test_is_each_spec_one_and_a_known_failure_skipped_with_its_reason():
    assert states("suite-conforms") == {"conv-1": PASSED, "conv-2": SKIPPED, "conv-3": SKIPPED}
    assert found("suite-conforms")["conv-3"].message == (
        "outside-bound: it is known; expected, upstream bug: it is wrong https://example.org"
    )
    assert states("suite-does-not") == {"conv-1": PASSED, "conv-4": FAILED, "conv-6": ERROR}
    assert states("suite-news")["conv-5"] is ERROR
    assert states("suite-absent") == {"every spec": ERROR}
    assert states("suite-absent-unasked") == {"every spec": SKIPPED}
    assert states("suite-stopped")["what is left"] is SKIPPED


def test_are_equal_names_told_apart():
    (suite,) = conformance()["conforms"].tested
    spec = suite.results[0]
    again = [spec, replace(spec, name="conv-1 (2)"), spec, spec]
    twice = replace(suite, results=tuple(again))
    names = [one.name for one in outcomes(replace(conformance()["conforms"], tested=(twice,)))]
    assert names == ["conv-1", "conv-1 (2)", "conv-1 (3)", "conv-1 (4)"]


def test_do_the_worst_come_first():
    found = sorted(outcomes(large_model(9)), key=worst_first)
    assert [one.name for one in found[:3]] == ["block/1", "block/2", "block/4"]
    assert [one.state for one in found] == [FAILED] * 6 + [ERROR] * 3
    nan = model("different", "nan", "wrong-shape")
    assert [one.size for one in outcomes(nan)][1:] == [math.inf, math.inf]


@pytest.mark.parametrize("size", [math.nan, 3.0, None])
def test_is_a_distance_that_is_no_number_larger_than_any(size):
    check = CHECKS["rounding"]()
    first, *others = check.judgements
    error = replace(first.error, max_over_bound=size)
    expected = {3.0: 3.0, None: 0.0}.get(size, math.inf)
    assert replace(first, error=error).distance == expected
    assert size_of(replace(check, judgements=(replace(first, error=error), *others))) >= expected


def test_is_time_that_of_the_outputs_and_not_of_recordings():
    check = CHECKS["verified"]()
    rows = [
        replace(one, output=replace(one.output, seconds=0.5, versions={"p": "1", "cpu:model": "x"}))
        for one in check.judgements
    ]
    recorded, now, pair = outcomes(replace(check, judgements=tuple(rows)))
    assert (recorded.seconds, now.seconds, pair.seconds) == (None, 0.5, None)
    assert now.versions == {"p": "1"}
