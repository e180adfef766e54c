"""Checks each convolution of a model, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from convcheck.cases import without_arrays
from convcheck.check import check
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.model.inputs import make_inputs
from convcheck.model.results import EndToEnd, LayerCheck, Missed, ModelCheck, SavedCase
from convcheck.plan import Plan
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.models.client import ConvolutionCall, OpenModel
from convcheck.spelling import did_you_mean
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from convcheck.case.case import Case

MODES = ("predict", "graph", "xla")

Progress = Callable[[int, int, str], None]
"""Called with how many steps are done, of how many, and what comes next."""
Save = Callable[[str, "Case", Sequence[Name]], SavedCase]
"""Writes a layer's case to files."""
Look = Callable[["Case", Check, int], None]
"""Sees a layer's case and its check with all arrays, and how many layers are left, this counted."""


@dataclass(frozen=True)
class ModelRequest:
    """A model file and what of it to check, as the command's options say."""

    path: str
    input: str = "random"
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
    """Ways to call the whole model, each compared with the eager call."""
    allow_empty: bool = False
    """Let a model pass in which nothing could be checked."""


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
    output. Raises Mistake for a wrong file, input or
    layer.
    """
    model = OpenModel(runtimes, request.path, unsafe=request.unsafe, imports=request.imports)
    progress(0, 0, f"loading {request.path}")
    model.start()
    runtimes.start(names)  # beside the model's process, while it imports and loads
    wanted = model.open()
    arrays = make_inputs(request.input, wanted, request.seed)
    progress(0, 0, "running it once")
    calls, missed = model.run(arrays)
    chosen = _chosen(request, calls)
    steps = len(chosen) + len(request.modes)
    layers, saved = [], None
    for done, call in enumerate(chosen):
        progress(done, steps, call.name)
        case, own = model.case(call)
        result = check(Plan.against(case, own, names), runtimes, limits, maps=look is not None)
        if look is not None:
            look(case, result, len(chosen) - done)
        layers.append(LayerCheck(call.name, call.kind, without_arrays(result)))
        if call.name == request.save_case:
            saved = save(call.name, case, names)
    end_to_end = []
    for done, mode in enumerate(request.modes, start=len(chosen)):
        progress(done, steps, f"the whole model, {mode}")
        end_to_end.append(EndToEnd(mode, **model.mode(mode, timeout)))
    shapes = ", ".join(f"{array.shape} {array.dtype.name}" for array in arrays)
    return ModelCheck(
        model=request.path,
        input=f"{request.input} {shapes}",
        versions=model.versions,
        layers=tuple(layers),
        missed=tuple(Missed(**one) for one in missed),
        left_out=len(calls) - len(chosen),
        end_to_end=tuple(end_to_end),
        saved=saved,
        allow_empty=request.allow_empty,
    )


def _chosen(request: ModelRequest, calls: Sequence[ConvolutionCall]) -> list[ConvolutionCall]:
    """The calls that the pattern and ``save_case`` ask for."""
    known = [call.name for call in calls]
    chosen = [call for call in calls if _matches(call.name, request.layers)]
    if calls and not chosen:
        raise Mistake(f"--layers '{request.layers}' matches no convolution; {_hint(known)}")
    if request.save_case is not None and request.save_case not in [call.name for call in chosen]:
        raise Mistake(
            f"--save-case '{request.save_case}' names no convolution that is checked; "
            + _hint(known, request.save_case)
        )
    return chosen


def _matches(name: str, pattern: str) -> bool:
    """Whether the path matches; ``block/*`` takes all below, a layer's pattern all its calls."""
    return fnmatchcase(name, pattern) or fnmatchcase(name.partition("#")[0], pattern)


def _hint(known: Sequence[str], wanted: str = "") -> str:
    if not known:
        return "the model has none"
    if wanted and (hint := did_you_mean(wanted, known)):
        return hint
    shown = ", ".join(known[:6])
    return f"there are {shown}" + (f" and {len(known) - 6} more" if len(known) > 6 else "")
