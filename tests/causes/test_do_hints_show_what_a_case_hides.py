"""Is each suggestion of the blind line accepted by the command it is added to, and does it help?"""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.check import summarize
from convcheck.cli.commands.compare import command
from convcheck.diagnosis.blind_spots import blind_spots, hints_for
from convcheck.implementations.registry import parse_all
from convcheck.plan import Plan

COMMANDS = (
    "",
    "--padding 1",
    "--kernel-size 1",
    "--kernel random --kernel-size 1 --strides 3",
    "--input random --kernel random --kernel-size 3",
    "--input random --kernel random --kernel-size 3 --dilations 2",
    "--input random --kernel random --kernel-size 3 --bias zeros",
    "--input random --input-shape 1,9,2 --kernel-size 1",
    "--input random --input-shape 1,2,1 --kernel-size 1 --kernel random",
    "--input random --input-shape 1,3,4,5,2 --kernel-size 3,1,3 --strides 2,1,2",
    "--input random --input-shape 1,9,9,4 --groups 2 --filters 4 --transposed --strides 2",
    "--input random --input-dtype float64 --kernel ones --kernel-dtype float64",
    "--input random --input-dtype int8 --kernel random --kernel-dtype int8 --kernel-size 3",
    "--input random --input-dtype bfloat16 --kernel random --kernel-dtype bfloat16",
    "--input integers",
    "--input integers --input-shape 1,9,9,2 --kernel random --kernel-size 1 --bias random",
    "--input integers --input-dtype float16 --kernel random --kernel-dtype float16",
    "--input cancellation:1e3 --kernel random --kernel-size 3 --bias random",
    "--input wide --kernel random --kernel-size 3 --strides 3",
    "--input overflow --kernel random --kernel-size 3 --input-shape 1,9,9,2",
    "--kernel point.npy --input eight.npy",
    "--kernel point.npy --input eight.npy --padding valid",
    "--kernel symmetric.npy --input eight.npy",
    "--kernel symmetric.npy --input eight.npy --padding 1 --strides 2",
    "--kernel symmetric.npy --input whole.npy",
    "--kernel wide.npy --input whole.npy --padding valid",
    "--kernel symmetric.npy --input grey.npy --groups 2",
)


@pytest.fixture
def arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    np.save("point.npy", rng.standard_normal((1, 1, 8, 4)).astype("f4"))
    np.save("symmetric.npy", np.ones((3, 3, 8, 4), "f4"))
    np.save("wide.npy", np.ones((3, 5, 8, 4)))
    np.save("eight.npy", rng.standard_normal((1, 12, 12, 8)).astype("f4"))
    np.save("whole.npy", rng.integers(0, 9, (2, 6, 7, 8)).astype("f4"))
    np.save("grey.npy", np.repeat(rng.standard_normal((1, 12, 12, 1)), 16, -1).astype("f4"))


def case_of(words: str) -> Case:
    context = command.make_context("compare", shlex.split(words))
    return build(Request(**{k: context.params[k] for k in Request.__dataclass_fields__}))


@pytest.mark.usefixtures("arrays")
@pytest.mark.parametrize("given", COMMANDS)
def test_does_each_suggestion_show_its_cause(given: str) -> None:
    case = case_of(given)
    blind = blind_spots(case)
    hints = hints_for(summarize(case), blind)
    assert set(hints) == set(blind)
    for cause, hint in hints.items():
        assert cause not in blind_spots(case_of(f"{given} {hint}")), (cause, hint)


@pytest.mark.usefixtures("arrays")
def test_is_no_other_case_suggested_for_recorded_outputs() -> None:
    case = case_of("--kernel point.npy --input eight.npy")
    plans = [Plan(case, parse_all(names)) for names in (["tf"], ["tf", "file:eight.npy"])]
    assert [plan.has_recorded for plan in plans] == [False, True]
    hints = hints_for(summarize(case), ["same-padding-side"], recorded=True)
    assert hints["same-padding-side"].startswith("outputs recorded with --strides ")
