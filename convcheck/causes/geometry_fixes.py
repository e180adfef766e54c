"""How to pad, crop and dilate as a case says, in the words of each framework."""

from __future__ import annotations

from convcheck.case.case import Case


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


def pads_fix(case: Case | None, framework: str) -> str:
    """How to pad as the case does; to crop, where it is transposed."""
    if case is None or case.spec.transposed:
        return crop_fix(case, framework)
    ways = {
        "torch": f"torch: {_torch_pads(case)}",
        "keras": f"keras: {_keras_pads(case)}",
        "tf": f"tensorflow: {_tf_pads(case)}",
        "jax": f"jax: {_jax_pads(case)}",
        "onnxruntime": f"onnx: Conv(pads={[*(b for b, _ in case.pads), *(a for _, a in case.pads)]}"
        ', auto_pad="NOTSET")',
    }
    if framework in ways:
        return ways[framework]
    pairs = ", ".join(f"{before}:{after}" for before, after in case.pads)
    return f"pad {pairs} zeros before:after each axis. {ways['torch']}. {ways['tf']}"


def crop_fix(case: Case | None, framework: str) -> str:
    """How to crop the full output as the case does."""
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
        if framework == "torch"
        else (f"make the full output and crop {pairs} before:after each axis. {torch}")
    )


def dilation_fix(case: Case | None, framework: str) -> str:
    """How to give the case's dilations."""
    d = "..." if case is None else str(case.spec.dilations)
    word = {
        "torch": f"torch: Conv(dilation={d})",
        "keras": f"keras: Conv(dilation_rate={d}), with strides=1",
        "tf": f"tensorflow: dilations={d}",
        "jax": f"jax: rhs_dilation={d}; lhs_dilation spreads the input",
        "onnxruntime": f"onnx: dilations={d}",
    }
    return word.get(framework, f"dilations={d} as its own argument, strides apart from it")


def output_padding_fix(case: Case | None, framework: str) -> str:
    """How to ask for the case's number of outputs."""
    extra = case.spec.output_padding if case is not None else None
    rank = case.spec.rank if case is not None else 2
    given = extra or (0,) * rank
    shape = "the output's shape" if case is None else str(case.output_shape)
    out = "..." if case is None else str(list(case.output_shape[1:-1]))
    ways = {
        "torch": f"torch: conv_transpose{rank}d(..., output_padding={given}), on NCHW",
        "keras": f"keras: Conv{rank}DTranspose(..., output_padding={given})",
        "tf": f"tensorflow: tf.nn.conv{rank}d_transpose(..., output_shape={shape})",
        "onnxruntime": f"onnx: ConvTranspose(output_padding={list(given)}), or output_shape={out}",
    }
    return ways.get(framework, f"append {given} outputs after each axis. {ways['torch']}")
