"""Does every bad input end with one clear line and exit code 2, soon, and in little memory?

Most inputs run through the command in one process; some, of every class, in one of their own.
CONVCHECK_HOSTILE=2000 and ``-m hostile`` try so many.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from . import at_random
from .case import Hostile
from .cases import CLASSES, by_hand
from .session import MOST_SECONDS, Session, faults, run_alone

QUICK = 20  # of each class
WANTED = int(os.environ.get("CONVCHECK_HOSTILE", "2000"))
RANDOM = {
    "database": None,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as running:
        yield running


def wrong(session: Session, hostile: Hostile) -> list[str]:
    """What is wrong with the answer; asked again where the machine may just have been busy."""
    answer = session.run(hostile)
    if answer.code == 2 and answer.seconds > MOST_SECONDS:
        answer = session.run(hostile)
    return faults(hostile, answer)


def all_wrong(session: Session, inputs: list[Hostile]) -> str:
    return "\n".join(fault for one in inputs for fault in wrong(session, one))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_are_some_of_each_class_refused(session, kind):
    sure = [one for one in kind.cases() if one.codes == (2,)]
    assert not all_wrong(session, sure[:: -(-len(sure) // QUICK)])


@settings(**RANDOM, max_examples=20)
@given(hostile=at_random.ANYTHING)
def test_is_what_is_made_at_random_answered(session, hostile):
    assert not wrong(session, hostile)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_are_all_of_each_class_refused(session, kind):
    assert not all_wrong(session, kind.cases())


@pytest.mark.slow
@settings(**RANDOM, max_examples=300)
@given(hostile=at_random.ANYTHING)
def test_are_many_made_at_random_answered(session, hostile):
    assert not wrong(session, hostile)


def test_are_they_a_thousand_by_hand_and_at_random():
    inputs = by_hand()
    assert len(inputs) + 300 >= 1000
    assert len({one.name for one in inputs}) == len(inputs)


@pytest.mark.hostile
@pytest.mark.skipif("CONVCHECK_HOSTILE" not in os.environ, reason="asked for by CONVCHECK_HOSTILE")
def test_are_as_many_as_asked_for_answered(session):
    inputs = by_hand()
    assert not all_wrong(session, inputs[:WANTED])

    @settings(**{**RANDOM, "derandomize": False}, max_examples=max(WANTED - len(inputs), 1))
    @given(hostile=at_random.ANYTHING)
    def at_large(hostile: Hostile) -> None:
        assert not wrong(session, hostile)

    at_large()


@pytest.mark.slow
@pytest.mark.parametrize("which", range(24))
def test_does_a_process_of_its_own_say_the_same(tmp_path, which):
    sure = [one for one in by_hand() if one.codes == (2,)]
    hostile = sure[which * len(sure) // 24]
    (tmp_path / "again").mkdir()
    answer = run_alone(hostile, tmp_path)
    if answer.seconds > MOST_SECONDS:  # the machine may just have been busy
        answer = run_alone(hostile, tmp_path / "again")
    assert not faults(hostile, answer)


@pytest.mark.parametrize("command", [["compare", "--input", "x.npy"], ["verify", "g.npz"]])
def test_is_a_deleted_working_folder_a_mistake(tmp_path, command):
    (tmp_path / "gone").mkdir()
    gone = 'rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", gone, "sh", sys.executable, "-m", "convcheck", *command],
        cwd=tmp_path / "gone",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("convcheck: ")
    assert done.stderr.count("\n") == 1


def test_would_a_fault_be_noticed(session):
    """A right command is no hostile one; nor is a wrong word said."""
    assert wrong(session, Hostile("right", ["--version"]))
    assert wrong(session, Hostile("another word", ["compare", "--strides", "0"], words="padding"))
    shown = Hostile("shown", ["--version"], codes=(0,))
    answer = session.run(shown)
    assert not faults(shown, answer)
    for change in ({"stdout": "\x1b[2J"}, {"seconds": 99.0}, {"peak": 2 << 30}, {"code": 4}):
        assert faults(shown, replace(answer, **change))
    refused = replace(answer, code=2, stderr="convcheck: no\n")
    assert not faults(Hostile("refused", []), refused)
    assert faults(Hostile("refused", []), replace(refused, seconds=6.0))
