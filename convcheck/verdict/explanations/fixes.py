"""How to mend each cause, in the words of the framework that departs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convcheck.verdict.explanations.variant import Variant

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.results import Output

Fix = Callable[["Case | None", str], str]
FRAMEWORKS = ("torch", "keras", "tf", "jax", "onnxruntime", "litert", "xla", "scipy")


def framework(output: Output) -> str:
    """Whose call it is; "" for a recorded file or a user's function."""
    words = f"{output.call} {output.name}".lower().replace("tensorflow", "tf")
    if output.name.startswith(("file:", "python:")):
        return ""
    return next((one for one in FRAMEWORKS if one in words), "")


def fix_for(variant: Variant, case: Case | None, output: Output) -> str | None:
    """What to change, or None where nothing is to be said."""
    if variant.fix:
        return variant.fix
    who = framework(output)
    told = [_FIXES[cause](case, who) for cause in variant.cause.split("+") if cause in _FIXES]
    return "; ".join(dict.fromkeys(told)) or None


def _torch_pads(case: Case) -> str:
    """``F.pad``'s order: the last axis first."""
    flat = [str(n) for pair in reversed(case.pads) for n in pair]
    return f"F.pad(x, ({', '.join(flat)})) and padding=0"


def _keras_pads(case: Case) -> str:
    pads = case.pads if case.spec.rank > 1 else case.pads[0]
    return f'ZeroPadding{case.spec.rank}D({pads}) and padding="valid"'


def _tf_pads(case: Case) -> str:
    return f'tf.pad(x, {[[0, 0], *map(list, case.pads), [0, 0]]}) and padding="VALID"'


def _jax_pads(case: Case) -> str:
    return f"jax.lax.conv_general_dilated(..., padding={list(case.pads)})"


def _pads(case: Case | None, who: str) -> str:
    if case is None or case.spec.transposed:
        return _crop(case, who)
    ways = {
        "torch": f"torch: {_torch_pads(case)}",
        "keras": f"keras: {_keras_pads(case)}",
        "tf": f"tensorflow: {_tf_pads(case)}",
        "jax": f"jax: {_jax_pads(case)}",
        "onnxruntime": f"onnx: Conv(pads={[*(b for b, _ in case.pads), *(a for _, a in case.pads)]}"
        ', auto_pad="NOTSET")',
    }
    if who in ways:
        return ways[who]
    pairs = ", ".join(f"{before}:{after}" for before, after in case.pads)
    return f"pad {pairs} zeros before:after each axis. {ways['torch']}. {ways['tf']}"


def _crop(case: Case | None, who: str) -> str:
    if case is None:
        return "crop the full output as the spec does"
    pairs = ", ".join(f"{before}:{after}" for before, after in case.pads)
    cuts = ", ".join(
        f"{before}:{before + axis.out}"
        for (before, _), axis in zip(case.pads, case.axes, strict=True)
    )
    torch = f"torch: conv_transpose{case.spec.rank}d(..., padding=0)[:, :, {cuts}]"
    return (
        torch
        if who == "torch"
        else (f"make the full output and crop {pairs} before:after each axis. {torch}")
    )


def _flip(case: Case | None, who: str) -> str:
    rank = case.spec.rank if case is not None else 2
    dims = tuple(range(2, 2 + rank))
    axes = tuple(range(rank))
    here = {
        "torch": f"torch: weight = weight.flip({dims})",
        "scipy": "scipy: signal.correlate in place of signal.convolve",
    }
    generic = (
        f"flip the kernel back: numpy.flip(kernel, {axes}) for HWIO, weight.flip({dims}) for "
        "torch; frameworks correlate, mathematics and scipy.signal.convolve flip"
    )
    return here.get(who, generic)


def _axes(case: Case | None, who: str) -> str:
    if case is not None and case.spec.transposed:
        return (
            "kernels are HWOI: torch: weight.permute(2, 3, 1, 0).numpy() of conv_transpose2d's "
            "(in, out, H, W)"
        )
    return (
        "kernels are HWIO: from torch's OIHW weight.permute(2, 3, 1, 0).numpy(), back with "
        "numpy.transpose(kernel, (3, 2, 0, 1))"
    )


def _layout(case: Case | None, who: str) -> str:
    return (
        "transpose, do not reshape: x.permute(0, 2, 3, 1) from NCHW to NHWC, "
        "numpy.transpose(x, (0, 3, 1, 2)) back; kernels OIHW to HWIO (2, 3, 1, 0)"
    )


def _dilation(case: Case | None, who: str) -> str:
    d = "..." if case is None else str(case.spec.dilations)
    word = {
        "torch": f"torch: Conv(dilation={d})",
        "keras": f"keras: Conv(dilation_rate={d}), with strides=1",
        "tf": f"tensorflow: dilations={d}",
        "jax": f"jax: rhs_dilation={d}; lhs_dilation spreads the input",
        "onnxruntime": f"onnx: dilations={d}",
    }
    return word.get(who, f"dilations={d} as its own argument, strides apart from it")


def _reduced(case: Case | None, who: str) -> str:
    here = {
        "torch": "torch: torch.backends.cudnn.allow_tf32 = False, and no autocast",
        "tf": "tensorflow: tf.config.experimental.enable_tensor_float_32_execution(False)",
        "keras": 'keras: Conv2D(..., dtype="float32") and no mixed policy',
        "jax": 'jax: precision="highest" or jax.default_matmul_precision("highest")',
        "onnxruntime": 'onnxruntime: CUDA provider option use_tf32="0"',
    }
    return here.get(who, "switch TF32, bfloat16 math and mixed precision off in the framework")


def _text(words: str) -> Fix:
    return lambda case, who: words


_FIXES: dict[str, Fix] = {
    "same-padding-side": _pads,
    "padding-mode": _pads,
    "border-mode": _pads,
    "spatial-shift": _pads,
    "stride-phase": _pads,
    "kernel-flip": _flip,
    "transpose-kernel-flip": _flip,
    "kernel-transpose": _axes,
    "kernel-io-swap": _axes,
    "layout-reshape": _layout,
    "transpose-crop": _crop,
    "dilation-ignored": _dilation,
    "dilation-as-stride": _dilation,
    "channel-order": _text(
        "give both the same channel order: x[..., ::-1] turns RGB into BGR and back"
    ),
    "group-order": _text(
        "filters and channels of a group stand together: group g has filters g*O/G to (g+1)*O/G-1"
    ),
    "depthwise-order": _text(
        "output channel c*multiplier+m: tf's kernel (H, W, C, M) reshapes to (H, W, 1, C*M), "
        "torch's weight is (C*M, 1, H, W)"
    ),
    "input-normalization": _text("preprocess the input once, the same way, before both"),
    "input-scale": _text("scale the input in one place: image / 255 once, in both pipelines"),
    "output-scale": _text("leave the factor out, or fold it into the kernel of both"),
    "output-offset": _text("give both the same bias, or compare before what is added"),
    "missing-bias": _text(
        "copy the bias too: torch: Conv2d(bias=True); keras: use_bias=True, "
        "set_weights([kernel, bias])"
    ),
    "activation": _text("compare before the activation: keras: activation=None"),
    "input-channel-dropped": _text(
        "feed every channel: look at the array's shape just before the call"
    ),
    "integer-overflow": _text("accumulate in int32: x.astype('int32') before the call"),
    "reduced-precision-tf32": _reduced,
    "reduced-precision-bfloat16": _reduced,
    "reduced-precision-float16": _reduced,
    "reduced-precision-float32": _text(
        'compute in float64: keras: dtype="float64"; torch: x.double() and weight.double()'
    ),
    "low-precision-accumulation": _text(
        "compute in float32 and cast the result: x and kernel astype('float32'), the output back"
    ),
    "summation-order": _text("nothing to mend: accept it, or compute in float64"),
    "winograd-precision": _text(
        "switch Winograd off: torch.backends.nnpack.set_flags(False); cuDNN: deterministic "
        "algorithms; or compute in float64"
    ),
    "fft-precision": _text(
        "compute directly: scipy: method='direct'; cuDNN: another algorithm; or in float64"
    ),
    "quantization": _text(
        "convert without quantization: converter.optimizations = []; or accept quantization"
    ),
    "corrupted-elements": _text(
        "look at how the output was copied or saved: a race, a stale buffer, a truncated file"
    ),
    "corrupted-channel": _text("look at that filter's weights and bias as they were loaded"),
    "non-finite": _text(
        "look at the first of them; a wider dtype if it overflows, a fresh run if it is memory"
    ),
}
