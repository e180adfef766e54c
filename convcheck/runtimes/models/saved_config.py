"""What a model file's config says, looked at before Keras builds anything of it. No Keras here."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from convcheck.errors import Mistake
from convcheck.untrusted.text import clean

MOST_BYTES = 1 << 24
"""Of a config as JSON; the largest models of keras.applications have 2 MiB."""
_READS = "reads a vocabulary from a file that the model names"
REFUSED = {
    "StringLookup": _READS,
    "IntegerLookup": _READS,
    "TextVectorization": _READS,
    "TFSMLayer": "runs a TensorFlow SavedModel from a folder that the model names",
}
"""Layers that read what lies outside the model file -> how."""
_MODULES = frozenset(
    "activations constraints dtype_policies initializers layers losses metrics models ops "
    "optimizers quantizers random regularizers src".split()
)
"""Modules of Keras whose objects only compute. A file may name any object of any module of Keras's,
and call it with arguments by a Lambda layer: ``applications`` and others read files, or fetch them.
Of ``src``, which has them all, Keras itself takes layers and the like alone."""
_SLACK = 1 << 20


def check_layers(config: object) -> None:
    """Raises Mistake where an object, nested ones included, may do more than compute.

    Such as a layer that reads what lies outside the file, or a function of Keras's that does.
    """
    for layer in _layers(config):
        name = str(layer["class_name"]).rpartition(">")[2]
        if name in REFUSED:
            raise Mistake(f"its layer {name} {REFUSED[name]}; add --unsafe if you trust the file")
        package, dot, rest = str(layer.get("module")).partition(".")
        if package == "keras" and dot and rest.partition(".")[0] not in _MODULES:
            raise Mistake(
                f"it takes {clean(_name(layer), 60)} from {clean(layer['module'], 60)}, which may "
                "do more than compute; add --unsafe if you trust the file"
            )


def check_weights(config: object, weights: int) -> None:
    """Raises Mistake where the layers need more numbers than ``weights`` bytes can hold.

    Keras would make the layers first, and find out then. Counted is what a layer needs at least;
    of weights that are quantized two fit in a byte.
    """
    need = sum(_numbers(layer) for layer in _layers(config))
    if need > 2 * weights + _SLACK:
        raise Mistake(
            f"its layers declare {need:,} weights or more, and it holds {weights:,} bytes of them; "
            "save it again with model.save(...)"
        )


def _name(layer: dict[str, Any]) -> object:
    """What an object is called; a function's name stands in its config."""
    inner = layer.get("config")
    return inner if isinstance(inner, str) else layer["class_name"]


def _layers(config: object) -> Iterator[dict[str, Any]]:
    """Every object in a config that has a class and a config of its own."""
    stack = [config]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if isinstance(part.get("class_name"), str):
                yield part
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _numbers(layer: dict[str, Any]) -> int:
    """Weights that a layer has at least, as far as its own numbers say."""
    config = layer.get("config")
    if not isinstance(config, dict):
        return 0
    name = layer["class_name"]
    channels = _channels(layer)
    units, filters = _count(config.get("units")), _count(config.get("filters"))
    per_filter = 1
    if name.startswith("Conv") and "LSTM" not in name:
        groups = max(_count(config.get("groups")), 1)
        per_filter = _taps(config.get("kernel_size")) * max(channels // groups, 1)
    embedded = 0
    if name == "Embedding":
        embedded = _count(config.get("input_dim")) * _count(config.get("output_dim"))
    return max(units * channels, filters * per_filter, embedded)


def _channels(layer: dict[str, Any]) -> int:
    """The input's last axis, 1 where the file does not say it or channels come first."""
    built, config = layer.get("build_config"), layer["config"]
    shape = built.get("input_shape") if isinstance(built, dict) else None
    if not isinstance(shape, list) or not shape or config.get("data_format") == "channels_first":
        return 1
    return max(_count(shape[-1]), 1)


def _taps(size: object) -> int:
    sizes = size if isinstance(size, list) else [size]
    return prod(max(_count(one), 1) for one in sizes)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
