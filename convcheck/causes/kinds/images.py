"""The images of a batch in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.geometry_fixes import right_call
from convcheck.causes.kinds.channels import orders
from convcheck.causes.undo import in_any, inverse


def with_images(detail: str, order: Sequence[int], *, n_fitted: int = 0) -> Hypothesis:
    """Output i is of image ``order[i]``."""
    permuted = sorted(order) == list(range(len(order)))
    return Hypothesis(
        "batch-order",
        detail,
        partial(_taken, order=tuple(order)),
        n_fitted=n_fitted,
        n_chosen=n_fitted,
        alone=True,
        fix=in_any(f"x = x[{inverse(order)}]", any_layout=True) if permuted else None,
    )


def _taken(case: Case, order: Sequence[int]) -> Case:
    return replace(case, input=case.input[list(order)])


def _orders(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    images = len(case.input)
    for word, order in orders(images):
        yield with_images(f"the images of the batch {word}", order)
    yield with_images("the first image in place of every one", [0] * images)


BATCH_ORDER = Cause(
    "batch-order",
    fix=partial(right_call, "give both the images in one order"),
    applies=lambda case: len(case.input) > 1,
    hypotheses=_orders,
    hint=hints.batch,
)
