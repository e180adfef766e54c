"""The two tables of implementations: of real numbers, and of quantized ones.

A name may stand in both, with another module and other options: LiteRT needs TensorFlow's converter
for the one and none for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from convcheck.case.dtypes import DTYPES
from convcheck.case.layouts import INPUT_LAYOUTS, KERNEL_LAYOUTS
from convcheck.implementations.row import Row
from convcheck.quantized.requantize.names import FORMULA_NAMES


def _row(
    base: str,
    call: str,
    *,
    module: str,
    framework: str = "",
    install: str = "",
    **options: Sequence[str] | None,
) -> Row:
    return Row(
        base=base,
        module=f"convcheck.implementations.{module}",
        framework=framework or module.rpartition(".")[2],
        call=call,
        install=f"pip install {install}" if install else "",
        options=options,
    )


def _framework(base: str, call: str, **row: Any) -> Row:
    """A framework's row, by default in the module of its name."""
    row["module"] = f"frameworks.{row.get('module', base)}"
    return _row(base, call, **{"install": base, **row})


def _quantized(base: str, call: str, **row: Any) -> Row:
    return _row(base, call, module=f"quantized.{base}", **{"install": base, **row})


_TF = "tensorflow"
_LITERT_ENGINES = ("xnnpack", "builtin", "reference")

OTHER_NAMES = {
    "tensorflow": "tf", "tf.nn": "tf", "tf.nn.conv2d": "tf", "tf.keras": "keras",
    "pytorch": "torch", "onnx": "onnxruntime", "ort": "onnxruntime", "np": "numpy",
    "tflite": "litert", "lite": "litert", "jit": "xla", "lax": "jax", "file": "file:PATH",
    "python": "python:MODULE:FUNCTION",
}  # fmt: skip
"""What people call some implementations -> the name that is taken."""

_LAYOUTS = (*INPUT_LAYOUTS, *KERNEL_LAYOUTS)  # of outputs and input gradients, of kernel ones
_FUNCTION = _row("python:", "your function", module="python")
_FILE = replace(_row("file:", "recorded output", module="file"), in_this_process=True)

ROWS = {
    row.base: row
    for row in (
        _framework(
            "tf", "tf.nn.conv2d", module=_TF, install=_TF, mode=("call", "graph"), device=None
        ),
        _framework(
            "keras",
            "keras Conv2D",
            framework=_TF,
            install="tensorflow keras",
            mode=("call", "predict", "graph"),
            dtype=None,
            device=None,
        ),
        _framework("xla", "xla tf.nn.conv2d", framework=_TF, install=_TF, device=None),
        _framework(
            "litert",
            "LiteRT CONV_2D",
            framework=_TF,
            install="tensorflow ai-edge-litert",
            engine=_LITERT_ENGINES,
        ),
        _framework("torch", "torch.nn.functional.conv2d", device=None, mkldnn=("on", "off")),
        _framework("jax", "jax.lax.conv_general_dilated", x64=("0", "1"), device=None),
        _framework("onnxruntime", "onnxruntime Conv", install="onnx onnxruntime"),
        _framework("scipy", "scipy.signal.correlate"),
        _framework("numpy", "numpy sliding_window_view + tensordot"),
        replace(_FILE, options={"dtype": None, "layout": _LAYOUTS, "accumulate": DTYPES}),
        _FUNCTION,
    )
}
"""Of real numbers."""

DIFFERENTIATING = ("tf", "keras", "xla", "torch", "jax", "numpy")
"""Those whose modules compute gradients by themselves; a function may, and a file hold one."""

QUANTIZED_ROWS = {
    row.base: row
    for row in (
        _quantized(
            "litert",
            "LiteRT CONV_2D",
            install="ai-edge-litert",
            engine=_LITERT_ENGINES,
        ),
        _quantized(
            "onnxruntime",
            "onnxruntime QLinearConv",
            install="onnx onnxruntime",
            mode=("qlinear", "qdq", "qdq-unfused", "integer"),
        ),
        _quantized(
            "torch",
            "torch.ops.quantized.conv2d",
            engine=("x86", "fbgemm", "onednn", "qnnpack", "pt2e"),
        ),
        _quantized("numpy", "numpy, exact sums", rounding=FORMULA_NAMES),
        replace(_FILE, options={"layout": INPUT_LAYOUTS}),
        _FUNCTION,
    )
}
"""Of integers that stand for real numbers."""
