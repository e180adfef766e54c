"""Hypothesis strategies for convolutions of every kind, for your own tests too.

Each draws from the whole space that ``convcheck compare`` can be asked for: one to three spatial
axes, strides, dilations, SAME, VALID and explicit padding, groups and depthwise, transposed ones
with output padding, gradients, formats, layouts. Simple values come first, so that a failing test
shrinks to a plain convolution::

    @given(cases(dtype=("float32",), transposed=("no",)))
    def test_is_my_convolution_one(case):
        convcheck.assert_equivalent(mine(case.input, case.kernel), case.input, case.kernel, ...)

Arrays are small: a case adds up at most ``PRODUCTS`` products.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.families.names import CANCELLATION, OVERFLOW, SUBNORMAL, WIDE
from convcheck.case.passes import FORWARD, PASSES
from convcheck.case.request import Request, makes_input
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError
from convcheck.testing.space import DEPTHWISE, FORMATS, Space, groups_of

PRODUCTS = 300_000
"""The most multiplications of one case."""
SPATIAL = {1: 40, 2: 14, 3: 6}
"""The most positions along an axis, by rank, where the window leaves room."""
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 32, 33)
"""Of a group: around the widths of vectors too."""
INPUTS = ("random", "integers", "wide", "cancellation:1e3", "cancellation:1e6", "subnormal",
          "overflow")  # fmt: skip
_OFTEN = 4
"""How many times as often as any other the plainest value of some axes is drawn."""


def requests(space: Space | None = None, **axes: Any) -> st.SearchStrategy[Request]:
    """Cases as the options of ``compare`` describe them, each of which fits together.

    ``space``, or axes of it by name (``dtype=("float32",)``), limits what is drawn.
    """
    return unchecked(space or Space(**axes)).filter(fits)


def cases(space: Space | None = None, **axes: Any) -> st.SearchStrategy[Case]:
    """The cases of ``requests``, with their arrays; of a gradient the convolution that it is."""
    return requests(space, **axes).map(build)


def conv_specs(space: Space | None = None, **axes: Any) -> st.SearchStrategy[ConvSpec]:
    """The geometries alone."""
    return requests(space, **axes).map(spec_of)


def spec_of(request: Request) -> ConvSpec:
    """The geometry of a request. Raises SpecError for nonsense."""
    assert request.kernel_size is not None
    return ConvSpec.make(
        request.kernel_size,
        strides=request.strides,
        padding=request.padding,
        dilations=request.dilations,
        groups=request.groups,
        transposed=request.transposed,
        output_padding=request.output_padding,
    )


def fits(request: Request) -> bool:
    """Whether the parts of a request fit together."""
    return why_not(request) is None


def why_not(request: Request) -> str | None:
    """Why the parts of a request do not fit together; None where they do."""
    try:
        build(request)
    except (SpecError, UsageError) as error:
        return str(error)
    return None


@st.composite
def unchecked(draw: st.DrawFn, space: Space) -> Request:
    """What may fit together, and need not."""

    def one(values: tuple[Any, ...] | None, every: st.SearchStrategy[Any]) -> Any:
        return draw(every if values is None else st.sampled_from(values))

    input_ = one(space.input, _mostly("random", INPUTS))
    space = _that_goes_with(input_, space)
    ranks = _ranks(space)
    assume(ranks)
    rank = one(space.rank, st.sampled_from(ranks))

    def axes(values: tuple[Any, ...] | None, every: st.SearchStrategy[int]) -> tuple[int, ...]:
        drawn = one(values, st.tuples(*[every] * rank))
        assume(len(drawn) in (1, rank))
        return tuple(drawn) * rank if len(drawn) == 1 else tuple(drawn)

    pass_ = one(space.pass_, _mostly(FORWARD, PASSES))
    transposed = one(space.transposed, _mostly("no", ("no", "yes"))) == "yes"
    size = axes(space.kernel_size, st.integers(1, 5 if rank < 3 else 3))
    strides = axes(space.strides, _mostly(1, (1, 2, 3, 4)))
    dilations = axes(space.dilations, _mostly(1, (1, 2, 3)))
    pads = st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * rank)
    padding = one(space.padding, st.one_of(st.sampled_from(("same", "valid")), pads))
    extra = None
    if transposed:
        extra = one(
            space.output_padding,
            st.none() | st.tuples(*[st.integers(0, stride - 1) for stride in strides]),
        )
    groups, shape, filters = draw(_arrays(space, rank, size, strides, dilations))
    dtype = one(space.dtype, st.sampled_from(FORMATS))
    # Drawn of a gradient too, which has none: a test would else shrink to one, of fewer choices.
    bias = one(space.bias, st.sampled_from(("none", "random")))
    return Request(
        input=input_,
        input_shape=shape if makes_input(input_) else None,
        input_dtype=dtype,
        kernel="random",
        kernel_size=size,
        kernel_dtype=dtype,
        filters=filters,
        rank=rank,
        bias=bias if pass_ == FORWARD else "none",
        strides=strides,
        padding=padding,
        dilations=dilations,
        groups=groups,
        transposed=transposed,
        output_padding=extra,
        data_format=one(space.data_format, st.sampled_from(("NHWC", "NCHW"))),
        pass_=pass_,
        seed=draw(st.integers(0, 999)),
    )


def _that_goes_with(source: str, space: Space) -> Space:
    """The space of an input: of axes that nobody gave, the values with which it tells something.

    Half of float64's exponents are infinite to whoever casts it to float32, again and again, and
    what overflows in float16 is a number to whoever computes in float32. A window that a border
    cuts off may come so near the largest number that either answer is right.
    """
    family = source.partition(":")[0]
    values: dict[str, tuple[Any, ...]] = {}
    if family in (WIDE, SUBNORMAL, OVERFLOW):
        values["dtype"] = tuple(dtype for dtype in FORMATS if dtype != "float64")
    if family in (CANCELLATION, OVERFLOW):
        values["pass_"] = (FORWARD,)
    if family == OVERFLOW:
        values |= {"dtype": ("float32",), "padding": ("valid",), "transposed": ("no",)}
    return replace(space, **{name: v for name, v in values.items() if name not in space.given})


@st.composite
def _arrays(
    draw: st.DrawFn,
    space: Space,
    rank: int,
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
) -> tuple[int, tuple[int, ...], int]:
    """Groups, the input's shape and the number of filters."""
    if space.input_shape is not None:
        shapes = [s for s in space.input_shape if len(s) == rank + 2]
        assume(shapes)
        shape = draw(st.sampled_from(shapes))
        kinds: tuple[int | str, ...] = space.groups or (1, DEPTHWISE, 2, 3, 4)
        groups = groups_of(draw(st.sampled_from(kinds)), shape[-1])
    else:
        kind = draw(
            _mostly(1, (1, DEPTHWISE, 2, 3, 4))
            if space.groups is None
            else st.sampled_from(space.groups)
        )
        each = draw(st.sampled_from(CHANNELS))
        groups = max(each, 2) if kind == DEPTHWISE else int(kind)
        channels = groups if kind == DEPTHWISE else groups * each
        batch = draw(_mostly(1, (1, 2, 3, 5, 17)))
        # A window beyond the input reads padding alone: that is worth a case, but not most.
        reach = [d * (k - 1) + 1 for k, d in zip(size, dilations, strict=True)]
        most = [max(SPATIAL[rank], r + s) for r, s in zip(reach, strides, strict=True)]
        spatial = tuple(draw(st.integers(1, m)) for m in most)
        shape = (batch, *spatial, channels)
    if space.filters is not None:
        filters = draw(st.sampled_from(space.filters))
    else:
        filters = groups * draw(st.sampled_from(CHANNELS))
    assume(prod(shape) * prod(size) * filters // groups <= PRODUCTS)
    return groups, shape, filters


def _ranks(space: Space) -> tuple[int, ...]:
    """Ranks that fit the shapes and sizes that somebody gave, the commonest first."""
    shapes = {len(shape) - 2 for shape in space.input_shape or ()}
    sizes = {len(size) for size in space.kernel_size or () if len(size) > 1}
    return tuple(r for r in (2, 1, 3) if r in (shapes or sizes or {1, 2, 3}))


def _mostly(plain: Any, values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """One of the values, the plain one, which comes first, oftener than the others."""
    others = [value for value in values if value != plain]
    return st.sampled_from([plain] * _OFTEN + others)
