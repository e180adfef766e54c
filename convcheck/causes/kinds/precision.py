"""Formats narrower than declared, and other ways to sum: found by running again or by sizes."""

from __future__ import annotations

from functools import partial

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.calls import call, calls
from convcheck.causes.cause import Cause, say
from convcheck.causes.geometry_fixes import in_wider, right_call


def _reduced_fix(case: Case | None, framework: str) -> str:
    if case is not None and framework == "keras":
        return f"no mixed policy for this layer. {calls(case, framework, 'float32')}"
    here = {
        "torch": "no TF32, and autocast left. torch: torch.backends.cudnn.allow_tf32 = False; "
        "torch.set_autocast_enabled(x.device.type, False)",
        "tf": "tensorflow: tf.config.experimental.enable_tensor_float_32_execution(False)",
        "jax": 'jax: jax.config.update("jax_default_matmul_precision", "highest")',
        "onnxruntime": "the CUDA provider's option use_tf32 set to 0",
    }
    generic = "switch TF32, bfloat16 math and mixed precision off in the framework"
    return here.get(framework, generic)


def _non_finite_fix(case: Case | None, framework: str) -> str:
    words = "look at the first of them: a fresh run if it is memory; a wider dtype if it overflows"
    if case is None or "float64" in (dtype.name for dtype in case.dtypes):
        return words
    narrow = all(dtype.itemsize == 2 for dtype in case.dtypes)
    return in_wider(words, case, framework, dtype="float32" if narrow else "float64")


def _winograd_fix(case: Case | None, framework: str) -> str:
    if framework == "torch":
        return "torch: torch.backends.nnpack.set_flags(False)"
    return in_wider("take another algorithm, or compute in float64", case, framework)


def _fft_fix(case: Case | None, framework: str) -> str:
    own = call(case, framework) if case is not None and framework == "scipy" else None
    if framework == "torch":
        own = "torch: torch.backends.nnpack.set_flags(False)"
    return own or in_wider("take a direct algorithm, or compute in float64", case, framework)


INPUT_AUTOCAST = Cause("input-autocast", hint=hints.random_input)
KERNEL_AUTOCAST = Cause("kernel-autocast", hint=hints.wide_kernel)
REDUCED_PRECISION = tuple(
    Cause(f"reduced-precision-{name}", fix=_reduced_fix, hint=hints.random_input)
    for name in ("tf32", "bfloat16", "float16")
)
REDUCED_PRECISION_FLOAT32 = Cause(
    "reduced-precision-float32",
    fix=partial(in_wider, "compute in float64", dtype="float64"),
    hint=hints.random_input,
)
LOW_PRECISION_ACCUMULATION = Cause(
    "low-precision-accumulation",
    fix=partial(in_wider, "compute in float32 and cast the output back", dtype="float32"),
)
OUTPUT_PRECISION = Cause(
    "output-precision",
    fix=partial(right_call, "keep the result as it was computed, with no cast to a narrower dtype"),
)
SUMMATION_ORDER = Cause(
    "summation-order", fix=say("nothing to fix: accept it, or compute in float64")
)
WINOGRAD_PRECISION = Cause(
    "winograd-precision",
    fix=_winograd_fix,
)
FFT_PRECISION = Cause(
    "fft-precision",
    fix=_fft_fix,
)
QUANTIZATION = Cause(
    "quantization",
    fix=say("convert without quantization: converter.optimizations = []; or accept quantization"),
)
NON_FINITE = Cause(
    "non-finite",
    fix=_non_finite_fix,
)
