"""torch's own sample inputs for its convolutions, with the outputs that torch gives for them.

``python -m tests.conformance.torch_samples`` writes them pickled: torch's test package is imported
in a process of its own. Arguments as in ``torch.nn.functional``'s documentation; a sample without
a batch axis is given one.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError
from convcheck.implementations.frameworks.layouts import channels_last

OPERATORS = tuple(f"conv{transposed}{rank}d" for transposed in ("", "_transpose") for rank in "123")
DTYPES = ("float32", "float64", "float16", "bfloat16", "int64")


@dataclass(frozen=True)
class Sample:
    """A call's arguments, in torch's layouts, and what it gave."""

    name: str
    x: Any
    weight: Any
    bias: Any
    keywords: dict[str, Any]
    expected: Any


@dataclass(frozen=True)
class Recorded:
    """A case and the output that torch gave."""

    name: str
    case: Case
    expected: Any


@cache
def recorded() -> tuple[tuple[Recorded, ...], dict[str, str]]:
    """Every sample that is a case, and the name of each other with why it is none."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.torch_samples"],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=300,
    )
    _, found, samples = done.stdout.partition(b"samples:")
    if not found:
        raise RuntimeError(done.stderr.decode()[-2000:])
    cases, others = [], {}
    for sample in pickle.loads(samples):
        try:
            cases.append(Recorded(sample.name, _case(sample), channels_last(sample.expected)))
        except SpecError as reason:
            others[sample.name] = str(reason)
    return tuple(cases), others


def _case(sample: Sample) -> Case:
    given = sample.keywords
    rank = sample.weight.ndim - 2
    transposed = "transpose" in sample.name
    padding: Any = given.get("padding", 0)
    keys: dict[str, Any] = {
        "strides": given.get("stride", 1),
        "dilations": given.get("dilation", 1),
        "groups": given.get("groups", 1),
        "transposed": transposed,
        "padding": padding if isinstance(padding, str | int) else tuple(padding),
        "output_padding": given.get("output_padding") if transposed else None,
    }
    return Case(
        spec=ConvSpec.make(sample.weight.shape[2:], **keys),
        input=np.ascontiguousarray(channels_last(sample.x)),
        kernel=np.ascontiguousarray(sample.weight.transpose(*range(2, rank + 2), 1, 0)),
        bias=sample.bias,
    )


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdout.buffer.write(b"samples:" + pickle.dumps(_samples()))


def _samples() -> list[Sample]:
    import torch
    from torch.testing._internal.common_methods_invocations import op_db

    from convcheck.implementations.frameworks.torch import array

    found = []
    for operator in OPERATORS:
        (info,) = (one for one in op_db if one.name == f"nn.functional.{operator}")
        for dtype in DTYPES:
            torch.manual_seed(0)
            for i, one in enumerate(info.sample_inputs("cpu", getattr(torch, dtype))):
                try:
                    y = info.op(one.input, *one.args, **one.kwargs)
                except NotImplementedError:  # of integers
                    continue
                x, batched = one.input, one.input.dim() == one.args[0].dim()
                weight, bias = (None if a is None else array(a) for a in one.args[:2])
                x, y = (array(a if batched else a.unsqueeze(0)) for a in (x, y))
                name = f"{operator}-{dtype}-{i}"
                found.append(Sample(name, x, weight, bias, dict(one.kwargs), y))
    return found


if __name__ == "__main__":
    # As __main__ the classes of the samples would be others.
    from tests.conformance.torch_samples import main as run_main

    run_main()
