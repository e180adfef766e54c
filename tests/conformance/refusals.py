"""Which specs each implementation has no call for, and the words that it says so in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convcheck.testing import NamedSpec


@dataclass(frozen=True)
class Refusal:
    """Specs that are unavailable."""

    covers: Callable[[NamedSpec], bool]
    words: str
    or_words: str | None = None
    """What it says on another processor."""
    always: bool = True
    """False where the processor or the framework's version decides."""

    def says(self, message: str) -> bool:
        return any(words and words in message for words in (self.words, self.or_words))


def _transposed(s: NamedSpec) -> bool:
    return s.spec.transposed


def _explicit(s: NamedSpec) -> bool:
    return not isinstance(s.spec.padding, str)


def _dilated(s: NamedSpec) -> bool:
    return max(s.spec.dilations) > 1


def _strided(s: NamedSpec) -> bool:
    return max(s.spec.strides) > 1


def _grouped(s: NamedSpec) -> bool:
    return s.spec.groups > 1


def _appended_to_same(s: NamedSpec) -> bool:
    return s.spec.padding == "same" and any(s.spec.output_padding or ())


def _mixed(s: NamedSpec) -> bool:
    return s.dtypes[0] != s.dtypes[1]


def _computes(s: NamedSpec) -> str:
    """The type that TensorFlow asks of the other operand."""
    return s.dtypes[1] if _transposed(s) else s.dtypes[0]


def _integer(dtype: str) -> bool:
    return "int" in dtype


def _tf_has_no_such_type(s: NamedSpec) -> bool:
    """Of integers, int32 alone, and not everywhere."""
    narrow_call = s.spec.rank == 3 or (s.depthwise and not _transposed(s))
    return _integer(_computes(s)) and (_computes(s) != "int32" or narrow_call)


def _depthwise_call(s: NamedSpec) -> bool:
    equal = len(set(s.spec.strides)) == 1 and not (_strided(s) and _dilated(s))
    return s.depthwise and s.spec.rank == 2 and not _transposed(s) and equal


def _groups_in_3d(s: NamedSpec) -> bool:
    return s.spec.rank == 3 and _grouped(s)


_TYPES = "list of allowed values"
_GRAPH_TYPES = (
    Refusal(_tf_has_no_such_type, _TYPES),
    Refusal(_mixed, "that does not match type"),
)

# TensorFlow's shape inference for 3-D convolutions takes the height's dilation for the width's too:
# where the width then has no output left, no graph with the call can be made.
_CONV3D_SHAPE = Refusal(
    lambda s: (
        s.spec.rank == 3
        and s.spec.padding == "valid"
        and s.spec.dilations == (1, 2, 1)
        and s.spec.kernel_size[2] == 3
    ),
    "Negative dimension size caused by subtracting 5 from 4",
)

_TF = (
    Refusal(_tf_has_no_such_type, _TYPES),
    Refusal(lambda s: _mixed(s) and _depthwise_call(s), "but is a"),
    Refusal(_groups_in_3d, "input and filter must have the same depth"),
    Refusal(
        lambda s: _transposed(s) and s.spec.rank == 2 and _explicit(s) and _grouped(s),
        "Gradients for grouped convolutions are not supported on CPU",
    ),
    Refusal(
        lambda s: _transposed(s) and s.spec.rank == 2 and _explicit(s) and _dilated(s),
        "do not yet support dilation rates larger than 1",
    ),
    Refusal(
        lambda s: _transposed(s) and s.spec.rank == 2 and _explicit(s) and s.data_format == "NCHW",
        "only supports NHWC",
    ),
    Refusal(_appended_to_same, "could not create a primitive descriptor"),
    Refusal(
        lambda s: s.data_format == "NCHW" and s.dtypes[0] in ("float64", "float16", "bfloat16"),
        "only supports the NHWC tensor format on the CPU",
        always=False,
    ),
)

_XLA = (
    _CONV3D_SHAPE,
    *_GRAPH_TYPES,
    Refusal(_appended_to_same, "Size of out_backprop doesn't match computed"),
)

_KERAS = (
    Refusal(
        lambda s: _strided(s) and _dilated(s) and not s.depthwise,
        "not supported in conjunction with",
    ),
    Refusal(
        lambda s: _strided(s) and _dilated(s) and s.depthwise,
        "not supported in conjunction with",
        always=False,  # Keras 3.12
    ),
    Refusal(lambda s: _transposed(s) and _grouped(s), "Unrecognized keyword arguments"),
    Refusal(_appended_to_same, "padding='same' cannot append output padding"),
    Refusal(lambda s: _integer(s.dtypes[0]), "type"),
)

_NO_OPERATOR = "op is neither a custom op nor a flex op"
_LITERT = (
    Refusal(lambda s: "bfloat16" == s.dtypes[0] == s.dtypes[1], "Unsupported TensorFlow type"),
    *_GRAPH_TYPES,
    _CONV3D_SHAPE,
    Refusal(
        lambda s: s.spec.rank == 3 and _dilated(s) and s.spec.padding != "same",
        "are incompatible with return type(s) of operation",
    ),
    Refusal(_appended_to_same, "!= SizeOfDimension(input"),
    Refusal(lambda s: not _transposed(s) and _groups_in_3d(s), _NO_OPERATOR),
    Refusal(
        lambda s: _transposed(s) and s.spec.rank == 2 and (_explicit(s) or _dilated(s)),
        _NO_OPERATOR,
    ),
    Refusal(lambda s: _transposed(s) and _grouped(s), "!="),
    Refusal(
        lambda s: (
            s.data_format == "NCHW"
            and s.spec.rank != 2
            and (s.bias or s.spec.rank == 3 or not _transposed(s))
        ),
        "op",
    ),
    Refusal(lambda s: s.data_format == "NCHW" and s.depthwise, _NO_OPERATOR),
    Refusal(lambda s: s.dtypes[0] in ("float64", "float16", "int32"), _NO_OPERATOR),
)

_TORCH = (
    Refusal(
        lambda s: (
            _transposed(s) and s.spec.rank == 2 and _integer(s.dtypes[0]) and s.dtypes[0] != "int64"
        ),
        '"slow_conv_transpose2d_out_cpu" not implemented for',
    ),
    Refusal(
        lambda s: _mixed(s) and s.dtypes[0] in ("float32", "bfloat16", "float16"),
        # Narrow formats go to oneDNN only where the processor has AVX-512, or its float16 too.
        "should be the same or input should be a MKLDNN tensor",
        "expected scalar type",
    ),
    Refusal(_mixed, "expected scalar type"),
)

_NO_TRANSPOSED = Refusal(_transposed, "has no transposed convolution")

REFUSALS: dict[str, tuple[Refusal, ...]] = {
    "tf": _TF,
    "keras": _KERAS,
    "xla": _XLA,
    "litert": _LITERT,
    "torch": _TORCH,
    "jax": (
        Refusal(
            lambda s: _mixed(s) and set(s.dtypes) != {"float64", "float32"},
            "requires arguments to have the same dtypes",
        ),
    ),
    "onnxruntime": (
        Refusal(lambda s: _integer(s.dtypes[0]), "is invalid"),
        Refusal(_mixed, "bound to different types"),
        Refusal(
            lambda s: s.dtypes[0] in ("float64", "bfloat16"), "Could not find an implementation"
        ),
    ),
    "scipy": (
        _NO_TRANSPOSED,
        Refusal(_dilated, "scipy.signal.correlate has no dilation"),
        Refusal(
            lambda s: (
                s.dtypes[0] in ("float16", "bfloat16", "int8")
                and (s.dtypes[0] == s.dtypes[1] != "int8" or s.dtypes[1] == "float16")
            ),
            "Unsupported type",
        ),
    ),
    "numpy": (_NO_TRANSPOSED,),
}
"""Implementation -> its refusals; the first that covers a spec has its words."""
