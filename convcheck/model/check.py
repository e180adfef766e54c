"""Each convolution of a model: fetched, checked, told, dropped."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from convcheck.check import check_given
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.model import inputs
from convcheck.model.results import EndToEnd, LayerCheck, Missed, ModelCheck, SavedCase
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.opened import Made, OpenModel
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from convcheck.case.case import Case

MODES = ("predict", "graph", "xla")

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and what comes next."""
Save = Callable[[str, "Case", Sequence[Name]], SavedCase]
"""Writes a layer's case to files."""


@dataclass(frozen=True)
class ModelRequest:
    """A model and what to look at, as options ask for it."""

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


def check_model(
    request: ModelRequest,
    names: Sequence[Name],
    runtimes: Runtimes,
    limits: Limits,
    *,
    timeout: float,
    save: Save,
    progress: Progress,
) -> ModelCheck:
    """Run the model once, then hold each of its convolutions against each implementation.

    One layer's arrays are here at a time. Raises Mistake for a wrong file, input or layer.
    """
    model = OpenModel(runtimes, request.path, unsafe=request.unsafe, imports=request.imports)
    progress(0, 0, f"loading {request.path}")
    model.start()
    runtimes.start(names)  # beside the model's process, while it imports and loads
    wanted = model.open()
    arrays = inputs.make(request.input, wanted, request.seed)
    progress(0, 0, "running it once")
    made, missed = model.run(arrays)
    chosen = _chosen(request, made)
    steps = len(chosen) + len(request.modes)
    layers, saved = [], None
    for done, one in enumerate(chosen):
        progress(done, steps, one.name)
        case, own = model.case(one)
        check = check_given(case, own, names, runtimes, limits)
        layers.append(LayerCheck(one.name, one.kind, _without_arrays(check)))
        if one.name == request.save_case:
            saved = save(one.name, case, names)
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
        left_out=len(made) - len(chosen),
        end_to_end=tuple(end_to_end),
        saved=saved,
    )


def _chosen(request: ModelRequest, made: Sequence[Made]) -> list[Made]:
    """The calls that the pattern and ``save_case`` ask for."""
    known = [one.name for one in made]
    chosen = [one for one in made if _matches(one.name, request.layers)]
    if made and not chosen:
        raise Mistake(f"--layers '{request.layers}' matches no convolution; {_hint(known)}")
    if request.save_case is not None and request.save_case not in [one.name for one in chosen]:
        raise Mistake(
            f"--save-case '{request.save_case}' names no convolution that is checked; "
            + _hint(known, request.save_case)
        )
    return chosen


def _matches(name: str, pattern: str) -> bool:
    """By its path; ``block/*`` takes all below, and a layer's pattern all of its calls."""
    return fnmatchcase(name, pattern) or fnmatchcase(name.partition("#")[0], pattern)


def _hint(known: Sequence[str], wanted: str = "") -> str:
    if not known:
        return "the model has none"
    close = difflib.get_close_matches(wanted, known, 3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = ", ".join(known[:6])
    return f"there are {shown}" + (f" and {len(known) - 6} more" if len(known) > 6 else "")


def _without_arrays(check: Check) -> Check:
    """The figures alone: the arrays of a layer go before the next one's come."""
    return replace(
        check,
        judgements=tuple(
            replace(one, output=replace(one.output, array=None), departed=None)
            for one in check.judgements
        ),
    )
