"""Which names and options are there, and what is said to one that is not?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from convcheck.errors import Mistake
from convcheck.implementations import registry
from convcheck.implementations.name import parse
from convcheck.implementations.registry import parse_all, row_of
from convcheck.results import Status
from convcheck.runtimes.hardware import packages
from convcheck.runtimes.host import Runtimes

from .convolution_by_definition import convolved
from .small_cases import CASES

PLUGIN = '''
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes


class Zeros:
    """An implementation that is an object of its module."""

    def versions(self):
        return {"zeros": "1"}

    def compute(self, case, name):
        import numpy as np

        if name.option("fail"):
            raise RuntimeError("asked to fail: " + name.option("fail"))
        return Computed(np.zeros(case.output_shape), "zeros", Dtypes(output="float64"))


zeros = Zeros()
versions, compute = zeros.versions, zeros.compute
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that registers two implementations, where this process and runtimes find it."""
    (tmp_path / "zeroing.py").write_text(PLUGIN)
    info = tmp_path / "zeroing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zeroing\nVersion: 1.0\n")
    points = (
        "[convcheck.implementations]\nzeros = zeroing\nzeros-object = zeroing:zeros\ntf = zeroing\n"
    )
    (info / "entry_points.txt").write_text(points)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    registry.plugins.cache_clear()
    yield
    registry.plugins.cache_clear()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pytorch", "did you mean torch?"),
        ("tensor", "is no implementation that convcheck knows"),
        ("tf?mode=predict", "expected one of call, graph"),
        ("scipy?device=cpu", "it takes no options"),
        ("jax?x64=yes", "expected one of 0, 1"),
        ("torch?mode=call", "torch has no option 'mode'; it takes device, mkldnn"),
        ("python:mymodule", "expected python:MODULE:FUNCTION"),
        ("file:out.npy?device=cpu", "file: has no option 'device'; it takes dtype"),
    ],
)
def test_is_an_unknown_name_or_option_refused(text: str, words: str) -> None:
    with pytest.raises(Mistake, match=re.escape(words)):
        row_of(parse(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("numpy?rounding=XX", "rounding=XX; expected one of D/Mdbl, D/Mf"),
        ("litert?engine=cmsis", "engine=cmsis; expected one of xnnpack, builtin, reference"),
        ("onnxruntime?mode=call", "expected one of qlinear, qdq, qdq-unfused, integer"),
        ("torch?device=cpu", "it takes engine; without --quantize it does"),
        ("scipy", "'scipy' computes no quantized convolutions; litert, onnxruntime, torch, numpy"),
        ("file:y.npy?dtype=int8", "file: has no option 'dtype'; it takes layout"),
    ],
)
def test_is_an_option_refused_that_no_quantized_one_takes(text: str, words: str) -> None:
    with pytest.raises(Mistake, match=re.escape(words)):
        row_of(parse(text), quantized=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "numpy?rounding=F1",
            "has no option 'rounding'; it takes no options; with --quantize it does",
        ),
        (
            "torch?engine=x86",
            "has no option 'engine'; it takes device, mkldnn; with --quantize it does",
        ),
        ("onnxruntime?mode=qdq", "it takes no options; with --quantize it does"),
        ("numpy?rounding=XX", "numpy has no option 'rounding'; it takes no options"),
    ],
)
def test_is_it_said_that_an_option_is_of_quantized_ones(text: str, words: str) -> None:
    with pytest.raises(Mistake, match=re.escape(words)) as caught:
        row_of(parse(text))
    assert ("--quantize" in str(caught.value)) == ("XX" not in text)


def test_is_a_name_of_either_table_taken_where_it_is_not_known_which() -> None:
    known = ["scipy", "numpy?rounding=F1", "litert?engine=builtin", "tf"]
    assert [name.text for name in parse_all(known, quantized=None)] == known
    with pytest.raises(Mistake, match="rounding=XX; expected one of D/Mdbl"):
        parse_all(["numpy?rounding=XX"], quantized=None)
    with pytest.raises(Mistake, match="is no implementation that convcheck knows"):
        parse_all(["nobody"], quantized=None)


@pytest.mark.parametrize("text", registry.ROWS)
def test_does_every_row_say_what_it_calls_and_how_to_install_it(text: str) -> None:
    row = registry.ROWS[text]
    assert row.call
    assert row.install.startswith("pip install ") or text in ("file:", "python:")


def test_is_a_name_resolved_without_loading_a_framework() -> None:
    code = (
        "import sys; from convcheck.implementations.registry import parse_all; parse_all(['tf']);"
        "heavy = {'numpy', 'tensorflow', 'keras', 'importlib.metadata'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("text", ["zeros", "zeros-object", "zeros?fail="])
def test_does_another_packages_implementation_run(text: str, plugin: None) -> None:
    asked = CASES["plain"]
    with Runtimes(timeout=60) as runtimes:
        output = runtimes.run(asked, parse(text))
        failed = runtimes.run(asked, parse("zeros?fail=loudly"))
    assert output.array is not None, output.message
    np.testing.assert_array_equal(output.array, 0 * convolved(asked))
    assert packages(output.versions) == {"zeros": "1"}
    assert failed.status is Status.UNAVAILABLE
    assert failed.message == "RuntimeError: asked to fail: loudly"


def test_does_a_built_in_name_win_over_a_plugin(plugin: None) -> None:
    assert row_of(parse("tf")).module == "convcheck.implementations.frameworks.tensorflow"
    assert set(registry.plugins()) == {"zeros", "zeros-object"}


def test_does_keras_share_the_process_of_its_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert row_of(parse("keras")).framework == row_of(parse("tf")).framework
    assert row_of(parse("keras?KERAS_BACKEND=torch")).framework == "torch"
    assert row_of(parse("keras?KERAS_BACKEND=torch")).install == "pip install torch"
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert row_of(parse("keras")).framework == "jax"
