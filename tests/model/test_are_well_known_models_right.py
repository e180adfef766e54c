"""Are all convolutions of well-known models found, and right?"""

import pytest

from convcheck.results import PASSES
from tests.model.conftest import build

COUNTS = {
    "ResNet50": {"Conv2D": 53},
    "MobileNetV2": {"Conv2D": 35, "DepthwiseConv2D": 17},
    "EfficientNetB0": {"Conv2D": 65, "DepthwiseConv2D": 16},
    "unet": {"Conv2D": 14, "Conv2DTranspose": 4},
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return build(tmp_path_factory.mktemp("large"), "large")


@pytest.mark.parametrize(
    "file",
    [
        *("ResNet50.keras", "MobileNetV2.keras", "MobileNetV2.h5"),
        *("EfficientNetB0.keras", "unet.keras"),
    ],
)
def test_is_every_convolution_found_and_right(large, checked, file):
    result = checked(large / file, input="china")
    kinds = [layer.kind for layer in result.layers]
    assert {kind: kinds.count(kind) for kind in kinds} == COUNTS[file.partition(".")[0]]
    assert result.exit_code == 0
    assert result.missed == ()
    for layer in result.layers:
        assert {j.status for j in layer.check.judgements} <= PASSES, layer.name
        assert layer.check.findings == (), layer.name
