"""Do all formats, and the exit code, tell the same verdict?"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcheck.reports.context import Context
from convcheck.reports.outcomes import exit_code, outcomes, verdict
from convcheck.reports.outcomes.outcome import State
from convcheck.reports.registry import FORMATS
from convcheck.results import Status
from convcheck.verdict.limits import Limits
from tests.reports.checks import output
from tests.reports.results import RESULTS, checked, exact, off, result_of, verified
from tests.reports.runner import commands

CONTEXT = Context(reproduce="convcheck compare")
SIGNS = {0: "✅", 1: "❌", 3: "⚠️"}


def read_text(text, words, code):
    assert words in text


def read_json(text, words, code):
    assert json.loads(text)["exit_code"] == code


def read_junit(text, words, code):
    root = ET.fromstring(text)
    known = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert (known["verdict"], known["exit_code"]) == (words, str(code))
    assert (int(root.get("failures")) > 0) == (code == 1)
    if code == 0:
        assert root.get("errors") == "0"
    if code == 3:
        assert root.find(".//error") is not None or root.find(".//skipped") is not None


def read_markdown(text, words, code):
    first = text.partition("\n")[0]
    sign = "" if words.startswith("NOTHING TO") and code == 0 else f"{SIGNS[code]} "
    assert first == f"## {sign}{words}"


def read_github(text, words, code):
    kinds = {command.name for command in commands(text)}
    assert ("error" in kinds) == (code == 1)
    assert ("notice" in kinds) == (code == 0)
    assert code != 3 or "warning" in kinds
    assert text.splitlines()[-2].startswith(f"convcheck: {words}")


READ = {"json": read_json, "junit": read_junit, "markdown": read_markdown, "github": read_github}


@pytest.mark.parametrize("name", RESULTS)
def test_is_it_the_same_verdict_in_every_format(name):
    result = result_of(name)
    words = verdict(result, CONTEXT).words
    for form in FORMATS.values():
        text = form.render(result, CONTEXT)
        READ.get(form.name, read_text)(text, words, exit_code(result))


def test_is_every_exit_code_and_headline_among_them():
    codes = {exit_code(result) for result in map(result_of, RESULTS)}
    words = {verdict(result, CONTEXT).words for result in map(result_of, RESULTS)}
    assert codes == {0, 1, 3}
    assert len(words) == 10, words


def agrees(result):
    states = [one.state for one in outcomes(result)]
    code = exit_code(result)
    assert (State.FAILED in states) == (code == 1)
    assert code != 3 or State.ERROR in states or State.SKIPPED in states
    assert code != 0 or State.ERROR not in states
    return True


@pytest.mark.parametrize("name", RESULTS)
def test_do_the_outcomes_agree_with_the_exit_code(name):
    assert agrees(result_of(name))


def test_is_a_name_unique_in_its_group():
    for result in map(result_of, RESULTS):
        names = [(one.group, one.name) for one in outcomes(result)]
        assert len(set(names)) == len(names)


KINDS = {
    "right": lambda: {"array": exact()},
    "narrow": lambda: {"array": exact().astype("f4")},
    "off": lambda: {"array": off()},
    "nan": lambda: {"array": np.where(exact() > 10, np.nan, exact())},
    "shape": lambda: {"array": exact()[:, :2]},
    "crashed": lambda: {"array": None, "status": Status.CRASHED},
    "absent": lambda: {"array": None},
}
LIMITS = st.builds(
    Limits,
    identical=st.booleans(),
    max_sum=st.none() | st.just(0.5),
    strict=st.booleans(),
    accept=st.sampled_from([(), ("output-offset",)]),
)


def made(name, kind):
    return output(name, **KINDS[kind]())


def try_many(count):
    kinds = st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4)

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(kinds, kinds, LIMITS, st.booleans())
    def do_they_agree(now, recorded, limits, verifies):
        outputs = [made(f"i{n}", kind) for n, kind in enumerate(now)]
        if not verifies:
            assert agrees(checked(*outputs, limits=limits))
            return
        before = [made(f"i{n}", kind) for n, kind in enumerate(recorded)]
        assert agrees(verified(before, outputs[: len(before)], limits=limits))

    do_they_agree()


def test_do_random_outcomes_agree_with_the_exit_code():
    try_many(20)


@pytest.mark.slow
def test_do_many_random_outcomes_agree_with_the_exit_code():
    try_many(300)


SMALL = (
    "compare --input random --input-shape 1,9,9,2 --kernel random --kernel-size 3 -i numpy".split()
)
MINE = ("-i", "python:mine.py:zeros"), ("-i", "python:mine.py:raises")
RUNS = {
    "rounding": (SMALL, "EQUAL UP TO ROUNDING", 0),
    "different": ((*SMALL, *MINE[0]), "DIFFERENT", 1),
    "undecided": ((*SMALL, *MINE[1]), "UNDECIDED", 3),
    "limit": ((*SMALL, "-i", "scipy", "--max-sum", "0"), "LIMIT EXCEEDED", 1),
    "verified": (("verify", "recorded.npz", "-i", "scipy"), "EQUAL UP TO ROUNDING", 0),
    "cases": (("verify", "recorded.npz", "other.npz"), "IDENTICAL", 0),
    "conforms": (("conformance", "numpy", "--filter", "conv2d-3x3-s*"), "CONFORMS", 0),
    "does-not": (
        ("conformance", "python:mine.py:zeros", "--filter", "conv2d-3x3-s*"),
        "DOES NOT CONFORM",
        1,
    ),
}
QUICK = ("different",)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in RUNS]
)
def test_do_the_reports_of_one_run_agree(convcheck_command, tmp_path, name):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "def zeros(x, kernel, **_): return np.zeros((1, 9, 9, 1), x.dtype)\n"
        "def raises(x, kernel, **_): raise ValueError('no ::error::way')\n"
    )
    command, words, code = RUNS[name]
    if "recorded.npz" in command:
        for bundle in ("recorded.npz", "other.npz"):
            assert convcheck_command(*SMALL, "--save", bundle).returncode == 0
    options = []
    for form in FORMATS:
        options += ["--format", form, "-o", f"report.{form}"]
    done = convcheck_command(*command, *options)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    for form in FORMATS:
        text = (tmp_path / f"report.{form}").read_text()
        READ.get(form, read_text)(text.rstrip("\n"), words, code)
