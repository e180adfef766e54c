"""Is a whole network and its ONNX, as converters write it, one model to the command?"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.model.formats import ALL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ALL or find_spec("onnxruntime")), reason="the extra onnxruntime is not installed"
    ),
]

TO_ONNX = Path(__file__).with_name("keras_to_onnx.py")
MAKE = """
import sys, keras, numpy
keras.utils.set_random_seed(3)
model = getattr(keras.applications, sys.argv[1])(weights=None, input_shape=(64, 64, 3))
draw = numpy.random.default_rng(3)
for layer in model.layers:
    if isinstance(layer, keras.layers.BatchNormalization):  # untrained ones would do nothing
        n = layer.gamma.shape
        layer.set_weights([
            draw.uniform(0.5, 1.5, n), draw.normal(0, 0.3, n),
            draw.normal(0, 0.3, n), draw.uniform(0.3, 1.5, n),
        ])
model.save(sys.argv[2])
"""


def python(*arguments):
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


# ResNet50 is the benchmark how_long_does_against_take.
@pytest.mark.parametrize(("name", "convolutions"), [("MobileNetV2", 53), ("EfficientNetB0", 82)])
def test_is_a_whole_network_sound_as_onnx(tmp_path, name, convolutions):
    a, b = str(tmp_path / "a.keras"), str(tmp_path / "b.onnx")
    python("-c", MAKE, name, a)
    python(TO_ONNX, a, b)
    found = json.loads(python("-m", "convcheck", "model", a, "--against", b, "--format", "json"))
    assert found["verdict"] == "rounding"
    assert (found["places"], found["left_out"]) == ([], 0)
    assert found["unmatched"] == {"a": [], "b": []}
    assert len(found["pairs"]) == convolutions
    assert all(segment["units"] < segment["limit"] / 2 for segment in found["segments"])
