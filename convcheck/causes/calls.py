"""The call of each framework that computes a case as its spec says, as text to copy.

Arrays have the names and layouts that the framework's users give them: ``x``, ``bias``, and
``weight`` in torch and ONNX (OIHW, transposed IOHW), ``kernel`` elsewhere (HWIO, transposed HWOI).
Pads are numbers throughout, zeros written by hand where a call pads both sides alike; a transposed
convolution makes its full output and is sliced. So no framework's own rule is left to differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcheck.case.case import Case

LABELS = {
    "torch": "torch",
    "keras": "keras",
    "tf": "tensorflow",
    "xla": "tensorflow",
    "litert": "tensorflow",
    "jax": "jax",
    "onnxruntime": "onnx",
    "scipy": "scipy",
}
"""Framework -> in whose words its calls are told."""
LAYOUTS = ("NWC", "NHWC", "NDHWC")
GROUPED = "[..., g * {0} : (g + 1) * {0}]"
GROUPED_FIRST = "[:, g * {0} : (g + 1) * {0}]"


def call(case: Case, framework: str, cast: str | None = None) -> str | None:
    """``torch: F.conv2d(...)``; None where the framework has no such call.

    ``cast`` is a dtype that the operands are given first.
    """
    make = _MAKE.get(LABELS.get(framework, ""))
    text = make(case, cast) if make else None
    return text and f"{LABELS[framework]}: {text}"


def calls(case: Case, framework: str, cast: str | None = None) -> str:
    """The framework's call; torch's and TensorFlow's where it has none, or nobody knows it."""
    own = call(case, framework, cast)
    both = (call(case, "torch", cast), call(case, "tf", cast))
    return own or ". ".join(one for one in both if one)


def _torch(case: Case, cast: str | None) -> str:
    spec = case.spec
    x, weight, bias = (
        (f"{name}.to(torch.{cast})" if cast else name) for name in ("x", "weight", "bias")
    )
    words: dict[str, object] = {"stride": _short(spec.strides)}
    kept = ""
    if spec.transposed:
        extra = [before - after for before, after in case.pads]
        room = [max(axis.stride, axis.dilation) for axis in case.axes]
        if all(0 <= n < most for n, most in zip(extra, room, strict=True)):
            words["padding"] = _short([before for before, _ in case.pads])
        else:
            extra = [_beyond(axis) for axis in _full(case)]
            kept = f"[:, :, {_slices(case)}]"
        words["output_padding"] = _short(extra)
    elif all(before == after for before, after in case.pads):
        words["padding"] = _short([before for before, _ in case.pads])
    else:  # the last axis first
        x = f"F.pad({x}, {_tuple([n for pair in reversed(case.pads) for n in pair])})"
    words |= {"dilation": _short(spec.dilations), "groups": spec.groups}
    operands = [x, weight] + ([] if case.bias is None else [bias])
    name = f"F.conv_transpose{spec.rank}d" if spec.transposed else f"F.conv{spec.rank}d"
    return f"{name}({', '.join([*operands, *_keywords(words)])}){kept}"


def _tensorflow(case: Case, cast: str | None) -> str:
    spec, first = case.spec, case.data_format == "NCHW"
    x, kernel, bias = (
        (f'tf.cast({name}, "{cast}")' if cast else name) for name in ("x", "kernel", "bias")
    )
    layout = [f'data_format="{_layout(case)}"'] if first else []
    if spec.transposed:
        text = _tensorflow_transposed(case, x, kernel, ['padding="VALID"', *layout])
    else:
        padding = '"VALID"'
        if any(map(any, case.pads)):
            pads = _around(case, [0, 0], [list(pair) for pair in case.pads])
            if spec.rank == 2:
                padding = pads
            else:  # takes no numbers
                x = f"tf.pad({x}, {pads})"
        # tf.nn.convolution takes any rank, and refuses strides beside dilations.
        strides, dilations = (
            str(values[0]) if spec.rank == 1 else _around(case, 1, values)
            for values in (spec.strides, spec.dilations)
        )
        words = [
            x,
            kernel,
            f"stride{'s' * (spec.rank > 1)}={strides}",
            f"padding={padding}",
            *layout,
        ]
        words += [f"dilations={dilations}"] if max(spec.dilations) > 1 else []
        text = f"tf.nn.conv{spec.rank}d({', '.join(words)})"
    if case.bias is None:
        return text
    return f'tf.nn.bias_add({text}, {bias}, "NC..")' if first else f"{text} + {bias}"


def _tensorflow_transposed(case: Case, x: str, kernel: str, padding: list[str]) -> str:
    groups, filters = case.spec.groups, case.output_shape[-1] // case.spec.groups
    words = [f"strides={list(case.spec.strides)}", *padding]
    words += [f"dilations={list(case.spec.dilations)}"] if max(case.spec.dilations) > 1 else []
    each = case.input.shape[-1] // groups
    whole = [axis[0] + _beyond(axis) for axis in _full(case)]
    shape = _around(case, case.input.shape[0], whole, filters)
    if groups > 1:
        part = (GROUPED_FIRST if case.data_format == "NCHW" else GROUPED).format(each)
        x, kernel = x + part, kernel + GROUPED.format(each)
    text = f"tf.nn.conv_transpose({', '.join([x, kernel, str(shape), *words])})"
    if groups > 1:
        axis = 1 if case.data_format == "NCHW" else -1
        text = f"tf.concat([{text} for g in range({groups})], {axis})"
    return text + _kept(case)


def _keras(case: Case, cast: str | None) -> str | None:
    spec, rank = case.spec, case.spec.rank
    if spec.transposed and spec.groups > 1:
        return None
    # A layer leaves integers as they are, whatever its dtype.
    x = f'keras.ops.cast(x, "{cast}")' if cast else "x"
    layout = 'data_format="channels_first"' if case.data_format == "NCHW" else ""
    filters = case.output_shape[-1]
    # Keras refuses strides beside dilations: then every stride-th output is taken afterwards.
    later = max(spec.strides) > 1 < max(spec.dilations) and not spec.transposed
    strides = (1,) * rank if later else spec.strides
    taken = f"[:, {', '.join(f'::{s}' for s in spec.strides)}]" if later else ""
    if taken and layout:
        taken = taken.replace("[:", "[:, :")
    words = [*_keywords({"strides": _short(strides)}), 'padding="valid"']
    words += [f"output_padding={_short([_beyond(a) for a in _full(case)])}"] * spec.transposed
    words += _keywords({"dilation_rate": _short(spec.dilations), "groups": spec.groups})
    words += [] if case.bias is not None else ["use_bias=False"]
    words += [layout] if layout else []
    words += [f'dtype="{cast}"'] if cast else []
    kind = f"Conv{rank}DTranspose" if spec.transposed else f"Conv{rank}D"
    layer = f"{kind}({', '.join([str(filters), _short(spec.kernel_size), *words])})"
    if spec.transposed:
        return f"{layer}({x}){_kept(case)}"
    if not any(map(any, case.pads)):
        return f"{layer}({x}){taken}"
    pads = _tuple(case.pads if rank > 1 else case.pads[0])
    more = [layout] if layout else []
    more += [f'dtype="{cast}"'] if cast else []
    return f"{layer}(ZeroPadding{rank}D({', '.join([pads, *more])})({x})){taken}"


def _jax(case: Case, cast: str | None) -> str:
    spec, groups = case.spec, case.spec.groups
    x, kernel, bias = (
        (f'{name}.astype("{cast}")' if cast else name) for name in ("x", "kernel", "bias")
    )
    layout = _layout(case)
    weights = layout.replace("N", "").replace("C", "") + "IO"
    names = f'dimension_numbers=("{layout}", "{weights}", "{layout}")'
    dilation = [f"rhs_dilation={spec.dilations}"] if max(spec.dilations) > 1 else []
    if spec.transposed:
        reach = [window - 1 for _, window, _ in _full(case)]
        pads = [
            (r, r + _beyond(axis)) for r, axis in zip(reach, _full(case), strict=True)
        ]  # nothing cropped
        if groups > 1:
            each = case.input.shape[-1] // groups
            part = (GROUPED_FIRST if case.data_format == "NCHW" else GROUPED).format(each)
            x, kernel = x + part, kernel + GROUPED.format(each)
        words = [x, kernel, f"strides={spec.strides}", f"padding={pads}", *dilation, names]
        text = f"jax.lax.conv_transpose({', '.join([*words, 'transpose_kernel=True'])})"
        if groups > 1:
            axis = 1 if case.data_format == "NCHW" else -1
            text = f"jax.numpy.concatenate([{text} for g in range({groups})], {axis})"
        text += _kept(case)
    else:
        words = [x, kernel, f"window_strides={spec.strides}", f"padding={list(case.pads)}"]
        more = [f"feature_group_count={groups}"] if groups > 1 else []
        text = f"jax.lax.conv_general_dilated({', '.join([*words, *dilation, names, *more])})"
    if case.bias is None:
        return text
    ones = ", 1" * spec.rank
    return f"{text} + {bias}" + (f".reshape(-1{ones})" if case.data_format == "NCHW" else "")


def _onnx(case: Case, cast: str | None) -> str | None:
    spec = case.spec
    if "float64" in (cast or case.input.dtype.name):  # no such Conv in onnxruntime on a CPU
        return None
    pads = [before for before, _ in case.pads] + [max(after, 0) for _, after in case.pads]
    words: dict[str, object] = {"strides": list(spec.strides), "pads": pads}
    if spec.transposed:
        words["output_padding"] = [max(-after, 0) for _, after in case.pads]
    words |= {"dilations": list(spec.dilations), "group": spec.groups}
    text = ", ".join(f"{key}={value}" for key, value in words.items())
    name = "ConvTranspose" if spec.transposed else "Conv"
    before = f'Cast(to="{cast}") before each input of ' if cast else ""
    return f"{before}{name}({text})"


def _scipy(case: Case, cast: str | None) -> str | None:
    """Of one image and one filter, as ``scipy.signal`` computes."""
    spec = case.spec
    if spec.transposed or spec.groups > 1 or max(spec.dilations) > 1:
        return None
    image, kernel = (
        (f'{name}.astype("{cast}")' if cast else name) for name in ("x[n]", "kernel[..., f]")
    )
    if any(map(any, case.pads)):
        image = f"np.pad({image}, {_tuple((*case.pads, (0, 0)))})"
    text = f'signal.correlate({image}, {kernel}, mode="valid", method="direct")'
    if max(spec.strides) > 1:
        text += f"[{', '.join(f'::{s}' for s in spec.strides)}]"
    return text + ("" if case.bias is None else " + bias[f]")


_MAKE: dict[str, Callable[[Case, str | None], str | None]] = {
    "torch": _torch,
    "tensorflow": _tensorflow,
    "keras": _keras,
    "jax": _jax,
    "onnx": _onnx,
    "scipy": _scipy,
}


def _full(case: Case) -> list[tuple[int, int, int]]:
    """Of each axis: outputs before any crop, window, and where what is kept ends."""
    found = []
    for axis in case.axes:
        window = axis.dilation * (axis.taps - 1) + 1
        found.append(((axis.size - 1) * axis.stride + window, window, axis.before + axis.out))
    return found


def _beyond(axis: tuple[int, int, int]) -> int:
    """Outputs to append, where what is kept ends after the last of them."""
    full, _, end = axis
    return max(end - full, 0)


def _slices(case: Case) -> str:
    return ", ".join(f"{axis.before}:{axis.before + axis.out}" for axis in case.axes)


def _kept(case: Case) -> str:
    """The slice of the full output, in the case's layout; "" where all is kept."""
    whole = [full + _beyond((full, window, end)) for full, window, end in _full(case)]
    if all(a.before == 0 and a.out == n for a, n in zip(case.axes, whole, strict=True)):
        return ""
    first = case.data_format == "NCHW"
    return f"[:, :, {_slices(case)}]" if first else f"[:, {_slices(case)}]"


def _layout(case: Case) -> str:
    layout = LAYOUTS[case.spec.rank - 1]
    return layout if case.data_format == "NHWC" else "NC" + layout[1:-1]


def _around(case: Case, batch: object, spatial: Sequence[object], channels: object = None) -> str:
    """A list over all axes in the case's layout; the batch's entry is the channels' too."""
    channels = batch if channels is None else channels
    if case.data_format == "NHWC":
        return str([batch, *spatial, channels])
    return str([batch, channels, *spatial])


def _keywords(words: dict[str, object]) -> list[str]:
    """Arguments other than what a call takes without them."""
    plain = {"padding": "0", "output_padding": "0"}
    return [f"{key}={value}" for key, value in words.items() if str(value) != plain.get(key, "1")]


def _short(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else _tuple(values)


def _tuple(values: Sequence[object]) -> str:
    return str(tuple(values))
