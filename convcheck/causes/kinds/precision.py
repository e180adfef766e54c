"""Formats narrower than declared, and other ways to sum: found by running again or by sizes."""

from __future__ import annotations

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, say


def _reduced_fix(case: Case | None, framework: str) -> str:
    here = {
        "torch": "torch: torch.backends.cudnn.allow_tf32 = False, and no autocast",
        "tf": "tensorflow: tf.config.experimental.enable_tensor_float_32_execution(False)",
        "keras": 'keras: Conv2D(..., dtype="float32") and no mixed policy',
        "jax": 'jax: precision="highest" or jax.default_matmul_precision("highest")',
        "onnxruntime": 'onnxruntime: CUDA provider option use_tf32="0"',
    }
    generic = "switch TF32, bfloat16 math and mixed precision off in the framework"
    return here.get(framework, generic)


INPUT_AUTOCAST = Cause("input-autocast", hint=hints.random_input)
KERNEL_AUTOCAST = Cause("kernel-autocast", hint=hints.wide_kernel)
REDUCED_PRECISION = tuple(
    Cause(f"reduced-precision-{name}", fix=_reduced_fix, hint=hints.random_input)
    for name in ("tf32", "bfloat16", "float16")
)
REDUCED_PRECISION_FLOAT32 = Cause(
    "reduced-precision-float32",
    fix=say('compute in float64: keras: dtype="float64"; torch: x.double() and weight.double()'),
    hint=hints.random_input,
)
LOW_PRECISION_ACCUMULATION = Cause(
    "low-precision-accumulation",
    fix=say(
        "compute in float32 and cast the result: x and kernel astype('float32'), the output back"
    ),
)
OUTPUT_PRECISION = Cause(
    "output-precision",
    fix=say("keep the result as it was computed: no cast of the output to a narrower dtype"),
)
SUMMATION_ORDER = Cause(
    "summation-order", fix=say("nothing to fix: accept it, or compute in float64")
)
WINOGRAD_PRECISION = Cause(
    "winograd-precision",
    fix=say(
        "switch Winograd off: torch.backends.nnpack.set_flags(False); cuDNN: deterministic "
        "algorithms; or compute in float64"
    ),
)
FFT_PRECISION = Cause(
    "fft-precision",
    fix=say("compute directly: scipy: method='direct'; cuDNN: another algorithm; or in float64"),
)
QUANTIZATION = Cause(
    "quantization",
    fix=say("convert without quantization: converter.optimizations = []; or accept quantization"),
)
NON_FINITE = Cause(
    "non-finite",
    fix=say(
        "look at the first of them; a wider dtype if it overflows, a fresh run if it is memory"
    ),
)
