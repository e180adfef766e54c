"""Has a module compute what is asked for: a case, or a gradient where it offers these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcheck.case.passes import Gradient
from convcheck.errors import CannotCompute
from convcheck.implementations.rows import DIFFERENTIATING
from convcheck.spelling import listed

if TYPE_CHECKING:
    from convcheck.implementations.interface import Computed, Module
    from convcheck.implementations.name import Name
    from convcheck.quantized.any_case import Asked


def computed_by(module: Module, given: Asked, name: Name) -> Computed:
    """What the module computes. Raises what it raises, CannotCompute where it has no gradients."""
    if not isinstance(given, Gradient):
        return module.compute(given, name)
    gradient = getattr(module, "gradient", None)
    if gradient is None:
        raise CannotCompute(f"{name.base} computes no gradients; {listed(DIFFERENTIATING)} do")
    computed: Computed = gradient(given, name)
    return computed
