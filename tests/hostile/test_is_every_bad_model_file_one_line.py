"""Does every bad model file end with one clear line and exit code 2, and do nothing else?

Each is met as A, as B, or alone; processes of frameworks stay for the files that follow.
CONVCHECK_HOSTILE=300 and ``-m hostile`` try so many of all kinds, by hand, each in all three ways,
and then at random.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import chain, islice, zip_longest
from pathlib import Path

import pytest

from tests.implementations.conftest import installed
from tests.runtimes.processes import marked

from .case import Hostile
from .model_files.bad_file import BadFile
from .session import MOST_SECONDS, Answer, Session, faults, run_alone

ROOT = Path(__file__).parents[2]
GRAPHS = ("onnx", "onnxruntime", "ai_edge_litert")
KINDS = {
    "onnx": GRAPHS,
    "tflite": GRAPHS,
    "pt2": ("torch",),
    "saved_model": ("tensorflow",),
    "keras": ("tensorflow", "keras"),
}
"""Kind -> packages."""
QUICK = 12
"""Of each kind at least, hence sixty and more of all."""
HARMFUL = {
    "a file above",
    "a function of Keras's",
    "a Lambda",
    "an archive at its end",
    "operator WriteFile",
    "weights that are pickles",
}
"""They would read or write a file, or run code, were they not refused: no sample is without."""
WANTED = int(os.environ.get("CONVCHECK_HOSTILE", "300"))
STARTING = 30.0
"""Seconds more than others: a process that ended starts again, on a machine that is busy."""
ALONE = {
    "onnx": "a link out",
    "tflite": "no graph",  # LiteRT dies of it
    "pt2": "weights that are pickles",
    "saved_model": "operator WriteFile",
    "keras": "a Lambda",
}
"""Kind -> what the command is tried with as a user runs it."""


def present() -> list[str]:
    """The kinds whose packages are here; all, where all should be."""
    if os.environ.get("CONVCHECK_ALL_FRAMEWORKS") == "1":
        installed(*chain.from_iterable(KINDS.values()))
    return [kind for kind, packages in KINDS.items() if all(map(find_spec, packages))]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of sound models, and of bad ones that only a framework can write."""
    folder = tmp_path_factory.mktemp("models")
    scripts = {
        "pt2": ["tests/runtimes/graphs/write_torch.py", str(folder), str(folder / "ran")],
        "saved_model": ["-m", "tests.hostile.model_files.write_tensorflow", str(folder)],
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writing = [
        subprocess.Popen(
            [sys.executable, *script], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        for kind, script in scripts.items()
        if kind in present()
    ]
    if "onnx" in present():
        from tests.runtimes.graphs import files

        os.rename(files.write_onnx(folder), folder / "net.onnx")
        os.rename(files.write_tflite(folder), folder / "net.tflite")
    assert [one.wait(300) for one in writing] == [0] * len(writing)
    (folder / "ran").unlink(missing_ok=True)  # what wrote it may have run it
    return folder


def by_hand(kind: str, good: Path) -> list[BadFile]:
    found: list[BadFile] = list(
        import_module(f".model_files.{kind}_files", __package__).files(good)
    )
    return found


def sample(files: list[BadFile]) -> list[BadFile]:
    """Evenly spaced ones of those surely refused, and at once; and all harmful ones."""
    sure = [one for one in files if one.codes == (2,) and not one.endless]
    spaced = {len(sure) * i // QUICK for i in range(QUICK)}
    return [one for i, one in enumerate(sure) if i in spaced or one.name in HARMFUL]


def met(files: list[BadFile], good: Path) -> Iterator[Hostile]:
    """Each in one of the three ways, in turn."""
    for i, one in enumerate(files):
        yield _patient(list(one.met(good))[i % 3])


def _patient(hostile: Hostile) -> Hostile:
    return replace(hostile, patience=hostile.patience + STARTING)


def all_wrong(inputs: list[Hostile], *, warm: bool = True) -> list[str]:
    found = []
    with Session(warm=warm) as session:
        for one in inputs:
            answer = session.run(one)
            if answer.seconds > MOST_SECONDS:  # a process may have started again
                answer = session.run(one)
            found += faults(one, answer)
    return found


def functions(good: Path) -> list[Hostile]:
    from .model_files.functions import functions

    return [replace(one, patience=one.patience + STARTING) for one in functions(good)]


def wrong_alone(kind: str, good: Path, folder: Path) -> list[str]:
    """Faults of the command that meets one file of a kind as a user runs it, and what it leaves."""
    (file,) = [one for one in by_hand(kind, good) if one.name == ALONE[kind]][:1]
    mark = uuid.uuid4().hex
    hostile = replace(next(file.met(good)), patience=STARTING, environment={"TESTS_MARK": mark})
    (folder / kind).mkdir()
    answer: Answer = run_alone(hostile, folder / kind)
    left = {path.name for path in (folder / kind).iterdir()} - set(hostile.files)
    return [*faults(hostile, answer), *map(str, left), *map(str, marked(mark))]


@pytest.mark.slow
def test_are_some_of_each_kind_refused(good, tmp_path):
    found = [one for kind in present() for one in met(sample(by_hand(kind, good)), good)]
    assert len(found) >= QUICK * len(present())
    wrong = all_wrong(found)
    if "onnx" in present():
        wrong += all_wrong(functions(good)[5::24], warm=False)
        for kind in ("onnx", "tflite"):
            wrong += wrong_alone(kind, good, tmp_path)
    assert not (good / "ran").exists()
    assert not wrong, "\n".join(wrong)


@pytest.mark.hostile
@pytest.mark.skipif("CONVCHECK_HOSTILE" not in os.environ, reason="asked for by CONVCHECK_HOSTILE")
def test_are_as_many_as_asked_for_refused(good, tmp_path):
    from .model_files import at_random

    kinds = [by_hand(kind, good) for kind in present()]
    files = [one for some in zip_longest(*kinds) for one in some if one is not None]
    inputs = [_patient(way) for one in files[:WANTED] for way in one.met(good)]
    names = [kind.replace("_", "-") for kind in present() if kind != "keras"] + ["h5", "keras"]
    streams = [at_random.files(good, name) for name in names]
    each = -(-max(WANTED - len(files), 0) // len(streams))
    inputs += met([file for stream in streams for file in islice(stream, each)], good)
    wrong = all_wrong(inputs) + all_wrong(functions(good), warm=False)
    wrong += [fault for kind in present() for fault in wrong_alone(kind, good, tmp_path)]
    assert not (good / "ran").exists()
    assert not wrong, "\n".join(wrong)


def test_would_a_file_outside_be_noticed(tmp_path):
    """Opening it is, and making another file is, but looking whether it is there is not."""
    from .outside import Outside

    outside = Outside(tmp_path / "outside")
    (tmp_path / "outside" / "secret").stat()
    assert not outside.was_opened()
    (tmp_path / "outside" / "secret").read_bytes()
    assert outside.was_opened() == (sys.platform == "linux")
    outside.close()
