"""Where a framework refuses a case: a sentence of what it said, and the options that help it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import convcheck
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.other_dtypes import with_what_helps
from convcheck.reports.wording import first_sentence
from convcheck.results import Judgement, Output, Status
from tests.implementations.conftest import needs
from tests.untrusted.pictures import png

__all__ = ["needs"]

SAID = {
    "RuntimeError: expected scalar type Byte but found Float": "",
    "ValueError: Exception encountered when calling Conv2D.call(). Incompatible type conversion "
    "requested to type uint8 for `tf.Variable of type float32. (Variable: <tf.Variable ...>)": (
        "ValueError: Incompatible type conversion requested to type uint8 for `tf.Variable of "
        "type float32."
    ),
    "InvalidArgumentError: Value for attr 'T' of uint8 is not in the list of allowed values: half, "
    "int32 ; NodeDef: {{node Conv2D}}; Op<name=Conv2D; signature=input:T> [Op:Conv2D]": (
        "InvalidArgumentError: Value for attr 'T' of uint8 is not in the list of allowed values: "
        "half, int32"
    ),
    "InvalidGraph: [ONNXRuntimeError] : 10 : INVALID_GRAPH : This is an invalid model. Type Error: "
    "Type 'tensor(uint8)' of input parameter (input) of operator (Conv) is invalid.": (
        "InvalidGraph: Type Error: Type 'tensor(uint8)' of input parameter (input) of operator "
        "(Conv) is invalid."
    ),
    "ModuleNotFoundError: No module named 'torch'; to install it: pip install torch": "",
    "TypeError: lax.conv_general_dilated requires the same dtypes, got uint8, float32.": "",
}


@pytest.mark.parametrize("message", SAID)
def test_is_the_first_sentence_what_is_wrong(message):
    assert first_sentence(message) == (SAID[message] or message)


@pytest.fixture
def onnxruntime(needs):
    return needs("onnxruntime").text


def test_does_the_option_that_helps_stand_in_the_report(convcheck_command, onnxruntime, tmp_path):
    """README's own command, for the framework that refuses a float64 picture."""
    (tmp_path / "photo.png").write_bytes(png(24, 20, colour=2))
    command = ["compare", "--input", "photo.png", "--kernel", "random", "-i", onnxruntime]
    refused = convcheck_command(*command)
    assert refused.returncode == 3
    assert "--input-dtype float32   then onnxruntime Conv runs" in refused.stdout
    document = json.loads(convcheck_command(*command, "--format", "json").stdout)
    (row,) = document["implementations"]
    assert row["fix"] == "--input-dtype float32"
    done = convcheck_command(*command, *row["fix"].split())
    assert done.returncode == 0


def test_is_nothing_advised_that_does_not_help(convcheck_command, needs, tmp_path):
    """Strides beside dilations: Keras refuses them in any dtype."""
    case = ["--input", "random", "--input-dtype", "float64", "--strides", "2", "--dilations", "2"]
    done = convcheck_command("compare", *case, "-i", needs("keras").text)
    assert done.returncode == 3
    assert "strides" in done.stdout
    assert "--input-dtype" not in done.stdout


@pytest.mark.slow
def test_is_a_message_whole_in_json_and_with_verbose(convcheck_command, needs):
    """TensorFlow's has some hundred characters of its own graph."""
    command = ["compare", "--input", "random", "--input-dtype", "uint8", "-i", needs("tf").text]
    short, whole = (convcheck_command(*command, *more).stdout for more in ([], ["-v"]))
    document = json.loads(convcheck_command(*command, "--format", "json").stdout)
    message = document["implementations"][0]["message"]
    assert len(message) > 300
    assert "NodeDef" in message
    assert "NodeDef" not in short
    assert "".join(message.split()) in "".join(whole.split())


class Rerun:
    """An implementation that takes one pair of dtypes alone."""

    def __init__(self, *taken):
        self.taken = taken

    def __call__(self, case, name, option=None, /):
        fits = tuple(dtype.name for dtype in case.dtypes) == self.taken
        return Output(name, name, np.zeros(1) if fits else None)


@pytest.mark.parametrize(
    ("taken", "kernel", "helps"),
    [
        (("float32", "float64"), "random", "--input-dtype float32"),
        (("float16", "float32"), "random", "--kernel-dtype float32"),
        (("float32", "float32"), "ones", "--input-dtype float32 --kernel-dtype float32"),
        (("float64", "float64"), "k.npy", "--input-dtype float64"),
        (("float32", "float32"), "k.npy", None),
        (("int8", "int8"), "random", None),
    ],
)
def test_are_the_fewest_options_named_that_were_tried(taken, kernel, helps):
    x, k = np.ones((1, 4, 4, 1), "f2"), np.ones((2, 2, 1, 1), "f8")
    case = Case(ConvSpec.make((2, 2)), x, k, sources=("x.npy", kernel, "none"))
    row = Judgement(Output("it", "it", versions={"it": "1"}), Status.UNAVAILABLE)
    (told,) = with_what_helps(case, [row], Rerun(*taken))
    assert told.helps == helps


def test_is_nothing_tried_where_the_framework_is_missing():
    case = Case(ConvSpec.make((2, 2)), np.ones((1, 4, 4, 1)), np.ones((2, 2, 1, 1), "f4"))
    row = Judgement(Output("it", "it"), Status.UNAVAILABLE)
    assert with_what_helps(case, [row], Rerun("float32", "float32")) == (row,)


def note_of(array, kernel, **options):
    def mine(input, kernel, **_):  # noqa: A002 - the field's word
        return input * kernel[0, 0, 0, 0]

    return convcheck.compare(array, kernel, implementations=[mine], **options)


def test_is_nan_noted_and_no_failure():
    x, k = np.ones((1, 3, 3, 1), "f4"), np.ones((1, 1, 1, 1), "f4")
    assert not note_of(x, k).warnings
    x[0, 1, 1, 0], x[0, 2, 2, 0] = np.nan, np.inf
    found = note_of(x, k, strict=True)
    assert found.exit_code == 0
    first, second = found.warnings
    assert first == "the input holds 1 NaN and 1 infinite of 9 numbers"
    assert second.startswith("1 NaN and 1 infinite of 9 outputs: ")
    assert first in found.to_dict()["warnings"]
    assert f"note     {first}" in str(found)
    k[:] = np.nan
    assert "the kernel holds 1 NaN of 1 numbers" in note_of(np.ones_like(x), k).warnings
