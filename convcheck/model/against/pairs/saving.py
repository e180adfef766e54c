"""Writes a pair's case to files: A's operands, and what both models give for them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import Mistake
from convcheck.model.against.pairs.judge import taken_by_b
from convcheck.model.convolutions.effective import Point, bias_at, kernel_at
from convcheck.model.convolutions.layers import Layer
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.graph_calls import case_of
from convcheck.model.network import Network, input_read
from convcheck.model.results import SavedCase
from convcheck.model.saving import save
from convcheck.runtimes.graphs.layouts import numbers
from convcheck.untrusted.shell import quoted
from convcheck.writing import write_whole

if TYPE_CHECKING:
    from convcheck.results import Array


def save_pair(models: CutModels, cut: Cut, name: str, *, differs: bool) -> SavedCase:
    """Write A's case and what B gives on its input; the command judges both.

    Of a pair that differs, the kernel has in it all that is affine by channel up to the cut, so
    that B's numbers are of the same quantity. Of another one B's are left out where its operands
    are other ones, rounded or folded. Raises Mistake where the files cannot be written.
    """
    a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
    own, x = input_read(models.a, a, models.feeds_a)
    given = taken_by_b(models, b, x)
    case = case_of(models.a, a, own, name)
    outputs = {}
    if differs:
        case = _up_to(case, a, cut.point_a)
        outputs["a"] = _value(models.a, a, own, cut.point_a)
        outputs["b"] = _value(models.b, b, given, cut.point_b)
    else:
        plain = Point(a.output, cut.point_a.scale, cut.point_a.shift)
        outputs["a"] = _value(models.a, a, own, plain)
    return _with_outputs(save(name, case, ()), outputs)


def _up_to(case: Case, layer: Layer, point: Point) -> Case:
    """The case with all that is affine by channel after it folded into its kernel and bias."""
    dtype, bias = case.kernel.dtype, bias_at(layer, point)
    kernel = kernel_at(layer, point).astype(dtype)
    return replace(case, kernel=kernel, bias=bias.astype(dtype) if bias.any() else None)


def _value(network: Network, layer: Layer, given: Array, point: Point) -> Array:
    """What a model holds at a point where a layer reads ``given``."""
    found = network.model.run({**network.feeds, layer.input: given}, [point.tensor])
    real = numbers(network.model.graph, point.tensor, found[point.tensor])
    values = layer.output_of(real) - point.held.astype(real.dtype)
    return np.ascontiguousarray(values)


def _with_outputs(saved: SavedCase, outputs: dict[str, Array]) -> SavedCase:
    """The case with these outputs beside it, as recorded rows of the command."""
    command = saved.command
    for letter, array in outputs.items():
        file, stored = Path(saved.folder) / f"{letter}.npy", io.BytesIO()
        np.save(stored, array)
        try:
            write_whole(file, stored.getvalue())
        except OSError as error:
            raise Mistake(
                f"--save-case: cannot write {saved.folder}: {error.strerror or error}"
            ) from error
        command += f" -i {quoted(f'file:{file}')}"
    return replace(saved, command=command)
