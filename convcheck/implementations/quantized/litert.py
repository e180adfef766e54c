"""Computes a quantized case with LiteRT's interpreter, on a model of one operator.

Without ``engine=`` LiteRT runs as it comes: XNNPACK takes the operator where it can, the builtin
kernels do where it cannot; the call says which. ``engine=xnnpack`` takes nothing else.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np

from convcheck.errors import CannotCompute
from convcheck.implementations.frameworks.litert_engine import interpreter_of, operators
from convcheck.implementations.interface import Computed
from convcheck.implementations.quantized.litert_formulas import formulas_of
from convcheck.implementations.quantized.litert_model import model_of
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.implementations.name import Name
    from convcheck.quantized.case import QuantizedCase


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"ai-edge-litert": metadata.version("ai-edge-litert")}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """Interpret the model. Raises CannotCompute where LiteRT, or XNNPACK, has no such operator."""
    asked = name.option("engine")
    model = model_of(quantized)
    interpreter = interpreter_of(model.content, asked)
    (given,), (wanted,) = interpreter.get_input_details(), interpreter.get_output_details()
    (operator,), delegated = operators(interpreter)
    if asked == "xnnpack" and not delegated:
        raise CannotCompute(
            f"XNNPACK leaves this {model.operator} to the builtin kernels; "
            "they are litert?engine=builtin"
        )
    engine = "xnnpack" if delegated else asked or "builtin"
    kinds = [np.dtype(d["dtype"]).name for d in interpreter.get_tensor_details()]
    places = (2, 1) if model.operator == "TRANSPOSE_CONV" else (0, 1)
    x, kernel = (kinds[operator["inputs"][place]] for place in places)
    interpreter.set_tensor(given["index"], model.input)
    interpreter.invoke()
    array = np.array(interpreter.get_tensor(wanted["index"]))
    shown = "XNNPACK" if delegated else engine
    return Computed(
        array=array.reshape(quantized.case.output_shape),
        call=", ".join([f"LiteRT {operator['op_name']} ({shown})", *model.notes]),
        dtypes=Dtypes(x, kernel, None, array.dtype.name),
        device="CPU",
        formulas=formulas_of(quantized, engine),
    )
