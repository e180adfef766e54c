"""Computes a case with LiteRT's interpreter, on a model that TensorFlow's converter makes.

The model holds the call of ``tensorflow_calls.py`` with kernel and bias as constants, as models in
use have them; its input is the case's. What the converter makes of the call, and which operators
the interpreter has, is LiteRT's decision: mostly float32. ``engine=`` chooses its kernels.
"""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from convcheck.errors import CannotCompute
from convcheck.implementations.frameworks.layouts import from_format, to_format
from convcheck.implementations.frameworks.litert_engine import interpreter_of, operators
from convcheck.implementations.frameworks.tensorflow_calls import Call, call_for
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.implementations.name import Name

# Operator -> where its input and its kernel stand among its inputs.
_CONVOLUTIONS = {
    "CONV_2D": (0, 1),
    "CONV_3D": (0, 1),
    "DEPTHWISE_CONV_2D": (0, 1),
    "TRANSPOSE_CONV": (2, 1),
    "CONV_3D_TRANSPOSE": (2, 1),
}


def versions() -> dict[str, str]:
    """Package -> version, the converter's too."""
    return {"ai-edge-litert": metadata.version("ai-edge-litert"), "tensorflow": tf.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Convert the case's call and interpret it."""
    x = to_format(case.input, case.data_format)
    engine = name.option("engine")
    interpreter = interpreter_of(_converted(case, call_for(case), x), engine)
    (given,), (wanted,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], x)
    text, dtypes, delegated = _convolution(interpreter)
    if engine == "xnnpack" and not delegated:
        raise CannotCompute(f"XNNPACK leaves {text} to the builtin kernels: ?engine=builtin")
    interpreter.invoke()
    array = interpreter.get_tensor(wanted["index"])
    return Computed(
        array=from_format(array, case.data_format),
        call=f"LiteRT {text} ({engine})" if engine else f"LiteRT {text}",
        dtypes=Dtypes(*dtypes, array.dtype.name),
        device="CPU",
    )


def _converted(case: Case, call: Call, x: Any) -> bytes:
    operands = [call.kernel] if case.bias is None else [call.kernel, case.bias]
    constants = [tf.constant(operand) for operand in operands]
    signature = tf.TensorSpec(x.shape, tf.as_dtype(x.dtype))
    function = tf.function(lambda given: call.run(given, *constants), autograph=False)
    function = function.get_concrete_function(signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], function)
    try:
        model: bytes = converter.convert()
    except Exception as error:
        # A page of traces of where each operation came from; the first line says what is wrong.
        first = re.search(r"error: (.+)", str(error))
        if first is None:
            raise
        raise type(error)(first[1]) from error
    return model


def _convolution(
    interpreter: Any,
) -> tuple[str, tuple[str | None, str | None, str | None], bool]:
    """(its operators, the dtypes of the convolution among them, whether XNNPACK took any)."""
    types = {d["index"]: np.dtype(d["dtype"]).name for d in interpreter.get_tensor_details()}
    found, delegated = operators(interpreter)
    text = " + ".join(dict.fromkeys(o["op_name"] for o in found))
    for operator in found:
        places = _CONVOLUTIONS.get(operator["op_name"])
        if places:
            x, kernel = (types[operator["inputs"][place]] for place in places)
            return text, (x, kernel, x), delegated
    return text, (None, None, None), delegated
