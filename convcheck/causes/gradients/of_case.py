"""A cause's hypotheses about a case, whichever pass it is of.

A cause speaks of the forward convolution. Of a gradient, each of its changes is one of the
convolution that is differentiated: the case tested is the changed convolution's gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.case.passes import (
    BIAS_GRADIENT,
    INPUT_GRADIENT,
    KERNEL_GRADIENT,
    Gradient,
    operand_words,
)
from convcheck.causes.cause import Cause, Hypothesis, Shape, never, no_gradients
from convcheck.causes.gradients.rearranged import Role, rearrangement
from convcheck.errors import SpecError

if TYPE_CHECKING:
    from convcheck.case.case import Array

_ROLES: dict[str, Role] = {
    INPUT_GRADIENT: "input",
    KERNEL_GRADIENT: "kernel",
    BIAS_GRADIENT: "bias",
}


_OF_ANY = {"output-scale", "channel-scale", "output-offset", "clipped"}
"""Causes with a number that is estimated, which any output may have."""
_OF_INPUTS = {"input-normalization", "border-mode"}
"""Those that say what was done with the input."""


def applies(cause: Cause, case: Case) -> bool:
    """Whether the cause may be looked for in this case, and whether it may hide there.

    A gradient does not tell everything that may be wrong with the convolution it is of, such as
    its bias: what it could never show is no blind spot of this case.
    """
    asked = case.gradient
    if asked is None:
        return cause.applies(case)
    if cause.gradients is not no_gradients and cause.applies is never:
        return True
    forward = asked.with_bias(asked.output_gradient.dtype)
    every = list(cause.hypotheses(forward, forward.output_shape)) if cause.applies(forward) else []
    of_forward = any(_differentiated(one, asked) for one in every)
    return of_forward or any(True for _ in cause.gradients(asked, asked.shape))


def may_be_estimated(cause: str, case: Case) -> bool:
    """Whether a cause with a number says of this case's operands what it says of a forward one's.

    The operands of a gradient's convolution may be an output gradient, or stand in each other's
    place.
    """
    if case.gradient is None or cause in _OF_ANY:
        return True
    words = operand_words(case.pass_, transposed=case.forward.spec.transposed)
    own = {
        f"{word}-scale"
        for role, word in zip(("input", "kernel"), words, strict=True)
        if word == role
    }
    return cause in (own | _OF_INPUTS if words[0] == "input" else own)


def hypotheses(cause: Cause, case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """The changed cases of a cause, for an output of that shape; commonest first."""
    asked = case.gradient
    if asked is None:
        if cause.applies(case):
            yield from cause.hypotheses(case, shape)
        return
    yield from cause.gradients(asked, shape)
    forward = asked.with_bias(asked.output_gradient.dtype)
    if not cause.applies(forward):
        return
    for one in cause.hypotheses(forward, forward.output_shape):
        differentiated = _differentiated(one, asked)
        if differentiated is not None:
            yield differentiated


def _differentiated(one: Hypothesis, asked: Gradient) -> Hypothesis | None:
    """The change as one of the gradient; None where the gradient does not tell, or is no case's."""
    of_bias = asked.kind == BIAS_GRADIENT
    elsewhere = one.channel_permutation is not None or one.relayout is not None
    if one.changes == "values" and not (elsewhere or of_bias):
        return None  # what is added to an output, or done with it
    if one.post_op is not None or one.by_place:
        return None
    if one.roundings and (asked.forward.spec.transposed or asked.kind != KERNEL_GRADIENT):
        return None  # it rounds the input, which the case has as its kernel, or not at all
    try:
        _changed(one, asked)
        moved = rearrangement(one, asked.with_bias(asked.output_gradient.dtype), _ROLES[asked.kind])
    except (SpecError, ValueError, IndexError):
        return None
    if moved is None or (of_bias and moved.is_identity and one.channel_permutation is None):
        return None  # whatever is convolved with what, a bias has the same gradient

    def change(case: Case) -> Case:
        assert case.gradient is not None
        return _changed(one, case.gradient).case

    def relayout(out: Array) -> Array:
        given = asked.to_own_layout(out)
        return _changed(one, asked).to_case_layout(moved.applied(given))

    return replace(
        one,
        detail=f"the {asked.kind.replace('-', ' ')} of {one.detail}",
        change=change,
        changes="reads",  # the case's own kernel may be the forward input
        relayout=None if moved.is_identity else relayout,
        channel_permutation=None,  # the output gradient's: the change has it
    )


def _changed(one: Hypothesis, asked: Gradient) -> Gradient:
    """The gradient of the changed convolution. Raises SpecError, or ValueError, where none is."""
    changed = one.change(asked.with_bias(asked.output_gradient.dtype))
    return replace(
        asked, forward=changed, output_gradient=one.to_case_layout(asked.output_gradient)
    )
