"""Is the model that a user's function returns a graph, run as it is?"""

from pathlib import Path

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.model.network import network_of
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.graphs.graph import Tensor
from convcheck.runtimes.host import Runtimes
from tests.implementations.conftest import installed

pytestmark = pytest.mark.slow

FILE = Path(__file__).parent / "of_users.py"
X = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def opened():
    """A function that opens what one of the user's functions returns, all in one process."""
    installed("torch")
    with Runtimes() as runtimes:
        yield lambda name, **how: RemoteModel(runtimes, f"python:{FILE}:{name}", **how)


def output_of(model, x=X):
    (taken,), (output,) = model.graph.inputs, model.graph.outputs
    return model.run({taken.name: x}, [output])[output]


def test_does_a_function_say_what_goes_in(opened):
    model = opened("with_example")
    assert [(one.shape, one.dtype) for one in model.graph.inputs] == [((2, 3, 8, 8), "float32")]
    assert (model.graph.format, model.graph.notes) == ("python", ())
    (layer,) = network_of(model, {model.graph.inputs[0].name: np.concatenate([X, X])}).layers
    assert layer.spec.strides == (2, 2)
    assert model.graph.operators[0].name == "0"  # the module's path
    assert opened("lightning").graph.inputs[0].shape == (1, 3, 9, 9)


def test_does_a_module_take_what_the_other_model_takes(opened):
    like = [Tensor("x", (None, 3, 8, None), "float64")]
    model = opened("plain", like=like)
    (taken,) = model.graph.inputs
    assert (taken.shape, taken.dtype) == ((1, 3, 8, None), "float32")
    expected = output_of(opened("with_example"), X.repeat(2, 0))[:1]
    np.testing.assert_allclose(output_of(model), expected, atol=1e-6)
    with pytest.raises(UsageError, match="nobody says what goes into it; let it return"):
        opened("plain")


def test_is_a_module_in_training_mode_left_in_it(opened):
    model = opened("training")
    assert model.graph.notes == (
        "in training mode, where 1, 2 compute otherwise; .eval() leaves it",
    )
    y = output_of(model)
    assert (y == 0).mean() > 0.25  # dropped
    assert np.array_equal(output_of(model), y)  # the same ones again, and no statistics kept
    norm = next(one for one in model.graph.operators if one.role == "batch-norm")
    values = model.run({model.graph.inputs[0].name: X}, [norm.outputs[0]])[norm.outputs[0]]
    np.testing.assert_allclose(values.mean(axis=(0, 2, 3)), 0, atol=1e-5)  # those of this batch


def test_is_a_part_that_is_changed_in_place_changed(opened):
    model = opened("parts")
    (layer,) = network_of(model, {model.graph.inputs[0].name: X}).layers
    x = np.ones((1, 3, 4, 4), np.float32)
    found = model.run({model.graph.inputs[0].name: x}, [layer.output, *model.graph.outputs])
    conv, y = found[layer.output], found[model.graph.outputs[0]]
    np.testing.assert_allclose(y[:, 0], np.maximum(conv[:, 0] + 1, 0), atol=1e-6)
    np.testing.assert_allclose(y[:, 1:], np.maximum(conv[:, 1:], 0), atol=1e-6)


def test_may_a_function_print(opened):
    assert opened("prints").graph == opened("with_example").graph


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("number", "returned int; expected a torch.nn.Module"),
        ("raises", r"gives no model: ValueError: no weights .*here"),
        ("leaves", r"gives no model: its code called exit\(\)"),
        ("nothing", "gives no model: AttributeError: .*nothing"),
        ("cannot_be_exported", "cannot export the module of"),
    ],
)
def test_is_what_is_no_model_told_in_one_line(opened, name, what):
    with pytest.raises(UsageError, match=what) as error:
        opened(name)
    assert not set(str(error.value)) & set("\n\x1b")
