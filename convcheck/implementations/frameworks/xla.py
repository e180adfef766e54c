"""Computes a case with TensorFlow's convolutions compiled by XLA (``jit_compile=True``).

The calls are those of ``tensorflow.py``.

Input, kernel and bias are arguments of the compiled function: XLA folds constants that it closes
over by running TensorFlow's own kernel, and what ran would be that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from convcheck.implementations.frameworks.tensorflow import call_for, computed, versions

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.implementations.interface import Computed
    from convcheck.implementations.name import Name

__all__ = ["compute", "versions"]


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``tf.nn`` under XLA."""
    call = call_for(case)
    compiled = tf.function(call.run, autograph=False, jit_compile=True)
    return computed(case, call, compiled, device=name.option("device"), prefix="xla ")
