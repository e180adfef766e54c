"""Is a model opened again, and run on the same input, where its process died?"""

import numpy as np
import pytest

from convcheck.model.inputs.arrays import make_inputs
from convcheck.model.inputs.sources import sources_of
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.models.client import OpenModel
from tests.model.conftest import models  # noqa: F401  a fixture


@pytest.mark.slow
def test_is_a_model_opened_again_when_its_process_died(models):  # noqa: F811
    # A process of its own: the warm one is shared.
    with Runtimes(timeout=120) as own:
        model = OpenModel(own, str(models / "unet.keras"))
        (wanted,) = model.open()
        calls, _ = model.run(make_inputs(sources_of("random"), [wanted], 0))
        before, _ = model.case(calls[3])
        (runtime,) = own._runtimes.values()
        runtime._process.end()
        after, _ = model.case(calls[3])
    assert np.array_equal(before.input, after.input)
    assert np.array_equal(before.kernel, after.kernel)
