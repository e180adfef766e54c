"""Checks each convolution of a model, one after another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.case.build import random_output_gradient
from convcheck.case.passes import FORWARD, Gradient
from convcheck.cases import without_arrays
from convcheck.check import check
from convcheck.errors import UsageError
from convcheck.implementations.name import Name
from convcheck.implementations.registry import parse_all, row_of
from convcheck.implementations.rows import QUANTIZED_ROWS
from convcheck.model.chosen import chosen_names
from convcheck.model.inputs.arrays import make_inputs, words_of
from convcheck.model.inputs.sources import sources_of
from convcheck.model.opened import opened
from convcheck.model.results import EndToEnd, LayerCheck, Missed, ModelCheck, Note, SavedCase
from convcheck.model.saving import usual_names
from convcheck.plan import Plan
from convcheck.quantized.any_case import Asked
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.spelling import listed
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from convcheck.case.case import Case

MODES = ("predict", "graph", "xla")

Progress = Callable[[int, int, str], None]
"""Called with how many steps are done, of how many, and what comes next."""
Save = Callable[[str, Asked, Sequence[Name]], SavedCase]
"""Writes a layer's case to files."""
Look = Callable[["Case", Check, int], None]
"""Sees a layer's case and its check with all arrays, and how many layers are left, this counted."""


@dataclass(frozen=True)
class ModelRequest:
    """A model file and what of it to check, as the command's options say."""

    path: str
    input: str | Sequence[str] = "random"
    """One source for all inputs, or ``NAME=SOURCE`` for each."""
    seed: int = 0
    layers: str = "*"
    """Paths to check, in the shell's wildcards."""
    unsafe: bool = False
    """Load Lambda layers, which run the file's own code."""
    imports: Sequence[str] = ()
    """Modules that register the model's own classes."""
    save_case: str | None = None
    """The layer whose case is written to files."""
    modes: Sequence[str] = MODES
    """Ways to call the whole model, each compared with the eager call: of Keras files alone."""
    allow_empty: bool = False
    """Let a model pass in which nothing could be checked."""
    pass_: str = FORWARD
    """What of each convolution is computed: of a gradient the output gradients are random, and the
    file's own runtime, which differentiates nothing, gives only what the layer reads."""


def check_model(
    request: ModelRequest,
    names: Sequence[Name],
    runtimes: Runtimes,
    limits: Limits,
    *,
    timeout: float,
    save: Save,
    progress: Progress,
    look: Look | None = None,
) -> ModelCheck:
    """Run the model once, then compare each of its convolutions with each implementation.

    Only one layer's arrays are in memory at a time; ``look`` sees them, with the errors of every
    output. Raises UsageError for a wrong file, input or
    layer.
    """
    model, has_modes = opened(
        runtimes, request.path, unsafe=request.unsafe, imports=request.imports
    )
    modes = request.modes if has_modes and request.pass_ == FORWARD else ()
    progress(0, 0, f"loading {request.path}")
    model.start()
    runtimes.start(_able(names, quantized=False))  # while the model's process imports and loads
    wanted = model.open()
    sources = sources_of(request.input)
    arrays = make_inputs(sources, wanted, request.seed)
    progress(0, 0, "running it once")
    calls, missed = model.run(arrays)
    names_chosen = chosen_names(
        [call.name for call in calls], request.layers, request.save_case, option="--layers"
    )
    chosen = [call for call in calls if call.name in names_chosen]
    steps = len(chosen) + len(modes)
    layers, saved, whole = [], None, list[str]()
    for done, call in enumerate(chosen):
        progress(done, steps, call.name)
        own = model.call(call)
        able = _able(names, quantized=own.quantized is not None)
        given: Asked = own.case
        plan = own.plan(able)
        if request.pass_ != FORWARD:
            if own.quantized is not None:
                whole.append(call.name)
                continue
            given = _gradient(request, plan.case)
            texts = dict.fromkeys((*usual_names(given), *(name.text for name in able)))
            able = list(parse_all(texts))
            plan = Plan(given.case, able)
        result = check(plan, runtimes, limits, maps=look is not None)
        if look is not None:
            look(plan.case, result, len(chosen) - done)
        layers.append(LayerCheck(call.name, call.kind, without_arrays(result)))
        if call.name == request.save_case:
            saved = save(call.name, given, able)
    end_to_end = []
    for done, mode in enumerate(modes, start=len(chosen)):
        progress(done, steps, f"the whole model, {mode}")
        end_to_end.append(EndToEnd(mode, **model.mode(mode, timeout)))
    return ModelCheck(
        model=request.path,
        input=words_of(sources, arrays),
        versions=model.versions,
        layers=tuple(layers),
        missed=tuple(Missed(**one) for one in missed),
        left_out=len(calls) - len(chosen),
        end_to_end=tuple(end_to_end),
        saved=saved,
        allow_empty=request.allow_empty,
        notes=(*_notes(layers, names), *_not_differentiated(whole)),
    )


def _gradient(request: ModelRequest, case: Case) -> Gradient:
    g = random_output_gradient(case, request.seed)
    return Gradient(request.pass_, case, g, "random")


def _not_differentiated(layers: Sequence[str]) -> Iterator[Note]:
    if layers:
        yield Note(tuple(layers), "of integers, which nobody differentiates: left out")


def _able(names: Sequence[Name], *, quantized: bool) -> list[Name]:
    """Those that compute quantized cases, or those that compute real numbers."""
    found = []
    for name in names:
        with contextlib.suppress(UsageError):  # that it does not stand in that table
            row_of(name, quantized=quantized)
            found.append(name)
    return found


def _notes(layers: Sequence[LayerCheck], names: Sequence[Name]) -> Iterator[Note]:
    """About layers of integers."""
    integers = tuple(one.name for one in layers if one.check.case.quantization is not None)
    able = _able(names, quantized=True)
    unable = [name.text for name in names if name not in able]
    if integers and unable:
        yield Note(
            integers,
            f"quantized, which {listed(unable, 'or')} cannot compute; -i "
            f"{listed([name for name in QUANTIZED_ROWS if name[-1] != ':'], 'or')} can",
        )
    hybrid = tuple(one.name for one in layers if one.kind.endswith(" hybrid"))
    if hybrid:
        yield Note(
            hybrid,
            "of integer weights, for which LiteRT rounds the input to 8 bits: judged is what it "
            "computes of these",
        )
