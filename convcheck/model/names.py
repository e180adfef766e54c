"""Short names of a graph's convolutions: the layers' own, where the file still has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcheck.model.convolutions.layers import Layer
from convcheck.runtimes.graphs.graph import Graph, Operator

_CALL = re.compile(r"(Stateful)?PartitionedCall\w*(:\d+)?")
_NOT_OF_LAYERS = {
    *"convolution Conv Conv1D Conv2D Conv3D ConvTranspose conv_transpose depthwise".split(),
    *"separable_conv2d MatMul Gemm Squeeze Squeeze1 ExpandDims BiasAdd Add".split(),
    *"BatchToSpaceND SpaceToBatchND Tensordot Reshape before_activation".split(),
}
"""Parts of a path that name an operator of a layer."""
_OPERATORS_OF_CONVOLUTIONS = ("conv", "depthwise", "matmul", "tensordot", "dense")


def layer_names(graph: Graph, layers: Sequence[Layer]) -> list[str]:
    """A name for each layer, unique in its model."""
    return unique(short_names([graph.operators[one.convolution.operator] for one in layers]))


def short_names(operators: Sequence[Operator]) -> list[str]:
    """The operators' names without what says nothing: wrappers, and the path that all share."""
    paths = [_path(one.name) or [one.kind] for one in operators]
    shared = _shared([path[:-1] for path in paths if len(path) > 1]) if len(paths) > 1 else 0
    return ["/".join(path[shared if len(path) > 1 else 0 :]) for path in paths]


def unique(names: Sequence[str]) -> list[str]:
    """The names; a second one of the same ends in ``#2``."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """How many parts all paths begin with."""
    count = 0
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        count += 1
    return count


def _path(name: str) -> list[str]:
    """A name's parts; of several that a converter joined, those of the convolution."""
    joined = name.split(";")
    of_convolution = [one for one in joined if _is_of_convolution(one)]
    parts = [part for part in (of_convolution or joined)[0].split("/") if not _CALL.fullmatch(part)]
    named = [i for i, part in enumerate(parts) if _is_of_convolution(part)]
    parts = parts[: named[-1] + 1] if named else parts  # what follows is its activation
    last = True
    while len(parts) > 1 and _is_of_operator(parts[-1]):
        counted = parts[-1] not in _NOT_OF_LAYERS
        if counted and not last and not any(map(_is_of_convolution, parts[:-1])):
            break  # a layer that is called as TensorFlow counts operators: MobileNetV2's Conv1
        parts, last = parts[:-1], False
    return [part for part in parts if part]


def _is_of_operator(part: str) -> bool:
    """Whether a part of a path names an operator; TensorFlow counts those of one name."""
    bare = part.rstrip("0123456789").rstrip("_")
    return part in _NOT_OF_LAYERS or bare in _NOT_OF_LAYERS


def _is_of_convolution(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in _OPERATORS_OF_CONVOLUTIONS)
