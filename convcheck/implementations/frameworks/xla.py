"""Computes a case with TensorFlow's convolutions compiled by XLA (``jit_compile=True``).

The calls and gradients are those of ``tensorflow.py``; forward and backward are compiled as one.

Input, kernel and bias are arguments of the compiled function: XLA folds constants that it closes
over by running TensorFlow's own kernel, and what ran would be that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from convcheck.implementations.frameworks.tensorflow import computed, differentiated, versions
from convcheck.implementations.frameworks.tensorflow_calls import call_for

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.case.passes import Gradient
    from convcheck.implementations.interface import Computed
    from convcheck.implementations.name import Name

__all__ = ["compute", "gradient", "versions"]


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``tf.nn`` under XLA."""
    call = call_for(case)
    return computed(case, call, _compiled(call.run), device=name.option("device"), prefix="xla ")


def gradient(asked: Gradient, name: Name) -> Computed:
    """What a ``GradientTape`` over the call of ``compute`` gives, under XLA."""
    return differentiated(asked, _compiled, device=name.option("device"), prefix="xla ")


def _compiled(run: Callable[..., Any]) -> Callable[..., Any]:
    return tf.function(run, autograph=False, jit_compile=True)  # type: ignore[no-any-return]
