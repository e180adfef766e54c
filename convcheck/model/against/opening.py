"""Opens both models; one that does not say what it takes, takes what goes into the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcheck.case.inputs import is_image, read_array
from convcheck.errors import UsageError
from convcheck.model.against.request import AgainstRequest
from convcheck.model.inputs.sources import Sources, sources_of
from convcheck.runtimes.graphs.client import RemoteModel, start_for
from convcheck.runtimes.graphs.graph import Graph, Tensor
from convcheck.runtimes.graphs.kinds import is_function
from convcheck.runtimes.host import Runtimes
from convcheck.untrusted.text import clean


def open_both(
    request: AgainstRequest, runtimes: tuple[Runtimes, Runtimes], tell: Callable[[str], None]
) -> tuple[RemoteModel, RemoteModel]:
    """A and B, a file before a function. Raises UsageError where one cannot be opened."""

    def opened(path: str, own: Runtimes, like: Sequence[Tensor]) -> RemoteModel:
        tell(path)
        model = RemoteModel(own, path, unsafe=request.unsafe, like=like)
        _check_static(path, model.graph)
        return model

    for path, own in zip((request.a, request.b), runtimes, strict=True):
        start_for(own, path)  # both import their frameworks while one is opened
    of_a = _in_files(sources_of(request.input))
    of_b = _in_files(sources_of(request.input_b or (), "--input-b"))
    if is_function(request.a) and not is_function(request.b):
        b = opened(request.b, runtimes[1], ())
        return opened(request.a, runtimes[0], of_a or _channels_first(b.graph)), b
    try:
        a = opened(request.a, runtimes[0], of_a)
    except UsageError:
        if of_a or not is_function(request.a):
            raise
        b = opened(request.b, runtimes[1], of_b)  # it may say what both take
        return opened(request.a, runtimes[0], _channels_first(b.graph)), b
    like = of_b or _channels_first(a.graph, kept=request.layout_b == a.graph.data_format)
    return a, opened(request.b, runtimes[1], like)


def _check_static(path: str, graph: Graph) -> None:
    """Raises UsageError for integers whose scales are computed while the model runs.

    No tensor that could be fed or compared says what such integers stand for.
    """
    if any(one.kind == "DynamicQuantizeLinear" for one in graph.operators):
        raise UsageError(
            f"{clean(path)} quantizes its activations while it runs (DynamicQuantizeLinear), and "
            "--against cannot cut such a model; quantize it statically, or compare the float model"
        )


def _in_files(sources: Sources) -> tuple[Tensor, ...]:
    """The arrays that files give for the inputs; nothing where a source is no such file."""
    if any(source == "random" or is_image(source) for source in sources.files):
        return ()
    arrays = {name: read_array(source, "input") for name, source in sources.named.items()}
    if sources.of_all is not None:
        arrays[""] = read_array(sources.of_all, "input")
    return tuple(Tensor(name, array.shape, array.dtype.name) for name, array in arrays.items())


def _channels_first(graph: Graph, *, kept: bool = False) -> tuple[Tensor, ...]:
    """What a model takes, as PyTorch has it."""
    return tuple(
        Tensor(
            one.name,
            one.shape if kept or graph.data_format == "NCHW" else _moved(one.shape),
            "float32" if one.name in graph.quantization else one.dtype,
        )
        for one in graph.inputs
    )


def _moved(shape: tuple[int | None, ...] | None) -> tuple[int | None, ...] | None:
    """A shape with its channels moved from the end to where PyTorch has them."""
    return shape if shape is None or len(shape) < 3 else (shape[0], shape[-1], *shape[1:-1])
