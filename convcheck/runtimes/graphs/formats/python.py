"""``python:MODULE:FUNCTION``: the model that a user's function returns, as a graph.

The function is called without arguments. It returns a Keras model, a ``torch.nn.Module``, or a
module and what goes into it, ``(module, example)``: a tensor, or a tuple of them. A module that
comes alone takes what its ``example_input_array`` says (as Lightning's do), else what goes into
the other model.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from convcheck.errors import UsageError
from convcheck.implementations.name import parse
from convcheck.implementations.python import function_of
from convcheck.runtimes.graphs.graph import Model, Tensor
from convcheck.untrusted.text import clean


def open_model(path: str, *, like: Sequence[Tensor] = ()) -> Model:
    """The model of ``python:MODULE:FUNCTION``; ``like`` is what goes in, where it does not say.

    Raises UsageError for a function that is not there, that raises, or that returns something else.
    """
    said = _returned(path)
    model, example = said if isinstance(said, tuple) and len(said) == 2 else (said, None)
    keras, torch = sys.modules.get("keras"), sys.modules.get("torch")
    if keras is not None and isinstance(model, keras.Model):
        return _of_keras(path, keras, model)
    if torch is not None and isinstance(model, torch.nn.Module):
        from convcheck.runtimes.graphs.formats.pytorch.module import of_module

        return of_module(model, example, like, path)
    what = type(model).__name__ if model is said else f"a tuple of {type(model).__name__} and more"
    raise UsageError(
        f"{path} returned {clean(what, 80)}; expected a torch.nn.Module, (module, example input) "
        "or a Keras model"
    )


def _returned(path: str) -> Any:
    """What the user's function returns; whatever its code raises is one line."""
    target = parse(path).target
    try:
        return function_of(target)()
    except Exception as error:
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"{path} gives no model: {text}") from error
    except SystemExit as error:
        raise UsageError(f"{path} gives no model: its code called exit()") from error


def _of_keras(path: str, keras: Any, model: Any) -> Model:
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"{path} gives a Keras model on {backend}; add ?KERAS_BACKEND=tensorflow to its name"
        )
    from convcheck.runtimes.graphs.formats.keras import of_keras

    return of_keras(model, "python")
